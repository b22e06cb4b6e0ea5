#include "deeds/erase.h"

#include "actors/token.h"
#include "crypt/crypt.h"
#include "deeds/deed_priv.h"

void
erase_need(struct erase *ask)
{
    ask->deed.weight = DEED_FREES;
    if (ask->category >= 0)
        deed_need_person(&ask->deed, ask->subject, &ask->category, 1);
    else
        deed_need_person(&ask->deed, ask->subject, NULL, 0);
}

void
erase_tombstone(const uint8_t subject[16], uint8_t ret[32])
{
    const struct span parts[] = {SPAN("troth-tomb-v1\0\0\0"), span_of(subject, 16)};
    crypt_sha256(parts, 2, ret);
}

bool
erase_category(struct instance *it, const struct person *who, uint16_t category, bool purge,
               struct err *err)
{
    const struct val in[] = {val_int(who->sn), val_int(category)};
    it->destroyed = true;
    it->sweep_more |= purge;
    if (!keys_destroy(it->keys, it->txn, who, category, err))
        return false;
    /* An old key that waited for its end has it now. What waits would end the next key in its place. */
    for (int generation = 0; generation < 2; generation++) {
        const struct val old[] = {val_int(who->sn), val_int(purge_old_key(category, generation))};
        if (!rows_run(it->txn, SQL_purge_delete, old, 2, NULL, err))
            return false;
    }
    return !purge || rows_run(it->txn, SQL_purge_put, in, 2, NULL, err);
}

bool
erase_person_rows(struct instance *it, const struct person *who, struct err *err)
{
    const struct val in[] = {val_int(who->sn)};
    unique_gone(it, who->sn);
    return rows_run(it->txn, SQL_lookup_unique_erase, in, 1, NULL, err) &&
           rows_run(it->txn, SQL_lookup_plain_erase, in, 1, NULL, err) &&
           rows_run(it->txn, SQL_consent_erase, in, 1, NULL, err) &&
           rows_run(it->txn, SQL_event_erase, in, 1, NULL, err) &&
           rows_run(it->txn, SQL_idempotency_erase, in, 1, NULL, err) &&
           token_erase(it->txn, who->sn, err);
}

static bool
held_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct erase *ask = ctx;
    ask->held[ask->held_count].category = catalogue_category(ask->deed.it->catalogue, row[0].i);
    ask->held[ask->held_count].number = (uint16_t)row[0].i;
    ask->held[ask->held_count].until_us = row[1].i;
    ask->held_count++;
    return true;
}

static bool
held_load(struct erase *ask, const struct person *who, struct err *err)
{
    const struct val in[] = {val_int(who->sn), val_int(ask->deed.it->now_us),
                             val_int(LIMIT_POLICY_CATEGORIES)};
    ask->held_count = 0;
    return rows_each(ask->deed.it->txn, SQL_record_held, in, 3, 2,
                     LIMIT_POLICY_CATEGORIES, held_row, ask, err);
}

static bool
is_held(const struct erase *ask, uint16_t number)
{
    for (int i = 0; i < ask->held_count; i++)
        if (ask->held[i].number == number)
            return true;
    return false;
}

uint32_t
erase_held_rule(const struct policy *policy, int category)
{
    int keep = category == POLICY_NONE ? POLICY_NONE : policy->categories[category].keep;
    return keep == POLICY_NONE ? RULE_RETENTION : (uint32_t)policy->keeps[keep].rule;
}

/* What the law keeps has its own line, with the rule that keeps it. */
static bool
record_holds(struct erase *ask, const struct person *who, struct err *err)
{
    const struct policy *policy = ask->deed.it->policy;
    for (int i = 0; i < ask->held_count; i++) {
        const struct note note = {.about = who,
                                  .event = LEDGER_HOLD,
                                  .rule = erase_held_rule(policy, ask->held[i].category),
                                  .act = "hold",
                                  .category = ask->held[i].category,
                                  .purpose_about = POLICY_NONE};
        if (!deed_record(&ask->deed, &note, err))
            return false;
    }
    return true;
}

static enum deed_end
erase_person(struct erase *ask, const struct subject *subject, const struct note *note,
             struct err *err)
{
    struct instance *it = ask->deed.it;
    const struct person *who = &subject->person;
    if (!held_load(ask, who, err) || !record_holds(ask, who, err))
        return DEED_FAILED;
    struct note done = *note;
    done.event = LEDGER_ERASED;
    done.tombstone = ask->held_count == 0;
    if (!deed_record(&ask->deed, &done, err))
        return DEED_FAILED;
    uint16_t *categories = ARENA_ARRAY(ask->deed.arena, uint16_t, ERASE_CATEGORIES_MAX);
    size_t count = 0;
    if (categories == NULL) {
        err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
        return DEED_FAILED;
    }
    if (!keys_categories(it->txn, who->sn, categories, ERASE_CATEGORIES_MAX, &count, err))
        return DEED_FAILED;
    for (size_t i = 0; i < count; i++) {
        /* While something is held, what happens to it is still told to nobody but must stay provable. */
        bool keep = is_held(ask, categories[i]) ||
                    (categories[i] == CATEGORY_LEDGER && ask->held_count > 0);
        if (!keep && !erase_category(it, who, categories[i], true, err))
            return DEED_FAILED;
    }
    if (!erase_person_rows(it, who, err))
        return DEED_FAILED;
    ask->all = ask->held_count == 0;
    const struct val state[] = {val_int(who->sn),
                                val_int(ask->all ? PERSON_ERASED : PERSON_HELD)};
    return rows_run(it->txn, SQL_subject_state_set, state, 2, NULL, err) ? DEED_DONE : DEED_FAILED;
}

