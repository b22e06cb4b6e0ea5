/* Data keys: made, found, renewed, destroyed; asked of a real key process. */
#include "../dice.h"
#include "../keyring/rig.h"
#include "../store/kit.h"

#include "vault/keys.h"

#include <stdlib.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { MINUTE_MS = LIMIT_KEY_CACHE_S * 1000, HEALTH = 7, NAMES = 8 };

static struct rig rig;
static struct keyd *keyd;
static struct dice dice;

/* What every test has: a store, the cache, and a turn open. */
static struct kit *kit;
static struct keys *keys;
static struct txn *txn;
static int64_t mono_ms;
static struct person ana, ben;

/* One category announced. */
static void
need_one(const struct person *who, uint16_t category)
{
    keys_need(keys, txn, who, &category, 1);
}

static void
turn_begin(void)
{
    struct err err = {0};
    if (!txn_begin(kit->store, &txn, &err))
        fail_msg("%s", err.text);
    keys_turn(keys, 0, mono_ms);
}

static void
turn_end(bool commit)
{
    struct err err = {0};
    if (!commit)
        txn_rollback(&txn);
    else if (!txn_commit(&txn, &err))
        fail_msg("%s", err.text);
}

static void
next_turn(void)
{
    turn_end(true);
    turn_begin();
}

static struct person
somebody(int64_t sn)
{
    struct person who = {.sn = sn};
    dice_fill(&dice, who.id, sizeof who.id);
    return who;
}

static int
setup(void **state)
{
    struct err err = {0};
    if (kit_store(state) != 0 || !keys_open(keyd, &keys, &err))
        return -1;
    kit = *state;
    mono_ms = 1000000;
    ana = somebody(1);
    ben = somebody(2);
    turn_begin();
    return 0;
}

static int
teardown(void **state)
{
    if (txn != NULL)
        txn_rollback(&txn);
    keys_close(&keys);
    return kit_end(state);
}

/* The key of a place, or false when there is none. */
static bool
get(const struct person *who, uint16_t category, const uint8_t *key_id, struct data_key *ret)
{
    struct err err = {0};
    bool found = false;
    if (!keys_get(keys, txn, who, category, key_id, ret, &found, &err))
        fail_msg("keys_get: %s", err.text);
    return found;
}

static struct data_key
make(const struct person *who, uint16_t category, int64_t now_us)
{
    struct err err = {0};
    struct data_key key = {0};
    if (!keys_get_or_make(keys, txn, who, category, now_us, &key, &err))
        fail_msg("keys_get_or_make: %s", err.text);
    return key;
}

/* As a new start finds it: nothing is in the cache. */
static void
forget_all(void)
{
    struct err err = {0};
    keys_close(&keys);
    assert_true(keys_open(keyd, &keys, &err));
    keys_turn(keys, 0, mono_ms);
}

static uint64_t
misses(void)
{
    uint64_t hits, misses;
    keys_figures(keys, &hits, &misses);
    return misses;
}

static void
test_made_and_found(void **state)
{
    (void)state;
    struct data_key key, again;
    uint8_t bytes[32], id[16], zero[32] = {0};
    assert_false(get(&ana, NAMES, NULL, &key));
    assert_false(keys_has(keys, ana.id, NAMES));
    key = make(&ana, NAMES, 1234567);
    memcpy(bytes, key.key, 32);
    memcpy(id, key.key_id, 16);
    assert_memory_not_equal(bytes, zero, 32);
    assert_true(keys_has(keys, ana.id, NAMES));
    again = make(&ana, NAMES, 99);
    assert_memory_equal(again.key, bytes, 32); /* the same, not another */
    /* Not ben's, and not that of another category. */
    assert_false(get(&ben, NAMES, NULL, &key));
    assert_false(get(&ana, HEALTH, NULL, &key));
    next_turn();
    forget_all();
    assert_true(get(&ana, NAMES, NULL, &again));
    assert_memory_equal(again.key, bytes, 32);
    assert_memory_equal(again.key_id, id, 16);
    assert_true(get(&ana, NAMES, id, &again));
    id[3] ^= 1;
    assert_false(get(&ana, NAMES, id, &again)); /* no key of that number */
}

