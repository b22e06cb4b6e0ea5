#include "deeds/deed_priv.h"

static bool
no_memory(struct err *err)
{
    return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
}

/* Damage; or a node fell between the two commits of an erasure, and nobody has finished it yet (settle_others). */
static bool
key_gone(struct instance *it, const struct person *who, uint16_t number, struct err *err)
{
    bool ended = false;
    if (rows_far(it->txn) && !keys_ended_any(it->txn, who->sn, number, &ended, err))
        return false;
    return ended ? err_set(err, ERR_UNAVAILABLE, "what was here is just being erased; ask again in a moment")
                 : err_set(err, ERR_SEAL, "the key of a record is gone");
}

bool
shelf_open(struct instance *it, struct arena *arena, const struct person *who, int category,
           const struct shelf_row *row, struct record_fields *ret, struct err *err)
{
    uint16_t number = it->catalogue->category[category];
    if (row->sealed.n < 17)
        return err_set(err, ERR_SEAL, "a sealed record has the wrong form");
    struct data_key key;
    bool found = false;
    if (!keys_get(it->keys, it->txn, who, number, (const uint8_t *)row->sealed.p + 1, &key, &found,
                  err))
        return false;
    if (!found)
        return key_gone(it, who, number, err);
    const struct record_place place = {.table = TABLE_RECORD,
                                       .category = number,
                                       .rec = row->rec,
                                       .version = row->version,
                                       .who = who};
    struct span text;
    return record_open(arena, &key, &place, row->sealed, &text, err) &&
           record_decode(text, it->policy, it->catalogue, category, ret, err);
}

static bool
dates_of(struct instance *it, struct arena *arena, const struct shelf_put *put, int64_t *ret_least,
         int64_t *ret_due, struct err *err)
{
    struct keep_times times = {.created_us = put->created_us, .changed_us = it->now_us};
    int at = it->policy->categories[put->category].keep;
    if (at != POLICY_NONE && it->policy->keeps[at].event == EVENT_FIELD) {
        int bit = it->policy->keeps[at].field;
        if (put->fields->present >> bit & 1)
            times.field = put->fields->value[bit];
    }
    if (!keep_person_times(it, arena, put->who->sn, put->category, &times, err))
        return false;
    keep_dates(it->policy, put->category, &times, ret_least, ret_due);
    return true;
}

bool
shelf_write(struct instance *it, struct arena *arena, const struct shelf_put *put, struct err *err)
{
    uint16_t number = it->catalogue->category[put->category];
    struct data_key key;
    if (!keys_get_or_make(it->keys, it->txn, put->who, number, it->now_us, &key, err))
        return false;
    struct span text = record_encode(arena, it->policy, it->catalogue, put->category, put->fields);
    if (text.p == NULL)
        return no_memory(err);
    if (text.n > LIMIT_RECORD)
        return err_set(err, ERR_TOO_LARGE, "a record holds at most %d bytes", LIMIT_RECORD);
    const struct record_place place = {.table = TABLE_RECORD,
                                       .category = number,
                                       .rec = put->rec,
                                       .version = put->version,
                                       .who = put->who};
    struct span sealed = record_seal(arena, &key, &place, text);
    if (sealed.p == NULL)
        return no_memory(err);
    int64_t least = 0, due = 0;
    if (!dates_of(it, arena, put, &least, &due, err))
        return false;
    const struct val least_val = least == 0 ? val_null() : val_int(least);
    const struct val due_val = due == 0 ? val_null() : val_int(due);
    if (put->version == 1) {
        const struct val in[] = {val_int(put->who->sn), val_int(number),
                                 val_int((int64_t)put->rec), val_int(1), val_int(it->policy_no),
                                 val_int(it->now_us), least_val, due_val,
                                 val_blob(sealed.p, sealed.n)};
        return rows_run(it->txn, SQL_record_put, in, 9, NULL, err);
    }
    const struct val in[] = {val_int(put->who->sn), val_int(number), val_int((int64_t)put->rec),
                             val_int((int64_t)put->version), val_int(it->policy_no),
                             val_int(it->now_us), least_val, due_val,
                             val_blob(sealed.p, sealed.n)};
    /* Where a new record lies in the place of the one before, its time begins anew. */
    const struct val created[] = {in[0], in[1], in[2], val_int(put->created_us)};
    return rows_run(it->txn, SQL_record_set, in, 9, NULL, err) &&
           (!it->policy->categories[put->category].latest ||
            rows_run(it->txn, SQL_record_created_set, created, 4, NULL, err));
}

