/*
 * deeds/deed_priv.h - the inside of an instance, and the steps all deeds are made of.
 */
#ifndef TROTH_DEEDS_DEED_PRIV_H
#define TROTH_DEEDS_DEED_PRIV_H

#include "deeds/consent.h"
#include "deeds/deed.h"
#include "deeds/lease.h"
#include "deeds/meta_priv.h"
#include "deeds/read.h"
#include "ledger/ledger.h"
#include "store/store.h"
#include "store/txn.h"
#include "vault/catalogue.h"
#include "vault/keys.h"
#include "vault/record.h"

enum { AREF_CACHE = 1024, CATEGORY_LEDGER = 0 };

struct aref_slot {
    uint8_t id[16], aref[16];
    bool used;
};

/* A token found good in this turn. */
enum { MEMO_MAX = 16 };
struct caller_memo {
    char text[64];
    size_t n;
    struct caller caller;
};

/* A token that was good when it was last looked up (several nodes). */
enum { KNOWN_MAX = 64 };
struct caller_known {
    uint8_t hash[32];
    struct caller caller;
    bool used;
};

/* A look-up value that only one person may have, and that this turn will put (unique.c; PostgreSQL only). */
enum { UNIQUES_MAX = 4 * LIMIT_TURN_REQUESTS };
struct unique {
    enum { UNIQUE_SAID, UNIQUE_ASKED, UNIQUE_KNOWN, UNIQUE_DOUBT } state;
    uint16_t field;
    const uint8_t *from;        /* where keyd's answer comes to */
    uint8_t value[16];
    int64_t owner;              /* sn; 0: nobody */
};

struct traces;

/* Somebody whose keys a deed of this turn will need, and who is still to be found (PostgreSQL only). */
enum { DEED_NEED_MAX = 64, NEED_PEOPLE_MAX = LIMIT_TURN_REQUESTS };
struct need {
    uint8_t subject[16];
    int categories[DEED_NEED_MAX];
    size_t count;
};

/* How far a new policy has reached what lies there: the last record whose dates were worked out again. */
struct redate {
    bool going;
    int64_t sn, category;
    uint64_t rec;
};

/* What the ledger and the person are told of a deed. */
struct note {
    const struct person *about;     /* NULL: nobody */
    enum ledger_event event;
    enum ledger_decision decision;
    uint32_t rule;
    const char *act;                /* "read", "correct" … */
    int category;                   /* POLICY_NONE: none */
    bool has_rec;
    uint64_t rec;
    uint64_t fields;                /* of the category; 0: not told */
    int purpose_about;              /* consent: the purpose it is about; POLICY_NONE else */
    struct span word;               /* one more name from the policy (event, point, export); may be empty */
    bool tombstone;                 /* the detail is the mark of an erased person */
};

