/*
 * Many writers, one tree: entries counted in lanes, places given by whoever is the sequencer. Sequencers stop at any
 * statement, are overtaken by others and wake up again; every entry must have exactly one place, and the check
 * of the whole book must find whatever is changed. Over PostgreSQL only: files have one writer.
 */
#include "shelf.h"

#include "base/limits.h"
#include "ledger/tree_priv.h"
#include "store/store_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { NODES = 3, ENTRIES_MAX = 20000, LANES = LIMIT_PG_LANES + 1 };

struct node {
    struct store *store;
    struct txn *txn;
    struct ledger *ledger;
    int64_t time_us;
};

static struct kit *kit;
static struct dice dice;
static struct node nodes[NODES];
static uint8_t seed[32], key[32];
/* Everything that was committed: the request's id of each entry, by lane and no. */
static uint8_t (*known[LANES])[16];
static uint64_t known_count[LANES];

static uint64_t
known_all(void)
{
    uint64_t count = 0;
    for (int lane = 0; lane < LANES; lane++)
        count += known_count[lane];
    return count;
}

static void
node_begin(struct node *node)
{
    struct err err = {0};
    if (!txn_begin(node->store, &node->txn, &err))
        fail_msg("txn_begin: %s", err.text);
    if (node->ledger != NULL)
        ledger_turn_begin(node->ledger);
}

static void
node_drop(struct node *node)
{
    txn_rollback(&node->txn);
    ledger_turn_end(node->ledger, false);
}

static bool
node_commit(struct node *node, struct err *err)
{
    if (!ledger_flush(node->ledger, node->txn, err)) {
        node_drop(node);
        return false;
    }
    bool good = txn_commit(&node->txn, err);
    ledger_turn_end(node->ledger, good);
    return good;
}

static void
must_commit(struct node *node)
{
    struct err err = {0};
    if (!node_commit(node, &err))
        fail_msg("commit: %s", err.text);
}

static void
node_open(struct node *node)
{
    struct err err = {0};
    const struct store_options options = {.url = kit->url};
    node->time_us = INT64_C(1700000000000000) + (int64_t)dice_below(&dice, 5000000);
    if (!store_open(&options, &node->store, &err))
        fail_msg("store_open: %s", err.text);
    node_begin(node);
    if (!ledger_open(node->txn, VECTOR_ORIGIN, store_lane(node->store), &node->ledger, &err))
        fail_msg("ledger_open: %s", err.text);
    txn_rollback(&node->txn);
}

/* As kill -9: its sessions end, and with them what was not committed. */
static void
node_kill(struct node *node)
{
    if (node->txn != NULL)
        txn_rollback(&node->txn);
    ledger_close(&node->ledger);
    store_close(&node->store);
}

static void
append(struct node *node, size_t count, bool commit)
{
    struct err err = {0};
    uint8_t(*requests)[16] = calloc(count + 1, 16);
    int lane = store_lane(node->store);
    node_begin(node);
    for (size_t i = 0; i < count; i++) {
        struct ledger_entry entry = {.event = LEDGER_READ, .time_us = node->time_us += (int64_t)dice_below(&dice, 900)};
        dice_fill(&dice, entry.request, 16);
        dice_fill(&dice, entry.detail, 32);
        memcpy(requests[i], entry.request, 16);
        assert_int_equal(ledger_entry_next(node->ledger),
                         (uint64_t)lane << LEDGER_NO_BITS | (known_count[lane] + i));
        if (!ledger_append(node->ledger, node->txn, &entry, &err))
            fail_msg("append: %s", err.text);
        assert_int_equal(entry.seq, 0);
    }
    if (commit) {
        must_commit(node);
        known[lane] = realloc(known[lane], (known_count[lane] + count + 1) * 16);
        memcpy(known[lane][known_count[lane]], requests, count * 16);
        known_count[lane] += count;
    } else {
        node_drop(node);
    }
    free(requests);
}

static uint64_t
sequence(struct node *node, uint64_t most)
{
    struct err err = {0};
    uint64_t placed = 0;
    node_begin(node);
    if (!ledger_sequence(node->ledger, node->txn, most, &placed, &err))
        fail_msg("sequence: %s", err.text);
    must_commit(node);
    return placed;
}

