#include "rig.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct keyring *ring;
static struct unseal *first, *second, *third;
static const struct keyring_stretch weak = {1, 8};

static void
secret_new(struct unseal *unseal)
{
    memset(unseal, 0, sizeof *unseal);
    unseal->provider = KEYRING_KEYFILE;
    crypt_random(unseal->secret, 32);
}

static void
phrase(struct unseal *unseal, const char *text)
{
    struct err err;
    int fd = rig_pipe(text);
    memset(unseal, 0, sizeof *unseal);
    assert_true(unseal_passphrase(unseal, fd, &err));
    (void)close(fd);
}

static bool
opens(const struct rig *rig, struct unseal *unseal)
{
    struct err err;
    struct keyring_report report;
    return keyring_open(rig->dir, unseal, ring, &report, &err);
}

static void
change(const struct rig *rig, struct unseal *unseal, struct unseal *add, int remove, bool *ret_root)
{
    struct err err;
    int lock;
    assert_true(keyring_open_locked(rig->dir, unseal, ring, &lock, &err));
    if (add != NULL)
        assert_true(keyring_slot_add(ring, add, weak, &err));
    if (remove > 0)
        assert_true(keyring_slot_remove(ring, (uint8_t)remove, unseal, ret_root, &err));
    assert_true(keyring_save(rig->dir, ring, &err));
    (void)close(lock);
}

static void
made(struct rig *rig)
{
    struct err err;
    rig_open(rig);
    struct key_source source = rig_source(rig);
    assert_true(keyring_create(rig->dir, &source, &err));
    assert_true(unseal_source(first, &source, &err));
}

/* Neither copy alone, nor both, nor what the secret found in an older copy opens the file after a removal. */
static void
test_removed_is_useless(void **state)
{
    (void)state;
    struct rig rig;
    uint8_t old_root[32], file[KEYRING_FILE], half[KEYRING_FILE], key[CRYPT_KEY], mac[32];
    bool root = false;
    made(&rig);
    secret_new(second);
    change(&rig, first, second, 0, NULL);
    assert_true(opens(&rig, first) && opens(&rig, second));
    memcpy(old_root, ring->root, 32);
    change(&rig, second, NULL, 1, &root);
    assert_true(root);
    assert_true(opens(&rig, second));
    assert_int_equal(ring->generation, 3);
    assert_memory_not_equal(ring->root, old_root, 32);
    assert_false(opens(&rig, first));
    rig_read(&rig, file);
    assert_memory_equal(file, file + KEYRING_COPY, KEYRING_COPY);
    for (int copy = 0; copy < 2; copy++) {
        memcpy(half, file, sizeof half);
        memset(half + (1 - copy) * KEYRING_COPY, 0, KEYRING_COPY);
        rig_write(&rig, half, sizeof half);
        assert_false(opens(&rig, first));
    }
    /* The old root opens no row and does not make the checksum. */
    crypt_kdf(old_root, 2, "trothkrg", key);
    crypt_blake2b(key, span_of(file, AT_MAC), mac);
    assert_memory_not_equal(mac, file + AT_MAC, 32);
    for (size_t i = 0; i < 5; i++) {
        const uint8_t *row = file + AT_KEYS + i * KEYRING_ROW;
        uint8_t ad[ROW_AD_MAX], open[32];
        size_t n = row_ad(file + AT_VAULT, row, KEY_NONCE, ad);
        assert_false(crypt_open(old_root, row + KEY_NONCE, span_of(ad, n), span_of(row + KEY_SEALED, SEALED_KEY), open));
    }
    rig_close(&rig);
}

static void
test_several_slots(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    uint8_t root[32];
    bool new_root = true;
    int at = -2;
    made(&rig);
    secret_new(second);
    change(&rig, first, second, 0, NULL);
    phrase(third, "a long enough phrase\n");
    change(&rig, second, third, 0, NULL);
    assert_true(opens(&rig, first) && opens(&rig, second) && opens(&rig, third));
    memcpy(root, ring->root, 32);
    assert_true(keyring_slot_of(ring, third, &at, &err) && at == 2);
    assert_int_equal(keyring_slot(ring, 2).id, 3);
    assert_int_equal(keyring_slot(ring, 2).provider, KEYRING_PASSPHRASE);
    /* Nobody shuts themselves out, or takes away what is not there. */
    assert_false(keyring_slot_remove(ring, 3, third, &new_root, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_false(keyring_slot_remove(ring, 9, third, &new_root, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    change(&rig, third, NULL, 2, &new_root);
    assert_false(new_root);
    assert_false(opens(&rig, second));
    assert_true(opens(&rig, first) && opens(&rig, third));
    assert_memory_equal(ring->root, root, 32);
    /* A number that came free is given again, and to one slot only. */
    change(&rig, first, second, 0, NULL);
    assert_true(opens(&rig, second));
    assert_int_equal(keyring_slot(ring, 2).id, 2);
    change(&rig, third, NULL, 1, &new_root);
    change(&rig, third, NULL, 2, &new_root);
    assert_true(new_root);
    assert_true(opens(&rig, third));
    assert_int_equal(ring->slot_count, 1);
    assert_false(keyring_slot_remove(ring, 3, third, &new_root, &err));
    assert_false(opens(&rig, first) || opens(&rig, second));
    rig_close(&rig);
}

/* While one changes it no other does. */
static void
test_one_at_a_time(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    int lock, other;
    made(&rig);
    assert_true(keyring_open_locked(rig.dir, first, ring, &lock, &err));
    assert_false(keyring_open_locked(rig.dir, first, ring, &other, &err));
    assert_int_equal(err.code, ERR_BUSY);
    (void)close(lock);
    assert_true(keyring_open_locked(rig.dir, first, ring, &lock, &err));
    (void)close(lock);
    assert_true(opens(&rig, first));
    /* Root may change a service's keyring, which stays the service's; a key process opens its own only. */
    if (geteuid() == 0) {
        struct stat st;
        assert_int_equal(chown(rig.ring, 12345, 12345), 0);
        change(&rig, first, NULL, 0, NULL);
        assert_int_equal(stat(rig.ring, &st), 0);
        assert_int_equal(st.st_uid, 12345);
        assert_false(opens(&rig, first));
    }
    rig_close(&rig);
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
    first = crypt_secret_take(sizeof *first);
    second = crypt_secret_take(sizeof *second);
    third = crypt_secret_take(sizeof *third);
    return ring != NULL && first != NULL && second != NULL && third != NULL ? 0 : -1;
}

static int
stop(void **state)
{
    (void)state;
    crypt_secret_free(ring);
    crypt_secret_free(first);
    crypt_secret_free(second);
    crypt_secret_free(third);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_removed_is_useless),
                                       cmocka_unit_test(test_several_slots),
                                       cmocka_unit_test(test_one_at_a_time)};
    return cmocka_run_group_tests(tests, start, stop);
}
