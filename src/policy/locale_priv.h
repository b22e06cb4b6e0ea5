/*
 * policy/locale_priv.h - what there is to know of a language.
 *
 * To add one: a file locale_NAME.c with its rules, a row in locale.c, and
 * data/locale/NAME.po with its sentences (docs/translating.md).
 */
#ifndef TROTH_POLICY_LOCALE_PRIV_H
#define TROTH_POLICY_LOCALE_PRIV_H

#include "base/buf.h"
#include "policy/locale.h"

enum locale_unit { UNIT_YEAR, UNIT_MONTH, UNIT_DAY, UNIT_HOUR, UNIT_COUNT };
enum { LOCALE_PLURALS = 4 }; /* Arabic would need 6 */

/* A way words are bent: "" is how they stand alone, the others are named in sentences, {time:dative}. */
struct locale_form {
    const char *name;
    const char *units[UNIT_COUNT][LOCALE_PLURALS];
};

struct locale_sentence {
    const char *form, *key, *text; /* sorted by key, then by form, bytewise */
};

enum { LOCALE_COUNT = 2 };
struct locale_country {
    char code[3];
    const char *names[LOCALE_COUNT];
};

struct locale {
    const char *code, *name;
    int plurals;                    /* how many forms a number has */
    int (*plural)(int64_t n);       /* which of them */
    const char *and, *or, *comma;   /* between the last two of a list, with their spaces; between the others */
    const char *no_time;            /* a length of time of nothing */
    const struct locale_form *forms;
    int form_count;
    void (*date)(struct buf *out, int year, int month, int day);
    void (*one)(struct buf *out, struct span noun); /* {name:a}: before the noun, what says that it is any one; NULL: nothing does */
    int country_column;             /* in data/locale/countries.tsv, behind the code */
    const struct locale_sentence *sentences; /* NULL: the keys themselves */
    size_t sentence_count;
};

extern const struct locale locale_en, locale_de;

/* The sentence in that language, bent so if it has it bent so; NULL when it has none. */
const char *locale_sentence(const struct locale *locale, struct span form, const char *key);
/* A country's name by its two letters; NULL for letters that are none. */
const char *locale_country(const struct locale *locale, struct span code);
/* The words for so many of a unit; "" is a form, an unknown one is a mistake of ours. */
const char *locale_unit(const struct locale *locale, struct span form, enum locale_unit unit, int64_t n);

#endif
