/* What about me: for each kind of people what may be known, from where, what for, who sees it, who gets it. */
#include "policy/page_priv.h"

/* Whom a part is about. A narrower kind is told only what comes on top of the wider one, which it points to. */
struct reader {
    const struct policy *policy;
    int kind, wider; /* POLICY_NONE: everything is told */
};

/* --- whose data ---------------------------------------------------------------- */

/* Whether records of the category are about people of this kind. */
static bool
is_about(const struct policy *policy, int kind, int category)
{
    int whose = policy->categories[category].kind;
    return whose == POLICY_NONE || policy_kind_is(policy, kind, whose);
}

/* Whether a mask for each category has a field of data about them. */
static bool
has_about(const struct policy *policy, int kind, const uint64_t *masks)
{
    for (int c = 0; masks != NULL && c < policy->category_count; c++)
        if (masks[c] != 0 && is_about(policy, kind, c))
            return true;
    return false;
}

static bool
is_new(const struct reader *me, int category)
{
    return is_about(me->policy, me->kind, category) &&
           (me->wider == POLICY_NONE || !is_about(me->policy, me->wider, category));
}

static bool
has_new(const struct reader *me, const uint64_t *masks)
{
    for (int c = 0; masks != NULL && c < me->policy->category_count; c++)
        if (masks[c] != 0 && is_new(me, c))
            return true;
    return false;
}

/* --- who reaches whom ------------------------------------------------------------- */

/* Whether somebody of the kind is in the organisation, or in one that belongs to it. */
static bool
is_in(const struct policy *policy, int kind, struct span organisation)
{
    for (int k = kind; k != POLICY_NONE; k = policy->kinds[k].is)
        for (int o = policy->kinds[k].in; o != POLICY_NONE; o = policy->organisations[o].of)
            if (span_eq(policy->organisations[o].name, organisation))
                return true;
    return false;
}

static bool
role_reaches(const struct policy *policy, int kind, const struct policy_role *role)
{
    return role->over != OVER_RELATED || !span_starts(role->over_relation, SPAN("own-")) ||
           is_in(policy, kind, span_sub(role->over_relation, 4, SIZE_MAX));
}

/* Whether data of somebody of this kind may be used for it: not when those who may are for other people only. */
static bool
purpose_about(const struct policy *policy, int kind, int purpose)
{
    int may = 0, reach = 0;
    for (int r = 0; r < policy->role_count; r++) {
        may += policy_bit(&policy->roles[r].may, purpose);
        reach += policy_bit(&policy->roles[r].may, purpose) && role_reaches(policy, kind, &policy->roles[r]);
    }
    return (may == 0 || reach > 0) && has_about(policy, kind, policy->purposes[purpose].uses);
}

static bool
role_sees(const struct policy *policy, int kind, const struct policy_role *role)
{
    if (role->may_rights)
        return true;
    for (int p = 0; p < policy->purpose_count && role_reaches(policy, kind, role); p++)
        if (policy_bit(&role->may, p) && !policy->purposes[p].aggregate_only &&
            has_about(policy, kind, policy->purposes[p].uses))
            return true;
    return false;
}

/* A point that makes such a person, or one that adds data about them. */
static bool
point_about(const struct policy *policy, int kind, const struct policy_point *point)
{
    if (point->kind != POLICY_NONE)
        return policy_kind_is(policy, kind, point->kind);
    for (int i = 0; i < point->field_count; i++)
        if (is_about(policy, kind, point->fields[i].category))
            return true;
    return false;
}

/* --- what is told: all of it, or what is new -------------------------------------------- */

static bool
tells_purpose(const struct reader *me, int purpose)
{
    return purpose_about(me->policy, me->kind, purpose) &&
           (me->wider == POLICY_NONE || !purpose_about(me->policy, me->wider, purpose) ||
            has_new(me, me->policy->purposes[purpose].uses));
}

static bool
tells_role(const struct reader *me, const struct policy_role *role)
{
    if (!role_sees(me->policy, me->kind, role))
        return false;
    if (me->wider == POLICY_NONE || !role_sees(me->policy, me->wider, role))
        return true;
    for (int p = 0; p < me->policy->purpose_count; p++)
        if (policy_bit(&role->may, p) && !me->policy->purposes[p].aggregate_only && has_new(me, me->policy->purposes[p].uses))
            return true;
    return false;
}

static bool
tells_point(const struct reader *me, const struct policy_point *point)
{
    if (!point_about(me->policy, me->kind, point))
        return false;
    if (me->wider == POLICY_NONE || !point_about(me->policy, me->wider, point))
        return true;
    for (int i = 0; i < point->field_count; i++)
        if (is_new(me, point->fields[i].category))
            return true;
    return false;
}

/* --- how it looks --------------------------------------------------------------------------- */

/* A list in the item that the lead opens, with its first item. */
static void
next_item(struct pen *pen, int at, const char *lead)
{
    if (at == 0) {
        words_lead(pen, lead);
        pen->ops->list(pen, true);
    }
    pen->ops->item(pen, true);
}

static void
list_close(struct pen *pen, int count)
{
    if (count == 0)
        return;
    pen->ops->list(pen, false);
    pen->ops->item(pen, false);
}

