/* Deeds of one turn: each leaves its line or nothing at all, and what one leaves undone does not
 * harm the next. */
#include "house.h"

#include "deeds/manage.h"

#include <stdio.h>
#include <stdlib.h>

static const char policy[] =
    "troth: 1\n"
    "policy:\n  id: t\n  title: T\n  version: 1\n  date: 2026-01-01\n"
    "  controller: {name: N, address: A, email: p@small.example}\n"
    "people:\n  user: {says: you}\n"
    "data:\n"
    "  account: {of: user, fields: {email: {type: email, lookup: unique}}}\n"
    "  profile: {of: user, fields: {nick: {type: username, lookup: unique}, about: {type: note}}}\n"
    "  note: {of: user, many: yes, fields: {text: {type: text}}}\n"
    "purposes:\n"
    "  run: {says: to run it, basis: contract, uses: [account, profile, note]}\n"
    "  help: {says: to help, basis: contract, uses: [account], needs: ticket}\n"
    "collect:\n"
    "  join: {from: anyone, makes: user, fields: {account.email: required}, for: [run]}\n"
    "  fill: {from: anyone, adds-to: existing, fields: {profile.nick: required, profile.about: "
    "optional}, for: [run]}\n"
    "roles:\n"
    "  web: {kind: application, may: [run, rights], writes: [account, profile, note]}\n"
    "  desk: {kind: staff, may: [help]}\n"
    "keep:\n"
    "  account: {from: collected, most: 9 years, then: erase}\n"
    "  profile: {from: collected, most: 9 years, then: erase}\n"
    "  note: {from: collected, least: 1 year, most: 1 year, then: erase}\n";

static struct house house;
static uint8_t ana[16], ben[16];
static int64_t now_us;

static int
setup(void **state)
{
    (void)state;
    now_us = HOUSE_TIME;
    house_open(&house, policy);
    house_begin(&house, now_us);
    house_collect(&house, "web", "join", "{\"account.email\": \"ana@example.org\"}", ana);
    house_collect(&house, "web", "join", "{\"account.email\": \"ben@example.org\"}", ben);
    house_end(&house, true);
    house_begin(&house, ++now_us);
    return 0;
}

