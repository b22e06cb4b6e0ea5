/*
 * [G27] What the keep rules say is over ends, and nothing before: a model of a few lines beside the
 * instance, some years of random life, the clock moved by hand.
 */
#include "house.h"

#include "../dice.h"
#include "base/clock.h"
#include "wire/text.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY CLOCK_US_PER_DAY

static const char policy[] =
    "troth: 1\n"
    "policy:\n  id: t\n  title: T\n  version: 1\n  date: 2026-01-01\n"
    "  controller: {name: N, address: A, email: p@small.example}\n"
    "people:\n  user: {says: you}\n"
    "data:\n"
    "  account: {of: user, fields: {email: {type: email}}}\n"
    "  contact: {of: user, fields: {phone: {type: phone, lookup: yes}}}\n"
    "  note: {of: user, many: yes, fields: {text: {type: text}}}\n"
    "  invoice: {of: user, many: yes, fields: {issued: {type: date}}}\n"
    "  letter: {of: user, fields: {text: {type: text}}}\n"
    "  visit: {of: user, many: yes, fields: {ip: {type: ip}, page: {type: text}}}\n"
    "  hit: {of: user, many: yes, fields: {page: {type: text}}}\n"
    "  profile: {of: user, fields: {nick: {type: username, lookup: unique}, colour: {type: "
    "text}}}\n"
    "purposes:\n"
    "  run: {says: to run it, basis: contract, uses: [account, contact, note, invoice, letter, "
    "visit, hit, profile]}\n"
    "  tips: {says: to send tips, basis: consent, uses: [letter]}\n"
    "collect:\n"
    "  join: {from: anyone, makes: user, fields: {account.email: required}, for: [run]}\n"
    "roles:\n"
    "  web: {kind: application, may: [run, tips, rights], writes: [account, contact, note, "
    "invoice, letter, visit, hit, profile]}\n"
    "keep:\n"
    "  account: {until: closed, then: erase}\n"
    "  contact: {from: collected, most: 30 days, then: erase}\n"
    "  note: {from: changed, most: 6 weeks, then: erase}\n"
    "  invoice: {from: issued, least: 1 year after year end, most: 1 year after year end, then: "
    "erase}\n"
    "  letter: {from: withdrawn tips, most: 10 days, then: erase}\n"
    "  visit: {from: collected, most: 60 days, then: depersonalise}\n"
    "  hit: {from: collected, most: 60 days, then: depersonalise}\n"
    "  profile: {from: collected, most: 90 days, then: depersonalise}\n"
    "consent:\n  text-version: 1\n  confirm-within: 2 days\n";

enum { PEOPLE = 20, STEPS = 200, RECORDS = 4000 };
static const int64_t never = INT64_MAX;

enum which { ACCOUNT, CONTACT, NOTE, INVOICE, LETTER, VISIT, PROFILE, WHICH };
static const char *const names[WHICH] = {"account", "contact", "note",   "invoice",
                                         "letter",  "visit",   "profile"};

/* The model: each record, and until when. */
struct record {
    int person;
    enum which which;
    uint64_t rec;
    uint64_t version;
    int64_t due_us;
    bool dropped; /* depersonalised: the rest stays, without an end */
    bool gone;
};
static struct record records[RECORDS];
static int record_count;
static uint64_t swept_erased, swept_dropped;

static struct house house;
static struct dice dice;
static int64_t now_us;
static uint8_t people[PEOPLE][16];
static int64_t withdrawn_us[PEOPLE]; /* 0: not, or given again */
static bool closed[PEOPLE];
static bool ended[PEOPLE]; /* closed, and the sweep took the last record: the person went along */

static struct record *
find(int person, enum which which, uint64_t rec)
{
    for (int i = 0; i < record_count; i++)
        if (!records[i].gone && records[i].person == person && records[i].which == which &&
            records[i].rec == rec)
            return &records[i];
    return NULL;
}

/* The first moment after the calendar year that follows the one of the date. */
static int64_t
year_end_and_one(const char *date)
{
    return date_days(atoi(date) + 2, 1, 1) * DAY;
}

static int64_t
due_of(int person, enum which which, const char *date)
{
    switch (which) {
    case CONTACT:
        return now_us + 30 * DAY;
    case NOTE:
        return now_us + 42 * DAY;
    case INVOICE:
        return year_end_and_one(date);
    case LETTER:
        return withdrawn_us[person] == 0 ? never : withdrawn_us[person] + 10 * DAY;
    case VISIT:
        return now_us + 60 * DAY;
    case PROFILE:
        return now_us + 90 * DAY;
    default:
        return never;
    }
}

