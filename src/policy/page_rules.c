#include "policy/page_priv.h"

/* --- what we use it for ------------------------------------------------------ */

static void
purpose_limits(struct pen *pen, const struct policy_purpose *p)
{
    if (p->needs == POLICY_NONE && !p->double_opt_in && !p->aggregate_only && p->channel.n == 0)
        return;
    words_lead(pen, "Within these limits:");
    bool any = false;
    if (p->needs != POLICY_NONE) {
        pen_str(pen, "only while working on ");
        words_one(pen, pen->policy->tasks[p->needs]);
        pen_str(pen, " that is written down");
        any = true;
    }
    if (p->double_opt_in) {
        pen_str(pen, any ? "; " : "");
        pen_str(pen, "you confirm once more before it begins");
        any = true;
    }
    if (p->aggregate_only) {
        pen_str(pen, any ? "; " : "");
        pen_str(pen, "only as totals over many people, never you alone");
        any = true;
    }
    if (p->channel.n > 0) {
        pen_str(pen, any ? "; " : "");
        pen_str(pen, "it reaches you by ");
        words_name(pen, p->channel);
    }
    pen->ops->item(pen, false);
}

static void
purpose_put(struct pen *pen, int index)
{
    const struct policy_purpose *p = &pen->policy->purposes[index];
    struct policy_bits who = {{0}};
    for (int i = 0; i < pen->policy->role_count; i++)
        if (policy_bit(&pen->policy->roles[i].may, index))
            who.w[i / 64] |= UINT64_C(1) << (i % 64);
    pen->ops->part(pen, "purpose", p->name, p->says.n > 0 ? p->says : p->name);
    pen->ops->list(pen, true);
    words_lead(pen, "Why we may:");
    pen_str(pen, words_basis(p->basis));
    pen_str(pen, " (");
    pen_str(pen, words_article(p->basis));
    pen_str(pen, ")");
    pen->ops->item(pen, false);
    words_lead(pen, "Data used:");
    if (!words_uses(pen, p->uses))
        pen_str(pen, "none");
    pen->ops->item(pen, false);
    purpose_limits(pen, p);
    words_lead(pen, "Who does it:");
    if (words_bits(&who, pen->policy->role_count) > 0)
        words_roles(pen, &who);
    else
        pen_str(pen, "nobody at present");
    pen->ops->item(pen, false);
    pen->ops->list(pen, false);
}

void
page_purposes(struct pen *pen)
{
    pen->ops->para(pen, true);
    pen_str(pen, "We use what we know about you for these things and for nothing else. Our server "
                 "asks for the purpose each time, and refuses when it is not on this list.");
    pen->ops->para(pen, false);
    for (int i = 0; i < pen->policy->purpose_count; i++)
        purpose_put(pen, i);
}

/* --- who of us sees it --------------------------------------------------------- */

static void
role_data(struct pen *pen, const struct policy_role *role)
{
    const struct policy *policy = pen->policy;
    bool any = false;
    for (int c = 0; c < policy->category_count; c++) {
        uint64_t seen = 0, whole = policy->categories[c].readable;
        for (int p = 0; p < policy->purpose_count; p++)
            if (policy_bit(&role->may, p) && !policy->purposes[p].aggregate_only)
                seen |= policy->purposes[p].uses[c] & whole;
        if (seen == 0)
            continue;
        if (any)
            pen_str(pen, "; ");
        any = true;
        words_said(pen, policy->categories[c].says, policy->categories[c].name);
        if (seen == whole)
            continue;
        pen_str(pen, " (only ");
        words_fields(pen, c, seen);
        pen_str(pen, ")");
    }
    if (role->may_rights)
        pen_str(pen, any ? "; and everything about the person who asks"
                         : "everything about the person who asks");
    else if (!any)
        pen_str(pen, "nothing about one person");
}

/* The task a role needs, then those its purposes need besides. */
static bool
role_tasks(struct pen *pen, const struct policy_role *role)
{
    const struct policy *policy = pen->policy;
    bool any = role->needs != POLICY_NONE || role->needs_any_task;
    if (role->needs != POLICY_NONE) {
        words_one(pen, policy->tasks[role->needs]);
        pen_str(pen, " is named");
    } else if (any) {
        pen_str(pen, "the piece of work is named");
    }
    for (int p = 0; p < policy->purpose_count; p++) {
        int task = policy->purposes[p].needs;
        if (!policy_bit(&role->may, p) || task == POLICY_NONE || task == role->needs)
            continue;
        pen_str(pen, any ? "; " : "");
        words_one(pen, policy->tasks[task]);
        pen_str(pen, " is named");
        any = true;
        if (words_bits(&role->may, policy->purpose_count) > 1) {
            pen_str(pen, ", if it is ");
            words_said(pen, policy->purposes[p].says, policy->purposes[p].name);
        }
    }
    return any;
}

