/* Named statements on PostgreSQL: everything goes and comes in the binary forms of int8, text and bytea. */
#include "store/pg_priv.h"

#include <stdlib.h>

/* Of the system catalogue, and the same in every PostgreSQL. */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT4 = 23, OID_TEXT = 25 };

static bool
pack_one(const struct pg_stmt *stmt, int i, const struct val *val, struct pg_packed *ret)
{
    ret->formats[i] = 1;
    ret->values[i] = NULL;
    ret->lengths[i] = 0;
    if (val->kind == VAL_NULL)
        return true;
    if (val->kind == VAL_INT) {
        put_be64(ret->numbers[i], (uint64_t)val->i);
        ret->values[i] = (const char *)ret->numbers[i];
        ret->lengths[i] = 8;
        return stmt->param[i] == OID_INT8;
    }
    ret->values[i] = val->s.p == NULL ? "" : val->s.p; /* a NULL pointer would be NULL */
    ret->lengths[i] = (int)val->s.n;
    return stmt->param[i] == OID_BYTEA || (stmt->param[i] == OID_TEXT && val->kind == VAL_TEXT);
}

bool
pg_pack(const struct pg_stmt *stmt, enum sql_id id, const struct val *in, struct pg_packed *ret,
        struct err *err)
{
    const struct sql_row *row = &sql_rows[id];
    ret->count = (int)row->params;
    for (int i = 0; i < ret->count; i++) {
        if (in[i].s.n > LIMIT_STORE_VALUE)
            return err_set(err, ERR_TOO_LARGE, "%s: a value is too large", row->name);
        if (!pack_one(stmt, i, &in[i], ret))
            return err_set(err, ERR_INTERNAL, "%s: parameter %d is of another kind", row->name, i + 1);
    }
    return true;
}

/* The column still lies in the result. */
static bool
read_one(const PGresult *result, Oid type, int row, int at, struct val *ret)
{
    if (PQgetisnull(result, row, at)) {
        *ret = val_null();
        return true;
    }
    const char *p = PQgetvalue(result, row, at);
    size_t n = (size_t)PQgetlength(result, row, at);
    switch (type) {
    case OID_INT8:
        *ret = val_int(n == 8 ? (int64_t)get_be64((const uint8_t *)p) : 0);
        return n == 8;
    case OID_INT4:
        *ret = val_int(n == 4 ? (int32_t)get_be32((const uint8_t *)p) : 0);
        return n == 4;
    case OID_BOOL:
        *ret = val_int(p[0] != 0);
        return n == 1;
    case OID_BYTEA:
        *ret = val_blob(p, n);
        return true;
    case OID_TEXT:
        *ret = val_text(span_of(p, n));
        return true;
    default:
        return false;
    }
}

static bool
read_row(const PGresult *result, enum sql_id id, const struct pg_stmt *stmt, int row,
         struct val *ret, struct err *err)
{
    for (int i = 0; i < stmt->columns; i++)
        if (!read_one(result, stmt->column[i], row, i, &ret[i]))
            return err_set(err, ERR_CORRUPT, "%s: column %d is of no kind we write", sql_rows[id].name, i);
    return true;
}

/* Sends it; what it writes to is noted, so that nobody is told what was read before. */
static bool
query_send(struct pg_turn *turn, enum sql_id id, const struct val *in,
           const struct pg_packed *packed, PGresult **to, struct err *err)
{
    const struct sql_row *row = &sql_rows[id];
    if (!pg_turn_need(turn, row->db, row->writes != 0, err))
        return false;
    if (row->writes != 0)
        pg_ahead_wrote(turn, row->writes, row->person == 0 ? -1 : in[row->person - 1].i);
    return pipe_query(turn->conn[row->db], id, &turn->store->stmt[id], packed, to) ||
           pg_turn_lose(turn, row->db, err);
}

bool
pg_send(struct pg_turn *turn, enum sql_id id, const struct val *in, struct err *err)
{
    struct pg_packed packed;
    return pg_pack(&turn->store->stmt[id], id, in, &packed, err) && query_send(turn, id, in, &packed, NULL, err);
}

