/*
 * Look-up values that a turn will put, and those that only one person may have, over PostgreSQL.
 *
 * The insert of such a one says by itself whether it was free, but only to somebody who waits for it: a round trip for each.
 * So the values a turn will put are said ahead; keyd hashes them, they are guarded with the people of the turn, and
 * whose they are is read with all other rows. Their inserts then wait for nothing. Whatever is not sure (another node
 * had the guard, a deed of this turn was taken back) is asked of the insert as before.
 */
#include "deeds/deed_priv.h"
#include "deeds/values.h"
#include "policy/value.h"

static int64_t
value_key(uint16_t field, const uint8_t value[16])
{
    return (int64_t)(get_be64(value) ^ (field * UINT64_C(0x9e3779b97f4a7c15)));
}

static void
value_need(struct instance *it, uint16_t number, const struct policy_field *field, struct span normal, uint8_t ret[16])
{
    keys_need_index(it->keys, number, field->full_name, normal, ret);
    if (field->lookup == LOOKUP_UNIQUE && rows_far(it->txn) && it->unique_count < UNIQUES_MAX)
        it->uniques[it->unique_count++] = (struct unique){.field = number, .from = ret, .state = UNIQUE_SAID};
}

void
lookup_values_need(struct deed *deed, struct values_part *part)
{
    const struct instance *it = deed->it;
    const struct policy_category *cat = &it->policy->categories[part->category];
    uint64_t mask = cat->lookups & part->set;
    for (int bit = 0; mask != 0 && bit < cat->field_count; bit++) {
        const struct policy_field *field = &it->policy->fields[cat->field_first + bit];
        struct span normal;
        struct err ignored; /* a checked value has a normal form */
        if (mask >> bit & 1 && policy_value_normal(field, part->value[bit], deed->arena, &normal, &ignored))
            value_need(deed->it, it->catalogue->field[cat->field_first + bit], field, normal, part->index[bit]);
    }
}

static bool
owner_get(struct instance *it, struct unique *unique, struct err *err)
{
    const struct val in[] = {val_int(unique->field), val_blob(unique->value, 16)};
    struct val out[1];
    bool found = false;
    if (!rows_one(it->txn, &it->scratch, SQL_lookup_unique_owner, in, 2, out, 1, &found, err))
        return false;
    unique->owner = found ? out[0].i : 0;
    unique->state = UNIQUE_KNOWN;
    return true;
}

void
uniques_ahead(struct instance *it)
{
    for (size_t i = 0; i < it->unique_count; i++) {
        struct unique *unique = &it->uniques[i];
        if (unique->state != UNIQUE_SAID)
            continue;
        memcpy(unique->value, unique->from, 16);
        unique->state = UNIQUE_ASKED;
        const struct val in[] = {val_int(unique->field), val_blob(unique->value, 16)};
        txn_guard(it->txn, value_key(unique->field, unique->value), true);
        rows_ahead(it->txn, SQL_lookup_unique_owner, in, 2);
    }
}

bool
uniques_look(struct instance *it, struct err *err)
{
    for (size_t i = 0; i < it->unique_count; i++) {
        struct unique *unique = &it->uniques[i];
        if (unique->state != UNIQUE_ASKED)
            continue;
        /* More requests joined a turn that has its guards already, and this one could not be had. */
        unique->state = UNIQUE_DOUBT;
        if (txn_guarded(it->txn, value_key(unique->field, unique->value), true) && !owner_get(it, unique, err))
            return false;
    }
    return true;
}

static struct unique *
unique_find(struct instance *it, uint16_t field, const uint8_t value[16])
{
    for (size_t i = 0; i < it->unique_count; i++) {
        struct unique *unique = &it->uniques[i];
        if (unique->field == field && memcmp(unique->value, value, 16) == 0)
            return unique->state == UNIQUE_KNOWN ? unique : NULL;
    }
    return NULL;
}

bool
unique_put(struct instance *it, uint16_t field, const uint8_t value[16], int64_t sn, struct err *err)
{
    const struct val in[] = {val_int(field), val_blob(value, 16), val_int(sn)};
    const struct unique *known = unique_find(it, field, value);
    if (known == NULL)
        return rows_run(it->txn, SQL_lookup_unique_put, in, 3, NULL, err);
    if (known->owner != 0)
        return err_set(err, ERR_TAKEN, "a unique value is taken");
    for (size_t i = 0; i < it->unique_count; i++)
        if (it->uniques[i].field == field && memcmp(it->uniques[i].value, value, 16) == 0)
            it->uniques[i].owner = sn;
    return rows_run(it->txn, SQL_lookup_unique_put_sure, in, 3, NULL, err);
}

void
unique_gone(struct instance *it, int64_t sn)
{
    for (size_t i = 0; i < it->unique_count; i++)
        if (it->uniques[i].owner == sn)
            it->uniques[i].state = UNIQUE_DOUBT;
}

void
uniques_doubt(struct instance *it)
{
    for (size_t i = 0; i < it->unique_count; i++)
        if (it->uniques[i].state == UNIQUE_KNOWN)
            it->uniques[i].state = UNIQUE_DOUBT;
}
