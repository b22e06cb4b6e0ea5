#include "deeds/instance.h"

#include "base/clock.h"
#include "base/log.h"
#include "crypt/crypt.h"
#include "deeds/deed_priv.h"
#include "deeds/published_priv.h"
#include "deeds/sweep.h"

#include <stdio.h>
#include <stdlib.h>

enum { SCRATCH_SIZE = 4 * 1024 * 1024, REDATE_STEPS = 32 };

/* These files belong to that keyring, for ever. */
static bool
bind_vault(struct instance *it, const char *origin, struct err *err)
{
    struct span vault, known;
    if (!move_allows(it, err) || !meta_get(it, "vault", &vault, err) || !meta_get(it, "origin", &known, err))
        return false;
    struct span id = span_of(keyd_vault_id(it->keyd), 16);
    if (vault.p == NULL) {
        struct span name = origin == NULL ? SPAN("troth.local/ledger/1") : span_str(origin);
        if (!span_copy(name, it->origin, sizeof it->origin))
            return err_set(err, ERR_CONFIG, "the ledger's origin is too long");
        return meta_set(it, "vault", id, err) && meta_set(it, "origin", name, err) &&
               meta_set(it, "ledger-key", span_of(keyd_ledger_public(it->keyd), 32), err);
    }
    if (!span_eq(vault, id))
        return err_set(err, ERR_KEYS, "the keyring belongs to other data: wrong vault id");
    struct span ledger_key;
    if (!meta_get(it, "ledger-key", &ledger_key, err))
        return false;
    /* A keyring somebody else put together may name this vault, but has not its ledger's key. */
    if (!span_eq(ledger_key, span_of(keyd_ledger_public(it->keyd), 32)))
        return err_set(err, ERR_KEYS, "the keyring belongs to other data: another key signs this ledger");
    if (!span_copy(known, it->origin, sizeof it->origin))
        return err_set(err, ERR_CORRUPT, "the ledger's origin is too long");
    if (origin != NULL && !span_is(known, origin))
        return err_set(err, ERR_CONFIG,
                       "this ledger's origin is \"%s\" and cannot be changed", it->origin);
    return true;
}

/* Going back to old words is a change like any other and needs a version of its own: consents and promises are
 * counted by it. */
static bool
version_rises(struct instance *it, struct err *err)
{
    char name[LIMIT_POLICY_NAME + 48];
    struct span top;
    uint8_t now[8];
    put_be64(now, (uint64_t)it->policy->version);
    (void)snprintf(name, sizeof name, "policy-top:%.*s", SPAN_FMT(it->policy->id));
    if (!meta_get(it, name, &top, err))
        return false;
    uint64_t was = top.n == 8 ? get_be64((const uint8_t *)top.p) : 0;
    if (was > (uint64_t)it->policy->version)
        return err_set(err, ERR_CONFIG,
                       "version %d of this policy is older than version %llu, which was in force; give it a "
                       "higher version to go back to its words",
                       it->policy->version, (unsigned long long)was);
    return was == (uint64_t)it->policy->version || meta_set(it, name, span_of(now, 8), err);
}

/* A version of a policy is one text: what was published under it cannot be changed under it. */
static bool
version_fits(struct instance *it, bool *ret_known, struct err *err)
{
    char name[LIMIT_POLICY_NAME + 48];
    struct span known;
    (void)snprintf(name, sizeof name, "policy:%.*s:%d", SPAN_FMT(it->policy->id), it->policy->version);
    if (!meta_get(it, name, &known, err))
        return false;
    struct span hash = span_of(it->policy->hash, 32);
    if (!version_rises(it, err))
        return false;
    *ret_known = known.p != NULL;
    if (known.p == NULL)
        return meta_set(it, name, hash, err);
    return span_eq(known, hash) ||
           err_set(err, ERR_CONFIG,
                   "version %d of this policy was in force with other words; give the changed policy a "
                   "new version and date",
                   it->policy->version);
}