/* What lies in keys.db: 128 bytes of a known form, in the place of person and category. */
static void
test_row(void **state)
{
    (void)state;
    struct data_key key = make(&ana, NAMES, INT64_C(0x0102030405060708));
    struct val out[2];
    struct err err = {0};
    bool found = false;
    const struct val in[] = {val_int(1), val_int(NAMES)};
    assert_true(rows_one(txn, &kit->arena, SQL_dk_get, in, 2, out, 2, &found, &err));
    assert_true(found);
    const uint8_t *row = (const uint8_t *)out[1].s.p;
    assert_int_equal(out[1].s.n, DK_ROW);
    assert_int_equal(row[0], 1);
    assert_int_equal(row[1], 1);
    assert_int_equal(get_be16(row + 2), NAMES);
    assert_int_equal(get_be32(row + 4), keyd_epoch(keyd).number);
    assert_memory_equal(row + 8, key.key_id, 16);
    assert_memory_equal(row + 24, ana.id, 16);
    assert_int_equal(get_be64(row + 40), UINT64_C(0x0102030405060708));
    assert_null(memmem(row, DK_ROW, key.key, 32)); /* the key itself is not there to be read */
}

/* Announced keys come in one question; what is announced twice, or not at all, is right all the
 * same. */
static void
test_announced(void **state)
{
    (void)state;
    enum { MANY = 300 };
    static struct person people[MANY];
    static uint8_t bytes[MANY][32];
    struct err err = {0};
    for (int i = 0; i < MANY; i++) {
        people[i] = somebody(10 + i);
        keys_need_new(keys, &people[i], NAMES, 1);
    }
    assert_true(keys_fetch(keys, &err));
    for (int i = 0; i < MANY; i++)
        memcpy(bytes[i], make(&people[i], NAMES, 1).key, 32);
    next_turn();
    forget_all();
    for (int i = 0; i < MANY; i += 2) {
        need_one(&people[i], NAMES);
        need_one(&people[i], NAMES);
    }
    need_one(&ben, NAMES); /* has none */
    assert_true(keys_fetch(keys, &err));
    assert_true(keys_fetch(keys, &err)); /* nothing more to do */
    assert_int_equal(misses(), MANY / 2);
    for (int i = 0; i < MANY; i++) {
        struct data_key key;
        assert_true(get(&people[i], NAMES, NULL, &key));
        assert_memory_equal(key.key, bytes[i], 32);
    }
    assert_int_equal(misses(), MANY);
}

/* As many people as one turn serves begin, each in as many categories as one submission reaches. */
static void
test_a_full_turn_of_new_people(void **state)
{
    (void)state;
    enum { CATEGORIES = 9 }; /* eight (deeds/values.h) and the ledger's */
    static struct person people[LIMIT_TURN_REQUESTS];
    static uint8_t bytes[LIMIT_TURN_REQUESTS][CATEGORIES][32];
    struct err err = {0};
    for (int i = 0; i < LIMIT_TURN_REQUESTS; i++) {
        people[i] = somebody(10 + i);
        for (uint16_t c = 0; c < CATEGORIES; c++)
            keys_need_new(keys, &people[i], c, 1);
    }
    assert_true(keys_fetch(keys, &err));
    for (int i = 0; i < LIMIT_TURN_REQUESTS; i++)
        for (uint16_t c = 0; c < CATEGORIES; c++)
            memcpy(bytes[i][c], make(&people[i], c, 1).key, 32);
    next_turn();
    forget_all();
    for (int i = 0; i < LIMIT_TURN_REQUESTS; i += 13)
        for (uint16_t c = 0; c < CATEGORIES; c++) {
            struct data_key key;
            assert_true(get(&people[i], c, NULL, &key));
            assert_memory_equal(key.key, bytes[i][c], 32);
        }
}

/* A key that was announced but never fetched is not one of zeros: neither in that turn nor in the
 * next. */
static void
test_announced_and_not_fetched(void **state)
{
    (void)state;
    uint8_t bytes[32];
    struct data_key key;
    memcpy(bytes, make(&ana, NAMES, 1).key, 32);
    next_turn();
    for (int late = 0; late < 2; late++) {
        forget_all();
        need_one(&ana, NAMES);
        if (late) {
            turn_end(false); /* something else of the turn failed before the question was asked */
            keys_taken_back(keys);
            turn_begin();
        }
        assert_true(get(&ana, NAMES, NULL, &key));
        assert_memory_equal(key.key, bytes, 32);
    }
}

