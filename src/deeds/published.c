#include "deeds/published_priv.h"

#include "policy/read.h"
#include "store/rows.h"

#include <stdlib.h>

/* Room for the largest policy; only what is used of it is touched. */
enum { WORDS_ARENA = 64 * 1024 * 1024 };

/* Whether the text is a policy of that hash: comments may differ, and the order of keys, and how it is spread over files. */
static bool
words_mean(struct span text, const uint8_t hash[32])
{
    struct policy_faults *faults = calloc(1, sizeof *faults);
    struct policy *policy = NULL;
    struct err err;
    bool same = false;
    if (faults != NULL && policy_faults_open(faults, "the store", &err)) {
        same = policy_read_pack(text, "the store", 0, faults, &policy, &err) && memcmp(policy->hash, hash, 32) == 0;
        policy_free(&policy);
        policy_faults_close(faults);
    }
    free(faults);
    return same;
}

static bool
row_find(struct instance *it, bool *ret_found, struct err *err)
{
    const struct val by[] = {val_blob(it->policy->hash, 32)};
    struct val out[2];
    if (!rows_one(it->txn, &it->scratch, SQL_policy_version_by_hash, by, 1, out, 2, ret_found, err))
        return false;
    if (*ret_found)
        it->policy_no = out[0].i;
    return true;
}

static bool
row_stands(struct instance *it, struct span source, struct err *err)
{
    const struct val by[] = {val_int(it->policy_no)};
    struct val out[3];
    struct arena arena;
    bool found = false;
    if (!arena_open(&arena, WORDS_ARENA, err))
        return false;
    bool good = rows_one(it->txn, &arena, SQL_policy_version_by_no, by, 1, out, 3, &found, err);
    if (good && !(found && (span_eq(out[2].s, source) || words_mean(out[2].s, it->policy->hash))))
        good = err_set(err, ERR_CORRUPT,
                       "what the store keeps as the words of version %d of this policy is not what was published; put "
                       "them back from a backup of the store",
                       it->policy->version);
    arena_close(&arena);
    return good;
}

bool
published_bind(struct instance *it, struct span source, bool known, struct err *err)
{
    bool found = false;
    if (!row_find(it, &found, err))
        return false;
    if (found)
        return row_stands(it, source, err);
    if (known)
        return err_set(err, ERR_CORRUPT,
                       "version %d of this policy was in force here, and the store has lost what was published as it; "
                       "put it back from a backup of the store",
                       it->policy->version);
    const struct val in[] = {val_blob(it->policy->hash, 32), val_int(it->now_us), val_blob(source.p, source.n)};
    return rows_run(it->txn, SQL_policy_version_put, in, 3, NULL, err) && row_find(it, &found, err) &&
           (found || err_set(err, ERR_INTERNAL, "the policy's words were not kept"));
}
