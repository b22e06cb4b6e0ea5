#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* A question in words, and the whole answer in words. */
static const struct {
    const char *asks, *answers;
} rows[] = {
    {"may helpdesk read account.email of a user for support with a ticket",
     "Yes: the helpdesk may read account.email for support (purposes.support)."},
    {"helpdesk read account.email for support with ticket",
     "Yes: the helpdesk may read account.email for support (purposes.support)."},
    {"May the helpdesk see the account of a user, for support, with a ticket?",
     "In part: the helpdesk may read account.first-name, account.last-name and account.email for "
     "support, but the rest is not used for it (purposes.support)."},
    {"may helpdesk read account.email for support",
     "No: support is done only for a ticket, and none was named (purposes.support.needs)."},
    {"may helpdesk read account.email for support with a case",
     "No: support is done only for a ticket, and a case was named instead "
     "(purposes.support.needs)."},
    {"may helpdesk read account.email for support with a task",
     "No: support is done only for a ticket, and what was named is none "
     "(purposes.support.needs)."},
    {"may helpdesk read account.nickname for support with a ticket",
     "No: support does not use account.nickname (purposes.support)."},
    {"may helpdesk read account for news with consent",
     "No: the helpdesk does nothing for news (roles.helpdesk)."},
    {"may mailer read account for news with consent",
     "In part: the mailer may read account.first-name and account.email for news, but the rest is "
     "not used for it (purposes.news)."},
    {"may mailer read account.email and account.first-name for news without consent",
     "No: news rests on the person's consent, and the person was never asked or never answered "
     "(purposes.news.basis)."},
    {"may mailer read account.email for news with pending consent",
     "No: news rests on the person's consent, and the person has not confirmed it yet "
     "(purposes.news.basis)."},
    {"may mailer read account.email for news with withdrawn consent",
     "No: news rests on the person's consent, and the person has taken it back "
     "(purposes.news.basis)."},
    {"may mailer consent for news",
     "No: the mailer does not handle what people ask for as their right (roles.mailer)."},
    {"may the person export", "Yes: the person may export everything for the person's own rights "
                              "(rights.self)."},
    {"may user export account", "Yes: the person may export account for the person's own rights "
                                "(rights.self)."},
    {"may the person erase everything while held",
     "Yes: the person may erase everything for the person's own rights (rights.self)."},
    {"may the person export while erased",
     "No: this person's data are erased (default.state)."},
    {"may the person see deeds", "Yes: the person may see who touched the person's data for the "
                                 "person's own rights (rights.self)."},
    {"may the person consent to news", "Yes: the person may give, withdraw or see consent for news "
                                       "(rights.self)."},
    {"may the person give consent to tax",
     "No: tax does not rest on consent, so a yes or no to it would decide nothing "
     "(purposes.tax.basis)."},
    {"may the person list account",
     "No: this is not among a person's rights over their own data (default.silence)."},
    {"may the person correct grade.mark",
     "No: a person's grade is also somebody else's statement, so a member of staff has to look "
     "before it is changed (rights.self)."},
    {"may privacy-desk correct grade.mark of a student for rights with a case",
     "Yes: the privacy desk may write grade.mark for the person's own rights (rights.self)."},
    {"may privacy-desk export with a ticket",
     "No: the privacy desk does this only for a case, and a ticket was named instead "
     "(roles.privacy-desk.needs)."},
    {"may website collect register",
     "Yes: the website may take in what comes through register (collect.register)."},
    {"may helpdesk collect register",
     "No: the helpdesk is not among those who may hand something in there (collect.register)."},
    {"may website collect newsletter account.last-name",
     "No: that collection point does not take all of these fields (collect.newsletter)."},
    {"may billing-clerk list invoice for tax with a task",
     "Yes: the billing clerk may list invoice for tax (purposes.tax)."},
    {"may billing-clerk list invoice for tax",
     "No: the billing clerk does this only for a task, and none was named "
     "(roles.billing-clerk.needs)."},
    {"may billing-clerk read invoice of a user who is held for tax with a task",
     "Yes: the billing clerk may read invoice for tax (purposes.tax)."},
    {"may website read account for run-account",
     "Yes: the website may read account.first-name, account.last-name, account.email and "
     "account.nickname for run-account (purposes.run-account)."},
    {"may website read account.email, account.password for run-account",
     "In part: the website may read account.email for run-account, but the rest is kept in a form "
     "that nobody can read (default.hash-only)."},
    {"may website read account.password for run-account",
     "No: it is kept only in a scrambled form that nobody can read or set for another "
     "(default.hash-only)."},
    {"may website read account", "No: no purpose of the policy was named, and nothing happens "
                                 "without one (default.closed-world)."},
    {"may website read account for run-account while restricted",
     "No: the person has had the use of their data stopped, and run-account has to wait "
     "(rights.restrict)."},
    {"may website read account for run-account of a user who is held",
     "No: this person's data are held only because the law asks for it, and run-account is not "
     "what the law asks for (default.state)."},
    {"may website erase for run-account",
     "No: this is done only when the person asks for it as their right (default.silence)."},
    {"may website set account.password for run-account",
     "Yes: the website may write account.password for run-account (roles.website)."},
    {"may helpdesk change account.email, account.password for support with a ticket",
     "No: the helpdesk does not write account.password, and a write is done whole or not at all "
     "(roles.helpdesk)."},
    {"may teacher read grade for teach",
     "No: the teacher is limited to their own class, and that this person is among them was not "
     "shown (roles.teacher)."},
    {"may teacher read grade of own class for teach",
     "Yes: the teacher may read grade for teach (purposes.teach)."},
    {"may teacher read grade of a student for teach with relation",
     "Yes: the teacher may read grade for teach (purposes.teach)."},
    {"may mirror export of themself",
     "Yes: the mirror may export everything for the person's own rights (rights.self)."},
    {"may mirror export of another user",
     "No: the mirror is limited to the person who is there themself, and that this person is "
     "among them was not shown (roles.mirror)."},
    {"may statistics read usage for improve",
     "No: improve looks at totals only, never at one person (purposes.improve)."},
    {"may website tell closed", "Yes: the website may tell \"closed\" for ending what is over "
                                "(roles.website)."},
    {"may helpdesk tell closed", "No: the helpdesk does not write all the data whose time would "
                                 "begin to run (roles.helpdesk)."},
    {"may system erase usage",
     "Yes: the server itself may erase usage for ending what is over (default.retention)."},
    {"may system read usage", "No: the server by itself only erases what is over "
                              "(default.silence)."},
    {"may operator read account for run-account",
     "No: whoever runs the server never touches personal data (default.operator)."},
    {"may website restrict", "Yes: the website may restrict the use of the person's data, or lift "
                             "that for the person's own rights (rights.self)."},
    {"may website write card.number for run-account",
     "No: a field among these is never stored (default.silence)."},
    /* what leaves the house */
    {"may website send card.number to bank for run-account of a customer",
     "Yes: the website may send card.number to bank for run-account (recipients.bank)."},
    {"may website send card to bank for run-account",
     "Yes: the website may send card to bank for run-account (recipients.bank)."},
    {"may billing-clerk send invoice to the bank for tax with a task",
     "Yes: the billing clerk may send invoice.total to bank for tax (recipients.bank)."},
    {"may billing-clerk send invoice.total and invoice.name to bank for tax with a task",
     "No: bank does not get invoice.name, and what is sent is sent whole or not at all (recipients.bank)."},
    {"may website send account to bank for run-account", "No: bank does not get account (recipients.bank)."},
    {"may website send invoice.total to bank for run-account",
     "No: run-account does not use invoice.total (purposes.run-account)."},
    {"may website send card.number to bank for run-account while suspended",
     "No: nothing is sent to bank for now (recipients.bank)."},
    {"may website send account.email to new for run-account",
     "No: new has signed no terms, and nothing is sent before (recipients.new)."},
    {"may helpdesk send account.email to desk for support with a ticket",
     "No: what desk rests on holds for a time only, and no day was named (recipients.desk.assurances)."},
    {"may helpdesk send account.email to desk on 2026-02-16 for support with a ticket",
     "Yes: the helpdesk may send account.email to desk for support (recipients.desk)."},
    {"may helpdesk send account.email to desk on 2036-02-15 for support with a ticket",
     "No: what desk rests on does not hold on that day (recipients.desk.assurances)."},
    {"may helpdesk send invoice.number to bank for support with a ticket",
     "No: bank is given nothing for support (recipients.bank)."},
    {"may mailer send usage to counter for news with consent",
     "No: nobody here could hand on usage: it is not ours to read, or lies in memory alone (data.usage)."},
    {"may mailer send account.email to counter for news",
     "No: news rests on the person's consent, and the person was never asked or never answered "
     "(purposes.news.basis)."},
    {"may the person send account to bank", "No: this is not among a person's rights over their own data "
                                            "(default.silence)."},
    {"may privacy-desk disclose account on order with document, law, 2 approvals, told, case",
     "Yes: the privacy desk may hand over account.first-name, account.last-name, account.email and "
     "account.nickname on order (disclosure.order)."},
    {"may privacy-desk disclose grade on order with document, law and 2 approvals, a case and a gag",
     "Yes: the privacy desk may hand over grade on order (disclosure.order)."},
    {"may privacy-desk disclose account on order with document, 2 approvals, told, case",
     "No: order also needs law to lie there, and nothing of the kind does (disclosure.order)."},
    {"may privacy-desk disclose account on order with 2 approvals, told, case",
     "No: order also needs document and law to lie there, and nothing of the kind does (disclosure.order)."},
    {"may privacy-desk disclose account on order with document, law, approval, told, case",
     "No: two other people must agree besides who asks, and only one did (disclosure.order.approve)."},
    {"may privacy-desk disclose account on permission with scope, told, case",
     "No: one other person must agree besides who asks, and nobody did (disclosure.permission.approve)."},
    {"may privacy-desk disclose account on order with document, law, 2 approvals, case",
     "No: the person was not told, and no dated order forbids it (disclosure.order)."},
    {"may privacy-desk disclose account on permission with scope, consent, 1 approval, case",
     "No: the person has to be told first, and was not (disclosure.permission)."},
    {"may privacy-desk disclose account on permission with scope, 1 approval, case",
     "No: permission rests on the person's consent, and the person has not agreed (disclosure.permission)."},
    {"may privacy-desk disclose grade on permission with scope, consent, 1 approval, case, told",
     "No: grade is not opened on permission (data.grade)."},
    {"may mailer disclose account on order with document, law, 2 approvals, told",
     "No: the mailer is not among those who may hand anything over on order (disclosure.order)."},
    {"may helpdesk disclose account on safety with reasons while restricted",
     "No: the person has had the use of their data stopped, and safety is no order that nobody may refuse "
     "(rights.restrict)."},
    {"may helpdesk disclose account with reasons",
     "No: this is none of the grounds on which anything is handed over (disclosure)."},
    {"may helpdesk disclose account on safety for support with reasons",
     "No: what is handed over rests on a ground, and no purpose stands beside it (default.silence)."},
    {"may website set sid", "Yes: the website may set sid (cookies.sid)."},
    {"may website set seen", "No: news rests on the person's consent, and the person was never asked or never "
                             "answered (purposes.news.basis)."},
    {"may website set the cookie seen with consent", "Yes: the website may set seen (cookies.seen)."},
    {"may website set seen with consent and signal",
     "No: the browser signals that it wants no such thing, and that counts more than an older yes (cookies.seen)."},
    {"may website set seen for tax with consent", "No: this cookie does not serve tax (cookies.seen)."},
};

