/*
 * [G01 G23] The program dies between the commit of the keys and that of the data. What the next
 * start finds is settled: nobody half made, nobody half erased, and nothing that would stay so.
 */
#include "house.h"

#include "base/clock.h"
#include "store/store_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const char policy[] =
    "troth: 1\n"
    "policy:\n  id: t\n  title: T\n  version: 1\n  date: 2026-01-01\n"
    "  controller: {name: N, address: A, email: p@small.example}\n"
    "people:\n  user: {says: you}\n"
    "data:\n"
    "  account: {of: user, fields: {email: {type: email, lookup: unique}}}\n"
    "  contact: {of: user, fields: {phone: {type: phone, lookup: unique}}}\n"
    "  note: {of: user, many: yes, fields: {text: {type: text}}}\n"
    "purposes:\n"
    "  run: {says: to run it, basis: contract, uses: [account, contact, note]}\n"
    "collect:\n"
    "  join: {from: anyone, makes: user, fields: {account.email: required, contact.phone: "
    "optional}, "
    "for: [run]}\n"
    "roles:\n"
    "  web: {kind: application, may: [run, rights], writes: [account, contact, note]}\n"
    "keep:\n"
    "  account: {from: collected, most: 9 years, then: erase}\n"
    "  contact: {from: collected, most: 9 years, then: erase}\n"
    "  note: {from: changed, most: 30 days, then: erase}\n";

enum { DIED = 42, NOTES = 3 };

static struct house house;
static uint8_t ana[16], ben[16];
static int64_t now_us;
static bool after_commit; /* it dies after the data were committed, and before its next turn */

static int
setup(void **state)
{
    (void)state;
    struct err err = {0};
    now_us = HOUSE_TIME;
    after_commit = false;
    house_open(&house, policy);
    house_begin(&house, now_us);
    house_collect(&house, "web", "join",
                  "{\"account.email\": \"ana@example.org\", \"contact.phone\": \"+35311111111\"}",
                  ana);
    house_collect(&house, "web", "join", "{\"account.email\": \"ben@example.org\"}", ben);
    for (int i = 0; i < NOTES; i++)
        assert_int_equal(house_write(&house, "web", "run", ana, "note", "{\"text\": \"hers\"}", 0,
                                     0, NULL, &err),
                         DEED_DONE);
    house_end(&house, true);
    return 0;
}

static int
finish(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

static void
die(void)
{
    _exit(DIED);
}

static void
new_person(void)
{
    uint8_t id[16];
    house_collect(&house, "web", "join", "{\"account.email\": \"carl@example.org\"}", id);
}

static void
erase_person(void)
{
    struct erase erase;
    struct err err;
    if (house_erase(&house, ana, NULL, 0, &erase, &err) != DEED_DONE)
        _exit(1);
}

static void
erase_contact(void)
{
    struct erase erase;
    struct err err;
    if (house_erase(&house, ana, "contact", 0, &erase, &err) != DEED_DONE)
        _exit(1);
}

static void
erase_note(void)
{
    struct erase erase;
    struct err err;
    if (house_erase(&house, ana, "note", 2, &erase, &err) != DEED_DONE)
        _exit(1);
}

static void
first_note(void)
{
    struct err err;
    if (house_write(&house, "web", "run", ben, "note", "{\"text\": \"his\"}", 0, 0, NULL, &err) !=
        DEED_DONE)
        _exit(1);
}

/* The deed is done in a child, which dies at that moment; then the program starts anew. */
static void
dies_doing(void (*deed)(void), const char *next_policy)
{
    instance_close(&house.it);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct err err;
        house_restart(&house, policy);
        house_begin(&house, ++now_us);
        deed();
        if (!after_commit)
            store_test_between = die;
        _exit(instance_turn_commit(house.it, &err) && after_commit ? DIED : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), DIED);
    now_us++;
    if (next_policy != NULL) {
        house_restart(&house, next_policy);
        return;
    }
    /* A start without a policy, as for a list of tokens, settles nothing it cannot finish. */
    struct err err = {0};
    const struct instance_options options = {
        .dir = house.dir,
        .store = house_store(),
        .self_exe = "/proc/self/exe",
        .key_source = {.file = house.secret, .passphrase_fd = -1}};
    if (!instance_open(&options, &house.it, &err))
        fail_msg("%s", err.text);
    house_restart(&house, policy);
}

static enum deed_end
reads(const uint8_t id[16], const char *category, uint64_t rec)
{
    struct err err;
    enum deed_end end = house_read(&house, "web", "run", id, category, rec, NULL, &err);
    if (end == DEED_FAILED)
        fail_msg("%s %d: %s", category, (int)rec, err.text);
    return end;
}

