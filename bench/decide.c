/*
 * bench/decide.c - how long one decision takes, in process (G6).
 *
 * For each policy file: every combination of role, purpose, category and act is
 * a question (up to a limit), shuffled so that no branch is learnt by heart;
 * the questions are asked round and round, five times, and the median of the
 * nanoseconds of one decision is printed as JSON, with what the answers were.
 */
#include "base/clock.h"
#include "crypt/crypt.h"
#include "policy/decide.h"
#include "policy/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { QUESTIONS_MAX = 65536, ROUNDS = 5, ASKED = 2000000, FILE_MAX = 4 * 1024 * 1024 };

static struct policy_question questions[QUESTIONS_MAX];
static char text[FILE_MAX];
static struct policy_faults faults;

static double
now_ns(void)
{
    struct timespec ts;
    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static size_t
questions_make(const struct policy *policy)
{
    size_t n = 0;
    for (int role = -2; role < policy->role_count; role++)
        for (int purpose = -2; purpose < policy->purpose_count; purpose++)
            for (int category = 0; category < policy->category_count; category++)
                for (int act = ACT_READ; act <= ACT_WRITE; act++)
                    for (int bits = 0; bits < 4 && n < QUESTIONS_MAX; bits++) {
                        struct policy_question q = {.act = (enum policy_act)act,
                                                    .role = role,
                                                    .purpose = purpose,
                                                    .category = category,
                                                    .point = POLICY_NONE,
                                                    .fields = ~UINT64_C(0),
                                                    .self = role == ACTOR_SUBJECT};
                        q.has_task = (bits & 1) != 0;
                        q.task = q.has_task && policy->task_count > 0 ? 0 : POLICY_NONE;
                        q.consent = (bits & 2) != 0 ? CONSENT_GIVEN : CONSENT_NONE;
                        if (act == ACT_COLLECT)
                            q.point = policy->point_count > 0 ? 0 : POLICY_NONE;
                        questions[n++] = q;
                    }
    uint64_t state = 88172645463325252u;
    for (size_t i = n; i > 1; i--) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        size_t j = (size_t)(state % i);
        struct policy_question q = questions[i - 1];
        questions[i - 1] = questions[j];
        questions[j] = q;
    }
    return n;
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void
measure(const struct policy *policy, const char *file)
{
    size_t n = questions_make(policy);
    double ns[ROUNDS];
    unsigned long answers[3] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        double begun = now_ns();
        for (size_t i = 0, k = 0; i < ASKED; i++, k = k + 1 == n ? 0 : k + 1) {
            struct policy_verdict verdict;
            policy_decide(policy, &questions[k], &verdict);
            answers[verdict.answer]++;
        }
        ns[round] = (now_ns() - begun) / ASKED;
    }
    qsort(ns, ROUNDS, sizeof ns[0], compare);
    printf("{\"policy\":\"%s\",\"questions\":%zu,\"ns\":%.1f,\"least\":%.1f,\"most\":%.1f,"
           "\"refused\":%lu,\"narrowed\":%lu,\"allowed\":%lu}\n",
           file, n, ns[ROUNDS / 2], ns[0], ns[ROUNDS - 1], answers[ANSWER_REFUSE],
           answers[ANSWER_NARROW], answers[ANSWER_ALLOW]);
}

int
main(int argc, char **argv)
{
    struct err err;
    err_clear(&err);
    if (!crypt_start(&err)) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        FILE *in = fopen(argv[i], "re");
        size_t n = in == NULL ? 0 : fread(text, 1, sizeof text, in);
        if (in != NULL)
            (void)fclose(in);
        struct policy *policy = NULL;
        if (n == 0 || !policy_faults_open(&faults, argv[i], &err)) {
            fprintf(stderr, "%s: cannot be read\n", argv[i]);
            return 1;
        }
        if (!policy_read(span_of(text, n), argv[i], clock_now_us() / CLOCK_US_PER_S / 86400, &faults,
                         &policy, &err)) {
            fprintf(stderr, "%s: %s\n", argv[i], err.text);
            return 1;
        }
        measure(policy, argv[i]);
        policy_free(&policy);
        policy_faults_close(&faults);
    }
    return 0;
}
