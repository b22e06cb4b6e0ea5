#include "deeds/consent.h"

#include "crypt/crypt.h"
#include "deeds/deed_priv.h"
#include "wire/text.h"

enum policy_consent_state
consent_effective(const struct policy *policy, int64_t state, int64_t at_us, int64_t text_version,
                  int64_t now_us)
{
    const struct policy_consent *terms = &policy->consent;
    switch (state) {
    case CONSENT_GIVEN:
        if (text_version < terms->text_version)
            return CONSENT_NONE; /* they agreed to another text */
        if (terms->renew_after.set && policy_time_add(&terms->renew_after, at_us) <= now_us)
            return CONSENT_NONE;
        return CONSENT_GIVEN;
    case CONSENT_PENDING:
        if (text_version < terms->text_version)
            return CONSENT_NONE; /* the code was sent with other words */
        if (terms->confirm_within.set && policy_time_add(&terms->confirm_within, at_us) <= now_us)
            return CONSENT_NONE;
        return CONSENT_PENDING;
    case CONSENT_WITHDRAWN:
        return CONSENT_WITHDRAWN;
    default:
        return CONSENT_NONE;
    }
}

struct stored {
    int64_t state, text_version, at_us;
    struct span code;
    bool found;
};

static bool
stored_load(struct instance *it, struct arena *arena, int64_t sn, int purpose, struct stored *ret,
            struct err *err)
{
    const struct val in[] = {val_int(sn), val_int(it->catalogue->purpose[purpose])};
    struct val out[5];
    if (!rows_one(it->txn, arena, SQL_consent_get, in, 2, out, 5, &ret->found, err))
        return false;
    if (ret->found)
        *ret = (struct stored){.state = out[0].i,
                               .text_version = out[1].i,
                               .at_us = out[3].i,
                               .code = out[4].kind == VAL_BLOB ? out[4].s : SPAN_NONE,
                               .found = true};
    return true;
}

bool
consent_load(struct instance *it, const struct person *who, int purpose,
             enum policy_consent_state *ret, struct err *err)
{
    struct stored stored = {0};
    if (!stored_load(it, &it->scratch, who->sn, purpose, &stored, err))
        return false;
    *ret = stored.found ? consent_effective(it->policy, stored.state, stored.at_us,
                                            stored.text_version, it->now_us)
                        : CONSENT_NONE;
    return true;
}

static enum deed_weight
weight_of(const struct consent *ask)
{
    return ask->what == CONSENT_GIVE ? DEED_GROWS : ask->what == CONSENT_SEE ? DEED_READS : DEED_FREES;
}

void
consent_need(struct consent *ask)
{
    ask->deed.weight = weight_of(ask);
    deed_need_person(&ask->deed, ask->subject, NULL, 0);
}

static bool
stored_put(struct instance *it, int64_t sn, int purpose, enum policy_consent_state state,
           const uint8_t *code_hash, struct err *err)
{
    const struct val in[] = {val_int(sn),
                             val_int(it->catalogue->purpose[purpose]),
                             val_int(state),
                             val_int((int64_t)it->policy->consent.text_version),
                             val_int(it->policy_no),
                             val_int(it->now_us),
                             code_hash == NULL ? val_null() : val_blob(code_hash, 32)};
    return rows_run(it->txn, SQL_consent_set, in, 7, NULL, err);
}

static void
row_add(struct consent *ask, int purpose, enum policy_consent_state state, int64_t at_us,
        int64_t text_version)
{
    if (ask->row_count == CONSENT_ROWS_MAX)
        return;
    ask->rows[ask->row_count++] = (struct consent_row){
        .purpose = purpose,
        .state = state,
        .at_us = at_us,
        .text_version = text_version,
        .stands = consent_effective(ask->deed.it->policy, state, at_us, text_version,
                                    ask->deed.it->now_us) == CONSENT_GIVEN};
}

/* Pending, with a fresh code whose hash is kept. */
static bool
give_pending(struct consent *ask, const struct person *who, struct err *err)
{
    uint8_t secret[15], hash[32];
    crypt_random(secret, sizeof secret);
    struct buf buf;
    buf_init(&buf, ask->confirm, sizeof ask->confirm - 1);
    base64url_put(&buf, secret, sizeof secret);
    ask->confirm[buf.n] = '\0';
    struct span text = buf_span(&buf);
    crypt_sha256(&text, 1, hash);
    return stored_put(ask->deed.it, who->sn, ask->about, CONSENT_PENDING, hash, err);
}

