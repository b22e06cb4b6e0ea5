#include "serve/router_priv.h"

#include <stdlib.h>

enum { NODES_MAX = 4096, NODE_NONE = 0 };

/* One path segment. Indices instead of pointers: the array moves while it grows. */
struct node {
    struct span name;
    int child;   /* the first written segment below */
    int sibling;
    int param;   /* the {parameter} below */
    unsigned allowed;
    const struct route *routes[HTTP_METHODS];
};

struct router {
    struct node *nodes; /* 0 is the root */
    int count;
};

static bool
node_new(struct router *router, struct span name, int *ret, struct err *err)
{
    if (router->count == NODES_MAX)
        return err_set(err, ERR_CONFIG, "too many routes");
    size_t count = (size_t)router->count;
    if ((count & (count - 1)) == 0) { /* grows at powers of two */
        struct node *nodes = realloc(router->nodes, (count == 0 ? 1 : 2 * count) * sizeof *nodes);
        if (nodes == NULL)
            return err_set(err, ERR_UNAVAILABLE, "no memory for the routes");
        router->nodes = nodes;
    }
    router->nodes[router->count] = (struct node){.name = name};
    *ret = router->count++;
    return true;
}

static bool
is_param(struct span part)
{
    return part.n > 2 && part.p[0] == '{' && part.p[part.n - 1] == '}';
}

static bool
node_below(struct router *router, int at, struct span part, int *ret, struct err *err)
{
    int found;
    if (is_param(part)) {
        if (router->nodes[at].param == NODE_NONE) {
            if (!node_new(router, part, &found, err))
                return false;
            router->nodes[at].param = found;
        }
        *ret = router->nodes[at].param;
        return true;
    }
    for (found = router->nodes[at].child; found != NODE_NONE; found = router->nodes[found].sibling)
        if (span_eq(router->nodes[found].name, part)) {
            *ret = found;
            return true;
        }
    if (!node_new(router, part, &found, err))
        return false;
    router->nodes[found].sibling = router->nodes[at].child;
    router->nodes[at].child = found;
    *ret = found;
    return true;
}

static bool
route_add(struct router *router, const struct route *route, struct err *err)
{
    struct span rest = span_str(route->path), part;
    if (rest.n == 0 || rest.p[0] != '/')
        return err_set(err, ERR_CONFIG, "a route must begin with a slash");
    if (route->method >= HTTP_METHODS || route->run == NULL)
        return err_set(err, ERR_CONFIG, "a route must have a method and a run function");
    if (route->body_max > LIMIT_HTTP_BODY || route->arena_bytes > LIMIT_HTTP_ARENA_LARGE / 2)
        return err_set(err, ERR_CONFIG, "the route asks for more room than there is");
    rest = span_sub(rest, 1, rest.n);
    int at = 0, params = 0;
    while (span_split(&rest, '/', &part)) {
        if (is_param(part))
            params++;
        else if (span_find(part, '{') < part.n || span_find(part, '}') < part.n)
            return err_set(err, ERR_CONFIG, "a parameter must be a whole segment");
        if (!node_below(router, at, part, &at, err))
            return false;
    }
    if (params > ROUTE_PARAMS_MAX)
        return err_set(err, ERR_CONFIG, "more than %d parameters", ROUTE_PARAMS_MAX);
    struct node *node = &router->nodes[at];
    if (node->routes[route->method] != NULL)
        return err_set(err, ERR_CONFIG, "the same method and path twice");
    node->routes[route->method] = route;
    node->allowed |= 1u << route->method;
    if (route->method == HTTP_GET)
        node->allowed |= 1u << HTTP_HEAD;
    return true;
}

bool
router_open(const struct route *routes, size_t count, struct router **ret, struct err *err)
{
    struct router *router = calloc(1, sizeof *router);
    if (router == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the routes");
    int root;
    bool good = node_new(router, SPAN_NONE, &root, err);
    for (size_t i = 0; good && i < count; i++)
        if (!route_add(router, &routes[i], err))
            good = err_prefix(err, "route %s",
                              routes[i].path == NULL ? "without a path" : routes[i].path);
    if (!good) {
        router_close(&router);
        return false;
    }
    *ret = router;
    return true;
}

void
router_close(struct router **router)
{
    if (*router == NULL)
        return;
    free((*router)->nodes);
    free(*router);
    *router = NULL;
}

struct search {
    const struct node *nodes;
    enum http_method method;
    struct span *params;
    size_t param_count;
    unsigned allowed;
    const struct route *found;
};

/* As deep as the deepest route, and at most two ways from each node: bounded by the table, not by the caller. */
static bool
node_search(struct search *search, int at, struct span rest, size_t params)
{
    const struct node *node = &search->nodes[at];
    struct span part;
    if (!span_split(&rest, '/', &part)) {
        search->allowed |= node->allowed;
        search->found = node->routes[search->method];
        if (search->found == NULL && search->method == HTTP_HEAD)
            search->found = node->routes[HTTP_GET];
        search->param_count = params;
        return search->found != NULL;
    }
    for (int i = node->child; i != NODE_NONE; i = search->nodes[i].sibling)
        if (span_eq(search->nodes[i].name, part) && node_search(search, i, rest, params))
            return true;
    if (node->param == NODE_NONE || part.n == 0)
        return false;
    search->params[params] = part;
    return node_search(search, node->param, rest, params + 1);
}

const struct route *
router_find(const struct router *router, enum http_method method, struct span path,
            struct span params[ROUTE_PARAMS_MAX], size_t *ret_count, unsigned *ret_allowed)
{
    struct search search = {.nodes = router->nodes, .method = method, .params = params};
    if (path.n > 0 && method < HTTP_METHODS)
        (void)node_search(&search, 0, span_of(path.p + 1, path.n - 1), 0);
    *ret_allowed = search.allowed;
    *ret_count = search.found == NULL ? 0 : search.param_count;
    return search.found;
}

void
router_allow_put(unsigned allowed, struct buf *buf)
{
    const char *comma = "";
    for (int method = 0; method < HTTP_METHODS; method++)
        if ((allowed >> method & 1) != 0) {
            buf_str(buf, comma);
            buf_str(buf, http_method_name((enum http_method)method));
            comma = ", ";
        }
}