struct instance {
    struct store *store;
    struct keyd *keyd;
    struct keys *keys;
    struct ledger *ledger;
    struct policy *policy;
    struct catalogue *catalogue;
    int64_t policy_no;
    int kind;                   /* of server this is, index into the policy's instances; POLICY_NONE: it names none */
    uint8_t node[16];           /* who this is among the nodes of a store; random at each start */
    char *self_exe, *dir;
    char origin[128];
    struct arena scratch;       /* of the turn: rows nobody keeps */
    struct txn *txn;
    int64_t now_us;
    int64_t next_sn;            /* the number the next new person gets; */
    bool taking;                /* a block is being taken in a turn of its own */
    int64_t end_sn, taken_sn;   /* the first that is not ours to give; the block to go on with, 0: none yet */
    int64_t used_sn;            /* the block before, used up and not settled yet; 0: none */
    bool ended_waiting;         /* `ended` has rows whose turn is durable */
    bool ended_cleared;         /* and this turn clears them */
    bool destroyed;             /* this turn destroys keys */
    bool renewed;               /* this turn seals a category under a second key */
    uint64_t rows_stand;        /* changes with every turn and before every deed that may write: what was read
                                 * under the same number is still true */
    struct caller_memo memos[MEMO_MAX];
    size_t memo_count;
    uint64_t memo_stand;
    struct caller_known known[KNOWN_MAX];
    bool guarded;               /* this turn has taken its guards */
    bool fixed_time;            /* unit tests say what time it is */
    bool changes;               /* the deed in hand changes what it finds of a person */
    struct lookup *lookups[LIMIT_TURN_REQUESTS]; /* of this turn, whose people are still to be found (PostgreSQL only) */
    size_t lookup_count;
    struct unique uniques[UNIQUES_MAX];
    size_t unique_count;
    struct traces *traces;
    struct need needs[NEED_PEOPLE_MAX];
    size_t need_count;
    struct redate redate;
    enum store_room room;       /* as the turn began */
    bool txn_broken;            /* a deed could not be taken back: this turn must not commit */
    struct note tried;          /* what the deed in hand was allowed to do (deed_try); act NULL: nothing yet */
    struct person tried_about;
    struct aref_slot arefs[AREF_CACHE];
    /* between turns */
    uint64_t checkpoint_size;
    uint64_t signed_size;       /* what keyd last signed; larger when that did not become durable */
    uint64_t store_opened;      /* the store's connections this memory goes with */
    bool opened;                /* wholly; what a start that failed leaves is for the next to settle */
    bool remembering, deposed;
    bool moved;                 /* the store is no more the one that goes on (move.h) */
    bool behind;                /* the store uses an epoch this node's keyring has not */
    int64_t checkpoint_ms, tidy_ms, sweep_ms, index_ms, redate_ms, epoch_ms, settle_ms;
    int64_t calm_ms;            /* a step failed (a full disk, say): until then none is tried */
    bool sweep_more;
    uint64_t trace_upto;        /* on lane 0; above it nothing is indexed behind */
    uint64_t tally_upto;        /* entries before it are counted (tally.c), as it was seen last */
    bool tally_more;            /* the last step counted some */
    int64_t tally_ms, swept_us; /* when the count goes on; when it was last noted that nothing was due */
    int64_t tree_ms;            /* when the tree is looked at again (sequence.c) */
    bool tree_busy;             /* the last step left something to do */
    bool tree_held;             /* when there was last something to do, this node did it */
    struct ledger_look tree;    /* as it was seen last */
    struct instance_figures figures;
};

/* A person as a deed sees them: one row. */
struct subject {
    struct person person;
    int kind;
    enum policy_person_state state;
    bool restricted;
    int64_t created_us;
};

/* Under the person's guard (guard.c), as the deed in hand needs it. *ret_found false: no such person, or erased. */
MUST_USE bool subject_find(struct instance *it, struct arena *arena, const uint8_t id[16],
                           struct subject *ret, bool *ret_found, struct err *err);
/* The same for an announcement: without the guard. */
MUST_USE bool subject_look(struct instance *it, struct arena *arena, const uint8_t id[16],
                           struct subject *ret, bool *ret_found, struct err *err);

enum { GUARD_ROUNDS = 4 }; /* of finding people, guarding them and looking again */
/* read.c */
void lookups_ahead(struct instance *it);
void lookups_again(struct instance *it);

/* guard.c: said ahead, with the others of the turn … */
void guard_person_need(struct instance *it, const uint8_t id[16], bool changes);
void guard_hash_need(struct instance *it, const uint8_t hash[32]); /* alone */
void guard_id_need(struct instance *it, const uint8_t id[16]);     /* of a token that is used, shared */
bool guard_person_has(struct instance *it, const uint8_t id[16], bool changes);
/* … taken, all that was said; the first time in a turn the policy's too, and whether it still stands: ERR_UNAVAILABLE … */
MUST_USE bool guards_take(struct instance *it, struct err *err);
/* … or had at once, when nobody said it ahead. ERR_UNAVAILABLE: another node has it. */
MUST_USE bool guard_person(struct instance *it, const uint8_t id[16], bool changes, struct err *err);
MUST_USE bool guard_hash(struct instance *it, const uint8_t hash[32], struct err *err);
/* *ret_late: only now, so what was read of the token must be read again. */
MUST_USE bool guard_id(struct instance *it, const uint8_t id[16], bool *ret_late, struct err *err);
MUST_USE bool guard_id_alone(struct instance *it, const uint8_t id[16], struct err *err);
/* Of two sweeps at once each would take the other's rows for the last there are. */
void guard_sweep_need(struct instance *it);
MUST_USE bool guard_sweep(struct instance *it, struct err *err);
/* First thing in a turn: no other node decides anything until its end. */
MUST_USE bool guard_policy_alone(struct instance *it, struct err *err);

