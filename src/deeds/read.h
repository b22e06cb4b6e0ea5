/*
 * deeds/read.h - one record is read for a purpose; a person is found by a look-up value.
 *
 * State, consent and record come from one statement, so a consent withdrawn a
 * moment ago is seen. Fields the purpose does not use are dropped after the
 * seal was opened and before anything leaves.
 */
#ifndef TROTH_DEEDS_READ_H
#define TROTH_DEEDS_READ_H

#include "deeds/deed.h"

struct fields {                    /* what may leave: bits and texts by the category's field bits */
    uint64_t present;
    struct span value[LIMIT_POLICY_FIELDS];
};

struct read_row;

struct read {
    struct deed deed;
    uint8_t subject[16];
    int category;
    uint64_t rec;
    uint64_t wanted;               /* fields asked for; ~0: all */
    struct read_row *row;          /* read ahead by read_need */
    /* reply */
    struct fields *fields;
    uint64_t version;
    int64_t changed_us;
    bool narrowed;
};

void read_need(struct read *ask);
void read_need_more(struct read *ask);
enum deed_end read_run(struct read *ask, struct err *err);

enum { LOOKUP_FOUND_MAX = 64 };
struct lookup_rows;

struct lookup {
    struct deed deed;
    int field;                     /* with a look-up key */
    struct span value;             /* as given */
    struct span normal;            /* made by lookup_need */
    uint8_t index[16];
    bool has_index;
    struct lookup_rows *rows;      /* read ahead by lookup_need_more */
    int asked;                     /* how often the rows were sent for: the second time behind the guards of whom they name */
    struct err fault;              /* the value is none of that field */
    /* reply: at most as many people as fit, in the order they came */
    uint8_t found[LOOKUP_FOUND_MAX][16];
    int found_count;
};

void lookup_need(struct lookup *ask);
/* When the index value is known: finds the people and announces their keys. */
void lookup_need_more(struct lookup *ask);
enum deed_end lookup_run(struct lookup *ask, struct err *err);

#endif