/* A page that promises what this server has no code for would lie. */
static bool
kept(const struct instance *it, struct err *err)
{
    const struct policy *policy = it->policy;
    if (policy->unkept_count == 0)
        return true;
    struct span first = policy_rule_name(policy, (uint32_t)policy->unkept[0]);
    return err_set(
        err, ERR_CONFIG,
        "this policy promises what this version of the server does not keep: %.*s%s; troth check tells all of it",
        SPAN_FMT(first), policy->unkept_count > 1 ? " and more" : "");
}

/* Data that may lie on one kind of server only must not come to lie on another because somebody forgot a word. */
static bool
bind_kind(struct instance *it, const char *kind, struct err *err)
{
    const struct policy *policy = it->policy;
    struct span known;
    it->kind = POLICY_NONE;
    if (!meta_get(it, "instance", &known, err))
        return false;
    if (policy->instance_count == 0)
        return kind == NULL ||
               err_set(err, ERR_CONFIG, "this policy names no kinds of server, so this one cannot be a \"%s\"", kind);
    if (kind == NULL && known.p == NULL)
        return err_set(err, ERR_CONFIG,
                       "this policy is kept on several kinds of server; say which this one is: --instance %.*s",
                       SPAN_FMT(policy->instances[0]));
    if (kind != NULL && known.p != NULL && !span_is(known, kind))
        return err_set(err, ERR_CONFIG, "these data are of a server of the kind \"%.*s\", and stay so",
                       SPAN_FMT(known));
    struct span name = kind == NULL ? known : span_str(kind);
    it->kind = policy_instance_find(policy, name);
    if (it->kind == POLICY_NONE)
        return err_set(err, ERR_CONFIG, "this policy names no kind of server \"%.*s\"", SPAN_FMT(name));
    return known.p != NULL || meta_set(it, "instance", name, err);
}

/* What is published as holding from a later day must not hold today. */
static bool
in_force(const struct instance *it, struct err *err)
{
    int64_t ahead = it->policy->in_force_days - it->now_us / CLOCK_US_PER_DAY;
    return ahead <= 0 ||
           err_set(err, ERR_CONFIG,
                   "this policy is in force in %lld day%s; until then start with the one before it",
                   (long long)ahead, ahead == 1 ? "" : "s");
}

/* The policy in force gets a number; a new one its line in the ledger. */
static bool
bind_policy(struct instance *it, const char *kind, struct span source, struct err *err)
{
    if (it->policy == NULL)
        return true;
    bool known = false;
    if (!kept(it, err) || !in_force(it, err) || !bind_kind(it, kind, err) || !version_fits(it, &known, err) ||
        !catalogue_open(it->txn, &it->scratch, it->policy, &it->catalogue, err) ||
        !published_bind(it, source, known, err))
        return false;
    if (!tally_names_put(it, err))
        return false;
    struct span last;
    if (!meta_get(it, "policy", &last, err))
        return false;
    if (span_eq(last, span_of(it->policy->hash, 32)))
        return redate_resume(it, err);
    if (!lead_kept(it, last, err) || !redate_resume(it, err))
        return false;
    if (it->redate.going)
        return err_set(err, ERR_CONFIG,
                       "what was kept before the last change of the policy is still being given its new dates; "
                       "start with that policy until the log says \"redated\"");
    struct caller operator = {.role = ACTOR_OPERATOR};
    struct deed deed = {
        .it = it, .caller = &operator, .arena = &it->scratch, .purpose = POLICY_NONE};
    const struct note note = {.event = LEDGER_POLICY_ACTIVATED,
                              .rule = RULE_OPERATOR,
                              .act = "activate-policy",
                              .category = POLICY_NONE,
                              .purpose_about = POLICY_NONE,
                              .word = it->policy->id};
    return meta_set(it, "policy", span_of(it->policy->hash, 32), err) &&
           deed_record(&deed, &note, err) && (last.p == NULL || redate_begin(it, err));
}

static bool
begin_all(struct instance *it, const struct instance_options *options, struct err *err)
{
    if (!guard_policy_alone(it, err) || !bind_vault(it, options->origin, err) || !epoch_bind(it, err) ||
        !ledger_open(it->txn, it->origin, store_lane(it->store), &it->ledger, err))
        return false;
    ledger_turn_begin(it->ledger);
    return begin_numbers(it, err) && resume_signing(it, err) &&
           bind_policy(it, options->kind, options->policy_source, err);
}

