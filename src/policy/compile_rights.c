/* The section `rights`: nine rights, each there whether the file speaks of it or not; the file says how. */
#include "policy/compile_priv.h"

static const char *const right_names[RIGHT_COUNT] = {
    [RIGHT_ACCESS] = "access",     [RIGHT_PORTABILITY] = "portability", [RIGHT_CORRECT] = "correct",
    [RIGHT_ERASE] = "erase",       [RIGHT_RESTRICT] = "restrict",       [RIGHT_SUPPRESS] = "suppress",
    [RIGHT_OBJECT] = "object",     [RIGHT_WITHDRAW] = "withdraw",       [RIGHT_COMPLAIN] = "complain",
};

const char *
policy_right_name(enum policy_right right)
{
    return right_names[right];
}

/* Art. 12(3) GDPR: one month, and two more where a request is hard. */
static const struct policy_span_of_time law_within = {.months = 1, .set = true};
static const struct policy_span_of_time law_extend = {.months = 2, .set = true};

bool
policy_time_over(const struct policy_span_of_time *time, const struct policy_span_of_time *most)
{
    /* From 1 February 2025 and from 31 December 2024: a short month and a long one; longer in one is longer. */
    static const int64_t starts[] = {INT64_C(1738368000000000), INT64_C(1735603200000000)};
    bool over = true;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        over = over && policy_time_add(time, starts[i]) > policy_time_add(most, starts[i]);
    return over;
}

static void
time_within(struct draft *draft, const struct node *node, const char *key, const struct policy_span_of_time *law,
            struct policy_span_of_time *ret)
{
    const struct node *time = map_get(node, key);
    *ret = *law;
    if (time == NULL || !value_length(draft->reader, time, key, ret)) {
        *ret = *law;
        return;
    }
    if (policy_time_over(ret, law)) {
        fault(draft->reader, time->at, "deadline-over-law", "the law gives no more than %d month%s", law->months,
              law->months == 1 ? "" : "s");
        fault_mend(draft->reader, "%s: %d month%s, or less (Art. 12(3) GDPR)", key, law->months,
                   law->months == 1 ? "" : "s");
    }
}

static void
referral_read(struct draft *draft, struct policy_right_row *row, const struct node *node)
{
    const struct node *refer = map_get(node, "refer"), *fallback = map_get(node, "fallback");
    row->refer = refer == NULL ? POLICY_NONE : ref_find(draft, refer, REF_ORGANISATION);
    if (fallback != NULL)
        (void)value_length(draft->reader, fallback, "fallback", &row->fallback);
    if (refer != NULL && fallback == NULL)
        missing(draft, node, "fallback", "when nobody there answers it comes back to you: fallback: 14 days");
    if (refer == NULL && fallback != NULL) {
        fault(draft->reader, node_place(fallback), "fallback-idle", "`fallback` without `refer` falls back from nothing");
        fault_mend(draft->reader, "name who is asked first: refer: school");
    }
    if (row->fallback.set && policy_time_over(&row->fallback, &row->within)) {
        fault(draft->reader, fallback->at, "fallback-late", "what comes back after that cannot be answered in time");
        fault_mend(draft->reader, "shorter than `within`: fallback: 14 days");
    }
}

static void
right_read(struct draft *draft, enum policy_right right, const struct node *node)
{
    static const struct key_row keys[] = {
        {"says", false}, {"also", false}, {"shown-by", false}, {"within", false}, {"extend", false},
        {"at-once", false}, {"refer", false}, {"fallback", false}, {NULL, false}};
    static const char *const proofs[] = {"mail-link", "sealed-link", "login", "document", "staff", "organisation", NULL};
    struct policy_right_row *row = &draft->policy->rights[right];
    row->told = true;
    if (!node_expect(draft->reader, node, NODE_MAP, "a right"))
        return;
    map_keys_check(draft->reader, node, keys, "a right");
    row->says = keep_sentence(draft, node, "says", "the words for a right");
    ref_bits(draft, map_get(node, "also"), "also", REF_RELATION, &row->relations);
    row->shown_by = value_choices(draft->reader, map_get(node, "shown-by"), "shown-by", "way to show who somebody is", proofs);
    time_within(draft, node, "within", &law_within, &row->within);
    time_within(draft, node, "extend", &law_extend, &row->extend);
    row->at_once = value_flag(draft->reader, map_get(node, "at-once"), "at-once", false);
    referral_read(draft, row, node);
    if (map_get(node, "within") != NULL || map_get(node, "extend") != NULL || row->refer != POLICY_NONE)
        unkept_add(draft, node, row->rule, "counting the days in which a request is answered");
    else if (row->shown_by != 0)
        unkept_add(draft, node, row->rule, "asking somebody to show who they are in that way");
}

/* The rule of a right the file is silent about; restrict and object have theirs always. */
static int
silent_rule(struct draft *draft, enum policy_right right)
{
    if (right == RIGHT_RESTRICT)
        return RULE_RIGHTS_RESTRICT;
    return right == RIGHT_OBJECT ? rule_add(draft, NULL, "rights.object") : RULE_RIGHTS_SELF;
}

void
compile_rights(struct draft *draft)
{
    static const struct key_row keys[] = {
        {"access", false}, {"portability", false}, {"correct", false}, {"erase", false}, {"restrict", false},
        {"suppress", false}, {"object", false}, {"withdraw", false}, {"complain", false}, {NULL, false}};
    const struct node *map = map_get(draft->root, "rights");
    bool readable = map != NULL && node_expect(draft->reader, map, NODE_MAP, "rights");
    if (readable)
        map_keys_check(draft->reader, map, keys, "the section `rights`");
    for (int i = 0; i < RIGHT_COUNT; i++) {
        struct policy_right_row *row = &draft->policy->rights[i];
        const struct node *node = readable ? map_get(map, right_names[i]) : NULL;
        *row = (struct policy_right_row){.within = law_within, .extend = law_extend, .refer = POLICY_NONE};
        if (node == NULL || i == RIGHT_RESTRICT)
            row->rule = silent_rule(draft, (enum policy_right)i);
        else
            row->rule = rule_add(draft, node, "rights.%s", right_names[i]);
        if (node != NULL)
            right_read(draft, (enum policy_right)i, node);
    }
}
