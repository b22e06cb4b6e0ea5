/* Relations, states, children and how data are kept, drawn, written, said and changed. */
#include "dealt_tables.h"

#include <string.h>

enum { PROOFS = 3, STATES = 4, KEYS = 3, AGES = 4, WITHINS = 3 };
static const char *const proofs[PROOFS] = {"mail-link", "document", "staff"};
static const char *const keys[KEYS] = {NULL, "own", "record"};
static const char *const routes_by[] = {"sealed-link", "mail-link", "document"};
static const char *const withins[WITHINS] = {"10 days", "30 days", "2 months"};
static const char *const states[STATES] = {NULL, "states: [new, known]", "states: [new, known], acts-in: [known]",
                                           "states: [known, new], acts-in: [new]"};
static const char *const ages[AGES] = {"ages: law.child-consent, else: 16", "ages: law.child-consent, else: 13",
                                       "ages: 16", "ages: 14"};

void
dealt_people_draw(struct dealt *d, struct dice *dice)
{
    d->instances = some(dice, D_INSTANCES, 50);
    for (int i = 0; i < D_ORGANISATIONS; i++) {
        d->sees[i] = chance(dice, 40) ? some(dice, D_KINDS, 50) : 0;
        d->open[i] = chance(dice, 30);
    }
    for (int i = 0; i < D_KINDS; i++)
        d->states[i] = chance(dice, 30) ? below(dice, STATES) : 0;
    for (int i = 0; i < D_RELATIONS; i++)
        d->relations[i] = (struct dealt_relation){.there = chance(dice, 60),
                                                  .rights = chance(dice, 50),
                                                  .says = below(dice, 2),
                                                  .from = below(dice, D_KINDS),
                                                  .to = below(dice, D_KINDS),
                                                  .shown = some(dice, PROOFS, 50)};
    for (int c = 0; c < D_CATEGORIES; c++)
        d->kept[c] = (struct dealt_kept){.latest = chance(dice, 30),
                                         .memory = chance(dice, 15),
                                         .no_backup = chance(dice, 15),
                                         .sealed = chance(dice, 30),
                                         .sourced = chance(dice, 15),
                                         .blind = chance(dice, 25) ? below(dice, D_ORGANISATIONS) : POLICY_NONE,
                                         .only = chance(dice, 25) ? below(dice, D_INSTANCES) : POLICY_NONE,
                                         .keys = chance(dice, 20) ? below(dice, KEYS) : 0};
    for (int r = 0; r < D_ROLES; r++) {
        d->watched[r].second = chance(dice, 20);
        d->watched[r].seen = chance(dice, 15);
    }
    for (int o = 0; o < D_POINTS; o++)
        d->gates[o] = (struct dealt_gate){.gate = chance(dice, 40), .warning = chance(dice, 20), .form = below(dice, 3),
                                          .agreed = chance(dice, 30) ? below(dice, D_PURPOSES) : POLICY_NONE,
                                          .relation = chance(dice, 25) ? below(dice, D_RELATIONS) : POLICY_NONE};
    d->children = (struct dealt_children){.there = chance(dice, 60),
                                          .kind = below(dice, D_KINDS),
                                          .guardian = below(dice, D_RELATIONS),
                                          .ages = below(dice, AGES),
                                          .ask = below(dice, 2),
                                          .may = some(dice, D_PURPOSES, 50),
                                          .parent = chance(dice, 70),
                                          .school = chance(dice, 50),
                                          .by = below(dice, 3),
                                          .category = below(dice, D_CATEGORIES),
                                          .keeps = some(dice, D_FIELDS, 50),
                                          .within = below(dice, WITHINS),
                                          .asks = some(dice, D_PURPOSES, 50),
                                          .organisation = below(dice, D_ORGANISATIONS),
                                          .teaches = some(dice, D_PURPOSES, 50),
                                          .discovered = below(dice, WITHINS),
                                          .of_age = below(dice, WITHINS)};
}

