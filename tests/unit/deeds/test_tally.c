/*
 * [G07] What `troth prove` counts, against a model of a few lines: random deeds under policies whose rules change
 * places, turns that are kept or taken back, counts that go on in steps, stop, and go on after a new start.
 */
#include "house.h"

#include "../dice.h"
#include "base/clock.h"
#include "deeds/consent.h"
#include "deeds/evidence.h"
#include "deeds/tally_priv.h"

#include <stdio.h>

enum { PEOPLE = 6, ROUNDS = 120, NAMES = 4 };

static struct house house;
static struct dice dice;
static struct arena arena;
static int64_t now_us;
static uint8_t people[PEOPLE][16];
static int version;

/* The rules that the deeds below meet, and what of them must be counted. */
static const char *const names[NAMES] = {"collect.join", "purposes.run", "purposes.news.basis", "purposes.help.needs"};
static struct model {
    uint64_t allowed, refused, before;
} models[NAMES];
static uint64_t given, withdrawn, news_read;

static const char *
policy_text(void)
{
    static char text[2400];
    char more[512] = "";
    /* Each version has other names in front, so the same rule has another number. */
    for (int i = 0; i < version; i++)
        (void)snprintf(more + strlen(more), sizeof more - strlen(more), "  a%d: {says: \"a %d\", basis: contract, uses: [account]}\n", i, i);
    (void)snprintf(text, sizeof text,
                   "troth: 1\n"
                   "policy:\n  id: t\n  title: T\n  version: %d\n  date: 2026-01-01\n"
                   "  controller: {name: N, address: A, email: p@small.example}\n"
                   "people:\n  user: {says: you}\n"
                   "data:\n  account: {of: user, fields: {email: {type: email}}}\n"
                   "purposes:\n%s"
                   "  run: {says: to run it, basis: contract, uses: [account]}\n"
                   "  help: {says: to help, basis: contract, uses: [account], needs: ticket}\n"
                   "  news: {says: to send news, basis: consent, uses: [account]}\n"
                   "collect:\n  join: {from: anyone, makes: user, fields: {account.email: required}, for: [run]}\n"
                   "roles:\n  web: {kind: application, may: [run, news, help, rights]}\n"
                   "keep:\n  account: {from: collected, most: 90 years, then: erase}\n"
                   "consent: {text-version: 1}\n",
                   version, more);
    return text;
}

static void
consent(int who, bool give)
{
    struct err err = {0};
    const struct caller self = house_self(people[who]);
    struct consent ask = {.deed = house_deed(&house, &self, NULL),
                          .what = give ? CONSENT_GIVE : CONSENT_TAKE_BACK,
                          .about = purpose_of(&house, "news")};
    memcpy(ask.subject, people[who], 16);
    consent_need(&ask);
    if (!instance_turn_fetch(house.it, &err) || consent_run(&ask, &err) != DEED_DONE)
        fail_msg("consent: %s", err.text);
    *(give ? &given : &withdrawn) += 1;
}

static void
step(void)
{
    struct err err = {0};
    int who = (int)dice_below(&dice, PEOPLE);
    switch (dice_below(&dice, 6)) {
    case 0: {
        uint8_t id[16];
        house_collect(&house, "web", "join", "{\"account.email\": \"ana@example.org\"}", id);
        models[0].allowed++;
        return;
    }
    case 1:
        assert_int_equal(house_read(&house, "web", "run", people[who], "account", 0, NULL, &err), DEED_DONE);
        models[1].allowed++;
        return;
    case 2: {
        enum deed_end end = house_read(&house, "web", "news", people[who], "account", 0, NULL, &err);
        assert_true(end == DEED_DONE || end == DEED_REFUSED);
        news_read += end == DEED_DONE;
        models[2].refused += end == DEED_REFUSED;
        return;
    }
    case 3:
        assert_int_equal(house_read(&house, "web", "help", people[who], "account", 0, NULL, &err), DEED_REFUSED);
        models[3].refused++;
        return;
    default:
        consent(who, dice_below(&dice, 2) == 0);
    }
}

static int
rule(const char *name)
{
    const struct policy *policy = house.it->policy;
    for (int i = 0; i < policy->rule_count; i++)
        if (span_is(policy->rules[i].name, name))
            return i;
    fail_msg("no rule %s", name);
    return 0;
}

/* Over lanes an entry counts when it has its place. */
static void
placed(void)
{
    struct err err = {0};
    if (store_lane(house.it->store) != 0 && !instance_checkpoint(house.it, &err))
        fail_msg("%s", err.text);
}

