/*
 * actors/token.h - bearer tokens: who is calling.
 *
 * A token is 32 random bytes, shown once when it is made. The store keeps its
 * SHA-256 only (OWASP ASVS 5.0 V6.5.2: a plain hash will do from 112 bits on).
 * It belongs to a role of the policy, or to one person, who may then do with it
 * what a person may do with their own data. It is looked up anew in every
 * request, so that a revoked one is dead at once.
 *
 * Memory: texts lie in the arena given.
 */
#ifndef TROTH_ACTORS_TOKEN_H
#define TROTH_ACTORS_TOKEN_H

#include "store/rows.h"

enum { TOKEN_ID = 16, TOKEN_HASH = 32, TOKEN_TEXT_MAX = 64 };

/* The role name that stands for "the person themself". */
#define TOKEN_ROLE_SUBJECT "-subject"

enum token_state { TOKEN_GOOD, TOKEN_UNKNOWN, TOKEN_REVOKED, TOKEN_EXPIRED };

struct token {
    uint8_t id[TOKEN_ID];   /* the actor's id; only its keyed hash enters the ledger */
    struct span role;
    bool subject;           /* a person's own token */
    int64_t sn;
    uint8_t subject_id[16];
};

struct token_ask {
    struct span role;       /* of the policy, or TOKEN_ROLE_SUBJECT */
    struct span name;       /* what the operator calls it; unique */
    int64_t sn;             /* 0: none */
    int64_t now_us, expires_us;
};

/* Makes one and writes its text ("troth_…") to ret_text. ERR_TAKEN when the name is in use. */
MUST_USE bool token_make(struct txn *txn, const struct token_ask *ask, char ret_text[TOKEN_TEXT_MAX],
                         uint8_t ret_id[TOKEN_ID], struct err *err);

/* Looks a token up. The text is compared by its hash only. */
MUST_USE bool token_find(struct txn *txn, struct arena *arena, struct span text, int64_t now_us,
                         enum token_state *ret_state, struct token *ret, struct err *err);

/* Announces that it will be looked up, anew when it was before (rows_ahead_again). */
void token_need(struct txn *txn, struct span text);
void token_hash(struct span text, uint8_t ret[TOKEN_HASH]);
/* The id of the token of that name, alive or not. */
MUST_USE bool token_id(struct txn *txn, struct span name, uint8_t ret[TOKEN_ID], bool *ret_found,
                       struct err *err);

/* ERR_NOT_FOUND when no token of that name is alive. */
MUST_USE bool token_revoke(struct txn *txn, struct span name, int64_t now_us, struct err *err);

struct token_row {
    struct span name, role;
    bool subject;
    int64_t created_us, expires_us, revoked_us; /* 0: not revoked */
};
typedef bool (*token_each_fn)(void *ctx, const struct token_row *row, struct err *err);
MUST_USE bool token_list(struct txn *txn, struct span after, size_t most, token_each_fn each,
                         void *ctx, struct err *err);

/* All tokens of a person; with their data they go. */
MUST_USE bool token_erase(struct txn *txn, int64_t sn, struct err *err);

#endif
