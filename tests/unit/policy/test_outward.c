/*
 * What leaves the house, from the file (tests/policy/outward.yaml) to the tables, the page, JSON, the hash and the day it
 * is judged by. What the decision says of it stands in test_decide.c, how faults are told in faults.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "files.h"
#include "policy/decide.h"
#include "policy/diff.h"
#include "policy/page.h"
#include "policy/value_priv.h"
#include "wire/json.h"
#include "wire/text.h"

enum { TEXT = 1 << 18 };
static char base[1 << 16];
static struct policy *policy;

static int
open_policy(void **state)
{
    (void)state;
    struct span text = file_text("tests/policy/outward.yaml");
    assert_true(span_copy(text, base, sizeof base));
    policy = file_policy(span_str(base), "outward.yaml");
    if (policy == NULL || files_faults.count > 0)
        print_error("%.*s", SPAN_FMT(faults_text()));
    return policy == NULL || files_faults.count > 0;
}

static int
close_policy(void **state)
{
    (void)state;
    policy_free(&policy);
    policy_faults_close(&files_faults);
    return 0;
}

/* The file with the first `from` replaced. */
static struct span
changed(const char *from, const char *to)
{
    static char text[1 << 16];
    const char *at = strstr(base, from);
    if (at == NULL)
        fail_msg("the file has no \"%s\"", from);
    int n = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - base), base, to, at + strlen(from));
    assert_true(n > 0 && (size_t)n < sizeof text);
    return span_of(text, (size_t)n);
}

static const struct policy_recipient *
recipient(const char *name)
{
    int i = policy_recipient_find(policy, span_str(name));
    assert_true(i >= 0);
    return &policy->recipients[i];
}

static void
tables_say_what_the_file_says(void **state)
{
    (void)state;
    const struct policy_recipient *payments = recipient("payments"), *desk = recipient("desk-abroad");
    int invoice = policy_category_find(policy, SPAN("invoice")), card = policy_category_find(policy, SPAN("card"));
    int account = policy_category_find(policy, SPAN("account"));
    assert_int_equal(policy->recipient_count, 6);
    assert_true(span_is(payments->legal_name, "Example Payments Ltd") && span_is(payments->country, "IE"));
    assert_int_equal(payments->role, RECIPIENT_PROCESSOR);
    assert_int_equal(payments->assurance_count, 3);
    assert_int_equal(payments->assurances[1].to_days, date_days(2027, 12, 31));
    assert_true(span_is(payments->assurances[2].name, "PCI DSS"));
    assert_int_equal(payments->signed_days, date_days(2025, 12, 10));
    assert_int_equal(payments->gets[card], 1); /* the number, which is the first field, and not the last four digits */
    assert_int_equal(payments->gets[invoice], 2);
    assert_true(policy_bit(&payments->purposes, policy_purpose_find(policy, SPAN("purchase"))));
    assert_int_equal(payments->controls.level[CONTROL_AT_REST], 3);
    assert_int_equal(payments->controls.level[CONTROL_LOGGING], 0);
    assert_true(!payments->keeps.set && payments->keeps_law.n > 0);
    assert_true(!payments->abroad && desk->abroad);
    assert_int_equal(desk->acknowledge.days, 3);
    assert_true(span_is(desk->erase_by, "webhook"));
    assert_int_equal(recipient("printer")->part_of, policy_recipient_find(policy, SPAN("payments")));
    assert_int_equal(policy->fields[policy_field_find(policy, SPAN("card.number"))].pass_to,
                     policy_recipient_find(policy, SPAN("payments")));
    assert_true(policy->disclosure_set && policy->ground_count == 3);
    const struct policy_ground *order = &policy->grounds[policy_ground_find(policy, SPAN("order"))];
    assert_int_equal(order->evidence, 1u << EVIDENCE_DOCUMENT | 1u << EVIDENCE_LAW | 1u << EVIDENCE_SCOPE);
    assert_true(order->binding && order->approvals == 2 && order->notice == NOTICE_AFTER_GAG);
    assert_true(policy->categories[invoice].disclose_never && policy->categories[card].disclose_never);
    assert_true(policy->categories[account].disclose_narrow && !policy->categories[account].disclose_never);
    const struct policy_cookie *tally = &policy->cookies[policy_cookie_find(policy, SPAN("Tally_1"))];
    assert_true(tally->signal_off && tally->script_count == 2 && tally->by == policy_recipient_find(policy,
                                                                                                    SPAN("counter")));
    assert_int_equal(policy->cookies[policy_cookie_find(policy, SPAN("basket"))].kind, COOKIE_LOCAL);
    assert_true(policy->controls_set && policy->controls.level[CONTROL_TRANSPORT] == 3);
    assert_int_equal(policy->sell_count, 2);
    assert_int_equal(policy->office_count, 1);
    assert_true(span_is(policy->hosts[0].certificate, "ISO 27001") && policy->hosts[1].certificate.n == 0);
    assert_int_equal(policy->unkept_count, 0);
}

