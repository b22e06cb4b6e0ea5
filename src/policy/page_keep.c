#include "policy/page_priv.h"

#include "policy/law_priv.h"

static bool
time_same(const struct policy_span_of_time *a, const struct policy_span_of_time *b)
{
    return a->years == b->years && a->months == b->months && a->days == b->days &&
           a->hours == b->hours && a->from_year_end == b->from_year_end && a->set == b->set;
}

static bool
time_zero(const struct policy_span_of_time *time)
{
    return !time->set || (time->years | time->months | time->days | time->hours) == 0;
}

static const struct policy_span_of_time *
keep_most(const struct policy_keep *keep)
{
    return keep->most.set ? &keep->most : &keep->least;
}

/* --- counted from what ------------------------------------------------------------ */

/* The words of an event end "the day …"; closed is always there, the others have words of their own or none. */
static void
event_put(struct pen *pen, int event)
{
    const struct policy *policy = pen->policy;
    struct span says = policy->event_says == NULL ? SPAN_NONE : policy->event_says[event];
    if (span_is(policy->events[event], "closed"))
        pen_say(pen, "the day your account is closed");
    else if (says.n > 0)
        pen_say(pen, "the day {event}", say_own("event", says, policy->events[event]));
    else
        pen_say(pen, "the day it is marked “{event}”", say_own("event", SPAN_NONE, policy->events[event]));
}

static const struct policy_field *
keep_field(const struct policy *policy, const struct policy_keep *keep)
{
    const struct policy_category *c = &policy->categories[keep->category];
    for (int i = c->field_first; i < c->field_first + c->field_count; i++)
        if (policy->fields[i].bit == keep->field)
            return &policy->fields[i];
    TROTH_ASSERT(false);
    return &policy->fields[c->field_first];
}

static void
event_of(struct pen *pen, const void *what, int64_t n)
{
    const struct policy_keep *keep = what;
    const struct policy *policy = pen->policy;
    (void)n;
    switch (keep->event) {
    case EVENT_COLLECTED:
        pen_say(pen, "the day we get it");
        break;
    case EVENT_CHANGED:
        pen_say(pen, "the last change to it");
        break;
    case EVENT_FIELD: {
        const struct policy_field *field = keep_field(policy, keep);
        pen_say(pen, "its {field}", say_own("field", field->says, field->name));
        break;
    }
    case EVENT_NAMED:
        event_put(pen, keep->named);
        break;
    case EVENT_WITHDRAWN: {
        const struct policy_purpose *purpose = &policy->purposes[keep->purpose];
        pen_say(pen, "the day you take back your consent ({purpose})", say_own("purpose", purpose->says, purpose->name));
        break;
    }
    }
}

static void
put_from(struct pen *pen, const struct policy_keep *keep)
{
    if (keep_most(keep)->from_year_end)
        pen_say(pen, "the end of the calendar year of {event}", say_put("event", event_of, keep, 0));
    else
        event_of(pen, keep, 0);
}

/* --- how long, then what ------------------------------------------------------------ */

static void
put_long(struct pen *pen, const struct policy_keep *keep)
{
    const struct policy_span_of_time *most = keep_most(keep);
    if (time_zero(most))
        pen_say(pen, "until then");
    else if (keep->least.set && keep->most.set && !time_same(&keep->least, &keep->most))
        pen_say(pen, "at least {least} and at most {most}", say_time("least", &keep->least), say_time("most", most));
    else
        words_time(pen, most);
}

static void
put_then(struct pen *pen, const struct policy_keep *keep)
{
    if (keep->depersonalise && keep->k > 0)
        pen_say(pen, "we drop what points to you ({fields}); the rest stays without a name, and only what at least [n: one "
                     "person shares|{n} people share]",
                say_fields("fields", keep->category, keep->drop), say_number("n", keep->k));
    else if (keep->depersonalise)
        pen_say(pen, "we drop what points to you ({fields}); the rest stays without a name",
                say_fields("fields", keep->category, keep->drop));
    else
        pen_say(pen, "we erase it");
}