/* Waits for *answer. A fault of this statement or of any before it ends the turn. */
static bool
query_wait(struct pg_turn *turn, enum sql_id id, PGresult **answer, struct err *err)
{
    struct pg_conn *conn = turn->conn[sql_rows[id].db];
    if (pipe_wait(conn) && conn->fault_number == 0 && *answer != NULL)
        return true;
    pipe_detach(conn);
    PQclear(*answer);
    *answer = NULL;
    if (conn->fault_number != 0 && conn->fault_id == (int)id && !conn->lost &&
        pg_code_of(conn->fault_state) == ERR_TAKEN) {
        (void)pg_turn_lose(turn, sql_rows[id].db, err);
        return pg_say_fault(conn, err);
    }
    return pg_turn_lose(turn, sql_rows[id].db, err);
}

bool
pg_run(struct txn *txn, enum sql_id id, const struct val *in, int64_t *ret_changed, struct err *err)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    const struct sql_row *row = &sql_rows[id];
    struct pg_packed packed;
    TROTH_ASSERT(turn->store->stmt[id].columns == 0);
    bool wait = ret_changed != NULL || row->taken || turn->reader;
    PGresult *answer = NULL;
    if (!pg_pack(&turn->store->stmt[id], id, in, &packed, err) ||
        !query_send(turn, id, in, &packed, wait ? &answer : NULL, err))
        return false;
    if (!wait)
        return true;
    if (!query_wait(turn, id, &answer, err))
        return false;
    int64_t changed = strtoll(PQcmdTuples(answer), NULL, 10);
    PQclear(answer);
    if (row->taken && changed == 0)
        return err_set(err, ERR_TAKEN, "%s: a unique value is taken", row->name);
    if (ret_changed != NULL)
        *ret_changed = changed;
    return true;
}

/* The rows of a statement: announced before, or asked for now. *ret_own: the caller clears them. */
static bool
query_rows(struct pg_turn *turn, enum sql_id id, const struct val *in, size_t out_count,
           PGresult **ret, bool *ret_own, struct err *err)
{
    const struct pg_stmt *stmt = &turn->store->stmt[id];
    struct pg_packed packed;
    TROTH_ASSERT(stmt->columns == (int)out_count);
    if (!pg_pack(stmt, id, in, &packed, err))
        return false;
    struct pg_ahead_row *ahead = pg_ahead_find(turn, id, &packed);
    /* Whoever cannot wait for the guards asks alone: what others announced must not be read before them. */
    if (ahead != NULL && !ahead->sent && turn->guard_count > 0)
        ahead = NULL;
    if (ahead != NULL && !ahead->sent && !pg_ahead_send(turn, err))
        return false;
    if (ahead != NULL && ahead->result == NULL && !query_wait(turn, id, &ahead->result, err))
        return false;
    *ret_own = ahead == NULL || PQresultStatus(ahead->result) != PGRES_TUPLES_OK;
    if (!*ret_own) {
        *ret = ahead->result;
        return true;
    }
    PGresult *answer = NULL;
    if (!query_send(turn, id, in, &packed, &answer, err) || !query_wait(turn, id, &answer, err))
        return false;
    *ret = answer;
    return true;
}

bool
pg_one(struct txn *txn, struct arena *arena, enum sql_id id, const struct val *in,
       struct val *out, size_t out_count, bool *ret_found, struct err *err)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    struct val row[SQL_COLUMNS_MAX];
    PGresult *rows = NULL;
    bool own = false;
    if (!query_rows(turn, id, in, out_count, &rows, &own, err))
        return false;
    bool found = PQntuples(rows) > 0;
    bool ok = !found || (read_row(rows, id, &turn->store->stmt[id], 0, row, err) &&
                         rows_copy(arena, id, row, out_count, err));
    if (own)
        PQclear(rows);
    if (!ok)
        return false;
    if (found)
        memcpy(out, row, out_count * sizeof *out);
    *ret_found = found;
    return true;
}

bool
pg_each(struct txn *txn, enum sql_id id, const struct val *in, size_t out_count, size_t most,
        rows_each_fn each, void *ctx, struct err *err)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    struct val row[SQL_COLUMNS_MAX];
    PGresult *rows = NULL;
    bool own = false;
    if (!query_rows(turn, id, in, out_count, &rows, &own, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < most && i < (size_t)PQntuples(rows); i++)
        ok = read_row(rows, id, &turn->store->stmt[id], (int)i, row, err) && each(ctx, row, err);
    if (own)
        PQclear(rows);
    return ok;
}