/* Nor does it come late, over a key that was given its room meanwhile. */
static void
test_announced_and_destroyed(void **state)
{
    (void)state;
    struct err err = {0};
    struct data_key got;
    uint8_t bytes[2][32];
    struct person carl = somebody(3);
    memcpy(carl.id + 4, ana.id + 4, 4); /* these bytes choose the corner of the cache */
    (void)make(&ana, NAMES, 1);
    memcpy(bytes[0], make(&ben, NAMES, 1).key, 32);
    next_turn();
    forget_all();
    keys_need_new(keys, &carl, NAMES, 2);
    assert_true(keys_fetch(keys, &err));
    need_one(&ana, NAMES);
    need_one(&ben, NAMES);
    assert_true(keys_destroy(keys, txn, &ana, NAMES, &err));
    memcpy(bytes[1], make(&carl, NAMES, 2).key, 32);
    assert_true(keys_fetch(keys, &err));
    assert_true(get(&ben, NAMES, NULL, &got));
    assert_memory_equal(got.key, bytes[0], 32);
    assert_true(get(&carl, NAMES, NULL, &got));
    assert_memory_equal(got.key, bytes[1], 32);
    assert_false(get(&ana, NAMES, NULL, &got));
}

/* More look-up values than a turn has room for are asked in more than one question; none is left at
 * zero. */
static void
test_many_indexes(void **state)
{
    (void)state;
    enum { MANY = LIMIT_TURN_REQUESTS * 9 + 300 };
    static uint8_t index[MANY][KEYD_INDEX], alone[KEYD_INDEX], zero[KEYD_INDEX];
    static char values[MANY][16];
    struct err err = {0};
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(values[i], sizeof values[i], "p%d@example", i % 1000);
        keys_need_index(keys, 3, SPAN("email"), span_str(values[i]), index[i]);
    }
    assert_true(keys_fetch(keys, &err));
    assert_true(keys_index(keys, 3, SPAN("email"), SPAN("p7@example"), alone, &err));
    assert_memory_equal(index[7], alone, KEYD_INDEX);
    for (int i = 0; i < MANY; i++) {
        assert_memory_not_equal(index[i], zero, KEYD_INDEX);
        if (i >= 1000)
            assert_memory_equal(index[i], index[i - 1000], KEYD_INDEX);
    }
    assert_true(keys_index(keys, 4, SPAN("email"), SPAN("p7@example"), index[0], &err));
    assert_memory_not_equal(index[0], alone, KEYD_INDEX); /* another field, another value */
}

static void
test_renewed(void **state)
{
    (void)state;
    struct err err = {0};
    struct data_key old = make(&ana, NAMES, 5000), fresh = {0}, got;
    uint8_t old_bytes[32], old_id[16], fresh_bytes[32];
    int generation = 77;
    memcpy(old_bytes, old.key, 32);
    memcpy(old_id, old.key_id, 16);
    next_turn();
    /* Although the clock stands: the newest is the newest. */
    for (int round = 0; round < 3; round++) {
        assert_true(keys_renew(keys, txn, &ana, NAMES, 5000, &fresh, &generation, &err));
        assert_int_equal(generation, round % 2);
        memcpy(fresh_bytes, fresh.key, 32);
        assert_memory_not_equal(fresh_bytes, old_bytes, 32);
        for (int cold = 0; cold < 2; cold++) {
            assert_true(get(&ana, NAMES, NULL, &got));
            assert_memory_equal(got.key, fresh_bytes, 32);
            assert_true(
                get(&ana, NAMES, old_id, &got)); /* still opens what is not sealed anew yet */
            assert_memory_equal(got.key, old_bytes, 32);
            assert_true(get(&ana, NAMES, NULL, &got)); /* and does not take the newest's place */
            assert_memory_equal(got.key, fresh_bytes, 32);
            forget_all();
        }
        assert_false(keys_renew(keys, txn, &ana, NAMES, 6000, &got, &generation, &err));
        assert_int_equal(err.code, ERR_CONFLICT);
        assert_int_equal(generation, round % 2);
        next_turn();
        assert_true(keys_destroy_generation(keys, txn, &ana, NAMES, generation, &err));
        assert_false(get(&ana, NAMES, old_id, &got));
        assert_true(get(&ana, NAMES, NULL, &got));
        assert_memory_equal(got.key, fresh_bytes, 32);
        memcpy(old_bytes, fresh_bytes, 32);
        memcpy(old_id, got.key_id, 16);
        next_turn();
    }
    assert_false(keys_renew(keys, txn, &ben, NAMES, 6000, &got, &generation, &err));
    assert_int_equal(err.code, ERR_CORRUPT);
}

