/*
 * The net below all comparisons: the two canonical forms, line by line and key
 * by key. A difference no change speaks for is a change itself, and a wider one:
 * whoever adds a key to the language and forgets the comparison hears of it.
 */
#include "policy/diff_priv.h"

#include <stdlib.h>

/* One line: what it is about ("purpose news") and the rest, " key=value key". */
struct row {
    struct span about, rest;
};

/* Several keys of the canonical form that are one thing to the comparison. */
static const struct {
    const char *section, *key, *means;
} means[] = {
    {"collect", "required", "need"},   {"collect", "optional", "need"},
    {"collect", "one-of", "need"},     {"collect", "from-anyone", "from"},
    {"collect", "existing", "makes"},  {"keep", "from-field", "from"},
    {"keep", "from-event", "from"},    {"keep", "withdrawn", "from"},
    {"role", "needs-task", "needs"},   {"role", "relation", "over"},
    {"data", "disclose-never", "disclose"},
    {"cookie", "session", "life"},     {"recipient", "paper", "assurance"},
    {"recipient", "evidence", "assurance"}, {"recipient", "keeps-law", "keeps"},
    {"children", "else", "ages"},
};

static int
span_order(struct span a, struct span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n == 0 ? 0 : memcmp(a.p, b.p, n);
    return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int
row_compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = span_order(x->about, y->about);
    /* Lines of one name (hosting places) stay in their order. */
    return order != 0 ? order : (x->about.p > y->about.p) - (x->about.p < y->about.p);
}

/* Lines of the law's table: the policy's choice of ages speaks for all of them. */
static bool
is_law(struct span about)
{
    return span_starts(about, SPAN("child-age "));
}

/* The first word, and the second where it is a name and no key. */
static struct row
row_read(struct span line)
{
    size_t first = span_find(line, ' ');
    struct span rest = span_sub(line, first, SIZE_MAX), second = span_sub(rest, 1, SIZE_MAX);
    size_t n = span_find(second, ' ');
    bool named = first < line.n && span_find(span_sub(second, 0, n), '=') >= n &&
                 !span_is(span_sub(line, 0, first), "governs");
    size_t about = named ? first + 1 + n : first;
    return (struct row){span_sub(line, 0, about), span_sub(line, about, SIZE_MAX)};
}

static struct row *
rows_take(struct differ *d, struct span text, size_t *ret_n)
{
    size_t count = 0;
    for (size_t i = 0; i < text.n; i++)
        count += text.p[i] == '\n';
    struct row *rows = ARENA_ARRAY(d->arena, struct row, count + 1);
    struct span line;
    *ret_n = 0;
    if (rows == NULL)
        return NULL;
    while (*ret_n < count && span_split(&text, '\n', &line))
        rows[(*ret_n)++] = row_read(line);
    if (count > 0)
        qsort(rows, count, sizeof *rows, row_compare);
    return rows;
}

/* Takes one " key=value" or " key" off the rest. */
static bool
key_split(struct span *rest, struct span *ret_key, struct span *ret_value)
{
    if (rest->n == 0)
        return false;
    struct span text = span_sub(*rest, 1, SIZE_MAX);
    size_t n = 0, end = 0;
    while (n < text.n && text.p[n] != '=' && text.p[n] != ' ')
        n++;
    *ret_key = span_sub(text, 0, n);
    end = n;
    if (n < text.n && text.p[n] == '=' && n + 1 < text.n && text.p[n + 1] == '"') {
        for (end = n + 2; end < text.n && text.p[end] != '"'; end++)
            end += text.p[end] == '\\';
        end++;
    } else {
        while (end < text.n && text.p[end] != ' ')
            end++;
    }
    end = end > text.n ? text.n : end;
    *ret_value = span_sub(text, n, end - n);
    *rest = span_sub(text, end, SIZE_MAX);
    return true;
}

/* Whether the two lines have the same values under the key, in the same order. */
static bool
key_same(struct span a, struct span b, struct span key)
{
    struct span name, value_a, value_b;
    for (;;) {
        bool has_a = false, has_b = false;
        while (!has_a && key_split(&a, &name, &value_a))
            has_a = span_eq(name, key);
        while (!has_b && key_split(&b, &name, &value_b))
            has_b = span_eq(name, key);
        if (!has_a || !has_b)
            return has_a == has_b;
        if (!span_eq(value_a, value_b))
            return false;
    }
}

static struct span
key_means(struct span about, struct span key)
{
    struct span section = span_sub(about, 0, span_find(about, ' '));
    for (size_t i = 0; i < sizeof means / sizeof means[0]; i++)
        if (span_is(section, means[i].section) && span_is(key, means[i].key))
            return span_str(means[i].means);
    return key;
}

static int
change_order(const void *a, const void *b)
{
    const struct diff_change *x = *(const struct diff_change *const *)a;
    const struct diff_change *y = *(const struct diff_change *const *)b;
    int order = span_order(x->line, y->line);
    return order != 0 ? order : span_order(x->key, y->key);
}

/* What the comparisons spoke of, sorted by line and key; what the net adds comes behind `last`. */
struct net {
    struct differ *d;
    const struct diff_change **spoken;
    size_t count;
    struct diff_change **last;
};

