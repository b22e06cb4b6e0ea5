/* What PostgreSQL's SQLSTATEs mean for us: https://www.postgresql.org/docs/15/errcodes-appendix.html. Its texts may
 * hold values and are passed on to nobody. */
#include "store/pg_priv.h"

/* The longest match counts; a row of two letters is a whole class. */
static const struct {
    const char *state;
    enum err_code code;
    const char *text;
} rows[] = {
    {"23505", ERR_TAKEN, "a unique value is taken"},
    {"53100", ERR_FULL, "the database's disk is full"},
    {"40001", ERR_UNAVAILABLE, "another transaction was in the way"},
    {"40P01", ERR_UNAVAILABLE, "a deadlock"},
    {"55P03", ERR_UNAVAILABLE, "a lock did not come free in time"},
    {"57014", ERR_UNAVAILABLE, "it took too long"},
    {"25P03", ERR_UNAVAILABLE, "the transaction stood still too long"},
    {"25006", ERR_INTERNAL, "it may only read"},
    {"22021", ERR_INTERNAL, "a text PostgreSQL does not take"},
    {"42501", ERR_CONFIG, "the role may not do that"},
    {"3D000", ERR_NOT_FOUND, "there is no such database"},
    {"XX001", ERR_CORRUPT, "its data are damaged"},
    {"XX002", ERR_CORRUPT, "an index is damaged"},
    {"08", ERR_UNAVAILABLE, "the connection failed"},
    {"28", ERR_CONFIG, "the role is not let in"},
    {"53", ERR_UNAVAILABLE, "the database is short of something"},
    {"54", ERR_TOO_LARGE, "a value is too large"},
    {"57", ERR_UNAVAILABLE, "the database is being stopped"},
    {"58", ERR_IO, "the database's disk fails"},
};

static size_t
row_of(const char *state)
{
    size_t n = sizeof rows / sizeof rows[0];
    for (size_t i = 0; i < n; i++)
        if (strncmp(rows[i].state, state, strlen(rows[i].state)) == 0)
            return i;
    return n;
}

enum err_code
pg_code_of(const char *state)
{
    size_t i = row_of(state);
    if (state[0] == '\0')
        return ERR_UNAVAILABLE;
    return i < sizeof rows / sizeof rows[0] ? rows[i].code : ERR_INTERNAL;
}

bool
pg_say(const char *state, const char *what, struct err *err)
{
    size_t i = row_of(state);
    if (state[0] == '\0')
        return err_set(err, ERR_UNAVAILABLE, "%s: the connection to PostgreSQL was lost", what);
    return err_set(err, pg_code_of(state), "%s: %s (%.5s)", what,
                   i < sizeof rows / sizeof rows[0] ? rows[i].text : "PostgreSQL refuses it", state);
}

bool
pg_say_fault(const struct pg_conn *conn, struct err *err)
{
    return pg_say(conn->lost ? "" : conn->fault_state,
                  conn->fault_id < 0 ? "the turn" : sql_rows[conn->fault_id].name, err);
}
