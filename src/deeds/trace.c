/*
 * The person's own view of a deed, kept until the turn ends and then written in one go behind the deeds: a deed
 * that only reads changes nothing in the store before that, and so needs no savepoint.
 */
#include "deeds/deed_priv.h"

#include <stdlib.h>

enum { TRACES_MAX = 16384, TRACES_BYTES = 8 * 1024 * 1024, TRACES_AT_ONCE = 8 };

struct trace_pending {
    uint64_t entry;
    int64_t sn, at_us;
    struct span sealed;
};

struct traces {
    struct arena arena;
    size_t count;
    struct trace_pending rows[TRACES_MAX]; /* touched only as far as they are used */
};

bool
traces_open(struct instance *it, struct err *err)
{
    it->traces = calloc(1, sizeof *it->traces);
    if (it->traces == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    return arena_open(&it->traces->arena, TRACES_BYTES, err);
}

void
traces_close(struct instance *it)
{
    if (it->traces == NULL)
        return;
    arena_close(&it->traces->arena);
    free(it->traces);
    it->traces = NULL;
}

bool
traces_add(struct instance *it, const struct person *about, const struct data_key *key,
           const struct ledger_entry *entry, const uint8_t r[32], struct span detail, struct err *err)
{
    struct traces *traces = it->traces;
    struct buf text = arena_buf(&traces->arena, 32 + detail.n);
    buf_put(&text, span_of(r, 32));
    buf_put(&text, detail);
    const struct record_place place = {
        .table = TABLE_TRACE, .category = CATEGORY_LEDGER, .rec = entry->number, .version = 1, .who = about};
    struct span sealed =
        buf_ok(&text) ? record_seal(&traces->arena, key, &place, buf_span(&text)) : SPAN_NONE;
    if (sealed.p == NULL || traces->count == TRACES_MAX)
        return err_set(err, ERR_UNAVAILABLE, "too many deeds in one turn");
    traces->rows[traces->count++] =
        (struct trace_pending){.entry = entry->number, .sn = about->sn, .at_us = entry->time_us, .sealed = sealed};
    return true;
}

bool
traces_flush(struct instance *it, struct err *err)
{
    struct traces *traces = it->traces;
    size_t done = 0;
    while (done < traces->count) {
        struct val in[4 * TRACES_AT_ONCE];
        size_t some = traces->count - done < TRACES_AT_ONCE ? 1 : TRACES_AT_ONCE;
        for (size_t i = 0; i < some; i++) {
            const struct trace_pending *row = &traces->rows[done + i];
            in[4 * i] = val_int((int64_t)row->entry);
            in[4 * i + 1] = val_int(row->sn);
            in[4 * i + 2] = val_blob(row->sealed.p, row->sealed.n);
            in[4 * i + 3] = val_int(row->at_us);
        }
        if (!rows_run(it->txn, some == 1 ? SQL_trace_put : SQL_trace_put_8, in, 4 * some, NULL, err))
            return false;
        done += some;
    }
    traces_forget(it);
    return true;
}

void
lines_back(struct instance *it, uint64_t mark)
{
    struct traces *traces = it->traces;
    ledger_mark_back(it->ledger, mark);
    while (traces->count > 0 && traces->rows[traces->count - 1].entry >= ledger_entry_next(it->ledger))
        traces->count--;
    keys_taken_back(it->keys);
}

void
traces_forget(struct instance *it)
{
    it->traces->count = 0;
    arena_reset(&it->traces->arena);
}