/* Records that are kept until this consent is taken back count from it anew, or no more. */
static bool
redate(struct consent *ask, const struct person *who, struct err *err)
{
    struct instance *it = ask->deed.it;
    for (int i = 0; i < it->policy->keep_count; i++) {
        const struct policy_keep *keep = &it->policy->keeps[i];
        if (keep->event == EVENT_WITHDRAWN && keep->purpose == ask->about &&
            !keep_redate(it, ask->deed.arena, who->sn, keep, err))
            return false;
    }
    return true;
}

static enum deed_end
give(struct consent *ask, const struct person *who, const struct note *note, struct err *err)
{
    struct instance *it = ask->deed.it;
    const struct policy_purpose *purpose = &it->policy->purposes[ask->about];
    struct stored stored = {0};
    if (!stored_load(it, ask->deed.arena, who->sn, ask->about, &stored, err))
        return DEED_FAILED;
    enum policy_consent_state now =
        stored.found ? consent_effective(it->policy, stored.state, stored.at_us,
                                         stored.text_version, it->now_us)
                     : CONSENT_NONE;
    enum policy_consent_state next = CONSENT_GIVEN;
    /* Who agreed twice is not made to agree longer by a program's word alone: the first day stays. */
    bool stands = purpose->double_opt_in && now == CONSENT_GIVEN;
    if (purpose->double_opt_in && !stands) {
        uint8_t hash[32];
        crypt_sha256(&ask->code, 1, hash);
        bool fits = ask->code.n > 0 && now == CONSENT_PENDING && stored.code.n == 32 &&
                    crypt_equal(hash, stored.code.p, 32);
        if (ask->code.n > 0 && !fits) {
            err_set(err, ERR_INVALID, "this confirmation code is not, or no longer, good");
            err_place(err, "/confirm");
            return DEED_BAD;
        }
        next = fits ? CONSENT_GIVEN : CONSENT_PENDING;
    }
    bool put = stands || (next == CONSENT_PENDING
                             ? give_pending(ask, who, err)
                             : stored_put(it, who->sn, ask->about, CONSENT_GIVEN, NULL, err));
    if (!put || (next == CONSENT_GIVEN && !redate(ask, who, err)))
        return DEED_FAILED;
    struct note done = *note;
    done.event = next == CONSENT_PENDING ? LEDGER_WRITE : LEDGER_CONSENT_GIVEN;
    done.word = stands ? SPAN("stands") : next == CONSENT_PENDING ? SPAN("asked") : SPAN("given");
    row_add(ask, ask->about, next, stands ? stored.at_us : it->now_us,
            stands ? stored.text_version : (int64_t)it->policy->consent.text_version);
    return deed_record(&ask->deed, &done, err) ? DEED_DONE : DEED_FAILED;
}

static enum deed_end
take_back(struct consent *ask, const struct person *who, const struct note *note, struct err *err)
{
    struct instance *it = ask->deed.it;
    if (!stored_put(it, who->sn, ask->about, CONSENT_WITHDRAWN, NULL, err) ||
        !redate(ask, who, err))
        return DEED_FAILED;
    struct note done = *note;
    done.event = LEDGER_CONSENT_WITHDRAWN;
    row_add(ask, ask->about, CONSENT_WITHDRAWN, it->now_us,
            (int64_t)it->policy->consent.text_version);
    return deed_record(&ask->deed, &done, err) ? DEED_DONE : DEED_FAILED;
}

static bool
see_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct consent *ask = ctx;
    int purpose = catalogue_purpose(ask->deed.it->catalogue, row[0].i);
    if (purpose != POLICY_NONE)
        row_add(ask, purpose, (enum policy_consent_state)row[1].i, row[4].i, row[2].i);
    return true;
}

static enum deed_end
see(struct consent *ask, const struct person *who, const struct note *note, struct err *err)
{
    const struct val in[] = {val_int(who->sn), val_int(CONSENT_ROWS_MAX)};
    struct stored stored = {0};
    if (ask->about == POLICY_NONE &&
        !rows_each(ask->deed.it->txn, SQL_consent_of_subject, in, 2, 5, CONSENT_ROWS_MAX, see_row,
                   ask, err))
        return DEED_FAILED;
    if (ask->about != POLICY_NONE) {
        if (!stored_load(ask->deed.it, ask->deed.arena, who->sn, ask->about, &stored, err))
            return DEED_FAILED;
        row_add(ask, ask->about, (enum policy_consent_state)stored.state, stored.at_us,
                stored.text_version); /* none: all zero */
    }
    struct note done = *note;
    done.event = LEDGER_READ;
    return deed_record(&ask->deed, &done, err) ? DEED_DONE : DEED_FAILED;
}

