/*
 * store/sql_table_priv.h - the named statements and the migrations as the build wrote them.
 *
 * Made by scripts/sql.py for one engine; never changed while running.
 */
#ifndef TROTH_STORE_SQL_TABLE_PRIV_H
#define TROTH_STORE_SQL_TABLE_PRIV_H

#include "store/sql_ids.h"

#include <stddef.h>

enum store_db { STORE_MAIN, STORE_KEYS, STORE_DB_COUNT };

enum { SQL_PARAMS_MAX = 32, SQL_COLUMNS_MAX = 32 };

struct sql_row {
    const char *name;
    enum store_db db;
    unsigned params;
    const char *text;
};
extern const struct sql_row sql_rows[SQL_COUNT];

struct sql_migrations {
    const char *const *text; /* the n-th brings the schema from n to n + 1 */
    size_t count;
};
extern const struct sql_migrations sql_migrations[STORE_DB_COUNT];

#endif
