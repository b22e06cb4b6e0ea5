#include "deeds/write.h"

#include "deeds/deed_priv.h"

void
write_need(struct write *ask)
{
    ask->deed.weight = DEED_GROWS;
    deed_need_person(&ask->deed, ask->subject, &ask->category, 1);
    struct values_part *part = values_part(ask->values, ask->category);
    if (part != NULL)
        lookup_values_need(&ask->deed, part);
}

void
write_need_more(struct write *ask)
{
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    struct subject subject;
    bool there = false;
    struct err ignored; /* the deed itself will meet it again */
    if (!rows_far(it->txn) ||
        !subject_look(it, &it->scratch, ask->subject, &subject, &there, &ignored) || !there)
        return;
    int64_t sn = subject.person.sn;
    uint16_t number = it->catalogue->category[ask->category];
    const struct val last[] = {val_int(sn), val_int(number)};
    const struct val one[] = {val_int(sn), val_int(number), val_int((int64_t)ask->rec - 1), val_int(1)};
    if (ask->make && it->policy->categories[ask->category].many)
        rows_ahead(it->txn, SQL_record_last, last, 2);
    else
        rows_ahead(it->txn, SQL_record_of_category, one, 4);
    if (deed->purpose >= 0) {
        const struct val consent[] = {val_int(sn), val_int(it->catalogue->purpose[deed->purpose])};
        if (it->policy->purposes[deed->purpose].basis == BASIS_CONSENT)
            rows_ahead(it->txn, SQL_consent_get, consent, 2);
    }
    keys_need_rows(it->txn, &subject.person, number);
    keep_need(it, sn, ask->category);
}

static enum deed_end
end_of(const struct err *err)
{
    return err_http_status(err->code) >= 500 ? DEED_FAILED : DEED_BAD;
}

/* What is there now; version 0 when nothing is. */
static bool
present(struct write *ask, const struct person *who, struct record_fields *ret,
        uint64_t *ret_version, int64_t *ret_created_us, struct err *err)
{
    struct instance *it = ask->deed.it;
    const struct val in[] = {val_int(who->sn), val_int(it->catalogue->category[ask->category]),
                             val_int((int64_t)ask->rec - 1), val_int(1)};
    struct val out[8];
    bool found = false;
    if (!rows_one(it->txn, ask->deed.arena, SQL_record_of_category, in, 4, out, 8, &found, err))
        return false;
    *ret_version = 0;
    if (!found || (uint64_t)out[0].i != ask->rec)
        return true;
    const struct shelf_row row = {
        .rec = ask->rec, .version = (uint64_t)out[1].i, .sealed = out[7].s};
    *ret_version = row.version;
    *ret_created_us = out[3].i;
    return shelf_open(it, ask->deed.arena, who, ask->category, &row, ret, err);
}

static enum deed_end
version_fits(const struct write *ask, uint64_t version, struct err *err)
{
    if (ask->make && version != 0) {
        err_set(err, ERR_CONFLICT, "this person has that record already; correct it instead");
        return DEED_BAD;
    }
    if (ask->make)
        return DEED_DONE;
    if (version == 0)
        return DEED_ABSENT;
    if (!ask->has_version) {
        err_set(err, ERR_NEED_IF_MATCH, "name the version you correct in If-Match");
        err_place(err, "If-Match");
        return DEED_BAD;
    }
    if (ask->version != version) {
        err_set(err, ERR_PRECONDITION, "the record is at version %llu now",
                (unsigned long long)version);
        err_place(err, "If-Match");
        return DEED_BAD;
    }
    return DEED_DONE;
}

/* Where a new record comes to lie, and the version of the one it replaces there; 0: none. */
static bool
place_new(struct write *ask, const struct person *who, uint64_t *ret_version, struct err *err)
{
    const struct policy_category *cat = &ask->deed.it->policy->categories[ask->category];
    ask->rec = 0;
    if (!cat->many)
        return true;
    if (!shelf_last(ask->deed.it, who->sn, ask->category, &ask->rec, ret_version, err))
        return false;
    if (!cat->latest || ask->rec == 0)
        ask->rec++;
    return true;
}

