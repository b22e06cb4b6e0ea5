/* What leaves the house, drawn, written, said and changed: recipients, grounds, cookies of others, places. */
#include "dealt_tables.h"

#include <stdarg.h>
#include <string.h>

static int
below(struct dice *dice, int n)
{
    return (int)dice_below(dice, (uint64_t)n);
}

static bool
chance(struct dice *dice, int of_hundred)
{
    return below(dice, 100) < of_hundred;
}

static unsigned
some(struct dice *dice, int n, int of_hundred)
{
    unsigned bits = 0;
    for (int i = 0; i < n; i++)
        bits |= chance(dice, of_hundred) ? 1u << i : 0;
    return bits;
}

static const char *const roles[] = {"processor", "controller", "joint", "successor", "authority"};
enum { ROLES = 5, PROCESSOR = 0, AUTHORITY = 4, COUNTRIES = 4, KEEPS = 4, SIGNS = 3 };
static const char *const control_names[D_CONTROLS] = {"transport", "access", "audit"};
static const char *const evidences[EVIDENCE_COUNT] = {"document", "law", "scope", "reasons", "incident", "consent",
                                                      "order", "mandate"};
static const char *const notices[] = {"before", "after-gag", "after", "never"};
static const char *const sell_names[D_SELLS] = {"DE", "FR", "US"};

/* Whatever holds on the day the files are read; days as the reference has them. */
static const struct {
    bool dpa, opens;
    const char *rows[3], *said[3];
} papers[] = {
    {false, false, {NULL}, {NULL}},
    {true, false, {"{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: a}"}, {"dpa/:20454-21183"}},
    {true, false, {"{kind: dpa, from: 2026-01-01, evidence: a}"}, {"dpa/:20454-0"}},
    {true, true, {"{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: a}",
                  "{kind: clauses, from: 2026-03-01, to: 2028-01-01, evidence: b}"},
     {"dpa/:20454-21183", "clauses/:20513-21184"}},
    {true, true, {"{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: a}",
                  "{kind: clauses, from: 2026-03-01, to: 2028-01-01, evidence: b}",
                  "{kind: notice, from: 2026-01-01, to: 2027-06-30, evidence: c}"},
     {"dpa/:20454-21183", "clauses/:20513-21184", "notice/:20454-20999"}},
    {true, true, {"{kind: dpa, from: 2025-01-01, to: 2026-11-30, evidence: a}",
                  "{kind: dpa, from: 2026-12-01, to: 2028-12-31, evidence: a}",
                  "{kind: clauses, from: 2026-03-01, evidence: b}"},
     {"dpa/:20089-20787", "dpa/:20788-21549", "clauses/:20513-0"}},
    {true, true, {"{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: a}",
                  "{kind: certificate, name: X, from: 2026-01-01, to: 2027-01-01, evidence: c}"},
     {"dpa/:20454-21183", "certificate/X:20454-20819"}},
    {false, false, {"{kind: use-limit, from: 2026-01-01, evidence: d}"}, {"use-limit/:20454-0"}},
    {false, true, {"{kind: clauses, from: 2026-03-01, to: 2028-01-01, evidence: b}"}, {"clauses/:20513-21184"}},
    {true, false, {"{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: other}"}, {"dpa/:20454-21183"}},
};
enum { PAPERS = sizeof papers / sizeof papers[0], PAPERS_ALL = 3 };