static void
compare(void)
{
    struct err err = {0};
    struct evidence_facts facts;
    if (dice_below(&dice, 2) == 0)
        placed();
    arena_reset(&arena);
    if (!instance_evidence(house.it, &arena, &facts, &err))
        fail_msg("evidence: %s", err.text);
    assert_int_equal(facts.fault.n, 0);
    assert_int_equal(facts.counted, facts.size + facts.waiting);
    assert_int_equal(facts.unknown, 0);
    for (int i = 0; i < NAMES; i++) {
        const struct evidence_rule *found = &facts.rules[rule(names[i])];
        if (found->allowed != models[i].allowed || found->refused != models[i].refused || found->before != models[i].before)
            fail_msg("%s: %llu allowed, %llu refused, %llu before; of the model %llu, %llu, %llu", names[i],
                     (unsigned long long)found->allowed, (unsigned long long)found->refused, (unsigned long long)found->before,
                     (unsigned long long)models[i].allowed, (unsigned long long)models[i].refused,
                     (unsigned long long)models[i].before);
    }
    const struct evidence_purpose *news = &facts.purposes[purpose_of(&house, "news")];
    assert_int_equal(news->given, given);
    assert_int_equal(news->withdrawn, withdrawn);
    assert_int_equal(news->read, news_read);
    assert_true(facts.categories[category_of(&house, "account")].there);
}

static struct recount_reply
recount(void)
{
    struct err err = {0};
    struct recount_reply reply;
    const struct verify_ask ask = {.dir = house.dir, .store = house_store()};
    if (!instance_recount(&ask, &reply, &err))
        fail_msg("recount: %s", err.text);
    return reply;
}

static void
count_on(void)
{
    struct err err = {0};
    placed();
    if (!tally_step(house.it, &err))
        fail_msg("tally: %s", err.text);
}

static void
new_version(void)
{
    version++;
    for (int i = 0; i < NAMES; i++)
        models[i].before = models[i].allowed + models[i].refused;
    house_restart(&house, policy_text());
}

static void
round_by_chance(void)
{
    struct model before[NAMES];
    uint64_t was[] = {given, withdrawn, news_read};
    bool kept = dice_below(&dice, 5) != 0;
    memcpy(before, models, sizeof before);
    house_begin(&house, now_us += CLOCK_US_PER_S);
    for (uint64_t steps = 1 + dice_below(&dice, 10); steps > 0; steps--)
        step();
    house_end(&house, kept);
    if (kept)
        return;
    memcpy(models, before, sizeof before);
    given = was[0];
    withdrawn = was[1];
    news_read = was[2];
}

static void
test_against_the_model(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        round_by_chance();
        uint64_t what = dice_below(&dice, 12);
        if (what < 3)
            count_on();
        if (what == 3)
            house_restart(&house, policy_text());
        if (what == 4 && version < 8)
            new_version();
        if (what > 7)
            compare();
    }
    compare();
    count_on();
    struct recount_reply reply = recount();
    assert_true(reply.ledger.sound);
    assert_int_equal(reply.differ, 0);
    assert_int_equal(reply.waiting, 0);
    assert_true(reply.entries > 100 && reply.rows > 5);
    compare(); /* the same from the counts alone */
    assert_true(house.it->tally_upto == reply.entries);
}

/* A count that somebody changed is found, and so is one too many and one too few. */
static void
test_changed_counts(void **state)
{
    static const struct tally_row rows[] = {
        {.policy = 1, .rule = 3, .event = LEDGER_READ, .count = 5, .first_us = 1, .last_us = 1},
        {.policy = 2, .rule = 99, .event = LEDGER_REFUSED, .decision = LEDGER_DENY, .count = 1, .first_us = 1, .last_us = 1},
    };
    (void)state;
    struct err err = {0};
    count_on();
    for (size_t i = 0; i < 2; i++) {
        const struct val in[] = {val_int(rows[i].policy),   val_int(rows[i].rule),     val_int(rows[i].event),
                                 val_int(rows[i].decision), val_blob(rows[i].purpose, 16), val_int((int64_t)rows[i].count),
                                 val_int(rows[i].first_us), val_int(rows[i].last_us)};
        house_begin(&house, now_us);
        assert_true(rows_run(house.it->txn, SQL_tally_add, in, 8, NULL, &err));
        house_end(&house, true);
        struct recount_reply reply = recount();
        assert_int_equal(reply.differ, 1 + i);
        assert_true(reply.ledger.sound && reply.fault[0] != '\0');
    }
}

static int
begin(void **state)
{
    struct err err;
    (void)state;
    dice = dice_open("tally");
    version = 1;
    now_us = HOUSE_TIME;
    house_open(&house, policy_text());
    if (!arena_open(&arena, 8 << 20, &err))
        return -1;
    house_begin(&house, now_us);
    for (int i = 0; i < PEOPLE; i++)
        house_collect(&house, "web", "join", "{\"account.email\": \"ana@example.org\"}", people[i]);
    house_end(&house, true);
    models[0].allowed = PEOPLE;
    return 0;
}

static int
end(void **state)
{
    (void)state;
    arena_close(&arena);
    house_close(&house);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keyd") == 0)
        return keyd_main(atoi(argv[2]));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_model),
        cmocka_unit_test(test_changed_counts),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
