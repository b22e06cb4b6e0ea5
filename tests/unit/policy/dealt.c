#include "dealt_tables.h"

#include <string.h>

/* --- rolling ------------------------------------------------------------------- */

static void
field_draw(struct dealt_field *f, struct dice *dice)
{
    *f = (struct dealt_field){.there = chance(dice, 60), .special = chance(dice, 8),
                              .says = chance(dice, 20), .type = below(dice, TYPES),
                              .store = chance(dice, 60) ? 0 : below(dice, 4), .identifies = below(dice, 3),
                              .lookup = chance(dice, 25) ? 1 + below(dice, 2) : 0,
                              .length = below(dice, 4), .choices = below(dice, 4),
                              .to = below(dice, D_RECIPIENTS + 1) - 1,
                              .precision = below(dice, 3), .outcome = chance(dice, 10)};
}

static void
category_draw(struct dealt_category *c, struct dice *dice)
{
    *c = (struct dealt_category){.there = chance(dice, 80), .many = chance(dice, 50),
                                 .special = chance(dice, 8), .disclose = below(dice, 3),
                                 .grounds = some(dice, D_GROUNDS, 50),
                                 .says = chance(dice, 50), .kind = below(dice, D_KINDS),
                                 .event = below(dice, 5), .event_field = below(dice, D_FIELDS),
                                 .event_named = below(dice, D_EVENTS),
                                 .event_purpose = below(dice, D_PURPOSES),
                                 .until = chance(dice, 20), .depersonalise = chance(dice, 25),
                                 .least = chance(dice, 30) ? below(dice, TIMES) : 0,
                                 .most = 1 + below(dice, TIMES - 1)};
    for (int i = 0; i < D_FIELDS; i++)
        field_draw(&c->fields[i], dice);
}

static void
purpose_draw(struct dealt_purpose *p, struct dice *dice)
{
    *p = (struct dealt_purpose){.there = chance(dice, 80), .confirm = chance(dice, 40),
                                .totals = chance(dice, 15), .basis = below(dice, 6),
                                .needs = chance(dice, 35) ? 1 + below(dice, D_TASKS) : 0,
                                .channel = below(dice, 3), .incompatible = some(dice, D_PURPOSES, 10)};
    for (int c = 0; c < D_CATEGORIES; c++)
        p->uses[c] = chance(dice, 25) ? ~0u : some(dice, D_FIELDS, 30);
}

static void
role_draw(struct dealt_role *r, struct dice *dice)
{
    *r = (struct dealt_role){.there = chance(dice, 85), .application = chance(dice, 50),
                             .rights = chance(dice, 35), .says = chance(dice, 40),
                             .needs = chance(dice, 30) ? 1 + below(dice, D_TASKS + 1) : 0,
                             .over = chance(dice, 30) ? 1 + below(dice, 1 + D_ORGANISATIONS) : 0,
                             .may = some(dice, D_PURPOSES, 45)};
    for (int c = 0; c < D_CATEGORIES; c++)
        r->writes[c] = chance(dice, 20) ? ~0u : chance(dice, 50) ? some(dice, D_FIELDS, 40) : 0;
}

static void
point_draw(struct dealt_point *p, struct dice *dice)
{
    *p = (struct dealt_point){.there = chance(dice, 75), .anyone = chance(dice, 35),
                              .existing = chance(dice, 50), .cards = chance(dice, 20),
                              .says = chance(dice, 40), .kind = below(dice, D_KINDS),
                              .from = some(dice, D_ROLES, 40), .purposes = some(dice, D_PURPOSES, 45)};
    for (int c = 0; c < D_CATEGORIES; c++)
        for (int f = 0; f < D_FIELDS; f++)
            p->need[c][f] = chance(dice, 45) ? (unsigned char)(1 + below(dice, 4)) : 0;
}

/* --- what the language would not take --------------------------------------------- */

static unsigned
kept_mask(const struct dealt *d, int c)
{
    unsigned mask = 0;
    for (int f = 0; f < D_FIELDS; f++)
        mask |= dealt_kept(d, c, f) ? 1u << f : 0;
    return mask;
}