void
dealt_out_draw(struct dealt *d, struct dice *dice)
{
    for (int i = 0; i < D_RECIPIENTS; i++) {
        struct dealt_recipient *r = &d->recipients[i];
        *r = (struct dealt_recipient){
            .there = chance(dice, 70), .role = chance(dice, 55) ? PROCESSOR : below(dice, ROLES),
            .country = below(dice, COUNTRIES), .name = below(dice, 2), .kind = below(dice, 2), .task = below(dice, 2),
            .keeps = below(dice, KEEPS), .erase = below(dice, 3), .acknowledge = below(dice, 3),
            .terms = below(dice, 2), .opt_out = below(dice, 2), .papers = below(dice, PAPERS),
            .sign = chance(dice, 85) ? 1 + below(dice, SIGNS - 1) : 0, .part = chance(dice, 25) ? below(dice, D_RECIPIENTS) : POLICY_NONE,
            .purposes = some(dice, D_PURPOSES, 60)};
        for (int c = 0; c < D_CATEGORIES; c++)
            r->gets[c] = chance(dice, 30) ? ~0u : some(dice, D_FIELDS, 50);
        for (int k = 0; k < D_CONTROLS; k++)
            r->controls[k] = (unsigned char)below(dice, 4);
    }
    for (int i = 0; i < D_GROUNDS; i++)
        d->grounds[i] = (struct dealt_ground){
            .there = chance(dice, 70), .binding = chance(dice, 35), .counted = chance(dice, 20),
            .says = chance(dice, 50), .approve = below(dice, 3), .notice = below(dice, 4), .review = below(dice, 3),
            .evidence = some(dice, EVIDENCE_COUNT, 30), .by = some(dice, D_ROLES, 60)};
    d->recipients_said = chance(dice, 50);
    d->disclosure_said = chance(dice, 50);
    d->controls_said = chance(dice, 60);
    for (int k = 0; k < D_CONTROLS; k++)
        d->controls[k] = (unsigned char)below(dice, 3);
    d->sells = some(dice, D_SELLS, 50);
    d->offices = below(dice, 3);
    d->certificate = below(dice, 3);
    for (int i = 0; i < D_COOKIES; i++) {
        d->cookies[i].kind = below(dice, 5);
        d->cookies[i].by = below(dice, D_RECIPIENTS + 1) - 1;
        d->cookies[i].scripts = some(dice, 2, 40);
        d->cookies[i].signal = chance(dice, 50);
    }
}

/* --- what the language would not take --------------------------------------------- */

static bool
passes(const struct dealt *d, int c, int f, int recipient)
{
    const struct dealt_field *row = &d->categories[c].fields[f];
    return d->categories[c].there && row->there && row->store == STORE_NO && row->to == recipient;
}

static bool
gives(const struct dealt *d, int recipient)
{
    for (int c = 0; c < D_CATEGORIES; c++) {
        if (d->recipients[recipient].gets[c] != 0)
            return true;
        for (int f = 0; f < D_FIELDS; f++)
            if (passes(d, c, f, recipient))
                return true;
    }
    return false;
}

static unsigned
readable(const struct dealt *d, int c)
{
    unsigned mask = 0;
    for (int f = 0; f < D_FIELDS; f++)
        mask |= dealt_kept(d, c, f) && d->categories[c].fields[f].store != STORE_HASH && !dealt_people_closed(d, c) ? 1u << f : 0;
    return mask;
}

static unsigned
grounds_there(const struct dealt *d)
{
    unsigned there = 0;
    for (int g = 0; g < D_GROUNDS; g++)
        there |= d->grounds[g].there ? 1u << g : 0;
    return there;
}

static bool
never_opened(const struct dealt *d, int c)
{
    return d->categories[c].disclose == 1 || (d->categories[c].disclose == 2 && d->categories[c].grounds == 0);
}

static bool
abroad(const struct dealt *d, const struct dealt_recipient *r)
{
    const char *country = countries[r->country];
    bool home = strcmp(country, "IE") == 0 || strcmp(country, "FR") == 0;
    return !home && !(d->seat > 0 && strcmp(seats[d->seat], country) == 0);
}

static unsigned
purposes_by_law(const struct dealt *d)
{
    unsigned bits = 0;
    for (int p = 0; p < D_PURPOSES; p++)
        bits |= d->purposes[p].there && d->purposes[p].basis >= 2 && d->purposes[p].basis <= 4 ? 1u << p : 0;
    return bits;
}

/* What its purposes use, and what may be given to one of its role. */
static void
gets_mend(const struct dealt *d, struct dealt_recipient *r)
{
    for (int c = 0; c < D_CATEGORIES; c++) {
        unsigned used = 0;
        for (int p = 0; p < D_PURPOSES; p++)
            used |= (r->purposes >> p & 1) != 0 ? d->purposes[p].uses[c] : 0;
        r->gets[c] &= used & readable(d, c);
        if (never_opened(d, c) && r->role != PROCESSOR)
            r->gets[c] = 0;
    }
}

static void
part_mend(struct dealt *d, int i)
{
    struct dealt_recipient *r = &d->recipients[i], within = *r;
    const struct dealt_recipient *whole = r->part < 0 || r->part >= i ? NULL : &d->recipients[r->part];
    r->part = POLICY_NONE;
    if (whole == NULL || !whole->there || whole->role != PROCESSOR || r->role != PROCESSOR)
        return;
    within.purposes &= whole->purposes;
    for (int c = 0; c < D_CATEGORIES; c++)
        within.gets[c] &= whole->gets[c];
    gets_mend(d, &within);
    if (within.purposes != 0)
        *r = within;
}

