#include "rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct keyring *ring;
static struct unseal *unseal;
static const struct keyring_stretch weak = {1, 8};

/* Opens with the rig's secret file; the code of the error, ERR_OK when it opens. */
static enum err_code
opened(const struct rig *rig, struct keyring_report *ret_report, struct err *err)
{
    memset(unseal, 0, sizeof *unseal);
    if (!unseal_file(unseal, KEYRING_KEYFILE, rig->secret, err))
        return err->code;
    return keyring_open(rig->dir, unseal, ring, ret_report, err) ? ERR_OK : err->code;
}

static void
rig_made(struct rig *rig, uint8_t file[KEYRING_FILE])
{
    struct err err;
    rig_open(rig);
    struct key_source source = rig_source(rig);
    assert_true(keyring_create(rig->dir, &source, &err));
    rig_read(rig, file);
}

static void
test_create_and_open(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyring_report report;
    struct stat st;
    uint8_t file[KEYRING_FILE], again[KEYRING_FILE];
    rig_made(&rig, file);
    assert_memory_equal(file, "TROTHKR1", 8);
    assert_memory_equal(file, file + KEYRING_COPY, KEYRING_COPY);
    assert_int_equal(stat(rig.ring, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(opened(&rig, &report, &err), ERR_OK);
    assert_int_equal(report.bad, 0);
    assert_int_equal(ring->key_count, 5);
    assert_int_equal(ring->slot_count, 1);
    assert_int_equal(ring->generation, 1);
    for (enum keyring_kind kind = KEYRING_EPOCH; kind <= KEYRING_ACTOR; kind++) {
        const struct keyring_key *key = keyring_key(ring, kind, 0);
        assert_non_null(key);
        assert_int_equal(key->id, 1);
        /* No key lies open in the file, nor does the root. */
        for (size_t at = 0; at + 32 <= KEYRING_FILE; at++)
            assert_true(memcmp(file + at, key->key, 32) != 0 &&
                        memcmp(file + at, ring->root, 32) != 0 &&
                        memcmp(file + at, unseal->secret, 32) != 0);
    }
    /* Never twice, and the first is untouched. */
    struct key_source source = rig_source(&rig);
    assert_false(keyring_create(rig.dir, &source, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_false(key_file_create(rig.secret, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    rig_read(&rig, again);
    assert_memory_equal(file, again, KEYRING_FILE);
    rig_close(&rig);
}

/* Every byte of A: B serves, says so, and A is written anew. Every byte of both: a clear
 * refusal. */
static void
test_every_byte_counts(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyring_report report;
    static uint8_t copy[KEYRING_COPY];
    uint8_t file[KEYRING_FILE], after[KEYRING_FILE];
    rig_made(&rig, file);
    assert_int_equal(opened(&rig, &report, &err), ERR_OK);
    for (size_t at = 0; at < KEYRING_COPY; at++) {
        memcpy(copy, file, KEYRING_COPY);
        copy[at] ^= (uint8_t)(1 + at % 255);
        struct err why = {0};
        enum keyring_read got = keyring_decode(copy, unseal, ring, &why);
        if (got == KEYRING_WHOLE)
            fail_msg("byte %zu does not matter", at);
        if (got == KEYRING_DAMAGED)
            assert_true(why.text[0] != '\0' && why.code == ERR_KEYS);
    }
    for (size_t at = 0; at < KEYRING_COPY; at += 61) {
        for (size_t which = 0; which < 2; which++) {
            memcpy(after, file, sizeof after);
            after[which * KEYRING_COPY + at] ^= 0x10;
            rig_write(&rig, after, sizeof after);
            enum err_code code = opened(&rig, &report, &err);
            assert_int_equal(code, ERR_OK);
            assert_int_equal(report.bad, which == 0 ? 'A' : 'B');
            assert_true(report.why[0] != '\0');
            bool closed_newer = strstr(report.why, "none of its slots") != NULL &&
                                get_be64(after + which * KEYRING_COPY + 8) > 1;
            assert_int_equal(report.healed, !closed_newer);
            rig_read(&rig, after);
            if (report.healed)
                assert_memory_equal(after, file, sizeof after);
        }
        memcpy(after, file, sizeof after);
        after[at] ^= 0x10;
        after[KEYRING_COPY + at] ^= 0x10;
        rig_write(&rig, after, sizeof after);
        assert_int_equal(opened(&rig, &report, &err), ERR_KEYS);
        assert_true(strstr(err.text, "both copies") != NULL || strstr(err.text, "no slot") != NULL);
    }
    rig_close(&rig);
}

static void
test_damage_is_named(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyring_report report;
    uint8_t file[KEYRING_FILE], bad[KEYRING_FILE];
    rig_made(&rig, file);
    static const struct {
        size_t at;
        uint8_t value;
        enum err_code code;
        const char *says;
    } rows[] = {
        {0, 'X', ERR_KEYS, "A: the magic number is wrong; B: the magic number is wrong"},
        {7, '2', ERR_NEWER, "newer version"},
        {15, 0, ERR_KEYS, "generation is zero"},
        {35, 0, ERR_KEYS, "slot count"},
        {35, 17, ERR_KEYS, "slot count"},
        {39, 97, ERR_KEYS, "entry count"},
        {39, 0, ERR_KEYS, "entry count"},
        {63, 1, ERR_KEYS, "reserved bytes at 40"},
        {64 + 128 + 3, 1, ERR_KEYS, "unused slots"},
        {2112 + 5 * 128, 1, ERR_KEYS, "unused entries"},
        {14400, 1, ERR_KEYS, "reserved bytes at 14400"},
        {15, 2, ERR_KEYS, "checksum of the whole"},
        {16352, 0, ERR_KEYS, "checksum of the whole"}, /* made different below if it is 0 */
        {2112, 9, ERR_KEYS, "entry 0: the kind is unknown"},
        {2113, 7, ERR_KEYS, "entry 0: the state is unknown"},
        {2112 + 128 + 60, 0, ERR_KEYS, "entry 1: the key does not open"},
        {2112 + 127, 1, ERR_KEYS, "entry 0: the padding"},
        {16, 0, ERR_KEYS, "no slot of the keyring opens"}, /* another vault's id */
        {64 + 90, 0, ERR_KEYS, "no slot of the keyring opens"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memcpy(bad, file, sizeof bad);
        uint8_t value = rows[i].value == file[rows[i].at] ? (uint8_t)(rows[i].value ^ 0x80)
                                                           : rows[i].value;
        bad[rows[i].at] = value;
        bad[KEYRING_COPY + rows[i].at] = value;
        rig_write(&rig, bad, sizeof bad);
        assert_int_equal(opened(&rig, &report, &err), rows[i].code);
        if (strstr(err.text, rows[i].says) == NULL)
            fail_msg("byte %zu: %s", rows[i].at, err.text);
    }
    rig_close(&rig);
}

static void
test_truncated(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        enum err_code code;
        const char *says;
    } rows[] = {
        {0, ERR_KEYS, "A: it ends after 0"},
        {1, ERR_KEYS, "A: it ends after 1"},
        {KEYRING_COPY - 1, ERR_KEYS, "B: it ends after 0"},
        {KEYRING_COPY, ERR_OK, "ends after 0 of"},
        {KEYRING_FILE - 1, ERR_OK, "ends after 16383 of"},
    };
    struct rig rig;
    struct err err;
    struct keyring_report report;
    uint8_t file[KEYRING_FILE], after[KEYRING_FILE];
    rig_made(&rig, file);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_write(&rig, file, rows[i].n);
        assert_int_equal(opened(&rig, &report, &err), rows[i].code);
        assert_non_null(strstr(rows[i].code == ERR_OK ? report.why : err.text, rows[i].says));
        if (rows[i].code == ERR_OK) {
            assert_true(report.bad == 'B' && report.healed);
            rig_read(&rig, after);
            assert_memory_equal(after, file, sizeof after);
        }
    }
    (void)unlink(rig.ring);
    assert_int_equal(opened(&rig, &report, &err), ERR_NOT_FOUND);
    rig_close(&rig);
}

/* A crash between the two writes leaves A one generation behind; what was destroyed must go from it
 * too. */
static void
test_generations(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyring_report report;
    uint8_t old[KEYRING_FILE], now[KEYRING_FILE], mixed[KEYRING_FILE];
    rig_made(&rig, old);
    assert_int_equal(opened(&rig, &report, &err), ERR_OK);
    assert_true(keyring_key_add(ring, KEYRING_EPOCH, 5, &err));
    ring->keys[0].state = KEYRING_DESTROYED;
    ring->keys[0].destroyed_us = 6;
    assert_true(keyring_save(rig.dir, ring, &err));
    rig_read(&rig, now);
    assert_memory_equal(now, now + KEYRING_COPY, KEYRING_COPY);
    for (size_t i = 34; i < 106; i++)
        assert_int_equal(now[2112 + i], 0);
    memcpy(mixed, now, sizeof mixed);
    memcpy(mixed, old, KEYRING_COPY);
    rig_write(&rig, mixed, sizeof mixed);
    assert_int_equal(opened(&rig, &report, &err), ERR_OK);
    assert_true(report.bad == 'A' && report.healed);
    assert_non_null(strstr(report.why, "older"));
    assert_int_equal(ring->generation, 2);
    assert_int_equal(keyring_key(ring, KEYRING_EPOCH, 0)->id, 2);
    assert_null(keyring_key(ring, KEYRING_EPOCH, 1));
    assert_memory_equal(ring->keys[0].check, old + 2112 + 26, 8); /* for the ledger's entry */
    rig_read(&rig, mixed);
    assert_memory_equal(mixed, now, sizeof mixed);
    /* The other way round, and two that differ within one generation. */
    memcpy(mixed + KEYRING_COPY, old, KEYRING_COPY);
    rig_write(&rig, mixed, sizeof mixed);
    assert_int_equal(opened(&rig, &report, &err), ERR_OK);
    assert_true(report.bad == 'B' && ring->generation == 2);
    keyring_encode(ring, mixed);
    rig_write(&rig, mixed, sizeof mixed);
    memcpy(mixed + KEYRING_COPY, now, KEYRING_COPY);
    rig_write(&rig, mixed, sizeof mixed);
    assert_int_equal(opened(&rig, &report, &err), ERR_KEYS);
    assert_non_null(strstr(err.text, "differ"));
    rig_close(&rig);
}

/* A newer format in one copy: the other one serves and the newer one is left alone. */
static void
test_newer_copy_is_left(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyring_report report;
    uint8_t file[KEYRING_FILE], after[KEYRING_FILE];
    rig_made(&rig, file);
    file[KEYRING_COPY + 7] = '2';
    rig_write(&rig, file, sizeof file);
    assert_int_equal(opened(&rig, &report, &err), ERR_OK);
    assert_true(report.bad == 'B' && !report.healed);
    assert_non_null(strstr(report.why, "newer"));
    rig_read(&rig, after);
    assert_memory_equal(file, after, sizeof file);
    rig_close(&rig);
}

static void
test_inner_rules(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyring_report report;
    uint8_t file[KEYRING_FILE], copy[KEYRING_COPY];
    rig_made(&rig, file);
    assert_int_equal(opened(&rig, &report, &err), ERR_OK);
    struct keyring *changed = crypt_secret_take(sizeof *changed);
    static const char *const says[] = {"exactly one active", "one number", "disagree",
                                       "check value", "exactly one active"};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(opened(&rig, &report, &err), ERR_OK);
        memcpy(changed, ring, sizeof *changed);
        if (i == 0)
            changed->keys[2].state = KEYRING_RETIRING;
        if (i == 1) {
            assert_true(keyring_key_add(changed, KEYRING_EPOCH, 1, &err));
            changed->keys[0].state = KEYRING_RETIRING;
            changed->keys[5].id = 1;
        }
        if (i == 2)
            changed->keys[4].destroyed_us = 9;
        if (i == 3)
            changed->keys[3].check[0] ^= 1;
        if (i == 4)
            assert_true(keyring_key_add(changed, KEYRING_TOKEN, 1, &err)); /* two active */
        keyring_encode(changed, copy);
        assert_int_equal(keyring_decode(copy, unseal, ring, &err), KEYRING_DAMAGED);
        if (strstr(err.text, says[i]) == NULL)
            fail_msg("%d: %s", i, err.text);
    }
    crypt_secret_free(changed);
    rig_close(&rig);
}

static void
test_full(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyring_report report;
    uint8_t file[KEYRING_FILE], copy[KEYRING_COPY];
    rig_made(&rig, file);
    assert_int_equal(opened(&rig, &report, &err), ERR_OK);
    for (int i = 1; i < KEYRING_EPOCHS; i++) {
        for (size_t k = 0; k < ring->key_count; k++)
            if (ring->keys[k].kind == KEYRING_EPOCH)
                ring->keys[k].state = KEYRING_RETIRING;
        assert_true(keyring_key_add(ring, KEYRING_EPOCH, 1, &err));
    }
    assert_false(keyring_key_add(ring, KEYRING_EPOCH, 1, &err));
    assert_int_equal(err.code, ERR_FULL);
    for (int i = 1; i < KEYRING_SLOTS; i++)
        assert_true(keyring_slot_add(ring, unseal, weak, &err));
    assert_false(keyring_slot_add(ring, unseal, weak, &err));
    assert_int_equal(err.code, ERR_FULL);
    keyring_encode(ring, copy);
    memset(ring, 0, sizeof *ring);
    assert_int_equal(keyring_decode(copy, unseal, ring, &err), KEYRING_WHOLE);
    assert_int_equal(keyring_key(ring, KEYRING_EPOCH, 0)->id, KEYRING_EPOCHS);
    assert_non_null(keyring_key(ring, KEYRING_EPOCH, 1));
    /* Field 0 serves all fields until one has a key of its own. */
    assert_true(keyring_key_add(ring, KEYRING_INDEX, 1, &err));
    ring->keys[ring->key_count - 1].field = 3;
    assert_int_equal(keyring_index_key(ring, 3)->id, 2);
    assert_int_equal(keyring_index_key(ring, 4)->id, 1);
    rig_close(&rig);
}

static void
test_secret_files(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyring_report report;
    uint8_t file[KEYRING_FILE], bytes[40] = {0};
    rig_made(&rig, file);
    static const struct {
        size_t n;
        mode_t mode;
        const char *says;
    } rows[] = {
        {32, 0400, "no slot of the keyring opens with this secret"}, /* 32 bytes, but not these */
        {31, 0400, "exactly 32 bytes"},
        {33, 0400, "exactly 32 bytes"},
        {0, 0400, "exactly 32 bytes"},
        {32, 0644, "mode 0644"},
        {32, 0440, "mode 0440"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        (void)unlink(rig.secret);
        int fd = open(rig.secret, O_WRONLY | O_CREAT, 0600);
        assert_int_equal(write(fd, bytes, rows[i].n), rows[i].n);
        assert_int_equal(fchmod(fd, rows[i].mode), 0);
        (void)close(fd);
        assert_int_equal(opened(&rig, &report, &err), ERR_KEYS);
        if (strstr(err.text, rows[i].says) == NULL)
            fail_msg("%zu: %s", i, err.text);
    }
    if (geteuid() == 0) {
        assert_int_equal(chmod(rig.secret, 0400), 0);
        assert_int_equal(chown(rig.secret, 12345, (gid_t)-1), 0);
        assert_int_equal(opened(&rig, &report, &err), ERR_KEYS);
        assert_non_null(strstr(err.text, "belongs to user 12345"));
    }
    (void)unlink(rig.secret);
    assert_int_equal(opened(&rig, &report, &err), ERR_KEYS);
    /* The keyring itself lies open to others: say so. */
    assert_true(key_file_create(rig.secret, &err));
    assert_int_equal(chmod(rig.ring, 0644), 0);
    assert_int_equal(opened(&rig, &report, &err), ERR_KEYS);
    assert_non_null(strstr(err.text, "mode 0644"));
    rig_close(&rig);
}

static void
test_passphrase(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyring_report report;
    static const struct {
        const char *typed;
        bool opens;
    } rows[] = {
        {"a long enough phrase\n", true},  {"a long enough phrase", true},
        {"a long enough phrase\nmore", true}, {"a long enough phrase \n", false},
        {"A long enough phrase\n", false}, {"x\n", false},
        {"\n", false},                     {"", false},
    };
    rig_open(&rig);
    struct key_source source = {.passphrase_fd = rig_pipe("short\n")};
    assert_false(keyring_create_with(rig.dir, &source, weak, &err));
    assert_int_equal(err.code, ERR_INVALID);
    (void)close(source.passphrase_fd);
    source.passphrase_fd = rig_pipe("a long enough phrase\nnot ours");
    assert_true(keyring_create_with(rig.dir, &source, weak, &err));
    char rest[16];
    assert_int_equal(read(source.passphrase_fd, rest, sizeof rest), 8); /* what follows is left */
    (void)close(source.passphrase_fd);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int fd = rig_pipe(rows[i].typed);
        memset(unseal, 0, sizeof *unseal);
        bool good = unseal_passphrase(unseal, fd, &err) &&
                    keyring_open(rig.dir, unseal, ring, &report, &err);
        (void)close(fd);
        assert_int_equal(good, rows[i].opens);
        if (!good)
            assert_int_equal(err.code, ERR_KEYS);
    }
    /* A file does not open a pass phrase's slot: the very same message as for a wrong phrase. */
    assert_int_equal(opened(&rig, &report, &err), ERR_KEYS);
    assert_string_equal(err.text, "no slot of the keyring opens with this secret");
    /* A slot that asks for absurd work is not tried. */
    uint8_t file[KEYRING_FILE];
    rig_read(&rig, file);
    put_be32(file + 64 + SLOT_KIB, UINT32_MAX);
    put_be32(file + KEYRING_COPY + 64 + SLOT_KIB, UINT32_MAX);
    rig_write(&rig, file, sizeof file);
    int fd = rig_pipe("a long enough phrase\n");
    memset(unseal, 0, sizeof *unseal);
    assert_true(unseal_passphrase(unseal, fd, &err));
    (void)close(fd);
    assert_false(keyring_open(rig.dir, unseal, ring, &report, &err));
    assert_string_equal(err.text, "no slot of the keyring opens with this secret");
    char *big = malloc(2000);
    memset(big, 'x', 1999);
    big[1999] = '\0';
    fd = rig_pipe(big);
    assert_false(unseal_passphrase(unseal, fd, &err));
    (void)close(fd);
    free(big);
    rig_close(&rig);
}

/* The same 32 bytes as a systemd credential open the slot that a file enrolled. */
static void
test_sources(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    uint8_t file[KEYRING_FILE];
    char path[256];
    enum keyring_provider provider;
    struct keyring_report report;
    rig_made(&rig, file);
    static const struct {
        struct key_source source;
        bool set, good;
        enum keyring_provider provider;
    } rows[] = {
        {{.file = "/k", .passphrase_fd = -1}, true, true, KEYRING_KEYFILE},
        {{.file = "/k", .passphrase_fd = 0}, true, true, KEYRING_KEYFILE},
        {{.file = "/k", .passphrase_fd = 5}, true, false, 0},
        {{.passphrase_fd = 0}, true, true, KEYRING_PASSPHRASE},
        {{.passphrase_fd = 7}, true, true, KEYRING_PASSPHRASE},
        {{.passphrase_fd = -1}, true, false, 0},
        {{.credential = "unseal.key", .passphrase_fd = -1}, true, true, KEYRING_CREDENTIAL},
        {{.credential = "unseal.key", .passphrase_fd = -1}, false, false, 0},
        {{.credential = "../unseal.key", .passphrase_fd = -1}, true, false, 0},
        {{.credential = "", .passphrase_fd = -1}, true, false, 0},
        {{.credential = "a", .file = "/k", .passphrase_fd = -1}, true, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].set)
            assert_int_equal(setenv("CREDENTIALS_DIRECTORY", rig.dir, 1), 0);
        else
            assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
        bool good = source_resolve(&rows[i].source, &provider, path, sizeof path, &err);
        assert_int_equal(good, rows[i].good);
        if (good)
            assert_int_equal(provider, rows[i].provider);
        else
            assert_int_equal(err.code, ERR_CONFIG);
    }
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", rig.dir, 1), 0);
    assert_true(source_resolve(&rows[6].source, &provider, path, sizeof path, &err));
    assert_int_equal(chmod(rig.secret, 0440), 0);
    memset(unseal, 0, sizeof *unseal);
    assert_true(unseal_file(unseal, provider, path, &err));
    assert_true(keyring_open(rig.dir, unseal, ring, &report, &err));
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
    unseal = crypt_secret_take(sizeof *unseal);
    return ring != NULL && unseal != NULL ? 0 : -1;
}

static int
stop(void **state)
{
    (void)state;
    crypt_secret_free(ring);
    crypt_secret_free(unseal);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create_and_open), cmocka_unit_test(test_every_byte_counts),
        cmocka_unit_test(test_damage_is_named), cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_generations),     cmocka_unit_test(test_newer_copy_is_left),
        cmocka_unit_test(test_inner_rules),
        cmocka_unit_test(test_full),            cmocka_unit_test(test_secret_files),
        cmocka_unit_test(test_passphrase),      cmocka_unit_test(test_sources),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
