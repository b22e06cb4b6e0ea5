/* How long before it holds a wider policy was published: what the policy before it promised under `changes`. */
#include "deeds/deed_priv.h"

#include "base/clock.h"
#include "policy/diff.h"
#include "policy/read.h"

#include <stdlib.h>

/* Only what is used is touched. */
enum { DIFF_ROOM = 256 * 1024 * 1024 };

/* The policy that was in force, compiled from the text the store kept; NULL when this version cannot read it. */
static bool
policy_before(struct instance *it, struct span hash, struct policy **ret, struct err *err)
{
    const struct val by[] = {val_blob(hash.p, hash.n)};
    struct val row[2], text[3];
    bool found = false;
    *ret = NULL;
    if (!rows_one(it->txn, &it->scratch, SQL_policy_version_by_hash, by, 1, row, 2, &found, err))
        return false;
    const struct val no[] = {row[0]};
    if (found && !rows_one(it->txn, &it->scratch, SQL_policy_version_by_no, no, 1, text, 3, &found, err))
        return false;
    struct policy_faults *faults = found && text[2].s.n > 0 ? calloc(1, sizeof *faults) : NULL;
    if (faults == NULL)
        return true;
    struct err ignored;
    struct span source = text[2].s;
    if (policy_faults_open(faults, "the policy before", &ignored)) {
        if (!policy_read_pack(source, "the policy before", it->now_us / CLOCK_US_PER_DAY, faults, ret, &ignored))
            *ret = NULL;
        policy_faults_close(faults);
    }
    free(faults);
    return true;
}

static bool
became_wider(const struct policy *was, const struct policy *now, struct span *ret_rule, struct arena *arena,
             struct err *err)
{
    struct diff diff;
    if (!policy_diff(was, now, arena, &diff, err))
        return false;
    *ret_rule = diff.count[DIFF_WIDER] > 0 ? diff.first->rule : SPAN_NONE;
    return true;
}

static bool
time_enough(const struct policy *was, const struct policy *now, struct err *err)
{
    int64_t days = diff_lead_days(was, now);
    if (now->in_force_days - now->date_days >= days)
        return true;
    struct arena arena;
    struct span rule = SPAN_NONE;
    if (!arena_open(&arena, DIFF_ROOM, err))
        return false;
    bool good = became_wider(was, now, &rule, &arena, err);
    if (good && rule.n > 0)
        good = err_set(err, ERR_CONFIG,
                       "this policy is wider than the one in force (%.*s), which promised to tell that earlier "
                       "(changes.before): in-force must be at least %lld days after date; troth diff tells all of it",
                       SPAN_FMT(rule), (long long)days);
    arena_close(&arena);
    return good;
}

bool
lead_kept(struct instance *it, struct span last_hash, struct err *err)
{
    struct policy *was = NULL;
    if (last_hash.n != sizeof it->policy->hash || !policy_before(it, last_hash, &was, err))
        return last_hash.n != sizeof it->policy->hash;
    bool good = was == NULL || !was->changes.before.set || time_enough(was, it->policy, err);
    policy_free(&was);
    return good;
}
