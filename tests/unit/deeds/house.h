/*
 * tests/unit/deeds/house.h - a whole instance over a policy of the test's own.
 *
 * The folder, its keyring and key process are real. The clock is the test's: each
 * turn begins at the time it names. Everything here fails the test itself.
 */
#ifndef TROTH_TESTS_DEEDS_HOUSE_H
#define TROTH_TESTS_DEEDS_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../policy/files.h"

#include "deeds/collect.h"
#include "deeds/deed_priv.h"
#include "deeds/erase.h"
#include "deeds/sweep.h"
#include "deeds/write.h"

struct house {
    char dir[64], secret[96];
    struct instance *it;
    struct arena arena; /* of the deeds of a turn */
};

/* A time the tests may move about from: 2030-01-01. */
#define HOUSE_TIME INT64_C(1893456000000000)

/* NULL: files in the folder. */
const char *house_store(void);
void house_open(struct house *house, const char *policy);
/* As a new start of the program, with the same policy or another. */
void house_restart(struct house *house, const char *policy);
void house_close(struct house *house);

void house_begin(struct house *house, int64_t now_us);
void house_end(struct house *house, bool commit);

/* A deed of this caller with everything resolved. Names must be declared. */
struct deed house_deed(struct house *house, const struct caller *caller, const char *purpose);
struct caller house_role(const struct house *house, const char *role);
struct caller house_self(const uint8_t subject[16]);
extern const struct caller house_system;

/* Fields as a client sends them: {"account.email": "…"}. */
const struct values *house_values(struct house *house, const char *json, int category);

/* A new person at a point of the policy; *ret_id is theirs. Inside a turn. */
void house_collect(struct house *house, const char *role, const char *point, const char *json,
                   uint8_t ret_id[16]);

/* How a role's reading of a whole record ends; the fields lie in the house's arena. */
enum deed_end house_read(struct house *house, const char *role, const char *purpose,
                         const uint8_t id[16], const char *category, uint64_t rec,
                         struct fields **ret, struct err *err);

/* A new record (rec 0) or a correction of one at that version; *ret_rec may be NULL. */
enum deed_end house_write(struct house *house, const char *role, const char *purpose,
                          const uint8_t id[16], const char *category, const char *json,
                          uint64_t rec, uint64_t version, uint64_t *ret_rec, struct err *err);
/* category NULL: the whole person; rec 0: the whole category. By the person's own word. */
enum deed_end house_erase(struct house *house, const uint8_t id[16], const char *category,
                          uint64_t rec, struct erase *ret, struct err *err);
/* Sweeps, turn after turn, until nothing more is due; no turn is open. */
struct sweep house_sweep(struct house *house, int64_t now_us);
/* An event of a person's life, told by the role. */
void house_event(struct house *house, const char *role, const uint8_t id[16], const char *event);

/* The ledger's entry of that number, committed or not. */
struct ledger_entry house_entry(struct house *house, uint64_t number);
/* The same number, or the first of the lane that is written in now, when that has changed since (0: always). */
uint64_t house_since(const struct house *house, uint64_t number);
/* The whole book verifies; no turn is open. */
void house_verify(struct house *house);

int category_of(const struct house *house, const char *name);
int purpose_of(const struct house *house, const char *name);

#endif
