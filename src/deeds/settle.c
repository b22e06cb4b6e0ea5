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
 * Neither was acknowledged to anybody.
 */

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
    if (!whole) {
        const struct val rows[] = {val_int(ended->sn), val_int(ended->category)};
        return rows_run(it->txn, SQL_record_category_delete, rows, 2, NULL, err);
    }
    const struct val state[] = {val_int(who.sn), val_int(PERSON_ERASED)};
    const struct val trace[] = {val_int(who.sn), val_int(CATEGORY_LEDGER)};
    return erase_person_rows(it, &who, err) &&
           rows_run(it->txn, SQL_subject_state_set, state, 2, NULL, err) &&
           rows_run(it->txn, SQL_purge_put, trace, 2, NULL, err);
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
        bool good = keys_destroy_above(it->txn, it->next_sn - 1, err) &&
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
