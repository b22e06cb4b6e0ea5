#include "deeds/epoch.h"

#include "base/log.h"
#include "deeds/deed_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MARK_BYTES = 12, NODE_AT_HOST = MARK_BYTES + 8, LANE_NAME = 32, SCRATCH_SIZE = 256 * 1024 };

#define META_EPOCH "epoch"

static void
mark_put(const struct epoch_mark *mark, uint8_t to[MARK_BYTES])
{
    put_be32(to, mark->number);
    memcpy(to + 4, mark->check, sizeof mark->check);
}

static struct epoch_mark
mark_get(const uint8_t from[MARK_BYTES])
{
    struct epoch_mark mark = {.number = get_be32(from)};
    memcpy(mark.check, from + 4, sizeof mark.check);
    return mark;
}

static bool
mark_same(const struct epoch_mark *a, const struct epoch_mark *b)
{
    return a->number == b->number && memcmp(a->check, b->check, sizeof a->check) == 0;
}

/* *ret_known false: the store says nothing yet. */
static bool
used_get(struct instance *it, struct epoch_mark *ret, bool *ret_known, struct err *err)
{
    struct span value;
    if (!meta_get(it, META_EPOCH, &value, err))
        return false;
    *ret_known = value.p != NULL;
    if (value.p == NULL)
        return true;
    if (value.n != MARK_BYTES)
        return err_set(err, ERR_CORRUPT, "the store's epoch has the wrong form");
    *ret = mark_get((const uint8_t *)value.p);
    return true;
}

static bool
used_set(struct instance *it, const struct epoch_mark *mark, struct err *err)
{
    uint8_t bytes[MARK_BYTES];
    mark_put(mark, bytes);
    return meta_set(it, META_EPOCH, span_of(bytes, sizeof bytes), err);
}

static bool
epoch_lock(struct instance *it, struct err *err)
{
    const struct val in[] = {val_text(SPAN(META_EPOCH))};
    return rows_run(it->txn, SQL_meta_lock, in, 1, NULL, err);
}

static void
lane_name(int lane, char name[LANE_NAME])
{
    (void)snprintf(name, LANE_NAME, "epoch-node:%d", lane);
}

/* Mark, generation, host. */
static bool
node_note(struct instance *it, struct err *err)
{
    uint8_t bytes[NODE_AT_HOST + EPOCH_HOST_MAX + 1] = {0};
    char name[LANE_NAME];
    const struct epoch_mark newest = keyd_newest(it->keyd);
    mark_put(&newest, bytes);
    put_be64(bytes + MARK_BYTES, keyd_generation(it->keyd));
    char *host = (char *)bytes + NODE_AT_HOST;
    if (gethostname(host, EPOCH_HOST_MAX) != 0)
        host[0] = '\0';
    lane_name(store_lane(it->store), name);
    return meta_set(it, name, span_of(bytes, NODE_AT_HOST + strlen(host)), err);
}

static bool
use(struct instance *it, const struct epoch_mark *mark, struct err *err)
{
    enum epoch_use got;
    if (!keyd_use_epoch(it->keyd, mark, &got, err))
        return false;
    if (got == EPOCH_USED)
        return true;
    it->behind = true;
    if (got == EPOCH_MISSING)
        (void)err_set(err, ERR_KEYS,
                      "this node's keyring is behind: it knows epochs up to %u and the store uses epoch %u; bring "
                      "the keyring over from a node that runs (there: troth keys give, here: troth keys take)",
                      keyd_newest(it->keyd).number, mark->number);
    else if (got == EPOCH_OTHER)
        (void)err_set(err, ERR_KEYS,
                      "epoch %u of this node's keyring is not the store's epoch %u: it was prepared here apart from the "
                      "others; cancel it (troth keys epoch cancel) and take the keyring from a node that runs",
                      mark->number, mark->number);
    else
        (void)err_set(err, ERR_KEYS,
                      "the store uses epoch %u, which has ended in this node's keyring: these databases are older "
                      "than the keyring", mark->number);
    return err_rule(err, got == EPOCH_MISSING ? "keyring-behind" : "keyring-other");
}

bool
epoch_bind(struct instance *it, struct err *err)
{
    struct epoch_mark used;
    bool known = false;
    /* Over one's own files there is nobody to agree with, and a start writes nothing it need not. */
    bool alone = store_lane(it->store) == 0;
    if ((!alone && !epoch_lock(it, err)) || !used_get(it, &used, &known, err))
        return false;
    if (!known) {
        used = keyd_epoch(it->keyd);
        if (!used_set(it, &used, err))
            return false;
    }
    return use(it, &used, err) && (alone || node_note(it, err));
}

bool
epoch_bind_anew(struct instance *it, struct err *err)
{
    return instance_turn_open(it, err) && instance_turn_end(it, epoch_bind(it, err), err);
}

bool
epoch_follow(struct instance *it, struct err *err)
{
    struct epoch_mark used, now = keyd_epoch(it->keyd);
    bool known = false;
    if (!instance_turn_begin(it, err))
        return false;
    if (!instance_turn_end(it, used_get(it, &used, &known, err), err))
        return false;
    if (!known || mark_same(&used, &now))
        return true;
    if (!use(it, &used, err))
        return false;
    LOG(LOG_INFO, "epoch", LOG_N("used", used.number), LOG_N("before", now.number));
    return true;
}

/* The command line's part: a store and a turn, and nothing of an instance besides. */