static enum deed_end
write_do(void *arg, struct err *err)
{
    struct write *ask = arg;
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    struct values_part *part = values_part(ask->values, ask->category);
    struct subject subject;
    bool there = false;
    if (!subject_find(it, &it->scratch, ask->subject, &subject, &there, err))
        return DEED_FAILED;
    const char *act = ask->make ? "make" : "correct";
    struct policy_question q;
    deed_question(deed, ACT_WRITE, ask->category, there ? &subject : NULL, &q);
    q.fields = part->set | part->clear;
    if (!there)
        return deed_nobody(deed, &q, act, ask->subject, err);
    if (deed->purpose >= 0 && it->policy->purposes[deed->purpose].basis == BASIS_CONSENT &&
        !consent_load(it, &subject.person, deed->purpose, &q.consent, err))
        return DEED_FAILED;
    struct policy_verdict verdict;
    policy_decide(it->policy, &q, &verdict);
    struct note note = {.about = &subject.person,
                        .event = LEDGER_WRITE,
                        .rule = verdict.rule,
                        .act = act,
                        .category = ask->category,
                        .has_rec = it->policy->categories[ask->category].many,
                        .rec = ask->rec,
                        .fields = q.fields,
                        .purpose_about = POLICY_NONE};
    if (verdict.answer == ANSWER_REFUSE)
        return deed_refuse(deed, &q, &verdict, &note, err);
    deed_try(deed, &note);
    if (!policy_kind_is(it->policy, subject.kind, it->policy->categories[ask->category].kind)) {
        err_set(err, ERR_INVALID, "people of this kind have no %.*s",
                SPAN_FMT(it->policy->categories[ask->category].name));
        return DEED_BAD;
    }
    struct record_fields *fields = ARENA_NEW(deed->arena, struct record_fields);
    if (fields == NULL) {
        err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
        return DEED_BAD;
    }
    uint64_t version = 0;
    int64_t created_us = it->now_us;
    if (ask->make && !place_new(ask, &subject.person, &version, err))
        return DEED_FAILED;
    /* A new one of many lies in a place that was found empty just now, or whose record it replaces. */
    bool fresh = ask->make && it->policy->categories[ask->category].many;
    if (!fresh && !present(ask, &subject.person, fields, &version, &created_us, err))
        return DEED_FAILED;
    enum deed_end fits = fresh ? DEED_DONE : version_fits(ask, version, err);
    if (fits == DEED_ABSENT)
        return deed_nothing(deed, &note, "this person has no such record", err);
    if (fits != DEED_DONE)
        return fits;
    const struct policy_category *cat = &it->policy->categories[ask->category];
    for (int bit = 0; bit < cat->field_count; bit++)
        if (part->set >> bit & 1)
            fields->value[bit] = part->value[bit];
    fields->present = (fields->present | part->set) & ~part->clear;
    const struct shelf_put put = {.who = &subject.person,
                                  .category = ask->category,
                                  .rec = ask->rec,
                                  .version = version + 1,
                                  .created_us = created_us,
                                  .fields = fields};
    if (!shelf_write(it, deed->arena, &put, err) ||
        !shelf_index(it, subject.person.sn, ask->category, q.fields, fields, part->index, err))
        return end_of(err);
    note.rec = ask->rec;
    ask->new_version = put.version;
    ask->sn = subject.person.sn;
    return deed_record(deed, &note, err) ? DEED_DONE : DEED_FAILED;
}

enum deed_end
write_run(struct write *ask, struct err *err)
{
    ask->deed.weight = DEED_GROWS;
    return deed_do(&ask->deed, write_do, ask, err);
}
