/* Lines of what leaves the house: recipients, grounds, and what the head says of places. */
#include "policy/canonical_priv.h"

#include <stdlib.h>

static void
key_days(struct buf *out, const char *key, int64_t days)
{
    if (days != 0)
        buf_fmt(out, " %s=%lld", key, (long long)days);
}

/* "transport:3,at-rest:2": every level, in the order of the language. */
static void
controls_put(struct buf *out, const struct policy_controls *controls)
{
    for (int i = 0; i < CONTROL_COUNT; i++)
        buf_fmt(out, "%s%s:%d", i == 0 ? " controls=" : ",", policy_control_name((enum policy_control)i),
                controls->level[i]);
}

void
canonical_host(struct buf *out, const struct policy_host *host)
{
    key_text(out, "certificate", host->certificate);
    key_days(out, "from", host->from_days);
    key_days(out, "to", host->to_days);
}

void
canonical_head(struct lines *lines)
{
    const struct policy *p = lines->policy;
    struct buf *out = &lines->out;
    struct span *names = ARENA_ARRAY(lines->scratch, struct span, (size_t)p->sell_count + 1);
    if (names == NULL) {
        lines->full = true;
        return;
    }
    for (int i = 0; i < p->sell_count; i++)
        names[i] = p->sells[i];
    set_put(lines, "sells-to", names, (size_t)p->sell_count);
    buf_put(out, buf_span(&lines->line));
    lines->full = lines->full || !buf_ok(&lines->line);
    buf_reset(&lines->line);
    if (p->controls_set)
        controls_put(out, &p->controls);
    key_flag(out, "recipients", p->recipients_rule != 0);
    key_flag(out, "disclosure", p->disclosure_set);
}

void
canonical_offices(struct lines *lines)
{
    const struct policy *p = lines->policy;
    for (int i = 0; i < p->office_count; i++) {
        buf_str(&lines->out, "office");
        key_says(lines, &lines->out, "for", p->offices[i].whom);
        key_text(&lines->out, "address", p->offices[i].address);
        buf_char(&lines->out, '\n');
    }
}

static int
assurance_order(const void *a, const void *b)
{
    const struct policy_assurance *x = *(const struct policy_assurance *const *)a;
    const struct policy_assurance *y = *(const struct policy_assurance *const *)b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
    int order = n == 0 ? 0 : memcmp(x->name.p, y->name.p, n);
    if (order == 0)
        order = (x->name.n > y->name.n) - (x->name.n < y->name.n);
    if (order == 0)
        order = (x->from_days > y->from_days) - (x->from_days < y->from_days);
    return order != 0 ? order : (x->to_days > y->to_days) - (x->to_days < y->to_days);
}

static void
assurances_put(struct lines *lines, const struct policy_recipient *row)
{
    size_t n = (size_t)row->assurance_count, mark = arena_mark(lines->scratch);
    const struct policy_assurance **sorted = ARENA_ARRAY(lines->scratch, const struct policy_assurance *, n + 1);
    if (sorted == NULL) {
        lines->full = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = &row->assurances[i];
    if (n > 0)
        qsort(sorted, n, sizeof *sorted, assurance_order);
    for (size_t i = 0; i < n; i++) {
        buf_fmt(&lines->line, " assurance=%s:%lld:%lld", policy_assurance_name(sorted[i]->kind),
                (long long)sorted[i]->from_days, (long long)sorted[i]->to_days);
        key_text(&lines->line, "paper", sorted[i]->name);
        key_text(&lines->line, "evidence", sorted[i]->evidence);
    }
    arena_back(lines->scratch, mark);
}

static void
recipient_put(struct lines *lines, const struct policy_recipient *row)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    buf_fmt(line, "recipient %.*s role=%s", SPAN_FMT(row->name), policy_recipient_role_name(row->role));
    key_text(line, "name", row->legal_name);
    key_says(lines, line, "class", row->class);
    key_name(line, "country", row->country);
    key_says(lines, line, "task", row->task);
    masks_put(lines, "gets", row->gets);
    purposes_put(lines, "for", &row->purposes);
    controls_put(line, &row->controls);
    assurances_put(lines, row);
    key_days(line, "signed", row->signed_days);
    key_time(line, "keeps", &row->keeps);
    key_says(lines, line, "keeps-law", row->keeps_law);
    key_name(line, "erase-by", row->erase_by);
    key_time(line, "acknowledge", &row->acknowledge);
    key_text(line, "terms", row->terms_url);
    key_text(line, "opt-out", row->opt_out_url);
    key_name(line, "part-of", row->part_of == POLICY_NONE ? SPAN_NONE : p->recipients[row->part_of].name);
    line_end(lines);
}

static void
ground_put(struct lines *lines, const struct policy_ground *row)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    struct span names[LIMIT_POLICY_ROLES];
    size_t n = 0;
    buf_fmt(line, "disclosure %.*s approve=%d notice=%s", SPAN_FMT(row->name), row->approvals,
            policy_notice_name(row->notice));
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if ((row->evidence >> i & 1) != 0)
            names[n++] = span_str(policy_evidence_name((enum policy_evidence)i));
    set_put(lines, "evidence", names, n);
    n = 0;
    for (int i = 0; i < p->role_count; i++)
        if (policy_bit(&row->by, i))
            names[n++] = p->roles[i].name;
    set_put(lines, "by", names, n);
    key_flag(line, "binding", row->binding);
    key_flag(line, "counted", row->counted);
    key_time(line, "review", &row->review);
    key_says(lines, line, "says", row->says);
    line_end(lines);
}

void
canonical_out(struct lines *lines)
{
    const struct policy *p = lines->policy;
    for (int i = 0; i < p->recipient_count; i++)
        recipient_put(lines, &p->recipients[i]);
    section_end(lines, true);
    for (int i = 0; i < p->ground_count; i++)
        ground_put(lines, &p->grounds[i]);
    section_end(lines, true);
}

void
canonical_disclose(struct lines *lines, const struct policy_category *row)
{
    const struct policy *p = lines->policy;
    struct span names[LIMIT_POLICY_ROLES];
    size_t n = 0;
    for (int i = 0; i < p->ground_count; i++)
        if (policy_bit(&row->disclose, i))
            names[n++] = p->grounds[i].name;
    set_put(lines, "disclose", names, n);
}

void
canonical_cookie(struct lines *lines, const struct policy_cookie *row)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    key_name(line, "kind", row->kind == COOKIE_COOKIE ? SPAN_NONE : span_str(policy_cookie_kind_name(row->kind)));
    key_name(line, "by", row->by == POLICY_NONE ? SPAN_NONE : p->recipients[row->by].name);
    size_t mark = arena_mark(lines->scratch);
    struct span *names = ARENA_ARRAY(lines->scratch, struct span, (size_t)row->script_count + 1);
    if (names == NULL) {
        lines->full = true;
        return;
    }
    for (int i = 0; i < row->script_count; i++)
        names[i] = row->scripts[i];
    set_put(lines, "scripts", names, (size_t)row->script_count);
    arena_back(lines->scratch, mark);
    key_flag(line, "signal-off", row->signal_off);
}