static bool
field_identifies(const struct dealt_field *f)
{
    if (f->identifies != 0 || f->outcome)
        return f->identifies == 1;
    const char *name = types[f->type].name;
    return strcmp(name, "text") != 0 && strcmp(name, "date") != 0 && strcmp(name, "choice") != 0 &&
           strcmp(name, "number") != 0;
}

static void
fields_mend(struct dealt_category *c)
{
    bool any = false, stays = false;
    for (int f = 0; f < D_FIELDS; f++) {
        struct dealt_field *row = &c->fields[f];
        while ((types[row->type].stores >> row->store & 1) == 0)
            row->store = (row->store + 1) % 4;
        row->outcome = row->outcome && row->store == STORE_AS_IS && types[row->type].stores != 1u << STORE_HASH;
        if (c->many || !types[row->type].lookup || row->store != STORE_AS_IS || row->outcome)
            row->lookup = 0;
        if (row->type != TYPE_DAY || row->store != STORE_AS_IS || row->outcome)
            row->precision = 0;
        any = any || (row->there && row->store != STORE_NO);
    }
    if (!any) {
        c->fields[0].there = true;
        c->fields[0].type = 0;
        c->fields[0].store = STORE_AS_IS;
        c->fields[0].precision = 0;
    }
    for (int f = 0; f < D_FIELDS; f++)
        stays = stays || (c->fields[f].there && !field_identifies(&c->fields[f]));
    if (!stays)
        c->depersonalise = false;
}

static void
kinds_mend(struct dealt *d)
{
    d->kinds[0].there = true;
    for (int i = 0; i < D_KINDS; i++) {
        if (d->kinds[i].is >= i || (d->kinds[i].is >= 0 && !d->kinds[d->kinds[i].is].there))
            d->kinds[i].is = POLICY_NONE;
        if (d->kinds[i].in >= 0 && !(d->organisations >> d->kinds[i].in & 1))
            d->kinds[i].in = POLICY_NONE;
        if (d->kinds[i].leads >= 0 && !(d->organisations >> d->kinds[i].leads & 1))
            d->kinds[i].leads = POLICY_NONE;
    }
    d->events[0].there = true;
    for (int c = 0; c < D_CATEGORIES; c++) {
        if (!d->kinds[d->categories[c].kind].there)
            d->categories[c].kind = 0;
        fields_mend(&d->categories[c]);
    }
    bool any = false;
    for (int c = 0; c < D_CATEGORIES; c++)
        any = any || d->categories[c].there;
    d->categories[0].there |= !any;
}

static void
purposes_mend(struct dealt *d)
{
    int first = 0;
    while (first < D_PURPOSES - 1 && !d->purposes[first].there)
        first++;
    d->purposes[first].there = true;
    for (int c = 0; c < D_CATEGORIES; c++) {
        unsigned used = 0;
        for (int p = 0; p < D_PURPOSES; p++) {
            d->purposes[p].uses[c] &= kept_mask(d, c);
            used |= d->purposes[p].there ? d->purposes[p].uses[c] : 0;
        }
        for (int f = 0; f < D_FIELDS; f++)
            if (dealt_kept(d, c, f) && d->categories[c].fields[f].store != STORE_HASH && !(used >> f & 1))
                d->purposes[first].uses[c] |= 1u << f;
    }
    for (int p = 0; p < D_PURPOSES; p++) {
        struct dealt_purpose *row = &d->purposes[p];
        bool any = false, special = false;
        for (int c = 0; c < D_CATEGORIES; c++) {
            any = any || row->uses[c] != 0;
            for (int f = 0; f < D_FIELDS; f++)
                special = special || ((row->uses[c] >> f & 1) != 0 &&
                                      (d->categories[c].special || d->categories[c].fields[f].special));
        }
        for (int c = 0; c < D_CATEGORIES && !any; c++) {
            row->uses[c] = kept_mask(d, c);
            any = row->uses[c] != 0;
        }
        if (special || !any)
            row->basis = row->basis == 1 || row->basis == 5 ? 4 : row->basis;
        row->confirm = row->confirm && row->basis == BASIS_CONSENT;
        row->incompatible &= ~(1u << p);
        for (int q = 0; q < D_PURPOSES; q++)
            if (!d->purposes[q].there)
                row->incompatible &= ~(1u << q);
    }
    /* A purpose that had to take whole categories may have got special ones. */
    for (int p = 0; p < D_PURPOSES; p++)
        for (int c = 0; c < D_CATEGORIES; c++)
            for (int f = 0; f < D_FIELDS; f++)
                if ((d->purposes[p].uses[c] >> f & 1) != 0 &&
                    (d->categories[c].special || d->categories[c].fields[f].special) &&
                    (d->purposes[p].basis == 1 || d->purposes[p].basis == 5))
                    d->purposes[p].basis = 4;
}

