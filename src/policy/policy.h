/*
 * policy/policy.h - a compiled policy: tables of names and rules, immutable once loaded.
 *
 * One file goes in (policy/read.h), either faults with places or this struct
 * comes out. The page (policy/page.h), the decision (policy/decide.h) and the
 * hash in every receipt all come from it and from nothing else. Numbers in here
 * are indexes into this policy's tables; what must outlive the policy (records,
 * ledger) stores names or the store's catalogue numbers instead.
 *
 * Threads: may be read by any number at once.
 * Memory:  one arena owned by the struct; every span in it lives as long as it.
 */
#ifndef TROTH_POLICY_POLICY_H
#define TROTH_POLICY_POLICY_H

#include "base/arena.h"
#include "base/limits.h"

enum { POLICY_NONE = -1 };
enum { POLICY_BITS_WORDS = 8 }; /* LIMIT_POLICY_PURPOSES = 500 fits */
struct policy_bits {
    uint64_t w[POLICY_BITS_WORDS];
};
static inline bool
policy_bit(const struct policy_bits *bits, int i)
{
    return i >= 0 && i < POLICY_BITS_WORDS * 64 && (bits->w[i / 64] >> (i % 64) & 1) != 0;
}

/* A rule is anything with an address ("purposes.news", "roles.helpdesk.needs"); the ledger stores its number. */
struct policy_rule {
    struct span name;
    struct span clause; /* id of the clause that tells it, empty when the page's own sentence does */
    int line;           /* where it stands in the file */
    struct span file;   /* which one, when it is one that the policy includes; else empty */
};

enum policy_type {
    TYPE_NAME, TYPE_EMAIL, TYPE_PHONE, TYPE_ADDRESS, TYPE_USERNAME, TYPE_PASSWORD, TYPE_DATE,
    TYPE_BIRTHDATE, TYPE_COUNTRY, TYPE_IP, TYPE_URL, TYPE_USER_AGENT, TYPE_NUMBER, TYPE_MONEY,
    TYPE_TEXT, TYPE_NOTE, TYPE_CHOICE, TYPE_TOKEN, TYPE_SECRET, TYPE_CARD_NUMBER, TYPE_BOOLEAN,
    TYPE_GEO, TYPE_FILE, TYPE_COUNT
};

enum policy_storage {
    STORE_PLAIN,      /* sealed like everything; readable under the rules */
    STORE_HASH_ONLY,  /* slow hash (passwords); never readable */
    STORE_NEVER,      /* passes through to a recipient; this server takes no such value yet */
    STORE_LAST4       /* only the last four characters are kept */
};

enum policy_lookup { LOOKUP_NONE, LOOKUP_PLAIN, LOOKUP_UNIQUE };

/* How much of a value is kept; the rest is cut off before anything else sees it. */
enum policy_precision {
    PRECISION_ALL,
    PRECISION_NET,         /* ip: 24 bits of IPv4, 48 of IPv6 */
    PRECISION_PLACE,       /* geo: two decimals, about a kilometre */
    PRECISION_MONTH,       /* date: the first of its month */
    PRECISION_YEAR,        /* date: the first of its year */
    PRECISION_COUNT
};

struct policy_field {
    struct span name;      /* "email" */
    struct span full_name; /* "account.email" */
    int category;
    int bit;               /* in the category's masks */
    enum policy_type type;
    enum policy_storage storage;
    enum policy_lookup lookup;
    bool identifies;
    bool special;          /* Art. 9 */
    uint32_t length_max;   /* bytes of UTF-8; 0: the type's own (policy/value.h) */
    const struct span *choices;
    int choice_count;
    int rule;
    struct span says;      /* what the page calls it */
    int pass_to;           /* STORE_NEVER: the recipient it goes to, or POLICY_NONE */
    int pass_rule;         /* of its `to`; RULE_NONE without */
    int precision;         /* what of it is kept, see enum policy_precision */
    bool outcome_only;     /* what was said is dropped; `choices` are what may come of it */
};

