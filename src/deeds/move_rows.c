/*
 * The walk: a table of both stores, page by page in the order of its key, and what differs is put right in the target.
 * It sees no change twice and misses none that is there when it passes; run over a source that stands still it ends with
 * two equal tables, whatever lay there before. Keys come first, so that one that was destroyed goes from the target as
 * soon as can be.
 */
#include "deeds/move_priv.h"

enum { PAGE = 512, PAGE_BYTES = 256 * 1024 * 1024, COLUMNS = 10, KEYS = 5, KEY_BYTES = 1024, MANY = 16,
       WINDOW = 256, WINDOW_MAX = 1 << 20 };

/* What is special about a table. */
enum {
    T_BOOK = 1,  /* the ledger's: only added to */
    T_TWICE = 2, /* has a second unique value: what goes must be gone before anything comes */
    T_TRACE = 4, /* lies in another order on each engine (move.sql) */
    T_KEYS = 8   /* what is destroyed is overwritten first */
};

struct table {
    const char *name;
    enum sql_id page, put, drop, many;
    uint8_t page_rows_8; /* rows of a full page, in eighths */
    uint8_t columns, same, many_rows, flags;
    const char *key;     /* kinds of its first columns: i number, b bytes, t text */
};

#define SIMPLE(name, columns, key, flags, many, rows)                                                                  \
    {#name, SQL_move_##name##_page, SQL_move_##name##_put, SQL_move_##name##_drop, many, PAGE / 8, columns, columns, rows, \
     flags, key}

static const struct table tables[] = {
    {"dk", SQL_move_dk_page, SQL_move_dk_put, SQL_dk_delete, SQL_move_dk_put_8, PAGE / 8, 4, 4, 8, T_KEYS, "iii"},
    {"meta", SQL_move_meta_page, SQL_meta_set, SQL_move_meta_drop, SQL_COUNT, PAGE / 8, 2, 2, 0, 0, "t"},
    SIMPLE(catalogue, 3, "ii", T_TWICE, SQL_COUNT, 0),
    {"policy_version", SQL_move_policy_version_page, SQL_move_policy_version_put, SQL_move_policy_version_drop, SQL_COUNT, 1,
     4, 4, 0, T_TWICE, "i"},
    SIMPLE(policy_rule, 3, "ii", 0, SQL_COUNT, 0),
    SIMPLE(tally, 8, "iiiib", 0, SQL_COUNT, 0),
    SIMPLE(subject, 7, "i", 0, SQL_move_subject_put_4, 4),
    {"record", SQL_move_record_page, SQL_move_record_put, SQL_record_delete, SQL_move_record_put_3, PAGE / 8, 10, 10, 3, 0, "iii"},
    SIMPLE(lookup_unique, 3, "ib", 0, SQL_move_lookup_unique_put_10, 10),
    SIMPLE(lookup_plain, 3, "ibi", 0, SQL_move_lookup_plain_put_10, 10),
    SIMPLE(consent, 7, "ii", 0, SQL_move_consent_put_4, 4),
    SIMPLE(event, 3, "ii", 0, SQL_move_event_put_10, 10),
    SIMPLE(purge, 2, "ii", 0, SQL_move_purge_put_16, 16),
    SIMPLE(token, 8, "b", T_TWICE, SQL_move_token_put_4, 4),
    {"idempotency", SQL_move_idempotency_page, SQL_move_idempotency_put, SQL_move_idempotency_drop, SQL_move_idempotency_put_5,
     128 / 8, 6, 6, 5, 0, "b"},
    {"trace", SQL_move_trace_page, SQL_move_trace_put, SQL_move_trace_drop, SQL_COUNT, PAGE / 8, 5, 3, 0, T_TRACE, "ii"},
    {"ledger_tile", SQL_move_tile_page, SQL_ledger_tile_put, SQL_COUNT, SQL_COUNT, PAGE / 8, 3, 3, 0, T_BOOK, "ii"},
    {"ledger_checkpoint", SQL_move_checkpoint_page, SQL_ledger_checkpoint_put, SQL_COUNT, SQL_COUNT, PAGE / 8, 3, 3, 0,
     T_BOOK, "i"},
};
enum { TABLES = sizeof tables / sizeof tables[0] };
_Static_assert(TABLES + 1 == MOVE_TABLES, "each has its line in the report, and so have the entries");

