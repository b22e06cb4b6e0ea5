/*
 * api/api.h - the JSON interface: one route table, and the hooks that tie the server's turns to deeds.
 *
 * A handler turns text into one ask struct, calls one deed, and writes the
 * reply. It decides nothing: who may do what stands in the policy, and every
 * answer, yes or no, carries the receipt of its ledger entry.
 *
 * Threads: the server's loop; what runs on the pool says so.
 * Memory:  struct api on the heap; everything of a request in its arena.
 */
#ifndef TROTH_API_API_H
#define TROTH_API_API_H

#include "deeds/instance.h"
#include "serve/serve.h"

struct api;

/* Renders the page once. `it` is borrowed and must outlive the api; it may be NULL for the table alone. */
MUST_USE bool api_open(struct instance *it, struct api **ret, struct err *err);
void api_close(struct api **api);

/* For /metrics; set after serve_open. */
void api_set_serve(struct api *api, struct serve *serve);

const struct route *api_routes(size_t *ret_count);
struct serve_hooks api_hooks(struct api *api);

#endif