static unsigned
purposes_there(const struct dealt *d)
{
    unsigned there = 0;
    for (int p = 0; p < D_PURPOSES; p++)
        there |= d->purposes[p].there ? 1u << p : 0;
    return there;
}

static bool
kind_within(const struct dealt *d, int kind, int wider)
{
    while (kind >= 0 && kind != wider)
        kind = d->kinds[kind].is;
    return kind == wider;
}

static void
roles_mend(struct dealt *d)
{
    for (int r = 0; r < D_ROLES; r++) {
        struct dealt_role *row = &d->roles[r];
        bool any = false;
        row->may &= purposes_there(d);
        for (int c = 0; c < D_CATEGORIES; c++) {
            row->writes[c] &= kept_mask(d, c);
            any = any || row->writes[c] != 0;
        }
        if (!any && row->may == 0 && !row->rights)
            row->may = purposes_there(d) & -purposes_there(d);
        int relation = row->over - 2 - D_ORGANISATIONS;
        if (row->over > 1 && (relation < 0 ? !(d->organisations >> (row->over - 2) & 1) : !d->relations[relation].there))
            row->over = 1;
    }
}

/* An event nobody may tell is a fault. */
static void
events_mend(struct dealt *d)
{
    bool events = false;
    struct dealt_role *first = NULL;
    for (int e = 1; e < D_EVENTS; e++)
        events = events || d->events[e].there;
    for (int r = D_ROLES; r-- > 0;) {
        if (d->roles[r].there && d->roles[r].rights)
            return;
        first = d->roles[r].there ? &d->roles[r] : first;
    }
    if (events && first != NULL)
        first->rights = true;
    for (int e = 1; e < D_EVENTS && first == NULL; e++)
        d->events[e].there = false;
}

static void
point_mend(struct dealt *d, struct dealt_point *point)
{
    int groups[5] = {0};
    bool any = false;
    point->purposes &= purposes_there(d);
    if (point->purposes == 0)
        point->purposes = purposes_there(d) & -purposes_there(d);
    for (int r = 0; r < D_ROLES; r++)
        if (!d->roles[r].there)
            point->from &= ~(1u << r);
    point->anyone = point->anyone || point->from == 0;
    if (!d->kinds[point->kind].there)
        point->kind = 0;
    for (int c = 0; c < D_CATEGORIES; c++) {
        unsigned used = 0;
        for (int p = 0; p < D_PURPOSES; p++)
            used |= (point->purposes >> p & 1) != 0 ? d->purposes[p].uses[c] : 0;
        bool owner = point->existing || kind_within(d, point->kind, d->categories[c].kind);
        for (int f = 0; f < D_FIELDS; f++) {
            bool hash = d->categories[c].fields[f].store == STORE_HASH;
            bool passes = dealt_passes(d, c, f);
            if (!(dealt_kept(d, c, f) || passes) || !owner || !(hash || passes || (used >> f & 1) != 0))
                point->need[c][f] = 0;
        }
    }
    dealt_people_point(d, point);
    any = false;
    memset(groups, 0, sizeof groups);
    for (int c = 0; c < D_CATEGORIES; c++)
        for (int f = 0; f < D_FIELDS; f++) {
            groups[point->need[c][f]]++;
            any = any || point->need[c][f] != 0;
        }
    for (int c = 0; c < D_CATEGORIES; c++)
        for (int f = 0; f < D_FIELDS; f++)
            if (point->need[c][f] >= 3 && groups[point->need[c][f]] == 1)
                point->need[c][f] = 1;
    point->there = point->there && any;
}

