/*
 * A new policy reaches what lies there: dates are worked out again, a step at a time between turns.
 *
 * Data keep the promise they were given under: a record never ends later than it would have under the policy before,
 * only earlier. The law's minimum is taken from the new policy, for law is not a promise. A category that the new
 * policy does not know keeps the dates it has.
 */
#include "base/log.h"
#include "deeds/deed_priv.h"

enum { REDATE_STEP = 128 };

struct dated {
    struct person who;
    uint64_t rec;
    int64_t category, created_us, changed_us, least_us, due_us;
};

struct dated_rows {
    size_t count;
    struct dated rows[REDATE_STEP];
};

/* Columns of record_dated. */
enum { D_SN, D_CATEGORY, D_REC, D_CREATED, D_CHANGED, D_LEAST, D_DUE, D_ID, D_COUNT };

static bool
dated_row(void *ctx, const struct val *row, struct err *err)
{
    struct dated_rows *rows = ctx;
    struct dated *to = &rows->rows[rows->count];
    if (row[D_ID].s.n != 16)
        return err_set(err, ERR_CORRUPT, "a person's id has the wrong size");
    *to = (struct dated){.who.sn = row[D_SN].i,
                         .category = row[D_CATEGORY].i,
                         .least_us = row[D_LEAST].kind == VAL_INT ? row[D_LEAST].i : 0,
                         .due_us = row[D_DUE].kind == VAL_INT ? row[D_DUE].i : 0,
                         .rec = (uint64_t)row[D_REC].i,
                         .created_us = row[D_CREATED].i,
                         .changed_us = row[D_CHANGED].i};
    memcpy(to->who.id, row[D_ID].s.p, 16);
    rows->count++;
    return true;
}

