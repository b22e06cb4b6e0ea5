#include "store/store.h"

#include "store/store_priv.h"

bool
store_open(const struct store_options *options, struct store **ret, struct err *err)
{
    TROTH_ASSERT((options->dir != NULL || options->url != NULL) && !(options->create && options->read_only));
    return (options->url != NULL ? &store_postgresql : &store_sqlite)->open(options, ret, err);
}

void
store_close(struct store **store)
{
    if (*store == NULL)
        return;
    struct store *over = *store;
    *store = NULL;
    over->engine->close(over);
}

bool
store_failed(const struct store *store)
{
    return store->engine->failed(store);
}

enum store_room
store_room(struct store *store)
{
    return store->engine->room(store);
}

bool
store_reachable(struct store *store)
{
    return store->engine->reachable == NULL || store->engine->reachable(store);
}

uint64_t
store_opened(const struct store *store)
{
    return store->engine->opened == NULL ? 1 : store->engine->opened(store);
}

int
store_lane(const struct store *store)
{
    return store->engine->lane == NULL ? 0 : store->engine->lane(store);
}

bool
store_tidy(struct store *store, bool *ret_more, struct err *err)
{
    return store->engine->tidy(store, ret_more, err);
}

bool
store_reader_open(struct store *store, struct store_reader **ret, struct err *err)
{
    return store->engine->reader_open(store, ret, err);
}

void
store_reader_close(struct store_reader **reader)
{
    if (*reader == NULL)
        return;
    struct store_reader *over = *reader;
    *reader = NULL;
    over->engine->reader_close(over);
}

bool
store_reader_begin(struct store_reader *reader, struct txn **ret, struct err *err)
{
    return reader->engine->reader_begin(reader, ret, err);
}

void
store_reader_end(struct txn **txn)
{
    if (*txn == NULL)
        return;
    struct txn *over = *txn;
    *txn = NULL;
    over->engine->reader_end(over);
}

int
store_schema_version(const struct store *store)
{
    return store->engine->schema_version(store);
}

void
store_figures(const struct store *store, struct store_figures *ret)
{
    store->engine->figures(store, ret);
}

bool
store_copy(struct store *store, const char *to_dir, struct err *err)
{
    return store->engine->copy(store, to_dir, err);
}