/* --- what the language would not take --------------------------------------------- */

/* The category of the parents' address holds addresses and nothing else. */
static void
contact_mend(struct dealt *d)
{
    struct dealt_category *row = &d->categories[d->children.category];
    bool any = false;
    row->there = true;
    row->special = false;
    for (int f = 0; f < D_FIELDS; f++) {
        row->fields[f].type = TYPE_MAIL;
        row->fields[f].store = STORE_AS_IS;
        row->fields[f].special = row->fields[f].outcome = false;
        any = any || ((d->children.keeps >> f & 1) != 0 && row->fields[f].there);
    }
    if (any)
        return;
    d->children.keeps |= 1;
    row->fields[0].there = true;
}

void
dealt_people_first(struct dealt *d)
{
    struct dealt_children *children = &d->children;
    d->kinds[0].there = true;
    for (int c = 0; c < D_CATEGORIES; c++)
        if (d->kept[c].only != POLICY_NONE && (d->instances >> d->kept[c].only & 1) == 0)
            d->kept[c].only = POLICY_NONE;
    if (!d->kinds[children->kind].there)
        children->kind = 0;
    if (children->school && (d->organisations >> children->organisation & 1) == 0)
        children->school = false;
    children->parent |= !children->school;
    if (!children->there)
        return;
    if (children->parent) {
        contact_mend(d);
        d->relations[children->guardian].there = true;
        d->relations[children->guardian].to = children->kind;
    } else if (d->relations[children->guardian].there) {
        d->relations[children->guardian].to = children->kind;
    }
}

static bool
within(const struct dealt *d, int organisation, int wider)
{
    return organisation == wider || (organisation == 1 && wider == 0 && d->of && (d->organisations & 3) == 3);
}

static bool
reads(const struct dealt *d, int r, int c)
{
    for (int p = 0; p < D_PURPOSES; p++)
        for (int f = 0; f < D_FIELDS; f++)
            if ((d->roles[r].may >> p & 1) != 0 && d->purposes[p].there && !d->purposes[p].totals &&
                (d->purposes[p].uses[c] >> f & 1) != 0 && d->categories[c].fields[f].store != STORE_HASH)
                return true;
    return false;
}

static bool
author(const struct dealt *d, int r, int c)
{
    if (d->roles[r].writes[c] != 0)
        return true;
    for (int o = 0; o < D_POINTS; o++)
        for (int f = 0; f < D_FIELDS; f++)
            if (d->points[o].there && !d->points[o].anyone && (d->points[o].from >> r & 1) != 0 &&
                d->points[o].need[c][f] != 0)
                return true;
    return false;
}

static void
kept_mend(struct dealt *d, int c)
{
    struct dealt_kept *row = &d->kept[c];
    row->latest = row->latest && d->categories[c].many;
    if (row->blind != POLICY_NONE && ((d->organisations >> row->blind & 1) == 0 || row->sealed))
        row->blind = POLICY_NONE;
    for (int r = 0; r < D_ROLES; r++) {
        const struct dealt_role *role = &d->roles[r];
        bool own = role->over > 1 && role->over <= 1 + D_ORGANISATIONS && row->blind != POLICY_NONE &&
                   within(d, role->over - 2, row->blind);
        if (!role->there || !reads(d, r, c))
            continue;
        if (role->over != 1 && !author(d, r, c))
            row->sealed = false;
        if (!role->application && !own)
            row->blind = POLICY_NONE;
    }
    if (row->memory)
        d->categories[c].least = 0;
}

static unsigned
consents(const struct dealt *d)
{
    unsigned bits = 0;
    for (int p = 0; p < D_PURPOSES; p++)
        bits |= d->purposes[p].there && d->purposes[p].basis == BASIS_CONSENT ? 1u << p : 0;
    return bits;
}

