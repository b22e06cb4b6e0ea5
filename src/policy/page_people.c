/* Who belongs to whom, children, and the data that are kept with more care than the rest. */
#include "policy/page_priv.h"

static void
own(struct pen *pen, struct span says)
{
    pen->ops->own_words(pen, true);
    pen_put(pen, says);
    pen->ops->own_words(pen, false);
}

/* "a link in a mail or a document" */
static void
proofs_put(struct pen *pen, unsigned shown_by)
{
    static const char *const words[PROOF_COUNT] = {
        [PROOF_MAIL_LINK] = "a link in a mail", [PROOF_SEALED_LINK] = "a sealed link in a mail",
        [PROOF_LOGIN] = "signing in", [PROOF_DOCUMENT] = "a document",
        [PROOF_STAFF] = "one of us who has looked", [PROOF_ORGANISATION] = "the organisation both belong to"};
    int count = __builtin_popcount(shown_by), at = 0;
    for (int i = 0; i < PROOF_COUNT; i++) {
        if ((shown_by >> i & 1) == 0)
            continue;
        pen_str(pen, at == 0 ? "" : at + 1 == count ? " or " : ", ");
        pen_str(pen, words[i]);
        at++;
    }
}

/* --- groups and relations ---------------------------------------------------------------------- */

bool
page_has_relations(const struct policy *policy)
{
    bool any = policy->relation_count > 0;
    for (int i = 0; i < policy->organisation_count; i++) {
        any |= !policy->organisations[i].isolated;
        for (int k = 0; k < policy->kind_count; k++)
            any |= policy_bit(&policy->organisations[i].sees, k);
    }
    return any;
}

static void
organisation_put(struct pen *pen, const struct policy_organisation *row)
{
    const struct policy *policy = pen->policy;
    int count = words_bits(&row->sees, policy->kind_count), at = 0;
    pen->ops->item(pen, true);
    pen->capital = true;
    words_said(pen, row->says, row->name);
    pen_str(pen, ": who leads it sees ");
    if (count == 0)
        pen_str(pen, "those who are in it");
    for (int i = 0; i < policy->kind_count; i++)
        if (policy_bit(&row->sees, i)) {
            pen_between(pen, at++, count);
            words_one(pen, policy->kinds[i].name);
        }
    pen_str(pen, row->isolated ? "; those of one never see those of another" : "; those of one may see those of another");
    if (row->of != POLICY_NONE) {
        pen_str(pen, "; it belongs to ");
        words_said(pen, policy->organisations[row->of].says, policy->organisations[row->of].name);
    }
    pen_str(pen, ".");
    pen->ops->item(pen, false);
}

static void
relation_put(struct pen *pen, const struct policy_relation *row)
{
    const struct policy *policy = pen->policy;
    pen->ops->item(pen, true);
    pen->capital = true;
    words_one(pen, policy->kinds[row->from].name);
    pen_str(pen, " can be ");
    words_said(pen, row->says, row->name);
    pen_str(pen, " ");
    words_one(pen, policy->kinds[row->to].name);
    pen_str(pen, "; this is shown by ");
    proofs_put(pen, row->shown_by);
    pen_str(pen, row->rights ? ". They may then ask us for all that the other could ask for." : ".");
    pen->ops->item(pen, false);
}

void
page_relations(struct pen *pen)
{
    const struct policy *policy = pen->policy;
    pen->ops->list(pen, true);
    for (int i = 0; i < policy->organisation_count; i++)
        organisation_put(pen, &policy->organisations[i]);
    for (int i = 0; i < policy->relation_count; i++)
        relation_put(pen, &policy->relations[i]);
    pen->ops->list(pen, false);
}

/* --- children --------------------------------------------------------------------------------- */

bool
page_has_children(const struct policy *policy)
{
    return policy->children.set;
}

static void
ages_put(struct pen *pen, const struct policy_children *row)
{
    words_lead(pen, "Who is a child:");
    if (row->ages_law) {
        pen_str(pen, "whoever is younger than the age in the table below; in every other country whoever is younger than ");
        pen_u64(pen, (uint64_t)row->age_else);
    } else {
        pen_str(pen, "whoever is younger than ");
        pen_u64(pen, (uint64_t)row->age_fixed);
    }
    pen_str(pen, ".");
    pen->ops->item(pen, false);
    words_lead(pen, "What we ask:");
    pen_str(pen, "\xe2\x80\x9c");
    own(pen, row->ask);
    pen_str(pen, "\xe2\x80\x9d We keep what comes of it, a child or not, and never the answer itself.");
    pen->ops->item(pen, false);
}

