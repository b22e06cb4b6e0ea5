/*
 * deeds/collect.h - a person's data arrive at a collection point the policy declares.
 *
 * The point makes a new person, or adds to one who is there. All of it or
 * nothing: person, records, look-up keys and ledger entry commit together.
 */
#ifndef TROTH_DEEDS_COLLECT_H
#define TROTH_DEEDS_COLLECT_H

#include "deeds/deed.h"
#include "deeds/values.h"

enum { COLLECT_RECORDS = VALUES_CATEGORIES };

struct collect {
    struct deed deed;
    int point;
    int kind;                      /* without a point (subject_make): the kind of person */
    bool has_subject;
    uint8_t subject[16];           /* given, or made by collect_need */
    const struct values *values;
    bool dry;                      /* only see whether it would be done */
    /* reply */
    int64_t sn;
    struct { int category; uint64_t rec, version; } records[COLLECT_RECORDS];
    int record_count;
};

/* Announces the keys (and makes the new person's number and id). */
void collect_need(struct collect *ask);
enum deed_end collect_run(struct collect *ask, struct err *err);

/* A person without data yet, for applications that write categories one by one. */
enum deed_end subject_make(struct collect *ask, struct err *err);

#endif