static void
recipient_mend(struct dealt *d, int i)
{
    struct dealt_recipient *r = &d->recipients[i];
    unsigned there = 0;
    for (int p = 0; p < D_PURPOSES; p++)
        there |= d->purposes[p].there ? 1u << p : 0;
    r->purposes &= there;
    if (r->role == AUTHORITY && (r->purposes & purposes_by_law(d)) != 0)
        r->purposes &= purposes_by_law(d);
    else if (r->role == AUTHORITY)
        r->role = 1;
    if (r->purposes == 0)
        r->purposes = there & -there;
    gets_mend(d, r);
    part_mend(d, i);
    r->there = r->there && gives(d, i);
    if ((r->role == PROCESSOR && !papers[r->papers].dpa) || (abroad(d, r) && !papers[r->papers].opens))
        r->papers = PAPERS_ALL;
    for (int k = 0; k < D_CONTROLS; k++)
        if (d->controls_said && r->controls[k] < d->controls[k] && r->role != AUTHORITY)
            r->controls[k] = d->controls[k];
    if (r->erase == 0)
        r->acknowledge = 0;
}

static void
cookie_mend(struct dealt *d, int i)
{
    enum { LOCAL = 1, SESSION = 2, EMBED = 4 };
    int by = d->cookies[i].by;
    if (by != POLICY_NONE && (d->cookies[i].essential || !d->recipients[by].there ||
                              (d->recipients[by].purposes >> d->cookies[i].purpose & 1) == 0))
        d->cookies[i].by = POLICY_NONE;
    if (d->cookies[i].by == POLICY_NONE)
        d->cookies[i].scripts = 0;
    if (d->cookies[i].by == POLICY_NONE && d->cookies[i].kind == EMBED)
        d->cookies[i].kind = 0;
    if (d->cookies[i].kind == LOCAL && d->cookies[i].life == 0)
        d->cookies[i].life = 1;
    if (d->cookies[i].kind == SESSION)
        d->cookies[i].life = 0;
    d->cookies[i].signal = d->cookies[i].signal && !d->cookies[i].essential;
}

void
dealt_out_mend(struct dealt *d)
{
    unsigned roles_there = 0;
    for (int r = 0; r < D_ROLES; r++)
        roles_there |= d->roles[r].there ? 1u << r : 0;
    for (int g = 0; g < D_GROUNDS; g++) {
        struct dealt_ground *row = &d->grounds[g];
        row->by &= roles_there;
        row->evidence |= row->binding ? 3u : row->evidence == 0 ? 8u : 0;
        if (!row->binding && row->notice == 3)
            row->notice = 2;
    }
    for (int c = 0; c < D_CATEGORIES; c++)
        d->categories[c].grounds &= grounds_there(d);
    for (int i = 0; i < D_RECIPIENTS; i++)
        recipient_mend(d, i);
    for (int i = 0; i < D_COOKIES; i++)
        cookie_mend(d, i);
}

/* --- as a file -------------------------------------------------------------------------- */

static void PRINTF_LIKE(2, 3)
put(struct buf *out, const char *fmt, ...)
{
    char text[512];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    buf_str(out, text);
}

static void
list(struct buf *out, const char *key, const char *const *names, int n, unsigned bits)
{
    bool any = false;
    put(out, "%s: [", key);
    for (int i = 0; i < n; i++) {
        if ((bits >> i & 1) == 0)
            continue;
        put(out, "%s%s", any ? ", " : "", names[i]);
        any = true;
    }
    put(out, "]");
}

static void
controls(struct buf *out, const unsigned char *levels)
{
    put(out, "controls: {");
    for (int k = 0; k < D_CONTROLS; k++)
        put(out, "%s%s: %d", k > 0 ? ", " : "", control_names[k], levels[k]);
    put(out, "}\n");
}