/* Opens the item before its first thing, divides the others. */
static void
next_thing(struct pen *pen, int at, const char *lead)
{
    if (at == 0)
        words_lead(pen, lead);
    else
        pen_str(pen, "; ");
}

static void
item_close(struct pen *pen, int count)
{
    if (count > 0)
        pen->ops->item(pen, false);
}

/* Where all is told, that there is nothing is told too. */
static void
none(struct pen *pen, const struct reader *me, int count, const char *lead, const char *sentence)
{
    if (count > 0 || me->wider != POLICY_NONE)
        return;
    words_lead(pen, lead);
    pen_say(pen, sentence);
    pen->ops->item(pen, false);
}

/* What there may be, each with its fields and its end. */
static void
about_data(struct pen *pen, const struct reader *me)
{
    const struct policy *policy = pen->policy;
    int at = 0;
    for (int c = 0; c < policy->category_count; c++) {
        uint64_t kept = words_kept(policy, c);
        if (!is_new(me, c))
            continue;
        next_item(pen, at++, SAY("What we may know, and how long:"));
        words_category(pen, c);
        pen_str(pen, " (");
        if (kept == 0)
            pen_say(pen, "it passes through, and we store nothing of it");
        else
            words_fields(pen, c, kept);
        pen_str(pen, kept == 0 ? ")" : "); ");
        for (int i = 0; i < policy->keep_count && kept != 0; i++)
            if (policy->keeps[i].category == c)
                words_keep(pen, &policy->keeps[i]);
        pen->ops->item(pen, false);
    }
    list_close(pen, at);
    none(pen, me, at, SAY("What we may know:"), SAY("nothing"));
}

static void
about_points(struct pen *pen, const struct reader *me)
{
    int at = 0;
    for (int i = 0; i < pen->policy->point_count; i++) {
        const struct policy_point *point = &pen->policy->points[i];
        if (!tells_point(me, point))
            continue;
        next_thing(pen, at++, SAY("Where it comes from:"));
        pen->ops->link(pen, "point", point->name, words_point(point));
    }
    item_close(pen, at);
}

static void
about_purposes(struct pen *pen, const struct reader *me)
{
    int at = 0;
    for (int p = 0; p < pen->policy->purpose_count; p++) {
        if (!tells_purpose(me, p))
            continue;
        next_item(pen, at++, SAY("What for:"));
        if (pen->policy->purposes[p].basis == BASIS_CONSENT)
            pen_say(pen, "{purpose} (only if you agree)", say_purpose("purpose", p));
        else
            words_purpose(pen, p);
        pen->ops->item(pen, false);
    }
    list_close(pen, at);
}

static void
about_roles(struct pen *pen, const struct reader *me)
{
    struct policy_bits roles = {{0}};
    for (int r = 0; r < pen->policy->role_count; r++)
        if (tells_role(me, &pen->policy->roles[r]))
            roles.w[r / 64] |= UINT64_C(1) << (r % 64);
    int count = words_bits(&roles, pen->policy->role_count);
    none(pen, me, count, SAY("Who of us sees it:"), SAY("nobody"));
    if (count == 0)
        return;
    words_lead(pen, SAY("Who of us sees it:"));
    words_roles(pen, &roles);
    pen->ops->item(pen, false);
}

static void
about_recipients(struct pen *pen, const struct reader *me)
{
    int at = 0;
    for (int r = 0; r < pen->policy->recipient_count; r++) {
        if (!has_new(me, pen->policy->recipients[r].gets))
            continue;
        next_thing(pen, at++, SAY("Who outside gets it:"));
        words_recipient(pen, r);
    }
    item_close(pen, at);
    none(pen, me, at, SAY("Who outside gets it:"), SAY("nobody"));
}

/* The wider kind's part holds too; what follows comes on top. */
static void
about_wider(struct pen *pen, int wider)
{
    const struct policy_kind *kind = &pen->policy->kinds[wider];
    words_lead(pen, SAY("This holds for you too:"));
    pen->ops->link(pen, "about", kind->name, kind->says.n > 0 ? kind->says : kind->name);
    pen->ops->item(pen, false);
}

static void
about_child(struct pen *pen)
{
    words_lead(pen, SAY("Because you are a child:"));
    pen_say(pen, "{children}",
            say_link("children", "section", SPAN("children"), SAY("who may say yes for you, and what for")));
    pen->ops->item(pen, false);
}

void
page_about(struct pen *pen)
{
    for (int i = 0; i < pen->policy->kind_count; i++) {
        const struct policy_kind *kind = &pen->policy->kinds[i];
        const struct reader me = {pen->policy, i, kind->is};
        pen->ops->part(pen, "about", kind->name, kind->says.n > 0 ? kind->says : kind->name);
        pen->ops->list(pen, true);
        if (kind->is != POLICY_NONE)
            about_wider(pen, kind->is);
        about_data(pen, &me);
        about_points(pen, &me);
        about_purposes(pen, &me);
        about_roles(pen, &me);
        about_recipients(pen, &me);
        page_kind_states(pen, kind);
        if (pen->policy->children.set && pen->policy->children.kind == i)
            about_child(pen);
        words_lead(pen, SAY("What you can do:"));
        pen_say(pen, "{rights}, and more",
                say_link("rights", "section", SPAN("rights"), SAY("see it, correct it, have it erased")));
        pen->ops->item(pen, false);
        pen->ops->list(pen, false);
    }
}
