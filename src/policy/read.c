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
text_compile(struct reader *reader, struct policy *policy, struct err *err)
{
    err_clear(err);
    const struct node *root = guard_text(reader) ? yaml_read(reader, err) : NULL;
    if (root == NULL && err->code != ERR_OK)
        return false;
    if (root != NULL && !compile(reader, root, policy, err))
        return false;
    faults_sort(reader->faults);
    if (reader->faults->errors > 0 || root == NULL)
        return err_set(err, ERR_POLICY, "the policy has %d fault%s", reader->faults->errors,
                       reader->faults->errors == 1 ? "" : "s");
    if (!canonical_write(policy, &reader->scratch))
        return err_set(err, ERR_TOO_LARGE, "the policy is too large to be held");
    return true;
}

bool
policy_read(struct span text, const char *file, int64_t today_days, struct policy_faults *faults,
            struct policy **ret, struct err *err)
{
    struct err own;
    err = err != NULL ? err : &own;
    if (text.n > LIMIT_POLICY_FILE)
        return err_set(err, ERR_TOO_LARGE, "a policy file has at most %d bytes", LIMIT_POLICY_FILE);
    if (span_starts(text, SPAN("\xef\xbb\xbf")))
        text = span_sub(text, 3, text.n); /* editors put a byte order mark there */
    struct reader reader = {.faults = faults, .text = text, .today_days = today_days};
    struct policy *policy = NULL;
    faults->file = file;
    if (!policy_new(text.n, &policy, err))
        return false;
    bool good = arena_open(&reader.scratch, READ_ARENA_LEAST + READ_ARENA_BY_BYTE * text.n, err) &&
                text_compile(&reader, policy, err);
    arena_close(&reader.scratch);
    if (good)
        *ret = policy;
    else
        policy_free(&policy);
    return good;
}