void
dealt_out_head(struct buf *out, const struct dealt *d)
{
    static const char *const certified[] = {
        NULL, "{place: Bonn, country: DE, for: live, certificate: X, from: 2026-01-01, to: 2027-12-31}",
        "{place: Bonn, country: DE, for: live, certificate: X, from: 2026-01-01, to: 2028-12-31}"};
    const char *rows[D_HOSTS];
    memcpy(rows, host_rows, sizeof rows);
    rows[0] = d->certificate > 0 ? certified[d->certificate] : rows[0];
    list(out, "hosted", rows, D_HOSTS, d->hosts);
    put(out, "\n  ");
    list(out, "sells-to", sell_names, D_SELLS, d->sells);
    put(out, "\n");
    if (d->offices > 0)
        put(out, "  offices: [{for: people abroad, address: Lane %d}]\n", d->offices);
    if (d->controls_said) {
        put(out, "  ");
        controls(out, d->controls);
    }
}

static void
gets_text(struct buf *out, const struct dealt *d, int i)
{
    const struct dealt_recipient *r = &d->recipients[i];
    bool any = false;
    put(out, "    gets: [");
    for (int c = 0; c < D_CATEGORIES; c++) {
        bool whole = r->gets[c] != 0 && r->gets[c] == readable(d, c) && (d->order >> c & 1) != 0;
        if (whole) {
            put(out, "%s%s", any ? ", " : "", category_names[c]);
            any = true;
        }
        for (int f = 0; f < D_FIELDS && !whole; f++)
            if ((r->gets[c] >> f & 1) != 0 || passes(d, c, f, i)) {
                put(out, "%s%s.f%d", any ? ", " : "", category_names[c], f);
                any = true;
            }
    }
    put(out, "]\n");
}

static void
recipient_text(struct buf *out, const struct dealt *d, int i)
{
    static const char *const keeps[KEEPS] = {"keeps-law: as law one asks", "keeps-law: as law two asks", "keeps: 30 days",
                                             "keeps: 2 months"};
    static const char *const erases[] = {NULL, "email", "webhook"}, *const times_said[] = {NULL, "3 days", "7 days"};
    const struct dealt_recipient *r = &d->recipients[i];
    put(out, "  %s:\n    name: Name %d Ltd\n    class: kind %d\n    country: %s\n    role: %s\n    task: does %d\n",
        recipient_names[i], r->name, r->kind, countries[r->country], roles[r->role], r->task);
    gets_text(out, d, i);
    put(out, "    ");
    list(out, "for", purpose_names, D_PURPOSES, r->purposes);
    put(out, "\n    ");
    controls(out, r->controls);
    put(out, "    %s\n", keeps[r->keeps]);
    if (erases[r->erase] != NULL)
        put(out, "    erase-by: %s\n", erases[r->erase]);
    if (times_said[r->acknowledge] != NULL)
        put(out, "    acknowledge: %s\n", times_said[r->acknowledge]);
    put(out, "%s%s", r->terms ? "    terms: https://a.example/terms\n" : "",
        r->opt_out ? "    opt-out: https://a.example/out\n" : "");
    if (r->sign > 0)
        put(out, "    signed: 2025-12-0%d\n", r->sign);
    if (r->part != POLICY_NONE)
        put(out, "    part-of: %s\n", recipient_names[r->part]);
    if (papers[r->papers].rows[0] == NULL)
        return;
    put(out, "    assurances:\n");
    for (int k = 0; k < 3 && papers[r->papers].rows[k] != NULL; k++)
        put(out, "      - %s\n", papers[r->papers].rows[k]);
}

static void
ground_text(struct buf *out, const struct dealt *d, int g)
{
    static const char *const reviews[] = {NULL, "24 hours", "72 hours"};
    const struct dealt_ground *row = &d->grounds[g];
    put(out, "  %s: {says: because %d, approve: %d, notice: %s, ", ground_names[g], row->says, row->approve,
        notices[row->notice]);
    list(out, "evidence", evidences, EVIDENCE_COUNT, row->evidence);
    put(out, ", ");
    list(out, "by", role_names, D_ROLES, row->by);
    if (reviews[row->review] != NULL)
        put(out, ", review: %s", reviews[row->review]);
    put(out, "%s%s}\n", row->binding ? ", binding: yes" : "", row->counted ? ", counted: yes" : "");
}

static bool
any_recipient(const struct dealt *d)
{
    for (int i = 0; i < D_RECIPIENTS; i++)
        if (d->recipients[i].there)
            return true;
    return false;
}

static bool
disclosure_there(const struct dealt *d)
{
    return d->disclosure_said || grounds_there(d) != 0;
}

