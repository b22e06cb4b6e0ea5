#include "deeds/read.h"

#include "deeds/deed_priv.h"
#include "policy/value.h"

/* Columns of record_read. */
enum { R_SN, R_KIND, R_STATE, R_RESTRICTED, R_CONSENT, R_CONSENT_AT, R_TEXT, R_VERSION, R_POLICY,
       R_CREATED, R_CHANGED, R_LEAST, R_DUE, R_SEALED, R_COUNT };

/* State, consent and record of one moment. */
struct read_row {
    uint64_t stand; /* the instance's rows_stand when it was read */
    bool found;
    struct val col[R_COUNT];
};

enum { R_PARAMS = 4 };

/* Which statement, and its parameters: the consent is looked up where the purpose asks for one. */
static enum sql_id
row_statement(const struct read *ask, struct val in[R_PARAMS], size_t *ret_count)
{
    const struct instance *it = ask->deed.it;
    int purpose = policy_purpose_find(it->policy, ask->deed.purpose_name);
    bool consent = purpose >= 0 && it->policy->purposes[purpose].basis == BASIS_CONSENT;
    size_t n = 0;
    in[n++] = val_blob(ask->subject, 16);
    if (consent)
        in[n++] = val_int(it->catalogue->purpose[purpose]);
    in[n++] = val_int(it->catalogue->category[ask->category]);
    in[n++] = val_int((int64_t)ask->rec);
    *ret_count = n;
    return consent ? SQL_record_read : SQL_record_read_plain;
}

static bool
row_load(struct read *ask, struct err *err)
{
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    if (ask->row != NULL && ask->row->stand == it->rows_stand)
        return true;
    struct read_row *row = ask->row != NULL ? ask->row : ARENA_NEW(deed->arena, struct read_row);
    if (row == NULL)
        return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    ask->row = NULL;
    struct val in[R_PARAMS];
    size_t count;
    enum sql_id id = row_statement(ask, in, &count);
    if (!rows_one(it->txn, deed->arena, id, in, count, row->col, R_COUNT, &row->found, err))
        return false;
    row->stand = it->rows_stand;
    ask->row = row;
    return true;
}

/* Rows that are far away are sent for here and looked at in read_need_more, so that all reads of a turn share one wait. */
void
read_need(struct read *ask)
{
    struct val in[R_PARAMS];
    if (!rows_far(ask->deed.it->txn)) {
        read_need_more(ask);
        return;
    }
    size_t count;
    enum sql_id id = row_statement(ask, in, &count);
    guard_person_need(ask->deed.it, ask->subject, false);
    rows_ahead(ask->deed.it->txn, id, in, count);
}

void
read_need_more(struct read *ask)
{
    if (ask->row != NULL && ask->row->stand == ask->deed.it->rows_stand)
        return; /* its keys are announced */
    struct err ignored; /* the deed itself will meet it again */
    if (!row_load(ask, &ignored) || !ask->row->found || ask->row->col[R_STATE].i == PERSON_ERASED)
        return;
    struct person who = {.sn = ask->row->col[R_SN].i};
    memcpy(who.id, ask->subject, 16);
    deed_need_keys(ask->deed.it, &who, &ask->category, 1);
}

static enum deed_end
read_do(void *arg, struct err *err)
{
    struct read *ask = arg;
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    if (!guard_person(it, ask->subject, false, err) || !row_load(ask, err))
        return DEED_FAILED;
    const struct val *row = ask->row->col;
    bool found = ask->row->found;
    struct policy_question q;
    deed_question(deed, ACT_READ, ask->category, NULL, &q);
    q.fields = ask->wanted;
    if (!found || row[R_STATE].i == PERSON_ERASED)
        return deed_nobody(deed, &q, "read", ask->subject, err);
    struct subject subject = {.person.sn = row[R_SN].i,
                              .kind = catalogue_kind(it->catalogue, row[R_KIND].i),
                              .state = (enum policy_person_state)row[R_STATE].i,
                              .restricted = row[R_RESTRICTED].i != 0};
    memcpy(subject.person.id, ask->subject, 16);
    deed_question(deed, ACT_READ, ask->category, &subject, &q);
    q.fields = ask->wanted;
    q.consent = row[R_CONSENT].kind == VAL_NULL
                    ? CONSENT_NONE
                    : consent_effective(it->policy, row[R_CONSENT].i, row[R_CONSENT_AT].i,
                                        row[R_TEXT].i, it->now_us);
    struct policy_verdict verdict;
    policy_decide(it->policy, &q, &verdict);
    struct note note = {.about = &subject.person,
                        .event = LEDGER_READ,
                        .rule = verdict.rule,
                        .act = "read",
                        .category = ask->category,
                        .has_rec = it->policy->categories[ask->category].many,
                        .rec = ask->rec,
                        .purpose_about = POLICY_NONE};
    if (verdict.answer == ANSWER_REFUSE)
        return deed_refuse(deed, &q, &verdict, &note, err);
    if (row[R_SEALED].kind == VAL_NULL)
        return deed_nothing(deed, &note, "this person has no such record", err);
    const struct shelf_row shelf = {
        .rec = ask->rec, .version = (uint64_t)row[R_VERSION].i, .sealed = row[R_SEALED].s};
    struct record_fields *all = ARENA_NEW(deed->arena, struct record_fields);
    if (all == NULL) {
        err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
        return DEED_FAILED;
    }
    if (!shelf_open(it, deed->arena, &subject.person, ask->category, &shelf, all, err))
        return DEED_FAILED;
    all->present &= verdict.fields;
    note.fields = all->present;
    if (!deed_record(deed, &note, err))
        return DEED_FAILED;
    _Static_assert(sizeof(struct fields) == sizeof(struct record_fields), "one shape");
    ask->fields = (struct fields *)all;
    ask->version = shelf.version;
    ask->changed_us = row[R_CHANGED].i;
    ask->narrowed = verdict.answer == ANSWER_NARROW;
    return DEED_DONE;
}

