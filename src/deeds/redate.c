/*
 * A new policy: the dates of records that were there before it.
 *
 * The page in force says how long things are kept, so a shorter time counts for
 * old records too. A longer one does not: what somebody was promised when they
 * gave their data is not taken back behind their back (only a minimum the law
 * sets lengthens). A step is a few records; where it stands is remembered.
 */
#include "base/log.h"
#include "deeds/deed_priv.h"
#include "wire/text.h"

enum { STEP = 16 };

struct old_row {
    int64_t place, category, created_us, changed_us, least_us, due_us;
    struct person who;
    uint64_t rec, version;
    struct span sealed;
    bool erased;
};
struct redate_ctx {
    struct instance *it;
    struct arena *arena;
};
struct old_rows {
    const struct redate_ctx *ctx;
    struct old_row rows[STEP];
    size_t count;
};

static bool
counts_from_field(const struct instance *it, int64_t number)
{
    int category = catalogue_category(it->catalogue, number);
    int at = category == POLICY_NONE ? POLICY_NONE : it->policy->categories[category].keep;
    return at != POLICY_NONE && it->policy->keeps[at].event == EVENT_FIELD;
}

static bool
old_row(void *ctx, const struct val *row, struct err *err)
{
    struct old_rows *rows = ctx;
    struct old_row *to = &rows->rows[rows->count];
    *to = (struct old_row){.place = row[0].i,
                           .who.sn = row[1].i,
                           .category = row[2].i,
                           .rec = (uint64_t)row[3].i,
                           .version = (uint64_t)row[4].i,
                           .created_us = row[5].i,
                           .changed_us = row[6].i,
                           .least_us = row[7].kind == VAL_INT ? row[7].i : 0,
                           .due_us = row[8].kind == VAL_INT ? row[8].i : 0,
                           .erased = row[11].i == PERSON_ERASED};
    if (row[10].s.n != 16)
        return err_set(err, ERR_CORRUPT, "a person's id has the wrong size");
    memcpy(to->who.id, row[10].s.p, 16);
    if (counts_from_field(rows->ctx->it, to->category)) {
        to->sealed = arena_copy(rows->ctx->arena, row[9].s);
        if (to->sealed.p == NULL)
            return err_set(err, ERR_TOO_LARGE, "no memory for this step of the sweep");
    }
    rows->count++;
    return true;
}

static bool
field_date(const struct redate_ctx *ctx, const struct old_row *row, int category, struct span *ret,
           struct err *err)
{
    struct record_fields *fields = ARENA_NEW(ctx->arena, struct record_fields);
    const struct shelf_row shelf = {
        .rec = row->rec, .version = row->version, .sealed = row->sealed};
    if (fields == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory for this step of the sweep");
    if (!shelf_open(ctx->it, ctx->arena, &row->who, category, &shelf, fields, err))
        return false;
    const struct policy *policy = ctx->it->policy;
    int bit = policy->keeps[policy->categories[category].keep].field;
    if (fields->present >> bit & 1)
        *ret = fields->value[bit];
    return true;
}

static bool
redate_one(const struct redate_ctx *ctx, const struct old_row *row, struct err *err)
{
    struct instance *it = ctx->it;
    int category = catalogue_category(it->catalogue, row->category);
    if (row->erased || category == POLICY_NONE || it->policy->categories[category].keep == POLICY_NONE)
        return true;
    const struct policy_keep *keep = &it->policy->keeps[it->policy->categories[category].keep];
    struct keep_times times = {.created_us = row->created_us, .changed_us = row->changed_us};
    if (keep->event == EVENT_FIELD && !field_date(ctx, row, category, &times.field, err)) {
        if (err->code != ERR_SEAL && err->code != ERR_CORRUPT)
            return false;
        log_err(LOG_ERROR, "redate-skipped", err);
        err_clear(err);
        return true;
    }
    if (!keep_person_times(it, ctx->arena, row->who.sn, category, &times, err))
        return false;
    int64_t least = 0, due = 0;
    keep_dates(it->policy, category, &times, &least, &due);
    if (due == 0 || (row->due_us != 0 && row->due_us < due))
        due = row->due_us;
    if (due != 0 && due < least)
        due = least;
    if (due == row->due_us && least == row->least_us)
        return true;
    const struct val set[] = {val_int(row->who.sn), val_int(row->category), val_int((int64_t)row->rec),
                              least == 0 ? val_null() : val_int(least),
                              due == 0 ? val_null() : val_int(due)};
    return rows_run(it->txn, SQL_record_dates_set, set, 5, NULL, err);
}

static bool
cursor_put(struct instance *it, int64_t at, struct err *err)
{
    uint8_t text[8];
    put_be64(text, (uint64_t)at);
    const struct val meta[] = {val_text(SPAN("redate")), val_blob(text, at < 0 ? 0 : 8)};
    it->redate_next = at;
    return rows_run(it->txn, SQL_meta_set, meta, 2, NULL, err);
}

bool
redate_begin(struct instance *it, struct err *err)
{
    return cursor_put(it, 0, err);
}

bool
redate_step(struct instance *it, struct arena *arena, struct err *err)
{
    struct redate_ctx ctx = {it, arena};
    struct old_rows *rows = ARENA_NEW(arena, struct old_rows);
    if (rows == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory for this step of the sweep");
    rows->ctx = &ctx;
    const struct val in[] = {val_int(it->redate_at), val_int(STEP)};
    if (!rows_each(it->txn, SQL_record_from, in, 2, 12, STEP, old_row, rows, err))
        return false;
    for (size_t i = 0; i < rows->count; i++) {
        size_t mark = arena_mark(arena);
        if (!redate_one(&ctx, &rows->rows[i], err))
            return false;
        arena_back(arena, mark);
    }
    return cursor_put(it, rows->count < STEP ? -1 : rows->rows[rows->count - 1].place, err);
}