/* Where little lies there a new policy has reached it all before the first request. */
static bool
redate_some(struct instance *it, struct err *err)
{
    for (int i = 0; i < REDATE_STEPS && it->redate.going; i++)
        if (!redate_step(it, err))
            return false;
    return true;
}

bool
instance_open(const struct instance_options *options, struct instance **ret, struct err *err)
{
    struct instance *it = calloc(1, sizeof *it);
    if (it == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    it->policy = options->policy;
    crypt_random(it->node, sizeof it->node);
    it->self_exe = strdup(options->self_exe);
    it->dir = strdup(options->dir);
    const struct store_options files = {.dir = options->dir, .url = options->store,
                                        .keys_url = options->store_keys, .create = options->create,
                                        .reserve = options->reserve};
    if (!arena_open(&it->scratch, SCRATCH_SIZE, err) || !traces_open(it, err) || !store_open(&files, &it->store, err) ||
        !keyd_start(options->self_exe, options->dir, &options->key_source, &it->keyd, err) ||
        !keys_open(it->keyd, &it->keys, err))
        goto failed;
    it->now_us = clock_now_us();
    if (it->now_us == 0) {
        err_set(err, ERR_UNAVAILABLE, "the clock cannot be read or is wrong");
        goto failed;
    }
    if (!txn_begin(it->store, &it->txn, err))
        goto failed;
    keys_turn(it->keys, store_lane(it->store), clock_mono_ms());
    if (!begin_all(it, options, err)) {
        instance_turn_abort(it);
        goto failed;
    }
    it->store_opened = store_opened(it->store);
    if (!instance_turn_commit(it, err) || !settle(it, err) || !redate_some(it, err))
        goto failed;
    it->opened = true;
    *ret = it;
    return true;
failed:
    it->policy = NULL; /* stays the caller's */
    instance_close(&it);
    return false;
}

bool
instance_prepare(const char *store, const char *store_keys, struct err *err)
{
    const struct store_options options = {.url = store, .keys_url = store_keys, .create = true};
    struct store *made = NULL;
    if (!store_open(&options, &made, err))
        return false;
    store_close(&made);
    return true;
}

void
instance_close(struct instance **instance)
{
    struct instance *it = *instance;
    if (it == NULL)
        return;
    if (it->txn != NULL)
        instance_turn_abort(it);
    struct err err;
    if (it->ledger != NULL && it->policy != NULL && !instance_checkpoint(it, &err))
        log_err(LOG_WARN, "last-checkpoint", &err);
    if (it->opened)
        leases_give(it);
    keys_close(&it->keys);
    if (it->keyd != NULL)
        keyd_stop(&it->keyd);
    ledger_close(&it->ledger);
    catalogue_close(&it->catalogue);
    policy_free(&it->policy);
    store_close(&it->store);
    arena_close(&it->scratch);
    traces_close(it);
    crypt_wipe(it->memos, sizeof it->memos);
    free(it->self_exe);
    free(it->dir);
    free(it);
    *instance = NULL;
}

const struct policy *
instance_policy(const struct instance *it)
{
    return it->policy;
}

const uint8_t *
instance_ledger_key(const struct instance *it)
{
    return keyd_ledger_public(it->keyd);
}

const char *
instance_origin(const struct instance *it)
{
    return it->origin;
}

bool
instance_shared(const struct instance *it)
{
    return store_lane(it->store) != 0;
}

bool
instance_in_turn(const struct instance *it)
{
    return it->txn != NULL;
}

int64_t
instance_now_us(const struct instance *it)
{
    return it->now_us;
}

static void
room_look(struct instance *it)
{
    enum store_room room = store_room(it->store);
    if (room == it->room)
        return;
    if (room > it->room)
        LOG(LOG_ERROR, "disk-full",
            LOG_T("text", room == STORE_ROOM_LOW
                              ? "nothing is added any more; reads, withdrawals and erasures go on"
                              : "only withdrawals and erasures go on"));
    else
        LOG(LOG_INFO, "disk-room", LOG_T("text", room == STORE_ROOM_PLENTY
                                                     ? "there is room again"
                                                     : "a little room again: reads go on"));
    it->room = room;
}

bool
instance_turn_open(struct instance *it, struct err *err)
{
    TROTH_ASSERT(it->txn == NULL);
    int64_t now_us = clock_now_us();
    if (now_us == 0)
        return err_set(err, ERR_UNAVAILABLE, "the clock cannot be read or is wrong");
    if (!txn_begin(it->store, &it->txn, err))
        return false;
    it->now_us = now_us;
    it->rows_stand++;
    it->destroyed = it->renewed = false;
    it->txn_broken = false;
    it->need_count = it->lookup_count = it->unique_count = 0;
    it->guarded = false;
    room_look(it);
    keys_turn(it->keys, store_lane(it->store), clock_mono_ms());
    ledger_turn_begin(it->ledger);
    it->ended_cleared = it->ended_waiting && keys_ended_clear(it->txn, store_lane(it->store), err);
    return true;
}

bool
instance_turn_begin(struct instance *it, struct err *err)
{
    numbers_ahead(it);
    if (!instance_turn_open(it, err))
        return false;
    return it->store_opened == store_opened(it->store) || remember_anew(it, err);
}

bool
instance_turn_fetch(struct instance *it, struct err *err)
{
    /* What values are looked up by: then whose they are is asked for with the rest, and no two nodes that put the
     * same ones wait for each other in a circle. */
    if (!keys_fetch(it->keys, err))
        return false;
    uniques_ahead(it);
    lookups_ahead(it);
    if (!guards_take(it, err))
        return false;
    lookups_again(it);
    deed_needs_look(it);
    return keys_fetch(it->keys, err) && uniques_look(it, err);
}

void
instance_turn_abort(struct instance *it)
{
    if (it->txn != NULL)
        txn_rollback(&it->txn);
    if (it->ledger != NULL)
        ledger_turn_end(it->ledger, false);
    keys_taken_back(it->keys);
    if (it->traces != NULL)
        traces_forget(it);
    arena_reset(&it->scratch);
}

bool
instance_turn_commit(struct instance *it, struct err *err)
{
    if (it->txn_broken) {
        instance_turn_abort(it);
        return err_set(err, ERR_IO, "a deed could not be taken back");
    }
    if (it->destroyed)
        txn_truncate_keys(it->txn);
    if (!traces_flush(it, err) || !ledger_flush(it->ledger, it->txn, err)) {
        instance_turn_abort(it);
        return false;
    }
    if (!txn_commit(&it->txn, err)) {
        ledger_turn_end(it->ledger, false);
        keys_taken_back(it->keys);
        arena_reset(&it->scratch);
        return false;
    }
    ledger_turn_end(it->ledger, true);
    it->ended_waiting = (it->ended_waiting && !it->ended_cleared) || it->destroyed || it->renewed;
    arena_reset(&it->scratch);
    return true;
}

bool
instance_turn_end(struct instance *it, bool good, struct err *err)
{
    if (good)
        return instance_turn_commit(it, err);
    instance_turn_abort(it);
    return false;
}

bool
instance_fallen(const struct instance *it, struct err *err)
{
    if (store_failed(it->store))
        (void)err_set(err, ERR_IO, "the store failed; start again, and it recovers");
    else if (it->deposed)
        (void)err_set(err, ERR_UNAVAILABLE, "another node put another policy in force; start again, with that one");
    else if (it->moved)
        (void)err_set(err, ERR_CONFLICT, "these data were moved away meanwhile");
    else if (it->behind)
        (void)err_set(err, ERR_KEYS, "the store uses an epoch that this node's keyring has not; start again");
    else if (!keyd_alive(it->keyd))
        (void)err_set(err, ERR_UNAVAILABLE, "the key process is gone; start again");
    else
        return false;
    return true;
}

bool
instance_ready(const struct instance *it, struct err *err)
{
    if (it->policy == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no policy is in force");
    if (instance_fallen(it, err))
        return false;
    if (!store_reachable(it->store))
        return err_set(err, ERR_UNAVAILABLE, "the store cannot be reached");
    if (clock_now_us() == 0)
        return err_set(err, ERR_UNAVAILABLE, "the clock cannot be read or is wrong");
    return true;
}
