/*
 * Guards: advisory locks of the transaction, so that several nodes do not overtake each other about one person.
 *
 * Those that were announced before a turn's first wait are asked for in the order of their keys, in one statement
 * that goes out before the announced reads: no two nodes can wait for each other in a circle, and what is read
 * is read behind the lock. Later ones are only tried, for a short while: a node that holds guards never waits for
 * one without end.
 *
 * They cost no row, no page and no log: a read that took FOR SHARE would write to the row it reads. They are held by
 * the session on the primary, so all nodes must speak with the same one, which the lanes ask for anyway.
 */
#include "store/pg_priv.h"

#include "base/clock.h"

#include <stdlib.h>
#include <unistd.h>

enum { KEY_TEXT = 21, HOW_TEXT = 2, TRY_STEP_US = 2000, STUCK_MS = 2 * LIMIT_PG_LOCK_MS };

static struct pg_guard *
guard_find(struct pg_turn *turn, int64_t key)
{
    size_t at = (uint64_t)key % PG_GUARD_SLOTS;
    for (; turn->guard_slots[at] != 0; at = (at + 1) % PG_GUARD_SLOTS)
        if (turn->guards[turn->guard_slots[at] - 1].key == key)
            return &turn->guards[turn->guard_slots[at] - 1];
    if (turn->guard_count == LIMIT_PG_GUARDS)
        return NULL;
    turn->guard_slots[at] = (uint16_t)(turn->guard_count + 1);
    struct pg_guard *guard = &turn->guards[turn->guard_count++];
    *guard = (struct pg_guard){.key = key};
    return guard;
}

void
pg_guard(struct txn *txn, int64_t key, bool changes)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    struct pg_guard *guard = guard_find(turn, key);
    uint8_t want = changes ? 2 : 1;
    if (guard == NULL || guard->want >= want) /* no room: it is found missing when it is needed */
        return;
    guard->want = want;
}

bool
pg_guarded(struct txn *txn, int64_t key, bool changes)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    const struct pg_guard *guard = guard_find(turn, key);
    return guard != NULL && guard->had >= (changes ? 2 : 1);
}

static int
by_key(const void *left, const void *right)
{
    const struct pg_guard *const *a = left, *const *b = right;
    return (*a)->key < (*b)->key ? -1 : (*a)->key > (*b)->key;
}

/* As the texts of two arrays. */
static bool
guards_pack(struct pg_turn *turn, struct pg_guard *const *some, size_t count, struct val ret[2])
{
    struct buf keys = arena_buf(&turn->keys, count * KEY_TEXT + 2);
    struct buf hows = arena_buf(&turn->keys, count * HOW_TEXT + 2);
    for (size_t i = 0; i < count; i++) {
        buf_fmt(&keys, "%c%lld", i == 0 ? '{' : ',', (long long)some[i]->key);
        buf_fmt(&hows, "%c%c", i == 0 ? '{' : ',', some[i]->want == 2 ? 't' : 'f');
    }
    buf_char(&keys, '}');
    buf_char(&hows, '}');
    ret[0] = val_text(buf_span(&keys));
    ret[1] = val_text(buf_span(&hows));
    return buf_ok(&keys) && buf_ok(&hows);
}

static size_t
pending(struct pg_turn *turn, struct pg_guard **ret)
{
    size_t count = 0;
    for (int i = 0; i < turn->guard_count; i++)
        if (turn->guards[i].want > turn->guards[i].had)
            ret[count++] = &turn->guards[i];
    qsort(ret, count, sizeof *ret, by_key);
    return count;
}

static bool
got_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct pg_turn *turn = ctx;
    struct pg_guard *guard = guard_find(turn, row[0].i);
    if (guard != NULL)
        guard->had = guard->want;
    return true;
}

/* Without waiting for another node. What is not had is not wanted any more: had later by the way, it would not be told
 * to those who have read without it. */
static bool
guards_try(struct pg_turn *turn, struct err *err)
{
    struct pg_guard *some[LIMIT_PG_GUARDS];
    struct val in[2];
    size_t count = pending(turn, some), mark = arena_mark(&turn->keys);
    if (count == 0)
        return true;
    if (!guards_pack(turn, some, count, in))
        return err_set(err, ERR_UNAVAILABLE, "too many people in one turn");
    bool good = pg_each(&turn->head, SQL_guards_try, in, 1, count, got_row, turn, err);
    arena_back(&turn->keys, mark);
    for (size_t i = 0; i < count; i++)
        some[i]->want = some[i]->had;
    return good;
}