static void
children_mend(struct dealt *d)
{
    struct dealt_children *row = &d->children;
    unsigned there = 0;
    for (int p = 0; p < D_PURPOSES; p++)
        there |= d->purposes[p].there ? 1u << p : 0;
    if (!row->parent)
        there &= ~consents(d);
    row->may &= there;
    row->may = row->may == 0 ? there & -there : row->may;
    row->there = row->there && row->may != 0;
    row->asks = (row->asks & row->may) == 0 ? row->may & -row->may : row->asks & row->may;
    row->teaches = (row->teaches & row->may) == 0 ? row->may & -row->may : row->teaches & row->may;
    unsigned kept = 0;
    for (int f = 0; f < D_FIELDS; f++)
        kept |= d->categories[row->category].fields[f].there ? 1u << f : 0;
    row->keeps = row->parent ? row->keeps & kept : row->keeps;
}

static bool
kind_within(const struct dealt *d, int kind, int wider)
{
    while (kind >= 0 && kind != wider)
        kind = d->kinds[kind].is;
    return kind == wider;
}

void
dealt_people_mend(struct dealt *d)
{
    for (int i = 0; i < D_RELATIONS; i++) {
        struct dealt_relation *row = &d->relations[i];
        row->from = d->kinds[row->from].there ? row->from : 0;
        row->to = d->kinds[row->to].there ? row->to : 0;
        row->shown = row->shown == 0 ? 1 : row->shown;
    }
    for (int c = 0; c < D_CATEGORIES; c++)
        kept_mend(d, c);
    children_mend(d);
    for (int r = 0; r < D_ROLES; r++)
        d->watched[r].second = d->watched[r].second && !d->roles[r].application;
    for (int o = 0; o < D_POINTS; o++) {
        struct dealt_gate *row = &d->gates[o];
        const struct dealt_point *point = &d->points[o];
        bool child = !point->existing && kind_within(d, point->kind, d->children.kind);
        row->gate = (row->gate || child) && d->children.there && !point->existing;
        if (row->agreed != POLICY_NONE && !(point->existing && (consents(d) >> row->agreed & 1) != 0))
            row->agreed = POLICY_NONE;
        if (row->relation != POLICY_NONE && !(point->existing && d->relations[row->relation].there))
            row->relation = POLICY_NONE;
    }
}

/* What exists on another kind of server than the rest is not asked for. */
void
dealt_people_point(const struct dealt *d, struct dealt_point *point)
{
    int first = POLICY_NONE;
    for (int c = 0; c < D_CATEGORIES; c++) {
        bool any = false;
        for (int f = 0; f < D_FIELDS; f++)
            any = any || point->need[c][f] != 0;
        if (!any || d->kept[c].only == POLICY_NONE)
            continue;
        first = first == POLICY_NONE ? d->kept[c].only : first;
        if (d->kept[c].only != first)
            memset(point->need[c], 0, sizeof point->need[c]);
    }
}

bool
dealt_people_closed(const struct dealt *d, int c)
{
    return d->kept[c].sealed || d->kept[c].memory || d->kept[c].blind != POLICY_NONE;
}

/* --- as a file -------------------------------------------------------------------------- */

void
dealt_people_head(struct buf *out, const struct dealt *d)
{
    bool turned = (d->order & 64) != 0;
    if (d->instances == 3)
        buf_fmt(out, "  instances: [%s, %s]\n", instance_names[turned], instance_names[!turned]);
    else if (d->instances != 0)
        buf_fmt(out, "  instances: [%s]\n", instance_names[d->instances - 1]);
}

void
dealt_people_organisation(struct buf *out, const struct dealt *d, int i)
{
    unsigned there = 0;
    for (int k = 0; k < D_KINDS; k++)
        there |= d->kinds[k].there ? 1u << k : 0;
    if ((d->sees[i] & there) != 0) {
        buf_fmt(out, ", ");
        dealt_list(out, "sees", kind_names, D_KINDS, d->sees[i] & there);
    }
    if (d->open[i])
        buf_fmt(out, ", isolated: no");
    else if ((d->order & 32) != 0)
        buf_fmt(out, ", isolated: yes");
}

