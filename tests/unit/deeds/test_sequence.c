/*
 * [G02 G09] Two nodes over one pair of databases, each with its key process: whoever has the lease makes the tree grow
 * and signs; the other's keyd goes on from what it signed itself, or from what it is shown.
 */
#include "house.h"

#include "base/clock.h"
#include "crypt/crypt.h"
#include "deeds/evidence.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char policy[] =
    "troth: 1\n"
    "policy:\n  id: t\n  title: T\n  version: 1\n  date: 2026-01-01\n"
    "  controller: {name: N, address: A, email: p@small.example}\n"
    "people:\n  user: {says: you}\n"
    "data:\n  account: {of: user, fields: {email: {type: email}}}\n"
    "purposes:\n  run: {says: to run it, basis: contract, uses: [account]}\n"
    "collect:\n  join: {from: anyone, makes: user, fields: {account.email: required}, for: [run]}\n"
    "roles:\n  web: {kind: application, may: [run, rights]}\n"
    "keep:\n  account: {from: collected, most: 9 years, then: erase}\n";

static struct house house, other;
static uint8_t ana[16];

/* A second node: a folder of its own with the same keyring, over the same databases. */
static void
other_open(void)
{
    struct err err = {0};
    char from[128], to[128];
    uint8_t bytes[65536];
    other = (struct house){0};
    (void)snprintf(other.dir, sizeof other.dir, "/tmp/troth-house-XXXXXX");
    assert_non_null(mkdtemp(other.dir));
    (void)snprintf(from, sizeof from, "%s/keyring.trk", house.dir);
    (void)snprintf(to, sizeof to, "%s/keyring.trk", other.dir);
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ssize_t n = read(in, bytes, sizeof bytes);
    assert_true(in >= 0 && out >= 0 && n > 0 && n < (ssize_t)sizeof bytes && write(out, bytes, (size_t)n) == n);
    (void)close(in);
    (void)close(out);
    assert_true(arena_open(&other.arena, 4 << 20, &err));
    const struct instance_options options = {.dir = other.dir,
                                             .store = house_store(),
                                             .self_exe = "/proc/self/exe",
                                             .key_source = {.file = house.secret, .passphrase_fd = -1},
                                             .policy = file_policy(span_str(policy), "test.yaml"),
                                             .policy_source = span_str(policy)};
    assert_non_null(options.policy);
    if (!instance_open(&options, &other.it, &err))
        fail_msg("instance_open: %s", err.text);
}

static void
other_close(void)
{
    char path[128];
    instance_close(&other.it);
    arena_close(&other.arena);
    (void)snprintf(path, sizeof path, "%s/keyring.trk", other.dir);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/lock", other.dir);
    (void)unlink(path);
    (void)rmdir(other.dir);
}

static int
setup(void **state)
{
    (void)state;
    house_open(&house, policy);
    house_begin(&house, HOUSE_TIME);
    house_collect(&house, "web", "join", "{\"account.email\": \"ana@example.org\"}", ana);
    house_end(&house, true);
    if (house_store() != NULL)
        other_open();
    return 0;
}

static int
finish(void **state)
{
    (void)state;
    if (other.it != NULL)
        other_close();
    house_close(&house);
    return 0;
}

static void
touch(struct house *at, int count)
{
    struct err err = {0};
    house_begin(at, HOUSE_TIME);
    for (int i = 0; i < count; i++)
        assert_int_equal(house_read(at, "web", "run", ana, "account", 0, NULL, &err), DEED_DONE);
    house_end(at, true);
}

static struct ledger_look
look(struct house *at)
{
    struct err err = {0};
    struct ledger_look ret;
    house_begin(at, HOUSE_TIME);
    assert_true(ledger_look(at->it->txn, &ret, &err));
    house_end(at, false);
    return ret;
}

static void
sign(struct house *at)
{
    struct err err = {0};
    if (!instance_checkpoint(at->it, &err))
        fail_msg("%s", err.text);
}

static void
must_be_signed(struct house *at)
{
    struct ledger_look now = look(at);
    assert_int_equal(now.waiting, 0);
    assert_int_equal(now.size, now.checkpoint_size);
}

/* Both count when they come to it; only the one with the lease does, so no line is counted twice. */
static void
count_both(void)
{
    struct err err = {0};
    assert_true(tally_step(house.it, &err) && tally_step(other.it, &err) && tally_step(house.it, &err));
}

