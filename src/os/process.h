/*
 * os/process.h - a child process that starts with nothing but what it is given.
 *
 * The child has an empty environment, default signals, the null device as
 * standard input and output, our standard error, and exactly the descriptors
 * it was given, numbered from PROCESS_FD on. It is killed when the thread that
 * started it ends, so start children from a thread that lives as long as the
 * process does.
 *
 * Threads: any.
 */
#ifndef TROTH_OS_PROCESS_H
#define TROTH_OS_PROCESS_H

#include "base/err.h"

#include <sys/types.h>

enum { PROCESS_FD = 3, PROCESS_FDS_MAX = 4 };

/* Runs path with argv (NULL at its end). fds[i] is the child's descriptor PROCESS_FD + i; ours stay
 * open. ERR_UNAVAILABLE when it cannot be started, an exec that fails included. */
MUST_USE bool process_spawn(const char *path, char *const argv[], const int *fds, size_t count,
                            pid_t *ret_pid, struct err *err);

/* Waits at most ms; true when it has ended (*ret_status as waitpid gives it, -1 when it is not our
 * child or was waited for before). */
bool process_wait(pid_t pid, int ms, int *ret_status);

/* Waits at most ms for it to end by itself, then kills it. */
void process_end(pid_t pid, int ms);

/* Closes every descriptor from first on except those in keep. */
MUST_USE bool process_close_from(int first, const int *keep, size_t count, struct err *err);

#endif
