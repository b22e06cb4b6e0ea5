#include "kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
kit_folder(void **state)
{
    struct kit *kit = calloc(1, sizeof *kit);
    struct err err;
    if (kit == NULL)
        return -1;
    (void)snprintf(kit->dir, sizeof kit->dir, "/tmp/troth-store-XXXXXX");
    *state = kit;
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
    folder_drop(kit->dir);
    free(kit);
    return 0;
}

void
kit_open(struct kit *kit)
{
    struct err err = {0};
    struct store_options options = {.dir = kit->dir, .create = true};
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
