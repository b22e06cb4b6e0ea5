#include "policy/read_priv.h"

enum { TIME_PART_MOST = 1000 };

/* "years" → where it is counted; weeks are days. */
static bool
part_add(struct span word, int n, struct policy_span_of_time *ret)
{
    if (word.n > 1 && word.p[word.n - 1] == 's')
        word.n--;
    if (span_is(word, "year"))
        ret->years += n;
    else if (span_is(word, "month"))
        ret->months += n;
    else if (span_is(word, "week"))
        ret->days += 7 * n;
    else if (span_is(word, "day"))
        ret->days += n;
    else if (span_is(word, "hour"))
        ret->hours += n;
    else
        return false;
    return true;
}

static bool
duration_get(struct span text, struct policy_span_of_time *ret)
{
    struct policy_span_of_time got = {.set = true};
    struct span tail = SPAN(" after year end");
    if (span_ends(text, tail)) {
        got.from_year_end = true;
        text.n -= tail.n;
    }
    int parts = 0;
    while (text.p != NULL && text.n > 0) {
        struct span number, word;
        uint64_t n;
        if (!span_split(&text, ' ', &number) || !span_u64(number, TIME_PART_MOST, &n) || n == 0 ||
            !span_split(&text, ' ', &word) || !part_add(word, (int)n, &got) || ++parts > 5)
            return false;
    }
    if (parts == 0)
        return false;
    *ret = got;
    return true;
}

bool
value_duration(struct reader *reader, const struct node *node, const char *what,
               struct policy_span_of_time *ret)
{
    if (node == NULL || !node_expect(reader, node, NODE_TEXT, what) || node->faulty)
        return false;
    if (duration_get(node->text, ret))
        return true;
    fault(reader, node->at, "not-a-duration", "%s must be a length of time", what);
    fault_mend(reader, "a number and hours, days, weeks, months or years: 30 days; 1 year 6 months; "
                       "2 years after year end");
    return false;
}

bool
value_length(struct reader *reader, const struct node *node, const char *what,
             struct policy_span_of_time *ret)
{
    if (!value_duration(reader, node, what, ret))
        return false;
    if (!ret->from_year_end)
        return true;
    fault(reader, node->at, "not-a-duration", "%s does not go by the calendar", what);
    fault_mend(reader, "write a plain length of time: 12 months");
    return false;
}
