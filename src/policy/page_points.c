#include "policy/page_priv.h"

#include "policy/decide_priv.h"

static void
point_field(struct pen *pen, const struct policy_point_field *row)
{
    const struct policy_category *c = &pen->policy->categories[row->category];
    for (int i = 0; i < c->field_count; i++) {
        const struct policy_field *field = &pen->policy->fields[c->field_first + i];
        if (field->bit != row->bit)
            continue;
        words_said(pen, field->says, field->name);
        if (field->storage == STORE_HASH_ONLY)
            pen_str(pen, " (we keep only a scrambled form nobody can read)");
        if (field->storage == STORE_LAST4)
            pen_str(pen, " (we keep only the last four characters)");
        if (field->storage == STORE_NEVER && field->pass_to != POLICY_NONE) {
            pen_str(pen, " (we never store it; it passes through to ");
            pen_put(pen, pen->policy->recipients[field->pass_to].legal_name);
            pen_str(pen, ")");
        } else if (field->storage == STORE_NEVER) {
            pen_str(pen, " (we never store it)");
        }
        page_field_cut(pen, field);
        if (field->special)
            pen_str(pen, " (specially protected by law)");
    }
}

/* The fields of one need in a row; groups are joined by "or". */
static void
point_needs(struct pen *pen, const struct policy_point *point, enum policy_need need,
            const char *lead)
{
    int shown = 0, group = 0;
    for (int i = 0; i < point->field_count; i++) {
        const struct policy_point_field *row = &point->fields[i];
        if (row->need != need)
            continue;
        if (shown == 0)
            words_lead(pen, lead);
        else if (need != NEED_ONE_OF)
            pen_str(pen, ", ");
        else
            pen_str(pen, row->group == group ? " or " : "; and ");
        point_field(pen, row);
        group = row->group;
        shown++;
    }
    if (shown > 0)
        pen->ops->item(pen, false);
}

static void
point_put(struct pen *pen, const struct policy_point *point)
{
    pen->ops->part(pen, "point", point->name, words_point(point));
    pen->ops->list(pen, true);
    words_lead(pen, point->from_anyone ? "Who gives it:" : "Who enters it:");
    if (point->from_anyone)
        pen_str(pen, "you yourself, on one of our pages or apps");
    else
        words_roles(pen, &point->from);
    if (point->existing)
        pen_str(pen, ", only about people we already know");
    pen->ops->item(pen, false);
    page_point_gates(pen, point);
    point_needs(pen, point, NEED_REQUIRED, "Needed:");
    point_needs(pen, point, NEED_ONE_OF, "One of these, as you like:");
    point_needs(pen, point, NEED_OPTIONAL, "Only if you want:");
    if (words_bits(&point->purposes, pen->policy->purpose_count) > 0) {
        words_lead(pen, "What for:");
        words_purposes(pen, &point->purposes);
        pen->ops->item(pen, false);
    }
    pen->ops->list(pen, false);
}

static bool
is_collected(const struct policy *policy, int category)
{
    for (int i = 0; i < policy->point_count; i++)
        if (decide_point_fields(&policy->points[i], category) != 0)
            return true;
    return false;
}

void
page_points(struct pen *pen)
{
    const struct policy *policy = pen->policy;
    pen->ops->para(pen, true);
    pen_str(pen, "These are all the places where we take something down about a person. What is "
                 "not listed here is refused by our server, even if somebody sends it.");
    pen->ops->para(pen, false);
    for (int i = 0; i < policy->point_count; i++)
        point_put(pen, &policy->points[i]);
    int others = 0;
    for (int i = 0; i < policy->category_count; i++) {
        if (is_collected(policy, i))
            continue;
        if (others++ == 0) {
            pen->ops->part(pen, "point", SPAN("-others"), SPAN("what comes up in our work"));
            pen->ops->list(pen, true);
        }
        pen->ops->item(pen, true);
        pen->capital = true;
        words_said(pen, policy->categories[i].says, policy->categories[i].name);
        pen_str(pen, ": ");
        words_fields(pen, i, words_kept(policy, i));
        pen->ops->item(pen, false);
    }
    if (others > 0)
        pen->ops->list(pen, false);
}
