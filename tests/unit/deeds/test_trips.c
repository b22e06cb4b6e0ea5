/* How often a turn waits for PostgreSQL: for all its deeds together, not for each. Prints the figures. */
#include "house.h"

#include "deeds/collect.h"

#include <stdio.h>
#include <stdlib.h>

static const char policy[] =
    "troth: 1\n"
    "policy:\n  id: t\n  title: T\n  version: 1\n  date: 2026-01-01\n"
    "  controller: {name: N, address: A, email: p@small.example}\n"
    "people:\n  user: {says: you}\n"
    "data:\n"
    "  account: {of: user, fields: {email: {type: email, lookup: unique}}}\n"
    "  note: {of: user, many: yes, fields: {text: {type: text}}}\n"
    "purposes:\n"
    "  run: {says: to run it, basis: contract, uses: [account, note]}\n"
    "collect:\n"
    "  join: {from: anyone, makes: user, fields: {account.email: required}, for: [run]}\n"
    "roles:\n"
    "  web: {kind: application, may: [run], writes: [account, note]}\n"
    "keep:\n"
    "  account: {from: collected, most: 9 years, then: erase}\n"
    "  note: {from: collected, least: 1 year, most: 1 year, then: erase}\n";

enum { DEEDS = 64 };
static struct house house;
static uint8_t people[DEEDS][16];
static int64_t now_us = HOUSE_TIME;

static uint64_t
trips(void)
{
    struct store_figures figures;
    store_figures(house.it->store, &figures);
    return figures.round_trips;
}

static int
setup(void **state)
{
    (void)state;
    house_open(&house, policy);
    if (house_store() == NULL)
        return 0;
    house_begin(&house, now_us);
    uint64_t before = trips();
    for (int i = 0; i < DEEDS; i++) {
        char email[64];
        (void)snprintf(email, sizeof email, "{\"account.email\": \"p%d@example.org\"}", i);
        house_collect(&house, "web", "join", email, people[i]);
    }
    house_end(&house, true);
    (void)printf("# %d people collected one by one in a turn: %llu round trips\n", DEEDS,
                 (unsigned long long)(trips() - before));
    return 0;
}

