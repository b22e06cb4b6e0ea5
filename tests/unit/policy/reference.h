/*
 * reference.h - the decision once more, slow and plainly written, to check the fast one against.
 *
 * It shares no table with the policy it is asked about: it learns the rules from
 * sentences (the classroom's stand in reference.c, those of a dealt policy come
 * from dealt.h), and each reason to say no is one small predicate.
 */
#ifndef TROTH_TEST_REFERENCE_H
#define TROTH_TEST_REFERENCE_H

#include "policy/decide.h"

struct reference_answer {
    enum policy_answer answer;
    char rule[64];
    uint64_t fields;
};

/* Sentences of three words: "website may news", "account.email is unreadable". Of the policy only the names and
 * numbers are taken. Both must live until the next call. */
void reference_learn(const struct policy *policy, const char *const *sentences, int count);
/* Those of the classroom (fixture.c). */
const char *const *reference_classroom(int *ret_count);
void reference_decide(const struct policy_question *question, struct reference_answer *ret);
/* Asks both; true when they agree on answer, rule and fields. ret_rule: the name of the rule policy_decide gives. */
bool reference_agrees(const struct policy *policy, const struct policy_question *question, struct policy_verdict *ret_got,
                      struct reference_answer *ret_want, struct span *ret_rule);

#endif
