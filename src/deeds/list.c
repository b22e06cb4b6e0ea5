#include "deeds/list.h"

#include "deeds/deed_priv.h"

/* Columns of record_list. */
enum { L_SN, L_ID, L_KIND, L_STATE, L_RESTRICTED, L_CONSENT, L_CONSENT_AT, L_TEXT, L_REC, L_VERSION,
       L_POLICY, L_CHANGED, L_SEALED, L_COUNT };

struct piece_row {
    struct subject subject;
    enum policy_consent_state consent;
    struct shelf_row shelf;
};
/* store/sql/vault.sql has 256 where PostgreSQL must see a number. */
_Static_assert(LIMIT_LIST_PAGE <= 256, "record_list gives no more");
struct piece {
    struct list *ask;
    struct piece_row rows[LIMIT_LIST_PAGE];
    size_t count;
};

static bool
piece_row(void *ctx, const struct val *row, struct err *err)
{
    struct piece *piece = ctx;
    struct instance *it = piece->ask->deed.it;
    struct piece_row *to = &piece->rows[piece->count];
    to->subject = (struct subject){.person.sn = row[L_SN].i,
                                   .kind = catalogue_kind(it->catalogue, row[L_KIND].i),
                                   .state = (enum policy_person_state)row[L_STATE].i,
                                   .restricted = row[L_RESTRICTED].i != 0};
    if (row[L_ID].s.n != 16)
        return err_set(err, ERR_CORRUPT, "a person's id has the wrong size");
    memcpy(to->subject.person.id, row[L_ID].s.p, 16);
    to->consent = row[L_CONSENT].kind == VAL_NULL
                      ? CONSENT_NONE
                      : consent_effective(it->policy, row[L_CONSENT].i, row[L_CONSENT_AT].i,
                                          row[L_TEXT].i, it->now_us);
    struct span sealed = arena_copy(piece->ask->deed.arena, row[L_SEALED].s);
    if (sealed.p == NULL)
        return err_set(err, ERR_TOO_LARGE, "a piece of the list does not fit into memory");
    to->shelf = (struct shelf_row){.rec = (uint64_t)row[L_REC].i,
                                   .version = (uint64_t)row[L_VERSION].i,
                                   .changed_us = row[L_CHANGED].i,
                                   .sealed = sealed};
    piece->count++;
    return true;
}

enum deed_end
list_begin(struct list *ask, struct err *err)
{
    struct policy_question q;
    struct policy_verdict verdict;
    /* As if every person were in favour: whoever may not list at all is told so at once. */
    deed_question(&ask->deed, ACT_LIST, ask->category, NULL, &q);
    q.fields = ask->wanted;
    q.consent = CONSENT_GIVEN;
    policy_decide(ask->deed.it->policy, &q, &verdict);
    const struct note note = {
        .act = "list", .category = ask->category, .purpose_about = POLICY_NONE};
    if (verdict.answer == ANSWER_REFUSE)
        return deed_refuse(&ask->deed, &q, &verdict, &note, err);
    /* One line for the list itself, also when it finds nobody; each person has their own. */
    struct note begun = note;
    begun.event = LEDGER_READ;
    begun.rule = verdict.rule;
    if (!deed_record(&ask->deed, &begun, err))
        return DEED_FAILED;
    ask->started = true;
    return DEED_DONE;
}

