/* A dealt policy as a file of the language, and as the sentences the reference learns from. */
#include "dealt_tables.h"

#include <stdarg.h>
#include <string.h>

/* 0 … n - 1 in an order that the draw and the place decide. */
static const int *
turned(const struct dealt *d, int n, int place)
{
    static int order[16][16];
    int *to = order[place % 16];
    struct dice dice = {.at = d->order + (uint64_t)place * 77};
    for (int i = 0; i < n; i++)
        to[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = (int)dice_below(&dice, (uint64_t)i + 1), x = to[i];
        to[i] = to[j];
        to[j] = x;
    }
    return to;
}

static bool
flip(const struct dealt *d, int place)
{
    struct dice dice = {.at = d->order ^ (uint64_t)place * 104729};
    return (dice_roll(&dice) & 1) != 0;
}

void
dealt_list(struct buf *out, const char *key, const char *const *names, int n, unsigned bits)
{
    bool any = false;
    buf_fmt(out, "%s: [", key);
    for (int i = 0; i < n; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        buf_fmt(out, "%s%s", any ? ", " : "", names[i]);
        any = true;
    }
    buf_fmt(out, "]");
}

/* The same in the draw's order, and `more` at the end. */
static void
list(struct buf *out, const struct dealt *d, const char *key, const char *const *names, int n,
     unsigned bits, const char *more)
{
    const int *order = turned(d, n, 8 + key[0] % 8);
    bool any = false;
    buf_fmt(out, "%s: [", key);
    for (int i = 0; i < n; i++) {
        if ((bits >> order[i] & 1) == 0)
            continue;
        buf_fmt(out, "%s%s", any ? ", " : "", names[order[i]]);
        any = true;
    }
    if (more != NULL)
        buf_fmt(out, "%s%s", any ? ", " : "", more);
    buf_fmt(out, "]");
}

/* A whole category by its name or by all its fields: the same to the compiler. */
static void
masks(struct buf *out, const struct dealt *d, const char *key, const unsigned *uses)
{
    bool any = false;
    buf_fmt(out, "%s: [", key);
    for (int c = 0; c < D_CATEGORIES; c++) {
        unsigned all = 0;
        for (int f = 0; f < D_FIELDS; f++)
            all |= dealt_kept(d, c, f) ? 1u << f : 0;
        if (uses[c] != 0 && uses[c] == all && flip(d, c)) {
            buf_fmt(out, "%s%s", any ? ", " : "", category_names[c]);
            any = true;
            continue;
        }
        for (int f = 0; f < D_FIELDS; f++)
            if ((uses[c] >> f & 1) != 0) {
                buf_fmt(out, "%s%s.f%d", any ? ", " : "", category_names[c], f);
                any = true;
            }
    }
    buf_fmt(out, "]");
}

static void
head_text(struct buf *out, const struct dealt *d)
{
    buf_fmt(out, "troth: 1\npolicy:\n  id: dealt\n  title: %s\n  version: %d\n  date: 2026-01-0%d\n",
            d->title ? "Privacy" : "Your data", d->version, d->day);
    static const char *const languages[D_LANGUAGES] = {"", "  language: de\n", "  languages: [en, de]\n",
                                                       "  languages: [de, en]\n"};
    buf_fmt(out, "%s", languages[d->languages]);
    buf_fmt(out, "  in-force: 2026-02-%02d\n", d->in_force);
    buf_fmt(out, "  controller: {name: %s, address: \"1 Short Lane, Cork, IE\", email: a@b.example}\n",
            d->controller ? "One Ltd" : "Two Ltd");
    if (d->officer > 0)
        buf_fmt(out, "  officer: {name: N%d, email: o%d@b.example}\n", d->officer, d->officer);
    if (d->seat > 0)
        buf_fmt(out, "  seat: %s\n", seats[d->seat]);
    buf_fmt(out, "  ");
    list(out, d, "governs", govern_names, D_GOVERNS, d->governs, NULL);
    buf_fmt(out, "\n  ");
    dealt_out_head(out, d);
    dealt_people_head(out, d);
    buf_fmt(out, "consent: {text-version: %d, confirm-within: %d days%s%s}\n", d->text_version,
            d->confirm_within, d->renew > 0 ? ", renew-after: " : "",
            d->renew > 0 ? times[d->renew] : "");
}