/* Sentences that are none: the word is named, and what should stand there. */
static const struct {
    const char *asks, *word, *wants;
} faults[] = {
    {"", "ends", "role"},
    {"may", "ends", "role"},
    {"may helpdsk read account for support", "\"helpdsk\"", "role"},
    {"may helpdesk", "ends", "deed"},
    {"may helpdesk sniff account", "\"sniff\"", "deed"},
    {"may helpdesk read", "ends", "category"},
    {"may helpdesk read for support", "\"for\"", "category"},
    {"may helpdesk read account.emial for support", "\"account.emial\"", "field"},
    {"may helpdesk read email for support", "\"email\"", "field"},
    {"may helpdesk read account.email invoice.number for support", "\"invoice.number\"",
     "one category"},
    {"may helpdesk read account for advertising", "\"advertising\"", "purpose"},
    {"may helpdesk read account for", "ends", "purpose"},
    {"may helpdesk read account of a visitor for support", "\"visitor\"", "kind of person"},
    {"may teacher read grade of a customer for teach", "\"customer\"", "about"},
    {"may helpdesk read account for support with a docket", "\"docket\"", "task"},
    {"may helpdesk read account for support with", "ends", "task"},
    {"may helpdesk read account for support with pending ticket", "\"ticket\"", "consent"},
    {"may helpdesk read account for support while asleep", "\"asleep\"", "restricted"},
    {"may helpdesk read account for support quickly", "\"quickly\"", "with"},
    {"may website collect", "ends", "collection point"},
    {"may website collect registr", "\"registr\"", "collection point"},
    {"may website tell opened", "\"opened\"", "event"},
    {"may person give account", "\"account\"", "consent"},
    {"may website send", "ends", "category"},
    {"may website send card.number for run-account", "ends", "recipient"},
    {"may website send card.number to banc for run-account", "\"banc\"", "recipient"},
    {"may website send card.number to bank on tuesday", "\"tuesday\"", "day"},
    {"may helpdesk disclose account on suspicion", "\"suspicion\"", "ground"},
    {"may helpdesk disclose on safety", "\"on\"", "category"},
    {"may helpdesk disclose account on safety with 2 witnesses", "\"witnesses\"", "approvals"},
    {"may helpdesk disclose account on safety with signal", "\"signal\"", "task"},
    {"may website set cookie crumbs", "\"crumbs\"", "cookie"},
    {"may helpdesk read account on order", "\"on\"", "server"},
    {"may website read account for run-account while suspended", "\"suspended\"", "restricted"},
};

