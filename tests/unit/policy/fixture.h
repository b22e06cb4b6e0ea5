/*
 * fixture.h - a small classroom policy as tables, so that the deciding half is tested without the reader.
 *
 * Invented school, invented rules; every kind of rule the decision knows occurs once.
 */
#ifndef TROTH_TEST_FIXTURE_H
#define TROTH_TEST_FIXTURE_H

#include "policy/decide.h"

enum { KIND_USER, KIND_CUSTOMER, KIND_STUDENT, KIND_TEACHER, KIND_N };
enum { CAT_ACCOUNT, CAT_INVOICE, CAT_GRADE, CAT_USAGE, CAT_CARD, CAT_N };
enum {
    F_FIRST, F_LAST, F_EMAIL, F_PASSWORD, F_NICK,
    F_INV_NUMBER, F_INV_ISSUED, F_INV_TOTAL, F_INV_NAME, F_INV_COUNTRY,
    F_ASSIGNMENT, F_MARK, F_COMMENT,
    F_PAGES, F_AGENT,
    F_CARD_NUMBER, F_CARD_LAST,
    F_N
};
enum { P_RUN, P_SUPPORT, P_NEWS, P_TAX, P_TEACH, P_IMPROVE, P_N };
enum { R_WEBSITE, R_HELPDESK, R_BILLING, R_MAILER, R_PRIVACY, R_TEACHER, R_SHOP, R_STATS, R_MIRROR, R_N };
enum { POINT_REGISTER, POINT_GRADE, POINT_NEWSLETTER, POINT_BILL, POINT_N };
enum { TASK_TICKET, TASK_CASE, TASK_N };
enum { EV_CLOSED, EV_LEFT, EV_N };
enum { REC_BANK, REC_DESK, REC_COUNTER, REC_NEW, REC_OFFICE, REC_N };
enum { G_PERMISSION, G_ORDER, G_SAFETY, G_N };
enum { COOKIE_SID, COOKIE_SEEN, COOKIE_N };

#define M1(f) (UINT64_C(1) << (f))
/* Bits in the categories' masks. */
enum { B_FIRST, B_LAST, B_EMAIL, B_PASSWORD, B_NICK };
enum { B_INV_NUMBER, B_INV_ISSUED, B_INV_TOTAL, B_INV_NAME, B_INV_COUNTRY };
enum { B_ASSIGNMENT, B_MARK, B_COMMENT };

/* Days on which the papers of REC_DESK, which is abroad, hold: from FIX_FROM to FIX_TO, its clauses from FIX_CLAUSES. */
enum { FIX_FROM = 20454, FIX_CLAUSES = 20500, FIX_TO = 21000 };

const struct policy *fixture_policy(void);
/* Like it, with text that must be escaped wherever the policy puts words. */
const struct policy *fixture_hostile(void);

#endif
