/* On which grounds data are handed over. */
#include "policy/page_priv.h"

#include "policy/decide_priv.h"

bool
page_has_disclosure(const struct policy *policy)
{
    return policy->disclosure_set;
}

static void
ground_evidence(struct pen *pen, const struct policy_ground *row)
{
    static const char *const words[EVIDENCE_COUNT] = {
        [EVIDENCE_DOCUMENT] = SAY("the order or request in writing"), [EVIDENCE_LAW] = SAY("the law it rests on"),
        [EVIDENCE_SCOPE] = SAY("what exactly is asked for"), [EVIDENCE_REASONS] = SAY("our reasons in writing"),
        [EVIDENCE_INCIDENT] = SAY("the number of the incident or claim"), [EVIDENCE_CONSENT] = SAY("your consent"),
        [EVIDENCE_ORDER] = SAY("an open order of yours"), [EVIDENCE_MANDATE] = SAY("that who asks may ask for another")};
    bool any = false;
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if ((row->evidence >> i & 1) != 0) {
            words_also(pen, &any);
            pen_say(pen, words[i]);
        }
}

static void
deciders_put(struct pen *pen, const void *what, int64_t n)
{
    const struct policy_ground *row = what;
    (void)n;
    if (words_bits(&row->by, pen->policy->role_count) > 0)
        words_roles(pen, &row->by);
    else
        pen_say(pen, "nobody at present");
}

static void
ground_deciders(struct pen *pen, const struct policy_ground *row)
{
    struct say_part who = say_put("who", deciders_put, row, 0);
    if (row->approvals == 0)
        deciders_put(pen, row, 0);
    else
        pen_say(pen, "{who}, and [n: one other person|two other people] must agree", who, say_number("n", row->approvals));
    if (row->review.set) {
        pen_str(pen, "; ");
        pen_say(pen, "it is looked at again within {time}", say_time("time", &row->review));
    }
}

static const char *
notice_words(enum policy_notice notice)
{
    switch (notice) {
    case NOTICE_BEFORE:
        return SAY("you are told first");
    case NOTICE_AFTER_GAG:
        return SAY("you are told first, unless a dated order forbids it; then as soon as that order ends");
    case NOTICE_AFTER:
        return SAY("you are told afterwards");
    case NOTICE_NEVER:
        return SAY("you are not told, because the order forbids it");
    }
    return "";
}

static void
ground_row(struct pen *pen, const struct policy_ground *row)
{
    struct say_part says = say_own("ground", row->says, row->name);
    pen_row(pen);
    pen_cell(pen);
    pen->capital = true;
    if (row->binding)
        pen_say(pen, "{ground} (an order we may not refuse)", says);
    else
        words_said(pen, row->says, row->name);
    pen_cell(pen);
    ground_evidence(pen, row);
    pen_cell(pen);
    ground_deciders(pen, row);
    pen_cell(pen);
    pen_say(pen, notice_words(row->notice));
    if (row->counted) {
        pen_str(pen, "; ");
        pen_say(pen, "it is counted in public");
    }
}

/* --- what is narrower than the table ------------------------------------------ */

static void
grounds_put(struct pen *pen, const void *what, int64_t n)
{
    const struct policy_category *c = what;
    bool any = false;
    (void)n;
    for (int g = 0; g < pen->policy->ground_count; g++)
        if (policy_bit(&c->disclose, g)) {
            words_also(pen, &any);
            words_said(pen, pen->policy->grounds[g].says, pen->policy->grounds[g].name);
        }
}

static void
category_put(struct pen *pen, const struct policy_category *c)
{
    struct say_part data = say_own("data", c->says, c->name);
    pen->ops->item(pen, true);
    pen->capital = true;
    if (decide_closed(c))
        pen_say(pen, "{data}: never, since nobody here could hand it over", data);
    else if (c->disclose_never)
        pen_say(pen, "{data}: never, but on an order we may not refuse", data);
    else
        pen_say(pen, "{data}: only in these cases: {grounds}; or on an order we may not refuse", data,
                say_put("grounds", grounds_put, c, 0));
    pen->capital = false;
    pen->ops->item(pen, false);
}

static bool
is_narrow(const struct policy_category *c)
{
    return c->disclose_never || c->disclose_narrow || decide_closed(c);
}

static void
categories_put(struct pen *pen)
{
    const struct policy *policy = pen->policy;
    int open = 0;
    for (int i = 0; i < policy->category_count; i++) {
        if (!is_narrow(&policy->categories[i]))
            continue;
        if (open++ == 0) {
            words_para(pen, SAY("Some of it is opened to fewer of these, or to none:"));
            pen->ops->list(pen, true);
        }
        category_put(pen, &policy->categories[i]);
    }
    if (open > 0)
        pen->ops->list(pen, false);
}

void
page_disclosure(struct pen *pen)
{
    static const char *const columns[] = {SAY("When"), SAY("What has to lie there"), SAY("Who decides"),
                                          SAY("Whether you are told")};
    if (pen->policy->ground_count == 0) {
        words_para(pen, SAY("There is no ground on which we hand your data to somebody who asks for them."));
        return;
    }
    words_para(pen, SAY("Now and then somebody asks for what we know: a court, an authority, somebody with a claim. We hand "
                        "data over on these grounds and on no other, and no more of them than was asked for."));
    pen_table(pen, SAY("When we hand your data over"), columns, 4);
    for (int i = 0; i < pen->policy->ground_count; i++)
        ground_row(pen, &pen->policy->grounds[i]);
    pen_table_end(pen);
    categories_put(pen);
}
