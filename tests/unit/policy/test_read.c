/* One change to the smallest policy, and the one fault (or none) it must give, with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "files.h"

/* Where the marks ⟦ and ⟧ stood in a text they were taken out of. */
struct marked {
    int line, column, width;
};

static struct span
marks_take(char *text, struct marked *ret)
{
    static const char open[] = "\xe2\x9f\xa6", close[] = "\xe2\x9f\xa7";
    char *from = strstr(text, open);
    *ret = (struct marked){0, 0, 0};
    if (from == NULL)
        return span_str(text);
    memmove(from, from + 3, strlen(from + 3) + 1);
    char *to = strstr(from, close);
    assert_non_null(to);
    memmove(to, to + 3, strlen(to + 3) + 1);
    ret->line = ret->column = 1;
    for (const char *p = text; p < from; p++) {
        ret->column = *p == '\n' ? 1 : ret->column + (((unsigned char)*p & 0xc0) != 0x80);
        ret->line += *p == '\n';
    }
    for (const char *p = from; p < to; p++)
        ret->width += ((unsigned char)*p & 0xc0) != 0x80;
    ret->width += ret->width == 0;
    return span_str(text);
}

/* minimal.yaml with one part replaced. */
static struct span
changed(const char *from, const char *to, struct marked *ret)
{
    static char base[4096], text[16384];
    if (base[0] == '\0')
        assert_true(span_copy(file_text("tests/policy/minimal.yaml"), base, sizeof base));
    const char *at = strstr(base, from);
    if (at == NULL)
        fail_msg("minimal.yaml has no `%s`", from);
    int n = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - base), base, to, at + strlen(from));
    assert_true(n > 0 && (size_t)n < sizeof text);
    return marks_take(text, ret);
}

struct change {
    const char *from, *to; /* ⟦marked⟧: the place of the first fault */
    const char *code;      /* NULL: still good */
    int more;              /* errors besides the first */
};

static const struct policy_fault *
first_error(void)
{
    for (int i = 0; i < files_faults.count; i++)
        if (!files_faults.rows[i].warning)
            return &files_faults.rows[i];
    return NULL;
}

static void
changes_try(const struct change *rows, size_t count)
{
    int bad = 0;
    for (size_t i = 0; i < count; i++) {
        const struct change *row = &rows[i];
        struct marked at;
        struct policy *policy = file_policy(changed(row->from, row->to, &at), "row.yaml");
        const struct policy_fault *fault = first_error();
        bool good = row->code == NULL
                        ? policy != NULL && fault == NULL
                        : policy == NULL && fault != NULL && strcmp(fault->code, row->code) == 0 &&
                              files_faults.errors == 1 + row->more && fault->line == at.line &&
                              fault->column == at.column && fault->width == at.width;
        policy_free(&policy);
        if (good)
            continue;
        bad++;
        print_error("row %zu: `%s` gave (wanted %s at %d:%d, %d wide, and %d more):\n%.*s", i, row->to,
                    row->code == NULL ? "nothing" : row->code, at.line, at.column, at.width,
                    row->more, SPAN_FMT(faults_text()));
    }
    assert_int_equal(bad, 0);
}
#define TRY(rows) changes_try(rows, sizeof(rows) / sizeof(rows)[0])

