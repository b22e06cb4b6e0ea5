/*
 * [G14 M56] The register of consents against a model of a few lines: random acts of a few people
 * over years, under policies that change. Wherever the register is asked, the model is asked too.
 */
#include "house.h"

#include "../dice.h"
#include "base/clock.h"
#include "crypt/crypt.h"

#include <stdio.h>

#define HOUR (INT64_C(3600) * CLOCK_US_PER_S)
#define DAY CLOCK_US_PER_DAY

enum { PEOPLE = 4, PURPOSES = 4, STEPS = 5000 };

/* Which of them rest on consent and which are confirmed is what makes them differ. */
static const struct {
    const char *name;
    bool consent, confirmed;
} kinds[PURPOSES] = {
    {"news", true, true}, {"tips", true, false}, {"polls", true, true}, {"run", false, false}};

struct terms {
    int version, text_version, within_hours, renew_days; /* 0 days: a consent does not grow old */
    bool turned; /* the other order of names: numbers must not follow it */
};

static const char *
policy_text(const struct terms *terms)
{
    static char text[4096];
    char renew[64] = "";
    if (terms->renew_days > 0)
        (void)snprintf(renew, sizeof renew, "  renew-after: %d days\n", terms->renew_days);
    struct buf out;
    buf_init(&out, text, sizeof text - 1);
    buf_fmt(&out,
            "troth: 1\npolicy:\n  id: t\n  title: T\n  version: %d\n  date: 2026-01-01\n"
            "  controller: {name: N, address: A, email: p@small.example}\n"
            "people:\n  user: {says: you}\n"
            "data:\n  account: {of: user, fields: {email: {type: email}}}\n"
            "purposes:\n",
            terms->version);
    for (int i = 0; i < PURPOSES; i++) {
        int p = terms->turned ? PURPOSES - 1 - i : i;
        buf_fmt(&out, "  %s: {says: to do it, basis: %s, uses: [account]%s}\n", kinds[p].name,
                kinds[p].consent ? "consent" : "contract",
                kinds[p].confirmed ? ", confirm: double-opt-in" : "");
    }
    buf_fmt(&out,
            "collect:\n  join: {from: anyone, makes: user, fields: {account.email: required}, for: "
            "[run]}\n"
            "roles:\n  mailer: {kind: application, may: [news, tips, polls, run]}\n"
            "keep:\n  account: {from: collected, most: 50 years, then: erase}\n"
            "consent:\n  text-version: %d\n  confirm-within: %d hours\n%s",
            terms->text_version, terms->within_hours, renew);
    assert_true(buf_ok(&out));
    text[out.n] = '\0';
    return text;
}

/* The whole model. */
struct model {
    enum policy_consent_state state;
    int64_t at_us;
    int text_version;
    char code[32];
};

static struct house house;
static struct dice dice;
static struct terms terms;
static int64_t now_us;
static uint8_t people[PEOPLE][16];
static struct model models[PEOPLE][PURPOSES];

/* What counts: a consent to these words, not too old; a code that may still come back. */
static enum policy_consent_state
counts(const struct model *model)
{
    bool other_words = model->text_version < terms.text_version;
    if (model->state == CONSENT_GIVEN)
        return other_words ||
                       (terms.renew_days > 0 && now_us >= model->at_us + terms.renew_days * DAY)
                   ? CONSENT_NONE
                   : CONSENT_GIVEN;
    if (model->state == CONSENT_PENDING)
        return other_words || now_us >= model->at_us + terms.within_hours * HOUR ? CONSENT_NONE
                                                                                 : CONSENT_PENDING;
    return model->state;
}

static void
set(struct model *model, enum policy_consent_state state)
{
    *model = (struct model){.state = state, .at_us = now_us, .text_version = terms.text_version};
}

