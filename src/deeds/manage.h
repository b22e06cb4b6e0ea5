/*
 * deeds/manage.h - what the operator does: tokens, and remembering replies under idempotency keys.
 *
 * No personal data pass here; every change has its line in the ledger all the same.
 */
#ifndef TROTH_DEEDS_MANAGE_H
#define TROTH_DEEDS_MANAGE_H

#include "deeds/deed.h"

struct token_deed {
    struct deed deed;
    struct span role;              /* a role of the policy; or empty with subject */
    bool has_subject;
    uint8_t subject[16];
    struct span name;
    int days;
    /* reply */
    char text[64];
    int64_t expires_us;
};
enum deed_end token_add_run(struct token_deed *ask, struct err *err);
enum deed_end token_revoke_run(struct token_deed *ask, struct err *err);

struct token_line {
    struct span name, role;
    bool subject;
    int64_t created_us, expires_us, revoked_us;
};
typedef bool (*token_line_fn)(void *ctx, const struct token_line *line);
enum deed_end token_list_run(struct token_deed *ask, token_line_fn each, void *ctx,
                             struct err *err);

/* Idempotency: the reply given under this key before, if any. DEED_BAD: the key was used for another request. */
struct idempotency {
    struct deed deed;
    struct span key;
    struct span request;           /* method, path and body, hashed */
    bool found;
    int status;
    struct span reply;
};
/* Announces that it will be asked for. */
void idempotency_need(struct instance *it, const struct caller *caller, struct span key);
enum deed_end idempotency_find(struct idempotency *ask, struct err *err);
enum deed_end idempotency_keep(struct idempotency *ask, int status, struct span reply, int64_t sn,
                               struct err *err);

#endif