void
dealt_out_text(struct buf *out, const struct dealt *d)
{
    bool turned = (d->order & 16) != 0;
    if (any_recipient(d) || d->recipients_said)
        put(out, "recipients:%s\n", any_recipient(d) ? "" : " {}");
    for (int n = 0; n < D_RECIPIENTS; n++) {
        int i = turned ? D_RECIPIENTS - 1 - n : n;
        if (d->recipients[i].there)
            recipient_text(out, d, i);
    }
    if (disclosure_there(d))
        put(out, "disclosure:%s\n", grounds_there(d) != 0 ? "" : " {}");
    for (int n = 0; n < D_GROUNDS; n++) {
        int g = turned ? D_GROUNDS - 1 - n : n;
        if (d->grounds[g].there)
            ground_text(out, d, g);
    }
}

/* --- as sentences ----------------------------------------------------------------------------- */

static void (*teller)(const char *sentence);

static void PRINTF_LIKE(1, 2)
tell(const char *fmt, ...)
{
    char text[96];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    teller(text);
}

static void
recipient_said(const struct dealt *d, int i)
{
    const struct dealt_recipient *r = &d->recipients[i];
    const char *name = recipient_names[i];
    for (int c = 0; c < D_CATEGORIES; c++)
        for (int f = 0; f < D_FIELDS; f++)
            if ((r->gets[c] >> f & 1) != 0 || passes(d, c, f, i))
                tell("%s gets %s.f%d", name, category_names[c], f);
    for (int p = 0; p < D_PURPOSES; p++)
        if ((r->purposes >> p & 1) != 0)
            tell("%s for %s", name, purpose_names[p]);
    if (r->sign > 0)
        tell("%s is signed", name);
    if (r->role == AUTHORITY)
        tell("%s is authority", name);
    if (abroad(d, r))
        tell("%s is abroad", name);
    for (int k = 0; k < 3 && papers[r->papers].said[k] != NULL; k++)
        tell("%s rests-on %s", name, papers[r->papers].said[k]);
}

static void
ground_said(const struct dealt *d, int g)
{
    const struct dealt_ground *row = &d->grounds[g];
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if ((row->evidence >> i & 1) != 0)
            tell("%s asks-for %s", ground_names[g], evidences[i]);
    for (int r = 0; r < D_ROLES; r++)
        if ((row->by >> r & 1) != 0)
            tell("%s by %s", ground_names[g], role_names[r]);
    tell("%s approved-by %d", ground_names[g], row->approve);
    tell("%s tells %s", ground_names[g], notices[row->notice]);
    if (row->binding)
        tell("%s is binding", ground_names[g]);
}

void
dealt_out_said(const struct dealt *d, void (*say)(const char *sentence))
{
    teller = say;
    for (int i = 0; i < D_RECIPIENTS; i++)
        if (d->recipients[i].there)
            recipient_said(d, i);
    for (int g = 0; g < D_GROUNDS; g++)
        if (d->grounds[g].there)
            ground_said(d, g);
    if (disclosure_there(d))
        tell("disclosure is declared");
    for (int c = 0; c < D_CATEGORIES; c++) {
        const struct dealt_category *row = &d->categories[c];
        if (never_opened(d, c))
            tell("%s is never-opened", category_names[c]);
        else if (row->disclose == 2)
            tell("%s is narrow", category_names[c]);
        for (int g = 0; g < D_GROUNDS && row->disclose == 2; g++)
            if ((row->grounds >> g & 1) != 0)
                tell("%s opens-to %s", category_names[c], ground_names[g]);
    }
    for (int i = 0; i < D_COOKIES; i++) {
        if (d->cookies[i].essential)
            tell("%s is essential", cookie_names[i]);
        else
            tell("%s serves %s", cookie_names[i], purpose_names[d->cookies[i].purpose]);
        if (d->cookies[i].signal)
            tell("%s obeys signal", cookie_names[i]);
    }
}

/* --- changes --------------------------------------------------------------------------------------- */

struct changing {
    struct dealt *d;
    struct dice *dice;
    struct dealt_recipient *r;
    struct dealt_ground *g;
    int cookie;
};

#define CHANGE(name, body)                                                                         \
    static void name(struct changing *x)                                                           \
    {                                                                                              \
        body;                                                                                      \
    }
#define OTHER(value, n) (((value) + 1 + below(x->dice, (n) - 1)) % (n))

