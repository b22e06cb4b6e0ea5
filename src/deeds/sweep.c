#include "deeds/sweep.h"

#include "base/clock.h"
#include "base/log.h"
#include "deeds/deed_priv.h"

#include <stdio.h>

struct due_row {
    struct person who;
    int64_t category;
    uint64_t rec;
    int64_t least_us;
    enum policy_person_state state;
    bool restricted;
};
/* store/sql/vault.sql has 256 where PostgreSQL must see a number. */
_Static_assert(LIMIT_SWEEP_BATCH <= 256, "record_due and idempotency_old give no more");
struct due {
    struct due_row rows[LIMIT_SWEEP_BATCH];
    size_t count;
};

static bool
due_row(void *ctx, const struct val *row, struct err *err)
{
    struct due *due = ctx;
    struct due_row *to = &due->rows[due->count];
    *to = (struct due_row){.who.sn = row[0].i,
                           .category = row[1].i,
                           .rec = (uint64_t)row[2].i,
                           .least_us = row[4].kind == VAL_INT ? row[4].i : 0,
                           .state = (enum policy_person_state)row[6].i,
                           .restricted = row[8].i != 0};
    if (row[5].s.n != 16)
        return err_set(err, ERR_CORRUPT, "a person's id has the wrong size");
    memcpy(to->who.id, row[5].s.p, 16);
    due->count++;
    return true;
}

/* Is there nothing left for this person to come back to: held for the law alone, or the account was closed. */
static bool
is_over(struct instance *it, const struct due_row *row, bool *ret, struct err *err)
{
    *ret = row->state == PERSON_HELD;
    int closed = policy_event_find(it->policy, SPAN("closed"));
    if (*ret || closed == POLICY_NONE)
        return true;
    const struct val in[] = {val_int(row->who.sn), val_int(it->catalogue->event[closed])};
    struct val out[1];
    return rows_one(it->txn, &it->scratch, SQL_event_get, in, 2, out, 1, ret, err);
}

/* When nothing else of a person is left that is over, they end too, with a tombstone: consents, look-ups, tokens and
 * what was done with their data go along. */
static bool
end_person(struct sweep *ask, const struct due_row *row, struct err *err)
{
    struct instance *it = ask->deed.it;
    const struct val sn[] = {val_int(row->who.sn)};
    struct val out[1];
    bool any = false, over = false;
    if (!is_over(it, row, &over, err))
        return false;
    if (!over)
        return true;
    if (!rows_one(it->txn, &it->scratch, SQL_record_any, sn, 1, out, 1, &any, err))
        return false;
    if (any)
        return true;
    const struct note note = {.about = &row->who,
                              .event = LEDGER_ERASED,
                              .rule = RULE_RETENTION,
                              .act = "erase",
                              .category = POLICY_NONE,
                              .purpose_about = POLICY_NONE,
                              .tombstone = true};
    const struct val state[] = {val_int(row->who.sn), val_int(PERSON_ERASED)};
    return deed_record(&ask->deed, &note, err) &&
           erase_category(it, &row->who, CATEGORY_LEDGER, true, err) &&
           erase_person_rows(it, &row->who, err) &&
           rows_run(it->txn, SQL_subject_state_set, state, 2, NULL, err);
}

/* The sweep is an actor like any other: the policy says whether it may (not while processing is restricted). */
static bool
may_end(const struct sweep *ask, const struct due_row *row, int category)
{
    const struct subject subject = {
        .person = row->who, .state = row->state, .restricted = row->restricted};
    struct policy_question q;
    struct policy_verdict verdict;
    deed_question(&ask->deed, ACT_ERASE, category, &subject, &q);
    policy_decide(ask->deed.it->policy, &q, &verdict);
    return verdict.answer != ANSWER_REFUSE;
}

/* Asked again tomorrow. */
static bool
push_back(struct instance *it, const struct due_row *rows, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct val in[] = {
            val_int(rows[i].who.sn), val_int(rows[i].category), val_int((int64_t)rows[i].rec),
            rows[i].least_us == 0 ? val_null() : val_int(rows[i].least_us),
            val_int(it->now_us + CLOCK_US_PER_DAY)};
        if (!rows_run(it->txn, SQL_record_dates_set, in, 5, NULL, err))
            return false;
    }
    return true;
}

/* The policy in force does not know this category any more, or says nothing of its end; the one it was collected
 * under did, and that promise is kept. Nobody can open these records, so the last of them takes the key along. */