static void
people_text(struct buf *out, const struct dealt *d)
{
    if (d->organisations != 0)
        buf_fmt(out, "organisations:\n");
    for (int i = 0; i < D_ORGANISATIONS; i++)
        if ((d->organisations >> i & 1) != 0) {
            buf_fmt(out, "  %s: {%s", organisation_names[i], i == 1 && d->of ? "of: school" : "says: it");
            dealt_people_organisation(out, d, i);
            buf_fmt(out, "}\n");
        }
    buf_fmt(out, "people:\n");
    const int *order = turned(d, D_KINDS, 1);
    for (int n = 0; n < D_KINDS; n++) {
        int i = order[n];
        if (!d->kinds[i].there)
            continue;
        buf_fmt(out, "  %s: {says: \"you %d\"", kind_names[i], d->kinds[i].says);
        if (d->kinds[i].is >= 0)
            buf_fmt(out, ", is: %s", kind_names[d->kinds[i].is]);
        if (d->kinds[i].in >= 0)
            buf_fmt(out, ", in: %s", organisation_names[d->kinds[i].in]);
        if (d->kinds[i].leads >= 0)
            buf_fmt(out, ", leads: %s", organisation_names[d->kinds[i].leads]);
        dealt_people_kind(out, d, i);
        buf_fmt(out, "}\n");
    }
    if (d->events[1].there || d->events[2].there)
        buf_fmt(out, "events:\n");
    for (int i = 1; i < D_EVENTS; i++)
        if (d->events[i].there)
            buf_fmt(out, "  %s: \"it came %d\"\n", event_names[i], d->events[i].says);
}

static void
field_text(struct buf *out, const struct dealt *d, const struct dealt_field *row, int f)
{
    buf_fmt(out, "      f%d: {type: %s", f, types[row->type].name);
    if (stores[row->store] != NULL && row->type != 4)
        buf_fmt(out, ", store: %s", stores[row->store]);
    if (identifies[row->identifies] != NULL)
        buf_fmt(out, ", identifies: %s", identifies[row->identifies]);
    if (lookups[row->lookup] != NULL)
        buf_fmt(out, ", lookup: %s", lookups[row->lookup]);
    if (lengths[row->length] > 0)
        buf_fmt(out, ", length: %d", lengths[row->length]);
    dealt_people_field(out, row);
    if (row->type == TYPE_CHOOSE || row->outcome)
        buf_fmt(out, ", choices: %s", choices[row->choices]);
    if (row->special)
        buf_fmt(out, ", special: yes");
    if (row->says)
        buf_fmt(out, ", says: field %d", f);
    if (row->store == STORE_NO && row->to != POLICY_NONE && d->recipients[row->to].there) /* as dealt_passes */
        buf_fmt(out, ", to: %s", recipient_names[row->to]);
    buf_fmt(out, "}\n");
}

static void
data_text(struct buf *out, const struct dealt *d)
{
    buf_fmt(out, "data:\n");
    const int *order = turned(d, D_CATEGORIES, 2);
    for (int n = 0; n < D_CATEGORIES; n++) {
        int c = order[n];
        const struct dealt_category *row = &d->categories[c];
        if (!row->there)
            continue;
        buf_fmt(out, "  %s:\n    of: %s\n", category_names[c], kind_names[row->kind]);
        buf_fmt(out, "%s%s%s", row->many ? "    many: yes\n" : "", row->special ? "    special: yes\n" : "",
                row->says ? "    says: these\n" : "");
        if (row->disclose == 1)
            buf_fmt(out, "    disclose: never\n");
        if (row->disclose == 2) {
            buf_fmt(out, "    ");
            list(out, d, "disclose", ground_names, D_GROUNDS, row->grounds, NULL);
            buf_fmt(out, "\n");
        }
        dealt_people_category(out, d, c);
        buf_fmt(out, "    fields:\n");
        const int *fields = turned(d, D_FIELDS, 3);
        for (int i = 0; i < D_FIELDS; i++)
            if (row->fields[fields[i]].there)
                field_text(out, d, &row->fields[fields[i]], fields[i]);
    }
}