/* unique.c: the look-up values of a part are said ahead, their hashes come with keys_fetch; those that only one person may
 * have are … */
struct values_part;
void lookup_values_need(struct deed *deed, struct values_part *part);
/* … guarded with all the others of the turn, and whose they are asked for; … */
void uniques_ahead(struct instance *it);
/* … and looked at; … */
MUST_USE bool uniques_look(struct instance *it, struct err *err);
/* … and put. ERR_TAKEN: somebody has it. */
MUST_USE bool unique_put(struct instance *it, uint16_t field, const uint8_t value[16], int64_t sn, struct err *err);
/* This person's values were taken away. */
void unique_gone(struct instance *it, int64_t sn);
/* Something of this turn was taken back. */
void uniques_doubt(struct instance *it);

/* Appends the entry and the person's trace. */
MUST_USE bool deed_record(struct deed *deed, const struct note *note, struct err *err);

/* From here on the deed touches data: whatever its end is, it has a line. When it is taken back (a stale version,
 * a value that is taken, a dry run) or finds nothing, deed_do writes the line from this note. */
void deed_try(struct deed *deed, const struct note *note);

/* The policy's no: recorded, err filled with rule and sentence. Returns DEED_REFUSED or DEED_FAILED. */
enum deed_end deed_refuse(struct deed *deed, const struct policy_question *question,
                          const struct policy_verdict *verdict, const struct note *note,
                          struct err *err);
/* Nothing there: recorded, ERR_NOT_FOUND. */
enum deed_end deed_absent(struct deed *deed, const char *act, const char *what, struct err *err);
/* May, but this person has nothing there: recorded as note says, ERR_NOT_FOUND. */
enum deed_end deed_nothing(struct deed *deed, const struct note *note, const char *what,
                           struct err *err);
/* No such person: whoever would be refused for anybody is refused all the same, so that only those who may know
 * learn that there is nobody; the others get deed_absent. */
enum deed_end deed_nobody(struct deed *deed, struct policy_question *question, const char *act,
                          const uint8_t subject[16], struct err *err);

/* The question with everything that does not depend on the record filled in. */
void deed_question(const struct deed *deed, enum policy_act act, int category,
                   const struct subject *subject, struct policy_question *ret);

/* The consent of a person for a purpose as it counts now. */
MUST_USE bool consent_load(struct instance *it, const struct person *who, int purpose,
                           enum policy_consent_state *ret, struct err *err);

/* trace.c: lines of the person's own view that wait for the end of the turn. */
MUST_USE bool traces_open(struct instance *it, struct err *err);
void traces_close(struct instance *it);
MUST_USE bool traces_add(struct instance *it, const struct person *about,
                         const struct data_key *key, const struct ledger_entry *entry,
                         const uint8_t r[32], struct span detail, struct err *err);
/* Writes them; before the commit, and before somebody reads them in the same turn (outside of any mark). */
MUST_USE bool traces_flush(struct instance *it, struct err *err);
/* What came since ledger_mark is taken back: entries, lines, and keys that were made meanwhile. */
void lines_back(struct instance *it, uint64_t mark);
void traces_forget(struct instance *it);

/* Announces the person's keys: the ledger's and those of these categories (the policy's indexes). */
void deed_need_keys(struct instance *it, const struct person *who, const int *categories,
                    size_t count);
/* The same for somebody who is still to be found. */
void deed_need_person(struct deed *deed, const uint8_t subject[16], const int *categories,
                      size_t count);
/* Those that were announced are found, all in one wait. */
void deed_needs_look(struct instance *it);

/* Around every deed: what a bad or failed one did is taken back, the rest of the turn stays. */
typedef enum deed_end (*deed_fn)(void *ask, struct err *err);
enum deed_end deed_do(struct deed *deed, deed_fn fn, void *ask, struct err *err);

