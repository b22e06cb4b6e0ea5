/* What leaves the house, as JSON. */
#include "policy/page_json_priv.h"

/* Nothing when there is no such day. */
static void
kv_day(struct json_out *out, const char *key, int64_t days)
{
    if (days != 0)
        kv_date(out, key, days);
}

void
json_host(struct json_out *out, const struct policy_host *host)
{
    kv_name(out, "certificate", host->certificate);
    kv_day(out, "from", host->from_days);
    kv_day(out, "to", host->to_days);
}

void
json_disclose(struct json_out *out, const struct policy *policy, const struct policy_category *category)
{
    json_key(out, "disclose");
    json_begin(out, '[');
    for (int i = 0; i < policy->ground_count; i++)
        if (policy_bit(&category->disclose, i))
            json_text(out, policy->grounds[i].name);
    json_end(out, ']');
}

void
json_cookie(struct json_out *out, const struct policy *policy, const struct policy_cookie *cookie)
{
    json_kv_str(out, "kind", policy_cookie_kind_name(cookie->kind));
    if (cookie->by != POLICY_NONE)
        json_kv_text(out, "by", policy->recipients[cookie->by].name);
    json_key(out, "scripts");
    json_begin(out, '[');
    for (int i = 0; i < cookie->script_count; i++)
        json_text(out, cookie->scripts[i]);
    json_end(out, ']');
    json_kv_bool(out, "signal_off", cookie->signal_off);
}

static void
controls_put(struct json_out *out, const struct policy_controls *controls)
{
    json_key(out, "controls");
    json_begin(out, '{');
    for (int i = 0; i < CONTROL_COUNT; i++)
        json_kv_u64(out, policy_control_name((enum policy_control)i), controls->level[i]);
    json_end(out, '}');
}

/* Where the papers lie is nobody else's business. */
static void
assurance_put(struct json_out *out, const struct policy_assurance *row)
{
    json_begin(out, '{');
    json_kv_str(out, "kind", policy_assurance_name(row->kind));
    kv_name(out, "name", row->name);
    kv_day(out, "from", row->from_days);
    kv_day(out, "to", row->to_days);
    json_end(out, '}');
}

static void
recipient_put(struct json_out *out, const struct policy *policy, const struct policy_recipient *row)
{
    json_begin(out, '{');
    json_kv_text(out, "name", row->name);
    json_kv_text(out, "legal_name", row->legal_name);
    json_kv_text(out, "class", row->class);
    json_kv_text(out, "country", row->country);
    json_kv_str(out, "role", policy_recipient_role_name(row->role));
    json_kv_text(out, "task", row->task);
    kv_masks(out, "gets", policy, row->gets);
    kv_purposes(out, "for", policy, &row->purposes);
    controls_put(out, &row->controls);
    json_key(out, "assurances");
    json_begin(out, '[');
    for (int i = 0; i < row->assurance_count; i++)
        assurance_put(out, &row->assurances[i]);
    json_end(out, ']');
    kv_day(out, "signed", row->signed_days);
    kv_time(out, "keeps", &row->keeps);
    kv_name(out, "keeps_law", row->keeps_law);
    kv_name(out, "erase_by", row->erase_by);
    kv_time(out, "acknowledge", &row->acknowledge);
    kv_name(out, "terms", row->terms_url);
    kv_name(out, "opt_out", row->opt_out_url);
    if (row->part_of != POLICY_NONE)
        json_kv_text(out, "part_of", policy->recipients[row->part_of].name);
    json_end(out, '}');
}

static void
ground_put(struct json_out *out, const struct policy *policy, const struct policy_ground *row)
{
    json_begin(out, '{');
    json_kv_text(out, "name", row->name);
    json_kv_text(out, "says", row->says);
    json_key(out, "evidence");
    json_begin(out, '[');
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if ((row->evidence >> i & 1) != 0)
            json_text(out, span_str(policy_evidence_name((enum policy_evidence)i)));
    json_end(out, ']');
    json_kv_u64(out, "approve", (uint64_t)row->approvals);
    json_key(out, "by");
    json_begin(out, '[');
    for (int i = 0; i < policy->role_count; i++)
        if (policy_bit(&row->by, i))
            json_text(out, policy->roles[i].name);
    json_end(out, ']');
    json_kv_str(out, "notice", policy_notice_name(row->notice));
    json_kv_bool(out, "binding", row->binding);
    json_kv_bool(out, "counted", row->counted);
    kv_time(out, "review", &row->review);
    json_end(out, '}');
}

void
json_out_sections(struct json_out *out, const struct policy *policy)
{
    json_key(out, "recipients");
    json_begin(out, '[');
    for (int i = 0; i < policy->recipient_count; i++)
        recipient_put(out, policy, &policy->recipients[i]);
    json_end(out, ']');
    json_kv_bool(out, "disclosure_closed", policy->disclosure_set);
    json_key(out, "disclosure");
    json_begin(out, '[');
    for (int i = 0; i < policy->ground_count; i++)
        ground_put(out, policy, &policy->grounds[i]);
    json_end(out, ']');
    json_key(out, "offices");
    json_begin(out, '[');
    for (int i = 0; i < policy->office_count; i++) {
        json_begin(out, '{');
        json_kv_text(out, "for", policy->offices[i].whom);
        json_kv_text(out, "address", policy->offices[i].address);
        json_end(out, '}');
    }
    json_end(out, ']');
    json_key(out, "sells_to");
    json_begin(out, '[');
    for (int i = 0; i < policy->sell_count; i++)
        json_text(out, policy->sells[i]);
    json_end(out, ']');
    if (policy->controls_set)
        controls_put(out, &policy->controls);
}