static enum deed_end
consent_do(void *arg, struct err *err)
{
    struct consent *ask = arg;
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    static const char *const acts[] = {[CONSENT_GIVE] = "consent",
                                       [CONSENT_TAKE_BACK] = "withdraw",
                                       [CONSENT_SEE] = "see-consents"};
    ask->row_count = 0;
    ask->confirm[0] = '\0';
    struct subject subject;
    bool there = false;
    if (!subject_find(it, &it->scratch, ask->subject, &subject, &there, err))
        return DEED_FAILED;
    struct policy_question q;
    deed_question(deed, ACT_CONSENT, POLICY_NONE, there ? &subject : NULL, &q);
    if (!there)
        return deed_nobody(deed, &q, acts[ask->what], ask->subject, err);
    struct policy_verdict verdict;
    policy_decide(it->policy, &q, &verdict);
    const struct note note = {.about = &subject.person,
                              .rule = verdict.rule,
                              .act = acts[ask->what],
                              .category = POLICY_NONE,
                              .purpose_about = ask->about};
    if (verdict.answer == ANSWER_REFUSE)
        return deed_refuse(deed, &q, &verdict, &note, err);
    deed_try(deed, &note);
    if (ask->what == CONSENT_SEE)
        return see(ask, &subject.person, &note, err);
    if (it->policy->purposes[ask->about].basis != BASIS_CONSENT) {
        err_set(err, ERR_INVALID, "%.*s does not rest on consent, so it can neither be given nor "
                                  "withdrawn",
                SPAN_FMT(it->policy->purposes[ask->about].name));
        return DEED_BAD;
    }
    return ask->what == CONSENT_GIVE ? give(ask, &subject.person, &note, err)
                                     : take_back(ask, &subject.person, &note, err);
}

enum deed_end
consent_run(struct consent *ask, struct err *err)
{
    ask->deed.weight = weight_of(ask);
    return deed_do(&ask->deed, consent_do, ask, err);
}

void
person_set_need(struct person_set *ask)
{
    ask->deed.weight = DEED_FREES; /* an event may be what an erasure waits for */
    deed_need_person(&ask->deed, ask->subject, NULL, 0);
}

static bool
event_set(struct person_set *ask, const struct person *who, struct err *err)
{
    struct instance *it = ask->deed.it;
    const struct val in[] = {val_int(who->sn), val_int(it->catalogue->event[ask->event]),
                             val_int(it->now_us)};
    if (!rows_run(it->txn, SQL_event_set, in, 3, NULL, err))
        return false;
    for (int i = 0; i < it->policy->keep_count; i++) {
        const struct policy_keep *keep = &it->policy->keeps[i];
        if (keep->event == EVENT_NAMED && keep->named == ask->event &&
            !keep_redate(it, ask->deed.arena, who->sn, keep, err))
            return false;
    }
    return true;
}

static enum deed_end
person_set_do(void *arg, struct err *err)
{
    struct person_set *ask = arg;
    struct deed *deed = &ask->deed;
    struct instance *it = deed->it;
    const char *act = ask->restriction ? (ask->on ? "restrict" : "lift-restriction") : "event";
    struct subject subject;
    bool there = false;
    if (!subject_find(it, &it->scratch, ask->subject, &subject, &there, err))
        return DEED_FAILED;
    if (!ask->restriction && deed->purpose == POLICY_NONE)
        deed->purpose = PURPOSE_RETENTION; /* what telling an event is for */
    struct policy_question q;
    deed_question(deed, ask->restriction ? ACT_RESTRICT : ACT_EVENT, POLICY_NONE,
                  there ? &subject : NULL, &q);
    q.event = ask->event;
    if (!there)
        return deed_nobody(deed, &q, act, ask->subject, err);
    struct policy_verdict verdict;
    policy_decide(it->policy, &q, &verdict);
    const struct note note = {.about = &subject.person,
                              .event = LEDGER_WRITE,
                              .rule = verdict.rule,
                              .act = act,
                              .category = POLICY_NONE,
                              .purpose_about = POLICY_NONE,
                              .word = ask->restriction ? SPAN("") : it->policy->events[ask->event]};
    if (verdict.answer == ANSWER_REFUSE)
        return deed_refuse(deed, &q, &verdict, &note, err);
    const struct val restricted[] = {val_int(subject.person.sn), val_int(ask->on)};
    bool done = ask->restriction
                    ? rows_run(it->txn, SQL_subject_restricted_set, restricted, 2, NULL, err)
                    : event_set(ask, &subject.person, err);
    return done && deed_record(deed, &note, err) ? DEED_DONE : DEED_FAILED;
}

enum deed_end
person_set_run(struct person_set *ask, struct err *err)
{
    ask->deed.weight = DEED_FREES;
    return deed_do(&ask->deed, person_set_do, ask, err);
}
