/*
 * policy/page_priv.h - the page's content once, written with a pen that knows HTML or plain text.
 *
 * page_body.c and page_words.c say what is said; a pen (page_html.c,
 * page_text.c) says how it looks. So the two pages cannot say different things.
 * Every text goes through pen->ops->text, which escapes where that is needed.
 */
#ifndef TROTH_POLICY_PAGE_PRIV_H
#define TROTH_POLICY_PAGE_PRIV_H

#include "policy/page.h"

struct pen;
struct pen_ops {
    void (*begin)(struct pen *pen);                     /* title, version, dates */
    void (*end)(struct pen *pen);                       /* the hash */
    void (*section)(struct pen *pen, const char *id, const char *title);
    void (*part)(struct pen *pen, const char *kind, struct span id, struct span title);
    void (*para)(struct pen *pen, bool open);
    void (*list)(struct pen *pen, bool open);
    void (*item)(struct pen *pen, bool open);
    void (*lead)(struct pen *pen, struct span s);       /* the words an item begins with, "What for:" */
    void (*text)(struct pen *pen, struct span s);
    void (*link)(struct pen *pen, const char *kind, struct span id, struct span s);
    void (*own_words)(struct pen *pen, bool open);      /* around text in the policy's own language */
    void (*table)(struct pen *pen, const char *caption, const char *const *columns, int count);
    void (*table_end)(struct pen *pen);
    void (*row)(struct pen *pen, bool open);
    void (*cell)(struct pen *pen, bool open);           /* the first of a row is its heading */
};

enum { PEN_WORD = 192 };
struct pen {
    const struct pen_ops *ops;
    const struct policy *policy;
    struct buf *out;
    const char *const *columns; /* of the open table */
    int column_count, column;
    bool capital;               /* the next letter becomes a capital */
    /* plain text only */
    char word[PEN_WORD];
    size_t word_n;
    int word_width, width, indent;
};

/* The HTML's style, and the pens. */
extern const char page_style[];
extern const struct pen_ops page_html_ops, page_text_ops;

/* page_body.c: everything between begin and end. */
struct page_section {
    const char *id, *title;
    void (*put)(struct pen *pen);
    bool (*wanted)(const struct policy *policy); /* NULL: always */
};
const struct page_section *page_sections(size_t *ret_count);
void page_body(struct pen *pen);

/* page_points.c, page_rules.c: the longer sections. */
void page_points(struct pen *pen);
void page_purposes(struct pen *pen);
void page_roles(struct pen *pen);
void page_keeps(struct pen *pen);
/* page_cookie.c */
void page_cookies(struct pen *pen);
/* page_recipient.c, page_ground.c */
void page_recipients(struct pen *pen);
void page_disclosure(struct pen *pen);
bool page_has_disclosure(const struct policy *policy);

/* page_rights.c */
void page_rights(struct pen *pen);
/* page_told.c, and whether the policy speaks of it */
void page_mail(struct pen *pen);
void page_changes(struct pen *pen);
void page_breach(struct pen *pen);
void page_unproven(struct pen *pen);
void page_terms(struct pen *pen);
bool page_has_mail(const struct policy *policy);
bool page_has_changes(const struct policy *policy);
bool page_has_breach(const struct policy *policy);
bool page_has_unproven(const struct policy *policy);
bool page_has_terms(const struct policy *policy);

/* page_people.c: sections, and parts of the sections above. */
void page_relations(struct pen *pen);
void page_children(struct pen *pen);
void page_care(struct pen *pen);
bool page_has_relations(const struct policy *policy);
bool page_has_children(const struct policy *policy);
bool page_has_care(const struct policy *policy);
void page_kind_states(struct pen *pen, const struct policy_kind *kind);
void page_point_gates(struct pen *pen, const struct policy_point *point);
void page_field_cut(struct pen *pen, const struct policy_field *field);
void page_role_watched(struct pen *pen, const struct policy_role *role);

/* page_words.c: parts of sentences. */
void pen_put(struct pen *pen, struct span s);
void pen_str(struct pen *pen, const char *s);
void pen_u64(struct pen *pen, uint64_t v);
/* What a part or a link of that kind is called. */
void pen_title(struct pen *pen, const char *kind, struct span s);
/* What stands before the i-th of n things in a row: nothing, ", " or " and ". */
void pen_between(struct pen *pen, int i, int n);
/* A name as words: "billing-clerk" → "billing clerk"; what it says when it says something. */
void words_name(struct pen *pen, struct span name);
void words_said(struct pen *pen, struct span says, struct span name);
/* What a collection point is called. */
struct span words_point(const struct policy_point *point);
/* "a ticket", "an order" */
void words_one(struct pen *pen, struct span name);
void words_date(struct pen *pen, int64_t days);
void words_time(struct pen *pen, const struct policy_span_of_time *time);
/* The fields of a category that are stored at all. */
uint64_t words_kept(const struct policy *policy, int category);
void words_fields(struct pen *pen, int category, uint64_t mask);
/* "your account (first name, last name)" for each category of the masks; false when there is none. */
bool words_uses(struct pen *pen, const uint64_t *uses);
/* Opens an item with "What for:" or the like. */
void words_lead(struct pen *pen, const char *lead);
int words_bits(const struct policy_bits *bits, int count);
void words_purpose(struct pen *pen, int purpose);
void words_purposes(struct pen *pen, const struct policy_bits *bits);
void words_roles(struct pen *pen, const struct policy_bits *bits);
const char *words_basis(enum policy_basis basis);
const char *words_article(enum policy_basis basis);

#endif