static int
finish(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

static enum deed_end
fill(const uint8_t id[16], const char *json, bool dry, struct err *err)
{
    static struct caller web;
    web = house_role(&house, "web");
    struct collect ask = {.deed = house_deed(&house, &web, NULL),
                          .point = policy_point_find(house.it->policy, SPAN("fill")),
                          .has_subject = true,
                          .dry = dry,
                          .values = house_values(&house, json, POLICY_NONE)};
    memcpy(ask.subject, id, 16);
    collect_need(&ask);
    err_clear(err);
    assert_true(instance_turn_fetch(house.it, err));
    return collect_run(&ask, err);
}

static void
profile_is(const uint8_t id[16], const char *nick)
{
    struct err err;
    struct fields *fields = NULL;
    enum deed_end end = house_read(&house, "web", "run", id, "profile", 0, &fields, &err);
    if (end != DEED_DONE)
        fail_msg("reading ends with %d: %s", (int)end, err.text);
    assert_true(span_is(fields->value[0], nick));
}

/* As a new start: every key comes from its wrapped row again. */
static void
restart(void)
{
    house_end(&house, true);
    house_restart(&house, policy);
    house_begin(&house, ++now_us);
}

/* The first record of a category makes its key. When that deed is taken back the key never was, and
 * what is stored next must be under one that is. */
static void
test_a_deed_taken_back_takes_its_key_along(void **state)
{
    (void)state;
    struct err err = {0};
    enum { BY_WRITE, BY_COLLECT, BY_DRY_RUN, WAYS };
    for (int way = 0; way < WAYS; way++) {
        uint8_t carl[16];
        char email[64], mine[64];
        (void)snprintf(email, sizeof email, "{\"account.email\": \"carl%d@example.org\"}", way);
        (void)snprintf(mine, sizeof mine, "{\"profile.nick\": \"carl%d\"}", way);
        house_collect(&house, "web", "join", email, carl);
        if (way == 0)
            assert_int_equal(fill(ana, "{\"profile.nick\": \"ana\"}", false, &err), DEED_DONE);
        switch (way) {
        case BY_WRITE: /* the name is another's: all is taken back */
            assert_int_equal(house_write(&house, "web", "run", carl, "profile",
                                         "{\"nick\": \"ana\"}", 0, 0, NULL, &err),
                             DEED_BAD);
            assert_int_equal(err.code, ERR_TAKEN);
            break;
        case BY_COLLECT:
            assert_int_equal(fill(carl, "{\"profile.nick\": \"ana\"}", false, &err), DEED_BAD);
            assert_int_equal(err.code, ERR_TAKEN);
            break;
        case BY_DRY_RUN:
            assert_int_equal(fill(carl, mine, true, &err), DEED_DRY);
            break;
        }
        if (way == BY_WRITE) { /* a turn later it is no better */
            house_end(&house, true);
            house_begin(&house, ++now_us);
        }
        assert_int_equal(fill(carl, mine, false, &err), DEED_DONE);
        mine[strlen(mine) - 2] = '\0';
        profile_is(carl, mine + strlen("{\"profile.nick\": \""));
        restart();
        profile_is(carl, mine + strlen("{\"profile.nick\": \""));
        profile_is(ana, "ana");
    }
    house_end(&house, true);
    house_verify(&house);
}

static enum deed_end
renew_and_fail(void *arg, struct err *err)
{
    if (!shelf_renew(house.it, &house.arena, arg, err))
        fail_msg("shelf_renew: %s", err->text);
    err_set(err, ERR_UNAVAILABLE, "something else failed");
    return DEED_FAILED;
}

/* The same for a key renewed by a deed that is taken back: the old one is the key again. */
static void
test_a_renewal_taken_back(void **state)
{
    (void)state;
    struct err err = {0};
    struct fields *fields = NULL;
    uint64_t rec = 0;
    for (int i = 0; i < 3; i++)
        assert_int_equal(house_write(&house, "web", "run", ana, "note", "{\"text\": \"kept\"}", 0,
                                     0, &rec, &err),
                         DEED_DONE);
    house_end(&house, true);
    house_begin(&house, ++now_us);
    struct person who = {.sn = 1};
    memcpy(who.id, ana, 16);
    struct shelf_renew renew = {.who = &who, .category = category_of(&house, "note")};
    struct deed deed = house_deed(&house, &house_system, NULL);
    assert_int_equal(deed_do(&deed, renew_and_fail, &renew, &err), DEED_FAILED);
    assert_int_equal(
        house_write(&house, "web", "run", ana, "note", "{\"text\": \"new\"}", 0, 0, &rec, &err),
        DEED_DONE);
    restart();
    for (uint64_t r = 1; r <= 4; r++) {
        enum deed_end end = house_read(&house, "web", "run", ana, "note", r, &fields, &err);
        if (end != DEED_DONE)
            fail_msg("note %d: %s", (int)r, err.text);
        assert_true(span_is(fields->value[0], r == 4 ? "new" : "kept"));
    }
    house_end(&house, true);
}

/* A turn that fails leaves neither rows, nor keys, nor lines; the same people can be made anew. */
static void
test_a_turn_that_fails(void **state)
{
    (void)state;
    struct err err = {0};
    uint8_t carl[2][16];
    uint64_t size = ledger_entry_next(house.it->ledger);
    house_collect(&house, "web", "join", "{\"account.email\": \"carl@example.org\"}", carl[0]);
    assert_int_equal(fill(ana, "{\"profile.nick\": \"ana\"}", false, &err), DEED_DONE);
    house_end(&house, false);
    assert_int_equal(ledger_entry_next(house.it->ledger), size);
    house_begin(&house, ++now_us);
    assert_int_equal(house_read(&house, "web", "run", carl[0], "account", 0, NULL, &err),
                     DEED_ABSENT);
    assert_int_equal(house_read(&house, "web", "run", ana, "profile", 0, NULL, &err), DEED_ABSENT);
    house_collect(&house, "web", "join", "{\"account.email\": \"carl@example.org\"}", carl[1]);
    assert_int_equal(fill(ana, "{\"profile.nick\": \"anna\"}", false, &err), DEED_DONE);
    restart();
    profile_is(ana, "anna");
    assert_int_equal(house_read(&house, "web", "run", carl[1], "account", 0, NULL, &err),
                     DEED_DONE);
    house_end(&house, true);
    house_verify(&house);
}

enum { WHO_ANA, WHO_BEN, WHO_NOBODY };
enum what { READ, WRITE, CORRECT, ERASE, COLLECT, DRY_RUN, TOKEN };

/* A deed, how it ends, and what its line says; the rows are done one after another, each in a turn
 * of its own. */
struct line_row {
    const char *name;
    enum what what;
    int who;
    const char *role, *category, *json;
    uint64_t rec, version;
    enum deed_end end;
    bool line;
    enum ledger_decision decision;
};

static const struct line_row line_rows[] = {
    {"read", READ, WHO_ANA, "web", "account", NULL, 0, 0, DEED_DONE, true, LEDGER_ALLOW},
    {"read what is not there", READ, WHO_ANA, "web", "profile", NULL, 0, 0, DEED_ABSENT, true,
     LEDGER_ERROR},
    {"read without its task", READ, WHO_ANA, "desk", "account", NULL, 0, 0, DEED_REFUSED, true,
     LEDGER_DENY},
    {"read of nobody", READ, WHO_NOBODY, "web", "account", NULL, 0, 0, DEED_ABSENT, true,
     LEDGER_ERROR},
    {"write", WRITE, WHO_ANA, "web", "note", "{\"text\": \"1\"}", 0, 0, DEED_DONE, true,
     LEDGER_ALLOW},
    {"write of nobody", WRITE, WHO_NOBODY, "web", "note", "{\"text\": \"1\"}", 0, 0, DEED_ABSENT,
     true, LEDGER_ERROR},
    {"write what may not be", CORRECT, WHO_ANA, "desk", "account", "{\"email\": \"x@example.org\"}",
     0, 1, DEED_REFUSED, true, LEDGER_DENY},
    {"correct", CORRECT, WHO_ANA, "web", "note", "{\"text\": \"2\"}", 1, 1, DEED_DONE, true,
     LEDGER_ALLOW},
    {"correct an old version", CORRECT, WHO_ANA, "web", "note", "{\"text\": \"3\"}", 1, 1, DEED_BAD,
     true, LEDGER_ERROR},
    {"correct what is not there", CORRECT, WHO_ANA, "web", "note", "{\"text\": \"3\"}", 77, 1,
     DEED_ABSENT, true, LEDGER_ERROR},
    {"erase what is held", ERASE, WHO_ANA, NULL, "note", NULL, 1, 0, DEED_REFUSED, true,
     LEDGER_DENY},
    {"erase what is not there", ERASE, WHO_ANA, NULL, "note", NULL, 77, 0, DEED_ABSENT, true,
     LEDGER_ERROR},
    {"erase of nobody", ERASE, WHO_NOBODY, NULL, NULL, NULL, 0, 0, DEED_ABSENT, true, LEDGER_ERROR},
    {"collect", COLLECT, WHO_BEN, NULL, NULL, "{\"profile.nick\": \"ben\"}", 0, 0, DEED_DONE, true,
     LEDGER_ALLOW},
    {"collect what is taken", COLLECT, WHO_ANA, NULL, NULL, "{\"profile.nick\": \"ben\"}", 0, 0,
     DEED_BAD, true, LEDGER_ERROR},
    {"collect for nobody", COLLECT, WHO_NOBODY, NULL, NULL, "{\"profile.nick\": \"x\"}", 0, 0,
     DEED_ABSENT, true, LEDGER_ERROR},
    {"ask whether it would do", DRY_RUN, WHO_ANA, NULL, NULL, "{\"profile.nick\": \"x\"}", 0, 0,
     DEED_DRY, true, LEDGER_ALLOW},
    {"a token for nobody", TOKEN, WHO_NOBODY, NULL, NULL, NULL, 0, 0, DEED_ABSENT, true,
     LEDGER_ERROR},
    {"erase", ERASE, WHO_BEN, NULL, NULL, NULL, 0, 0, DEED_DONE, true, LEDGER_ALLOW},
};

static enum deed_end
line_do(const struct line_row *row, const uint8_t id[16], struct err *err)
{
    static const struct caller by_hand = {.role = ACTOR_OPERATOR};
    struct erase erase;
    struct token_deed token = {
        .deed = {.it = house.it, .caller = &by_hand, .arena = &house.arena, .purpose = POLICY_NONE},
        .has_subject = true,
        .name = SPAN("x"),
        .days = 1};
    const char *purpose = row->role != NULL && row->role[0] == 'd' ? "help" : "run";
    switch (row->what) {
    case READ:
        return house_read(&house, row->role, purpose, id, row->category, row->rec, NULL, err);
    case WRITE:
    case CORRECT:
        return house_write(&house, row->role, purpose, id, row->category, row->json, row->rec,
                           row->version, NULL, err);
    case ERASE:
        return house_erase(&house, id, row->category, row->rec, &erase, err);
    case COLLECT:
    case DRY_RUN:
        return fill(id, row->json, row->what == DRY_RUN, err);
    case TOKEN:
        memcpy(token.subject, id, 16);
        return token_add_run(&token, err);
    }
    return DEED_FAILED;
}

/* [G07] Whatever came as far as a deed has its line, with person, decision and time; what was tried and taken back
 * too. */
static void
test_every_end_has_its_line(void **state)
{
    (void)state;
    static const uint8_t nobody[16] = {1}, zero[16];
    const uint8_t *const people[] = {[WHO_ANA] = ana, [WHO_BEN] = ben, [WHO_NOBODY] = nobody};
    for (size_t i = 0; i < sizeof line_rows / sizeof line_rows[0]; i++) {
        const struct line_row *row = &line_rows[i];
        struct err err = {0};
        uint64_t before = ledger_entry_next(house.it->ledger);
        enum deed_end end = line_do(row, people[row->who], &err);
        uint64_t lines = ledger_entry_next(house.it->ledger) - before;
        if (end != row->end || lines != row->line)
            fail_msg("%s: ends with %d (%s), %d lines", row->name, (int)end, err.text, (int)lines);
        house_end(&house, true);
        house_begin(&house, ++now_us);
        if (!row->line)
            continue;
        struct ledger_entry entry = house_entry(&house, before);
        if (entry.decision != row->decision)
            fail_msg("%s: the line says %d", row->name, (int)entry.decision);
        bool about = memcmp(entry.sref, zero, 16) != 0;
        if (about != (row->who != WHO_NOBODY))
            fail_msg("%s: the line is about %s", row->name, about ? "somebody" : "nobody");
        assert_int_equal(entry.time_us, now_us - 1);
        assert_memory_not_equal(entry.aref, zero, 16);
        assert_memory_equal(entry.policy, house.it->policy->hash, 32);
    }
    house_end(&house, true);
    house_verify(&house);
}

/* What is not a person's nobody has by naming a person; and of two sweeps at once the second says so. */
static void
test_guards_that_are_nobodys(void **state)
{
    (void)state;
    if (house_store() == NULL)
        skip();
    struct err err = {0};
    bool had = true;
    house_end(&house, false);
    const struct store_options other = {.url = house_store()};
    struct store *store = NULL;
    struct txn *txn = NULL;
    assert_true(store_open(&other, &store, &err) && txn_begin(store, &txn, &err));
    for (uint8_t low = 0; low < 4; low++) {
        const uint8_t id[16] = {[7] = low, [15] = low};
        house_begin(&house, now_us);
        guard_person_need(house.it, id, true);
        assert_true(guards_take(house.it, &err));
        assert_true(guard_person_has(house.it, id, true) && !txn_guarded(house.it->txn, 1, true));
        house_end(&house, false);
    }
    assert_true(txn_guards_take(txn, &err) && txn_guard_now(txn, 2, true, &had, &err) && had);
    house_begin(&house, now_us);
    assert_true(guards_take(house.it, &err));
    struct sweep ask = {.deed = house_deed(&house, &house_system, NULL)};
    assert_int_equal(sweep_run(&ask, &err), DEED_FAILED);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    txn_rollback(&txn);
    store_close(&store);
    assert_int_equal(sweep_run(&ask, &err), DEED_DONE);
    house_end(&house, true);
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keyd") == 0)
        return keyd_main(atoi(argv[2]));
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, finish)
    const struct CMUnitTest tests[] = {
        CASE(test_a_deed_taken_back_takes_its_key_along),
        CASE(test_a_renewal_taken_back),
        CASE(test_a_turn_that_fails),
        CASE(test_every_end_has_its_line),
        CASE(test_guards_that_are_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
