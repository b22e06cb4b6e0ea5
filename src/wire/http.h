/*
 * wire/http.h - strict HTTP/1.1 request heads and chunked bodies as pure text; no sockets here.
 *
 * RFC 9112 with everything optional refused (see docs/api.md, "HTTP"): one space twice,
 * CRLF only, origin-form only, exactly one Host, no obs-fold, no space before a
 * colon, Content-Length or "chunked" but never both, no chunk extensions, no
 * trailers. Whatever is refused ends the connection.
 *
 * Memory: spans point into the input; the decoded path and query lie in the arena.
 */
#ifndef TROTH_WIRE_HTTP_H
#define TROTH_WIRE_HTTP_H

#include "base/arena.h"
#include "base/limits.h"

enum http_method {
    HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_OPTIONS,
    HTTP_TRACE, HTTP_CONNECT, HTTP_METHODS
};

struct http_field {
    struct span name; /* as sent */
    struct span value; /* trimmed */
};

enum http_body { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED };

struct http_head {
    enum http_method method;
    bool http10;
    bool keep_alive;       /* what the client may expect, by version and Connection */
    bool expect_continue;
    struct span target;    /* as sent */
    struct span path;      /* decoded once, begins with '/' */
    struct span query;     /* raw, without '?'; empty when none */
    struct span host;      /* of the Host field */
    enum http_body body;
    uint64_t length;       /* with HTTP_BODY_LENGTH */
    size_t field_count;
    struct http_field fields[LIMIT_HTTP_FIELDS];
};

enum http_got { HTTP_MORE, HTTP_DONE, HTTP_BAD };

/*
 * Reads one head from the front of in. HTTP_MORE: not all there yet (limits are
 * checked all the same). HTTP_DONE: *ret_used bytes were the head. HTTP_BAD: err
 * has the code (BAD_HTTP, URI_LONG, HEADERS_LARGE, METHOD_UNKNOWN, HTTP_VERSION,
 * EXPECT …); all but EXPECT mean that the connection must close. EXPECT fills
 * head and *ret_used too, so that the connection can go on. Otherwise head holds
 * nothing of use unless HTTP_DONE.
 */
MUST_USE enum http_got http_head_read(struct arena *arena, struct span in, struct http_head *head,
                                      size_t *ret_used, struct err *err);

/*
 * Whether a head that gave HTTP_MORE when `seen` bytes were there can be decided by what has
 * come since: a line has ended, or a limit may be passed. Saves a slow sender's head from being
 * read again for each byte (32 KiB byte by byte: 0.4 ms of work instead of 54).
 */
bool http_head_worth(struct span in, size_t seen);

/*
 * The value of the field of that name (the first, for a field that may come more than once); false when
 * absent. Two of a field that may come only once were refused before (http_framing.c has the list).
 */
bool http_head_field(const struct http_head *head, const char *name, struct span *ret);

/* Incremental reader of a chunked body: state only, no memory. */
struct http_chunks {
    int state;
    uint64_t left;
    uint64_t total;
    unsigned digits;
};
void http_chunks_init(struct http_chunks *chunks);
/*
 * Takes bytes from *in, appends data to body (a buf; overflow → ERR_TOO_LARGE).
 * HTTP_DONE: the last chunk is over, *in begins behind it.
 */
MUST_USE enum http_got http_chunks_read(struct http_chunks *chunks, struct span *in,
                                        struct buf *body, struct err *err);

const char *http_method_name(enum http_method method);
const char *http_status_text(int status);

/*
 * Which of what is offered a request wants most (RFC 9110 sections 12.5.1 and 12.5.4), the first of several it wants
 * as much; -1 when it wants none. Ranges that are not well written are passed over. header: the value of Accept or
 * Accept-Language.
 */
enum http_accept { HTTP_ACCEPT_MEDIA, HTTP_ACCEPT_LANGUAGE };
int http_accept(struct span header, enum http_accept what, const char *const *offered, int count);

/* query and form: the value of key, percent-decoded into the arena; ERR_BAD_REQUEST for a repeated
 * key or bad escapes. *ret_found false when absent. '+' is a space. */
MUST_USE bool http_query_get(struct arena *arena, struct span query, const char *key,
                             struct span *ret, bool *ret_found, struct err *err);

#endif