static bool
end_forgotten(struct sweep *ask, const struct due_row *rows, size_t count, struct err *err)
{
    struct instance *it = ask->deed.it;
    const struct val where[] = {val_int(rows[0].who.sn), val_int(rows[0].category), val_int(-1),
                                val_int(1)};
    struct val out[8];
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        const struct val in[] = {where[0], where[1], val_int((int64_t)rows[i].rec)};
        const struct note note = {.about = &rows[i].who,
                                  .event = LEDGER_ERASED,
                                  .rule = RULE_RETENTION,
                                  .act = "erase",
                                  .category = POLICY_NONE,
                                  .purpose_about = POLICY_NONE};
        if (!rows_run(it->txn, SQL_record_delete, in, 3, NULL, err) ||
            !deed_record(&ask->deed, &note, err))
            return false;
    }
    ask->erased += count;
    if (!rows_one(it->txn, &it->scratch, SQL_record_of_category, where, 4, out, 8, &any, err))
        return false;
    if (!any && !erase_category(it, &rows[0].who, (uint16_t)rows[0].category, false, err))
        return false;
    return end_person(ask, &rows[0], err);
}

/* All due records of one person and category at once: they share a key. */
static bool
end_records(struct sweep *ask, const struct due_row *rows, size_t count, struct err *err)
{
    struct instance *it = ask->deed.it;
    int category = catalogue_category(it->catalogue, rows[0].category);
    if (category == POLICY_NONE || it->policy->categories[category].keep == POLICY_NONE) {
        return rows[0].restricted ? push_back(it, rows, count, err)
                                  : end_forgotten(ask, rows, count, err);
    }
    const struct policy_category *cat = &it->policy->categories[category];
    const struct policy_keep *keep = &it->policy->keeps[cat->keep];
    uint64_t recs[LIMIT_SWEEP_BATCH];
    for (size_t i = 0; i < count; i++)
        recs[i] = rows[i].rec;
    if (!may_end(ask, &rows[0], category))
        return push_back(it, rows, count, err);
    struct record_fields *none = ARENA_NEW(ask->deed.arena, struct record_fields);
    if (none == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory for this step of the sweep");
    uint64_t unfound = cat->lookups; /* nobody is found by what is gone */
    if (cat->many || keep->depersonalise) {
        const struct shelf_renew renew = {.who = &rows[0].who,
                                          .category = category,
                                          .skip = recs,
                                          .skip_count = count,
                                          .depersonalise = keep->depersonalise,
                                          .drop = keep->depersonalise ? keep->drop : 0};
        if (!shelf_renew(it, ask->deed.arena, &renew, err))
            return false;
        it->sweep_more = true;
        unfound &= renew.drop;
    } else {
        const struct val in[] = {val_int(rows[0].who.sn), val_int(rows[0].category)};
        if (!erase_category(it, &rows[0].who, (uint16_t)rows[0].category, false, err) ||
            !rows_run(it->txn, SQL_record_category_delete, in, 2, NULL, err))
            return false;
    }
    if (!shelf_index(it, rows[0].who.sn, category, unfound, none, NULL, err))
        return false;
    if (keep->depersonalise)
        ask->depersonalised += count;
    else
        ask->erased += count;
    for (size_t i = 0; i < count; i++) {
        const struct note note = {.about = &rows[i].who,
                                  .event = LEDGER_ERASED,
                                  .rule = (uint32_t)keep->rule,
                                  .act = keep->depersonalise ? "depersonalise" : "erase",
                                  .category = category,
                                  .has_rec = cat->many,
                                  .rec = rows[i].rec,
                                  .purpose_about = POLICY_NONE};
        if (!deed_record(&ask->deed, &note, err))
            return false;
    }
    return end_person(ask, &rows[0], err);
}

/* How many of a category could not be ended, and when that was tried last; they are tried again every day. */
static bool
unended_note(struct instance *it, int64_t category, size_t count, struct err *err)
{
    char name[40];
    struct span before;
    uint8_t value[16];
    (void)snprintf(name, sizeof name, "unended:%lld", (long long)category);
    if (!meta_get(it, name, &before, err))
        return false;
    bool today = before.n == sizeof value && it->now_us - (int64_t)get_be64((const uint8_t *)before.p + 8) < CLOCK_US_PER_DAY / 2;
    put_be64(value, count + (today ? get_be64((const uint8_t *)before.p) : 0));
    put_be64(value + 8, (uint64_t)it->now_us);
    return meta_set(it, name, span_of(value, sizeof value), err);
}

/* One person's records that do not open must not keep everybody else's from ending: they are left, and told. */
static bool
end_group(struct sweep *ask, const struct due_row *rows, size_t count, struct err *err)
{
    struct instance *it = ask->deed.it;
    uint64_t mark = ledger_mark(it->ledger), erased = ask->erased, thinned = ask->depersonalised;
    struct err why;
    err_clear(&why);
    if (!txn_mark(it->txn, err))
        return false;
    if (end_records(ask, rows, count, &why))
        return txn_mark_keep(it->txn, err);
    ask->erased = erased;
    ask->depersonalised = thinned;
    lines_back(it, mark);
    if (!txn_mark_back(it->txn, err))
        return false;
    if (why.code == ERR_CONFLICT)
        return true; /* an older renewal is not finished: the next step meets it again */
    if (why.code != ERR_SEAL && why.code != ERR_CORRUPT && why.code != ERR_TOO_LARGE) {
        *err = why;
        return false;
    }
    if (!unended_note(it, rows[0].category, count, err))
        return false;
    LOG(LOG_ERROR, "sweep-skipped", LOG_T("code", err_machine_code(why.code)), LOG_T("text", why.text),
        LOG_N("records", count));
    return push_back(it, rows, count, err);
}

enum { PURGE_STEPS = 8 };
/* Whose renewed keys wait for the end of the old one. */
struct purges {
    uint8_t id[PURGE_STEPS][16];
    size_t count;
};

static bool
purge_person(void *ctx, const struct val *row, struct err *err)
{
    struct purges *purges = ctx;
    if (row[0].s.n != 16)
        return err_set(err, ERR_CORRUPT, "a person's id has the wrong size");
    memcpy(purges->id[purges->count++], row[0].s.p, 16);
    return true;
}

static bool
due_load(struct sweep *ask, struct due *due, struct err *err)
{
    const struct val in[] = {val_int(ask->deed.it->now_us), val_int(LIMIT_SWEEP_BATCH)};
    due->count = 0;
    return rows_each(ask->deed.it->txn, SQL_record_due, in, 2, 9, LIMIT_SWEEP_BATCH, due_row, due, err);
}

/* All at once, before anything is changed: so they are waited for in one order, as those of any other turn are. */
static bool
people_guard(struct sweep *ask, struct due *due, struct err *err)
{
    struct instance *it = ask->deed.it;
    struct purges purges = {.count = 0};
    const struct val in[] = {val_int(PURGE_OLD_KEY), val_int(PURGE_STEPS)};
    if (!rows_far(it->txn))
        return true;
    if (!due_load(ask, due, err) || !rows_each(it->txn, SQL_purge_people, in, 2, 1, PURGE_STEPS, purge_person, &purges, err))
        return false;
    for (size_t i = 0; i < due->count; i++)
        guard_person_need(it, due->rows[i].who.id, true);
    for (size_t i = 0; i < purges.count; i++)
        guard_person_need(it, purges.id[i], true);
    guard_sweep_need(it);
    return guards_take(it, err) && guard_sweep(it, err);
}

static bool
sweep_due(struct sweep *ask, struct due *due, struct err *err)
{
    struct instance *it = ask->deed.it;
    if (!due_load(ask, due, err))
        return false;
    for (size_t i = 0; i < due->count; i++) {
        const uint16_t categories[] = {CATEGORY_LEDGER, (uint16_t)due->rows[i].category};
        keys_need(it->keys, it->txn, &due->rows[i].who, categories, 2);
    }
    if (!keys_fetch(it->keys, err))
        return false;
    bool done[LIMIT_SWEEP_BATCH] = {false};
    for (size_t i = 0; i < due->count; i++) {
        if (done[i] || !guard_person_has(it, due->rows[i].who.id, true))
            continue; /* came meanwhile: the next step meets it again */
        struct due_row group[LIMIT_SWEEP_BATCH];
        size_t count = 0;
        for (size_t j = i; j < due->count; j++) {
            if (done[j] || due->rows[j].who.sn != due->rows[i].who.sn ||
                due->rows[j].category != due->rows[i].category)
                continue;
            group[count++] = due->rows[j];
            done[j] = true;
        }
        size_t mark = arena_mark(ask->deed.arena);
        if (!end_group(ask, group, count, err))
            return false;
        arena_back(ask->deed.arena, mark);
    }
    ask->more |= due->count == LIMIT_SWEEP_BATCH;
    return true;
}

/* The old generation of a renewed key; category as purge_old_key says it. */
static bool
old_key_end(struct instance *it, int64_t sn, int64_t category, struct err *err)
{
    struct val out[6];
    const struct val in[] = {val_int(sn)};
    bool found = false;
    if (!rows_one(it->txn, &it->scratch, SQL_subject_by_sn, in, 1, out, 6, &found, err))
        return false;
    struct person who = {.sn = sn};
    if (found && out[0].s.n == 16)
        memcpy(who.id, out[0].s.p, 16);
    if (found && !guard_person(it, who.id, true, err))
        return false;
    uint16_t number = (uint16_t)(category & 0xffff);
    int generation = (int)(category / PURGE_OLD_KEY) - 1;
    struct key_generation held[2];
    size_t count = 0;
    if (!keys_generations(it->txn, &who, number, held, &count, err))
        return false;
    /* Only an old key ends here. What a turn that was cut off left said may be of a place that has a new one since. */
    if (count < 2 || held[0].generation != generation)
        return true;
    it->destroyed = true;
    return keys_destroy_generation(it->keys, it->txn, &who, number, generation, err);
}

static bool
purge_step(struct sweep *ask, int64_t sn, int64_t category, bool *ret_over, struct err *err)
{
    struct instance *it = ask->deed.it;
    int64_t changed = 0;
    if (category >= PURGE_OLD_KEY) {
        *ret_over = true;
        return old_key_end(it, sn, category, err);
    }
    const struct val in[] = {val_int(sn), val_int(category), val_int(LIMIT_SWEEP_BATCH)};
    if (category != CATEGORY_LEDGER) {
        if (!rows_run(it->txn, SQL_record_purge, in, 3, &changed, err))
            return false;
    } else {
        const struct val by[] = {val_int(sn), val_int(LIMIT_SWEEP_BATCH)};
        const struct val tail[] = {val_int(sn), val_int((int64_t)it->trace_upto)};
        int64_t tail_changed = 0;
        if (!rows_run(it->txn, SQL_trace_erase_tail, tail, 2, &tail_changed, err) ||
            !rows_run(it->txn, SQL_trace_erase, by, 2, NULL, err) ||
            !rows_run(it->txn, SQL_trace_by_erase, by, 2, &changed, err))
            return false;
    }
    *ret_over = changed < LIMIT_SWEEP_BATCH;
    ask->purged += (uint64_t)changed;
    return true;
}

/* The person's own row goes last; their number is never given again. */
static bool
end_row(struct instance *it, struct val sn, struct err *err)
{
    uint8_t top[8];
    put_be64(top, (uint64_t)it->next_sn - 1);
    return (store_lane(it->store) != 0 || meta_set(it, "sn", span_of(top, sizeof top), err)) &&
           rows_run(it->txn, SQL_subject_delete, &sn, 1, NULL, err);
}

/* The rows erasure left unreadable, a step at a time; with the last the person's row goes too. */
static bool
purge(struct sweep *ask, struct err *err)
{
    struct instance *it = ask->deed.it;
    struct val out[6];
    bool found = false;
    for (int i = 0; i < PURGE_STEPS; i++) {
        if (!rows_one(it->txn, &it->scratch, SQL_purge_next, NULL, 0, out, 2, &found, err))
            return false;
        if (!found)
            return true;
        const struct val at[] = {out[0], out[1]};
        bool over = false;
        if (!purge_step(ask, at[0].i, at[1].i, &over, err))
            return false;
        if (over && !rows_run(it->txn, SQL_purge_delete, at, 2, NULL, err))
            return false;
        if (over && at[1].i == CATEGORY_LEDGER && !end_row(it, at[0], err))
            return false;
    }
    ask->more = true;
    return true;
}

enum { NOTE_EVERY_US = 30 * CLOCK_US_PER_S };

/* That nothing was due any more, and when: what shows that the keep rules are kept (evidence.c). */
static bool
swept_note(struct instance *it, struct err *err)
{
    uint8_t at[8];
    if (it->now_us >= it->swept_us && it->now_us - it->swept_us < NOTE_EVERY_US)
        return true;
    put_be64(at, (uint64_t)it->now_us);
    if (!meta_set(it, "swept", span_of(at, sizeof at), err))
        return false;
    it->swept_us = it->now_us;
    return true;
}

static enum deed_end
sweep_do(void *arg, struct err *err)
{
    struct sweep *ask = arg;
    struct instance *it = ask->deed.it;
    ask->more = false;
    const struct val old[] = {val_int(it->now_us - LIMIT_IDEM_DAYS * CLOCK_US_PER_DAY),
                              val_int(LIMIT_SWEEP_BATCH)};
    int64_t forgotten = 0;
    struct due *due = ARENA_NEW(ask->deed.arena, struct due);
    if (due == NULL) {
        err_set(err, ERR_TOO_LARGE, "no memory for this step of the sweep");
        return DEED_FAILED;
    }
    if (!people_guard(ask, due, err) || !purge(ask, err) || !sweep_due(ask, due, err) ||
        !rows_run(it->txn, SQL_idempotency_old, old, 2, &forgotten, err))
        return DEED_FAILED;
    ask->more |= forgotten == LIMIT_SWEEP_BATCH || it->redate.going;
    if (!ask->more && !swept_note(it, err))
        return DEED_FAILED;
    it->figures.swept_records += ask->erased + ask->depersonalised;
    return DEED_DONE;
}

enum deed_end
sweep_run(struct sweep *ask, struct err *err)
{
    ask->deed.weight = DEED_FREES;
    return deed_do(&ask->deed, sweep_do, ask, err);
}
