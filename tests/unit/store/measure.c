/*
 * tests/unit/store/measure.c - what a point read and a durable insert cost, as rates. Not a test.
 *
 * usage: measure_store DIR [ROWS]   (DIR is kept; a second run finds the rows there)
 */
#include "base/clock.h"
#include "store/store.h"
#include "store/txn.h"

#include <stdio.h>
#include <stdlib.h>

static struct err err;
static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint64_t
any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

static void
must(bool ok)
{
    if (!ok) {
        fprintf(stderr, "measure: %s\n", err.text);
        exit(1);
    }
}

static void
tidy(struct store *store)
{
    bool more = true;
    must(store_tidy(store, &more, &err));
}

static void
put(struct txn *txn, int64_t sn)
{
    uint8_t sealed[400];
    for (size_t i = 0; i < sizeof sealed; i += 8)
        put_be64(sealed + i, any());
    struct val row[] = {val_int(sn), val_int(1), val_int(0), val_int(1),   val_int(1),
                        val_int(sn), val_null(), val_null(), val_blob(sealed, sizeof sealed)};
    must(rows_run(txn, SQL_record_put, row, 9, NULL, &err));
}

static int
by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void
inserts(struct store *store, int64_t *next, int batch, int turns)
{
    static int64_t took[20000];
    int64_t start = clock_mono_us();
    for (int i = 0; i < turns; i++) {
        struct txn *txn;
        int64_t t = clock_mono_us();
        must(txn_begin(store, &txn, &err));
        for (int k = 0; k < batch; k++)
            put(txn, (*next)++);
        must(txn_commit(&txn, &err));
        took[i] = clock_mono_us() - t;
        tidy(store);
    }
    double s = (double)(clock_mono_us() - start) / 1e6;
    qsort(took, (size_t)turns, sizeof took[0], by_number);
    printf("durable inserts, %3d a turn: %8.0f/s, commit p50 %lld us, p99 %lld us\n", batch,
           batch * turns / s, (long long)took[turns / 2], (long long)took[turns * 99 / 100]);
}

static void
reads(struct store *store, int64_t rows, int batch, int count)
{
    struct arena arena;
    must(arena_open(&arena, 1 << 20, &err));
    int64_t start = clock_mono_us();
    for (int i = 0; i < count; i += batch) {
        struct txn *txn;
        must(txn_begin(store, &txn, &err));
        for (int k = 0; k < batch; k++) {
            struct val out[8];
            bool found;
            int64_t sn = (int64_t)(any() % (uint64_t)rows) + 1;
            struct val in[] = {val_int(sn), val_int(1), val_int(-1), val_int(1)};
            must(rows_one(txn, &arena, SQL_record_of_category, in, 4, out, 8, &found, &err) &&
                 found);
        }
        txn_rollback(&txn);
        arena_reset(&arena);
    }
    printf("point reads, %3d a turn: %8.0f/s\n", batch,
           count / ((double)(clock_mono_us() - start) / 1e6));
    arena_close(&arena);
}

int
main(int argc, char **argv)
{
    if (argc < 2)
        return 2;
    int64_t rows = argc > 2 ? atoll(argv[2]) : 1000000;
    struct store *store;
    struct store_options options = {.dir = argv[1], .create = true};
    must(store_open(&options, &store, &err));
    struct txn *txn;
    struct val last;
    bool found;
    int64_t have = 0;
    must(txn_begin(store, &txn, &err));
    must(rows_one(txn, NULL, SQL_meta_get, &(struct val){.kind = VAL_TEXT, .s = SPAN("rows")}, 1,
                  &last, 1, &found, &err));
    have = found ? last.i : 0;
    txn_rollback(&txn);
    while (have < rows) {
        must(txn_begin(store, &txn, &err));
        for (int i = 0; i < 2000; i++)
            put(txn, ++have);
        struct val note[] = {val_text(SPAN("rows")), val_int(have)};
        must(rows_run(txn, SQL_meta_set, note, 2, NULL, &err));
        must(txn_commit(&txn, &err));
        tidy(store);
    }
    reads(store, rows, 1, 100000);
    reads(store, rows, 64, 200000);
    reads(store, rows, 256, 200000);
    /* Behind everything there: each run takes numbers of its own. */
    int64_t next = rows + 1 + clock_now_us() / CLOCK_US_PER_S % 500 * 500000;
    inserts(store, &next, 1, 4000);
    inserts(store, &next, 64, 1000);
    inserts(store, &next, 512, 200);
    struct store_figures f;
    store_figures(store, &f);
    printf("bytes of data %lld, of the log %lld\n", (long long)f.data_bytes,
           (long long)f.log_bytes);
    FILE *status = fopen("/proc/self/status", "r");
    char line[128];
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "VmRSS", 5) == 0 || strncmp(line, "VmHWM", 5) == 0)
            printf("%s", line);
    store_close(&store);
    return 0;
}
