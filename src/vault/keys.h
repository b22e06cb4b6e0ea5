/*
 * vault/keys.h - data keys: one for each person and category, wrapped on disk, briefly open in memory.
 *
 * Everything of one category of one person is sealed under one data key, so that
 * destroying 32 bytes erases it. Open keys lie in a bounded cache in locked
 * memory, at most LIMIT_KEY_CACHE for at most LIMIT_KEY_CACHE_S seconds. What a
 * turn will need is said first (keys_need…) and asked of keyd in one batch
 * (keys_fetch); a key nobody announced is fetched alone, correct but slower.
 *
 * Category 0 is the ledger's: from it come the person's references in the
 * ledger and the seal of their trace.
 *
 * Threads: the writer's.
 */
#ifndef TROTH_VAULT_KEYS_H
#define TROTH_VAULT_KEYS_H

#include "keyring/keyd.h"
#include "store/rows.h"

struct keys;

struct person {          /* who, in both of their names */
    int64_t sn;
    uint8_t id[16];
};

struct data_key {
    const uint8_t *key;  /* 32 bytes of locked memory, good until the end of the turn */
    uint8_t key_id[16];
};

MUST_USE bool keys_open(struct keyd *keyd, struct keys **ret, struct err *err);
void keys_close(struct keys **keys);

/* A new turn in this lane (store/store.h): forgets the announcements of the last one; drops keys that are too old. */
void keys_turn(struct keys *keys, int lane, int64_t mono_ms);
/* Somebody's guard was had only now: what was seen of keys before may have changed until then. */
void keys_unsure(struct keys *keys);
/* Between turns, at least once a second: wipes what the last turn left and drops keys that are too old, so that none
 * outlives its time in a server with nothing to do. */
void keys_tidy(struct keys *keys, int64_t mono_ms);

/* Announcements; cheap, may repeat, never fail (what does not fit is fetched later, alone). */
void keys_need(struct keys *keys, struct txn *txn, const struct person *who,
               const uint16_t *categories, size_t count);
/* The rows of a key that keys_get_or_make looks for; also of an open one, where there are other nodes. */
void keys_need_rows(struct txn *txn, const struct person *who, uint16_t category);
/* For somebody who is made in this turn and has no keys: none are looked for. */
void keys_need_new(struct keys *keys, const struct person *who, uint16_t category, int64_t now_us);
/* A blind index; `ret` is filled by keys_fetch and must live until then. */
void keys_need_index(struct keys *keys, uint16_t field, struct span field_name, struct span value,
                     uint8_t ret[KEYD_INDEX]);
MUST_USE bool keys_fetch(struct keys *keys, struct err *err);

/* True when the key is open in the cache: nothing needs to be announced. */
bool keys_has(struct keys *keys, const uint8_t subject_id[16], uint16_t category);

/* The newest key; *ret_found false when there is none (never was, or destroyed). ERR_SEAL when its row does not
 * open. With key_id (16 bytes, may be NULL) the one of that id: while a category is being sealed anew there
 * are two. */
MUST_USE bool keys_get(struct keys *keys, struct txn *txn, const struct person *who,
                       uint16_t category, const uint8_t *key_id,
                       struct data_key *ret, bool *ret_found, struct err *err);
/* The key, made (and its wrapped row written) when there is none. */
MUST_USE bool keys_get_or_make(struct keys *keys, struct txn *txn, const struct person *who,
                               uint16_t category, int64_t now_us,
                               struct data_key *ret, struct err *err);
/* A fresh key beside the old one (its place noted in `ended`, as below), and the number of the old generation. The caller seals everything of the
 * category anew in this turn and has the old one destroyed in a later turn (keys_destroy_generation), when
 * the new seals are durable. ERR_CONFLICT while an older one still waits for that. */
MUST_USE bool keys_renew(struct keys *keys, struct txn *txn, const struct person *who,
                         uint16_t category, int64_t now_us,
                         struct data_key *ret, int *ret_old_generation, struct err *err);
/* *ret_two: while a renewal is not finished there are two; then the newer one's id and generation. */
MUST_USE bool keys_newest_of_two(struct txn *txn, const struct person *who, uint16_t category,
                                 uint8_t ret_key_id[16], int *ret_generation, bool *ret_two,
                                 struct err *err);
/* Overwrites and deletes the wraps of all generations (or of one), forgets the open key, and notes the place
 * in `ended` until the turn after the commit. */
MUST_USE bool keys_destroy(struct keys *keys, struct txn *txn, const struct person *who,
                           uint16_t category, struct err *err);
MUST_USE bool keys_destroy_generation(struct keys *keys, struct txn *txn, const struct person *who,
                                      uint16_t category, int generation, struct err *err);
/* The generations there are of a key, the older first; nobody is asked for the keys themselves. */
struct key_generation {
    int generation;
    uint8_t key_id[16];
};
MUST_USE bool keys_generations(struct txn *txn, const struct person *who, uint16_t category,
                               struct key_generation ret[2], size_t *ret_count, struct err *err);
/* What a crash between the two databases may have left: places in `ended`, each with the lane whose turn it was. */
struct ended_key {
    int64_t sn;
    uint16_t category;
    int generation;
};
MUST_USE bool keys_ended(struct txn *txn, int lane, struct ended_key *ret, size_t most, size_t *ret_count,
                         struct err *err);
/* Is there one of this category of a person, in any lane? */
MUST_USE bool keys_ended_any(struct txn *txn, int64_t sn, uint16_t category, bool *ret, struct err *err);
MUST_USE bool keys_ended_done(struct txn *txn, int lane, const struct ended_key *ended, struct err *err);
MUST_USE bool keys_ended_clear(struct txn *txn, int lane, struct err *err);
/* One index value at once (announced ones come cheaper). */
MUST_USE bool keys_index(struct keys *keys, uint16_t field, struct span field_name,
                         struct span value, uint8_t ret[KEYD_INDEX], struct err *err);

/* Keys of people numbered `from` to below `below`, where nobody is. A crash leaves those of one turn, all made at one
 * moment: *ret_one_turn. Any others mean that the data are older than the keys. *ret_top_sn: the highest number,
 * from - 1 when there is none. */
MUST_USE bool keys_between(struct txn *txn, int64_t from, int64_t below, bool *ret_one_turn, int64_t *ret_top_sn,
                           struct err *err);
/* Those (made durable by a turn that a crash cut off): destroyed. */
MUST_USE bool keys_destroy_between(struct txn *txn, int64_t from, int64_t below, struct err *err);

/* Categories this person has keys for, each once, ascending. */
MUST_USE bool keys_categories(struct txn *txn, int64_t sn, uint16_t *ret, size_t most,
                              size_t *ret_count, struct err *err);

/* The turn, or a deed of it, was rolled back: keys made in it may never have been. The cache forgets them all; those
 * whose rows stayed are found by them. */
void keys_taken_back(struct keys *keys);

/* Every open key is forgotten. */
void keys_forget(struct keys *keys);

/* For /metrics. */
void keys_figures(const struct keys *keys, uint64_t *ret_hits, uint64_t *ret_misses);

#endif
