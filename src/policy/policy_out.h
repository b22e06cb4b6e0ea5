/*
 * policy/policy_out.h - tables of what leaves the house: recipients, grounds of disclosure, cookies of others.
 *
 * Part of policy/policy.h, which includes it; nothing else should.
 * Days are counted from 1970-01-01, both ends of an interval included.
 */
#ifndef TROTH_POLICY_POLICY_OUT_H
#define TROTH_POLICY_POLICY_OUT_H

#include "base/span.h"

/* What of a recipient's safeguards is compared with ours, each a level from 0 (nothing) to 3. */
enum policy_control {
    CONTROL_TRANSPORT, CONTROL_AT_REST, CONTROL_ACCESS, CONTROL_LOGGING, CONTROL_ERASURE,
    CONTROL_INCIDENTS, CONTROL_STAFF, CONTROL_AUDIT, CONTROL_COUNT
};
struct policy_controls {
    uint8_t level[CONTROL_COUNT];
};

enum policy_recipient_role {
    RECIPIENT_PROCESSOR, RECIPIENT_CONTROLLER, RECIPIENT_JOINT, RECIPIENT_SUCCESSOR, RECIPIENT_AUTHORITY
};

/* Why a recipient outside the home region may get data at all (Art. 44 to 49 GDPR), or why one is trusted. */
enum policy_assurance_kind {
    ASSURANCE_DPA,           /* contract of Art. 28 */
    ASSURANCE_ADEQUACY,      /* Art. 45 */
    ASSURANCE_CLAUSES,       /* standard contractual clauses, Art. 46(2)(c), (d) */
    ASSURANCE_BINDING_RULES, /* Art. 47 */
    ASSURANCE_CERTIFICATE,   /* Art. 46(2)(f), or of a management system */
    ASSURANCE_CODE,          /* code of conduct, Art. 46(2)(e) */
    ASSURANCE_USE_LIMIT,     /* signed: only to help provide the service */
    ASSURANCE_NOTICE,        /* signed: tells us when it can no longer give the protection */
    ASSURANCE_COUNT
};
struct policy_assurance {
    enum policy_assurance_kind kind;
    struct span name;        /* "ISO 27001", empty when the kind says it */
    int64_t from_days, to_days; /* to_days 0: no end was agreed */
    struct span evidence;    /* where the paper lies */
    int line;                /* in the source file */
};

struct policy_recipient {
    struct span name;        /* "payments" */
    struct span legal_name;  /* "Example Payments Ltd" */
    struct span class;       /* "payment provider": what the page calls its kind */
    struct span country;     /* ISO 3166-1; several places are several recipients */
    enum policy_recipient_role role;
    struct span task;        /* "authorises your card" */
    const uint64_t *gets;    /* one field mask for each category; may hold store: never fields */
    struct policy_bits purposes; /* `for`: what it is given them for */
    struct policy_controls controls;
    const struct policy_assurance *assurances; int assurance_count;
    int64_t signed_days;     /* terms signed on; 0: none, and nothing is sent (authorities sign none) */
    struct policy_span_of_time keeps; /* at most, after it has served its task */
    struct span keeps_law;   /* or: kept by a law of its own, in words; one of the two is needed */
    struct span erase_by;    /* "webhook", "email", "post": how it is told to erase */
    struct policy_span_of_time acknowledge; /* within this it must say so */
    struct span terms_url, opt_out_url;  /* outside analytics: its own pages */
    int part_of;             /* sub-processor of that recipient, or POLICY_NONE */
    bool abroad;             /* outside the home region (the EEA and the seat): an assurance has to open the way */
    int rule, controls_rule, assurances_rule;
};

enum policy_notice { NOTICE_BEFORE, NOTICE_AFTER_GAG, NOTICE_AFTER, NOTICE_NEVER };
/* Evidence a disclosure may need; a ground names which, as bits. */
enum policy_evidence {
    EVIDENCE_DOCUMENT,       /* the order or request itself */
    EVIDENCE_LAW,            /* the provision it rests on */
    EVIDENCE_SCOPE,          /* what exactly is asked for */
    EVIDENCE_REASONS,        /* our reasons, in writing */
    EVIDENCE_INCIDENT,       /* number of the incident or claim */
    EVIDENCE_CONSENT,        /* a live consent of the person */
    EVIDENCE_ORDER,          /* an open order it fulfils */
    EVIDENCE_MANDATE,        /* that the asker may ask for another */
    EVIDENCE_COUNT
};
struct policy_ground {
    struct span name;        /* "binding-order" */
    struct span says;
    unsigned evidence;       /* bits of enum policy_evidence, all needed */
    int approvals;           /* 0 to 2 people */
    struct policy_bits by;   /* roles that may disclose and approve */
    enum policy_notice notice;
    bool binding;            /* an order nobody may refuse: passes also `disclose: never` of a category */
    bool counted;            /* shown in a public counter */
    struct policy_span_of_time review; /* looked at again within */
    int rule, approve_rule;
};

struct policy_host {
    struct span place, country, what;
    struct span certificate; /* "ISO 27001", empty when none is claimed */
    int64_t from_days, to_days; /* its validity; 0 when there is none */
};

/* Where to write to, for readers who choose by where they live. */
struct policy_office {
    struct span whom, address;
};

enum policy_cookie_kind { COOKIE_COOKIE, COOKIE_LOCAL, COOKIE_SESSION_STORE, COOKIE_PIXEL, COOKIE_EMBED };
struct policy_cookie {
    struct span name;
    struct span says;
    int purpose;             /* POLICY_NONE when essential */
    bool essential;
    bool session;            /* ends with the browser */
    struct policy_span_of_time life;
    enum policy_cookie_kind kind;
    int by;                  /* recipient that sets or reads it, or POLICY_NONE: we do */
    const struct span *scripts; int script_count; /* https origins it belongs to */
    bool signal_off;         /* a Global Privacy Control signal keeps it off, also against an older yes */
    int rule;
};

#endif