void
dealt_people_kind(struct buf *out, const struct dealt *d, int i)
{
    if (states[d->states[i]] != NULL)
        buf_fmt(out, ", %s", states[d->states[i]]);
}

void
dealt_people_field(struct buf *out, const struct dealt_field *row)
{
    if (row->outcome)
        buf_fmt(out, ", store: outcome-only");
    if (row->precision > 0)
        buf_fmt(out, ", precision: %s", row->precision == 1 ? "month" : "year");
}

void
dealt_people_category(struct buf *out, const struct dealt *d, int c)
{
    const struct dealt_kept *row = &d->kept[c];
    buf_fmt(out, "%s%s%s%s%s", row->latest ? "    latest: yes\n" : "", row->memory ? "    memory: yes\n" : "",
            row->no_backup ? "    backup: no\n" : "", row->sourced ? "    sourced: yes\n" : "",
            !row->sealed               ? ""
            : (d->order >> c & 1) != 0 ? "    sealed-to: [author, subject]\n"
                                   : "    sealed-to: [subject, author]\n");
    if (row->blind != POLICY_NONE)
        buf_fmt(out, "    blind: %s\n", organisation_names[row->blind]);
    if (row->only != POLICY_NONE)
        buf_fmt(out, "    only: %s\n", instance_names[row->only]);
    if (keys[row->keys] != NULL)
        buf_fmt(out, "    keys: %s\n", keys[row->keys]);
}

void
dealt_people_role(struct buf *out, const struct dealt *d, int r)
{
    buf_fmt(out, "%s%s", d->watched[r].second ? "    second-person: yes\n" : "",
            d->watched[r].seen ? "    seen: yes\n" : "");
}

void
dealt_people_gate(struct buf *out, const struct dealt *d, int o)
{
    const struct dealt_gate *row = &d->gates[o];
    buf_fmt(out, "%s%s", row->gate ? "    age-gate: yes\n" : "", row->warning ? "    warning: Take care.\n" : "");
    if (row->form > 0)
        buf_fmt(out, "    form: %d\n", row->form);
    if (row->agreed != POLICY_NONE)
        buf_fmt(out, "    agreed: %s\n", purpose_names[row->agreed]);
    if (row->relation != POLICY_NONE)
        buf_fmt(out, "    relation: %s\n", relation_names[row->relation]);
}

static void
children_text(struct buf *out, const struct dealt *d)
{
    const struct dealt_children *row = &d->children;
    buf_fmt(out, "children: {kind: %s, %s, ask: \"how old %d?\", ", kind_names[row->kind], ages[row->ages], row->ask);
    if (d->relations[row->guardian].there)
        buf_fmt(out, "guardian: %s, ", relation_names[row->guardian]);
    dealt_list(out, "may", purpose_names, D_PURPOSES, row->may);
    buf_fmt(out, ", discovered: %s, of-age: %s", withins[row->discovered], withins[row->of_age]);
    if (row->parent) {
        const char *comma = "";
        buf_fmt(out, ",\n  parent: {by: %s, within: %s, keeps: [", routes_by[row->by], withins[row->within]);
        for (int f = 0; f < D_FIELDS; f++)
            if ((row->keeps >> f & 1) != 0) {
                buf_fmt(out, "%s%s.f%d", comma, category_names[row->category], f);
                comma = ", ";
            }
        buf_fmt(out, "], ");
        dealt_list(out, "for", purpose_names, D_PURPOSES, row->asks);
        buf_fmt(out, "}");
    }
    if (row->school) {
        buf_fmt(out, ",\n  school: {by: organisation, organisation: %s, ", organisation_names[row->organisation]);
        dealt_list(out, "for", purpose_names, D_PURPOSES, row->teaches);
        buf_fmt(out, "}");
    }
    buf_fmt(out, "}\n");
}

