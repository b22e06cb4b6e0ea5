#include "deeds/deed_priv.h"
#include "deeds/erase.h"

#include "base/log.h"

/*
 * Keys and rows lie in two databases. A crash between their commits leaves one of two things:
 *
 *   keys of people who never came to be  (their rows were not committed): the keys go;
 *   rows whose key was destroyed         (the erasure was not committed): the erasure is finished,
 *                                         with its own line in the ledger.
 *
 * Neither was acknowledged to anybody. Keys above that are not of one turn are no crash's: somebody put
 * an older troth.db there. Those keys stay, and their numbers are not given again, so that putting the
 * right file back brings everything back.
 */

struct sealed_row {
    uint64_t rec;
    uint8_t key_id[16];
};
struct sealed_rows {
    struct sealed_row rows[64];
    size_t count;
};

static bool
sealed_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct sealed_rows *rows = ctx;
    struct sealed_row *to = &rows->rows[rows->count++];
    *to = (struct sealed_row){.rec = (uint64_t)row[0].i};
    if (row[7].s.n > 17)
        memcpy(to->key_id, row[7].s.p + 1, 16);
    return true;
}

/* Of the category those rows whose key is gone: others may have come after an erasure that was acknowledged. */
static bool
dead_rows_delete(struct instance *it, const struct person *who, uint16_t category,
                 uint64_t *ret_deleted, bool *ret_left, struct err *err)
{
    struct sealed_rows found;
    int64_t after = -1;
    do {
        const struct val in[] = {val_int(who->sn), val_int(category), val_int(after), val_int(64)};
        found.count = 0;
        if (!rows_each(it->txn, SQL_record_of_category, in, 4, 8, 64, sealed_row, &found, err))
            return false;
        for (size_t i = 0; i < found.count; i++) {
            after = (int64_t)found.rows[i].rec;
            struct data_key key;
            bool alive = false;
            if (!keys_get(it->keys, it->txn, who, category, found.rows[i].key_id, &key, &alive, err))
                return false;
            *ret_left |= alive;
            const struct val row[] = {val_int(who->sn), val_int(category), val_int(after)};
            if (!alive && !rows_run(it->txn, SQL_record_delete, row, 3, NULL, err))
                return false;
            *ret_deleted += !alive;
        }
    } while (found.count == 64);
    return true;
}

static bool
lookups_delete(struct instance *it, const struct person *who, uint16_t category, struct err *err)
{
    int at = catalogue_category(it->catalogue, category);
    if (at == POLICY_NONE)
        return true;
    const struct policy_category *cat = &it->policy->categories[at];
    struct record_fields *none = ARENA_NEW(&it->scratch, struct record_fields);
    if (none == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory to settle what a crash left");
    return shelf_index(it, who->sn, at, cat->lookups, none, NULL, err);
}

static bool
finish_erasure(struct instance *it, struct deed *deed, const struct ended_key *ended,
               struct err *err)
{
    const struct val in[] = {val_int(ended->sn)};
    struct val out[6];
    bool found = false;
    if (!rows_one(it->txn, &it->scratch, SQL_subject_by_sn, in, 1, out, 6, &found, err))
        return false;
    if (!found || out[2].i == PERSON_ERASED || out[0].s.n != 16)
        return true; /* that turn did commit */
    struct person who = {.sn = ended->sn};
    memcpy(who.id, out[0].s.p, 16);
    bool whole = ended->category == CATEGORY_LEDGER;
    bool left = false;
    uint64_t deleted = 0;
    if (!whole && !dead_rows_delete(it, &who, ended->category, &deleted, &left, err))
        return false;
    if (!whole && !left && !lookups_delete(it, &who, ended->category, err))
        return false;
    if (!whole && deleted == 0)
        return true; /* that turn did commit, and what lies there now came after it */
    const struct note note = {.about = &who,
                              .event = LEDGER_ERASED,
                              .rule = RULE_RETENTION,
                              .act = "finish-erasure",
                              .category = whole ? POLICY_NONE
                                                : catalogue_category(it->catalogue, ended->category),
                              .purpose_about = POLICY_NONE,
                              .tombstone = whole};
    if (!deed_record(deed, &note, err))
        return false;
    if (!whole)
        return true;
    const struct val state[] = {val_int(who.sn), val_int(PERSON_ERASED)};
    const struct val trace[] = {val_int(who.sn), val_int(CATEGORY_LEDGER)};
    return erase_person_rows(it, &who, err) &&
           rows_run(it->txn, SQL_subject_state_set, state, 2, NULL, err) &&
           rows_run(it->txn, SQL_purge_put, trace, 2, NULL, err);
}

static bool
keys_above_settle(struct instance *it, struct err *err)
{
    bool one_turn = true;
    int64_t top = 0;
    if (!keys_above(it->txn, it->next_sn - 1, &one_turn, &top, err))
        return false;
    if (one_turn)
        return keys_destroy_above(it->txn, it->next_sn - 1, err);
    LOG(LOG_ERROR, "data-older-than-keys",
        LOG_T("text", "troth.db is older than keys.db: an older copy lies in its place; the keys of newer people "
                      "are kept"),
        LOG_N("people", top - it->next_sn + 1));
    it->next_sn = top + 1;
    return true;
}

bool
settle(struct instance *it, struct err *err)
{
    struct caller system = {.role = ACTOR_SYSTEM};
    struct deed deed = {
        .it = it, .caller = &system, .arena = &it->scratch, .purpose = PURPOSE_RETENTION};
    enum { STEP = 64 };
    struct ended_key ended[STEP];
    size_t count = 0;
    uint64_t finished = 0;
    do {
        if (!instance_turn_begin(it, err))
            return false;
        bool good = keys_above_settle(it, err) &&
                    keys_ended(it->txn, ended, STEP, &count, err);
        for (size_t i = 0; good && i < count; i++) {
            uint64_t before = ledger_size(it->ledger);
            good = (it->policy == NULL || finish_erasure(it, &deed, &ended[i], err)) &&
                   keys_ended_done(it->txn, ended[i].place, err);
            finished += ledger_size(it->ledger) - before;
        }
        if (!good) {
            instance_turn_abort(it);
            return err_prefix(err, "settling what a crash left");
        }
        if (!instance_turn_commit(it, err))
            return false;
    } while (count == STEP);
    if (finished > 0)
        LOG(LOG_WARN, "erasures-finished", LOG_N("count", finished));
    return true;
}