static void
write_one(int person, enum which which)
{
    char json[128], date[16] = "";
    uint64_t rec = 0;
    struct err err;
    if (which != NOTE && which != INVOICE && which != VISIT && find(person, which, 0) != NULL)
        return;
    switch (which) {
    case CONTACT:
        (void)snprintf(json, sizeof json, "{\"phone\": \"+3531000%04d\"}", person);
        break;
    case INVOICE: {
        struct buf buf;
        buf_init(&buf, date, sizeof date - 1);
        date_put(&buf, now_us / DAY - (int64_t)dice_below(&dice, 500));
        (void)snprintf(json, sizeof json, "{\"issued\": \"%s\"}", date);
        break;
    }
    case VISIT:
        (void)snprintf(json, sizeof json, "{\"ip\": \"192.0.2.%d\", \"page\": \"home\"}", person);
        break;
    case PROFILE:
        (void)snprintf(json, sizeof json, "{\"nick\": \"nick%d\", \"colour\": \"blue\"}", person);
        break;
    default:
        (void)snprintf(json, sizeof json, "{\"text\": \"words\"}");
        break;
    }
    if (house_write(&house, "web", "run", people[person], names[which], json, 0, 0, &rec, &err) !=
        DEED_DONE)
        fail_msg("writing %s of %d: %s", names[which], person, err.text);
    assert_true(record_count < RECORDS);
    records[record_count++] = (struct record){.person = person,
                                              .which = which,
                                              .rec = rec,
                                              .version = 1,
                                              .due_us = due_of(person, which, date)};
}

/* Correcting moves what counts from the last change, and nothing else. */
static void
correct_one(int person)
{
    struct record *at = NULL;
    for (int i = 0; i < record_count; i++)
        if (!records[i].gone && records[i].person == person && records[i].which == NOTE)
            at = &records[i];
    if (at == NULL)
        return;
    struct err err;
    struct read ask = {0};
    const struct caller web = house_role(&house, "web");
    ask = (struct read){.deed = house_deed(&house, &web, "run"),
                        .category = category_of(&house, "note"),
                        .rec = at->rec,
                        .wanted = ~UINT64_C(0)};
    memcpy(ask.subject, people[person], 16);
    if (read_run(&ask, &err) != DEED_DONE ||
        house_write(&house, "web", "run", people[person], "note", "{\"text\": \"better words\"}",
                    at->rec, ask.version, NULL, &err) != DEED_DONE)
        fail_msg("correcting: %s", err.text);
    at->due_us = now_us + 42 * DAY;
}

static void
tips(int person, bool give)
{
    static struct caller self;
    struct err err = {0};
    self = house_self(people[person]);
    struct consent ask = {.deed = house_deed(&house, &self, NULL),
                          .what = give ? CONSENT_GIVE : CONSENT_TAKE_BACK,
                          .about = purpose_of(&house, "tips")};
    memcpy(ask.subject, people[person], 16);
    if (consent_run(&ask, &err) != DEED_DONE)
        fail_msg("consent: %s", err.text);
    withdrawn_us[person] = give ? 0 : now_us;
    struct record *letter = find(person, LETTER, 0);
    if (letter != NULL)
        letter->due_us = due_of(person, LETTER, "");
}

static void
act(void)
{
    int person = (int)dice_below(&dice, PEOPLE);
    if (ended[person])
        return;
    switch (dice_below(&dice, 12)) {
    case 0:
        tips(person, true);
        break;
    case 1:
        tips(person, false);
        break;
    case 2:
    case 3:
        correct_one(person);
        break;
    case 4:
        if (dice_below(&dice, 3) == 0 && !closed[person]) {
            struct record *account = find(person, ACCOUNT, 0);
            house_event(&house, "web", people[person], "closed");
            closed[person] = true;
            if (account != NULL)
                account->due_us = now_us;
        }
        break;
    default:
        write_one(person, (enum which)(CONTACT + dice_below(&dice, WHICH - CONTACT)));
        break;
    }
}

static void
model_sweeps(void)
{
    bool touched[PEOPLE] = {false};
    for (int i = 0; i < record_count; i++) {
        struct record *record = &records[i];
        if (record->gone || record->due_us > now_us)
            continue;
        if (record->which == VISIT || record->which == PROFILE) {
            record->dropped = true;
            record->due_us = never;
            swept_dropped++;
        } else {
            record->gone = true;
            swept_erased++;
            touched[record->person] = true;
        }
    }
    for (int person = 0; person < PEOPLE; person++) {
        bool any = false;
        for (int i = 0; i < record_count; i++)
            any |= !records[i].gone && records[i].person == person;
        ended[person] |= touched[person] && closed[person] && !any;
    }
}

