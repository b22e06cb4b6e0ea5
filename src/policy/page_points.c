#include "policy/page_priv.h"

#include "policy/decide_priv.h"

static void
point_note(struct pen *pen, const char *sentence)
{
    pen_str(pen, " (");
    pen_say(pen, sentence);
    pen_str(pen, ")");
}

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
            point_note(pen, SAY("we keep only a scrambled form nobody can read"));
        if (field->storage == STORE_LAST4)
            point_note(pen, SAY("we keep only the last four characters"));
        if (field->storage == STORE_NEVER && field->pass_to == POLICY_NONE)
            point_note(pen, SAY("we never store it"));
        if (field->storage == STORE_NEVER && field->pass_to != POLICY_NONE) {
            pen_str(pen, " (");
            pen_say(pen, "we never store it; it passes through to {recipient}", say_recipient("recipient", field->pass_to));
            pen_str(pen, ")");
        }
        page_field_cut(pen, field);
        if (field->special)
            point_note(pen, SAY("specially protected by law"));
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
        if (shown == 0) {
            words_lead(pen, lead);
        } else if (need == NEED_ONE_OF && row->group == group) {
            pen_str(pen, pen_locale(pen)->or);
        } else if (need == NEED_ONE_OF) {
            pen_str(pen, ";");
            pen_str(pen, pen_locale(pen)->and);
        } else {
            pen_str(pen, ", ");
        }
        point_field(pen, row);
        group = row->group;
        shown++;
    }
    if (shown > 0)
        pen->ops->item(pen, false);
}

static void
point_from(struct pen *pen, const void *what, int64_t n)
{
    const struct policy_point *point = what;
    (void)n;
    if (point->from_anyone)
        pen_say(pen, "you yourself, on one of our pages or apps");
    else
        words_roles(pen, &point->from);
}

static void
point_put(struct pen *pen, const struct policy_point *point)
{
    pen->ops->part(pen, "point", point->name, words_point(point));
    pen->ops->list(pen, true);
    words_lead(pen, point->from_anyone ? SAY("Who gives it:") : SAY("Who enters it:"));
    if (point->existing)
        pen_say(pen, "{who}, only about people we already know", say_put("who", point_from, point, 0));
    else
        point_from(pen, point, 0);
    pen->ops->item(pen, false);
    page_point_gates(pen, point);
    point_needs(pen, point, NEED_REQUIRED, SAY("Needed:"));
    point_needs(pen, point, NEED_ONE_OF, SAY("One of these, as you like:"));
    point_needs(pen, point, NEED_OPTIONAL, SAY("Only if you want:"));
    if (words_bits(&point->purposes, pen->policy->purpose_count) > 0) {
        words_lead(pen, SAY("What for:"));
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
    words_para(pen, SAY("These are all the places where we take something down about a person. What is "
                 "not listed here is refused by our server, even if somebody sends it."));
    for (int i = 0; i < policy->point_count; i++)
        point_put(pen, &policy->points[i]);
    int others = 0;
    for (int i = 0; i < policy->category_count; i++) {
        if (is_collected(policy, i))
            continue;
        if (others++ == 0) {
            pen_part(pen, "point", SPAN("-others"), SAY("What comes up in our work"));
            pen->ops->list(pen, true);
        }
        pen->ops->item(pen, true);
        pen->capital = true;
        words_category(pen, i);
        pen_str(pen, ": ");
        words_fields(pen, i, words_kept(policy, i));
        pen->ops->item(pen, false);
    }
    if (others > 0)
        pen->ops->list(pen, false);
}
