/*
 * deeds/erase.h - a person, a category or one record ends; its key is destroyed before the answer.
 *
 * What the law wants kept (keep: least) is not erased: it is named in the reply,
 * and from then on only the purposes the law asks for may touch it. The rows,
 * unreadable now, are taken away in steps afterwards.
 */
#ifndef TROTH_DEEDS_ERASE_H
#define TROTH_DEEDS_ERASE_H

#include "deeds/deed.h"

enum { ERASE_HELD_MAX = 32 };

struct erase {
    struct deed deed;
    uint8_t subject[16];
    int category;                  /* POLICY_NONE: the whole person */
    bool has_rec;
    uint64_t rec;
    /* reply */
    struct { int category; int64_t until_us; } held[ERASE_HELD_MAX];
    int held_count;
    bool all;                      /* nothing of the person is left */
};

void erase_need(struct erase *ask);
enum deed_end erase_run(struct erase *ask, struct err *err);

#endif
