/* [M07 G13] What a person is told of what was done with their data: all of it, and it can be
 * proven. */
#include "house.h"

#include "base/clock.h"
#include "crypt/crypt.h"
#include "deeds/list.h"

#include <stdio.h>
#include <stdlib.h>

static const char policy[] =
    "troth: 1\n"
    "policy:\n  id: t\n  title: T\n  version: 1\n  date: 2026-01-01\n"
    "  controller: {name: N, address: A, email: p@small.example}\n"
    "people:\n  user: {says: you}\n"
    "data:\n  account: {of: user, fields: {email: {type: email}}}\n"
    "purposes:\n  run: {says: to run it, basis: contract, uses: [account]}\n"
    "collect:\n  join: {from: anyone, makes: user, fields: {account.email: required}, for: [run]}\n"
    "roles:\n  web: {kind: application, may: [run, rights]}\n  desk: {may: [run], needs: ticket}\n"
    "keep:\n  account: {from: collected, most: 9 years, then: erase}\n";

enum { READS = 150, LINES = 2000 };

static struct house house;
static uint8_t ana[16], ben[16];
static int64_t now_us;
/* Entries about ana, as the deeds' own receipts say. */
static struct receipt receipts[LINES];
static int receipt_count;

static int
setup(void **state)
{
    (void)state;
    now_us = HOUSE_TIME;
    receipt_count = 0;
    house_open(&house, policy);
    house_begin(&house, now_us);
    house_collect(&house, "web", "join", "{\"account.email\": \"ana@example.org\"}", ana);
    receipts[receipt_count++].entry = ledger_entry_next(house.it->ledger) - 1;
    house_collect(&house, "web", "join", "{\"account.email\": \"ben@example.org\"}", ben);
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

/* Read, or refused for want of a task. */
static void
touch(const uint8_t id[16], bool refused)
{
    struct err err;
    const struct caller caller = house_role(&house, refused ? "desk" : "web");
    struct read ask = {.deed = house_deed(&house, &caller, "run"),
                       .category = category_of(&house, "account"),
                       .wanted = ~UINT64_C(0)};
    memcpy(ask.subject, id, 16);
    read_need(&ask);
    assert_true(instance_turn_fetch(house.it, &err));
    assert_int_equal(read_run(&ask, &err), refused ? DEED_REFUSED : DEED_DONE);
    if (id == ana)
        receipts[receipt_count++] = ask.deed.receipt;
}

struct told {
    int count;
    uint64_t seq[LINES];
    int pieces;
    uint8_t receipt_key[32];
};

static bool
told_line(void *ctx, const struct trace_row *row)
{
    struct told *told = ctx;
    assert_true(told->count < LINES);
    /* The opening opens the commitment, which is the one of the receipt and of the book. */
    uint8_t hash[32];
    uint8_t label[16] = "troth-dt-v1";
    const struct span parts[] = {span_of(label, 16), span_of(row->r, 32), row->detail};
    crypt_sha256(parts, 3, hash);
    assert_memory_equal(hash, row->commitment, 32);
    assert_true(span_starts(row->detail, SPAN("{\"v\":1,\"act\":\"")));
    told->seq[told->count++] = row->entry;
    return true;
}

static void
trace(struct told *told, void (*between)(void))
{
    struct err err = {0};
    struct caller self = house_self(ana);
    house_begin(&house, ++now_us);
    struct trace ask = {.deed = house_deed(&house, &self, NULL)};
    memcpy(ask.subject, ana, 16);
    *told = (struct told){0};
    if (trace_begin(&ask, &err) != DEED_DONE)
        fail_msg("%s", err.text);
    receipts[receipt_count++] = ask.deed.receipt;
    memcpy(told->receipt_key, ask.receipt_key, 32);
    house_end(&house, true);
    while (!ask.end) {
        if (between != NULL)
            between();
        house_begin(&house, ++now_us);
        ask.deed.arena = &house.arena;
        if (trace_piece(&ask, told_line, told, &err) != DEED_DONE)
            fail_msg("%s", err.text);
        house_end(&house, true);
        assert_true(++told->pieces < 100);
    }
}

static void
told_all(const struct told *told)
{
    if (told->count != receipt_count)
        fail_msg("%d lines are told, %d were written", told->count, receipt_count);
    for (int i = 0; i < receipt_count; i++)
        assert_int_equal(told->seq[i], receipts[i].entry);
}

static void
index_now(void)
{
    house.it->index_ms = 0;
    (void)instance_idle(house.it, clock_mono_ms());
}

static int index_at; /* before this piece */

static void
index_then(void)
{
    if (index_at-- == 0)
        index_now();
}

static void
test_all_of_it(void **state)
{
    (void)state;
    static struct told told;
    house_begin(&house, ++now_us);
    for (int i = 0; i < READS; i++) {
        touch(ana, i % 7 == 0);
        touch(ben, false);
    }
    house_end(&house, true);
    trace(&told, NULL); /* nothing of it is in the index yet */
    told_all(&told);
    index_now();
    trace(&told, NULL); /* all but the last of it is */
    told_all(&told);
    house_begin(&house, ++now_us);
    for (int i = 0; i < 40; i++)
        touch(ana, false);
    house_end(&house, true);
    trace(&told, NULL); /* some is */
    told_all(&told);
    assert_true(told.pieces > 3);
}

/* The index grows while the answer is being sent; no line is left out and none comes twice. */
static void
test_while_the_index_grows(void **state)
{
    (void)state;
    static struct told told;
    static const int counts[] = {0, 1, 30, 31, 32, 33, 63, 64, 65, 100};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (int at = 0; at < 3; at++) {
            index_now();
            house_begin(&house, ++now_us);
            for (int n = 0; n < counts[i]; n++)
                touch(ana, false);
            house_end(&house, true);
            index_at = told.pieces + at - 1;
            trace(&told, index_then);
            told_all(&told);
        }
}

/* With the receipt key a person can tell which entries of the book are theirs, and only those. */
static void
test_receipt_key(void **state)
{
    (void)state;
    static struct told told;
    house_begin(&house, ++now_us);
    for (int i = 0; i < 20; i++) {
        touch(ana, false);
        touch(ben, i % 3 == 0);
    }
    house_end(&house, true);
    trace(&told, NULL);
    house_begin(&house, ++now_us);
    int theirs = 0;
    for (uint64_t seq = house_since(&house, 0); seq < ledger_entry_next(house.it->ledger); seq++) {
        const struct ledger_entry entry = house_entry(&house, seq);
        uint8_t number[8], mac[32];
        put_be64(number, seq);
        const struct span parts[] = {SPAN("sref"), span_of(number, 8)};
        crypt_hmac(told.receipt_key, parts, 2, mac);
        bool hers = false;
        for (int i = 0; i < receipt_count; i++)
            hers |= receipts[i].entry == seq;
        assert_int_equal(memcmp(entry.sref, mac, 16) == 0, hers);
        theirs += hers;
    }
    assert_int_equal(theirs, receipt_count);
    house_end(&house, true);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keyd") == 0)
        return keyd_main(atoi(argv[2]));
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, finish)
    const struct CMUnitTest tests[] = {
        CASE(test_all_of_it),
        CASE(test_while_the_index_grows),
        CASE(test_receipt_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
