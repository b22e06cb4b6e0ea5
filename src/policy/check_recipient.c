/* Who else gets data, looked at across sections. What could never be sent is a warning; what must not be is a fault. */
#include "policy/compile_priv.h"

#include "policy/decide_priv.h"

enum { ENDING_DAYS = 60 };

/* One recipient, with what its purposes use, one mask for each category. */
struct given {
    struct draft *draft;
    const struct policy_recipient *row;
    const struct node *node;
    const uint64_t *used;
    int64_t today;       /* or the day it is in force from, where that is later */
    bool own_day;        /* nobody asks about today: what begins later is there */
};

/* The place of a key, or of the recipient where the key is not there. */
static struct place
key_place(const struct given *g, const char *key)
{
    const struct node *node = map_get(g->node, key);
    return node_place(node == NULL ? g->node : node);
}

/* --- what it rests on ------------------------------------------------------------ */

static bool
holds(const struct given *g, const struct policy_assurance *row, int64_t day)
{
    return row->from_days != 0 && (g->own_day || row->from_days <= day) && (row->to_days == 0 || day <= row->to_days);
}

static bool
same_paper(const struct policy_assurance *a, const struct policy_assurance *b)
{
    return a->kind == b->kind && span_eq(a->name, b->name);
}

static struct span
paper_name(const struct policy_assurance *row)
{
    return row->name.n > 0 ? shown(row->name) : span_str(policy_assurance_name(row->kind));
}

/* Whether a row of the same paper holds on the day. */
static bool
renewed(const struct given *g, int i, int64_t day)
{
    const struct policy_recipient *r = g->row;
    for (int j = 0; j < r->assurance_count; j++)
        if (same_paper(&r->assurances[i], &r->assurances[j]) && holds(g, &r->assurances[j], day))
            return true;
    return false;
}

/* The rows are the maps of the list, in its order. */
static struct place
paper_place(const struct given *g, int i)
{
    const struct node *node = map_get(g->node, "assurances")->first;
    for (; node != NULL && (node->shape != NODE_MAP || i-- > 0);)
        node = node->next;
    return node == NULL ? key_place(g, "assurances") : node->at;
}

static void
assurance_check(const struct given *g, int i)
{
    const struct policy_assurance *row = &g->row->assurances[i];
    if (row->from_days == 0)
        return; /* told */
    for (int j = 0; j < i; j++)
        if (same_paper(row, &g->row->assurances[j]))
            return; /* told at the first row of it */
    struct place at = paper_place(g, i);
    struct span paper = paper_name(row);
    if (!renewed(g, i, g->today)) {
        fault_warn(g->draft->reader, at, "assurance-over", "`%.*s` of `%.*s` does not hold today, so nothing is sent there",
                   SPAN_FMT(paper), SPAN_FMT(g->row->name));
        fault_mend(g->draft->reader, "add the new one, or leave it out if the recipient does not rest on it any more");
    } else if (!renewed(g, i, g->today + ENDING_DAYS)) {
        fault_warn(g->draft->reader, at, "assurance-ending", "`%.*s` of `%.*s` ends within %d days",
                   SPAN_FMT(paper), SPAN_FMT(g->row->name), ENDING_DAYS);
        fault_mend(g->draft->reader, "add its renewal as a row of its own; without one, nothing is sent from then on");
    }
}

static void
assurances_check(const struct given *g)
{
    const struct policy_recipient *r = g->row;
    bool opened = false, dpa = false, unsure = g->today == 0;
    for (int i = 0; i < r->assurance_count; i++) {
        const struct policy_assurance *row = &r->assurances[i];
        unsure = unsure || row->from_days == 0;
        opened = opened || (decide_opens_abroad(row->kind) && holds(g, row, g->today));
        dpa = dpa || (row->kind == ASSURANCE_DPA && holds(g, row, g->today));
    }
    if (unsure)
        return; /* a day that cannot be read is told */
    if (r->abroad && !opened) {
        fault(g->draft->reader, key_place(g, "assurances"), "assurance-missing",
              "`%.*s` is in %.*s, outside the European Economic Area, and nothing that holds today opens the way there",
              SPAN_FMT(r->name), SPAN_FMT(r->country));
        fault_mend(g->draft->reader, "name what does: adequacy, clauses, binding-rules, certificate or code, with its days and its paper");
        return;
    }
    if (r->role == RECIPIENT_PROCESSOR && !dpa) {
        fault(g->draft->reader, key_place(g, "assurances"), "dpa-missing",
              "`%.*s` works for us without a contract of Art. 28 that holds today", SPAN_FMT(r->name));
        fault_mend(g->draft->reader, "add to `assurances`: {kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: contracts/%.*s.pdf}",
                   SPAN_FMT(r->name));
        return;
    }
    for (int i = 0; i < r->assurance_count && !g->own_day; i++)
        assurance_check(g, i);
}

