#include "rig.h"

#include "../dice.h"

#include <unistd.h>

static struct keyring *files; /* NODES: what lies on each node's disk */
static struct keyring *held;  /* NODES: what each node's keyd opened at its start */
static struct dice dice;

enum { NODES = 4, STEPS = 4000, RUNS = 12, WRITTEN_MAX = 64 };

static void
vault_make(struct keyring *ring)
{
    struct err err;
    memset(ring, 0, sizeof *ring);
    ring->generation = 1;
    crypt_random(ring->vault_id, 16);
    for (enum keyring_kind kind = KEYRING_EPOCH; kind <= KEYRING_ACTOR; kind++)
        assert_true(keyring_key_add(ring, kind, 1, &err));
}

static void
test_one_life(void **state)
{
    (void)state;
    struct err err;
    struct keyring *ring = &files[0];
    vault_make(ring);
    assert_null(keyring_epoch_prepared(ring));
    assert_int_equal(keyring_epoch_newest(ring)->id, 1);
    assert_false(keyring_epoch_activate(ring, 2, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
    assert_false(keyring_epoch_cancel(ring, &err));
    assert_true(keyring_epoch_prepare(ring, 2, &err));
    assert_null(keyring_fault(ring));
    assert_false(keyring_epoch_prepare(ring, 3, &err));
    assert_non_null(strstr(err.text, "epoch 2 is prepared already"));
    assert_int_equal(keyring_key(ring, KEYRING_EPOCH, 0)->id, 1); /* not wrapped under yet */
    assert_non_null(keyring_key(ring, KEYRING_EPOCH, 2));         /* but it opens */
    assert_false(keyring_epoch_activate(ring, 1, &err));
    assert_true(keyring_epoch_activate(ring, 2, &err));
    assert_int_equal(keyring_key(ring, KEYRING_EPOCH, 0)->id, 2);
    assert_int_equal(keyring_key(ring, KEYRING_EPOCH, 1)->state, KEYRING_RETIRING);
    assert_null(keyring_fault(ring));
    assert_true(keyring_epoch_prepare(ring, 3, &err));
    assert_true(keyring_epoch_cancel(ring, &err));
    assert_int_equal(keyring_epoch_newest(ring)->id, 2);
    assert_null(keyring_fault(ring));
}

static void
test_order_is_checked(void **state)
{
    (void)state;
    static const struct {
        enum keyring_state states[3];
        bool good;
    } rows[] = {
        {{KEYRING_RETIRING, KEYRING_ACTIVE, KEYRING_PREPARED}, true},
        {{KEYRING_DESTROYED, KEYRING_RETIRING, KEYRING_ACTIVE}, true},
        {{KEYRING_RETIRING, KEYRING_RETIRING, KEYRING_ACTIVE}, true},
        {{KEYRING_ACTIVE, KEYRING_RETIRING, KEYRING_PREPARED}, false},
        {{KEYRING_ACTIVE, KEYRING_PREPARED, KEYRING_PREPARED}, false},
        {{KEYRING_PREPARED, KEYRING_RETIRING, KEYRING_ACTIVE}, false},
        {{KEYRING_ACTIVE, KEYRING_PREPARED, KEYRING_DESTROYED}, false},
        {{KEYRING_RETIRING, KEYRING_ACTIVE, KEYRING_DESTROYED}, false},
        {{KEYRING_RETIRING, KEYRING_RETIRING, KEYRING_PREPARED}, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err err;
        vault_make(&files[0]);
        assert_true(keyring_key_add(&files[0], KEYRING_EPOCH, 2, &err));
        assert_true(keyring_key_add(&files[0], KEYRING_EPOCH, 3, &err));
        files[0].keys[0].state = rows[i].states[0];
        files[0].keys[5].state = rows[i].states[1];
        files[0].keys[6].state = rows[i].states[2];
        if ((keyring_fault(&files[0]) == NULL) != rows[i].good)
            fail_msg("row %zu", i);
    }
    vault_make(&files[0]);
    files[0].keys[3].state = KEYRING_PREPARED;
    assert_non_null(keyring_fault(&files[0]));
}

static void
test_merge(void **state)
{
    (void)state;
    struct err err;
    size_t news = 9;
    struct keyring *a = &files[0], *b = &files[1];
    vault_make(a);
    memcpy(b, a, sizeof *b);
    assert_true(keyring_merge(a, b, &news, &err) && news == 0);
    assert_true(keyring_epoch_prepare(b, 2, &err));
    assert_true(keyring_merge(a, b, &news, &err) && news == 1);
    assert_int_equal(keyring_epoch_prepared(a)->id, 2);
    assert_true(keyring_epoch_activate(a, 2, &err));
    assert_true(keyring_merge(a, b, &news, &err) && news == 0); /* what is behind takes nothing back */
    assert_int_equal(keyring_key(a, KEYRING_EPOCH, 0)->id, 2);
    assert_true(keyring_merge(b, a, &news, &err) && news == 2);
    assert_int_equal(keyring_key(b, KEYRING_EPOCH, 0)->id, 2);
    /* An end reaches the other, and is not undone by it. */
    a->keys[0].state = KEYRING_DESTROYED;
    a->keys[0].destroyed_us = 5;
    memset(a->keys[0].key, 0, 32);
    assert_true(keyring_merge(a, b, &news, &err) && news == 0);
    assert_null(keyring_key(a, KEYRING_EPOCH, 1));
    assert_true(keyring_merge(b, a, &news, &err) && news == 1);
    assert_null(keyring_key(b, KEYRING_EPOCH, 1));
    static const uint8_t zero[32];
    assert_memory_equal(b->keys[0].key, zero, 32);
    /* Prepared apart, another vault, another key of another kind. */
    assert_true(keyring_epoch_prepare(a, 3, &err) && keyring_epoch_prepare(b, 3, &err));
    assert_false(keyring_merge(a, b, &news, &err));
    assert_non_null(strstr(err.text, "epoch cancel"));
    assert_true(keyring_epoch_cancel(b, &err));
    assert_true(keyring_merge(b, a, &news, &err) && news == 1);
    b->keys[2].check[0] ^= 1;
    assert_false(keyring_merge(a, b, &news, &err));
    b->keys[2].check[0] ^= 1;
    b->vault_id[0] ^= 1;
    assert_false(keyring_merge(a, b, &news, &err));
    assert_int_equal(err.code, ERR_CONFLICT);
}

/* The store as far as epochs go (deeds/epoch.c), and what was ever wrapped under. */
struct model {
    struct epoch_mark used, noted[NODES], follows[NODES], written[WRITTEN_MAX];
    bool runs[NODES];
    size_t written_count;
    int activated, refused, cut_off;
};

static bool
same(const struct epoch_mark *a, const struct epoch_mark *b)
{
    return a->number == b->number && memcmp(a->check, b->check, sizeof a->check) == 0;
}

static void
node_start(struct model *m, int i)
{
    memcpy(&held[i], &files[i], sizeof held[i]);
    m->runs[i] = keyring_epoch_find(&held[i], &m->used) == EPOCH_USED;
    m->cut_off += !m->runs[i];
    if (!m->runs[i])
        return;
    m->follows[i] = m->used;
    m->noted[i] = keyring_mark(keyring_epoch_newest(&held[i]));
}

static void
node_activate(struct model *m, int i)
{
    struct err err;
    const struct epoch_mark mark = keyring_mark(keyring_epoch_newest(&files[i]));
    for (int k = 0; k < NODES; k++) {
        if (m->runs[k] && !same(&m->noted[k], &mark) && !same(&m->used, &mark)) {
            m->refused++;
            return;
        }
    }
    if (m->used.number > mark.number || (m->used.number == mark.number && !same(&m->used, &mark)))
        return;
    m->activated += !same(&m->used, &mark);
    m->used = mark;
    /* A crash here leaves the file as it was. */
    if (keyring_epoch_prepared(&files[i]) != NULL && dice_below(&dice, 4) != 0)
        assert_true(keyring_epoch_activate(&files[i], mark.number, &err));
}

static void
node_write(struct model *m, int i)
{
    if (!m->runs[i])
        return;
    if (dice_below(&dice, 2) == 0)
        m->follows[i] = m->used; /* epoch_follow */
    assert_int_equal(keyring_epoch_find(&held[i], &m->follows[i]), EPOCH_USED);
    for (size_t k = 0; k < m->written_count; k++)
        if (same(&m->written[k], &m->follows[i]))
            return;
    assert_true(m->written_count < WRITTEN_MAX);
    m->written[m->written_count++] = m->follows[i];
}

static void
model_step(struct model *m)
{
    struct err err;
    size_t news;
    int i = (int)dice_below(&dice, NODES), j = (int)dice_below(&dice, NODES);
    struct epoch_mark prepared = {0};
    switch (dice_below(&dice, 9)) {
    case 0:
        if (dice_below(&dice, 4) == 0)
            (void)!keyring_epoch_prepare(&files[i], 1, &err);
        break;
    case 1:
        if (keyring_epoch_prepared(&files[i]) != NULL)
            prepared = keyring_mark(keyring_epoch_prepared(&files[i]));
        if (dice_below(&dice, 4) == 0 && prepared.number != 0 && memcmp(prepared.check, m->used.check, 8) != 0)
            assert_true(keyring_epoch_cancel(&files[i], &err));
        break;
    case 2:
    case 3: /* the keyring of j, perhaps an old gift of it, is brought to i; a failed one is not saved */
        memcpy(&files[NODES], &files[i], sizeof files[i]);
        if (keyring_merge(&files[NODES], &files[j], &news, &err))
            memcpy(&files[i], &files[NODES], sizeof files[i]);
        break;
    case 4:
        node_start(m, i);
        break;
    case 5:
        m->runs[i] = dice_below(&dice, 3) != 0 && m->runs[i];
        break;
    case 6:
        node_activate(m, i);
        break;
    default:
        node_write(m, i);
        break;
    }
}

static void
used_is_kept(const struct model *m)
{
    for (size_t k = 0; k < m->written_count; k++) {
        bool found = false;
        for (int i = 0; i < NODES; i++)
            found |= keyring_epoch_find(&files[i], &m->written[k]) == EPOCH_USED;
        assert_true(found);
    }
}

/* Whatever people do in whatever order: no node that runs meets a row it cannot open, every file stays whole, and no
 * key that is used is ever lost. */
static void
test_nodes_always_open(void **state)
{
    (void)state;
    int activated = 0, refused = 0, cut_off = 0;
    for (unsigned run = 0; run < RUNS; run++) {
        struct model m = {0};
        vault_make(&files[0]);
        for (int i = 1; i < NODES; i++)
            memcpy(&files[i], &files[0], sizeof files[0]);
        m.used = keyring_mark(keyring_epoch_newest(&files[0]));
        for (int step = 0; step < STEPS && m.used.number < KEYRING_EPOCHS - 2; step++) {
            model_step(&m);
            for (int i = 0; i < NODES; i++) {
                const char *fault = keyring_fault(&files[i]);
                if (fault != NULL)
                    fail_msg("run %u, step %d, node %d: %s", run, step, i, fault);
                for (size_t k = 0; m.runs[i] && k < m.written_count; k++)
                    assert_int_equal(keyring_epoch_find(&held[i], &m.written[k]), EPOCH_USED);
            }
            used_is_kept(&m);
        }
        activated += m.activated;
        refused += m.refused;
        cut_off += m.cut_off;
    }
    /* It went through what it is about. */
    assert_true(activated > 50 && refused > 50 && cut_off > 50);
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    log_set_level(LOG_ERROR);
    if (!crypt_start_debuggable(&err))
        return -1;
    dice = dice_open("epoch");
    files = crypt_secret_take((NODES + 1) * sizeof *files);
    held = crypt_secret_take(NODES * sizeof *held);
    return files != NULL && held != NULL ? 0 : -1;
}

static int
stop(void **state)
{
    (void)state;
    crypt_secret_free(files);
    crypt_secret_free(held);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_life), cmocka_unit_test(test_order_is_checked),
                                       cmocka_unit_test(test_merge), cmocka_unit_test(test_nodes_always_open)};
    return cmocka_run_group_tests(tests, start, stop);
}
