#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypt/crypt.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEYS_FROM(name, first)                                                                     \
    uint8_t name[32];                                                                              \
    for (size_t i_ = 0; i_ < 32; i_++)                                                             \
    name[i_] = (uint8_t)((first) + i_)

static void
assert_hex(const void *got, size_t n, const char *want)
{
    char text[513];
    assert_true(n <= 256);
    hex_put(text, got, n);
    assert_string_equal(text, want);
}

/* The dk row of the design: the seal itself. */
static void
test_seal_vector(void **state)
{
    (void)state;
    KEYS_FROM(epoch_key, 0x40);
    KEYS_FROM(data_key, 0x80);
    uint8_t nonce[24], ad[16 + 48] = "troth-dk-v1", sealed[48], opened[32];
    for (size_t i = 0; i < sizeof nonce; i++)
        nonce[i] = (uint8_t)(0xa0 + i);
    assert_true(hex_get(SPAN("0101000700000009000102030405060708090a0b0c0d0e0f"
                             "101112131415161718191a1b1c1d1e1f0000000000000001"),
                        ad + 16, 48));
    crypt_seal(epoch_key, nonce, span_of(ad, sizeof ad), span_of(data_key, 32), sealed);
    assert_hex(sealed, sizeof sealed,
               "eb5b937bf96751cca2931defe08f2e7c9d274779cddead4c8c96131b90946517"
               "bce2d663ded0eb909b0cdec014034175");
    assert_true(crypt_open(epoch_key, nonce, span_of(ad, sizeof ad), span_of(sealed, 48), opened));
    assert_memory_equal(opened, data_key, 32);
}

