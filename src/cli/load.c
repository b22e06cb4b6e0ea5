/* A policy from its file and the files beside it, with what the reader has to say about them on standard error. */
#include "cli/cli_priv.h"

#include "base/clock.h"
#include "policy/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The files of one policy, as they are asked for; the first is the policy file itself. */
struct folder {
    struct span path; /* with its slash */
    struct policy_file files[LIMIT_POLICY_PARTS];
    int count;
};

static void
text_free(struct span text)
{
    free((void *)(uintptr_t)text.p);
}

static bool
folder_text(void *self, const char *name, struct span *ret, struct err *err)
{
    struct folder *folder = self;
    char path[4096];
    int n = snprintf(path, sizeof path, "%.*s%s", SPAN_FMT(folder->path), name);
    if (n < 0 || (size_t)n >= sizeof path || folder->count == LIMIT_POLICY_PARTS)
        return err_set(err, ERR_TOO_LARGE, "the path of %s is too long", name);
    char *kept = strdup(name);
    if (kept == NULL || !file_text(path, LIMIT_POLICY_FILE, ret, err)) {
        free(kept);
        return kept != NULL ? false : err_set(err, ERR_UNAVAILABLE, "no memory for %s", name);
    }
    folder->files[folder->count++] = (struct policy_file){kept, *ret};
    return true;
}

/* Nothing but the texts is kept of them; the first may be the caller's now. */
static void
folder_close(struct folder *folder, bool first_too)
{
    for (int i = 0; i < folder->count; i++) {
        if (i > 0)
            free((void *)(uintptr_t)folder->files[i].name);
        if (i > 0 || first_too)
            text_free(folder->files[i].text);
    }
}

/* All that was read, in one text on the heap. */
static bool
folder_pack(struct folder *folder, struct span *ret, struct err *err)
{
    if (folder->count == 1) {
        *ret = folder->files[0].text;
        folder_close(folder, false);
        return true;
    }
    size_t room = 0;
    for (int i = 0; i < folder->count; i++)
        room += folder->files[i].text.n + (i > 0 ? strlen(folder->files[i].name) : 0) + 64;
    struct buf pack;
    char *text = malloc(room);
    buf_init(&pack, text, text == NULL ? 0 : room);
    policy_pack(folder->files, folder->count, &pack);
    bool good = text != NULL && buf_ok(&pack);
    if (good)
        *ret = buf_span(&pack);
    else
        free(text);
    folder_close(folder, true);
    return good || err_set(err, ERR_UNAVAILABLE, "no memory for the text of the policy");
}

static void
faults_say(const struct policy_faults *faults)
{
    enum { PRINT_MAX = 256 * 1024 };
    char *text = faults->count > 0 ? malloc(PRINT_MAX) : NULL;
    if (text == NULL)
        return;
    struct buf buf;
    buf_init(&buf, text, PRINT_MAX);
    policy_faults_print(faults, isatty(STDERR_FILENO) && getenv("NO_COLOR") == NULL, &buf);
    (void)fwrite(buf.p, 1, buf.n, stderr);
    free(text);
}

static bool
load(const char *path, int64_t today, struct policy **ret, struct span *ret_source, struct err *err)
{
    static struct policy_faults faults;
    struct folder folder = {.path = span_str(path), .count = 1};
    while (folder.path.n > 0 && folder.path.p[folder.path.n - 1] != '/')
        folder.path.n--;
    if (folder.path.n == 0)
        folder.path = SPAN("./"); /* "-" is a file there, and not standard input */
    struct policy_beside beside = {folder_text, &folder};
    if (!file_text(path, LIMIT_POLICY_FILE, &folder.files[0].text, err))
        return false;
    if (!policy_faults_open(&faults, path, err)) {
        folder_close(&folder, true);
        return false;
    }
    bool good = policy_read_beside(folder.files[0].text, path, strcmp(path, "-") == 0 ? NULL : &beside, today, &faults,
                                   ret, err);
    faults_say(&faults);
    policy_faults_close(&faults);
    if (!good || ret_source == NULL) {
        folder_close(&folder, true);
        return good;
    }
    if (folder_pack(&folder, ret_source, err))
        return true;
    policy_free(ret);
    return false;
}

bool
policy_load(const char *path, struct policy **ret, struct span *ret_source, struct err *err)
{
    return load(path, 0, ret, ret_source, err);
}

bool
policy_load_today(const char *path, struct policy **ret, struct err *err)
{
    return load(path, clock_now_us() / CLOCK_US_PER_DAY, ret, NULL, err);
}
