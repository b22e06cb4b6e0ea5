/*
 * deeds/deed.h - what all deeds share: who, why, for which task, and the line in the ledger.
 *
 * A deed resolves its names, loads the few rows it needs, asks policy_decide,
 * acts, and appends its entry with deed_record, all inside the turn's
 * transaction. A refusal is a deed too: it leaves an entry, and a line in the
 * person's own view.
 *
 * How a deed ends is an enum; err says why for every end but DEED_DONE.
 */
#ifndef TROTH_DEEDS_DEED_H
#define TROTH_DEEDS_DEED_H

#include "base/arena.h"
#include "deeds/instance.h"
#include "policy/decide.h"

enum deed_end {
    DEED_DONE,
    DEED_REFUSED, /* the policy said no; recorded */
    DEED_ABSENT,  /* nothing there (or nothing this caller may know of); recorded when a person was named */
    DEED_BAD,     /* the call itself was wrong: invalid value, stale version, taken; nothing changed */
    DEED_DRY,     /* would be done; everything was taken back, as asked */
    DEED_FAILED   /* our side: nothing changed, try again */
};

struct caller {
    int role;              /* the policy's index, or ACTOR_… */
    bool staff;
    uint8_t id[16];        /* of the token; zero for system and operator */
    uint8_t subject[16];   /* with ACTOR_SUBJECT: the person */
};

/* What a deed does to the disk, and so whether it may still be done when that is nearly full. */
enum deed_weight {
    DEED_READS, /* a line in the ledger and no more */
    DEED_GROWS, /* adds data: waits until there is room again (ERR_FULL) */
    DEED_FREES  /* withdraws, restricts, erases, revokes: never waits while any room is left */
};

struct receipt {
    uint64_t entry;          /* its number */
    uint8_t commitment[32];
    bool written;
};

struct deed {
    struct instance *it;
    const struct caller *caller;
    struct arena *arena;
    uint8_t request[16];
    /* As sent; resolved by deed_resolve. */
    struct span purpose_name, task_text;
    int purpose;
    int task;              /* kind of task, POLICY_NONE when the policy knows none of that name */
    bool has_task;
    enum deed_weight weight; /* set by the deed itself */
    struct receipt receipt; /* of the last entry this deed wrote */
};

/* "Bearer …" made a caller. DEED_REFUSED: no such token, revoked or expired (ERR_UNAUTHENTICATED). */
enum deed_end deed_caller(struct instance *it, struct arena *arena, struct span token,
                          struct caller *ret, struct err *err);

/* Where there are other nodes deed_caller only believes, until the turn's guards are taken; behind them it looks.
 * Announces that it will be asked again, before the request runs. */
void deed_caller_need(struct instance *it, struct span token, const struct caller *caller);
/* That the token of that name will be revoked. */
void deed_token_need(struct instance *it, struct span name);

/* Purpose and task by name. Unknown purpose: ERR_REFUSED with default.closed-world or never.X, recorded. */
enum deed_end deed_resolve(struct deed *deed, struct err *err);

/* A name the policy does not declare (category, field, point, event …): recorded as refused by the closed
 * world; err gets code (ERR_UNKNOWN_NAME or ERR_UNKNOWN_FIELD) and text. Always DEED_REFUSED or DEED_FAILED. */
enum deed_end deed_unknown(struct deed *deed, enum err_code code, const char *what,
                           struct span name, struct err *err);

/* A person's public id: 32 hex digits. */
bool deed_id_read(struct span hex, uint8_t ret[16]);

#endif
