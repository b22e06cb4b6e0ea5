/*
 * policy/diff_priv.h - what the comparing files share: the two policies matched by name, and how a change is told.
 *
 * Each section has its file; a comparison speaks for a line of the canonical
 * form ("purpose news") and a key in it ("uses"). Whatever it is silent about is
 * found at the end (diff_net.c).
 */
#ifndef TROTH_POLICY_DIFF_PRIV_H
#define TROTH_POLICY_DIFF_PRIV_H

#include "policy/diff.h"

/* One table of both policies: where each row is found in the other one, or POLICY_NONE. */
struct match {
    int *to_now; /* by the row of the old policy */
    int *to_was; /* by the row of the new one */
};

struct differ {
    const struct policy *was, *now;
    struct arena *arena;
    struct diff *diff;
    struct diff_change **last;
    struct match organisations, kinds, events, tasks, categories, fields, purposes, roles, points,
        keeps, nevers, cookies, clauses, relations, instances, recipients, grounds, senders, templates,
        terms, promises, unproven;
    int *kind_of_was;    /* old kind → index into diff.kinds; of the new policy it is the same number */
    int stale;           /* a purpose agreed to in other words or for less, while text-version is the same */
    struct diff_change nowhere; /* what is written to when the arena is full; its mark says so at the end */
};

/* One of the two policies, seen from the other: what there is in `a` beyond `b`. */
struct side {
    const struct policy *a, *b;
    const int *category_to_b, *field_to_b, *purpose_to_b, *role_to_b;
    bool is_was;
};
struct side side_was(const struct differ *d); /* what is gone */
struct side side_now(const struct differ *d); /* what is new */

/* Which row a change is about. */
struct place {
    const char *section; /* of the canonical form: "purpose" */
    struct span name;
    int rule;            /* of the policy it stands in */
    bool in_was;
    const char *address; /* NULL, or instead of the rule, where the language has none */
};
struct diff_change *change_add(struct differ *d, enum diff_side side, const struct place *place,
                               const char *key, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* A finer address for it ("purposes.news.basis"), of the policy the change stands in. */
void change_rule(struct differ *d, struct diff_change *change, int rule);
/* Who must be told: never for what is narrower. `masks` are of the side's policy. */
void tell_all(struct differ *d, struct diff_change *change);
void tell_kind(struct differ *d, struct diff_change *change, bool in_was, int kind);
void tell_category(struct differ *d, struct diff_change *change, bool in_was, int category);
void tell_masks(struct differ *d, struct diff_change *change, bool in_was, const uint64_t *masks);
void change_agree(struct differ *d, struct diff_change *change, int purpose);

/* Other words under a rule: told, and no wider. */
struct diff_change *says_compare(struct differ *d, const struct place *place, struct span was,
                                 struct span now);
/* A flag whose yes is wider (or narrower); the sentences for yes and for no. */
struct diff_change *flag_compare(struct differ *d, const struct place *place, const char *key,
                                 bool was, bool now, enum diff_side yes, const char *yes_says,
                                 const char *no_says);
/* A length of time; longer is wider. `what` begins the sentence. */
struct diff_change *time_compare(struct differ *d, const struct place *place, const char *key,
                                 const struct policy_span_of_time *was,
                                 const struct policy_span_of_time *now, const char *what);

/* Names, comma between, in the arena; *ret_n is how many. A category all of which is meant is named once. */
struct span fields_beyond(struct differ *d, const struct side *side, const uint64_t *a,
                          const uint64_t *b, uint64_t *ret_masks, int *ret_n);
struct span purposes_beyond(struct differ *d, const struct side *side, const struct policy_bits *a,
                            const struct policy_bits *b, int *ret_n);
struct span time_words(struct differ *d, const struct policy_span_of_time *time);
bool time_same(const struct policy_span_of_time *a, const struct policy_span_of_time *b);
uint64_t *masks_take(struct differ *d, bool of_was);
/* Where a question that shows the change is looked for; with masks: at the first fields in them. */
void scope_set(struct diff_change *change, unsigned acts, int role, int purpose, int category);
void scope_masks(struct diff_change *change, unsigned acts, int role, int purpose,
                 const uint64_t *masks, int count);

#define ACT(act) (1u << (act))
enum {
    ACTS_USE = 1u << ACT_READ | 1u << ACT_LIST | 1u << ACT_WRITE | 1u << ACT_SEND,
    ACTS_ALL = (1u << ACT_COUNT) - 1
};

/* diff_head.c */
void diff_head(struct differ *d);
void diff_promises(struct differ *d); /* never, cookies, clauses */
void diff_consent(struct differ *d);
/* diff_place.c: hosting places, offices, countries of customers, our own safeguards */
void diff_places(struct differ *d);
/* Levels that rose and fell; the change of those that fell, or NULL. */
struct diff_change *controls_compare(struct differ *d, const struct place *place, const struct policy_controls *was,
                                     const struct policy_controls *now);
/* diff_language.c */
void diff_languages(struct differ *d);
/* Whether a key of the canonical form is a sentence in a further language, "says.de"; of which key, and whether both
 * policies have that language. */
bool diff_is_said(const struct differ *d, struct span key, struct span *ret_base, bool *ret_both);
void diff_said(struct differ *d, struct span about, struct span key);
/* diff_cookie.c */
void diff_cookies(struct differ *d);
/* diff_recipient.c; and what of a field passes through */
void diff_recipients(struct differ *d);
void diff_passing(struct differ *d, const struct place *place, const struct policy_field *was,
                  const struct policy_field *now);
/* diff_ground.c; and to which grounds a category opens */
void diff_grounds(struct differ *d);
void diff_disclose(struct differ *d, const struct place *place, int category, const struct policy_category *was,
                   const struct policy_category *now);
/* diff_people.c */
void diff_people(struct differ *d);
void diff_relations(struct differ *d);
/* diff_children.c */
void diff_children(struct differ *d);
/* diff_kept.c: on which servers, how much, sealed to whom; and what follows from several of these rules at once. */
void diff_instances(struct differ *d);
void diff_kept(struct differ *d, const struct place *place, int category);
void diff_precision(struct differ *d, const struct place *place, int field);
void diff_openings(struct differ *d);
/* diff_data.c */
void diff_data(struct differ *d);
/* diff_keep.c */
void diff_keeps(struct differ *d);
/* diff_use.c */
void diff_purposes(struct differ *d);
void diff_roles(struct differ *d);
void diff_events(struct differ *d);
/* diff_point.c */
void diff_points(struct differ *d);
/* diff_told.c */
void diff_told(struct differ *d);
/* diff_proof.c */
void diff_proof(struct differ *d);
/* diff_net.c */
void diff_net(struct differ *d);
/* diff_shown.c */
void diff_shown(struct differ *d);

#endif
