/*
 * policy/locale.h - the languages a page can be written in.
 *
 * A language is its rules (locale_NAME.c: numbers, dates, lists) and its
 * sentences (data/locale/NAME.po, compiled in). English has no file: its
 * sentences are the keys of the others.
 *
 * Threads: constant.
 */
#ifndef TROTH_POLICY_LOCALE_H
#define TROTH_POLICY_LOCALE_H

#include "base/span.h"

struct locale;

/* By its code, "de". NULL when the page cannot be written in it. */
const struct locale *locale_find(struct span code);
/* One by one, English first; NULL after the last. */
const struct locale *locale_at(int i);
/* "de", as in RFC 5646. */
const char *locale_code(const struct locale *locale);
/* What it calls itself: "Deutsch". */
const char *locale_name(const struct locale *locale);

#endif
