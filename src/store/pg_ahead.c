/*
 * Reads that were announced: they are sent at once and waited for together with the next answer that
 * is needed. One is good until a statement that writes to a table it reads has been sent behind it; where both
 * are about one person each (`sn = $N`), only when it is the same.
 */
#include "store/pg_priv.h"

static uint64_t
key_hash(enum sql_id id, const struct pg_packed *packed)
{
    uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)id;
    for (int i = 0; i < packed->count; i++) {
        hash = (hash ^ (uint64_t)packed->lengths[i]) * 0x100000001b3u;
        for (int k = 0; k < packed->lengths[i]; k++)
            hash = (hash ^ (uint8_t)packed->values[i][k]) * 0x100000001b3u;
    }
    return hash;
}

/* Length and bytes of each parameter; NULL has a length of its own. */
static size_t
key_size(const struct pg_packed *packed)
{
    size_t n = 0;
    for (int i = 0; i < packed->count; i++)
        n += 4 + (size_t)packed->lengths[i];
    return n;
}

static void
key_write(const struct pg_packed *packed, uint8_t *to)
{
    for (int i = 0; i < packed->count; i++) {
        size_t n = (size_t)packed->lengths[i];
        put_be32(to, packed->values[i] == NULL ? UINT32_MAX : (uint32_t)n);
        if (n > 0)
            memcpy(to + 4, packed->values[i], n);
        to += 4 + n;
    }
}

static bool
key_is(struct span key, const struct pg_packed *packed)
{
    if (key.n != key_size(packed))
        return false;
    const uint8_t *p = (const uint8_t *)key.p;
    for (int i = 0; i < packed->count; i++) {
        size_t n = (size_t)packed->lengths[i];
        if (get_be32(p) != (packed->values[i] == NULL ? UINT32_MAX : (uint32_t)n) ||
            (n > 0 && memcmp(p + 4, packed->values[i], n) != 0))
            return false;
        p += 4 + n;
    }
    return true;
}

static bool
still_good(const struct pg_turn *turn, const struct pg_ahead_row *row)
{
    /* Of anybody's rows all are looked at, of one person's those that share the slot. */
    int from = row->person < 0 ? 0 : (int)(row->person % PG_PEOPLE);
    int to = row->person < 0 ? PG_PEOPLE : from + 1;
    for (int i = 0; i < PG_TABLES_MAX; i++)
        for (int k = from; (sql_rows[row->id].reads >> i & 1) != 0 && k < to; k++)
            if (row->sent && turn->wrote[i][k] >= row->tick)
                return false;
    return true;
}

void
pg_ahead_wrote(struct pg_turn *turn, uint32_t tables, int64_t person)
{
    int from = person < 0 ? 0 : (int)(person % PG_PEOPLE), to = person < 0 ? PG_PEOPLE : from + 1;
    turn->tick++;
    for (int i = 0; i < PG_TABLES_MAX; i++)
        for (int k = from; (tables >> i & 1) != 0 && k < to; k++)
            turn->wrote[i][k] = turn->tick;
}

struct pg_ahead_row *
pg_ahead_find(struct pg_turn *turn, enum sql_id id, const struct pg_packed *packed)
{
    if (turn->ahead_count == 0)
        return NULL;
    uint64_t hash = key_hash(id, packed);
    for (int at = turn->buckets[hash % PG_AHEAD_BUCKETS]; at != 0; at = turn->ahead[at - 1].next) {
        struct pg_ahead_row *row = &turn->ahead[at - 1];
        if (row->id == id && row->hash == hash && key_is(row->key, packed) && still_good(turn, row))
            return row;
    }
    return NULL;
}

/* What is written from here on it does not show. */
static bool
row_send(struct pg_turn *turn, struct pg_ahead_row *row, const struct pg_packed *packed, struct err *err)
{
    enum store_db db = sql_rows[row->id].db;
    if (!pg_turn_need(turn, db, false, err))
        return false;
    row->tick = ++turn->tick;
    row->sent = true;
    return pipe_query(turn->conn[db], row->id, &turn->store->stmt[row->id], packed, &row->result) ||
           pg_turn_lose(turn, db, err);
}

void
pg_ahead(struct txn *txn, enum sql_id id, const struct val *in, bool again)
{
    struct pg_turn *turn = (struct pg_turn *)txn;
    const struct sql_row *statement = &sql_rows[id];
    const struct pg_stmt *stmt = &turn->store->stmt[id];
    struct pg_packed packed;
    struct err ignored; /* whoever needs the rows meets it again */
    TROTH_ASSERT(statement->writes == 0);
    if (turn->lost != ERR_OK || turn->ahead_count == LIMIT_PG_AHEAD ||
        !pg_pack(stmt, id, in, &packed, &ignored) || (!again && pg_ahead_find(turn, id, &packed) != NULL))
        return;
    uint8_t *key = arena_take(&turn->keys, key_size(&packed));
    if (key == NULL)
        return;
    key_write(&packed, key);
    struct pg_ahead_row *row = &turn->ahead[turn->ahead_count++];
    *row = (struct pg_ahead_row){.id = id,
                                 .tick = ++turn->tick,
                                 .person = statement->person == 0 ? -1 : in[statement->person - 1].i,
                                 .hash = key_hash(id, &packed),
                                 .key = span_of(key, key_size(&packed))};
    int *bucket = &turn->buckets[row->hash % PG_AHEAD_BUCKETS];
    row->next = *bucket;
    *bucket = turn->ahead_count;
    if (!turn->gathering && row_send(turn, row, &packed, &ignored) && turn->ahead_sent == turn->ahead_count - 1)
        turn->ahead_sent++;
}

/* The parameters as they were announced. */
static void
key_read(const struct pg_ahead_row *row, struct pg_packed *ret)
{
    const uint8_t *p = (const uint8_t *)row->key.p;
    ret->count = (int)sql_rows[row->id].params;
    for (int i = 0; i < ret->count; i++) {
        uint32_t n = get_be32(p);
        bool null = n == UINT32_MAX;
        ret->formats[i] = 1;
        ret->values[i] = null ? NULL : (const char *)p + 4;
        ret->lengths[i] = null ? 0 : (int)n;
        p += 4 + (null ? 0 : n);
    }
}

bool
pg_ahead_send(struct pg_turn *turn, struct err *err)
{
    turn->gathering = false;
    for (; turn->ahead_sent < turn->ahead_count; turn->ahead_sent++) {
        struct pg_ahead_row *row = &turn->ahead[turn->ahead_sent];
        struct pg_packed packed;
        key_read(row, &packed);
        if (!row->sent && !row_send(turn, row, &packed, err))
            return false;
    }
    return true;
}

void
pg_ahead_forget(struct pg_turn *turn)
{
    arena_reset(&turn->keys);
    if (turn->ahead_count == 0)
        return;
    for (int i = 0; i < turn->ahead_count; i++)
        PQclear(turn->ahead[i].result);
    turn->ahead_count = turn->ahead_sent = 0;
    memset(turn->buckets, 0, sizeof turn->buckets);
}