static void
checkpoint(struct node *node)
{
    struct err err = {0};
    struct ledger_look look;
    uint8_t root[LEDGER_HASH], sig[64];
    char mem[2][LEDGER_NOTE_MAX];
    struct buf note, whole;
    node_begin(node);
    assert_true(ledger_follow(node->ledger, node->txn, &err) && ledger_look(node->txn, &look, &err));
    uint64_t size = ledger_size(node->ledger);
    assert_int_equal(size, look.size);
    if (size > look.checkpoint_size) {
        ledger_root(node->ledger, root);
        buf_init(&note, mem[0], LEDGER_NOTE_MAX);
        ledger_note(VECTOR_ORIGIN, size, root, &note);
        crypt_sign(seed, buf_span(&note), sig);
        buf_init(&whole, mem[1], LEDGER_NOTE_MAX);
        ledger_note_signed(buf_span(&note), VECTOR_ORIGIN, key, sig, &whole);
        assert_true(ledger_checkpoint_put(node->txn, size, node->time_us, buf_span(&whole), &err));
    }
    must_commit(node);
}

static void
report_of(struct node *node, struct ledger_report *ret)
{
    struct err err = {0};
    node_begin(node);
    if (!ledger_verify(node->txn, VECTOR_ORIGIN, key, NULL, NULL, ret, &err))
        fail_msg("the check itself failed: %s", err.text);
    node_drop(node);
}

/* Nothing is lost: what is not in the tree waits. */
static void
must_hold(struct node *node, const char *what)
{
    struct ledger_report report;
    report_of(node, &report);
    if (!report.sound)
        fail_msg("%s: %s", what, report.fault);
    if (report.entries + report.waiting != known_all())
        fail_msg("%s: %llu in the tree and %llu wait of %llu", what, (unsigned long long)report.entries,
                 (unsigned long long)report.waiting, (unsigned long long)known_all());
}

/* All of it has its place: each entry once, in the order of its lane, under the root that the leaves have by the
 * definition; and each is found by its number. */
static void
must_be_whole(struct node *node)
{
    struct err err = {0};
    uint64_t next[LANES] = {0}, all = known_all();
    slow_hash *leaves = calloc(all + 1, sizeof *leaves), root;
    while (sequence(node, 4096) > 0)
        ;
    must_hold(node, "at the end");
    node_begin(node);
    assert_true(ledger_follow(node->ledger, node->txn, &err));
    assert_int_equal(ledger_size(node->ledger), all);
    for (uint64_t seq = 0; seq < all; seq++) {
        struct span row;
        struct ledger_entry entry;
        enum ledger_place place;
        uint64_t found = 0, step = 256;
        size_t mark = arena_mark(&kit->arena);
        if (!ledger_entries(node->txn, &kit->arena, seq, step, &row, &err))
            fail_msg("entries: %s", err.text);
        for (size_t at = 0; at < row.n; at += LEDGER_ENTRY, seq++) {
            assert_true(ledger_entry_get((const uint8_t *)row.p + at, &entry, &err));
            uint64_t lane = entry.number >> LEDGER_NO_BITS, no = entry.number & LEDGER_NO_MAX;
            assert_int_equal(entry.seq, seq);
            assert_int_equal(no, next[lane]++);
            assert_memory_equal(entry.request, known[lane][no], 16);
            slow_leaf((const uint8_t *)row.p + at, leaves[seq]);
        }
        seq--;
        assert_true(ledger_find(node->txn, &kit->arena, entry.number, &place, &found, &err));
        assert_int_equal(place, LEDGER_PLACED);
        assert_int_equal(found, seq);
        assert_true(ledger_find(node->txn, &kit->arena, entry.number + all, &place, &found, &err));
        assert_int_equal(place, LEDGER_NO_SUCH);
        arena_back(&kit->arena, mark);
    }
    uint8_t got[LEDGER_HASH];
    ledger_root(node->ledger, got);
    slow_root((const slow_hash *)leaves, all, root);
    assert_memory_equal(got, root, 32);
    node_drop(node);
    free(leaves);
}

/* A transaction whose n-th statement does not come: something else happens first. */
static struct engine stopping;
static const struct engine *behind;
static long stop_at;
static void (*stop_do)(void); /* NULL: the statement fails, and the node is dropped */

