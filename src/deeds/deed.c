#include "deeds/deed_priv.h"

#include "base/log.h"
#include "crypt/crypt.h"
#include "wire/json.h"

#include <stdio.h>

enum { DETAIL_PLAIN = 640 + 2 * LIMIT_TASK + 6 * LIMIT_POLICY_NAME };

bool
deed_id_read(struct span hex, uint8_t ret[16])
{
    /* One writing only: the id is compared and logged nowhere else, but two writings of one address confuse. */
    for (size_t i = 0; i < hex.n; i++)
        if (hex.p[i] >= 'A' && hex.p[i] <= 'F')
            return false;
    return hex_get(hex, ret, 16);
}

static struct span
role_name(const struct deed *deed)
{
    switch (deed->caller->role) {
    case ACTOR_SUBJECT:
        return SPAN("the person");
    case ACTOR_SYSTEM:
        return SPAN("system");
    case ACTOR_OPERATOR:
        return SPAN("operator");
    default:
        return deed->it->policy->roles[deed->caller->role].name;
    }
}

static struct span
purpose_name(const struct deed *deed)
{
    if (deed->purpose == PURPOSE_RIGHTS)
        return SPAN("rights");
    if (deed->purpose == PURPOSE_RETENTION)
        return SPAN("retention");
    return deed->purpose < 0 ? SPAN("") : deed->it->policy->purposes[deed->purpose].name;
}

/* Of a consent it is the purpose the consent is about, whatever right it was given by: so the ledger alone shows that what
 * rests on consent was consented to. */
static void
purpose_id(const struct deed *deed, const struct note *note, uint8_t ret[16])
{
    memset(ret, 0, 16);
    if (note->purpose_about >= 0 && (note->event == LEDGER_CONSENT_GIVEN || note->event == LEDGER_CONSENT_WITHDRAWN)) {
        memcpy(ret, deed->it->policy->purposes[note->purpose_about].id, 16);
        return;
    }
    if (deed->purpose >= 0) {
        memcpy(ret, deed->it->policy->purposes[deed->purpose].id, 16);
        return;
    }
    struct span name = purpose_name(deed);
    if (name.n == 0)
        return;
    const struct span parts[] = {SPAN("troth-purpose\0"), name};
    uint8_t hash[32];
    crypt_sha256(parts, 2, hash);
    memcpy(ret, hash, 16);
}

/* The keyed hash of the actor's id; asked of keyd once for each actor. */
static bool
actor_ref(struct instance *it, const uint8_t id[16], uint8_t ret[16], struct err *err)
{
    struct aref_slot *slot = &it->arefs[get_be16(id) % AREF_CACHE];
    if (!slot->used || memcmp(slot->id, id, 16) != 0) {
        uint8_t aref[16];
        if (!keyd_actor_ref(it->keyd, id, aref, err))
            return false;
        memcpy(slot->id, id, 16);
        memcpy(slot->aref, aref, 16);
        slot->used = true;
    }
    memcpy(ret, slot->aref, 16);
    return true;
}

/* The canonical detail: JSON with fixed keys in fixed order; what the commitment is over. */
static struct span
detail_write(struct deed *deed, const struct note *note)
{
    const struct policy *policy = deed->it->policy;
    static const char *const answers[] = {"allow", "refuse", "error"};
    /* No larger than it can be: what is taken is wiped again. */
    size_t names = (size_t)__builtin_popcountll(note->fields);
    struct buf buf = arena_buf(deed->arena, DETAIL_PLAIN + names * (LIMIT_POLICY_NAME + 3) + note->word.n);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_u64(&out, "v", 1);
    json_kv_str(&out, "act", note->act);
    json_kv_text(&out, "by", role_name(deed));
    if (deed->purpose != POLICY_NONE)
        json_kv_text(&out, "purpose", purpose_name(deed));
    if (deed->has_task)
        json_kv_text(&out, "task", deed->task_text);
    if (note->category != POLICY_NONE)
        json_kv_text(&out, "category", policy->categories[note->category].name);
    if (note->has_rec)
        json_kv_u64(&out, "record", note->rec);
    if (note->fields != 0 && note->category != POLICY_NONE) {
        const struct policy_category *cat = &policy->categories[note->category];
        json_key(&out, "fields");
        json_begin(&out, '[');
        for (int bit = 0; bit < cat->field_count; bit++)
            if (note->fields >> bit & 1)
                json_text(&out, policy->fields[cat->field_first + bit].name);
        json_end(&out, ']');
    }
    if (note->purpose_about != POLICY_NONE)
        json_kv_text(&out, "about", policy->purposes[note->purpose_about].name);
    if (note->word.n > 0)
        json_kv_text(&out, "what", note->word);
    if (policy != NULL)
        json_kv_text(&out, "rule", policy_rule_name(policy, note->rule));
    json_kv_str(&out, "answer", answers[note->decision]);
    json_end(&out, '}');
    arena_buf_trim(deed->arena, &buf);
    return buf_ok(&buf) ? buf_span(&buf) : SPAN_NONE;
}