static size_t
keys_of(int64_t sn)
{
    struct err err = {0};
    uint16_t list[16];
    size_t count = 99;
    assert_true(keys_categories(house.it->txn, sn, list, 16, &count, &err));
    return count;
}

static void
all_is_well(void)
{
    struct err err = {0};
    struct ended_key ended[4];
    size_t count = 99;
    house_end(&house, true);
    house_begin(&house, now_us); /* the turn after */
    assert_true(keys_ended(house.it->txn, store_lane(house.it->store), ended, 4, &count, &err));
    assert_int_equal(count, 0);
    assert_int_equal(reads(ben, "account", 0), DEED_DONE);
    house_end(&house, true);
    house_verify(&house);
}

static void
test_new_person(void **state)
{
    (void)state;
    uint8_t dora[16];
    dies_doing(new_person, policy);
    house_begin(&house, now_us);
    assert_int_equal(keys_of(3), 0); /* their number goes to the next, with keys of their own */
    int64_t sn = house.it->next_sn; /* 3; where numbers go by the block, the first of another */
    assert_true(sn >= 3);
    house_collect(&house, "web", "join", "{\"account.email\": \"carl@example.org\"}", dora);
    house_end(&house, true);
    house_restart(&house, policy);
    house_begin(&house, now_us);
    assert_int_equal(reads(dora, "account", 0), DEED_DONE);
    assert_int_equal(keys_of(sn), 2);
    all_is_well();
}

/* All numbers that are at hand without another block. */
static void
numbers_all(void)
{
    int64_t last = 0, sn;
    while ((sn = numbers_next(house.it)) != 0) {
        assert_true(sn > last);
        last = sn;
    }
}

/* Where numbers go by the block: the next is there before one is used up, and one that is used up is settled with the
 * taking of another, so that a start never has more than two to look at. */
static void
test_used_block(void **state)
{
    (void)state;
    struct err err = {0};
    const struct val lane[] = {val_int(store_lane(house.it->store)), val_int(0), val_int(1)};
    struct val out[1];
    bool found = false;
    if (house_store() == NULL)
        skip();
    assert_false(numbers_low(house.it));
    for (int i = 0; i < 3; i++) {
        int64_t end = house.it->end_sn;
        house.it->next_sn = end - 300;
        assert_true(numbers_low(house.it));
        assert_true(numbers_refill(house.it, &err));
        assert_false(numbers_low(house.it));
        assert_int_equal(house.it->next_sn, end - 300); /* what is left is not lost */
        house_begin(&house, now_us);
        assert_true(rows_one(house.it->txn, &house.it->scratch, SQL_block_open, lane, 3, out, 1, &found, &err));
        assert_true(found);
        house_end(&house, true);
        assert_true(out[0].i <= end - 300 && end - 300 < numbers_block_end(house.it, out[0].i));
        while (house.it->end_sn == end)
            assert_int_not_equal(numbers_next(house.it), 0);
    }
    numbers_all();
    assert_int_equal(numbers_next(house.it), 0);
}

/* The key of a first record, of somebody who is there: it stays, seals nothing, and serves the
 * next. */
static void
test_first_record(void **state)
{
    (void)state;
    struct err err = {0};
    dies_doing(first_note, policy);
    house_begin(&house, now_us);
    assert_int_equal(reads(ben, "note", 1), DEED_ABSENT);
    assert_int_equal(
        house_write(&house, "web", "run", ben, "note", "{\"text\": \"his\"}", 0, 0, NULL, &err),
        DEED_DONE);
    house_end(&house, true);
    house_restart(&house, policy);
    house_begin(&house, now_us);
    assert_int_equal(reads(ben, "note", 1), DEED_DONE);
    all_is_well();
}

static void
test_whole_person(void **state)
{
    (void)state;
    for (int without = 0; without < 2; without++) {
        uint8_t tomb[32];
        if (without) {
            house_collect(&house, "web", "join", "{\"account.email\": \"ana@example.org\"}", ana);
            house_end(&house, true);
        }
        dies_doing(erase_person, without ? NULL : policy);
        house_begin(&house, now_us);
        assert_int_equal(reads(ana, "account", 0), DEED_ABSENT);
        erase_tombstone(ana, tomb);
        bool told = false;
        for (uint64_t seq = house_since(&house, 0); seq < ledger_entry_next(house.it->ledger) && !told; seq++)
            told = memcmp(house_entry(&house, seq).detail, tomb, 32) == 0;
        assert_true(told); /* finished, and with its own line */
        house_end(&house, true);
        house_begin(&house, now_us);
    }
    house_collect(&house, "web", "join", "{\"account.email\": \"ana@example.org\"}", ana);
    house_end(&house, true);
    (void)house_sweep(&house, now_us);
    house_begin(&house, now_us);
    assert_int_equal(keys_of(1), 0);
    all_is_well();
}

