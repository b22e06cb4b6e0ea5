#include "deeds/deed_priv.h"

#include "base/clock.h"
#include "wire/text.h"

/* False: what the rule counts from has not happened. */
static bool
keep_from(const struct policy_keep *keep, const struct keep_times *times, int64_t *ret)
{
    switch (keep->event) {
    case EVENT_COLLECTED:
        *ret = times->created_us;
        return true;
    case EVENT_CHANGED:
        *ret = times->changed_us;
        return true;
    case EVENT_FIELD: {
        int64_t days = 0;
        /* Without the date the record's own beginning counts: earlier than any later event, so never too long. A
         * date may lie before 1970. */
        *ret = date_get(times->field, &days) ? days * CLOCK_US_PER_DAY : times->created_us;
        return true;
    }
    case EVENT_NAMED:
        *ret = times->event_us;
        return times->event_us > 0;
    case EVENT_WITHDRAWN:
        *ret = times->withdrawn_us;
        return times->withdrawn_us > 0;
    }
    return false;
}

void
keep_dates(const struct policy *policy, int category, const struct keep_times *times,
           int64_t *ret_least_us, int64_t *ret_due_us)
{
    *ret_least_us = 0;
    *ret_due_us = 0;
    int at = policy->categories[category].keep;
    if (at == POLICY_NONE)
        return;
    const struct policy_keep *keep = &policy->keeps[at];
    int64_t from = 0;
    if (!keep_from(keep, times, &from))
        return;
    int64_t least = keep->least.set ? policy_time_add(&keep->least, from) : 0;
    *ret_least_us = least > 0 ? least : 0;
    if (keep->most.set)
        *ret_due_us = policy_time_add(&keep->most, from);
    else if (keep->event == EVENT_NAMED || keep->event == EVENT_WITHDRAWN)
        *ret_due_us = from; /* "until: closed" without a period: at once */
    else
        return;
    if (*ret_due_us < *ret_least_us)
        *ret_due_us = *ret_least_us; /* a legal minimum is the one thing that lengthens */
    if (*ret_due_us < 1)
        *ret_due_us = 1; /* over before time was counted is over; 0 is no date at all */
}

void
keep_need(struct instance *it, int64_t sn, int category)
{
    int at = it->policy->categories[category].keep;
    const struct policy_keep *keep = at == POLICY_NONE ? NULL : &it->policy->keeps[at];
    if (keep != NULL && keep->event == EVENT_NAMED) {
        const struct val in[] = {val_int(sn), val_int(it->catalogue->event[keep->named])};
        rows_ahead(it->txn, SQL_event_get, in, 2);
    }
    if (keep != NULL && keep->event == EVENT_WITHDRAWN) {
        const struct val in[] = {val_int(sn), val_int(it->catalogue->purpose[keep->purpose])};
        rows_ahead(it->txn, SQL_consent_get, in, 2);
    }
}

bool
keep_person_times(struct instance *it, struct arena *arena, int64_t sn, int category,
                  struct keep_times *times, struct err *err)
{
    int at = it->policy->categories[category].keep;
    if (at == POLICY_NONE)
        return true;
    const struct policy_keep *keep = &it->policy->keeps[at];
    struct val out[5];
    bool found = false;
    if (keep->event == EVENT_NAMED) {
        const struct val in[] = {val_int(sn), val_int(it->catalogue->event[keep->named])};
        if (!rows_one(it->txn, arena, SQL_event_get, in, 2, out, 1, &found, err))
            return false;
        times->event_us = found ? out[0].i : 0;
    }
    if (keep->event == EVENT_WITHDRAWN) {
        const struct val in[] = {val_int(sn), val_int(it->catalogue->purpose[keep->purpose])};
        if (!rows_one(it->txn, arena, SQL_consent_get, in, 2, out, 5, &found, err))
            return false;
        times->withdrawn_us = found && out[0].i == CONSENT_WITHDRAWN ? out[3].i : 0;
    }
    return true;
}

enum { HEADS_STEP = 256 };
struct heads {
    struct { int64_t category; uint64_t rec; int64_t created_us, changed_us; } rows[HEADS_STEP];
    size_t count;
};

static bool
heads_row(void *ctx, const struct val *row, struct err *err)
{
    (void)err;
    struct heads *heads = ctx;
    heads->rows[heads->count].category = row[0].i;
    heads->rows[heads->count].rec = (uint64_t)row[1].i;
    heads->rows[heads->count].created_us = row[2].i;
    heads->rows[heads->count].changed_us = row[3].i;
    heads->count++;
    return true;
}

bool
keep_redate(struct instance *it, struct arena *arena, int64_t sn, const struct policy_keep *keep,
            struct err *err)
{
    struct keep_times times = {0};
    if (!keep_person_times(it, arena, sn, keep->category, &times, err))
        return false;
    int64_t category = it->catalogue->category[keep->category];
    struct heads *heads = ARENA_NEW(arena, struct heads);
    if (heads == NULL)
        return err_set(err, ERR_TOO_LARGE, "this request needs more memory than it may have");
    int64_t after = -1;
    do {
        const struct val in[] = {val_int(sn), val_int(category), val_int(after),
                                 val_int(HEADS_STEP)};
        heads->count = 0;
        if (!rows_each(it->txn, SQL_record_heads, in, 4, 4, HEADS_STEP, heads_row, heads, err))
            return false;
        for (size_t i = 0; i < heads->count; i++) {
            times.created_us = heads->rows[i].created_us;
            times.changed_us = heads->rows[i].changed_us;
            int64_t least = 0, due = 0;
            keep_dates(it->policy, keep->category, &times, &least, &due);
            const struct val set[] = {val_int(sn), val_int(category),
                                      val_int((int64_t)heads->rows[i].rec),
                                      least == 0 ? val_null() : val_int(least),
                                      due == 0 ? val_null() : val_int(due)};
            if (!rows_run(it->txn, SQL_record_dates_set, set, 5, NULL, err))
                return false;
            after = (int64_t)heads->rows[i].rec;
        }
    } while (heads->count == HEADS_STEP);
    return true;
}
