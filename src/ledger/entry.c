#include "ledger/tree_priv.h"

#include "crypt/crypt.h"

enum { NUMBER_AT = 152, SEQ_AT = 16 };

/* On lane 0 the place in the tree is the number. */
static void
number_put(uint64_t number, uint8_t to[8])
{
    uint64_t lane = number >> LEDGER_NO_BITS, no = number & LEDGER_NO_MAX;
    put_be64(to, lane == 0 ? 0 : lane << 48 | no);
}

void
ledger_entry_put(const struct ledger_entry *entry, uint8_t to[LEDGER_ENTRY])
{
    memset(to, 0, LEDGER_ENTRY);
    to[0] = 1;
    to[1] = (uint8_t)entry->event;
    to[2] = (uint8_t)entry->decision;
    to[3] = entry->flags;
    put_be32(to + 4, entry->rule);
    put_be64(to + 8, (uint64_t)entry->time_us);
    put_be64(to + 16, entry->seq);
    memcpy(to + 24, entry->sref, 16);
    memcpy(to + 40, entry->aref, 16);
    memcpy(to + 56, entry->purpose, 16);
    memcpy(to + 72, entry->policy, 32);
    memcpy(to + 104, entry->detail, 32);
    memcpy(to + 136, entry->request, 16);
    number_put(entry->number, to + NUMBER_AT);
}

bool
ledger_entry_get(const uint8_t from[LEDGER_ENTRY], struct ledger_entry *ret, struct err *err)
{
    if (from[0] != 1)
        return err_set(err, ERR_LEDGER, "an entry has version %u, known is 1", from[0]);
    if (from[1] < LEDGER_READ || from[1] > LEDGER_CLOCK_JUMP)
        return err_set(err, ERR_LEDGER, "an entry tells of an unknown event %u", from[1]);
    if (from[2] > LEDGER_ERROR)
        return err_set(err, ERR_LEDGER, "an entry has an unknown decision %u", from[2]);
    if (from[3] & ~(LEDGER_FLAG_STAFF | LEDGER_FLAG_AUTOMATED | LEDGER_FLAG_BREAK_GLASS))
        return err_set(err, ERR_LEDGER, "an entry has unknown flags");
    uint64_t lane = get_be16(from + NUMBER_AT), no = get_be64(from + NUMBER_AT) & UINT64_C(0xffffffffffff);
    if (lane > LIMIT_PG_LANES || no > LEDGER_NO_MAX || (lane == 0 && no != 0))
        return err_set(err, ERR_LEDGER, "an entry has an impossible number");
    *ret = (struct ledger_entry){.event = (enum ledger_event)from[1],
                                 .decision = (enum ledger_decision)from[2],
                                 .flags = from[3],
                                 .rule = get_be32(from + 4),
                                 .time_us = (int64_t)get_be64(from + 8),
                                 .seq = get_be64(from + SEQ_AT)};
    ret->number = lane == 0 ? ret->seq : lane << LEDGER_NO_BITS | no;
    memcpy(ret->sref, from + 24, 16);
    memcpy(ret->aref, from + 40, 16);
    memcpy(ret->purpose, from + 56, 16);
    memcpy(ret->policy, from + 72, 32);
    memcpy(ret->detail, from + 104, 32);
    memcpy(ret->request, from + 136, 16);
    return true;
}

void
ledger_entry_place_put(uint8_t entry[LEDGER_ENTRY], uint64_t seq)
{
    if (get_be16(entry + NUMBER_AT) != 0 && get_be64(entry + SEQ_AT) == 0)
        put_be64(entry + SEQ_AT, seq);
}

bool
entry_at(struct span row, uint64_t seq, uint8_t ret[LEDGER_ENTRY], struct err *err)
{
    if (row.n != LEDGER_ENTRY)
        return err_set(err, ERR_LEDGER, "entry %llu is missing or has the wrong size", (unsigned long long)seq);
    memcpy(ret, row.p, LEDGER_ENTRY);
    ledger_entry_place_put(ret, seq);
    return true;
}

void
ledger_leaf_hash(const uint8_t entry[LEDGER_ENTRY], uint8_t ret[LEDGER_HASH])
{
    crypt_sha256_prefixed(0, entry, LEDGER_ENTRY, ret);
}

void
ledger_node_hash(const uint8_t left[LEDGER_HASH], const uint8_t right[LEDGER_HASH],
                 uint8_t ret[LEDGER_HASH])
{
    uint8_t both[2 * LEDGER_HASH];
    memcpy(both, left, LEDGER_HASH);
    memcpy(both + LEDGER_HASH, right, LEDGER_HASH);
    crypt_sha256_prefixed(1, both, sizeof both, ret);
}