/* "account" in `gets` is what can be read of it: no password, and no number that passes to somebody else. */
static void
a_whole_category_is_what_can_be_read(void **state)
{
    (void)state;
    struct policy *other = file_policy(changed("gets: [account.name, account.email]", "gets: [account]"), "whole.yaml");
    if (other == NULL)
        fail_msg("%.*s", SPAN_FMT(faults_text()));
    const struct policy_recipient *r = &other->recipients[policy_recipient_find(other, SPAN("buyer-to-come"))];
    int account = policy_category_find(other, SPAN("account"));
    assert_true(r->gets[account] == other->categories[account].readable);
    policy_free(&other);
}

/* Each makes another policy of it; the first two are the same in other words. */
static void
each_key_is_in_the_hash(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"gets: [card.number, invoice.total]", "gets: [invoice.total, card.number]"},
        {"disclose: []", "disclose: never"},
        {"name: Example Payments Ltd", "name: Other Payments Ltd"},
        {"class: payment provider", "class: bank"},
        {"country: FR", "country: DE"},
        {"role: joint", "role: controller"},
        {"task: counts visits", "task: counts people"},
        {"gets: [note.text, account.email]", "gets: [note.text]"},
        {"{transport: 3, at-rest: 3, access: 2, audit: 1}", "{transport: 3, at-rest: 2, access: 2, audit: 1}"},
        {"from: 2026-02-01, to: 2027-06-30", "from: 2026-02-01, to: 2027-07-30"},
        {"name: PCI DSS,", "name: PCI,"},
        {"evidence: contracts/printer.pdf", "evidence: contracts/paper.pdf"},
        {"signed: 2026-01-10", "signed: 2026-01-11"},
        {"keeps: 90 days", "keeps: 91 days"},
        {"keeps-law: as this policy asks", "keeps-law: as it likes"},
        {"erase-by: email", "erase-by: post"},
        {"acknowledge: 3 days", "acknowledge: 4 days"},
        {"terms: https://tally.example/privacy", "terms: https://tally.example/terms"},
        {"opt-out?lang=en", "opt-out"},
        {"    part-of: payments\n", ""},
        {"evidence: [consent, scope]", "evidence: [scope]"},
        {"approve: 0", "approve: 1"},
        {"by: [legal-desk, night-desk]", "by: [legal-desk]"},
        {"notice: after,", "notice: before,"},
        {", binding: yes", ""},
        {"review: 72 hours", "review: 24 hours"},
        {"says: you told us to", "says: you asked us to"},
        {"disclose: [permission, safety]", "disclose: [permission]"},
        {"store: never, to: payments", "store: never"},
        {"kind: embed, ", "kind: pixel, "},
        {"kind: embed, life: session, purpose: count, by: counter", "life: session, purpose: count"},
        {"https://cdn.tally.example:8443", "https://cdn.tally.example"},
        {", signal: off", ""},
        {"sells-to: [IE, DE]", "sells-to: [IE]"},
        {"Small Ltd, Box 1", "Small Ltd, Box 2"},
        {"audit: 1}\npeople", "audit: 0}\npeople"},
        {"to: 2028-05-31", "to: 2029-05-31"},
    };
    enum { COUNT = sizeof rows / sizeof rows[0], SAME = 2 };
    static uint8_t hashes[COUNT][32];
    for (int i = 0; i < COUNT; i++) {
        const char *to = rows[i][1];
        struct span text = changed(rows[i][0], to);
        char twice[1 << 16];
        if (strcmp(to, "store: never") == 0) { /* then nobody gets it either */
            assert_true(span_copy(text, twice, sizeof twice));
            char *at = strstr(twice, "card.number, invoice");
            assert_non_null(at);
            memmove(at, at + strlen("card.number, "), strlen(at + strlen("card.number, ")) + 1);
            text = span_str(twice);
        }
        struct policy *other = file_policy(text, "hash.yaml");
        if (other == NULL)
            fail_msg("%s: %.*s", to, SPAN_FMT(faults_text()));
        memcpy(hashes[i], other->hash, 32);
        bool same = memcmp(other->hash, policy->hash, 32) == 0;
        if (same != (i < SAME))
            fail_msg("`%s` and `%s` have %s hash", rows[i][0], to, same ? "one" : "another");
        for (int j = SAME; j < i; j++)
            if (memcmp(hashes[i], hashes[j], 32) == 0)
                fail_msg("`%s` and `%s` have one hash", to, rows[j][1]);
        policy_free(&other);
    }
}