/* When records of a category end. */
enum policy_event { EVENT_COLLECTED, EVENT_CHANGED, EVENT_FIELD, EVENT_NAMED, EVENT_WITHDRAWN };
struct law_row;
struct policy_span_of_time { /* calendar-true: months and years are counted as such */
    int years, months, days, hours;
    bool from_year_end;      /* counted from the end of the calendar year */
    bool set;
    struct span law;         /* row of the law table used ("DE, AO s.147 …"), empty when none */
    const struct law_row *law_row; /* that row */
};
/* `until: E` is most.set with all zero: the records end at the event itself. */
struct policy_keep {
    int category;
    enum policy_event event;
    int field;               /* EVENT_FIELD: the date field's bit */
    int named;               /* EVENT_NAMED: index into events */
    int purpose;             /* EVENT_WITHDRAWN */
    struct policy_span_of_time least, most;
    bool depersonalise;      /* then: erase when false */
    uint64_t drop;           /* with depersonalise: fields dropped (all that identify) */
    int k;                   /* with depersonalise: at least so many people must share what is left; 0: not asked for */
    bool holds;              /* a legal hold, with its citation and end, may keep it longer */
    int rule;
};

/* Which key a category's records are sealed under, so that it can end by itself. */
enum policy_key_domain {
    KEYS_PERSON,             /* one for each person */
    KEYS_OWN,                /* one for each person and category */
    KEYS_RECORD,             /* one for each record */
    KEYS_YEAR,               /* one for each country and tax year */
    KEYS_DAY,                /* one for each day, destroyed at midnight UTC */
    KEYS_COUNT
};

struct policy_category {
    struct span name;
    struct span says;
    int kind;                /* whose it is, index into kinds */
    bool many;
    bool special;
    bool disclose_never;     /* no ground opens it but a binding order */
    bool disclose_narrow;    /* only the grounds in `disclose` open it */
    struct policy_bits disclose;
    bool latest;             /* of many only the newest is kept: a new one overwrites */
    bool memory;             /* never on a disk: lost at a restart, in no backup */
    bool no_backup;
    bool sealed;             /* read by its author and the person alone */
    int blind;               /* sealed to this organisation's key, so that we cannot read it; POLICY_NONE */
    int only;                /* instance it exists on, index into instances; POLICY_NONE: all */
    enum policy_key_domain keys;
    bool sourced;            /* data from elsewhere: each record names its source, licence and reason */
    int sealed_rule, blind_rule; /* RULE_NONE without */
    int field_first, field_count;
    uint64_t all;            /* mask of all fields */
    uint64_t readable;       /* without hash-only and never-stored ones */
    uint64_t lookups;        /* fields with a look-up key */
    int keep;                /* index into keeps; POLICY_NONE is a fault the checker reports */
    int rule;
};

enum policy_basis {
    BASIS_CONSENT, BASIS_CONTRACT, BASIS_LEGAL_OBLIGATION, BASIS_VITAL_INTERESTS,
    BASIS_PUBLIC_INTEREST, BASIS_LEGITIMATE_INTERESTS
};

struct policy_purpose {
    struct span name;
    struct span says;
    enum policy_basis basis;
    const uint64_t *uses;    /* one field mask for each category */
    int needs;               /* task kind, index into tasks; POLICY_NONE */
    bool double_opt_in;
    bool aggregate_only;     /* no row of one person is ever read for it */
    struct span channel;
    struct policy_bits incompatible;
    uint8_t id[16];          /* SHA-256("troth-purpose" 00 name)[:16]; goes into ledger entries */
    int rule, needs_rule, basis_rule;
};

enum policy_role_kind { ROLE_STAFF, ROLE_APPLICATION };
enum policy_over { OVER_ALL, OVER_SELF, OVER_RELATED };
struct policy_role {
    struct span name;
    enum policy_role_kind kind;
    struct policy_bits may;  /* purposes */
    bool may_rights;         /* passes on what a person asks for themself (built-in purpose "rights") */
    const uint64_t *writes;  /* fields it may set or correct, one mask for each category */
    int needs;               /* task kind or POLICY_NONE */
    bool needs_any_task;     /* needs: task */
    enum policy_over over;
    struct span over_relation; /* "own-class", or the name of a relation */
    bool second_person;      /* another of the role must agree to each use */
    bool seen;               /* each use is shown to the person at once, unasked */
    int rule, needs_rule, second_rule;
    struct span says;
};

