/*
 * store/pg_lib.c - loads libpq.
 */
#define PG_LIB_PLAIN /* the names themselves */
#include "store/pg_lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

struct pg_lib pg_lib;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool loaded;

static void
load(void)
{
    void *lib = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (lib == NULL)
        return;
    loaded = true;
    void *at = NULL;
    /* memcpy: ISO C has no cast from an object's address to a function's. */
#define X(f) \
    at = dlsym(lib, #f); \
    memcpy(&pg_lib.f, &at, sizeof at); \
    loaded &= at != NULL;
    PG_LIB(X)
#undef X
}

bool
pg_lib_load(struct err *err)
{
    pthread_once(&once, load);
    return loaded || err_set(err, ERR_CONFIG, "PostgreSQL's client library libpq.so.5 is not there: install libpq5");
}
