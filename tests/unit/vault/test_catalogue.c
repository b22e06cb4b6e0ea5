/* The policy's names keep their numbers, whatever becomes of the policy. */
#include "../policy/files.h"
#include "../store/kit.h"

#include "crypt/crypt.h"
#include "vault/catalogue.h"

#include <stdio.h>

/* A policy made of the names given; every list may be in any order. */
struct names {
    const char *kinds[6], *categories[6], *purposes[6], *events[6];
};

static struct policy *
policy_of(const struct names *names)
{
    static char text[16384];
    struct buf out;
    buf_init(&out, text, sizeof text);
    buf_str(&out, "troth: 1\npolicy:\n  id: test\n  title: T\n  version: 1\n  date: 2026-01-01\n"
                  "  controller: {name: N, address: A, email: p@small.example}\npeople:\n");
    for (int i = 0; names->kinds[i] != NULL; i++)
        buf_fmt(&out, "  %s: {says: you}\n", names->kinds[i]);
    if (names->events[0] != NULL)
        buf_str(&out, "events:\n");
    for (int i = 0; names->events[i] != NULL; i++)
        buf_fmt(&out, "  %s: it happened\n", names->events[i]);
    buf_str(&out, "data:\n");
    for (int i = 0; names->categories[i] != NULL; i++)
        buf_fmt(&out, "  %s: {of: %s, fields: {email: {type: email}, also-%s: {type: date}}}\n",
                names->categories[i], names->kinds[0], names->categories[i]);
    buf_str(&out, "purposes:\n");
    for (int i = 0; names->purposes[i] != NULL; i++) {
        buf_fmt(&out, "  %s: {says: to do it, basis: contract, uses: [", names->purposes[i]);
        for (int c = 0; names->categories[c] != NULL; c++)
            buf_fmt(&out, "%s%s", c == 0 ? "" : ", ", names->categories[c]);
        buf_str(&out, "]}\n");
    }
    buf_str(&out, "roles:\n  desk: {may: [");
    for (int i = 0; names->purposes[i] != NULL; i++)
        buf_fmt(&out, "%s%s", i == 0 ? "" : ", ", names->purposes[i]);
    buf_str(&out, "]}\nkeep:\n");
    for (int i = 0; names->categories[i] != NULL; i++)
        buf_fmt(&out, "  %s: {from: collected, most: 1 year, then: erase}\n", names->categories[i]);
    assert_true(buf_ok(&out));
    struct policy *policy = file_policy(buf_span(&out), "test.yaml");
    if (policy == NULL)
        fail_msg("%.*s", SPAN_FMT(faults_text()));
    return policy;
}

static void
commit(struct kit *kit, struct txn **txn)
{
    struct err err = {0};
    if (!txn_commit(txn, &err) || !txn_begin(kit->store, txn, &err))
        fail_msg("%s", err.text);
}

static struct catalogue *
opened(struct kit *kit, struct txn *txn, const struct policy *policy)
{
    struct err err = {0};
    struct catalogue *catalogue = NULL;
    arena_reset(&kit->arena);
    if (!catalogue_open(txn, &kit->arena, policy, &catalogue, &err))
        fail_msg("%s", err.text);
    return catalogue;
}

/* Every number leads back to its name's index, and no other number to any. */
static void
both_ways(const struct policy *policy, const struct catalogue *catalogue)
{
    int found[4] = {0};
    for (int64_t number = -3; number <= 70000; number++) {
        int c = catalogue_category(catalogue, number), p = catalogue_purpose(catalogue, number),
            e = catalogue_event(catalogue, number), k = catalogue_kind(catalogue, number);
        if (c != POLICY_NONE)
            assert_int_equal(catalogue->category[c], number);
        if (p != POLICY_NONE)
            assert_int_equal(catalogue->purpose[p], number);
        if (e != POLICY_NONE)
            assert_int_equal(catalogue->event[e], number);
        if (k != POLICY_NONE)
            assert_int_equal(catalogue->kind[k], number);
        found[0] += c != POLICY_NONE;
        found[1] += p != POLICY_NONE;
        found[2] += e != POLICY_NONE;
        found[3] += k != POLICY_NONE;
    }
    assert_int_equal(found[0], policy->category_count);
    assert_int_equal(found[1], policy->purpose_count);
    assert_int_equal(found[2], policy->event_count);
    assert_int_equal(found[3], policy->kind_count);
    static const int64_t far[] = {INT64_MIN, -1, 0, 65536, INT64_MAX};
    for (size_t i = 0; i < sizeof far / sizeof far[0]; i++)
        assert_int_equal(catalogue_category(catalogue, far[i]), POLICY_NONE);
}

