/*
 * Rules that can never fire, and rules that contradict each other. What nobody can ever do is a warning, because it
 * harms nobody; what would be kept for ever or breaks a promise is an error.
 */
#include "policy/compile_priv.h"

/* Art. 7(3) GDPR: taking consent back is as easy as giving it; both are acts of `rights`. */
static void
check_withdraw(struct draft *draft)
{
    const struct policy *p = draft->policy;
    for (int i = 0; i < p->role_count; i++)
        if (p->roles[i].may_rights)
            return;
    for (int i = 0; i < p->purpose_count; i++) {
        const struct node *basis = map_get(draft->purposes.nodes[i], "basis");
        if (basis == NULL || p->purposes[i].basis != BASIS_CONSENT)
            continue;
        fault_warn(draft->reader, basis->at, "withdraw-missing",
                   "no role may `rights`, so a consent to `%.*s` is taken back only by who has a token of their own",
                   SPAN_FMT(p->purposes[i].name));
        fault_mend(draft->reader, "add `rights` to the role people reach you by: may: [%.*s, rights]",
                   SPAN_FMT(p->purposes[i].name));
        return; /* one mend is enough for all of them */
    }
}

/* A record without the date it is counted from counts from its own beginning. */
static void
check_counted(struct draft *draft, int n, const uint64_t *given)
{
    const struct policy_keep *keep = &draft->policy->keeps[n];
    if (keep->event != EVENT_FIELD || keep->field == POLICY_NONE ||
        (given[keep->category] >> keep->field & 1) != 0)
        return;
    const struct policy_category *category = &draft->policy->categories[keep->category];
    const struct node *from = map_get(draft->keep_nodes[n], "from");
    from = from != NULL ? from : map_get(draft->keep_nodes[n], "until");
    fault_warn(draft->reader, from->at, "keep-uncounted",
               "nothing collects or writes `%.*s`, so `%.*s` counts from the day it came",
               SPAN_FMT(draft->policy->fields[category->field_first + keep->field].full_name),
               SPAN_FMT(category->name));
    fault_mend(draft->reader, "collect the date, or say so: from: collected");
}

static bool
uses_for_law(const struct policy *p, int category, int *ret_purpose)
{
    for (int i = 0; i < p->purpose_count; i++)
        if (p->purposes[i].basis == BASIS_LEGAL_OBLIGATION && p->purposes[i].uses != NULL &&
            p->purposes[i].uses[category] != 0) {
            *ret_purpose = i;
            return true;
        }
    return false;
}

/* What the law asks to be there must not go with the account or a withdrawal. */
static void
check_legal_least(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_keep *keep = &p->keeps[n];
    int purpose;
    if (map_get(draft->keep_nodes[n], "least") != NULL || !uses_for_law(p, keep->category, &purpose) ||
        map_get(draft->purposes.nodes[purpose], "basis") == NULL)
        return;
    fault_warn(draft->reader, node_place(draft->keep_nodes[n]), "least-missing",
               "`%.*s` is a legal obligation and uses `%.*s`, which nothing keeps for a time at least",
               SPAN_FMT(p->purposes[purpose].name), SPAN_FMT(p->categories[keep->category].name));
    fault_mend(draft->reader, "say how long the law asks for: least: law.invoices, or least: 6 years");
}

/* As decide.h has it: who passes on what people ask, or writes in every category that counts from the event. */
static bool
event_can_be_told(const struct policy *p, int event)
{
    for (int i = 0; i < p->role_count; i++) {
        bool tells = true;
        for (int k = 0; k < p->keep_count; k++)
            if (p->keeps[k].event == EVENT_NAMED && p->keeps[k].named == event)
                tells &= p->roles[i].writes != NULL && p->roles[i].writes[p->keeps[k].category] != 0;
        if (tells || p->roles[i].may_rights)
            return true;
    }
    return false;
}

static void
check_events(struct draft *draft)
{
    const struct policy *p = draft->policy;
    for (int i = 0; i < draft->events.count; i++) {
        const struct node *key = draft->events.nodes[i]->key;
        int event = policy_event_find(p, key->text);
        bool used = event <= 0; /* `closed` is there without being declared */
        for (int k = 0; k < p->keep_count && !used; k++)
            used = p->keeps[k].event == EVENT_NAMED && p->keeps[k].named == event;
        if (!used) {
            fault_warn(draft->reader, key->at, "event-idle", "no keep rule counts from `%.*s`",
                       SPAN_FMT(key->text));
            fault_mend(draft->reader, "count a category from it, or leave the event out");
        } else if (event > 0 && !event_can_be_told(p, event)) {
            fault(draft->reader, key->at, "event-untold",
                  "no role may tell that `%.*s` happened, so what counts from it would be kept for ever",
                  SPAN_FMT(key->text));
            fault_mend(draft->reader, "give a role `rights`, or `writes` in what counts from it");
        }
    }
}

