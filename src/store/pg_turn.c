/* A turn on both databases: begun where and when it is needed, committed keys first. */
#include "store/pg_priv.h"

/* Keys first: a key is durable before what it seals, its end before its rows' end. */
static const enum store_db commit_order[STORE_DB_COUNT] = {STORE_KEYS, STORE_MAIN};

static const char *const save_text[PG_MARKS_MAX] = {"SAVEPOINT a", "SAVEPOINT b"};
static const char *const keep_text[PG_MARKS_MAX] = {"RELEASE a", "RELEASE b"};
static const char *const back_text[PG_MARKS_MAX] = {"ROLLBACK TO a", "ROLLBACK TO b"};

bool
pg_turn_lose(struct pg_turn *turn, enum store_db which, struct err *err)
{
    struct pg_conn *conn = turn->conn[which];
    struct err own;
    (void)pg_say_fault(conn, &own);
    /* A fault that was not waited for is nobody's answer, and all of the turn goes back. */
    if (own.code == ERR_TAKEN)
        own.code = ERR_UNAVAILABLE;
    if (turn->lost == ERR_OK)
        turn->lost = own.code;
    if (err != NULL)
        *err = own;
    return false;
}

static bool
turn_usable(const struct pg_turn *turn, struct err *err)
{
    TROTH_ASSERT(turn->open);
    return turn->lost == ERR_OK || err_set(err, turn->lost, "an earlier fault took this turn back");
}

bool
pg_turn_open(struct pg_turn *turn, struct err *err)
{
    TROTH_ASSERT(!turn->open);
    (void)err;
    turn->open = true;
    turn->lost = ERR_OK;
    turn->mark_count = 0;
    turn->gathering = !turn->reader;
    turn->late_ms = 0;
    memset(turn->wrote, 0, sizeof turn->wrote);
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        turn->begun[i] = turn->dirty[i] = false;
        pipe_forgive(turn->conn[i]);
    }
    return true;
}

bool
pg_turn_need(struct pg_turn *turn, enum store_db which, bool write, struct err *err)
{
    struct pg_conn *conn = turn->conn[which];
    if (!turn_usable(turn, err))
        return false;
    /* A reader sees the keys as they are now, not in a snapshot. */
    if (!turn->begun[which] && !(turn->reader && which == STORE_KEYS)) {
        const char *text = turn->reader || turn->store->read_only
                               ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
                               : "BEGIN";
        if (!pipe_step(conn, text, NULL))
            return pg_turn_lose(turn, which, err);
        turn->begun[which] = true;
    }
    if (!write)
        return true;
    for (int i = 0; i < turn->mark_count; i++) {
        if (turn->marks[i].saved[which])
            continue;
        if (!pipe_step(conn, save_text[i], NULL))
            return pg_turn_lose(turn, which, err);
        turn->marks[i].saved[which] = true;
        turn->marks[i].number[which] = conn->number;
    }
    turn->dirty[which] = true;
    return true;
}

/* The answers of a turn that is over are read with those of the next. */
void
pg_turn_end(struct pg_turn *turn)
{
    TROTH_ASSERT(turn->open);
    for (int i = 0; i < STORE_DB_COUNT; i++) {
        struct pg_conn *conn = turn->conn[i];
        pipe_detach(conn);
        /* A fault earlier in the pipe makes the server deaf up to the next Sync. */
        if (turn->begun[i] && !conn->lost && conn->pq != NULL) {
            pipe_push(conn);
            (void)pipe_step(conn, "ROLLBACK", NULL);
        }
        pipe_push(conn);
        turn->begun[i] = false;
    }
    pg_ahead_forget(turn);
    pg_guards_forget(turn);
    turn->open = false;
}

bool
pg_begin(struct store *head, struct txn **ret, struct err *err)
{
    struct pg_store *store = (struct pg_store *)head;
    if (!pg_link(store, false, err) || !pg_turn_open(&store->turn, err))
        return false;
    *ret = &store->turn.head;
    return true;
}

/* What the server said to a COMMIT. Only what is known not to have happened may be called undone. */
static bool
commit_answer(struct pg_turn *turn, enum store_db which, PGresult *answer, struct err *err)
{
    struct pg_conn *conn = turn->conn[which];
    ExecStatusType status = answer == NULL ? PGRES_FATAL_ERROR : PQresultStatus(answer);
    if (status == PGRES_COMMAND_OK && strcmp(PQcmdStatus(answer), "COMMIT") == 0 && !conn->step_warned)
        return true;
    if (status == PGRES_PIPELINE_ABORTED && !conn->lost)
        return pg_turn_lose(turn, which, err);
    if (status == PGRES_COMMAND_OK && strcmp(PQcmdStatus(answer), "COMMIT") != 0) {
        if (conn->fault_number != 0)
            return pg_turn_lose(turn, which, err);
        turn->lost = ERR_UNAVAILABLE;
        return err_set(err, ERR_UNAVAILABLE, "the database took the turn back");
    }
    const char *state = answer == NULL ? NULL : PQresultErrorField(answer, PG_DIAG_SQLSTATE);
    if (!conn->lost && state != NULL && (strncmp(state, "40", 2) == 0 || strncmp(state, "23", 2) == 0))
        return pg_turn_lose(turn, which, err);
    /* No answer, a warning beside it (a wait for the standby was cut off), or words nobody foresaw. */
    conn->lost = true;
    turn->lost = ERR_OUTCOME;
    turn->store->commits_doubted = true;
    return err_set(err, ERR_OUTCOME, "the commit's answer did not come");
}