enum policy_need { NEED_REQUIRED, NEED_OPTIONAL, NEED_ONE_OF };
struct policy_point_field {
    int category;
    int bit;
    enum policy_need need;
    int group;               /* NEED_ONE_OF: exactly one of a group */
};
struct policy_point {
    struct span name;
    bool from_anyone;        /* any application */
    struct policy_bits from; /* else these roles */
    bool existing;           /* adds to a person who is there already (needs "subject") */
    int kind;                /* of the person it makes */
    const struct policy_point_field *fields;
    int field_count;
    struct policy_bits purposes; /* shown there */
    bool refuse_cards;       /* card numbers in free text are refused (default yes) */
    bool age_gate;           /* children are led to their routes first (section `children`) */
    struct span warning;     /* shown beside free text */
    int form;                /* version of the form; 0 when none is named */
    int agreed;              /* purpose on consent that must be agreed to before, or POLICY_NONE */
    int relation;            /* who submits about another must be related so, or POLICY_NONE */
    int rule, agreed_rule, relation_rule;
    struct span says;
};

struct policy_clause {
    struct span id;
    struct span says;
    const int *kept_by;      /* rules */
    int kept_by_count;
};

struct policy_never {
    struct span name;
    struct span says;
    int rule;
};

/* A sentence in the other languages of the policy: those behind the first, in their order. */
struct policy_sentence {
    struct span first;       /* what stands in a member `says`, `title` or the like */
    const struct span *others;
};

#include "policy/policy_people.h"
#include "policy/policy_out.h"
#include "policy/policy_told.h"

struct policy_consent {      /* how consent is asked and shown, section `consent` */
    uint32_t text_version;
    struct policy_span_of_time renew_after;   /* consent older than this is no consent */
    struct policy_span_of_time confirm_within;
};

struct policy {
    struct span id, title;
    int version;
    int64_t date_days, in_force_days;
    struct span controller_name, controller_address, controller_email, officer_name, officer_email;
    const struct span *governs;          /* website, api, apps */
    int governs_count;
    struct span seat;                    /* country of the seat: law tables are read by it */
    const struct policy_host *hosts;
    int host_count;
    struct span language;
    const struct span *languages; int language_count; /* the first is `language`; at least that one */
    const struct policy_sentence *sentences; int sentence_count; /* by where the first text lies; see policy_says */
    const struct span *instances; int instance_count; /* kinds of server: vendor, onsite */
    const struct span *sells; int sell_count;         /* countries of its customers */
    const struct policy_office *offices; int office_count;
    struct policy_controls controls; bool controls_set; /* our own safeguards */
    struct policy_span_of_time backups;               /* an erased record is gone from every backup within this */

    const struct policy_organisation *organisations; int organisation_count;
    const struct policy_kind *kinds;          int kind_count;
    const struct policy_category *categories; int category_count;
    const struct policy_field *fields;        int field_count;
    const struct policy_purpose *purposes;    int purpose_count;
    const struct policy_role *roles;          int role_count;
    const struct policy_point *points;        int point_count;
    const struct policy_keep *keeps;          int keep_count;
    const struct policy_cookie *cookies;      int cookie_count;
    const struct policy_clause *clauses;      int clause_count;
    const struct policy_never *nevers;        int never_count;
    const struct policy_rule *rules;          int rule_count;
    const struct span *tasks;                 int task_count;   /* ticket, order, case … */
    const struct span *events;                int event_count;  /* closed, ended … */
    const struct span *event_says;            /* as events; empty for closed */
    struct policy_consent consent;
    const struct policy_relation *relations;  int relation_count;
    const struct policy_recipient *recipients; int recipient_count;
    int recipients_rule;     /* the section itself; 0 when it is not there */
    const struct policy_ground *grounds;      int ground_count;
    bool disclosure_set;     /* the section is there: its list is closed, and may be empty */
    int disclosure_rule;     /* the section itself; 0 when it is not there */
    struct policy_children children;
    struct policy_right_row rights[RIGHT_COUNT];
    struct policy_mail mail;
    struct policy_changes changes;
    struct policy_breach breach;
    const struct policy_term *terms;          int term_count;
    const struct policy_promise *promises;    int promise_count;
    const struct policy_unproven *unproven;   int unproven_count;
    const int *unkept;       int unkept_count; /* rules this version of the server does not keep yet */

