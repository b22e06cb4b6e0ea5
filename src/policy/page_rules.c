#include "policy/page_priv.h"

/* --- what we use it for ------------------------------------------------------ */

static const char *
channel_says(struct span channel)
{
    static const struct {
        const char *name, *says;
    } rows[] = {{"email", SAY("it reaches you by e-mail")},
                {"post", SAY("it reaches you by post")},
                {"phone", SAY("it reaches you by phone")},
                {"sms", SAY("it reaches you by text message")},
                {"app", SAY("it reaches you in the app")}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (span_is(channel, rows[i].name))
            return rows[i].says;
    return NULL;
}

static void
purpose_limits(struct pen *pen, const struct policy_purpose *p)
{
    const char *channel = channel_says(p->channel);
    if (p->needs == POLICY_NONE && !p->double_opt_in && !p->aggregate_only && channel == NULL)
        return;
    words_lead(pen, SAY("Within these limits:"));
    bool any = false;
    if (p->needs != POLICY_NONE) {
        words_also(pen, &any);
        pen_say(pen, "only while working on {task:a} that is written down",
                say_own("task", SPAN_NONE, pen->policy->tasks[p->needs]));
    }
    if (p->double_opt_in) {
        words_also(pen, &any);
        pen_say(pen, "you confirm once more before it begins");
    }
    if (p->aggregate_only) {
        words_also(pen, &any);
        pen_say(pen, "only as totals over many people, never you alone");
    }
    if (channel != NULL) {
        words_also(pen, &any);
        pen_say(pen, channel);
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
    words_lead(pen, SAY("Why we may:"));
    pen_say(pen, "{basis} ({article})", say_sentence("basis", words_basis(p->basis)),
            say_sentence("article", words_article(p->basis)));
    pen->ops->item(pen, false);
    words_lead(pen, SAY("Data used:"));
    if (!words_uses(pen, p->uses))
        pen_say(pen, "none");
    pen->ops->item(pen, false);
    purpose_limits(pen, p);
    words_lead(pen, SAY("Who does it:"));
    if (words_bits(&who, pen->policy->role_count) > 0)
        words_roles(pen, &who);
    else
        pen_say(pen, "nobody at present");
    pen->ops->item(pen, false);
    pen->ops->list(pen, false);
}

void
page_purposes(struct pen *pen)
{
    words_para(pen, SAY("We use what we know about you for these things and for nothing else. Our server "
                 "asks for the purpose each time, and refuses when it is not on this list."));
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
        words_also(pen, &any);
        if (seen == whole)
            words_category(pen, c);
        else
            pen_say(pen, "{data} (only {fields})",
                    say_own("data", policy->categories[c].says, policy->categories[c].name), say_fields("fields", c, seen));
    }
    if (role->may_rights) {
        words_also(pen, &any);
        pen_say(pen, "everything about the person who asks");
    } else if (!any) {
        pen_say(pen, "nothing about one person");
    }
}

/* The task a role needs, then those its purposes need besides. */
static bool
role_tasks(struct pen *pen, const struct policy_role *role)
{
    const struct policy *policy = pen->policy;
    bool any = false, several = words_bits(&role->may, policy->purpose_count) > 1;
    if (role->needs != POLICY_NONE) {
        words_also(pen, &any);
        pen_say(pen, "{task:a} is named", say_own("task", SPAN_NONE, policy->tasks[role->needs]));
    } else if (role->needs_any_task) {
        words_also(pen, &any);
        pen_say(pen, "the piece of work is named");
    }
    for (int p = 0; p < policy->purpose_count; p++) {
        int task = policy->purposes[p].needs;
        if (!policy_bit(&role->may, p) || task == POLICY_NONE || task == role->needs)
            continue;
        words_also(pen, &any);
        if (several)
            pen_say(pen, "{task:a} is named, if it is {purpose}", say_own("task", SPAN_NONE, policy->tasks[task]),
                    say_own("purpose", policy->purposes[p].says, policy->purposes[p].name));
        else
            pen_say(pen, "{task:a} is named", say_own("task", SPAN_NONE, policy->tasks[task]));
    }
    return any;
}

/* over: own-class */
static void
role_own(struct pen *pen, struct span name)
{
    const struct policy *policy = pen->policy;
    for (int i = 0; i < policy->organisation_count; i++)
        if (span_eq(policy->organisations[i].name, name)) {
            pen_say(pen, "it is about people they are responsible for ({organisation})",
                    say_own("organisation", policy->organisations[i].says, name));
            return;
        }
    pen_say(pen, "it is about people they are responsible for ({organisation})",
            say_own("organisation", SPAN_NONE, name));
}

static void
role_limits(struct pen *pen, const struct policy_role *role)
{
    bool any = role_tasks(pen, role);
    int relation = policy_relation_find(pen->policy, role->over_relation);
    if (role->over == OVER_ALL && !any)
        pen_say(pen, "it is for that purpose");
    else if (role->over != OVER_ALL)
        words_also(pen, &any);
    if (role->over == OVER_ALL)
        ; /* for everybody */
    else if (relation != POLICY_NONE)
        pen_say(pen, "it is about somebody they are {relation}",
                say_own("relation", pen->policy->relations[relation].says, role->over_relation));
    else if (role->over == OVER_SELF)
        pen_say(pen, "it is about the person who is signed in");
    else if (span_starts(role->over_relation, SPAN("own-")))
        role_own(pen, span_sub(role->over_relation, 4, SIZE_MAX));
    else
        pen_say(pen, "it is about people they are responsible for");
    page_role_watched(pen, role);
}

static void
role_purposes(struct pen *pen, const struct policy_role *role)
{
    bool any = words_bits(&role->may, pen->policy->purpose_count) > 0;
    words_purposes(pen, &role->may);
    if (!role->may_rights)
        return;
    words_also(pen, &any);
    pen_say(pen, "{rights}", say_link("rights", "section", SPAN("rights"), SAY("to do what you ask for as your right")));
}

/* What it is called on this page, and in the book of deeds. */
static void
role_name(struct pen *pen, const struct policy_role *role)
{
    struct say_part says = say_own("role", role->says, role->name), name = say_text("name", role->name);
    pen->capital = true;
    if (role->says.n == 0 && role->kind == ROLE_STAFF)
        pen_say(pen, "{role} (people)", says);
    else if (role->says.n == 0)
        pen_say(pen, "{role} (a program)", says);
    else if (role->kind == ROLE_STAFF)
        pen_say(pen, "{role} (in the book: {name}, people)", says, name);
    else
        pen_say(pen, "{role} (in the book: {name}, a program)", says, name);
}

void
page_roles(struct pen *pen)
{
    static const char *const columns[] = {SAY("Who"), SAY("For what"), SAY("Which data"), SAY("Only when")};
    words_para(pen, SAY("Our server lets in nobody but those who stand here: no other staff, no other programs, and not the "
                        "people who run it. It writes down each look in a book that nobody can change "
                        "unnoticed, and you can ask who looked at yours."));
    if (pen->policy->recipient_count > 0)
        words_para(pen, SAY("Who outside gets some of it stands in the next part."));
    pen_table(pen, SAY("Who of us sees your data"), columns, 4);
    for (int i = 0; i < pen->policy->role_count; i++) {
        const struct policy_role *role = &pen->policy->roles[i];
        pen_row(pen);
        pen_cell(pen);
        role_name(pen, role);
        pen_cell(pen);
        role_purposes(pen, role);
        pen_cell(pen);
        role_data(pen, role);
        pen_cell(pen);
        role_limits(pen, role);
    }
    pen_table_end(pen);
}