static bool
stop_here(struct txn *txn, struct err *err)
{
    if (stop_at-- != 0)
        return true;
    txn->engine = behind;
    if (stop_do == NULL)
        return err_set(err, ERR_UNAVAILABLE, "stopped here");
    stop_do();
    return true;
}

static bool
stop_run(struct txn *txn, enum sql_id id, const struct val *in, int64_t *ret_changed, struct err *err)
{
    return stop_here(txn, err) && behind->run(txn, id, in, ret_changed, err);
}

static bool
stop_one(struct txn *txn, struct arena *arena, enum sql_id id, const struct val *in, struct val *out,
         size_t out_count, bool *ret_found, struct err *err)
{
    return stop_here(txn, err) && behind->one(txn, arena, id, in, out, out_count, ret_found, err);
}

static bool
stop_each(struct txn *txn, enum sql_id id, const struct val *in, size_t out_count, size_t most, rows_each_fn each,
          void *ctx, struct err *err)
{
    return stop_here(txn, err) && behind->each(txn, id, in, out_count, most, each, ctx, err);
}

/* A step of the sequencer that stops at a statement. *ret_stopped false: it had no such statement. */
static bool
sequence_stopping(struct node *node, long at, bool *ret_stopped, struct err *err)
{
    uint64_t placed = 0;
    node_begin(node);
    behind = node->txn->engine;
    stopping = *behind;
    stopping.run = stop_run;
    stopping.one = stop_one;
    stopping.each = stop_each;
    stop_at = at;
    node->txn->engine = &stopping;
    bool good = ledger_sequence(node->ledger, node->txn, 4096, &placed, err);
    *ret_stopped = stop_at < 0;
    node->txn->engine = behind;
    return good;
}

static int
start(void **state)
{
    struct err err = {0};
    if (!crypt_start_debuggable(&err) || kit_store(state) != 0)
        return -1;
    kit = *state;
    kit_close(kit); /* made and empty; the nodes open it */
    dice = dice_open("lanes");
    dice_fill(&dice, seed, 32);
    crypt_sign_key(seed, key);
    memset(known_count, 0, sizeof known_count);
    for (int i = 0; kit_far() && i < NODES; i++) {
        node_open(&nodes[i]);
        while (store_lane(nodes[i].store) != i + 1) { /* the kit's own session is still ending */
            node_kill(&nodes[i]);
            (void)usleep(20000);
            node_open(&nodes[i]);
        }
    }
    return 0;
}

static int
stop(void **state)
{
    for (int i = 0; kit_far() && i < NODES; i++)
        node_kill(&nodes[i]);
    for (int lane = 0; lane < LANES; lane++) {
        free(known[lane]);
        known[lane] = NULL;
    }
    return kit_end(state);
}

static void
test_two_lanes(void **state)
{
    (void)state;
    if (!kit_far())
        skip();
    assert_int_not_equal(store_lane(nodes[0].store), store_lane(nodes[1].store));
    append(&nodes[0], 3, true);
    append(&nodes[1], 400, true);
    append(&nodes[0], 2, true);
    must_hold(&nodes[2], "before the first step");
    struct err err = {0};
    enum ledger_place place;
    uint64_t seq = 0;
    node_begin(&nodes[2]);
    assert_true(ledger_find(nodes[2].txn, &kit->arena, (uint64_t)store_lane(nodes[1].store) << LEDGER_NO_BITS | 399,
                            &place, &seq, &err));
    assert_int_equal(place, LEDGER_WAITS);
    node_drop(&nodes[2]);
    assert_int_equal(sequence(&nodes[0], 100), 100); /* a share for each, the rest for whoever has more */
    assert_int_equal(sequence(&nodes[2], 4096), 305); /* by another, which has appended nothing */
    assert_int_equal(sequence(&nodes[0], 4096), 0);
    checkpoint(&nodes[1]);
    append(&nodes[2], 700, true);
    must_be_whole(&nodes[0]);
    checkpoint(&nodes[2]);
    must_be_whole(&nodes[1]);
}