void
dealt_people_text(struct buf *out, const struct dealt *d)
{
    if (d->relations[0].there || d->relations[1].there)
        buf_fmt(out, "relations:\n");
    for (int n = 0; n < D_RELATIONS; n++) {
        int i = (d->order & 8) != 0 ? D_RELATIONS - 1 - n : n;
        const struct dealt_relation *row = &d->relations[i];
        if (!row->there)
            continue;
        buf_fmt(out, "  %s: {says: friend %d of, from: %s, to: %s, ", relation_names[i], row->says, kind_names[row->from],
                kind_names[row->to]);
        dealt_list(out, "shown-by", proofs, PROOFS, row->shown);
        buf_fmt(out, "%s}\n", row->rights ? ", rights: yes" : "");
    }
    if (d->children.there)
        children_text(out, d);
}

/* --- as sentences ----------------------------------------------------------------------------- */

static void
tell_purposes(const char *who, unsigned bits)
{
    for (int p = 0; p < D_PURPOSES; p++)
        if ((bits >> p & 1) != 0)
            dealt_say("children %s %s", who, purpose_names[p]);
}

static void
children_said(const struct dealt *d)
{
    const struct dealt_children *row = &d->children;
    dealt_say("children are there");
    tell_purposes("may", row->may);
    if (row->parent) {
        dealt_say("children have parents");
        dealt_say("children keep %s", category_names[row->category]);
        tell_purposes("wait-for", row->asks);
    }
    if (row->school) {
        dealt_say("children have school");
        tell_purposes("learn", row->teaches);
    }
}

void
dealt_people_said(const struct dealt *d)
{
    for (int c = 0; c < D_CATEGORIES; c++) {
        const struct dealt_kept *row = &d->kept[c];
        if (!d->categories[c].there)
            continue;
        if (row->only != POLICY_NONE)
            dealt_say("%s only-on %s", category_names[c], instance_names[row->only]);
        if (row->sealed)
            dealt_say("%s is sealed", category_names[c]);
        if (dealt_people_closed(d, c))
            dealt_say("%s is closed", category_names[c]);
        for (int r = 0; r < D_ROLES && row->blind != POLICY_NONE; r++) {
            bool own = d->roles[r].over > 1 && d->roles[r].over <= 1 + D_ORGANISATIONS &&
                       within(d, d->roles[r].over - 2, row->blind);
            if (!d->roles[r].application && !own)
                dealt_say("%s blind-to %s", role_names[r], category_names[c]);
        }
    }
    for (int r = 0; r < D_ROLES; r++)
        if (d->watched[r].second)
            dealt_say("%s needs second", role_names[r]);
    for (int o = 0; o < D_POINTS; o++) {
        if (d->gates[o].agreed != POLICY_NONE)
            dealt_say("%s after %s", point_names[o], purpose_names[d->gates[o].agreed]);
        if (d->gates[o].relation != POLICY_NONE)
            dealt_say("%s among related", point_names[o]);
    }
    for (int i = 0; i < D_RELATIONS; i++)
        if (d->relations[i].there && d->relations[i].rights)
            dealt_say("%s gives rights", relation_names[i]);
    if (d->children.there)
        children_said(d);
}

/* --- changes ------------------------------------------------------------------------------------ */

struct changing {
    struct dealt *d;
    struct dice *dice;
    struct dealt_kept *k;
    struct dealt_gate *g;
    struct dealt_relation *e;
    struct dealt_children *c;
    struct dealt_field *f;
    int category, point;
};

#define CHANGE(name, body)                                                                         \
    static void name(struct changing *x)                                                           \
    {                                                                                              \
        body;                                                                                      \
    }
#define OTHER(value, n) (((value) + 1 + below(x->dice, (n) - 1)) % (n))
#define OTHER_OR_NONE(value, n) (((value) + 2 + below(x->dice, n)) % ((n) + 1) - 1)

