/*
 * policy/compile_priv.h - from nodes to tables: what the compiling files share.
 *
 * First every name of every section is declared, so that order in the file does
 * not matter; then each section is filled and its references are resolved, each
 * unknown one a fault at its place; then check.c looks across sections. Tables
 * keep the order of the file, since the page shows it; the canonical form sorts.
 */
#ifndef TROTH_POLICY_COMPILE_PRIV_H
#define TROTH_POLICY_COMPILE_PRIV_H

#include "policy/law_priv.h"
#include "policy/read_priv.h"

/* The entries of a map that may be named so. */
struct names {
    const struct node **nodes;
    int count;
};

struct draft {
    struct reader *reader;
    struct policy *policy;
    struct arena *arena; /* the policy's */
    const struct node *root;
    struct names organisations, kinds, events, categories, purposes, roles, points, cookies, relations, recipients, grounds;
    const struct node **field_nodes; /* as policy->fields */
    const struct node **never_nodes; /* as policy->nevers */
    const struct node **keep_nodes;  /* as policy->keeps */
    /* The same tables as in the policy, while they are being filled. */
    struct policy_organisation *organisation_rows;
    struct policy_kind *kind_rows;
    struct policy_category *category_rows;
    struct policy_field *field_rows;
    struct policy_purpose *purpose_rows;
    struct policy_role *role_rows;
    struct policy_point *point_rows;
    struct policy_keep *keep_rows;
    struct policy_cookie *cookie_rows;
    struct policy_relation *relation_rows;
    struct policy_recipient *recipient_rows;
    struct policy_ground *ground_rows;
    struct span *task_rows;
    struct law_own law;
    bool law_asked[LAW_TABLES]; /* some rule rests on it */
    struct policy_rule *rules; /* in the scratch arena until all are known */
    int rule_cap;
    struct sentence *sentences; /* compile_language.c: the last read first */
    int *unkept; /* in the scratch arena, as rules; policy->unkept_count of them */
    const struct policy_rule **rules_sorted; /* by name, once all rules are there */
};

/* compile.c */
bool compile(struct reader *reader, const struct node *root, struct policy *policy, struct err *err);
struct span keep_text(struct draft *draft, struct span text);
/* value_text, kept in the policy. */
struct span keep_value(struct draft *draft, const struct node *map, const char *key,
                       const char *what);