/* A clock that is behind is held to its own lane's last time, and to no other's. */
static void
test_times_by_lane(void **state)
{
    (void)state;
    if (!kit_far())
        skip();
    nodes[0].time_us = INT64_C(1800000000000000);
    nodes[1].time_us = INT64_C(1700000000000000);
    append(&nodes[0], 5, true);
    assert_int_equal(sequence(&nodes[0], 4096), 5);
    append(&nodes[1], 5, true);
    nodes[0].time_us = 0;
    append(&nodes[0], 5, true);
    node_begin(&nodes[1]);
    struct ledger_entry entry = {.event = LEDGER_READ, .time_us = INT64_C(1700000001000000)};
    struct err err = {0};
    assert_true(ledger_append(nodes[1].ledger, nodes[1].txn, &entry, &err));
    assert_int_equal(entry.time_us, INT64_C(1700000001000000));
    node_drop(&nodes[1]);
    must_be_whole(&nodes[1]);
}

/* It stops at each of its statements, and before and behind its commit; another goes on. */
static void
test_killed_at_every_statement(void **state)
{
    (void)state;
    if (!kit_far())
        skip();
    bool stopped = true;
    int stops = 0;
    for (long at = 0; stopped; at++) {
        struct err err = {0};
        append(&nodes[1], 130, true);
        append(&nodes[2], 140, true);
        stop_do = NULL;
        bool good = sequence_stopping(&nodes[0], at, &stopped, &err);
        assert_int_equal(good, !stopped);
        stops += stopped;
        node_kill(&nodes[0]); /* when it did not stop: all was sent, and never committed */
        node_open(&nodes[0]);
        must_hold(&nodes[1], "after a kill");
        if (at % 2 == 0)
            (void)sequence(&nodes[1], 4096);
        if (at % 3 == 0)
            checkpoint(&nodes[1]);
        must_hold(&nodes[2], "after another took over");
    }
    assert_true(stops > 6);
    (void)sequence(&nodes[0], 4096);
    node_kill(&nodes[0]); /* committed, and nobody heard of it */
    node_open(&nodes[0]);
    must_be_whole(&nodes[0]);
}

static bool waited; /* the other could do nothing while the first one's rows were neither there nor gone */

static void
others_step(void)
{
    struct err err = {0};
    uint64_t placed = 0;
    append(&nodes[1], 7, true);
    node_begin(&nodes[1]);
    if (!ledger_sequence(nodes[1].ledger, nodes[1].txn, 4096, &placed, &err))
        fail_msg("sequence: %s", err.text);
    waited = !node_commit(&nodes[1], &err);
    if (!waited)
        checkpoint(&nodes[1]);
}

/* It sleeps at one of its statements while another takes all it wanted to place, and wakes up without having looked
 * at its lease: its turn is refused, or finds what the other did. */
static void
test_overtaken_at_every_statement(void **state)
{
    (void)state;
    if (!kit_far())
        skip();
    bool stopped = true;
    int refused = 0;
    for (long at = 0; stopped; at++) {
        struct err err = {0};
        append(&nodes[0], at == 0 ? 300 : 40, true);
        append(&nodes[2], 20, true);
        stop_do = others_step;
        waited = false;
        bool good = sequence_stopping(&nodes[0], at, &stopped, &err);
        if (good)
            good = node_commit(&nodes[0], &err);
        else
            node_drop(&nodes[0]);
        assert_true(good || !waited); /* one of the two went through */
        refused += !good;
        must_hold(&nodes[2], "after it woke up");
        (void)sequence(&nodes[0], 4096); /* and it may go on at once */
        must_hold(&nodes[1], "after it went on");
    }
    assert_true(refused > 0);
    must_be_whole(&nodes[2]);
}

/* As it comes: appends that stay and that do not, steps of any size by any node, kills in the middle, checkpoints. */
static void
test_random(void **state)
{
    (void)state;
    if (!kit_far())
        skip();
    for (int round = 0; round < 150; round++) {
        struct node *node = &nodes[dice_below(&dice, NODES)];
        struct err err = {0};
        bool stopped = false;
        switch (dice_below(&dice, 8)) {
        case 0:
        case 1:
        case 2:
            append(node, dice_below(&dice, dice_below(&dice, 6) == 0 ? 600 : 12), dice_below(&dice, 5) != 0);
            break;
        case 3:
        case 4:
            (void)sequence(node, 1 + dice_below(&dice, dice_below(&dice, 3) == 0 ? 5000 : 90) + LIMIT_PG_LANES);
            break;
        case 5:
            checkpoint(node);
            break;
        case 6:
            stop_do = NULL;
            (void)!sequence_stopping(node, (long)dice_below(&dice, 12), &stopped, &err);
            node_kill(node);
            node_open(node);
            break;
        default:
            stop_do = NULL; /* taken back, and the same process goes on */
            (void)!sequence_stopping(node, (long)dice_below(&dice, 12), &stopped, &err);
            node_drop(node);
        }
        must_hold(&nodes[dice_below(&dice, NODES)], "in a random round");
    }
    must_be_whole(&nodes[0]);
    must_be_whole(&nodes[1]);
}

