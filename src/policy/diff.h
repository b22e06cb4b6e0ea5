/*
 * policy/diff.h - two versions of a policy compared: what became wider, what narrower, whom that concerns.
 *
 * Things are matched by their names, never by their place. Each rule of the
 * language is compared by its own order (more fields, a longer time, a task no
 * longer needed), and where two ways of writing cannot be put in order, the new
 * one counts as wider. What must never break: when nothing is wider, there is no
 * question that policy_decide now allows to anybody but the person, and refused
 * before; and nothing that a person could do as their right is taken away.
 * docs/policy-diff.md says for each key what counts as what.
 *
 * It is complete by construction: at the end the canonical forms are laid beside
 * each other key by key, and a difference that no comparison spoke of is itself
 * a change, and a wider one.
 *
 * Threads: pure; the policies may be read by others meanwhile.
 * Memory:  everything lies in the caller's arena or in the two policies.
 */
#ifndef TROTH_POLICY_DIFF_H
#define TROTH_POLICY_DIFF_H

#include "policy/decide.h"

enum diff_side {
    DIFF_WIDER,    /* something is allowed, kept or asked for that was not; or a promise is gone */
    DIFF_NARROWER,
    DIFF_OTHER     /* other words, another order, what cannot be wider */
};
enum { DIFF_SIDES = 3 };

struct diff_change {
    enum diff_side side;
    struct span rule;        /* its address: "purposes.news", "roles.helpdesk.needs" */
    struct span key;         /* which part of the rule: "uses", "most"; empty: all of it */
    struct span line;        /* whose line of the canonical form it speaks for: "purpose news" */
    struct span says;        /* one plain sentence, without a full stop */
    bool in_was;             /* the rule stands in the old file only */
    struct span file;        /* a file that one includes, where it stands there; else empty */
    int at;                  /* line in that file, 0: none */
    bool tell_all;           /* everybody must be told */
    struct policy_bits tell; /* these kinds must be: index into diff.kinds */
    int agree;               /* purpose of the new policy that is agreed to anew, or POLICY_NONE */
    bool unknown;            /* found in the canonical forms alone */
    struct span shown;       /* a question allowed now and refused before; empty: none was found */
    struct diff_scope {      /* where such a question is looked for; indexes of the new policy */
        unsigned acts;       /* bits of enum policy_act; 0: no question shows it */
        int role, purpose, category, point, event; /* POLICY_NONE: any */
        int recipient, ground, cookie;             /* as well */
        int64_t day;         /* ACT_SEND; 0: any on which the recipient may be sent to */
        uint64_t fields;     /* in category; 0: any */
        bool children;       /* about a child, in each state one may be in */
    } scope;
    struct diff_change *next;
};

struct diff {
    const struct policy *was, *now;
    struct diff_change *first; /* wider, then narrower, then other; within a side in the order of the language */
    int count[DIFF_SIDES];
    const struct span *kinds;  /* kinds of people of both, by name; those of the new policy first */
    const struct span *kind_says;
    int kind_count;
    bool tell_all;             /* the sums over all changes */
    struct policy_bits tell;
    struct policy_bits agree;  /* purposes of the new policy */
};

/* ERR_TOO_LARGE when the arena is full; nothing else fails. */
MUST_USE bool policy_diff(const struct policy *was, const struct policy *now, struct arena *arena,
                          struct diff *ret, struct err *err);

/* For people, as a good compiler prints it. The names are those of the two files. */
void policy_diff_text(const struct diff *diff, const char *was_name, const char *now_name,
                      struct buf *out);
/* One JSON object; its members are in docs/policy-diff.md. */
void policy_diff_json(const struct diff *diff, struct buf *out);

/* Days from the new policy's date to the first on which the old one lets a wider one hold (`changes.before`); 0: any. */
int64_t diff_lead_days(const struct policy *was, const struct policy *now);

/*
 * Whether the first time may end later than the second, counted from the same
 * moment, for at least one moment of the calendar. Exact: the calendar repeats
 * itself after 400 years.
 */
bool diff_time_outlasts(const struct policy_span_of_time *a, const struct policy_span_of_time *b);

#endif