enum deed_end
read_run(struct read *ask, struct err *err)
{
    return deed_do(&ask->deed, read_do, ask, err);
}

void
lookup_need(struct lookup *ask)
{
    struct instance *it = ask->deed.it;
    const struct policy_field *field = &it->policy->fields[ask->field];
    err_clear(&ask->fault);
    ask->has_index = policy_value_normal(field, ask->value, ask->deed.arena, &ask->normal, &ask->fault);
    if (ask->has_index)
        keys_need_index(it->keys, it->catalogue->field[ask->field], field->full_name, ask->normal,
                        ask->index);
    if (ask->has_index && rows_far(it->txn) && it->lookup_count < LIMIT_TURN_REQUESTS)
        it->lookups[it->lookup_count++] = ask;
}

/* Columns of lookup_unique_get and lookup_plain_get. */
enum { F_ID, F_SN, F_KIND, F_STATE, F_RESTRICTED, F_CONSENT, F_CONSENT_AT, F_TEXT, F_COUNT };

struct lookup_row {
    struct subject subject;
    enum policy_consent_state consent;
};

/* Who has the value, as of one moment. */
struct lookup_rows {
    uint64_t stand;
    size_t count;
    const struct instance *it;
    struct lookup_row row[LOOKUP_FOUND_MAX];
};

static bool
found_row(void *ctx, const struct val *row, struct err *err)
{
    struct lookup_rows *rows = ctx;
    struct lookup_row *to = &rows->row[rows->count];
    if (row[F_ID].s.n != 16)
        return err_set(err, ERR_CORRUPT, "a person's id has the wrong size");
    if (row[F_STATE].i == PERSON_ERASED)
        return true;
    to->subject = (struct subject){.person.sn = row[F_SN].i,
                                   .kind = catalogue_kind(rows->it->catalogue, row[F_KIND].i),
                                   .state = (enum policy_person_state)row[F_STATE].i,
                                   .restricted = row[F_RESTRICTED].i != 0};
    memcpy(to->subject.person.id, row[F_ID].s.p, 16);
    to->consent = row[F_CONSENT].kind == VAL_NULL
                      ? CONSENT_NONE
                      : consent_effective(rows->it->policy, row[F_CONSENT].i, row[F_CONSENT_AT].i,
                                          row[F_TEXT].i, rows->it->now_us);
    rows->count++;
    return true;
}

enum { F_PARAMS = 4 };

static enum sql_id
found_statement(const struct lookup *ask, struct val in[F_PARAMS], size_t *ret_count)
{
    const struct instance *it = ask->deed.it;
    bool unique = it->policy->fields[ask->field].lookup == LOOKUP_UNIQUE;
    int purpose = policy_purpose_find(it->policy, ask->deed.purpose_name);
    in[0] = val_int(it->catalogue->field[ask->field]);
    in[1] = val_blob(ask->index, 16);
    in[2] = val_int(purpose < 0 ? 0 : it->catalogue->purpose[purpose]);
    in[3] = val_int(LOOKUP_FOUND_MAX);
    *ret_count = unique ? 3 : 4;
    return unique ? SQL_lookup_unique_get : SQL_lookup_plain_get;
}

static void
lookup_drop(struct instance *it, const struct lookup *ask)
{
    for (size_t i = 0; i < it->lookup_count; i++)
        if (it->lookups[i] == ask)
            it->lookups[i--] = it->lookups[--it->lookup_count];
}

static void
lookup_ahead(struct lookup *ask)
{
    struct val in[F_PARAMS];
    size_t count;
    enum sql_id id = found_statement(ask, in, &count);
    ask->rows = NULL;
    rows_ahead_again(ask->deed.it->txn, id, in, count);
}

/* Once for who it may be … */
void
lookups_ahead(struct instance *it)
{
    for (size_t i = 0; i < it->lookup_count; i++)
        if (it->lookups[i]->asked++ == 0)
            lookup_ahead(it->lookups[i]);
}

