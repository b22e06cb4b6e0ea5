/* The shape of the two databases: whose they are, how old, and the steps that are due. */
#include "store/pg_priv.h"

#include "base/buf.h"
#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

/* A table of our own in each database, as the header of a file is elsewhere. */
static const struct {
    const char *table, *name;
} marks[STORE_DB_COUNT] = {
    [STORE_MAIN] = {"troth_schema", "the data"},
    [STORE_KEYS] = {"troth_keys_schema", "the keys"},
};

bool
pg_schema_read(struct pg_conn *conn, int64_t *ret_version, struct err *err)
{
    char text[160];
    int64_t ours = 0, others = 0, version = 0;
    const char *name = marks[conn->db].name;
    (void)snprintf(text, sizeof text, "SELECT to_regclass('public.%s') IS NOT NULL", marks[conn->db].table);
    if (!pg_conn_number(conn, text, &ours, err) ||
        !pg_conn_number(conn, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                              "AND relkind IN ('r', 'p')", &others, err))
        return false;
    if (ours == 0 && others > 0)
        return err_set(err, ERR_CORRUPT, "the database for %s holds something else", name);
    (void)snprintf(text, sizeof text, "SELECT version FROM %s WHERE name = 'troth'", marks[conn->db].table);
    if (ours != 0 && !pg_conn_number(conn, text, &version, err))
        return false;
    size_t known = sql_migrations[SQL_ENGINE_POSTGRESQL][conn->db].count;
    if (version > (int64_t)known)
        return err_set(err, ERR_NEWER,
                       "the database for %s was written by a newer version of troth: it has format %lld, this one "
                       "knows up to %zu",
                       name, (long long)version, known);
    *ret_version = version;
    return true;
}

static bool
migrate_one(struct pg_conn *conn, int64_t version, struct err *err)
{
    const char *step = sql_migrations[SQL_ENGINE_POSTGRESQL][conn->db].text[version];
    size_t size = strlen(step) + 512;
    char *text = malloc(size);
    if (text == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    (void)snprintf(text, size,
                   "BEGIN; SET LOCAL statement_timeout = %d; %s INSERT INTO %s (name, version) VALUES ('troth', %lld) "
                   "ON CONFLICT (name) DO UPDATE SET version = excluded.version; COMMIT",
                   LIMIT_PG_MIGRATE_MS, step, marks[conn->db].table, (long long)version + 1);
    bool ok = pg_conn_ask(conn, text, LIMIT_PG_MIGRATE_MS, NULL, err);
    free(text);
    if (ok)
        return true;
    struct err ignored; /* the session is given up anyway */
    if (!conn->lost)
        (void)!pg_conn_ask(conn, "ROLLBACK", LIMIT_PG_ANSWER_MS, NULL, &ignored);
    return err_prefix(err, "%s, step to schema %lld", marks[conn->db].name, (long long)version + 1);
}

bool
pg_schema_migrate(struct pg_conn *conn, int64_t version, struct err *err)
{
    for (; version < (int64_t)sql_migrations[SQL_ENGINE_POSTGRESQL][conn->db].count; version++)
        if (!migrate_one(conn, version, err))
            return false;
    return true;
}

/* The role the server works as should not be able to rewrite the book; an owner or superuser is. */
void
pg_schema_warn(struct pg_conn *conn)
{
    int64_t may = 0, durable = 1;
    struct err err;
    if (pg_conn_number(conn,
                       "SELECT current_setting('is_superuser') = 'on' OR "
                       "has_table_privilege('ledger_entry', 'UPDATE') OR has_table_privilege('ledger_entry', 'DELETE') "
                       "OR has_table_privilege('ledger_entry', 'TRUNCATE')", &may, &err) && may != 0)
        LOG(LOG_WARN, "store-role",
            LOG_T("text", "the role PostgreSQL knows us by may change the ledger's tables; let an owner make the "
                          "tables and the server come as a role like troth_service"));
    if (pg_conn_number(conn, "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'",
                       &durable, &err) && durable == 0)
        LOG(LOG_WARN, "store-durability",
            LOG_T("text", "PostgreSQL runs with fsync or full_page_writes off: a power cut loses what was acknowledged"));
}