static const char *
when(int64_t us)
{
    static char text[4][40];
    static int at;
    struct buf buf;
    at = (at + 1) % 4;
    buf_init(&buf, text[at], sizeof text[at] - 1);
    if (us == never)
        buf_str(&buf, "never");
    else
        time_put(&buf, us);
    text[at][buf.n] = '\0';
    return text[at];
}

struct seen {
    int person;
    int count;
};

static bool
seen_row(void *ctx, const struct val *row, struct err *err)
{
    struct seen *seen = ctx;
    int category = catalogue_category(house.it->catalogue, row[0].i);
    enum which which = 0;
    while (which < WHICH && category != category_of(&house, names[which]))
        which++;
    struct record *record = find(seen->person, which, (uint64_t)row[1].i);
    if (record == NULL)
        return err_set(err, ERR_INTERNAL, "%s %d of person %d is still there at %s", names[which],
                       (int)row[1].i, seen->person, when(now_us));
    struct person who = {.sn = seen->person + 1};
    memcpy(who.id, people[seen->person], 16);
    const struct shelf_row shelf = {.rec = record->rec,
                                    .version = (uint64_t)row[2].i,
                                    .sealed = arena_copy(&house.arena, row[8].s)};
    static struct record_fields fields;
    if (!shelf_open(house.it, &house.arena, &who, category, &shelf, &fields, err))
        return false;
    bool has_first = fields.present & 1; /* ip, nick: what identifies comes first */
    if ((which == VISIT || which == PROFILE) &&
        (has_first == record->dropped || !(fields.present >> 1 & 1)))
        return err_set(err, ERR_INTERNAL, "%s of person %d is %sdepersonalised at %s", names[which],
                       seen->person, has_first ? "not " : "", when(now_us));
    seen->count++;
    return true;
}

/* Nothing is overdue, nothing ended early, and what was not touched still opens. */
static void
compare(void)
{
    house_begin(&house, now_us);
    for (int person = 0; person < PEOPLE; person++) {
        struct err err = {0};
        struct seen seen = {.person = person};
        struct subject subject;
        bool found = false;
        assert_true(subject_find(house.it, &house.arena, people[person], &subject, &found, &err));
        if (found == ended[person])
            fail_msg("person %d is %sthere at %s", person, found ? "" : "not ", when(now_us));
        const struct val in[] = {val_int(person + 1), val_int(0), val_int(0), val_int(1000)};
        if (!rows_each(house.it->txn, SQL_record_of_subject, in, 4, 9, 1000, seen_row, &seen, &err))
            fail_msg("%s", err.text);
        int want = 0;
        for (int i = 0; i < record_count; i++)
            want += !records[i].gone && records[i].person == person;
        if (seen.count == want)
            continue;
        for (int i = 0; i < record_count; i++) {
            const struct record *r = &records[i];
            struct val out[8];
            bool there = false;
            const struct val one[] = {
                val_int(person + 1),
                val_int(house.it->catalogue->category[category_of(&house, names[r->which])]),
                val_int((int64_t)r->rec - 1), val_int(1)};
            if (r->gone || r->person != person)
                continue;
            assert_true(rows_one(house.it->txn, &house.arena, SQL_record_of_category, one, 4, out,
                                 8, &there, &err));
            if (!there || out[0].i != (int64_t)r->rec)
                fail_msg("%s %d of person %d ended at %s, and is due at %s", names[r->which],
                         (int)r->rec, person, when(now_us), when(r->due_us));
        }
    }
    house_end(&house, false);
}

static void
begin_people(void)
{
    house_open(&house, policy);
    house_begin(&house, now_us);
    for (int i = 0; i < PEOPLE; i++) {
        house_collect(&house, "web", "join", "{\"account.email\": \"ana@example.org\"}", people[i]);
        records[record_count++] =
            (struct record){.person = i, .which = ACCOUNT, .version = 1, .due_us = never};
    }
    house_end(&house, true);
}

/* To the exact moment at which something is due, or the one before, or some days on. */
static void
time_moves(void)
{
    const struct record *record = &records[dice_below(&dice, (uint64_t)record_count)];
    int64_t next = record->due_us - (int64_t)dice_below(&dice, 2);
    if (record->gone || record->due_us == never || next <= now_us || next > now_us + 25 * DAY)
        next = now_us + 1 + (int64_t)dice_below(&dice, (uint64_t)(20 * DAY));
    now_us = next;
}

