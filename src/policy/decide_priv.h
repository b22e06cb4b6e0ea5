/*
 * policy/decide_priv.h - the exact reason behind a verdict, for those who must put it into words.
 *
 * One rule can say no for several reasons (roles.X: not this purpose, no
 * relation, field not written). The verdict keeps the rule; explain.c asks again
 * and gets the reason, so that the sentence can never differ from the decision.
 */
#ifndef TROTH_POLICY_DECIDE_PRIV_H
#define TROTH_POLICY_DECIDE_PRIV_H

#include "policy/decide.h"

enum decide_why {
    WHY_YES,
    WHY_PART,          /* fewer fields than asked for: not used for the purpose */
    WHY_PART_HASH,     /* fewer fields than asked for: nobody can read the rest */
    WHY_OPERATOR,
    WHY_ERASED,
    WHY_HELD,
    WHY_NO_ACT,
    WHY_NO_ROLE,
    WHY_NO_PURPOSE,
    WHY_NO_CATEGORY,
    WHY_NO_FIELD,
    WHY_NO_POINT,
    WHY_NO_EVENT,
    WHY_NOT_SELF,
    WHY_NOT_A_RIGHT,   /* the act is no right, or the purpose is not the person's */
    WHY_SYSTEM,
    WHY_RIGHTS_ONLY,   /* the act needs the purpose "rights" */
    WHY_RETENTION,     /* the purpose "retention" is the system's */
    WHY_ROLE_PURPOSE,
    WHY_ROLE_RIGHTS,
    WHY_ROLE_TASK,
    WHY_PURPOSE_TASK,
    WHY_RELATION,
    WHY_CONSENT,
    WHY_RESTRICTED,
    WHY_AGGREGATE,
    WHY_NOT_USED,
    WHY_HASH_ONLY,
    WHY_NOTHING,       /* no field named */
    WHY_ROLE_WRITES,
    WHY_NEVER_STORED,
    WHY_MANY,
    WHY_NO_CONSENT_BASIS,
    WHY_EVENT_WRITES,
    WHY_POINT_FROM,
    WHY_POINT_PURPOSE,
    WHY_POINT_FIELD,
    WHY_NOT_HERE,      /* not on this kind of server */
    WHY_SECOND,        /* nobody else of the role agreed */
    WHY_CHILD_WAITING,
    WHY_CHILD_MAY,
    WHY_CHILD_FOUND,
    WHY_CHILD_SCHOOL,
    WHY_SEALED,
    WHY_BLIND,
    WHY_POINT_RELATION,
    WHY_POINT_AGREED,
    WHY_NO_RECIPIENT,
    WHY_SUSPENDED,
    WHY_UNSIGNED,
    WHY_UNASSURED,     /* what the recipient rests on does not hold that day */
    WHY_NOT_FOR,       /* the recipient gets nothing for that purpose */
    WHY_NOT_GOT,       /* a field the recipient does not get */
    WHY_CLOSED,        /* kept under a key that is not ours, or in memory alone */
    WHY_NO_GROUND,
    WHY_GROUND_PURPOSE, /* a disclosure names a ground and no purpose */
    WHY_GROUND_BY,
    WHY_EVIDENCE,
    WHY_APPROVALS,
    WHY_GROUND_CONSENT,
    WHY_GROUND_RESTRICTED,
    WHY_NOT_OPENED,    /* the category's own `disclose` */
    WHY_NOTICE,
    WHY_NO_COOKIE,
    WHY_COOKIE_PURPOSE,
    WHY_COOKIE_CONSENT,
    WHY_SIGNAL,
    WHY_OBJECTED,
    WHY_NO_TEMPLATE,
    WHY_MAIL_PURPOSE,
    WHY_BLOCKED,
    WHY_COUNT
};

/* As policy_decide, and says why. */
enum decide_why decide_why(const struct policy *policy, const struct policy_question *question,
                           struct policy_verdict *ret);

/* The fields of a category a point takes. */
uint64_t decide_point_fields(const struct policy_point *point, int category);

/* decide_out.c: kept under a key that is not ours, or in memory alone, so that it leaves by no way. */
bool decide_closed(const struct policy_category *category);
/* Whether the category itself lets the ground open it. */
bool decide_opens(const struct policy *policy, const struct policy_category *category, int ground);
/* Whether an assurance of that kind opens the way out of the home region. */
bool decide_opens_abroad(enum policy_assurance_kind kind);
/*
 * Whether all that is named for the recipient holds on the day: of each kind and
 * name one row, and abroad one of them opens the way. Day 0 is no day.
 */
bool decide_assured(const struct policy_recipient *recipient, int64_t day);

#endif
