/*
 * serve/router_priv.h - from method and path to one row of the route table.
 *
 * Compiled once into a tree of path segments. A written segment wins over a
 * {parameter}; an empty segment never fills one; a path with a slash at its end
 * is another path. HEAD is answered by the GET row.
 *
 * Threads: read-only after it was opened.
 * Memory:  borrows the route table.
 */
#ifndef TROTH_SERVE_ROUTER_PRIV_H
#define TROTH_SERVE_ROUTER_PRIV_H

#include "serve/serve.h"

struct router;

/* ERR_CONFIG for a path that is not well formed, two rows for the same thing, a limit passed. */
MUST_USE bool router_open(const struct route *routes, size_t count, struct router **ret,
                          struct err *err);
void router_close(struct router **router);

/*
 * The row, with the parameters of the path (which must live as long as they).
 * NULL: nothing there (*ret_allowed 0: 404), or not with this method
 * (*ret_allowed has a bit for each method that there is: 405).
 */
const struct route *router_find(const struct router *router, enum http_method method,
                                struct span path, struct span params[ROUTE_PARAMS_MAX],
                                size_t *ret_count, unsigned *ret_allowed);

/* "GET, HEAD, POST" */
void router_allow_put(unsigned allowed, struct buf *buf);

#endif
