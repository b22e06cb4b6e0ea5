/* Bearer tokens: their form, their life, and what of them is kept. */
#include "../store/kit.h"

#include "actors/token.h"
#include "crypt/crypt.h"
#include "wire/text.h"

#include <stdio.h>

enum { PREFIX = 6, DIGITS = 43, LENGTH = PREFIX + DIGITS };

static const int64_t made_us = INT64_C(1700000000000000), ends_us = INT64_C(1700086400000000);
static struct kit *kit;
static struct txn *txn;

static int
setup(void **state)
{
    struct err err = {0};
    if (kit_store(state) != 0)
        return -1;
    kit = *state;
    return txn_begin(kit->store, &txn, &err) ? 0 : -1;
}

static int
teardown(void **state)
{
    if (txn != NULL)
        txn_rollback(&txn);
    return kit_end(state);
}

static void
make(const char *name, int64_t sn, char text[TOKEN_TEXT_MAX], uint8_t id[TOKEN_ID])
{
    struct err err = {0};
    const struct token_ask ask = {.role = sn == 0 ? SPAN("helpdesk") : SPAN(TOKEN_ROLE_SUBJECT),
                                  .name = span_str(name),
                                  .sn = sn,
                                  .now_us = made_us,
                                  .expires_us = ends_us};
    if (!token_make(txn, &ask, text, id, &err))
        fail_msg("token_make: %s", err.text);
}

static enum token_state
find(struct span text, int64_t now_us, struct token *ret)
{
    struct err err = {0};
    enum token_state found = TOKEN_GOOD;
    arena_reset(&kit->arena);
    if (!token_find(txn, &kit->arena, text, now_us, &found, ret, &err))
        fail_msg("token_find: %s", err.text);
    return found;
}

static void
test_form(void **state)
{
    (void)state;
    enum { MANY = 100 };
    static char texts[MANY][TOKEN_TEXT_MAX];
    static uint8_t ids[MANY][TOKEN_ID];
    for (int i = 0; i < MANY; i++) {
        char name[16];
        struct token token;
        (void)snprintf(name, sizeof name, "desk-%d", i);
        make(name, 0, texts[i], ids[i]);
        assert_int_equal(strlen(texts[i]), LENGTH);
        assert_memory_equal(texts[i], "troth_", PREFIX);
        arena_reset(&kit->arena);
        assert_int_equal(base64url_get(&kit->arena, span_str(texts[i] + PREFIX)).n, 32);
        assert_int_equal(find(span_str(texts[i]), made_us, &token), TOKEN_GOOD);
        assert_memory_equal(token.id, ids[i], TOKEN_ID);
        assert_true(span_is(token.role, "helpdesk"));
        assert_false(token.subject);
        for (int other = 0; other < i; other++) {
            assert_string_not_equal(texts[other], texts[i]);
            assert_memory_not_equal(ids[other], ids[i], TOKEN_ID);
            /* Not even in part: the secret is new each time. */
            assert_memory_not_equal(texts[other] + PREFIX, texts[i] + PREFIX, 8);
        }
    }
}

/* Good until the microsecond it ends at, and never without a clock. */
static void
test_expiry(void **state)
{
    (void)state;
    static const struct {
        int64_t now_us;
        enum token_state state;
    } rows[] = {
        {made_us, TOKEN_GOOD},    {made_us - 1, TOKEN_GOOD},    {ends_us - 1, TOKEN_GOOD},
        {ends_us, TOKEN_EXPIRED}, {ends_us + 1, TOKEN_EXPIRED}, {INT64_MAX, TOKEN_EXPIRED},
        {0, TOKEN_EXPIRED},
    };
    char text[TOKEN_TEXT_MAX];
    uint8_t id[TOKEN_ID];
    make("desk", 0, text, id);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token token;
        if (find(span_str(text), rows[i].now_us, &token) != rows[i].state)
            fail_msg("row %zu", i);
    }
}

static void
test_revoked(void **state)
{
    (void)state;
    char text[2][TOKEN_TEXT_MAX];
    uint8_t id[TOKEN_ID];
    struct token token;
    struct err err = {0};
    make("desk-1", 0, text[0], id);
    make("desk-2", 0, text[1], id);
    assert_true(token_revoke(txn, SPAN("desk-1"), made_us + 5, &err));
    assert_int_equal(find(span_str(text[0]), made_us + 5, &token), TOKEN_REVOKED);
    assert_int_equal(find(span_str(text[0]), made_us, &token),
                     TOKEN_REVOKED); /* a clock put back helps nobody */
    assert_int_equal(find(span_str(text[0]), ends_us, &token), TOKEN_REVOKED);
    assert_int_equal(find(span_str(text[1]), made_us + 5, &token), TOKEN_GOOD);
    static const char *const names[] = {"desk-1", "desk-3", "", "DESK-2", "desk"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        err = (struct err){0};
        if (token_revoke(txn, span_str(names[i]), made_us, &err) || err.code != ERR_NOT_FOUND)
            fail_msg("\"%s\"", names[i]);
    }
    assert_int_equal(find(span_str(text[1]), made_us + 5, &token), TOKEN_GOOD);
}

