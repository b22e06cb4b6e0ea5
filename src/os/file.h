/*
 * os/file.h - files read whole, and written so that they stay.
 *
 * A file is read into the caller's memory up to a bound. What is written is
 * either the old or the new file after a power cut, never a mixture. Secrets
 * are looked at through the descriptor that is then read, so that nobody can
 * swap the file between the look and the read.
 *
 * Threads: any.
 * Memory:  caller's.
 */
#ifndef TROTH_OS_FILE_H
#define TROTH_OS_FILE_H

#include "base/err.h"
#include "base/span.h"

#include <sys/types.h>

/* Reads a regular file into to; *ret_n is its length. ERR_NOT_FOUND, ERR_TOO_LARGE when it has more
 * than cap bytes, ERR_IO. to may hold part of the file after a failure. */
MUST_USE bool file_read_all(const char *path, void *to, size_t cap, size_t *ret_n, struct err *err);

enum file_write {
    FILE_REPLACE, /* an older file of that name is replaced in one step */
    FILE_NEW      /* ERR_CONFLICT when there is a file of that name, which stays as it was */
};
/* Writes a temporary file beside it, syncs it, gives it its name, syncs the directory. ERR_IO,
 * ERR_FULL. */
MUST_USE bool file_write_durable(const char *path, struct span text, mode_t mode,
                                 enum file_write how, struct err *err);

/* Writes all of n bytes at offset at, or says why not; does not sync. */
MUST_USE bool file_put(int fd, const void *p, size_t n, off_t at, struct err *err);

enum file_secret {
    FILE_SECRET_OWN,       /* mode 0400 or 0600, owned by this user */
    FILE_SECRET_KEPT,      /* the same, but root may open another user's: what it works on for a service */
    FILE_SECRET_CREDENTIAL /* systemd's: this user's or root's, others shut out, an ACL may read */
};
/* Is fd a regular file that only we may read? name is for the message. ERR_KEYS. */
MUST_USE bool file_check_secret(int fd, const char *name, enum file_secret kind, struct err *err);

/* Opens for reading (never through a symbolic link at its end) and checks as above; -1 on
 * failure. */
int file_open_secret(const char *path, enum file_secret kind, struct err *err);

/* Keeps others who lock the same file out for as long as fd (or a copy of it) is open. Not waiting: ERR_BUSY when
 * somebody has it. ERR_IO. */
MUST_USE bool file_lock(int fd, bool wait, struct err *err);

/* Makes the directory; one that is there already is good. Parents are not made. */
MUST_USE bool dir_make(const char *path, mode_t mode, struct err *err);

/* Makes the names in a directory durable. */
MUST_USE bool dir_sync(const char *path, struct err *err);

/* Bytes a process without privileges may still write on path's file system. */
MUST_USE bool file_free_space(const char *path, uint64_t *ret_bytes, struct err *err);

/* Are both on the same file system? False also when either cannot be seen. */
bool file_same_filesystem(const char *a, const char *b);

#endif
