/* One meaning has one hash, whatever the file looks like; another meaning has another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "files.h"

struct sum {
    char hex[65];
};

static struct sum
hash_of(struct span text)
{
    struct sum sum;
    struct policy *policy = file_policy(text, "hash.yaml");
    if (policy == NULL)
        fail_msg("refused:\n%.*s", SPAN_FMT(faults_text()));
    hex_put(sum.hex, policy->hash, sizeof policy->hash);
    policy_free(&policy);
    return sum;
}

/* minimal.yaml in another order, another layout, with comments, quotes and other words for the same. */
static const char other_layout[] =
    "keep: {\"account\": {then: erase, most: 12 months, from: collected}} # a year\n"
    "roles:\n"
    "  desk:\n"
    "    kind: staff\n"
    "    may:\n"
    "      - rights\n"
    "      - 'answer'\n"
    "collect: {ask: {for: [answer], cards: refuse, fields: {account.email: required}, makes: user,\n"
    "  from: anyone}}\n"
    "\n"
    "purposes:\n"
    "  answer:\n"
    "    uses: [account]\n"
    "    basis: \"contract\"\n"
    "    says: >-\n"
    "      to answer\n"
    "      you\n"
    "data: {account: {many: no, fields: {email: {lookup: unique, identifies: TRUE, type: email}},\n"
    "  of: user}}\n"
    "people: {user: {says: \"you\"}}\n"
    "policy:\n"
    "  controller:\n"
    "    email: privacy@small.example\n"
    "    address: 1 Short Lane, Cork, IE\n"
    "    name: Small Ltd\n"
    "  in-force: 2026-01-01\n"
    "  date: 2026-01-01\n"
    "  version: 1\n"
    "  title: 'Privacy'\n"
    "  id: minimal\n"
    "troth: 1\n";

static void
test_same_meaning(void **state)
{
    (void)state;
    struct sum a = hash_of(file_text("tests/policy/minimal.yaml"));
    struct sum b = hash_of(span_str(other_layout));
    assert_string_equal(a.hex, b.hex);
}

/* The classroom's policy with its lines of one section turned round still means the same. */
static void
test_order_of_entries(void **state)
{
    (void)state;
    static const char head[] =
        "troth: 1\npolicy: {id: x, title: X, version: 1, date: 2026-01-01, governs: [api],\n"
        "  controller: {name: X, address: X, email: x@x.example}}\n"
        "people: {a: {says: a}, b: {is: a, says: b}}\n";
    static const char *const tails[] = {
        "data: {c: {of: a, fields: {f: {type: text}, g: {type: date}}}, d: {of: b, fields: {h: {type: name}}}}\n"
        "purposes: {p: {says: p, basis: contract, uses: [c, d.h]}, q: {says: q, basis: contract, uses: [d, c.g], incompatible: [p]}}\n"
        "roles: {r: {may: [p, q], writes: [c.f, d, c.g]}, s: {may: [q]}}\n"
        "collect: {k: {from: [r, s], makes: b, fields: {c.f: one-of x, d.h: one-of x, c.g: optional}, for: [p, q]}}\n"
        "keep: {c: {from: g, most: 1 year, then: erase}, d: {until: closed, then: erase}}\n"
        "never: [sale, rent]\nclauses: [{id: n, says: n, kept-by: [never.sale, never.rent]}]\n",
        "never: [rent, sale]\nclauses: [{id: n, says: n, kept-by: [never.rent, never.sale]}]\n"
        "keep: {d: {until: closed, then: erase}, c: {from: g, most: 12 months, then: erase}}\n"
        "collect: {k: {from: [s, r], makes: b, fields: {c.g: optional, d.h: one-of z, c.f: one-of z}, for: [q, p]}}\n"
        "roles: {s: {may: [q]}, r: {may: [q, p], writes: [c.g, c.f, d.h]}}\n"
        "purposes: {q: {says: q, basis: contract, uses: [c.g, d.h], incompatible: [p]}, p: {says: p, basis: contract, uses: [d, c.g, c.f]}}\n"
        "data: {d: {of: b, fields: {h: {type: name}}}, c: {of: a, fields: {g: {type: date}, f: {type: text}}}}\n",
    };
    struct sum sums[2];
    for (int i = 0; i < 2; i++) {
        char text[4096];
        int n = snprintf(text, sizeof text, "%s%s", head, tails[i]);
        sums[i] = hash_of(span_of(text, (size_t)n));
    }
    assert_string_equal(sums[0].hex, sums[1].hex);
}