static bool
commit_one(struct pg_turn *turn, enum store_db which, struct err *err)
{
    struct pg_conn *conn = turn->conn[which];
    if (!turn->begun[which] || !turn->dirty[which])
        return true; /* what only read is ended by pg_turn_end */
    PGresult *answer = NULL;
    /* A connection that was lost before the commit went out has committed nothing. */
    if (conn->lost || !pipe_step(conn, "COMMIT", &answer))
        return pg_turn_lose(turn, which, err);
    (void)pipe_wait(conn);
    pipe_detach(conn);
    bool done = commit_answer(turn, which, answer, err);
    PQclear(answer);
    turn->begun[which] = turn->begun[which] && !done;
    return done;
}

/* All that was sent is known to be good before the keys are committed, while both can be taken back. */
static bool
commit_prepare(struct pg_turn *turn, struct err *err)
{
    struct pg_conn *conn = turn->conn[STORE_MAIN];
    if (!turn->dirty[STORE_KEYS] || !turn->dirty[STORE_MAIN])
        return true;
    pipe_push(turn->conn[STORE_KEYS]); /* both databases work while we wait for one */
    if (pipe_wait(conn) && conn->fault_number == 0)
        return true;
    return pg_turn_lose(turn, STORE_MAIN, err);
}

bool
pg_commit(struct txn *txn, struct err *err)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    TROTH_ASSERT(turn->mark_count == 0 && !turn->reader);
    bool keys = turn->dirty[STORE_KEYS], done[STORE_DB_COUNT] = {false};
    bool ok = turn_usable(turn, err) && commit_prepare(turn, err);
    for (int i = 0; ok && i < STORE_DB_COUNT; i++) {
        ok = done[commit_order[i]] = commit_one(turn, commit_order[i], err);
        if (ok && i == 0 && store_test_between != NULL)
            store_test_between();
    }
    if (keys && done[STORE_KEYS] && !done[STORE_MAIN]) {
        /* The keys are ahead of the data: the next turn begins with new connections, and settles that. */
        turn->conn[STORE_MAIN]->lost = true;
        if (err != NULL)
            (void)err_set(err, ERR_OUTCOME, "the keys were committed, their data were not");
    }
    pg_turn_end(turn);
    return ok;
}

void
pg_rollback(struct txn *txn)
{
    pg_turn_end((struct pg_turn *)txn);
}

bool
pg_dirty(const struct txn *txn)
{
    const struct pg_turn *turn = (const struct pg_turn *)txn;
    return turn->dirty[STORE_MAIN] || turn->dirty[STORE_KEYS];
}

bool
pg_mark(struct txn *txn, struct err *err)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    TROTH_ASSERT(turn->mark_count < PG_MARKS_MAX && !turn->reader);
    if (!turn_usable(turn, err))
        return false;
    pg_guards_mark(turn, turn->mark_count);
    struct pg_mark *mark = &turn->marks[turn->mark_count++];
    *mark = (struct pg_mark){0};
    memcpy(mark->dirty, turn->dirty, sizeof mark->dirty);
    return true;
}

bool
pg_mark_keep(struct txn *txn, struct err *err)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    TROTH_ASSERT(turn->mark_count > 0);
    int at = --turn->mark_count;
    if (!turn_usable(turn, err))
        return false;
    for (int i = 0; i < STORE_DB_COUNT; i++)
        if (turn->marks[at].saved[i] && !pipe_step(turn->conn[i], keep_text[at], NULL))
            return pg_turn_lose(turn, (enum store_db)i, err);
    return true;
}

/* One database's part. What failed behind the mark goes with it; what failed before it does not. */
static bool
mark_back_one(struct pg_turn *turn, enum store_db which, int at, struct err *err)
{
    struct pg_conn *conn = turn->conn[which];
    uint64_t number = turn->marks[at].number[which];
    if (!turn->marks[at].saved[which])
        return conn->fault_number == 0 && !conn->lost ? true : pg_turn_lose(turn, which, err);
    if (!pipe_wait(conn) || (conn->fault_number != 0 && conn->fault_number <= number))
        return pg_turn_lose(turn, which, err);
    pipe_forgive(conn);
    return (pipe_step(conn, back_text[at], NULL) && pipe_step(conn, keep_text[at], NULL)) ||
           pg_turn_lose(turn, which, err);
}

bool
pg_mark_back(struct txn *txn, struct err *err)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    TROTH_ASSERT(turn->mark_count > 0);
    int at = --turn->mark_count;
    turn->lost = ERR_OK; /* said again by what cannot be taken back alone */
    for (int i = 0; i < STORE_DB_COUNT; i++)
        if (!mark_back_one(turn, (enum store_db)i, at, err))
            return false;
    memcpy(turn->dirty, turn->marks[at].dirty, sizeof turn->dirty);
    pg_guards_back(turn, at);
    /* What was read behind the mark may have gone with it. */
    pg_ahead_wrote(turn, UINT32_MAX, -1);
    return true;
}

/* The server's log cannot be cut from here: docs/operators.md says how long it lives. */
void
pg_truncate_keys(struct txn *txn)
{
    (void)txn;
}