CHANGE(do_instances, x->d->instances ^= 1u << below(x->dice, D_INSTANCES))
CHANGE(do_sees, x->d->sees[below(x->dice, D_ORGANISATIONS)] ^= 1u << below(x->dice, D_KINDS))
CHANGE(do_open, x->d->open[below(x->dice, D_ORGANISATIONS)] ^= true)
CHANGE(do_states, int i = below(x->dice, D_KINDS); x->d->states[i] = OTHER(x->d->states[i], STATES))
CHANGE(do_relation, x->e->there = !x->e->there)
CHANGE(do_relation_rights, x->e->there = true; x->e->rights = !x->e->rights)
CHANGE(do_relation_ends, if (chance(x->dice, 50)) x->e->from = OTHER(x->e->from, D_KINDS);
       else x->e->to = OTHER(x->e->to, D_KINDS))
CHANGE(do_relation_shown, x->e->shown ^= 1u << below(x->dice, PROOFS))
CHANGE(do_relation_says, x->e->says = !x->e->says)
CHANGE(do_latest, x->k->latest = !x->k->latest)
CHANGE(do_memory, x->k->memory = !x->k->memory)
CHANGE(do_backup, x->k->no_backup = !x->k->no_backup)
CHANGE(do_sealed, x->k->sealed = !x->k->sealed)
CHANGE(do_sourced, x->k->sourced = !x->k->sourced)
CHANGE(do_blind, x->k->blind = OTHER_OR_NONE(x->k->blind, D_ORGANISATIONS))
CHANGE(do_only, x->d->instances = 3; x->k->only = OTHER_OR_NONE(x->k->only, D_INSTANCES))
CHANGE(do_keys, x->k->keys = OTHER(x->k->keys, KEYS))
CHANGE(do_outcome, x->f->there = true; x->f->type = 0; x->f->store = STORE_AS_IS; x->f->outcome = !x->f->outcome)
CHANGE(do_precision, x->f->there = true; x->f->type = TYPE_DAY; x->f->store = STORE_AS_IS; x->f->outcome = false;
       x->f->precision = OTHER(x->f->precision, 3))
CHANGE(do_second, x->d->watched[below(x->dice, D_ROLES)].second ^= true)
CHANGE(do_seen, x->d->watched[below(x->dice, D_ROLES)].seen ^= true)
CHANGE(do_over_relation, int i = below(x->dice, D_RELATIONS); x->d->relations[i].there = true;
       x->d->roles[below(x->dice, D_ROLES)].over = 2 + D_ORGANISATIONS + i)
CHANGE(do_gate, x->g->gate = !x->g->gate)
CHANGE(do_warning, x->g->warning = !x->g->warning)
CHANGE(do_form, x->g->form = OTHER(x->g->form, 3))
CHANGE(do_agreed, x->d->points[x->point].existing = true; x->g->agreed = OTHER_OR_NONE(x->g->agreed, D_PURPOSES))
CHANGE(do_point_relation, x->d->points[x->point].existing = true;
       x->g->relation = OTHER_OR_NONE(x->g->relation, D_RELATIONS))
CHANGE(do_children, x->c->there = !x->c->there)
CHANGE(do_children_kind, x->c->kind = OTHER(x->c->kind, D_KINDS))
CHANGE(do_guardian, x->c->guardian = !x->c->guardian)
CHANGE(do_ages, x->c->ages = OTHER(x->c->ages, AGES))
CHANGE(do_ask, x->c->ask = !x->c->ask)
CHANGE(do_children_may, x->c->may ^= 1u << below(x->dice, D_PURPOSES))
CHANGE(do_parent, x->c->parent = !x->c->parent)
CHANGE(do_by, x->c->by = OTHER(x->c->by, 3))
CHANGE(do_keeps, x->c->keeps ^= 1u << below(x->dice, D_FIELDS))
CHANGE(do_keeps_category, x->c->category = OTHER(x->c->category, D_CATEGORIES))
CHANGE(do_within, x->c->within = OTHER(x->c->within, WITHINS))
CHANGE(do_asks, x->c->asks ^= 1u << below(x->dice, D_PURPOSES))
CHANGE(do_school, x->c->school = !x->c->school)
CHANGE(do_school_organisation, x->c->organisation = !x->c->organisation)
CHANGE(do_teaches, x->c->teaches ^= 1u << below(x->dice, D_PURPOSES))
CHANGE(do_discovered, x->c->discovered = OTHER(x->c->discovered, WITHINS))
CHANGE(do_of_age, x->c->of_age = OTHER(x->c->of_age, WITHINS))