/* Each change of meaning, however small, is another policy. */
static void
test_other_meaning(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"troth: 1", "troth: 1"},
        {"version: 1", "version: 2"},
        {"title: Privacy", "title: privacy"},
        {"date: 2026-01-01", "date: 2026-01-02"},
        {"says: you}", "says: you all}"},
        {"lookup: unique", "lookup: yes"},
        {"lookup: unique", "lookup: unique, length: 100"},
        {"lookup: unique", "lookup: unique, identifies: no"},
        {"of: user,", "of: user, many: no, disclose: never,"},
        {"basis: contract", "basis: public-interest"},
        {"uses: [account.email]", "uses: [account.email], needs: ticket"},
        {"uses: [account.email]", "uses: [account.email], aggregate-only: yes"},
        {"may: [answer, rights]", "may: [answer]"},
        {"may: [answer, rights]", "may: [answer, rights], needs: task"},
        {"may: [answer, rights]", "may: [answer, rights], needs: tasks"},
        {"may: [answer, rights]", "may: [answer, rights], over: own"},
        {"may: [answer, rights]", "may: [answer, rights], kind: application"},
        {"may: [answer, rights]", "may: [answer, rights], writes: [account.email]"},
        {"account.email: required", "account.email: optional"},
        {"from: anyone", "from: [desk]"},
        {"for: [answer]", "for: [answer], cards: allow"},
        {"makes: user", "adds-to: existing"},
        {"from: collected", "from: changed"},
        {"from: collected", "from: closed"},
        {"most: 1 year", "most: 365 days"},
        {"most: 1 year", "most: 1 year after year end"},
        {"most: 1 year", "least: 1 day, most: 1 year"},
        {"keep:", "events: {left: you left}\nkeep:"},
        {"keep:", "cookies: {c: {says: x, life: session, essential: yes}}\nkeep:"},
        {"keep:", "consent: {text-version: 1}\nkeep:"},
        {"keep:", "never: [sale]\nclauses: [{id: n, says: n, kept-by: [never.sale]}]\nkeep:"},
        {"keep:", "never: [sale]\nclauses: [{id: n, says: n, kept-by: [never.sale, keep.account]}]\nkeep:"},
    };
    enum { COUNT = sizeof rows / sizeof rows[0] };
    static char base[4096];
    static struct sum sums[COUNT];
    assert_true(span_copy(file_text("tests/policy/minimal.yaml"), base, sizeof base));
    for (size_t i = 0; i < COUNT; i++) {
        char text[8192];
        const char *at = strstr(base, rows[i][0]);
        assert_non_null(at);
        int n = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - base), base, rows[i][1],
                         at + strlen(rows[i][0]));
        sums[i] = hash_of(span_of(text, (size_t)n));
        for (size_t j = 0; j < i; j++)
            if (strcmp(sums[i].hex, sums[j].hex) == 0)
                fail_msg("`%s` and `%s` have one hash", rows[i][1], rows[j][1]);
    }
}

static void
test_purpose_id(void **state)
{
    (void)state;
    char hex[33];
    struct policy *policy = file_policy(file_text("tests/policy/minimal.yaml"), "minimal.yaml");
    assert_non_null(policy);
    hex_put(hex, policy->purposes[0].id, 16);
    assert_string_equal(hex, "68437d55a4c9f74b37fbcbf3f3cfd2b1"); /* sha256sum of "troth-purpose\0answer" */
    policy_free(&policy);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_meaning),
        cmocka_unit_test(test_order_of_entries),
        cmocka_unit_test(test_other_meaning),
        cmocka_unit_test(test_purpose_id),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    policy_faults_close(&files_faults);
    return failed;
}