/* … and again when their guards were taken: what a decision rests on is read behind them. */
void
lookups_again(struct instance *it)
{
    for (size_t i = 0; i < it->lookup_count; i++) {
        if (it->lookups[i]->asked < 2)
            continue;
        lookup_ahead(it->lookups[i]);
        it->lookups[i--] = it->lookups[--it->lookup_count];
    }
}

static bool
found_load(struct lookup *ask, struct err *err)
{
    struct instance *it = ask->deed.it;
    if (ask->rows != NULL && ask->rows->stand == it->rows_stand)
        return true;
    struct lookup_rows *rows =
        ask->rows != NULL ? ask->rows : ARENA_NEW(ask->deed.arena, struct lookup_rows);
    if (rows == NULL)
        return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    ask->rows = NULL;
    rows->it = it;
    rows->count = 0;
    struct val in[F_PARAMS];
    size_t count;
    enum sql_id id = found_statement(ask, in, &count);
    if (!rows_each(it->txn, id, in, count, F_COUNT, LOOKUP_FOUND_MAX, found_row, rows, err))
        return false;
    rows->stand = it->rows_stand;
    ask->rows = rows;
    return true;
}

void
lookup_need_more(struct lookup *ask)
{
    struct err ignored; /* the deed itself will meet it again */
    if (!ask->has_index || !found_load(ask, &ignored))
        return;
    for (size_t i = 0; i < ask->rows->count; i++) {
        const struct person *who = &ask->rows->row[i].subject.person;
        guard_person_need(ask->deed.it, who->id, false);
        deed_need_keys(ask->deed.it, who, NULL, 0);
    }
}

/* Whoever was found without their guard is guarded, and the value looked up again. */
static bool
found_guarded(struct lookup *ask, struct err *err)
{
    struct instance *it = ask->deed.it;
    for (int i = 0; i < GUARD_ROUNDS; i++) {
        bool missing = false;
        if (!found_load(ask, err))
            return false;
        for (size_t k = 0; k < ask->rows->count; k++) {
            const uint8_t *id = ask->rows->row[k].subject.person.id;
            missing = missing || !guard_person_has(it, id, false);
            if (!guard_person(it, id, false, err))
                return false;
        }
        if (!missing)
            return true;
    }
    return err_set(err, ERR_UNAVAILABLE, "other nodes are at work on these people; ask again in a moment");
}

static enum deed_end
lookup_do(void *arg, struct err *err)
{
    struct lookup *ask = arg;
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    const struct policy_field *field = &it->policy->fields[ask->field];
    if (!ask->has_index) {
        *err = ask->fault;
        return DEED_BAD;
    }
    /* First as if everything about the person were in favour: who may not look up at all learns nothing. */
    struct policy_question q;
    struct policy_verdict verdict;
    struct note note = {.event = LEDGER_READ,
                        .act = "look-up",
                        .category = field->category,
                        .fields = UINT64_C(1) << field->bit,
                        .purpose_about = POLICY_NONE};
    deed_question(deed, ACT_READ, field->category, NULL, &q);
    q.fields = note.fields;
    q.consent = CONSENT_GIVEN;
    q.self = deed->caller->role == ACTOR_SUBJECT;
    policy_decide(it->policy, &q, &verdict);
    if (verdict.answer == ANSWER_REFUSE)
        return deed_refuse(deed, &q, &verdict, &note, err);
    if (!found_guarded(ask, err))
        return DEED_FAILED;
    ask->found_count = 0;
    for (size_t i = 0; i < ask->rows->count; i++) {
        const struct lookup_row *row = &ask->rows->row[i];
        deed_question(deed, ACT_READ, field->category, &row->subject, &q);
        q.fields = note.fields;
        q.consent = row->consent;
        policy_decide(it->policy, &q, &verdict);
        bool refused = verdict.answer == ANSWER_REFUSE;
        struct note one = note;
        one.about = &row->subject.person;
        one.rule = verdict.rule;
        one.event = refused ? LEDGER_REFUSED : LEDGER_READ;
        one.decision = refused ? LEDGER_DENY : LEDGER_ALLOW;
        if (!deed_record(deed, &one, err))
            return DEED_FAILED;
        if (!refused)
            memcpy(ask->found[ask->found_count++], row->subject.person.id, 16);
    }
    if (ask->found_count > 0)
        return DEED_DONE;
    /* Not there and not allowed look alike. */
    if (ask->rows->count == 0)
        return deed_absent(deed, "look-up", "nobody was found", err);
    err_set(err, ERR_NOT_FOUND, "nobody was found");
    return DEED_ABSENT;
}

enum deed_end
lookup_run(struct lookup *ask, struct err *err)
{
    lookup_drop(ask->deed.it, ask);
    return deed_do(&ask->deed, lookup_do, ask, err);
}
