#include "crypt/crypt.h"
#include "deeds/deed_priv.h"
#include "deeds/list.h"

/* May this caller have everything of this person; the same for the export and the view of deeds. */
static enum deed_end
may(struct deed *deed, enum policy_act act, const char *name, const uint8_t id[16],
    enum ledger_event event, struct subject *ret, struct err *err)
{
    struct instance *it = deed->it;
    bool there = false;
    if (!subject_find(it, &it->scratch, id, ret, &there, err))
        return DEED_FAILED;
    struct policy_question q;
    struct policy_verdict verdict;
    deed_question(deed, act, POLICY_NONE, there ? ret : NULL, &q);
    if (!there)
        return deed_nobody(deed, &q, name, id, err);
    policy_decide(it->policy, &q, &verdict);
    const struct note note = {.about = &ret->person,
                              .event = event,
                              .rule = verdict.rule,
                              .act = name,
                              .category = POLICY_NONE,
                              .purpose_about = POLICY_NONE};
    if (verdict.answer == ANSWER_REFUSE)
        return deed_refuse(deed, &q, &verdict, &note, err);
    return deed_record(deed, &note, err) ? DEED_DONE : DEED_FAILED;
}

static enum deed_end
export_start(void *arg, struct err *err)
{
    struct export *ask = arg;
    struct subject subject;
    enum deed_end end =
        may(&ask->deed, ACT_EXPORT, "export", ask->subject, LEDGER_EXPORT, &subject, err);
    if (end != DEED_DONE)
        return end;
    ask->sn = subject.person.sn;
    ask->kind = subject.kind;
    ask->created_us = subject.created_us;
    ask->restricted = subject.restricted;
    ask->after_category = 0;
    ask->after_rec = 0;
    return DEED_DONE;
}

enum deed_end
export_begin(struct export *ask, struct err *err)
{
    return deed_do(&ask->deed, export_start, ask, err);
}

struct export_row {
    int64_t category;
    struct shelf_row shelf;
};
struct export_rows {
    struct arena *arena;
    struct export_row rows[LIMIT_LIST_PAGE];
    size_t count;
};

static bool
export_row(void *ctx, const struct val *row, struct err *err)
{
    struct export_rows *rows = ctx;
    struct span sealed = arena_copy(rows->arena, row[8].s);
    if (sealed.p == NULL)
        return err_set(err, ERR_TOO_LARGE, "a piece of the export does not fit into memory");
    rows->rows[rows->count++] = (struct export_row){
        .category = row[0].i,
        .shelf = {.rec = (uint64_t)row[1].i,
                  .version = (uint64_t)row[2].i,
                  .created_us = row[4].i,
                  .changed_us = row[5].i,
                  .sealed = sealed}};
    return true;
}

struct export_call {
    struct export *ask;
    list_each_fn each;
    void *ctx;
};

static bool
export_one(const struct export_call *call, const struct person *who, const struct export_row *row,
           struct err *err)
{
    struct instance *it = call->ask->deed.it;
    int category = catalogue_category(it->catalogue, row->category);
    if (category == POLICY_NONE)
        return true; /* of a policy long gone: unreachable by any rule */
    struct record_fields *fields = ARENA_NEW(call->ask->deed.arena, struct record_fields);
    if (fields == NULL)
        return err_set(err, ERR_TOO_LARGE, "a piece of the export does not fit into memory");
    if (!shelf_open(it, call->ask->deed.arena, who, category, &row->shelf, fields, err))
        return false;
    fields->present &= it->policy->categories[category].readable;
    struct list_row out = {.category = category,
                           .rec = row->shelf.rec,
                           .version = row->shelf.version,
                           .created_us = row->shelf.created_us,
                           .changed_us = row->shelf.changed_us,
                           .fields = (const struct fields *)fields};
    memcpy(out.subject, who->id, 16);
    return call->each(call->ctx, &out) ||
           err_set(err, ERR_TOO_LARGE, "a piece of the export does not fit");
}

/* The person may have been erased since the export began: then it ends broken, never with less. */
static enum deed_end
still_there(struct deed *deed, const uint8_t id[16], struct person *ret, struct err *err)
{
    struct subject subject;
    bool there = false;
    if (!subject_find(deed->it, &deed->it->scratch, id, &subject, &there, err))
        return DEED_FAILED;
    if (!there) {
        err_set(err, ERR_GONE, "the person was erased meanwhile");
        return DEED_BAD;
    }
    *ret = subject.person;
    return DEED_DONE;
}

static enum deed_end
export_do(void *arg, struct err *err)
{
    const struct export_call *call = arg;
    struct export *ask = call->ask;
    struct instance *it = ask->deed.it;
    struct person who;
    enum deed_end end = still_there(&ask->deed, ask->subject, &who, err);
    if (end != DEED_DONE)
        return end;
    struct export_rows *rows = ARENA_NEW(ask->deed.arena, struct export_rows);
    if (rows == NULL) {
        err_set(err, ERR_TOO_LARGE, "a piece of the export does not fit into memory");
        return DEED_FAILED;
    }
    rows->arena = ask->deed.arena;
    enum { STEP = 16 };
    size_t page = ask->page == 0 || ask->page > STEP ? STEP : ask->page;
    const struct val in[] = {val_int(who.sn), val_int(ask->after_category),
                             val_int((int64_t)ask->after_rec), val_int((int64_t)page)};
    if (!rows_each(it->txn, SQL_record_of_subject, in, 4, 9, page, export_row, rows, err))
        return DEED_FAILED;
    for (size_t i = 0; i < rows->count; i++)
        if (!export_one(call, &who, &rows->rows[i], err))
            return DEED_FAILED;
    ask->end = rows->count < page;
    if (rows->count > 0) {
        ask->after_category = rows->rows[rows->count - 1].category;
        ask->after_rec = rows->rows[rows->count - 1].shelf.rec;
    }
    return DEED_DONE;
}