/* Somebody with the databases in hand. */
static const struct {
    const char *name, *sql;
    bool found;
    const char *says;
} damages[] = {
    {"nothing", "SELECT 1", false, NULL},
    {"an entry of a lane taken away", "DELETE FROM ledger_entry WHERE lane = 1 AND no = 300", true, "is missing"},
    {"the first of a lane", "DELETE FROM ledger_entry WHERE lane = 2 AND no = 0", true, "is missing"},
    {"an entry changed", "UPDATE ledger_entry SET row = overlay(row placing '\\x07' from 5) WHERE lane = 1 AND no = 10",
     true, "changed"},
    {"its number changed", "UPDATE ledger_entry SET row = overlay(row placing '\\x0003' from 153) WHERE lane = 1 AND no = 10",
     true, "number"},
    {"its place written into it", "UPDATE ledger_entry SET row = overlay(row placing '\\x63' from 24) WHERE lane = 1 AND no = 10",
     true, "order"},
    {"two entries of a lane swapped",
     "UPDATE ledger_entry SET no = 5000 WHERE lane = 1 AND no = 10; UPDATE ledger_entry SET no = 10 WHERE lane = 1 "
     "AND no = 11; UPDATE ledger_entry SET no = 11 WHERE lane = 1 AND no = 5000", true, "number"},
    {"an entry moved to another lane", "UPDATE ledger_entry SET lane = 3 WHERE lane = 1 AND no = 399", true, "is missing"},
    {"a run taken away", "DELETE FROM ledger_run WHERE seq = 100", true, "no run"},
    {"the first run", "DELETE FROM ledger_run WHERE seq = 0", true, "no run"},
    {"the last run, which is signed", "DELETE FROM ledger_run WHERE seq = (SELECT MAX(seq) FROM ledger_run)", true,
     "cut off"},
    {"all runs", "DELETE FROM ledger_run", true, "cut off"},
    {"a run shortened", "UPDATE ledger_run SET count = count - 1 WHERE seq = 100", true, "no run"},
    {"a run made longer", "UPDATE ledger_run SET count = count + 1 WHERE seq = 100", true, NULL},
    {"the last run made longer than the lane",
     "UPDATE ledger_run SET count = count + 11 WHERE seq = (SELECT MAX(seq) FROM ledger_run)", true, "is missing"},
    {"the last run over one that waits", /* the same tree as a step would make */
     "UPDATE ledger_run SET count = count + 1 WHERE seq = (SELECT MAX(seq) FROM ledger_run)", false, NULL},
    {"a run of other numbers", "UPDATE ledger_run SET no = no + 1 WHERE seq = 100", true, "comes next"},
    {"a run of another lane", "UPDATE ledger_run SET lane = 7 WHERE seq = 100", true, NULL},
    {"a run of no lane", "UPDATE ledger_run SET lane = 70 WHERE seq = 100", true, "changed"},
    {"two runs swapped",
     "UPDATE ledger_run SET seq = 9000 WHERE seq = 0; UPDATE ledger_run SET seq = 0 WHERE seq = 100; "
     "UPDATE ledger_run SET seq = 100 WHERE seq = 9000", true, NULL},
    {"a run that overlaps", "INSERT INTO ledger_run VALUES (120, 1, 20, 5)", true, NULL},
    {"a run that overlaps the end", "INSERT INTO ledger_run (SELECT MAX(seq) + 1, 2, 1, 2 FROM ledger_run)", true, NULL},
    {"a run of entries that have a place", "INSERT INTO ledger_run (SELECT MAX(seq + count), 1, 3, 2 FROM ledger_run)",
     true, "comes next"},
    {"a waiting entry taken away", "DELETE FROM ledger_entry WHERE lane = 2 AND no = 413", true, "is missing"},
    {"the last waiting ones", "DELETE FROM ledger_entry WHERE lane = 2 AND no >= 413", false, NULL}, /* never promised */
    {"a waiting entry changed",
     "UPDATE ledger_entry SET row = overlay(row placing '\\x0001' from 153) WHERE lane = 2 AND no = 414", true, "changed"},
    {"an entry put into a lane nobody has",
     "INSERT INTO ledger_entry (SELECT 200, 0, row FROM ledger_entry WHERE lane = 1 AND no = 0)", true, "none"},
    {"an entry put into lane 0", "INSERT INTO ledger_entry (SELECT 0, 0, row FROM ledger_entry WHERE lane = 1 AND no = 0)",
     true, "no run"},
};

