/* The ledger for outsiders: proofs from snapshots beside the writer, and the check of a whole copy. */
#include "deeds/deed_priv.h"
#include "wire/json.h"
#include "wire/text.h"

bool
look_open(struct store *store, struct look *look, struct err *err)
{
    *look = (struct look){0};
    if (!store_reader_open(store, &look->reader, err))
        return false;
    if (store_reader_begin(look->reader, &look->txn, err))
        return true;
    store_reader_close(&look->reader);
    return false;
}

bool
look_close(struct look *look, bool good)
{
    store_reader_end(&look->txn);
    store_reader_close(&look->reader);
    return good;
}

void
instance_vkey(const struct instance *it, struct buf *out)
{
    ledger_vkey(it->origin, keyd_ledger_public(it->keyd), out);
}

bool
instance_checkpoint_text(struct instance *it, struct arena *arena, struct span *ret, struct err *err)
{
    struct look look;
    uint64_t size = 0;
    return look_open(it->store, &look, err) &&
           look_close(&look, ledger_checkpoint_last(look.txn, arena, &size, ret, err));
}

static void
proof_json(const struct ledger_proof *proof, struct json_out *out, struct arena *arena)
{
    json_key(out, "proof");
    json_begin(out, '[');
    for (size_t i = 0; i < proof->count; i++) {
        struct buf text = arena_buf(arena, 48);
        base64_put(&text, proof->hash[i], LEDGER_HASH);
        json_text(out, buf_span(&text));
    }
    json_end(out, ']');
}

/* Size 0 means: what the newest checkpoint covers. */
static bool
size_default(struct txn *txn, struct arena *arena, uint64_t *size, struct err *err)
{
    struct span note;
    return *size != 0 || ledger_checkpoint_last(txn, arena, size, &note, err);
}

static bool
not_yet(const char *what, struct err *err)
{
    return err_set(err, ERR_CONFLICT, "this entry is recorded and %s; ask again in a second", what);
}

/* The place of the entry asked for, and the tree the proof is for. An entry known by its number may be so new that it has
 * no place, or that no checkpoint covers it: then the answer is not that there is none. */
static bool
inclusion_place(struct txn *txn, struct arena *arena, const struct inclusion_ask *ask, uint64_t *ret_seq,
                uint64_t *ret_size, struct err *err)
{
    enum ledger_place place = LEDGER_PLACED;
    uint64_t seq = ask->seq, size = ask->size;
    if (ask->by_number && !ledger_find(txn, arena, ask->entry, &place, &seq, err))
        return false;
    if (place == LEDGER_NO_SUCH)
        return err_set(err, ERR_NOT_FOUND, "there is no entry %llu", (unsigned long long)ask->entry);
    if (place == LEDGER_WAITS)
        return not_yet("not in the tree yet", err);
    bool covered = size_default(txn, arena, &size, err);
    if (ask->by_number && ask->size == 0 && (covered ? seq >= size : err->code == ERR_NOT_FOUND))
        return not_yet("not under a signed checkpoint yet", err);
    *ret_seq = seq;
    *ret_size = size;
    return covered;
}

bool
instance_inclusion(struct instance *it, struct arena *arena, const struct inclusion_ask *ask,
                   struct buf *ret_json, struct err *err)
{
    uint64_t seq = 0, size = 0;
    struct ledger_entry parts;
    struct look look;
    struct ledger_proof *proof = ARENA_NEW(arena, struct ledger_proof);
    struct span entry;
    if (proof == NULL)
        return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    if (!look_open(it->store, &look, err))
        return false;
    if (!look_close(&look, inclusion_place(look.txn, arena, ask, &seq, &size, err) &&
                               ledger_inclusion(look.txn, arena, seq, size, proof, err) &&
                               ledger_entries(look.txn, arena, seq, 1, &entry, err)) ||
        !ledger_entry_get((const uint8_t *)entry.p, &parts, err))
        return false;
    uint8_t leaf[32];
    ledger_leaf_hash((const uint8_t *)entry.p, leaf);
    struct buf text = arena_buf(arena, 48);
    base64_put(&text, leaf, 32);
    struct json_out out;
    json_out_init(&out, ret_json);
    json_begin(&out, '{');
    json_kv_u64(&out, "entry", parts.number);
    json_kv_u64(&out, "seq", seq);
    json_kv_u64(&out, "size", size);
    json_kv_text(&out, "leaf", buf_span(&text));
    proof_json(proof, &out, arena);
    json_end(&out, '}');
    return true;
}

