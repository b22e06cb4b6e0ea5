/* Organisations, relations, children and how data are kept, as JSON. */
#include "policy/page_json_priv.h"

static struct span
kind_name(const struct policy *policy, int i)
{
    return i == POLICY_NONE ? SPAN_NONE : policy->kinds[i].name;
}

static void
kv_kinds(struct json_out *out, const char *key, const struct policy *policy, const struct policy_bits *bits)
{
    json_key(out, key);
    json_begin(out, '[');
    for (int i = 0; i < policy->kind_count; i++)
        if (policy_bit(bits, i))
            json_text(out, policy->kinds[i].name);
    json_end(out, ']');
}

void
json_instances(struct json_out *out, const struct policy *policy)
{
    json_key(out, "instances");
    json_begin(out, '[');
    for (int i = 0; i < policy->instance_count; i++)
        json_text(out, policy->instances[i]);
    json_end(out, ']');
}

void
json_organisations(struct json_out *out, const struct policy *policy)
{
    json_key(out, "organisations");
    json_begin(out, '[');
    for (int i = 0; i < policy->organisation_count; i++) {
        const struct policy_organisation *row = &policy->organisations[i];
        json_begin(out, '{');
        json_kv_text(out, "name", row->name);
        kv_name(out, "says", row->says);
        kv_name(out, "of", row->of == POLICY_NONE ? SPAN_NONE : policy->organisations[row->of].name);
        kv_kinds(out, "sees", policy, &row->sees);
        json_kv_bool(out, "isolated", row->isolated);
        json_end(out, '}');
    }
    json_end(out, ']');
}

void
json_kind(struct json_out *out, const struct policy *policy, const struct policy_kind *row)
{
    kv_name(out, "in", row->in == POLICY_NONE ? SPAN_NONE : policy->organisations[row->in].name);
    kv_name(out, "leads", row->leads == POLICY_NONE ? SPAN_NONE : policy->organisations[row->leads].name);
    for (int acts = 0; acts < 2 && row->state_count > 0; acts++) {
        json_key(out, acts ? "acts_in" : "states");
        json_begin(out, '[');
        for (int i = 0; i < row->state_count; i++)
            if (!acts || policy_bit(&row->acts_in, i))
                json_text(out, row->states[i]);
        json_end(out, ']');
    }
}

static void
kv_proofs(struct json_out *out, const char *key, unsigned shown_by)
{
    json_key(out, key);
    json_begin(out, '[');
    for (int i = 0; i < PROOF_COUNT; i++)
        if ((shown_by >> i & 1) != 0)
            json_text(out, span_str(policy_proof_name((enum policy_proof)i)));
    json_end(out, ']');
}

void
json_relations(struct json_out *out, const struct policy *policy)
{
    json_key(out, "relations");
    json_begin(out, '[');
    for (int i = 0; i < policy->relation_count; i++) {
        const struct policy_relation *row = &policy->relations[i];
        json_begin(out, '{');
        json_kv_text(out, "name", row->name);
        kv_name(out, "says", row->says);
        kv_name(out, "from", kind_name(policy, row->from));
        kv_name(out, "to", kind_name(policy, row->to));
        kv_proofs(out, "shown_by", row->shown_by);
        json_kv_bool(out, "rights", row->rights);
        json_end(out, '}');
    }
    json_end(out, ']');
}

/* --- children ----------------------------------------------------------------------------------- */

static void
route_put(struct json_out *out, const char *key, const struct policy *policy, const struct policy_child_route *route)
{
    if (!route->set)
        return;
    json_key(out, key);
    json_begin(out, '{');
    json_kv_str(out, "by", policy_proof_name(route->by));
    kv_name(out, "organisation", route->organisation == POLICY_NONE ? SPAN_NONE : policy->organisations[route->organisation].name);
    json_key(out, "keeps");
    json_begin(out, '[');
    if (route->keeps_category != POLICY_NONE)
        field_names(out, policy, route->keeps_category, route->keeps);
    json_end(out, ']');
    kv_time(out, "within", &route->within);
    kv_purposes(out, "for", policy, &route->purposes);
    json_end(out, '}');
}

static void
ages_put(struct json_out *out, const struct policy_children *row)
{
    if (!row->ages_law) {
        json_kv_u64(out, "age", (uint64_t)row->age_fixed);
        return;
    }
    json_kv_u64(out, "else", (uint64_t)row->age_else);
    json_key(out, "ages");
    json_begin(out, '[');
    for (int i = 0; i < row->age_count; i++) {
        json_begin(out, '{');
        json_kv_text(out, "country", row->ages[i].country);
        json_kv_u64(out, "age", (uint64_t)row->ages[i].years);
        if (row->ages[i].from_days != INT32_MIN)
            kv_date(out, "from", row->ages[i].from_days);
        if (row->ages[i].to_days != INT32_MAX)
            kv_date(out, "to", row->ages[i].to_days);
        kv_name(out, "source", row->ages[i].source);
        json_end(out, '}');
    }
    json_end(out, ']');
}

void
json_children(struct json_out *out, const struct policy *policy)
{
    const struct policy_children *row = &policy->children;
    if (!row->set)
        return;
    json_key(out, "children");
    json_begin(out, '{');
    kv_name(out, "kind", kind_name(policy, row->kind));
    kv_name(out, "guardian", row->guardian == POLICY_NONE ? SPAN_NONE : policy->relations[row->guardian].name);
    ages_put(out, row);
    kv_name(out, "ask", row->ask);
    kv_purposes(out, "may", policy, &row->may);
    route_put(out, "parent", policy, &row->routes[CHILD_ROUTE_PARENT]);
    route_put(out, "school", policy, &row->routes[CHILD_ROUTE_SCHOOL]);
    kv_time(out, "discovered", &row->discovered);
    kv_time(out, "of_age", &row->of_age);
    json_end(out, '}');
}

/* --- data and points ------------------------------------------------------------------------------ */

void
json_kept(struct json_out *out, const struct policy *policy, const struct policy_category *row)
{
    static const char *const keys[KEYS_COUNT] = {"person", "own", "record", "year", "day"};
    json_kv_bool(out, "latest", row->latest);
    json_kv_bool(out, "memory", row->memory);
    json_kv_bool(out, "backup", !row->no_backup && !row->memory);
    json_kv_bool(out, "sealed", row->sealed);
    kv_name(out, "blind", row->blind == POLICY_NONE ? SPAN_NONE : policy->organisations[row->blind].name);
    kv_name(out, "only", row->only == POLICY_NONE ? SPAN_NONE : policy->instances[row->only]);
    json_kv_str(out, "keys", keys[row->keys]);
    json_kv_bool(out, "sourced", row->sourced);
}

void
json_precision(struct json_out *out, const struct policy_field *row)
{
    static const char *const words[PRECISION_COUNT] = {"", "net", "place", "month", "year"};
    kv_name(out, "precision", span_str(words[row->precision]));
}

void
json_point(struct json_out *out, const struct policy *policy, const struct policy_point *row)
{
    json_kv_bool(out, "age_gate", row->age_gate);
    kv_name(out, "agreed", row->agreed == POLICY_NONE ? SPAN_NONE : policy->purposes[row->agreed].name);
    kv_name(out, "relation", row->relation == POLICY_NONE ? SPAN_NONE : policy->relations[row->relation].name);
    kv_name(out, "warning", row->warning);
    if (row->form > 0)
        json_kv_u64(out, "form", (uint64_t)row->form);
}
