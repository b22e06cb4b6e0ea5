#include "store/sqlite_priv.h"

bool
side_prepare(struct side *side, enum sql_id id, struct err *err)
{
    const struct sql_row *row = &sql_rows[id];
    struct conn *conn = &side->conn[row->db];
    struct stmt *stmt = &side->stmt[id];
    sqlite3_stmt *s = NULL;
    int rc = sqlite3_prepare_v3(conn->db, row->text[SQL_ENGINE_SQLITE], -1, SQLITE_PREPARE_PERSISTENT, &s, NULL);
    if (rc != SQLITE_OK)
        return conn_fault(conn, rc, row->name, err);
    TROTH_ASSERT(sqlite3_bind_parameter_count(s) == (int)row->params);
    *stmt = (struct stmt){.s = s, .columns = sqlite3_column_count(s),
                          .writes = sqlite3_stmt_readonly(s) == 0};
    return true;
}

bool
side_prepare_all(struct side *side, struct err *err)
{
    for (int id = 0; id < SQL_COUNT; id++)
        if (!side_prepare(side, (enum sql_id)id, err))
            return false;
    return true;
}

void
side_close(struct side *side)
{
    for (int id = 0; id < SQL_COUNT; id++)
        (void)sqlite3_finalize(side->stmt[id].s);
    for (int i = 0; i < STORE_DB_COUNT; i++)
        sqlite_conn_close(&side->conn[i]);
    *side = (struct side){0};
}

/* The values stay the caller's and need to live until the statement is reset. */
static int
bind_one(sqlite3_stmt *s, int at, const struct val *val)
{
    const char *p = val->s.p == NULL ? "" : val->s.p; /* a NULL pointer would bind NULL */
    switch (val->kind) {
    case VAL_NULL:
        return sqlite3_bind_null(s, at);
    case VAL_INT:
        return sqlite3_bind_int64(s, at, val->i);
    case VAL_BLOB:
        return sqlite3_bind_blob64(s, at, p, val->s.n, SQLITE_STATIC);
    case VAL_TEXT:
        return sqlite3_bind_text64(s, at, p, val->s.n, SQLITE_STATIC, SQLITE_UTF8);
    }
    TROTH_ASSERT(false && "a kind of value");
    return SQLITE_MISUSE;
}

/* Everything before the first step; *ret is ready to be stepped. */
static bool
stmt_ready(struct turn *turn, enum sql_id id, const struct val *in, struct stmt **ret,
           struct err *err)
{
    const struct sql_row *row = &sql_rows[id];
    struct stmt *stmt = &turn->side->stmt[id];
    if (stmt->s == NULL && !side_prepare(turn->side, id, err))
        return false;
    TROTH_ASSERT(!stmt->running); /* a rows_each inside a rows_each of the same statement */
    if (!turn_need(turn, row->db, stmt->writes, err))
        return false;
    for (unsigned i = 0; i < row->params; i++) {
        int rc = bind_one(stmt->s, (int)i + 1, &in[i]);
        if (rc == SQLITE_TOOBIG)
            return err_set(err, ERR_TOO_LARGE, "%s: a value is too large", row->name);
        if (rc != SQLITE_OK)
            return turn_lose(turn, row->db, rc, row->name, err);
    }
    *ret = stmt;
    return true;
}

/* What a step said that was neither a row nor the end. */
static bool
step_fault(struct turn *turn, enum sql_id id, int rc, struct err *err)
{
    const struct sql_row *row = &sql_rows[id];
    struct conn *conn = &turn->side->conn[row->db];
    bool whole = (rc & 0xff) != SQLITE_CONSTRAINT && rc != SQLITE_TOOBIG;
    if (whole)
        return turn_lose(turn, row->db, rc, row->name, err);
    return conn_fault(conn, rc, row->name, err);
}

bool
sqlite_run(struct txn *txn, enum sql_id id, const struct val *in, int64_t *ret_changed,
           struct err *err)
{
    struct turn *turn = (struct turn *)txn;
    struct stmt *stmt;
    if (!stmt_ready(turn, id, in, &stmt, err))
        return false;
    TROTH_ASSERT(stmt->columns == 0);
    int rc = sqlite3_step(stmt->s);
    bool ok = rc == SQLITE_DONE || step_fault(turn, id, rc, err);
    (void)sqlite3_reset(stmt->s); /* says again what step said */
    if (ok && ret_changed != NULL)
        *ret_changed = sqlite3_changes64(turn->side->conn[sql_rows[id].db].db);
    return ok;
}

/* One column; the text or blob still lies in the statement. */
static bool
read_one(sqlite3_stmt *s, int at, struct val *ret)
{
    switch (sqlite3_column_type(s, at)) {
    case SQLITE_NULL:
        *ret = val_null();
        return true;
    case SQLITE_INTEGER:
        *ret = val_int(sqlite3_column_int64(s, at));
        return true;
    case SQLITE_BLOB: {
        const void *p = sqlite3_column_blob(s, at);
        *ret = val_blob(p == NULL ? "" : p, (size_t)sqlite3_column_bytes(s, at));
        return true;
    }
    case SQLITE_TEXT: {
        const void *p = sqlite3_column_text(s, at);
        *ret = val_text(span_of(p == NULL ? "" : p, (size_t)sqlite3_column_bytes(s, at)));
        return true;
    }
    default:
        return false;
    }
}

static bool
read_row(struct stmt *stmt, enum sql_id id, struct val *row, struct err *err)
{
    for (int i = 0; i < stmt->columns; i++)
        if (!read_one(stmt->s, i, &row[i]))
            return err_set(err, ERR_CORRUPT, "%s: column %d is of no kind we write",
                           sql_rows[id].name, i);
    return true;
}

bool
sqlite_one(struct txn *txn, struct arena *arena, enum sql_id id, const struct val *in,
           struct val *out, size_t out_count, bool *ret_found, struct err *err)
{
    struct turn *turn = (struct turn *)txn;
    struct stmt *stmt;
    struct val row[SQL_COLUMNS_MAX];
    if (!stmt_ready(turn, id, in, &stmt, err))
        return false;
    TROTH_ASSERT(stmt->columns == (int)out_count);
    int rc = sqlite3_step(stmt->s);
    bool ok = rc == SQLITE_ROW || rc == SQLITE_DONE || step_fault(turn, id, rc, err);
    if (rc == SQLITE_ROW)
        ok = read_row(stmt, id, row, err) && rows_copy(arena, id, row, out_count, err);
    (void)sqlite3_reset(stmt->s);
    if (!ok)
        return false;
    if (rc == SQLITE_ROW)
        memcpy(out, row, out_count * sizeof *out);
    *ret_found = rc == SQLITE_ROW;
    return true;
}

bool
sqlite_each(struct txn *txn, enum sql_id id, const struct val *in, size_t out_count, size_t most,
            rows_each_fn each, void *ctx, struct err *err)
{
    struct turn *turn = (struct turn *)txn;
    struct stmt *stmt;
    struct val row[SQL_COLUMNS_MAX];
    if (!stmt_ready(turn, id, in, &stmt, err))
        return false;
    TROTH_ASSERT(stmt->columns == (int)out_count);
    stmt->running = true;
    bool ok = true;
    for (size_t i = 0; ok && i < most; i++) {
        int rc = sqlite3_step(stmt->s);
        if (rc == SQLITE_DONE)
            break;
        ok = rc == SQLITE_ROW || step_fault(turn, id, rc, err);
        ok = ok && read_row(stmt, id, row, err) && each(ctx, row, err);
    }
    (void)sqlite3_reset(stmt->s);
    stmt->running = false;
    return ok;
}