static void
keep_mend(struct dealt *d, int c)
{
    struct dealt_category *row = &d->categories[c];
    const struct dealt_purpose *purpose = &d->purposes[row->event_purpose];
    const struct dealt_field *field = &row->fields[row->event_field];
    if ((row->event == 2 && !(field->there && field->type == TYPE_DAY && !field->outcome)) ||
        (row->event == 3 && !d->events[row->event_named].there) ||
        (row->event == 4 && !(purpose->there && purpose->basis == BASIS_CONSENT)))
        row->event = 0;
    if (row->least > row->most)
        row->least = row->most;
}

static void
mend(struct dealt *d)
{
    dealt_people_first(d);
    kinds_mend(d);
    purposes_mend(d);
    roles_mend(d);
    events_mend(d);
    for (int c = 0; c < D_CATEGORIES; c++)
        keep_mend(d, c);
    for (int i = 0; i < D_COOKIES; i++) {
        const struct dealt_purpose *purpose = &d->purposes[d->cookies[i].purpose];
        d->cookies[i].essential |= !purpose->there || purpose->basis != BASIS_CONSENT;
    }
    dealt_people_mend(d);
    dealt_out_mend(d);
    for (int i = 0; i < D_POINTS; i++)
        point_mend(d, &d->points[i]);
    dealt_people_mend(d); /* a point that went may have been all that made a role an author */
    if ((d->organisations & 3) != 3)
        d->of = 0;
    if (d->in_force < d->day)
        d->in_force = d->day;
    dealt_told_mend(d);
}

void
dealt_draw(struct dealt *d, struct dice *dice)
{
    *d = (struct dealt){.order = dice_roll(dice), .version = 1 + below(dice, 3), .day = 1 + below(dice, 9),
                        .in_force = 1 + below(dice, 9), .title = below(dice, 2), .controller = below(dice, 2),
                        .officer = below(dice, 3), .seat = below(dice, 3), .text_version = 1 + below(dice, 3),
                        .renew = below(dice, 5), .confirm_within = 1 + below(dice, 3),
                        .governs = some(dice, D_GOVERNS, 60), .hosts = some(dice, D_HOSTS, 60),
                        .organisations = some(dice, D_ORGANISATIONS, 70),
                        .nevers = some(dice, D_NEVERS, 60), .never_says = some(dice, D_NEVERS, 30),
                        .clauses = some(dice, D_CLAUSES, 60), .of = (unsigned)below(dice, 2)};
    for (int i = 0; i < D_KINDS; i++) {
        d->kinds[i].there = chance(dice, 75);
        d->kinds[i].is = below(dice, i + 1) - 1;
        d->kinds[i].in = below(dice, D_ORGANISATIONS + 1) - 1;
        d->kinds[i].leads = below(dice, D_ORGANISATIONS + 1) - 1;
    }
    for (int i = 0; i < D_EVENTS; i++)
        d->events[i].there = chance(dice, 70);
    for (int i = 0; i < D_CATEGORIES; i++)
        category_draw(&d->categories[i], dice);
    for (int i = 0; i < D_PURPOSES; i++)
        purpose_draw(&d->purposes[i], dice);
    for (int i = 0; i < D_ROLES; i++)
        role_draw(&d->roles[i], dice);
    for (int i = 0; i < D_POINTS; i++)
        point_draw(&d->points[i], dice);
    for (int i = 0; i < D_COOKIES; i++) {
        d->cookies[i].there = chance(dice, 50);
        d->cookies[i].essential = chance(dice, 40);
        d->cookies[i].life = below(dice, 4);
        d->cookies[i].purpose = below(dice, D_PURPOSES);
    }
    dealt_told_draw(&d->told, dice);
    dealt_out_draw(d, dice);
    dealt_people_draw(d, dice);
    d->languages = below(dice, D_LANGUAGES);
    d->german = below(dice, 8);
    mend(d);
}

/* --- changes ------------------------------------------------------------------------ */

