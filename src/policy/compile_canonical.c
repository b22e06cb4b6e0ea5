/*
 * The canonical form: one line for each thing the policy says, sorted within its
 * section, numbers and names in one way of writing. Comments, layout, the order
 * of keys and the order of sets do not show in it; the order of clauses, choices
 * and hosting places does, since people read them in order.
 */
#include "policy/canonical_priv.h"

#include <stdlib.h>

#include "crypt/crypt.h"

static int
span_compare(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
    return order != 0 ? order : (x->n > y->n) - (x->n < y->n);
}

static void
text_put(struct buf *out, struct span text)
{
    buf_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '"' || c == '\\')
            buf_char(out, '\\');
        if (c == '\n')
            buf_str(out, "\\n");
        else if (c == '\t')
            buf_str(out, "\\t");
        else
            buf_char(out, c);
    }
    buf_char(out, '"');
}

void
key_text(struct buf *out, const char *key, struct span text)
{
    if (text.n == 0)
        return;
    buf_char(out, ' ');
    buf_str(out, key);
    buf_char(out, '=');
    text_put(out, text);
}

void
key_says(const struct lines *lines, struct buf *out, const char *key, struct span says)
{
    const struct policy *p = lines->policy;
    key_text(out, key, says);
    for (int i = 1; i < p->language_count && says.n > 0; i++) {
        struct span text = policy_says(p, says, i);
        buf_fmt(out, " %s.%.*s=", key, SPAN_FMT(p->languages[i]));
        text_put(out, text);
    }
}

void
key_name(struct buf *out, const char *key, struct span name)
{
    if (name.n > 0)
        buf_fmt(out, " %s=%.*s", key, SPAN_FMT(name));
}

void
key_flag(struct buf *out, const char *key, bool flag)
{
    if (flag)
        buf_fmt(out, " %s", key);
}

void
key_time(struct buf *out, const char *key, const struct policy_span_of_time *time)
{
    if (!time->set)
        return;
    /* 1 year is 12 months, 1 week 7 days; 24 hours are no day (nothing is kept by the hour here yet). */
    buf_fmt(out, " %s=%dm%dd%dh%s", key, time->years * 12 + time->months, time->days, time->hours,
            time->from_year_end ? "+year-end" : "");
    if (time->law.n > 0)
        key_text(out, "law", time->law);
}

void
line_end(struct lines *lines)
{
    buf_char(&lines->line, '\n');
    struct span row = arena_copy(lines->scratch, buf_span(&lines->line));
    if (!buf_ok(&lines->line) || row.p == NULL || lines->count == lines->cap)
        lines->full = true;
    else
        lines->rows[lines->count++] = row;
    buf_reset(&lines->line);
}

void
section_end(struct lines *lines, bool sorted)
{
    if (sorted && lines->count > 0)
        qsort(lines->rows, lines->count, sizeof *lines->rows, span_compare);
    for (size_t i = 0; i < lines->count; i++)
        buf_put(&lines->out, lines->rows[i]);
    lines->count = 0;
}

/* A set of names, sorted: " key=a,b". */
void
set_put(struct lines *lines, const char *key, struct span *names, size_t count)
{
    if (count == 0)
        return;
    qsort(names, count, sizeof *names, span_compare);
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            buf_fmt(&lines->line, " %s=", key);
        else
            buf_char(&lines->line, ',');
        buf_put(&lines->line, names[i]);
    }
}

void
purposes_put(struct lines *lines, const char *key, const struct policy_bits *bits)
{
    const struct policy *p = lines->policy;
    struct span names[LIMIT_POLICY_PURPOSES];
    size_t n = 0;
    for (int i = 0; i < p->purpose_count; i++)
        if (policy_bit(bits, i))
            names[n++] = p->purposes[i].name;
    set_put(lines, key, names, n);
}

/* Fields of all categories; there may be many, so the names lie in the scratch arena. */
void
masks_put(struct lines *lines, const char *key, const uint64_t *masks)
{
    const struct policy *p = lines->policy;
    size_t mark = arena_mark(lines->scratch), n = 0;
    struct span *names = ARENA_ARRAY(lines->scratch, struct span, (size_t)p->field_count + 1);
    if (names == NULL) {
        lines->full = true;
        return;
    }
    for (int i = 0; i < p->field_count; i++)
        if ((masks[p->fields[i].category] >> p->fields[i].bit & 1) != 0)
            names[n++] = p->fields[i].full_name;
    set_put(lines, key, names, n);
    arena_back(lines->scratch, mark);
}

