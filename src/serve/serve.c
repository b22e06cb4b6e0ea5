#include "serve/serve_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Whom a signal is for: the server that runs. */
static struct serve *_Atomic serve_running;

static void
bounds_fill(struct serve *serve)
{
    struct serve_bounds *bounds = &serve->bounds;
    *bounds = serve->options.bounds;
    const struct {
        int64_t *ms;
        int64_t limit;
    } rows[] = {
        {&bounds->head_ms, LIMIT_HTTP_HEAD_MS},     {&bounds->body_ms, LIMIT_HTTP_BODY_MS},
        {&bounds->idle_ms, LIMIT_HTTP_IDLE_MS},     {&bounds->tls_ms, LIMIT_HTTP_TLS_MS},
        {&bounds->write_ms, LIMIT_HTTP_WRITE_MS},   {&bounds->linger_ms, LIMIT_HTTP_LINGER_MS},
        {&bounds->stop_ms, LIMIT_HTTP_STOP_MS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (*rows[i].ms <= 0)
            *rows[i].ms = rows[i].limit;
    if (bounds->connections == 0 || bounds->connections > LIMIT_HTTP_CONNECTIONS)
        bounds->connections = LIMIT_HTTP_CONNECTIONS;
    if (bounds->connections_ip == 0)
        bounds->connections_ip = LIMIT_HTTP_CONNECTIONS_IP;
}

static bool
hosts_read(struct serve *serve, struct err *err)
{
    if (serve->options.hosts == NULL)
        return true;
    struct span rest = span_str(serve->options.hosts), part;
    while (span_split(&rest, ',', &part)) {
        part = span_trim(part);
        if (part.n == 0)
            continue;
        if (serve->host_count == HOSTS_MAX)
            return err_set(err, ERR_CONFIG, "more than %d host names", HOSTS_MAX);
        serve->hosts[serve->host_count++] = part;
    }
    return serve->host_count > 0 || err_set(err, ERR_CONFIG, "the list of host names is empty");
}

static bool
fds_open(struct serve *serve, struct err *err)
{
    serve->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    serve->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    serve->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (serve->epoll_fd < 0 || serve->wake_fd < 0 || serve->spare_fd < 0 ||
        !loop_watch(serve, serve->wake_fd, EPOLLIN, TAG_WAKE))
        return err_sys(err, ERR_UNAVAILABLE, errno, "epoll");
    return true;
}

static bool
serve_build(struct serve *serve, struct err *err)
{
    const struct serve_options *options = &serve->options;
    if ((options->cert_file == NULL) != (options->key_file == NULL))
        return err_set(err, ERR_CONFIG, "TLS needs both a certificate and a key file");
    if (!hosts_read(serve, err) ||
        !router_open(options->routes, options->route_count, &serve->router, err))
        return false;
    if (options->cert_file != NULL &&
        !tls_open(options->cert_file, options->key_file, &serve->tls, err))
        return false;
    if (!fds_open(serve, err) || !conns_open(&serve->conns, err) ||
        !peers_open(&serve->peers, LIMIT_HTTP_CONNECTIONS, err) || !jobs_open(&serve->jobs, err) ||
        !slow_open(serve->wake_fd, &serve->slow, err))
        return false;
    turn_init(&serve->turn, &options->hooks, serve->slow);
    return listen_open(serve, err);
}

bool
serve_open(const struct serve_options *options, struct serve **ret, struct err *err)
{
    struct serve *serve = calloc(1, sizeof *serve);
    if (serve == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the server");
    serve->options = *options;
    serve->epoll_fd = -1;
    serve->wake_fd = -1;
    serve->spare_fd = -1;
    bounds_fill(serve);
    /* A client that went away is an error of send, never a signal; OpenSSL writes without that flag. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (!serve_build(serve, err)) {
        serve_close(&serve);
        return false;
    }
    *ret = serve;
    return true;
}

static void
on_signal(int number)
{
    int old = errno;
    struct serve *serve = atomic_load(&serve_running);
    if (serve != NULL && number == SIGHUP)
        serve_reload(serve);
    else if (serve != NULL)
        serve_stop(serve);
    errno = old;
}

bool
serve_run(struct serve *serve, struct err *err)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, old[3];
    (void)sigemptyset(&action.sa_mask);
    atomic_store(&serve_running, serve);
    for (size_t i = 0; i < 3; i++)
        (void)sigaction(numbers[i], &action, &old[i]);
    bool good = loop_run(serve, err);
    for (size_t i = 0; i < 3; i++)
        (void)sigaction(numbers[i], &old[i], NULL);
    atomic_store(&serve_running, NULL);
    return good;
}

static void
serve_wake(struct serve *serve)
{
    uint64_t one = 1;
    ssize_t put = write(serve->wake_fd, &one, sizeof one);
    (void)put; /* full: it is awake already */
}

void
serve_stop(struct serve *serve)
{
    atomic_store(&serve->stop, true);
    serve_wake(serve);
}

void
serve_reload(struct serve *serve)
{
    atomic_store(&serve->reload, true);
    serve_wake(serve);
}

/* What is still in hand after the time to stop: closed, and told to the hooks. */
static void
serve_drop(struct serve *serve)
{
    for (size_t i = 0; serve->conns.all != NULL && i < serve->conns.count; i++) {
        struct conn *conn = &serve->conns.all[i];
        conn_close(serve, conn);
        while (conn->first != NULL)
            send_done(serve, conn->first);
    }
}

void
serve_close(struct serve **serve_at)
{
    struct serve *serve = *serve_at;
    if (serve == NULL)
        return;
    listen_close(serve);
    slow_close(&serve->slow); /* first: its threads work on jobs */
    serve_drop(serve);
    jobs_close(&serve->jobs);
    peers_close(&serve->peers);
    conns_close(&serve->conns);
    tls_close(&serve->tls);
    router_close(&serve->router);
    const int fds[] = {serve->epoll_fd, serve->wake_fd, serve->spare_fd};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
    free(serve);
    *serve_at = NULL;
}

int
serve_port(const struct serve *serve, size_t i)
{
    return i < serve->listener_count ? serve->listeners[i].port : -1;
}

void
serve_figures(const struct serve *serve, struct serve_figures *ret)
{
    *ret = serve->figures;
    ret->slow_waiting = serve->slow == NULL ? 0 : slow_count(serve->slow);
}
