#include "fixture.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ALL UINT64_MAX
#define Q(...) ((struct policy_question){.fields = ALL, .category = POLICY_NONE, .task = POLICY_NONE, __VA_ARGS__})
#define YES ANSWER_ALLOW
#define PART ANSWER_NARROW
#define NO ANSWER_REFUSE

/* Shorthands of the table; each row reads as a question with its answer. */
#define TICKET .has_task = true, .task = TASK_TICKET
#define CASE .has_task = true, .task = TASK_CASE
#define STRANGE_TASK .has_task = true, .task = POLICY_NONE
#define BY(r) .role = (r)
#define READS(c) .act = ACT_READ, .category = (c)
#define LISTS(c) .act = ACT_LIST, .category = (c)
#define WRITES(c) .act = ACT_WRITE, .category = (c)
#define FOR(p) .purpose = (p)
#define ONLY(mask) .fields = (mask)
#define AGREED .consent = CONSENT_GIVEN
#define SENDS(c, r) .act = ACT_SEND, .category = (c), .recipient = (r)
#define ON_DAY(d) .day = (d)
#define DISCLOSES(c, g) .act = ACT_DISCLOSE, .category = (c), .ground = (g), .purpose = POLICY_NONE
#define LIES(...) .evidence = (__VA_ARGS__)
#define PAPER(name) (1u << EVIDENCE_##name)
#define ORDER_PAPERS LIES(PAPER(DOCUMENT) | PAPER(LAW)), .approvals = 2
#define SETS(k) .act = ACT_COOKIE, .cookie = (k), .purpose = POLICY_NONE
#define SELF .role = ACTOR_SUBJECT, .self = true, .purpose = PURPOSE_RIGHTS