static void
role_limits(struct pen *pen, const struct policy_role *role)
{
    bool any = role_tasks(pen, role);
    int relation = policy_relation_find(pen->policy, role->over_relation);
    if (role->over == OVER_ALL) {
        pen_str(pen, any ? "" : "it is for that purpose");
        page_role_watched(pen, role);
        return;
    }
    pen_str(pen, any ? "; it is about " : "it is about ");
    if (relation != POLICY_NONE) {
        pen_str(pen, "somebody they are ");
        words_said(pen, pen->policy->relations[relation].says, role->over_relation);
        page_role_watched(pen, role);
        return;
    }
    if (role->over == OVER_SELF) {
        pen_str(pen, "the person who is signed in");
    } else if (role->over_relation.n == 0) {
        pen_str(pen, "their own people");
    } else {
        pen_str(pen, span_starts(role->over_relation, SPAN("own-")) ? "their " : "");
        words_name(pen, role->over_relation);
    }
    page_role_watched(pen, role);
}

static void
role_purposes(struct pen *pen, const struct policy_role *role)
{
    bool any = words_bits(&role->may, pen->policy->purpose_count) > 0;
    words_purposes(pen, &role->may);
    if (!role->may_rights)
        return;
    pen_str(pen, any ? "; " : "");
    pen->ops->link(pen, "section", SPAN("rights"), SPAN("to do what you ask for as your right"));
}

void
page_roles(struct pen *pen)
{
    static const char *const columns[] = {"Who", "For what", "Which data", "Only when"};
    pen->ops->para(pen, true);
    pen_str(pen, "Our server lets in nobody else: no other staff, no other programs, and not the "
                 "people who run it. It writes down each look in a book that nobody can change "
                 "unnoticed, and you can ask who looked at yours. ");
    if (pen->policy->recipient_count == 0)
        pen_str(pen, "No company outside is on the list, so the server has no way of passing your data on to one.");
    else
        pen_str(pen, "Who outside gets some of it stands in the next part.");
    pen->ops->para(pen, false);
    pen->ops->table(pen, "Who of us sees your data", columns, 4);
    for (int i = 0; i < pen->policy->role_count; i++) {
        const struct policy_role *role = &pen->policy->roles[i];
        pen->ops->row(pen, true);
        pen->ops->cell(pen, true);
        pen->capital = true;
        words_said(pen, role->says, role->name);
        pen->capital = false;
        if (role->says.n > 0) {
            pen_str(pen, " (in the book: ");
            pen_put(pen, role->name);
            pen_str(pen, role->kind == ROLE_STAFF ? ", people)" : ", a program)");
        } else {
            pen_str(pen, role->kind == ROLE_STAFF ? " (people)" : " (a program)");
        }
        pen->ops->cell(pen, false);
        pen->ops->cell(pen, true);
        role_purposes(pen, role);
        pen->ops->cell(pen, false);
        pen->ops->cell(pen, true);
        role_data(pen, role);
        pen->ops->cell(pen, false);
        pen->ops->cell(pen, true);
        role_limits(pen, role);
        pen->ops->cell(pen, false);
        pen->ops->row(pen, false);
    }
    pen->ops->table_end(pen);
}

/* --- how long -------------------------------------------------------------------- */

static bool
time_same(const struct policy_span_of_time *a, const struct policy_span_of_time *b)
{
    return a->years == b->years && a->months == b->months && a->days == b->days &&
           a->hours == b->hours && a->from_year_end == b->from_year_end && a->set == b->set;
}

/* "the day your account is closed": closed is always there, the others have words of their own or none. */
static void
event_put(struct pen *pen, int event)
{
    const struct policy *policy = pen->policy;
    struct span says = policy->event_says == NULL ? SPAN_NONE : policy->event_says[event];
    if (span_is(policy->events[event], "closed")) {
        pen_str(pen, "the day your account is closed");
    } else if (says.n > 0) {
        pen_str(pen, "the day ");
        words_said(pen, says, policy->events[event]);
    } else {
        pen_str(pen, "the day it is marked \xe2\x80\x9c");
        words_name(pen, policy->events[event]);
        pen_str(pen, "\xe2\x80\x9d");
    }
}

