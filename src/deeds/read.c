#include "deeds/read.h"

#include "deeds/deed_priv.h"
#include "policy/value.h"

void
read_need(struct read *ask)
{
    deed_need_person(&ask->deed, ask->subject, &ask->category, 1);
}

/* Columns of record_read. */
enum { R_SN, R_KIND, R_STATE, R_RESTRICTED, R_CONSENT, R_CONSENT_AT, R_TEXT, R_VERSION, R_POLICY,
       R_CREATED, R_CHANGED, R_LEAST, R_DUE, R_SEALED, R_COUNT };

static enum deed_end
read_do(void *arg, struct err *err)
{
    struct read *ask = arg;
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    uint16_t category = it->catalogue->category[ask->category];
    int purpose = deed->purpose < 0 ? 0 : it->catalogue->purpose[deed->purpose];
    const struct val in[] = {val_blob(ask->subject, 16), val_int(purpose), val_int(category),
                             val_int((int64_t)ask->rec)};
    struct val row[R_COUNT];
    bool found = false;
    if (!rows_one(it->txn, deed->arena, SQL_record_read, in, 4, row, R_COUNT, &found, err))
        return DEED_FAILED;
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
}

static bool
found_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct lookup *ask = ctx;
    if (row[0].s.n == 16)
        memcpy(ask->found[ask->found_count++], row[0].s.p, 16);
    return true;
}

static bool
found_load(struct lookup *ask, struct err *err)
{
    struct instance *it = ask->deed.it;
    bool unique = it->policy->fields[ask->field].lookup == LOOKUP_UNIQUE;
    const struct val in[] = {val_int(it->catalogue->field[ask->field]), val_blob(ask->index, 16),
                             val_int(0), val_int(64)};
    ask->found_count = 0;
    return unique ? rows_each(it->txn, SQL_lookup_unique_get, in, 2, 2, 1, found_row, ask, err)
                  : rows_each(it->txn, SQL_lookup_plain_get, in, 4, 2, 64, found_row, ask, err);
}

/* The question about one person who was found; with consent as it stands. */
static bool
found_decide(struct lookup *ask, const uint8_t id[16], struct policy_question *q,
             struct subject *subject, struct policy_verdict *verdict, bool *ret_there,
             struct err *err)
{
    struct instance *it = ask->deed.it;
    const struct policy_field *field = &it->policy->fields[ask->field];
    if (!subject_find(it, &it->scratch, id, subject, ret_there, err) || !*ret_there)
        return err->code == ERR_OK;
    deed_question(&ask->deed, ACT_READ, field->category, subject, q);
    q->fields = UINT64_C(1) << field->bit;
    if (ask->deed.purpose >= 0) {
        const struct val in[] = {val_int(subject->person.sn),
                                 val_int(it->catalogue->purpose[ask->deed.purpose])};
        struct val out[5];
        bool found = false;
        if (!rows_one(it->txn, &it->scratch, SQL_consent_get, in, 2, out, 5, &found, err))
            return false;
        if (found)
            q->consent = consent_effective(it->policy, out[0].i, out[3].i, out[1].i, it->now_us);
    }
    policy_decide(it->policy, q, verdict);
    return true;
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
    if (!found_load(ask, err))
        return DEED_FAILED;
    int kept = 0;
    for (int i = 0; i < ask->found_count; i++) {
        struct subject subject;
        bool there = false;
        err_clear(err);
        if (!found_decide(ask, ask->found[i], &q, &subject, &verdict, &there, err))
            return DEED_FAILED;
        if (!there)
            continue;
        bool refused = verdict.answer == ANSWER_REFUSE;
        struct note one = note;
        one.about = &subject.person;
        one.rule = verdict.rule;
        one.event = refused ? LEDGER_REFUSED : LEDGER_READ;
        one.decision = refused ? LEDGER_DENY : LEDGER_ALLOW;
        if (!deed_record(deed, &one, err))
            return DEED_FAILED;
        if (!refused)
            memmove(ask->found[kept++], ask->found[i], 16);
    }
    bool recorded = ask->found_count > 0 && deed->receipt.written;
    ask->found_count = kept;
    if (kept > 0)
        return DEED_DONE;
    /* Not there and not allowed look alike. */
    if (!recorded)
        return deed_absent(deed, "look-up", "nobody was found", err);
    err_set(err, ERR_NOT_FOUND, "nobody was found");
    return DEED_ABSENT;
}

enum deed_end
lookup_run(struct lookup *ask, struct err *err)
{
    return deed_do(&ask->deed, lookup_do, ask, err);
}
