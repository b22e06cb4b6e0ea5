/*
 * deeds/write.h - a record is made or corrected field by field; the old values are served no more.
 *
 * A correction names the version it corrects (412 when somebody was faster).
 */
#ifndef TROTH_DEEDS_WRITE_H
#define TROTH_DEEDS_WRITE_H

#include "deeds/deed.h"
#include "deeds/values.h"

struct write {
    struct deed deed;
    uint8_t subject[16];
    int category;
    uint64_t rec;                  /* of a correction */
    bool make;                     /* a new record, else a correction */
    bool has_version;
    uint64_t version;              /* the one the caller read */
    const struct values *values;   /* one part, of this category */
    /* reply */
    uint64_t new_version;
    int64_t sn;
};

void write_need(struct write *ask);
/* What is known to be needed when the person is found; where rows are far away only. */
void write_need_more(struct write *ask);
enum deed_end write_run(struct write *ask, struct err *err);

#endif
