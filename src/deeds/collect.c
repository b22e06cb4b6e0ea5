#include "deeds/collect.h"

#include "crypt/crypt.h"
#include "deeds/deed_priv.h"

void
collect_need(struct collect *ask)
{
    struct instance *it = ask->deed.it;
    ask->deed.weight = DEED_GROWS;
    for (int i = 0; ask->values != NULL && i < ask->values->count; i++)
        lookup_values_need(&ask->deed, ask->values->parts[i]);
    if (ask->has_subject) {
        int categories[VALUES_CATEGORIES];
        for (int i = 0; i < ask->values->count; i++)
            categories[i] = ask->values->parts[i]->category;
        deed_need_person(&ask->deed, ask->subject, categories, (size_t)ask->values->count);
        return;
    }
    crypt_random(ask->subject, sizeof ask->subject);
    ask->sn = numbers_next(it);
    if (ask->sn == 0)
        return; /* said when the person is put */
    struct person who = {.sn = ask->sn};
    memcpy(who.id, ask->subject, 16);
    keys_need_new(it->keys, &who, CATEGORY_LEDGER, it->now_us);
    for (int i = 0; ask->values != NULL && i < ask->values->count; i++) {
        int category = ask->values->parts[i]->category;
        keys_need_new(it->keys, &who, it->catalogue->category[category], it->now_us);
        keep_need(it, who.sn, category);
    }
}

static bool
person_put(struct collect *ask, int kind, struct person *ret, struct err *err)
{
    struct instance *it = ask->deed.it;
    if (ask->sn == 0)
        return err_set(err, ERR_UNAVAILABLE, "there is no number for a new person just now; ask again in a moment");
    ret->sn = ask->sn;
    memcpy(ret->id, ask->subject, 16);
    const struct val in[] = {val_int(ret->sn), val_blob(ret->id, 16),
                             val_int(it->catalogue->kind[kind]), val_int(it->now_us),
                             val_int(it->policy_no)};
    struct data_key ledger_key;
    return rows_run(it->txn, SQL_subject_put, in, 5, NULL, err) &&
           keys_get_or_make(it->keys, it->txn, ret, CATEGORY_LEDGER, it->now_us, &ledger_key, err);
}

/* Names the fields of a group of which none or several were given. */
static bool
group_fault(const struct policy *policy, const struct policy_point *point, int group, int given,
            struct err *err)
{
    char mem[ERR_TEXT_MAX / 2];
    struct buf names;
    buf_init(&names, mem, sizeof mem);
    for (int i = 0; i < point->field_count; i++) {
        const struct policy_point_field *pf = &point->fields[i];
        if (pf->need != NEED_ONE_OF || pf->group != group)
            continue;
        const struct policy_category *cat = &policy->categories[pf->category];
        buf_fmt(&names, "%s%.*s", names.n == 0 ? "" : ", ",
                SPAN_FMT(policy->fields[cat->field_first + pf->bit].full_name));
    }
    err_set(err, ERR_INVALID, "exactly one of these must be given: %.*s; %s", (int)names.n, mem,
            given == 0 ? "none was" : "several were");
    return err_place(err, "/fields");
}

/* Every required field, exactly one of each group, and nothing the point does not list. */
static bool
point_fits(const struct policy *policy, const struct policy_point *point,
           const struct values *values, bool *ret_closed, struct err *err)
{
    uint64_t listed[VALUES_CATEGORIES] = {0};
    int groups[LIMIT_POLICY_FIELDS] = {0};
    int group_top = -1;
    for (int i = 0; i < point->field_count; i++) {
        const struct policy_point_field *pf = &point->fields[i];
        const struct policy_category *cat = &policy->categories[pf->category];
        const struct policy_field *field = &policy->fields[cat->field_first + pf->bit];
        bool given = false;
        for (int p = 0; p < values->count; p++) {
            if (values->parts[p]->category != pf->category)
                continue;
            listed[p] |= UINT64_C(1) << pf->bit;
            given = values->parts[p]->set >> pf->bit & 1;
        }
        if (pf->need == NEED_ONE_OF && pf->group >= 0 && pf->group < LIMIT_POLICY_FIELDS) {
            groups[pf->group] += given;
            group_top = pf->group > group_top ? pf->group : group_top;
        }
        if (pf->need == NEED_REQUIRED && !given) {
            err_set(err, ERR_INVALID, "the field %.*s is required here",
                    SPAN_FMT(field->full_name));
            return err_place(err, "/fields/%.*s", SPAN_FMT(field->full_name));
        }
    }
    for (int p = 0; p < values->count; p++) {
        uint64_t beyond = (values->parts[p]->set | values->parts[p]->clear) & ~listed[p];
        if (beyond == 0)
            continue;
        const struct policy_category *cat = &policy->categories[values->parts[p]->category];
        int bit = __builtin_ctzll(beyond);
        *ret_closed = true;
        err_set(err, ERR_UNKNOWN_FIELD, "the point %.*s does not take the field %.*s",
                SPAN_FMT(point->name), SPAN_FMT(policy->fields[cat->field_first + bit].full_name));
        return err_place(err, "/fields/%.*s",
                         SPAN_FMT(policy->fields[cat->field_first + bit].full_name));
    }
    for (int g = 0; g <= group_top; g++) {
        if (groups[g] == 1)
            continue;
        return group_fault(policy, point, g, groups[g], err);
    }
    return true;
}