/* keep.c: dates of a record under the policy's keep rule. 0: none. */
struct keep_times {
    int64_t created_us, changed_us;
    struct span field;              /* the stored date, when the rule counts from a field; may be empty */
    int64_t event_us;               /* 0: has not happened */
    int64_t withdrawn_us;
};
void keep_dates(const struct policy *policy, int category, const struct keep_times *times,
                int64_t *ret_least_us, int64_t *ret_due_us);
/* Announces what keep_person_times will read. */
void keep_need(struct instance *it, int64_t sn, int category);
/* The times this category's rule needs beyond those of the record. */
MUST_USE bool keep_person_times(struct instance *it, struct arena *arena, int64_t sn, int category,
                                struct keep_times *times, struct err *err);
/* Something a rule counts from has changed: new dates for all records of that person it touches. */
MUST_USE bool keep_redate(struct instance *it, struct arena *arena, int64_t sn,
                          const struct policy_keep *keep, struct err *err);

/* lead.c: whether the policy in force before (its hash) lets this one hold already: a wider one is told earlier. */
MUST_USE bool lead_kept(struct instance *it, struct span last_hash, struct err *err);

/* redate.c: after a policy was activated; at the start; a step between turns. */
MUST_USE bool redate_begin(struct instance *it, struct err *err);
MUST_USE bool redate_resume(struct instance *it, struct err *err);
MUST_USE bool redate_step(struct instance *it, struct err *err);

/* shelf.c: records put, read, sealed anew. */
struct shelf_row {
    uint64_t rec, version;
    int64_t created_us, changed_us;
    struct span sealed;
};
MUST_USE bool shelf_open(struct instance *it, struct arena *arena, const struct person *who,
                         int category, const struct shelf_row *row, struct record_fields *ret,
                         struct err *err);
/* The last record of a category a person has many of; 0: none. Of one that keeps the latest only its version too:
 * what comes next is written in its place. */
MUST_USE bool shelf_last(struct instance *it, int64_t sn, int category, uint64_t *ret_rec, uint64_t *ret_version,
                         struct err *err);
struct shelf_put {
    const struct person *who;
    int category;
    uint64_t rec, version;          /* version 1: a new row */
    int64_t created_us;
    const struct record_fields *fields;
};
MUST_USE bool shelf_write(struct instance *it, struct arena *arena, const struct shelf_put *put,
                          struct err *err);
/* Look-up rows of the fields in mask: the old ones go, the new ones come. ERR_TAKEN names the field's pointer. */
MUST_USE bool shelf_index(struct instance *it, int64_t sn, int category, uint64_t mask,
                          const struct record_fields *fields, const uint8_t (*index)[16],
                          struct err *err);
/* Everything of a category under a fresh key, without record `skip` (rows_dropped) or with fields dropped from it. */
struct shelf_renew {
    const struct person *who;
    int category;
    const uint64_t *skip;           /* records that end */
    size_t skip_count;
    bool depersonalise;             /* instead of ending, they lose the fields in drop and their end */
    uint64_t drop;
};
MUST_USE bool shelf_renew(struct instance *it, struct arena *arena,
                          const struct shelf_renew *renew, struct err *err);

/* What an interrupted renewal left under the older of two keys (keys_generations), and maybe more since under the newer:
 * all under the newer one, and the older waits for its end. */
MUST_USE bool shelf_renew_rest(struct instance *it, const struct person *who, uint16_t number,
                               const struct key_generation keys[2], struct err *err);

/* Rows of `purge` are categories whose rows are to be taken away; from here on, old generations of a renewed key. */
enum { PURGE_OLD_KEY = 65536 };
static inline int64_t
purge_old_key(uint16_t category, int generation)
{
    return category + (int64_t)PURGE_OLD_KEY * (1 + generation);
}

/* meta.c: as meta_read and meta_write, in the turn in hand. */
MUST_USE bool meta_get(struct instance *it, const char *name, struct span *ret, struct err *err);
MUST_USE bool meta_set(struct instance *it, const char *name, struct span value, struct err *err);
/* Neither the target of a move that is not complete nor a source that was moved away (move.c). ERR_CONFLICT. */
MUST_USE bool move_allows(struct instance *it, struct err *err);
/* remember.c */
MUST_USE bool begin_numbers(struct instance *it, struct err *err);

