/*
 * The decision against the slow reference, over policies drawn by dice. They must
 * agree on answer, rule and fields. TROTH_POLICIES=N draws more of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "dealt.h"
#include "files.h"
#include "reference.h"

enum { POLICIES = 2000, QUESTIONS = 500 };

static struct {
    long asked, yes, part, no, by_act[ACT_COUNT], policies;
} tally;

/* One question both ways; prints all there is to know when they differ. */
static bool
agree(const struct policy *policy, const struct policy_question *q)
{
    struct policy_verdict got;
    struct reference_answer want;
    struct span rule;
    bool agreed = reference_agrees(policy, q, &got, &want, &rule);
    tally.asked++;
    tally.yes += got.answer == ANSWER_ALLOW;
    tally.part += got.answer == ANSWER_NARROW;
    tally.no += got.answer == ANSWER_REFUSE;
    tally.by_act[q->act] += got.answer != ANSWER_REFUSE;
    if (agreed)
        return true;
    dealt_question_print(policy, q);
    (void)printf("# decided %d %.*s %#llx, reference %d %s %#llx\n", (int)got.answer, SPAN_FMT(rule),
                 (unsigned long long)got.fields, (int)want.answer, want.rule,
                 (unsigned long long)want.fields);
    return false;
}

static void
one_policy(struct dice *dice)
{
    struct dealt dealt;
    int count;
    dealt_draw(&dealt, dice);
    struct span text = dealt_text(&dealt);
    struct policy *policy = file_policy(text, "dealt.yaml");
    if (policy == NULL) {
        (void)printf("%.*s\n%.*s\n", SPAN_FMT(text), SPAN_FMT(faults_text()));
        fail_msg("the dealt policy has faults");
    }
    const char *const *said = dealt_said(&dealt, &count);
    reference_learn(policy, said, count);
    for (int i = 0; i < QUESTIONS; i++) {
        struct policy_question q;
        dealt_question(policy, dice, &q);
        if (agree(policy, &q))
            continue;
        (void)printf("%.*s\n", SPAN_FMT(text));
        policy_free(&policy);
        fail_msg("the decision and the reference differ");
    }
    tally.policies++;
    policy_free(&policy);
}

static void
the_decision_is_the_reference(void **state)
{
    (void)state;
    struct dice dice = dice_open("differential");
    const char *more = getenv("TROTH_POLICIES");
    long policies = more == NULL ? POLICIES : strtol(more, NULL, 10);
    for (long i = 0; i < policies; i++)
        one_policy(&dice);
    print_message("%ld policies, %ld questions: %ld yes, %ld in part, %ld no\n", tally.policies,
                  tally.asked, tally.yes, tally.part, tally.no);
    for (int act = 0; act < ACT_COUNT; act++) {
        print_message("  act %d: %ld allowed\n", act, tally.by_act[act]);
        assert_true(tally.by_act[act] > 0);
    }
    assert_true(tally.yes * 20 > tally.asked && tally.no * 20 > tally.asked);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_decision_is_the_reference),
    };
    return cmocka_run_group_tests_name("policy decide, dealt policies", tests, NULL, NULL);
}
