#include "keyring/extend.h"

#include "crypt/crypt.h"

static void
node(const uint8_t left[32], const uint8_t right[32], uint8_t ret[32])
{
    uint8_t both[64];
    memcpy(both, left, 32);
    memcpy(both + 32, right, 32);
    crypt_sha256_prefixed(1, both, sizeof both, ret);
}

bool
extend_check(uint64_t old_size, const uint8_t old_root[32], uint64_t size, const uint8_t root[32],
             const uint8_t (*proof)[32], size_t count)
{
    if (old_size > size || count > EXTEND_PROOF_MAX)
        return false;
    if (old_size == size)
        return count == 0 && memcmp(old_root, root, 32) == 0;
    if (old_size == 0)
        return count == 0;
    uint64_t at = old_size - 1, last = size - 1;
    uint8_t old_hash[32], new_hash[32];
    size_t i = 0;
    /* A whole subtree of the old tree is a node of the new one. */
    for (; (at & 1) != 0; at >>= 1)
        last >>= 1;
    if (at == 0) {
        memcpy(old_hash, old_root, 32);
    } else {
        if (count == 0)
            return false;
        memcpy(old_hash, proof[i++], 32);
    }
    memcpy(new_hash, old_hash, 32);
    for (; i < count; i++) {
        if (last == 0)
            return false;
        if ((at & 1) != 0 || at == last) {
            node(proof[i], old_hash, old_hash);
            node(proof[i], new_hash, new_hash);
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            node(new_hash, proof[i], new_hash);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0 && memcmp(old_hash, old_root, 32) == 0 && memcmp(new_hash, root, 32) == 0;
}

static int
base64_digit(char c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

/* 32 bytes are 43 digits and one '='; the two bits left over must be zero, so that each has one
 * text. */
static bool
base64_hash(struct span text, uint8_t ret[32])
{
    enum { DIGITS = 43 };
    uint8_t out[33] = {0};
    if (text.n != DIGITS + 1 || text.p[DIGITS] != '=')
        return false;
    for (size_t i = 0; i < DIGITS; i++) {
        int digit = base64_digit(text.p[i]);
        if (digit < 0)
            return false;
        size_t bit = i * 6;
        unsigned two = (unsigned)digit << (10 - bit % 8);
        out[bit / 8] |= (uint8_t)(two >> 8);
        if (bit / 8 + 1 < sizeof out)
            out[bit / 8 + 1] |= (uint8_t)two;
    }
    if (out[32] != 0)
        return false;
    memcpy(ret, out, 32);
    return true;
}

bool
note_read(struct span text, struct note *ret, struct err *err)
{
    struct note note;
    struct span size, root;
    if (text.n == 0 || text.n > NOTE_MAX || text.p[text.n - 1] != '\n')
        return err_set(err, ERR_LEDGER, "checkpoint: not three lines");
    struct span rest = span_sub(text, 0, text.n - 1);
    if (!span_split(&rest, '\n', &note.origin) || !span_split(&rest, '\n', &size) ||
        !span_split(&rest, '\n', &root) || rest.p != NULL)
        return err_set(err, ERR_LEDGER, "checkpoint: not three lines");
    if (note.origin.n == 0 || note.origin.n > NOTE_ORIGIN_MAX)
        return err_set(err, ERR_LEDGER, "checkpoint: the origin is empty or too long");
    for (size_t i = 0; i < note.origin.n; i++)
        if (note.origin.p[i] <= ' ' || note.origin.p[i] > '~')
            return err_set(err, ERR_LEDGER, "checkpoint: the origin holds a space or control");
    if ((size.n > 1 && size.p[0] == '0') || !span_u64(size, INT64_MAX, &note.size))
        return err_set(err, ERR_LEDGER, "checkpoint: the size is not a number");
    if (!base64_hash(root, note.root))
        return err_set(err, ERR_LEDGER, "checkpoint: the root is not the base64 of a hash");
    *ret = note;
    return true;
}
