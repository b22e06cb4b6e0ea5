/*
 * policy/value.h - is this text a value of that field, and what is its normal form.
 *
 * Errors name the field, never the value. Values arrive as JSON strings, numbers
 * or booleans and are stored as text. What every text must be: valid UTF-8, no
 * control characters, no bidi controls (they let a name lie about itself), within
 * its length. Spaces at both ends are dropped, but not of passwords and secrets.
 *
 *   type          taken                                             at most (bytes)
 *   name, text    one line, not blank                               256; 16384
 *   note          lines; CR LF becomes LF                           16384
 *   address       lines; CR LF becomes LF                           1024
 *   email         fit to be mailed to                               254
 *   phone         international, in any common writing              40
 *   username      a-z A-Z 0-9 . _ - , letter or digit at the ends   64
 *   password      8 bytes at least, anything printable              256
 *   date          2026-02-28; birthdate not before 1900 either      10
 *   country       two capitals that are assigned                    2
 *   ip            IPv4, IPv6; stored as RFC 5952 writes it          45
 *   url           http, https; no user and password in it           2048
 *   user-agent    one line                                          1024
 *   number        decimal, 15 digits and 6 after the point          23
 *   money         "12.34 EUR", never a JSON number                  24
 *   choice        one of the field's choices, exactly
 *   token         one line without spaces                           1024
 *   secret        one line, kept as it is                           4096
 *   card-number   13 to 19 digits or just the last four; store must be last4
 *   boolean       true, false
 *   geo           "52.5200,13.4050"; only where a field of that type is declared
 *   file          not taken yet
 *
 * Where the field has a precision, the rest of a value is cut off before anything
 * else sees it: 192.0.2.77 is kept as 192.0.2.0, 2026-02-28 as 2026-02-01. Of a
 * field that keeps only what comes of it (outcome-only) the value is one of its
 * choices, whatever its type, and nothing else is taken.
 *
 * The field's own length_max wins where it is smaller, and for name, text, note,
 * address, user-agent, token and secret also where it is larger. Dates are not
 * compared with today: this room has no clock.
 *
 * Card numbers in free text (name, address, username, text, note, url,
 * user-agent, token) are refused where the point says so: ERR_CARD_NUMBER.
 */
#ifndef TROTH_POLICY_VALUE_H
#define TROTH_POLICY_VALUE_H

#include "policy/policy.h"
#include "wire/json.h"

/*
 * *ret: the text to store, borrowed from value or in the arena; for store: last4
 * its last four characters. ERR_INVALID when it is no such value, is too long, or
 * the field is never stored; ERR_CARD_NUMBER; ERR_TOO_LARGE when the arena is
 * full. err->place is left to the caller.
 */
MUST_USE bool policy_value_read(const struct policy_field *field, const struct json *value,
                                bool refuse_cards, struct arena *arena, struct span *ret,
                                struct err *err);

/* How many bytes a value of the field may have. */
uint32_t policy_value_most(const struct policy_field *field);

/* The form look-ups compare: e-mail and user names folded and trimmed, phones as E.164, text as it is. */
MUST_USE bool policy_value_normal(const struct policy_field *field, struct span stored,
                                  struct arena *arena, struct span *ret, struct err *err);

/* Writes a stored value as JSON (numbers and booleans as such). */
void policy_value_write(const struct policy_field *field, struct span stored, struct json_out *out);

#endif