/* YAML 1.2, and of that what a policy needs. */
static void
test_yaml(void **state)
{
    (void)state;
    static const struct change rows[] = {
        {"title: Privacy", "title: Privacy", NULL, 0},
        {"title: Privacy", "title: 'Privacy: all of it'", NULL, 0},
        {"title: Privacy", "title: NO", NULL, 0},
        {"title: Privacy", "title: 1:30", NULL, 0},
        {"title: Privacy", "title: ⟦~⟧", "empty", 0},
        {"title: Privacy", "title: ⟦Null⟧", "empty", 0},
        {"title: Privacy", "title: 'null'", NULL, 0},
        {"title: Privacy", "title: >-\n    Privacy\n    folded", NULL, 0},
        {"title: Privacy", "⟦title⟧: ''", "empty", 0},
        {"title: Privacy", "⟦title⟧:", "empty", 0},
        {"title: Privacy", "⟦title⟧: [a]", "wrong-shape", 0},
        {"title: Privacy", "⟦title⟧: {a: b}", "wrong-shape", 0},
        {"title: Privacy", "title: &⟦x⟧ Privacy", "anchor", 0},
        {"title: Privacy", "title: ⟦!!str⟧ Privacy", "tag", 0},
        {"title: Privacy", "title: Privacy\n  ⟦<<⟧: {a: b}", "merge-key", 0},
        {"title: Privacy", "title: Privacy\n  ⟦title⟧: Privacy", "duplicate-key", 0},
        {"title: Privacy", "title: Privacy\n  \"⟦title⟧\": Privacy", "duplicate-key", 0},
        {"title: Privacy", "title: Privacy\n  ? ⟦[⟧a, b]\n  : c", "complex-key", 0},
        {"troth: 1", "--- # one document\ntroth: 1", NULL, 0},
        {"troth: 1", "\ntroth: 1\n...\n⟦-⟧--\nx: y\npolicy: 7", "documents", 0},
        {"troth: 1", "⟦%TAG ! x⟧\ntroth: 1", "directive", 0},
        {"people:", "⟦\t⟧people:", "tab-indent", 0},
        {"# As little", "\xef\xbb\xbf# As little", NULL, 0},
        {"title: Privacy", "title: \"Pri⟦\xe2\x80\xae⟧vacy\"", "bad-character", 0},
        {"title: Privacy", "title: \"Pri⟦\xc0⟧vacy\"", "not-utf8", 0},
        {"title: Privacy", "title: \"Pri⟦\x01⟧vacy\"", "bad-character", 0},
        {"title: Privacy", "title: \"⟦Pri\\u202evacy⟧\"", "bad-character", 0},
        {"title: Privacy", "title: \"⟦Pri\\e[2Jvacy⟧\"", "bad-character", 0},
        {"title: Privacy", "title: \"⟦Pri\\0vacy⟧\"", "bad-character", 0},
        {"title: Privacy", "title: Privacy\n  \"⟦na\\eme⟧\": x", "bad-character", 0},
        {"title: Privacy", "title: \"Pri\\u00e9vacy\"", NULL, 0},
        {"title: Privacy", "title: ⟦⟧\"Privacy", "not-yaml", 0},
        {"troth: 1", "troth: ⟦2⟧", "not-a-number", 0},
    };
    TRY(rows);
}

static void
test_head(void **state)
{
    (void)state;
    static const struct change rows[] = {
        {"date: 2026-01-01", "date: 2026-01-01\n  in-force: 2026-02-01", NULL, 0},
        {"date: 2026-01-01", "date: 2026-01-01\n  in-force: ⟦2025-02-01⟧", "in-force-early", 0},
        {"date: 2026-01-01", "date: ⟦01.01.2026⟧", "not-a-date", 0},
        {"date: 2026-01-01", "seat: NO\n  date: 2026-01-01", NULL, 0},
        {"date: 2026-01-01", "seat: ⟦no⟧\n  date: 2026-01-01", "not-a-country", 0},
        {"policy:\n  id: minimal\n  title: Privacy\n  version: 1\n  date: 2026-01-01\n",
         "⟦policy⟧:\n  id: minimal\n  title: Privacy\n  version: 1\n", "missing-key", 0},
        {"policy:\n  id: minimal\n  title: Privacy\n  version: 1\n",
         "⟦policy⟧:\n  id: minimal\n  title: Privacy\n", "missing-key", 0},
        {"version: 1", "version: ⟦0⟧", "not-a-number", 0},
        {"version: 1", "version: 1\n  hosted: [{place: Dublin, country: IE, for: live}]", NULL, 0},
        {"version: 1", "version: 1\n  hosted: [⟦{⟧place: Dublin, for: live}]", "missing-key", 0},
        {"version: 1", "version: 1\n  languages: [de]", NULL, 0},
        {"version: 1", "version: 1\n  languages: [en, ⟦xx⟧]", "unknown-word", 0},
        {"version: 1", "version: 1\n  ⟦tiltle⟧: x", "unknown-key", 0},
        {"id: minimal", "id: ⟦Minimal⟧", "bad-name", 0},
        {"troth: 1", "troth: 1\ninclude: [⟦other.yaml⟧]", "include-closed", 0},
        {"troth: 1", "troth: 1\nrecipients: ⟦nobody⟧", "wrong-shape", 0},
        {"basis: contract", "basis: contract, ⟦serves⟧: user", "not-supported", 0},
        {"troth: 1", "troth: 1\n⟦clause⟧: []", "unknown-key", 0},
        {"# As little as a policy can say.\ntroth: 1\n", "⟦#⟧ nothing\n", "missing-section", 0},
    };
    TRY(rows);
}