struct changing {
    struct dealt *d;
    struct dice *dice;
    struct dealt_category *c;
    struct dealt_field *f;
    struct dealt_purpose *p;
    struct dealt_role *r;
    struct dealt_point *o;
};

#define CHANGE(name, body)                                                                         \
    static void name(struct changing *x)                                                           \
    {                                                                                              \
        body;                                                                                      \
    }
#define OTHER(value, n) (((value) + 1 + below(x->dice, (n) - 1)) % (n))

CHANGE(do_nothing, (void)x)
CHANGE(do_version, x->d->version++)
CHANGE(do_day, x->d->day = OTHER(x->d->day, 10); x->d->day += x->d->day == 0)
CHANGE(do_in_force, x->d->in_force++)
CHANGE(do_title, x->d->title = !x->d->title)
CHANGE(do_controller, x->d->controller = !x->d->controller)
CHANGE(do_officer, x->d->officer = OTHER(x->d->officer, 3))
CHANGE(do_seat, x->d->seat = OTHER(x->d->seat, 3))
CHANGE(do_text_version, x->d->text_version += chance(x->dice, 70) || x->d->text_version == 1 ? 1 : -1)
CHANGE(do_renew, x->d->renew = OTHER(x->d->renew, 5))
CHANGE(do_confirm_within, x->d->confirm_within = 1 + below(x->dice, 3))
CHANGE(do_governs, x->d->governs ^= 1u << below(x->dice, D_GOVERNS))
CHANGE(do_hosts, x->d->hosts ^= 1u << below(x->dice, D_HOSTS))
CHANGE(do_organisations, x->d->organisations ^= 1u << below(x->dice, D_ORGANISATIONS))
CHANGE(do_of, x->d->of = !x->d->of)
CHANGE(do_nevers, x->d->nevers ^= 1u << below(x->dice, D_NEVERS))
CHANGE(do_never_says, x->d->never_says ^= 1u << below(x->dice, D_NEVERS))
CHANGE(do_clauses, x->d->clauses ^= 1u << below(x->dice, D_CLAUSES))
CHANGE(do_clause_says, x->d->clause_says ^= 1u << below(x->dice, D_CLAUSES))
CHANGE(do_clause_rules, x->d->clause_rules ^= 1u << below(x->dice, D_CLAUSES))
CHANGE(do_clauses_turned, x->d->clauses_turned = !x->d->clauses_turned)
CHANGE(do_kind, int i = 1 + below(x->dice, D_KINDS - 1); x->d->kinds[i].there = !x->d->kinds[i].there)
CHANGE(do_kind_is, int i = 1 + below(x->dice, D_KINDS - 1); x->d->kinds[i].is = below(x->dice, i + 1) - 1)
CHANGE(do_kind_in, x->d->kinds[below(x->dice, D_KINDS)].in = below(x->dice, 3) - 1)
CHANGE(do_kind_leads, x->d->kinds[below(x->dice, D_KINDS)].leads = below(x->dice, 3) - 1)
CHANGE(do_kind_says, x->d->kinds[below(x->dice, D_KINDS)].says ^= 1)
CHANGE(do_event, int i = 1 + below(x->dice, D_EVENTS - 1); x->d->events[i].there = !x->d->events[i].there)
CHANGE(do_event_says, int i = 1 + below(x->dice, D_EVENTS - 1); x->d->events[i].says = !x->d->events[i].says)
CHANGE(do_category, x->c->there = !x->c->there)
CHANGE(do_many, x->c->many = !x->c->many)
CHANGE(do_category_special, x->c->special = !x->c->special)
CHANGE(do_disclose, x->c->disclose = OTHER(x->c->disclose, 3))
CHANGE(do_disclose_list, x->c->disclose = 2; x->c->grounds ^= 1u << below(x->dice, D_GROUNDS))
CHANGE(do_to, x->f->store = STORE_NO; x->f->type = 0; x->f->there = true; x->f->to = below(x->dice, D_RECIPIENTS))
CHANGE(do_category_says, x->c->says = !x->c->says)
CHANGE(do_owner, x->c->kind = OTHER(x->c->kind, D_KINDS))
CHANGE(do_keep_event, x->c->event = OTHER(x->c->event, 5); x->c->event_named = below(x->dice, D_EVENTS))
CHANGE(do_keep_named, x->c->event = 3; x->c->event_named = below(x->dice, D_EVENTS))
CHANGE(do_keep_until, x->c->until = !x->c->until)
CHANGE(do_keep_then, x->c->depersonalise = !x->c->depersonalise)
CHANGE(do_keep_least, x->c->least = OTHER(x->c->least, TIMES))
CHANGE(do_keep_most, x->c->most = 1 + below(x->dice, TIMES - 1))
CHANGE(do_field, x->f->there = !x->f->there)
CHANGE(do_field_special, x->f->special = !x->f->special)
CHANGE(do_field_says, x->f->says = !x->f->says)
CHANGE(do_type, x->f->type = OTHER(x->f->type, TYPES))
CHANGE(do_store, x->f->store = OTHER(x->f->store, 4))
CHANGE(do_identifies, x->f->identifies = OTHER(x->f->identifies, 3))
CHANGE(do_lookup, x->f->lookup = OTHER(x->f->lookup, 3))
CHANGE(do_length, x->f->length = OTHER(x->f->length, 4))
CHANGE(do_choices, x->f->type = TYPE_CHOOSE; x->f->choices = OTHER(x->f->choices, 4))
CHANGE(do_purpose, x->p->there = !x->p->there)
CHANGE(do_basis, x->p->basis = OTHER(x->p->basis, 6))
CHANGE(do_uses, x->p->uses[below(x->dice, D_CATEGORIES)] ^= 1u << below(x->dice, D_FIELDS))
CHANGE(do_uses_fewer, x->p->uses[below(x->dice, D_CATEGORIES)] &= some(x->dice, D_FIELDS, 50))
CHANGE(do_needs, x->p->needs = OTHER(x->p->needs, D_TASKS + 1))
CHANGE(do_channel, x->p->channel = OTHER(x->p->channel, 3))
CHANGE(do_confirm, x->p->confirm = !x->p->confirm)
CHANGE(do_totals, x->p->totals = !x->p->totals)
CHANGE(do_incompatible, x->p->incompatible ^= 1u << below(x->dice, D_PURPOSES))
CHANGE(do_purpose_says, x->p->says ^= 1)
CHANGE(do_role, x->r->there = !x->r->there)
CHANGE(do_role_kind, x->r->application = !x->r->application)
CHANGE(do_rights, x->r->rights = !x->r->rights)
CHANGE(do_role_says, x->r->says = !x->r->says)
CHANGE(do_role_needs, x->r->needs = OTHER(x->r->needs, D_TASKS + 2))
CHANGE(do_over, x->r->over = OTHER(x->r->over, D_ORGANISATIONS + 2))
CHANGE(do_may, x->r->may ^= 1u << below(x->dice, D_PURPOSES))
CHANGE(do_may_fewer, x->r->may &= some(x->dice, D_PURPOSES, 50))
CHANGE(do_writes, x->r->writes[below(x->dice, D_CATEGORIES)] ^= 1u << below(x->dice, D_FIELDS))
CHANGE(do_writes_fewer, x->r->writes[below(x->dice, D_CATEGORIES)] &= some(x->dice, D_FIELDS, 50))
CHANGE(do_point, x->o->there = !x->o->there)
CHANGE(do_anyone, x->o->anyone = !x->o->anyone)
CHANGE(do_from, x->o->from ^= 1u << below(x->dice, D_ROLES); x->o->anyone = false)
CHANGE(do_existing, x->o->existing = !x->o->existing)
CHANGE(do_makes, x->o->kind = OTHER(x->o->kind, D_KINDS))
CHANGE(do_cards, x->o->cards = !x->o->cards)
CHANGE(do_point_says, x->o->says = !x->o->says)
CHANGE(do_for, x->o->purposes ^= 1u << below(x->dice, D_PURPOSES))
CHANGE(do_point_field, x->o->need[below(x->dice, D_CATEGORIES)][below(x->dice, D_FIELDS)] =
                           (unsigned char)below(x->dice, 5))
