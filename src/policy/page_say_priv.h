/*
 * policy/page_say_priv.h - the page's own sentences, in the language it is written in.
 *
 * A sentence stands in the code in English, whole, with its parts by name:
 *
 *   pen_say(pen, "We use it {purpose} for {time}.", say_purpose("purpose", p), say_time("time", &t));
 *
 * and that English is its key in the files of the other languages (data/locale/NAME.po). Where a sentence is named
 * without being said at once (a heading, a row of a table of words) it stands in SAY("…"), so that
 * scripts/sentences.py finds it; a test fails when a language lacks one, or one of its parts.
 *
 * {name}            the part of that name
 * {name:form}       the same in a form the language has (src/policy/locale_priv.h): {task:a} is "a ticket", "an order";
 *                   a part that is a sentence is then the one a language has for that form (msgctxt "form"), if it has
 * [name: a | b]     one of these, by the number that part has and by the language's rule of numbers;
 *                   parts may stand in it: "[n: one person|{n} persons]"
 *
 * A sentence is whole. Parts that one language puts elsewhere or bends otherwise are one sentence, not two.
 */
#ifndef TROTH_POLICY_PAGE_SAY_PRIV_H
#define TROTH_POLICY_PAGE_SAY_PRIV_H

#include "policy/policy.h"

struct pen;

enum say_kind {
    SAY_NONE,
    SAY_TEXT,     /* text that is the same in all languages: a name, an address */
    SAY_OWN,      /* what the policy says, else its name as words */
    SAY_NUMBER,
    SAY_DATE,
    SAY_TIME,     /* a length of time */
    SAY_SENTENCE, /* another sentence */
    SAY_PURPOSE,  /* an index: the words, linked */
    SAY_PURPOSES, SAY_ROLES, /* bits: all of them, joined */
    SAY_RECIPIENT, SAY_ORGANISATION, /* an index: its name */
    SAY_FIELDS,   /* of the category n those of the mask */
    SAY_LINK,
    SAY_STRONG,   /* SAY_TEXT that stands out */
    SAY_CODE,
    SAY_COUNTRY,  /* its two letters */
    SAY_PUT       /* whatever a function writes */
};

struct say_part {
    const char *name;
    enum say_kind kind;
    struct span text, other;
    int64_t n;         /* what a plural form is chosen by */
    uint64_t mask;
    const void *what;
    void (*put)(struct pen *pen, const void *what, int64_t n);
};

struct say {
    const char *sentence;
    struct say_part a, b, c, d, e, f;
};

/* Marks a sentence for scripts/sentences.py where it is not the word of pen_say itself. */
#define SAY(sentence) sentence

#define pen_say(pen, ...) pen_say_all((pen), &(const struct say){__VA_ARGS__})
void pen_say_all(struct pen *pen, const struct say *say);

static inline struct say_part
say_text(const char *name, struct span text)
{
    return (struct say_part){.name = name, .kind = SAY_TEXT, .text = text};
}

static inline struct say_part
say_strong(const char *name, struct span text)
{
    return (struct say_part){.name = name, .kind = SAY_STRONG, .text = text};
}

static inline struct say_part
say_code(const char *name, struct span text)
{
    return (struct say_part){.name = name, .kind = SAY_CODE, .text = text};
}

static inline struct say_part
say_country(const char *name, struct span code)
{
    return (struct say_part){.name = name, .kind = SAY_COUNTRY, .text = code};
}

static inline struct say_part
say_own(const char *name, struct span says, struct span id)
{
    return (struct say_part){.name = name, .kind = SAY_OWN, .text = says, .other = id};
}

static inline struct say_part
say_number(const char *name, int64_t n)
{
    return (struct say_part){.name = name, .kind = SAY_NUMBER, .n = n};
}

static inline struct say_part
say_date(const char *name, int64_t days)
{
    return (struct say_part){.name = name, .kind = SAY_DATE, .n = days};
}

static inline struct say_part
say_time(const char *name, const struct policy_span_of_time *time)
{
    return (struct say_part){.name = name, .kind = SAY_TIME, .what = time};
}

static inline struct say_part
say_sentence(const char *name, const char *sentence)
{
    return (struct say_part){.name = name, .kind = SAY_SENTENCE, .what = sentence};
}

static inline struct say_part
say_purpose(const char *name, int purpose)
{
    return (struct say_part){.name = name, .kind = SAY_PURPOSE, .n = purpose};
}

static inline struct say_part
say_purposes(const char *name, const struct policy_bits *bits)
{
    return (struct say_part){.name = name, .kind = SAY_PURPOSES, .what = bits};
}

static inline struct say_part
say_roles(const char *name, const struct policy_bits *bits)
{
    return (struct say_part){.name = name, .kind = SAY_ROLES, .what = bits};
}

static inline struct say_part
say_recipient(const char *name, int recipient)
{
    return (struct say_part){.name = name, .kind = SAY_RECIPIENT, .n = recipient};
}

static inline struct say_part
say_organisation(const char *name, int organisation)
{
    return (struct say_part){.name = name, .kind = SAY_ORGANISATION, .n = organisation};
}

static inline struct say_part
say_fields(const char *name, int category, uint64_t mask)
{
    return (struct say_part){.name = name, .kind = SAY_FIELDS, .n = category, .mask = mask};
}

/* kind and id as in pen->ops->link; the title is a sentence. */
static inline struct say_part
say_link(const char *name, const char *kind, struct span id, const char *title)
{
    return (struct say_part){.name = name, .kind = SAY_LINK, .text = id, .other = span_str(kind), .what = title};
}

static inline struct say_part
say_put(const char *name, void (*put)(struct pen *pen, const void *what, int64_t n), const void *what, int64_t n)
{
    return (struct say_part){.name = name, .kind = SAY_PUT, .put = put, .what = what, .n = n};
}

#endif
