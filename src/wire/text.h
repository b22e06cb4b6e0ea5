/*
 * wire/text.h - codings of text: UTF-8, base64, percent, HTML, RFC 3339 times, card numbers.
 *
 * Pure functions. Whatever is decoded is checked whole before any of it is used.
 */
#ifndef TROTH_WIRE_TEXT_H
#define TROTH_WIRE_TEXT_H

#include "base/arena.h"

/* Valid UTF-8 (RFC 3629): no overlong forms, no surrogates, at most U+10FFFF. *ret_at: first bad byte. */
bool utf8_valid(struct span s, size_t *ret_at);
/* Code points; s must be valid. */
size_t utf8_length(struct span s);
/* Reads one code point at *at and moves it; s must be valid. */
uint32_t utf8_next(struct span s, size_t *at);
/*
 * No control characters but (when `lines`) LF and TAB, no bidi controls
 * (U+202A–202E, U+2066–2069), no U+FEFF, no noncharacters. s must be valid UTF-8.
 */
bool utf8_clean(struct span s, bool lines, size_t *ret_at);
/* Lower case for comparing addresses: ASCII and Latin-1/Greek/Cyrillic letters by simple case folding. */
struct span utf8_fold(struct arena *arena, struct span s);

/* Standard base64 with padding, and base64url without (RFC 4648). */
size_t base64_size(size_t n);
void base64_put(struct buf *buf, const void *p, size_t n);
void base64url_put(struct buf *buf, const void *p, size_t n);
/* Exact decoding: no spaces, canonical padding bits. SPAN_NONE when bad or the arena is full. */
struct span base64_get(struct arena *arena, struct span s);
struct span base64url_get(struct arena *arena, struct span s);

/* For text and attribute values: & < > " ' */
void html_put(struct buf *buf, struct span s);

/* Percent-coding of everything but unreserved characters (RFC 3986). */
void percent_put(struct buf *buf, struct span s);
/*
 * Decodes once, into the arena; plus: a '+' is a space. False, ret untouched, for a
 * broken escape, a NUL or invalid UTF-8 in the result, or a full arena (its mark tells).
 */
MUST_USE bool percent_get(struct arena *arena, struct span s, bool plus, struct span *ret);

/* RFC 3339 in UTC: "2026-11-01T09:30:00.000123Z". */
void time_put(struct buf *buf, int64_t us);
/* A full-date, "2026-02-30" refused; years 1900–9999. Days since 1970-01-01. */
bool date_get(struct span s, int64_t *ret_days);
void date_put(struct buf *buf, int64_t days);
void date_civil(int64_t days, int *ret_year, int *ret_month, int *ret_day);
int64_t date_days(int year, int month, int day);
/* The same day n calendar months later, cut to the month's last day (31 January + 1 → 28/29 February). */
int64_t date_add_months(int64_t days, int months);

/*
 * Looks for a payment card number in free text: 13–19 digits (full-width digits
 * too), up to three separators (space, dot, dash, U+00A0, zero-width) between
 * any two, right length and issuer range, Luhn sum (ISO/IEC 7812-1). Telephone
 * numbers written with a + and bank account numbers (iban_length) are not taken for one.
 */
bool card_number_in(struct span text);

/*
 * Bytes of the international bank account number (ISO 13616: right length for its country,
 * right sum, single spaces allowed) that s begins with; 0: none. Knows the countries whose
 * accounts are mostly digits.
 */
size_t iban_length(struct span s);

/* E-mail address fit to be mailed to (RFC 5321 dot-string local part, DNS name or IDN domain, ≤ 254 bytes). */
bool email_valid(struct span s);
/* Phone numbers: E.164 form "+49301234567" from common writings; false when not international. */
bool phone_normal(struct span s, char ret_e164[20]);
/* Two capital letters of ISO 3166-1 alpha-2 (the assigned ones, and XK). */
bool country_valid(struct span s);

#endif
