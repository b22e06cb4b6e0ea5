#include "rig.h"

#include "keyring/gift.h"

#include <fcntl.h>
#include <unistd.h>

static struct keyring *ring, *got;
static struct unseal *mine, *theirs;
static uint8_t gift[GIFT_BYTES], bad[GIFT_BYTES];

/* A vault of ours, and the secret of another node. */
static void
given(struct rig *rig)
{
    struct err err;
    struct keyring_report report;
    uint8_t key[GIFT_KEY];
    rig_open(rig);
    struct key_source source = rig_source(rig);
    assert_true(keyring_create(rig->dir, &source, &err));
    assert_true(unseal_source(mine, &source, &err));
    assert_true(keyring_open(rig->dir, mine, ring, &report, &err));
    memset(theirs, 0, sizeof *theirs);
    theirs->provider = KEYRING_KEYFILE;
    crypt_random(theirs->secret, 32);
    assert_true(gift_key(theirs, key, &err));
    assert_true(gift_seal(ring, key, gift, &err));
}

static void
test_given_and_taken(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    given(&rig);
    assert_true(gift_open(gift, theirs, got, &err));
    assert_int_equal(got->key_count, ring->key_count);
    assert_int_equal(got->generation, ring->generation);
    assert_memory_equal(got->vault_id, ring->vault_id, 16);
    for (size_t i = 0; i < ring->key_count; i++) {
        assert_memory_equal(got->keys[i].key, ring->keys[i].key, 32);
        /* Nothing lies open in it. */
        for (size_t at = 0; at + 32 <= GIFT_BYTES; at++)
            assert_memory_not_equal(gift + at, ring->keys[i].key, 32);
    }
    /* Another root key, one slot, and not the giver's. */
    assert_memory_not_equal(got->root, ring->root, 32);
    assert_int_equal(got->slot_count, 1);
    int slot = 0;
    assert_true(keyring_slot_of(got, mine, &slot, &err));
    assert_int_equal(slot, -1);
    /* The giver's secret, and any other, opens nothing; the words are those for damage. */
    assert_false(gift_open(gift, mine, got, &err));
    assert_int_equal(err.code, ERR_KEYS);
    char words[ERR_TEXT_MAX];
    memcpy(words, err.text, sizeof words);
    gift[9000] ^= 1;
    assert_false(gift_open(gift, theirs, got, &err));
    assert_string_equal(err.text, words);
    /* A secret is the same as file and as credential. */
    gift[9000] ^= 1;
    theirs->provider = KEYRING_CREDENTIAL;
    assert_true(gift_open(gift, theirs, got, &err));
    rig_close(&rig);
}

static void
test_every_bit_counts(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    given(&rig);
    for (size_t at = 0; at < GIFT_BYTES; at++) {
        /* All bits where it is short, one of each byte in the long part; those differ from byte to byte. */
        for (unsigned bit = 0; bit < 8; bit++) {
            if (at >= 2400 && bit != at % 8)
                continue;
            memcpy(bad, gift, sizeof bad);
            bad[at] ^= (uint8_t)(1U << bit);
            if (gift_open(bad, theirs, got, &err))
                fail_msg("bit %u of byte %zu does not matter", bit, at);
            assert_true(err.code == ERR_KEYS || err.code == ERR_NEWER);
        }
    }
    rig_close(&rig);
}

static void
test_key_as_text(void **state)
{
    (void)state;
    struct err err;
    char text[GIFT_KEY_TEXT], slip[GIFT_KEY_TEXT];
    uint8_t key[GIFT_KEY], back[GIFT_KEY];
    crypt_random(key, sizeof key);
    gift_key_put(key, text);
    assert_int_equal(strlen(text), GIFT_KEY_TEXT - 1);
    assert_true(gift_key_get(span_str(text), back, &err));
    assert_memory_equal(key, back, sizeof key);
    for (size_t at = 0; at < strlen(text); at++) {
        memcpy(slip, text, sizeof slip);
        slip[at] = slip[at] == '1' ? '2' : '1';
        assert_false(gift_key_get(span_str(slip), back, &err));
        assert_int_equal(err.code, ERR_INVALID);
        assert_false(gift_key_get(span_of(text, at), back, &err));
    }
    /* One that agrees with nobody. */
    uint8_t zero[GIFT_KEY] = {0};
    assert_false(gift_seal(ring, zero, gift, &err));
    assert_int_equal(err.code, ERR_INVALID);
    /* A pass phrase has none: it could be guessed by it. */
    mine->provider = KEYRING_PASSPHRASE;
    assert_false(gift_key(mine, back, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_false(gift_open(gift, mine, got, &err));
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    log_set_level(LOG_ERROR);
    if (!crypt_start_debuggable(&err))
        return -1;
    ring = crypt_secret_take(sizeof *ring);
    got = crypt_secret_take(sizeof *got);
    mine = crypt_secret_take(sizeof *mine);
    theirs = crypt_secret_take(sizeof *theirs);
    return ring != NULL && got != NULL && mine != NULL && theirs != NULL ? 0 : -1;
}

static int
stop(void **state)
{
    (void)state;
    crypt_secret_free(ring);
    crypt_secret_free(got);
    crypt_secret_free(mine);
    crypt_secret_free(theirs);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_given_and_taken),
                                       cmocka_unit_test(test_every_bit_counts),
                                       cmocka_unit_test(test_key_as_text)};
    return cmocka_run_group_tests(tests, start, stop);
}
