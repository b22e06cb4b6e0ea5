/*
 * Who is calling.
 *
 * With one writer a token found good counts for the rest of the turn, as long as nothing was written meanwhile. With
 * several nodes it is only believed until the turn takes its guards: then every token of the turn is read again,
 * behind a guard that a revocation takes alone, in the same wait as all other rows (deed_caller_need). So a token
 * revoked on one node is dead on all of them with the answer to the revocation.
 */
#include "deeds/deed_priv.h"

#include "actors/token.h"
#include "crypt/crypt.h"

/* Good tokens of this turn (one writer), so that a program's hundred requests in it cost one look-up. Nothing that writes
 * lies between the look-up and the use (rows_stand), so that a token revoked in the turn is dead in it. */
static const struct caller *
memo_find(struct instance *it, struct span text)
{
    if (it->memo_stand != it->rows_stand)
        return NULL;
    for (size_t i = 0; i < it->memo_count; i++)
        if (it->memos[i].n == text.n && crypt_equal(it->memos[i].text, text.p, text.n))
            return &it->memos[i].caller;
    return NULL;
}

static void
memo_put(struct instance *it, struct span text, const struct caller *caller)
{
    if (it->memo_stand != it->rows_stand)
        it->memo_count = 0;
    it->memo_stand = it->rows_stand;
    if (it->memo_count == MEMO_MAX || text.n > sizeof it->memos[0].text)
        return;
    struct caller_memo *memo = &it->memos[it->memo_count++];
    memo->n = text.n;
    memcpy(memo->text, text.p, text.n);
    memo->caller = *caller;
}

/* Whom a token belonged to when it was last seen good (several nodes); by its hash, not its text. */
static struct caller_known *
known_at(struct instance *it, const uint8_t hash[TOKEN_HASH])
{
    struct caller_known *known = &it->known[get_be16(hash) % KNOWN_MAX];
    return known->used && memcmp(known->hash, hash, TOKEN_HASH) == 0 ? known : NULL;
}

static void
known_put(struct instance *it, struct span text, const struct caller *caller)
{
    uint8_t hash[TOKEN_HASH];
    token_hash(text, hash);
    struct caller_known *known = &it->known[get_be16(hash) % KNOWN_MAX];
    *known = (struct caller_known){.used = true, .caller = *caller};
    memcpy(known->hash, hash, TOKEN_HASH);
}

static bool
believed(struct instance *it, struct span text, struct caller *ret)
{
    if (!rows_far(it->txn)) {
        const struct caller *memo = memo_find(it, text);
        if (memo != NULL)
            *ret = *memo;
        return memo != NULL;
    }
    uint8_t hash[TOKEN_HASH];
    token_hash(text, hash);
    const struct caller_known *known = it->guarded ? NULL : known_at(it, hash);
    if (known != NULL)
        *ret = known->caller;
    return known != NULL;
}

static void
remember_caller(struct instance *it, struct span text, const struct caller *caller)
{
    if (rows_far(it->txn))
        known_put(it, text, caller);
    else
        memo_put(it, text, caller);
}

void
deed_caller_need(struct instance *it, struct span text, const struct caller *caller)
{
    if (!rows_far(it->txn))
        return;
    guard_id_need(it, caller->id);
    token_need(it->txn, text);
}

void
deed_token_need(struct instance *it, struct span name)
{
    uint8_t id[TOKEN_ID];
    bool found = false;
    struct err ignored; /* the deed itself will meet it again */
    if (rows_far(it->txn) && token_id(it->txn, name, id, &found, &ignored) && found)
        txn_guard(it->txn, (int64_t)get_be64(id), true);
}

/* Behind the turn's guards also behind the token's own, which was announced and mostly is had. */
static bool
token_guarded(struct instance *it, struct arena *arena, struct span text, enum token_state *ret_state,
              struct token *ret, struct err *err)
{
    bool late = false;
    if (!token_find(it->txn, arena, text, it->now_us, ret_state, ret, err))
        return false;
    if (!it->guarded || *ret_state != TOKEN_GOOD)
        return true;
    return guard_id(it, ret->id, &late, err) &&
           (!late || token_find(it->txn, arena, text, it->now_us, ret_state, ret, err));
}

enum deed_end
deed_caller(struct instance *it, struct arena *arena, struct span text, struct caller *ret,
            struct err *err)
{
    if (believed(it, text, ret))
        return DEED_DONE;
    enum token_state state = TOKEN_UNKNOWN;
    struct token token;
    if (!token_guarded(it, arena, text, &state, &token, err))
        return DEED_FAILED;
    static const char *const why[] = {[TOKEN_UNKNOWN] = "this token is not known here",
                                      [TOKEN_REVOKED] = "this token was revoked",
                                      [TOKEN_EXPIRED] = "this token has expired"};
    if (state != TOKEN_GOOD) {
        err_set(err, ERR_UNAUTHENTICATED, "%s", why[state]);
        err_rule(err, "default.token");
        return DEED_REFUSED;
    }
    struct caller caller = {0};
    memcpy(caller.id, token.id, sizeof caller.id);
    if (token.subject) {
        caller.role = ACTOR_SUBJECT;
        memcpy(caller.subject, token.subject_id, sizeof caller.subject);
    } else {
        caller.role = it->policy == NULL ? POLICY_NONE : policy_role_find(it->policy, token.role);
        if (caller.role == POLICY_NONE) {
            err_set(err, ERR_UNAUTHENTICATED,
                    "this token's role is not declared in the policy in force");
            err_rule(err, "default.closed-world");
            return DEED_REFUSED;
        }
        caller.staff = it->policy->roles[caller.role].kind == ROLE_STAFF;
    }
    remember_caller(it, text, &caller);
    *ret = caller;
    return DEED_DONE;
}
