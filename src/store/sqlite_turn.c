#include "store/sqlite_priv.h"

/* Keys first: a key is durable before what it seals, its end before its rows' end. */
static const enum store_db commit_order[STORE_DB_COUNT] = {STORE_KEYS, STORE_MAIN};

static int
step_run(struct turn *turn, enum store_db which, int step)
{
    sqlite3_stmt *s = turn->side->conn[which].step[step];
    int rc = sqlite3_step(s);
    (void)sqlite3_reset(s);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

bool
turn_lose(struct turn *turn, enum store_db which, int rc, const char *what, struct err *err)
{
    struct err own;
    (void)conn_fault(&turn->side->conn[which], rc, what, &own);
    /* After these nobody knows what the files hold until they were opened anew. A disk that
     * is full or memory that is short is known: the turn is taken back and that is all. */
    if (own.code == ERR_IO || own.code == ERR_CORRUPT)
        atomic_store(&turn->store->failed, true);
    if (turn->lost == ERR_OK)
        turn->lost = own.code;
    if (err != NULL)
        *err = own;
    return false;
}

static bool
turn_usable(const struct turn *turn, struct err *err)
{
    TROTH_ASSERT(turn->open);
    if (turn->lost != ERR_OK)
        return err_set(err, turn->lost, "an earlier fault took this turn back");
    return true;
}

bool
turn_open(struct turn *turn, struct err *err)
{
    TROTH_ASSERT(!turn->open);
    if (atomic_load(&turn->store->failed))
        return err_set(err, ERR_UNAVAILABLE, "the store has fallen and was not opened anew");
    turn->open = true;
    turn->truncate_keys = false;
    turn->lost = ERR_OK;
    turn->mark_count = 0;
    for (int i = 0; i < STORE_DB_COUNT; i++)
        turn->begun[i] = turn->dirty[i] = false;
    return true;
}

/* The database's part of the turn is begun when it is first needed, and a mark's savepoint
 * when something is first written behind it: a deed that only reads pays for neither. */
bool
turn_need(struct turn *turn, enum store_db which, bool write, struct err *err)
{
    if (!turn_usable(turn, err))
        return false;
    /* A reader sees the keys as they are now, not in a snapshot: an erased key is gone for
     * it at once, and it never keeps the keys' log from being emptied. */
    if (!turn->begun[which] && !(turn->reader && which == STORE_KEYS)) {
        int rc = step_run(turn, which, STEP_BEGIN);
        if (rc != SQLITE_OK)
            return turn_lose(turn, which, rc, "begin", err);
        turn->begun[which] = true;
    }
    if (!write)
        return true;
    TROTH_ASSERT(!turn->reader);
    for (int i = 0; i < turn->mark_count; i++) {
        if (turn->marks[i].saved[which])
            continue;
        int rc = step_run(turn, which, STEP_SAVE + i);
        if (rc != SQLITE_OK)
            return turn_lose(turn, which, rc, "mark", err);
        turn->marks[i].saved[which] = true;
    }
    turn->dirty[which] = true;
    return true;
}

static void
turn_take_back(struct turn *turn, enum store_db which)
{
    sqlite3 *db = turn->side->conn[which].db;
    if (!turn->begun[which])
        return;
    turn->begun[which] = false;
    if (sqlite3_get_autocommit(db) != 0)
        return; /* the engine has done it already */
    int rc = step_run(turn, which, STEP_ROLLBACK);
    if (rc != SQLITE_OK && sqlite3_get_autocommit(db) == 0)
        atomic_store(&turn->store->failed, true);
}

void
sqlite_turn_end(struct turn *turn)
{
    TROTH_ASSERT(turn->open);
    for (int i = 0; i < STORE_DB_COUNT; i++)
        turn_take_back(turn, (enum store_db)i);
    turn->open = false;
}

bool
sqlite_begin(struct store *head, struct txn **ret, struct err *err)
{
    struct sqlite_store *store = (struct sqlite_store *)head;
    if (!turn_open(&store->turn, err))
        return false;
    *ret = &store->turn.head;
    return true;
}

/* One database's part. After a failure the turn is lost. */
static bool
commit_one(struct turn *turn, enum store_db which, struct err *err)
{
    if (!turn->begun[which])
        return true;
    if (!turn->dirty[which]) {
        turn_take_back(turn, which);
        return true;
    }
    int rc = step_run(turn, which, STEP_COMMIT);
    turn->begun[which] = turn->begun[which] && rc != SQLITE_OK;
    if (rc == SQLITE_OK)
        return true;
    (void)turn_lose(turn, which, rc, "commit", err);
    /* The frames may have reached the disk before it failed. */
    if (atomic_load(&turn->store->failed) && err != NULL)
        (void)err_set(err, ERR_OUTCOME, "the commit failed on the disk");
    return false;
}

/* Writes the data's pages to the log before the keys are committed, so that a full disk is met
 * while both can still be taken back. */
static bool
commit_prepare(struct turn *turn, struct err *err)
{
    if (!turn->dirty[STORE_KEYS] || !turn->dirty[STORE_MAIN])
        return true;
    int rc = sqlite3_db_cacheflush(turn->side->conn[STORE_MAIN].db);
    if (rc != SQLITE_OK)
        return turn_lose(turn, STORE_MAIN, rc, "commit", err);
    return true;
}

bool
sqlite_commit(struct txn *txn, struct err *err)
{
    struct turn *turn = (struct turn *)txn;
    struct sqlite_store *store = turn->store;
    TROTH_ASSERT(turn->mark_count == 0 && !turn->reader);
    bool keys = turn->dirty[STORE_KEYS], done[STORE_DB_COUNT] = {false};
    bool ok = turn_usable(turn, err);
    if (ok && atomic_load(&store->failed))
        ok = err_set(err, ERR_UNAVAILABLE, "the store fell during this turn");
    ok = ok && commit_prepare(turn, err);
    for (int i = 0; ok && i < STORE_DB_COUNT; i++) {
        ok = done[commit_order[i]] = commit_one(turn, commit_order[i], err);
        if (ok && i == 0 && store_test_between != NULL)
            store_test_between();
    }
    if (keys && done[STORE_KEYS] && !done[STORE_MAIN]) {
        /* The keys are ahead of the data. Opening anew settles that (deeds/settle.c). */
        atomic_store(&store->failed, true);
        if (err != NULL)
            (void)err_set(err, ERR_OUTCOME, "the keys were committed, their data were not");
    }
    bool truncate = turn->truncate_keys;
    sqlite_turn_end(turn);
    if (!ok || !truncate || wal_truncate_keys(store, err))
        return ok;
    /* It is done, but the rest of what was erased may still lie in the log: the next start cuts it. */
    return err == NULL ? false : err_set(err, ERR_OUTCOME, "the keys' log could not be cut");
}

void
sqlite_rollback(struct txn *txn)
{
    sqlite_turn_end((struct turn *)txn);
}

bool
sqlite_dirty(const struct txn *txn)
{
    const struct turn *turn = (const struct turn *)txn;
    return turn->dirty[STORE_MAIN] || turn->dirty[STORE_KEYS];
}

bool
sqlite_mark(struct txn *txn, struct err *err)
{
    struct turn *turn = (struct turn *)txn;
    TROTH_ASSERT(turn->mark_count < MARKS_MAX && !turn->reader);
    if (!turn_usable(turn, err))
        return false;
    struct mark *mark = &turn->marks[turn->mark_count++];
    *mark = (struct mark){.truncate_keys = turn->truncate_keys};
    memcpy(mark->dirty, turn->dirty, sizeof mark->dirty);
    return true;
}

bool
sqlite_mark_keep(struct txn *txn, struct err *err)
{
    struct turn *turn = (struct turn *)txn;
    TROTH_ASSERT(turn->mark_count > 0);
    int at = --turn->mark_count;
    if (!turn_usable(turn, err))
        return false;
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        if (!turn->marks[at].saved[i])
            continue;
        int rc = step_run(turn, (enum store_db)i, STEP_KEEP + at);
        if (rc != SQLITE_OK)
            return turn_lose(turn, (enum store_db)i, rc, "mark", err);
    }
    return true;
}

bool
sqlite_mark_back(struct txn *txn, struct err *err)
{
    struct turn *turn = (struct turn *)txn;
    TROTH_ASSERT(turn->mark_count > 0);
    int at = --turn->mark_count;
    const struct mark *mark = &turn->marks[at];
    if (!turn_usable(turn, err))
        return false;
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        if (!mark->saved[i])
            continue;
        int rc = step_run(turn, (enum store_db)i, STEP_BACK + at);
        if (rc == SQLITE_OK)
            rc = step_run(turn, (enum store_db)i, STEP_KEEP + at);
        if (rc != SQLITE_OK)
            return turn_lose(turn, (enum store_db)i, rc, "mark", err);
    }
    memcpy(turn->dirty, mark->dirty, sizeof turn->dirty);
    turn->truncate_keys = mark->truncate_keys;
    return true;
}

void
sqlite_truncate_keys(struct txn *txn)
{
    struct turn *turn = (struct turn *)txn;
    TROTH_ASSERT(!turn->reader);
    turn->truncate_keys = true;
}
