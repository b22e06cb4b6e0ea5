#include "policy/compile_priv.h"

#include "policy/law_priv.h"

enum { LAW_TEXT = 256, K_LEAST = 2, K_MOST = 1000 };

static void
law_duration(struct draft *draft, const struct node *node, struct policy_span_of_time *ret)
{
    struct reader *reader = draft->reader;
    if (!span_is(node->text, "law.invoices")) {
        fault(reader, node->at, "unknown-law", "there is no table `%.*s`",
              SPAN_FMT(shown(node->text)));
        fault_mend(reader, "this version has the table law.invoices");
        return;
    }
    draft->law_asked[LAW_INVOICE_RETENTION] = true;
    struct span seat = draft->policy->seat;
    if (seat.n == 0 && map_get(map_get(draft->root, "policy"), "seat") != NULL)
        return; /* told there */
    if (seat.n == 0) {
        fault(reader, node->at, "law-seat", "law.invoices is read by the seat, and none is named");
        fault_mend(reader, "add `seat: DE` to the section `policy`");
        return;
    }
    const struct law_row *row = law_find(&draft->law, LAW_INVOICE_RETENTION, seat, draft->policy->date_days);
    if (row == NULL) {
        fault(reader, node->at, "law-row", "law.invoices has no row for %.*s on the policy's date",
              SPAN_FMT(seat));
        fault_mend(reader, "write the length of time itself: 10 years after year end");
        return;
    }
    bool own = law_is_own(&draft->law, row);
    struct buf law = arena_buf(draft->arena, LAW_TEXT + strlen(row->source));
    law_put(row, own, &law);
    *ret = (struct policy_span_of_time){.years = row->value, .set = true,
                                        .from_year_end = law_from_year_end(row),
                                        .law = buf_span(&law), .law_row = row};
}

static void
time_read(struct draft *draft, const struct node *node, const char *what,
          struct policy_span_of_time *ret)
{
    if (node == NULL)
        return;
    if (node->shape == NODE_TEXT && span_starts(node->text, SPAN("law.")))
        law_duration(draft, node, ret);
    else
        (void)value_duration(draft->reader, node, what, ret);
}

static void
withdrawn_read(struct draft *draft, struct policy_keep *keep, const struct node *node,
               struct span name)
{
    /* The purpose is the end of the node's text: point at it alone. */
    struct node word = *node;
    word.text = name;
    word.at.column += node->at.width - (int)name.n;
    word.at.width = (int)name.n > 0 ? (int)name.n : 1;
    keep->event = EVENT_WITHDRAWN;
    keep->purpose = ref_find(draft, &word, REF_PURPOSE);
    if (keep->purpose == POLICY_NONE ||
        draft->purpose_rows[keep->purpose].basis == BASIS_CONSENT)
        return;
    fault(draft->reader, word.at, "withdrawn-basis",
          "`%.*s` does not rest on consent, so nobody withdraws it", SPAN_FMT(name));
}

/* collected, changed, withdrawn PURPOSE, a date field of the category, or a named event. */
static void
event_read(struct draft *draft, struct policy_keep *keep, const struct node *node)
{
    if (!node_expect(draft->reader, node, NODE_TEXT, "the event") || node->faulty)
        return;
    struct span word = node->text, withdrawn = SPAN("withdrawn ");
    if (span_is(word, "collected") || span_is(word, "changed")) {
        keep->event = span_is(word, "changed") ? EVENT_CHANGED : EVENT_COLLECTED;
        return;
    }
    if (span_starts(word, withdrawn)) {
        withdrawn_read(draft, keep, node, span_sub(word, withdrawn.n, SIZE_MAX));
        return;
    }
    int field = policy_field_in(draft->policy, keep->category, word);
    if (field == POLICY_NONE) {
        keep->event = EVENT_NAMED;
        keep->named = policy_event_find(draft->policy, word);
        if (keep->named != POLICY_NONE)
            return;
        struct hint hint;
        hint_start(draft->reader, &hint, word);
        static const char *const known[] = {"collected", "changed"};
        for (int i = 0; i < 2; i++)
            hint_try(&hint, span_str(known[i]));
        for (int i = 0; i < draft->policy->event_count; i++)
            hint_try(&hint, draft->policy->events[i]);
        const struct policy_category *category = &draft->category_rows[keep->category];
        for (int i = 0; i < category->field_count; i++)
            hint_try(&hint, draft->field_rows[category->field_first + i].name);
        fault(draft->reader, node->at, "unknown-event", "there is no event or date field `%.*s`",
              SPAN_FMT(shown(word)));
        hint_mend(draft->reader, &hint, "collected, changed, closed, withdrawn PURPOSE, a date field "
                                        "of the category, or one of the section `events`");
        return;
    }
    keep->event = EVENT_FIELD;
    keep->field = draft->field_rows[field].bit;
    if (draft->field_rows[field].type != TYPE_DATE || draft->field_rows[field].outcome_only)
        fault(draft->reader, node->at, "not-a-date-field", "`%.*s` is no date to count from",
              SPAN_FMT(draft->field_rows[field].full_name));
}

/* Whether the least ends after the most for a start early or late in a year. */
static bool
least_outlasts(const struct policy_keep *keep)
{
    static const int64_t starts[] = {INT64_C(1735689600000000), INT64_C(1735603200000000)};
    for (int i = 0; i < 2; i++)
        if (policy_time_add(&keep->least, starts[i]) > policy_time_add(&keep->most, starts[i]))
            return true;
    return false;
}

