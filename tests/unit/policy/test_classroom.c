/* The policy every other room's tests start from: it reads, and says what it is meant to say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "files.h"

static struct policy *policy;

static int
open_classroom(void **state)
{
    (void)state;
    policy = file_policy(file_text("examples/classroom/served.yaml"), "policy.yaml");
    if (policy == NULL || files_faults.count > 0)
        print_error("%.*s", SPAN_FMT(faults_text()));
    return policy == NULL;
}

static int
close_classroom(void **state)
{
    (void)state;
    policy_free(&policy);
    assert_null(policy);
    policy_faults_close(&files_faults);
    return 0;
}

static void
test_no_faults(void **state)
{
    (void)state;
    assert_int_equal(files_faults.count, 0);
    assert_true(span_is(policy->id, "classroom"));
    assert_int_equal(policy->version, 4);
    assert_true(span_is(policy->seat, "DE"));
    assert_int_equal(policy->host_count, 2);
}

/* Support sees less than the account. */
static void
test_support_is_narrow(void **state)
{
    (void)state;
    int account = policy_category_find(policy, SPAN("account"));
    const struct policy_purpose *support =
        &policy->purposes[policy_purpose_find(policy, SPAN("support"))];
    const struct policy_category *row = &policy->categories[account];
    static const struct {
        const char *name;
        bool used;
    } rows[] = {{"first-name", true}, {"last-name", true}, {"email", true}, {"username", false},
                {"password", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int field = policy_field_in(policy, account, span_str(rows[i].name));
        assert_true(field != POLICY_NONE);
        assert_int_equal(support->uses[account] >> policy->fields[field].bit & 1, rows[i].used);
    }
    assert_true((row->readable & ~support->uses[account]) != 0);
    assert_true(span_is(policy->tasks[support->needs], "ticket"));
}

static void
test_password_is_never_readable(void **state)
{
    (void)state;
    int field = policy_field_find(policy, SPAN("account.password"));
    assert_true(field != POLICY_NONE);
    const struct policy_field *row = &policy->fields[field];
    const struct policy_category *account = &policy->categories[row->category];
    assert_int_equal(row->storage, STORE_HASH_ONLY);
    assert_int_equal(account->readable >> row->bit & 1, 0);
    assert_int_equal(account->all >> row->bit & 1, 1);
}

static void
test_invoices_follow_the_law(void **state)
{
    (void)state;
    int invoice = policy_category_find(policy, SPAN("invoice"));
    const struct policy_keep *keep = &policy->keeps[policy->categories[invoice].keep];
    assert_int_equal(keep->event, EVENT_FIELD);
    assert_int_equal(keep->most.years, 8);
    assert_true(keep->most.from_year_end && keep->least.set);
    assert_true(span_starts(keep->most.law, SPAN("DE: 8 years")));
}

static void
test_every_rule_has_its_number(void **state)
{
    (void)state;
    static const char *const names[] = {
        "purposes.news", "purposes.news.basis", "purposes.support.needs", "roles.helpdesk",
        "roles.billing-clerk.needs", "roles.teacher.over", "keep.invoice", "collect.register",
        "never.sale", "cookies.session", "data.account", "data.account.email", "people.user",
        "organisations.class", "policy.hosted", "consent.confirm-within"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        int found = 0;
        for (int r = 0; r < policy->rule_count; r++)
            found += span_is(policy_rule_name(policy, (uint32_t)r), names[i]);
        if (found != 1)
            fail_msg("%s stands %d times in the table", names[i], found);
    }
    assert_true(span_is(policy_rule_name(policy, RULE_SILENCE), "default.silence"));
    assert_true(span_is(policy_rule_name(policy, 999999), "-"));
}

static void
test_one_of(void **state)
{
    (void)state;
    const struct policy_point *point = &policy->points[policy_point_find(policy, SPAN("register"))];
    int members = 0;
    for (int i = 0; i < point->field_count; i++)
        members += point->fields[i].need == NEED_ONE_OF && point->fields[i].group == 0;
    assert_int_equal(members, 2);
    assert_false(point->existing);
    assert_true(span_is(policy->kinds[point->kind].name, "user"));
}

static void
test_kinds(void **state)
{
    (void)state;
    int user = policy_kind_find(policy, SPAN("user")), student = policy_kind_find(policy, SPAN("student"));
    assert_true(policy_kind_is(policy, student, user));
    assert_false(policy_kind_is(policy, user, student));
    assert_false(policy_kind_is(policy, POLICY_NONE, user));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_faults),
        cmocka_unit_test(test_support_is_narrow),
        cmocka_unit_test(test_password_is_never_readable),
        cmocka_unit_test(test_invoices_follow_the_law),
        cmocka_unit_test(test_every_rule_has_its_number),
        cmocka_unit_test(test_one_of),
        cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, open_classroom, close_classroom);
}