static void
purposes_text(struct buf *out, const struct dealt *d)
{
    buf_fmt(out, "purposes:\n");
    const int *order = turned(d, D_PURPOSES, 4);
    for (int n = 0; n < D_PURPOSES; n++) {
        int p = order[n];
        const struct dealt_purpose *row = &d->purposes[p];
        if (!row->there)
            continue;
        buf_fmt(out, "  %s:\n    says: to do %d\n    basis: %s\n    ", purpose_names[p], row->says,
                bases[row->basis]);
        masks(out, d, "uses", row->uses);
        buf_fmt(out, "\n");
        if (row->needs > 0)
            buf_fmt(out, "    needs: %s\n", task_names[row->needs - 1]);
        if (channels[row->channel] != NULL)
            buf_fmt(out, "    channel: %s\n", channels[row->channel]);
        buf_fmt(out, "%s%s    ", row->confirm ? "    confirm: double-opt-in\n" : "",
                row->totals ? "    aggregate-only: yes\n" : "");
        list(out, d, "incompatible", purpose_names, D_PURPOSES, row->incompatible, NULL);
        buf_fmt(out, "\n");
    }
}

static void
roles_text(struct buf *out, const struct dealt *d)
{
    static const char *const overs[] = {NULL, "own", "own-school", "own-class", "guardian", "reseller"};
    bool any = false;
    for (int r = 0; r < D_ROLES; r++)
        any = any || d->roles[r].there;
    buf_fmt(out, "roles:%s\n", any ? "" : " {}");
    const int *order = turned(d, D_ROLES, 5);
    for (int n = 0; n < D_ROLES; n++) {
        int r = order[n];
        const struct dealt_role *row = &d->roles[r];
        if (!row->there)
            continue;
        buf_fmt(out, "  %s:\n    kind: %s\n    ", role_names[r], row->application ? "application" : "staff");
        list(out, d, "may", purpose_names, D_PURPOSES, row->may, row->rights ? "rights" : NULL);
        buf_fmt(out, "\n    ");
        masks(out, d, "writes", row->writes);
        buf_fmt(out, "\n");
        if (row->needs > 0)
            buf_fmt(out, "    needs: %s\n", row->needs == 1 ? "task" : task_names[row->needs - 2]);
        if (row->over > 0)
            buf_fmt(out, "    over: %s\n", overs[row->over]);
        dealt_people_role(out, d, r);
        if (row->says)
            buf_fmt(out, "    says: they\n");
    }
}

static void
points_text(struct buf *out, const struct dealt *d)
{
    static const char *const needs[] = {NULL, "optional", "required", "one-of a", "one-of b"};
    bool any = false;
    for (int o = 0; o < D_POINTS; o++)
        any = any || d->points[o].there;
    buf_fmt(out, "collect:%s\n", any ? "" : " {}");
    const int *order = turned(d, D_POINTS, 6);
    for (int n = 0; n < D_POINTS; n++) {
        int o = order[n];
        const struct dealt_point *row = &d->points[o];
        if (!row->there)
            continue;
        buf_fmt(out, "  %s:\n    ", point_names[o]);
        if (row->anyone)
            buf_fmt(out, "from: anyone");
        else
            list(out, d, "from", role_names, D_ROLES, row->from, NULL);
        buf_fmt(out, "\n    %s: %s\n    ", row->existing ? "adds-to" : "makes",
                row->existing ? "existing" : kind_names[row->kind]);
        list(out, d, "for", purpose_names, D_PURPOSES, row->purposes, NULL);
        buf_fmt(out, "\n");
        dealt_people_gate(out, d, o);
        buf_fmt(out, "%s%s    fields:\n", row->cards ? "    cards: allow\n" : "",
                row->says ? "    says: a form\n" : "");
        for (int c = 0; c < D_CATEGORIES; c++)
            for (int f = 0; f < D_FIELDS; f++)
                if (row->need[c][f] > 0)
                    buf_fmt(out, "      %s.f%d: %s\n", category_names[c], f, needs[row->need[c][f]]);
    }
}

static void
keeps_text(struct buf *out, const struct dealt *d)
{
    buf_fmt(out, "keep:\n");
    for (int c = 0; c < D_CATEGORIES; c++) {
        const struct dealt_category *row = &d->categories[c];
        if (!row->there)
            continue;
        char event[64];
        (void)snprintf(event, sizeof event, "%s",
                       row->event == 0   ? "collected"
                       : row->event == 1 ? "changed"
                       : row->event == 3 ? event_names[row->event_named]
                                         : "");
        if (row->event == 2)
            (void)snprintf(event, sizeof event, "f%d", row->event_field);
        if (row->event == 4)
            (void)snprintf(event, sizeof event, "withdrawn %s", purpose_names[row->event_purpose]);
        buf_fmt(out, "  %s: {%s: %s", category_names[c], row->until ? "until" : "from", event);
        if (!row->until && row->least > 0)
            buf_fmt(out, ", least: %s", times[row->least]);
        if (!row->until)
            buf_fmt(out, ", most: %s", times[row->most]);
        buf_fmt(out, ", then: %s}\n", row->depersonalise ? "depersonalise" : "erase");
    }
}