static void
then_read(struct draft *draft, struct policy_keep *keep, const struct node *node)
{
    static const char *const words[] = {"erase", "depersonalise", NULL};
    const struct node *then = map_get(node, "then");
    if (then == NULL) {
        missing(draft, node, "then", "what happens at the end: then: erase, or then: depersonalise");
        return;
    }
    keep->depersonalise =
        value_choice(draft->reader, then, "end of keeping", words, 0) == 1;
    if (!keep->depersonalise)
        return;
    const struct policy_category *category = &draft->category_rows[keep->category];
    for (int i = 0; i < category->field_count; i++) {
        const struct policy_field *field = &draft->field_rows[category->field_first + i];
        if (field->identifies)
            keep->drop |= UINT64_C(1) << field->bit;
    }
    if (keep->drop == category->all && category->all != 0) {
        fault(draft->reader, then->at, "nothing-left", "every field of `%.*s` identifies somebody",
              SPAN_FMT(category->name));
        fault_mend(draft->reader, "then: erase");
    }
}

/* A hold for a law's sake, and how many people must share what is left. */
static void
extras_read(struct draft *draft, struct policy_keep *keep, const struct node *node)
{
    struct span name = draft->category_rows[keep->category].name;
    const struct node *holds = map_get(node, "holds"), *k = map_get(node, "k"), *then = map_get(node, "then");
    keep->holds = value_flag(draft->reader, holds, "holds", false);
    if (keep->holds)
        unkept_add(draft, holds, rule_add(draft, holds, "keep.%.*s.holds", SPAN_FMT(name)), "holds of a law, with their end");
    if (k == NULL)
        return;
    keep->k = (int)value_number(draft->reader, k, "k", K_LEAST, K_MOST, K_LEAST);
    unkept_add(draft, k, rule_add(draft, k, "keep.%.*s.k", SPAN_FMT(name)), "counting how many people share what is left");
    if (then != NULL && then->shape == NODE_TEXT && span_is(then->text, "erase")) {
        fault(draft->reader, node_place(k), "k-erased", "nothing is left that people could share");
        fault_mend(draft->reader, "leave `k` out, or write then: depersonalise");
    }
}

static void
keep_read(struct draft *draft, struct policy_keep *keep, const struct node *node)
{
    static const struct key_row keys[] = {{"from", false}, {"until", false}, {"least", false},
                                          {"most", false}, {"then", false}, {"holds", false},
                                          {"k", false}, {NULL, false}};
    struct reader *reader = draft->reader;
    map_keys_check(reader, node, keys, "a keep rule");
    extras_read(draft, keep, node);
    const struct node *from = map_get(node, "from"), *until = map_get(node, "until");
    const struct node *least = map_get(node, "least"), *most = map_get(node, "most");
    if (from != NULL && until != NULL)
        fault(reader, node_place(until), "from-and-until",
              "a keep rule counts from an event or ends at one, not both");
    else if (from == NULL && until == NULL)
        missing(draft, node, "from", "from: an event and most: a length of time, or until: an event");
    else
        event_read(draft, keep, from != NULL ? from : until);
    if (until != NULL && from == NULL) {
        keep->most.set = true;
        const struct node *extra = least != NULL ? least : most;
        if (extra != NULL) {
            fault(reader, node_place(extra), "until-and-time",
                  "`until` ends at the event itself, so no length of time goes with it");
            fault_mend(reader, "to count on from the event, write `from` instead of `until`");
        }
        then_read(draft, keep, node);
        return;
    }
    time_read(draft, least, "least", &keep->least);
    time_read(draft, most, "most", &keep->most);
    if (from != NULL && most == NULL)
        missing(draft, node, "most", "how long at most: most: 2 years");
    if (keep->least.set && keep->most.set && least_outlasts(keep))
        fault(reader, least->at, "least-over-most", "`least` is longer than `most`");
    then_read(draft, keep, node);
}

bool
compile_keeps(struct draft *draft)
{
    const struct node *map = map_get(draft->root, "keep");
    size_t count = map == NULL || map->shape != NODE_MAP ? 0 : (size_t)map->count;
    draft->keep_rows = ARENA_ARRAY(draft->arena, struct policy_keep, count + 1);
    draft->keep_nodes = ARENA_ARRAY(&draft->reader->scratch, const struct node *, count + 1);
    if (draft->keep_rows == NULL || draft->keep_nodes == NULL)
        return false;
    draft->policy->keeps = draft->keep_rows;
    if (map == NULL || !node_expect(draft->reader, map, NODE_MAP, "keep"))
        return true;
    for (const struct node *node = map->first; node != NULL; node = node->next) {
        int category = ref_find(draft, node->key, REF_CATEGORY);
        if (category == POLICY_NONE || draft->category_rows[category].keep != POLICY_NONE)
            continue; /* a slip next to the right name: that one counts */
        int n = draft->policy->keep_count++;
        struct policy_keep *keep = &draft->keep_rows[n];
        *keep = (struct policy_keep){.category = category, .named = POLICY_NONE,
                                     .purpose = POLICY_NONE, .field = POLICY_NONE};
        draft->keep_nodes[n] = node;
        draft->category_rows[category].keep = n;
        keep->rule = rule_add(draft, node, "keep.%.*s",
                              SPAN_FMT(draft->category_rows[category].name));
        if (node_expect(draft->reader, node, NODE_MAP, "a keep rule"))
            keep_read(draft, keep, node);
    }
    return true;
}
