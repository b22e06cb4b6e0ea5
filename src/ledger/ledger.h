/*
 * ledger/ledger.h - the tamper-evident book: 160-byte entries under one Merkle tree.
 *
 * Every deed and every refusal appends an entry inside the deed's own
 * transaction; nothing is answered before that is durable. The tree is RFC
 * 6962's (leaf 00, node 01, SHA-256), checkpoints are C2SP signed notes, full
 * tiles of 256 hashes are stored as they fill. Entries hold no personal data:
 * who it was about stands only as a reference that changes with every entry.
 *
 * Threads: struct ledger belongs to the writer's thread; the readers' functions
 *          (ledger_tree_…, ledger_verify) take any txn.
 * Memory:  O(log n): the frontier and one partial tile for each level.
 */
#ifndef TROTH_LEDGER_LEDGER_H
#define TROTH_LEDGER_LEDGER_H

#include "store/rows.h"

enum { LEDGER_ENTRY = 160, LEDGER_HASH = 32, LEDGER_TILE = 256, LEDGER_PROOF_MAX = 64 };

enum ledger_event {
    LEDGER_READ = 1, LEDGER_WRITE, LEDGER_DISCLOSE, LEDGER_CONSENT_GIVEN, LEDGER_CONSENT_WITHDRAWN,
    LEDGER_ERASE_ASKED, LEDGER_ERASED, LEDGER_EPOCH_DESTROYED, LEDGER_POLICY_ACTIVATED,
    LEDGER_SIGN_IN, LEDGER_SIGN_IN_FAILED, LEDGER_PARENTAL, LEDGER_EXPORT, LEDGER_CONFIG,
    LEDGER_RESTORE, LEDGER_KEY_ROTATION, LEDGER_REFUSED, LEDGER_HOLD, LEDGER_WITNESS_CHANGE,
    LEDGER_CLOCK_JUMP
};
enum ledger_decision { LEDGER_ALLOW, LEDGER_DENY, LEDGER_ERROR };
enum { LEDGER_FLAG_STAFF = 1, LEDGER_FLAG_AUTOMATED = 2, LEDGER_FLAG_BREAK_GLASS = 4 };

struct ledger_entry {
    enum ledger_event event;
    enum ledger_decision decision;
    uint8_t flags;
    uint32_t rule;
    int64_t time_us;
    uint64_t seq;
    uint8_t sref[16];
    uint8_t aref[16];
    uint8_t purpose[16];
    uint8_t policy[32];
    uint8_t detail[32];
    uint8_t request[16];
};
void ledger_entry_put(const struct ledger_entry *entry, uint8_t to[LEDGER_ENTRY]);
/* ERR_LEDGER: wrong version, enum out of range, reserved bytes not zero. */
MUST_USE bool ledger_entry_get(const uint8_t from[LEDGER_ENTRY], struct ledger_entry *ret,
                               struct err *err);
void ledger_leaf_hash(const uint8_t entry[LEDGER_ENTRY], uint8_t ret[LEDGER_HASH]);
void ledger_node_hash(const uint8_t left[LEDGER_HASH], const uint8_t right[LEDGER_HASH],
                      uint8_t ret[LEDGER_HASH]);

struct ledger;

/* Reads the end of the book (partial tiles from their entries) inside txn. origin is copied: "host/ledger/1".
 * ERR_LEDGER when what is there does not fit together. */
MUST_USE bool ledger_open(struct txn *txn, const char *origin, struct ledger **ret, struct err *err);
void ledger_close(struct ledger **ledger);

uint64_t ledger_size(const struct ledger *ledger);      /* with what this turn has appended */
const char *ledger_origin(const struct ledger *ledger);

/* The number the next entry will have: sref depends on it. */
uint64_t ledger_next(const struct ledger *ledger);

/* Appends; sets entry->seq and a time not before the last one's. The row is written into txn (at the latest by
 * ledger_flush), the tree grows in memory. */
MUST_USE bool ledger_append(struct ledger *ledger, struct txn *txn, struct ledger_entry *entry,
                            struct err *err);

/* Before commit: rows and tiles not written yet. After commit or rollback tell which it was: a rollback takes
 * the tree back to where the turn (or the mark) began. */
MUST_USE bool ledger_flush(struct ledger *ledger, struct txn *txn, struct err *err);
void ledger_turn_begin(struct ledger *ledger);
void ledger_turn_end(struct ledger *ledger, bool committed);
uint64_t ledger_mark(const struct ledger *ledger);
void ledger_mark_back(struct ledger *ledger, uint64_t mark); /* a deed of the turn was taken back */