/* "8 years after the end of the year of the date of issue" */
static void
keep_from(struct pen *pen, const struct policy_keep *keep, bool year_end)
{
    const struct policy *policy = pen->policy;
    const struct policy_category *c = &policy->categories[keep->category];
    if (year_end)
        pen_str(pen, "the end of the calendar year of ");
    switch (keep->event) {
    case EVENT_COLLECTED:
        pen_str(pen, "the day we get it");
        break;
    case EVENT_CHANGED:
        pen_str(pen, "the last change to it");
        break;
    case EVENT_FIELD:
        pen_str(pen, "its ");
        for (int i = 0; i < c->field_count; i++)
            if (policy->fields[c->field_first + i].bit == keep->field)
                words_said(pen, policy->fields[c->field_first + i].says,
                           policy->fields[c->field_first + i].name);
        break;
    case EVENT_NAMED:
        event_put(pen, keep->named);
        break;
    case EVENT_WITHDRAWN:
        pen_str(pen, "the day you take back your consent (");
        words_said(pen, policy->purposes[keep->purpose].says, policy->purposes[keep->purpose].name);
        pen_str(pen, ")");
        break;
    }
}

static bool
time_zero(const struct policy_span_of_time *time)
{
    return !time->set || (time->years | time->months | time->days | time->hours) == 0;
}

static void
keep_time(struct pen *pen, const struct policy_keep *keep)
{
    const struct policy_span_of_time *most = keep->most.set ? &keep->most : &keep->least;
    bool both = keep->least.set && keep->most.set && !time_same(&keep->least, &keep->most);
    pen_str(pen, "We keep it until ");
    if (both) {
        pen_str(pen, "at least ");
        words_time(pen, &keep->least);
        pen_str(pen, " and at most ");
    }
    if (!time_zero(most)) {
        words_time(pen, most);
        pen_str(pen, " after ");
    }
    keep_from(pen, keep, most->from_year_end);
    pen_str(pen, ".");
    if (keep->holds)
        pen_str(pen, " While a law or an open case demands it, it is kept beyond that, locked away, for that alone.");
}

/* The row of the table, and the days on which it is the law. */
static void
law_cell(struct pen *pen, const struct policy_span_of_time *time)
{
    if (time->law.n == 0) {
        pen_str(pen, "our own choice");
        return;
    }
    pen_put(pen, time->law);
    if (time->law_from != 0) {
        pen_str(pen, ", since ");
        words_date(pen, time->law_from);
    }
    if (time->law_to != 0) {
        pen_str(pen, ", until ");
        words_date(pen, time->law_to);
    }
}

static void
keep_row(struct pen *pen, const struct policy_keep *keep)
{
    const struct policy_category *c = &pen->policy->categories[keep->category];
    const struct policy_span_of_time *by = keep->most.law.n > 0 ? &keep->most : &keep->least;
    pen->ops->row(pen, true);
    pen->ops->cell(pen, true);
    pen->capital = true;
    words_said(pen, c->says, c->name);
    pen->ops->cell(pen, false);
    pen->ops->cell(pen, true);
    keep_time(pen, keep);
    pen->ops->cell(pen, false);
    pen->ops->cell(pen, true);
    if (keep->depersonalise) {
        pen_str(pen, "we drop what points to you (");
        words_fields(pen, keep->category, keep->drop);
        pen_str(pen, "); the rest stays without a name");
        if (keep->k > 0) {
            pen_str(pen, ", and only what at least ");
            pen_u64(pen, (uint64_t)keep->k);
            pen_str(pen, " people share");
        }
    } else {
        pen_str(pen, "we erase it");
    }
    pen->ops->cell(pen, false);
    pen->ops->cell(pen, true);
    law_cell(pen, by);
    pen->ops->cell(pen, false);
    pen->ops->row(pen, false);
}

void
page_keeps(struct pen *pen)
{
    static const char *const columns[] = {"Data", "How long", "Then", "Set by"};
    pen->ops->para(pen, true);
    pen_str(pen, "When its time is over, it goes by itself; nobody has to remember it. If you have "
                 "told us to leave your data as they are, we wait until you lift that.");
    pen->ops->para(pen, false);
    pen->ops->table(pen, "How long we keep your data", columns, 4);
    for (int i = 0; i < pen->policy->keep_count; i++)
        keep_row(pen, &pen->policy->keeps[i]);
    pen->ops->table_end(pen);
    if (!pen->policy->backups.set)
        return;
    pen->ops->para(pen, true);
    pen_str(pen, "What is erased is gone from every backup within ");
    words_time(pen, &pen->policy->backups);
    pen_str(pen, ".");
    pen->ops->para(pen, false);
}
