/* The record in the terms of DPV 2: a process for each purpose. Names of our own stand under the policy's own address. */
#include "policy/register_priv.h"

#include "wire/json.h"

static void
id_put(struct json_out *out, const char *key, const char *what, struct span name)
{
    char text[3 * LIMIT_POLICY_NAME];
    struct buf id;
    buf_init(&id, text, sizeof text);
    buf_fmt(&id, "policy:%s/%.*s", what, SPAN_FMT(name));
    json_kv_text(out, key, buf_span(&id));
}

static void
term(struct json_out *out, const char *type, const char *what, struct span name, struct span label)
{
    json_begin(out, '{');
    id_put(out, "@id", what, name);
    json_kv_str(out, "@type", type);
    json_kv_text(out, "skos:prefLabel", label.n > 0 ? label : name);
}

static void
entity(struct json_out *out, const struct policy *p)
{
    json_key(out, "dpv:hasDataController");
    json_begin(out, '{');
    json_kv_str(out, "@id", "policy:controller");
    json_kv_str(out, "@type", "dpv:DataController");
    json_kv_text(out, "dpv:hasName", p->controller_name);
    json_kv_text(out, "dpv:hasAddress", p->controller_address);
    json_kv_text(out, "dpv:hasContact", p->controller_email);
    if (p->officer_email.n > 0) {
        json_key(out, "dpv:hasRepresentative");
        json_begin(out, '{');
        json_kv_str(out, "@type", "dpv:DataProtectionOfficer");
        json_kv_text(out, "dpv:hasName", p->officer_name);
        json_kv_text(out, "dpv:hasContact", p->officer_email);
        json_end(out, '}');
    }
    json_end(out, '}');
}

static void
basis(struct json_out *out, enum policy_basis basis)
{
    static const char *const terms[] = {"eu-gdpr:A6-1-a", "eu-gdpr:A6-1-b", "eu-gdpr:A6-1-c",
                                        "eu-gdpr:A6-1-d", "eu-gdpr:A6-1-e", "eu-gdpr:A6-1-f"};
    json_key(out, "dpv:hasLegalBasis");
    json_begin(out, '{');
    json_kv_str(out, "@id", terms[basis]);
    json_end(out, '}');
}

