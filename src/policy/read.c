#include "policy/read.h"

#include "policy/compile_priv.h"

enum {
    /* Room for the masks of a small policy, and of a large one by its size. */
    READ_ARENA_LEAST = 8 * 1024 * 1024,
    READ_ARENA_BY_BYTE = 64,
};

static bool
policy_new(size_t bytes, struct policy **ret, struct err *err)
{
    struct arena arena;
    if (!arena_open(&arena, READ_ARENA_LEAST + READ_ARENA_BY_BYTE * bytes, err))
        return false;
    struct policy *policy = ARENA_NEW(&arena, struct policy);
    if (policy == NULL) {
        arena_close(&arena);
        return err_set(err, ERR_UNAVAILABLE, "no memory for a policy");
    }
    policy->arena = arena;
    *ret = policy;
    return true;
}

static bool
faults_fail(struct reader *reader, struct err *err)
{
    faults_sort(reader->faults);
    return err_set(err, ERR_POLICY, "the policy has %d fault%s", reader->faults->errors,
                   reader->faults->errors == 1 ? "" : "s");
}

static bool
text_compile(struct reader *reader, struct span text, struct policy **policy, struct err *err)
{
    const struct node *root = parts_read(reader, text, err);
    if (root == NULL)
        return err->code == ERR_OK ? faults_fail(reader, err) : false;
    if (!policy_new(reader->bytes, policy, err) ||
        !arena_open(&reader->scratch, READ_ARENA_LEAST + READ_ARENA_BY_BYTE * reader->bytes, err) ||
        !compile(reader, root, *policy, err))
        return false;
    if (reader->faults->errors > 0)
        return faults_fail(reader, err);
    faults_sort(reader->faults);
    if (!canonical_write(*policy, &reader->scratch))
        return err_set(err, ERR_TOO_LARGE, "the policy is too large to be held");
    return true;
}

bool
policy_read_beside(struct span text, const char *file, const struct policy_beside *beside, int64_t today_days,
                   struct policy_faults *faults, struct policy **ret, struct err *err)
{
    struct err own;
    err = err != NULL ? err : &own;
    err_clear(err);
    if (text.n > LIMIT_POLICY_FILE)
        return err_set(err, ERR_TOO_LARGE, "a policy file has at most %d bytes", LIMIT_POLICY_FILE);
    struct reader reader = {.faults = faults, .beside = beside, .today_days = today_days};
    struct policy *policy = NULL;
    faults->file = file;
    bool good = text_compile(&reader, text, &policy, err);
    arena_close(&reader.scratch);
    parts_close(&reader);
    if (good)
        *ret = policy;
    else
        policy_free(&policy);
    return good;
}

bool
policy_read(struct span text, const char *file, int64_t today_days, struct policy_faults *faults,
            struct policy **ret, struct err *err)
{
    return policy_read_beside(text, file, NULL, today_days, faults, ret, err);
}
