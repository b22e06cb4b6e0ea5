/*
 * People in bulk, for `make scale`: bench-fill register FROM COUNT, or bench-fill visit PEOPLE COUNT.
 *
 * It is a server without sockets: it opens the instance the server opens, comes with a token of the role that may do
 * this, and does the same deeds in the same order as the interface does (api/collect.c), only more of them in one
 * turn. So the store is one that a server has made: sealed rows, wrapped keys, look-ups, a ledger that verifies, and
 * every deed decided by the policy and recorded.
 *
 *   register  COUNT new people, numbered from FROM: pN@example.org. Their ids, 16 bytes each, are added to the file.
 *   visit     COUNT of the PEOPLE in that file, spread evenly, leave a record that ends after a day.
 *
 * Settings: as for `troth serve` in the environment (TROTH_POLICY, TROTH_DATA, TROTH_ROOT_KEY_FILE, TROTH_STORE);
 * TROTH_TOKEN; FILL_EXE, the program whose key process is used; FILL_IDS, the file.
 */
#include "base/clock.h"
#include "base/log.h"
#include "cli/cli_priv.h"
#include "crypt/crypt.h"
#include "deeds/collect.h"

#include <signal.h>
#include <stdlib.h>

enum { TURN = 512, ARENA_BYTES = 64 << 20, BODY_MAX = 1024, IDLE_MAX = 64, SAY_EVERY = 100000 };

struct fill {
    struct instance *it;
    struct arena arena;
    struct caller caller;
    struct span token;
    FILE *ids;
    bool visit;
    uint64_t from, count, people; /* people: of the file, for visits */
    struct collect asks[TURN];
};

static const char *
setting(const char *name)
{
    const char *value = getenv(name);
    if (value != NULL)
        return value;
    (void)fprintf(stderr, "fill: %s is not set\n", name);
    exit(2);
}

static bool
body_of(struct fill *fill, uint64_t n, struct span *ret)
{
    static const char *const first[] = {"Ada", "Amir", "Anouk", "Bela", "Carla", "Chidi", "Dagny", "Emeka"};
    static const char *const last[] = {"Ahorn", "Birke", "Buche", "Eibe", "Erle", "Esche", "Linde", "Ulme"};
    struct buf body = arena_buf(&fill->arena, BODY_MAX);
    if (fill->visit)
        buf_fmt(&body, "{\"visit.text\":\"looked at page %llu, and then at the one behind it, for a while\"}",
                (unsigned long long)n);
    else
        buf_fmt(&body,
                "{\"account.first-name\":\"%s\",\"account.last-name\":\"%s\",\"account.email\":\"p%llu@example.org\","
                "\"account.about\":\"%0200llu\"}",
                first[n % 8], last[n / 8 % 8], (unsigned long long)n, (unsigned long long)n);
    *ret = buf_span(&body);
    return buf_ok(&body);
}

/* What the interface reads from the body of a submission, and what is needed to do it. */
static bool
ask_make(struct fill *fill, struct collect *ask, uint64_t i, struct err *err)
{
    const struct policy *policy = instance_policy(fill->it);
    *ask = (struct collect){.point = policy_point_find(policy, fill->visit ? SPAN("visit") : SPAN("register")),
                            .deed = {.it = fill->it, .caller = &fill->caller, .arena = &fill->arena,
                                     .purpose_name = SPAN("run-account"), .purpose = POLICY_NONE, .task = POLICY_NONE}};
    crypt_random(ask->deed.request, sizeof ask->deed.request);
    struct span text;
    const struct json *fields;
    struct values *values;
    bool closed;
    if (!body_of(fill, fill->from + i, &text) || !json_read(&fill->arena, text, &fields, err) ||
        !values_read(policy, &fill->arena, fields, POLICY_NONE, policy->points[ask->point].refuse_cards, &values, &closed, err))
        return false;
    ask->values = values;
    if (fill->visit) {
        long at = (long)(i * fill->people / fill->count) * 16;
        ask->has_subject = true;
        if (fseek(fill->ids, at, SEEK_SET) != 0 || fread(ask->subject, 16, 1, fill->ids) != 1)
            return err_set(err, ERR_IO, "the file of ids is too short");
    }
    collect_need(ask);
    return true;
}

static bool
caller_is(struct fill *fill, struct err *err)
{
    return deed_caller(fill->it, &fill->arena, fill->token, &fill->caller, err) == DEED_DONE;
}