static bool
net_open(struct net *net, struct differ *d)
{
    size_t n = 0;
    *net = (struct net){.d = d, .last = d->last};
    for (int i = 0; i < DIFF_SIDES; i++)
        n += (size_t)d->diff->count[i];
    net->spoken = ARENA_ARRAY(d->arena, const struct diff_change *, n + 1);
    if (net->spoken == NULL || d->arena->overflow)
        return false;
    for (const struct diff_change *change = d->diff->first; change != NULL; change = change->next)
        net->spoken[net->count++] = change;
    if (net->count > 0)
        qsort(net->spoken, net->count, sizeof *net->spoken, change_order);
    return true;
}

static bool
spoken(const struct net *net, struct span about, struct span key)
{
    struct diff_change wanted = {.line = about, .key = key};
    const struct diff_change *pointer = &wanted;
    if (net->count > 0 && bsearch(&pointer, net->spoken, net->count, sizeof *net->spoken, change_order) != NULL)
        return true;
    for (const struct diff_change *change = *net->last; change != NULL; change = change->next)
        if (span_eq(change->line, about) && span_eq(change->key, key))
            return true;
    return false;
}

/* A sentence in another language than the first; one whose first words differ is spoken of. */
static void
said_look(struct net *net, struct span about, struct span key, struct span base, bool both)
{
    if (both && !spoken(net, about, key_means(about, base)) && !spoken(net, about, key) &&
        !spoken(net, about, SPAN_NONE))
        diff_said(net->d, about, key);
}

/* With an empty key: the whole line. */
static void
look(struct net *net, struct span about, struct span key, bool in_was)
{
    struct differ *d = net->d;
    key = key_means(about, key);
    if (is_law(about)) {
        bool both = d->was->children.set && d->now->children.set;
        about = SPAN("children");
        key = both ? SPAN("ages") : SPAN_NONE;
    }
    if (spoken(net, about, key))
        return;
    struct place place = {"", about, RULE_NONE, in_was, "policy"};
    struct diff_change *change =
        change_add(d, DIFF_WIDER, &place, "", "%.*s%s%.*s differs in a way this comparison does not know",
                   SPAN_FMT(about), key.n > 0 ? ", " : "", SPAN_FMT(key));
    change->line = about;
    change->key = key;
    change->unknown = true;
    tell_all(d, change);
}

static void
line_look(struct net *net, const struct row *was, const struct row *now)
{
    const struct span sides[2] = {was->rest, now->rest};
    for (int i = 0; i < 2; i++) {
        struct span rest = sides[i], key, value;
        while (key_split(&rest, &key, &value)) {
            struct span base;
            bool both = false;
            if (key_same(was->rest, now->rest, key))
                continue;
            if (diff_is_said(net->d, key, &base, &both))
                said_look(net, now->about, key, base, both);
            else
                look(net, now->about, key, false);
        }
    }
}

/* Whether only sentences in further languages differ. */
static bool
plain_same(const struct net *net, struct span was, struct span now)
{
    for (;;) {
        struct span key, base, value_was = SPAN_NONE, value_now = SPAN_NONE, key_was = SPAN_NONE;
        bool both, has_was, has_now;
        do
            has_was = key_split(&was, &key, &value_was);
        while (has_was && diff_is_said(net->d, key, &base, &both));
        key_was = key;
        do
            has_now = key_split(&now, &key, &value_now);
        while (has_now && diff_is_said(net->d, key, &base, &both));
        if (!has_was || !has_now)
            return has_was == has_now;
        if (!span_eq(key_was, key) || !span_eq(value_was, value_now))
            return false;
    }
}

void
diff_net(struct differ *d)
{
    size_t was_count, now_count, i = 0, j = 0;
    struct net net;
    if (memcmp(d->was->hash, d->now->hash, sizeof d->was->hash) == 0 || !net_open(&net, d))
        return;
    struct row *was = rows_take(d, d->was->canonical, &was_count);
    struct row *now = rows_take(d, d->now->canonical, &now_count);
    while (was != NULL && now != NULL && (i < was_count || j < now_count)) {
        bool both = i < was_count && j < now_count && span_eq(was[i].about, now[j].about);
        bool first = j == now_count || (i < was_count && !both && row_compare(&was[i], &now[j]) < 0);
        if (both) {
            bool list = span_is(was[i].about, "hosted") || span_is(was[i].about, "governs") ||
                        span_is(was[i].about, "office");
            if (list && !plain_same(&net, was[i].rest, now[j].rest))
                look(&net, now[j].about, SPAN_NONE, false);
            else if (!span_eq(was[i].rest, now[j].rest))
                line_look(&net, &was[i], &now[j]);
            i++;
            j++;
        } else if (first) {
            look(&net, was[i++].about, SPAN_NONE, true);
        } else {
            look(&net, now[j++].about, SPAN_NONE, false);
        }
    }
    /* Only the order of lines may be left, which only clauses have. */
    if (d->diff->first == NULL && !d->arena->overflow)
        look(&net, SPAN("the canonical form"), SPAN_NONE, false);
}