/* --- the page --------------------------------------------------------------------- */

static char memory[TEXT];

/* Dates without what marks them for machines, so that sentences can be looked for whole. */
static void
times_drop(void)
{
    char *to = memory;
    for (const char *from = memory; *from != '\0';) {
        if (strncmp(from, "<time ", 6) == 0 || strncmp(from, "</time>", 7) == 0)
            from = strchr(from, '>') + 1;
        else
            *to++ = *from++;
    }
    *to = '\0';
}

/* PAGE_FORMS: the JSON */
static void
page(enum page_form form, const struct policy *of)
{
    const struct page_look look = {.form = form};
    struct buf out;
    buf_init(&out, memory, sizeof memory - 1);
    if (form == PAGE_FORMS)
        policy_page_json(of, &out);
    else
        policy_page(of, &look, &out);
    assert_true(buf_ok(&out));
    memory[out.n] = '\0';
    times_drop();
}

static void
must(const char *const *all)
{
    for (; *all != NULL; all++)
        if (strstr(memory, *all) == NULL)
            fail_msg("the page lacks: %s", *all);
}

static void
the_page_names_who_gets_what(void **state)
{
    (void)state;
    static const char *const html[] = {
        "<h2 id=\"recipients\">Who else gets it</h2>", "Example Payments Ltd (Ireland), payment provider: works for us",
        "your card (card number)", "your invoices (amount)", "authorises your card: <a href=\"#purpose-purchase\">",
        "as the law on payment services of IE asks", "at most 30 days after it has done its task",
        "we tell it by e-mail; it must say within 7 days that it has done the same",
        "standard contractual clauses (GDPR Art. 46), until 29 February 2028", "a certificate \xe2\x80\x93 PCI DSS",
        ", for Example Payments Ltd", "Revenue Office (Ireland), tax office: an authority",
        "<a rel=\"noreferrer\" href=\"https://tally.example/opt-out?lang=en\">where you can opt out</a>",
        "None of them keeps data less safe than we do in any respect. What an authority does is not ours to choose.",
        "<h2 id=\"disclosure\">When we hand it over</h2>", "A court orders it (an order we may not refuse)",
        "the order or request in writing; the law it rests on; what exactly is asked for",
        "legal desk and night desk, and two other people must agree", "it is looked at again within 72 hours",
        "you are told first, unless a dated order forbids it",
        "<li>Your invoices: never, but on an order we may not refuse</li>",
        "<li>Your account: only in these cases: you told us to; somebody is in danger; or on an order we may not refuse</li>",
        "Tally_1", "set and read by Tally ApS, loaded from https://js.tally.example and https://cdn.tally.example:8443",
        "never while your browser signals", "(in the browser&#39;s own storage)", "(something shown inside our pages)",
        "with the certificate ISO 27001 from 1 June 2025 to 31 May 2028",
        "<b>By post, for some:</b> people in the United States: Small Ltd, Box 1, Cork, IE",
        "Who outside gets some of it stands in the next part.", NULL};
    static const char *const text[] = {"\nWho else gets it\n----------------\n",
                                       "  What it gets: your invoices (amount); your card",
                                       "where you can opt out\n(https://tally.example/opt-out?lang=en)",
                                       "\nA court orders it (an order we may not refuse)\n", NULL};
    page(PAGE_HTML, policy);
    must(html);
    assert_null(strstr(memory, "contracts/")); /* where papers lie is nobody else's business */
    assert_null(strstr(memory, "31 December 2025")); /* its renewal is told instead */
    assert_null(strstr(memory, "Nobody else gets your data"));
    page(PAGE_TEXT, policy);
    must(text);
}

