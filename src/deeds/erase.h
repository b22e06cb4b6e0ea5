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

struct erase {
    struct deed deed;
    uint8_t subject[16];
    int category;                  /* POLICY_NONE: the whole person */
    bool has_rec;
    uint64_t rec;
    /* reply */
    /* category: the policy's index; POLICY_NONE when only an earlier policy knew it, the law does not forget */
    struct { int category; uint16_t number; int64_t until_us; } held[LIMIT_POLICY_CATEGORIES];
    int held_count;
    bool all;                      /* nothing of the person is left */
};

/* The rule that keeps what is held in that category (or POLICY_NONE). */
uint32_t erase_held_rule(const struct policy *policy, int category);

void erase_need(struct erase *ask);
enum deed_end erase_run(struct erase *ask, struct err *err);

#endif