/* One side's place in a table. */
struct pages {
    struct move_side *side;
    const struct table *table;
    struct arena arena;
    struct val (*rows)[COLUMNS];
    size_t count, at;
    bool last; /* no page comes behind this one */
    bool end;  /* and it is used up */
    struct val cursor[KEYS];     /* the key of the last row read, */
    char bytes[KEYS][KEY_BYTES]; /* and its texts */
    int64_t window, below, top;  /* T_TRACE, PostgreSQL: people looked at at a time, up to which, and the last */
};

enum walk_mode { WALK_LOOK, WALK_DROP, WALK_MAKE };

struct walk {
    struct move_state *move;
    const struct table *table;
    struct pages from, to;
    struct move_table_report *count;
    enum walk_mode mode;
    const struct val *pending[MANY]; /* rows of `from` that are still to be put */
    size_t pending_count;
};

static size_t
keys_of(const struct table *table)
{
    return strlen(table->key);
}

static int
val_order(const struct val *a, const struct val *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->kind == VAL_NULL)
        return 0;
    if (a->kind == VAL_INT)
        return (a->i > b->i) - (a->i < b->i);
    size_t n = a->s.n < b->s.n ? a->s.n : b->s.n;
    int order = n == 0 ? 0 : memcmp(a->s.p, b->s.p, n);
    return order != 0 ? order : (a->s.n > b->s.n) - (a->s.n < b->s.n);
}

static int
vals_order(const struct val *a, const struct val *b, size_t count)
{
    int order = 0;
    for (size_t i = 0; i < count && order == 0; i++)
        order = val_order(&a[i], &b[i]);
    return order;
}

static bool
cursor_set(struct pages *pages, const struct val *key, struct err *err)
{
    for (size_t i = 0; i < keys_of(pages->table); i++) {
        if (key[i].kind != VAL_INT && key[i].s.n > KEY_BYTES)
            return err_set(err, ERR_CORRUPT, "%s: a key of %zu bytes", pages->table->name, key[i].s.n);
        pages->cursor[i] = key[i];
        if (key[i].kind == VAL_INT || key[i].s.n == 0)
            continue;
        memcpy(pages->bytes[i], key[i].s.p, key[i].s.n);
        pages->cursor[i].s.p = pages->bytes[i];
    }
    return true;
}

/* Before the first row: every number of ours is above -1, and no key is empty. */
static bool
pages_open(struct pages *pages, struct move_side *side, const struct table *table, struct err *err)
{
    *pages = (struct pages){.side = side, .table = table, .window = INT64_MAX, .below = INT64_MAX, .top = INT64_MAX - 1};
    for (size_t i = 0; i < keys_of(table); i++)
        pages->cursor[i] = table->key[i] == 'i' ? val_int(-1) : table->key[i] == 'b' ? val_blob("", 0) : val_text(SPAN(""));
    return arena_open(&pages->arena, PAGE_BYTES, err);
}

/* One person's traces lie in the order of their time on PostgreSQL, so each page sorts what it chooses from: a few people. */
static bool
windows_begin(struct pages *pages, struct err *err)
{
    struct txn *txn = NULL;
    struct val out[1];
    bool found = false;
    if ((pages->table->flags & T_TRACE) == 0 || !pages->side->far)
        return true;
    if (!store_reader_begin(pages->side->reader, &txn, err))
        return false;
    bool good = rows_one(txn, &pages->arena, SQL_move_trace_last, NULL, 0, out, 1, &found, err);
    store_reader_end(&txn);
    pages->window = pages->below = WINDOW;
    pages->top = good && found ? out[0].i : -1;
    return good;
}