static void
parent_put(struct pen *pen, const struct policy_child_route *route)
{
    if (!route->set)
        return;
    words_lead(pen, "If you are a child:");
    pen_str(pen, "a parent or guardian has to say yes first. Until then we keep of you nothing but how we reach them");
    if (route->keeps_category != POLICY_NONE) {
        pen_str(pen, " (");
        words_fields(pen, route->keeps_category, route->keeps);
        pen_str(pen, ")");
    }
    pen_str(pen, ", and use it only for this: ");
    words_purposes(pen, &route->purposes);
    pen_str(pen, ". They say yes by ");
    proofs_put(pen, 1u << route->by);
    pen_str(pen, ". Without a yes within ");
    words_time(pen, &route->within);
    pen_str(pen, " we erase all of it.");
    pen->ops->item(pen, false);
}

static void
school_put(struct pen *pen, const struct policy_child_route *route)
{
    if (!route->set)
        return;
    words_lead(pen, "Through your school:");
    if (route->organisation == POLICY_NONE)
        pen_str(pen, "your school");
    else
        words_said(pen, pen->policy->organisations[route->organisation].says,
                   pen->policy->organisations[route->organisation].name);
    pen_str(pen, " may say yes for you. Your data then serve these things and nothing else: ");
    words_purposes(pen, &route->purposes);
    pen_str(pen, ".");
    pen->ops->item(pen, false);
}

static void
times_put(struct pen *pen, const struct policy_children *row)
{
    words_lead(pen, "What we may use a child's data for:");
    words_purposes(pen, &row->may);
    pen_str(pen, ". Nothing else.");
    pen->ops->item(pen, false);
    words_lead(pen, "If we find out later:");
    pen_str(pen, "an account that turns out to be a child's, and nobody said yes, is left alone at once and erased within ");
    words_time(pen, &row->discovered);
    pen_str(pen, ".");
    pen->ops->item(pen, false);
    words_lead(pen, "When you have come of age:");
    pen_str(pen, "we ask you yourself within ");
    words_time(pen, &row->of_age);
    pen_str(pen, ".");
    pen->ops->item(pen, false);
}

static void
cell(struct pen *pen, struct span s)
{
    pen->ops->cell(pen, true);
    pen_put(pen, s);
    pen->ops->cell(pen, false);
}

