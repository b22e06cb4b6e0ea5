/* Children: who is one, who says yes for them, and for what. */
#include "policy/page_priv.h"

bool
page_has_children(const struct policy *policy)
{
    return policy->children.set;
}

static void
ages_put(struct pen *pen, const struct policy_children *row)
{
    words_lead(pen, SAY("Who is a child:"));
    if (row->ages_law)
        pen_say(pen, "whoever is younger than the age in the table below; in every other country whoever is younger than {n}.",
                say_number("n", row->age_else));
    else
        pen_say(pen, "whoever is younger than {n}.", say_number("n", row->age_fixed));
    pen->ops->item(pen, false);
    words_lead(pen, SAY("What we ask:"));
    pen_say(pen, "“{question}” We keep what comes of it, a child or not, and never the answer itself.",
            say_own("question", row->ask, SPAN_NONE));
    pen->ops->item(pen, false);
}

static void
proof_put(struct pen *pen, const void *what, int64_t n)
{
    (void)what;
    words_proofs(pen, 1u << n);
}

static void
parent_put(struct pen *pen, const struct policy_child_route *route)
{
    if (!route->set)
        return;
    words_lead(pen, SAY("If you are a child:"));
    if (route->keeps_category != POLICY_NONE)
        pen_say(pen, "a parent or guardian has to say yes first. Until then we keep of you nothing but how we reach them "
                     "({fields}), and use it only for this: {purposes}.",
                say_fields("fields", route->keeps_category, route->keeps), say_purposes("purposes", &route->purposes));
    else
        pen_say(pen, "a parent or guardian has to say yes first. Until then we keep of you nothing but how we reach them, "
                     "and use it only for this: {purposes}.",
                say_purposes("purposes", &route->purposes));
    pen_str(pen, " ");
    pen_say(pen, "They say yes by {proof}. Without a yes within {time} we erase all of it.",
            say_put("proof", proof_put, NULL, route->by), say_time("time", &route->within));
    pen->ops->item(pen, false);
}

static void
school_name(struct pen *pen, const void *what, int64_t n)
{
    const struct policy_child_route *route = what;
    (void)n;
    if (route->organisation == POLICY_NONE)
        pen_say(pen, "your school");
    else
        words_organisation(pen, route->organisation);
}

static void
school_put(struct pen *pen, const struct policy_child_route *route)
{
    if (!route->set)
        return;
    words_lead(pen, SAY("Through your school:"));
    pen_say(pen, "{school} may say yes for you. Your data then serve these things and nothing else: {purposes}.",
            say_put("school", school_name, route, 0), say_purposes("purposes", &route->purposes));
    pen->ops->item(pen, false);
}

static void
times_put(struct pen *pen, const struct policy_children *row)
{
    words_lead(pen, SAY("What we may use a child's data for:"));
    pen_say(pen, "{purposes}. Nothing else.", say_purposes("purposes", &row->may));
    pen->ops->item(pen, false);
    words_lead(pen, SAY("If we find out later:"));
    pen_say(pen, "an account that turns out to be a child's, and nobody said yes, is left alone at once and erased within "
                 "{time}.",
            say_time("time", &row->discovered));
    pen->ops->item(pen, false);
    words_lead(pen, SAY("When you have come of age:"));
    pen_say(pen, "we ask you yourself within {time}.", say_time("time", &row->of_age));
    pen->ops->item(pen, false);
}

static void
ages_table(struct pen *pen, const struct policy_children *row)
{
    static const char *const columns[] = {SAY("Country"), SAY("Age"), SAY("Holds"), SAY("Source")};
    if (row->age_count == 0)
        return;
    pen_table(pen, SAY("From which age nobody has to say yes for you"), columns, 4);
    for (int i = 0; i < row->age_count; i++) {
        const struct policy_age *age = &row->ages[i];
        pen_row(pen);
        pen_cell(pen);
        words_country(pen, age->country);
        pen_cell(pen);
        pen_u64(pen, (uint64_t)age->years);
        pen_cell(pen);
        words_in_force(pen, age->from_days, age->to_days);
        pen_cell(pen);
        pen_put(pen, age->source);
    }
    pen_table_end(pen);
}

void
page_children(struct pen *pen)
{
    const struct policy_children *row = &pen->policy->children;
    pen->ops->list(pen, true);
    ages_put(pen, row);
    parent_put(pen, &row->routes[CHILD_ROUTE_PARENT]);
    school_put(pen, &row->routes[CHILD_ROUTE_SCHOOL]);
    times_put(pen, row);
    pen->ops->list(pen, false);
    ages_table(pen, row);
}
