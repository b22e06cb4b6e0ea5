/*
 * reference_priv.h - what the files of the reference share: the sentences, and the questions they are about.
 */
#ifndef TROTH_TEST_REFERENCE_PRIV_H
#define TROTH_TEST_REFERENCE_PRIV_H

#include "reference.h"

typedef const struct policy_question *Q;

/* The policy whose names and numbers are used; whether a sentence was said. */
extern const struct policy *reference_known;
bool reference_has(const char *subject, const char *verb, const char *object);
const char *reference_text(struct span s);
/* The i-th sentence, or NULL. */
const char *reference_said(int i);

/* What leaves the house (reference_out.c). */
void reference_out_learn(void);
bool is_send(Q q);
bool is_disclose(Q q);
bool is_cookie(Q q);
bool out_binds(Q q);
bool no_out_name(Q q);
bool no_ground_purpose(Q q);
bool no_ground_declared(Q q);
bool no_ground(Q q);
bool no_ground_role(Q q);
bool no_evidence(Q q);
bool no_approvals(Q q);
bool no_ground_consent(Q q);
bool no_ground_restricted(Q q);
bool no_opening(Q q);
bool no_notice(Q q);
bool no_cookie_purpose(Q q);
bool no_cookie_consent(Q q);
bool no_signal(Q q);
bool no_stop(Q q);
bool no_signature(Q q);
bool no_paper(Q q);
bool no_paper_named(Q q);
bool no_recipient_purpose(Q q);
/* The fields of a send, one at a time. */
bool out_gets(Q q, int bit);
bool out_closed(Q q);
/* The name "%t", "%g", "%k" or "%q" (the cookie's purpose) of a rule stands for. */
struct span out_name(Q q, char letter);

/* Which purposes a point shows, and whether it takes anything of a category. */
bool reference_shows(int point, int purpose);
bool reference_takes(int point, int category);

/* Whom the data are about (reference_people.c). */
void reference_people_learn(void);
bool no_here(Q q);
bool no_second(Q q);
/* Somebody who may ask for another. */
bool other_may(Q q);
bool no_waiting_parent(Q q);
bool no_waiting_none(Q q);
bool no_child_may(Q q);
bool no_child_school(Q q);
bool no_child_no_school(Q q);
bool no_child_found(Q q);
bool no_seal(Q q);
bool no_sight(Q q);
bool no_point_relation(Q q);
bool no_point_agreed(Q q);
bool agreed_to_another(Q q);
/* The name "%l" of a rule stands for. */
struct span people_relation(Q q);

#endif
