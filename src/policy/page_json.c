#include "policy/page_json_priv.h"

#include "wire/text.h"

void
kv_name(struct json_out *out, const char *key, struct span s)
{
    if (s.n > 0)
        json_kv_text(out, key, s);
}

void
kv_date(struct json_out *out, const char *key, int64_t days)
{
    char text[32];
    struct buf buf;
    buf_init(&buf, text, sizeof text);
    date_put(&buf, days);
    json_kv_text(out, key, buf_span(&buf));
}

void
kv_time(struct json_out *out, const char *key, const struct policy_span_of_time *time)
{
    const struct {
        int n;
        char unit;
    } parts[] = {{time->years, 'Y'}, {time->months, 'M'}, {time->days, 'D'}};
    char text[64];
    struct buf buf;
    if (!time->set)
        return;
    buf_init(&buf, text, sizeof text);
    buf_char(&buf, 'P');
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].n > 0)
            buf_fmt(&buf, "%d%c", parts[i].n, parts[i].unit);
    if (time->hours > 0)
        buf_fmt(&buf, "T%dH", time->hours);
    if (buf.n == 1)
        buf_str(&buf, "0D");
    json_kv_text(out, key, buf_span(&buf));
}

void
field_names(struct json_out *out, const struct policy *policy, int category, uint64_t mask)
{
    const struct policy_category *c = &policy->categories[category];
    for (int i = c->field_first; i < c->field_first + c->field_count; i++)
        if ((mask >> policy->fields[i].bit & 1) != 0)
            json_text(out, policy->fields[i].full_name);
}

void
kv_masks(struct json_out *out, const char *key, const struct policy *policy, const uint64_t *masks)
{
    json_key(out, key);
    json_begin(out, '[');
    for (int c = 0; masks != NULL && c < policy->category_count; c++)
        field_names(out, policy, c, masks[c]);
    json_end(out, ']');
}

void
kv_purposes(struct json_out *out, const char *key, const struct policy *policy,
            const struct policy_bits *bits)
{
    json_key(out, key);
    json_begin(out, '[');
    for (int i = 0; i < policy->purpose_count; i++)
        if (policy_bit(bits, i))
            json_text(out, policy->purposes[i].name);
    json_end(out, ']');
}

static void
field_put(struct json_out *out, const struct policy *policy, const struct policy_field *field)
{
    static const char *const storages[] = {"plain", "hash-only", "never", "last4"};
    static const char *const lookups[] = {"none", "plain", "unique"};
    json_begin(out, '{');
    json_kv_text(out, "name", field->name);
    kv_name(out, "says", field->says);
    json_kv_str(out, "type", policy_type_name(field->type));
    json_kv_str(out, "store", field->outcome_only ? "outcome-only" : storages[field->storage]);
    json_precision(out, field);
    json_kv_str(out, "lookup", lookups[field->lookup]);
    json_kv_bool(out, "identifies", field->identifies);
    json_kv_bool(out, "special", field->special);
    if (field->pass_to != POLICY_NONE)
        json_kv_text(out, "to", policy->recipients[field->pass_to].name);
    if (field->length_max > 0)
        json_kv_u64(out, "length_max", field->length_max);
    if (field->choice_count > 0) {
        json_key(out, "choices");
        json_begin(out, '[');
        for (int i = 0; i < field->choice_count; i++)
            json_text(out, field->choices[i]);
        json_end(out, ']');
    }
    json_end(out, '}');
}