static void
from_of(struct pen *pen, const void *what, int64_t n)
{
    (void)n;
    put_from(pen, what);
}

static void
long_of(struct pen *pen, const void *what, int64_t n)
{
    (void)n;
    put_long(pen, what);
}

void
words_keep(struct pen *pen, const struct policy_keep *keep)
{
    if (time_zero(keep_most(keep)))
        pen_say(pen, "kept until {from}", say_put("from", from_of, keep, 0));
    else
        pen_say(pen, "kept for {time} after {from}", say_put("time", long_of, keep, 0), say_put("from", from_of, keep, 0));
}

/* --- by which law --------------------------------------------------------------------- */

static const char *
law_what(const struct law_row *row)
{
    if (strcmp(row->counted, "calendar year") == 0)
        return SAY("the law on invoices ({country}) asks for [n: {n} year|{n} years] from the end of the calendar year");
    if (strcmp(row->counted, "financial year") == 0)
        return SAY("the law on invoices ({country}) asks for [n: {n} year|{n} years] from the end of the financial year");
    return SAY("the law on invoices ({country}) asks for [n: {n} year|{n} years] from the day of issue");
}

void
words_in_force(struct pen *pen, int64_t from_days, int64_t to_days)
{
    if (from_days > INT32_MIN && to_days < INT32_MAX)
        pen_say(pen, "in force from {from} to {to}", say_date("from", from_days), say_date("to", to_days));
    else if (from_days > INT32_MIN)
        pen_say(pen, "in force from {from}", say_date("from", from_days));
    else if (to_days < INT32_MAX)
        pen_say(pen, "in force until {to}", say_date("to", to_days));
    else
        pen_say(pen, "in force for as long as our table goes back");
}

static void
law_put_row(struct pen *pen, const struct law_row *row)
{
    pen_say(pen, law_what(row), say_country("country", span_str(row->country)), say_number("n", row->value));
    pen_str(pen, "; ");
    words_in_force(pen, row->from_days, row->to_days);
    pen_str(pen, "; ");
    pen_say(pen, "source: {source}", say_text("source", span_str(row->source)));
}

static void
put_law(struct pen *pen, const struct policy_keep *keep)
{
    const struct policy_span_of_time *time = keep->most.law.n > 0 ? &keep->most : &keep->least;
    if (time->law_row != NULL)
        law_put_row(pen, time->law_row);
    else if (time->law.n > 0)
        pen_put(pen, time->law);
    else
        pen_say(pen, "our own choice");
}

/* --- the table --------------------------------------------------------------------------- */

static void
keep_row(struct pen *pen, const struct policy_keep *keep)
{
    pen_row(pen);
    pen_cell(pen);
    pen->capital = true;
    words_category(pen, keep->category);
    pen_cell(pen);
    put_from(pen, keep);
    pen_cell(pen);
    put_long(pen, keep);
    if (keep->holds) {
        pen_str(pen, "; ");
        pen_say(pen, "while a law or an open case demands it, longer, locked away, for that alone");
    }
    pen_cell(pen);
    put_then(pen, keep);
    pen_cell(pen);
    put_law(pen, keep);
}

void
page_keeps(struct pen *pen)
{
    static const char *const columns[] = {SAY("Data"), SAY("Counted from"), SAY("How long"), SAY("Then"), SAY("Set by")};
    words_para(pen, SAY("When its time is over, it goes by itself; nobody has to remember it. If you have "
                        "told us to leave your data as they are, we wait until you lift that."));
    pen_table(pen, SAY("How long we keep your data"), columns, 5);
    for (int i = 0; i < pen->policy->keep_count; i++)
        keep_row(pen, &pen->policy->keeps[i]);
    pen_table_end(pen);
    if (!pen->policy->backups.set)
        return;
    pen->ops->para(pen, true);
    pen_say(pen, "What is erased is gone from every backup within {time}.", say_time("time", &pen->policy->backups));
    pen->ops->para(pen, false);
}