/* RFC 7748, section 6.1; the last step by Python's hashlib. */
static void
test_agree(void **state)
{
    (void)state;
    uint8_t secret[32], theirs[32], mine[32], agreed[32], other[32], zero[32] = {0};
    assert_true(hex_get(SPAN("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"), secret, 32));
    assert_true(hex_get(SPAN("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"), theirs, 32));
    crypt_agree_key(secret, mine);
    assert_hex(mine, 32, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    assert_true(crypt_agree(secret, theirs, agreed));
    assert_hex(agreed, 32, "b539294e41f0144e21f904952f92906085dc549352985bff58768439a6e42add");
    /* Every bit of the other's key counts, also the one X25519 overlooks. */
    for (size_t bit = 0; bit < 256; bit++) {
        theirs[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(!crypt_agree(secret, theirs, other) || memcmp(other, agreed, 32) != 0);
        theirs[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_false(crypt_agree(secret, zero, other));
    KEYS_FROM(one, 1);
    KEYS_FROM(two, 2);
    crypt_agree_key(one, mine);
    crypt_agree_key(two, theirs);
    assert_true(crypt_agree(one, theirs, agreed) && crypt_agree(two, mine, other));
    assert_memory_equal(agreed, other, 32);
}

static void
test_open_refuses_every_flip(void **state)
{
    (void)state;
    KEYS_FROM(key, 1);
    uint8_t nonce[24] = {7}, ad[5] = "where", sealed[9 + 16], out[9];
    crypt_seal(key, nonce, span_of(ad, 5), SPAN("some text"), sealed);
    struct {
        uint8_t *p;
        size_t n;
    } parts[] = {{key, 32}, {nonce, 24}, {ad, 5}, {sealed, sizeof sealed}};
    for (size_t part = 0; part < 4; part++)
        for (size_t bit = 0; bit < parts[part].n * 8; bit++) {
            parts[part].p[bit / 8] ^= (uint8_t)(1 << bit % 8);
            memset(out, 0x55, sizeof out);
            assert_false(crypt_open(key, nonce, span_of(ad, 5), span_of(sealed, 25), out));
            assert_memory_equal(out, "\0\0\0\0\0\0\0\0\0", 9);
            parts[part].p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
    assert_false(crypt_open(key, nonce, span_of(ad, 5), span_of(sealed, 15), out));
    assert_false(crypt_open(key, nonce, span_of(ad, 5), span_of(sealed, 24), out));
    assert_true(crypt_open(key, nonce, span_of(ad, 5), span_of(sealed, 25), out));
    assert_memory_equal(out, "some text", 9);
}

static void
test_seal_in_place_and_empty(void **state)
{
    (void)state;
    KEYS_FROM(key, 1);
    uint8_t nonce[24] = {7}, text[20 + 16] = "twenty bytes of text", apart[36];
    crypt_seal(key, nonce, SPAN_NONE, span_of(text, 20), apart);
    crypt_seal(key, nonce, SPAN_NONE, span_of(text, 20), text);
    assert_memory_equal(text, apart, 36);
    assert_true(crypt_open(key, nonce, SPAN_NONE, span_of(text, 36), text));
    assert_memory_equal(text, "twenty bytes of text", 20);
    crypt_seal(key, nonce, SPAN_NONE, SPAN_NONE, apart);
    assert_true(crypt_open(key, nonce, SPAN_NONE, span_of(apart, 16), text));
}

static void
test_kdf_vector(void **state)
{
    (void)state;
    KEYS_FROM(key, 0x80);
    uint8_t out[32];
    crypt_kdf(key, 1, "trothlgr", out);
    assert_hex(out, 32, "90e2dff1f183f47813b6cdff66cf1e52096c0ff54655ad1805db31084bf3aad1");
}

static void
test_hash_vectors(void **state)
{
    (void)state;
    uint8_t out[32], again[32];
    static const struct {
        struct span text;
        const char *want;
    } rows[] = {
        {{"", 0}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {{"abc", 3}, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    };
    for (size_t i = 0; i < 2; i++) {
        crypt_sha256(&rows[i].text, 1, out);
        assert_hex(out, 32, rows[i].want);
    }
    struct span parts[] = {SPAN("a"), SPAN_NONE, SPAN("bc")};
    crypt_sha256(parts, 3, out);
    assert_hex(out, 32, rows[1].want);
    crypt_sha256_prefixed('a', "bc", 2, again);
    assert_memory_equal(out, again, 32);
    /* RFC 7693 has BLAKE2b-512 only; this is libsodium's 256-bit form of the empty text. */
    crypt_blake2b(NULL, SPAN_NONE, out);
    assert_hex(out, 32, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

static void
test_hmac_vectors(void **state)
{
    (void)state;
    KEYS_FROM(key, 0xc0);
    uint8_t out[32], rfc[32] = {0};
    /* The blind index of the design. */
    struct span parts[] = {SPAN("\0\3email\0"), SPAN("ana@example.org")};
    crypt_hmac(key, parts, 2, out);
    assert_hex(out, 16, "d10899a7cbf6eced56b0aabbd8cddbe2");
    /* RFC 4231, test case 1: a 20-byte key, which HMAC pads with zeros. */
    memset(rfc, 0x0b, 20);
    struct span hi = SPAN("Hi There");
    crypt_hmac(rfc, &hi, 1, out);
    assert_hex(out, 32, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

static void
test_sign_vectors(void **state)
{
    (void)state;
    /* RFC 8032 section 7.1, test 2. */
    uint8_t seed[32], public_key[32], sig[64];
    assert_true(hex_get(SPAN("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"),
                        seed, 32));
    crypt_sign_key(seed, public_key);
    assert_hex(public_key, 32, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    crypt_sign(seed, SPAN("r"), sig);
    assert_hex(sig, 64,
               "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
               "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assert_true(crypt_verify(public_key, SPAN("r"), sig));
    assert_false(crypt_verify(public_key, SPAN("s"), sig));
    for (size_t bit = 0; bit < 64 * 8; bit++) {
        sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(crypt_verify(public_key, SPAN("r"), sig));
        sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void
test_stretch(void **state)
{
    (void)state;
    struct err err;
    uint8_t salt[16] = "sixteen bytes ok", one[32], two[32];
    assert_true(crypt_stretch(SPAN("pass phrase"), salt, 1, 8, one, &err));
    assert_true(crypt_stretch(SPAN("pass phrase"), salt, 1, 8, two, &err));
    assert_memory_equal(one, two, 32);
    assert_true(crypt_stretch(SPAN("pass phrase"), salt, 2, 8, two, &err));
    assert_memory_not_equal(one, two, 32);
    assert_true(crypt_stretch(SPAN("pass phrasf"), salt, 1, 8, two, &err));
    assert_memory_not_equal(one, two, 32);
    assert_false(crypt_stretch(SPAN("x"), salt, 0, 8, two, &err));
    assert_int_equal(err.code, ERR_INVALID);
    assert_false(crypt_stretch(SPAN("x"), salt, 1, 7, two, &err));
}

static void
test_password(void **state)
{
    (void)state;
    struct err err;
    char hash[CRYPT_PASSWORD_MAX];
    assert_true(crypt_password_hash(SPAN("correct horse"), hash, &err));
    assert_true(crypt_password_check(SPAN("correct horse"), hash));
    assert_false(crypt_password_check(SPAN("correct horsf"), hash));
    assert_false(crypt_password_check(SPAN("correct horse"), ""));
    /* A setting that is not ours is not computed at all. */
    assert_false(crypt_password_check(SPAN("x"), "$argon2id$v=19$m=4194304,t=9,p=1$AAAA$AAAA"));
}

static void *
random_thread(void *to)
{
    crypt_random(to, 32);
    return NULL;
}

static void
test_random_differs(void **state)
{
    (void)state;
    uint8_t many[600][16], big[5000], zero[32] = {0}, parent[32], child[32];
    for (size_t i = 0; i < 600; i++)
        crypt_random(many[i], 16);
    for (size_t i = 0; i < 600; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(many[i], many[j], 16);
    crypt_random(big, sizeof big);
    assert_memory_not_equal(big + sizeof big - 32, zero, 32);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, random_thread, child), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    crypt_random(parent, 32);
    assert_memory_not_equal(parent, child, 32);
}

/* Both sides of a fork had the same buffer in memory; they must not draw the same bytes from it. */
static void
test_random_after_fork(void **state)
{
    (void)state;
    int ends[2];
    uint8_t parent[32], child[32];
    crypt_random(parent, 32);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        crypt_random(child, 32);
        _exit(write(ends[1], child, 32) == 32 ? 0 : 1);
    }
    crypt_random(parent, 32);
    assert_int_equal(read(ends[0], child, 32), 32);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_memory_not_equal(parent, child, 32);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void
test_secret_memory(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 15, 16, 32, 4096, 5000, 65536};
    assert_null(crypt_secret_take(0));
    assert_null(crypt_secret_take(SIZE_MAX));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *p = crypt_secret_take(sizes[i]);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(p[at], 0);
        memset(p, 0x77, sizes[i]);
        pid_t pid = fork();
        if (pid == 0)
            _exit(p[0] == 0 && p[sizes[i] - 1] == 0 ? 0 : 1);
        int status;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(p[0], 0x77);
        crypt_secret_free(p);
    }
    crypt_secret_free(NULL);
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    return crypt_start_debuggable(&err) && crypt_start_debuggable(NULL) ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seal_vector), cmocka_unit_test(test_agree),       cmocka_unit_test(test_open_refuses_every_flip),
        cmocka_unit_test(test_seal_in_place_and_empty),
        cmocka_unit_test(test_kdf_vector),        cmocka_unit_test(test_hash_vectors),
        cmocka_unit_test(test_hmac_vectors),      cmocka_unit_test(test_sign_vectors),
        cmocka_unit_test(test_stretch),           cmocka_unit_test(test_password),
        cmocka_unit_test(test_random_differs),    cmocka_unit_test(test_random_after_fork),
        cmocka_unit_test(test_secret_memory),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
