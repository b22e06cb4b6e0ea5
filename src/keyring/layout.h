/*
 * keyring/layout.h - where things lie in a keyring copy. All integers are big-endian.
 */
#ifndef TROTH_KEYRING_LAYOUT_H
#define TROTH_KEYRING_LAYOUT_H

enum {
    AT_MAGIC = 0,
    AT_GENERATION = 8,
    AT_VAULT = 16,
    AT_SLOT_COUNT = 32,
    AT_KEY_COUNT = 36,
    AT_RESERVED = 40,
    AT_SLOTS = 64,
    AT_KEYS = 2112,
    AT_ZERO = 14400,
    AT_MAC = 16352
};

/* In a slot row. */
enum {
    SLOT_ID = 0,
    SLOT_PROVIDER = 1,
    SLOT_FLAGS = 2,
    SLOT_PASSES = 4,
    SLOT_KIB = 8,
    SLOT_SALT = 12,
    SLOT_KEY_ID = 28,
    SLOT_NONCE = 44,
    SLOT_SEALED = 68,
    SLOT_PAD = 116
};

/* In a key row. */
enum {
    KEY_KIND = 0,
    KEY_STATE = 1,
    KEY_ID = 2,
    KEY_TENANT = 6,
    KEY_FIELD = 8,
    KEY_CREATED = 10,
    KEY_DESTROYED = 18,
    KEY_CHECK = 26,
    KEY_NONCE = 34,
    KEY_SEALED = 58,
    KEY_PAD = 106
};

enum { NONCE = 24, SEALED_KEY = 48 };

/* What a slot or key row is sealed with besides: "troth-kr-v1" to 16, the vault id, the row up to
 * its nonce. */
enum { ROW_AD_MAX = 32 + SLOT_NONCE };

#endif