/* Each safeguard by itself: a stronger one does not make up for a weaker one. */
static void
controls_check(const struct given *g)
{
    const struct policy *p = g->draft->policy;
    char text[300];
    struct buf weak;
    buf_init(&weak, text, sizeof text);
    for (int i = 0; i < CONTROL_COUNT; i++)
        if (g->row->controls.level[i] < p->controls.level[i])
            buf_fmt(&weak, "%s%s (%d, ours is %d)", weak.n > 0 ? ", " : "", policy_control_name((enum policy_control)i),
                    g->row->controls.level[i], p->controls.level[i]);
    if (weak.n == 0 || g->row->role == RECIPIENT_AUTHORITY)
        return;
    fault(g->draft->reader, key_place(g, "controls"), "controls-weaker", "`%.*s` is weaker than we are in %.*s",
          SPAN_FMT(g->row->name), SPAN_FMT(buf_span(&weak)));
    fault_mend(g->draft->reader, "nobody gets data who keeps them less safe than we do; raise theirs, or leave it out");
}

/* --- what it gets ------------------------------------------------------------------- */

static struct span
first_field(const struct policy *p, int category, uint64_t mask)
{
    return p->fields[p->categories[category].field_first + __builtin_ctzll(mask)].full_name;
}

static void
gets_check(const struct given *g)
{
    const struct policy *p = g->draft->policy;
    bool unused = false;
    for (int c = 0; c < p->category_count; c++) {
        const struct policy_category *category = &p->categories[c];
        uint64_t kept = g->row->gets[c] & category->readable, idle = kept & ~g->used[c];
        bool closed = decide_closed(category);
        if (kept != 0 && (closed || (category->disclose_never && g->row->role != RECIPIENT_PROCESSOR))) {
            fault(g->draft->reader, key_place(g, "gets"), "gets-closed",
                  closed ? "`%.*s` gets `%.*s`, which nobody here could hand on"
                         : "`%.*s` gets `%.*s`, which is never opened to outsiders",
                  SPAN_FMT(g->row->name), SPAN_FMT(category->name));
            fault_mend(g->draft->reader, closed ? "only what passes through (store: never, to: %.*s) can leave there"
                                                : "only a processor may hold such for us; `%.*s` is none",
                       SPAN_FMT(g->row->name));
        } else if (idle != 0 && !unused) {
            unused = true;
            fault(g->draft->reader, key_place(g, "gets"), "gets-unused", "`%.*s` gets `%.*s`, which none of its purposes uses",
                  SPAN_FMT(g->row->name), SPAN_FMT(first_field(p, c, idle)));
            fault_mend(g->draft->reader, "add the purpose that needs it to `for`, or do not give it");
        }
    }
}

static bool
sent_by_somebody(const struct draft *draft, const struct policy_recipient *r)
{
    const struct policy *p = draft->policy;
    for (int i = 0; i < p->cookie_count; i++)
        if (p->cookies[i].by == (int)(r - p->recipients))
            return true; /* it gets them straight from the browser */
    for (int i = 0; i < p->purpose_count; i++)
        for (int role = 0; policy_bit(&r->purposes, i) && role < p->role_count; role++)
            if (policy_bit(&p->roles[role].may, i))
                return true;
    return false;
}

