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
 * Reads, checks and compiles. crypt_start comes first, since the policy is hashed;
 * faults are fresh from policy_faults_open. today_days: dates are judged by it; 0: by the
 * day the policy itself is in force from, since what is over by now stops what rests on
 * it (decide.h) and not the server.
 * true: *ret is owned by the caller (there may be warnings in faults). false
 * with ERR_POLICY: see faults. false else (memory, size): see err.
 */
MUST_USE bool policy_read(struct span text, const char *file, int64_t today_days,
                          struct policy_faults *faults, struct policy **ret, struct err *err);

#endif
