/* [G23] Erased at once: keys, look-ups, consents, tokens; and what the law keeps is named. */
#include "house.h"

#include "actors/token.h"
#include "base/clock.h"
#include "crypt/crypt.h"
#include "deeds/manage.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY CLOCK_US_PER_DAY

static const char policy[] =
    "troth: 1\n"
    "policy:\n  id: t\n  title: T\n  version: 1\n  date: 2026-01-01\n"
    "  controller: {name: N, address: A, email: p@small.example}\n"
    "people:\n  user: {says: you}\n"
    "data:\n"
    "  account: {of: user, fields: {email: {type: email, lookup: unique}, name: {type: name}}}\n"
    "  contact: {of: user, fields: {phone: {type: phone, lookup: yes}}}\n"
    "  note: {of: user, many: yes, fields: {text: {type: text}}}\n"
    "  invoice: {of: user, many: yes, fields: {total: {type: money}, name: {type: name}}}\n"
    "purposes:\n"
    "  run: {says: to run it, basis: contract, uses: [account, contact, note, invoice]}\n"
    "  tips: {says: to send tips, basis: consent, uses: [account]}\n"
    "  tax: {says: to keep books, basis: legal-obligation, uses: [invoice]}\n"
    "collect:\n"
    "  join: {from: anyone, makes: user, fields: {account.email: required, account.name: optional, "
    "contact.phone: optional}, for: [run]}\n"
    "roles:\n"
    "  web: {kind: application, may: [run, tips, rights], writes: [account, contact, note, "
    "invoice]}\n"
    "  books: {kind: application, may: [tax]}\n"
    "keep:\n"
    "  account: {until: closed, then: erase}\n"
    "  contact: {until: closed, then: erase}\n"
    "  note: {from: collected, most: 2 years, then: erase}\n"
    "  invoice: {from: collected, least: 1 year, most: 1 year, then: erase}\n"
    "consent:\n  text-version: 1\n  confirm-within: 2 days\n";

static struct house house;
static const int64_t now_us = HOUSE_TIME;

static int
setup(void **state)
{
    (void)state;
    house_open(&house, policy);
    house_begin(&house, now_us);
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
next_turn(int64_t time_us)
{
    house_end(&house, true);
    house_begin(&house, time_us);
}

static void
somebody(const char *email, uint8_t id[16])
{
    char json[200];
    (void)snprintf(json, sizeof json,
                   "{\"account.email\": \"%s\", \"account.name\": \"Ana\", \"contact.phone\": "
                   "\"+353 1 234 5678\"}",
                   email);
    house_collect(&house, "web", "join", json, id);
}

static enum deed_end
reads(const uint8_t id[16], const char *category, uint64_t rec, struct err *err)
{
    return house_read(&house, "web", "run", id, category, rec, NULL, err);
}

static int
found(const char *field, const char *value)
{
    struct err err = {0};
    const struct caller web = house_role(&house, "web");
    struct lookup ask = {.deed = house_deed(&house, &web, "run"),
                         .field = policy_field_find(house.it->policy, span_str(field)),
                         .value = span_str(value)};
    lookup_need(&ask);
    assert_true(instance_turn_fetch(house.it, &err));
    enum deed_end end = lookup_run(&ask, &err);
    assert_true(end == DEED_DONE || end == DEED_ABSENT);
    return end == DEED_DONE ? ask.found_count : 0;
}

struct named {
    int64_t sn;
    bool found;
};

static bool
named_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct named *named = ctx;
    named->found |= row[1].i == named->sn;
    return true;
}

/* Rows of a look-up table for that value which name the person, whoever may still ask for them. */
static bool
row_left(const char *name, const char *value, int64_t sn)
{
    struct err err = {0};
    int field = policy_field_find(house.it->policy, span_str(name));
    uint16_t number = house.it->catalogue->field[field];
    uint8_t index[16];
    assert_true(keys_index(house.it->keys, number, span_str(name), span_str(value), index, &err));
    bool unique = house.it->policy->fields[field].lookup == LOOKUP_UNIQUE;
    const struct val in[] = {val_int(number), val_blob(index, 16), val_int(0), val_int(1000)};
    struct named named = {.sn = sn};
    if (!rows_each(house.it->txn, unique ? SQL_lookup_unique_get : SQL_lookup_plain_get, in,
                   unique ? 3 : 4, 8, 1000, named_row, &named, &err))
        fail_msg("%s", err.text);
    return named.found;
}