/* What the policy says people of one kind have, nobody else gets through a point either. */
static bool
kind_fits(const struct policy *policy, int kind, const struct values *values, struct err *err)
{
    for (int i = 0; i < values->count; i++) {
        const struct policy_category *cat = &policy->categories[values->parts[i]->category];
        if (policy_kind_is(policy, kind, cat->kind))
            continue;
        err_set(err, ERR_INVALID, "people of this kind have no %.*s", SPAN_FMT(cat->name));
        return err_place(err, "/subject");
    }
    return true;
}

/* The record the part goes into: what is there (one for each person) or a new one. */
static bool
part_put(struct collect *ask, const struct person *who, const struct values_part *part,
         struct err *err)
{
    struct instance *it = ask->deed.it;
    const struct policy_category *cat = &it->policy->categories[part->category];
    struct shelf_put put = {
        .who = who, .category = part->category, .version = 1, .created_us = it->now_us};
    struct record_fields *fields = ARENA_NEW(ask->deed.arena, struct record_fields);
    if (fields == NULL)
        return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    const struct val where[] = {val_int(who->sn), val_int(it->catalogue->category[part->category]),
                                val_int(-1), val_int(1)};
    struct val out[8];
    bool found = false;
    if (cat->many) {
        uint64_t rec, version;
        if (!shelf_last(it, who->sn, part->category, &rec, &version, err))
            return false;
        bool replaces = cat->latest && rec > 0;
        put.rec = replaces ? rec : rec + 1;
        put.version = replaces ? version + 1 : 1;
    } else if (ask->has_subject) {
        if (!rows_one(it->txn, ask->deed.arena, SQL_record_of_category, where, 4, out, 8, &found, err))
            return false;
        if (found) {
            const struct shelf_row row = {.rec = 0, .version = (uint64_t)out[1].i, .sealed = out[7].s};
            if (!shelf_open(it, ask->deed.arena, who, part->category, &row, fields, err))
                return false;
            put.version = row.version + 1;
            put.created_us = out[3].i;
        }
    }
    for (int bit = 0; bit < cat->field_count; bit++)
        if (part->set >> bit & 1)
            fields->value[bit] = part->value[bit];
    fields->present = (fields->present | part->set) & ~part->clear;
    put.fields = fields;
    if (!shelf_write(it, ask->deed.arena, &put, err) ||
        !shelf_index(it, who->sn, part->category, part->set | part->clear, fields, part->index, err))
        return false;
    ask->records[ask->record_count].category = part->category;
    ask->records[ask->record_count].rec = put.rec;
    ask->records[ask->record_count].version = put.version;
    ask->record_count++;
    return true;
}

static enum deed_end
end_of(const struct err *err)
{
    return err_http_status(err->code) >= 500 ? DEED_FAILED : DEED_BAD;
}

static bool
collect_record(struct collect *ask, const struct person *who, uint32_t rule, struct err *err)
{
    const struct policy *policy = ask->deed.it->policy;
    for (int i = 0; i < ask->values->count; i++) {
        const struct note note = {.about = who,
                                  .event = LEDGER_WRITE,
                                  .rule = rule,
                                  .act = "collect",
                                  .category = ask->values->parts[i]->category,
                                  .has_rec = policy->categories[ask->records[i].category].many,
                                  .rec = ask->records[i].rec,
                                  .fields = ask->values->parts[i]->set | ask->values->parts[i]->clear,
                                  .purpose_about = POLICY_NONE,
                                  .word = policy->points[ask->point].name};
        if (!deed_record(&ask->deed, &note, err))
            return false;
    }
    return true;
}

