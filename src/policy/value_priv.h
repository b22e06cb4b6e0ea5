/*
 * policy/value_priv.h - forms of single values that need more than a line to check.
 */
#ifndef TROTH_POLICY_VALUE_PRIV_H
#define TROTH_POLICY_VALUE_PRIV_H

#include "base/buf.h"

/* "-12.5": at most 15 digits before the point and 6 after it, no exponent, no needless zero in front. */
bool value_number_ok(struct span s);
/* "12.34 EUR": a number as above with none, two or three digits after the point, and three capitals. */
bool value_money_ok(struct span s);
/* "52.5200,13.4050": latitude and longitude in degrees, at most 7 digits after the point. */
bool value_geo_ok(struct span s);
/* 1 to 64 of a-z A-Z 0-9 . _ - ; letter or digit at both ends. */
bool value_username_ok(struct span s);
/* http or https with a host; no user name or password in it, no spaces, at most 2048 bytes. */
bool value_url_ok(struct span s);
/* The same, with https and nothing else, and not one of what would end a link in a page. */
bool value_link_ok(struct span s);
/*
 * "https://count.example.org" or with ":8443": a host of two labels at least, in small letters, the last not of
 * digits alone; nothing behind it, not even a slash. One origin is written in one way.
 */
bool value_origin_ok(struct span s);
/* IPv4 dotted quad or IPv6 (RFC 4291) without zone; writes the form of RFC 5952. */
bool value_ip_put(struct span s, struct buf *out);
/* The same with 24 bits of IPv4 or 48 of IPv6 left, the rest zero; of a good address. */
void value_ip_cut(struct span s, struct buf *out);
/* A good position with two digits after the point, the others cut off: about a kilometre. */
void value_geo_cut(struct span s, struct buf *out);

#endif
