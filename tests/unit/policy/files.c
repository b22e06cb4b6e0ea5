#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "crypt/crypt.h"
#include "files.h"

struct policy_faults files_faults;
struct err files_err;

struct span
file_text(const char *path)
{
    static char text[1 << 20];
    char full[512];
    (void)snprintf(full, sizeof full, "%s/%s", TROTH_TREE, path);
    FILE *file = fopen(full, "re");
    if (file == NULL)
        fail_msg("cannot open %s", full);
    size_t n = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    assert_true(n > 0 && n < sizeof text);
    return span_of(text, n);
}

struct policy *
file_policy(struct span text, const char *name)
{
    return file_policy_beside(text, name, NULL);
}

struct policy *
file_policy_beside(struct span text, const char *name, const struct policy_beside *beside)
{
    static bool started;
    struct policy *policy = NULL;
    started = started || crypt_start(&files_err);
    assert_true(started);
    policy_faults_close(&files_faults);
    assert_true(policy_faults_open(&files_faults, name, &files_err));
    err_clear(&files_err);
    bool good = policy_read_beside(text, name, beside, FILES_TODAY, &files_faults, &policy, &files_err);
    assert_int_equal(good, policy != NULL);
    assert_true(good || files_err.code != ERR_OK);
    return policy;
}

struct span
faults_text(void)
{
    static char text[1 << 20];
    struct buf out;
    buf_init(&out, text, sizeof text);
    policy_faults_print(&files_faults, false, &out);
    assert_true(buf_ok(&out));
    return buf_span(&out);
}