static int64_t
count(const char *what, enum sql_id id, int64_t sn)
{
    struct err err = {0};
    struct val out[14];
    bool there = false;
    const struct val in[] = {val_int(sn), val_int(1000)};
    size_t columns = id == SQL_consent_of_subject ? 5 : 2;
    if (!rows_one(house.it->txn, &house.arena, id, in, 2, out, columns, &there, &err))
        fail_msg("%s: %s", what, err.text);
    return there;
}

static void
test_tombstone(void **state)
{
    (void)state;
    uint8_t id[16], got[32], want[32], bytes[32] = "troth-tomb-v1";
    for (int round = 0; round < 50; round++) {
        crypt_random(id, sizeof id);
        memcpy(bytes + 16, id, 16);
        struct span all = span_of(bytes, sizeof bytes);
        crypt_sha256(&all, 1, want);
        erase_tombstone(id, got);
        assert_memory_equal(got, want, 32);
    }
}

static void
test_whole_person(void **state)
{
    (void)state;
    uint8_t ana[16], ben[16], next[16], tomb[32];
    struct err err = {0};
    struct erase erase;
    uint64_t rec = 0;
    somebody("ana@example.org", ana);
    somebody("ben@example.org", ben);
    assert_int_equal(
        house_write(&house, "web", "run", ana, "note", "{\"text\": \"hers\"}", 0, 0, &rec, &err),
        DEED_DONE);
    assert_int_equal(rec, 1);
    house_event(&house, "web", ana, "closed");
    static struct caller self;
    self = house_self(ana);
    struct consent consent = {.deed = house_deed(&house, &self, NULL),
                              .about = purpose_of(&house, "tips")};
    memcpy(consent.subject, ana, 16);
    assert_int_equal(consent_run(&consent, &err), DEED_DONE);
    static const struct caller operator= {.role = ACTOR_OPERATOR};
    struct token_deed token = {.deed = {.it = house.it,
                                        .caller = &operator,
                                        .arena = & house.arena,
                                        .purpose = POLICY_NONE},
                               .has_subject = true,
                               .name = SPAN("ana"),
                               .days = 10};
    memcpy(token.subject, ana, 16);
    assert_int_equal(token_add_run(&token, &err), DEED_DONE);
    char text[64];
    memcpy(text, token.text, sizeof text);
    next_turn(now_us + 1);
    struct caller caller;
    assert_int_equal(deed_caller(house.it, &house.arena, span_str(text), &caller, &err), DEED_DONE);

    assert_true(row_left("account.email", "ana@example.org", 1));
    assert_true(row_left("contact.phone", "+35312345678", 1));
    assert_int_equal(house_erase(&house, ana, NULL, 0, &erase, &err), DEED_DONE);
    assert_true(erase.all);
    assert_false(row_left("account.email", "ana@example.org", 1));
    assert_false(row_left("contact.phone", "+35312345678", 1));
    assert_int_equal(erase.held_count, 0);
    erase_tombstone(ana, tomb);
    struct ledger_entry entry = house_entry(&house, erase.deed.receipt.entry);
    assert_int_equal(entry.event, LEDGER_ERASED);
    assert_memory_equal(entry.detail, tomb, 32);
    assert_memory_equal(erase.deed.receipt.commitment, tomb, 32);
    next_turn(now_us + 2);
    /* In the very next turn nothing answers any more, and nobody else is touched. */
    static const char *const categories[] = {"account", "contact", "note"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(reads(ana, categories[i], i == 2, &err), DEED_ABSENT);
        assert_int_equal(err.code, ERR_NOT_FOUND);
    }
    assert_int_equal(reads(ben, "account", 0, &err), DEED_DONE);
    assert_int_equal(found("account.email", "ana@example.org"), 0);
    assert_int_equal(found("account.email", "ben@example.org"), 1);
    assert_int_equal(found("contact.phone", "+35312345678"), 1);
    assert_int_equal(count("consents", SQL_consent_of_subject, 1), 0);
    assert_int_equal(count("events", SQL_event_of_subject, 1), 0);
    assert_int_equal(deed_caller(house.it, &house.arena, span_str(text), &caller, &err),
                     DEED_REFUSED);
    assert_int_equal(house_erase(&house, ana, NULL, 0, &erase, &err), DEED_ABSENT);
    /* Her address is free, and hers alone was it. */
    somebody("ana@example.org", next);
    assert_memory_not_equal(next, ana, 16);
    house_end(&house, true);
    (void)house_sweep(&house, now_us + 3);
    house_restart(&house, policy);
    house_begin(&house, now_us + 4);
    assert_int_equal(reads(ana, "account", 0, &err), DEED_ABSENT);
    assert_int_equal(reads(next, "account", 0, &err), DEED_DONE);
    uint16_t keys[8];
    size_t key_count = 9;
    assert_true(keys_categories(house.it->txn, 1, keys, 8, &key_count, &err));
    assert_int_equal(key_count, 0);
    house_end(&house, true);
    house_verify(&house);
}

