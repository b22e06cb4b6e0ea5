/*
 * cli/keys_priv.h - what the verbs of `troth keys` share.
 */
#ifndef TROTH_CLI_KEYS_PRIV_H
#define TROTH_CLI_KEYS_PRIV_H

#include "cli/cli_priv.h"
#include "keyring/keyring.h"

/* --data, the environment, or troth-data. */
const char *keys_dir(const struct args *args);
MUST_USE bool keys_source(const struct args *args, struct key_source *ret, struct err *err);
/* Made when it is named and missing. *ret_made: it was. */
MUST_USE bool secret_file(const char *path, bool *ret_made, struct err *err);

/* Keyrings and secrets opened, in locked memory. desk_close also after a failure. */
struct desk {
    struct keyring *ring, *other;
    struct unseal *unseal, *second;
    int lock; /* of the data folder's keyring */
};
MUST_USE bool desk_open(struct desk *desk, struct err *err);
/* The data folder's keyring with the secret of the call, for this process alone until desk_close. */
MUST_USE bool desk_ring(struct desk *desk, const struct args *args, struct err *err);
void desk_close(struct desk *desk);

bool keys_list(const struct args *args, struct err *err);
bool keys_slot_add(const struct args *args, struct err *err);
bool keys_slot_remove(const struct args *args, struct err *err);
bool keys_epoch_prepare(const struct args *args, struct err *err);
bool keys_epoch_activate(const struct args *args, struct err *err);
bool keys_epoch_cancel(const struct args *args, struct err *err);

#endif