/* Ciphertext and tag of both generations' rows. */
struct seals {
    uint8_t seal[2][48];
    size_t count;
};

static bool
seal_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct seals *seals = ctx;
    memcpy(seals->seal[seals->count++], row[1].s.p + 72, 48);
    return true;
}

/* [G23] Destroyed is gone at once: from the cache, from both generations, and from the bytes of the
 * files. */
static void
test_destroyed(void **state)
{
    (void)state;
    if (kit_far())
        skip(); /* it looks into our own files */
    struct err err = {0};
    struct data_key key;
    int generation;
    char path[2][128];
    kit_path(kit, "keys.db", path[0]);
    kit_path(kit, "keys.db-wal", path[1]);
    (void)make(&ana, NAMES, 1);
    (void)make(&ana, HEALTH, 1);
    (void)make(&ben, NAMES, 1);
    assert_true(keys_renew(keys, txn, &ana, NAMES, 2, &key, &generation, &err));
    struct seals seals = {0};
    const struct val in[] = {val_int(1), val_int(NAMES)};
    assert_true(rows_each(txn, SQL_dk_get, in, 2, 2, 2, seal_row, &seals, &err));
    assert_int_equal(seals.count, 2);
    next_turn();
    for (int g = 0; g < 2; g++)
        assert_true(kit_contains(path[0], seals.seal[g], 48) || kit_contains(path[1], seals.seal[g], 48));
    assert_true(keys_destroy(keys, txn, &ana, NAMES, &err));
    assert_false(keys_has(keys, ana.id, NAMES));
    assert_false(get(&ana, NAMES, NULL, &key));
    assert_false(get(&ana, NAMES, key.key_id, &key));
    txn_truncate_keys(txn);
    next_turn();
    for (int g = 0; g < 2; g++)
        for (int file = 0; file < 2; file++)
            if (kit_contains(path[file], seals.seal[g], 48))
                fail_msg("the wrap of generation %d lies in %s", g, path[file]);
    forget_all();
    assert_false(get(&ana, NAMES, NULL, &key));
    assert_true(get(&ana, HEALTH, NULL, &key)); /* the others are well */
    assert_true(get(&ben, NAMES, NULL, &key));
    /* A new one may be made, and is another. */
    (void)make(&ana, NAMES, 3);
    assert_true(get(&ana, NAMES, NULL, &key));
}