static int
category_number(const struct policy *policy, const struct catalogue *catalogue, const char *name)
{
    return catalogue->category[policy_category_find(policy, span_str(name))];
}

static int
field_number(const struct policy *policy, const struct catalogue *catalogue, const char *name)
{
    return catalogue->field[policy_field_find(policy, span_str(name))];
}

static void
test_numbers_stay(void **state)
{
    struct kit *kit = *state;
    static const struct names versions[] = {
        {{"user", "child"}, {"account", "invoice", "grade"}, {"run", "news"}, {"left"}},
        /* another order */
        {{"child", "user"}, {"grade", "account", "invoice"}, {"news", "run"}, {"left"}},
        /* names gone, others new, in front of the old ones */
        {{"pupil", "user"}, {"absence", "account"}, {"audit", "run"}, {"ended", "left"}},
        /* the old ones again */
        {{"user", "child", "pupil"},
         {"invoice", "grade", "absence", "account"},
         {"run", "audit", "news"},
         {"left", "ended"}},
    };
    enum { VERSIONS = sizeof versions / sizeof versions[0] };
    struct err err = {0};
    struct txn *txn = NULL;
    struct policy *policy[VERSIONS];
    struct catalogue *catalogue[VERSIONS];
    assert_true(txn_begin(kit->store, &txn, &err));
    for (int v = 0; v < VERSIONS; v++) {
        policy[v] = policy_of(&versions[v]);
        catalogue[v] = opened(kit, txn, policy[v]);
        both_ways(policy[v], catalogue[v]);
        commit(kit, &txn);
        /* and after a new start */
        txn_rollback(&txn);
        kit_close(kit);
        kit_open(kit);
        assert_true(txn_begin(kit->store, &txn, &err));
    }
    for (int v = 1; v < VERSIONS; v++)
        for (int u = 0; u < v; u++) {
            for (int c = 0; c < policy[v]->category_count; c++) {
                int was = policy_category_find(policy[u], policy[v]->categories[c].name);
                for (int o = 0; o < policy[u]->category_count; o++)
                    assert_int_equal(catalogue[v]->category[c] == catalogue[u]->category[o],
                                     o == was);
            }
            for (int f = 0; f < policy[v]->field_count; f++) {
                int was = policy_field_find(policy[u], policy[v]->fields[f].full_name);
                for (int o = 0; o < policy[u]->field_count; o++)
                    assert_int_equal(catalogue[v]->field[f] == catalogue[u]->field[o], o == was);
            }
            for (int p = 0; p < policy[v]->purpose_count; p++) {
                int was = policy_purpose_find(policy[u], policy[v]->purposes[p].name);
                for (int o = 0; o < policy[u]->purpose_count; o++)
                    assert_int_equal(catalogue[v]->purpose[p] == catalogue[u]->purpose[o],
                                     o == was);
            }
            for (int e = 0; e < policy[v]->event_count; e++) {
                int was = policy_event_find(policy[u], policy[v]->events[e]);
                for (int o = 0; o < policy[u]->event_count; o++)
                    assert_int_equal(catalogue[v]->event[e] == catalogue[u]->event[o], o == was);
            }
            for (int k = 0; k < policy[v]->kind_count; k++) {
                int was = policy_kind_find(policy[u], policy[v]->kinds[k].name);
                for (int o = 0; o < policy[u]->kind_count; o++)
                    assert_int_equal(catalogue[v]->kind[k] == catalogue[u]->kind[o], o == was);
            }
        }
    /* A name this policy does not know leads nowhere, and its number is nobody else's. */
    assert_int_equal(
        catalogue_category(catalogue[2], category_number(policy[0], catalogue[0], "grade")),
        POLICY_NONE);
    /* One field name in two categories is two fields. */
    assert_int_not_equal(field_number(policy[0], catalogue[0], "account.email"),
                         field_number(policy[0], catalogue[0], "grade.email"));
    /* 0 is the ledger's own and never a name's. */
    for (int v = 0; v < VERSIONS; v++) {
        for (int c = 0; c < policy[v]->category_count; c++)
            assert_true(catalogue[v]->category[c] >= 1);
        catalogue_close(&catalogue[v]);
        assert_null(catalogue[v]);
        policy_free(&policy[v]);
    }
    txn_rollback(&txn);
}