CHANGE(do_cookie, int i = below(x->dice, D_COOKIES); x->d->cookies[i].there = !x->d->cookies[i].there)
CHANGE(do_essential, int i = below(x->dice, D_COOKIES); x->d->cookies[i].essential = !x->d->cookies[i].essential)
CHANGE(do_life, x->d->cookies[below(x->dice, D_COOKIES)].life = below(x->dice, 4))
CHANGE(do_cookie_purpose, x->d->cookies[below(x->dice, D_COOKIES)].purpose = below(x->dice, D_PURPOSES))
CHANGE(do_cookie_says, x->d->cookies[below(x->dice, D_COOKIES)].says ^= true)

CHANGE(do_languages, x->d->languages = OTHER(x->d->languages, D_LANGUAGES))
CHANGE(do_german, x->d->german = OTHER(x->d->german, 8))

#define ROW(name) {#name, do_##name}
static const struct {
    const char *name;
    void (*change)(struct changing *x);
} changes[] = {
    ROW(nothing), ROW(version), ROW(day), ROW(in_force), ROW(title), ROW(controller), ROW(officer),
    ROW(seat), ROW(text_version), ROW(renew), ROW(confirm_within), ROW(governs), ROW(hosts),
    ROW(organisations), ROW(of), ROW(nevers), ROW(never_says), ROW(clauses), ROW(clause_says),
    ROW(clause_rules), ROW(clauses_turned), ROW(kind), ROW(kind_is), ROW(kind_in), ROW(kind_leads),
    ROW(kind_says), ROW(event), ROW(event_says), ROW(category), ROW(many), ROW(category_special),
    ROW(disclose), ROW(disclose_list), ROW(to), ROW(category_says), ROW(owner), ROW(keep_event), ROW(keep_named), ROW(keep_until),
    ROW(keep_then), ROW(keep_least), ROW(keep_most), ROW(field), ROW(field_special), ROW(field_says),
    ROW(type), ROW(store), ROW(identifies), ROW(lookup), ROW(length), ROW(choices), ROW(purpose),
    ROW(basis), ROW(uses), ROW(uses_fewer), ROW(needs), ROW(channel), ROW(confirm), ROW(totals),
    ROW(incompatible), ROW(purpose_says), ROW(role), ROW(role_kind), ROW(rights), ROW(role_says),
    ROW(role_needs), ROW(over), ROW(may), ROW(may_fewer), ROW(writes), ROW(writes_fewer), ROW(point),
    ROW(anyone), ROW(from), ROW(existing), ROW(makes), ROW(cards), ROW(point_says), ROW(for),
    ROW(point_field), ROW(cookie), ROW(essential), ROW(life), ROW(cookie_purpose), ROW(cookie_says),
    ROW(languages), ROW(german),
};

