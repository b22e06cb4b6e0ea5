#include "policy/register_priv.h"

enum { CELL_MAX = 64 * 1024 };

const char *
register_title(enum register_column column)
{
    static const char *const titles[REGISTER_COLUMNS] = {
        [REGISTER_CONTROLLER] = "Controller",
        [REGISTER_OFFICER] = "Data protection officer",
        [REGISTER_PURPOSE] = "Purpose",
        [REGISTER_BASIS] = "Lawful basis",
        [REGISTER_PEOPLE] = "Categories of data subjects",
        [REGISTER_DATA] = "Categories of personal data",
        [REGISTER_STAFF] = "Who has access",
        [REGISTER_RECIPIENTS] = "Categories of recipients",
        [REGISTER_ABROAD] = "Third countries and safeguards",
        [REGISTER_LIMITS] = "Time limits for erasure",
        [REGISTER_MEASURES] = "Technical and organisational measures",
    };
    return titles[column];
}

bool
register_gets(const struct policy *policy, int recipient, int purpose)
{
    return policy_bit(&policy->recipients[recipient].purposes, purpose);
}

const char *
register_assurance(enum policy_assurance_kind kind)
{
    static const char *const words[ASSURANCE_COUNT] = {
        [ASSURANCE_DPA] = "contract (Art. 28)",
        [ASSURANCE_ADEQUACY] = "adequacy decision (Art. 45)",
        [ASSURANCE_CLAUSES] = "standard contractual clauses (Art. 46(2)(c))",
        [ASSURANCE_BINDING_RULES] = "binding corporate rules (Art. 47)",
        [ASSURANCE_CERTIFICATE] = "certificate (Art. 46(2)(f))",
        [ASSURANCE_CODE] = "code of conduct (Art. 46(2)(e))",
        [ASSURANCE_USE_LIMIT] = "undertaking to use it for nothing else",
        [ASSURANCE_NOTICE] = "undertaking to tell when it can no longer protect it",
    };
    return words[kind];
}

static void
divide(struct buf *out)
{
    buf_str(out, out->n > 0 ? "; " : "");
}

static void
people_put(struct buf *out, const struct policy *p, int purpose)
{
    struct policy_bits seen = {{0}};
    for (int c = 0; c < p->category_count; c++) {
        int kind = p->categories[c].kind;
        if (brief_uses(p, purpose, c) == 0 || kind == POLICY_NONE || policy_bit(&seen, kind))
            continue;
        seen.w[kind / 64] |= UINT64_C(1) << (kind % 64);
        divide(out);
        brief_name(out, p->kinds[kind].name);
    }
}

static void
data_put(struct buf *out, const struct policy *p, int purpose)
{
    for (int c = 0; c < p->category_count; c++) {
        const struct policy_category *category = &p->categories[c];
        uint64_t uses = brief_uses(p, purpose, c);
        bool any = false;
        if (uses == 0)
            continue;
        divide(out);
        brief_name(out, category->name);
        buf_str(out, category->special ? " (special category)" : "");
        for (int f = 0; f < category->field_count; f++) {
            const struct policy_field *field = &p->fields[category->field_first + f];
            if ((uses >> field->bit & 1) == 0)
                continue;
            buf_str(out, any ? ", " : ": ");
            brief_name(out, field->name);
            any = true;
        }
    }
}

static void
staff_put(struct buf *out, const struct policy *p, int purpose)
{
    for (int r = 0; r < p->role_count; r++)
        if (policy_bit(&p->roles[r].may, purpose)) {
            divide(out);
            brief_name(out, p->roles[r].name);
        }
}

static void
recipients_put(struct buf *out, const struct policy *p, int purpose)
{
    for (int r = 0; r < p->recipient_count; r++) {
        const struct policy_recipient *row = &p->recipients[r];
        if (!register_gets(p, r, purpose))
            continue;
        divide(out);
        buf_put(out, row->legal_name);
        if (row->class.n > 0)
            buf_fmt(out, " (%.*s)", SPAN_FMT(row->class));
    }
}

static void
abroad_put(struct buf *out, const struct policy *p, int purpose)
{
    for (int r = 0; r < p->recipient_count; r++) {
        const struct policy_recipient *row = &p->recipients[r];
        if (!row->abroad || !register_gets(p, r, purpose))
            continue;
        divide(out);
        buf_fmt(out, "%.*s, %.*s", SPAN_FMT(row->country), SPAN_FMT(row->legal_name));
        for (int a = 0; a < row->assurance_count; a++)
            buf_fmt(out, "%s%s", a == 0 ? ": " : ", ", register_assurance(row->assurances[a].kind));
    }
}

static void
limits_put(struct buf *out, struct arena *arena, const struct policy *p, int purpose)
{
    for (int c = 0; c < p->category_count; c++) {
        if (brief_uses(p, purpose, c) == 0)
            continue;
        divide(out);
        brief_name(out, p->categories[c].name);
        buf_str(out, ": ");
        /* What is divided here must not divide itself. */
        struct span life = brief_life(arena, p, &p->categories[c]);
        for (size_t i = 0; i < life.n; i++)
            buf_char(out, life.p[i] == ';' ? ',' : life.p[i]);
    }
}

static void
measures_put(struct buf *out, const struct policy *p)
{
    static const char *const levels[] = {"none", "basic", "good", "best"};
    buf_str(out, "each use decided by purpose and recorded; sealed at rest under one key for each person and category");
    for (int i = 0; p->controls_set && i < CONTROL_COUNT; i++)
        if (p->controls.level[i] > 0)
            buf_fmt(out, "; %s: %s", policy_control_name((enum policy_control)i), levels[p->controls.level[i] & 3]);
}

struct span
register_cell(struct arena *arena, const struct policy *p, int purpose, enum register_column column)
{
    struct buf out = arena_buf(arena, CELL_MAX);
    switch (column) {
    case REGISTER_CONTROLLER:
        buf_fmt(&out, "%.*s, %.*s, %.*s", SPAN_FMT(p->controller_name), SPAN_FMT(p->controller_address),
                SPAN_FMT(p->controller_email));
        break;
    case REGISTER_OFFICER:
        buf_put(&out, p->officer_name);
        buf_str(&out, p->officer_name.n > 0 && p->officer_email.n > 0 ? ", " : "");
        buf_put(&out, p->officer_email);
        break;
    case REGISTER_PURPOSE:
        buf_put(&out, p->purposes[purpose].says.n > 0 ? p->purposes[purpose].says : p->purposes[purpose].name);
        break;
    case REGISTER_BASIS: buf_str(&out, policy_basis_name(p->purposes[purpose].basis)); break;
    case REGISTER_PEOPLE: people_put(&out, p, purpose); break;
    case REGISTER_DATA: data_put(&out, p, purpose); break;
    case REGISTER_STAFF: staff_put(&out, p, purpose); break;
    case REGISTER_RECIPIENTS: recipients_put(&out, p, purpose); break;
    case REGISTER_ABROAD: abroad_put(&out, p, purpose); break;
    case REGISTER_LIMITS: break; /* below: it takes from the arena itself */
    case REGISTER_MEASURES: measures_put(&out, p); break;
    case REGISTER_COLUMNS: break;
    }
    arena_buf_trim(arena, &out);
    if (column != REGISTER_LIMITS)
        return buf_span(&out);
    char text[CELL_MAX / 4];
    buf_init(&out, text, sizeof text);
    limits_put(&out, arena, p, purpose);
    return arena_copy(arena, buf_span(&out));
}