/* Checkpoints (C2SP tlog-checkpoint). note: origin, size, base64 root, each with a newline. */
enum { LEDGER_NOTE_MAX = 512 };
void ledger_root(const struct ledger *ledger, uint8_t ret[LEDGER_HASH]);
void ledger_note(const char *origin, uint64_t size, const uint8_t root[LEDGER_HASH], struct buf *out);
/* The whole signed note: note, blank line, signature line. */
void ledger_note_signed(struct span note, const char *origin, const uint8_t public_key[32],
                        const uint8_t sig[64], struct buf *out);
/* "origin+hash+base64(01 ‖ key)" */
void ledger_vkey(const char *origin, const uint8_t public_key[32], struct buf *out);
MUST_USE bool ledger_vkey_read(struct span vkey, char *ret_origin, size_t origin_size,
                               uint8_t ret_key[32], struct err *err);
/* Checks the signature by vkey's key and gives size and root. ERR_LEDGER. */
MUST_USE bool ledger_note_check(struct span signed_note, const char *origin,
                                const uint8_t public_key[32], uint64_t *ret_size,
                                uint8_t ret_root[LEDGER_HASH], struct err *err);
/* As ledger_note_check; besides gives the text that was signed and the signature. */
MUST_USE bool ledger_note_split(struct span signed_note, const char *origin,
                                const uint8_t public_key[32], struct span *ret_note,
                                uint8_t ret_sig[64], uint64_t *ret_size,
                                uint8_t ret_root[LEDGER_HASH], struct err *err);
MUST_USE bool ledger_checkpoint_put(struct txn *txn, uint64_t size, int64_t time_us,
                                    struct span signed_note, struct err *err);
/* The newest; ERR_NOT_FOUND when there is none yet. */
MUST_USE bool ledger_checkpoint_last(struct txn *txn, struct arena *arena, uint64_t *ret_size,
                                     struct span *ret_signed_note, struct err *err);

/* Proofs (RFC 6962 section 2.1), from tiles and entries of any txn; size at most what is committed there. */
struct ledger_proof {
    uint8_t hash[LEDGER_PROOF_MAX][LEDGER_HASH];
    size_t count;
};
MUST_USE bool ledger_inclusion(struct txn *txn, struct arena *arena, uint64_t seq, uint64_t size,
                               struct ledger_proof *ret, struct err *err);
MUST_USE bool ledger_consistency(struct txn *txn, struct arena *arena, uint64_t old_size,
                                 uint64_t size, struct ledger_proof *ret, struct err *err);
bool ledger_inclusion_check(const uint8_t leaf[LEDGER_HASH], uint64_t seq, uint64_t size,
                            const struct ledger_proof *proof, const uint8_t root[LEDGER_HASH]);
bool ledger_consistency_check(uint64_t old_size, const uint8_t old_root[LEDGER_HASH], uint64_t size,
                              const uint8_t root[LEDGER_HASH], const struct ledger_proof *proof);
/* C2SP tlog-tiles: one tile (8192 bytes when full, width × 32 else). ERR_NOT_FOUND. */
MUST_USE bool ledger_tile(struct txn *txn, struct arena *arena, unsigned level, uint64_t index,
                          unsigned width, uint64_t size, struct span *ret, struct err *err);
/* Up to `most` raw entries from seq on, 160 bytes each, one after another. */
MUST_USE bool ledger_entries(struct txn *txn, struct arena *arena, uint64_t seq, uint64_t most,
                             struct span *ret, struct err *err);

/* Reads the whole book: every entry's form and order of time, the tiles against the entries, every checkpoint
 * against the tree and the key. The first fault is named with its entry number. public_key NULL: signatures
 * are not checked (and the report says so). progress may be NULL. */
struct ledger_report {
    uint64_t entries;
    uint64_t checkpoints;
    uint64_t signed_size;        /* what the newest checkpoint covers */
    uint8_t root[LEDGER_HASH];
    bool signatures_checked;
    bool sound;
    uint64_t first_bad;          /* when not sound: the first entry that may be bad, never one after it. Exact where
                                    a full tile knows its hash, where it is missing, added, moved or misshapen */
    char fault[256];             /* "entry 17 is missing", "entry 4 was changed" … */
};
typedef void (*ledger_progress_fn)(void *ctx, uint64_t done, uint64_t total);
MUST_USE bool ledger_verify(struct txn *txn, const char *origin, const uint8_t *public_key,
                            ledger_progress_fn progress, void *ctx, struct ledger_report *ret,
                            struct err *err);

#endif