/* What one engine stores with a trace the other reads from the entry. */
static bool
trace_complete(const struct move_side *side, struct val *row, struct err *err)
{
    struct ledger_entry entry;
    if (side->far)
        return true;
    bool there = row[3].kind == VAL_BLOB && row[3].s.n == LEDGER_ENTRY;
    if (there && !ledger_entry_get((const uint8_t *)row[3].s.p, &entry, err))
        return false;
    row[3] = there ? val_int((int64_t)entry.number) : val_null();
    row[4] = there ? val_int(entry.time_us) : val_null();
    return true;
}

static bool
page_row(void *ctx, const struct val *in, struct err *err)
{
    struct pages *pages = ctx;
    const struct table *table = pages->table;
    struct val *row = pages->rows[pages->count];
    const struct val *before = pages->count == 0 ? pages->cursor : pages->rows[pages->count - 1];
    memcpy(row, in, table->columns * sizeof *row);
    if ((table->flags & T_TRACE) != 0 && !trace_complete(pages->side, row, err))
        return false;
    for (size_t i = 0; i < table->columns; i++) {
        if (row[i].kind != VAL_BLOB && row[i].kind != VAL_TEXT)
            continue;
        row[i].s = arena_copy(&pages->arena, row[i].s);
        if (row[i].s.p == NULL)
            return err_set(err, ERR_TOO_LARGE, "%s: a page needs too much memory", table->name);
    }
    /* Else a walk could go round for ever, or take two different rows for one. */
    if (vals_order(before, row, keys_of(table)) >= 0)
        return err_set(err, ERR_CORRUPT, "%s: rows come in the wrong order", table->name);
    pages->count++;
    return true;
}

