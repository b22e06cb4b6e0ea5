/*
 * ledger/ledger.h - the tamper-evident book: 160-byte entries under one Merkle tree.
 *
 * Every deed and every refusal appends an entry inside the deed's own
 * transaction; nothing is answered before that is durable. The tree is RFC
 * 6962's (leaf 00, node 01, SHA-256), checkpoints are C2SP signed notes, full
 * tiles of 256 hashes are stored as they fill. Entries hold no personal data:
 * who it was about stands only as a reference that changes with every entry.
 *
 * An entry has a number as soon as it is recorded: lane << 40 | no, where its
 * writer counts no in a lane that is its own. On lane 0, where there is one
 * writer, the number is the place in the tree (seq) too. The entries of other
 * lanes get their places afterwards, in the order of their lane, from whoever is
 * the sequencer (ledger_sequence): rows that say "these of that lane are here".
 * An entry is durable before the answer in any case; place and checkpoint follow.
 *
 * Threads: struct ledger belongs to the writer's thread; the readers' functions
 *          (ledger_tree_…, ledger_verify) take any txn.
 * Memory:  O(log n): the frontier and one partial tile for each level.
 */
#ifndef TROTH_LEDGER_LEDGER_H
#define TROTH_LEDGER_LEDGER_H

#include "store/rows.h"

enum { LEDGER_ENTRY = 160, LEDGER_HASH = 32, LEDGER_TILE = 256, LEDGER_PROOF_MAX = 64, LEDGER_NO_BITS = 40 };
#define LEDGER_NO_MAX ((UINT64_C(1) << LEDGER_NO_BITS) - 1)

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
    uint64_t seq;       /* its place in the tree; on lanes above 0 zero until it has one */
    uint64_t number;    /* on lane 0 the same */
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
/* An entry of a lane above 0 as it is stored, made the leaf at seq: its place is written into it. */
void ledger_entry_place_put(uint8_t entry[LEDGER_ENTRY], uint64_t seq);
void ledger_leaf_hash(const uint8_t entry[LEDGER_ENTRY], uint8_t ret[LEDGER_HASH]);
void ledger_node_hash(const uint8_t left[LEDGER_HASH], const uint8_t right[LEDGER_HASH],
                      uint8_t ret[LEDGER_HASH]);

struct ledger;

/* Reads the end of the lane and of the tree (partial tiles from their entries) inside txn. origin is copied:
 * "host/ledger/1". ERR_LEDGER when what is there does not fit together. */
MUST_USE bool ledger_open(struct txn *txn, const char *origin, int lane, struct ledger **ret, struct err *err);
void ledger_close(struct ledger **ledger);

/* Lane 0: with what this turn has appended. Else the tree as this process last saw it. */
uint64_t ledger_size(const struct ledger *ledger);
const char *ledger_origin(const struct ledger *ledger);

/* The number the next entry will have: sref depends on it. */
uint64_t ledger_entry_next(const struct ledger *ledger);

/* Appends; sets entry->number (on lane 0 seq too) and a time not before the last one's of the lane. The row is
 * written into txn (at the latest by ledger_flush); on lane 0 the tree grows in memory. */
MUST_USE bool ledger_append(struct ledger *ledger, struct txn *txn, struct ledger_entry *entry,
                            struct err *err);

/* Before commit: rows and tiles not written yet. After commit or rollback tell which it was: a rollback takes
 * the tree back to where the turn (or the mark) began. */
MUST_USE bool ledger_flush(struct ledger *ledger, struct txn *txn, struct err *err);
void ledger_turn_begin(struct ledger *ledger);
void ledger_turn_end(struct ledger *ledger, bool committed);
uint64_t ledger_mark(const struct ledger *ledger);
void ledger_mark_back(struct ledger *ledger, uint64_t mark); /* a deed of the turn was taken back */

/* The tree in memory is that of the store; read anew when it is not (another sequencer was at work, or the turn before
 * was taken back). For lanes above 0, in a turn. */
MUST_USE bool ledger_follow(struct ledger *ledger, struct txn *txn, struct err *err);
/* One step of the sequencer: at most `most` entries of all lanes get their places, runs and full tiles are written into
 * txn. Only one of all processes may do this in a transaction at a time (deeds/lease.h); should two, the second's rows
 * are refused. ERR_LEDGER when an entry of a lane is missing: then that lane stands still, and what the others have was
 * placed (*ret_placed) and may be committed. Any other failure: the turn must be taken back. */
MUST_USE bool ledger_sequence(struct ledger *ledger, struct txn *txn, uint64_t most, uint64_t *ret_placed,
                              struct err *err);
/* The tree's size, the newest checkpoint's, and how many durable entries have no place in the tree yet. */
struct ledger_look {
    uint64_t size, checkpoint_size, waiting;
};
MUST_USE bool ledger_look(struct txn *txn, struct ledger_look *ret, struct err *err);

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
/* Where entry `number` is. */
enum ledger_place { LEDGER_NO_SUCH, LEDGER_WAITS, LEDGER_PLACED };
MUST_USE bool ledger_find(struct txn *txn, struct arena *arena, uint64_t number, enum ledger_place *ret_place,
                          uint64_t *ret_seq, struct err *err);
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
/* Up to `most` raw entries of the tree from seq on, 160 bytes each, one after another. */
MUST_USE bool ledger_entries(struct txn *txn, struct arena *arena, uint64_t seq, uint64_t most,
                             struct span *ret, struct err *err);

/* Reads the whole book: every entry's form, number and order of time in its lane, the runs, the tiles against the
 * entries, every checkpoint against the tree and the key, and the entries that have no place in the tree yet. The first fault is named with its entry number. public_key NULL: signatures
 * are not checked (and the report says so). progress may be NULL. */
struct ledger_report {
    uint64_t entries;            /* in the tree */
    uint64_t waiting;            /* durable, and not in the tree yet */
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
