/* The reference of whom the data are about: children, sealed records, relations, kinds of server. */
#include "reference_priv.h"

enum { MOST = 16 };
static struct {
    int only[MOST]; /* -2: nowhere in particular */
    bool sealed[MOST], blind[MOST][MOST], second[MOST], related[MOST], gives[MOST];
    int after[MOST];
    bool children, parents, school;
    int keeps;
    bool may[MOST], waits[MOST], learns[MOST], law[MOST];
} fact;

static const struct policy *
known(void)
{
    return reference_known;
}

static void
learn_children(void)
{
    fact.children = reference_has("children", "are", "there");
    fact.parents = reference_has("children", "have", "parents");
    fact.school = reference_has("children", "have", "school");
    fact.keeps = POLICY_NONE;
    for (int c = 0; c < known()->category_count; c++)
        if (reference_has("children", "keep", reference_text(known()->categories[c].name)))
            fact.keeps = c;
    for (int p = 0; p < known()->purpose_count; p++) {
        const char *name = reference_text(known()->purposes[p].name);
        fact.may[p] = reference_has("children", "may", name);
        fact.waits[p] = reference_has("children", "wait-for", name);
        fact.learns[p] = reference_has("children", "learn", name);
        fact.law[p] = reference_has(name, "rests-on", "law");
    }
}

void
reference_people_learn(void)
{
    memset(&fact, 0, sizeof fact);
    learn_children();
    for (int c = 0; c < known()->category_count; c++) {
        fact.only[c] = -2;
        fact.sealed[c] = reference_has(reference_text(known()->categories[c].name), "is", "sealed");
        for (int i = 0; i < known()->instance_count; i++)
            if (reference_has(reference_text(known()->categories[c].name), "only-on", reference_text(known()->instances[i])))
                fact.only[c] = i;
        for (int r = 0; r < known()->role_count; r++)
            fact.blind[r][c] = reference_has(reference_text(known()->roles[r].name), "blind-to",
                                             reference_text(known()->categories[c].name));
    }
    for (int r = 0; r < known()->role_count; r++)
        fact.second[r] = reference_has(reference_text(known()->roles[r].name), "needs", "second");
    for (int o = 0; o < known()->point_count; o++) {
        fact.related[o] = reference_has(reference_text(known()->points[o].name), "among", "related");
        fact.after[o] = POLICY_NONE;
        for (int p = 0; p < known()->purpose_count; p++)
            if (reference_has(reference_text(known()->points[o].name), "after", reference_text(known()->purposes[p].name)))
                fact.after[o] = p;
    }
    for (int i = 0; i < known()->relation_count; i++)
        fact.gives[i] = reference_has(reference_text(known()->relations[i].name), "gives", "rights");
}

static bool is_role(Q q) { return q->role >= 0 && q->role < known()->role_count; }
static bool is_purpose(Q q) { return q->purpose >= 0 && q->purpose < known()->purpose_count; }
static bool is_category(Q q) { return q->category >= 0 && q->category < known()->category_count; }
static bool is_point(Q q) { return q->act == ACT_COLLECT && q->point >= 0 && q->point < known()->point_count; }
static bool is_reading(Q q) { return q->act == ACT_READ || q->act == ACT_LIST || q->act == ACT_EXPORT; }

bool
no_here(Q q)
{
    if (is_category(q) && fact.only[q->category] != -2 && fact.only[q->category] != q->instance)
        return true;
    for (int c = 0; is_point(q) && c < known()->category_count; c++)
        if (fact.only[c] != -2 && fact.only[c] != q->instance && reference_takes(q->point, c))
            return true;
    return false;
}

bool no_second(Q q) { return is_role(q) && q->act != ACT_COOKIE && fact.second[q->role] && !q->second; }

bool
other_may(Q q)
{
    return q->role == ACTOR_SUBJECT && !q->self && q->related && q->relation >= 0 &&
           q->relation < known()->relation_count && fact.gives[q->relation];
}

/* --- children ------------------------------------------------------------------------------- */

static bool
is_child(Q q)
{
    bool right = q->purpose == PURPOSE_RIGHTS || (q->act == ACT_CONSENT && is_purpose(q));
    return fact.children && is_role(q) && q->child != CHILD_NO && q->purpose != PURPOSE_RETENTION && !right &&
           q->act != ACT_COOKIE;
}

static bool
serves(Q q, const bool purposes[MOST])
{
    if (q->act != ACT_COLLECT || q->purpose != POLICY_NONE)
        return is_purpose(q) && purposes[q->purpose];
    for (int p = 0; p < known()->purpose_count; p++)
        if (purposes[p] && reference_shows(q->point, p))
            return true;
    return false;
}

static bool
beyond_contact(Q q)
{
    if (is_category(q))
        return q->category != fact.keeps;
    for (int c = 0; q->act == ACT_COLLECT && c < known()->category_count; c++)
        if (c != fact.keeps && reference_takes(q->point, c))
            return true;
    return false;
}

static bool
no_waiting(Q q)
{
    if (!is_child(q) || q->child != CHILD_WAITING)
        return false;
    if (q->act == ACT_DISCLOSE)
        return !out_binds(q);
    return !fact.parents || !serves(q, fact.waits) || beyond_contact(q);
}

bool no_waiting_parent(Q q) { return no_waiting(q) && fact.parents && q->act != ACT_DISCLOSE; }
bool no_waiting_none(Q q) { return no_waiting(q); }
bool no_child_may(Q q)
{
    return is_child(q) && q->child == CHILD_ALLOWED && q->act != ACT_DISCLOSE && !serves(q, fact.may);
}
static bool no_learning(Q q)
{
    return is_child(q) && q->child == CHILD_SCHOOL && q->act != ACT_DISCLOSE && !(fact.school && serves(q, fact.learns));
}
bool no_child_school(Q q) { return no_learning(q) && fact.school; }
bool no_child_no_school(Q q) { return no_learning(q); }
bool no_child_found(Q q)
{
    if (!is_child(q) || q->child != CHILD_FOUND)
        return false;
    return q->act == ACT_DISCLOSE ? !out_binds(q)
                                  : !(is_purpose(q) && fact.law[q->purpose]);
}

/* --- sealed, and gates ------------------------------------------------------------------------ */

bool no_seal(Q q)
{
    return is_reading(q) && is_category(q) && fact.sealed[q->category] && !q->author && !q->self;
}
bool no_sight(Q q)
{
    return is_reading(q) && is_category(q) && is_role(q) && fact.blind[q->role][q->category];
}
bool no_point_relation(Q q) { return is_role(q) && is_point(q) && fact.related[q->point] && !q->related; }
bool no_point_agreed(Q q)
{
    return is_role(q) && is_point(q) && fact.after[q->point] != POLICY_NONE && q->consent != CONSENT_GIVEN;
}
bool agreed_to_another(Q q)
{
    return is_point(q) && fact.after[q->point] != POLICY_NONE && fact.after[q->point] != q->purpose;
}

struct span
people_relation(Q q)
{
    return known()->relations[q->relation].name;
}