static enum deed_end
collect_do(void *arg, struct err *err)
{
    struct collect *ask = arg;
    struct instance *it = ask->deed.it;
    const struct policy_point *point = &it->policy->points[ask->point];
    struct subject subject = {0};
    bool there = false;
    if (ask->has_subject &&
        !subject_find(it, &it->scratch, ask->subject, &subject, &there, err))
        return DEED_FAILED;
    if (ask->has_subject != point->existing) {
        err_set(err, ERR_INVALID, point->existing
                                      ? "this point adds to a person: name them in \"subject\""
                                      : "this point makes a new person: leave \"subject\" out");
        err_place(err, "/subject");
        return DEED_BAD;
    }
    struct policy_question q;
    deed_question(&ask->deed, ACT_COLLECT, POLICY_NONE, there ? &subject : NULL, &q);
    q.point = ask->point;
    if (there && point->agreed != POLICY_NONE && !consent_load(it, &subject.person, point->agreed, &q.consent, err))
        return DEED_FAILED;
    if (ask->has_subject && !there)
        return deed_nobody(&ask->deed, &q, "collect", ask->subject, err);
    struct policy_verdict verdict;
    policy_decide(it->policy, &q, &verdict);
    const struct note about = {.about = there ? &subject.person : NULL,
                               .event = LEDGER_WRITE,
                               .rule = verdict.rule,
                               .act = "collect",
                               .category = POLICY_NONE,
                               .purpose_about = POLICY_NONE,
                               .word = point->name};
    if (verdict.answer == ANSWER_REFUSE)
        return deed_refuse(&ask->deed, &q, &verdict, &about, err);
    bool closed = false;
    if (!point_fits(it->policy, point, ask->values, &closed, err)) {
        if (!closed)
            return DEED_BAD;
        struct err why = *err;
        const struct policy_verdict no = {.rule = RULE_CLOSED_WORLD};
        enum deed_end end = deed_refuse(&ask->deed, &q, &no, &about, err);
        if (end == DEED_REFUSED) {
            *err = why;
            err_rule(err, "default.closed-world");
        }
        return end;
    }
    deed_try(&ask->deed, &about);
    if (there && !kind_fits(it->policy, subject.kind, ask->values, err))
        return DEED_BAD;
    struct person who = subject.person;
    if (!ask->has_subject && !person_put(ask, point->kind, &who, err))
        return end_of(err);
    ask->sn = who.sn;
    ask->record_count = 0;
    for (int i = 0; i < ask->values->count; i++)
        if (!part_put(ask, &who, ask->values->parts[i], err))
            return end_of(err);
    if (!collect_record(ask, &who, verdict.rule, err))
        return DEED_FAILED;
    return ask->dry ? DEED_DRY : DEED_DONE;
}

enum deed_end
collect_run(struct collect *ask, struct err *err)
{
    ask->deed.weight = DEED_GROWS;
    return deed_do(&ask->deed, collect_do, ask, err);
}

/* Whoever may write some category of that kind of person may begin one. */
static bool
may_begin(struct collect *ask, struct policy_question *q, struct policy_verdict *verdict)
{
    const struct policy *policy = ask->deed.it->policy;
    *verdict = (struct policy_verdict){.rule = RULE_SILENCE};
    for (int c = 0; c < policy->category_count; c++) {
        if (!policy_kind_is(policy, ask->kind, policy->categories[c].kind) ||
            ask->deed.caller->role < 0)
            continue;
        deed_question(&ask->deed, ACT_WRITE, c, NULL, q);
        const struct policy_role *role = &policy->roles[ask->deed.caller->role];
        q->fields = role->writes == NULL ? 0 : role->writes[c];
        if (q->fields == 0)
            continue;
        policy_decide(policy, q, verdict);
        if (verdict->answer != ANSWER_REFUSE)
            return true;
    }
    return false;
}

static enum deed_end
subject_do(void *arg, struct err *err)
{
    struct collect *ask = arg;
    struct policy_question q;
    struct policy_verdict verdict;
    struct note note = {.event = LEDGER_WRITE,
                        .act = "make-person",
                        .category = POLICY_NONE,
                        .purpose_about = POLICY_NONE,
                        .word = ask->deed.it->policy->kinds[ask->kind].name};
    deed_question(&ask->deed, ACT_WRITE, POLICY_NONE, NULL, &q);
    if (!may_begin(ask, &q, &verdict))
        return deed_refuse(&ask->deed, &q, &verdict, &note, err);
    struct person who;
    if (!person_put(ask, ask->kind, &who, err))
        return end_of(err);
    note.about = &who;
    note.rule = verdict.rule;
    return deed_record(&ask->deed, &note, err) ? DEED_DONE : DEED_FAILED;
}

enum deed_end
subject_make(struct collect *ask, struct err *err)
{
    ask->deed.weight = DEED_GROWS;
    return deed_do(&ask->deed, subject_do, ask, err);
}
