#include "cli/cli_priv.h"

#include "wire/json.h"

#include <string.h>

enum { BODY_MAX = 2048 };

static int
add(struct client *client, const struct args *args, struct err *err)
{
    const char *role = arg_value(args, "role"), *subject = arg_value(args, "subject");
    const char *name = arg_value(args, "name"), *days = arg_value(args, "days");
    char mem[BODY_MAX];
    struct buf buf;
    struct json_out out;
    uint64_t number = 365;
    if (days != NULL && !span_u64(span_str(days), 3650, &number))
        return fail_usage("--days is a number from 1 to 3650");
    buf_init(&buf, mem, sizeof mem);
    json_out_init(&out, &buf);
    json_begin(&out, '{');
    json_kv_str(&out, role != NULL ? "role" : "subject", role != NULL ? role : subject);
    json_kv_str(&out, "name", name);
    json_kv_u64(&out, "days", number);
    json_end(&out, '}');
    const struct client_ask ask = {.method = "POST", .path = "/v1/tokens", .body = buf_span(&buf)};
    struct answer answer;
    const struct json *reply = NULL;
    struct span token;
    if (!buf_ok(&buf))
        return fail_usage("that is too long");
    if (!client_do(client, &ask, &answer, err) || !client_good(&answer, client_arena(client), err) ||
        !json_read(client_arena(client), answer.body, &reply, err))
        return fail(err);
    if (!json_get_text(reply, "token", &token)) {
        err_set(err, ERR_INTERNAL, "the server's answer names no token");
        return fail(err);
    }
    (void)printf("%.*s\n", SPAN_FMT(token));
    return 0;
}

static int
revoke(struct client *client, const struct args *args, struct err *err)
{
    const char *name = arg_value(args, "name");
    char path[512];
    struct buf buf;
    buf_init(&buf, path, sizeof path - 1);
    buf_str(&buf, "/v1/tokens/");
    path_put(&buf, span_str(name));
    path[buf.n] = '\0';
    const struct client_ask ask = {.method = "DELETE", .path = path};
    struct answer answer;
    if (!buf_ok(&buf))
        return fail_usage("that name is too long");
    if (!client_do(client, &ask, &answer, err) || !client_good(&answer, client_arena(client), err))
        return fail(err);
    (void)printf("revoked\n");
    return 0;
}

static int
list(struct client *client, struct err *err)
{
    const struct client_ask ask = {.method = "GET", .path = "/v1/tokens"};
    struct answer answer;
    const struct json *reply = NULL;
    if (!client_do(client, &ask, &answer, err) || !client_good(&answer, client_arena(client), err) ||
        !json_read(client_arena(client), answer.body, &reply, err))
        return fail(err);
    const struct json *tokens = json_get(reply, "tokens");
    for (const struct json *t = tokens == NULL ? NULL : tokens->first; t != NULL; t = t->next) {
        struct span name = SPAN(""), role = SPAN(""), expires = SPAN(""), revoked = SPAN_NONE;
        (void)json_get_text(t, "name", &name);
        (void)json_get_text(t, "role", &role);
        (void)json_get_text(t, "expires", &expires);
        (void)json_get_text(t, "revoked", &revoked);
        (void)printf("%-24.*s %-16.*s until %.*s%s\n", SPAN_FMT(name), SPAN_FMT(role),
                     SPAN_FMT(span_sub(expires, 0, 10)), revoked.p != NULL ? "  revoked" : "");
    }
    return 0;
}

int
run_token(const struct args *args)
{
    struct err err;
    struct client *client = NULL;
    if (args->word_count != 1)
        return fail_usage("token knows add, revoke and list");
    const char *what = args->words[0];
    bool known = strcmp(what, "add") == 0 || strcmp(what, "revoke") == 0 || strcmp(what, "list") == 0;
    if (!known)
        return fail_usage("token knows add, revoke and list, not \"%s\"", what);
    if (what[0] == 'a' && (((arg_value(args, "role") == NULL) == (arg_value(args, "subject") == NULL)) ||
                           arg_value(args, "name") == NULL))
        return fail_usage("token add needs --name and either --role or --subject");
    if (what[0] == 'r' && arg_value(args, "name") == NULL)
        return fail_usage("token revoke needs --name");
    if (!client_open(args, &client, &err))
        return fail(&err);
    int status = what[0] == 'a' ? add(client, args, &err)
                 : what[0] == 'r' ? revoke(client, args, &err)
                                  : list(client, &err);
    client_close(&client);
    return status;
}