static void
subjects(struct json_out *out, const struct policy *p, int purpose)
{
    struct policy_bits seen = {{0}};
    json_key(out, "dpv:hasDataSubject");
    json_begin(out, '[');
    for (int c = 0; c < p->category_count; c++) {
        int kind = p->categories[c].kind;
        if (brief_uses(p, purpose, c) == 0 || kind == POLICY_NONE || policy_bit(&seen, kind))
            continue;
        seen.w[kind / 64] |= UINT64_C(1) << (kind % 64);
        term(out, "dpv:DataSubject", "people", p->kinds[kind].name, p->kinds[kind].says);
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
data(struct json_out *out, struct arena *arena, const struct policy *p, int purpose)
{
    json_key(out, "dpv:hasPersonalData");
    json_begin(out, '[');
    for (int f = 0; f < p->field_count; f++) {
        const struct policy_field *field = &p->fields[f];
        if ((brief_uses(p, purpose, field->category) >> field->bit & 1) == 0)
            continue;
        term(out, field->special ? "dpv:SpecialCategoryPersonalData" : "dpv:PersonalData", "data", field->full_name, field->says);
        json_end(out, '}');
    }
    json_end(out, ']');
    json_key(out, "dpv:hasStorageCondition");
    json_begin(out, '[');
    for (int c = 0; c < p->category_count; c++) {
        if (brief_uses(p, purpose, c) == 0)
            continue;
        term(out, "dpv:StorageDuration", "keep", p->categories[c].name, brief_life(arena, p, &p->categories[c]));
        json_end(out, '}');
    }
    json_end(out, ']');
}

static void
recipient(struct json_out *out, const struct policy_recipient *row)
{
    static const char *const types[] = {[RECIPIENT_PROCESSOR] = "dpv:DataProcessor", [RECIPIENT_CONTROLLER] = "dpv:ThirdParty",
                                        [RECIPIENT_JOINT] = "dpv:JointDataControllers", [RECIPIENT_SUCCESSOR] = "dpv:ThirdParty",
                                        [RECIPIENT_AUTHORITY] = "dpv:Authority"};
    term(out, types[row->role], "recipients", row->name, row->legal_name);
    json_kv_text(out, "dpv:hasName", row->legal_name);
    if (row->country.n > 0) {
        char text[16];
        struct buf place;
        buf_init(&place, text, sizeof text);
        buf_fmt(&place, "loc:%.*s", SPAN_FMT(row->country));
        json_key(out, "dpv:hasLocation");
        json_begin(out, '{');
        json_kv_text(out, "@id", buf_span(&place));
        json_end(out, '}');
    }
    if (row->abroad) {
        json_key(out, "dpv:hasOrganisationalMeasure");
        json_begin(out, '[');
        for (int a = 0; a < row->assurance_count; a++)
            json_text(out, span_str(register_assurance(row->assurances[a].kind)));
        json_end(out, ']');
    }
    json_end(out, '}');
}

static void
process(struct json_out *out, struct arena *arena, const struct policy *p, int purpose)
{
    const struct policy_purpose *row = &p->purposes[purpose];
    json_begin(out, '{');
    id_put(out, "@id", "purposes", row->name);
    json_kv_str(out, "@type", "dpv:Process");
    json_key(out, "dpv:hasPurpose");
    json_begin(out, '{');
    json_kv_str(out, "@type", "dpv:Purpose");
    json_kv_text(out, "skos:prefLabel", row->says.n > 0 ? row->says : row->name);
    json_end(out, '}');
    basis(out, row->basis);
    subjects(out, p, purpose);
    data(out, arena, p, purpose);
    json_key(out, "dpv:hasRecipient");
    json_begin(out, '[');
    for (int r = 0; r < p->recipient_count; r++)
        if (register_gets(p, r, purpose))
            recipient(out, &p->recipients[r]);
    json_end(out, ']');
    json_kv_text(out, "dpv:hasTechnicalOrganisationalMeasure", register_cell(arena, p, purpose, REGISTER_MEASURES));
    json_end(out, '}');
}

bool
policy_register_jsonld(const struct policy *p, struct arena *scratch, struct buf *buf)
{
    static const char *const context[][2] = {{"dpv", "https://w3id.org/dpv#"}, {"eu-gdpr", "https://w3id.org/dpv/legal/eu/gdpr#"},
                                             {"loc", "https://w3id.org/dpv/loc#"},
                                             {"skos", "http://www.w3.org/2004/02/skos/core#"}};
    char base[128];
    struct buf own;
    struct json_out out;
    json_out_init(&out, buf);
    buf_init(&own, base, sizeof base);
    buf_str(&own, "urn:troth:policy:");
    buf_hex(&own, p->hash, sizeof p->hash);
    buf_char(&own, ':');
    json_begin(&out, '{');
    json_key(&out, "@context");
    json_begin(&out, '{');
    for (size_t i = 0; i < sizeof context / sizeof context[0]; i++)
        json_kv_str(&out, context[i][0], context[i][1]);
    json_kv_text(&out, "policy", buf_span(&own));
    json_end(&out, '}');
    json_kv_str(&out, "@id", "policy:record");
    json_kv_str(&out, "@type", "dpv:RecordsOfActivities");
    entity(&out, p);
    json_key(&out, "dpv:hasProcess");
    json_begin(&out, '[');
    for (int i = 0; i < p->purpose_count; i++)
        process(&out, scratch, p, i);
    json_end(&out, ']');
    json_end(&out, '}');
    buf_char(buf, '\n');
    return buf_ok(buf) && !scratch->overflow;
}