bool
deed_record(struct deed *deed, const struct note *note, struct err *err)
{
    struct instance *it = deed->it;
    struct ledger_entry entry = {.event = note->event,
                                 .decision = note->decision,
                                 .rule = note->rule,
                                 .time_us = it->now_us};
    if (deed->caller->staff)
        entry.flags |= LEDGER_FLAG_STAFF;
    if (deed->caller->role == ACTOR_SYSTEM)
        entry.flags |= LEDGER_FLAG_AUTOMATED;
    purpose_id(deed, note, entry.purpose);
    if (it->policy != NULL)
        memcpy(entry.policy, it->policy->hash, 32);
    memcpy(entry.request, deed->request, 16);
    if (!actor_ref(it, deed->caller->id, entry.aref, err))
        return false;

    struct span detail = detail_write(deed, note);
    if (detail.p == NULL)
        return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    uint8_t r[32];
    crypt_random(r, sizeof r);
    const struct span parts[] = {SPAN("troth-dt-v1\0\0\0\0\0"), span_of(r, 32), detail};
    crypt_sha256(parts, 3, entry.detail);

    struct data_key key;
    bool found = false;
    if (note->about != NULL && !keys_get(it->keys, it->txn, note->about, CATEGORY_LEDGER, NULL,
                                         &key, &found, err))
        return false;
    if (found) {
        uint8_t lk[32], number[8], mac[32];
        crypt_kdf(key.key, 1, "trothlgr", lk);
        put_be64(number, ledger_entry_next(it->ledger));
        const struct span ref[] = {SPAN("sref"), span_of(number, 8)};
        crypt_hmac(lk, ref, 2, mac);
        memcpy(entry.sref, mac, 16);
        crypt_wipe(lk, sizeof lk);
    }
    if (note->tombstone)
        erase_tombstone(note->about->id, entry.detail);
    if (!ledger_append(it->ledger, it->txn, &entry, err))
        return false;
    if (found && !note->tombstone &&
        !traces_add(it, note->about, &key, &entry, r, detail, err))
        return false;
    deed->receipt.entry = entry.number;
    memcpy(deed->receipt.commitment, entry.detail, 32);
    deed->receipt.written = true;
    return true;
}

void
deed_question(const struct deed *deed, enum policy_act act, int category,
              const struct subject *subject, struct policy_question *ret)
{
    *ret = (struct policy_question){.act = act,
                                    .role = deed->caller->role,
                                    .purpose = deed->purpose,
                                    .has_task = deed->has_task,
                                    .task = deed->task,
                                    .category = category,
                                    .point = POLICY_NONE,
                                    .event = POLICY_NONE,
                                    .instance = deed->it->kind,
                                    .fields = ~UINT64_C(0)};
    if (subject == NULL)
        return;
    ret->restricted = subject->restricted;
    ret->person = subject->state;
    ret->self = deed->caller->role == ACTOR_SUBJECT &&
                memcmp(deed->caller->subject, subject->person.id, 16) == 0;
}

