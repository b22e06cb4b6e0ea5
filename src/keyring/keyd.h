/*
 * keyring/keyd.h - the key process, and the client that asks it.
 *
 * keyd holds root, epoch, index, actor and signing keys; the server never does.
 * It is a process of its own: one socket pair, no network, no file but the
 * keyring (opened before it shuts itself in). The server hands it whole batches
 * and gets data keys, wrapped rows, index values and signatures back.
 *
 * keyd signs a checkpoint only if it extends the last one it signed (it checks
 * the consistency proof itself, RFC 6962 section 2.1.2), so that a server gone
 * bad cannot fork the ledger.
 *
 * Threads: one client, one thread at a time.
 * Memory:  answers are written where the caller says; keys into locked memory.
 */
#ifndef TROTH_KEYRING_KEYD_H
#define TROTH_KEYRING_KEYD_H

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

enum { DK_ROW = 128, KEYD_INDEX = 16, KEYD_AREF = 16 };

/* Where the unseal secret comes from. Exactly one is set. The key process reads it itself: it never
 * passes through the server. */
struct key_source {
    const char *file;          /* 32 bytes, mode 0400 or 0600, owned by this user */
    const char *credential;    /* name under $CREDENTIALS_DIRECTORY (systemd LoadCredential=) */
    int passphrase_fd;         /* read to the first newline or end; -1 (or 0 beside one of the
                                  others) when not used */
};

/* Creates DIR/keyring.trk with a new vault id, root, epoch, index, ledger, token and actor keys.
 * ERR_CONFLICT when there is one. Never overwrites. */
MUST_USE bool keyring_create(const char *dir, const struct key_source *source, struct err *err);

/* Writes a fresh unseal secret of 32 random bytes to path, mode 0400. ERR_CONFLICT when it
 * exists. */
MUST_USE bool key_file_create(const char *path, struct err *err);

struct keyd;

/* Call it from a thread that lives as long as the process: keyd is killed when that thread ends.
 * Starts the process (fork and exec of self_exe with the hidden verb `keyd`), hands it the secret
 * and waits until the keyring is open. ERR_KEYS: which copy, which slot, never whether the secret
 * was near. */
MUST_USE bool keyd_start(const char *self_exe, const char *dir, const struct key_source *source,
                         struct keyd **ret, struct err *err);
void keyd_stop(struct keyd **keyd);
/* The pid, to watch; the fd becomes readable with EOF when it dies. */
int keyd_pid(const struct keyd *keyd);
int keyd_fd(const struct keyd *keyd);
bool keyd_alive(const struct keyd *keyd);

/* The body of the process, for the hidden verb `keyd FD`: serves until the socket closes, then ends
 * the process itself (it comes back only with an exit status when it could not even start). */
int keyd_main(int fd);

const uint8_t *keyd_vault_id(const struct keyd *keyd);       /* 16 bytes */
const uint8_t *keyd_ledger_public(const struct keyd *keyd);  /* Ed25519, 32 bytes */
uint64_t keyd_generation(const struct keyd *keyd);           /* of its keyring */

/* An epoch's number, and a mark of its key: two keys that got one number, each on a node of its own, differ in it. */
struct epoch_mark {
    uint32_t number;
    uint8_t check[8];
};
struct epoch_mark keyd_epoch(const struct keyd *keyd);  /* data keys are wrapped under it */
struct epoch_mark keyd_newest(const struct keyd *keyd); /* the one with the highest number, prepared or not */

/* From now on data keys are wrapped under this epoch; those of the others open as before. Nothing changes unless
 * EPOCH_USED. */
enum epoch_use {
    EPOCH_USED,
    EPOCH_MISSING,  /* the keyring has none of that number: it is older */
    EPOCH_OTHER,    /* it has one, with another key */
    EPOCH_ENDED     /* it had, and it was destroyed */
};
MUST_USE bool keyd_use_epoch(struct keyd *keyd, const struct epoch_mark *mark, enum epoch_use *ret,
                             struct err *err);