/* The date within the record, which has to be opened for that. */
static bool
field_of(struct instance *it, const struct dated *dated, int category, struct span *ret,
         struct err *err)
{
    const struct val in[] = {val_int(dated->who.sn), val_int(dated->category),
                             val_int((int64_t)dated->rec - 1), val_int(1)};
    struct val out[8];
    bool found = false;
    struct record_fields *fields = ARENA_NEW(&it->scratch, struct record_fields);
    if (fields == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory for this step");
    if (!rows_one(it->txn, &it->scratch, SQL_record_of_category, in, 4, out, 8, &found, err))
        return false;
    if (!found || (uint64_t)out[0].i != dated->rec)
        return true;
    const struct shelf_row row = {
        .rec = dated->rec, .version = (uint64_t)out[1].i, .sealed = out[7].s};
    if (!shelf_open(it, &it->scratch, &dated->who, category, &row, fields, err))
        return false;
    int bit = it->policy->keeps[it->policy->categories[category].keep].field;
    if (fields->present >> bit & 1)
        *ret = fields->value[bit];
    return true;
}

/* What the rule counts from. */
static bool
times_of(struct instance *it, const struct dated *dated, int category, struct keep_times *ret,
         struct err *err)
{
    *ret = (struct keep_times){.created_us = dated->created_us, .changed_us = dated->changed_us};
    int keep = it->policy->categories[category].keep;
    if (keep != POLICY_NONE && it->policy->keeps[keep].event == EVENT_FIELD &&
        !field_of(it, dated, category, &ret->field, err))
        return false;
    return keep_person_times(it, &it->scratch, dated->who.sn, category, ret, err);
}

static bool
redate_one(struct instance *it, const struct dated *dated, struct err *err)
{
    struct keep_times times;
    int64_t least = 0, due = 0;
    int category = catalogue_category(it->catalogue, dated->category);
    if (category == POLICY_NONE || it->policy->categories[category].keep == POLICY_NONE)
        return true;
    if (!times_of(it, dated, category, &times, err))
        return false;
    keep_dates(it->policy, category, &times, &least, &due);
    if (dated->due_us != 0 && (due == 0 || dated->due_us < due))
        due = dated->due_us;
    if (due != 0 && due < least)
        due = least;
    if (least == dated->least_us && due == dated->due_us)
        return true;
    const struct val in[] = {val_int(dated->who.sn), val_int(dated->category),
                             val_int((int64_t)dated->rec),
                             least == 0 ? val_null() : val_int(least),
                             due == 0 ? val_null() : val_int(due)};
    it->sweep_ms = 0; /* something may be due now */
    return rows_run(it->txn, SQL_record_dates_set, in, 5, NULL, err);
}

static bool
place_set(struct instance *it, const struct redate *redate, struct err *err)
{
    uint8_t bytes[24];
    put_be64(bytes, (uint64_t)redate->sn);
    put_be64(bytes + 8, (uint64_t)redate->category);
    put_be64(bytes + 16, redate->rec);
    return meta_set(it, "redate", span_of(bytes, redate->going ? sizeof bytes : 0), err);
}

bool
redate_begin(struct instance *it, struct err *err)
{
    it->redate = (struct redate){.going = true};
    return place_set(it, &it->redate, err);
}

bool
redate_resume(struct instance *it, struct err *err)
{
    struct span place;
    if (!meta_get(it, "redate", &place, err))
        return false;
    it->redate = (struct redate){0};
    if (place.n != 24)
        return true;
    const uint8_t *bytes = (const uint8_t *)place.p;
    it->redate = (struct redate){.going = true,
                                 .sn = (int64_t)get_be64(bytes),
                                 .category = (int64_t)get_be64(bytes + 8),
                                 .rec = get_be64(bytes + 16)};
    return true;
}

static bool
step_do(struct instance *it, struct redate *redate, struct err *err)
{
    struct dated_rows *rows = ARENA_NEW(&it->scratch, struct dated_rows);
    if (rows == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory for this step");
    const struct val in[] = {val_int(redate->sn), val_int(redate->category),
                             val_int((int64_t)redate->rec), val_int(REDATE_STEP)};
    if (!rows_each(it->txn, SQL_record_dated, in, 4, D_COUNT, REDATE_STEP, dated_row, rows, err))
        return false;
    if (rows_far(it->txn)) { /* nobody changes these people meanwhile; then what they have now */
        for (size_t i = 0; i < rows->count; i++)
            guard_person_need(it, rows->rows[i].who.id, true);
        rows->count = 0;
        if (!guards_take(it, err) ||
            !rows_each(it->txn, SQL_record_dated, in, 4, D_COUNT, REDATE_STEP, dated_row, rows, err))
            return false;
    }
    for (size_t i = 0; i < rows->count; i++) {
        struct err why;
        size_t mark = arena_mark(&it->scratch);
        if (!guard_person(it, rows->rows[i].who.id, true, err))
            return false;
        bool done = redate_one(it, &rows->rows[i], &why);
        arena_back(&it->scratch, mark);
        if (done)
            continue;
        /* One record that does not open must not keep the others from ending. */
        if (why.code != ERR_SEAL && why.code != ERR_CORRUPT) {
            *err = why;
            return false;
        }
        log_err(LOG_ERROR, "redate", &why);
    }
    redate->going = rows->count == REDATE_STEP;
    if (rows->count > 0) {
        const struct dated *last = &rows->rows[rows->count - 1];
        redate->sn = last->who.sn;
        redate->category = last->category;
        redate->rec = last->rec;
    }
    return place_set(it, redate, err);
}

bool
redate_step(struct instance *it, struct err *err)
{
    bool held = false;
    if (!instance_turn_begin(it, err))
        return false;
    bool good = lease_take(it, LEASE_SWEEP, &held, err);
    /* Another node may have come further, or to the end. */
    good = good && (store_lane(it->store) == 0 || redate_resume(it, err));
    struct redate redate = it->redate;
    if (good && (!held || !redate.going))
        return instance_turn_commit(it, err);
    if (!good || !step_do(it, &redate, err)) {
        instance_turn_abort(it);
        return err_prefix(err, "new dates");
    }
    if (!instance_turn_commit(it, err))
        return false;
    it->redate = redate;
    if (!redate.going)
        LOG(LOG_INFO, "redated", LOG_T("text", "what was kept before follows the policy in force"));
    return true;
}