/* One turn: announced, fetched, done, committed. */
static bool
turn(struct fill *fill, uint64_t first, uint64_t some, struct err *err)
{
    if (!instance_turn_begin(fill->it, err))
        return false;
    if (!caller_is(fill, err))
        return false;
    deed_caller_need(fill->it, fill->token, &fill->caller);
    for (uint64_t i = 0; i < some; i++)
        if (!ask_make(fill, &fill->asks[i], first + i, err))
            return false;
    if (!instance_turn_fetch(fill->it, err) || !caller_is(fill, err))
        return false;
    for (uint64_t i = 0; i < some; i++)
        if (deed_resolve(&fill->asks[i].deed, err) != DEED_DONE || collect_run(&fill->asks[i], err) != DEED_DONE)
            return false;
    if (!instance_turn_commit(fill->it, err))
        return false;
    for (uint64_t i = 0; i < some && !fill->visit; i++)
        if (fwrite(fill->asks[i].subject, 16, 1, fill->ids) != 1)
            return err_set(err, ERR_IO, "the file of ids cannot be written");
    arena_reset(&fill->arena);
    return true;
}

/* What the server does between turns. */
static void
rest(struct fill *fill)
{
    for (int i = 0; i < IDLE_MAX && instance_idle(fill->it, clock_mono_ms()) == 0; i++)
        ;
}

static bool
all(struct fill *fill, struct err *err)
{
    int64_t begun = clock_mono_ms();
    rest(fill);
    for (uint64_t done = 0; done < fill->count;) {
        uint64_t some = fill->count - done < TURN ? fill->count - done : TURN;
        if (!turn(fill, done, some, err))
            return false;
        rest(fill);
        if (done / SAY_EVERY != (done + some) / SAY_EVERY)
            (void)fprintf(stderr, "fill: %llu of %llu, %.0f/s\n", (unsigned long long)(done + some),
                          (unsigned long long)fill->count,
                          (double)(done + some) * 1000 / (double)(clock_mono_ms() - begun + 1));
        done += some;
    }
    return true;
}

static bool
fill_open(struct fill *fill, struct err *err)
{
    struct instance_options options = {.dir = setting("TROTH_DATA"), .store = getenv("TROTH_STORE"),
                                       .store_keys = getenv("TROTH_STORE_KEYS"), .self_exe = setting("FILL_EXE"),
                                       .key_source = {.file = setting("TROTH_ROOT_KEY_FILE"), .passphrase_fd = -1},
                                       .create = true, .reserve = UINT64_MAX};
    fill->token = span_str(setting("TROTH_TOKEN"));
    fill->ids = fopen(setting("FILL_IDS"), fill->visit ? "rbe" : "abe");
    if (fill->ids == NULL)
        return err_set(err, ERR_IO, "the file of ids cannot be opened");
    return arena_open(&fill->arena, ARENA_BYTES, err) &&
           policy_load(setting("TROTH_POLICY"), &options.policy, &options.policy_source, err) &&
           instance_open(&options, &fill->it, err);
}

int
main(int argc, char **argv)
{
    static struct fill fill;
    struct err err;
    err_clear(&err);
    (void)signal(SIGPIPE, SIG_IGN);
    uint64_t number = 0;
    if (argc != 4 || (strcmp(argv[1], "register") != 0 && strcmp(argv[1], "visit") != 0) ||
        !span_u64(span_str(argv[2]), INT64_MAX, &number) || !span_u64(span_str(argv[3]), INT64_MAX, &fill.count)) {
        (void)fprintf(stderr, "usage: bench-fill register FROM COUNT | visit PEOPLE COUNT\n");
        return 2;
    }
    log_set_level(LOG_WARN);
    fill.visit = strcmp(argv[1], "visit") == 0;
    fill.from = fill.visit ? 0 : number;
    fill.people = number;
    bool good = crypt_start_debuggable(&err) && fill_open(&fill, &err) && all(&fill, &err);
    if (!good)
        (void)fprintf(stderr, "fill: %s: %s\n", err_machine_code(err.code), err.text);
    instance_close(&fill.it);
    if (fill.ids != NULL && fclose(fill.ids) != 0)
        good = false;
    arena_close(&fill.arena);
    return good ? 0 : 1;
}