/* The number of somebody who is gone is never given to somebody who comes, not even after a new
 * start. */
static void
test_numbers_are_not_given_again(void **state)
{
    (void)state;
    struct err err = {0};
    struct erase erase;
    uint8_t id[16];
    int64_t before = 0;
    for (int64_t i = 1; i <= 4; i++) {
        int64_t sn = house.it->next_sn;
        assert_true(house_store() == NULL ? sn == before + 1 : sn > before);
        before = sn;
        somebody("ana@example.org", id);
        next_turn(now_us + i);
        assert_int_equal(house_erase(&house, id, NULL, 0, &erase, &err), DEED_DONE);
        house_end(&house, true);
        (void)house_sweep(&house, now_us + i); /* the person's row itself goes */
        if (i % 2 == 0)
            house_restart(&house, policy);
        house_begin(&house, now_us + i);
        struct val out[6];
        bool there = true;
        const struct val in[] = {val_int(sn)};
        assert_true(
            rows_one(house.it->txn, &house.arena, SQL_subject_by_sn, in, 1, out, 6, &there, &err));
        assert_false(there);
    }
    house_end(&house, true);
}

/* What the law wants kept outlives the person's word, for the law alone, and then it ends too. */
static void
test_held(void **state)
{
    (void)state;
    uint8_t ana[16], tomb[32];
    struct err err = {0};
    struct erase erase;
    uint64_t rec = 0;
    somebody("ana@example.org", ana);
    assert_int_equal(house_write(&house, "web", "run", ana, "invoice",
                                 "{\"total\": \"12.50 EUR\", \"name\": \"Ana\"}", 0, 0, &rec, &err),
                     DEED_DONE);
    next_turn(now_us + 1);
    /* Not one invoice, nor all of them, before the year is over; and who asks is told which rule.
     */
    for (uint64_t one = 0; one < 2; one++) {
        assert_int_equal(house_erase(&house, ana, "invoice", one, &erase, &err), DEED_REFUSED);
        assert_string_equal(err.rule, "keep.invoice");
        assert_int_equal(erase.held_count, 1);
        assert_int_equal(erase.held[0].until_us, now_us + 365 * DAY);
        assert_int_equal(reads(ana, "invoice", 1, &err), DEED_DONE);
    }
    assert_int_equal(house_erase(&house, ana, NULL, 0, &erase, &err), DEED_DONE);
    assert_false(erase.all);
    assert_int_equal(erase.held_count, 1);
    assert_int_equal(erase.held[0].category, category_of(&house, "invoice"));
    erase_tombstone(ana, tomb);
    struct ledger_entry entry = house_entry(&house, erase.deed.receipt.entry);
    assert_memory_not_equal(entry.detail, tomb, 32); /* not gone yet */
    entry = house_entry(&house, erase.deed.receipt.entry - 1);
    assert_int_equal(entry.event, LEDGER_HOLD);
    next_turn(now_us + 2);
    assert_int_equal(reads(ana, "account", 0, &err), DEED_REFUSED);
    assert_string_equal(err.rule, "default.state");
    assert_int_equal(reads(ana, "invoice", 1, &err), DEED_REFUSED);
    assert_int_equal(house_read(&house, "books", "tax", ana, "invoice", 1, NULL, &err), DEED_DONE);
    assert_int_equal(found("account.email", "ana@example.org"), 0);
    house_end(&house, true);
    (void)house_sweep(&house, now_us + 365 * DAY - 1);
    house_begin(&house, now_us + 365 * DAY - 1);
    assert_int_equal(house_read(&house, "books", "tax", ana, "invoice", 1, NULL, &err), DEED_DONE);
    house_end(&house, true);
    uint64_t before = ledger_entry_next(house.it->ledger);
    struct sweep swept = house_sweep(&house, now_us + 365 * DAY);
    assert_int_equal(swept.erased, 1);
    house_begin(&house, now_us + 365 * DAY);
    assert_int_equal(house_read(&house, "books", "tax", ana, "invoice", 1, NULL, &err),
                     DEED_ABSENT);
    bool told = false;
    for (uint64_t seq = before; seq < ledger_entry_next(house.it->ledger) - 1; seq++) {
        entry = house_entry(&house, seq);
        told |= entry.event == LEDGER_ERASED && memcmp(entry.detail, tomb, 32) == 0;
    }
    assert_true(told);
    house_end(&house, true);
    house_verify(&house);
}

