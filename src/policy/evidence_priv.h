/*
 * policy/evidence_priv.h - the evidence written with a pen that knows HTML or plain text.
 *
 * evidence_page.c is head, end and marks; evidence_body.c says what stands between.
 */
#ifndef TROTH_POLICY_EVIDENCE_PRIV_H
#define TROTH_POLICY_EVIDENCE_PRIV_H

#include "base/clock.h"
#include "policy/evidence.h"
#include "policy/page_priv.h"
#include "policy/promise.h"

enum { EVIDENCE_SENTENCE = 1024 };

struct evidence_pen {
    struct pen pen;
    const struct evidence *evidence;
    bool html;
};

void evidence_mark(struct evidence_pen *p, enum evidence_state state);
/* The sentence of a rule, or (rule POLICY_NONE) of an item. */
void evidence_said(struct evidence_pen *p, int rule, int item);
void evidence_body(struct evidence_pen *p);

#endif