bool
instance_consistency(struct instance *it, struct arena *arena, uint64_t old_size, uint64_t size,
                     struct buf *ret_json, struct err *err)
{
    struct look look;
    struct ledger_proof *proof = ARENA_NEW(arena, struct ledger_proof);
    if (proof == NULL)
        return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    if (!look_open(it->store, &look, err))
        return false;
    if (!look_close(&look, size_default(look.txn, arena, &size, err) &&
                               ledger_consistency(look.txn, arena, old_size, size, proof, err)))
        return false;
    struct json_out out;
    json_out_init(&out, ret_json);
    json_begin(&out, '{');
    json_kv_u64(&out, "old", old_size);
    json_kv_u64(&out, "size", size);
    proof_json(proof, &out, arena);
    json_end(&out, '}');
    return true;
}

bool
instance_tile(struct instance *it, struct arena *arena, unsigned level, uint64_t index,
              unsigned width, struct span *ret, struct err *err)
{
    struct look look;
    uint64_t size = 0;
    return look_open(it->store, &look, err) &&
           look_close(&look, size_default(look.txn, arena, &size, err) &&
                                 ledger_tile(look.txn, arena, level, index, width, size, ret, err));
}

bool
instance_entries(struct instance *it, struct arena *arena, uint64_t seq, uint64_t most,
                 struct span *ret, struct err *err)
{
    struct look look;
    return look_open(it->store, &look, err) &&
           look_close(&look, ledger_entries(look.txn, arena, seq, most, ret, err));
}

static bool
verify_in(const struct verify_ask *ask, struct txn *txn, struct arena *arena, void *into, struct err *err)
{
    struct verify_reply *ret = into;
    struct span origin, key;
    if (!meta_read(txn, arena, "origin", &origin, err) ||
        !meta_read(txn, arena, "ledger-key", &key, err))
        return false;
    if (origin.p == NULL || key.n != 32 || !span_copy(origin, ret->origin, sizeof ret->origin))
        return err_set(err, ERR_LEDGER, "this folder holds no ledger");
    uint8_t given[32];
    char name[128];
    if (ask->vkey.n > 0) {
        if (!ledger_vkey_read(ask->vkey, name, sizeof name, given, err))
            return false;
        if (!span_is(origin, name))
            return err_set(err, ERR_LEDGER, "the ledger calls itself \"%s\", the key is of \"%s\"",
                           ret->origin, name);
        key = span_of(given, 32);
    }
    struct ledger_report report;
    if (!ledger_verify(txn, ret->origin, (const uint8_t *)key.p, ask->progress, ask->ctx, &report,
                       err))
        return false;
    ret->entries = report.entries;
    ret->waiting = report.waiting;
    ret->checkpoints = report.checkpoints;
    ret->signed_size = report.signed_size;
    ret->first_bad = report.first_bad;
    memcpy(ret->root, report.root, 32);
    ret->signatures_checked = report.signatures_checked;
    ret->sound = report.sound;
    memcpy(ret->fault, report.fault, sizeof ret->fault);
    return true;
}

bool
keyless_look(const struct verify_ask *ask, size_t room, keyless_fn *read, void *ret, struct err *err)
{
    struct store *store = NULL;
    struct arena arena = {0};
    const struct store_options files = {.dir = ask->dir, .url = ask->store, .keys_url = ask->store_keys,
                                        .read_only = true};
    if (!arena_open(&arena, room, err))
        return false;
    if (!store_open(&files, &store, err)) {
        arena_close(&arena);
        return false;
    }
    struct look look;
    bool good = look_open(store, &look, err) && look_close(&look, read(ask, look.txn, &arena, ret, err));
    store_close(&store);
    arena_close(&arena);
    return good;
}

bool
instance_verify(const struct verify_ask *ask, struct verify_reply *ret, struct err *err)
{
    *ret = (struct verify_reply){0};
    return keyless_look(ask, 8 * 1024 * 1024, verify_in, ret, err);
}