/* Numbers given in a turn that failed were not given. */
static void
test_rolled_back(void **state)
{
    struct kit *kit = *state;
    static const struct names lost = {{"user"}, {"lost"}, {"run"}, {NULL}},
                              kept = {{"user"}, {"kept", "lost"}, {"run"}, {NULL}};
    struct err err = {0};
    struct txn *txn = NULL;
    struct policy *policy = policy_of(&lost);
    assert_true(txn_begin(kit->store, &txn, &err));
    struct catalogue *catalogue = opened(kit, txn, policy);
    int first = category_number(policy, catalogue, "lost");
    catalogue_close(&catalogue);
    policy_free(&policy);
    txn_rollback(&txn);
    policy = policy_of(&kept);
    assert_true(txn_begin(kit->store, &txn, &err));
    catalogue = opened(kit, txn, policy);
    assert_int_equal(category_number(policy, catalogue, "kept"), first);
    assert_int_equal(category_number(policy, catalogue, "lost"), first + 1);
    catalogue_close(&catalogue);
    policy_free(&policy);
    txn_rollback(&txn);
}

/* A category's number must fit into a record's place, every other into two bytes. Whoever runs out
 * hears it when the policy is loaded, not when a person's data are written. */
static void
test_full(void **state)
{
    struct kit *kit = *state;
    static const struct {
        enum catalogue_kind kind;
        int64_t taken;
        bool good;
    } rows[] = {
        {CATALOGUE_CATEGORY, 2046, true},
        {CATALOGUE_CATEGORY, 2047, false},
        {CATALOGUE_FIELD, 65534, false},
        {CATALOGUE_PURPOSE, 65534, true},
    };
    static const struct names names = {{"user"}, {"account"}, {"run"}, {NULL}};
    struct policy *policy = policy_of(&names);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err = {0};
        struct txn *txn = NULL;
        struct catalogue *catalogue = NULL;
        assert_true(txn_begin(kit->store, &txn, &err));
        for (int64_t n = 0; n < rows[i].taken; n++) {
            char name[16];
            (void)snprintf(name, sizeof name, "-%d", (int)n);
            assert_true(
                RUN(txn, SQL_catalogue_put, val_int(rows[i].kind), val_text(span_str(name))));
        }
        arena_reset(&kit->arena);
        bool good = catalogue_open(txn, &kit->arena, policy, &catalogue, &err);
        if (good != rows[i].good)
            fail_msg("row %zu: %s", i, good ? "opened" : err.text);
        if (!good) {
            assert_int_equal(err.code, ERR_FULL);
            assert_null(catalogue);
        }
        catalogue_close(&catalogue);
        txn_rollback(&txn);
    }
    policy_free(&policy);
}

static int
stop(void **state)
{
    (void)state;
    policy_faults_close(&files_faults);
    return 0;
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    return crypt_start_debuggable(&err) ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_numbers_stay, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_rolled_back, kit_store, kit_end),
        cmocka_unit_test_setup_teardown(test_full, kit_store, kit_end),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
