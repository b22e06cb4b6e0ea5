/* Who belongs to whom; and what of it stands in other sections. */
#include "policy/page_priv.h"

/* Behind "by": "a link in a mail or a document". */
void
words_proofs(struct pen *pen, unsigned shown_by)
{
    static const char *const words[PROOF_COUNT] = {
        [PROOF_MAIL_LINK] = SAY("a link in a mail"), [PROOF_SEALED_LINK] = SAY("a sealed link in a mail"),
        [PROOF_LOGIN] = SAY("signing in"), [PROOF_DOCUMENT] = SAY("a document"),
        [PROOF_STAFF] = SAY("one of us who has looked"), [PROOF_ORGANISATION] = SAY("the organisation both belong to")};
    int count = __builtin_popcount(shown_by), at = 0;
    for (int i = 0; i < PROOF_COUNT; i++) {
        if ((shown_by >> i & 1) == 0)
            continue;
        pen_either(pen, at++, count);
        pen_say(pen, words[i]);
    }
}

static void
proofs_put(struct pen *pen, const void *what, int64_t n)
{
    (void)what;
    words_proofs(pen, (unsigned)n);
}

/* --- groups and relations ---------------------------------------------------------- */

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
seen_put(struct pen *pen, const void *what, int64_t n)
{
    const struct policy *policy = pen->policy;
    const struct policy_organisation *row = what;
    int count = words_bits(&row->sees, policy->kind_count), at = 0;
    (void)n;
    if (count == 0)
        pen_say(pen, "those who are in it");
    for (int i = 0; i < policy->kind_count; i++)
        if (policy_bit(&row->sees, i)) {
            pen_between(pen, at++, count);
            pen_say(pen, "{kind:a}", say_own("kind", SPAN_NONE, policy->kinds[i].name));
        }
}

static void
organisation_put(struct pen *pen, const struct policy_organisation *row)
{
    pen->ops->item(pen, true);
    pen->capital = true;
    pen_say(pen, "{organisation}: who leads it sees {kinds}", say_own("organisation", row->says, row->name),
            say_put("kinds", seen_put, row, 0));
    pen_str(pen, "; ");
    if (row->isolated)
        pen_say(pen, "those of one never see those of another");
    else
        pen_say(pen, "those of one may see those of another");
    if (row->of != POLICY_NONE) {
        pen_str(pen, "; ");
        pen_say(pen, "it belongs to {organisation}", say_organisation("organisation", row->of));
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
    pen_say(pen, "{from:a} can be {relation} {to:a}; this is shown by {proofs}.",
            say_own("from", SPAN_NONE, policy->kinds[row->from].name), say_own("relation", row->says, row->name),
            say_own("to", SPAN_NONE, policy->kinds[row->to].name), say_put("proofs", proofs_put, NULL, row->shown_by));
    if (row->rights) {
        pen_str(pen, " ");
        pen_say(pen, "They may then ask us for all that the other could ask for.");
    }
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

/* --- parts of other sections ------------------------------------------------------------ */

static void
states_put(struct pen *pen, const void *what, int64_t n)
{
    const struct policy_kind *kind = what;
    int at = 0;
    for (int i = 0; i < kind->state_count; i++)
        if (policy_bit(&kind->acts_in, i)) {
            pen_either(pen, at++, (int)n);
            words_name(pen, kind->states[i]);
        }
}

void
page_kind_states(struct pen *pen, const struct policy_kind *kind)
{
    int count = words_bits(&kind->acts_in, kind->state_count);
    if (kind->state_count == 0)
        return;
    struct say_part state = say_own("state", SPAN_NONE, kind->states[0]);
    words_lead(pen, SAY("When you may act:"));
    if (count == 0)
        pen_say(pen, "you begin as “{state}”, and may act in every state", state);
    else
        pen_say(pen, "you begin as “{state}”, and may act only while you are {states}", state,
                say_put("states", states_put, kind, count));
    pen->ops->item(pen, false);
}

void
page_point_gates(struct pen *pen, const struct policy_point *point)
{
    if (point->age_gate) {
        words_lead(pen, SAY("Your age:"));
        pen_say(pen, "we ask first, and if you are a child we lead you to {elsewhere}",
                say_link("elsewhere", "section", SPAN("children"), SAY("who may say yes for you")));
        pen->ops->item(pen, false);
    }
    if (point->agreed != POLICY_NONE) {
        words_lead(pen, SAY("Only after you have agreed to this:"));
        words_purpose(pen, point->agreed);
        pen->ops->item(pen, false);
    }
    if (point->relation != POLICY_NONE) {
        const struct policy_relation *relation = &pen->policy->relations[point->relation];
        words_lead(pen, SAY("Only from who is this to you:"));
        words_said(pen, relation->says, relation->name);
        pen->ops->item(pen, false);
    }
    if (point->warning.n > 0) {
        words_lead(pen, SAY("Beside the free text stands:"));
        words_said(pen, point->warning, SPAN_NONE);
        pen->ops->item(pen, false);
    }
    if (point->form > 0) {
        words_lead(pen, SAY("Version of the form:"));
        pen_u64(pen, (uint64_t)point->form);
        pen->ops->item(pen, false);
    }
}

static void
choices_put(struct pen *pen, const void *what, int64_t n)
{
    const struct policy_field *field = what;
    (void)n;
    for (int i = 0; i < field->choice_count; i++) {
        pen_either(pen, i, field->choice_count);
        words_name(pen, field->choices[i]);
    }
}

void
page_field_cut(struct pen *pen, const struct policy_field *field)
{
    static const char *const cuts[PRECISION_COUNT] = {
        [PRECISION_NET] = SAY("we keep only the part that says which network"),
        [PRECISION_PLACE] = SAY("we keep it to about a kilometre"),
        [PRECISION_MONTH] = SAY("we keep only month and year"),
        [PRECISION_YEAR] = SAY("we keep only the year")};
    if (cuts[field->precision] != NULL) {
        pen_str(pen, " (");
        pen_say(pen, cuts[field->precision]);
        pen_str(pen, ")");
    }
    if (!field->outcome_only)
        return;
    pen_str(pen, " (");
    pen_say(pen, "we never get what you say, only what comes of it: {choices}", say_put("choices", choices_put, field, 0));
    pen_str(pen, ")");
}

void
page_role_watched(struct pen *pen, const struct policy_role *role)
{
    if (role->second_person) {
        pen_str(pen, "; ");
        pen_say(pen, "another of them has agreed to it");
    }
    if (role->seen) {
        pen_str(pen, "; ");
        pen_say(pen, "you are shown at once that it happened");
    }
}