static const struct row {
    const char *says;
    struct policy_question q;
    enum policy_answer answer;
    const char *rule;
    uint64_t fields;
} rows[] = {
    /* reading for a purpose */
    {"helpdesk reads the account with a ticket: three fields of four",
     Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_SUPPORT), TICKET), PART, "purposes.support", 7},
    {"helpdesk reads the e-mail with a ticket",
     Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_SUPPORT), TICKET, ONLY(M1(B_EMAIL))), YES,
     "purposes.support", 4},
    {"helpdesk reads the e-mail and the nickname: only the e-mail",
     Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_SUPPORT), TICKET, ONLY(M1(B_EMAIL) | M1(B_NICK))),
     PART, "purposes.support", 4},
    {"helpdesk reads the nickname", Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_SUPPORT), TICKET,
     ONLY(M1(B_NICK))), NO, "purposes.support", 0},
    {"helpdesk without a ticket", Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_SUPPORT)), NO,
     "purposes.support.needs", 0},
    {"helpdesk with a case where a ticket is needed",
     Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_SUPPORT), CASE), NO, "purposes.support.needs", 0},
    {"helpdesk with a task of no known kind",
     Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_SUPPORT), STRANGE_TASK), NO,
     "purposes.support.needs", 0},
    {"a task kind without a task", Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_SUPPORT),
     .has_task = false, .task = TASK_TICKET), NO, "purposes.support.needs", 0},
    {"helpdesk for the newsletter", Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_NEWS), AGREED), NO,
     "roles.helpdesk", 0},
    {"helpdesk reads grades for support", Q(BY(R_HELPDESK), READS(CAT_GRADE), FOR(P_SUPPORT),
     TICKET), NO, "purposes.support", 0},
    {"helpdesk asks for nothing", Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_SUPPORT), TICKET,
     ONLY(0)), NO, "default.silence", 0},
    {"helpdesk asks for a field bit nobody declared",
     Q(BY(R_HELPDESK), READS(CAT_ACCOUNT), FOR(P_SUPPORT), TICKET, ONLY(M1(63))), NO,
     "default.closed-world", 0},
    {"billing reads an invoice with a task",
     Q(BY(R_BILLING), READS(CAT_INVOICE), FOR(P_TAX), TICKET), YES, "purposes.tax", 0x1f},
    {"any kind of task will do for billing",
     Q(BY(R_BILLING), READS(CAT_INVOICE), FOR(P_TAX), STRANGE_TASK), YES, "purposes.tax", 0x1f},
    {"billing without a task", Q(BY(R_BILLING), READS(CAT_INVOICE), FOR(P_TAX)), NO,
     "roles.billing-clerk.needs", 0},
    {"billing reads the account for tax", Q(BY(R_BILLING), READS(CAT_ACCOUNT), FOR(P_TAX), TICKET),
     NO, "purposes.tax", 0},
    {"billing lists invoices", Q(BY(R_BILLING), LISTS(CAT_INVOICE), FOR(P_TAX), TICKET), YES,
     "purposes.tax", 0x1f},
    {"shop needs its ticket although tax needs none",
     Q(BY(R_SHOP), READS(CAT_INVOICE), FOR(P_TAX), CASE), NO, "roles.shop.needs", 0},
    {"mailer reads addresses of those who agreed",
     Q(BY(R_MAILER), LISTS(CAT_ACCOUNT), FOR(P_NEWS), AGREED), PART, "purposes.news", 5},
    {"mailer reads the e-mail of one who agreed",
     Q(BY(R_MAILER), READS(CAT_ACCOUNT), FOR(P_NEWS), AGREED, ONLY(M1(B_EMAIL))), YES,
     "purposes.news", 4},
    {"mailer without consent", Q(BY(R_MAILER), READS(CAT_ACCOUNT), FOR(P_NEWS)), NO,
     "purposes.news.basis", 0},
    {"a consent not yet confirmed is none",
     Q(BY(R_MAILER), READS(CAT_ACCOUNT), FOR(P_NEWS), .consent = CONSENT_PENDING), NO,
     "purposes.news.basis", 0},
    {"a consent withdrawn is none",
     Q(BY(R_MAILER), READS(CAT_ACCOUNT), FOR(P_NEWS), .consent = CONSENT_WITHDRAWN), NO,
     "purposes.news.basis", 0},
    {"teacher reads marks of the own class",
     Q(BY(R_TEACHER), READS(CAT_GRADE), FOR(P_TEACH), .related = true), YES, "purposes.teach", 7},
    {"teacher reads marks of another class", Q(BY(R_TEACHER), READS(CAT_GRADE), FOR(P_TEACH)), NO,
     "roles.teacher", 0},
    {"being the person oneself is not leading their class",
     Q(BY(R_TEACHER), READS(CAT_GRADE), FOR(P_TEACH), .self = true), NO, "roles.teacher", 0},
    {"mirror shows people only themselves",
     Q(BY(R_MIRROR), READS(CAT_ACCOUNT), FOR(P_RUN), .related = true), NO, "roles.mirror", 0},
    {"mirror shows a person themself", Q(BY(R_MIRROR), READS(CAT_ACCOUNT), FOR(P_RUN),
     .self = true), YES, "purposes.run-account", 0x17},
    {"website reads all readable of the account, the password is not among it",
     Q(BY(R_WEBSITE), READS(CAT_ACCOUNT), FOR(P_RUN)), YES, "purposes.run-account", 0x17},
    {"website asks for the password by name",
     Q(BY(R_WEBSITE), READS(CAT_ACCOUNT), FOR(P_RUN), ONLY(M1(B_PASSWORD))), NO,
     "default.hash-only", 0},
    {"website asks for e-mail and password",
     Q(BY(R_WEBSITE), READS(CAT_ACCOUNT), FOR(P_RUN), ONLY(M1(B_EMAIL) | M1(B_PASSWORD))), PART,
     "default.hash-only", 4},
    {"statistics reads a row for totals",
     Q(BY(R_STATS), READS(CAT_USAGE), FOR(P_IMPROVE)), NO, "purposes.improve", 0},
    {"statistics lists rows for totals", Q(BY(R_STATS), LISTS(CAT_USAGE), FOR(P_IMPROVE)), NO,
     "purposes.improve", 0},
    {"reading without a purpose", Q(BY(R_WEBSITE), READS(CAT_ACCOUNT), FOR(POLICY_NONE)), NO,
     "default.closed-world", 0},
    {"a purpose the policy has not", Q(BY(R_WEBSITE), READS(CAT_ACCOUNT), FOR(99)), NO,
     "default.closed-world", 0},
    {"a role the policy has not", Q(BY(99), READS(CAT_ACCOUNT), FOR(P_RUN)), NO,
     "default.closed-world", 0},
    {"a role that was not found", Q(BY(POLICY_NONE), READS(CAT_ACCOUNT), FOR(P_RUN)), NO,
     "default.closed-world", 0},
    {"a category the policy has not", Q(BY(R_WEBSITE), READS(99), FOR(P_RUN)), NO,
     "default.closed-world", 0},
    {"reading the whole person at once", Q(BY(R_WEBSITE), READS(POLICY_NONE), FOR(P_RUN)), NO,
     "default.closed-world", 0},
    {"a role reads for retention", Q(BY(R_WEBSITE), READS(CAT_ACCOUNT), FOR(PURPOSE_RETENTION)),
     NO, "default.silence", 0},
    /* states */
    {"erased is erased", Q(BY(R_WEBSITE), READS(CAT_ACCOUNT), FOR(P_RUN),
     .person = PERSON_ERASED), NO, "default.state", 0},
    {"erased also for the person", Q(SELF, .act = ACT_EXPORT, .person = PERSON_ERASED), NO,
     "default.state", 0},
    {"held: the account is closed to everybody",
     Q(BY(R_WEBSITE), READS(CAT_ACCOUNT), FOR(P_RUN), .person = PERSON_HELD), NO, "default.state",
     0},
    {"held: the law's purpose goes on",
     Q(BY(R_BILLING), READS(CAT_INVOICE), FOR(P_TAX), TICKET, .person = PERSON_HELD), YES,
     "purposes.tax", 0x1f},
    {"held: the person may see what is left", Q(SELF, .act = ACT_EXPORT, .person = PERSON_HELD),
     YES, "rights.self", ALL},
    {"held: the sweep ends it",
     Q(BY(ACTOR_SYSTEM), .act = ACT_ERASE, FOR(PURPOSE_RETENTION), .person = PERSON_HELD), YES,
     "default.retention", ALL},
    {"restricted: website may not run the account",
     Q(BY(R_WEBSITE), READS(CAT_ACCOUNT), FOR(P_RUN), .restricted = true), NO, "rights.restrict",
     0},
    {"restricted: consent to the purpose lets it pass",
     Q(BY(R_MAILER), READS(CAT_ACCOUNT), FOR(P_NEWS), AGREED, .restricted = true,
       ONLY(M1(B_EMAIL))), YES, "purposes.news", 4},
    {"restricted: the law's purpose passes",
     Q(BY(R_BILLING), READS(CAT_INVOICE), FOR(P_TAX), TICKET, .restricted = true), YES,
     "purposes.tax", 0x1f},
    {"restricted: rights pass",
     Q(BY(R_PRIVACY), READS(CAT_ACCOUNT), FOR(PURPOSE_RIGHTS), CASE, .restricted = true), YES,
     "rights.self", 0x17},
    {"restricted: the sweep waits",
     Q(BY(ACTOR_SYSTEM), .act = ACT_ERASE, FOR(PURPOSE_RETENTION), .restricted = true), NO,
     "rights.restrict", 0},
    /* writing */
    {"website sets the password", Q(BY(R_WEBSITE), WRITES(CAT_ACCOUNT), FOR(P_RUN),
     ONLY(M1(B_PASSWORD))), YES, "roles.website", 8},
    {"helpdesk mends a name", Q(BY(R_HELPDESK), WRITES(CAT_ACCOUNT), FOR(P_SUPPORT), TICKET,
     ONLY(M1(B_LAST))), YES, "roles.helpdesk", 2},
    {"helpdesk sets a password", Q(BY(R_HELPDESK), WRITES(CAT_ACCOUNT), FOR(P_SUPPORT), TICKET,
     ONLY(M1(B_PASSWORD))), NO, "roles.helpdesk", 0},
    {"one field too many refuses the whole write",
     Q(BY(R_HELPDESK), WRITES(CAT_ACCOUNT), FOR(P_SUPPORT), TICKET, ONLY(M1(B_LAST) | M1(B_NICK))),
     NO, "roles.helpdesk", 0},
    {"billing writes an invoice", Q(BY(R_BILLING), WRITES(CAT_INVOICE), FOR(P_TAX), TICKET), YES,
     "roles.billing-clerk", 0x1f},
    {"billing may write a name, but not for tax",
     Q(BY(R_BILLING), WRITES(CAT_ACCOUNT), FOR(P_TAX), TICKET, ONLY(M1(B_FIRST))), NO,
     "purposes.tax", 0},
    {"mailer writes nothing", Q(BY(R_MAILER), WRITES(CAT_ACCOUNT), FOR(P_NEWS), AGREED,
     ONLY(M1(B_EMAIL))), NO, "roles.mailer", 0},
    {"card numbers are never stored", Q(BY(R_WEBSITE), WRITES(CAT_CARD), FOR(P_RUN), ONLY(1)), NO,
     "default.silence", 0},
    {"their last four digits are", Q(BY(R_WEBSITE), WRITES(CAT_CARD), FOR(P_RUN), ONLY(2)), YES,
     "roles.website", 2},
    {"a write of nothing", Q(BY(R_WEBSITE), WRITES(CAT_ACCOUNT), FOR(P_RUN), ONLY(0)), NO,
     "default.silence", 0},
    /* rights */
    {"a person reads their account", Q(SELF, READS(CAT_ACCOUNT)), YES, "rights.self", 0x17},
    {"a person reads their grades", Q(SELF, READS(CAT_GRADE)), YES, "rights.self", 7},
    {"a person reads somebody else's", Q(BY(ACTOR_SUBJECT), FOR(PURPOSE_RIGHTS),
     READS(CAT_ACCOUNT)), NO, "rights.self", 0},
    {"a person lists many people", Q(SELF, LISTS(CAT_ACCOUNT)), NO, "default.silence", 0},
    {"a person uses a purpose of the company", Q(BY(ACTOR_SUBJECT), .self = true,
     READS(CAT_ACCOUNT), FOR(P_RUN)), NO, "default.silence", 0},
    {"a person corrects a name", Q(SELF, WRITES(CAT_ACCOUNT), ONLY(M1(B_LAST))), YES,
     "rights.self", 2},
    {"a person marks their own paper", Q(SELF, WRITES(CAT_GRADE), ONLY(M1(B_MARK))), NO,
     "rights.self", 0},
    {"the website passes that on", Q(BY(R_WEBSITE), FOR(PURPOSE_RIGHTS), WRITES(CAT_GRADE),
     ONLY(M1(B_MARK))), NO, "rights.self", 0},
    {"the privacy desk, having looked, corrects it",
     Q(BY(R_PRIVACY), FOR(PURPOSE_RIGHTS), WRITES(CAT_GRADE), CASE, ONLY(M1(B_MARK))), YES,
     "rights.self", 2},
    {"nobody sets a password by rights",
     Q(BY(R_PRIVACY), FOR(PURPOSE_RIGHTS), WRITES(CAT_ACCOUNT), CASE, ONLY(M1(B_PASSWORD))), NO,
     "default.hash-only", 0},
    {"a person erases themself", Q(SELF, .act = ACT_ERASE), YES, "rights.self", ALL},
    {"a person erases a category", Q(SELF, .act = ACT_ERASE, .category = CAT_GRADE), YES,
     "rights.self", 7},
    {"a person takes everything along", Q(SELF, .act = ACT_EXPORT), YES, "rights.self", ALL},
    {"a person asks who touched what", Q(SELF, .act = ACT_DEEDS), YES, "rights.self", ALL},
    {"a person restricts", Q(SELF, .act = ACT_RESTRICT), YES, "rights.self", ALL},
    {"the privacy desk exports with a case",
     Q(BY(R_PRIVACY), .act = ACT_EXPORT, FOR(PURPOSE_RIGHTS), CASE), YES, "rights.self", ALL},
    {"the privacy desk without a case",
     Q(BY(R_PRIVACY), .act = ACT_EXPORT, FOR(PURPOSE_RIGHTS)), NO, "roles.privacy-desk.needs", 0},
    {"helpdesk exports", Q(BY(R_HELPDESK), .act = ACT_EXPORT, FOR(PURPOSE_RIGHTS), TICKET), NO,
     "roles.helpdesk", 0},
    {"helpdesk exports for support", Q(BY(R_HELPDESK), .act = ACT_EXPORT, FOR(P_SUPPORT), TICKET),
     NO, "default.silence", 0},
    {"helpdesk erases for support", Q(BY(R_HELPDESK), .act = ACT_ERASE, FOR(P_SUPPORT), TICKET),
     NO, "default.silence", 0},
    {"mirror passes on rights of the person in front of it only",
     Q(BY(R_MIRROR), .act = ACT_EXPORT, FOR(PURPOSE_RIGHTS)), NO, "roles.mirror", 0},
    /* consent */
    {"a person agrees to news", Q(SELF, .act = ACT_CONSENT, FOR(P_NEWS)), YES, "rights.self", ALL},
    {"the website passes an agreement on", Q(BY(R_WEBSITE), .act = ACT_CONSENT, FOR(P_NEWS)), YES,
     "rights.self", ALL},
    {"the website shows all consents", Q(BY(R_WEBSITE), .act = ACT_CONSENT, FOR(PURPOSE_RIGHTS)),
     YES, "rights.self", ALL},
    {"the mailer agrees with itself", Q(BY(R_MAILER), .act = ACT_CONSENT, FOR(P_NEWS)), NO,
     "roles.mailer", 0},
    {"agreeing to what rests on a contract", Q(SELF, .act = ACT_CONSENT, FOR(P_RUN)), NO,
     "purposes.run-account.basis", 0},
    /* collection points */
    {"the website registers somebody",
     Q(BY(R_WEBSITE), .act = ACT_COLLECT, .point = POINT_REGISTER, FOR(POLICY_NONE)), YES,
     "collect.register", ALL},
    {"any application is anyone",
     Q(BY(R_MAILER), .act = ACT_COLLECT, .point = POINT_REGISTER, FOR(P_RUN)), YES,
     "collect.register", ALL},
    {"staff are not anyone",
     Q(BY(R_HELPDESK), .act = ACT_COLLECT, .point = POINT_REGISTER, FOR(POLICY_NONE)), NO,
     "collect.register", 0},
    {"a point that does not exist",
     Q(BY(R_WEBSITE), .act = ACT_COLLECT, .point = POLICY_NONE, FOR(POLICY_NONE)), NO,
     "default.closed-world", 0},
    {"a purpose the point does not show",
     Q(BY(R_WEBSITE), .act = ACT_COLLECT, .point = POINT_REGISTER, FOR(P_NEWS)), NO,
     "collect.register", 0},
    {"a field the newsletter does not take",
     Q(BY(R_WEBSITE), .act = ACT_COLLECT, .point = POINT_NEWSLETTER, .category = CAT_ACCOUNT,
       ONLY(M1(B_EMAIL) | M1(B_LAST)), FOR(POLICY_NONE)), NO, "collect.newsletter", 0},
    {"the newsletter takes what it takes",
     Q(BY(R_WEBSITE), .act = ACT_COLLECT, .point = POINT_NEWSLETTER, .category = CAT_ACCOUNT,
       FOR(P_NEWS)), YES, "collect.newsletter", 5},
    {"teacher marks a paper of the own class",
     Q(BY(R_TEACHER), .act = ACT_COLLECT, .point = POINT_GRADE, FOR(P_TEACH), .related = true),
     YES, "collect.marking", ALL},
    {"teacher marks a paper of another class",
     Q(BY(R_TEACHER), .act = ACT_COLLECT, .point = POINT_GRADE, FOR(P_TEACH)), NO, "roles.teacher",
     0},
    {"a bill with the full card number",
     Q(BY(R_BILLING), .act = ACT_COLLECT, .point = POINT_BILL, .category = CAT_CARD, FOR(P_TAX),
       TICKET), NO, "default.silence", 0},
    /* events */
    {"the website tells that an account was closed",
     Q(BY(R_WEBSITE), .act = ACT_EVENT, .event = EV_CLOSED, FOR(PURPOSE_RETENTION)), YES,
     "roles.website", ALL},
    {"a teacher tells that a student left",
     Q(BY(R_TEACHER), .act = ACT_EVENT, .event = EV_LEFT, FOR(PURPOSE_RETENTION),
       .related = true), YES, "roles.teacher", ALL},
    {"a teacher tells that an account was closed",
     Q(BY(R_TEACHER), .act = ACT_EVENT, .event = EV_CLOSED, FOR(PURPOSE_RETENTION),
       .related = true), NO, "roles.teacher", 0},
    {"helpdesk writes accounts but not cards, which end with them",
     Q(BY(R_HELPDESK), .act = ACT_EVENT, .event = EV_CLOSED, FOR(P_SUPPORT), TICKET), NO,
     "roles.helpdesk", 0},
    {"an event nobody declared",
     Q(BY(R_WEBSITE), .act = ACT_EVENT, .event = 7, FOR(PURPOSE_RETENTION)), NO,
     "default.closed-world", 0},
    {"a restricted person's clock still starts",
     Q(BY(R_WEBSITE), .act = ACT_EVENT, .event = EV_CLOSED, FOR(PURPOSE_RETENTION),
       .restricted = true), YES, "roles.website", ALL},
    /* sending */
    {"the website passes a card number through to the bank",
     Q(BY(R_WEBSITE), SENDS(CAT_CARD, REC_BANK), FOR(P_RUN), ONLY(1)), YES, "recipients.bank", 1},
    {"all the bank gets of the card", Q(BY(R_WEBSITE), SENDS(CAT_CARD, REC_BANK), FOR(P_RUN)), YES,
     "recipients.bank", 3},
    {"billing sends the bank a total", Q(BY(R_BILLING), SENDS(CAT_INVOICE, REC_BANK), FOR(P_TAX), TICKET), YES,
     "recipients.bank", 4},
    {"and one field more", Q(BY(R_BILLING), SENDS(CAT_INVOICE, REC_BANK), FOR(P_TAX), TICKET,
     ONLY(M1(B_INV_TOTAL) | M1(B_INV_NAME))), NO, "recipients.bank", 0},
    {"what it gets is not used for the purpose",
     Q(BY(R_WEBSITE), SENDS(CAT_INVOICE, REC_BANK), FOR(P_RUN)), NO, "purposes.run-account", 0},
    {"nothing of a category it gets nothing of", Q(BY(R_WEBSITE), SENDS(CAT_ACCOUNT, REC_BANK), FOR(P_RUN)), NO,
     "recipients.bank", 0},
    {"a send of nothing", Q(BY(R_WEBSITE), SENDS(CAT_CARD, REC_BANK), FOR(P_RUN), ONLY(0)), NO, "default.silence", 0},
    {"without the role's task", Q(BY(R_BILLING), SENDS(CAT_INVOICE, REC_BANK), FOR(P_TAX)), NO,
     "roles.billing-clerk.needs", 0},
    {"for a purpose the role has not", Q(BY(R_HELPDESK), SENDS(CAT_INVOICE, REC_BANK), FOR(P_TAX), TICKET), NO,
     "roles.helpdesk", 0},
    {"for a purpose the bank has not", Q(BY(R_HELPDESK), SENDS(CAT_INVOICE, REC_BANK), FOR(P_SUPPORT), TICKET), NO,
     "recipients.bank", 0},
    {"nothing to a recipient that is stopped",
     Q(BY(R_WEBSITE), SENDS(CAT_CARD, REC_BANK), FOR(P_RUN), .suspended = true), NO, "recipients.bank", 0},
    {"to nobody the policy knows", Q(BY(R_WEBSITE), SENDS(CAT_CARD, REC_N), FOR(P_RUN)), NO, "default.closed-world", 0},
    {"of no category", Q(BY(R_WEBSITE), SENDS(POLICY_NONE, REC_BANK), FOR(P_RUN)), NO, "default.closed-world", 0},
    {"abroad, on a day all its papers hold",
     Q(BY(R_HELPDESK), SENDS(CAT_ACCOUNT, REC_DESK), FOR(P_SUPPORT), TICKET, ON_DAY(FIX_CLAUSES)), YES,
     "recipients.desk", 7},
    {"abroad, on their last day",
     Q(BY(R_HELPDESK), SENDS(CAT_ACCOUNT, REC_DESK), FOR(P_SUPPORT), TICKET, ON_DAY(FIX_TO)), YES, "recipients.desk", 7},
    {"abroad, a day later", Q(BY(R_HELPDESK), SENDS(CAT_ACCOUNT, REC_DESK), FOR(P_SUPPORT), TICKET, ON_DAY(FIX_TO + 1)),
     NO, "recipients.desk.assurances", 0},
    {"abroad, before the clauses", Q(BY(R_HELPDESK), SENDS(CAT_ACCOUNT, REC_DESK), FOR(P_SUPPORT), TICKET,
     ON_DAY(FIX_CLAUSES - 1)), NO, "recipients.desk.assurances", 0},
    {"abroad, and nobody knows the day", Q(BY(R_HELPDESK), SENDS(CAT_ACCOUNT, REC_DESK), FOR(P_SUPPORT), TICKET), NO,
     "recipients.desk.assurances", 0},
    {"to one on consent, with it", Q(BY(R_MAILER), SENDS(CAT_ACCOUNT, REC_COUNTER), FOR(P_NEWS), AGREED), YES,
     "recipients.counter", 4},
    {"and without", Q(BY(R_MAILER), SENDS(CAT_ACCOUNT, REC_COUNTER), FOR(P_NEWS)), NO, "purposes.news.basis", 0},
    {"of a restricted person", Q(BY(R_WEBSITE), SENDS(CAT_CARD, REC_BANK), FOR(P_RUN), .restricted = true), NO,
     "rights.restrict", 0},
    {"of somebody held for the law", Q(BY(R_WEBSITE), SENDS(CAT_CARD, REC_BANK), FOR(P_RUN), .person = PERSON_HELD), NO,
     "default.state", 0},
    {"no row goes out for totals", Q(BY(R_STATS), SENDS(CAT_USAGE, REC_COUNTER), FOR(P_IMPROVE)), NO,
     "purposes.improve", 0},
    {"what lies in memory alone", Q(BY(R_MAILER), SENDS(CAT_USAGE, REC_COUNTER), FOR(P_NEWS), AGREED), NO, "data.usage", 0},
    {"to a successor who has signed nothing", Q(BY(R_WEBSITE), SENDS(CAT_ACCOUNT, REC_NEW), FOR(P_RUN)), NO,
     "recipients.new", 0},
    {"to an authority, which signs nothing", Q(BY(R_BILLING), SENDS(CAT_INVOICE, REC_OFFICE), FOR(P_TAX), TICKET), YES,
     "recipients.office", 0x1f},
    {"sending is no right of a person", Q(SELF, SENDS(CAT_ACCOUNT, REC_COUNTER)), NO, "default.silence", 0},
    {"nor of a role that passes rights on", Q(BY(R_WEBSITE), SENDS(CAT_CARD, REC_BANK), FOR(PURPOSE_RIGHTS)), NO,
     "default.silence", 0},
    {"nor does the sweep send", Q(BY(ACTOR_SYSTEM), SENDS(CAT_CARD, REC_BANK), FOR(PURPOSE_RETENTION)), NO,
     "default.silence", 0},
    /* disclosing */
    {"a court's order", Q(BY(R_PRIVACY), DISCLOSES(CAT_ACCOUNT, G_ORDER), ORDER_PAPERS, CASE, .noticed = true), YES,
     "disclosure.order", 0x17},
    {"also of what is never opened", Q(BY(R_PRIVACY), DISCLOSES(CAT_GRADE, G_ORDER), ORDER_PAPERS, CASE, .gagged = true),
     YES, "disclosure.order", 7},
    {"also of somebody held, and restricted", Q(BY(R_PRIVACY), DISCLOSES(CAT_INVOICE, G_ORDER), ORDER_PAPERS, CASE,
     .gagged = true, .person = PERSON_HELD, .restricted = true), YES, "disclosure.order", 0x1f},
    {"neither told nor forbidden to tell", Q(BY(R_PRIVACY), DISCLOSES(CAT_ACCOUNT, G_ORDER), ORDER_PAPERS, CASE), NO,
     "disclosure.order", 0},
    {"without the law", Q(BY(R_PRIVACY), DISCLOSES(CAT_ACCOUNT, G_ORDER), LIES(PAPER(DOCUMENT)), .approvals = 2, CASE,
     .noticed = true), NO, "disclosure.order", 0},
    {"with one who agrees where two must", Q(BY(R_PRIVACY), DISCLOSES(CAT_ACCOUNT, G_ORDER),
     LIES(PAPER(DOCUMENT) | PAPER(LAW)), .approvals = 1, CASE, .noticed = true), NO, "disclosure.order.approve", 0},
    {"by a role that may not", Q(BY(R_MAILER), DISCLOSES(CAT_ACCOUNT, G_ORDER), ORDER_PAPERS, .noticed = true), NO,
     "disclosure.order", 0},
    {"without the role's case", Q(BY(R_PRIVACY), DISCLOSES(CAT_ACCOUNT, G_ORDER), ORDER_PAPERS, .noticed = true), NO,
     "roles.privacy-desk.needs", 0},
    {"of what lies in memory alone", Q(BY(R_PRIVACY), DISCLOSES(CAT_USAGE, G_ORDER), ORDER_PAPERS, CASE, .gagged = true),
     NO, "data.usage", 0},
    {"an e-mail address and a password", Q(BY(R_PRIVACY), DISCLOSES(CAT_ACCOUNT, G_ORDER), ORDER_PAPERS, CASE,
     .gagged = true, ONLY(0x0c)), PART, "default.hash-only", 4},
    {"a permission", Q(BY(R_PRIVACY), DISCLOSES(CAT_ACCOUNT, G_PERMISSION), LIES(PAPER(SCOPE)), .approvals = 1, AGREED,
     CASE, .noticed = true), YES, "disclosure.permission", 0x17},
    {"a permission that was taken back", Q(BY(R_PRIVACY), DISCLOSES(CAT_ACCOUNT, G_PERMISSION),
     LIES(PAPER(SCOPE) | PAPER(CONSENT)), .approvals = 1, .consent = CONSENT_WITHDRAWN, CASE, .noticed = true), NO,
     "disclosure.permission", 0},
    {"a permission opens no grades", Q(BY(R_PRIVACY), DISCLOSES(CAT_GRADE, G_PERMISSION), LIES(PAPER(SCOPE)),
     .approvals = 1, AGREED, CASE, .noticed = true), NO, "data.grade", 0},
    {"a gag does not do where telling is due", Q(BY(R_PRIVACY), DISCLOSES(CAT_ACCOUNT, G_PERMISSION), LIES(PAPER(SCOPE)),
     .approvals = 1, AGREED, CASE, .gagged = true), NO, "disclosure.permission", 0},
    {"danger, told later", Q(BY(R_HELPDESK), DISCLOSES(CAT_ACCOUNT, G_SAFETY), LIES(PAPER(REASONS))), YES,
     "disclosure.safety", 0x17},
    {"danger, of a restricted person", Q(BY(R_HELPDESK), DISCLOSES(CAT_ACCOUNT, G_SAFETY), LIES(PAPER(REASONS)),
     .restricted = true), NO, "rights.restrict", 0},
    {"danger, of somebody held for the law", Q(BY(R_HELPDESK), DISCLOSES(CAT_ACCOUNT, G_SAFETY), LIES(PAPER(REASONS)),
     .person = PERSON_HELD), NO, "default.state", 0},
    {"danger, of another class", Q(BY(R_TEACHER), DISCLOSES(CAT_ACCOUNT, G_SAFETY), LIES(PAPER(REASONS))), NO,
     "roles.teacher", 0},
    {"danger, and a number that is never stored", Q(BY(R_HELPDESK), DISCLOSES(CAT_CARD, G_SAFETY), LIES(PAPER(REASONS)),
     ONLY(1)), NO, "default.hash-only", 0},
    {"a ground that is not there", Q(BY(R_HELPDESK), DISCLOSES(CAT_ACCOUNT, G_N)), NO, "disclosure", 0},
    {"a ground and a purpose", Q(BY(R_HELPDESK), .act = ACT_DISCLOSE, .category = CAT_ACCOUNT, .ground = G_SAFETY,
     FOR(P_SUPPORT), TICKET, LIES(PAPER(REASONS))), NO, "default.silence", 0},
    {"the whole person at once", Q(BY(R_HELPDESK), DISCLOSES(POLICY_NONE, G_SAFETY), LIES(PAPER(REASONS))), NO,
     "default.closed-world", 0},
    {"an operator with an order", Q(BY(ACTOR_OPERATOR), DISCLOSES(CAT_ACCOUNT, G_ORDER), ORDER_PAPERS), NO,
     "default.operator", 0},
    /* cookies */
    {"a cookie that is needed", Q(BY(R_WEBSITE), SETS(COOKIE_SID)), YES, "cookies.sid", ALL},
    {"one that counts, without consent", Q(BY(R_WEBSITE), SETS(COOKIE_SEEN)), NO, "purposes.news.basis", 0},
    {"with it", Q(BY(R_WEBSITE), SETS(COOKIE_SEEN), AGREED), YES, "cookies.seen", ALL},
    {"with it, against the browser's signal", Q(BY(R_WEBSITE), SETS(COOKIE_SEEN), AGREED, .signal = true), NO,
     "cookies.seen", 0},
    {"what is needed is set whatever a browser signals", Q(BY(R_WEBSITE), SETS(COOKIE_SID), .signal = true), YES,
     "cookies.sid", ALL},
    {"on a consent to something else", Q(BY(R_WEBSITE), .act = ACT_COOKIE, .cookie = COOKIE_SEEN, FOR(P_RUN), AGREED), NO,
     "cookies.seen", 0},
    {"one that is not listed", Q(BY(R_WEBSITE), SETS(COOKIE_N)), NO, "default.closed-world", 0},
    {"by nobody we know", Q(BY(R_N), SETS(COOKIE_SID)), NO, "default.closed-world", 0},
    /* neither role nor person */
    {"the operator reads", Q(BY(ACTOR_OPERATOR), READS(CAT_ACCOUNT), FOR(P_RUN)), NO,
     "default.operator", 0},
    {"the operator erases", Q(BY(ACTOR_OPERATOR), .act = ACT_ERASE, FOR(PURPOSE_RETENTION)), NO,
     "default.operator", 0},
    {"the sweep erases a category",
     Q(BY(ACTOR_SYSTEM), .act = ACT_ERASE, .category = CAT_USAGE, FOR(PURPOSE_RETENTION)), YES,
     "default.retention", 3},
    {"the sweep reads", Q(BY(ACTOR_SYSTEM), READS(CAT_USAGE), FOR(PURPOSE_RETENTION)), NO,
     "default.silence", 0},
    {"the system uses a person's rights", Q(BY(ACTOR_SYSTEM), .act = ACT_ERASE,
     FOR(PURPOSE_RIGHTS)), NO, "default.silence", 0},
    {"a role erases for retention", Q(BY(R_WEBSITE), .act = ACT_ERASE, FOR(PURPOSE_RETENTION)), NO,
     "default.silence", 0},
    {"an act that does not exist", Q(BY(R_WEBSITE), .act = ACT_COUNT, FOR(P_RUN)), NO,
     "default.closed-world", 0},
};