/* One category goes, the rest stays; it may be filled again, under another key. */
static void
test_one_category(void **state)
{
    (void)state;
    uint8_t ana[16];
    struct err err = {0};
    struct erase erase;
    struct fields *fields = NULL;
    somebody("ana@example.org", ana);
    next_turn(now_us + 1);
    assert_int_equal(house_erase(&house, ana, "contact", 0, &erase, &err), DEED_DONE);
    assert_int_equal(reads(ana, "contact", 0, &err), DEED_ABSENT);
    assert_int_equal(reads(ana, "account", 0, &err), DEED_DONE);
    assert_int_equal(found("contact.phone", "+35312345678"), 0);
    assert_false(row_left("contact.phone", "+35312345678", 1));
    assert_int_equal(found("account.email", "ana@example.org"), 1);
    assert_int_equal(house_write(&house, "web", "run", ana, "contact",
                                 "{\"phone\": \"+35319999999\"}", 0, 0, NULL, &err),
                     DEED_DONE);
    next_turn(now_us + 2);
    house_end(&house, true);
    house_restart(&house, policy);
    house_begin(&house, now_us + 3);
    assert_int_equal(house_read(&house, "web", "run", ana, "contact", 0, &fields, &err), DEED_DONE);
    assert_true(span_is(fields->value[0], "+35319999999"));
    assert_int_equal(house_erase(&house, ana, "contact", 0, &erase, &err), DEED_DONE);
    assert_int_equal(house_erase(&house, ana, "contact", 0, &erase, &err),
                     DEED_DONE); /* nothing left to do */
    house_end(&house, true);
    house_verify(&house);
}

/* One of many: the others are sealed anew under another key, and the old key goes. */
static void
test_one_record(void **state)
{
    (void)state;
    enum { NOTES = 40 };
    uint8_t ana[16], old_id[16];
    struct err err = {0};
    struct erase erase;
    struct fields *fields = NULL;
    somebody("ana@example.org", ana);
    for (int i = 1; i <= NOTES; i++) {
        char json[64];
        uint64_t rec = 0;
        (void)snprintf(json, sizeof json, "{\"text\": \"note %d\"}", i);
        assert_int_equal(house_write(&house, "web", "run", ana, "note", json, 0, 0, &rec, &err),
                         DEED_DONE);
        assert_int_equal(rec, i);
    }
    struct person who = {.sn = 1};
    memcpy(who.id, ana, 16);
    uint16_t number = house.it->catalogue->category[category_of(&house, "note")];
    struct data_key key;
    bool there = false;
    assert_true(keys_get(house.it->keys, house.it->txn, &who, number, NULL, &key, &there, &err) &&
                there);
    memcpy(old_id, key.key_id, 16);
    next_turn(now_us + 1);
    assert_int_equal(house_erase(&house, ana, "note", 7, &erase, &err), DEED_DONE);
    assert_int_equal(reads(ana, "note", 7, &err), DEED_ABSENT);
    /* A second one must wait until the first's old key is gone; it is told so and changes nothing.
     */
    assert_int_equal(house_erase(&house, ana, "note", 8, &erase, &err), DEED_BAD);
    assert_int_equal(err.code, ERR_CONFLICT);
    house_end(&house, true);
    (void)house_sweep(&house, now_us + 2);
    house_restart(&house, policy);
    house_begin(&house, now_us + 3);
    assert_true(keys_get(house.it->keys, house.it->txn, &who, number, old_id, &key, &there, &err));
    assert_false(there);
    for (uint64_t rec = 1; rec <= NOTES; rec++) {
        char want[32];
        (void)snprintf(want, sizeof want, "note %d", (int)rec);
        enum deed_end end = house_read(&house, "web", "run", ana, "note", rec, &fields, &err);
        if (end != (rec == 7 ? DEED_ABSENT : DEED_DONE))
            fail_msg("note %d: %d %s", (int)rec, (int)end, err.text);
        if (rec != 7)
            assert_true(span_is(fields->value[0], want));
    }
    assert_int_equal(house_erase(&house, ana, "note", 8, &erase, &err), DEED_DONE);
    next_turn(now_us + 4);
    assert_int_equal(house_erase(&house, ana, "note", 99, &erase, &err), DEED_ABSENT);
    house_end(&house, true);
    house_verify(&house);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keyd") == 0)
        return keyd_main(atoi(argv[2]));
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, finish)
    const struct CMUnitTest tests[] = {
        CASE(test_tombstone), CASE(test_whole_person), CASE(test_numbers_are_not_given_again),
        CASE(test_held),      CASE(test_one_category), CASE(test_one_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
