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

/* evidence_words.c: "1,234", or "more than 1,000" for the public; "3 lines"; "2026-11-03 12:04 UTC"; ", first …, last …" */
void evidence_count(const struct evidence *e, uint64_t n, struct buf *out);
void evidence_counted(const struct evidence *e, uint64_t n, const char *one, const char *many, struct buf *out);
void evidence_time(const struct evidence *e, int64_t us, struct buf *out);
void evidence_since(const struct evidence *e, int64_t first_us, int64_t last_us, struct buf *out);
void evidence_overdue(const struct evidence *e, uint64_t n, bool more, int64_t since_us, struct buf *out);
void evidence_sweep_late(const struct evidence *e, struct buf *out);

/* evidence_tests.c: which tests cover a clause, in one item of its list; the sections that name them. */
void evidence_clause_tests(struct evidence_pen *p, const struct policy_clause *clause);
void evidence_promises(struct evidence_pen *p);
void evidence_program(struct evidence_pen *p);

void evidence_mark(struct evidence_pen *p, enum evidence_state state);
/* The sentence of a rule, or (rule POLICY_NONE) of an item. */
void evidence_said(struct evidence_pen *p, int rule, int item);
void evidence_body(struct evidence_pen *p);

#endif
