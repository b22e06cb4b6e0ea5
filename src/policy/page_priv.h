/*
 * policy/page_priv.h - the page's content once, written with a pen that knows HTML, Markdown or plain text.
 *
 * page_body.c and page_words.c say what is said; a pen (page_html.c,
 * page_markdown.c, page_text.c) says how it looks. So the pages cannot say different things.
 * Every text goes through pen->ops->text, which escapes where that is needed.
 *
 * Every sentence of the page's own goes through pen_say (page_say_priv.h), which
 * finds it in the page's language.
 */
#ifndef TROTH_POLICY_PAGE_PRIV_H
#define TROTH_POLICY_PAGE_PRIV_H

#include "policy/locale_priv.h"
#include "policy/page.h"
#include "policy/page_say_priv.h"

struct pen;
struct pen_ops {
    void (*begin)(struct pen *pen);                     /* up to the title and with it */
    void (*contents)(struct pen *pen);                  /* behind the introduction; the sections follow */
    void (*foot)(struct pen *pen);                      /* behind the sections */
    void (*end)(struct pen *pen);
    void (*section)(struct pen *pen, const char *id, const char *title);
    void (*part)(struct pen *pen, const char *kind, struct span id, struct span title);
    void (*para)(struct pen *pen, bool open);
    void (*list)(struct pen *pen, bool open);           /* also in an item, at its end */
    void (*item)(struct pen *pen, bool open);
    void (*lead)(struct pen *pen, struct span s);       /* the words an item begins with, "What for:" */
    void (*text)(struct pen *pen, struct span s);
    void (*code)(struct pen *pen, struct span s);       /* letters and digits nobody reads as words */
    void (*date)(struct pen *pen, int64_t days, bool open); /* around a date in words */
    void (*link)(struct pen *pen, const char *kind, struct span id, struct span s);
    void (*own_words)(struct pen *pen, bool open);      /* around the policy's own text */
    void (*table)(struct pen *pen, const char *caption, const char *const *columns, int count);
    void (*table_end)(struct pen *pen);
    void (*row)(struct pen *pen, bool open);
    void (*cell)(struct pen *pen, bool open);           /* the first of a row is its heading */
};

enum { PEN_WORD = 192 };
struct pen {
    const struct pen_ops *ops;
    const struct policy *policy;
    const struct locale *locale; /* the page's language; NULL: English */
    const char *address;        /* of the page, as in struct page_look */
    int language;               /* which of the policy's languages its own words are in */
    struct span form;           /* how the next sentence or length of time is bent */
    bool plain;                 /* the next title is a sentence of the page, not the policy's words */
    struct buf *out;
    const char *const *columns; /* of the open table */
    int column_count, column;
    bool row_open, cell_open;   /* pen_row, pen_cell */
    bool capital;               /* the next letter becomes a capital */
    int depth;                  /* lists that are open */
    /* Markdown only: at the beginning of a block, and so many digits since; a space waits for what follows it */
    bool fresh, space, ended;   /* ended: the item's line, by a list in it */
    int digits;
    /* plain text only */
    char word[PEN_WORD];
    size_t word_n;
    int word_width, width, indent;
};

static inline const struct locale *
pen_locale(const struct pen *pen)
{
    return pen->locale == NULL ? locale_at(0) : pen->locale;
}

/* The language the policy's own words stand in on this page. */
static inline struct span
pen_language(const struct pen *pen)
{
    const struct policy *policy = pen->policy;
    return pen->language < policy->language_count ? policy->languages[pen->language] : policy->language;
}

/* page_body.c: the whole, section by section. */
struct page_section {
    const char *id, *title;
    void (*put)(struct pen *pen);
    bool (*wanted)(const struct policy *policy); /* NULL: always */
};
const struct page_section *page_sections(size_t *ret_count);

/* The longer sections, each in a file of its own or with its siblings. */
void page_about(struct pen *pen);
void page_points(struct pen *pen);
void page_purposes(struct pen *pen);
void page_roles(struct pen *pen);
void page_keeps(struct pen *pen);
void page_cookies(struct pen *pen);
void page_recipients(struct pen *pen);
void page_disclosure(struct pen *pen);
bool page_has_disclosure(const struct policy *policy);
void page_care(struct pen *pen);
bool page_has_care(const struct policy *policy);
void page_children(struct pen *pen);
bool page_has_children(const struct policy *policy);
void page_relations(struct pen *pen);
bool page_has_relations(const struct policy *policy);
void page_rights(struct pen *pen);
void page_mail(struct pen *pen);
bool page_has_mail(const struct policy *policy);
void page_changes(struct pen *pen);
bool page_has_changes(const struct policy *policy);
void page_breach(struct pen *pen);
bool page_has_breach(const struct policy *policy);
void page_unproven(struct pen *pen);
bool page_has_unproven(const struct policy *policy);
void page_terms(struct pen *pen);
bool page_has_terms(const struct policy *policy);