static void
head_put(struct lines *lines)
{
    const struct policy *p = lines->policy;
    struct buf *out = &lines->out;
    buf_str(out, "troth 1\npolicy");
    key_name(out, "id", p->id);
    key_says(lines, out, "title", p->title);
    buf_fmt(out, " version=%d date=%lld in-force=%lld", p->version, (long long)p->date_days,
            (long long)p->in_force_days);
    key_name(out, "seat", p->seat);
    key_name(out, "language", p->language);
    for (int i = 0; i < p->language_count && p->language_count > 1; i++)
        buf_fmt(out, "%s%.*s", i == 0 ? " languages=" : ",", SPAN_FMT(p->languages[i]));
    canonical_head(lines);
    key_time(out, "backups", &p->backups);
    buf_str(out, "\ncontroller");
    key_text(out, "name", p->controller_name);
    key_text(out, "address", p->controller_address);
    key_text(out, "email", p->controller_email);
    buf_str(out, "\nofficer");
    key_text(out, "name", p->officer_name);
    key_text(out, "email", p->officer_email);
    buf_char(out, '\n');
    for (int i = 0; i < p->governs_count; i++)
        buf_fmt(out, "governs %.*s\n", SPAN_FMT(p->governs[i]));
    for (int i = 0; i < p->host_count; i++) {
        buf_str(out, "hosted");
        key_text(out, "place", p->hosts[i].place);
        key_name(out, "country", p->hosts[i].country);
        key_says(lines, out, "for", p->hosts[i].what);
        canonical_host(out, &p->hosts[i]);
        buf_char(out, '\n');
    }
    canonical_offices(lines);
    buf_fmt(out, "consent text-version=%u", (unsigned)p->consent.text_version);
    key_time(out, "renew-after", &p->consent.renew_after);
    key_time(out, "confirm-within", &p->consent.confirm_within);
    buf_char(out, '\n');
}

static struct span
organisation_name(const struct policy *p, int i)
{
    return i == POLICY_NONE ? SPAN_NONE : p->organisations[i].name;
}

static void
people_put(struct lines *lines)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    for (int i = 0; i < p->organisation_count; i++) {
        const struct policy_organisation *row = &p->organisations[i];
        buf_fmt(line, "organisation %.*s", SPAN_FMT(row->name));
        key_name(line, "of", organisation_name(p, row->of));
        canonical_organisation(lines, row);
        key_says(lines, line, "says", row->says);
        line_end(lines);
    }
    section_end(lines, true);
    for (int i = 0; i < p->kind_count; i++) {
        const struct policy_kind *row = &p->kinds[i];
        buf_fmt(line, "people %.*s", SPAN_FMT(row->name));
        key_name(line, "is", row->is == POLICY_NONE ? SPAN_NONE : p->kinds[row->is].name);
        key_name(line, "in", organisation_name(p, row->in));
        key_name(line, "leads", organisation_name(p, row->leads));
        canonical_states(lines, row);
        key_says(lines, line, "says", row->says);
        line_end(lines);
    }
    section_end(lines, true);
    for (int i = 0; i < p->event_count; i++) {
        buf_fmt(line, "event %.*s", SPAN_FMT(p->events[i]));
        key_says(lines, line, "says", p->event_says[i]);
        line_end(lines);
    }
    section_end(lines, true);
}

static void
data_put(struct lines *lines)
{
    static const char *const storages[] = {"plain", "hash-only", "never", "last4"};
    static const char *const lookups[] = {"no", "yes", "unique"};
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    for (int i = 0; i < p->category_count; i++) {
        const struct policy_category *row = &p->categories[i];
        buf_fmt(line, "data %.*s of=%.*s", SPAN_FMT(row->name), SPAN_FMT(p->kinds[row->kind].name));
        key_flag(line, "many", row->many);
        key_flag(line, "special", row->special);
        key_flag(line, "disclose-never", row->disclose_never);
        if (row->disclose_narrow)
            canonical_disclose(lines, row);
        canonical_kept(lines, row);
        key_says(lines, line, "says", row->says);
        line_end(lines);
    }
    for (int i = 0; i < p->field_count; i++) {
        const struct policy_field *row = &p->fields[i];
        buf_fmt(line, "data %.*s type=%s store=%s lookup=%s length=%u", SPAN_FMT(row->full_name),
                policy_type_name(row->type), row->outcome_only ? "outcome-only" : storages[row->storage],
                lookups[row->lookup],
                (unsigned)row->length_max);
        key_name(line, "to", row->pass_to == POLICY_NONE ? SPAN_NONE : p->recipients[row->pass_to].name);
        key_flag(line, "identifies", row->identifies);
        key_flag(line, "special", row->special);
        canonical_precision(lines, row);
        for (int j = 0; j < row->choice_count; j++)
            key_text(line, "choice", row->choices[j]);
        key_says(lines, line, "says", row->says);
        line_end(lines);
    }
    section_end(lines, true);
}