static bool
page_read(struct pages *pages, struct err *err)
{
    const struct table *table = pages->table;
    struct txn *txn = NULL;
    struct val in[KEYS + 1];
    size_t keys = keys_of(table), most = 8 * (size_t)table->page_rows_8;
    memcpy(in, pages->cursor, sizeof pages->cursor);
    if ((table->flags & T_TRACE) != 0)
        in[keys++] = val_int(pages->below);
    arena_reset(&pages->arena);
    pages->count = pages->at = 0;
    pages->rows = arena_take(&pages->arena, most * sizeof *pages->rows);
    if (pages->rows == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    if (!store_reader_begin(pages->side->reader, &txn, err))
        return false;
    bool good = rows_each(txn, table->page, in, keys, table->columns, most, page_row, pages, err);
    store_reader_end(&txn);
    return good && (pages->count == 0 || cursor_set(pages, pages->rows[pages->count - 1], err));
}

/* A full window is smaller the next time, one with little in it larger. */
static void
window_next(struct pages *pages, bool full)
{
    if (full) {
        int64_t at = pages->cursor[0].i;
        pages->window = pages->window > 1 ? pages->window / 2 : 1;
        if (pages->below - at > pages->window + 1)
            pages->below = at + pages->window + 1;
        return;
    }
    if (pages->count < PAGE / 4 && pages->window < WINDOW_MAX)
        pages->window *= 2;
    pages->cursor[0] = val_int(pages->below); /* whoever is not before it */
    pages->cursor[1] = val_int(-1);
    pages->below += pages->window;
}

/* A row to look at, unless the table has ended. */
static bool
pages_fill(struct pages *pages, struct err *err)
{
    bool windows = (pages->table->flags & T_TRACE) != 0 && pages->side->far;
    while (pages->at == pages->count && !pages->end) {
        pages->end = pages->last;
        if (pages->end)
            break;
        if (!page_read(pages, err))
            return false;
        bool full = pages->count == 8 * (size_t)pages->table->page_rows_8;
        pages->last = !full && (!windows || pages->below > pages->top);
        if (windows && !pages->last)
            window_next(pages, full);
    }
    return true;
}

/* The rows that wait, in one statement when there are as many as it takes. */
static bool
put_all(struct walk *walk, struct err *err)
{
    const struct table *table = walk->table;
    struct val in[MANY * 4];
    size_t count = walk->pending_count;
    walk->pending_count = 0;
    if (count == 0)
        return true;
    if (!move_turn(walk->move, count, err))
        return false;
    if (count == table->many_rows && table->many != SQL_COUNT) {
        for (size_t i = 0; i < count; i++)
            memcpy(in + i * table->columns, walk->pending[i], table->columns * sizeof *in);
        return rows_run(walk->move->txn, table->many, in, count * table->columns, NULL, err);
    }
    for (size_t i = 0; i < count; i++)
        if (!rows_run(walk->move->txn, table->put, walk->pending[i], table->columns, NULL, err))
            return false;
    return true;
}

static bool
trace_put(struct walk *walk, const struct val *row, struct err *err)
{
    if (row[3].kind != VAL_INT)
        return err_set(err, ERR_CORRUPT, "a trace has no entry");
    return move_turn(walk->move, 1, err) && rows_run(walk->move->txn, SQL_move_trace_put, row, 5, NULL, err) &&
           (walk->move->to.far || rows_run(walk->move->txn, SQL_move_trace_by_put, row, 2, NULL, err));
}

static bool
row_put(struct walk *walk, const struct val *row, struct err *err)
{
    const struct table *table = walk->table;
    if ((table->flags & T_TRACE) != 0)
        return trace_put(walk, row, err);
    if (table->many_rows == 0)
        return move_turn(walk->move, 1, err) && rows_run(walk->move->txn, table->put, row, table->columns, NULL, err);
    walk->pending[walk->pending_count++] = row;
    return walk->pending_count < table->many_rows || put_all(walk, err);
}

static bool
row_drop(struct walk *walk, const struct val *row, struct err *err)
{
    const struct table *table = walk->table;
    struct txn *txn;
    if (!move_turn(walk->move, 1, err))
        return false;
    txn = walk->move->txn;
    if ((table->flags & T_TRACE) != 0) {
        const struct val in[] = {row[0], row[1], row[3], row[4]};
        return rows_run(txn, SQL_move_trace_drop, in, 4, NULL, err) &&
               (walk->move->to.far || rows_run(txn, SQL_move_trace_by_drop, row, 2, NULL, err));
    }
    if ((table->flags & T_KEYS) == 0)
        return rows_run(txn, table->drop, row, keys_of(table), NULL, err);
    txn_truncate_keys(txn);
    return rows_run(txn, SQL_dk_zero, row, 3, NULL, err) && rows_run(txn, SQL_dk_delete, row, 3, NULL, err);
}

static bool
two_books(const struct table *table, struct err *err)
{
    return err_set(err, ERR_CONFLICT, "%s: the target's ledger holds what the source's does not; a ledger is never "
                                      "changed: make the target anew", table->name);
}

/* Only the target has it. */
static bool
target_alone(struct walk *walk, const struct val *row, struct err *err)
{
    if ((walk->table->flags & T_BOOK) != 0)
        return two_books(walk->table, err);
    walk->count->removed++;
    return walk->mode == WALK_LOOK || row_drop(walk, row, err);
}

static bool
source_alone(struct walk *walk, const struct val *row, struct err *err)
{
    walk->count->rows++;
    walk->count->added++;
    return walk->mode != WALK_MAKE || row_put(walk, row, err);
}

static bool
both(struct walk *walk, const struct val *row, const struct val *there, struct err *err)
{
    const struct table *table = walk->table;
    size_t keys = keys_of(table);
    walk->count->rows++;
    if (vals_order(row + keys, there + keys, table->same - keys) == 0)
        return true;
    if ((table->flags & T_BOOK) != 0)
        return two_books(table, err);
    walk->count->changed++;
    if (walk->mode == WALK_LOOK)
        return true;
    if (walk->mode == WALK_DROP)
        return row_drop(walk, there, err);
    if ((table->flags & T_KEYS) != 0) {
        if (!move_turn(walk->move, 0, err))
            return false;
        txn_truncate_keys(walk->move->txn);
    }
    return row_put(walk, row, err);
}

static bool
step(struct walk *walk, struct err *err)
{
    struct pages *from = &walk->from, *to = &walk->to;
    const struct val *row = from->rows[from->at], *there = to->rows[to->at];
    int order = from->end ? 1 : to->end ? -1 : vals_order(row, there, keys_of(walk->table));
    from->at += order <= 0;
    to->at += order >= 0;
    return order < 0   ? source_alone(walk, row, err)
           : order > 0 ? target_alone(walk, there, err)
                       : both(walk, row, there, err);
}

static bool
walk_go(struct walk *walk, enum move_step say, struct err *err)
{
    struct pages *from = &walk->from, *to = &walk->to;
    for (;;) {
        if (from->at == from->count && !from->end) {
            /* What waits lies in the page that goes. */
            if (!put_all(walk, err) || !move_turn_end(walk->move, false, err) || !pages_fill(from, err))
                return false;
            move_say(walk->move, say, walk->count);
        }
        if (!pages_fill(to, err))
            return false;
        if (from->end && to->end)
            return true;
        if (!step(walk, err))
            return false;
    }
}

static bool
table_walk(struct move_state *move, const struct table *table, enum walk_mode mode, enum move_step say,
           struct move_table_report *count, struct err *err)
{
    struct walk *walk = ARENA_NEW(&move->arena, struct walk);
    if (walk == NULL)
        return err_set(err, ERR_TOO_LARGE, "no memory");
    *walk = (struct walk){.move = move, .table = table, .count = count, .mode = mode};
    *count = (struct move_table_report){.name = table->name};
    bool good = pages_open(&walk->from, &move->from, table, err) && pages_open(&walk->to, &move->to, table, err) &&
                windows_begin(&walk->from, err) && windows_begin(&walk->to, err) && walk_go(walk, say, err) &&
                move_turn_end(move, true, err);
    arena_close(&walk->from.arena);
    arena_close(&walk->to.arena);
    return good;
}

static bool
table_make(struct move_state *move, const struct table *table, struct move_table_report *count, struct err *err)
{
    struct move_table_report first = {0};
    if ((table->flags & T_TWICE) != 0 && !table_walk(move, table, WALK_DROP, MOVE_STEP_TABLE, &first, err))
        return false;
    if (!table_walk(move, table, WALK_MAKE, MOVE_STEP_TABLE, count, err))
        return false;
    count->removed += first.removed;
    count->changed += first.changed;
    count->added -= first.changed < count->added ? first.changed : count->added;
    return true;
}

static bool
differs(const struct move_table_report *count)
{
    return count->added + count->changed + count->removed > 0;
}

bool
move_rows(struct move_state *move, enum move_step say, struct err *err)
{
    for (size_t i = 0; i < TABLES; i++) {
        struct move_table_report *count = &move->report->tables[i], again = {0};
        size_t mark = arena_mark(&move->arena);
        if (say == MOVE_STEP_AGAIN && !differs(count))
            continue;
        bool good = say == MOVE_STEP_AGAIN ? table_walk(move, &tables[i], WALK_LOOK, say, &again, err)
                    : move->writes         ? table_make(move, &tables[i], count, err)
                                           : table_walk(move, &tables[i], WALK_LOOK, say, count, err);
        if (!good)
            return err_prefix(err, "%s", tables[i].name);
        arena_back(&move->arena, mark);
        if (say == MOVE_STEP_AGAIN && differs(&again))
            return err_set(err, ERR_CONFLICT, "%s: %llu rows still differ: something else writes to one of the two",
                           tables[i].name, (unsigned long long)(again.added + again.changed + again.removed));
        move->report->equal = move->report->equal && !differs(count);
    }
    return true;
}
