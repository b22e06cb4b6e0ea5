#include "rig.h"

static struct keyring *ring;

static void
filled(uint8_t *to, size_t n, int first)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(first + (int)i);
}

static const char vector[] =
    "0101000700000009000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    "0000000000000001a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7"
    "eb5b937bf96751cca2931defe08f2e7c9d274779cddead4c8c96131b90946517"
    "bce2d663ded0eb909b0cdec0140341750000000000000000";

static void
test_vector_opens(void **state)
{
    (void)state;
    uint8_t row[DK_ROW], key[32], want[32];
    assert_true(hex_get(span_str(vector), row, sizeof row));
    filled(want, 32, 0x80);
    assert_true(dk_row_open(ring, row, key));
    assert_memory_equal(key, want, 32);
}

static void
test_every_bit_counts(void **state)
{
    (void)state;
    uint8_t row[DK_ROW], key[32];
    assert_true(hex_get(span_str(vector), row, sizeof row));
    for (size_t bit = 0; bit < DK_ROW * 8; bit++) {
        row[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (dk_row_open(ring, row, key))
            fail_msg("bit %zu of byte %zu does not matter", bit % 8, bit / 8);
        row[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_true(dk_row_open(ring, row, key));
}

static void
test_sealed_row_has_the_vectors_form(void **state)
{
    (void)state;
    uint8_t row[DK_ROW], want[DK_ROW], key[32], back[32];
    struct keyd_wrap wrap = {.category = 7, .created_us = 1, .key = key};
    filled(key, 32, 0x80);
    filled(wrap.key_id, 16, 0);
    filled(wrap.subject_id, 16, 0x10);
    assert_true(hex_get(span_str(vector), want, sizeof want));
    dk_row_seal(&ring->keys[0], &wrap, row);
    assert_memory_equal(row, want, 48);
    assert_memory_equal(row + 120, want + 120, 8);
    assert_memory_not_equal(row + 48, want + 48, 24); /* the nonce is random */
    assert_true(dk_row_open(ring, row, back));
    assert_memory_equal(back, key, 32);
}

static void
test_epochs(void **state)
{
    (void)state;
    static const struct {
        enum keyring_state state;
        bool opens;
    } rows[] = {{KEYRING_ACTIVE, true}, {KEYRING_RETIRING, true}, {KEYRING_DESTROYED, false}};
    uint8_t row[DK_ROW], key[32];
    assert_true(hex_get(span_str(vector), row, sizeof row));
    for (size_t i = 0; i < 3; i++) {
        ring->keys[0].state = rows[i].state;
        assert_int_equal(dk_row_open(ring, row, key), rows[i].opens);
    }
    ring->keys[0].state = KEYRING_ACTIVE;
    ring->keys[0].id = 10; /* the same key under another number */
    assert_false(dk_row_open(ring, row, key));
    ring->keys[0].id = 9;
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    if (!crypt_start_debuggable(&err) || (ring = crypt_secret_take(sizeof *ring)) == NULL)
        return -1;
    ring->key_count = 1;
    ring->keys[0] = (struct keyring_key){.kind = KEYRING_EPOCH, .state = KEYRING_ACTIVE, .id = 9};
    filled(ring->keys[0].key, 32, 0x40);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    crypt_secret_free(ring);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vector_opens), cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_sealed_row_has_the_vectors_form), cmocka_unit_test(test_epochs),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