static void
test_one_category(void **state)
{
    (void)state;
    for (int without = 0; without < 2; without++) {
        struct err err = {0};
        dies_doing(erase_contact, without ? NULL : policy);
        house_begin(&house, now_us);
        assert_int_equal(reads(ana, "contact", 0), DEED_ABSENT);
        assert_int_equal(reads(ana, "account", 0), DEED_DONE);
        /* The number is hers no more: she is not found by it, and others may have it. */
        if (house_write(&house, "web", "run", ben, "contact", "{\"phone\": \"+35311111111\"}", 0, 0,
                        NULL, &err) != DEED_DONE)
            fail_msg("%s", err.text);
        struct erase erase;
        assert_int_equal(house_erase(&house, ben, "contact", 0, &erase, &err), DEED_DONE);
        assert_int_equal(house_write(&house, "web", "run", ana, "contact",
                                     "{\"phone\": \"+35311111111\"}", 0, 0, NULL, &err),
                         DEED_DONE);
        house_end(&house, true);
    }
    house_restart(&house, policy);
    house_begin(&house, now_us);
    assert_int_equal(reads(ana, "contact", 0), DEED_DONE);
    all_is_well();
}

static void
erase_and_fill(void)
{
    struct err err;
    erase_contact();
    if (house_write(&house, "web", "run", ana, "contact", "{\"phone\": \"+35322222222\"}", 0, 0,
                    NULL, &err) != DEED_DONE)
        _exit(1);
}

/* Erased and filled again in one turn: with that turn both are there, without it neither is, but
 * the erasing. */
static void
test_erased_and_filled(void **state)
{
    (void)state;
    dies_doing(erase_and_fill, policy);
    house_begin(&house, now_us);
    assert_int_equal(reads(ana, "contact", 0), DEED_ABSENT);
    house_end(&house, true);
    after_commit = true;
    dies_doing(erase_and_fill, policy);
    after_commit = false;
    house_begin(&house, now_us);
    assert_int_equal(reads(ana, "contact", 0), DEED_DONE);
    struct err err = {0};
    assert_int_equal(house_write(&house, "web", "run", ben, "contact",
                                 "{\"phone\": \"+35322222222\"}", 0, 0, NULL, &err),
                     DEED_BAD);
    assert_int_equal(err.code, ERR_TAKEN);
    all_is_well();
}

/* What was committed is not settled again: no line of an erasure that had its own. */
static void
test_committed_is_left_alone(void **state)
{
    (void)state;
    static void (*const deeds[])(void) = {erase_contact, erase_note, erase_person};
    after_commit = true;
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        house_begin(&house, now_us);
        uint64_t size = ledger_entry_next(house.it->ledger);
        house_end(&house, true);
        dies_doing(deeds[i], policy);
        house_begin(&house, now_us);
        int lines = 0;
        for (uint64_t seq = house_since(&house, size); seq < ledger_entry_next(house.it->ledger); seq++)
            lines += house_entry(&house, seq).event == LEDGER_ERASED;
        assert_int_equal(lines, 1);
        house_end(&house, true);
        (void)house_sweep(&house, now_us);
    }
    after_commit = false;
    house_begin(&house, now_us);
    assert_int_equal(keys_of(1), 0);
    all_is_well();
}

/* The end of an old key that still waits is not the end of a new one in its place. */
static void
test_old_key_waits_and_all_is_erased(void **state)
{
    (void)state;
    struct err err = {0};
    struct erase erase;
    house_begin(&house, ++now_us);
    assert_int_equal(house_erase(&house, ana, "note", 2, &erase, &err), DEED_DONE);
    assert_int_equal(house_erase(&house, ana, "note", 0, &erase, &err), DEED_DONE);
    assert_int_equal(
        house_write(&house, "web", "run", ana, "note", "{\"text\": \"new\"}", 0, 0, NULL, &err),
        DEED_DONE);
    house_end(&house, true);
    (void)house_sweep(&house, now_us);
    house_restart(&house, policy);
    house_begin(&house, now_us);
    assert_int_equal(reads(ana, "note", 1), DEED_DONE);
    all_is_well();
}