enum { CHANGES = sizeof changes / sizeof changes[0] };

int
dealt_changes(void)
{
    return CHANGES + dealt_told_changes() + dealt_out_changes() + dealt_people_changes();
}

const char *
dealt_change_name(int kind)
{
    int out = CHANGES + dealt_told_changes(), people = out + dealt_out_changes();
    return kind < CHANGES  ? changes[kind].name
           : kind < out    ? dealt_told_change_name(kind - CHANGES)
           : kind < people ? dealt_out_change_name(kind - out)
                           : dealt_people_change_name(kind - people);
}

void
dealt_change(struct dealt *d, struct dice *dice, int kind)
{
    struct dealt_category *c = &d->categories[below(dice, D_CATEGORIES)];
    struct changing x = {d, dice, c, &c->fields[below(dice, D_FIELDS)],
                         &d->purposes[below(dice, D_PURPOSES)], &d->roles[below(dice, D_ROLES)],
                         &d->points[below(dice, D_POINTS)]};
    int out = CHANGES + dealt_told_changes(), people = out + dealt_out_changes();
    if (kind < CHANGES)
        changes[kind].change(&x);
    else if (kind < out)
        dealt_told_change(&d->told, dice, kind - CHANGES);
    else if (kind < people)
        dealt_out_change(d, dice, kind - out);
    else
        dealt_people_change(d, dice, kind - people);
    d->order = dice_roll(dice);
    mend(d);
}
