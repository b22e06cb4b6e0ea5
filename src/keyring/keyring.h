/*
 * keyring/keyring.h - the keys of a vault, on disk and opened.
 *
 * On disk: DIR/keyring.trk, two copies of 16,384 bytes, written B then A with a
 * sync between, so that one is whole at every moment; of two whole copies the
 * higher generation counts. An unseal secret opens a slot, a slot holds the root
 * key, the root key opens every other key. Opened: struct keyring, in locked
 * memory of the key process only (and of the command that creates one).
 *
 * Whoever asks with a wrong secret learns nothing about how wrong it was: a
 * slot that does not open is one message, whether secret or slot is at fault.
 *
 * Threads: one at a time.
 * Memory:  struct keyring and struct unseal only in crypt_secret_take memory.
 */
#ifndef TROTH_KEYRING_KEYRING_H
#define TROTH_KEYRING_KEYRING_H

#include "keyring/keyd.h"

enum {
    KEYRING_COPY = 16384,
    KEYRING_FILE = 2 * KEYRING_COPY,
    KEYRING_ROW = 128,
    KEYRING_SLOTS = 16,
    KEYRING_KEYS = 96,
    KEYRING_EPOCHS = 64, /* that still have a key */
    KEYRING_PASSPHRASE_MAX = 1024,
    KEYRING_PASSPHRASE_MIN = 12 /* bytes, when one is enrolled */
};

enum keyring_provider {
    KEYRING_CREDENTIAL = 1,
    KEYRING_KEYFILE,
    KEYRING_PASSPHRASE,
    KEYRING_PKCS11, /* from here on reserved: such slots are kept and passed over */
    KEYRING_EXEC,
    KEYRING_SHARES
};
enum keyring_kind {
    KEYRING_EPOCH = 1, /* wraps data keys */
    KEYRING_INDEX,     /* blind index; field 0 serves every field without one of its own */
    KEYRING_LEDGER,    /* Ed25519 seed */
    KEYRING_TOKEN,
    KEYRING_ACTOR
};
/* An epoch goes from prepared to destroyed and never back; the other kinds are never prepared. */
enum keyring_state { KEYRING_ACTIVE = 1, KEYRING_RETIRING, KEYRING_DESTROYED, KEYRING_PREPARED };

struct keyring_key {
    enum keyring_kind kind;
    enum keyring_state state;
    uint32_t id; /* counts up from 1 in each kind; the epoch number */
    uint16_t tenant;
    uint16_t field;
    uint64_t created_us;
    uint64_t destroyed_us; /* 0 unless destroyed */
    uint8_t check[8];      /* first 8 of HMAC-SHA-256(key, "kcv"); outlives the key */
    uint8_t key[32];       /* zero when destroyed */
};

struct keyring {
    uint8_t vault_id[16];
    uint64_t generation;
    uint8_t root[32];
    size_t slot_count;
    uint8_t slots[KEYRING_SLOTS][KEYRING_ROW]; /* as on disk: re-sealing one needs its secret */
    size_t key_count;
    struct keyring_key keys[KEYRING_KEYS];
};

/* What was read from a key_source, and the last pass phrase stretched (both copies have the same
 * salt). */
struct unseal {
    enum keyring_provider provider;
    uint8_t secret[32]; /* of a file or credential */
    size_t passphrase_n;
    char passphrase[KEYRING_PASSPHRASE_MAX];
    bool stretched;
    uint8_t stretched_by[24]; /* the passes, KiB and salt it was done with */
    uint8_t stretched_to[32];
};

/* The file (its mode and owner are looked at first) or the descriptor, to the first newline or the
 * end. passphrase: provider KEYRING_PASSPHRASE; file: KEYRING_KEYFILE or KEYRING_CREDENTIAL.
 * ERR_KEYS. */
MUST_USE bool unseal_file(struct unseal *unseal, enum keyring_provider provider, const char *path,
                          struct err *err);
MUST_USE bool unseal_passphrase(struct unseal *unseal, int fd, struct err *err);
/* Whichever of them source says. */
MUST_USE bool unseal_source(struct unseal *unseal, const struct key_source *source, struct err *err);

/* The key of one slot row; false when this secret is not of the slot's kind. ERR_KEYS,
 * ERR_UNAVAILABLE (no memory for Argon2id) only set err and return false with *ret_tried true. */
bool unseal_key(struct unseal *unseal, const uint8_t slot[KEYRING_ROW], uint8_t ret[32],
                bool *ret_tried, struct err *err);

/* Which one of source's three is set, and its path in path (credential: under
 * $CREDENTIALS_DIRECTORY). A passphrase_fd of 0 beside a file or credential counts as not set.
 * ERR_CONFIG. */
MUST_USE bool source_resolve(const struct key_source *source, enum keyring_provider *ret_provider,
                             char *path, size_t path_size, struct err *err);

/* How hard a pass phrase is to guess. keyring_create uses KEYRING_STRETCH; only tests use less. */
struct keyring_stretch {
    uint32_t passes;
    uint32_t kib;
};
#define KEYRING_STRETCH ((struct keyring_stretch){3, 256 * 1024})
MUST_USE bool keyring_create_with(const char *dir, const struct key_source *source,
                                  struct keyring_stretch stretch, struct err *err);

/* Adds a slot for unseal. ERR_FULL when all are taken, ERR_INVALID for a weak pass phrase. */
MUST_USE bool keyring_slot_add(struct keyring *keyring, struct unseal *unseal,
                               struct keyring_stretch stretch, struct err *err);

/* The row of the first slot this secret opens, -1 when there is none. Slots of pass phrases cost a stretching each.
 * ERR_UNAVAILABLE. */