/* 'A' or 'B' when that copy of the keyring was damaged or stale at the start, else 0 (also
 * logged). */
char keyd_bad_copy(const struct keyd *keyd);

/* What the kernel let keyd shut behind itself (os/sandbox.h), for the self-check. */
struct sandbox;
const struct sandbox *keyd_doors(const struct keyd *keyd);

/* One batch: operations are added, sent at once, answers read at once (in messages of at most
 * LIMIT_KEYD_BATCH operations, pipelined). */
struct keyd_unwrap {
    const uint8_t *row;   /* DK_ROW bytes */
    uint8_t *to;          /* 32 bytes of locked memory */
    bool ok;              /* false: the row does not open (moved, changed, epoch destroyed) */
};
struct keyd_wrap {
    uint16_t category;
    uint8_t key_id[16];
    uint8_t subject_id[16];
    uint64_t created_us;
    const uint8_t *key;      /* 32 bytes */
    uint8_t row[DK_ROW];     /* filled */
};
struct keyd_index {
    uint16_t field;          /* stable number of the field in the catalogue */
    struct span field_name;
    struct span value;       /* normalised */
    uint8_t value_index[KEYD_INDEX]; /* filled: HMAC-SHA-256(IK, …)[:16] */
};
struct keyd_batch {
    struct keyd_unwrap *unwraps;
    size_t unwrap_count;
    struct keyd_wrap *wraps;
    size_t wrap_count;
    struct keyd_index *indexes;
    size_t index_count;
};
/* ERR_KEYS when keyd is gone, silent for LIMIT_KEYD_MS, or answers nonsense (it is stopped then);
 * ERR_INVALID for an index name over 255 bytes or value over LIMIT_FIELD_TEXT (nothing is sent
 * then). After a failure what the answers point to is undefined, except that an unwrap not answered
 * has ok false. */
MUST_USE bool keyd_do(struct keyd *keyd, struct keyd_batch *batch, struct err *err);

/* HMAC-SHA-256(AK, actor_id)[:16] */
MUST_USE bool keyd_actor_ref(struct keyd *keyd, const uint8_t actor_id[16],
                             uint8_t ret[KEYD_AREF], struct err *err);

/* HMAC-SHA-256 under a subkey of the token key, for cursors and confirmation codes; text at most
 * LIMIT_FIELD_TEXT. */
MUST_USE bool keyd_mac(struct keyd *keyd, const char context[8], struct span text,
                       uint8_t ret[32], struct err *err);

/* Signs note_text (the three lines of a C2SP checkpoint, ending in a newline). old_size and the
 * proof show that (size, root) extends what keyd signed last; with old_size 0 it must be the
 * first since start, and `last` (its own earlier signature over the note of old) proves where
 * it stood. */
struct keyd_checkpoint {
    struct span note;          /* text to sign */
    uint64_t size;
    const uint8_t *root;       /* 32 bytes */
    uint64_t old_size;
    const uint8_t (*proof)[32];
    size_t proof_count;
};
/* ERR_LEDGER when it does not extend, is not about (size, root), or has another origin than the
 * last. */
MUST_USE bool keyd_sign(struct keyd *keyd, const struct keyd_checkpoint *checkpoint,
                        uint8_t ret_sig[64], struct err *err);
/* After start: the newest checkpoint in the ledger with keyd's own signature; sets where it
 * stands. */
MUST_USE bool keyd_resume(struct keyd *keyd, struct span note, const uint8_t sig[64],
                          struct err *err);

/* What keyd has done since its start. */
struct keyd_counts {
    uint64_t unwraps, unwraps_refused, wraps, indexes, actor_refs, macs, signs, signs_refused;
};
MUST_USE bool keyd_count(struct keyd *keyd, struct keyd_counts *ret, struct err *err);

#endif