static void
desk_close(struct instance **desk)
{
    struct instance *it = *desk;
    if (it->txn != NULL)
        txn_rollback(&it->txn);
    store_close(&it->store);
    arena_close(&it->scratch);
    free(it);
    *desk = NULL;
}

static bool
vault_fits(struct instance *it, const uint8_t vault[16], struct err *err)
{
    struct span known;
    if (!meta_get(it, "vault", &known, err))
        return false;
    return known.p == NULL || span_eq(known, span_of(vault, 16)) ||
           err_set(err, ERR_KEYS, "the keyring belongs to other data: wrong vault id");
}

static bool
desk_open(const struct epoch_ask *ask, struct instance **ret, struct err *err)
{
    /* With a URL the folder's lock is the running server's, and means nothing here. */
    const struct store_options options = {.dir = ask->store == NULL ? ask->dir : NULL,
                                          .url = ask->store,
                                          .keys_url = ask->store_keys,
                                          .reserve = UINT64_MAX};
    struct instance *it = calloc(1, sizeof *it);
    if (it == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    if (arena_open(&it->scratch, SCRATCH_SIZE, err) && store_open(&options, &it->store, err) &&
        txn_begin(it->store, &it->txn, err) && epoch_lock(it, err) &&
        vault_fits(it, ask->vault, err)) {
        *ret = it;
        return true;
    }
    desk_close(&it);
    return false;
}

static bool
node_read(struct instance *it, struct epoch_node *node, struct err *err)
{
    char name[LANE_NAME];
    struct span value;
    lane_name(node->lane, name);
    if (!meta_get(it, name, &value, err))
        return false;
    node->noted = value.n >= NODE_AT_HOST && value.n <= NODE_AT_HOST + EPOCH_HOST_MAX;
    if (!node->noted)
        return true;
    node->newest = mark_get((const uint8_t *)value.p);
    return span_copy(span_sub(value, NODE_AT_HOST, value.n - NODE_AT_HOST), node->host,
                     sizeof node->host) ||
           err_set(err, ERR_CORRUPT, "the note of lane %d has the wrong form", node->lane);
}

struct lanes {
    const struct instance *it;
    struct epoch_view *view;
};

static bool
lane_row(void *ctx, const struct val *row, struct err *err)
{
    struct lanes *lanes = ctx;
    (void)err;
    if (row[0].i != store_lane(lanes->it->store) && lanes->view->count < LIMIT_PG_LANES)
        lanes->view->nodes[lanes->view->count++].lane = (int)row[0].i;
    return true;
}

static bool
view_read(struct instance *it, struct epoch_view *view, struct err *err)
{
    struct lanes lanes = {it, view};
    if (!used_get(it, &view->used, &view->known, err) ||
        !rows_each(it->txn, SQL_lane_held, NULL, 0, 1, LIMIT_PG_LANES, lane_row, &lanes, err))
        return false;
    for (size_t i = 0; i < view->count; i++)
        if (!node_read(it, &view->nodes[i], err))
            return false;
    return true;
}

bool
epoch_look(const struct epoch_ask *ask, struct epoch_view *ret, struct err *err)
{
    struct instance *it;
    struct epoch_view view = {0};
    if (!desk_open(ask, &it, err))
        return false;
    bool good = view_read(it, &view, err);
    desk_close(&it);
    if (good)
        *ret = view;
    return good;
}

/* Every node that is there has this very key. */
static bool
all_noted(const struct epoch_view *view, const struct epoch_mark *mark, struct err *err)
{
    for (size_t i = 0; i < view->count; i++) {
        const struct epoch_node *node = &view->nodes[i];
        if (!node->noted)
            return err_set(err, ERR_CONFLICT,
                           "the node on lane %d has not said which epochs it has: it is just starting, or of an "
                           "older version; try again when it runs", node->lane);
        if (node->newest.number < mark->number)
            return err_set(err, ERR_CONFLICT,
                           "the node on %s (lane %d) has epochs up to %u: bring the keyring there (troth keys give, "
                           "troth keys take), restart it, then try again",
                           node->host, node->lane, node->newest.number);
        if (!mark_same(&node->newest, mark))
            return err_set(err, ERR_CONFLICT,
                           "the node on %s (lane %d) has another key as epoch %u: the two keyrings were prepared apart",
                           node->host, node->lane, node->newest.number);
    }
    return true;
}

static bool
activate(struct instance *it, const struct epoch_mark *mark, bool *ret_was, struct err *err)
{
    struct epoch_view view = {0};
    if (!view_read(it, &view, err))
        return false;
    if (!view.known)
        return err_set(err, ERR_CONFLICT, "no server of this version has started on this store yet; start one first");
    *ret_was = mark_same(&view.used, mark);
    if (*ret_was)
        return true;
    if (view.used.number > mark->number)
        return err_set(err, ERR_CONFLICT,
                       "this node's keyring is behind: it knows epochs up to %u and the store uses epoch %u; take the "
                       "keyring from a node that runs", mark->number, view.used.number);
    return all_noted(&view, mark, err) && used_set(it, mark, err) && txn_commit(&it->txn, err);
}

bool
epoch_activate(const struct epoch_ask *ask, const struct epoch_mark *mark, bool *ret_was,
               struct err *err)
{
    struct instance *it;
    bool was = false;
    if (!desk_open(ask, &it, err))
        return false;
    bool good = activate(it, mark, &was, err);
    desk_close(&it);
    if (good)
        *ret_was = was;
    return good;
}