/* A category was being sealed anew: everything is as before, and it can be done again. */
static void
test_renewal(void **state)
{
    (void)state;
    struct err err = {0};
    struct erase erase;
    dies_doing(erase_note, policy);
    house_begin(&house, now_us);
    for (uint64_t rec = 1; rec <= NOTES; rec++)
        assert_int_equal(reads(ana, "note", rec), DEED_DONE);
    assert_int_equal(
        house_write(&house, "web", "run", ana, "note", "{\"text\": \"more\"}", 0, 0, NULL, &err),
        DEED_DONE);
    if (house_erase(&house, ana, "note", 2, &erase, &err) != DEED_DONE)
        fail_msg("erasing: %s", err.text);
    house_end(&house, true);
    (void)house_sweep(&house, now_us);
    house_restart(&house, policy);
    house_begin(&house, now_us);
    for (uint64_t rec = 1; rec <= NOTES + 1; rec++)
        assert_int_equal(reads(ana, "note", rec), rec == 2 ? DEED_ABSENT : DEED_DONE);
    house_end(&house, true);
    /* And they end when they are due. */
    assert_int_equal(house_sweep(&house, now_us + 31 * CLOCK_US_PER_DAY).erased, NOTES);
    house_begin(&house, now_us);
    all_is_well();
}

/* A renewal that was committed is one, although the program was killed before its next turn. */
static void
test_renewal_committed(void **state)
{
    (void)state;
    struct err err = {0};
    struct erase erase;
    house_begin(&house, ++now_us);
    assert_int_equal(house_erase(&house, ana, "note", 2, &erase, &err), DEED_DONE);
    house_end(&house, true);
    house_restart(&house, policy);
    house_begin(&house, now_us);
    for (uint64_t rec = 1; rec <= NOTES; rec++)
        assert_int_equal(reads(ana, "note", rec), rec == 2 ? DEED_ABSENT : DEED_DONE);
    house_end(&house, true);
    (void)house_sweep(&house, now_us);
    house_restart(&house, policy);
    house_begin(&house, now_us);
    assert_int_equal(house_erase(&house, ana, "note", 3, &erase, &err), DEED_DONE);
    assert_int_equal(reads(ana, "note", 1), DEED_DONE);
    all_is_well();
}

static struct person
person_of(const uint8_t id[16])
{
    struct err err = {0};
    struct subject found;
    bool there = false;
    assert_true(subject_look(house.it, &house.arena, id, &found, &there, &err) && there);
    return found.person;
}

/* The keys' half of a turn of a node that fell, while this one goes on: nothing is settled yet. */
static void
only_the_keys(void (*half)(const struct person *who))
{
    house_begin(&house, ++now_us);
    const struct person who = person_of(ana);
    half(&who);
    house_end(&house, true);
}

static uint16_t
number_of(const char *category)
{
    return house.it->catalogue->category[category_of(&house, category)];
}

static void
half_renewal(const struct person *who)
{
    struct err err = {0};
    struct data_key key;
    int old = 0;
    assert_true(keys_renew(house.it->keys, house.it->txn, who, number_of("note"), now_us, &key, &old, &err));
}

static void
half_category(const struct person *who)
{
    struct err err = {0};
    assert_true(keys_destroy(house.it->keys, house.it->txn, who, number_of("note"), &err));
}

static void
half_person(const struct person *who)
{
    struct err err = {0};
    static const char *const all[] = {"account", "contact", "note"};
    assert_true(keys_destroy(house.it->keys, house.it->txn, who, CATEGORY_LEDGER, &err));
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_true(keys_destroy(house.it->keys, house.it->txn, who, number_of(all[i]), &err));
}

static void
writes_note(uint64_t *ret_rec)
{
    struct err err = {0};
    house_begin(&house, ++now_us);
    if (house_write(&house, "web", "run", ana, "note", "{\"text\": \"since\"}", 0, 0, ret_rec, &err) != DEED_DONE)
        fail_msg("%s", err.text);
    house_end(&house, true);
}

static size_t
generations_of(const uint8_t id[16], const char *category)
{
    struct err err = {0};
    struct key_generation held[2];
    size_t count = 9;
    const struct person who = person_of(id);
    assert_true(keys_generations(house.it->txn, &who, number_of(category), held, &count, &err));
    return count;
}

/* A renewal was cut off, and before it was settled another node wrote, under the newer key: all is there, under one key,
 * and it can be renewed again. */