/* numbers.c: what is known at the start, … */
MUST_USE bool numbers_begin(struct instance *it, struct err *err);
/* … the next one, 0 when there is none just now, … */
int64_t numbers_next(struct instance *it);
/* … and another block of them in a turn of its own, … */
bool numbers_low(const struct instance *it);
MUST_USE bool numbers_refill(struct instance *it, struct err *err);
/* … before each turn, when half of the last is used up; what cannot be had now is asked for before the next. */
void numbers_ahead(struct instance *it);
/* Where the block that begins there ends; the last person in it (first - 1: nobody). */
int64_t numbers_block_end(const struct instance *it, int64_t first);
MUST_USE bool numbers_last(struct instance *it, int64_t first, int64_t *ret, struct err *err);
/* The newest checkpoint was made of less than is there: signs one, in the turn in hand. */
MUST_USE bool checkpoint_sign(struct instance *it, struct err *err);
/* sequence.c: the tree over the lanes of many writers. Between turns, at most a step; sets tree_ms. */
MUST_USE bool sequence_step(struct instance *it, int64_t mono_ms, struct err *err);
/* All that waits gets its place and a checkpoint is signed; nothing of it when another node has the lease. */
MUST_USE bool sequence_all(struct instance *it, struct err *err);
/* keyd is told where the ledger stood when it last signed. */
MUST_USE bool resume_signing(struct instance *it, struct err *err);
/* In a turn just opened over new connections: memory is read anew, what was cut off is settled as after a start, and
 * a turn is open again. */
MUST_USE bool remember_anew(struct instance *it, struct err *err);
/* Commits; or, when something of the turn was not good, takes it back (err as it was). */
MUST_USE bool instance_turn_end(struct instance *it, bool good, struct err *err);
/* The turn without that. */
MUST_USE bool instance_turn_open(struct instance *it, struct err *err);

/* epoch.c. In a turn, at the start: the store's epoch is used from here on, and it is noted
 * which ones this node has. ERR_KEYS (keyring-behind, keyring-other), and instance_fallen says so too. */
MUST_USE bool epoch_bind(struct instance *it, struct err *err);
/* The same over new connections, perhaps on another lane, where the note is still somebody else's: in a turn of its own,
 * durable before anything else is done. */
MUST_USE bool epoch_bind_anew(struct instance *it, struct err *err);
/* Between turns: another epoch was activated meanwhile. */
MUST_USE bool epoch_follow(struct instance *it, struct err *err);

/* tally_step.c: at the start; the names of the rules of the policy in force; a step between turns, and when it is due. */
MUST_USE bool tally_begin(struct instance *it, struct err *err);
MUST_USE bool tally_names_put(struct instance *it, struct err *err);
MUST_USE bool tally_step(struct instance *it, struct err *err);
bool tally_due(const struct instance *it, int64_t mono_ms);
int64_t tally_next_ms(const struct instance *it, int64_t next_ms);
int64_t tally_every_ms(void);

/* witness.c: a reader of a store for one question, beside the writer; they are few and short. */
struct look {
    struct store_reader *reader;
    struct txn *txn;
};
MUST_USE bool look_open(struct store *store, struct look *ret, struct err *err);
/* Gives back `good`. */
bool look_close(struct look *look, bool good);
/* The same over a store that no instance holds, opened for reading and without keys. */
typedef bool keyless_fn(const struct verify_ask *ask, struct txn *txn, struct arena *arena, void *ret, struct err *err);
MUST_USE bool keyless_look(const struct verify_ask *ask, size_t room, keyless_fn *read, void *ret, struct err *err);

/* settle.c: what a crash between the two databases left. */
MUST_USE bool settle(struct instance *it, struct err *err);
/* The same for nodes that fell and were not started again; between turns, by whoever holds the lease. */
MUST_USE bool settle_others(struct instance *it, struct err *err);

/* erase.c: also for settle and sweep. */
enum { ERASE_CATEGORIES_MAX = LIMIT_POLICY_CATEGORIES + 1 };
MUST_USE bool erase_category(struct instance *it, const struct person *who, uint16_t category,
                             bool purge, struct err *err);
MUST_USE bool erase_person_rows(struct instance *it, const struct person *who, struct err *err);
void erase_tombstone(const uint8_t subject[16], uint8_t ret[32]);

#endif