/* A minimum period the law sets is not over. */
static enum deed_end
refuse_held(struct erase *ask, const struct policy_question *q, const struct note *note,
            int64_t until_us, struct err *err)
{
    const struct policy *policy = ask->deed.it->policy;
    const struct policy_verdict no = {
        .rule = erase_held_rule(policy, ask->category)};
    enum deed_end end = deed_refuse(&ask->deed, q, &no, note, err);
    if (end == DEED_REFUSED) {
        struct err why = *err;
        err_set(err, ERR_REFUSED, "the law wants this kept; it will be erased by itself later");
        err_rule(err, why.rule);
    }
    ask->held[0].category = ask->category;
    ask->held[0].until_us = until_us;
    ask->held_count = 1;
    return end;
}

static enum deed_end
erase_one_category(struct erase *ask, const struct subject *subject,
                   const struct policy_question *q, const struct note *note, struct err *err)
{
    struct instance *it = ask->deed.it;
    uint16_t number = it->catalogue->category[ask->category];
    if (!held_load(ask, &subject->person, err))
        return DEED_FAILED;
    for (int i = 0; i < ask->held_count; i++)
        if (ask->held[i].category == ask->category)
            return refuse_held(ask, q, note, ask->held[i].until_us, err);
    ask->held_count = 0;
    /* The person lives on and may fill this category again: its rows go now, not in steps. */
    if (!erase_category(it, &subject->person, number, false, err))
        return DEED_FAILED;
    const struct val rows[] = {val_int(subject->person.sn), val_int(number)};
    struct record_fields *none = ARENA_NEW(ask->deed.arena, struct record_fields);
    if (none == NULL || !rows_run(it->txn, SQL_record_category_delete, rows, 2, NULL, err) ||
        !shelf_index(it, subject->person.sn, ask->category,
                     it->policy->categories[ask->category].lookups, none, NULL, err))
        return DEED_FAILED;
    struct note done = *note;
    done.event = LEDGER_ERASED;
    return deed_record(&ask->deed, &done, err) ? DEED_DONE : DEED_FAILED;
}

static enum deed_end
erase_one_record(struct erase *ask, const struct subject *subject,
                 const struct policy_question *q, const struct note *note, struct err *err)
{
    struct instance *it = ask->deed.it;
    const struct val in[] = {val_int(subject->person.sn),
                             val_int(it->catalogue->category[ask->category]),
                             val_int((int64_t)ask->rec - 1), val_int(1)};
    struct val out[8];
    bool found = false;
    if (!rows_one(it->txn, &it->scratch, SQL_record_of_category, in, 4, out, 8, &found, err))
        return DEED_FAILED;
    struct note done = *note;
    done.event = LEDGER_ERASE_ASKED;
    if (!found || (uint64_t)out[0].i != ask->rec)
        return deed_nothing(&ask->deed, &done, "this person has no such record", err);
    done.event = LEDGER_ERASED;
    if (out[5].kind == VAL_INT && out[5].i > it->now_us)
        return refuse_held(ask, q, note, out[5].i, err);
    const struct shelf_renew renew = {.who = &subject->person,
                                      .category = ask->category,
                                      .skip = &ask->rec,
                                      .skip_count = 1};
    it->sweep_more = true;
    if (!shelf_renew(it, ask->deed.arena, &renew, err))
        return err->code == ERR_CONFLICT ? DEED_BAD : DEED_FAILED;
    return deed_record(&ask->deed, &done, err) ? DEED_DONE : DEED_FAILED;
}

static enum deed_end
erase_do(void *arg, struct err *err)
{
    struct erase *ask = arg;
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    struct subject subject;
    bool there = false;
    if (!subject_find(it, &it->scratch, ask->subject, &subject, &there, err))
        return DEED_FAILED;
    struct policy_question q;
    deed_question(deed, ACT_ERASE, ask->category, there ? &subject : NULL, &q);
    if (!there)
        return deed_nobody(deed, &q, "erase", ask->subject, err);
    struct policy_verdict verdict;
    policy_decide(it->policy, &q, &verdict);
    const struct note note = {.about = &subject.person,
                              .rule = verdict.rule,
                              .act = "erase",
                              .category = ask->category,
                              .has_rec = ask->has_rec,
                              .rec = ask->rec,
                              .purpose_about = POLICY_NONE};
    if (verdict.answer == ANSWER_REFUSE)
        return deed_refuse(deed, &q, &verdict, &note, err);
    deed_try(deed, &note);
    if (ask->category == POLICY_NONE)
        return erase_person(ask, &subject, &note, err);
    return ask->has_rec && it->policy->categories[ask->category].many
               ? erase_one_record(ask, &subject, &q, &note, err)
               : erase_one_category(ask, &subject, &q, &note, err);
}

enum deed_end
erase_run(struct erase *ask, struct err *err)
{
    ask->deed.weight = DEED_FREES;
    return deed_do(&ask->deed, erase_do, ask, err);
}
