/*
 * dealt.h - policies drawn by dice, changed by dice, and written down twice.
 *
 * A dealt policy is plain flags and lists. It is written as a file of the
 * language, which the reader compiles, and as the sentences the reference
 * (reference.h) learns from; so the two deciders share nothing but the draw.
 * Names keep their meaning when a dealt policy is changed, and the order of
 * everything in the file is drawn anew.
 *
 * Threads: one test at a time.
 * Memory:  texts are static, gone at the next call.
 */
#ifndef TROTH_TESTS_DEALT_H
#define TROTH_TESTS_DEALT_H

#include "../dice.h"
#include "policy/decide.h"

enum { D_KINDS = 3, D_ORGANISATIONS = 2, D_EVENTS = 3, D_CATEGORIES = 4, D_FIELDS = 6, D_PURPOSES = 6,
       D_ROLES = 5, D_POINTS = 4, D_NEVERS = 3, D_COOKIES = 3, D_CLAUSES = 3, D_TASKS = 3, D_HOSTS = 3,
       D_GOVERNS = 3, D_RECIPIENTS = 4, D_GROUNDS = 3, D_CONTROLS = 3, D_SELLS = 3, D_RELATIONS = 2, D_INSTANCES = 2 };

struct dealt_field {
    bool there, special, says;
    int type, store, identifies, lookup, length, choices; /* as in the tables of dealt.c */
    int to;                                               /* recipient of what is never stored, or POLICY_NONE */
    int precision;                                        /* 0 whole, 1 month, 2 year */
    bool outcome;
};
struct dealt_category {
    bool there, many, special, says;
    int disclose;                                       /* 0 to every ground, 1 never, 2 to those in `grounds` */
    unsigned grounds;
    int kind;
    struct dealt_field fields[D_FIELDS];
    int event, event_field, event_named, event_purpose; /* collected, changed, a field, a name, withdrawn */
    bool until, depersonalise;
    int least, most;                                    /* 0: no least */
};
struct dealt_purpose {
    bool there, confirm, totals;
    int basis, needs, channel, says; /* needs 0: nothing */
    unsigned uses[D_CATEGORIES], incompatible;
};
struct dealt_role {
    bool there, application, rights, says;
    int needs, over; /* needs 1: any task; over 1: own, then own-ORGANISATION, then relations */
    unsigned may, writes[D_CATEGORIES];
};
struct dealt_point {
    bool there, anyone, existing, cards, says;
    int kind;
    unsigned from, purposes;
    unsigned char need[D_CATEGORIES][D_FIELDS]; /* 0 not asked, 1 optional, 2 required, 3 and 4 groups */
};

enum { D_MAILS = 2 };
struct dealt_told { /* rights, mail, changes, breach, words and proof (dealt_told.c) */
    bool rights, at_once, refer, shown, mail, blocks, changes, breach, term, promise, promise_rules, unproven;
    int within, sender, before, posted, hours, authority, term_says, why;
    struct { bool there, stops, opens; int purpose, opens_for, says; } mails[D_MAILS];
};
struct dealt_recipient {
    bool there;
    int role, country, name, kind, task, keeps, erase, acknowledge, terms, opt_out, papers, sign, part;
    unsigned gets[D_CATEGORIES], purposes;
    unsigned char controls[D_CONTROLS];
};
struct dealt_ground {
    bool there, binding, counted, says;
    int approve, notice, review;
    unsigned evidence, by;
};

struct dealt_kept { /* of a category, beside what else is said of it */
    bool latest, memory, no_backup, sealed, sourced;
    int blind, only, keys; /* an organisation, an instance or POLICY_NONE */
};
struct dealt_gate { /* of a point */
    bool gate, warning;
    int form, agreed, relation; /* a purpose, a relation or POLICY_NONE */
};
struct dealt_relation {
    bool there, rights;
    int says, from, to;
    unsigned shown;
};
struct dealt_children {
    bool there, parent, school;
    int kind, guardian, ages, ask, by, category, within, organisation, discovered, of_age;
    unsigned may, keeps, asks, teaches;
};