/* Places whose end a crash may have cut in two are known until somebody says they are settled. */
static void
test_ended(void **state)
{
    (void)state;
    struct err err = {0};
    struct ended_key ended[8];
    size_t count = 99;
    int generation;
    struct data_key key;
    (void)make(&ana, NAMES, 1);
    (void)make(&ana, 0, 1);
    (void)make(&ben, 2047, 1);
    assert_true(keys_ended(txn, 0, ended, 8, &count, &err));
    assert_int_equal(count, 0);
    /* Of a renewal it is the new key's place. */
    struct key_generation both[2];
    assert_true(keys_renew(keys, txn, &ben, 2047, 2, &key, &generation, &err));
    assert_true(keys_ended(txn, 0, ended, 8, &count, &err));
    assert_int_equal(count, 1);
    assert_true(keys_generations(txn, &ben, 2047, both, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(both[0].generation, generation);
    assert_memory_equal(both[1].key_id, key.key_id, 16);
    assert_int_equal(ended[0].generation, both[1].generation);
    assert_true(keys_destroy(keys, txn, &ana, NAMES, &err));
    assert_true(keys_destroy(keys, txn, &ana, 0, &err));
    assert_true(keys_destroy(keys, txn, &ana, HEALTH, &err)); /* never was */
    assert_true(keys_destroy(keys, txn, &ben, 2047, &err));
    assert_true(keys_ended(txn, 0, ended, 8, &count, &err));
    static const struct {
        int64_t sn;
        uint16_t category;
    } want[] = {{1, 0}, {1, NAMES}, {2, 2047}, {2, 2047}};
    assert_int_equal(count, 4);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(ended[i].sn, want[i].sn);
        assert_int_equal(ended[i].category, want[i].category);
    }
    assert_true(keys_ended_done(txn, 0, &ended[0], &err));
    assert_true(keys_ended(txn, 0, ended, 2, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(ended[0].category, NAMES);
    assert_true(keys_ended_clear(txn, 0, &err));
    assert_true(keys_ended(txn, 0, ended, 8, &count, &err));
    assert_int_equal(count, 0);
}

static void
test_categories_and_those_above(void **state)
{
    (void)state;
    struct err err = {0};
    uint16_t list[8];
    size_t count = 0;
    int generation;
    struct data_key key;
    struct person last = somebody(268435455), next = somebody(3);
    static const uint16_t some[] = {0, 1, NAMES, 2047};
    for (size_t i = 0; i < 4; i++) {
        (void)make(&ana, some[i], 1);
        (void)make(&next, some[i], 1);
        (void)make(&last, some[i], 1);
    }
    assert_true(keys_renew(keys, txn, &ana, NAMES, 2, &key, &generation, &err));
    assert_true(keys_categories(txn, ana.sn, list, 8, &count, &err));
    assert_int_equal(count, 4);
    assert_memory_equal(list, some, sizeof some);
    assert_true(keys_categories(txn, ben.sn, list, 8, &count, &err));
    assert_int_equal(count, 0);
    assert_true(keys_destroy_between(txn, 2, 268435456, &err));
    assert_true(keys_categories(txn, next.sn, list, 8, &count, &err));
    assert_int_equal(count, 0);
    assert_true(keys_categories(txn, last.sn, list, 8, &count, &err));
    assert_int_equal(count, 0);
    assert_true(keys_categories(txn, ana.sn, list, 8, &count, &err));
    assert_int_equal(count, 4);
}

/* A key is used for a minute after it was opened, and then asked for again. */
static void
test_lives_a_minute(void **state)
{
    (void)state;
    struct data_key key;
    (void)make(&ana, NAMES, 1);
    next_turn();
    forget_all();
    assert_true(get(&ana, NAMES, NULL, &key));
    uint64_t asked = misses();
    static const struct {
        int64_t after_ms;
        bool again;
    } rows[] = {{1, false},
                {30000, false},
                {MINUTE_MS - 2000, false},
                {MINUTE_MS + 1, true},
                {MINUTE_MS + 2000, false},
                {2 * MINUTE_MS + 2, true}};
    int64_t begun = mono_ms;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mono_ms = begun + rows[i].after_ms;
        next_turn();
        assert_true(get(&ana, NAMES, NULL, &key));
        asked += rows[i].again;
        if (misses() != asked)
            fail_msg("after %lld ms: %s", (long long)rows[i].after_ms,
                     rows[i].again ? "still there" : "asked again");
    }
}

/* And its bytes do not lie about for longer, although nobody asks for it any more. */
static void
test_is_wiped_after_a_minute(void **state)
{
    (void)state;
    enum { MANY = 500 };
    static const uint8_t *at[MANY];
    static const uint8_t zero[32];
    for (int i = 0; i < MANY; i++) {
        struct person who = somebody(10 + i);
        at[i] = make(&who, NAMES, 1).key;
        if (i % 250 == 249)
            next_turn();
    }
    for (int64_t end = mono_ms + MINUTE_MS; mono_ms <= end; mono_ms += 1000)
        keys_tidy(keys, mono_ms); /* as a server with nothing to do calls it */
    for (int i = 0; i < MANY; i++)
        if (memcmp(at[i], zero, 32) != 0)
            fail_msg("key %d of %d is still there", i, MANY);
}

/* More people than the cache holds: every key is right, and the cache stays as large as it is. */
static void
test_bound(void **state)
{
    (void)state;
    enum { MANY = LIMIT_KEY_CACHE + 1500, STEP = 500 };
    static struct person people[MANY];
    static uint8_t bytes[MANY][32];
    struct err err = {0};
    for (int from = 0; from < MANY; from += STEP) {
        int to = from + STEP < MANY ? from + STEP : MANY;
        for (int i = from; i < to; i++) {
            people[i] = somebody(10 + i);
            keys_need_new(keys, &people[i], NAMES, 1);
        }
        assert_true(keys_fetch(keys, &err));
        for (int i = from; i < to; i++)
            memcpy(bytes[i], make(&people[i], NAMES, 1).key, 32);
        next_turn();
    }
    int held = 0;
    for (int i = 0; i < MANY; i++)
        held += keys_has(keys, people[i].id, NAMES);
    assert_true(held <= LIMIT_KEY_CACHE && held > LIMIT_KEY_CACHE / 2);
    for (int i = 0; i < MANY; i += 7) {
        struct data_key key;
        assert_true(get(&people[i], NAMES, NULL, &key));
        assert_memory_equal(key.key, bytes[i], 32);
        if (i % 700 == 0)
            next_turn();
    }
}

/* People whose keys fall into one corner of the cache, all in one turn: no key given in it is
 * overwritten by the next. */
static void
test_one_corner(void **state)
{
    (void)state;
    enum { MANY = 260 };
    static struct person people[MANY];
    static uint8_t bytes[MANY][32];
    static struct data_key given[MANY];
    struct err err = {0};
    for (int i = 0; i < MANY; i++) {
        people[i] = somebody(10 + i);
        memset(people[i].id + 4, 0x55, 4); /* these bytes choose the corner */
        memcpy(bytes[i], make(&people[i], NAMES, 1).key, 32);
        if (i % 100 == 99)
            next_turn();
    }
    next_turn();
    forget_all();
    for (int i = 0; i < MANY - 1; i++)
        assert_true(get(&people[i], NAMES, NULL, &given[i]));
    for (int i = 0; i < MANY - 1; i++)
        assert_memory_equal(given[i].key, bytes[i], 32);
    const uint8_t *apart =
        given[MANY - 2].key; /* the cache had no room: it is held for the turn alone */
    /* There is an end to it, and it is an answer. */
    bool found, full = false;
    for (int i = 0; i < MANY && !full; i++)
        full = !keys_get(keys, txn, &people[i], NAMES, NULL, &given[i], &found, &err);
    assert_true(full);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    turn_end(true);
    static const uint8_t zero[32];
    assert_memory_not_equal(apart, zero, 32);
    keys_tidy(keys, mono_ms);
    assert_memory_equal(apart, zero, 32);
    turn_begin();
    assert_true(get(&people[MANY - 1], NAMES, NULL, &given[0]));
    assert_memory_equal(given[0].key, bytes[MANY - 1], 32);
}

/* [G21] A wrapped key belongs to its person and category: put into another's place, or changed, it
 * does not open. */
static void
test_moved_rows(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t sn;
        uint16_t category;
        size_t flip; /* this byte is changed; 200: none */
        bool good;
    } rows[] = {
        {"in its place", 1, NAMES, 200, true},
        {"another person's place", 2, NAMES, 200, false},
        {"another category's place", 1, HEALTH, 200, false},
        {"another category written into it", 1, HEALTH, 3, false},
        {"the epoch changed", 1, NAMES, 7, false},
        {"the key's number changed", 1, NAMES, 8, false},
        {"the time changed", 1, NAMES, 47, false},
        {"the nonce changed", 1, NAMES, 60, false},
        {"the seal changed", 1, NAMES, 80, false},
        {"the tail changed", 1, NAMES, 127, false},
    };
    struct err err = {0};
    struct val out[2];
    bool found = false;
    (void)make(&ana, NAMES, 1);
    const struct val in[] = {val_int(1), val_int(NAMES)};
    assert_true(rows_one(txn, &kit->arena, SQL_dk_get, in, 2, out, 2, &found, &err) && found);
    uint8_t row[DK_ROW];
    memcpy(row, out[1].s.p, DK_ROW);
    turn_end(false);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct data_key key;
        uint8_t put[DK_ROW];
        const struct person *who = rows[i].sn == 1 ? &ana : &ben;
        turn_begin();
        forget_all();
        memcpy(put, row, DK_ROW);
        if (rows[i].flip < DK_ROW)
            put[rows[i].flip] ^= NAMES ^ HEALTH;
        assert_true(RUN(txn, SQL_dk_put, val_int(rows[i].sn), val_int(rows[i].category), val_int(0),
                        val_blob(put, DK_ROW)));
        for (int announced = 0; announced < 2; announced++) {
            if (announced) {
                need_one(who, rows[i].category);
                assert_true(keys_fetch(keys, &err));
            }
            err = (struct err){0};
            bool good = keys_get(keys, txn, who, rows[i].category, NULL, &key, &found, &err);
            if (good != rows[i].good)
                fail_msg("%s: %s", rows[i].name, good ? "opened" : err.text);
            if (!good)
                assert_int_equal(err.code, ERR_SEAL);
            /* Nor is another made beside it, as if there were none. */
            if (!good)
                assert_false(keys_get_or_make(keys, txn, who, rows[i].category, 1, &key, &err));
        }
        turn_end(false);
    }
    turn_begin();
}