/* What agreeing should do: true when it is accepted. */
static bool
model_give(struct model *model, bool confirmed, const char *code)
{
    if (confirmed && counts(model) == CONSENT_GIVEN)
        return true; /* a tick that was not confirmed adds nothing to one that was */
    if (confirmed && code[0] != '\0') {
        if (counts(model) != CONSENT_PENDING || strcmp(code, model->code) != 0)
            return false;
        set(model, CONSENT_GIVEN);
        return true;
    }
    set(model, confirmed ? CONSENT_PENDING : CONSENT_GIVEN);
    return true;
}

static enum deed_end
act(int person, int purpose, enum consent_what what, const char *code, struct consent *ask,
    struct err *err)
{
    static struct caller self;
    self = house_self(people[person]);
    *ask = (struct consent){.deed = house_deed(&house, &self, NULL),
                            .what = what,
                            .about =
                                purpose < 0 ? POLICY_NONE : purpose_of(&house, kinds[purpose].name),
                            .code = span_str(code)};
    memcpy(ask->subject, people[person], 16);
    err_clear(err);
    consent_need(ask);
    assert_true(instance_turn_fetch(house.it, err));
    return consent_run(ask, err);
}

static const char *
name_of(int person, int purpose)
{
    static char text[64];
    (void)snprintf(text, sizeof text, "person %d, %s", person, kinds[purpose].name);
    return text;
}

/* The register, a decision and a reading must all say what the model says. */
static void
compare(int person, int purpose)
{
    const struct model *model = &models[person][purpose];
    struct consent ask;
    struct err err = {0};
    assert_int_equal(act(person, purpose, CONSENT_SEE, "", &ask, &err), DEED_DONE);
    assert_int_equal(ask.row_count, 1);
    const struct consent_row *row = &ask.rows[0];
    if (row->state != model->state || row->stands != (counts(model) == CONSENT_GIVEN) ||
        (model->state != CONSENT_NONE &&
         (row->at_us != model->at_us || row->text_version != model->text_version)))
        fail_msg("%s: the register says state %d at %lld text %d stands %d, the model state %d at "
                 "%lld text %d counts %d",
                 name_of(person, purpose), (int)row->state, (long long)row->at_us,
                 (int)row->text_version, row->stands, (int)model->state, (long long)model->at_us,
                 model->text_version, (int)counts(model));
    if (!kinds[purpose].consent)
        return;
    struct person who = {0};
    struct subject subject;
    bool there = false;
    enum policy_consent_state state = CONSENT_NONE;
    assert_true(subject_find(house.it, &house.arena, people[person], &subject, &there, &err) &&
                there);
    who = subject.person;
    assert_true(
        consent_load(house.it, &who, purpose_of(&house, kinds[purpose].name), &state, &err));
    if (state != counts(model))
        fail_msg("%s: a decision is told %d instead of %d", name_of(person, purpose), (int)state,
                 (int)counts(model));
    enum deed_end end =
        house_read(&house, "mailer", kinds[purpose].name, people[person], "account", 0, NULL, &err);
    if (end != (counts(model) == CONSENT_GIVEN ? DEED_DONE : DEED_REFUSED))
        fail_msg("%s: reading ends with %d while consent counts as %d", name_of(person, purpose),
                 (int)end, (int)counts(model));
}

/* All of a person's consents in one answer. */
static void
compare_all(int person)
{
    struct consent ask;
    struct err err = {0};
    assert_int_equal(act(person, -1, CONSENT_SEE, "", &ask, &err), DEED_DONE);
    int rows = 0;
    for (int p = 0; p < PURPOSES; p++)
        rows += models[person][p].state != CONSENT_NONE;
    assert_int_equal(ask.row_count, rows);
    for (int i = 0; i < ask.row_count; i++)
        for (int p = 0; p < PURPOSES; p++)
            if (purpose_of(&house, kinds[p].name) == ask.rows[i].purpose)
                assert_int_equal(ask.rows[i].state, models[person][p].state);
}

