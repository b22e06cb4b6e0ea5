/* Reads one policy file and prints its faults and its canonical form; for looking, and for golden files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypt/crypt.h"
#include "policy/read.h"
#include "wire/text.h"

static char text[LIMIT_POLICY_FILE + 1], print[1 << 20];
static struct policy_faults faults;

/* The files beside the one that is read, for `include`. */
static bool
beside_text(void *self, const char *name, struct span *ret, struct err *err)
{
    static char room[1 << 20], path[1024];
    static size_t used;
    const char *slash = strrchr(self, '/');
    (void)snprintf(path, sizeof path, "%.*s%s", slash == NULL ? 0 : (int)(slash + 1 - (const char *)self),
                   (const char *)self, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return err_set(err, ERR_NOT_FOUND, "%s is not there", name);
    size_t n = fread(room + used, 1, sizeof room - used, file);
    (void)fclose(file);
    *ret = span_of(room + used, n);
    used += n;
    return used < sizeof room || err_set(err, ERR_TOO_LARGE, "%s is too large", name);
}

/* Many files, a line for each: whether it may be used, and the codes of its errors. */
static int
codes_print(int count, char **paths)
{
    struct err err;
    if (!crypt_start(&err))
        return 2;
    for (int i = 0; i < count; i++) {
        FILE *file = fopen(paths[i], "re");
        struct policy *policy = NULL;
        if (file == NULL || !policy_faults_open(&faults, paths[i], &err))
            return 2;
        size_t n = fread(text, 1, sizeof text, file);
        (void)fclose(file);
        struct policy_beside beside = {beside_text, paths[i]};
        bool good = policy_read_beside(span_of(text, n), paths[i], &beside, date_days(2026, 11, 24), &faults, &policy,
                                       &err);
        (void)printf("%s %s", paths[i], good ? "yes" : "no");
        for (int k = 0; k < faults.count; k++)
            if (!faults.rows[k].warning)
                (void)printf(" %s", faults.rows[k].code);
        (void)printf("\n");
        policy_free(&policy);
        policy_faults_close(&faults);
    }
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "--codes") == 0)
        return codes_print(argc - 2, argv + 2);
    if (argc < 2 || argc > 3)
        return 2;
    FILE *file = fopen(argv[1], "re");
    if (file == NULL)
        return 2;
    size_t n = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    struct policy *policy = NULL;
    struct err err;
    struct buf out;
    buf_init(&out, print, sizeof print);
    if (!crypt_start(&err) || !policy_faults_open(&faults, argv[1], &err))
        return 2;
    struct policy_beside beside = {beside_text, argv[1]};
    bool good = policy_read_beside(span_of(text, n), argc == 3 ? argv[2] : argv[1], &beside, date_days(2026, 11, 24),
                                   &faults, &policy, &err);
    policy_faults_print(&faults, false, &out);
    if (!good)
        buf_fmt(&out, "%s: %s\n", err_machine_code(err.code), err.text);
    else
        buf_put(&out, policy->canonical);
    (void)fwrite(out.p, 1, out.n, stdout);
    policy_free(&policy);
    policy_faults_close(&faults);
    return good ? 0 : 1;
}
