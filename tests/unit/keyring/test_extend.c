#include "rig.h"

#include "base/buf.h"

/* Trees written straight from the definition in RFC 6962 section 2.1, to hold the checker
 * against. */
enum { TREE = 70 };
static uint8_t leaves[TREE][32];

static void
node(const uint8_t *left, const uint8_t *right, uint8_t *ret)
{
    uint8_t both[64];
    memcpy(both, left, 32);
    memcpy(both + 32, right, 32);
    crypt_sha256_prefixed(1, both, 64, ret);
}

static size_t
split(size_t n)
{
    size_t k = 1;
    while (k * 2 < n)
        k *= 2;
    return k;
}

static void
tree(const uint8_t (*leaf)[32], size_t n, uint8_t *ret)
{
    uint8_t left[32], right[32];
    if (n == 0) {
        crypt_sha256(NULL, 0, ret);
    } else if (n == 1) {
        memcpy(ret, leaf[0], 32);
    } else {
        tree(leaf, split(n), left);
        tree(leaf + split(n), n - split(n), right);
        node(left, right, ret);
    }
}

static size_t
subproof(size_t m, const uint8_t (*leaf)[32], size_t n, bool whole, uint8_t (*ret)[32])
{
    size_t count, k;
    if (m == n) {
        if (!whole)
            tree(leaf, n, ret[0]);
        return !whole;
    }
    k = split(n);
    if (m <= k) {
        count = subproof(m, leaf, k, whole, ret);
        tree(leaf + k, n - k, ret[count]);
    } else {
        count = subproof(m - k, leaf + k, n - k, false, ret);
        tree(leaf, k, ret[count]);
    }
    return count + 1;
}

static void
test_every_pair(void **state)
{
    (void)state;
    uint8_t proof[EXTEND_PROOF_MAX][32], old_root[32], root[32];
    for (size_t n = 0; n <= TREE; n++)
        for (size_t m = 0; m <= n; m++) {
            const uint8_t(*p)[32] = (const uint8_t(*)[32])proof;
            tree((const uint8_t(*)[32])leaves, m, old_root);
            tree((const uint8_t(*)[32])leaves, n, root);
            size_t count =
                m == 0 ? 0 : subproof(m, (const uint8_t(*)[32])leaves, n, true, proof);
            assert_true(extend_check(m, old_root, n, root, p, count));
            if (n > m)
                assert_false(extend_check(n, root, m, old_root, p, count));
            if (m == 0)
                continue;
            /* Too short, too long, other sizes, one bit changed anywhere. */
            if (count > 0)
                assert_false(extend_check(m, old_root, n, root, p, count - 1));
            memset(proof[count], 0x5a, 32);
            assert_false(extend_check(m, old_root, n, root, p, count + 1));
            for (size_t i = 0; i < count; i++) {
                proof[i][n % 32] ^= 4;
                assert_false(extend_check(m, old_root, n, root, p, count));
                proof[i][n % 32] ^= 4;
            }
            root[m % 32] ^= 1;
            assert_false(extend_check(m, old_root, n, root, p, count));
            root[m % 32] ^= 1;
            old_root[n % 32] ^= 1;
            assert_false(extend_check(m, old_root, n, root, p, count));
        }
}

static void
test_forks(void **state)
{
    (void)state;
    uint8_t other[TREE][32], proof[EXTEND_PROOF_MAX][32], old_root[32], root[32];
    /* A history with one changed entry before the old end never extends it. */
    for (int round = 0; round < 100; round++) {
        uint8_t dice[3];
        crypt_random(dice, 3);
        size_t n = 2 + dice[0] % (TREE - 1), m = 1 + dice[1] % (n - 1), at = dice[2] % m;
        memcpy(other, leaves, sizeof other);
        other[at][0] ^= 1;
        tree((const uint8_t(*)[32])leaves, m, old_root);
        tree((const uint8_t(*)[32])other, n, root);
        const uint8_t(*histories[])[32] = {(const uint8_t(*)[32])leaves,
                                           (const uint8_t(*)[32])other};
        for (int h = 0; h < 2; h++) {
            size_t count = subproof(m, histories[h], n, true, proof);
            assert_false(
                extend_check(m, old_root, n, root, (const uint8_t(*)[32])proof, count));
        }
    }
}

static void
test_hostile_sizes(void **state)
{
    (void)state;
    static const uint8_t proof[EXTEND_PROOF_MAX + 1][32];
    static const uint64_t sizes[] = {0,          1,
                                     2,          3,
                                     1u << 31,   UINT64_C(1) << 63,
                                     UINT64_MAX - 1, UINT64_MAX};
    uint8_t a[32] = {1}, b[32] = {2};
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < 8; j++)
            for (size_t count = 0; count <= EXTEND_PROOF_MAX + 1; count++)
                assert_int_equal(extend_check(sizes[i], a, sizes[j], b, proof, count),
                                 sizes[i] == 0 && sizes[j] != 0 && count == 0);
}

