/* A dealt policy over several files: however its sections are dealt out, it is the policy of one file. TROTH_POLICIES=N. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "dealt.h"
#include "files.h"

enum { POLICIES = 200, FILES = 7, ROOM = 256 * 1024, NAME = 32 };

struct files {
    char names[FILES][NAME];   /* the first is the policy file itself */
    char rooms[FILES][ROOM];
    struct buf texts[FILES];
};
static struct files files;

static bool
files_text(void *self, const char *name, struct span *ret, struct err *err)
{
    struct files *all = self;
    for (int i = 1; i < FILES; i++)
        if (strcmp(all->names[i], name) == 0) {
            *ret = buf_span(&all->texts[i]);
            return true;
        }
    return err_set(err, ERR_NOT_FOUND, "%s is not there", name);
}

/* Each file but the first is included by one before it, a folder below it or not, at most four deep. */
static void
files_draw(struct dice *dice)
{
    int by[FILES] = {0}, deep[FILES] = {0};
    for (int i = 0; i < FILES; i++) {
        buf_init(&files.texts[i], files.rooms[i], ROOM);
        if (i == 0)
            continue;
        do
            by[i] = (int)dice_below(dice, (uint64_t)i);
        while (deep[by[i]] == LIMIT_POLICY_INCLUDES);
        deep[i] = deep[by[i]] + 1;
        const char *slash = strrchr(files.names[by[i]], '/');
        int folder = slash == NULL ? 0 : (int)(slash + 1 - files.names[by[i]]);
        (void)snprintf(files.names[i], NAME, "%.*s%sf%d", folder, files.names[by[i]],
                       dice_below(dice, 3) == 0 && deep[i] < 3 ? "d/" : "", i);
    }
    for (int i = 0; i < FILES; i++) {
        const char *slash = strrchr(files.names[i], '/');
        size_t folder = slash == NULL ? 0 : (size_t)(slash + 1 - files.names[i]);
        bool any = false;
        for (int j = i + 1; j < FILES; j++)
            if (by[j] == i) {
                buf_fmt(&files.texts[i], "%s%s", any ? ", " : "include: [", files.names[j] + folder);
                any = true;
            }
        buf_str(&files.texts[i], any ? "]\n" : "include: []\n");
    }
}

static void
sections_deal(struct span text, struct dice *dice)
{
    struct span line;
    struct buf *to = &files.texts[0];
    while (span_split(&text, '\n', &line)) {
        if (line.n > 0 && line.p[0] >= 'a' && line.p[0] <= 'z')
            to = &files.texts[dice_below(dice, FILES)];
        buf_put(to, line);
        buf_char(to, '\n');
    }
}

static void
one_policy(struct dice *dice)
{
    static struct dealt dealt;
    dealt_draw(&dealt, dice);
    struct span text = dealt_text(&dealt);
    struct policy *whole = file_policy(text, "whole.yaml");
    assert_non_null(whole);
    files_draw(dice);
    sections_deal(text, dice);
    struct policy_beside beside = {files_text, &files};
    struct policy *split = file_policy_beside(buf_span(&files.texts[0]), "split.yaml", &beside);
    if (split == NULL || memcmp(split->hash, whole->hash, sizeof whole->hash) != 0) {
        for (int i = 0; i < FILES; i++)
            (void)printf("--- %s\n%.*s", files.names[i], (int)files.texts[i].n, files.rooms[i]);
        fail_msg("split, it is another policy:\n%.*s", SPAN_FMT(faults_text()));
    }
    assert_int_equal(split->rule_count, whole->rule_count);
    policy_free(&whole);
    policy_free(&split);
}

static void
split_it_is_the_same(void **state)
{
    const char *wanted = getenv("TROTH_POLICIES");
    long count = wanted == NULL ? POLICIES : strtol(wanted, NULL, 10);
    struct dice dice = dice_open("split");
    (void)state;
    for (long i = 0; i < count; i++)
        one_policy(&dice);
    (void)printf("# %ld policies of %d files\n", count, FILES);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(split_it_is_the_same)};
    return cmocka_run_group_tests_name("policy split", tests, NULL, NULL);
}