bool
shelf_last(struct instance *it, int64_t sn, int category, uint64_t *ret_rec, uint64_t *ret_version, struct err *err)
{
    const struct val last[] = {val_int(sn), val_int(it->catalogue->category[category])};
    struct val out[8];
    bool found = false;
    if (!rows_one(it->txn, &it->scratch, SQL_record_last, last, 2, out, 1, &found, err))
        return false;
    *ret_rec = found ? (uint64_t)out[0].i : 0;
    *ret_version = 0;
    if (*ret_rec == 0 || !it->policy->categories[category].latest)
        return true;
    const struct val in[] = {last[0], last[1], val_int((int64_t)*ret_rec - 1), val_int(1)};
    if (!rows_one(it->txn, &it->scratch, SQL_record_of_category, in, 4, out, 8, &found, err))
        return false;
    *ret_version = found ? (uint64_t)out[1].i : 0;
    return found || err_set(err, ERR_CORRUPT, "the last record of a category is not there");
}

static bool
index_one(struct instance *it, int64_t sn, const struct policy_field *field, uint16_t number,
          bool present, const uint8_t index[16], struct err *err)
{
    bool unique = field->lookup == LOOKUP_UNIQUE;
    const struct val old[] = {val_int(sn), val_int(number)};
    unique_gone(it, sn);
    if (!rows_run(it->txn, unique ? SQL_lookup_unique_erase_field : SQL_lookup_plain_erase_field,
                  old, 2, NULL, err))
        return false;
    if (!present)
        return true;
    const struct val in[] = {val_int(number), val_blob(index, 16), val_int(sn)};
    if (unique ? unique_put(it, number, index, sn, err) : rows_run(it->txn, SQL_lookup_plain_put, in, 3, NULL, err))
        return true;
    if (err != NULL && err->code == ERR_TAKEN) {
        err_set(err, ERR_TAKEN, "another person has this %.*s already", SPAN_FMT(field->name));
        err_place(err, "/fields/%.*s", SPAN_FMT(field->full_name));
    }
    return false;
}

bool
shelf_index(struct instance *it, int64_t sn, int category, uint64_t mask,
            const struct record_fields *fields, const uint8_t (*index)[16], struct err *err)
{
    const struct policy_category *cat = &it->policy->categories[category];
    mask &= cat->lookups;
    for (int bit = 0; mask != 0 && bit < cat->field_count; bit++) {
        if (!(mask >> bit & 1))
            continue;
        if (!index_one(it, sn, &it->policy->fields[cat->field_first + bit],
                       it->catalogue->field[cat->field_first + bit],
                       (fields->present >> bit & 1) != 0, index[bit], err))
            return false;
    }
    return true;
}

enum { RENEW_STEP = 1 }; /* a record may be as large as a quarter of a request's room, and is there four times */
struct renew_rows {
    struct instance *it;
    struct arena *arena;
    const struct person *who;
    uint16_t number;
    struct { uint64_t rec, version; int64_t policy, created_us, changed_us; struct val least, due; struct span sealed; }
        rows[RENEW_STEP];
    size_t count;
};

static bool
renew_row(void *ctx, const struct val *row, struct err *err)
{
    struct renew_rows *rows = ctx;
    if (row[7].s.n < 17)
        return err_set(err, ERR_SEAL, "a sealed record has the wrong form");
    struct span sealed = arena_copy(rows->arena, row[7].s);
    if (sealed.p == NULL)
        return no_memory(err);
    rows->rows[rows->count].rec = (uint64_t)row[0].i;
    rows->rows[rows->count].version = (uint64_t)row[1].i;
    rows->rows[rows->count].policy = row[2].i;
    rows->rows[rows->count].created_us = row[3].i;
    rows->rows[rows->count].changed_us = row[4].i;
    rows->rows[rows->count].least = row[5];
    rows->rows[rows->count].due = row[6];
    rows->rows[rows->count].sealed = sealed;
    rows->count++;
    return true;
}

static bool
touch(struct renew_rows *rows, const struct shelf_renew *renew, struct span *text, struct err *err)
{
    struct instance *it = rows->it;
    struct record_fields fields;
    if (!record_decode(*text, it->policy, it->catalogue, renew->category, &fields, err))
        return false;
    fields.present &= ~renew->drop;
    *text = record_encode(rows->arena, it->policy, it->catalogue, renew->category, &fields);
    return text->p != NULL || no_memory(err);
}

