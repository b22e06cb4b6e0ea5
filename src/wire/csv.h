/*
 * wire/csv.h - comma-separated values (RFC 4180), one record at a time.
 *
 * Strict: a quote inside an unquoted field, text behind a closing quote and a
 * record with another number of fields than the first are faults with row and
 * column. A UTF-8 BOM at the start is skipped. Writing guards cells that a
 * spreadsheet would take for a formula (leading = + - @ TAB CR) with a '.
 */
#ifndef TROTH_WIRE_CSV_H
#define TROTH_WIRE_CSV_H

#include "base/arena.h"

enum { CSV_FIELDS_MAX = 256 };

struct csv {
    struct span rest;
    char separator;
    size_t row;     /* of the record last read, from 1 */
    size_t line;    /* where the record last begun begins, from 1: quoted text may hold line ends */
    size_t ends;    /* line ends before rest */
    size_t columns; /* of the first record; 0 before it */
};

void csv_init(struct csv *csv, struct span text, char separator);

/*
 * The next record's cells in the arena; *ret_count 0 at the end. ERR_INVALID with "row:col" in place, and csv->line.
 * A record with the wrong number of fields is a fault too, but csv->row has moved on and reading may go on.
 */
MUST_USE bool csv_next(struct csv *csv, struct arena *arena, struct span *ret_cells,
                       size_t *ret_count, struct err *err);

void csv_put(struct buf *buf, struct span cell, bool first);
void csv_end(struct buf *buf);

#endif
