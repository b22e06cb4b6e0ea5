/*
 * os/reserve.h - room on the disk kept back for what a full disk must not stop.
 *
 * A file DIR/reserve holds blocks that nobody else can take. When the file
 * system runs out, the file is shortened step by step, so that a withdrawal or
 * an erasure still finds room while everything else is refused; when there is
 * room again, it grows back. The file holds zeros and may be deleted while
 * nothing runs.
 *
 * Threads: one at a time.
 * Memory:  caller's.
 */
#ifndef TROTH_OS_RESERVE_H
#define TROTH_OS_RESERVE_H

#include "base/err.h"

#include <limits.h>
#include <stdint.h>

struct reserve {
    char dir[PATH_MAX - 32];
    char path[PATH_MAX];
    uint64_t full; /* bytes it should have; 0: there is none */
    uint64_t left; /* bytes it has */
    uint64_t low;  /* free bytes below which some of it is given up */
};

#define RESERVE_AS_IT_IS UINT64_MAX

enum reserve_state {
    RESERVE_WHOLE,
    RESERVE_TOUCHED, /* some was given up: the disk is full for all that can wait */
    RESERVE_LAST     /* less than half is left */
};

/* Makes or takes over DIR/reserve: most bytes, or an eighth of what is free when that is less. most 0: none;
 * RESERVE_AS_IT_IS: neither made nor changed in size, only used.
 * A file system that has no room for it now is no failure: the state says so. ERR_IO. */
MUST_USE bool reserve_open(struct reserve *reserve, const char *dir, uint64_t most,
                           struct err *err);

/* Looks at the free space, gives up or takes back what is due, and says where that leads. One statvfs call when
 * nothing is due. A free space that cannot be read counts as plenty: the write itself will meet the truth. */
enum reserve_state reserve_look(struct reserve *reserve);

#endif