static void
must_be_counted(void)
{
    struct err err = {0};
    struct recount_reply reply;
    const struct verify_ask ask = {.dir = house.dir, .store = house_store()};
    if (!instance_recount(&ask, &reply, &err))
        fail_msg("recount: %s", err.text);
    assert_true(reply.ledger.sound && reply.entries > 0);
    assert_int_equal(reply.differ, 0);
    assert_int_equal(reply.waiting, 0);
}

/* Who signed nothing since its start is shown the newest; who did goes on from its own. */
static void
test_in_turn(void **state)
{
    (void)state;
    if (house_store() == NULL)
        skip();
    assert_int_equal(other.it->signed_size, 0); /* there was no checkpoint yet when it started */
    for (int round = 0; round < 4; round++) {
        struct house *by = round % 2 == 0 ? &house : &other, *to = round % 2 == 0 ? &other : &house;
        touch(&house, 3 + round);
        touch(&other, 200);
        sign(by);
        must_be_signed(to);
        count_both();
        touch(to, 1);
        sign(to); /* the lease is not its own: nothing happens */
        assert_int_equal(look(by).waiting, 1);
        leases_give(by->it);
    }
    house_verify(&house);
    must_be_signed(&other);
    count_both();
    must_be_counted();
}

/* What a keyd signed and the store never got: it signs the same again, and what goes on from it. */
static void
test_signed_and_not_durable(void **state)
{
    (void)state;
    struct err err = {0};
    if (house_store() == NULL)
        skip();
    sign(&house);
    touch(&house, 5);
    uint64_t placed = 0;
    bool held = false;
    house_begin(&house, HOUSE_TIME);
    assert_true(lease_take(house.it, LEASE_TREE, &held, &err) && held);
    assert_true(ledger_sequence(house.it->ledger, house.it->txn, 4096, &placed, &err));
    house_end(&house, true);
    house_begin(&house, HOUSE_TIME);
    assert_true(ledger_follow(house.it->ledger, house.it->txn, &err) && checkpoint_sign(house.it, &err));
    house_end(&house, false);
    assert_int_not_equal(look(&house).checkpoint_size, house.it->signed_size);
    leases_give(house.it);
    touch(&other, 5);
    sign(&other);
    must_be_signed(&house);
    leases_give(other.it);
    touch(&house, 1);
    sign(&house);
    must_be_signed(&other);
    house_verify(&house);
}

/* Between turns: one of the two places and signs what both record, and the other leaves it alone. */
static void
test_idle(void **state)
{
    (void)state;
    if (house_store() == NULL)
        skip();
    int64_t mono_ms = clock_mono_ms();
    touch(&house, 10);
    touch(&other, 10);
    for (int i = 0; i < 40; i++) {
        mono_ms += 100;
        (void)instance_idle(house.it, mono_ms);
        (void)instance_idle(other.it, mono_ms);
        if (i % 3 == 0)
            touch(i % 2 == 0 ? &house : &other, 2);
    }
    mono_ms += LIMIT_CHECKPOINT_MS;
    for (int i = 0; i < 4; i++) {
        (void)instance_idle(house.it, mono_ms += LIMIT_CHECKPOINT_MS);
        (void)instance_idle(other.it, mono_ms);
    }
    must_be_signed(&house);
    assert_int_equal(house.it->tree_held + other.it->tree_held, 1);
    house_verify(&house);
    for (int i = 0; i < 4; i++) {
        (void)instance_idle(house.it, mono_ms += 6000);
        (void)instance_idle(other.it, mono_ms);
    }
    must_be_counted();
}

/* One that ends gives the lease back, and leaves nothing of its own behind; one that is not the holder leaves it to
 * the one that is. */
static void
test_ending(void **state)
{
    (void)state;
    if (house_store() == NULL)
        skip();
    touch(&other, 3);
    other_close();
    must_be_signed(&house); /* the lease was free */
    touch(&house, 3);
    sign(&house); /* without waiting for it to run out */
    must_be_signed(&house);
    other_open();
    touch(&other, 3);
    other_close(); /* the lease is not its own: they wait */
    assert_int_equal(look(&house).waiting, 3);
    sign(&house);
    must_be_signed(&house);
    house_verify(&house);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keyd") == 0)
        return keyd_main(atoi(argv[2]));
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, finish)
    const struct CMUnitTest tests[] = {
        CASE(test_in_turn),
        CASE(test_signed_and_not_durable),
        CASE(test_idle),
        CASE(test_ending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
