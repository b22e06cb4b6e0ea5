#include "kit.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool
kit_far(void)
{
    const char *engine = getenv("TROTH_TEST_STORE");
    return engine != NULL && strcmp(engine, "postgresql") == 0;
}

/* A statement of the cluster's own, or of one of the databases. */
void
kit_sql(const struct kit *kit, const char *database, const char *text)
{
    (void)kit;
    char where[300];
    (void)snprintf(where, sizeof where, "host=%s user=%s dbname=%s", getenv("TROTH_PG"),
                   strcmp(database, "postgres") == 0 ? "postgres" : "troth_owner", database);
    PGconn *pq = PQconnectdb(where);
    PGresult *done = PQexec(pq, text);
    ExecStatusType status = PQresultStatus(done);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", text, PQerrorMessage(pq));
    PQclear(done);
    PQfinish(pq);
}

/* A pair of databases of its own for each test. */
void
kit_bases_make(struct kit *kit)
{
    static int count;
    if (!kit_far())
        return;
    if (getenv("TROTH_PG") == NULL)
        exit(77); /* scripts/test.sh starts a cluster and says where; without one there is nothing to try */
    char text[128];
    (void)snprintf(kit->base, sizeof kit->base, "u%ld_%d", (long)getpid(), ++count);
    (void)snprintf(kit->url, sizeof kit->url, "postgresql://troth_owner@/%s?host=%s", kit->base, getenv("TROTH_PG"));
    (void)snprintf(text, sizeof text, "CREATE DATABASE %s OWNER troth_owner", kit->base);
    kit_sql(kit, "postgres", text);
    (void)snprintf(text, sizeof text, "CREATE DATABASE %s_keys OWNER troth_owner", kit->base);
    kit_sql(kit, "postgres", text);
}

void
kit_bases_drop(struct kit *kit)
{
    char text[128];
    if (kit->base[0] == '\0')
        return;
    (void)snprintf(text, sizeof text, "DROP DATABASE %s WITH (FORCE)", kit->base);
    kit_sql(kit, "postgres", text);
    (void)snprintf(text, sizeof text, "DROP DATABASE %s_keys WITH (FORCE)", kit->base);
    kit_sql(kit, "postgres", text);
    kit->base[0] = kit->url[0] = '\0';
}

int
kit_folder(void **state)
{
    struct kit *kit = calloc(1, sizeof *kit);
    struct err err;
    if (kit == NULL)
        return -1;
    (void)snprintf(kit->dir, sizeof kit->dir, "/tmp/troth-store-XXXXXX");
    *state = kit;
    kit_bases_make(kit);
    return mkdtemp(kit->dir) != NULL && arena_open(&kit->arena, 1 << 20, &err) ? 0 : -1;
}

int
kit_store(void **state)
{
    if (kit_folder(state) != 0)
        return -1;
    kit_open(*state);
    return 0;
}

static void
folder_drop(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e = d == NULL ? NULL : readdir(d); e != NULL; e = readdir(d)) {
        char name[512];
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        (void)snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (unlink(name) != 0)
            folder_drop(name);
    }
    if (d != NULL)
        (void)closedir(d);
    (void)rmdir(path);
}

int
kit_end(void **state)
{
    struct kit *kit = *state;
    store_close(&kit->store);
    arena_close(&kit->arena);
    kit_bases_drop(kit);
    folder_drop(kit->dir);
    free(kit);
    return 0;
}

void
kit_open(struct kit *kit)
{
    struct err err = {0};
    struct store_options options = {
        .dir = kit->dir, .url = kit->url[0] == '\0' ? NULL : kit->url, .create = true};
    if (!store_open(&options, &kit->store, &err))
        fail_msg("store_open: %s", err.text);
}

void
kit_close(struct kit *kit)
{
    store_close(&kit->store);
}

void
kit_path(const struct kit *kit, const char *name, char to[128])
{
    (void)snprintf(to, 128, "%s/%s", kit->dir, name);
}

size_t
kit_read(const char *path, uint8_t **ret)
{
    FILE *file = fopen(path, "rb");
    *ret = NULL;
    if (file == NULL)
        return 0;
    (void)fseek(file, 0, SEEK_END);
    size_t n = (size_t)ftell(file);
    rewind(file);
    *ret = malloc(n + 1);
    assert_non_null(*ret);
    assert_int_equal(fread(*ret, 1, n, file), n);
    (void)fclose(file);
    return n;
}

bool
kit_contains(const char *path, const void *needle, size_t n)
{
    uint8_t *bytes;
    size_t size = kit_read(path, &bytes);
    bool found = bytes != NULL && memmem(bytes, size, needle, n) != NULL;
    free(bytes);
    return found;
}

bool
pair_put(struct txn *txn, int64_t n, int fill, struct err *err)
{
    uint8_t key[128];
    memset(key, fill, sizeof key);
    struct val dk[] = {val_int(n), val_int(1), val_int(0), val_blob(key, sizeof key)};
    struct val event[] = {val_int(n), val_int(1), val_int(n * 10)};
    return rows_run(txn, SQL_dk_put, dk, 4, NULL, err) &&
           rows_run(txn, SQL_event_set, event, 3, NULL, err);
}

bool
key_there(struct txn *txn, int64_t n)
{
    struct err err = {0};
    struct arena arena = {0};
    struct val out[2];
    bool found = false;
    assert_true(arena_open(&arena, 4096, &err));
    if (!rows_one(txn, &arena, SQL_dk_get, V(val_int(n), val_int(1)), 2, out, 2, &found, &err))
        fail_msg("dk_get: %s", err.text);
    arena_close(&arena);
    return found;
}

bool
row_there(struct txn *txn, int64_t n)
{
    struct err err = {0};
    struct val out;
    bool found = false;
    if (!rows_one(txn, NULL, SQL_event_get, V(val_int(n), val_int(1)), 2, &out, 1, &found, &err))
        fail_msg("event_get: %s", err.text);
    return found;
}
