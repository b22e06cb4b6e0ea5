#include "shelf.h"

static void
begin(struct shelf *shelf)
{
    struct err err = {0};
    if (!txn_begin(shelf->kit->store, &shelf->txn, &err))
        fail_msg("txn_begin: %s", err.text);
}

void
shelf_open(struct shelf *shelf, struct kit *kit, const char *what)
{
    struct err err = {0};
    *shelf =
        (struct shelf){.kit = kit, .dice = dice_open(what), .time_us = INT64_C(1700000000000000)};
    dice_fill(&shelf->dice, shelf->seed, 32);
    crypt_sign_key(shelf->seed, shelf->key);
    begin(shelf);
    if (!ledger_open(shelf->txn, VECTOR_ORIGIN, store_lane(kit->store), &shelf->ledger, &err))
        fail_msg("ledger_open: %s", err.text);
    ledger_turn_begin(shelf->ledger);
}

void
shelf_close(struct shelf *shelf)
{
    if (shelf->txn != NULL)
        txn_rollback(&shelf->txn);
    ledger_close(&shelf->ledger);
    free(shelf->leaves);
    shelf->leaves = NULL;
}

static void
leaf_add(struct shelf *shelf, const struct ledger_entry *entry)
{
    if (shelf->count == shelf->cap) {
        shelf->cap = shelf->cap == 0 ? 1024 : shelf->cap * 2;
        shelf->leaves = realloc(shelf->leaves, shelf->cap * sizeof(slow_hash));
        assert_non_null(shelf->leaves);
    }
    uint8_t bytes[LEDGER_ENTRY];
    ledger_entry_put(entry, bytes);
    slow_leaf(bytes, shelf->leaves[shelf->count++]);
}

void
shelf_append(struct shelf *shelf, size_t count)
{
    struct dice *dice = &shelf->dice;
    struct err err = {0};
    for (size_t i = 0; i < count; i++) {
        struct ledger_entry entry = {
            .event = (enum ledger_event)(1 + dice_below(dice, LEDGER_CLOCK_JUMP)),
            .decision = (enum ledger_decision)dice_below(dice, 3),
            .flags = (uint8_t)dice_below(dice, 8),
            .rule = (uint32_t)dice_roll(dice),
            .time_us = shelf->time_us += (int64_t)dice_below(dice, 1000),
            .seq = 12345};
        dice_fill(dice, entry.sref, 16);
        dice_fill(dice, entry.aref, 16);
        dice_fill(dice, entry.purpose, 16);
        dice_fill(dice, entry.policy, 32);
        dice_fill(dice, entry.detail, 32);
        dice_fill(dice, entry.request, 16);
        if (!ledger_append(shelf->ledger, shelf->txn, &entry, &err))
            fail_msg("ledger_append: %s", err.text);
        assert_int_equal(entry.number & LEDGER_NO_MAX, shelf->count);
        entry.seq = shelf->count; /* nobody else writes: it will be its place */
        leaf_add(shelf, &entry);
    }
}

/* On lanes above 0 what was committed gets its places in a turn of its own. */
static void
place(struct shelf *shelf)
{
    struct err err = {0};
    uint64_t placed = 0;
    if (store_lane(shelf->kit->store) == 0)
        return;
    do {
        begin(shelf);
        ledger_turn_begin(shelf->ledger);
        if (!ledger_sequence(shelf->ledger, shelf->txn, 4096, &placed, &err) || !txn_commit(&shelf->txn, &err))
            fail_msg("sequence: %s", err.text);
        ledger_turn_end(shelf->ledger, true);
    } while (placed == 4096);
}

void
shelf_flush(struct shelf *shelf)
{
    struct err err = {0};
    if (store_lane(shelf->kit->store) != 0)
        shelf_turn(shelf, true);
    else if (!ledger_flush(shelf->ledger, shelf->txn, &err))
        fail_msg("flush: %s", err.text);
}

void
shelf_turn(struct shelf *shelf, bool commit)
{
    struct err err = {0};
    if (commit) {
        if (!ledger_flush(shelf->ledger, shelf->txn, &err) || !txn_commit(&shelf->txn, &err))
            fail_msg("commit: %s", err.text);
    } else {
        txn_rollback(&shelf->txn);
    }
    ledger_turn_end(shelf->ledger, commit);
    if (commit)
        place(shelf);
    begin(shelf);
    ledger_turn_begin(shelf->ledger);
}

void
shelf_checkpoint(struct shelf *shelf)
{
    struct err err = {0};
    uint8_t root[LEDGER_HASH], sig[64];
    char mem[2][LEDGER_NOTE_MAX];
    struct buf note, whole;
    ledger_root(shelf->ledger, root);
    buf_init(&note, mem[0], LEDGER_NOTE_MAX);
    ledger_note(VECTOR_ORIGIN, ledger_size(shelf->ledger), root, &note);
    crypt_sign(shelf->seed, buf_span(&note), sig);
    buf_init(&whole, mem[1], LEDGER_NOTE_MAX);
    ledger_note_signed(buf_span(&note), VECTOR_ORIGIN, shelf->key, sig, &whole);
    assert_true(buf_ok(&whole));
    if (!ledger_checkpoint_put(shelf->txn, ledger_size(shelf->ledger), shelf->time_us,
                               buf_span(&whole), &err))
        fail_msg("ledger_checkpoint_put: %s", err.text);
}

void
shelf_check(const struct shelf *shelf)
{
    uint8_t root[LEDGER_HASH], want[32];
    assert_int_equal(ledger_size(shelf->ledger), shelf->count);
    ledger_root(shelf->ledger, root);
    slow_root((const slow_hash *)shelf->leaves, shelf->count, want);
    assert_memory_equal(root, want, 32);
}
