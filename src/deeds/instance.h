/*
 * deeds/instance.h - one running troth: its files, keys, policy and ledger, and the turn in hand.
 *
 * Everything above this floor reaches data only through deeds on an instance.
 * A turn is one transaction; every deed of it commits with its ledger entry or
 * not at all. What two databases may disagree about after a crash is
 * settled before the first turn (deeds/settle.c).
 *
 * Threads: the writer's, but for the ledger's functions for outsiders below.
 * Memory:  owns store, keys, ledger, policy, catalogue.
 */
#ifndef TROTH_DEEDS_INSTANCE_H
#define TROTH_DEEDS_INSTANCE_H

#include "keyring/keyd.h"
#include "policy/policy.h"

struct instance;

struct instance_options {
    const char *dir;
    const char *store, *store_keys; /* URLs of PostgreSQL (store/store.h); NULL: files in dir, or the other's name */
    const char *self_exe;          /* this program, for the key process */
    struct key_source key_source;
    const char *origin;            /* of the ledger; NULL: the one it has, or "troth.local/ledger/1" */
    const char *kind;              /* one of the policy's `instances`; NULL: the one these data have */
    bool create;                   /* make new databases in an empty folder */
    uint64_t reserve;              /* bytes of disk kept back for withdrawals and erasures; 0: none;
                                    * UINT64_MAX: as it is */
    /* The compiled policy (taken over) and its source text; NULL: work without one (tokens, proofs). */
    struct policy *policy;
    struct span policy_source;
};

MUST_USE bool instance_open(const struct instance_options *options, struct instance **ret,
                            struct err *err);
void instance_close(struct instance **instance);
/* The tables of two databases on PostgreSQL, made or brought up to this version, and nothing else. */
MUST_USE bool instance_prepare(const char *store, const char *store_keys, struct err *err);

const struct policy *instance_policy(const struct instance *it);
const uint8_t *instance_ledger_key(const struct instance *it); /* 32 bytes */
const char *instance_origin(const struct instance *it);
/* The verifier key of the ledger, one line (C2SP signed-note). */
void instance_vkey(const struct instance *it, struct buf *out);

/* The turn. begin reads the clock once: all deeds of a turn have one time. */
MUST_USE bool instance_turn_begin(struct instance *it, struct err *err);
/* All announced keys are fetched in one question to keyd. */
MUST_USE bool instance_turn_fetch(struct instance *it, struct err *err);
MUST_USE bool instance_turn_commit(struct instance *it, struct err *err);
void instance_turn_abort(struct instance *it);
/* Whether other nodes may work over the same rows (PostgreSQL). */
bool instance_shared(const struct instance *it);
bool instance_in_turn(const struct instance *it);
int64_t instance_now_us(const struct instance *it);

/* Between turns: signs a checkpoint when one is due, indexes traces, purges, tidies the log, sweeps. Bounded;
 * returns in how many milliseconds it wants to be called again (0: at once, there is more to do). */
int64_t instance_idle(struct instance *it, int64_t mono_ms);

/* Signs a checkpoint of what is committed now (at the latest every LIMIT_CHECKPOINT_MS by itself). */
MUST_USE bool instance_checkpoint(struct instance *it, struct err *err);

/* Whether deeds can be done: keys at hand, store sound, clock readable. err says what is not. */
MUST_USE bool instance_ready(const struct instance *it, struct err *err);

/* True (and err says why) when this instance can do no deed any more and must be opened anew: an I/O error in the
 * store, another server's policy in the databases, or the key process is gone. */
bool instance_fallen(const struct instance *it, struct err *err);

struct instance_figures {
    uint64_t deeds_done, deeds_refused, deeds_absent, deeds_failed;
    uint64_t ledger_size, checkpoint_size;
    uint64_t ledger_waiting;       /* of them, entries that have no place in the tree yet (PostgreSQL only) */
    bool ledger_sequencer;         /* this node gave the last ones it saw waiting their places (PostgreSQL only) */
    uint64_t key_hits, key_misses;
    uint64_t swept_records, purge_waiting;
    int64_t data_bytes, log_bytes, keys_bytes;
    uint64_t store_round_trips, store_opened; /* PostgreSQL only */
    int room;                      /* 0 plenty, 1 nothing is added, 2 only withdrawals and erasures */
    int64_t overdue_oldest_s;      /* how long the oldest due record is overdue; 0: none */
};
void instance_figures(struct instance *it, struct instance_figures *ret);

/* The ledger for outsiders; each opens a snapshot of its own and may run beside the writer. */
struct instance_ledger;
MUST_USE bool instance_checkpoint_text(struct instance *it, struct arena *arena, struct span *ret,
                                       struct err *err);
struct inclusion_ask {
    bool by_number;
    uint64_t entry;   /* by_number: which */
    uint64_t seq;     /* else its place in the tree */
    uint64_t size;    /* of that tree; 0: what the newest checkpoint covers */
};
/* ERR_NOT_FOUND: no such entry; ERR_CONFLICT: it has no place in the tree yet, or not under a checkpoint. */
MUST_USE bool instance_inclusion(struct instance *it, struct arena *arena, const struct inclusion_ask *ask,
                                 struct buf *ret_json, struct err *err);
MUST_USE bool instance_consistency(struct instance *it, struct arena *arena, uint64_t old_size,
                                   uint64_t size, struct buf *ret_json, struct err *err);
MUST_USE bool instance_tile(struct instance *it, struct arena *arena, unsigned level,
                            uint64_t index, unsigned width, struct span *ret, struct err *err);
MUST_USE bool instance_entries(struct instance *it, struct arena *arena, uint64_t seq,
                               uint64_t most, struct span *ret, struct err *err);

/* A live or copied data folder, or databases, looked at without keys: every entry, tile and checkpoint. vkey may be empty. */
struct verify_ask {
    const char *dir, *store, *store_keys;
    struct span vkey;
    void (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};
struct verify_reply {
    uint64_t entries, waiting, checkpoints, signed_size, first_bad;
    uint8_t root[32];
    bool signatures_checked, sound;
    char origin[128];
    char fault[256];
};
MUST_USE bool instance_verify(const struct verify_ask *ask, struct verify_reply *ret,
                              struct err *err);

#endif
