/*
 * wire/json.h - strict JSON (RFC 8259), read into an arena and written into a buf.
 *
 * The reader takes one whole text: UTF-8 checked, repeated keys refused, depth,
 * members and string length limited (base/limits.def), no comments, no trailing
 * commas, lone surrogates and \u0000 refused. A fault names line and column in
 * err->place, never a key or a value: both may be personal data.
 *
 * Memory: nodes and unescaped strings lie in the arena; text without escapes is
 *         borrowed from the input.
 */
#ifndef TROTH_WIRE_JSON_H
#define TROTH_WIRE_JSON_H

#include "base/arena.h"

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_kind kind;
    struct span key;         /* of a member of an object: unescaped */
    struct span text;        /* of a string: unescaped; of a number: as written */
    const struct json *first; /* of an array or object */
    const struct json *next;  /* the next sibling */
    size_t count;             /* members or elements */
    size_t offset;            /* where it begins in the input, bytes */
};

/* ERR_BAD_JSON with line:col in err->place; ERR_TOO_LARGE past a limit or when the arena is full. */
MUST_USE bool json_read(struct arena *arena, struct span text, const struct json **ret,
                        struct err *err);

/* The member named key, or NULL (also when node is NULL or no object). */
const struct json *json_get(const struct json *node, const char *key);

/* A string member's text; false when missing or not a string. */
bool json_get_text(const struct json *node, const char *key, struct span *ret);

/* A whole number in -2^53 … 2^53 (RFC 8259 section 6 interoperable range), no fraction or exponent. */
bool json_int(const struct json *node, int64_t *ret);

/*
 * Writer: commas and quotes come by themselves. A writer is a struct on the
 * caller's stack; overflow is the buf's. Names and strings must be valid UTF-8.
 */
struct json_out {
    struct buf *buf;
    bool comma;
    int depth;
};

void json_out_init(struct json_out *out, struct buf *buf);
void json_begin(struct json_out *out, char bracket); /* '{' or '[' */
void json_end(struct json_out *out, char bracket);   /* '}' or ']' */
void json_key(struct json_out *out, const char *key);
void json_key_span(struct json_out *out, struct span key);
void json_text(struct json_out *out, struct span text);
void json_u64(struct json_out *out, uint64_t v);
void json_i64(struct json_out *out, int64_t v);
void json_bool(struct json_out *out, bool v);
void json_null(struct json_out *out);
void json_raw(struct json_out *out, struct span raw); /* already JSON */

/* key and value at once */
void json_kv_text(struct json_out *out, const char *key, struct span text);
void json_kv_str(struct json_out *out, const char *key, const char *text);
void json_kv_u64(struct json_out *out, const char *key, uint64_t v);
void json_kv_bool(struct json_out *out, const char *key, bool v);
void json_kv_hex(struct json_out *out, const char *key, const void *p, size_t n);
void json_kv_time(struct json_out *out, const char *key, int64_t us); /* RFC 3339, UTC, "…Z" */

#endif
