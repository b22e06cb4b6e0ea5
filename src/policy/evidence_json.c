#include "policy/evidence_priv.h"
#include "wire/json.h"

static void
state_json(struct json_out *out, enum evidence_state state)
{
    json_kv_str(out, "state", evidence_code(state));
}

static void
says_json(const struct evidence *e, int rule, int item, struct json_out *out)
{
    char text[EVIDENCE_SENTENCE];
    struct buf said;
    buf_init(&said, text, sizeof text);
    if (rule >= 0)
        evidence_say_rule(e, rule, &said);
    else
        evidence_say_item(e, (enum evidence_item)item, &said);
    json_kv_text(out, "says", buf_span(&said));
}

static void
time_json(struct json_out *out, const char *key, int64_t us)
{
    if (us != 0)
        json_kv_time(out, key, us);
}

static void
figures_json(const struct evidence *e, int rule, struct json_out *out)
{
    const struct evidence_rule *facts = &e->facts->rules[rule];
    int index = e->what[rule].index;
    json_kv_u64(out, "allowed", facts->allowed);
    json_kv_u64(out, "refused", facts->refused);
    json_kv_u64(out, "nothing", facts->nothing);
    json_kv_u64(out, "before", facts->before);
    time_json(out, "first", facts->first_us);
    time_json(out, "last", facts->last_us);
    if (e->what[rule].kind == OWES_SWEEP) {
        const struct evidence_category *of = &e->facts->categories[index];
        json_kv_u64(out, "ended", facts->ended);
        json_kv_u64(out, "held", facts->held);
        json_kv_u64(out, "overdue", of->overdue);
        time_json(out, "overdue-since", of->overdue_us);
        json_kv_u64(out, "unended", of->unended);
    }
    if (e->what[rule].kind == OWES_PURPOSE || e->what[rule].kind == OWES_CONSENT) {
        const struct evidence_purpose *of = &e->facts->purposes[index];
        json_kv_u64(out, "used", of->used);
        json_kv_u64(out, "consents-given", of->given);
        json_kv_u64(out, "consents-withdrawn", of->withdrawn);
    }
}

static void
rule_json(const struct evidence *e, int rule, struct json_out *out)
{
    json_begin(out, '{');
    json_kv_text(out, "rule", e->policy->rules[rule].name);
    state_json(out, e->rules[rule]);
    says_json(e, rule, 0, out);
    if (!e->coarse)
        figures_json(e, rule, out);
    json_kv_str(out, "covered-by", evidence_covers(e, rule));
    json_end(out, '}');
}

static void
addresses_json(const struct evidence *e, const int *rules, int count, struct json_out *out)
{
    json_key(out, "rules");
    json_begin(out, '[');
    for (int i = 0; i < count; i++)
        json_text(out, e->policy->rules[rules[i]].name);
    json_end(out, ']');
}

static void
clauses_json(const struct evidence *e, struct json_out *out)
{
    json_key(out, "clauses");
    json_begin(out, '[');
    for (int i = 0; i < e->policy->clause_count; i++) {
        const struct policy_clause *clause = &e->policy->clauses[i];
        json_begin(out, '{');
        json_kv_text(out, "clause", clause->id);
        state_json(out, e->clauses[i]);
        json_kv_text(out, "text", clause->says);
        addresses_json(e, clause->kept_by, clause->kept_by_count, out);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
promises_json(const struct evidence *e, struct json_out *out)
{
    json_key(out, "promises");
    json_begin(out, '[');
    for (int i = 0; i < e->policy->promise_count; i++) {
        const struct policy_promise *promise = &e->policy->promises[i];
        const struct promise_row *row = promise_find(promise->id);
        json_begin(out, '{');
        json_kv_text(out, "promise", promise->id);
        if (row != NULL)
            json_kv_str(out, "says", row->says);
        addresses_json(e, promise->rules, promise->rule_count, out);
        json_key(out, "tests");
        json_begin(out, '[');
        for (size_t k = 0; row != NULL && k < row->test_count; k++) {
            json_begin(out, '{');
            json_kv_str(out, "name", row->tests[k].name);
            json_kv_str(out, "in", row->tests[k].where);
            json_end(out, '}');
        }
        json_end(out, ']');
        json_end(out, '}');
    }
    json_end(out, ']');
    json_key(out, "unproven");
    json_begin(out, '[');
    for (int i = 0; i < e->policy->unproven_count; i++) {
        json_begin(out, '{');
        json_kv_text(out, "id", e->policy->unproven[i].id);
        json_kv_text(out, "says", e->policy->unproven[i].says);
        json_kv_text(out, "why", e->policy->unproven[i].why);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
head_json(const struct evidence *e, struct json_out *out)
{
    const struct evidence_facts *facts = e->facts;
    json_kv_bool(out, "whole", e->whole);
    json_kv_text(out, "policy", e->policy->id);
    json_kv_u64(out, "version", (uint64_t)(e->policy->version < 0 ? 0 : e->policy->version));
    json_kv_hex(out, "hash", e->policy->hash, sizeof e->policy->hash);
    json_kv_text(out, "ledger", facts->origin);
    if (!e->coarse) {
        json_kv_time(out, "time", facts->now_us);
        time_json(out, "in-force-here", facts->activated_us);
        time_json(out, "swept", facts->swept_us);
        json_kv_u64(out, "lines", facts->size + facts->waiting);
        json_kv_u64(out, "counted", facts->counted);
        json_kv_u64(out, "signed", facts->signed_size);
    }
}

void
evidence_json(const struct evidence *e, struct buf *to)
{
    static const char *const names[ITEM_COUNT] = {"page", "newest", "ledger", "signed", "counted", "sweep"};
    struct json_out out;
    json_out_init(&out, to);
    json_begin(&out, '{');
    head_json(e, &out);
    json_key(&out, "server");
    json_begin(&out, '[');
    for (int i = 0; i < ITEM_COUNT; i++) {
        json_begin(&out, '{');
        json_kv_str(&out, "what", names[i]);
        state_json(&out, e->items[i]);
        says_json(e, POLICY_NONE, i, &out);
        json_end(&out, '}');
    }
    json_end(&out, ']');
    clauses_json(e, &out);
    json_key(&out, "rules");
    json_begin(&out, '[');
    for (int i = 1; i < e->policy->rule_count; i++)
        rule_json(e, i, &out);
    json_end(&out, ']');
    promises_json(e, &out);
    json_end(&out, '}');
    buf_char(to, '\n');
}