static void
step_give(int person, int purpose)
{
    struct model *model = &models[person][purpose];
    struct consent ask;
    struct err err = {0};
    char code[32] = "";
    switch (dice_below(&dice, 5)) {
    case 0:
    case 1:
        memcpy(code, model->code,
               sizeof code); /* the one that was sent, also when it is no longer good */
        break;
    case 2:
        memcpy(code, model->code, sizeof code);
        if (code[0] != '\0')
            code[dice_below(&dice, strlen(code))] ^= 1;
        else
            (void)snprintf(code, sizeof code, "AAAAAAAAAAAAAAAAAAAA");
        break;
    }
    if (!kinds[purpose].consent) {
        assert_int_equal(act(person, purpose, CONSENT_GIVE, code, &ask, &err), DEED_BAD);
        return;
    }
    struct model before = *model;
    bool good = model_give(model, kinds[purpose].confirmed, code);
    enum deed_end end = act(person, purpose, CONSENT_GIVE, code, &ask, &err);
    if (end != (good ? DEED_DONE : DEED_BAD))
        fail_msg("%s: giving with \"%s\" ends with %d (%s) while it was %d",
                 name_of(person, purpose), code, (int)end, err.text, (int)before.state);
    if (!good)
        return;
    bool asked = model->state == CONSENT_PENDING;
    assert_int_equal(strlen(ask.confirm) > 0, asked);
    if (asked) {
        assert_true(strlen(ask.confirm) >= 20); /* no code to be guessed */
        assert_string_not_equal(ask.confirm, before.code);
        memcpy(model->code, ask.confirm, sizeof model->code);
    } else {
        memcpy(model->code, before.code, sizeof model->code); /* to be tried again later */
    }
    assert_int_equal(ask.rows[0].state, model->state);
}

static void
step(void)
{
    int person = (int)dice_below(&dice, PEOPLE), purpose = (int)dice_below(&dice, PURPOSES);
    struct consent ask;
    struct err err = {0};
    switch (dice_below(&dice, 8)) {
    case 0: {
        enum deed_end end = act(person, purpose, CONSENT_TAKE_BACK, "", &ask, &err);
        assert_int_equal(end, kinds[purpose].consent ? DEED_DONE : DEED_BAD);
        if (end == DEED_DONE) {
            char code[32];
            memcpy(code, models[person][purpose].code, sizeof code);
            set(&models[person][purpose], CONSENT_WITHDRAWN);
            memcpy(models[person][purpose].code, code, sizeof code);
        }
        break;
    }
    case 1:
    case 2:
        compare_all(person);
        break;
    default:
        step_give(person, purpose);
        break;
    }
    compare(person, purpose);
}

/* To the very microsecond at which something of a random pair ends, or just before it, or some time
 * on. */
static void
time_moves(void)
{
    const struct model *model = &models[dice_below(&dice, PEOPLE)][dice_below(&dice, PURPOSES)];
    int64_t end = model->state == CONSENT_PENDING ? model->at_us + terms.within_hours * HOUR
                  : model->state == CONSENT_GIVEN && terms.renew_days > 0
                      ? model->at_us + terms.renew_days * DAY
                      : 0;
    int64_t next = end - (int64_t)dice_below(&dice, 2);
    if (end == 0 || next <= now_us || dice_below(&dice, 2) == 0)
        next = now_us + (int64_t)dice_below(
                            &dice, (uint64_t)(dice_below(&dice, 3) == 0 ? 200 * DAY : 20 * HOUR));
    now_us = next;
}

static void
policy_changes(void)
{
    terms.version++;
    terms.turned = !terms.turned;
    switch (dice_below(&dice, 3)) {
    case 0:
        terms.text_version++;
        break;
    case 1:
        terms.within_hours = 1 + (int)dice_below(&dice, 100);
        break;
    case 2:
        terms.renew_days = (int)dice_below(&dice, 3) * 150;
        break;
    }
    house_restart(&house, policy_text(&terms));
}

