#include "deeds/manage.h"

#include "actors/token.h"
#include "base/clock.h"
#include "crypt/crypt.h"
#include "deeds/deed_priv.h"

static enum deed_end
end_of(const struct err *err)
{
    return err->code == ERR_NOT_FOUND ? DEED_ABSENT
           : err_http_status(err->code) >= 500 ? DEED_FAILED
                                               : DEED_BAD;
}

static bool
config_record(struct deed *deed, const char *act, struct span word, const struct person *about,
              struct err *err)
{
    const struct note note = {.about = about,
                              .event = LEDGER_CONFIG,
                              .rule = RULE_OPERATOR,
                              .act = act,
                              .category = POLICY_NONE,
                              .purpose_about = POLICY_NONE,
                              .word = word};
    return deed_record(deed, &note, err);
}

static enum deed_end
name_fits(struct span name, struct err *err)
{
    bool good = name.n > 0 && name.n <= LIMIT_TOKEN_NAME;
    for (size_t i = 0; good && i < name.n; i++)
        good = name.p[i] > ' ' && name.p[i] <= '~' && name.p[i] != '"' && name.p[i] != '\\';
    if (good)
        return DEED_DONE;
    err_set(err, ERR_INVALID, "a token's name is 1 to %d printable ASCII characters without spaces",
            LIMIT_TOKEN_NAME);
    err_place(err, "/name");
    return DEED_BAD;
}

static enum deed_end
add_do(void *arg, struct err *err)
{
    struct token_deed *ask = arg;
    struct instance *it = ask->deed.it;
    enum deed_end end = name_fits(ask->name, err);
    if (end != DEED_DONE)
        return end;
    struct token_ask token = {.role = ask->role,
                              .name = ask->name,
                              .now_us = it->now_us,
                              .expires_us = it->now_us + ask->days * CLOCK_US_PER_DAY};
    struct subject subject;
    if (ask->has_subject) {
        bool there = false;
        if (!subject_find(it, &it->scratch, ask->subject, &subject, &there, err))
            return DEED_FAILED;
        if (!there)
            return deed_absent(&ask->deed, "token-add", "there is no such person", err);
        token.role = SPAN(TOKEN_ROLE_SUBJECT);
        token.sn = subject.person.sn;
    } else if (it->policy == NULL || policy_role_find(it->policy, ask->role) == POLICY_NONE) {
        return deed_unknown(&ask->deed, ERR_UNKNOWN_NAME, "role", ask->role, err);
    }
    uint8_t id[16];
    if (!token_make(it->txn, &token, ask->text, id, err))
        return end_of(err);
    ask->expires_us = token.expires_us;
    struct span role = ask->has_subject ? SPAN("the person") : ask->role;
    /* Whoever holds it speaks as the person: they see that it was made. */
    const struct person *about = ask->has_subject ? &subject.person : NULL;
    return config_record(&ask->deed, "token-add", role, about, err) ? DEED_DONE : DEED_FAILED;
}

enum deed_end
token_add_run(struct token_deed *ask, struct err *err)
{
    ask->deed.weight = DEED_GROWS;
    return deed_do(&ask->deed, add_do, ask, err);
}

/* No turn of any node that uses the token is going on. */
static bool
guard_token(struct instance *it, struct span name, struct err *err)
{
    uint8_t id[TOKEN_ID];
    bool found = false;
    if (!rows_far(it->txn))
        return true;
    return token_id(it->txn, name, id, &found, err) && (!found || guard_id_alone(it, id, err));
}

static enum deed_end
revoke_do(void *arg, struct err *err)
{
    struct token_deed *ask = arg;
    if (!guard_token(ask->deed.it, ask->name, err))
        return DEED_FAILED;
    if (!token_revoke(ask->deed.it->txn, ask->name, ask->deed.it->now_us, err))
        return end_of(err);
    return config_record(&ask->deed, "token-revoke", SPAN_NONE, NULL, err) ? DEED_DONE : DEED_FAILED;
}

