/*
 * Every question a small school's policy can be asked, answered twice: by
 * policy_decide and by the slow reference. They must agree on answer, rule and fields.
 */
#include "fixture.h"
#include "reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct {
    long asked, yes, part, no, bad;
    long by_rule[128];
} tally;

static void
compare(const struct policy *policy, const struct policy_question *q)
{
    struct policy_verdict got;
    struct reference_answer want;
    struct span rule;
    bool agreed = reference_agrees(policy, q, &got, &want, &rule);
    tally.asked++;
    tally.yes += got.answer == ANSWER_ALLOW;
    tally.part += got.answer == ANSWER_NARROW;
    tally.no += got.answer == ANSWER_REFUSE;
    tally.by_rule[got.rule]++;
    if (agreed)
        return;
    if (tally.bad++ < 10)
        print_error("act %d role %d purpose %d task %d/%d cat %d point %d event %d fields %#llx "
                    "consent %d restricted %d person %d self %d related %d recipient %d day %lld: got %d %.*s %#llx, "
                    "reference %d %s %#llx\n",
                    (int)q->act, q->role, q->purpose, q->has_task, q->task, q->category, q->point,
                    q->event, (unsigned long long)q->fields, (int)q->consent, q->restricted,
                    (int)q->person, q->self, q->related, q->recipient, (long long)q->day, (int)got.answer, SPAN_FMT(rule),
                    (unsigned long long)got.fields, (int)want.answer, want.rule,
                    (unsigned long long)want.fields);
}

static void
compare_fields(const struct policy *policy, struct policy_question q)
{
    static const uint64_t masks[] = {UINT64_MAX, 0x01, 0x08, 0x05, 0x1f, 0x00, UINT64_C(1) << 40};
    bool whole = q.category < 0;
    for (size_t i = 0; i < (whole ? 1 : sizeof masks / sizeof masks[0]); i++) {
        q.fields = masks[i];
        compare(policy, &q);
    }
}

/* What the acts that leave the house are asked with besides; each by itself, and the plainest of them together. */
static void
compare_out(const struct policy *policy, struct policy_question q)
{
    static const int64_t days[] = {FIX_CLAUSES, 0, FIX_CLAUSES - 1, FIX_TO + 1};
    static const struct {
        unsigned evidence;
        int approvals;
        bool noticed, gagged;
    } cases[] = {{~0u, 2, true, false}, {~0u, 2, false, true}, {0x0f, 1, true, false}, {0x03, 2, false, true},
                 {0x08, 0, false, false}, {0, 2, true, true}};
    int count = q.act == ACT_SEND ? 5 : q.act == ACT_DISCLOSE ? 6 : 2;
    for (int i = 0; i < count; i++) {
        q.day = days[i % 4];
        q.suspended = i == 4;
        q.signal = i == 1;
        q.evidence = cases[i].evidence;
        q.approvals = cases[i].approvals;
        q.noticed = cases[i].noticed;
        q.gagged = cases[i].gagged;
        compare_fields(policy, q);
    }
}

static void
compare_places(const struct policy *policy, struct policy_question q)
{
    static const int places[ACT_COUNT] = {[ACT_COLLECT] = POINT_N, [ACT_EVENT] = EV_N, [ACT_SEND] = REC_N,
                                          [ACT_DISCLOSE] = G_N, [ACT_COOKIE] = COOKIE_N};
    for (int i = places[q.act] == 0 ? 0 : -1; i <= places[q.act]; i++) {
        q.point = q.event = q.recipient = q.ground = q.cookie = i;
        if (q.act == ACT_SEND || q.act == ACT_DISCLOSE || q.act == ACT_COOKIE)
            compare_out(policy, q);
        else
            compare_fields(policy, q);
    }
}

static void
compare_person(const struct policy *policy, struct policy_question q)
{
    for (int i = 0; i < 4 * 2 * 3 * 3; i++) {
        q.consent = (enum policy_consent_state)(i % 4);
        q.restricted = i / 4 % 2 == 1;
        q.person = (enum policy_person_state)(i / 8 % 3);
        q.self = i / 24 == 1;
        q.related = i / 24 == 2;
        compare_places(policy, q);
    }
}

static void
everything_agrees(void **state)
{
    (void)state;
    const struct policy *policy = fixture_policy();
    static const struct {
        bool has;
        int kind;
    } tasks[] = {{false, POLICY_NONE}, {true, TASK_TICKET}, {true, TASK_CASE}, {true, POLICY_NONE}};
    int count;
    const char *const *sentences = reference_classroom(&count);
    reference_learn(policy, sentences, count);
    for (int role = ACTOR_OPERATOR; role <= R_N; role++)
        for (int purpose = PURPOSE_RETENTION; purpose <= P_N; purpose++)
            for (int task = 0; task < 4; task++)
                for (int act = 0; act < ACT_COUNT; act++)
                    for (int category = POLICY_NONE; category <= CAT_N; category++)
                        compare_person(policy, (struct policy_question){
                                                   .act = (enum policy_act)act, .role = role,
                                                   .purpose = purpose, .category = category,
                                                   .has_task = tasks[task].has,
                                                   .task = tasks[task].kind});
    print_message("%ld questions: %ld yes, %ld in part, %ld no, %ld differ\n", tally.asked,
                  tally.yes, tally.part, tally.no, tally.bad);
    for (int i = 0; i < policy->rule_count; i++)
        if (tally.by_rule[i] > 0)
            print_message("  %9ld %.*s\n", tally.by_rule[i], SPAN_FMT(policy->rules[i].name));
    assert_int_equal(tally.bad, 0);
    assert_true(tally.yes > 1000 && tally.part > 1000 && tally.no > 1000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_agrees),
    };
    return cmocka_run_group_tests_name("policy decide, everything", tests, NULL, NULL);
}