static void
categories_put(struct json_out *out, const struct policy *policy)
{
    json_key(out, "categories");
    json_begin(out, '[');
    for (int i = 0; i < policy->category_count; i++) {
        const struct policy_category *c = &policy->categories[i];
        json_begin(out, '{');
        json_kv_text(out, "name", c->name);
        kv_name(out, "says", c->says);
        if (c->kind != POLICY_NONE)
            json_kv_text(out, "of", policy->kinds[c->kind].name);
        json_kv_bool(out, "many", c->many);
        json_kv_bool(out, "special", c->special);
        json_kv_bool(out, "disclose_never", c->disclose_never);
        json_kept(out, policy, c);
        if (c->disclose_narrow)
            json_disclose(out, policy, c);
        json_key(out, "fields");
        json_begin(out, '[');
        for (int f = c->field_first; f < c->field_first + c->field_count; f++)
            field_put(out, policy, &policy->fields[f]);
        json_end(out, ']');
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
kinds_put(struct json_out *out, const struct policy *policy)
{
    json_key(out, "people");
    json_begin(out, '[');
    for (int i = 0; i < policy->kind_count; i++) {
        const struct policy_kind *kind = &policy->kinds[i];
        json_begin(out, '{');
        json_kv_text(out, "name", kind->name);
        kv_name(out, "says", kind->says);
        if (kind->is != POLICY_NONE)
            json_kv_text(out, "is", policy->kinds[kind->is].name);
        json_kind(out, policy, kind);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
purposes_put(struct json_out *out, const struct policy *policy)
{
    json_key(out, "purposes");
    json_begin(out, '[');
    for (int i = 0; i < policy->purpose_count; i++) {
        const struct policy_purpose *p = &policy->purposes[i];
        json_begin(out, '{');
        json_kv_text(out, "name", p->name);
        kv_name(out, "says", p->says);
        json_kv_str(out, "basis", policy_basis_name(p->basis));
        kv_masks(out, "uses", policy, p->uses);
        if (p->needs != POLICY_NONE)
            json_kv_text(out, "needs", policy->tasks[p->needs]);
        json_kv_bool(out, "double_opt_in", p->double_opt_in);
        json_kv_bool(out, "aggregate_only", p->aggregate_only);
        kv_name(out, "channel", p->channel);
        kv_purposes(out, "incompatible", policy, &p->incompatible);
        json_kv_hex(out, "id", p->id, sizeof p->id);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
roles_put(struct json_out *out, const struct policy *policy)
{
    static const char *const overs[] = {"all", "self", "related"};
    json_key(out, "roles");
    json_begin(out, '[');
    for (int i = 0; i < policy->role_count; i++) {
        const struct policy_role *role = &policy->roles[i];
        json_begin(out, '{');
        json_kv_text(out, "name", role->name);
        json_kv_str(out, "kind", role->kind == ROLE_STAFF ? "staff" : "application");
        kv_purposes(out, "may", policy, &role->may);
        json_kv_bool(out, "may_rights", role->may_rights);
        kv_masks(out, "writes", policy, role->writes);
        if (role->needs != POLICY_NONE)
            json_kv_text(out, "needs", policy->tasks[role->needs]);
        else if (role->needs_any_task)
            json_kv_str(out, "needs", "task");
        json_kv_str(out, "over", overs[role->over]);
        kv_name(out, "relation", role->over_relation);
        json_kv_bool(out, "second_person", role->second_person);
        json_kv_bool(out, "seen", role->seen);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
point_fields_put(struct json_out *out, const struct policy *policy,
                 const struct policy_point *point)
{
    static const char *const needs[] = {"required", "optional", "one-of"};
    json_key(out, "fields");
    json_begin(out, '[');
    for (int i = 0; i < point->field_count; i++) {
        const struct policy_point_field *row = &point->fields[i];
        const struct policy_category *c = &policy->categories[row->category];
        for (int f = c->field_first; f < c->field_first + c->field_count; f++) {
            if (policy->fields[f].bit != row->bit)
                continue;
            json_begin(out, '{');
            json_kv_text(out, "field", policy->fields[f].full_name);
            json_kv_str(out, "need", needs[row->need]);
            if (row->need == NEED_ONE_OF)
                json_kv_u64(out, "group", (uint64_t)row->group);
            json_end(out, '}');
        }
    }
    json_end(out, ']');
}

static void
points_put(struct json_out *out, const struct policy *policy)
{
    json_key(out, "points");
    json_begin(out, '[');
    for (int i = 0; i < policy->point_count; i++) {
        const struct policy_point *point = &policy->points[i];
        json_begin(out, '{');
        json_kv_text(out, "name", point->name);
        json_kv_bool(out, "from_anyone", point->from_anyone);
        json_key(out, "from");
        json_begin(out, '[');
        for (int r = 0; r < policy->role_count; r++)
            if (policy_bit(&point->from, r))
                json_text(out, policy->roles[r].name);
        json_end(out, ']');
        json_kv_bool(out, "existing", point->existing);
        if (point->kind != POLICY_NONE)
            json_kv_text(out, "makes", policy->kinds[point->kind].name);
        json_kv_bool(out, "refuse_cards", point->refuse_cards);
        json_point(out, policy, point);
        point_fields_put(out, policy, point);
        kv_purposes(out, "for", policy, &point->purposes);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
keeps_put(struct json_out *out, const struct policy *policy)
{
    static const char *const events[] = {"collected", "changed", "field", "named", "withdrawn"};
    json_key(out, "keep");
    json_begin(out, '[');
    for (int i = 0; i < policy->keep_count; i++) {
        const struct policy_keep *keep = &policy->keeps[i];
        json_begin(out, '{');
        json_kv_text(out, "category", policy->categories[keep->category].name);
        json_kv_str(out, "event", events[keep->event]);
        json_key(out, "of");
        json_begin(out, '[');
        if (keep->event == EVENT_FIELD)
            field_names(out, policy, keep->category, UINT64_C(1) << keep->field);
        if (keep->event == EVENT_NAMED)
            json_text(out, policy->events[keep->named]);
        if (keep->event == EVENT_WITHDRAWN)
            json_text(out, policy->purposes[keep->purpose].name);
        json_end(out, ']');
        kv_time(out, "least", &keep->least);
        kv_time(out, "most", &keep->most);
        json_kv_bool(out, "from_year_end",
                     keep->most.set ? keep->most.from_year_end : keep->least.from_year_end);
        kv_name(out, "law", keep->most.law.n > 0 ? keep->most.law : keep->least.law);
        json_kv_str(out, "then", keep->depersonalise ? "depersonalise" : "erase");
        json_key(out, "drop");
        json_begin(out, '[');
        if (keep->depersonalise)
            field_names(out, policy, keep->category, keep->drop);
        json_end(out, ']');
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
cookies_put(struct json_out *out, const struct policy *policy)
{
    json_key(out, "cookies");
    json_begin(out, '[');
    for (int i = 0; i < policy->cookie_count; i++) {
        const struct policy_cookie *cookie = &policy->cookies[i];
        json_begin(out, '{');
        json_kv_text(out, "name", cookie->name);
        kv_name(out, "says", cookie->says);
        json_kv_bool(out, "essential", cookie->essential);
        json_kv_bool(out, "session", cookie->session);
        if (cookie->purpose != POLICY_NONE)
            json_kv_text(out, "purpose", policy->purposes[cookie->purpose].name);
        kv_time(out, "life", &cookie->life);
        json_cookie(out, policy, cookie);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
words_put(struct json_out *out, const struct policy *policy)
{
    json_key(out, "never");
    json_begin(out, '[');
    for (int i = 0; i < policy->never_count; i++)
        json_text(out, policy->nevers[i].name);
    json_end(out, ']');
    json_key(out, "clauses");
    json_begin(out, '[');
    for (int i = 0; i < policy->clause_count; i++) {
        const struct policy_clause *clause = &policy->clauses[i];
        json_begin(out, '{');
        json_kv_text(out, "id", clause->id);
        json_kv_text(out, "says", clause->says);
        json_key(out, "kept_by");
        json_begin(out, '[');
        for (int r = 0; r < clause->kept_by_count; r++)
            json_text(out, policy_rule_name(policy, (uint32_t)clause->kept_by[r]));
        json_end(out, ']');
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
head_put(struct json_out *out, const struct policy *policy)
{
    json_kv_text(out, "id", policy->id);
    json_kv_text(out, "title", policy->title);
    json_kv_u64(out, "version", (uint64_t)(policy->version < 0 ? 0 : policy->version));
    kv_date(out, "date", policy->date_days);
    kv_date(out, "in_force", policy->in_force_days);
    json_kv_hex(out, "hash", policy->hash, sizeof policy->hash);
    kv_name(out, "language", policy->language);
    if (policy->language_count > 1) {
        json_key(out, "languages");
        json_begin(out, '[');
        for (int i = 0; i < policy->language_count; i++)
            json_text(out, policy->languages[i]);
        json_end(out, ']');
    }
    json_key(out, "controller");
    json_begin(out, '{');
    json_kv_text(out, "name", policy->controller_name);
    json_kv_text(out, "address", policy->controller_address);
    json_kv_text(out, "email", policy->controller_email);
    kv_name(out, "officer", policy->officer_email);
    kv_name(out, "seat", policy->seat);
    json_end(out, '}');
    json_key(out, "hosted");
    json_begin(out, '[');
    for (int i = 0; i < policy->host_count; i++) {
        json_begin(out, '{');
        json_kv_text(out, "place", policy->hosts[i].place);
        json_kv_text(out, "country", policy->hosts[i].country);
        json_kv_text(out, "for", policy->hosts[i].what);
        json_host(out, &policy->hosts[i]);
        json_end(out, '}');
    }
    json_end(out, ']');
    json_key(out, "consent");
    json_begin(out, '{');
    json_kv_u64(out, "text_version", policy->consent.text_version);
    kv_time(out, "renew_after", &policy->consent.renew_after);
    kv_time(out, "confirm_within", &policy->consent.confirm_within);
    json_end(out, '}');
}

void
policy_page_json(const struct policy *policy, struct buf *buf)
{
    struct json_out out;
    json_out_init(&out, buf);
    json_begin(&out, '{');
    head_put(&out, policy);
    json_instances(&out, policy);
    json_organisations(&out, policy);
    kinds_put(&out, policy);
    json_relations(&out, policy);
    json_children(&out, policy);
    categories_put(&out, policy);
    purposes_put(&out, policy);
    roles_put(&out, policy);
    points_put(&out, policy);
    keeps_put(&out, policy);
    cookies_put(&out, policy);
    json_out_sections(&out, policy);
    words_put(&out, policy);
    json_end(&out, '}');
}