static void
promises_text(struct buf *out, const struct dealt *d)
{
    static const char *const lives[] = {"session", "10 days", "1 month", "1 year"};
    buf_fmt(out, "never: [");
    for (int i = 0, any = 0; i < D_NEVERS; i++)
        if ((d->nevers >> i & 1) != 0)
            buf_fmt(out, (d->never_says >> i & 1) != 0 ? "%s{%s: \"No.\"}" : "%s%s", any++ > 0 ? ", " : "",
                    never_names[i]);
    buf_fmt(out, "]\ncookies:%s\n",
            d->cookies[0].there || d->cookies[1].there || d->cookies[2].there ? "" : " {}");
    for (int i = 0; i < D_COOKIES; i++) {
        if (!d->cookies[i].there)
            continue;
        static const char *const kinds[] = {"cookie", "local-storage", "session-storage", "pixel", "embed"};
        buf_fmt(out, "  %s: {says: \"it %d\", life: %s, kind: %s, ", cookie_names[i], d->cookies[i].says,
                lives[d->cookies[i].life], kinds[d->cookies[i].kind]);
        if (d->cookies[i].by != POLICY_NONE)
            buf_fmt(out, "by: %s, ", recipient_names[d->cookies[i].by]);
        if (d->cookies[i].scripts != 0)
            buf_fmt(out, "scripts: [%s%s%s], ", (d->cookies[i].scripts & 1) != 0 ? "\"https://a.example.org\"" : "",
                    d->cookies[i].scripts == 3 ? ", " : "", (d->cookies[i].scripts & 2) != 0 ? "\"https://b.example.org:8443\"" : "");
        if (d->cookies[i].signal)
            buf_fmt(out, "signal: off, ");
        buf_fmt(out, d->cookies[i].essential ? "essential: yes}\n" : "purpose: %s}\n",
                purpose_names[d->cookies[i].purpose]);
    }
    buf_fmt(out, "clauses:\n");
    for (int i = 0; i < D_NEVERS; i++)
        if ((d->nevers >> i & 1) != 0)
            buf_fmt(out, "  - {id: no-%s, says: \"None.\", kept-by: [never.%s]}\n", never_names[i], never_names[i]);
    buf_fmt(out, "  - {id: closed, says: \"Nothing else.\", kept-by: [default.closed-world]}\n");
    for (int n = 0; n < D_CLAUSES; n++) {
        int i = d->clauses_turned ? D_CLAUSES - 1 - n : n;
        if ((d->clauses >> i & 1) != 0)
            buf_fmt(out, "  - {id: %s, says: \"Words %u.\", kept-by: [rights.self%s]}\n", clause_names[i],
                    d->clause_says >> i & 1, (d->clause_rules >> i & 1) != 0 ? ", rights.restrict" : "");
    }
}

struct span
dealt_text(const struct dealt *d)
{
    static char text[64 * 1024];
    static void (*const sections[])(struct buf *out, const struct dealt *d) = {
        people_text, data_text, purposes_text, roles_text, points_text, keeps_text, promises_text,
        dealt_told_text, dealt_out_text, dealt_people_text};
    enum { SECTIONS = sizeof sections / sizeof sections[0] };
    struct buf out;
    buf_init(&out, text, sizeof text);
    head_text(&out, d);
    const int *order = turned(d, SECTIONS, 7);
    for (int i = 0; i < SECTIONS; i++)
        sections[order[i]](&out, d);
    TROTH_ASSERT(buf_ok(&out));
    return dealt_spoken(d, buf_span(&out));
}

/* --- the same in sentences ------------------------------------------------------------ */

enum { SAID_MOST = 2000, SAID_TEXT = 96 };
static char said_text[SAID_MOST][SAID_TEXT];
static const char *said_rows[SAID_MOST];
static int said_count;

void
dealt_say(const char *fmt, ...)
{
    va_list args;
    TROTH_ASSERT(said_count < SAID_MOST);
    va_start(args, fmt);
    (void)vsnprintf(said_text[said_count], SAID_TEXT, fmt, args);
    va_end(args);
    said_rows[said_count] = said_text[said_count];
    said_count++;
}

