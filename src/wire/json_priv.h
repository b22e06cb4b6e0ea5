/*
 * wire/json_priv.h - between the parts of the JSON reader: where it stands, and strings.
 */
#ifndef TROTH_WIRE_JSON_PRIV_H
#define TROTH_WIRE_JSON_PRIV_H

#include "base/limits.h"
#include "wire/json.h"

/* An array or object that is still open. */
struct json_open {
    struct json *node;
    struct json *last; /* its newest child */
    uint64_t seen;     /* a bit for each key so far: most new keys are new at a glance */
};

struct json_reader {
    const uint8_t *start, *p, *end;
    struct arena *arena;
    struct err *err;
    struct json *spare; /* nodes are taken from the arena by the block */
    size_t spare_count;
    size_t members;
    size_t depth;
    struct json_open open[LIMIT_JSON_DEPTH];
};

/* ERR_BAD_JSON at r->p; false. */
bool json_fault(struct json_reader *r, const char *why);
/* ERR_TOO_LARGE at r->p; false. */
bool json_excess(struct json_reader *r, const char *why);

/* The string whose opening quote is at r->p; r->p moves behind its closing quote. */
MUST_USE bool json_string_read(struct json_reader *r, struct span *ret);

/* Every key of the object differs from every other; ERR_BAD_JSON otherwise. */
MUST_USE bool json_keys_differ(struct json_reader *r, const struct json *object);

/* Up to this many members each new key is compared with those before it. */
enum { JSON_KEYS_FEW = 16 };

#endif