static void
test_data(void **state)
{
    (void)state;
    const char *email = "email: {type: email, lookup: unique}";
    const char *account = "account: {of: user, ";
    const struct change rows[] = {
        {email, "email: {type: email, lookup: yes}", NULL, 0},
        {email, "email: {type: email, lookup: True}", NULL, 0},
        {email, "email: {type: email, lookup: ⟦on⟧}", "not-yes-or-no", 0},
        {email, "email: {type: note, lookup: ⟦yes⟧}", "lookup-type", 0},
        {email, "email: {type: ⟦file⟧}", "not-supported", 0},
        {email, "email: {type: ⟦emails⟧}", "unknown-word", 0},
        {email, "⟦email⟧: {}", "missing-key", 0},
        {email, "email: {type: email, length: ⟦0⟧}", "not-a-number", 0},
        {email, "email: {type: choice, choices: [a, b]}", NULL, 0},
        {email, "⟦email⟧: {type: choice}", "missing-key", 0},
        {email, "email: {type: choice, choices: [a, ⟦a⟧]}", "duplicate-name", 0},
        {email, "email: {type: text, ⟦choices⟧: [a]}", "choices-type", 0},
        {email, "email: {type: email}, pin: {type: password}", NULL, 0},
        {email, "email: {type: email}, pin: {type: password, store: ⟦last4⟧}", "password-store", 0},
        {email, "email: {type: email}, pin: {type: card-number, store: never}", NULL, 0},
        {email, "email: {type: email}, pin: {type: card-number, store: ⟦plain⟧}", "card-store", 0},
        {email, "email: {type: email}, pin: {type: text, store: ⟦hash-only⟧}", "hash-store", 0},
        {email, "email: {type: email}, ⟦pin⟧: {type: text}", "field-unused", 0},
        {"lookup: unique}}}\npurposes:\n  answer: {says: to answer you, basis: contract",
         "special: yes}}}\npurposes:\n  answer: {says: to answer you, basis: ⟦contract⟧", "special-basis", 0},
        {email, "email: {type: email, ⟦sealed-to⟧: [x]}", "not-supported", 0},
        {"account: {of: user, fields: {email: {type: email, lookup: unique",
         "account: {of: user, many: yes, fields: {email: {type: email, lookup: ⟦unique⟧", "lookup-many", 0},
        {account, "account: {of: ⟦nobody⟧, ", "unknown-kind", 0},
        {account, "⟦account⟧: {", "missing-key", 0},
        {account, "account: {of: user, disclose: never, ", NULL, 0},
        {account, "account: {of: user, disclose: ⟦sometimes⟧, ", "unknown-word", 0},
        {"  user: {says: you}", "  user: {says: you, is: ⟦user⟧}", "circle", 0},
        {"  user: {says: you}", "  ⟦user⟧: {}", "missing-key", 0},
        {"  user: {says: you}", "  user: {says: you, in: ⟦class⟧}", "unknown-organisation", 0},
        {"people:", "organisations: {class: {}}\npeople:", NULL, 0},
        {"people:", "organisations: {class: {of: ⟦klass⟧}}\npeople:", "unknown-organisation", 1},
    };
    TRY(rows);
}