enum deed_end
export_piece(struct export *ask, list_each_fn each, void *ctx, struct err *err)
{
    struct export_call call = {ask, each, ctx};
    return deed_do(&ask->deed, export_do, &call, err);
}

static enum deed_end
trace_start(void *arg, struct err *err)
{
    struct trace *ask = arg;
    struct subject subject;
    enum deed_end end =
        may(&ask->deed, ACT_DEEDS, "see-deeds", ask->subject, LEDGER_READ, &subject, err);
    if (end != DEED_DONE)
        return end;
    struct data_key key;
    bool found = false;
    if (!keys_get(ask->deed.it->keys, ask->deed.it->txn, &subject.person, CATEGORY_LEDGER, NULL,
                  &key, &found, err))
        return DEED_FAILED;
    if (found)
        crypt_kdf(key.key, 1, "trothlgr", ask->receipt_key);
    ask->sn = subject.person.sn;
    ask->after_us = ask->after_entry = -1;
    return DEED_DONE;
}

enum deed_end
trace_begin(struct trace *ask, struct err *err)
{
    return deed_do(&ask->deed, trace_start, ask, err);
}

struct trace_call {
    struct trace *ask;
    trace_each_fn each;
    void *ctx;
    struct person who;
    struct data_key key;
    size_t count;
    int64_t after_us, after_entry;
};

/* On files that came from PostgreSQL a row lies by its entry's place; the number it was sealed under is in the entry. */
static bool
trace_row(void *ctx, const struct val *row, struct err *err)
{
    struct trace_call *call = ctx;
    struct ledger_entry entry;
    struct span text;
    if (row[2].s.n != LEDGER_ENTRY)
        return err_set(err, ERR_CORRUPT, "a trace has the wrong form");
    if (!ledger_entry_get((const uint8_t *)row[2].s.p, &entry, err))
        return false;
    const struct record_place place = {.table = TABLE_TRACE,
                                       .category = CATEGORY_LEDGER,
                                       .rec = entry.number,
                                       .version = 1,
                                       .who = &call->who};
    if (!record_open(call->ask->deed.arena, &call->key, &place, row[1].s, &text, err))
        return false;
    if (text.n < 32)
        return err_set(err, ERR_CORRUPT, "a trace has the wrong form");
    struct trace_row out = {.entry = entry.number,
                            .placed = row[3].kind == VAL_INT,
                            .seq = row[3].kind == VAL_INT ? (uint64_t)row[3].i : 0,
                            .time_us = entry.time_us,
                            .detail = span_sub(text, 32, SIZE_MAX)};
    memcpy(out.r, text.p, 32);
    memcpy(out.commitment, entry.detail, 32);
    memcpy(out.bytes, row[2].s.p, LEDGER_ENTRY);
    _Static_assert(sizeof out.bytes == LEDGER_ENTRY, "the whole entry");
    if (out.placed)
        ledger_entry_place_put(out.bytes, out.seq);
    call->count++;
    call->after_us = row[4].i;
    call->after_entry = row[0].i;
    return call->each(call->ctx, &out) || err_set(err, ERR_TOO_LARGE, "a piece does not fit");
}

static enum deed_end
trace_do(void *arg, struct err *err)
{
    struct trace_call *call = arg;
    struct trace *ask = call->ask;
    struct instance *it = ask->deed.it;
    enum deed_end end = still_there(&ask->deed, ask->subject, &call->who, err);
    if (end != DEED_DONE)
        return end;
    bool found = false;
    if (!keys_get(it->keys, it->txn, &call->who, CATEGORY_LEDGER, NULL, &call->key, &found, err))
        return DEED_FAILED;
    ask->end = !found;
    if (!found)
        return DEED_DONE;
    enum { STEP = 32 };
    size_t page = ask->page == 0 || ask->page > STEP ? STEP : ask->page;
    call->after_us = ask->after_us;
    call->after_entry = ask->after_entry;
    /* What is indexed by person, then, in the same piece, the part of the trace that is not yet: by the next piece
     * the index may have grown over it. */
    const struct val indexed[] = {val_int(call->who.sn), val_int(ask->after_us), val_int(ask->after_entry),
                                  val_int((int64_t)page)};
    if (!rows_each(it->txn, SQL_trace_of_subject, indexed, 4, 5, page, trace_row, call, err))
        return DEED_FAILED;
    size_t room = page - call->count;
    int64_t upto = (int64_t)it->trace_upto - 1, from = call->after_entry < upto ? upto : call->after_entry;
    const struct val tail[] = {val_int(call->who.sn), val_int(call->after_us), val_int(from),
                               val_int((int64_t)room)};
    if (room > 0 && store_lane(it->store) == 0 &&
        !rows_each(it->txn, SQL_trace_tail, tail, 4, 5, room, trace_row, call, err))
        return DEED_FAILED;
    ask->after_us = call->after_us;
    ask->after_entry = call->after_entry;
    ask->end = call->count < page;
    return DEED_DONE;
}

enum deed_end
trace_piece(struct trace *ask, trace_each_fn each, void *ctx, struct err *err)
{
    struct trace_call call = {.ask = ask, .each = each, .ctx = ctx};
    if (!traces_flush(ask->deed.it, err)) /* those of this turn are to be seen too */
        return DEED_FAILED;
    return deed_do(&ask->deed, trace_do, &call, err);
}
