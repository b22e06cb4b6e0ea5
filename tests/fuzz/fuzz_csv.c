#include "fuzz.h"
#include "wire/csv.h"
#include "wire/text.h"

static struct span cells[CSV_FIELDS_MAX];

/* The cells written by csv_put are read back as they were, but for the mark before a formula. */
static void
check_round_trip(struct arena *arena, size_t count)
{
    static char mem[4 * 1024 * 1024];
    static struct span again[CSV_FIELDS_MAX];
    struct buf buf;
    struct err err;
    struct csv csv;
    size_t got = 0;
    buf_init(&buf, mem, sizeof mem);
    for (size_t i = 0; i < count; i++)
        csv_put(&buf, cells[i], i == 0);
    csv_end(&buf);
    csv_init(&csv, buf_span(&buf), ',');
    if (!buf_ok(&buf) || span_starts(buf_span(&buf), SPAN("\xef\xbb\xbf")))
        return;
    if (!csv_next(&csv, arena, again, &got, &err)) {
        MUST_HOLD(arena->overflow || strstr(err.text, "too long") != NULL);
        return;
    }
    MUST_HOLD(got == count);
    for (size_t i = 0; i < count; i++) {
        bool marked = again[i].n == cells[i].n + 1 && again[i].p[0] == '\'';
        MUST_HOLD(span_eq(marked ? span_sub(again[i], 1, again[i].n) : again[i], cells[i]));
        MUST_HOLD(again[i].n == 0 || memchr("=+-@\t\r\n", again[i].p[0], 7) == NULL);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct csv csv;
    struct err err;
    struct arena *arena = fuzz_arena();
    size_t count = 0, columns = 0, row = 0;
    csv_init(&csv, span_of(data, size), size % 2 == 0 ? ',' : ';');
    for (;;) {
        size_t mark = arena_mark(arena);
        if (!csv_next(&csv, arena, cells, &count, &err)) {
            MUST_HOLD(err.code == ERR_INVALID ? strchr(err.place, ':') != NULL : arena->overflow);
            return 0;
        }
        if (count == 0)
            return 0;
        MUST_HOLD(count <= CSV_FIELDS_MAX && (columns == 0 || columns == count) &&
                  csv.row == ++row);
        columns = count;
        for (size_t i = 0; i < count; i++)
            MUST_HOLD(utf8_valid(cells[i], NULL));
        if (row < 4)
            check_round_trip(arena, count);
        arena_back(arena, mark);
    }
}