struct dealt {
    struct dealt_told told;
    uint64_t order; /* of everything in the file */
    int version, day, in_force, title, controller, officer, seat, text_version, renew, confirm_within;
    unsigned governs, hosts, organisations, nevers, never_says, clauses, clause_says, clause_rules, of;
    bool clauses_turned;
    struct { bool there; int is, in, leads, says; } kinds[D_KINDS];
    struct { bool there, says; } events[D_EVENTS]; /* the first is closed */
    struct dealt_category categories[D_CATEGORIES];
    struct dealt_purpose purposes[D_PURPOSES];
    struct dealt_role roles[D_ROLES];
    struct dealt_point points[D_POINTS];
    struct { bool there, essential, says, signal; int life, purpose, kind, by; unsigned scripts; } cookies[D_COOKIES];
    struct dealt_recipient recipients[D_RECIPIENTS];
    struct dealt_ground grounds[D_GROUNDS];
    bool recipients_said, disclosure_said, controls_said;
    unsigned char controls[D_CONTROLS];
    unsigned sells;
    int offices, certificate;
    unsigned instances, sees[D_ORGANISATIONS];
    bool open[D_ORGANISATIONS];
    int states[D_KINDS];
    struct dealt_kept kept[D_CATEGORIES];
    struct { bool second, seen; } watched[D_ROLES];
    struct dealt_gate gates[D_POINTS];
    struct dealt_relation relations[D_RELATIONS];
    struct dealt_children children;
    int languages, german; /* D_ENGLISH …; some of what is said in German */
};
enum { D_ENGLISH, D_GERMAN, D_BOTH, D_BOTH_TURNED, D_LANGUAGES };

/* dealt_people.c: who is related, children, how data are kept. */
void dealt_people_draw(struct dealt *dealt, struct dice *dice);
void dealt_people_first(struct dealt *dealt); /* before all else is mended, and behind it */
void dealt_people_mend(struct dealt *dealt);
void dealt_people_point(const struct dealt *dealt, struct dealt_point *point);
/* Sealed to somebody else, or in memory alone: it leaves by no way. */
bool dealt_people_closed(const struct dealt *dealt, int category);
void dealt_people_head(struct buf *out, const struct dealt *dealt);
void dealt_people_organisation(struct buf *out, const struct dealt *dealt, int i);
void dealt_people_kind(struct buf *out, const struct dealt *dealt, int i);
void dealt_people_field(struct buf *out, const struct dealt_field *row);
void dealt_people_category(struct buf *out, const struct dealt *dealt, int category);
void dealt_people_role(struct buf *out, const struct dealt *dealt, int role);
void dealt_people_gate(struct buf *out, const struct dealt *dealt, int point);
void dealt_people_text(struct buf *out, const struct dealt *dealt);
void dealt_people_said(const struct dealt *dealt);
int dealt_people_changes(void);
const char *dealt_people_change_name(int kind);
void dealt_people_change(struct dealt *dealt, struct dice *dice, int kind);
void dealt_people_question(const struct policy *policy, struct dice *dice, struct policy_question *q);

/* dealt_out.c: what leaves the house. Drawing, mending and writing it is called by the others. */
void dealt_out_draw(struct dealt *dealt, struct dice *dice);
void dealt_out_mend(struct dealt *dealt);
void dealt_out_text(struct buf *out, const struct dealt *dealt);
void dealt_out_head(struct buf *out, const struct dealt *dealt);
void dealt_out_said(const struct dealt *dealt);
int dealt_out_changes(void);
const char *dealt_out_change_name(int kind);
void dealt_out_change(struct dealt *dealt, struct dice *dice, int kind);
/* The question's part in it. */
void dealt_out_question(const struct policy *policy, struct dice *dice, struct policy_question *q);

/* A whole policy; what the language would not take is mended. */
void dealt_draw(struct dealt *dealt, struct dice *dice);
/* One change of the kind (0 … dealt_changes() - 1); it may do nothing. */
void dealt_change(struct dealt *dealt, struct dice *dice, int kind);
int dealt_changes(void);
const char *dealt_change_name(int kind);

struct span dealt_text(const struct dealt *dealt);
/* The sentences for the reference. */
const char *const *dealt_said(const struct dealt *dealt, int *ret_count);
/* A question about the compiled policy, more often one that may be allowed. */
void dealt_question(const struct policy *policy, struct dice *dice, struct policy_question *ret);
void dealt_question_print(const struct policy *policy, const struct policy_question *q);

#endif
