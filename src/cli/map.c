/* What is drawn and listed from a policy file: the data map, the record of processing activities. */
#include "cli/cli_priv.h"

#include "policy/map.h"

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