enum deed_end
deed_refuse(struct deed *deed, const struct policy_question *question,
            const struct policy_verdict *verdict, const struct note *note, struct err *err)
{
    struct note refused = *note;
    refused.event = LEDGER_REFUSED;
    refused.decision = LEDGER_DENY;
    refused.rule = verdict->rule;
    if (!deed_record(deed, &refused, err))
        return DEED_FAILED;
    char mem[ERR_TEXT_MAX];
    struct buf why;
    buf_init(&why, mem, sizeof mem - 1);
    policy_explain(deed->it->policy, question, verdict, &why);
    err_set(err, ERR_REFUSED, "%.*s", (int)why.n, mem);
    char rule[ERR_RULE_MAX];
    if (span_copy(policy_rule_name(deed->it->policy, verdict->rule), rule, sizeof rule))
        err_rule(err, rule);
    deed->it->figures.deeds_refused++;
    return DEED_REFUSED;
}

enum deed_end
deed_nothing(struct deed *deed, const struct note *note, const char *what, struct err *err)
{
    struct note nothing = *note;
    nothing.decision = LEDGER_ERROR;
    if (!deed_record(deed, &nothing, err))
        return DEED_FAILED;
    err_set(err, ERR_NOT_FOUND, "%s", what);
    deed->it->figures.deeds_absent++;
    return DEED_ABSENT;
}

enum deed_end
deed_absent(struct deed *deed, const char *act, const char *what, struct err *err)
{
    const struct note note = {.event = LEDGER_REFUSED,
                              .rule = RULE_STATE,
                              .act = act,
                              .category = POLICY_NONE,
                              .purpose_about = POLICY_NONE};
    return deed_nothing(deed, &note, what, err);
}

enum deed_end
deed_nobody(struct deed *deed, struct policy_question *question, const char *act,
            const uint8_t subject[16], struct err *err)
{
    struct policy_verdict verdict;
    question->consent = CONSENT_GIVEN;
    question->self =
        deed->caller->role == ACTOR_SUBJECT && memcmp(deed->caller->subject, subject, 16) == 0;
    policy_decide(deed->it->policy, question, &verdict);
    const struct note note = {
        .act = act, .category = question->category, .purpose_about = POLICY_NONE};
    return verdict.answer == ANSWER_REFUSE ? deed_refuse(deed, question, &verdict, &note, err)
                                           : deed_absent(deed, act, "there is no such person", err);
}

static enum deed_end
refuse_name(struct deed *deed, uint32_t rule, enum err_code code, const char *text, struct err *err)
{
    const struct note note = {.event = LEDGER_REFUSED,
                              .decision = LEDGER_DENY,
                              .rule = rule,
                              .act = "ask",
                              .category = POLICY_NONE,
                              .purpose_about = POLICY_NONE};
    if (!deed_record(deed, &note, err))
        return DEED_FAILED;
    err_set(err, code, "%s", text);
    char name[ERR_RULE_MAX];
    if (span_copy(policy_rule_name(deed->it->policy, rule), name, sizeof name))
        err_rule(err, name);
    deed->it->figures.deeds_refused++;
    return DEED_REFUSED;
}

enum deed_end
deed_unknown(struct deed *deed, enum err_code code, const char *what, struct span name,
             struct err *err)
{
    char text[ERR_TEXT_MAX];
    /* A name that is none might be anything, a person's data too: only a well-formed one is said back. */
    bool plain = name.n > 0 && name.n <= LIMIT_POLICY_NAME;
    for (size_t i = 0; plain && i < name.n; i++) {
        char c = name.p[i];
        plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    }
    if (plain)
        (void)snprintf(text, sizeof text, "the policy declares no %s \"%.*s\"", what,
                       SPAN_FMT(name));
    else
        (void)snprintf(text, sizeof text, "the policy declares no such %s", what);
    return refuse_name(deed, RULE_CLOSED_WORLD, code, text, err);
}

static bool
task_split(struct span text, struct span *ret_kind)
{
    size_t slash = span_find(text, '/');
    if (slash == 0 || slash + 1 >= text.n || text.n > LIMIT_TASK)
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] <= ' ' || text.p[i] > '~' || text.p[i] == '"' || text.p[i] == '\\')
            return false;
    *ret_kind = span_sub(text, 0, slash);
    return true;
}