static void
test_damage_is_found(void **state)
{
    (void)state;
    struct ledger_report report;
    if (!kit_far())
        skip();
    append(&nodes[0], 50, true);
    append(&nodes[1], 50, true);
    assert_int_equal(sequence(&nodes[0], 4096), 100);
    append(&nodes[0], 350, true);
    append(&nodes[1], 350, true);
    assert_int_equal(sequence(&nodes[0], 4096), 700);
    checkpoint(&nodes[0]);
    append(&nodes[1], 10, true); /* these wait */
    must_be_whole(&nodes[2]);
    checkpoint(&nodes[2]);
    append(&nodes[1], 10, true);
    kit_sql(kit, kit->base, "CREATE TABLE kept_run AS TABLE ledger_run; CREATE TABLE kept_entry AS TABLE ledger_entry");
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        kit_sql(kit, kit->base, damages[i].sql);
        report_of(&nodes[2], &report);
        if (report.sound == damages[i].found)
            fail_msg("%s: %s", damages[i].name, report.sound ? "not found" : report.fault);
        if (!report.sound && damages[i].says != NULL && strstr(report.fault, damages[i].says) == NULL)
            fail_msg("%s: %s", damages[i].name, report.fault);
        kit_sql(kit, kit->base, "TRUNCATE ledger_run, ledger_entry; INSERT INTO ledger_run TABLE kept_run; "
                                "INSERT INTO ledger_entry TABLE kept_entry");
    }
    must_be_whole(&nodes[2]);
}

/* A lane with a hole stands still and is told; the others go on. */
static void
test_a_hole_stops_its_lane(void **state)
{
    (void)state;
    struct err err = {0};
    uint64_t placed = 0;
    if (!kit_far())
        skip();
    append(&nodes[0], 20, true);
    append(&nodes[1], 20, true);
    kit_sql(kit, kit->base, "DELETE FROM ledger_entry WHERE lane = 1 AND no = 5");
    node_begin(&nodes[2]);
    assert_false(ledger_sequence(nodes[2].ledger, nodes[2].txn, 4096, &placed, &err));
    assert_int_equal(err.code, ERR_LEDGER);
    assert_int_equal(placed, 25);
    must_commit(&nodes[2]);
    node_begin(&nodes[2]);
    assert_false(ledger_sequence(nodes[2].ledger, nodes[2].txn, 4096, &placed, &err));
    assert_int_equal(placed, 0);
    node_drop(&nodes[2]);
    append(&nodes[1], 20, true);
    node_begin(&nodes[0]);
    assert_false(ledger_sequence(nodes[0].ledger, nodes[0].txn, 4096, &placed, &err));
    if (placed != 20)
        fail_msg("%llu placed: %s", (unsigned long long)placed, err.text);
    must_commit(&nodes[0]);
    struct ledger_report report;
    report_of(&nodes[1], &report);
    assert_false(report.sound);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_two_lanes, start, stop),
        cmocka_unit_test_setup_teardown(test_times_by_lane, start, stop),
        cmocka_unit_test_setup_teardown(test_killed_at_every_statement, start, stop),
        cmocka_unit_test_setup_teardown(test_overtaken_at_every_statement, start, stop),
        cmocka_unit_test_setup_teardown(test_random, start, stop),
        cmocka_unit_test_setup_teardown(test_damage_is_found, start, stop),
        cmocka_unit_test_setup_teardown(test_a_hole_stops_its_lane, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