/* Any other text is unknown, however near. */
static void
test_altered(void **state)
{
    (void)state;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char text[TOKEN_TEXT_MAX], changed[TOKEN_TEXT_MAX * 2];
    uint8_t id[TOKEN_ID];
    struct token token = {.sn = 77};
    make("desk", 0, text, id);
    for (size_t at = 0; at < LENGTH; at++) {
        for (const char *c = digits; *c != '\0'; c++) {
            memcpy(changed, text, sizeof text);
            changed[at] = *c;
            if (*c != text[at] && find(span_of(changed, LENGTH), made_us, &token) != TOKEN_UNKNOWN)
                fail_msg("%c at %zu", *c, at);
        }
        memcpy(changed, text, sizeof text);
        changed[at] = (char)(changed[at] ^ 0x20); /* the other case */
        assert_int_equal(find(span_of(changed, LENGTH), made_us, &token), TOKEN_UNKNOWN);
    }
    assert_int_equal(token.sn, 77); /* untouched */
    for (size_t n = 0; n < LENGTH; n++)
        assert_int_equal(find(span_of(text, n), made_us, &token), TOKEN_UNKNOWN);
    static const char *const tails[] = {"=",  "A",  " ",
                                        "\n", "==", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        (void)snprintf(changed, sizeof changed, "%s%s", text, tails[i]);
        assert_int_equal(find(span_str(changed), made_us, &token), TOKEN_UNKNOWN);
    }
    (void)snprintf(changed, sizeof changed, " %s", text);
    assert_int_equal(find(span_str(changed), made_us, &token), TOKEN_UNKNOWN);
    assert_int_equal(find(span_of(text, LENGTH + 1), made_us, &token),
                     TOKEN_UNKNOWN); /* with its NUL */
    assert_int_equal(find(span_str(text + PREFIX), made_us, &token), TOKEN_UNKNOWN);
    assert_int_equal(find(SPAN_NONE, made_us, &token), TOKEN_UNKNOWN);
    assert_int_equal(find(span_str(text), made_us, &token), TOKEN_GOOD);
}

/* The same secret in the alphabet of files and not of links is another text: there is one writing.
 */
static void
test_other_alphabet(void **state)
{
    (void)state;
    int seen = 0;
    for (int i = 0; i < 60; i++) {
        char text[TOKEN_TEXT_MAX], name[16];
        uint8_t id[TOKEN_ID];
        struct token token;
        (void)snprintf(name, sizeof name, "desk-%d", i);
        make(name, 0, text, id);
        bool other = false;
        for (size_t at = PREFIX; at < LENGTH; at++) {
            other |= text[at] == '-' || text[at] == '_';
            text[at] = text[at] == '-' ? '+' : text[at] == '_' ? '/' : text[at];
        }
        seen += other;
        assert_int_equal(find(span_str(text), made_us, &token), other ? TOKEN_UNKNOWN : TOKEN_GOOD);
    }
    assert_true(seen > 10);
}

/* The files hold the hash and nothing one could sign in with. */
static void
test_hash_only(void **state)
{
    if (kit_far())
        skip(); /* it looks into our own files */
    (void)state;
    char text[TOKEN_TEXT_MAX], path[128];
    uint8_t id[TOKEN_ID], hash[32];
    struct err err = {0};
    make("desk", 0, text, id);
    assert_true(txn_commit(&txn, &err));
    struct span whole = span_str(text);
    crypt_sha256(&whole, 1, hash);
    struct span secret = base64url_get(&kit->arena, span_str(text + PREFIX));
    static const char *const files[] = {"troth.db", "troth.db-wal", "keys.db", "keys.db-wal"};
    int hashes = 0;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        kit_path(kit, files[i], path);
        hashes += kit_contains(path, hash, sizeof hash);
        assert_false(kit_contains(path, text, LENGTH));
        assert_false(kit_contains(path, text + PREFIX, 12));
        assert_false(kit_contains(path, secret.p, 12));
    }
    assert_true(hashes > 0);
}

