/*
 * keyring/extend.h - does one Merkle tree extend another? And what does a checkpoint's note say?
 *
 * keyd's own reading of RFC 6962 and of the C2SP checkpoint, apart from the
 * ledger's: it must not trust what it is about to sign for.
 *
 * Threads: any.
 */
#ifndef TROTH_KEYRING_EXTEND_H
#define TROTH_KEYRING_EXTEND_H

#include "base/err.h"
#include "base/span.h"

enum { EXTEND_PROOF_MAX = 64, NOTE_ORIGIN_MAX = 255, NOTE_MAX = 512 };

/* True when proof shows that the tree (size, root) starts with the tree (old_size, old_root): RFC
 * 6962 section 2.1.2, checked as in RFC 9162 section 2.1.4.2. Every tree extends the empty one. */
bool extend_check(uint64_t old_size, const uint8_t old_root[32], uint64_t size,
                  const uint8_t root[32], const uint8_t (*proof)[32], size_t count);

/* Exactly three lines, each with its newline: origin, size in decimal, root in base64.
 * ERR_LEDGER. */
struct note {
    struct span origin; /* points into the text */
    uint64_t size;
    uint8_t root[32];
};
MUST_USE bool note_read(struct span text, struct note *ret, struct err *err);

#endif
