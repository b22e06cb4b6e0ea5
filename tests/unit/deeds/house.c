#include "house.h"

#include "../store/kit.h"

#include "base/log.h"
#include "crypt/crypt.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const struct caller house_system = {.role = ACTOR_SYSTEM};

/* TROTH_TEST_STORE=postgresql: over a pair of databases of its own. */
static struct kit bases;

const char *
house_store(void)
{
    return bases.url[0] == '\0' ? NULL : bases.url;
}

static void
start(struct house *house, const char *text, bool create)
{
    struct err err = {0};
    struct policy *policy = file_policy(span_str(text), "test.yaml");
    if (policy == NULL)
        fail_msg("%.*s", SPAN_FMT(faults_text()));
    const struct instance_options options = {
        .dir = house->dir,
        .store = house_store(),
        .self_exe = "/proc/self/exe",
        .key_source = {.file = house->secret, .passphrase_fd = -1},
        .create = create,
        .policy = policy,
        .policy_source = span_str(text)};
    if (!instance_open(&options, &house->it, &err))
        fail_msg("instance_open: %s", err.text);
    house->it->fixed_time = true;
}

void
house_open(struct house *house, const char *policy)
{
    struct err err = {0};
    log_set_level(LOG_ERROR);
    *house = (struct house){0};
    kit_bases_make(&bases);
    (void)snprintf(house->dir, sizeof house->dir, "/tmp/troth-house-XXXXXX");
    assert_non_null(mkdtemp(house->dir));
    (void)snprintf(house->secret, sizeof house->secret, "%s/unseal.key", house->dir);
    const struct key_source source = {.file = house->secret, .passphrase_fd = -1};
    assert_true(crypt_start_debuggable(&err));
    assert_true(key_file_create(house->secret, &err) && keyring_create(house->dir, &source, &err));
    assert_true(arena_open(&house->arena, 4 << 20, &err));
    start(house, policy, true);
}

void
house_restart(struct house *house, const char *policy)
{
    instance_close(&house->it);
    start(house, policy, false);
}

void
house_close(struct house *house)
{
    instance_close(&house->it);
    arena_close(&house->arena);
    policy_faults_close(&files_faults);
    DIR *dir = opendir(house->dir);
    assert_non_null(dir);
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[400];
        (void)snprintf(path, sizeof path, "%s/%s", house->dir, entry->d_name);
        if (entry->d_name[0] != '.')
            (void)unlink(path);
    }
    (void)closedir(dir);
    (void)rmdir(house->dir);
    kit_bases_drop(&bases);
}

void
house_begin(struct house *house, int64_t now_us)
{
    struct err err = {0};
    if (!instance_turn_begin(house->it, &err))
        fail_msg("turn_begin: %s", err.text);
    house->it->now_us = now_us;
    arena_reset(&house->arena);
}

void
house_end(struct house *house, bool commit)
{
    struct err err = {0};
    if (!commit)
        instance_turn_abort(house->it);
    else if (!instance_turn_commit(house->it, &err))
        fail_msg("turn_commit: %s", err.text);
}

struct deed
house_deed(struct house *house, const struct caller *caller, const char *purpose)
{
    struct err err = {0};
    struct deed deed = {.it = house->it,
                        .caller = caller,
                        .arena = &house->arena,
                        .purpose_name = purpose == NULL ? SPAN_NONE : span_str(purpose)};
    crypt_random(deed.request, sizeof deed.request);
    if (caller->role == ACTOR_SYSTEM) {
        deed.purpose = PURPOSE_RETENTION;
        deed.task = POLICY_NONE;
    } else if (deed_resolve(&deed, &err) != DEED_DONE) {
        fail_msg("deed_resolve: %s", err.text);
    }
    return deed;
}

struct caller
house_role(const struct house *house, const char *role)
{
    struct caller caller = {.role = policy_role_find(house->it->policy, span_str(role))};
    assert_int_not_equal(caller.role, POLICY_NONE);
    caller.staff = house->it->policy->roles[caller.role].kind == ROLE_STAFF;
    caller.id[0] = (uint8_t)(1 + caller.role);
    return caller;
}

struct caller
house_self(const uint8_t subject[16])
{
    struct caller caller = {.role = ACTOR_SUBJECT, .id = {0xff}};
    memcpy(caller.subject, subject, 16);
    return caller;
}

const struct values *
house_values(struct house *house, const char *json, int category)
{
    struct err err = {0};
    const struct json *fields = NULL;
    struct values *values = NULL;
    bool closed = false;
    if (!json_read(&house->arena, span_str(json), &fields, &err) ||
        !values_read(house->it->policy, &house->arena, fields, category, true, &values, &closed,
                     &err))
        fail_msg("%s: %s (%s)", json, err.text, err.place);
    return values;
}

void
house_collect(struct house *house, const char *role, const char *point, const char *json,
              uint8_t ret_id[16])
{
    struct err err = {0};
    const struct caller caller = house_role(house, role);
    struct collect ask = {.deed = house_deed(house, &caller, NULL),
                          .point = policy_point_find(house->it->policy, span_str(point)),
                          .values = house_values(house, json, POLICY_NONE)};
    collect_need(&ask);
    if (!instance_turn_fetch(house->it, &err) || collect_run(&ask, &err) != DEED_DONE)
        fail_msg("collect: %s (%s)", err.text, err.rule);
    memcpy(ret_id, ask.subject, 16);
}

