/*
 * policy/policy_told.h - tables of rights, mail, changes, breach, words and proof.
 *
 * Part of policy/policy.h, which includes it; nothing else should.
 */
#ifndef TROTH_POLICY_POLICY_TOLD_H
#define TROTH_POLICY_POLICY_TOLD_H

#include "base/span.h"

enum policy_right {
    RIGHT_ACCESS, RIGHT_PORTABILITY, RIGHT_CORRECT, RIGHT_ERASE, RIGHT_RESTRICT, RIGHT_SUPPRESS,
    RIGHT_OBJECT, RIGHT_WITHDRAW, RIGHT_COMPLAIN, RIGHT_COUNT
};
/* Every right is there, whether the policy speaks of it or not; the row says how. */
struct policy_right_row {
    bool told;               /* the policy speaks of it */
    struct span says;
    struct policy_bits relations; /* who else may ask for the person */
    unsigned shown_by;       /* bits of enum policy_proof */
    struct policy_span_of_time within, extend; /* law's when left out: 1 month, 2 months */
    bool at_once;            /* takes effect on receipt */
    int refer;               /* organisation it is passed to first, or POLICY_NONE */
    struct policy_span_of_time fallback; /* silent so long: back to us */
    int rule;                /* RULE_RIGHTS_SELF when not told */
};

struct policy_sender {
    struct span name, address, says;
    int rule;
};
struct policy_template {
    struct span name, says;
    int sender;
    int purpose;
    bool track_opens;        /* only with its own consent: open_purpose */
    int open_purpose;
    bool unsubscribe;        /* carries the link; needed unless the purpose is contract or law */
    int rule;
};
struct policy_mail {
    bool set;
    const struct policy_sender *senders; int sender_count;
    const struct policy_template *templates; int template_count;
    bool blocks;             /* who unsubscribed is on a list no import passes */
    int blocks_rule, rule;
};

enum policy_channel { CHANNEL_PAGE, CHANNEL_BANNER, CHANNEL_APP, CHANNEL_EMAIL, CHANNEL_POST, CHANNEL_FEED, CHANNEL_COUNT };
struct policy_changes {
    bool set;
    unsigned posted, told;   /* bits of enum policy_channel: where it is posted; how people are told of a wider one */
    struct policy_span_of_time before; /* so long before it is in force, when it is wider */
    bool agree;              /* a wider use of consent asks anew (always so; the policy may only say it) */
    int rule, before_rule;
};

struct policy_breach {
    bool set;
    struct span authority, authority_url;
    struct policy_span_of_time authority_within; /* law: 72 hours (Art. 33) */
    struct policy_span_of_time people_within;
    int rule;
};

struct policy_term {         /* glossary */
    struct span name, says;
    int rule;
};

/* Rows of the table of promises a policy was written from, and where each is kept. */
struct policy_promise {
    struct span id;          /* "M28" */
    const int *rules; int rule_count;
    int line;
};
/* What no software can show, and why. */
struct policy_unproven {
    struct span id, says, why;
    int rule;
};

#endif