static void
without_recipients_nobody_gets_anything(void **state)
{
    (void)state;
    struct policy *minimal = file_policy(file_text("tests/policy/minimal.yaml"), "minimal.yaml");
    assert_non_null(minimal);
    page(PAGE_HTML, minimal);
    assert_non_null(strstr(memory, "<p>Nobody else gets your data.</p>"));
    assert_null(strstr(memory, "id=\"disclosure\""));
    policy_free(&minimal);
    char text[1 << 14];
    (void)snprintf(text, sizeof text, "%.*s\nrecipients: {}\ndisclosure: {}\n",
                   SPAN_FMT(file_text("tests/policy/minimal.yaml")));
    minimal = file_policy(span_str(text), "minimal.yaml");
    assert_non_null(minimal);
    assert_true(minimal->disclosure_set && minimal->ground_count == 0 && minimal->recipients_rule > 0);
    page(PAGE_HTML, minimal);
    assert_non_null(strstr(memory, "<p>Nobody else gets your data.</p>"));
    assert_non_null(strstr(memory, "There is no ground on which we hand your data to somebody who asks for them."));
    policy_free(&minimal);
}

static void
json_has_it_all(void **state)
{
    (void)state;
    struct arena arena;
    const struct json *root, *first;
    struct span text;
    assert_true(arena_open(&arena, 1 << 20, &files_err));
    page(PAGE_FORMS, policy);
    if (!json_read(&arena, span_str(memory), &root, &files_err))
        fail_msg("%s", files_err.text);
    assert_int_equal(json_get(root, "recipients")->count, 6);
    assert_int_equal(json_get(root, "disclosure")->count, 3);
    first = json_get(root, "recipients")->first;
    assert_true(json_get_text(first, "legal_name", &text) && span_is(text, "Example Payments Ltd"));
    assert_int_equal(json_get(first, "gets")->count, 2);
    assert_int_equal(json_get(first, "assurances")->count, 3);
    assert_null(strstr(memory, "contracts/"));
    assert_non_null(strstr(memory, "\"to\":\"payments\""));
    assert_non_null(strstr(memory, "\"disclose\":[\"permission\",\"safety\"]"));
    arena_close(&arena);
}

/* --- days --------------------------------------------------------------------------- */

/* How many errors, and the first code, when the file is judged by that day; 0: its own. */
static int
judged(struct span text, int64_t today, char code[64])
{
    static struct policy_faults faults;
    struct policy *other = NULL;
    struct err err;
    assert_true(policy_faults_open(&faults, "day.yaml", &err));
    bool good = policy_read(text, "day.yaml", today, &faults, &other, &err);
    (void)snprintf(code, 64, "%s", faults.count > 0 ? faults.rows[0].code : "");
    int errors = faults.errors;
    assert_int_equal(good, errors == 0);
    policy_free(&other);
    policy_faults_close(&faults);
    return errors;
}

