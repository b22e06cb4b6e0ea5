/*
 * cli/import_priv.h - the parts of `troth import`: rows of the file, values that are there once, what is told.
 *
 * Nothing that is printed may be somebody's value: rows and columns are told by
 * number, fields by the name the policy gives them. A header may be somebody's
 * data too, when the file has none.
 */
#ifndef TROTH_CLI_IMPORT_PRIV_H
#define TROTH_CLI_IMPORT_PRIV_H

#include "cli/cli_priv.h"

#include "base/limits.h"
#include "wire/csv.h"

#include <signal.h>

enum { COLUMNS_MAX = 64 };

struct column {
    struct span name, field;
    size_t at;            /* CSV: index of the cell */
    bool found;
};

/* The file, row by row. */
struct rows {
    struct span text;
    bool ndjson, mapped;
    char separator;
    struct csv csv;
    struct span rest;     /* NDJSON: the lines that are left */
    uint64_t line;        /* NDJSON: the last one */
    struct arena arena;   /* one row */
    struct column columns[COLUMNS_MAX];
    size_t column_count;
    char name_mem[8192];
    struct buf names;     /* field names taken from a header */
    char *body;
};

/* Where a row stands, for those who look for it. */
struct row_at {
    uint64_t row, line;   /* the record and its first line; NDJSON: both the line */
    size_t column;        /* the one that cannot be read; 0: none in particular */
    struct span text;     /* NDJSON: the line */
    char subject[33];     /* NDJSON: the person it is about, when it names one */
};

enum row_got {
    ROW_GOOD,
    ROW_BAD,              /* this one is none; err says why, the next can be read */
    ROW_END,
    ROW_FAULT             /* nothing behind this can be read */
};

MUST_USE bool rows_open(const struct args *args, const char *file, struct rows *rows, struct err *err);
void rows_close(struct rows *rows);
/* To the first row; reads the header. */
MUST_USE bool rows_begin(struct rows *rows, struct err *err);
/* The next row as a body, which stays until the next call. */
MUST_USE enum row_got rows_next(struct rows *rows, struct span *ret_body, struct row_at *ret,
                                struct err *err);
/* "7", or "7 (line 9)". */
void rows_number(const struct row_at *at, struct buf *out);
/* What in the row is meant by why->place: "account.email (column 3)", or nothing. The row of rows_next goes. */
void rows_place(struct rows *rows, const struct row_at *at, const struct err *why,
                struct buf *out);

/*
 * Which row of the file has which value of a unique field, by the marks the
 * server gives (32 hex digits; equal for equal values of one field).
 */
struct seen;
MUST_USE bool seen_open(struct seen **ret, struct err *err);
void seen_close(struct seen **seen);
/* The row that has it already, or 0. Rows about one person do not stand in each other's way. */
uint64_t seen_find(const struct seen *seen, struct span field, const uint8_t mark[16],
                   const char *subject);
/* ERR_TOO_LARGE past LIMIT_IMPORT_UNIQUE. */
MUST_USE bool seen_put(struct seen *seen, struct span field, const uint8_t mark[16],
                       const char *subject, uint64_t row, struct err *err);

enum row_state { ROW_OPEN, ROW_REFUSED, ROW_IN };

/* A row under way. */
struct slot {
    struct row_at at;
    uint64_t number;      /* among the file's rows, from 0 */
    bool asked;           /* the server was; else it is no submission, and why says why */
    struct err why;
};

struct import {
    const struct args *args;
    struct client *client;
    struct rows rows;
    struct seen *seen;
    char path[256];
    uint8_t hash[32];
    struct progress progress;
    bool dry;
    const volatile sig_atomic_t *stopped;
    /* under way, oldest first */
    struct slot slots[LIMIT_HTTP_PIPELINE];
    unsigned first, flying;
    struct span held;     /* the body of a row that did not get out yet */
    bool holds, ended;
    /* where the pass is */
    uint64_t number;      /* rows read */
    uint64_t row;         /* of the file: the last one settled, or the one at which it halted */
    bool halted;          /* something that is not about one row; halt says what */
    struct err halt;
    /* found by the check, a byte for each row */
    uint8_t *states;
    size_t states_cap;
    uint64_t total;       /* rows of the file */
    uint64_t refused, taken;
    uint64_t shown, untold; /* refused rows that were printed; that were not, in this pass */
    uint64_t before;      /* rows an earlier run stored */
    uint64_t loose;       /* rows with nothing that could be there only once */
    uint64_t stored, lost; /* lost: sent, and the answer never came */
};

/* One pass over the file, the check or the import; false when it did not come to its end. */
MUST_USE bool import_pass(struct import *import, bool dry);

#endif
