/* Whether what is promised of how data are kept fits who uses them and how long they are kept. */
#include "policy/compile_priv.h"

/* The purpose for which a role reads single records of a category, or POLICY_NONE. */
static int
reads_for(const struct policy *p, int role, int category)
{
    for (int i = 0; i < p->purpose_count; i++)
        if (policy_bit(&p->roles[role].may, i) && !p->purposes[i].aggregate_only &&
            (p->purposes[i].uses[category] & p->categories[category].readable) != 0)
            return i;
    return POLICY_NONE;
}

/* Who writes it, or hands it in at a point that names the role, is its author. */
static bool
is_author(const struct policy *p, int role, int category)
{
    bool author = p->roles[role].writes[category] != 0;
    for (int i = 0; i < p->point_count && !author; i++)
        for (int f = 0; f < p->points[i].field_count && policy_bit(&p->points[i].from, role); f++)
            author |= p->points[i].fields[f].category == category;
    return author;
}

static void
check_sealed(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_category *row = &p->categories[n];
    for (int r = 0; r < p->role_count; r++) {
        int purpose = reads_for(p, r, n);
        if (!row->sealed || purpose == POLICY_NONE || p->roles[r].over == OVER_SELF || is_author(p, r, n))
            continue;
        const struct node *node = draft->roles.nodes[r], *may = map_get(node, "may");
        fault(draft->reader, node_place(may == NULL ? node : may), "sealed-read",
              "`%.*s` may `%.*s`, which reads `%.*s`, and is neither its author nor the person",
              SPAN_FMT(p->roles[r].name), SPAN_FMT(p->purposes[purpose].name), SPAN_FMT(row->name));
        fault_mend(draft->reader, "`%.*s` is sealed to author and subject: let the role write it, or not use it",
                   SPAN_FMT(row->name));
    }
}

static void
check_blind(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_category *row = &p->categories[n];
    for (int r = 0; r < p->role_count && row->blind != POLICY_NONE; r++) {
        int purpose = reads_for(p, r, n);
        if (purpose == POLICY_NONE || p->roles[r].kind != ROLE_STAFF || policy_role_within(p, r, row->blind))
            continue;
        const struct node *node = draft->roles.nodes[r], *may = map_get(node, "may");
        fault(draft->reader, node_place(may == NULL ? node : may), "blind-read",
              "`%.*s` may `%.*s`, which reads `%.*s`, and we are blind to that", SPAN_FMT(p->roles[r].name),
              SPAN_FMT(p->purposes[purpose].name), SPAN_FMT(row->name));
        fault_mend(draft->reader, "only who belongs to it reads what is sealed to it: over: own-%.*s",
                   SPAN_FMT(p->organisations[row->blind].name));
    }
}

static void
check_memory(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_category *row = &p->categories[n];
    if (!row->memory || row->keep == POLICY_NONE)
        return;
    const struct policy_keep *keep = &p->keeps[row->keep];
    const struct node *node = draft->keep_nodes[row->keep];
    if (keep->least.set) {
        fault(draft->reader, node_place(map_get(node, "least")), "memory-least",
              "`%.*s` lies in memory alone, and a restart ends it earlier", SPAN_FMT(row->name));
        fault_mend(draft->reader, "leave `least` out, or `memory`");
    } else if (keep->most.years > 0 || keep->most.months > 1 || keep->most.days > 31) {
        fault_warn(draft->reader, node_place(map_get(node, "most")), "memory-long",
                   "`%.*s` lies in memory alone, and would have to live through every restart so long", SPAN_FMT(row->name));
        fault_mend(draft->reader, "data in memory are for days: most: 6 days");
    }
}

static bool
has_type(const struct policy *p, const struct policy_category *row, enum policy_type type)
{
    for (int i = row->field_first; i < row->field_first + row->field_count; i++)
        if (p->fields[i].type == type && !p->fields[i].outcome_only)
            return true;
    return false;
}

/* A key ends with its year or its day, and so does what it seals. */
static void
check_keys(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_category *row = &p->categories[n];
    const struct node *keys = map_get(draft->categories.nodes[n], "keys");
    if (row->keep == POLICY_NONE || (row->keys != KEYS_YEAR && row->keys != KEYS_DAY))
        return;
    const struct policy_keep *keep = &p->keeps[row->keep];
    const struct policy_span_of_time *most = &keep->most;
    if (row->keys == KEYS_YEAR && (keep->event != EVENT_FIELD || !has_type(p, row, TYPE_COUNTRY))) {
        fault(draft->reader, keys->at, "keys-year", "nothing in `%.*s` says which country's and which year's key it is",
              SPAN_FMT(row->name));
        fault_mend(draft->reader, "it needs a field of type country, and a keep rule that counts from a date field");
    }
    bool day = keep->event == EVENT_COLLECTED && most->years + most->months == 0 && !most->from_year_end &&
               most->days * 24 + most->hours <= 24;
    if (row->keys == KEYS_DAY && !day) {
        fault(draft->reader, keys->at, "keys-day", "the key of a day is destroyed at its end, and `%.*s` would be kept longer",
              SPAN_FMT(row->name));
        fault_mend(draft->reader, "keep: %.*s: {from: collected, most: 1 day, then: erase}", SPAN_FMT(row->name));
    }
}

/* A point that takes what exists on two kinds of server exists on none. */
static void
check_only(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_point *point = &p->points[n];
    int first = POLICY_NONE;
    for (int i = 0; i < point->field_count; i++) {
        int only = p->categories[point->fields[i].category].only;
        if (first == POLICY_NONE)
            first = only;
        if (only == POLICY_NONE || only == first)
            continue;
        fault(draft->reader, node_place(map_get(draft->points.nodes[n], "fields")), "only-apart",
              "`%.*s` takes data of `%.*s` and of `%.*s`, so no server has it", SPAN_FMT(point->name),
              SPAN_FMT(p->instances[first]), SPAN_FMT(p->instances[only]));
        fault_mend(draft->reader, "make it two points");
        return;
    }
}

void
check_kept(struct draft *draft)
{
    for (int i = 0; i < draft->policy->category_count; i++) {
        check_sealed(draft, i);
        check_blind(draft, i);
        check_memory(draft, i);
        check_keys(draft, i);
    }
    for (int i = 0; i < draft->policy->point_count; i++)
        check_only(draft, i);
}