static void
what_ran_out_stops_the_sending_and_not_the_server(void **state)
{
    (void)state;
    char code[64];
    struct span text = span_str(base);
    assert_int_equal(judged(text, FILES_TODAY, code), 0);
    assert_string_equal(code, "");
    assert_int_equal(judged(text, date_days(2028, 1, 10), code), 1); /* the payments' contract is over */
    assert_string_equal(code, "dpa-missing");
    assert_int_equal(judged(text, date_days(2027, 8, 1), code), 0);
    assert_string_equal(code, "assurance-over"); /* their certificate */
    assert_int_equal(judged(text, date_days(2027, 5, 15), code), 0);
    assert_string_equal(code, "assurance-ending");
    assert_int_equal(judged(text, 0, code), 0); /* a server that starts */
    assert_string_equal(code, "");
    /* What is not in force yet is judged by the day it will be. */
    assert_int_equal(judged(text, date_days(2026, 1, 15), code), 1);
    assert_string_equal(code, "assurance-missing"); /* the clauses begin in March, it is in force in February */
    assert_int_equal(judged(changed("in-force: 2026-02-01", "in-force: 2026-03-01"), date_days(2026, 1, 15), code), 0);
    /* A paper that was over when the policy came into force is no reason to send, whoever reads it. */
    assert_int_equal(judged(changed("kind: clauses, from: 2026-03-01, to: 2028-02-29",
                                    "kind: clauses, from: 2025-03-01, to: 2026-01-31"),
                            0, code), 1);
    assert_string_equal(code, "assurance-missing");
}

static void
home_is_the_seat_and_its_neighbours(void **state)
{
    (void)state;
    static const struct {
        const char *seat, *country;
        bool abroad;
    } rows[] = {{"IE", "NO", false}, {"IE", "IS", false}, {"IE", "LI", false}, {"IE", "CH", true}, {"IE", "GB", true},
                {"IE", "US", true},  {"US", "US", false}, {"US", "FR", false}, {"GB", "GB", false}, {"GB", "US", true},
                {"IE", "HR", false}, {"IE", "SJ", true}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char seat[32], country[80];
        static char text[1 << 16];
        (void)snprintf(seat, sizeof seat, "seat: %s", rows[i].seat);
        (void)snprintf(country, sizeof country, "country: %s\n    role: processor\n    task: answers", rows[i].country);
        assert_true(span_copy(changed("seat: IE", seat), text, sizeof text));
        char *at = strstr(text, "country: US\n    role: processor\n    task: answers");
        assert_non_null(at);
        memcpy(at + strlen("country: "), rows[i].country, 2);
        struct policy *other = file_policy(span_str(text), "home.yaml");
        if (other == NULL)
            fail_msg("%.*s", SPAN_FMT(faults_text()));
        int r = policy_recipient_find(other, SPAN("desk-abroad"));
        if (other->recipients[r].abroad != rows[i].abroad)
            fail_msg("from %s, %s is %s", rows[i].seat, rows[i].country, rows[i].abroad ? "home" : "abroad");
        policy_free(&other);
    }
}

/* --- comparing --------------------------------------------------------------------------- */

static struct arena arena;

/* Every change, as "side rule: says" lines. */
static void
compared(const char *from, const char *to)
{
    struct buf out;
    struct diff diff;
    struct policy *now = file_policy(changed(from, to), "now.yaml");
    if (now == NULL)
        fail_msg("%s: %.*s", to, SPAN_FMT(faults_text()));
    arena_reset(&arena);
    assert_true(policy_diff(policy, now, &arena, &diff, &files_err));
    buf_init(&out, memory, sizeof memory - 1);
    policy_diff_text(&diff, "was", "now", &out);
    assert_true(buf_ok(&out));
    memory[out.n] = '\0';
    for (const struct diff_change *change = diff.first; change != NULL; change = change->next)
        assert_false(change->unknown);
    policy_free(&now);
}

