/* What leaves the house, drawn, mended and changed: recipients, grounds, cookies of others, places. */
#include "dealt_out_tables.h"

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
            .sign = chance(dice, 85) ? 1 + below(dice, SIGNS - 1) : 0, .part = chance(dice, 25) ? below(dice,
                                                                                            D_RECIPIENTS) : POLICY_NONE,
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
CHANGE(do_controls, x->d->controls[below(x->dice, D_CONTROLS)] = (unsigned char)below(x->dice,
                                                                                      3); x->d->controls_said = true)
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
