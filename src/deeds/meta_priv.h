/*
 * deeds/meta_priv.h - the store's own settings: a name and some bytes each.
 */
#ifndef TROTH_DEEDS_META_PRIV_H
#define TROTH_DEEDS_META_PRIV_H

#include "store/rows.h"

/* SPAN_NONE when it was never set; else in the arena. */
MUST_USE bool meta_read(struct txn *txn, struct arena *arena, const char *name, struct span *ret, struct err *err);
MUST_USE bool meta_write(struct txn *txn, const char *name, struct span value, struct err *err);

#endif