static void
test_a_name_is_used_once(void **state)
{
    (void)state;
    char text[TOKEN_TEXT_MAX], second[TOKEN_TEXT_MAX] = "before";
    uint8_t id[TOKEN_ID], other[TOKEN_ID] = {9};
    struct err err = {0};
    struct token token;
    make("desk", 0, text, id);
    const struct token_ask again = {
        .role = SPAN("website"), .name = SPAN("desk"), .now_us = made_us, .expires_us = ends_us};
    assert_false(token_make(txn, &again, second, other, &err));
    assert_int_equal(err.code, ERR_TAKEN);
    assert_string_equal(second, "before");
    assert_int_equal(other[0], 9);
    /* Nor when the old one is dead: the name stands in the ledger for who did what. */
    assert_true(token_revoke(txn, SPAN("desk"), made_us, &err));
    assert_false(token_make(txn, &again, second, other, &err));
    assert_int_equal(err.code, ERR_TAKEN);
    assert_int_equal(find(span_str(text), made_us, &token), TOKEN_REVOKED);
}

/* A person's own token says whose it is; when the person is gone it says nobody's; with their data
 * it goes. */
static void
test_a_persons_own(void **state)
{
    (void)state;
    static const uint8_t subject_id[16] = "a person's id 16", nobody[16];
    char text[TOKEN_TEXT_MAX], desk[TOKEN_TEXT_MAX];
    uint8_t id[TOKEN_ID];
    struct err err = {0};
    struct token token;
    assert_true(RUN(txn, SQL_subject_put, val_int(5), val_blob(subject_id, 16), val_int(1),
                    val_int(1), val_int(1)));
    make("ana", 5, text, id);
    make("desk", 0, desk, id);
    assert_int_equal(find(span_str(text), made_us, &token), TOKEN_GOOD);
    assert_true(token.subject);
    assert_int_equal(token.sn, 5);
    assert_memory_equal(token.subject_id, subject_id, 16);
    assert_true(span_is(token.role, TOKEN_ROLE_SUBJECT));
    assert_true(RUN(txn, SQL_subject_delete, val_int(5)));
    assert_int_equal(find(span_str(text), made_us, &token), TOKEN_GOOD);
    assert_memory_equal(token.subject_id, nobody, 16);
    assert_true(token_erase(txn, 5, &err));
    assert_int_equal(find(span_str(text), made_us, &token), TOKEN_UNKNOWN);
    assert_int_equal(find(span_str(desk), made_us, &token), TOKEN_GOOD);
}

struct list {
    char names[16][16];
    int count, most;
    bool revoked_seen;
};

static bool
listed(void *ctx, const struct token_row *row, struct err *err)
{
    struct list *list = ctx;
    if (list->count == list->most)
        return err_set(err, ERR_TOO_LARGE, "enough");
    assert_true(span_copy(row->name, list->names[list->count++], 16));
    assert_int_equal(row->created_us, made_us);
    assert_int_equal(row->expires_us, ends_us);
    assert_int_equal(row->subject, row->name.p[0] == 'p');
    assert_true(row->revoked_us == 0 ||
                (span_is(row->name, "b") && row->revoked_us == made_us + 1));
    list->revoked_seen |= row->revoked_us != 0;
    return true;
}

static void
test_list(void **state)
{
    (void)state;
    static const char *const names[] = {"d", "b", "p-ana", "a", "c"};
    struct err err = {0};
    for (size_t i = 0; i < 5; i++) {
        char text[TOKEN_TEXT_MAX];
        uint8_t id[TOKEN_ID];
        make(names[i], names[i][0] == 'p' ? 5 : 0, text, id);
    }
    assert_true(token_revoke(txn, SPAN("b"), made_us + 1, &err));
    struct list list = {.most = 16};
    assert_true(token_list(txn, SPAN(""), 16, listed, &list, &err));
    assert_int_equal(list.count, 5);
    assert_true(list.revoked_seen);
    static const char *const order[] = {"a", "b", "c", "d", "p-ana"};
    for (int i = 0; i < 5; i++)
        assert_string_equal(list.names[i], order[i]);
    list = (struct list){.most = 16};
    assert_true(token_list(txn, SPAN("b"), 2, listed, &list, &err)); /* a page of two behind b */
    assert_int_equal(list.count, 2);
    assert_string_equal(list.names[0], "c");
    list = (struct list){.most = 1};
    assert_false(token_list(txn, SPAN(""), 16, listed, &list, &err));
    assert_int_equal(err.code, ERR_TOO_LARGE);
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
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_form),
        CASE(test_expiry),
        CASE(test_revoked),
        CASE(test_altered),
        CASE(test_other_alphabet),
        CASE(test_hash_only),
        CASE(test_a_name_is_used_once),
        CASE(test_a_persons_own),
        CASE(test_list),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