static void
test_uses(void **state)
{
    (void)state;
    const char *answer = "answer: {says: to answer you, basis: contract, uses: [account.email]}";
    const char *desk = "desk: {may: [answer, rights]}";
    const struct change rows[] = {
        {answer, "answer: {says: to answer you, basis: contract, uses: [account]}", NULL, 0},
        {answer, "answer: {says: x, basis: contract, uses: ⟦account⟧}", "wrong-shape", 0},
        {answer, "answer: {says: x, basis: contract, uses: [⟦acount⟧]}", "unknown-category", 0},
        {answer, "answer: {says: x, basis: contract, uses: [⟦account.mail⟧]}", "unknown-field", 0},
        {answer, "answer: {says: x, basis: contract, uses: [account, ⟦account.email⟧]}", "duplicate-name", 0},
        {answer, "answer: {says: x, basis: contract, uses: [account.email], needs: ⟦task⟧}", "reserved-name", 0},
        {answer, "answer: {says: x, basis: contract, uses: [account.email], needs: ticket}", NULL, 0},
        {answer, "answer: {says: x, basis: contract, uses: [account.email], confirm: ⟦double-opt-in⟧}", "confirm-basis", 1},
        {answer, "answer: {says: x, basis: ⟦contrct⟧, uses: [account.email]}", "unknown-word", 0},
        {answer, "⟦answer⟧: {says: x, uses: [account.email]}", "missing-key", 0},
        {answer, "answer: {says: x, basis: ⟦consent⟧, uses: [account.email]}", "consent-missing", 0},
        {answer, "answer: {says: x, basis: contract, uses: [account.email], ⟦serves⟧: us}", "not-supported", 0},
        {answer, "answer: {says: x, basis: contract, uses: [account.email], channel: ⟦fax⟧}", "unknown-word", 0},
        {desk, "desk: {may: [answer], over: own}", NULL, 0},
        {desk, "desk: {may: [answer], over: ⟦own-class⟧}", "unknown-relation", 0},
        {desk, "desk: {may: [answer], needs: task}", NULL, 0},
        {desk, "desk: {may: [answer], needs: ticket}", NULL, 0},
        {desk, "desk: {may: [answer], needs: ⟦A Ticket⟧}", "bad-name", 0},
        {desk, "desk: {may: [answer], writes: [⟦account.emial⟧]}", "unknown-field", 0},
        {desk, "desk: {may: [answer, ⟦anser⟧]}", "unknown-purpose", 1},
        {desk, "⟦desk⟧: {may: []}", "may-nothing", 0},
        {desk, "⟦subject⟧: {may: [answer]}", "reserved-name", 0},
        {"troth: 1", "troth: 1\nnever: [sale]\nclauses: [{id: s, says: x, kept-by: [never.sale]}]", NULL, 0},
        {"troth: 1", "troth: 1\nnever: [{sale: We sell nothing.}]\nclauses: [{id: s, says: x, kept-by: [never.sale]}]", NULL, 0},
        {"troth: 1", "troth: 1\nnever: [⟦sale⟧]\nclauses: []", "never-untold", 0},
        {"purposes:\n  answer: {", "never: [answer]\nclauses: [{id: s, says: x, kept-by: [never.answer]}]\n"
         "purposes:\n  ⟦answer⟧: {", "purpose-never", 0},
        {"troth: 1", "troth: 1\nclauses: [{id: s, says: x, kept-by: [default.silence]}]", NULL, 0},
        {"troth: 1", "troth: 1\nclauses: [⟦{⟧id: s, says: x}]", "clause-unkept", 0},
        {"troth: 1", "troth: 1\nclauses: [{id: s, says: x, ⟦kept-by⟧: []}]", "clause-unkept", 0},
        {"troth: 1", "troth: 1\nclauses: [{id: s, says: x, kept-by: [⟦keep.acount⟧]}]", "unknown-rule", 0},
    };
    TRY(rows);
}