static void
changes_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *says[4];
    } rows[] = {
        {"name: Example Payments Ltd", "name: Other Payments Ltd",
         {"wider: recipients.payments: its name is Other Payments Ltd, was Example Payments Ltd", "tell: buyer"}},
        {"country: FR", "country: PT", {"wider: recipients.printer: its country is PT, was FR"}},
        {"role: joint", "role: controller", {"wider: recipients.counter: what it is to us is controller, was joint"}},
        {"class: analytics", "class: statistics", {"other: recipients.counter: its kind is statistics, was analytics"}},
        {"gets: [note.text, account.email]", "gets: [note.text]",
         {"narrower: recipients.desk-abroad: no longer gets account.email"}},
        {"for: [count]\n", "for: [count, answer]\n", {"wider: recipients.counter: gets them for answer too"}},
        {"to: 2027-06-30", "to: 2027-12-31",
            {"wider: recipients.payments.assurances: may be sent to on days it could not be, such as 2027-07-01", "= new: may website send invoice.total to payments on 2027-07-01 for purchase with order"}},
        {"to: 2027-06-30", "to: 2027-01-31",
         {"narrower: recipients.payments: is no longer sent to on some days, such as 2027-02-01"}},
        {"evidence: contracts/printer.pdf", "evidence: contracts/paper.pdf",
         {"other: recipients.printer: rests on other papers"}},
        {"    signed: 2026-01-10\n", "",
         {"narrower: recipients.counter: is not sent to, since it has signed no terms"}},
        {"{transport: 3, at-rest: 3, access: 2, audit: 1}", "{transport: 3, at-rest: 2, access: 3, audit: 1}",
            {"wider: recipients.payments.controls: keeps data less safe in at-rest (2, was 3)", "narrower: recipients.payments: keeps data safer in access (3, was 2)"}},
        {"keeps: 90 days", "keeps: 1 year", {"wider: recipients.counter: keeps them 1 year, was 90 days"}},
        {"keeps: 90 days", "keeps-law: as it likes", {"wider: recipients.counter: keeps them as it likes"}},
        {"    erase-by: email\n    acknowledge: 7 days\n", "",
         {"wider: recipients.printer: how it is told to erase is gone, was email"}},
        {"    opt-out: https://tally.example/opt-out?lang=en\n", "",
         {"wider: recipients.counter: the address to opt out at is gone"}},
        {"evidence: [consent, scope]", "evidence: [consent, reasons]",
            {"wider: disclosure.permission: needs no scope any more", "narrower: disclosure.permission: needs reasons too"}},
        {"approve: 2", "approve: 1",
            {"wider: disclosure.order.approve: one other person must agree, was two other people", "= new: may legal-desk disclose account.name on order with document with law with scope with 1 approval with gag with case"}},
        {"by: [night-desk], notice: after,", "by: [night-desk, clerk], notice: after,",
            {"wider: disclosure.safety: is used by clerk too", "= new: may clerk disclose account.name on safety with reasons"}},
        {"notice: before}", "notice: after}", {"wider: disclosure.permission: the person is told after, was before"}},
        {", binding: yes", "", {"narrower: disclosure.order: is no order that nobody may refuse any more"}},
        {"review: 72 hours", "review: 24 hours",
         {"narrower: disclosure.safety: is looked at again within 24 hours, was 72 hours"}},
        {"disclose: [permission, safety]", "disclose: [permission]",
         {"narrower: data.account: no longer opens to safety"}},
        {", signal: off", "", {"wider: cookies.Tally_1: is set whatever the browser signals",
                               "= new: may website set cookie Tally_1 with signal with consent"}},
        {"https://js.tally.example", "https://new.tally.example",
            {"wider: cookies.Tally_1: loads from https://new.tally.example too", "narrower: cookies.Tally_1: loads nothing from https://js.tally.example any more"}},
        {"sells-to: [IE, DE]", "sells-to: [IE, FR]", {"other: policy.sells-to: there are customers in FR too"}},
        {"Small Ltd, Box 1", "Small Ltd, Box 2", {"other: policy.offices: there are other addresses to write to"}},
        {"access: 2, audit: 1}\npeople", "access: 1, audit: 1}\npeople",
         {"wider: policy.controls: keeps data less safe in access (1, was 2)"}},
        {"certificate: ISO 27001, from: 2025-06-01, to: 2028-05-31",
            "certificate: ISO 27001, from: 2025-06-01, to: 2029-05-31", {"other: policy.hosted: Dublin has its certificate for other days: ISO 27001"}},
        {", certificate: ISO 27001, from: 2025-06-01, to: 2028-05-31", "",
         {"wider: policy.hosted: Dublin has no certificate any more"}},
        {"seat: IE", "seat: US", {"other: policy.seat: is \"US\", was \"IE\"",
                                  "0 wider, 0 narrower"} /* its papers are the same, and must hold anyway */},
    };
    assert_true(arena_open(&arena, 64 * 1024 * 1024, &files_err));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        compared(rows[i].from, rows[i].to);
        for (int k = 0; k < 4 && rows[i].says[k] != NULL; k++)
            if (strstr(memory, rows[i].says[k]) == NULL)
                fail_msg("`%s` to `%s` lacks\n  %s\nof\n%s", rows[i].from, rows[i].to, rows[i].says[k], memory);
    }
    arena_close(&arena);
}