static int
finish(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

/* A turn of reads as the server makes it: all announce, then all look, then all run. */
static uint64_t
reads(void)
{
    static struct read asks[DEEDS];
    static struct caller web;
    struct err err = {0};
    house_begin(&house, ++now_us);
    uint64_t before = trips();
    web = house_role(&house, "web");
    for (int i = 0; i < DEEDS; i++) {
        asks[i] = (struct read){.deed = house_deed(&house, &web, "run"),
                                .category = policy_category_find(house.it->policy, SPAN("account")),
                                .wanted = ~UINT64_C(0)};
        memcpy(asks[i].subject, people[i], 16);
        read_need(&asks[i]);
    }
    assert_true(instance_turn_fetch(house.it, &err));
    for (int i = 0; i < DEEDS; i++)
        read_need_more(&asks[i]);
    assert_true(instance_turn_fetch(house.it, &err));
    for (int i = 0; i < DEEDS; i++) {
        assert_int_equal(read_run(&asks[i], &err), DEED_DONE);
        assert_true(asks[i].deed.receipt.written);
        char email[32];
        (void)snprintf(email, sizeof email, "p%d@example.org", i);
        assert_true(span_is(asks[i].fields->value[0], email));
    }
    house_end(&house, true);
    return trips() - before;
}

static void
test_reads(void **state)
{
    (void)state;
    if (house_store() == NULL)
        skip(); /* there is no way to anywhere */
    house_restart(&house, policy);
    uint64_t cold = reads(), warm = reads();
    (void)printf("# %d recorded reads in a turn: %llu round trips, %llu with the keys at hand\n", DEEDS,
                 (unsigned long long)cold, (unsigned long long)warm);
    assert_true(cold < DEEDS);
    /* Rows, keys, commit. */
    assert_int_equal(cold, 3);
    assert_int_equal(warm, 2);
    house_verify(&house);
}

static void
test_writes(void **state)
{
    (void)state;
    if (house_store() == NULL)
        skip();
    static struct write asks[DEEDS];
    static struct caller web;
    struct err err = {0};
    house_begin(&house, ++now_us);
    uint64_t before = trips();
    web = house_role(&house, "web");
    for (int i = 0; i < DEEDS; i++) {
        asks[i] = (struct write){.deed = house_deed(&house, &web, "run"),
                                 .category = policy_category_find(house.it->policy, SPAN("note")),
                                 .make = true,
                                 .values = house_values(&house, "{\"text\": \"a\"}",
                                                        policy_category_find(house.it->policy, SPAN("note")))};
        memcpy(asks[i].subject, people[i], 16);
        write_need(&asks[i]);
    }
    assert_true(instance_turn_fetch(house.it, &err));
    for (int i = 0; i < DEEDS; i++)
        write_need_more(&asks[i]);
    assert_true(instance_turn_fetch(house.it, &err));
    for (int i = 0; i < DEEDS; i++)
        if (write_run(&asks[i], &err) != DEED_DONE)
            fail_msg("%s", err.text);
    house_end(&house, true);
    (void)printf("# %d new records in a turn: %llu round trips\n", DEEDS,
                 (unsigned long long)(trips() - before));
    /* People, ranges of keys, what is there, keys of the new category; data known good, keys, data. */
    assert_true(trips() - before < DEEDS / 4);
}

/* As many people as the server registers in a turn announce themselves, each with an address of this letter; but number
 * `double_of_7` with that of number 7, and number `somebodys` with one that is taken. */
static void
joins_begin(struct collect asks[DEEDS], const struct caller *web, char letter, int double_of_7, int somebodys)
{
    struct err err = {0};
    for (int i = 0; i < DEEDS; i++) {
        char email[64];
        (void)snprintf(email, sizeof email, "{\"account.email\": \"%c%d@example.org\"}",
                       i == somebodys ? 'p' : letter, i == double_of_7 ? 7 : i);
        asks[i] = (struct collect){.deed = house_deed(&house, web, NULL),
                                   .point = policy_point_find(house.it->policy, SPAN("join")),
                                   .values = house_values(&house, email, POLICY_NONE)};
        collect_need(&asks[i]);
    }
    assert_true(instance_turn_fetch(house.it, &err));
}

/* Two of them with one address, one with somebody's; then all with one of their own. */
static void
test_registrations(void **state)
{
    (void)state;
    if (house_store() == NULL)
        skip();
    static struct collect asks[DEEDS];
    static struct caller web;
    struct err err = {0};
    house_begin(&house, ++now_us);
    uint64_t before = trips();
    web = house_role(&house, "web");
    joins_begin(asks, &web, 'n', 8, 9);
    for (int i = 0; i < DEEDS; i++) {
        enum deed_end end = collect_run(&asks[i], &err);
        assert_int_equal(end, i == 8 || i == 9 ? DEED_BAD : DEED_DONE);
        if (end == DEED_BAD)
            assert_int_equal(err.code, ERR_TAKEN);
        if (i == 9) /* what was taken back has made the rest doubtful: they are asked for one by one, and come too */
            (void)printf("# %d registrations in a turn, two refused: %llu round trips so far\n", i + 1,
                         (unsigned long long)(trips() - before));
    }
    house_end(&house, true);
    house_begin(&house, ++now_us);
    before = trips();
    joins_begin(asks, &web, 'm', DEEDS, DEEDS);
    for (int i = 0; i < DEEDS; i++)
        assert_int_equal(collect_run(&asks[i], &err), DEED_DONE);
    house_end(&house, true);
    (void)printf("# %d registrations in a turn: %llu round trips\n", DEEDS, (unsigned long long)(trips() - before));
    /* The policy and its clock, guards of the values, whose they are; data known good, keys, data. */
    assert_true(trips() - before <= 7);
    house_verify(&house);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keyd") == 0)
        return keyd_main(atoi(argv[2]));
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_reads), cmocka_unit_test(test_writes),
                                       cmocka_unit_test(test_registrations)};
    return cmocka_run_group_tests(tests, setup, finish);
}
