/*
 * policy/read.h - a policy file becomes tables, or a list of faults with places.
 *
 * All faults of a file are found in one run (up to LIMIT_POLICY_FAULTS), each
 * with file, line, column, the line itself, what is wrong and what would be
 * right. Guards before the YAML library sees the text: valid UTF-8, no control
 * characters, size and depth limits; aliases, anchors, tags and merge keys are
 * faults of their own.
 */
#ifndef TROTH_POLICY_READ_H
#define TROTH_POLICY_READ_H

#include "policy/policy.h"

enum { POLICY_FAULT_SOURCE = 160 };

struct policy_fault {
    const char *code;      /* stable, "unknown-key"; listed in docs/policy-language.md */
    bool warning;
    int part;              /* 0: in the policy file itself; else in a file it includes */
    const char *file;      /* NULL: the policy file itself */
    int line, column, width; /* from 1; width in columns of the marked part */
    struct span source;    /* the line, cut to POLICY_FAULT_SOURCE bytes */
    struct span says;      /* what is wrong */
    struct span mend;      /* what would be right; may be empty */
};

struct policy_faults {
    struct arena arena;
    const char *file;
    struct policy_fault rows[LIMIT_POLICY_FAULTS];
    int count;
    int errors;            /* without the warnings; may exceed what was kept */
};

MUST_USE bool policy_faults_open(struct policy_faults *faults, const char *file, struct err *err);
void policy_faults_close(struct policy_faults *faults);
/* As a good compiler prints them; colour when the caller has a terminal. */
void policy_faults_print(const struct policy_faults *faults, bool colour, struct buf *out);

/*
 * The files beside a policy, for `include`. This room reads none: the caller gives their texts.
 * name: as the policy names it, from the policy's folder on; never absolute, no "..", ends with a zero.
 * *ret must stay until policy_read_beside returns. False: it cannot be had, and err says why.
 */
struct policy_beside {
    bool (*text)(void *self, const char *name, struct span *ret, struct err *err);
    void *self;
};

/*
 * Reads, checks and compiles. crypt_start comes first, since the policy is hashed;
 * faults are fresh from policy_faults_open. today_days: dates are judged by it; 0: by the
 * day the policy itself is in force from, since what is over by now stops what rests on
 * it (decide.h) and not the server.
 * true: *ret is owned by the caller (there may be warnings in faults). false
 * with ERR_POLICY: see faults. false else (memory, size): see err.
 */
MUST_USE bool policy_read(struct span text, const char *file, int64_t today_days,
                          struct policy_faults *faults, struct policy **ret, struct err *err);
/* As policy_read, for a policy that may include other files. */
MUST_USE bool policy_read_beside(struct span text, const char *file, const struct policy_beside *beside,
                                 int64_t today_days, struct policy_faults *faults, struct policy **ret,
                                 struct err *err);

/*
 * All files of a policy as one text, for keeping (policy/read_pack.c). The first has no name; without others the pack
 * is its text and nothing else. No policy file can be mistaken for a pack.
 */
struct policy_file {
    const char *name;      /* as for policy_beside */
    struct span text;
};
void policy_pack(const struct policy_file *files, int count, struct buf *out);
/* As policy_read, for what policy_pack wrote. */
MUST_USE bool policy_read_pack(struct span pack, const char *file, int64_t today_days,
                               struct policy_faults *faults, struct policy **ret, struct err *err);

#endif