/* A question names one task, so a role and a purpose that need two kinds never come together. */
static void
check_tasks(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_role *role = &p->roles[n];
    for (int i = 0; i < p->purpose_count; i++) {
        const struct policy_purpose *purpose = &p->purposes[i];
        if (!policy_bit(&role->may, i) || role->needs == POLICY_NONE ||
            purpose->needs == POLICY_NONE || role->needs == purpose->needs)
            continue;
        fault_warn(draft->reader, map_get(draft->roles.nodes[n], "needs")->at, "task-clash",
                   "`%.*s` needs `%.*s` and `%.*s` needs `%.*s`, so it could never be done",
                   SPAN_FMT(role->name), SPAN_FMT(p->tasks[role->needs]), SPAN_FMT(purpose->name),
                   SPAN_FMT(p->tasks[purpose->needs]));
        fault_mend(draft->reader, "needs: task fits the task of every purpose");
    }
}

static void
check_relation(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_role *role = &p->roles[n];
    if (role->over != OVER_RELATED)
        return;
    if (policy_relation_find(p, role->over_relation) != POLICY_NONE)
        return;
    struct span name = span_sub(role->over_relation, 4, SIZE_MAX); /* behind "own-" */
    bool declared = false, member = false;
    for (int i = 0; i < p->organisation_count; i++)
        declared |= span_eq(p->organisations[i].name, name);
    for (int i = 0; i < p->kind_count; i++)
        member |= p->kinds[i].in != POLICY_NONE && span_eq(p->organisations[p->kinds[i].in].name, name);
    if (!declared || member || p->kind_count == 0)
        return; /* an unknown one is told where it stands */
    fault_warn(draft->reader, map_get(draft->roles.nodes[n], "over")->at, "relation-idle",
               "no kind of people is in `%.*s`, so `%.*s` is over nobody", SPAN_FMT(name),
               SPAN_FMT(role->name));
    fault_mend(draft->reader, "say in `people` who belongs to it: student: {in: %.*s, …}", SPAN_FMT(name));
}

/* `anyone` is any application, so there must be one. */
static void
check_from(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_point *point = &p->points[n];
    bool somebody = !point->from_anyone;
    for (int i = 0; i < p->role_count; i++)
        somebody |= p->roles[i].kind == ROLE_APPLICATION;
    if (somebody)
        return;
    fault_warn(draft->reader, map_get(draft->points.nodes[n], "from")->at, "point-idle",
               "nobody can submit to `%.*s`: `anyone` is any application, and no role is one",
               SPAN_FMT(point->name));
    fault_mend(draft->reader, "add to `roles`: website: {kind: application, may: [rights]}");
}

static void
check_consent(struct draft *draft)
{
    const struct policy *p = draft->policy;
    const struct node *consent = map_get(draft->root, "consent");
    bool asked = false, confirmed = false;
    for (int i = 0; i < p->purpose_count; i++) {
        asked |= p->purposes[i].basis == BASIS_CONSENT;
        confirmed |= p->purposes[i].double_opt_in;
    }
    const struct node *within = map_get(consent, "confirm-within");
    if (consent != NULL && !asked) {
        fault_warn(draft->reader, node_place(consent), "consent-idle", "no purpose rests on consent");
        fault_mend(draft->reader, "leave the section out until one does");
    } else if (within != NULL && !confirmed) {
        fault_warn(draft->reader, node_place(within), "consent-idle", "no purpose is confirmed");
        fault_mend(draft->reader, "write `confirm: double-opt-in` at the purpose it is meant for, or leave it out");
    }
}

/* A promise cannot stand beside a thing that is called the same. */
static void
never_check(struct draft *draft, const struct names *names, const char *what)
{
    for (int i = 0; i < names->count; i++) {
        const struct node *key = names->nodes[i]->key;
        int never = policy_never_find(draft->policy, key->text);
        if (never == POLICY_NONE)
            continue;
        fault(draft->reader, key->at, "never-declared", "`%.*s` is promised never to happen, and is %s here",
              SPAN_FMT(key->text), what);
        fault_mend(draft->reader, "take one of them back; the promise is in line %d",
                   draft->never_nodes[never]->at.line);
    }
}

void
check_idle(struct draft *draft, const uint64_t *given)
{
    check_withdraw(draft);
    for (int i = 0; i < draft->policy->keep_count; i++) {
        check_counted(draft, i, given);
        check_legal_least(draft, i);
    }
    check_events(draft);
    for (int i = 0; i < draft->policy->role_count; i++) {
        check_tasks(draft, i);
        check_relation(draft, i);
    }
    for (int i = 0; i < draft->policy->point_count; i++)
        check_from(draft, i);
    check_consent(draft);
    never_check(draft, &draft->categories, "a category");
    never_check(draft, &draft->points, "a collection point");
    never_check(draft, &draft->roles, "a role");
    never_check(draft, &draft->recipients, "a recipient");
    never_check(draft, &draft->grounds, "a ground");
}
