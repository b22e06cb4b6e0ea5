/* On which grounds data are handed over. */
#include "policy/page_priv.h"

#include "policy/decide_priv.h"

static void
cell(struct pen *pen, bool open)
{
    pen->ops->cell(pen, open);
}

static void
para(struct pen *pen, const char *s)
{
    pen->ops->para(pen, true);
    pen_str(pen, s);
    pen->ops->para(pen, false);
}

bool
page_has_disclosure(const struct policy *policy)
{
    return policy->disclosure_set;
}

static void
ground_evidence(struct pen *pen, const struct policy_ground *row)
{
    static const char *const words[EVIDENCE_COUNT] = {
        [EVIDENCE_DOCUMENT] = "the order or request in writing", [EVIDENCE_LAW] = "the law it rests on",
        [EVIDENCE_SCOPE] = "what exactly is asked for", [EVIDENCE_REASONS] = "our reasons in writing",
        [EVIDENCE_INCIDENT] = "the number of the incident or claim", [EVIDENCE_CONSENT] = "your consent",
        [EVIDENCE_ORDER] = "an open order of yours", [EVIDENCE_MANDATE] = "that who asks may ask for another"};
    bool any = false;
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if ((row->evidence >> i & 1) != 0) {
            pen_str(pen, any ? "; " : "");
            pen_str(pen, words[i]);
            any = true;
        }
}

static void
ground_deciders(struct pen *pen, const struct policy_ground *row)
{
    static const char *const others[] = {"", ", and one other person must agree", ", and two other people must agree"};
    if (words_bits(&row->by, pen->policy->role_count) > 0)
        words_roles(pen, &row->by);
    else
        pen_str(pen, "nobody at present");
    pen_str(pen, others[row->approvals]);
}

static const char *
notice_words(enum policy_notice notice)
{
    switch (notice) {
    case NOTICE_BEFORE: return "you are told first";
    case NOTICE_AFTER_GAG: return "you are told first, unless a dated order forbids it; then as soon as that order ends";
    case NOTICE_AFTER: return "you are told afterwards";
    case NOTICE_NEVER: return "you are not told, because the order forbids it";
    }
    return "";
}

static void
ground_row(struct pen *pen, const struct policy_ground *row)
{
    pen->ops->row(pen, true);
    cell(pen, true);
    pen->capital = true;
    words_said(pen, row->says, row->name);
    pen->capital = false;
    pen_str(pen, row->binding ? " (an order we may not refuse)" : "");
    cell(pen, false);
    cell(pen, true);
    ground_evidence(pen, row);
    cell(pen, false);
    cell(pen, true);
    ground_deciders(pen, row);
    if (row->review.set) {
        pen_str(pen, "; it is looked at again within ");
        words_time(pen, &row->review);
    }
    cell(pen, false);
    cell(pen, true);
    pen_str(pen, notice_words(row->notice));
    pen_str(pen, row->counted ? "; it is counted in public" : "");
    cell(pen, false);
    pen->ops->row(pen, false);
}

static void
category_item(struct pen *pen, const struct policy_category *c, const char *s)
{
    pen->ops->item(pen, true);
    pen->capital = true;
    words_said(pen, c->says, c->name);
    pen->capital = false;
    pen_str(pen, s);
}

/* What of it is narrower than the table. */
static void
categories_put(struct pen *pen)
{
    const struct policy *policy = pen->policy;
    bool open = false;
    for (int i = 0; i < policy->category_count; i++) {
        const struct policy_category *c = &policy->categories[i];
        if (!c->disclose_never && !c->disclose_narrow && !decide_closed(c))
            continue;
        if (!open) {
            para(pen, "Some of it is opened to fewer of these, or to none:");
            pen->ops->list(pen, true);
            open = true;
        }
        if (decide_closed(c)) {
            category_item(pen, c, ": never, since nobody here could hand it over");
        } else if (c->disclose_never) {
            category_item(pen, c, ": never, but on an order we may not refuse");
        } else {
            int n = words_bits(&c->disclose, policy->ground_count), at = 0;
            category_item(pen, c, ": only when ");
            for (int g = 0; g < policy->ground_count; g++)
                if (policy_bit(&c->disclose, g)) {
                    pen_str(pen, at == 0 ? "" : at + 1 == n ? "; or " : "; ");
                    at++;
                    words_said(pen, policy->grounds[g].says, policy->grounds[g].name);
                }
            pen_str(pen, "; or on an order we may not refuse");
        }
        pen->ops->item(pen, false);
    }
    if (open)
        pen->ops->list(pen, false);
}

void
page_disclosure(struct pen *pen)
{
    static const char *const columns[] = {"When", "What has to lie there", "Who decides", "Whether you are told"};
    if (pen->policy->ground_count == 0) {
        para(pen, "There is no ground on which we hand your data to somebody who asks for them.");
        return;
    }
    para(pen, "Now and then somebody asks for what we know: a court, an authority, somebody with a claim. We hand data over "
              "on these grounds and on no other, and no more of them than was asked for.");
    pen->ops->table(pen, "When we hand your data over", columns, 4);
    for (int i = 0; i < pen->policy->ground_count; i++)
        ground_row(pen, &pen->policy->grounds[i]);
    pen->ops->table_end(pen);
    categories_put(pen);
}
