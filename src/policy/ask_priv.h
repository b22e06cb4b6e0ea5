/*
 * policy/ask_priv.h - the sentence being read, for the files that read its parts.
 */
#ifndef TROTH_POLICY_ASK_PRIV_H
#define TROTH_POLICY_ASK_PRIV_H

#include "policy/decide.h"

struct reader {
    const struct policy *policy;
    struct span rest;
    struct span word;      /* the present word; empty at the end */
    bool purpose_said;
    struct policy_question q;
    struct err *err;
};

/* Goes to the next word that says something. */
void ask_next(struct reader *r);
bool ask_is(const struct reader *r, const char *word);
/* Always false: the word is not understood, or none is left, where `what` should stand. */
bool ask_say(struct reader *r, const char *what);

/*
 * ask_out.c. Each reads what belongs to the acts that leave the house, and gives
 * true when it was that; where a name is wrong, r->err is set besides.
 */
bool ask_out_act(struct reader *r);  /* "set" of a cookie, once "set" was read */
bool ask_out_part(struct reader *r); /* "to payments", "on binding-order", "on 2026-12-01" */
bool ask_out_with(struct reader *r, bool with);
bool ask_cookie(struct reader *r);   /* its name; false with err set */
/* Whether all is there that the act cannot do without; false with err set. */
bool ask_out_whole(struct reader *r);

#endif
