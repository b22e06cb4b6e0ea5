/*
 * deeds/move_priv.h - the parts of a move: its two sides, the walk over a table, the ledger's end.
 *
 * A side is a store and a reader of it; pages are read in snapshots of their own,
 * so that nothing is held back for long. What is written goes through the target's
 * turn, which is committed every few thousand rows.
 */
#ifndef TROTH_DEEDS_MOVE_PRIV_H
#define TROTH_DEEDS_MOVE_PRIV_H

#include "deeds/meta_priv.h"
#include "deeds/move.h"
#include "ledger/ledger.h"
#include "store/store.h"
#include "store/txn.h"

enum { MOVE_ID = 16 };
#define MOVE_MARK_IN "move-in"   /* of a target that is not complete: the move's id, the vault's */
#define MOVE_MARK_OUT "move-out" /* of a source that has ended: the move's id, where its rows went */

struct move_side {
    struct store *store;
    struct store_reader *reader;
    bool far; /* PostgreSQL: entries lie by lane there */
    uint64_t opened;
};

struct move_state {
    const struct move_ask *ask;
    struct move_report *report;
    struct move_side from, to;
    struct arena arena; /* for what is small and asked once */
    struct txn *txn;    /* of the target */
    size_t ops;         /* written in it */
    bool writes;
};

/* move.c: the target's turn, begun when there is none; ops more rows are written in it. */
MUST_USE bool move_turn(struct move_state *move, size_t ops, struct err *err);
/* Commits when enough is in it, or in any case. */
MUST_USE bool move_turn_end(struct move_state *move, bool whatever, struct err *err);
void move_say(struct move_state *move, enum move_step step, const struct move_table_report *table);

/* A turn of either side's own writer, in the session its locks belong to; ERR_UNAVAILABLE when that was lost. */
MUST_USE bool move_side_turn(struct move_side *side, struct txn **ret, struct err *err);

/* move_mark.c: what a store says of itself. */
struct move_marks {
    struct span vault, in, out;
};
MUST_USE bool move_mark_set(struct txn *txn, const char *name, struct span value, struct err *err);
MUST_USE bool move_marks_get(struct move_state *move, struct move_side *side, struct move_marks *ret, struct err *err);
bool move_same_id(struct span a, struct span b);
/* Whether these two may be source and target of this, and the id of their move (a new one where none was begun). */
MUST_USE bool move_pair_fits(struct move_state *move, const struct move_marks *from, const struct move_marks *to,
                             uint8_t ret_id[MOVE_ID], struct err *err);
MUST_USE bool move_target_mark(struct move_state *move, const struct move_marks *from, const uint8_t id[MOVE_ID],
                               struct err *err);
MUST_USE bool move_index(struct move_state *move, struct txn *txn, struct err *err);
MUST_USE bool move_source_end(struct move_state *move, const uint8_t id[MOVE_ID], struct err *err);

/* move_rows.c: all tables but the ledger's entries and runs. writes: the target is made equal, else only compared.
 * MOVE_STEP_AGAIN: only those in which something differed the first time; a row that still does is ERR_CONFLICT. */
MUST_USE bool move_rows(struct move_state *move, enum move_step step, struct err *err);

/* move_ledger.c: the entries the target has not, and the runs that tell their numbers. */
MUST_USE bool move_entries(struct move_state *move, struct err *err);
/* The target's whole book, and that it is the source's. */
MUST_USE bool move_verify(struct move_state *move, struct err *err);
/* Both trees end with the same entry; *ret_more: the source's has more behind that. ERR_CONFLICT: two histories. */
MUST_USE bool move_same_book(struct move_state *move, uint64_t *ret_from, uint64_t *ret_to, struct err *err);

#endif