static void
table_answers(void **state)
{
    (void)state;
    const struct policy *policy = fixture_policy();
    int bad = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct policy_verdict got;
        policy_decide(policy, &row->q, &got);
        struct span rule = policy_rule_name(policy, got.rule);
        if (got.answer == row->answer && got.fields == row->fields && span_is(rule, row->rule))
            continue;
        print_error("%s: got %d %.*s %#llx, wanted %d %s %#llx\n", row->says, (int)got.answer,
                    SPAN_FMT(rule), (unsigned long long)got.fields, (int)row->answer, row->rule,
                    (unsigned long long)row->fields);
        bad++;
    }
    print_message("%zu questions with hand-written answers\n", sizeof rows / sizeof rows[0]);
    assert_int_equal(bad, 0);
}

static int
by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Goal G6: at most 150 ns. Machines are noisy, so only far more than that is a fault. */
static void
decides_fast(void **state)
{
    (void)state;
    enum { ROUNDS = 2000, RUNS = 7 };
    size_t count = sizeof rows / sizeof rows[0];
    const struct policy *policy = fixture_policy();
    int64_t ns[RUNS];
    uint64_t sum = 0;
    for (int run = 0; run < RUNS; run++) {
        int64_t begin = clock_mono_us();
        for (int round = 0; round < ROUNDS; round++)
            for (size_t i = 0; i < count; i++) {
                struct policy_verdict got;
                policy_decide(policy, &rows[i].q, &got);
                sum += got.rule;
            }
        ns[run] = (clock_mono_us() - begin) * 1000 / (ROUNDS * (int64_t)count);
    }
    qsort(ns, RUNS, sizeof ns[0], by_size);
    print_message("one decision: %lld ns (median of %d; %lld to %lld), check %llu\n",
                  (long long)ns[RUNS / 2], RUNS, (long long)ns[0], (long long)ns[RUNS - 1],
                  (unsigned long long)sum);
    assert_true(ns[RUNS / 2] <= 2000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_answers),
        cmocka_unit_test(decides_fast),
    };
    return cmocka_run_group_tests_name("policy decide", tests, NULL, NULL);
}
