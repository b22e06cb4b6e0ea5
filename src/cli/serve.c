#include "cli/cli_priv.h"

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "os/notify.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RESERVE_MIB_MAX = 65536 };

static bool
level_set(const char *name, struct err *err)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    for (int i = 0; i < 4; i++) {
        if (strcmp(names[i], name) == 0) {
            log_set_level((enum log_level)i);
            return true;
        }
    }
    return err_set(err, ERR_CONFIG, "log-level must be debug, info, warn or error");
}

static bool
folder_and_keys(const char *dir, struct err *err)
{
    char path[4200];
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/keyring.trk", dir);
    return stat(path, &st) == 0 ||
           err_set(err, ERR_KEYS, "%s is not there; make it with: troth keys new --data %s", path, dir);
}

struct house {
    struct instance *it;
    struct api *api;
    struct serve *serve;
    char local[4200];
};

static bool
house_open(struct house *house, const struct settings *settings, const struct args *args,
           struct err *err)
{
    const char *policy_path = settings_get(settings, "policy");
    struct instance_options options = {.dir = settings_get(settings, "data"),
                                       .store = settings_get(settings, "store"),
                                       .store_keys = settings_get(settings, "store-keys"),
                                       .self_exe = args->self_exe,
                                       .origin = settings_get(settings, "origin"),
                                       .kind = settings_get(settings, "instance"),
                                       .create = true};
    uint64_t reserve_mib;
    if (policy_path == NULL)
        return err_set(err, ERR_CONFIG, "say which policy to keep: --policy FILE");
    if (!span_u64(span_str(settings_get(settings, "reserve")), RESERVE_MIB_MAX, &reserve_mib))
        return err_set(err, ERR_CONFIG, "reserve is a number of MiB from 0 to %d", RESERVE_MIB_MAX);
    options.reserve = reserve_mib << 20;
    if (!level_set(settings_get(settings, "log-level"), err) ||
        !settings_key_source(settings, &options.key_source, err) ||
        !policy_load(policy_path, &options.policy, &options.policy_source, err))
        return false;
    bool opened = folder_and_keys(options.dir, err) && instance_open(&options, &house->it, err);
    free((void *)(uintptr_t)options.policy_source.p);
    if (!opened) {
        policy_free(&options.policy);
        return false;
    }
    if (!api_open(house->it, &house->api, err))
        return false;
    (void)snprintf(house->local, sizeof house->local, "%s/troth.sock", options.dir);
    struct serve_options serve = {.listen = settings_get(settings, "listen"),
                                  .local_path = house->local,
                                  .cert_file = settings_get(settings, "tls-cert"),
                                  .key_file = settings_get(settings, "tls-key"),
                                  .hosts = settings_get(settings, "hosts"),
                                  .hooks = api_hooks(house->api),
                                  .access_log = settings_get(settings, "access-log") != NULL};
    serve.routes = api_routes(&serve.route_count);
    if (!serve_open(&serve, &house->serve, err))
        return false;
    api_set_serve(house->api, house->serve);
    return true;
}

int
run_serve(const struct args *args)
{
    struct err err;
    struct settings settings;
    static struct house house;
    if (args->word_count > 0)
        return fail_usage("serve takes options only; see troth serve --help");
    err_clear(&err);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a full disk is an answer, not an end */
    bool good = settings_open(args, &settings, &err) && house_open(&house, &settings, args, &err);
    if (good) {
        const struct policy *policy = instance_policy(house.it);
        char hash[65];
        hex_put(hash, policy->hash, 32);
        if (clock_is_movable())
            LOG(LOG_WARN, "test-clock", LOG_T("text", "this build's clock can be moved; never use it "
                                                      "for real data"));
        LOG(LOG_INFO, "listening", LOG_N("port", serve_port(house.serve, 0)),
            LOG_T("listen", settings_get(&settings, "listen")), LOG_T("policy", hash));
        notify_ready();
        good = serve_run(house.serve, &err);
        notify_stopping();
        /* Nothing may be written after that; a new start settles what is there. */
        good = good && !instance_fallen(house.it, &err);
    }
    if (house.serve != NULL)
        serve_close(&house.serve);
    api_close(&house.api);
    instance_close(&house.it);
    settings_close(&settings);
    if (good) {
        LOG(LOG_INFO, "stopped");
        return 0;
    }
    return fail(&err);
}

int
run_keyd(const struct args *args)
{
    uint64_t fd = 0;
    if (args->word_count != 1 || !span_u64(span_str(args->words[0]), 1023, &fd))
        return fail_usage("keyd is started by the server, not by hand");
    return keyd_main((int)fd);
}