#define ROW(name) {#name, do_##name}
static const struct {
    const char *name;
    void (*change)(struct changing *x);
} changes[] = {
    ROW(instances),
    ROW(sees),
    ROW(open),
    ROW(states),
    ROW(relation),
    ROW(relation_rights),
    ROW(relation_ends),
    ROW(relation_shown),
    ROW(relation_says),
    ROW(latest),
    ROW(memory),
    ROW(backup),
    ROW(sealed),
    ROW(sourced),
    ROW(blind),
    ROW(only),
    ROW(keys),
    ROW(outcome),
    ROW(precision),
    ROW(second),
    ROW(seen),
    ROW(over_relation),
    ROW(gate),
    ROW(warning),
    ROW(form),
    ROW(agreed),
    ROW(point_relation),
    ROW(children),
    ROW(children_kind),
    ROW(guardian),
    ROW(ages),
    ROW(ask),
    ROW(children_may),
    ROW(parent),
    ROW(by),
    ROW(keeps),
    ROW(keeps_category),
    ROW(within),
    ROW(asks),
    ROW(school),
    ROW(school_organisation),
    ROW(teaches),
    ROW(discovered),
    ROW(of_age),
};

int
dealt_people_changes(void)
{
    return (int)(sizeof changes / sizeof changes[0]);
}

const char *
dealt_people_change_name(int kind)
{
    return changes[kind].name;
}

void
dealt_people_change(struct dealt *d, struct dice *dice, int kind)
{
    int category = below(dice, D_CATEGORIES), point = below(dice, D_POINTS);
    struct changing x = {d,
                         dice,
                         &d->kept[category],
                         &d->gates[point],
                         &d->relations[below(dice, D_RELATIONS)],
                         &d->children,
                         &d->categories[category].fields[below(dice, D_FIELDS)],
                         category,
                         point};
    changes[kind].change(&x);
}

/* --- questions ---------------------------------------------------------------------------------- */

/* Mostly on the kind of server where there is something. */
static int
instance_draw(const struct policy *policy, struct dice *dice, const struct policy_question *q)
{
    int only = POLICY_NONE;
    if (policy->instance_count == 0 || chance(dice, 20))
        return below(dice, 5) - 2;
    if (q->category >= 0 && q->category < policy->category_count)
        only = policy->categories[q->category].only;
    if (q->act == ACT_COLLECT && q->point >= 0 && q->point < policy->point_count)
        for (int i = 0; i < policy->points[q->point].field_count && only == POLICY_NONE; i++)
            only = policy->categories[policy->points[q->point].fields[i].category].only;
    return only == POLICY_NONE ? below(dice, policy->instance_count) : only;
}

void
dealt_people_question(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    q->instance = instance_draw(policy, dice, q);
    q->second = chance(dice, 80);
    q->author = chance(dice, 60);
    q->relation = below(dice, 4) - 1;
    q->child = chance(dice, policy->children.set ? 35 : 5) ? (enum policy_child_state)(1 + below(dice, 4)) : CHILD_NO;
    /* While somebody waits little may be done: more often that. */
    const struct policy_child_route *parent = &policy->children.routes[CHILD_ROUTE_PARENT];
    bool use = q->act == ACT_READ || q->act == ACT_LIST || q->act == ACT_WRITE;
    if (q->child == CHILD_WAITING && parent->set && use && chance(dice, 70)) {
        q->category = parent->keeps_category;
        q->fields = UINT64_MAX;
        for (int i = 0; i < 6 && !policy_bit(&parent->purposes, q->purpose); i++)
            q->purpose = below(dice, policy->purpose_count);
    }
}
