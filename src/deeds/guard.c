/*
 * What a turn must have for itself, over all nodes (store/txn.h).
 *
 * Each deed about a person holds the person's guard: those that only look share it, those that change something have it
 * alone. So a withdrawal, once its commit is answered, was behind every disclosure that used the consent, and
 * before every later one. Each turn shares the policy's guard; putting a policy in force takes it alone.
 * Announced where a deed says what it will need, and looked after where it reads (subject_find, read, look-up, list).
 */
#include "deeds/deed_priv.h"

#include "base/clock.h"

enum { POLICY_KEY = 1, SWEEP_KEY = 2, KEYS_OF_OURS = 16 };

/* Ids come with requests, and whoever asks for one that nobody has must not have the policy alone by it. */
static int64_t
person_key(const uint8_t id[16])
{
    uint64_t key = get_be64(id);
    return (int64_t)(key < KEYS_OF_OURS ? ~key : key);
}

void
guard_person_need(struct instance *it, const uint8_t id[16], bool changes)
{
    txn_guard(it->txn, person_key(id), changes);
}

bool
guard_person_has(struct instance *it, const uint8_t id[16], bool changes)
{
    return txn_guarded(it->txn, person_key(id), changes);
}

static bool
guard_now(struct instance *it, int64_t key, bool changes, const char *what, struct err *err)
{
    bool had = false;
    if (txn_guarded(it->txn, key, changes))
        return true;
    it->rows_stand++; /* what was read ahead may be older than the guard */
    keys_unsure(it->keys);
    return txn_guard_now(it->txn, key, changes, &had, err) &&
           (had || err_set(err, ERR_UNAVAILABLE, "another node is at work %s; ask again in a moment", what));
}

bool
guard_person(struct instance *it, const uint8_t id[16], bool changes, struct err *err)
{
    return guard_now(it, person_key(id), changes, "on this person", err);
}

bool
guard_id_alone(struct instance *it, const uint8_t id[16], struct err *err)
{
    return guard_now(it, (int64_t)get_be64(id), true, "with this token", err);
}

bool
guard_id(struct instance *it, const uint8_t id[16], bool *ret_late, struct err *err)
{
    *ret_late = !txn_guarded(it->txn, (int64_t)get_be64(id), false);
    return guard_now(it, (int64_t)get_be64(id), false, "with this token", err);
}

bool
guard_hash(struct instance *it, const uint8_t hash[32], struct err *err)
{
    return guard_now(it, (int64_t)get_be64(hash), true, "with this Idempotency-Key", err);
}

void
guard_id_need(struct instance *it, const uint8_t id[16])
{
    txn_guard(it->txn, (int64_t)get_be64(id), false);
}

void
guard_hash_need(struct instance *it, const uint8_t hash[32])
{
    txn_guard(it->txn, (int64_t)get_be64(hash), true);
}

void
guard_sweep_need(struct instance *it)
{
    txn_guard(it->txn, SWEEP_KEY, true);
}

bool
guard_sweep(struct instance *it, struct err *err)
{
    return guard_now(it, SWEEP_KEY, true, "on the sweep", err);
}

/* Another node may have put another policy in force: then nothing is decided here any more. */
static bool
policy_stands(struct instance *it, struct err *err)
{
    struct span hash;
    if (it->policy == NULL)
        return true;
    if (!meta_get(it, "policy", &hash, err))
        return false;
    it->deposed = !span_eq(hash, span_of(it->policy->hash, 32));
    return !it->deposed || err_set(err, ERR_UNAVAILABLE, "another node put another policy in force; this one ends");
}

/* The nodes' clocks may differ; the database has one, asked behind the guards. So whoever had to wait for another
 * node's turn comes after it also in the book and in the person's view. */
static bool
clock_take(struct instance *it, struct err *err)
{
    struct val out[1];
    bool found = false;
    if (it->fixed_time)
        return true;
    if (!rows_one(it->txn, &it->scratch, SQL_clock_now, NULL, 0, out, 1, &found, err))
        return false;
    it->now_us = found ? out[0].i + clock_passed_us() : 0;
    return it->now_us > 0 || err_set(err, ERR_UNAVAILABLE, "the database's clock cannot be read");
}

/* Where guards are only tried it may be missing: a node that starts has it alone. */
static bool
policy_guarded(struct instance *it, struct err *err)
{
    return txn_guarded(it->txn, POLICY_KEY, false) ||
           err_set(err, ERR_UNAVAILABLE, "another node is just putting a policy in force; ask again in a moment");
}

static bool
first_taken(struct instance *it, struct err *err)
{
    return txn_guards_take(it->txn, err) && policy_guarded(it, err) && policy_stands(it, err) && clock_take(it, err);
}

bool
guard_policy_alone(struct instance *it, struct err *err)
{
    txn_guard(it->txn, POLICY_KEY, true);
    return !rows_far(it->txn) || (txn_guards_take(it->txn, err) && clock_take(it, err));
}

bool
guards_take(struct instance *it, struct err *err)
{
    const struct val name[] = {val_text(SPAN("policy"))};
    if (!rows_far(it->txn))
        return true;
    if (it->guarded)
        return txn_guards_take(it->txn, err);
    it->guarded = true;
    txn_guard(it->txn, POLICY_KEY, false);
    rows_ahead(it->txn, SQL_meta_get, name, 1);
    rows_ahead(it->txn, SQL_clock_now, NULL, 0);
    if (first_taken(it, err))
        return true;
    if (!txn_guards_again(it->txn, err))
        return false;
    it->rows_stand++;
    return policy_guarded(it, err) && policy_stands(it, err) && clock_take(it, err);
}
