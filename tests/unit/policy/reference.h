/*
 * reference.h - the decision once more, slow and plainly written, to check the fast one against.
 *
 * It shares no table with the fixture: the classroom's rules stand in
 * reference.c as sentences, and each reason to say no is one small predicate.
 */
#ifndef TROTH_TEST_REFERENCE_H
#define TROTH_TEST_REFERENCE_H

#include "policy/decide.h"

struct reference_answer {
    enum policy_answer answer;
    char rule[64];
    uint64_t fields;
};

void reference_learn(const struct policy *policy);
void reference_decide(const struct policy_question *question, struct reference_answer *ret);

#endif