static bool
list_one(struct list *ask, const struct piece_row *row, list_each_fn each, void *ctx,
         struct err *err)
{
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    struct policy_question q;
    struct policy_verdict verdict;
    deed_question(deed, ACT_LIST, ask->category, &row->subject, &q);
    q.fields = ask->wanted;
    q.consent = row->consent;
    policy_decide(it->policy, &q, &verdict);
    if (verdict.answer == ANSWER_REFUSE)
        return true;
    struct record_fields *fields = ARENA_NEW(deed->arena, struct record_fields);
    if (fields == NULL)
        return err_set(err, ERR_TOO_LARGE, "a piece of the list does not fit into memory");
    if (!shelf_open(it, deed->arena, &row->subject.person, ask->category, &row->shelf, fields, err))
        return false;
    fields->present &= verdict.fields;
    const struct note note = {.about = &row->subject.person,
                              .event = LEDGER_READ,
                              .rule = verdict.rule,
                              .act = "list",
                              .category = ask->category,
                              .has_rec = it->policy->categories[ask->category].many,
                              .rec = row->shelf.rec,
                              .fields = fields->present,
                              .purpose_about = POLICY_NONE};
    if (!deed_record(deed, &note, err))
        return false;
    struct list_row out = {.category = ask->category,
                           .rec = row->shelf.rec,
                           .version = row->shelf.version,
                           .changed_us = row->shelf.changed_us,
                           .narrowed = verdict.answer == ANSWER_NARROW,
                           .fields = (const struct fields *)fields};
    memcpy(out.subject, row->subject.person.id, 16);
    return each(ctx, &out) || err_set(err, ERR_TOO_LARGE, "a piece of the list does not fit");
}

struct list_call {
    struct list *ask;
    list_each_fn each;
    void *ctx;
};

/* The page, read while nobody of it can be changed by another node. */
static bool
piece_load(struct list *ask, struct piece *piece, size_t page, struct err *err)
{
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    const struct val in[] = {
        val_int(it->catalogue->category[ask->category]),
        val_int(deed->purpose < 0 ? 0 : it->catalogue->purpose[deed->purpose]),
        val_int(ask->after_sn), val_int((int64_t)ask->after_rec), val_int((int64_t)page)};
    size_t mark = arena_mark(deed->arena);
    for (int round = 0; round < GUARD_ROUNDS; round++) {
        bool missing = false;
        arena_back(deed->arena, mark);
        piece->count = 0;
        if (!rows_each(it->txn, SQL_record_list, in, 5, L_COUNT, page, piece_row, piece, err))
            return false;
        for (size_t i = 0; i < piece->count; i++) {
            const uint8_t *id = piece->rows[i].subject.person.id;
            missing = missing || !guard_person_has(it, id, false);
            guard_person_need(it, id, false);
        }
        if (!missing)
            return true;
        if (!guards_take(it, err))
            return false;
        for (size_t i = 0; i < piece->count; i++)
            if (!guard_person(it, piece->rows[i].subject.person.id, false, err))
                return false;
    }
    return err_set(err, ERR_UNAVAILABLE, "other nodes are at work on these people; ask again in a moment");
}

static enum deed_end
list_do(void *arg, struct err *err)
{
    const struct list_call *call = arg;
    struct list *ask = call->ask;
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    struct piece *piece = ARENA_NEW(deed->arena, struct piece);
    if (piece == NULL) {
        err_set(err, ERR_TOO_LARGE, "a piece of the list does not fit into memory");
        return DEED_FAILED;
    }
    piece->ask = ask;
    size_t page = ask->page == 0 || ask->page > LIMIT_LIST_PAGE ? LIMIT_LIST_PAGE : ask->page;
    if (!piece_load(ask, piece, page, err))
        return DEED_FAILED;
    for (size_t i = 0; i < piece->count; i++) {
        deed_need_keys(it, &piece->rows[i].subject.person, &ask->category, 1);
    }
    if (!keys_fetch(it->keys, err))
        return DEED_FAILED;
    for (size_t i = 0; i < piece->count; i++)
        if (!list_one(ask, &piece->rows[i], call->each, call->ctx, err))
            return DEED_FAILED;
    ask->end = piece->count < page;
    if (piece->count > 0) {
        ask->after_sn = piece->rows[piece->count - 1].subject.person.sn;
        ask->after_rec = piece->rows[piece->count - 1].shelf.rec;
    }
    return DEED_DONE;
}

enum deed_end
list_piece(struct list *ask, list_each_fn each, void *ctx, struct err *err)
{
    struct list_call call = {ask, each, ctx};
    return deed_do(&ask->deed, list_do, &call, err);
}