enum deed_end
deed_resolve(struct deed *deed, struct err *err)
{
    const struct policy *policy = deed->it->policy;
    deed->purpose = POLICY_NONE;
    deed->task = POLICY_NONE;
    deed->has_task = deed->task_text.n > 0;
    if (deed->has_task) {
        struct span kind;
        if (!task_split(deed->task_text, &kind)) {
            deed->has_task = false;
            err_set(err, ERR_BAD_REQUEST,
                    "Troth-Task is written kind/reference, for example ticket/4711");
            err_place(err, "Troth-Task");
            return DEED_BAD;
        }
        deed->task = policy_task_find(policy, kind);
    }
    if (deed->purpose_name.n == 0) {
        if (deed->caller->role == ACTOR_SUBJECT)
            deed->purpose = PURPOSE_RIGHTS; /* a person over their own data needs no other reason */
        return DEED_DONE;
    }
    if (span_is(deed->purpose_name, "rights")) {
        deed->purpose = PURPOSE_RIGHTS;
        return DEED_DONE;
    }
    deed->purpose = policy_purpose_find(policy, deed->purpose_name);
    if (deed->purpose != POLICY_NONE)
        return DEED_DONE;
    int never = policy_never_find(policy, deed->purpose_name);
    if (never == POLICY_NONE)
        return deed_unknown(deed, ERR_REFUSED, "purpose", deed->purpose_name, err);
    char text[ERR_TEXT_MAX];
    (void)snprintf(text, sizeof text, "the policy promises never to do this: %.*s",
                   SPAN_FMT(policy->nevers[never].name));
    return refuse_name(deed, (uint32_t)policy->nevers[never].rule, ERR_REFUSED, text, err);
}

bool
subject_find(struct instance *it, struct arena *arena, const uint8_t id[16], struct subject *ret,
             bool *ret_found, struct err *err)
{
    return guard_person(it, id, it->changes, err) && subject_look(it, arena, id, ret, ret_found, err);
}

bool
subject_look(struct instance *it, struct arena *arena, const uint8_t id[16], struct subject *ret,
             bool *ret_found, struct err *err)
{
    const struct val in[] = {val_blob(id, 16)};
    struct val out[6];
    bool found = false;
    if (!rows_one(it->txn, arena, SQL_subject_by_id, in, 1, out, 6, &found, err))
        return false;
    *ret_found = found && out[2].i != PERSON_ERASED;
    if (!*ret_found)
        return true;
    ret->person.sn = out[0].i;
    memcpy(ret->person.id, id, 16);
    ret->kind = catalogue_kind(it->catalogue, out[1].i);
    ret->state = (enum policy_person_state)out[2].i;
    ret->restricted = out[3].i != 0;
    ret->created_us = out[4].i;
    return true;
}

void
deed_need_keys(struct instance *it, const struct person *who, const int *categories, size_t count)
{
    uint16_t numbers[1 + DEED_NEED_MAX] = {CATEGORY_LEDGER};
    TROTH_ASSERT(count <= DEED_NEED_MAX);
    for (size_t i = 0; i < count; i++)
        numbers[1 + i] = it->catalogue->category[categories[i]];
    keys_need(it->keys, it->txn, who, numbers, 1 + count);
}

static void
need_look(struct instance *it, const uint8_t subject[16], const int *categories, size_t count)
{
    struct subject found;
    bool there = false;
    struct err ignored; /* the deed itself will meet it again */
    if (subject_look(it, &it->scratch, subject, &found, &there, &ignored) && there)
        deed_need_keys(it, &found.person, categories, count);
}

