/*
 * tests/unit/store/kit.h - a folder, a store in it, and short words for rows.
 *
 * Everything here fails the test itself, so that a test reads as a story.
 */
#ifndef TROTH_TESTS_STORE_KIT_H
#define TROTH_TESTS_STORE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/store.h"
#include "store/txn.h"

struct kit {
    char dir[64];
    char base[40], url[200]; /* on PostgreSQL; empty on SQLite */
    struct store *store;
    struct arena arena;
};

/* An empty folder and nothing open / with a new store open. For cmocka's setup and teardown. */
int kit_folder(void **state);
int kit_store(void **state);
int kit_end(void **state);

/* TROTH_TEST_STORE=postgresql: the same tests over the cluster that scripts/test.sh started. */
bool kit_far(void);
void kit_bases_make(struct kit *kit); /* nothing on SQLite */
void kit_bases_drop(struct kit *kit);
void kit_sql(const struct kit *kit, const char *database, const char *text);

void kit_open(struct kit *kit);
void kit_close(struct kit *kit);
void kit_path(const struct kit *kit, const char *name, char to[128]);
bool kit_contains(const char *path, const void *needle, size_t n); /* false when not there */
size_t kit_read(const char *path, uint8_t **ret); /* the caller frees */

#define V(...) ((struct val[]){__VA_ARGS__})
#define VN(...) (sizeof(V(__VA_ARGS__)) / sizeof(struct val))
#define RUN(txn, id, ...) rows_run((txn), (id), V(__VA_ARGS__), VN(__VA_ARGS__), NULL, &err)

/* A pair: a key of person n with 128 bytes of `fill`, and the event row (n, 1) beside it. */
bool pair_put(struct txn *txn, int64_t n, int fill, struct err *err);
bool key_there(struct txn *txn, int64_t n);
bool row_there(struct txn *txn, int64_t n);

#endif