/* Keys made in a turn that failed never were. */
static void
test_turn_failed(void **state)
{
    (void)state;
    struct data_key key;
    uint8_t bytes[32];
    memcpy(bytes, make(&ana, NAMES, 1).key, 32);
    turn_end(false);
    keys_taken_back(keys);
    turn_begin();
    assert_false(keys_has(keys, ana.id, NAMES));
    assert_false(get(&ana, NAMES, NULL, &key));
    assert_memory_not_equal(make(&ana, NAMES, 1).key, bytes, 32);
}

/* Without the key process: an answer, and nothing half done. */
static void
test_keyd_gone(void **state)
{
    (void)state;
    struct err err = {0};
    struct data_key key;
    bool found = false;
    struct rig other;
    struct keyd *short_lived = NULL;
    rig_open(&other);
    struct key_source source = rig_source(&other);
    assert_true(keyring_create(other.dir, &source, &err));
    assert_true(keyd_start("/proc/self/exe", other.dir, &source, &short_lived, &err));
    keys_close(&keys);
    assert_true(keys_open(short_lived, &keys, &err));
    keys_turn(keys, 0, mono_ms);
    (void)make(&ana, NAMES, 1);
    (void)make(&ben, NAMES, 1);
    next_turn();
    keys_close(&keys);
    assert_true(keys_open(short_lived, &keys, &err));
    keys_turn(keys, 0, mono_ms);
    assert_true(get(&ana, NAMES, NULL, &key));
    (void)kill(keyd_pid(short_lived), SIGKILL);
    need_one(&ben, NAMES);
    assert_false(keys_fetch(keys, &err));
    assert_int_equal(err.code, ERR_KEYS);
    assert_false(keys_has(keys, ben.id, NAMES));
    assert_false(keys_get(keys, txn, &ben, NAMES, NULL, &key, &found, &err));
    assert_int_equal(err.code, ERR_KEYS);
    assert_true(get(&ana, NAMES, NULL, &key)); /* what is open stays open for its minute */
    struct person new = somebody(9);
    assert_false(keys_get_or_make(keys, txn, &new, NAMES, 1, &key, &err));
    uint16_t list[4];
    size_t count = 9;
    assert_true(keys_categories(txn, new.sn, list, 4, &count, &err));
    assert_int_equal(count, 0);
    /* and destroying needs nobody */
    assert_true(keys_destroy(keys, txn, &ana, NAMES, &err));
    assert_false(get(&ana, NAMES, NULL, &key));
    keys_close(&keys);
    assert_true(keys_open(keyd, &keys, &err));
    keyd_stop(&short_lived);
    rig_close(&other);
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    log_set_level(LOG_ERROR);
    if (!crypt_start_debuggable(&err))
        return -1;
    dice = dice_open("keys");
    rig_open(&rig);
    struct key_source source = rig_source(&rig);
    return keyring_create(rig.dir, &source, &err) &&
                   keyd_start("/proc/self/exe", rig.dir, &source, &keyd, &err)
               ? 0
               : -1;
}

static int
stop(void **state)
{
    (void)state;
    keyd_stop(&keyd);
    rig_close(&rig);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keyd") == 0)
        return keyd_main(atoi(argv[2]));
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_made_and_found),
        CASE(test_row),
        CASE(test_announced),
        CASE(test_a_full_turn_of_new_people),
        CASE(test_announced_and_not_fetched),
        CASE(test_announced_and_destroyed),
        CASE(test_many_indexes),
        CASE(test_renewed),
        CASE(test_destroyed),
        CASE(test_ended),
        CASE(test_categories_and_those_above),
        CASE(test_lives_a_minute),
        CASE(test_is_wiped_after_a_minute),
        CASE(test_bound),
        CASE(test_one_corner),
        CASE(test_moved_rows),
        CASE(test_turn_failed),
        CASE(test_keyd_gone),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
