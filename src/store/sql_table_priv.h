/*
 * store/sql_table_priv.h - the named statements and the migrations as the build wrote them.
 *
 * Made by scripts/sql.py for both engines; never changed while running.
 */
#ifndef TROTH_STORE_SQL_TABLE_PRIV_H
#define TROTH_STORE_SQL_TABLE_PRIV_H

#include "store/sql_ids.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sql_engine { SQL_ENGINE_SQLITE, SQL_ENGINE_POSTGRESQL, SQL_ENGINE_COUNT };

enum store_db { STORE_MAIN, STORE_KEYS, STORE_DB_COUNT };

enum { SQL_PARAMS_MAX = 32, SQL_COLUMNS_MAX = 32 };

struct sql_row {
    const char *name;
    enum store_db db;
    unsigned params;
    bool taken;             /* that a unique constraint refuses it is an answer, not a fault */
    uint32_t reads, writes; /* tables, a bit for each */
    unsigned person;        /* which parameter (from 1) is the number of the only person it touches; 0: none */
    const char *text[SQL_ENGINE_COUNT];
};
extern const struct sql_row sql_rows[SQL_COUNT];

struct sql_migrations {
    const char *const *text; /* the n-th brings the schema from n to n + 1 */
    size_t count;
};
extern const struct sql_migrations sql_migrations[SQL_ENGINE_COUNT][STORE_DB_COUNT];

#endif