static void
test_against_the_model(void **state)
{
    (void)state;
    dice = dice_open("consent");
    terms = (struct terms){.version = 1, .text_version = 1, .within_hours = 48, .renew_days = 365};
    now_us = HOUSE_TIME;
    house_open(&house, policy_text(&terms));
    house_begin(&house, now_us);
    for (int i = 0; i < PEOPLE; i++)
        house_collect(&house, "mailer", "join", "{\"account.email\": \"ana@example.org\"}",
                      people[i]);
    house_end(&house, true);
    for (int i = 0; i < STEPS;) {
        bool kept = dice_below(&dice, 6) != 0;
        struct model before[PEOPLE][PURPOSES];
        memcpy(before, models, sizeof before);
        house_begin(&house, now_us);
        for (uint64_t steps = 1 + dice_below(&dice, 12); steps > 0; steps--, i++)
            step();
        house_end(&house, kept);
        if (!kept)
            memcpy(models, before, sizeof before); /* a turn that failed left nothing */
        time_moves();
        if (dice_below(&dice, 40) == 0)
            policy_changes();
    }
}

/* The same as a table for the eye: one purpose under double opt-in, word for word. */
static void
test_words_change_while_a_code_is_out(void **state)
{
    (void)state;
    struct consent ask;
    struct err err = {0};
    char code[32];
    terms = (struct terms){.version = 1, .text_version = 1, .within_hours = 48};
    now_us = HOUSE_TIME;
    house_open(&house, policy_text(&terms));
    house_begin(&house, now_us);
    house_collect(&house, "mailer", "join", "{\"account.email\": \"ana@example.org\"}", people[0]);
    assert_int_equal(act(0, 0, CONSENT_GIVE, "", &ask, &err), DEED_DONE);
    memcpy(code, ask.confirm, sizeof code);
    house_end(&house, true);
    terms.version = terms.text_version = 2;
    house_restart(&house, policy_text(&terms));
    house_begin(&house, now_us + HOUR);
    /* What they were asked were other words: this is no consent to the new ones. */
    assert_int_equal(act(0, 0, CONSENT_GIVE, code, &ask, &err), DEED_BAD);
    assert_int_equal(house_read(&house, "mailer", "news", people[0], "account", 0, NULL, &err),
                     DEED_REFUSED);
    house_end(&house, true);
}

/* A second tick does not make an old consent young again where ticks must be confirmed, nor does an
 * old code. */
static void
test_a_tick_does_not_renew(void **state)
{
    (void)state;
    struct consent ask;
    struct err err = {0};
    char code[32];
    terms = (struct terms){.version = 1, .text_version = 1, .within_hours = 48, .renew_days = 100};
    now_us = HOUSE_TIME;
    house_open(&house, policy_text(&terms));
    house_begin(&house, now_us);
    house_collect(&house, "mailer", "join", "{\"account.email\": \"ana@example.org\"}", people[0]);
    assert_int_equal(act(0, 0, CONSENT_GIVE, "", &ask, &err), DEED_DONE);
    memcpy(code, ask.confirm, sizeof code);
    assert_int_equal(act(0, 0, CONSENT_GIVE, code, &ask, &err), DEED_DONE);
    assert_int_equal(ask.rows[0].state, CONSENT_GIVEN);
    assert_int_equal(act(0, 1, CONSENT_GIVE, "", &ask, &err), DEED_DONE);
    house_end(&house, true);
    house_begin(&house, now_us + 99 * DAY);
    assert_int_equal(act(0, 0, CONSENT_GIVE, "", &ask, &err), DEED_DONE);
    assert_int_equal(act(0, 0, CONSENT_GIVE, code, &ask, &err), DEED_DONE);
    assert_true(ask.rows[0].stands);
    assert_int_equal(ask.rows[0].at_us, now_us);
    assert_int_equal(act(0, 1, CONSENT_GIVE, "", &ask, &err),
                     DEED_DONE); /* not asked to be confirmed */
    house_end(&house, true);
    house_begin(&house, now_us + 100 * DAY);
    assert_int_equal(house_read(&house, "mailer", "news", people[0], "account", 0, NULL, &err),
                     DEED_REFUSED);
    assert_int_equal(house_read(&house, "mailer", "tips", people[0], "account", 0, NULL, &err),
                     DEED_DONE);
    assert_int_equal(act(0, 0, CONSENT_GIVE, code, &ask, &err), DEED_BAD);
    house_end(&house, true);
}

