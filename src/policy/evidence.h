/*
 * policy/evidence.h - what shows that a policy is kept: facts of one server against what each rule owes.
 *
 * Whoever has the data fills the facts (deeds/evidence.h): how often each rule
 * allowed and refused by the ledger, when the sweep last had nothing to do, what is
 * overdue. Here it is said what of it a rule owes (docs/prove.md has the list in
 * prose), and what is missing. Pure: the same facts give the same answer.
 *
 * A rule that was never used is no fault, and no evidence either. What no decision looks at is told as such.
 *
 * Threads: as its arena's owner. Memory: the arena; policy and facts must outlive it.
 */
#ifndef TROTH_POLICY_EVIDENCE_H
#define TROTH_POLICY_EVIDENCE_H

#include "base/buf.h"
#include "policy/policy.h"

/* Of a rule, by its address, over all versions of the policy that were in force here. */
struct evidence_rule {
    uint64_t allowed, refused, nothing; /* nothing: allowed, and there was nothing, or it was taken back */
    uint64_t before;                    /* of them, under earlier versions */
    uint64_t written;                   /* of the allowed ones, data that came in or were changed */
    uint64_t ended, held;               /* keep rules: records the sweep ended, records the law held */
    int64_t first_us, last_us;          /* 0: none */
    int64_t ended_us;                   /* the last that the sweep ended */
};
struct evidence_purpose {
    uint64_t used, read;                /* lines that name it and allow; of them, reading */
    uint64_t given, withdrawn;          /* consents */
    int64_t first_us, last_us;
};
struct evidence_category {
    bool there;                         /* records of it were seen */
    bool overdue_more;                  /* and more than are counted */
    uint64_t overdue;                   /* records that should have ended longer ago than LIMIT_EVIDENCE_LATE_S */
    int64_t overdue_us;                 /* the first of them, by when */
    uint64_t unended;                   /* records that the sweep could not end when it last tried, */
    int64_t unended_us;                 /* and when that was; 0: never */
};
enum evidence_page { PAGE_OWN, PAGE_SAME, PAGE_OTHER }; /* OWN: none was given, the server's is looked at */
struct evidence_facts {
    int64_t now_us;
    const struct evidence_rule *rules;          /* as policy->rules */
    const struct evidence_purpose *purposes;    /* as policy->purposes */
    const struct evidence_category *categories; /* as policy->categories */
    uint64_t rights[RIGHT_COUNT];       /* what people asked for themselves and got, as far as the ledger tells them apart */
    int64_t activated_us;               /* since when this version is in force here; 0: unknown */
    enum evidence_page page;
    bool page_own_other;                /* the server's own page carries another mark */
    struct span origin;                 /* the ledger's name */
    uint64_t size, waiting, counted;    /* lines in the tree; durable, not in it yet; counted */
    uint64_t unknown;                   /* lines under a policy that was never in force here */
    uint64_t gone;                      /* lines by rules whose address this version does not have */
    bool written_gone;                  /* some of those brought data in */
    bool newest_other, newest_none;     /* the newest line that names a policy names another one; none names any */
    uint64_t signed_size;               /* under the newest checkpoint */
    int64_t unsigned_us;                /* the oldest line that is not; 0: all are */
    uint64_t spots;                     /* lines picked by chance that lie under it */
    struct span fault;                  /* what does not hold of the ledger; empty when all does */
    int64_t swept_us;                   /* when the sweep last left nothing due; 0: never */
    uint64_t other_overdue;             /* overdue records of categories that this version does not declare, */
    int64_t other_overdue_us;           /* the first of them, by when */
};

enum evidence_state {
    EVIDENCE_MISSING, /* owed, and not there */
    EVIDENCE_TOLD,    /* said by the page; no decision looks at it */
    EVIDENCE_UNUSED,  /* nothing has asked for it yet */
    EVIDENCE_BUILT,   /* kept by how the program is made, and tested */
    EVIDENCE_SHOWN,   /* this server's own records show it */
    EVIDENCE_STATES
};
/* What kind of rule it is, by what it owes. */
enum evidence_kind {
    OWES_USE,         /* allows and refuses: its uses, if any */
    OWES_REFUSALS,    /* can only refuse: nothing may have been allowed under it */
    OWES_NEVER,       /* the same, of a promise */
    OWES_CONSENT,     /* purposes.P.basis: consents, when data were read for it */
    OWES_PURPOSE,     /* a use, or a line that says how its data came */
    OWES_DATA,        /* a line that says how they came, when there are any */
    OWES_POINT,       /* submissions, if any */
    OWES_ROLE,        /* refusals and writes, if any; what a role reads is counted under its purposes */
    OWES_SWEEP,       /* keep.C: a sweep in time, and nothing overdue */
    OWES_RIGHT,       /* rights.RIGHT: what was asked for by rights.self, if anything */
    OWES_BUILT,       /* names and shapes: what is not declared does not exist */
    OWES_NOTHING,     /* told */
    OWES_WHY          /* unproven: the reason */
};
struct evidence_what {
    enum evidence_kind kind;
    int index;        /* in the kind's table; POLICY_NONE */
};

/* What holds of the server and not of one rule. */
enum evidence_item { ITEM_PAGE, ITEM_NEWEST, ITEM_LEDGER, ITEM_SIGNED, ITEM_COUNTED, ITEM_SWEEP, ITEM_COUNT };

struct evidence {
    const struct policy *policy;
    const struct evidence_facts *facts;
    struct evidence_what *what;         /* as policy->rules */
    enum evidence_state *rules, *clauses;
    bool *in_clause;                    /* rules some clause names */
    enum evidence_state items[ITEM_COUNT];
    int clause_count[EVIDENCE_STATES], rule_count[EVIDENCE_STATES];
    bool whole;                         /* nothing that is owed is missing */
    bool coarse;                        /* for the public: numbers and times without their last digits */
};
MUST_USE bool evidence_judge(const struct policy *policy, const struct evidence_facts *facts, struct arena *arena,
                             struct evidence *ret, struct err *err);

/* One sentence of plain text each, without a full stop. */
void evidence_say_rule(const struct evidence *evidence, int rule, struct buf *out);
void evidence_say_item(const struct evidence *evidence, enum evidence_item item, struct buf *out);
/* "shown", "not shown", "not used yet" … */
const char *evidence_word(enum evidence_state state);
/* A stable word for programs. */
const char *evidence_code(enum evidence_state state);
/* The program's own promises that cover rules of that kind: ids with spaces between; empty when there is none. */
const char *evidence_covers(const struct evidence *evidence, int rule);

void evidence_text(const struct evidence *evidence, struct buf *out);
void evidence_html(const struct evidence *evidence, struct buf *out);
void evidence_json(const struct evidence *evidence, struct buf *out);

#endif