/* The trees of the ledger's design: root of 3 and of 5. */
static void
test_vectors(void **state)
{
    (void)state;
    uint8_t root3[32], root5[32], bad[32], proof[EXTEND_PROOF_MAX][32], five[5][32], got[32];
    for (unsigned i = 0; i < 5; i++) {
        uint8_t entry[160] = {1, (uint8_t)(i + 1)}, hash[32];
        char text[16];
        static const struct {
            const char *name;
            size_t at, n;
        } refs[] = {{"sref", 24, 16}, {"aref", 40, 16}, {"pref", 56, 16},
                    {"policy", 72, 32}, {"detail", 104, 32}, {"req", 136, 16}};
        put_be32(entry + 4, 100 + i);
        put_be64(entry + 8, UINT64_C(1700000000000000) + i);
        put_be64(entry + 16, i);
        for (size_t r = 0; r < 6; r++) {
            struct buf buf;
            buf_init(&buf, text, sizeof text);
            buf_fmt(&buf, "%s/%u", refs[r].name, i);
            struct span part = buf_span(&buf);
            crypt_sha256(&part, 1, hash);
            memcpy(entry + refs[r].at, hash, refs[r].n);
        }
        crypt_sha256_prefixed(0, entry, sizeof entry, five[i]);
    }
    assert_true(hex_get(SPAN("40c986e75a4703b6e4bdd2a80570058868d59334d6e47db6dce91df23e9c7ae0"),
                        root3, 32));
    assert_true(hex_get(SPAN("ee6f14f650a30b1b33152134c966494adc169122c8f16503afa8be34135f3c23"),
                        root5, 32));
    tree((const uint8_t(*)[32])five, 3, got);
    assert_memory_equal(got, root3, 32);
    size_t count = subproof(3, (const uint8_t(*)[32])five, 5, true, proof);
    assert_true(extend_check(3, root3, 5, root5, (const uint8_t(*)[32])proof, count));
    memcpy(bad, root3, 32);
    bad[31] ^= 1;
    assert_false(extend_check(3, bad, 5, root5, (const uint8_t(*)[32])proof, count));
}

static void
test_notes(void **state)
{
    (void)state;
#define HASH43 "7m8U9lCjCxszFSE0yWZJStwWkSLI8WUDr6i+NBNfPC"
    static const struct {
        const char *text;
        bool good;
        uint64_t size;
    } rows[] = {
        {"troth.example/ledger/t1\n5\n" HASH43 "M=\n", true, 5},
        {"a\n0\n" HASH43 "M=\n", true, 0},
        {"a\n9223372036854775807\n" HASH43 "M=\n", true, INT64_MAX},
        {"a\n9223372036854775808\n" HASH43 "M=\n", false, 0},
        {"a\n05\n" HASH43 "M=\n", false, 0},
        {"a\n-5\n" HASH43 "M=\n", false, 0},
        {"a\n\n" HASH43 "M=\n", false, 0},
        {"a\n5\n" HASH43 "M=", false, 0},          /* no last newline */
        {"a\n5\n" HASH43 "M=\nextra\n", false, 0},
        {"a\n5\n" HASH43 "M=\n\n", false, 0},
        {"a\n5\n" HASH43 "N=\n", false, 0},        /* a bit beyond the 32 bytes */
        {"a\n5\n" HASH43 "MM\n", false, 0},
        {"a\n5\n" HASH43 "-=\n", false, 0},
        {"a\n5\n" HASH43 "=\n", false, 0},
        {"a\n5\n" HASH43 "MM=\n", false, 0},
        {"\n5\n" HASH43 "M=\n", false, 0},
        {"a b\n5\n" HASH43 "M=\n", false, 0},
        {"a\r\n5\n" HASH43 "M=\n", false, 0},
        {"a\n5\n", false, 0},
        {"\n", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct note note = {.size = 77};
        struct err err;
        assert_int_equal(note_read(span_str(rows[i].text), &note, &err), rows[i].good);
        assert_true(note.size == (rows[i].good ? rows[i].size : 77));
        if (!rows[i].good)
            assert_int_equal(err.code, ERR_LEDGER);
    }
    struct note note;
    uint8_t root[32];
    assert_true(note_read(span_str(rows[0].text), &note, NULL));
    assert_true(span_is(note.origin, "troth.example/ledger/t1"));
    assert_true(hex_get(SPAN("ee6f14f650a30b1b33152134c966494adc169122c8f16503afa8be34135f3c23"),
                        root, 32));
    assert_memory_equal(note.root, root, 32);
}

/* The signature in the design's checkpoint is ours over the same three lines. */
static void
test_checkpoint_signature(void **state)
{
    (void)state;
    uint8_t seed[32], public_key[32], sig[64], want[64];
    for (size_t i = 0; i < 32; i++)
        seed[i] = (uint8_t)i;
    crypt_sign_key(seed, public_key);
    crypt_sign(seed, SPAN("troth.example/ledger/t1\n5\n" HASH43 "M=\n"), sig);
    assert_true(hex_get(SPAN("2b249f6a41a32822e42daa42de05f06fe13648db1c4e6200888476a07216c478"
                             "fd6682804033be797aae74c09bb3a2b52421d31cdef8cd5ee24c755df974960b"),
                        want, 64));
    assert_memory_equal(sig, want, 64);
    assert_true(hex_get(SPAN("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"),
                        want, 32));
    assert_memory_equal(public_key, want, 32);
    assert_true(crypt_verify(public_key, SPAN("troth.example/ledger/t1\n5\n" HASH43 "M=\n"), sig));
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    for (size_t i = 0; i < TREE; i++)
        memset(leaves[i], (int)(i + 1), 32);
    return crypt_start_debuggable(&err) ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pair), cmocka_unit_test(test_forks),
        cmocka_unit_test(test_hostile_sizes), cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_notes), cmocka_unit_test(test_checkpoint_signature),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