static void
ages_table(struct pen *pen, const struct policy_children *row)
{
    static const char *const columns[] = {"Country", "Age", "Holds", "Source"};
    if (row->age_count == 0)
        return;
    pen->ops->table(pen, "From which age nobody has to say yes for you", columns, 4);
    for (int i = 0; i < row->age_count; i++) {
        const struct policy_age *age = &row->ages[i];
        pen->ops->row(pen, true);
        cell(pen, age->country);
        pen->ops->cell(pen, true);
        pen_u64(pen, (uint64_t)age->years);
        pen->ops->cell(pen, false);
        pen->ops->cell(pen, true);
        if (age->from_days != INT32_MIN) {
            pen_str(pen, "from ");
            words_date(pen, age->from_days);
        }
        if (age->to_days != INT32_MAX) {
            pen_str(pen, age->from_days == INT32_MIN ? "until " : " until ");
            words_date(pen, age->to_days);
        }
        pen->ops->cell(pen, false);
        cell(pen, age->source);
        pen->ops->row(pen, false);
    }
    pen->ops->table_end(pen);
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

/* --- data kept with more care --------------------------------------------------------------------- */

static bool
is_special(const struct policy_category *row)
{
    return row->latest || row->memory || row->no_backup || row->sealed || row->blind != POLICY_NONE ||
           row->only != POLICY_NONE || row->keys != KEYS_PERSON || row->sourced;
}

bool
page_has_care(const struct policy *policy)
{
    bool any = false;
    for (int i = 0; i < policy->category_count; i++)
        any |= is_special(&policy->categories[i]);
    return any;
}

static void
care_put(struct pen *pen, const struct policy_category *row)
{
    static const char *const keys[KEYS_COUNT] = {
        [KEYS_OWN] = " They have a key of their own for each person.",
        [KEYS_RECORD] = " Each of them has a key of its own.",
        [KEYS_YEAR] = " They have a key for each country and tax year, which ends with their time.",
        [KEYS_DAY] = " They have a key for each day, which is destroyed at its end."};
    pen->ops->item(pen, true);
    pen->capital = true;
    words_said(pen, row->says, row->name);
    pen_str(pen, ":");
    if (row->sealed)
        pen_str(pen, " Who wrote it and you yourself can read it, and nobody else, not even we.");
    if (row->blind != POLICY_NONE) {
        pen_str(pen, " We cannot read it; it is sealed to the key of ");
        words_said(pen, pen->policy->organisations[row->blind].says, pen->policy->organisations[row->blind].name);
        pen_str(pen, ".");
    }
    if (row->only != POLICY_NONE) {
        pen_str(pen, " It exists only on servers of this kind: ");
        words_name(pen, pen->policy->instances[row->only]);
        pen_str(pen, ".");
    }
    if (row->latest)
        pen_str(pen, " Each new one replaces the one before.");
    if (row->memory)
        pen_str(pen, " It lies in memory alone, is in no backup, and is lost when the server is started anew.");
    else if (row->no_backup)
        pen_str(pen, " It is in no backup.");
    if (keys[row->keys] != NULL)
        pen_str(pen, keys[row->keys]);
    if (row->sourced)
        pen_str(pen, " It comes from elsewhere, and each record says from where, under which licence and why we have it.");
    pen->ops->item(pen, false);
}

void
page_care(struct pen *pen)
{
    pen->ops->list(pen, true);
    for (int i = 0; i < pen->policy->category_count; i++)
        if (is_special(&pen->policy->categories[i]))
            care_put(pen, &pen->policy->categories[i]);
    pen->ops->list(pen, false);
}

/* --- parts of other sections ------------------------------------------------------------------------- */

void
page_kind_states(struct pen *pen, const struct policy_kind *kind)
{
    int count = words_bits(&kind->acts_in, kind->state_count), at = 0;
    if (kind->state_count == 0)
        return;
    words_lead(pen, "When you may act:");
    pen_str(pen, "you begin as \xe2\x80\x9c");
    words_name(pen, kind->states[0]);
    pen_str(pen, count == 0 ? "\xe2\x80\x9d, and may act in every state" : "\xe2\x80\x9d, and may act only while you are ");
    for (int i = 0; i < kind->state_count; i++)
        if (policy_bit(&kind->acts_in, i)) {
            pen_str(pen, at == 0 ? "" : at + 1 == count ? " or " : ", ");
            words_name(pen, kind->states[i]);
            at++;
        }
    pen->ops->item(pen, false);
}

void
page_point_gates(struct pen *pen, const struct policy_point *point)
{
    if (point->age_gate) {
        words_lead(pen, "Your age:");
        pen_str(pen, "we ask first, and lead you to ");
        pen->ops->link(pen, "section", SPAN("children"), SPAN("who may say yes for you"));
        pen_str(pen, " if you are a child");
        pen->ops->item(pen, false);
    }
    if (point->agreed != POLICY_NONE) {
        words_lead(pen, "Only after you have agreed to this:");
        words_purpose(pen, point->agreed);
        pen->ops->item(pen, false);
    }
    if (point->relation != POLICY_NONE) {
        const struct policy_relation *relation = &pen->policy->relations[point->relation];
        words_lead(pen, "Only from who is this to you:");
        words_said(pen, relation->says, relation->name);
        pen->ops->item(pen, false);
    }
    if (point->warning.n > 0) {
        words_lead(pen, "Beside the free text stands:");
        own(pen, point->warning);
        pen->ops->item(pen, false);
    }
    if (point->form > 0) {
        words_lead(pen, "Version of the form:");
        pen_u64(pen, (uint64_t)point->form);
        pen->ops->item(pen, false);
    }
}

void
page_field_cut(struct pen *pen, const struct policy_field *field)
{
    static const char *const cuts[PRECISION_COUNT] = {
        [PRECISION_NET] = " (we keep only the part that says which network)",
        [PRECISION_PLACE] = " (we keep it to about a kilometre)",
        [PRECISION_MONTH] = " (we keep only month and year)",
        [PRECISION_YEAR] = " (we keep only the year)"};
    if (cuts[field->precision] != NULL)
        pen_str(pen, cuts[field->precision]);
    if (!field->outcome_only)
        return;
    pen_str(pen, " (we never get what you say, only what comes of it: ");
    for (int i = 0; i < field->choice_count; i++) {
        pen_str(pen, i == 0 ? "" : i + 1 == field->choice_count ? " or " : ", ");
        pen_put(pen, field->choices[i]);
    }
    pen_str(pen, ")");
}

void
page_role_watched(struct pen *pen, const struct policy_role *role)
{
    if (role->second_person)
        pen_str(pen, "; another of them has agreed to it");
    if (role->seen)
        pen_str(pen, "; and you are shown at once that it happened");
}