static void
uses_put(struct lines *lines)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    for (int i = 0; i < p->purpose_count; i++) {
        const struct policy_purpose *row = &p->purposes[i];
        buf_fmt(line, "purpose %.*s basis=%s", SPAN_FMT(row->name), policy_basis_name(row->basis));
        masks_put(lines, "uses", row->uses);
        key_name(line, "needs", row->needs == POLICY_NONE ? SPAN_NONE : p->tasks[row->needs]);
        key_name(line, "channel", row->channel);
        key_flag(line, "double-opt-in", row->double_opt_in);
        key_flag(line, "aggregate-only", row->aggregate_only);
        purposes_put(lines, "incompatible", &row->incompatible);
        key_says(lines, line, "says", row->says);
        line_end(lines);
    }
    section_end(lines, true);
    static const char *const overs[] = {"all", "own", "related"};
    for (int i = 0; i < p->role_count; i++) {
        const struct policy_role *row = &p->roles[i];
        buf_fmt(line, "role %.*s kind=%s over=%s", SPAN_FMT(row->name),
                row->kind == ROLE_STAFF ? "staff" : "application", overs[row->over]);
        key_name(line, "relation", row->over_relation);
        key_flag(line, "rights", row->may_rights);
        purposes_put(lines, "may", &row->may);
        masks_put(lines, "writes", row->writes);
        key_flag(line, "needs-task", row->needs_any_task);
        key_flag(line, "second-person", row->second_person);
        key_flag(line, "seen", row->seen);
        key_name(line, "needs", row->needs == POLICY_NONE ? SPAN_NONE : p->tasks[row->needs]);
        key_says(lines, line, "says", row->says);
        line_end(lines);
    }
    section_end(lines, true);
}

/* The fields of a one-of group by the smallest name in it, so that the group's own name does not count. */
static struct span
group_name(const struct policy *p, const struct policy_point *point, int group)
{
    struct span least = SPAN_NONE;
    for (int i = 0; i < point->field_count; i++) {
        const struct policy_point_field *row = &point->fields[i];
        if (row->need != NEED_ONE_OF || row->group != group)
            continue;
        struct span name = p->fields[p->categories[row->category].field_first + row->bit].full_name;
        if (least.n == 0 || span_compare(&name, &least) < 0)
            least = name;
    }
    return least;
}

static void
points_put(struct lines *lines)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    for (int i = 0; i < p->point_count; i++) {
        const struct policy_point *point = &p->points[i];
        buf_fmt(line, "collect %.*s", SPAN_FMT(point->name));
        key_flag(line, "from-anyone", point->from_anyone);
        struct span names[LIMIT_POLICY_ROLES];
        size_t n = 0;
        for (int r = 0; r < p->role_count; r++)
            if (policy_bit(&point->from, r))
                names[n++] = p->roles[r].name;
        set_put(lines, "from", names, n);
        if (point->existing)
            key_flag(line, "existing", true);
        else
            key_name(line, "makes", p->kinds[point->kind].name);
        purposes_put(lines, "for", &point->purposes);
        key_flag(line, "cards-allowed", !point->refuse_cards);
        canonical_point(lines, point);
        key_says(lines, line, "says", point->says);
        line_end(lines);
        for (int f = 0; f < point->field_count; f++) {
            const struct policy_point_field *row = &point->fields[f];
            int field = p->categories[row->category].field_first + row->bit;
            buf_fmt(line, "collect %.*s.%.*s", SPAN_FMT(point->name),
                    SPAN_FMT(p->fields[field].full_name));
            if (row->need == NEED_ONE_OF)
                key_name(line, "one-of", group_name(p, point, row->group));
            else
                key_flag(line, row->need == NEED_REQUIRED ? "required" : "optional", true);
            line_end(lines);
        }
    }
    section_end(lines, true);
}

static void
keeps_put(struct lines *lines)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    for (int i = 0; i < p->keep_count; i++) {
        const struct policy_keep *row = &p->keeps[i];
        const struct policy_category *category = &p->categories[row->category];
        buf_fmt(line, "keep %.*s", SPAN_FMT(category->name));
        switch (row->event) {
        case EVENT_COLLECTED: buf_str(line, " from=collected"); break;
        case EVENT_CHANGED: buf_str(line, " from=changed"); break;
        case EVENT_FIELD:
            key_name(line, "from-field", p->fields[category->field_first + row->field].name);
            break;
        case EVENT_NAMED: key_name(line, "from-event", p->events[row->named]); break;
        case EVENT_WITHDRAWN: key_name(line, "withdrawn", p->purposes[row->purpose].name); break;
        }
        key_time(line, "least", &row->least);
        key_time(line, "most", &row->most);
        buf_str(line, row->depersonalise ? " then=depersonalise" : " then=erase");
        key_flag(line, "holds", row->holds);
        if (row->k > 0)
            buf_fmt(line, " k=%d", row->k);
        line_end(lines);
    }
    section_end(lines, true);
}