/* One row under the new key; its version goes up, since the seal holds it. renew: what it loses; or NULL. */
static bool
renew_one(struct renew_rows *rows, size_t i, const struct shelf_renew *renew, const struct data_key *key, struct err *err)
{
    struct instance *it = rows->it;
    const struct shelf_row row = {.rec = rows->rows[i].rec,
                                  .version = rows->rows[i].version,
                                  .sealed = rows->rows[i].sealed};
    bool touched = renew != NULL;
    struct data_key old;
    bool found = false;
    if (!keys_get(it->keys, it->txn, rows->who, rows->number, (const uint8_t *)row.sealed.p + 1, &old,
                  &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_SEAL, "the key of a record is gone");
    struct record_place place = {.table = TABLE_RECORD,
                                 .category = rows->number,
                                 .rec = row.rec,
                                 .version = row.version,
                                 .who = rows->who};
    struct span text;
    if (!record_open(rows->arena, &old, &place, row.sealed, &text, err) ||
        (touched && !touch(rows, renew, &text, err)))
        return false;
    place.version++;
    struct span sealed = record_seal(rows->arena, key, &place, text);
    if (sealed.p == NULL)
        return no_memory(err);
    const struct val in[] = {val_int(rows->who->sn),
                             val_int(rows->number),
                             val_int((int64_t)row.rec),
                             val_int((int64_t)place.version),
                             val_int(rows->rows[i].policy),
                             val_int(touched ? it->now_us : rows->rows[i].changed_us),
                             rows->rows[i].least,
                             touched ? val_null() : rows->rows[i].due,
                             val_blob(sealed.p, sealed.n)};
    return rows_run(it->txn, SQL_record_set, in, 9, NULL, err);
}

static bool
in_list(const uint64_t *list, size_t count, uint64_t rec)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == rec)
            return true;
    return false;
}

/* The old key goes when the new seals are durable: the purge of a later turn does it. */
static bool
old_key_waits(struct instance *it, const struct person *who, uint16_t number, int generation, struct err *err)
{
    const struct val old[] = {val_int(who->sn), val_int(purge_old_key(number, generation))};
    /* A word about the generation that is new now is of a purge that a crash cut off: it would end the new key. */
    const struct val stale[] = {val_int(who->sn), val_int(purge_old_key(number, 1 - generation))};
    return rows_run(it->txn, SQL_purge_delete, stale, 2, NULL, err) &&
           rows_run(it->txn, SQL_purge_put, old, 2, NULL, err);
}

/* All rows that are not under the key. renew NULL: nothing is taken from any. */
static bool
rows_renew(struct instance *it, struct arena *arena, const struct person *who, uint16_t number,
           const struct data_key *key, const struct shelf_renew *renew, struct err *err)
{
    struct renew_rows *rows = ARENA_NEW(arena, struct renew_rows);
    if (rows == NULL)
        return no_memory(err);
    *rows = (struct renew_rows){.it = it, .arena = arena, .who = who, .number = number};
    int64_t after = -1;
    size_t mark = arena_mark(arena);
    do {
        arena_back(arena, mark);
        rows->count = 0;
        const struct val in[] = {val_int(who->sn), val_int(number), val_int(after), val_int(RENEW_STEP)};
        if (!rows_each(it->txn, SQL_record_of_category, in, 4, 8, RENEW_STEP, renew_row, rows, err))
            return false;
        for (size_t i = 0; i < rows->count; i++) {
            after = (int64_t)rows->rows[i].rec;
            bool touched = renew != NULL && in_list(renew->skip, renew->skip_count, rows->rows[i].rec);
            const struct val gone[] = {val_int(who->sn), val_int(number), val_int(after)};
            bool stays = memcmp(rows->rows[i].sealed.p + 1, key->key_id, sizeof key->key_id) == 0;
            bool done = touched && !renew->depersonalise
                            ? rows_run(it->txn, SQL_record_delete, gone, 3, NULL, err)
                            : stays || renew_one(rows, i, touched ? renew : NULL, key, err);
            if (!done)
                return false;
        }
    } while (rows->count == RENEW_STEP);
    return true;
}

bool
shelf_renew(struct instance *it, struct arena *arena, const struct shelf_renew *renew,
            struct err *err)
{
    uint16_t number = it->catalogue->category[renew->category];
    struct data_key key;
    int old_generation = 0;
    if (!keys_renew(it->keys, it->txn, renew->who, number, it->now_us, &key, &old_generation, err) ||
        !old_key_waits(it, renew->who, number, old_generation, err))
        return false;
    it->renewed = true;
    return rows_renew(it, arena, renew->who, number, &key, renew, err);
}

bool
shelf_renew_rest(struct instance *it, const struct person *who, uint16_t number, const struct key_generation keys[2],
                 struct err *err)
{
    struct data_key key;
    bool found = false;
    if (!keys_get(it->keys, it->txn, who, number, keys[1].key_id, &key, &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_SEAL, "the newer of two keys is gone");
    it->sweep_more = true;
    return old_key_waits(it, who, number, keys[0].generation, err) &&
           rows_renew(it, &it->scratch, who, number, &key, NULL, err);
}