static void
purposes_check(const struct given *g)
{
    const struct policy *p = g->draft->policy;
    struct reader *reader = g->draft->reader;
    bool any = false;
    for (int i = 0; i < p->purpose_count; i++) {
        const struct policy_purpose *purpose = &p->purposes[i];
        if (!policy_bit(&g->row->purposes, i))
            continue;
        any = true;
        if (purpose->aggregate_only) {
            fault_warn(reader, key_place(g, "for"), "for-totals", "`%.*s` looks at totals only, so nothing of one person is sent to `%.*s` for it",
                       SPAN_FMT(purpose->name), SPAN_FMT(g->row->name));
            fault_mend(reader, "leave the purpose out of `for`");
        }
        if (g->row->role == RECIPIENT_AUTHORITY && map_get(g->draft->purposes.nodes[i], "basis") != NULL &&
            purpose->basis != BASIS_LEGAL_OBLIGATION && purpose->basis != BASIS_PUBLIC_INTEREST &&
            purpose->basis != BASIS_VITAL_INTERESTS) {
            fault(reader, key_place(g, "for"), "authority-basis", "an authority gets data by law, and `%.*s` rests on %s",
                  SPAN_FMT(purpose->name), policy_basis_name(purpose->basis));
            fault_mend(reader, "what an authority asks for in a single case is a ground of `disclosure`");
        }
    }
    if (any && !sent_by_somebody(g->draft, g->row)) {
        fault_warn(reader, node_place(g->node), "recipient-idle", "no role may any purpose that `%.*s` gets data for",
                   SPAN_FMT(g->row->name));
        fault_mend(reader, "let a role work for one of them, or leave the recipient out");
    }
    /* An authority signs nothing, and a successor is named before there is one. */
    bool signs = g->row->role != RECIPIENT_AUTHORITY && g->row->role != RECIPIENT_SUCCESSOR;
    if (g->row->signed_days == 0 && map_get(g->node, "signed") == NULL && signs) {
        fault_warn(reader, node_place(g->node), "recipient-unsigned", "`%.*s` has signed no terms, so nothing is sent there",
                   SPAN_FMT(g->row->name));
        fault_mend(reader, "add the day they were signed: signed: 2025-12-10");
    }
}

/* A sub-processor works within what its processor does for us (Art. 28(4)). */
static void
part_check(const struct given *g)
{
    const struct policy *p = g->draft->policy;
    const struct policy_recipient *r = g->row, *whole = &p->recipients[r->part_of];
    struct reader *reader = g->draft->reader;
    struct place at = key_place(g, "part-of");
    if (r->role != RECIPIENT_PROCESSOR || whole->role != RECIPIENT_PROCESSOR) {
        fault(reader, at, "part-of-role", "only a processor works for a processor of ours");
        fault_mend(reader, "role: processor for both, or leave `part-of` out");
        return;
    }
    for (int c = 0; c < p->category_count; c++) {
        uint64_t more = r->gets[c] & p->categories[c].readable & ~whole->gets[c];
        if (more == 0)
            continue;
        fault(reader, at, "part-of-more", "`%.*s` gets `%.*s`, which `%.*s`, for whom it works, does not get",
              SPAN_FMT(r->name), SPAN_FMT(first_field(p, c, more)), SPAN_FMT(whole->name));
        return;
    }
    for (int i = 0; i < p->purpose_count; i++)
        if (policy_bit(&r->purposes, i) && !policy_bit(&whole->purposes, i)) {
            fault(reader, at, "part-of-more", "`%.*s` works for `%.*s`, and `%.*s`, for whom it works, does not",
                  SPAN_FMT(r->name), SPAN_FMT(p->purposes[i].name), SPAN_FMT(whole->name));
            return;
        }
}

/* Whether all a purpose uses is known; where a word of it is a slip, that is told. */
static bool
uses_sure(const struct draft *draft, int purpose)
{
    const struct node *uses = map_get(draft->purposes.nodes[purpose], "uses");
    if (uses == NULL || uses->shape != NODE_LIST || uses->count == 0)
        return false;
    for (const struct node *one = uses->first; one != NULL; one = one->next)
        if (policy_category_find(draft->policy, one->text) == POLICY_NONE &&
            policy_field_find(draft->policy, one->text) == POLICY_NONE)
            return false;
    return true;
}

void
check_recipient(struct draft *draft, int i, uint64_t *used)
{
    const struct policy *p = draft->policy;
    int64_t today = draft->reader->today_days > p->in_force_days ? draft->reader->today_days : p->in_force_days;
    struct given g = {draft, &p->recipients[i], draft->recipients.nodes[i], used, today, draft->reader->own_day};
    if (g.node->shape != NODE_MAP)
        return; /* told */
    bool any = false;
    memset(used, 0, sizeof *used * (size_t)p->category_count);
    for (int purpose = 0; purpose < p->purpose_count; purpose++)
        for (int c = 0; policy_bit(&g.row->purposes, purpose) && c < p->category_count; c++) {
            used[c] |= p->purposes[purpose].uses[c];
            any = true;
        }
    for (int purpose = 0; any && purpose < p->purpose_count; purpose++)
        any = !policy_bit(&g.row->purposes, purpose) || uses_sure(draft, purpose);
    assurances_check(&g);
    controls_check(&g);
    if (any) /* else that is told, and nobody knows what is used */
        gets_check(&g);
    purposes_check(&g);
    if (g.row->part_of != POLICY_NONE)
        part_check(&g);
}
