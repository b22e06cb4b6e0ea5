#include "slow.h"

#include <stdio.h>

static void
prefixed(uint8_t prefix, const void *a, size_t an, const void *b, size_t bn, slow_hash ret)
{
    const struct span parts[] = {span_of(&prefix, 1), span_of(a, an), span_of(b, bn)};
    crypt_sha256(parts, 3, ret);
}

void
slow_leaf(const uint8_t entry[160], slow_hash ret)
{
    prefixed(0, entry, 160, NULL, 0, ret);
}

/* "The largest power of two smaller than n." */
static size_t
half(size_t n)
{
    size_t k = 1;
    while (k * 2 < n)
        k *= 2;
    return k;
}

void
slow_root(const slow_hash *leaves, size_t n, slow_hash ret)
{
    slow_hash left, right;
    if (n == 0) {
        crypt_sha256(NULL, 0, ret);
    } else if (n == 1) {
        memcpy(ret, leaves[0], sizeof(slow_hash));
    } else {
        slow_root(leaves, half(n), left);
        slow_root(leaves + half(n), n - half(n), right);
        prefixed(1, left, 32, right, 32, ret);
    }
}

size_t
slow_path(size_t m, const slow_hash *leaves, size_t n, slow_hash *ret)
{
    if (n == 1)
        return 0;
    size_t k = half(n), count = 0;
    if (m < k) {
        count = slow_path(m, leaves, k, ret);
        slow_root(leaves + k, n - k, ret[count]);
    } else {
        count = slow_path(m - k, leaves + k, n - k, ret);
        slow_root(leaves, k, ret[count]);
    }
    return count + 1;
}

/* SUBPROOF(m, D[n], b) */
static size_t
subproof(size_t m, const slow_hash *leaves, size_t n, bool b, slow_hash *ret)
{
    if (m == n) {
        if (!b)
            slow_root(leaves, n, ret[0]);
        return !b;
    }
    size_t k = half(n), count = 0;
    if (m <= k) {
        count = subproof(m, leaves, k, b, ret);
        slow_root(leaves + k, n - k, ret[count]);
    } else {
        count = subproof(m - k, leaves + k, n - k, false, ret);
        slow_root(leaves, k, ret[count]);
    }
    return count + 1;
}

size_t
slow_proof(size_t m, const slow_hash *leaves, size_t n, slow_hash *ret)
{
    return subproof(m, leaves, n, true, ret);
}

/* The first n bytes of SHA-256("word/i"). */
static void
named(const char *word, unsigned i, uint8_t *to, size_t n)
{
    char text[32];
    uint8_t hash[32];
    (void)snprintf(text, sizeof text, "%s/%u", word, i);
    struct span part = span_str(text);
    crypt_sha256(&part, 1, hash);
    memcpy(to, hash, n);
}

struct ledger_entry
vector_entry(unsigned i)
{
    struct ledger_entry entry = {.event = (enum ledger_event)(i + 1),
                                 .rule = 100 + i,
                                 .time_us = INT64_C(1700000000000000) + i,
                                 .seq = i};
    named("sref", i, entry.sref, 16);
    named("aref", i, entry.aref, 16);
    named("pref", i, entry.purpose, 16);
    named("req", i, entry.request, 16);
    named("policy", i, entry.policy, 32);
    named("detail", i, entry.detail, 32);
    return entry;
}

void
hash_of(const char *hex, slow_hash ret)
{
    assert_true(hex_get(span_str(hex), ret, sizeof(slow_hash)));
}
