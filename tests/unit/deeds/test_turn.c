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
    uint64_t size = ledger_size(house.it->ledger);
    house_collect(&house, "web", "join", "{\"account.email\": \"carl@example.org\"}", carl[0]);
    assert_int_equal(fill(ana, "{\"profile.nick\": \"ana\"}", false, &err), DEED_DONE);
    house_end(&house, false);
    assert_int_equal(ledger_size(house.it->ledger), size);
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

/* [P07] What was done, refused or not there has its line, with person, decision and request; what
 * was wrong as a call, or failed, has none. */
static void
test_every_end_has_its_line(void **state)
{
    (void)state;
    static const uint8_t nobody[16] = {1};
    static const struct caller operator= {.role = ACTOR_OPERATOR};
    struct err err = {0};
    struct erase erase;
    struct token_deed token;
    uint64_t rec;
    assert_int_equal(
        house_write(&house, "web", "run", ana, "note", "{\"text\": \"one\"}", 0, 0, &rec, &err),
        DEED_DONE);
    for (int i = 0;; i++) {
        uint64_t before = ledger_next(house.it->ledger);
        enum deed_end end = DEED_FAILED;
        const char *name = "";
        bool about = true; /* a person who is there */
        switch (i) {
#define WHAT(number, words, call)                                                                  \
    case number:                                                                                   \
        name = words;                                                                              \
        end = call;                                                                                \
        break
            WHAT(0, "read", house_read(&house, "web", "run", ana, "account", 0, NULL, &err));
            WHAT(1, "read what is not there",
                 house_read(&house, "web", "run", ana, "profile", 0, NULL, &err));
            WHAT(2, "read without its task",
                 house_read(&house, "desk", "help", ana, "account", 0, NULL, &err));
            WHAT(3, "read of nobody",
                 house_read(&house, "web", "run", nobody, "account", 0, NULL, &err));
            WHAT(4, "write",
                 house_write(&house, "web", "run", ana, "note", "{\"text\": \"two\"}", 0, 0, NULL,
                             &err));
            WHAT(5, "correct",
                 house_write(&house, "web", "run", ana, "note", "{\"text\": \"2\"}", 1, 1, NULL,
                             &err));
            WHAT(6, "correct an old version",
                 house_write(&house, "web", "run", ana, "note", "{\"text\": \"2\"}", 1, 1, NULL,
                             &err));
            WHAT(7, "correct what is not there",
                 house_write(&house, "web", "run", ana, "note", "{\"text\": \"2\"}", 77, 1, NULL,
                             &err));
            WHAT(8, "write of nobody",
                 house_write(&house, "web", "run", nobody, "note", "{\"text\": \"2\"}", 0, 0, NULL,
                             &err));
            WHAT(9, "write what may not be",
                 house_write(&house, "desk", "help", ana, "account",
                             "{\"email\": \"x@example.org\"}", 0, 1, NULL, &err));
            WHAT(10, "erase what is held", house_erase(&house, ana, "note", 1, &erase, &err));
            WHAT(11, "erase what is not there", house_erase(&house, ana, "note", 77, &erase, &err));
            WHAT(12, "erase of nobody", house_erase(&house, nobody, NULL, 0, &erase, &err));
            WHAT(13, "collect", fill(ben, "{\"profile.nick\": \"ben\"}", false, &err));
            WHAT(14, "collect what is taken",
                 fill(ana, "{\"profile.nick\": \"ben\"}", false, &err));
            WHAT(15, "collect for nobody", fill(nobody, "{\"profile.nick\": \"x\"}", false, &err));
            WHAT(16, "collect, to see whether it would do",
                 fill(ana, "{\"profile.nick\": \"ana\"}", true, &err));
        case 17:
            name = "a token for nobody";
            token = (struct token_deed){.deed = {.it = house.it,
                                                 .caller = &operator,
                                                 .arena = & house.arena,
                                                 .purpose = POLICY_NONE},
                                        .has_subject = true,
                                        .name = SPAN("x"),
                                        .days = 1};
            memcpy(token.subject, nobody, 16);
            end = token_add_run(&token, &err);
            break;
            WHAT(18, "erase", house_erase(&house, ben, NULL, 0, &erase, &err));
        default:
            house_end(&house, true);
            house_verify(&house);
            return;
        }
        static const struct {
            enum deed_end end;
            int lines;
            enum ledger_decision decision;
        } want[] = {{DEED_DONE, 1, LEDGER_ALLOW},
                    {DEED_ABSENT, 1, LEDGER_ERROR},
                    {DEED_REFUSED, 1, LEDGER_DENY},
                    {DEED_ABSENT, 1, LEDGER_ERROR},
                    {DEED_DONE, 1, LEDGER_ALLOW},
                    {DEED_DONE, 1, LEDGER_ALLOW},
                    {DEED_BAD, 1, LEDGER_ERROR},
                    {DEED_ABSENT, 1, LEDGER_ERROR},
                    {DEED_ABSENT, 1, LEDGER_ERROR},
                    {DEED_REFUSED, 1, LEDGER_DENY},
                    {DEED_REFUSED, 1, LEDGER_DENY},
                    {DEED_ABSENT, 1, LEDGER_ERROR},
                    {DEED_ABSENT, 1, LEDGER_ERROR},
                    {DEED_DONE, 1, LEDGER_ALLOW},
                    {DEED_BAD, 1, LEDGER_ERROR},
                    {DEED_ABSENT, 1, LEDGER_ERROR},
                    {DEED_DRY, 1, LEDGER_ALLOW},
                    {DEED_ABSENT, 1, LEDGER_ERROR},
                    {DEED_DONE, 1, LEDGER_ALLOW}};
        uint64_t lines = ledger_next(house.it->ledger) - before;
        if (end != want[i].end || lines != (uint64_t)want[i].lines)
            fail_msg("%s: ends with %d (%s), %d lines", name, (int)end, err.text, (int)lines);
        house_end(&house, true);
        house_begin(&house, ++now_us);
        if (lines == 1) {
            struct ledger_entry entry = house_entry(&house, before);
            static const uint8_t zero[16];
            if (entry.decision != want[i].decision)
                fail_msg("%s: the line says %d", name, (int)entry.decision);
            assert_int_equal(entry.time_us, now_us - 1);
            about = end != DEED_ABSENT || i == 1 || i == 7 || i == 11;
            if ((memcmp(entry.sref, zero, 16) != 0) != about)
                fail_msg("%s: the line is %s", name, about ? "about nobody" : "about somebody");
            assert_memory_not_equal(entry.aref, zero, 16);
            assert_memory_equal(entry.policy, house.it->policy->hash, 32);
        }
    }
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