static void
say_masks(const char *who, const char *verb, const unsigned *uses)
{
    for (int c = 0; c < D_CATEGORIES; c++)
        for (int f = 0; f < D_FIELDS; f++)
            if ((uses[c] >> f & 1) != 0)
                dealt_say("%s %s %s.f%d", who, verb, category_names[c], f);
}

static void
say_data(const struct dealt *d)
{
    for (int c = 0; c < D_CATEGORIES; c++) {
        const struct dealt_category *row = &d->categories[c];
        if (!row->there)
            continue;
        if (row->many)
            dealt_say("%s is many", category_names[c]);
        if (row->event == 3)
            dealt_say("%s counts-from %s", category_names[c], event_names[row->event_named]);
        for (int f = 0; f < D_FIELDS; f++) {
            if (row->fields[f].store == STORE_HASH || row->fields[f].store == STORE_NO)
                dealt_say("%s.f%d is unreadable", category_names[c], f);
            if (row->fields[f].store == STORE_NO)
                dealt_say("%s.f%d is not-stored", category_names[c], f);
            if (dealt_passes(d, c, f))
                dealt_say("%s.f%d is passing", category_names[c], f);
        }
    }
}

static void
say_roles(const struct dealt *d)
{
    for (int r = 0; r < D_ROLES; r++) {
        const struct dealt_role *row = &d->roles[r];
        if (row->application)
            dealt_say("%s is application", role_names[r]);
        if (row->rights)
            dealt_say("%s may rights", role_names[r]);
        if (row->needs > 0)
            dealt_say("%s needs %s", role_names[r], row->needs == 1 ? "task" : task_names[row->needs - 2]);
        if (row->over > 0)
            dealt_say("%s over %s", role_names[r], row->over == 1 ? "self" : "related");
        for (int p = 0; p < D_PURPOSES; p++)
            if ((row->may >> p & 1) != 0)
                dealt_say("%s may %s", role_names[r], purpose_names[p]);
        say_masks(role_names[r], "writes", row->writes);
    }
}

static void
say_points(const struct dealt *d)
{
    for (int o = 0; o < D_POINTS; o++) {
        const struct dealt_point *row = &d->points[o];
        if (row->anyone)
            dealt_say("%s from applications", point_names[o]);
        if (row->existing)
            dealt_say("%s is existing", point_names[o]);
        for (int r = 0; r < D_ROLES && !row->anyone; r++)
            if ((row->from >> r & 1) != 0)
                dealt_say("%s from %s", point_names[o], role_names[r]);
        for (int p = 0; p < D_PURPOSES; p++)
            if ((row->purposes >> p & 1) != 0)
                dealt_say("%s shows %s", point_names[o], purpose_names[p]);
        for (int c = 0; c < D_CATEGORIES; c++)
            for (int f = 0; f < D_FIELDS; f++)
                if (row->need[c][f] > 0)
                    dealt_say("%s takes %s.f%d", point_names[o], category_names[c], f);
    }
}

static void
say_three(const char *subject, const char *verb, const char *object)
{
    dealt_say("%s %s %s", subject, verb, object);
}

const char *const *
dealt_said(const struct dealt *d, int *ret_count)
{
    said_count = 0;
    say_data(d);
    for (int p = 0; p < D_PURPOSES; p++) {
        const struct dealt_purpose *row = &d->purposes[p];
        if (row->basis == BASIS_CONSENT || row->basis == BASIS_LEGAL_OBLIGATION)
            dealt_say("%s rests-on %s", purpose_names[p], row->basis == BASIS_CONSENT ? "consent" : "law");
        if (row->basis == BASIS_PUBLIC_INTEREST || row->basis == BASIS_LEGITIMATE_INTERESTS)
            dealt_say("%s rests-on interests", purpose_names[p]);
        if (row->totals)
            dealt_say("%s is totals-only", purpose_names[p]);
        if (row->needs > 0)
            dealt_say("%s needs %s", purpose_names[p], task_names[row->needs - 1]);
        say_masks(purpose_names[p], "uses", row->uses);
    }
    say_roles(d);
    say_points(d);
    dealt_told_say(d, say_three);
    dealt_out_said(d);
    dealt_people_said(d);
    *ret_count = said_count;
    return said_rows;
}