MUST_USE bool keyring_slot_of(const struct keyring *keyring, struct unseal *unseal, int *ret,
                              struct err *err);

/* Takes slot number id away. unseal opens one that stays: so nobody shuts themselves out. When it is the only one
 * that stays there is a new root key too (*ret_root), so that what the removed secret opens in an old copy does not
 * open the new file. The others' secrets are not at hand, so with more slots the root stays. ERR_NOT_FOUND,
 * ERR_CONFLICT. */
MUST_USE bool keyring_slot_remove(struct keyring *keyring, uint8_t id, struct unseal *unseal,
                                  bool *ret_root, struct err *err);
/* What is shown of a slot. */
struct keyring_slot {
    uint8_t id;
    enum keyring_provider provider;
    const uint8_t *key_id; /* 16 bytes: the same secret has the same (pass phrases: in one slot only) */
};
struct keyring_slot keyring_slot(const struct keyring *keyring, size_t at);

/* A new root key, sealed for unseal alone: every other slot is gone. */
MUST_USE bool keyring_root_new(struct keyring *keyring, struct unseal *unseal,
                               struct keyring_stretch stretch, struct err *err);

/* A fresh random key of that kind. ERR_FULL. */
MUST_USE bool keyring_key_add(struct keyring *keyring, enum keyring_kind kind, uint64_t now_us,
                              struct err *err);

/* The key with that number (0: the active one); NULL when there is none or it is destroyed. */
const struct keyring_key *keyring_key(const struct keyring *keyring, enum keyring_kind kind,
                                      uint32_t id);
/* The index key of a field: its own, or the general one. */
const struct keyring_key *keyring_index_key(const struct keyring *keyring, uint16_t field);

/* epoch.c. prepare adds an epoch that opens rows and is not wrapped under; activate puts it into the active one's
 * place, which retires; cancel takes a prepared one away as if it had never been. ERR_CONFLICT when the keyring is
 * not at that step, ERR_FULL. */
MUST_USE bool keyring_epoch_prepare(struct keyring *keyring, uint64_t now_us, struct err *err);
MUST_USE bool keyring_epoch_activate(struct keyring *keyring, uint32_t number, struct err *err);
MUST_USE bool keyring_epoch_cancel(struct keyring *keyring, struct err *err);
/* The prepared one or NULL; the one with the highest number that is not destroyed. */
const struct keyring_key *keyring_epoch_prepared(const struct keyring *keyring);
const struct keyring_key *keyring_epoch_newest(const struct keyring *keyring);
enum epoch_use keyring_epoch_find(const struct keyring *keyring, const struct epoch_mark *mark);
struct epoch_mark keyring_mark(const struct keyring_key *epoch);

/* Takes over what other, a keyring of the same vault, has or knows and this one does not: keys, and how far each has
 * got. Nothing is ever lost by it. *ret_news: how many. ERR_CONFLICT (this one is not to be saved then): another vault,
 * or one number for two keys. */
MUST_USE bool keyring_merge(struct keyring *keyring, const struct keyring *other, size_t *ret_news,
                            struct err *err);

/* NULL, or what is wrong with the keys as a whole: exactly one active of each kind that is there once, no number
 * twice, epochs in order. */
const char *keyring_fault(const struct keyring *keyring);

/* One copy, sealed under fresh nonces. */
void keyring_encode(const struct keyring *keyring, uint8_t to[KEYRING_COPY]);

enum keyring_read {
    KEYRING_WHOLE,
    KEYRING_DAMAGED, /* err names the field */
    KEYRING_CLOSED,  /* no slot opens with this secret */
    KEYRING_NEWER,
    KEYRING_SHORT_OF_MEMORY
};
/* Reads one copy. ret is undefined unless KEYRING_WHOLE. */
enum keyring_read keyring_decode(const uint8_t copy[KEYRING_COPY], struct unseal *unseal,
                                 struct keyring *ret, struct err *err);

/* What keyring_open found and did. */
struct keyring_report {
    char bad;         /* 'A' or 'B': this copy was damaged or older; 0: both are whole */
    bool healed;      /* and has been written anew from the other */
    char why[120];    /* what was wrong with it */
};
/* Opens DIR/keyring.trk. A copy that is damaged, or older because a crash came between the two
 * writes, is written anew from the other at once: a key destroyed in one must not live on in the
 * other. ERR_KEYS, ERR_NEWER, ERR_NOT_FOUND, ERR_UNAVAILABLE. */
MUST_USE bool keyring_open(const char *dir, struct unseal *unseal, struct keyring *ret,
                           struct keyring_report *ret_report, struct err *err);

/* The same, to be changed and saved: nobody else changes or opens it before *ret_lock is closed. ERR_BUSY as well. */
MUST_USE bool keyring_open_locked(const char *dir, struct unseal *unseal, struct keyring *ret,
                                  int *ret_lock, struct err *err);

/* A keyring where there is none; its generation stays. ERR_CONFLICT. */
MUST_USE bool keyring_save_new(const char *dir, const struct keyring *keyring, struct err *err);

/* Writes generation + 1: copy B, sync, copy A, sync. After a failure one copy is whole, the old or
 * the new. */
MUST_USE bool keyring_save(const char *dir, struct keyring *keyring, struct err *err);

/* The dk row (one wrapped data key, 128 bytes). Open refuses a row with anything changed. */
void dk_row_seal(const struct keyring_key *epoch, const struct keyd_wrap *wrap,
                 uint8_t ret[DK_ROW]);
MUST_USE bool dk_row_open(const struct keyring *keyring, const uint8_t row[DK_ROW],
                          uint8_t ret[32]);

#endif