static void
page_put(struct lines *lines)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    for (int i = 0; i < p->never_count; i++) {
        buf_fmt(line, "never %.*s", SPAN_FMT(p->nevers[i].name));
        key_says(lines, line, "says", p->nevers[i].says);
        line_end(lines);
    }
    section_end(lines, true);
    for (int i = 0; i < p->cookie_count; i++) {
        const struct policy_cookie *row = &p->cookies[i];
        buf_fmt(line, "cookie %.*s", SPAN_FMT(row->name));
        key_flag(line, "essential", row->essential);
        key_flag(line, "session", row->session);
        key_time(line, "life", &row->life);
        key_name(line, "purpose",
                 row->purpose == POLICY_NONE ? SPAN_NONE : p->purposes[row->purpose].name);
        canonical_cookie(lines, row);
        key_says(lines, line, "says", row->says);
        line_end(lines);
    }
    section_end(lines, true);
    for (int i = 0; i < p->clause_count; i++) {
        const struct policy_clause *row = &p->clauses[i];
        size_t mark = arena_mark(lines->scratch);
        struct span *names = ARENA_ARRAY(lines->scratch, struct span, (size_t)row->kept_by_count + 1);
        if (names == NULL) {
            lines->full = true;
            return;
        }
        buf_fmt(line, "clause %.*s", SPAN_FMT(row->id));
        key_says(lines, line, "says", row->says);
        for (int j = 0; j < row->kept_by_count; j++)
            names[j] = p->rules[row->kept_by[j]].name;
        set_put(lines, "kept-by", names, (size_t)row->kept_by_count);
        arena_back(lines->scratch, mark);
        line_end(lines);
    }
    section_end(lines, false);
}

static void
purpose_ids(struct policy *policy)
{
    /* The tables are this file's own to fill until the policy is handed out. */
    struct policy_purpose *rows = (struct policy_purpose *)(uintptr_t)policy->purposes;
    for (int i = 0; i < policy->purpose_count; i++) {
        uint8_t hash[CRYPT_HASH];
        const struct span parts[] = {{"troth-purpose", sizeof "troth-purpose"}, rows[i].name};
        crypt_sha256(parts, 2, hash);
        memcpy(rows[i].id, hash, sizeof rows[i].id);
    }
}

bool
canonical_write(struct policy *policy, struct arena *scratch)
{
    size_t lines_most = 64 + (size_t)policy->field_count;
    for (int i = 0; i < policy->point_count; i++)
        lines_most += 1 + (size_t)policy->points[i].field_count;
    lines_most += (size_t)(policy->category_count + policy->purpose_count + policy->clause_count +
                           policy->role_count + policy->kind_count + policy->organisation_count +
                           policy->keep_count + policy->cookie_count + policy->never_count +
                           policy->event_count + policy->recipient_count + policy->ground_count +
                           policy->relation_count + policy->instance_count + policy->children.age_count +
                           policy->mail.sender_count + policy->mail.template_count + policy->term_count +
                           policy->unproven_count + policy->promise_count);
    arena_reset(scratch);
    struct lines lines = {.policy = policy, .scratch = scratch, .cap = lines_most};
    size_t room = policy->arena.cap - policy->arena.used;
    lines.rows = ARENA_ARRAY(scratch, struct span, lines_most);
    lines.line = arena_buf(scratch, (scratch->cap - scratch->used) / 4);
    lines.out = arena_buf(&policy->arena, room > 8192 ? room - 4096 : 0);
    if (lines.rows == NULL)
        return false;
    head_put(&lines);
    canonical_instances(&lines);
    people_put(&lines);
    canonical_relations(&lines);
    canonical_children(&lines);
    data_put(&lines);
    uses_put(&lines);
    points_put(&lines);
    keeps_put(&lines);
    canonical_out(&lines);
    page_put(&lines);
    canonical_told(&lines);
    if (lines.full || !buf_ok(&lines.out) || !buf_ok(&lines.line))
        return false;
    arena_buf_trim(&policy->arena, &lines.out);
    policy->canonical = buf_span(&lines.out);
    crypt_sha256(&policy->canonical, 1, policy->hash);
    purpose_ids(policy);
    return true;
}
