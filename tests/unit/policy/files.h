/*
 * tests/unit/policy/files.h - policy files of the tree for tests, and short texts read as policies.
 *
 * Threads: one test at a time.
 * Memory:  texts and faults are static, gone at the next call; the policy is the caller's.
 */
#ifndef TROTH_TESTS_FILES_H
#define TROTH_TESTS_FILES_H

#include "policy/read.h"

/* The day on which test policies are read: 2026-11-24. */
enum { FILES_TODAY = 20781 };

/* The text of a file below the source tree; the test fails without it. */
struct span file_text(const char *path);
/* Reads text; the policy or NULL. The faults of the last call stay in files_faults. */
struct policy *file_policy(struct span text, const char *name);
struct policy *file_policy_beside(struct span text, const char *name, const struct policy_beside *beside);
extern struct policy_faults files_faults;
extern struct err files_err;
/* The faults as printed. */
struct span faults_text(void);

#endif