/* --- origins ------------------------------------------------------------------------------- */

static void
origins_are_written_in_one_way(void **state)
{
    (void)state;
    static const char *const good[] = {"https://a.example", "https://a-b.c.example.org", "https://x1.example:8443",
                                       "https://xn--bcher-kva.example", "https://1.2.3.4a", "https://a.example:1",
                                       "https://a.example:65535"};
    static const char *const bad[] = {
        "", "https://", "http://a.example", "https://a", "https://a.example/", "https://a.example/x.js", "https://a.example?x",
        "https://a.example#x", "https://me@a.example", "https://a.example:", "https://a.example:0", "https://a.example:443",
        "https://a.example:65536", "https://a.example:08443", "https://a.example:8443/", "https://A.example", "HTTPS://a.example",
        "https://a..example", "https://.a.example", "https://a.example.", "https://-a.example", "https://a-.example",
        "https://*.example.org", "https://a_b.example", "https://1.2.3.4", "https://[::1]", "https://a.example ", " https://a.example",
        "https://a.example\n", "https:/a.example", "https:a.example", "//a.example", "https://a.example\\..", "https://a.example;x",
        "https://a.example'", "https://a.example,https://b.example", "data:text/javascript,x", "https://%61.example",
        "https://b\xc3\xbc" "cher.example"};
    static char label[96], longest[300];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!value_origin_ok(span_str(good[i])))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (value_origin_ok(span_str(bad[i])))
            fail_msg("taken: %s", bad[i]);
    assert_false(value_origin_ok(span_of("https://a.ex\0mple", 17)));
    (void)snprintf(label, sizeof label, "https://%064d.example", 0);
    assert_false(value_origin_ok(span_str(label)));
    (void)snprintf(longest, sizeof longest, "https://%063d.%063d.%063d.%063d", 0, 0, 0, 0);
    assert_false(value_origin_ok(span_str(longest)));
    assert_true(value_link_ok(SPAN("https://a.example/x?y=z#t")) && !value_link_ok(SPAN("http://a.example/x")));
    assert_false(value_link_ok(SPAN("https://me:secret@a.example/")));
    assert_false(value_link_ok(SPAN("https://a.example/\"><script>")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_say_what_the_file_says),
        cmocka_unit_test(a_whole_category_is_what_can_be_read),
        cmocka_unit_test(each_key_is_in_the_hash),
        cmocka_unit_test(the_page_names_who_gets_what),
        cmocka_unit_test(without_recipients_nobody_gets_anything),
        cmocka_unit_test(json_has_it_all),
        cmocka_unit_test(what_ran_out_stops_the_sending_and_not_the_server),
        cmocka_unit_test(home_is_the_seat_and_its_neighbours),
        cmocka_unit_test(changes_are_told),
        cmocka_unit_test(origins_are_written_in_one_way),
    };
    return cmocka_run_group_tests_name("policy, what leaves the house", tests, open_policy, close_policy);
}
