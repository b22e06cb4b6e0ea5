/*
 * policy/diff_shown_priv.h - the search for a question that shows a widening, for the files that do it.
 */
#ifndef TROTH_POLICY_DIFF_SHOWN_PRIV_H
#define TROTH_POLICY_DIFF_SHOWN_PRIV_H

#include "policy/diff_priv.h"

struct search {
    struct differ *d;
    struct diff_change *change;
    int left; /* asks */
};

/* Whether it is allowed now and was refused; then it is the change's question. */
bool shown_ask(struct search *s, const struct policy_question *q);
/* The same with each task and each state of the person. */
bool shown_tasks(struct search *s, struct policy_question q);

/* diff_shown_out.c: sending, disclosing, cookies. */
bool shown_out(struct search *s, struct policy_question q);
void shown_out_put(struct buf *out, const struct policy *p, const struct policy_question *q);
/* Whether `troth ask` reads this very question from its sentence. */
bool shown_reads_back(const struct policy *p, const struct policy_question *q);

#endif
