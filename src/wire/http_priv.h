/*
 * wire/http_priv.h - between the parts of the HTTP reader: names, and what frames a body.
 *
 * Framing is noted while the fields pass and judged once at the end of the head,
 * so that the order of the fields cannot matter.
 */
#ifndef TROTH_WIRE_HTTP_PRIV_H
#define TROTH_WIRE_HTTP_PRIV_H

#include "wire/http.h"

struct http_framing {
    uint64_t seen; /* bits of the fields that may come once only */
    struct span host;
    struct span length;
    struct span coding;
    struct span expect;
    bool close;
    bool keep;
};

bool http_method_find(struct span name, enum http_method *ret);

/* Remembers a field that matters; ERR_BAD_HTTP for the second of a field that may come once. */
bool http_framing_note(struct http_framing *framing, const struct http_field *field,
                       struct err *err);
/* Host, Content-Length, Transfer-Encoding and Connection into head (RFC 9112: 3.2, 6, 9.3). */
bool http_framing_judge(const struct http_framing *framing, struct http_head *head,
                        struct err *err);
/* Expect (RFC 9110 section 10.1.1); ERR_EXPECT. */
bool http_framing_expect(const struct http_framing *framing, struct http_head *head,
                         struct err *err);

#endif
