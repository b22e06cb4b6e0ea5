/* What is drawn and listed from a policy file: the data map, the record of processing activities. */
#include "cli/cli_priv.h"

#include "policy/map.h"
#include "policy/register.h"

/* Only what is used is touched. */
enum { DRAW_ROOM = 256 * 1024 * 1024 };

int
run_map(const struct args *args)
{
    struct policy *policy = NULL;
    struct arena arena;
    struct err err;
    bool light = arg_value(args, "light") != NULL, dark = arg_value(args, "dark") != NULL;
    if (args->word_count != 1)
        return fail_usage("map takes one policy file");
    if (light && dark)
        return fail_usage("map is either --light or --dark");
    if (!policy_load(args->words[0], &policy, NULL, &err))
        return err.code == ERR_POLICY ? err_exit_status(ERR_POLICY) : fail(&err);
    if (!arena_open(&arena, DRAW_ROOM, &err)) {
        policy_free(&policy);
        return fail(&err);
    }
    struct buf out = arena_buf(&arena, DRAW_ROOM / 2);
    bool good = policy_map_svg(policy, light ? MAP_LIGHT : dark ? MAP_DARK : MAP_AUTO, &arena, &out);
    policy_free(&policy);
    err_set(&err, good ? ERR_IO : ERR_TOO_LARGE, good ? "the map cannot be written" : "the policy is too large to be drawn");
    good = good && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    arena_close(&arena);
    return good ? 0 : fail(&err);
}

int
run_register(const struct args *args)
{
    struct policy *policy = NULL;
    struct arena arena;
    struct err err;
    bool html = arg_value(args, "html") != NULL, jsonld = arg_value(args, "jsonld") != NULL;
    bool csv = arg_value(args, "csv") != NULL;
    if (args->word_count != 1)
        return fail_usage("register takes one policy file");
    if (html + jsonld + csv > 1)
        return fail_usage("register is one of --csv, --html and --jsonld");
    if (!policy_load(args->words[0], &policy, NULL, &err))
        return err.code == ERR_POLICY ? err_exit_status(ERR_POLICY) : fail(&err);
    if (!arena_open(&arena, DRAW_ROOM, &err)) {
        policy_free(&policy);
        return fail(&err);
    }
    struct buf out = arena_buf(&arena, DRAW_ROOM / 2);
    bool good = html     ? policy_register_html(policy, &arena, &out)
                : jsonld ? policy_register_jsonld(policy, &arena, &out)
                         : policy_register_csv(policy, &arena, &out);
    policy_free(&policy);
    err_set(&err, good ? ERR_IO : ERR_TOO_LARGE, good ? "the record cannot be written" : "the policy is too large for a record");
    good = good && fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    arena_close(&arena);
    return good ? 0 : fail(&err);
}