enum deed_end
token_revoke_run(struct token_deed *ask, struct err *err)
{
    ask->deed.weight = DEED_FREES;
    return deed_do(&ask->deed, revoke_do, ask, err);
}

struct list_ctx {
    token_line_fn each;
    void *ctx;
};

static bool
list_row(void *ctx, const struct token_row *row, struct err *err)
{
    const struct list_ctx *list = ctx;
    const struct token_line line = {.name = row->name,
                                    .role = row->role,
                                    .subject = row->subject,
                                    .created_us = row->created_us,
                                    .expires_us = row->expires_us,
                                    .revoked_us = row->revoked_us};
    return list->each(list->ctx, &line) ||
           err_set(err, ERR_TOO_LARGE, "the list of tokens does not fit into one answer");
}

enum deed_end
token_list_run(struct token_deed *ask, token_line_fn each, void *ctx, struct err *err)
{
    struct list_ctx list = {each, ctx};
    return token_list(ask->deed.it->txn, ask->name, 1000, list_row, &list, err) ? DEED_DONE
                                                                                : DEED_FAILED;
}

static void
idempotency_key(const struct caller *caller, struct span key, uint8_t ret[32])
{
    const struct span parts[] = {span_of(caller->id, 16), key};
    crypt_sha256(parts, 2, ret);
}

void
idempotency_need(struct instance *it, const struct caller *caller, struct span text)
{
    uint8_t key[32];
    if (!rows_far(it->txn))
        return;
    idempotency_key(caller, text, key);
    const struct val in[] = {val_blob(key, 32)};
    guard_hash_need(it, key); /* the same key on two nodes at once: one waits, and finds the other's reply */
    rows_ahead(it->txn, SQL_idempotency_get, in, 1);
}

/* The request is remembered under the client's key, which is nowhere kept: a bare hash of what somebody typed into
 * a form could be found again by trying. */
static void
idempotency_request(const struct idempotency *ask, uint8_t ret[32])
{
    const struct span parts[] = {SPAN("troth-idem\0"), span_of(ask->deed.caller->id, 16), ask->key,
                                 SPAN("\n"), ask->request};
    crypt_sha256(parts, 5, ret);
}

enum deed_end
idempotency_find(struct idempotency *ask, struct err *err)
{
    uint8_t key[32], request[32];
    idempotency_key(ask->deed.caller, ask->key, key);
    idempotency_request(ask, request);
    const struct val in[] = {val_blob(key, 32)};
    struct val out[3];
    if (!guard_hash(ask->deed.it, key, err) ||
        !rows_one(ask->deed.it->txn, ask->deed.arena, SQL_idempotency_get, in, 1, out, 3,
                  &ask->found, err))
        return DEED_FAILED;
    if (!ask->found)
        return DEED_DONE;
    if (out[0].s.n != 32 || !crypt_equal(out[0].s.p, request, 32)) {
        err_set(err, ERR_IDEM_REUSED, "this key came with another request before");
        err_place(err, "Idempotency-Key");
        return DEED_BAD;
    }
    ask->status = (int)out[1].i;
    ask->reply = out[2].s;
    return DEED_DONE;
}

enum deed_end
idempotency_keep(struct idempotency *ask, int status, struct span reply, int64_t sn, struct err *err)
{
    uint8_t key[32], request[32];
    idempotency_key(ask->deed.caller, ask->key, key);
    idempotency_request(ask, request);
    const struct val in[] = {val_blob(key, 32),
                             val_blob(request, 32),
                             val_int(status),
                             val_blob(reply.p, reply.n),
                             sn == 0 ? val_null() : val_int(sn),
                             val_int(ask->deed.it->now_us)};
    return rows_run(ask->deed.it->txn, SQL_idempotency_put, in, 6, NULL, err) ? DEED_DONE
                                                                              : DEED_FAILED;
}
