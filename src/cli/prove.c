#include "cli/cli_priv.h"

#include "base/limits.h"
#include "deeds/evidence.h"
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

enum { MARK = 64, PAGE_MOST = 8 * 1024 * 1024 };

static bool
is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* The mark a published page carries: the 64 hex digits that stand for themselves. */
static bool
mark_find(struct span text, char ret[MARK + 1])
{
    for (size_t at = 0, n = 0; at <= text.n; at++) {
        bool hex = at < text.n && is_hex(text.p[at]);
        if (!hex && n == MARK) {
            memcpy(ret, text.p + at - MARK, MARK);
            ret[MARK] = '\0';
            return true;
        }
        n = hex ? n + 1 : 0;
    }
    return false;
}

static bool
path_make(const struct args *args, char *ret, size_t size, struct err *err)
{
    const char *page = arg_value(args, "page");
    char mark[MARK + 1] = "";
    struct span text;
    if (page != NULL) {
        if (!file_text(page, PAGE_MOST, &text, err))
            return false;
        bool found = mark_find(text, mark);
        free((void *)(uintptr_t)text.p);
        if (!found)
            return err_set(err, ERR_INVALID, "%s carries no mark (64 hex digits): it is no page of troth, or not a whole one", page);
    }
    int n = snprintf(ret, size, "/v1/proof%s%s%s", page != NULL ? "?page=" : "", mark,
                     arg_value(args, "public") == NULL ? "" : page != NULL ? "&public=yes" : "?public=yes");
    return (n > 0 && (size_t)n < size) || err_set(err, ERR_USAGE, "the call is too long");
}

static void
say_progress(void *ctx, uint64_t done, uint64_t total)
{
    progress_say(ctx, done, total);
}

static void
recount_json(const struct recount_reply *reply, bool good)
{
    char mem[2048];
    struct buf buf;
    struct json_out out;
    buf_init(&buf, mem, sizeof mem);
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_bool(&out, "whole", good);
    json_kv_bool(&out, "ledger-holds", reply->ledger.sound);
    json_kv_u64(&out, "lines", reply->entries);
    json_kv_u64(&out, "not-counted-yet", reply->waiting);
    json_kv_u64(&out, "counts", reply->rows);
    json_kv_u64(&out, "differ", reply->differ);
    if (!good)
        json_kv_str(&out, "fault", reply->ledger.sound ? reply->fault : reply->ledger.fault);
    json_end(&out, '}');
    (void)printf("%.*s\n", (int)buf.n, buf.p);
}

static void
recount_text(const struct recount_reply *reply)
{
    if (!reply->ledger.sound)
        (void)printf("the ledger does NOT hold: %s\nfirst bad line: %llu\n", reply->ledger.fault,
                     (unsigned long long)reply->ledger.first_bad);
    else if (reply->differ > 0)
        (void)printf("the ledger holds, and the running counts are NOT its: %llu of them differ\nthe first: %s\n",
                     (unsigned long long)reply->differ, reply->fault);
    else
        (void)printf("the ledger holds; %llu lines counted again, and the %llu running counts are the same\n",
                     (unsigned long long)reply->entries, (unsigned long long)reply->rows);
    if (reply->ledger.sound && reply->waiting > 0)
        (void)printf("%llu newer lines are not in the running counts yet\n", (unsigned long long)reply->waiting);
}

/* Reads the files or databases themselves, beside the server or without one. */
static int
recount(const struct args *args)
{
    struct err err;
    struct progress progress;
    struct recount_reply reply;
    const char *dir = arg_value(args, "data");
    if (arg_value(args, "server") != NULL)
        return fail_usage("--recount reads the data folder or databases itself, so it takes no --server");
    if (dir == NULL)
        dir = getenv("TROTH_DATA") != NULL ? getenv("TROTH_DATA") : "troth-data";
    err_clear(&err);
    progress_begin(&progress, "lines");
    const struct verify_ask ask = {.dir = dir,
                                   .store = arg_or_env(args, "store", "TROTH_STORE"),
                                   .store_keys = arg_or_env(args, "store-keys", "TROTH_STORE_KEYS"),
                                   .progress = say_progress,
                                   .ctx = &progress};
    bool read = instance_recount(&ask, &reply, &err);
    progress_end(&progress);
    if (!read)
        return fail(&err);
    bool good = reply.ledger.sound && reply.differ == 0;
    if (arg_value(args, "json") != NULL)
        recount_json(&reply, good);
    else
        recount_text(&reply);
    return good ? 0 : err_exit_status(ERR_NO);
}

int
run_prove(const struct args *args)
{
    struct err err;
    struct client *client = NULL;
    struct answer answer;
    char path[256];
    bool json = arg_value(args, "json") != NULL, html = arg_value(args, "html") != NULL;
    if (args->word_count > 0 || (json && html))
        return fail_usage("prove takes no words, and one of --json and --html");
    if (arg_value(args, "recount") != NULL)
        return recount(args);
    if (!path_make(args, path, sizeof path, &err))
        return fail(&err);
    const struct client_ask ask = {.method = "GET",
                                   .path = path,
                                   .accept = json ? "application/json" : html ? "text/html" : "text/plain"};
    if (!client_open(args, &client, &err))
        return fail(&err);
    int status = 0;
    if (!client_do(client, &ask, &answer, &err) || !client_good(&answer, client_arena(client), &err))
        status = fail(&err);
    else if (fwrite(answer.body.p, 1, answer.body.n, stdout) != answer.body.n || fflush(stdout) != 0) {
        err_set(&err, ERR_IO, "the evidence cannot be written");
        status = fail(&err);
    } else if (answer.unproven)
        status = err_exit_status(ERR_NO);
    client_close(&client);
    return status;
}
