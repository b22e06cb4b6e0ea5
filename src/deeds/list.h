/*
 * deeds/list.h - many records, piece by piece: a category over all people, everything about one, and
 * the person's own view of who touched what and why.
 *
 * Each piece belongs to one turn: it is decided, opened and recorded like a
 * single read, person by person, and leaves only after that is durable. People
 * whose record may not be read for the purpose are passed over in silence.
 */
#ifndef TROTH_DEEDS_LIST_H
#define TROTH_DEEDS_LIST_H

#include "deeds/read.h"

struct list_row {
    uint8_t subject[16];
    int category;
    uint64_t rec, version;
    int64_t created_us, changed_us;
    bool narrowed;
    const struct fields *fields;
};
typedef bool (*list_each_fn)(void *ctx, const struct list_row *row);

struct list {
    struct deed deed;
    int category;
    uint64_t wanted;
    size_t page;                   /* rows looked at in one call, at most LIMIT_LIST_PAGE */
    /* where the next piece begins; zero at first */
    int64_t after_sn;
    uint64_t after_rec;
    bool started;
    bool end;                      /* reply: nothing follows */
};
/* First call: may this caller list at all. */
enum deed_end list_begin(struct list *ask, struct err *err);
/* One piece; `each` must take every row (the piece is bounded). */
enum deed_end list_piece(struct list *ask, list_each_fn each, void *ctx, struct err *err);

/* Everything about one person, record by record; values nobody may read (password hashes) are left out. */
struct export {
    struct deed deed;
    uint8_t subject[16];
    int64_t sn;
    int kind;
    int64_t created_us;
    bool restricted;
    size_t page;                   /* as of a list */
    int64_t after_category;
    uint64_t after_rec;
    bool end;
};
enum deed_end export_begin(struct export *ask, struct err *err);
enum deed_end export_piece(struct export *ask, list_each_fn each, void *ctx, struct err *err);

/* What was done: the opened lines of one person's trace. */
struct trace_row {
    uint64_t entry;                /* its number */
    bool placed;                   /* it has its place in the tree, seq */
    uint64_t seq;
    int64_t time_us;
    struct span detail;            /* JSON, canonical: what the commitment is over */
    uint8_t r[32];                 /* the opening; SHA-256("troth-dt-v1" ‖ r ‖ detail) stands in the entry */
    uint8_t commitment[32];
    uint8_t bytes[160];            /* as it stands in the ledger: hashed, it is the leaf of an inclusion proof, once
                                      it has its place */
};
typedef bool (*trace_each_fn)(void *ctx, const struct trace_row *row);
struct trace {
    struct deed deed;
    uint8_t subject[16];
    int64_t sn;
    size_t page;                   /* as of a list */
    int64_t after_us, after_entry; /* the last line given; -1: none yet */
    bool end;
    uint8_t receipt_key[32];       /* LK: the person's own proof of which entries are theirs */
};
enum deed_end trace_begin(struct trace *ask, struct err *err);
enum deed_end trace_piece(struct trace *ask, trace_each_fn each, void *ctx, struct err *err);

#endif