CHANGE(do_recipient, x->r->there = !x->r->there)
CHANGE(do_legal_name, x->r->name = !x->r->name)
CHANGE(do_class, x->r->kind = !x->r->kind)
CHANGE(do_country, x->r->country = OTHER(x->r->country, COUNTRIES))
CHANGE(do_recipient_role, x->r->role = OTHER(x->r->role, ROLES))
CHANGE(do_task, x->r->task = !x->r->task)
CHANGE(do_gets, x->r->gets[below(x->dice, D_CATEGORIES)] ^= some(x->dice, D_FIELDS, 40))
CHANGE(do_gets_fewer, x->r->gets[below(x->dice, D_CATEGORIES)] &= some(x->dice, D_FIELDS, 50))
CHANGE(do_recipient_for, x->r->purposes ^= 1u << below(x->dice, D_PURPOSES))
CHANGE(do_recipient_controls, x->r->controls[below(x->dice, D_CONTROLS)] = (unsigned char)below(x->dice, 4))
CHANGE(do_papers, x->r->papers = OTHER(x->r->papers, PAPERS))
CHANGE(do_signed, x->r->sign = OTHER(x->r->sign, SIGNS))
CHANGE(do_recipient_keeps, x->r->keeps = OTHER(x->r->keeps, KEEPS))
CHANGE(do_erase_by, x->r->erase = OTHER(x->r->erase, 3))
CHANGE(do_acknowledge, x->r->acknowledge = OTHER(x->r->acknowledge, 3); x->r->erase = 1)
CHANGE(do_terms, x->r->terms = !x->r->terms)
CHANGE(do_opt_out, x->r->opt_out = !x->r->opt_out)
CHANGE(do_part_of, x->r->part = below(x->dice, D_RECIPIENTS); x->r->role = PROCESSOR)
CHANGE(do_recipients_said, x->d->recipients_said = !x->d->recipients_said)
CHANGE(do_disclosure_said, x->d->disclosure_said = !x->d->disclosure_said)
CHANGE(do_controls, x->d->controls[below(x->dice, D_CONTROLS)] = (unsigned char)below(x->dice, 3); x->d->controls_said = true)
CHANGE(do_controls_said, x->d->controls_said = !x->d->controls_said)
CHANGE(do_sells, x->d->sells ^= 1u << below(x->dice, D_SELLS))
CHANGE(do_offices, x->d->offices = OTHER(x->d->offices, 3))
CHANGE(do_certificate, x->d->certificate = OTHER(x->d->certificate, 3); x->d->hosts |= 1)
CHANGE(do_ground, x->g->there = !x->g->there)
CHANGE(do_evidence, x->g->evidence ^= 1u << below(x->dice, EVIDENCE_COUNT))
CHANGE(do_approve, x->g->approve = OTHER(x->g->approve, 3))
CHANGE(do_by, x->g->by ^= 1u << below(x->dice, D_ROLES))
CHANGE(do_notice, x->g->notice = OTHER(x->g->notice, 4))
CHANGE(do_binding, x->g->binding = !x->g->binding)
CHANGE(do_counted, x->g->counted = !x->g->counted)
CHANGE(do_review, x->g->review = OTHER(x->g->review, 3))
CHANGE(do_ground_says, x->g->says = !x->g->says)
CHANGE(do_cookie_kind, x->d->cookies[x->cookie].kind = OTHER(x->d->cookies[x->cookie].kind, 5))
CHANGE(do_cookie_by, x->d->cookies[x->cookie].by = below(x->dice, D_RECIPIENTS + 1) - 1)
CHANGE(do_scripts, x->d->cookies[x->cookie].scripts ^= 1u << below(x->dice, 2))
CHANGE(do_signal, x->d->cookies[x->cookie].signal = !x->d->cookies[x->cookie].signal)

#define ROW(name) {#name, do_##name}
static const struct {
    const char *name;
    void (*change)(struct changing *x);
} changes[] = {
    ROW(recipient), ROW(legal_name), ROW(class), ROW(country), ROW(recipient_role), ROW(task), ROW(gets),
    ROW(gets_fewer), ROW(recipient_for), ROW(recipient_controls), ROW(papers), ROW(signed), ROW(recipient_keeps),
    ROW(erase_by), ROW(acknowledge), ROW(terms), ROW(opt_out), ROW(part_of), ROW(recipients_said),
    ROW(disclosure_said), ROW(controls), ROW(controls_said), ROW(sells), ROW(offices), ROW(certificate), ROW(ground),
    ROW(evidence), ROW(approve), ROW(by), ROW(notice), ROW(binding), ROW(counted), ROW(review), ROW(ground_says),
    ROW(cookie_kind), ROW(cookie_by), ROW(scripts), ROW(signal),
};