static void
test_renewal_written_over(void **state)
{
    (void)state;
    struct err err = {0};
    struct erase erase;
    uint64_t rec = 0;
    only_the_keys(half_renewal);
    writes_note(&rec);
    house_restart(&house, policy);
    (void)house_sweep(&house, ++now_us);
    house_begin(&house, now_us);
    for (uint64_t n = 1; n <= rec; n++)
        assert_int_equal(reads(ana, "note", n), DEED_DONE);
    assert_int_equal(generations_of(ana, "note"), 1);
    if (house_erase(&house, ana, "note", 2, &erase, &err) != DEED_DONE)
        fail_msg("erasing: %s", err.text);
    house_end(&house, true);
    (void)house_sweep(&house, ++now_us);
    house_begin(&house, now_us);
    for (uint64_t n = 1; n <= rec; n++)
        assert_int_equal(reads(ana, "note", n), n == 2 ? DEED_ABSENT : DEED_DONE);
    assert_int_equal(generations_of(ana, "note"), 1);
    all_is_well();
}

/* The word about an old key is cut off from it by an erasure that was cut off itself: it does not end a new key there. */
static void
test_word_of_a_key_long_gone(void **state)
{
    (void)state;
    struct err err = {0};
    struct erase erase;
    uint64_t rec = 0;
    for (int settled = 0; settled < 2; settled++) {
        house_begin(&house, ++now_us);
        if (house_erase(&house, ana, "note", settled + 1, &erase, &err) != DEED_DONE)
            fail_msg("%s", err.text);
        house_end(&house, true);
        only_the_keys(half_category);
        if (settled)
            house_restart(&house, policy);
        writes_note(&rec);
        (void)house_sweep(&house, ++now_us);
        if (!settled)
            house_restart(&house, policy);
        house_begin(&house, now_us);
        assert_int_equal(reads(ana, "note", rec), DEED_DONE);
        house_end(&house, true);
        if (settled)
            break;
        house_begin(&house, ++now_us);
        assert_int_equal(house_erase(&house, ana, "note", 0, &erase, &err), DEED_DONE);
        for (int i = 0; i < NOTES; i++)
            assert_int_equal(house_write(&house, "web", "run", ana, "note", "{\"text\": \"hers\"}", 0, 0, NULL, &err),
                             DEED_DONE);
        house_end(&house, true);
    }
    house_begin(&house, now_us);
    all_is_well();
}

/* What another node wrote about somebody whose erasure was cut off goes with the rest: no key outlives it. */
static void
test_person_written_over(void **state)
{
    (void)state;
    uint64_t rec = 0;
    house_begin(&house, now_us);
    int64_t sn = person_of(ana).sn;
    house_end(&house, true);
    only_the_keys(half_person);
    writes_note(&rec);
    house_restart(&house, policy);
    house_begin(&house, ++now_us);
    assert_int_equal(reads(ana, "note", rec), DEED_ABSENT);
    assert_int_equal(keys_of(sn), 0);
    house_end(&house, true);
    (void)house_sweep(&house, ++now_us);
    house_begin(&house, now_us);
    struct err err = {0};
    struct val out[1];
    bool found = true;
    const struct val in[] = {val_int(sn)};
    assert_true(rows_one(house.it->txn, &house.arena, SQL_record_any, in, 1, out, 1, &found, &err) && !found);
    all_is_well();
}

static int ends_at;

static void
die_at(void)
{
    if (ends_at-- == 0)
        _exit(DIED);
}

/* The start that settles is cut off as well, between the two commits of any turn of it. */
static void
test_settling_is_cut_off(void **state)
{
    (void)state;
    for (int at = 0; at < 6; at++) {
        house_begin(&house, ++now_us);
        house_collect(&house, "web", "join", "{\"account.email\": \"eva@example.org\"}", ana);
        house_end(&house, true);
        only_the_keys(half_person);
        instance_close(&house.it);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            ends_at = at;
            store_test_between = die_at;
            house_restart(&house, policy);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        house_restart(&house, policy);
        house_begin(&house, ++now_us);
        assert_int_equal(reads(ana, "account", 0), DEED_ABSENT);
        house_end(&house, true);
        (void)house_sweep(&house, now_us);
    }
    house_begin(&house, now_us);
    all_is_well();
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keyd") == 0)
        return keyd_main(atoi(argv[2]));
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, finish)
    const struct CMUnitTest tests[] = {
        CASE(test_new_person), CASE(test_used_block),
        CASE(test_first_record),
        CASE(test_whole_person),
        CASE(test_erased_and_filled),
        CASE(test_committed_is_left_alone),
        CASE(test_old_key_waits_and_all_is_erased),
        CASE(test_one_category),
        CASE(test_renewal),
        CASE(test_renewal_committed),
        CASE(test_renewal_written_over),
        CASE(test_word_of_a_key_long_gone),
        CASE(test_person_written_over),
        CASE(test_settling_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