/* page_people.c: parts of other sections. */
void page_kind_states(struct pen *pen, const struct policy_kind *kind);
void page_point_gates(struct pen *pen, const struct policy_point *point);
void page_field_cut(struct pen *pen, const struct policy_field *field);
void page_role_watched(struct pen *pen, const struct policy_role *role);
void words_proofs(struct pen *pen, unsigned shown_by);

/* page_style.c: the HTML's only style. */
extern const char page_style[];

/* The pens; a copy with another begin and end writes another page of the same look. */
extern const struct pen_ops page_html_ops, page_markdown_ops, page_text_ops;
/* page_html.c: everything up to the inside of the h1; the document's title is the policy's and what comes after it. */
void page_html_head(struct pen *pen, const char *after_title, const char *more_style);

/*
 * page_table.c: a table. The sentences are those of pen_say; a row ends where the next begins, and so does a cell.
 * The first cell of a row is its heading.
 */
void pen_table(struct pen *pen, const char *caption, const char *const *columns, int count);
void pen_row(struct pen *pen);
void pen_cell(struct pen *pen);
void pen_table_end(struct pen *pen);

/* page_words.c: parts of sentences. */
void pen_put(struct pen *pen, struct span s);
void pen_str(struct pen *pen, const char *s);
void pen_u64(struct pen *pen, uint64_t v);
/* page_say.c: the words for a sentence of the page, parts and all. */
const char *pen_sentence(struct pen *pen, const char *key);
/* What a part or a link of that kind is called. */
void pen_title(struct pen *pen, const char *kind, struct span s);
/* What stands before the i-th of n things in a row: nothing, ", " or " and " in the page's language. */
void pen_between(struct pen *pen, int i, int n);
/* Likewise with " or ". */
void pen_either(struct pen *pen, int i, int n);
/* A part (a heading below the section's) whose title is a sentence of the page. */
void pen_part(struct pen *pen, const char *kind, struct span id, const char *title);
/* A paragraph of one sentence without parts. */
void words_para(struct pen *pen, const char *sentence);
/* Between limits and other things in a row: nothing before the first. */
void words_also(struct pen *pen, bool *any);
/* A name as words: "billing-clerk" → "billing clerk"; what it says when it says something. */
void words_name(struct pen *pen, struct span name);
void words_said(struct pen *pen, struct span says, struct span name);
/* A sentence of the policy, as its table has it, in the page's language if it has it in that. */
struct span words_says(const struct pen *pen, struct span says);
/* What a collection point is called. */
struct span words_point(const struct policy_point *point);
void words_category(struct pen *pen, int category);
void words_recipient(struct pen *pen, int recipient);
void words_organisation(struct pen *pen, int organisation);
/* "in force from 1 January 2025 to …": days since 1970; those of INT32_MIN and INT32_MAX are open. */
void words_in_force(struct pen *pen, int64_t from_days, int64_t to_days);
/* Its name in the page's language, by its two letters. */
void words_country(struct pen *pen, struct span code);
/* An address behind "mailto:" (RFC 6068): nothing in it ends the link. */
void page_mail_put(struct buf *out, struct span address);
/* page_keep.c: "kept for 2 years after the last change to it" */
void words_keep(struct pen *pen, const struct policy_keep *keep);
void words_date(struct pen *pen, int64_t days);
void words_time(struct pen *pen, const struct policy_span_of_time *time);
/* The fields of a category that are stored at all. */
uint64_t words_kept(const struct policy *policy, int category);
void words_fields(struct pen *pen, int category, uint64_t mask);
/* "your account (first name, last name)" for each category of the masks; false when there is none. */
bool words_uses(struct pen *pen, const uint64_t *uses);
/* Opens an item with "What for:" or the like, a sentence. */
void words_lead(struct pen *pen, const char *lead);
int words_bits(const struct policy_bits *bits, int count);
void words_purpose(struct pen *pen, int purpose);
void words_purposes(struct pen *pen, const struct policy_bits *bits);
void words_roles(struct pen *pen, const struct policy_bits *bits);
const char *words_basis(enum policy_basis basis);
const char *words_article(enum policy_basis basis);

#endif