int
dealt_out_changes(void)
{
    return (int)(sizeof changes / sizeof changes[0]);
}

const char *
dealt_out_change_name(int kind)
{
    return changes[kind].name;
}

void
dealt_out_change(struct dealt *d, struct dice *dice, int kind)
{
    struct changing x = {d, dice, &d->recipients[below(dice, D_RECIPIENTS)], &d->grounds[below(dice, D_GROUNDS)],
                         below(dice, D_COOKIES)};
    changes[kind].change(&x);
}

/* --- questions ----------------------------------------------------------------------------------------- */

static int
row_draw(struct dice *dice, int count)
{
    return count == 0 || chance(dice, 2) ? count + 3 : below(dice, count);
}

/* More often one that may be sent: a purpose of both, a category it gets something of, fields of it. */
static void
send_question(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    const struct policy_recipient *r = q->recipient < policy->recipient_count ? &policy->recipients[q->recipient] : NULL;
    const int64_t days[] = {20781, 20781, 20500, 21000, 21190, 0};
    q->day = days[below(dice, 6)];
    q->suspended = chance(dice, 10);
    if (r == NULL || policy->purpose_count == 0)
        return;
    for (int i = 0; i < 8 && q->role >= 0 && q->role < policy->role_count; i++) {
        int p = below(dice, policy->purpose_count);
        if (policy_bit(&policy->roles[q->role].may, p) && policy_bit(&r->purposes, p) && chance(dice, 90))
            q->purpose = p;
    }
    for (int i = 0; i < 6 && (q->category < 0 || q->category >= policy->category_count || r->gets[q->category] == 0); i++)
        q->category = below(dice, policy->category_count);
    if (r->gets[q->category < 0 || q->category >= policy->category_count ? 0 : q->category] == 0 || chance(dice, 30))
        return;
    uint64_t most = r->gets[q->category], used = ~UINT64_C(0);
    if (q->purpose >= 0 && q->purpose < policy->purpose_count)
        used = policy->purposes[q->purpose].uses[q->category] | ~policy->categories[q->category].readable;
    most = (most & used) != 0 ? most & used : most;
    q->fields = (most & dice_roll(dice)) != 0 ? most & dice_roll(dice) : most;
    q->fields = q->fields == 0 ? most : q->fields;
}

static void
disclose_question(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    const struct policy_ground *g = q->ground < policy->ground_count ? &policy->grounds[q->ground] : NULL;
    q->evidence = (unsigned)dice_roll(dice) & ((1u << EVIDENCE_COUNT) - 1);
    q->approvals = below(dice, 4);
    q->noticed = chance(dice, 60);
    q->gagged = chance(dice, 40);
    if (chance(dice, 95))
        q->purpose = POLICY_NONE;
    if (q->category == POLICY_NONE && chance(dice, 95))
        q->category = row_draw(dice, policy->category_count);
    if (g == NULL)
        return;
    if (chance(dice, 70))
        q->evidence |= g->evidence;
    if (chance(dice, 70))
        q->approvals = g->approvals;
    for (int i = 0; i < 6 && q->role >= 0 && !policy_bit(&g->by, q->role); i++)
        q->role = row_draw(dice, policy->role_count);
    int needs = q->role >= 0 && q->role < policy->role_count ? policy->roles[q->role].needs : POLICY_NONE;
    if (needs != POLICY_NONE && chance(dice, 80)) {
        q->has_task = true;
        q->task = needs;
    }
}

void
dealt_out_question(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    q->recipient = row_draw(dice, policy->recipient_count);
    q->ground = row_draw(dice, policy->ground_count);
    q->cookie = row_draw(dice, policy->cookie_count);
    q->signal = chance(dice, 40);
    if (q->act == ACT_SEND) {
        send_question(policy, dice, q);
    } else if (q->act == ACT_DISCLOSE) {
        disclose_question(policy, dice, q);
    } else if (q->act == ACT_COOKIE) { /* no category and no fields are asked of it */
        int own = q->cookie < policy->cookie_count ? policy->cookies[q->cookie].purpose : POLICY_NONE;
        q->category = POLICY_NONE;
        q->fields = ~UINT64_C(0);
        q->purpose = chance(dice, 60) ? POLICY_NONE : chance(dice, 60) ? own : q->purpose;
    }
}