/* The file holds a hash of the code and not the code. */
static void
test_code_is_not_kept(void **state)
{
    (void)state;
    struct consent ask;
    struct err err = {0};
    struct val out[5];
    bool found = false;
    uint8_t hash[32];
    terms = (struct terms){.version = 1, .text_version = 1, .within_hours = 48};
    house_open(&house, policy_text(&terms));
    house_begin(&house, HOUSE_TIME);
    house_collect(&house, "mailer", "join", "{\"account.email\": \"ana@example.org\"}", people[0]);
    assert_int_equal(act(0, 0, CONSENT_GIVE, "", &ask, &err), DEED_DONE);
    const struct val in[] = {val_int(1),
                             val_int(house.it->catalogue->purpose[purpose_of(&house, "news")])};
    assert_true(
        rows_one(house.it->txn, &house.arena, SQL_consent_get, in, 2, out, 5, &found, &err) &&
        found);
    struct span code = span_str(ask.confirm);
    crypt_sha256(&code, 1, hash);
    assert_int_equal(out[4].s.n, 32);
    assert_memory_equal(out[4].s.p, hash, 32);
    house_end(&house, false);
}

/* However many purposes somebody was asked about, each one's consent is what it is. */
static void
test_many_purposes(void **state)
{
    (void)state;
    enum { MANY = 140 };
    static char text[32768];
    struct err err = {0};
    struct buf out;
    buf_init(&out, text, sizeof text - 1);
    buf_str(&out, "troth: 1\npolicy:\n  id: t\n  title: T\n  version: 1\n  date: 2026-01-01\n"
                  "  controller: {name: N, address: A, email: p@small.example}\n"
                  "people:\n  user: {says: you}\n"
                  "data:\n  account: {of: user, fields: {email: {type: email}}}\npurposes:\n");
    for (int i = 0; i < MANY; i++)
        buf_fmt(&out, "  p%d: {says: to do it, basis: consent, uses: [account]}\n", i);
    buf_str(&out, "collect:\n  join: {from: anyone, makes: user, fields: {account.email: "
                  "required}, for: [p0]}\n"
                  "roles:\n  mailer: {kind: application, may: [p0]}\n"
                  "keep:\n  account: {from: collected, most: 5 years, then: erase}\n"
                  "consent:\n  text-version: 1\n");
    text[out.n] = '\0';
    house_open(&house, text);
    house_begin(&house, HOUSE_TIME);
    house_collect(&house, "mailer", "join", "{\"account.email\": \"ana@example.org\"}", people[0]);
    static struct caller self;
    self = house_self(people[0]);
    for (int see = 0; see < 2; see++)
        for (int i = 0; i < MANY; i++) {
            char name[8];
            (void)snprintf(name, sizeof name, "p%d", i);
            struct consent ask = {.deed = house_deed(&house, &self, NULL),
                                  .what = see ? CONSENT_SEE : CONSENT_GIVE,
                                  .about = purpose_of(&house, name)};
            memcpy(ask.subject, people[0], 16);
            if (consent_run(&ask, &err) != DEED_DONE)
                fail_msg("%s: %s", name, err.text);
            if (ask.row_count != 1 || ask.rows[0].state != CONSENT_GIVEN || !ask.rows[0].stands)
                fail_msg("%s was given, and is told as %d", name, (int)ask.rows[0].state);
        }
    house_end(&house, true);
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
        cmocka_unit_test_teardown(test_against_the_model, finish),
        cmocka_unit_test_teardown(test_words_change_while_a_code_is_out, finish),
        cmocka_unit_test_teardown(test_a_tick_does_not_renew, finish),
        cmocka_unit_test_teardown(test_code_is_not_kept, finish),
        cmocka_unit_test_teardown(test_many_purposes, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