int rule_add(struct draft *draft, const struct node *node, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The rule of a key whose promise the running server does not keep yet: noted with a warning, and no server starts
 * with such a policy. `what` as in "sealing to one person's own key". */
void unkept_add(struct draft *draft, const struct node *node, int rule, const char *what);
struct names names_of(struct draft *draft, const struct node *map, const char *key, const char *what, int most);
struct names names_take(struct draft *draft, const char *section, const char *what, int most);
/* Index of a task kind; declared by being named. */
int task_take(struct draft *draft, const struct node *node, const char *what);
void bit_set(struct policy_bits *bits, int i);
/* Whether a list or map is within LIMIT_POLICY_ROWS; a fault if not. */
bool rows_check(struct draft *draft, const struct node *rows, const char *what);
/* A fault that `key` of the thing named by `node` is missing. */
void missing(struct draft *draft, const struct node *node, const char *key, const char *mend);

/* compile_ref.c: a node's text as an index; a fault with the nearest name when there is none. */
enum table {
    REF_ORGANISATION, REF_KIND, REF_CATEGORY, REF_PURPOSE, REF_ROLE, REF_RELATION, REF_RECIPIENT, REF_GROUND,
    REF_INSTANCE, REF_EVENT, REF_RULE
};
int ref_find(struct draft *draft, const struct node *node, enum table table);
/* The word under the key as an index, or POLICY_NONE when absent or unknown (told). */
int ref_optional(struct draft *draft, const struct node *map, const char *key, enum table table);
/* Sorts the rules for finding; no rule may be added after it. NULL in rules_sorted: no memory. */
void rules_sort(struct draft *draft);
/* "category.field", or "category" where `whole` is not NULL: then *whole tells which it was. */
bool ref_data(struct draft *draft, const struct node *node, int *ret_category, int *ret_field,
              bool *ret_whole);
/* One reference of a list, as a bit of what the list says; one that stands there twice is told. */
void ref_bit(struct draft *draft, const struct node *node, enum table table, struct policy_bits *ret);
/* A list of references (no list: none), so. */
void ref_bits(struct draft *draft, const struct node *list, const char *what, enum table table,
              struct policy_bits *ret);
/* A list of purposes as bits; "rights" sets *ret_rights where it is not NULL. */
void ref_purposes(struct draft *draft, const struct node *list, const char *what,
                  struct policy_bits *ret, bool *ret_rights);

/* compile_head.c */
void compile_head(struct draft *draft);
/* compile_place.c: hosts, offices, customers' countries, our own safeguards. */
void compile_places(struct draft *draft, const struct node *head);
/* Whether the country is in the European Economic Area. */
bool country_home(struct span country);
/* A fault when the second day is before the first; 0 is no day. */
void period_check(struct draft *draft, const struct node *from, const struct node *to, int64_t from_days,
                  int64_t to_days);
/* compile_language.c: a sentence people read, in all languages of the policy; the first is given back. */
void compile_languages(struct draft *draft); /* before any sentence */
struct span keep_says(struct draft *draft, const struct node *node, const char *what);
struct span keep_sentence(struct draft *draft, const struct node *map, const char *key, const char *what);
bool sentences_close(struct draft *draft);
/* compile_recipient.c */
bool compile_recipients(struct draft *draft);
void compile_controls(struct draft *draft, const struct node *node, struct policy_controls *ret);
/* compile_disclosure.c; `disclose` of a category, by its node (may be NULL) */
void compile_disclosure(struct draft *draft);
void compile_disclose(struct draft *draft, struct policy_category *row, const struct node *node);
void compile_consent(struct draft *draft);
/* compile_people.c */
void compile_people(struct draft *draft);
void compile_relations(struct draft *draft);
/* A list of ways to show a relation as bits of enum policy_proof; an empty one is a fault. */
unsigned proofs_read(struct draft *draft, const struct node *list, const char *what);
/* compile_children.c */
void compile_children(struct draft *draft);
/* compile_kept.c: how data are kept; on which kinds of server. */
void compile_instances(struct draft *draft, const struct node *head);
void compile_kept(struct draft *draft, struct policy_category *category, const struct node *node);
void compile_precision(struct draft *draft, struct policy_field *field, const struct node *node);
/* compile_data.c */
bool declare_fields(struct draft *draft);
void compile_data(struct draft *draft);
/* Whether the file itself says `store: never`, and it is not what a fault made of it. */
bool field_says_never(const struct draft *draft, int field);
void compile_field(struct draft *draft, struct policy_field *field, const struct node *node);
/* compile_use.c */
bool compile_purposes(struct draft *draft);
bool compile_roles(struct draft *draft);
/* compile_collect.c */
void compile_points(struct draft *draft);
/* compile_keep.c */
bool compile_keeps(struct draft *draft);
/* compile_clause.c */
bool compile_nevers(struct draft *draft);
bool compile_clauses(struct draft *draft);
/* compile_law.c */
void compile_law(struct draft *draft);
void check_law(struct draft *draft);
/* compile_rights.c */
void compile_rights(struct draft *draft);
/* compile_mail.c */
void compile_mail(struct draft *draft);
void compile_changes(struct draft *draft);
void compile_breach(struct draft *draft);
/* compile_proof.c */
void compile_glossary(struct draft *draft);
void compile_unproven(struct draft *draft);
bool compile_promises(struct draft *draft); /* last: it names rules of all sections */
/* compile_cookie.c */
void compile_cookies(struct draft *draft);
/* check.c */
void check(struct draft *draft);
/* check_people.c, check_kept.c, check_children.c */
void check_people(struct draft *draft);
void check_kept(struct draft *draft);
void check_children(struct draft *draft);
/* check_out.c: recipients, grounds, and the cookies of others. */
void check_out(struct draft *draft);
/* check_recipient.c: one recipient; used: room for a mask of each category. */
void check_recipient(struct draft *draft, int i, uint64_t *used);
/* check_idle.c: what can never fire, and what contradicts; given: fields collected or written, by category. */
void check_idle(struct draft *draft, const uint64_t *given);
/* compile_canonical.c: the text, its hash; the purposes' ids too. False when the arena is full. */
bool canonical_write(struct policy *policy, struct arena *scratch);

#endif
