#include "actors/token.h"

#include "crypt/crypt.h"
#include "wire/text.h"

static const char token_prefix[] = "troth_";

void
token_hash(struct span text, uint8_t ret[TOKEN_HASH])
{
    crypt_sha256(&text, 1, ret);
}

bool
token_make(struct txn *txn, const struct token_ask *ask, char ret_text[TOKEN_TEXT_MAX],
           uint8_t ret_id[TOKEN_ID], struct err *err)
{
    uint8_t secret[32], hash[TOKEN_HASH], id[TOKEN_ID];
    crypt_random(secret, sizeof secret);
    crypt_random(id, sizeof id);
    char text[TOKEN_TEXT_MAX];
    struct buf buf;
    buf_init(&buf, text, sizeof text - 1);
    buf_str(&buf, token_prefix);
    base64url_put(&buf, secret, sizeof secret);
    TROTH_ASSERT(buf_ok(&buf));
    text[buf.n] = '\0';
    token_hash(buf_span(&buf), hash);
    crypt_wipe(secret, sizeof secret);
    const struct val in[] = {val_blob(hash, sizeof hash),
                             val_blob(id, sizeof id),
                             val_text(ask->role),
                             val_text(ask->name),
                             ask->sn == 0 ? val_null() : val_int(ask->sn),
                             val_int(ask->now_us),
                             val_int(ask->expires_us)};
    if (!rows_run(txn, SQL_token_put, in, 7, NULL, err)) {
        if (err != NULL && err->code == ERR_TAKEN)
            err_set(err, ERR_TAKEN, "there is a token of that name already");
        return false;
    }
    memcpy(ret_text, text, buf.n + 1);
    memcpy(ret_id, id, TOKEN_ID);
    crypt_wipe(text, sizeof text);
    return true;
}

void
token_need(struct txn *txn, struct span text)
{
    uint8_t hash[TOKEN_HASH];
    token_hash(text, hash);
    const struct val in[] = {val_blob(hash, sizeof hash)};
    rows_ahead_again(txn, SQL_token_by_hash, in, 1);
}

bool
token_id(struct txn *txn, struct span name, uint8_t ret[TOKEN_ID], bool *ret_found, struct err *err)
{
    struct arena arena = {0};
    const struct val in[] = {val_text(name)};
    struct val out[6];
    if (!arena_open(&arena, 4096, err))
        return false;
    bool good = rows_one(txn, &arena, SQL_token_by_name, in, 1, out, 6, ret_found, err);
    *ret_found = good && *ret_found && out[0].s.n == TOKEN_ID;
    if (*ret_found)
        memcpy(ret, out[0].s.p, TOKEN_ID);
    arena_close(&arena);
    return good;
}

bool
token_find(struct txn *txn, struct arena *arena, struct span text, int64_t now_us,
           enum token_state *ret_state, struct token *ret, struct err *err)
{
    *ret_state = TOKEN_UNKNOWN;
    if (text.n >= TOKEN_TEXT_MAX || !span_starts(text, span_str(token_prefix)))
        return true;
    uint8_t hash[TOKEN_HASH];
    token_hash(text, hash);
    const struct val in[] = {val_blob(hash, sizeof hash)};
    struct val out[6];
    bool found = false;
    if (!rows_one(txn, arena, SQL_token_by_hash, in, 1, out, 6, &found, err))
        return false;
    if (!found)
        return true;
    struct token token = {.role = out[1].s, .subject = out[2].kind == VAL_INT, .sn = out[2].i};
    if (out[0].s.n != TOKEN_ID || (token.subject && out[5].kind == VAL_BLOB && out[5].s.n != 16))
        return err_set(err, ERR_CORRUPT, "a token's row has the wrong shape");
    memcpy(token.id, out[0].s.p, TOKEN_ID);
    if (token.subject && out[5].kind == VAL_BLOB)
        memcpy(token.subject_id, out[5].s.p, 16);
    *ret = token;
    if (out[4].kind == VAL_INT)
        *ret_state = TOKEN_REVOKED;
    else if (now_us == 0 || out[3].i <= now_us)
        *ret_state = TOKEN_EXPIRED;
    else
        *ret_state = TOKEN_GOOD;
    return true;
}

bool
token_revoke(struct txn *txn, struct span name, int64_t now_us, struct err *err)
{
    const struct val in[] = {val_text(name), val_int(now_us)};
    int64_t changed = 0;
    if (!rows_run(txn, SQL_token_revoke, in, 2, &changed, err))
        return false;
    if (changed == 0)
        return err_set(err, ERR_NOT_FOUND, "no living token has that name");
    return true;
}

struct list_ctx {
    token_each_fn each;
    void *ctx;
};

static bool
list_row(void *ctx, const struct val *row, struct err *err)
{
    const struct list_ctx *list = ctx;
    const struct token_row token = {.name = row[0].s,
                                    .role = row[1].s,
                                    .subject = row[2].i != 0,
                                    .created_us = row[3].i,
                                    .expires_us = row[4].i,
                                    .revoked_us = row[5].kind == VAL_INT ? row[5].i : 0};
    return list->each(list->ctx, &token, err);
}

bool
token_list(struct txn *txn, struct span after, size_t most, token_each_fn each, void *ctx,
           struct err *err)
{
    const struct val in[] = {val_text(after), val_int((int64_t)most)};
    struct list_ctx list = {each, ctx};
    return rows_each(txn, SQL_token_list, in, 2, 6, most, list_row, &list, err);
}

bool
token_erase(struct txn *txn, int64_t sn, struct err *err)
{
    const struct val in[] = {val_int(sn)};
    return rows_run(txn, SQL_token_erase, in, 1, NULL, err);
}