/* All that are wanted, for a while; then each deed finds out for itself. */
static bool
guards_try_all(struct pg_turn *turn, struct err *err)
{
    struct pg_guard *some[LIMIT_PG_GUARDS];
    uint8_t wants[LIMIT_PG_GUARDS];
    size_t count = pending(turn, some), missing = count;
    for (size_t i = 0; i < count; i++)
        wants[i] = some[i]->want;
    turn->late_ms = clock_mono_ms() + LIMIT_PG_GUARD_MS;
    for (;;) {
        for (size_t i = 0; i < count; i++)
            some[i]->want = wants[i];
        if (!guards_try(turn, err))
            return false;
        missing = 0;
        for (size_t i = 0; i < count; i++)
            missing += some[i]->had < wants[i];
        if (missing == 0 || clock_mono_ms() >= turn->late_ms)
            return true;
        (void)usleep(TRY_STEP_US);
    }
}

/* A node that stands still keeps its guards until its session is ended (idle_in_transaction_session_timeout). Whoever waited
 * for one in vain begins anew and only tries, for some time also in later turns: then the deeds about others go on. */
bool
pg_guards_again(struct txn *txn, struct err *err)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    struct pg_conn *conn = turn->conn[STORE_MAIN];
    if (turn->lost == ERR_OK || conn->lost || conn->fault_number == 0 || conn->fault_id != SQL_guards_take ||
        turn->dirty[STORE_MAIN] || turn->mark_count > 0)
        return false;
    pipe_detach(conn);
    pipe_detach(turn->conn[STORE_KEYS]);
    pg_ahead_forget(turn);
    if (!pipe_step(conn, "ROLLBACK", NULL) || !pipe_wait(conn))
        return false;
    pipe_forgive(conn);
    turn->begun[STORE_MAIN] = false;
    turn->lost = ERR_OK;
    turn->gathering = false;
    for (int i = 0; i < turn->guard_count; i++) {
        turn->guards[i].want = turn->guards[i].had > turn->guards[i].want ? turn->guards[i].had : turn->guards[i].want;
        turn->guards[i].had = 0;
    }
    turn->store->stuck_ms = clock_mono_ms() + STUCK_MS;
    return guards_try_all(turn, err);
}

bool
pg_guards_take(struct txn *txn, struct err *err)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    if (!turn->gathering)
        return guards_try(turn, err);
    if (clock_mono_ms() < turn->store->stuck_ms) {
        turn->gathering = false;
        return guards_try_all(turn, err) && pg_ahead_send(turn, err);
    }
    struct pg_guard *some[LIMIT_PG_GUARDS];
    struct val in[2];
    turn->gathering = false;
    size_t count = pending(turn, some);
    if (count > 0) {
        if (!guards_pack(turn, some, count, in))
            return err_set(err, ERR_UNAVAILABLE, "too many people in one turn");
        if (!pg_send(turn, SQL_guards_take, in, err))
            return false;
        for (size_t i = 0; i < count; i++)
            some[i]->had = some[i]->want; /* or the turn is lost */
    }
    return pg_ahead_send(turn, err);
}

bool
pg_guard_now(struct txn *txn, int64_t key, bool changes, bool *ret_had, struct err *err)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    *ret_had = pg_guarded(txn, key, changes);
    if (*ret_had || guard_find(turn, key) == NULL) /* no room for one more */
        return true;
    /* All that one turn waits for like this together: others wait for the guards it holds. */
    if (turn->late_ms == 0)
        turn->late_ms = clock_mono_ms() + LIMIT_PG_GUARD_MS;
    pg_guard(txn, key, changes);
    pg_ahead_wrote(turn, UINT32_MAX, -1); /* what was read before must be read again */
    if (turn->gathering && !pg_guards_take(txn, err))
        return false;
    for (;;) {
        pg_guard(txn, key, changes);
        if (!guards_try(turn, err))
            return false;
        *ret_had = pg_guarded(txn, key, changes);
        if (*ret_had || clock_mono_ms() >= turn->late_ms)
            return true;
        (void)usleep(TRY_STEP_US);
    }
}

void
pg_guards_mark(struct pg_turn *turn, int at)
{
    for (int i = 0; i < turn->guard_count; i++)
        turn->guards[i].had_at_mark[at] = turn->guards[i].had;
}

/* PostgreSQL gives back what was locked behind a savepoint when it goes back there. */
void
pg_guards_back(struct pg_turn *turn, int at)
{
    for (int i = 0; i < turn->guard_count; i++)
        turn->guards[i].had = turn->guards[i].had_at_mark[at];
}

void
pg_guards_forget(struct pg_turn *turn)
{
    if (turn->guard_count > 0)
        memset(turn->guard_slots, 0, sizeof turn->guard_slots);
    turn->guard_count = 0;
}