    uint8_t hash[32];        /* SHA-256 of the canonical form of everything above */
    struct span canonical;   /* that form, as text: what the hash is of */
    struct arena arena;
};

/* Built-in rules; they stand at the front of every rule table with these numbers. */
enum policy_builtin_rule {
    RULE_NONE = 0,           /* "-" : a deed without personal data */
    RULE_SILENCE,            /* "default.silence": nothing says that this may be */
    RULE_CLOSED_WORLD,       /* "default.closed-world": the name is not declared */
    RULE_RIGHTS_SELF,        /* "rights.self": a person over their own data */
    RULE_RIGHTS_RESTRICT,    /* "rights.restrict": restricted at the person's word */
    RULE_RETENTION,          /* "default.retention": the sweep; the keep rule is named besides */
    RULE_STATE,              /* "default.state": the person is erased, or held for the law alone */
    RULE_HASH_ONLY,          /* "default.hash-only": a value nobody can read */
    RULE_OPERATOR,           /* "default.operator": tokens, policy, sweep; never personal data */
    RULE_TOKEN,              /* "default.token": no valid token */
    RULE_BUILTIN_COUNT
};

/* Index by name, or POLICY_NONE. */
int policy_category_find(const struct policy *policy, struct span name);
int policy_field_find(const struct policy *policy, struct span full_name);  /* "account.email" */
int policy_field_in(const struct policy *policy, int category, struct span name);
int policy_purpose_find(const struct policy *policy, struct span name);
int policy_role_find(const struct policy *policy, struct span name);
int policy_point_find(const struct policy *policy, struct span name);
int policy_kind_find(const struct policy *policy, struct span name);
int policy_never_find(const struct policy *policy, struct span name);
int policy_task_find(const struct policy *policy, struct span name);
int policy_event_find(const struct policy *policy, struct span name);
int policy_recipient_find(const struct policy *policy, struct span name);
int policy_ground_find(const struct policy *policy, struct span name);
int policy_template_find(const struct policy *policy, struct span name); /* a kind of mail */
int policy_cookie_find(const struct policy *policy, struct span name);
/* kind is wider or the same: user is a wider kind of student. */
bool policy_kind_is(const struct policy *policy, int kind, int wider);
/* Whether the one organisation is the other or belongs to it, at whatever depth. */
bool policy_organisation_within(const struct policy *policy, int organisation, int wider);
/* Whether a role is limited to people of that organisation, or of one that belongs to it: over own-class. */
bool policy_role_within(const struct policy *policy, int role, int organisation);
/* "account.email" → number; also by rule number → name, which is never empty. */
struct span policy_rule_name(const struct policy *policy, uint32_t rule);
int policy_relation_find(const struct policy *policy, struct span name);
int policy_organisation_find(const struct policy *policy, struct span name);
int policy_instance_find(const struct policy *policy, struct span name);
/* The age in years from which somebody in that country is no child on that day (section `children`). */
int policy_child_age(const struct policy *policy, struct span country, int64_t day);

const char *policy_type_name(enum policy_type type);
const char *policy_basis_name(enum policy_basis basis);
const char *policy_right_name(enum policy_right right);
/*
 * A sentence of the policy in one of its languages (index into languages). `says` is a member of one of its tables
 * itself and no copy of the text. The same again where there is no other: it is empty, or a name and no sentence.
 */
struct span policy_says(const struct policy *policy, struct span says, int language);
/* Whether a length of time is longer than another whichever day it begins on. */
bool policy_time_over(const struct policy_span_of_time *time, const struct policy_span_of_time *most);
const char *policy_proof_name(enum policy_proof proof);
const char *policy_control_name(enum policy_control control);
const char *policy_assurance_name(enum policy_assurance_kind kind);
const char *policy_recipient_role_name(enum policy_recipient_role role);
const char *policy_evidence_name(enum policy_evidence evidence);
const char *policy_notice_name(enum policy_notice notice);
const char *policy_cookie_kind_name(enum policy_cookie_kind kind);

/*
 * The end of a span of time that begins at from_us (UTC calendar). Years and
 * months keep the day of the month where there is one (31 January and 1 month:
 * 28 or 29 February). from_year_end counts from the first moment of the next year.
 */
int64_t policy_time_add(const struct policy_span_of_time *span, int64_t from_us);

void policy_free(struct policy **policy);

#endif
