#include "deeds/values.h"

#include "crypt/crypt.h"
#include "policy/value.h"

struct values_part *
values_part(const struct values *values, int category)
{
    for (int i = 0; i < values->count; i++)
        if (values->parts[i]->category == category)
            return values->parts[i];
    return NULL;
}

static struct values_part *
part_take(struct arena *arena, struct values *values, int category, struct err *err)
{
    struct values_part *part = values_part(values, category);
    if (part != NULL)
        return part;
    if (values->count == VALUES_CATEGORIES) {
        err_set(err, ERR_INVALID, "one submission reaches at most %d categories", VALUES_CATEGORIES);
        return NULL;
    }
    part = ARENA_NEW(arena, struct values_part);
    if (part == NULL) {
        err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
        return NULL;
    }
    part->category = category;
    values->parts[values->count++] = part;
    return part;
}

static int
field_of(const struct policy *policy, struct span name, int category)
{
    int field = policy_field_find(policy, name);
    if (field == POLICY_NONE && category != POLICY_NONE)
        field = policy_field_in(policy, category, name);
    if (field != POLICY_NONE && category != POLICY_NONE &&
        policy->fields[field].category != category)
        return POLICY_NONE;
    return field;
}

static bool
value_take(const struct policy *policy, struct arena *arena, const struct json *member, int field,
           bool refuse_cards, struct values *values, struct err *err)
{
    const struct policy_field *row = &policy->fields[field];
    struct values_part *part = part_take(arena, values, row->category, err);
    if (part == NULL)
        return false;
    uint64_t bit = UINT64_C(1) << row->bit;
    if ((part->set | part->clear) & bit)
        return err_set(err, ERR_INVALID, "the field %.*s is given twice", SPAN_FMT(row->full_name));
    if (member->kind == JSON_NULL) {
        part->clear |= bit;
        return true;
    }
    if (!policy_value_read(row, member, refuse_cards, arena, &part->value[row->bit], err))
        return false;
    part->set |= bit;
    if (row->storage == STORE_HASH_ONLY)
        values->passwords = true;
    return true;
}

bool
values_read(const struct policy *policy, struct arena *arena, const struct json *fields,
            int category, bool refuse_cards, struct values **ret, bool *ret_closed, struct err *err)
{
    *ret_closed = false;
    if (fields == NULL || fields->kind != JSON_OBJECT) {
        err_set(err, ERR_INVALID, "\"fields\" must be an object of field names and values");
        return err_place(err, "/fields");
    }
    if (fields->first == NULL) {
        err_set(err, ERR_INVALID, "\"fields\" names no field");
        return err_place(err, "/fields");
    }
    struct values *values = ARENA_NEW(arena, struct values);
    if (values == NULL)
        return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    for (const struct json *m = fields->first; m != NULL; m = m->next) {
        int field = field_of(policy, m->key, category);
        if (field == POLICY_NONE) {
            *ret_closed = true;
            err_set(err, ERR_UNKNOWN_FIELD, "the policy declares no such field%s",
                    category == POLICY_NONE ? " (names are written category.field)" : " here");
            return err_place(err, "/fields/%.*s", m->key.n > 64 ? 64 : (int)m->key.n, m->key.p);
        }
        if (!value_take(policy, arena, m, field, refuse_cards, values, err))
            return err_place(err, "/fields/%.*s", SPAN_FMT(policy->fields[field].full_name));
    }
    *ret = values;
    return true;
}

/* Whether a value is a password that was given. */
static bool
is_password(const struct policy *policy, const struct values_part *part, int bit)
{
    const struct policy_category *cat = &policy->categories[part->category];
    return (part->set >> bit & 1) &&
           policy->fields[cat->field_first + bit].storage == STORE_HASH_ONLY;
}

bool
values_hash(const struct policy *policy, struct arena *arena, struct values *values,
            struct err *err)
{
    for (int i = 0; i < values->count; i++) {
        struct values_part *part = values->parts[i];
        for (int bit = 0; bit < policy->categories[part->category].field_count; bit++) {
            if (!is_password(policy, part, bit))
                continue;
            char hash[CRYPT_PASSWORD_MAX];
            if (!crypt_password_hash(part->value[bit], hash, err))
                return false;
            part->value[bit] = arena_copy(arena, span_str(hash));
            if (part->value[bit].p == NULL)
                return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
        }
    }
    values->passwords = false;
    return true;
}

void
values_unhashed(const struct policy *policy, struct values *values)
{
    static const struct span stand_in = SPAN("$argon2id$v=19$m=65536,t=2,p=1$"
                                             "AAAAAAAAAAAAAAAAAAAAAA$"
                                             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    for (int i = 0; i < values->count; i++)
        for (int bit = 0; bit < policy->categories[values->parts[i]->category].field_count; bit++)
            if (is_password(policy, values->parts[i], bit))
                values->parts[i]->value[bit] = stand_in;
    values->passwords = false;
}