void
deed_need_person(struct deed *deed, const uint8_t subject[16], const int *categories, size_t count)
{
    struct instance *it = deed->it;
    const struct val in[] = {val_blob(subject, 16)};
    guard_person_need(it, subject, deed->weight != DEED_READS);
    rows_ahead(it->txn, SQL_subject_by_id, in, 1); /* the deed reads it in any case */
    bool all = keys_has(it->keys, subject, CATEGORY_LEDGER);
    for (size_t i = 0; i < count && all; i++)
        all = keys_has(it->keys, subject, it->catalogue->category[categories[i]]);
    if (all)
        return;
    if (!rows_far(it->txn) || it->need_count == NEED_PEOPLE_MAX) {
        need_look(it, subject, categories, count);
        return;
    }
    struct need *need = &it->needs[it->need_count++];
    memcpy(need->subject, subject, 16);
    need->count = count;
    if (count > 0) /* else there may be no list */
        memcpy(need->categories, categories, count * sizeof *categories);
}

void
deed_needs_look(struct instance *it)
{
    for (size_t i = 0; i < it->need_count; i++)
        need_look(it, it->needs[i].subject, it->needs[i].categories, it->needs[i].count);
    it->need_count = 0;
}

/* Nothing was touched, so nothing is recorded. */
static bool
has_room(struct instance *it, enum deed_weight weight, struct err *err)
{
    enum store_room least[] = {[DEED_READS] = STORE_ROOM_LOW,
                               [DEED_GROWS] = STORE_ROOM_PLENTY,
                               [DEED_FREES] = STORE_ROOM_LAST};
    if (it->room <= least[weight])
        return true;
    it->figures.deeds_failed++;
    return err_set(err, ERR_FULL, "the disk is nearly full; what is left is kept for withdrawals and erasures");
}

void
deed_try(struct deed *deed, const struct note *note)
{
    struct instance *it = deed->it;
    it->tried = *note;
    if (note->about != NULL) {
        it->tried_about = *note->about;
        it->tried.about = &it->tried_about;
    }
}

/* A deed that was allowed, looked at data and then changed nothing: its answer told something, so it has its line. */
static enum deed_end
tried_record(struct deed *deed, enum deed_end end, struct err *err)
{
    struct instance *it = deed->it;
    struct note note = it->tried;
    if (end == DEED_DRY) {
        note.event = LEDGER_READ;
        note.act = "dry-run";
    } else {
        note.event = LEDGER_REFUSED;
        note.decision = LEDGER_ERROR;
        note.rule = RULE_STATE;
    }
    struct err own;
    if (!deed_record(deed, &note, &own)) {
        deed->receipt.written = false;
        *err = own;
        it->txn_broken = true; /* half a line may be there */
        return DEED_FAILED;
    }
    return end;
}

enum deed_end
deed_do(struct deed *deed, deed_fn fn, void *ask, struct err *err)
{
    struct instance *it = deed->it;
    if (!has_room(it, deed->weight, err))
        return DEED_FAILED;
    if (deed->weight != DEED_READS)
        it->rows_stand++; /* what was read ahead may not be true any more */
    it->changes = deed->weight != DEED_READS;
    it->tried.act = NULL;
    deed->receipt.written = false;
    uint64_t mark = ledger_mark(it->ledger);
    if (!txn_mark(it->txn, err))
        return DEED_FAILED;
    enum deed_end end = fn(ask, err);
    bool keep = end == DEED_DONE || end == DEED_REFUSED || end == DEED_ABSENT;
    if (keep && !txn_mark_keep(it->txn, err)) {
        keep = false;
        end = DEED_FAILED;
    }
    if (!keep) {
        deed->receipt.written = false;
        uniques_doubt(it);
        lines_back(it, mark);
        struct err back;
        if (!txn_mark_back(it->txn, &back)) {
            it->txn_broken = true; /* the whole turn fails at its commit */
            log_err(LOG_ERROR, "savepoint", &back);
        }
    }
    if (it->tried.act != NULL && !deed->receipt.written &&
        (end == DEED_BAD || end == DEED_DRY || end == DEED_ABSENT)) {
        it->figures.deeds_absent += end == DEED_ABSENT;
        end = tried_record(deed, end, err);
    }
    if (end == DEED_DONE)
        it->figures.deeds_done++;
    if (end == DEED_FAILED)
        it->figures.deeds_failed++;
    return end;
}