static void
sentences_answered(void **state)
{
    (void)state;
    const struct policy *policy = fixture_policy();
    int bad = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_question q;
        struct policy_verdict verdict;
        struct err err = {0};
        char text[600];
        struct buf out;
        buf_init(&out, text, sizeof text);
        if (!policy_ask_read(policy, span_str(rows[i].asks), &q, &err)) {
            print_error("%s\n  not read: %s\n", rows[i].asks, err.text);
            bad++;
            continue;
        }
        policy_decide(policy, &q, &verdict);
        policy_explain(policy, &q, &verdict, &out);
        if (!buf_ok(&out) || !span_is(buf_span(&out), rows[i].answers)) {
            print_error("%s\n  got:    %.*s\n  wanted: %s\n", rows[i].asks,
                        SPAN_FMT(buf_span(&out)), rows[i].answers);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

static void
faults_named(void **state)
{
    (void)state;
    const struct policy *policy = fixture_policy();
    int bad = 0;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct policy_question q = {.role = 77};
        struct err err = {0};
        bool read = policy_ask_read(policy, span_str(faults[i].asks), &q, &err);
        if (read || err.code != ERR_USAGE || strstr(err.text, faults[i].word) == NULL ||
            strstr(err.text, faults[i].wants) == NULL || q.role != 77) {
            print_error("\"%s\": %s\n", faults[i].asks, read ? "was read" : err.text);
            bad++;
        }
    }
    assert_int_equal(bad, 0);
}

/* Whatever is asked gets a sentence that begins with the answer, ends with the rule, and fits a line or two. */
static void
every_answer_has_words(void **state)
{
    (void)state;
    const struct policy *policy = fixture_policy();
    long count = 0;
    for (int i = 0; i < 15 * 12 * ACT_COUNT * 9 * 4; i++) {
        struct policy_question q = {
            .recipient = i % 7 - 1, .ground = i % 5 - 1, .cookie = i % 4 - 1, .day = i % 3 == 0 ? 0 : FIX_CLAUSES,
            .evidence = (unsigned)(i % 251), .approvals = i % 4 - 1, .noticed = i % 5 < 2, .gagged = i % 7 == 0,
            .signal = i % 2 == 0, .suspended = i % 17 == 0,
            .role = i % 15 - 5, .purpose = i / 15 % 12 - 4, .point = i % 6 - 1, .event = i % 4 - 1,
            .act = (enum policy_act)(i / 180 % ACT_COUNT), .category = i / 180 / ACT_COUNT % 9 - 2,
            .fields = i % 3 == 0 ? UINT64_MAX : (uint64_t)(i % 37),
            .consent = (enum policy_consent_state)(i % 5), .self = i % 7 < 5, .related = i % 2 == 0,
            .has_task = i % 4 != 0, .task = i % 3 - 1, .restricted = i % 11 == 0,
            .person = (enum policy_person_state)(i % 13 == 0 ? 1 : i % 29 == 0 ? 2 : 0)};
        struct policy_verdict verdict;
        char text[600];
        struct buf out;
        buf_init(&out, text, sizeof text);
        policy_decide(policy, &q, &verdict);
        policy_explain(policy, &q, &verdict, &out);
        const char *begins = verdict.answer == ANSWER_ALLOW   ? "Yes: "
                             : verdict.answer == ANSWER_REFUSE ? "No: "
                                                              : "In part: ";
        assert_true(buf_ok(&out) && out.n < 400);
        assert_true(span_starts(buf_span(&out), span_str(begins)));
        assert_true(span_ends(buf_span(&out), SPAN(").")));
        count++;
    }
    print_message("%ld answers in words\n", count);
}

/* A verdict this room did not make (no token) is told without inventing a reason. */
static void
foreign_verdict(void **state)
{
    (void)state;
    const struct policy *policy = fixture_policy();
    struct policy_question q = {.act = ACT_READ, .role = R_WEBSITE, .purpose = P_RUN,
                                .category = CAT_ACCOUNT, .fields = UINT64_MAX};
    struct policy_verdict verdict = {ANSWER_REFUSE, RULE_TOKEN, 0};
    char text[200];
    struct buf out;
    buf_init(&out, text, sizeof text);
    policy_explain(policy, &q, &verdict, &out);
    assert_true(span_is(buf_span(&out),
                        "No: the policy does not say that this may be (default.token)."));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_answered),
        cmocka_unit_test(faults_named),
        cmocka_unit_test(every_answer_has_words),
        cmocka_unit_test(foreign_verdict),
    };
    return cmocka_run_group_tests_name("policy ask", tests, NULL, NULL);
}