static void
test_years_of_life(void **state)
{
    (void)state;
    dice = dice_open("sweep");
    now_us = HOUSE_TIME;
    begin_people();
    for (int step = 0; step < STEPS; step++) {
        house_begin(&house, now_us);
        for (uint64_t acts = 5 + dice_below(&dice, 25); acts > 0; acts--)
            act();
        house_end(&house, true);
        time_moves();
        uint64_t erased = swept_erased, dropped = swept_dropped;
        model_sweeps();
        struct sweep swept = house_sweep(&house, now_us);
        compare();
        assert_int_equal(swept.erased, swept_erased - erased);
        assert_int_equal(swept.depersonalised, swept_dropped - dropped);
        if (dice_below(&dice, 15) == 0)
            house_restart(&house, policy);
    }
    assert_true(swept_erased > 50 && swept_dropped > 10);
    house_verify(&house);
}

/* What identifies and is dropped can be found by no more, and is free for others. */
static void
test_dropped_fields_are_not_found(void **state)
{
    (void)state;
    struct err err = {0};
    now_us = HOUSE_TIME;
    record_count = 0;
    begin_people();
    house_begin(&house, now_us);
    assert_int_equal(house_write(&house, "web", "run", people[0], "profile",
                                 "{\"nick\": \"ana\", \"colour\": \"blue\"}", 0, 0, NULL, &err),
                     DEED_DONE);
    house_end(&house, true);
    (void)house_sweep(&house, now_us += 90 * DAY);
    house_begin(&house, now_us);
    const struct caller web = house_role(&house, "web");
    struct lookup ask = {.deed = house_deed(&house, &web, "run"),
                         .field = policy_field_find(house.it->policy, SPAN("profile.nick")),
                         .value = SPAN("ana")};
    lookup_need(&ask);
    assert_true(instance_turn_fetch(house.it, &err));
    assert_int_equal(lookup_run(&ask, &err), DEED_ABSENT);
    if (house_write(&house, "web", "run", people[1], "profile",
                    "{\"nick\": \"ana\", \"colour\": \"red\"}", 0, 0, NULL, &err) != DEED_DONE)
        fail_msg("the name is not free: %s", err.text);
    house_end(&house, true);
}

/* Where nothing identifies there is nothing to drop, and all of the record stays, without an end.
 */
static void
test_nothing_to_drop(void **state)
{
    (void)state;
    struct err err = {0};
    struct fields *fields = NULL;
    now_us = HOUSE_TIME;
    record_count = 0;
    begin_people();
    house_begin(&house, now_us);
    for (int i = 0; i < 3; i++)
        assert_int_equal(house_write(&house, "web", "run", people[0], "hit", "{\"page\": \"home\"}",
                                     0, 0, NULL, &err),
                         DEED_DONE);
    house_end(&house, true);
    assert_int_equal(house_sweep(&house, now_us + 60 * DAY).depersonalised, 3);
    assert_int_equal(house_sweep(&house, now_us + 3000 * DAY).depersonalised, 0);
    house_begin(&house, now_us + 3000 * DAY);
    for (uint64_t rec = 1; rec <= 3; rec++) {
        if (house_read(&house, "web", "run", people[0], "hit", rec, &fields, &err) != DEED_DONE)
            fail_msg("%s", err.text);
        assert_true(span_is(fields->value[0], "home"));
    }
    house_end(&house, true);
}

/* While processing is restricted at the person's word the sweep waits, and goes on within a day of
 * its end. */
static void
test_restricted(void **state)
{
    (void)state;
    struct err err = {0};
    now_us = HOUSE_TIME;
    record_count = 0;
    begin_people();
    house_begin(&house, now_us);
    assert_int_equal(house_write(&house, "web", "run", people[0], "contact",
                                 "{\"phone\": \"+35312345678\"}", 0, 0, NULL, &err),
                     DEED_DONE);
    static struct caller self;
    self = house_self(people[0]);
    struct person_set ask = {
        .deed = house_deed(&house, &self, NULL), .restriction = true, .on = true};
    memcpy(ask.subject, people[0], 16);
    assert_int_equal(person_set_run(&ask, &err), DEED_DONE);
    house_end(&house, true);
    for (int day = 29; day < 40; day++)
        assert_int_equal(house_sweep(&house, now_us + day * DAY).erased, 0);
    now_us += 39 * DAY;
    house_begin(&house, now_us);
    ask.deed = house_deed(&house, &self, NULL);
    ask.on = false;
    assert_int_equal(person_set_run(&ask, &err), DEED_DONE);
    house_end(&house, true);
    assert_int_equal(house_sweep(&house, now_us + DAY).erased, 1);
}

static int
finish(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keyd") == 0)
        return keyd_main(atoi(argv[2]));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_years_of_life, finish),
        cmocka_unit_test_teardown(test_dropped_fields_are_not_found, finish),
        cmocka_unit_test_teardown(test_nothing_to_drop, finish),
        cmocka_unit_test_teardown(test_restricted, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
