#include "policy/page_priv.h"

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

/* A list in the item that the lead opens. */
static void
list_open(struct pen *pen, const char *lead)
{
    words_lead(pen, lead);
    pen->ops->list(pen, true);
}

static void
list_close(struct pen *pen)
{
    pen->ops->list(pen, false);
    pen->ops->item(pen, false);
}

/* Opens the list before its first thing, divides the others. */
static void
each(struct pen *pen, int at, const char *lead)
{
    if (at == 0)
        words_lead(pen, lead);
    else
        pen_str(pen, "; ");
}

/* What there may be, each with its fields and its end. */
static void
about_data(struct pen *pen, int kind)
{
    const struct policy *policy = pen->policy;
    int at = 0;
    for (int c = 0; c < policy->category_count; c++) {
        if (!is_about(policy, kind, c))
            continue;
        if (at++ == 0)
            list_open(pen, SAY("What we may know, and how long:"));
        pen->ops->item(pen, true);
        words_category(pen, c);
        pen_str(pen, " (");
        words_fields(pen, c, words_kept(policy, c));
        pen_str(pen, "); ");
        for (int i = 0; i < policy->keep_count; i++)
            if (policy->keeps[i].category == c)
                words_keep(pen, &policy->keeps[i]);
        pen->ops->item(pen, false);
    }
    if (at > 0) {
        list_close(pen);
        return;
    }
    words_lead(pen, SAY("What we may know:"));
    pen_say(pen, "nothing");
    pen->ops->item(pen, false);
}

static bool role_reaches(const struct policy *policy, int kind, const struct policy_role *role);

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

static void
about_purposes(struct pen *pen, int kind)
{
    const struct policy *policy = pen->policy;
    int at = 0;
    for (int p = 0; p < policy->purpose_count; p++) {
        if (!purpose_about(policy, kind, p))
            continue;
        if (at++ == 0)
            list_open(pen, SAY("What for:"));
        pen->ops->item(pen, true);
        if (policy->purposes[p].basis == BASIS_CONSENT)
            pen_say(pen, "{purpose} (only if you agree)", say_purpose("purpose", p));
        else
            words_purpose(pen, p);
        pen->ops->item(pen, false);
    }
    if (at > 0)
        list_close(pen);
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

static void
about_points(struct pen *pen, int kind)
{
    const struct policy *policy = pen->policy;
    int at = 0;
    for (int i = 0; i < policy->point_count; i++) {
        const struct policy_point *point = &policy->points[i];
        if (!point_about(policy, kind, point))
            continue;
        each(pen, at++, SAY("Where it comes from:"));
        pen->ops->link(pen, "point", point->name, words_point(point));
    }
    if (at > 0)
        pen->ops->item(pen, false);
}

/* --- who sees it, who gets it ------------------------------------------------ */

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

static void
about_roles(struct pen *pen, int kind)
{
    struct policy_bits roles = {{0}};
    for (int r = 0; r < pen->policy->role_count; r++)
        if (role_sees(pen->policy, kind, &pen->policy->roles[r]))
            roles.w[r / 64] |= UINT64_C(1) << (r % 64);
    words_lead(pen, SAY("Who of us sees it:"));
    if (words_bits(&roles, pen->policy->role_count) == 0)
        pen_say(pen, "nobody");
    else
        words_roles(pen, &roles);
    pen->ops->item(pen, false);
}

static void
about_recipients(struct pen *pen, int kind)
{
    const struct policy *policy = pen->policy;
    int at = 0;
    for (int r = 0; r < policy->recipient_count; r++) {
        if (!has_about(policy, kind, policy->recipients[r].gets))
            continue;
        each(pen, at++, SAY("Who outside gets it:"));
        words_recipient(pen, r);
    }
    if (at == 0) {
        words_lead(pen, SAY("Who outside gets it:"));
        pen_say(pen, "nobody");
    }
    pen->ops->item(pen, false);
}

void
page_about(struct pen *pen)
{
    for (int i = 0; i < pen->policy->kind_count; i++) {
        const struct policy_kind *kind = &pen->policy->kinds[i];
        pen->ops->part(pen, "about", kind->name, kind->says.n > 0 ? kind->says : kind->name);
        pen->ops->list(pen, true);
        about_data(pen, i);
        about_points(pen, i);
        about_purposes(pen, i);
        about_roles(pen, i);
        about_recipients(pen, i);
        page_kind_states(pen, kind);
        words_lead(pen, SAY("What you can do:"));
        pen_say(pen, "{rights}, and more",
                say_link("rights", "section", SPAN("rights"), SAY("see it, correct it, have it erased")));
        pen->ops->item(pen, false);
        pen->ops->list(pen, false);
    }
}