enum deed_end
house_read(struct house *house, const char *role, const char *purpose, const uint8_t id[16],
           const char *category, uint64_t rec, struct fields **ret, struct err *err)
{
    const struct caller caller = house_role(house, role);
    struct read ask = {.deed = house_deed(house, &caller, purpose),
                       .category = category_of(house, category),
                       .rec = rec,
                       .wanted = ~UINT64_C(0)};
    memcpy(ask.subject, id, 16);
    read_need(&ask);
    err_clear(err);
    if (!instance_turn_fetch(house->it, err))
        fail_msg("fetch: %s", err->text);
    enum deed_end end = read_run(&ask, err);
    if (end == DEED_DONE && ret != NULL)
        *ret = ask.fields;
    return end;
}

enum deed_end
house_write(struct house *house, const char *role, const char *purpose, const uint8_t id[16],
            const char *category, const char *json, uint64_t rec, uint64_t version,
            uint64_t *ret_rec, struct err *err)
{
    const struct caller caller = house_role(house, role);
    struct write ask = {.deed = house_deed(house, &caller, purpose),
                        .category = category_of(house, category),
                        .rec = rec,
                        .make = version == 0,
                        .has_version = version != 0,
                        .version = version,
                        .values = house_values(house, json, category_of(house, category))};
    memcpy(ask.subject, id, 16);
    write_need(&ask);
    err_clear(err);
    if (!instance_turn_fetch(house->it, err))
        fail_msg("fetch: %s", err->text);
    enum deed_end end = write_run(&ask, err);
    if (ret_rec != NULL)
        *ret_rec = ask.rec;
    return end;
}

enum deed_end
house_erase(struct house *house, const uint8_t id[16], const char *category, uint64_t rec,
            struct erase *ret, struct err *err)
{
    static struct caller self;
    self = house_self(id);
    *ret = (struct erase){.deed = house_deed(house, &self, NULL),
                          .category = category == NULL ? POLICY_NONE : category_of(house, category),
                          .has_rec = rec != 0,
                          .rec = rec};
    memcpy(ret->subject, id, 16);
    erase_need(ret);
    err_clear(err);
    if (!instance_turn_fetch(house->it, err))
        fail_msg("fetch: %s", err->text);
    return erase_run(ret, err);
}

struct sweep
house_sweep(struct house *house, int64_t now_us)
{
    struct sweep all = {0};
    for (int turns = 0;; turns++) {
        struct err err = {0};
        house_begin(house, now_us);
        struct sweep ask = {.deed = house_deed(house, &house_system, NULL)};
        house->it->sweep_more = false;
        if (sweep_run(&ask, &err) != DEED_DONE)
            fail_msg("sweep: %s", err.text);
        house_end(house, true);
        all.erased += ask.erased;
        all.depersonalised += ask.depersonalised;
        all.purged += ask.purged;
        if (!ask.more && !house->it->sweep_more)
            return all;
        if (turns == 10000)
            fail_msg("the sweep does not end");
    }
}

void
house_event(struct house *house, const char *role, const uint8_t id[16], const char *event)
{
    struct err err = {0};
    const struct caller caller = house_role(house, role);
    struct person_set ask = {.deed = house_deed(house, &caller, NULL),
                             .event = policy_event_find(house->it->policy, span_str(event))};
    memcpy(ask.subject, id, 16);
    person_set_need(&ask);
    if (!instance_turn_fetch(house->it, &err) || person_set_run(&ask, &err) != DEED_DONE)
        fail_msg("event %s: %s (%s)", event, err.text, err.rule);
}

struct ledger_entry
house_entry(struct house *house, uint64_t number)
{
    struct err err = {0};
    struct ledger_entry entry = {0};
    struct val out[1];
    bool found = false;
    const struct val in[] = {val_int((int64_t)number)};
    if (!ledger_flush(house->it->ledger, house->it->txn, &err) ||
        !rows_one(house->it->txn, &house->arena, SQL_ledger_entry_get, in, 1, out, 1, &found,
                  &err) ||
        !found || !ledger_entry_get((const uint8_t *)out[0].s.p, &entry, &err))
        fail_msg("entry %llu: %s", (unsigned long long)number, err.text);
    return entry;
}

uint64_t
house_since(const struct house *house, uint64_t number)
{
    uint64_t first = ledger_entry_next(house->it->ledger) & ~LEDGER_NO_MAX;
    return (number & ~LEDGER_NO_MAX) == first ? number : first;
}

void
house_verify(struct house *house)
{
    struct err err = {0};
    struct ledger_report report;
    if (!instance_checkpoint(house->it, &err))
        fail_msg("checkpoint: %s", err.text);
    house_begin(house, house->it->now_us);
    if (!ledger_verify(house->it->txn, house->it->origin, instance_ledger_key(house->it), NULL,
                       NULL, &report, &err))
        fail_msg("verify: %s", err.text);
    if (!report.sound)
        fail_msg("the ledger does not hold: %s", report.fault);
    house_end(house, false);
}

int
category_of(const struct house *house, const char *name)
{
    int category = policy_category_find(house->it->policy, span_str(name));
    assert_int_not_equal(category, POLICY_NONE);
    return category;
}

int
purpose_of(const struct house *house, const char *name)
{
    int purpose = policy_purpose_find(house->it->policy, span_str(name));
    assert_int_not_equal(purpose, POLICY_NONE);
    return purpose;
}