static void
test_collect_and_keep(void **state)
{
    (void)state;
    const char *ask = "ask: {from: anyone, makes: user, fields: {account.email: required}, for: [answer]}";
    const char *keep = "account: {from: collected, most: 1 year, then: erase}";
    const struct change rows[] = {
        {ask, "ask: {from: [desk], adds-to: existing, fields: {account.email: optional}, for: [answer]}", NULL, 0},
        {ask, "ask: {from: ⟦desk⟧, makes: user, fields: {account.email: required}, for: [answer]}", "wrong-shape", 0},
        {ask, "ask: {from: anyone, makes: ⟦usr⟧, fields: {account.email: required}, for: [answer]}", "unknown-kind", 0},
        {ask, "ask: {from: anyone, adds-to: ⟦new⟧, fields: {account.email: required}, for: [answer]}", "unknown-word", 0},
        {ask, "ask: {from: anyone, makes: user, ⟦adds-to⟧: existing, fields: {account.email: required}, for: [answer]}", "makes-and-adds", 0},
        {ask, "ask: {from: anyone, makes: user, fields: {⟦account⟧: required}, for: [answer]}", "field-expected", 0},
        {ask, "ask: {from: anyone, makes: user, fields: {account.email: ⟦requird⟧}, for: [answer]}", "unknown-word", 0},
        {ask, "⟦ask⟧: {from: anyone, makes: user, fields: {account.email: required}}", "missing-key", 0},
        {ask, "ask: {from: anyone, makes: user, fields: {account.email: required}, for: [answer], cards: allow}", NULL, 0},
        {ask, "ask: {from: anyone, makes: user, fields: {account.email: required}, for: [answer], ⟦captures⟧: x}", "not-supported", 0},
        {keep, "account: {from: collected, least: 6 months, most: 1 year, then: erase}", NULL, 0},
        {keep, "account: {from: collected, least: ⟦1 year after year end⟧, most: 1 year, then: erase}", "least-over-most", 0},
        {keep, "account: {from: collected, most: ⟦as long as needed⟧, then: erase}", "not-a-duration", 0},
        {keep, "account: {from: collected, most: ⟦0 days⟧, then: erase}", "not-a-duration", 0},
        {keep, "⟦account⟧: {from: collected, then: erase}", "missing-key", 0},
        {keep, "⟦account⟧: {from: collected, most: 1 year}", "missing-key", 0},
        {keep, "account: {until: closed, then: erase}", NULL, 0},
        {keep, "account: {until: closed, ⟦most⟧: 1 day, then: erase}", "until-and-time", 0},
        {keep, "account: {until: ⟦closd⟧, then: erase}", "unknown-event", 0},
        {keep, "account: {from: ⟦email⟧, most: 1 day, then: erase}", "not-a-date-field", 0},
        {keep, "account: {until: withdrawn ⟦answer⟧, then: erase}", "withdrawn-basis", 0},
        {keep, "account: {until: withdrawn ⟦ansr⟧, then: erase}", "unknown-purpose", 1},
        {keep, "account: {from: collected, most: ⟦law.invoices⟧, then: erase}", "law-seat", 0},
        {keep, "account: {from: collected, most: ⟦law.beards⟧, then: erase}", "unknown-law", 0},
        {keep, "account: {from: collected, most: 1 year, then: ⟦depersonalise⟧}", "nothing-left", 0},
        {keep, "⟦acount⟧: {from: collected, most: 1 year, then: erase}", "unknown-category", 0},
        {"keep:", "events: {left: you left}\nkeep:", NULL, 0},
        {"keep:", "events: {⟦closed⟧: again}\nkeep:", "reserved-name", 0},
        {"keep:", "cookies: {sid: {says: x, life: session, essential: yes}}\nkeep:", NULL, 0},
        {"keep:", "cookies: {⟦sid⟧: {says: x, life: session}}\nkeep:", "missing-key", 0},
        {"keep:", "cookies: {sid: {says: x, life: 1 day, purpose: ⟦answer⟧}}\nkeep:", "cookie-basis", 0},
        {"keep:", "cookies: {⟦s id⟧: {says: x, life: 1 day, essential: yes}}\nkeep:", "bad-name", 0},
        {"keep:", "consent: {text-version: 3, renew-after: 2 years}\nkeep:", NULL, 0},
        {"keep:", "consent: {text-version: 3, renew-after: ⟦2 years after year end⟧}\nkeep:", "not-a-duration", 0},
    };
    TRY(rows);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yaml),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_uses),
        cmocka_unit_test(test_collect_and_keep),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    policy_faults_close(&files_faults);
    return failed;
}
