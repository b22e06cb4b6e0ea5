#include "cli/cli_priv.h"

#include "deeds/instance.h"
#include "wire/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void
say_progress(void *ctx, uint64_t done, uint64_t total)
{
    progress_say(ctx, done, total);
}

static int
verify(const struct args *args)
{
    struct err err;
    struct progress progress;
    struct verify_reply reply;
    const char *dir = arg_value(args, "data"), *vkey = arg_value(args, "vkey");
    if (dir == NULL)
        dir = getenv("TROTH_DATA") != NULL ? getenv("TROTH_DATA") : "troth-data";
    err_clear(&err);
    progress_begin(&progress, "entries");
    const struct verify_ask ask = {.dir = dir,
                                   .store = arg_or_env(args, "store", "TROTH_STORE"),
                                   .store_keys = arg_or_env(args, "store-keys", "TROTH_STORE_KEYS"),
                                   .vkey = vkey == NULL ? SPAN_NONE : span_str(vkey),
                                   .progress = say_progress,
                                   .ctx = &progress};
    bool read = instance_verify(&ask, &reply, &err);
    progress_end(&progress);
    if (!read)
        return fail(&err);
    if (!reply.sound) {
        (void)printf("%s: the ledger does NOT hold: %s\nfirst bad entry: %llu\n", reply.origin,
                     reply.fault, (unsigned long long)reply.first_bad);
        return err_exit_status(ERR_LEDGER);
    }
    char root[65];
    hex_put(root, reply.root, 32);
    (void)printf("%s: the ledger holds: %llu entries, %llu checkpoints, signed up to %llu\nroot %s\n",
                 reply.origin, (unsigned long long)reply.entries,
                 (unsigned long long)reply.checkpoints, (unsigned long long)reply.signed_size, root);
    if (reply.waiting > 0)
        (void)printf("%llu entries are durable and not in the tree yet\n", (unsigned long long)reply.waiting);
    if (vkey == NULL)
        (void)printf("checked with the key found beside the ledger; give --vkey as you know it from "
                     "elsewhere to trust more than the disk\n");
    return 0;
}

static int
get(const struct args *args, const char *what)
{
    static const char *const names[] = {"entry", "seq", "old", "size"};
    struct err err;
    struct client *client = NULL;
    struct answer answer;
    char path[256];
    struct buf buf;
    bool first = true;
    buf_init(&buf, path, sizeof path - 1);
    buf_fmt(&buf, "/v1/ledger/%s", what);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = arg_value(args, names[i]);
        uint64_t number = 0;
        if (value == NULL)
            continue;
        if (!span_u64(span_str(value), INT64_MAX, &number))
            return fail_usage("--%s is a whole number", names[i]);
        buf_fmt(&buf, "%c%s=%llu", first ? '?' : '&', names[i], (unsigned long long)number);
        first = false;
    }
    path[buf.n] = '\0';
    const struct client_ask ask = {.method = "GET", .path = path};
    if (!client_open(args, &client, &err))
        return fail(&err);
    int status = 0;
    if (!client_do(client, &ask, &answer, &err) || !client_good(&answer, client_arena(client), &err))
        status = fail(&err);
    else
        (void)printf("%.*s%s", SPAN_FMT(answer.body),
                     answer.body.n > 0 && answer.body.p[answer.body.n - 1] == '\n' ? "" : "\n");
    client_close(&client);
    return status;
}

int
run_ledger(const struct args *args)
{
    static const char *const gets[] = {"checkpoint", "key", "inclusion", "consistency"};
    if (args->word_count != 1)
        return fail_usage("ledger knows verify, checkpoint, key, inclusion and consistency");
    if (strcmp(args->words[0], "verify") == 0)
        return verify(args);
    for (size_t i = 0; i < 4; i++)
        if (strcmp(args->words[0], gets[i]) == 0)
            return get(args, gets[i]);
    return fail_usage("ledger knows verify, checkpoint, key, inclusion and consistency, not \"%s\"",
                      args->words[0]);
}

int
run_export(const struct args *args)
{
    struct err err;
    struct client *client = NULL;
    struct answer answer;
    const char *subject = arg_value(args, "subject"), *out = arg_value(args, "out");
    const char *purpose = arg_value(args, "purpose");
    char path[256];
    struct buf buf;
    if (subject == NULL || args->word_count > 0)
        return fail_usage("export needs --subject ID");
    buf_init(&buf, path, sizeof path - 1);
    buf_str(&buf, "/v1/subjects/");
    path_put(&buf, span_str(subject));
    buf_str(&buf, "/export");
    path[buf.n] = '\0';
    if (!buf_ok(&buf))
        return fail_usage("that id is too long");
    FILE *to = out == NULL ? stdout : fopen(out, "wxe");
    if (to == NULL) {
        err_sys(&err, ERR_IO, errno, "%s cannot be made", out);
        return fail(&err);
    }
    const struct client_ask ask = {.method = "GET",
                                   .path = path,
                                   .purpose = purpose == NULL ? "rights" : purpose,
                                   .task = arg_value(args, "task"),
                                   .to = to};
    int status = 0;
    if (!client_open(args, &client, &err) || !client_do(client, &ask, &answer, &err) ||
        !client_good(&answer, client_arena(client), &err))
        status = fail(&err);
    client_close(&client);
    if (out != NULL && fclose(to) != 0 && status == 0) {
        err_sys(&err, ERR_IO, errno, "%s cannot be written", out);
        status = fail(&err);
    }
    if (out != NULL && status != 0)
        (void)remove(out); /* nothing half-written stays */
    return status;
}

int
run_sweep(const struct args *args)
{
    struct err err;
    struct client *client = NULL;
    struct answer answer;
    struct progress progress;
    const struct client_ask ask = {.method = "POST", .path = "/v1/sweep"};
    int64_t erased = 0, thinned = 0;
    bool more = true;
    if (!client_open(args, &client, &err))
        return fail(&err);
    progress_begin(&progress, "records");
    while (more) {
        const struct json *reply = NULL;
        int64_t e = 0, d = 0;
        if (!client_do(client, &ask, &answer, &err) ||
            !client_good(&answer, client_arena(client), &err) ||
            !json_read(client_arena(client), answer.body, &reply, &err)) {
            client_close(&client);
            return fail(&err);
        }
        const struct json *flag = json_get(reply, "more");
        more = flag != NULL && flag->kind == JSON_TRUE;
        if (json_int(json_get(reply, "erased"), &e))
            erased += e;
        if (json_int(json_get(reply, "depersonalised"), &d))
            thinned += d;
        progress_say(&progress, (uint64_t)(erased + thinned), 0);
    }
    progress_end(&progress);
    client_close(&client);
    (void)printf("%lld records erased, %lld depersonalised; nothing is due\n", (long long)erased,
                 (long long)thinned);
    return 0;
}
