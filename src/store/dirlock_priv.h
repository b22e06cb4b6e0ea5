/*
 * store/dirlock_priv.h - one process for each folder.
 *
 * A lock of the open file description on DIR/lock, which ends with the process
 * however it dies. The file holds the holder's pid as text, for people.
 */
#ifndef TROTH_STORE_DIRLOCK_PRIV_H
#define TROTH_STORE_DIRLOCK_PRIV_H

#include "base/err.h"

/* ERR_BUSY names the holder's pid; ERR_IO. *ret_fd is to be closed by dirlock_drop. */
MUST_USE bool dirlock_take(const char *dir, int *ret_fd, struct err *err);
void dirlock_drop(int *fd);

/* Does somebody hold it? Takes nothing itself. */
bool dirlock_held(const char *dir);

#endif
