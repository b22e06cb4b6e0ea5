#include "serve/serve_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { ACCEPT_BATCH = 64, LISTEN_BACKLOG = 1024 };

/* "127.0.0.1:8080" or "[::1]:8443": numbers only, so that nothing is asked of a name server. */
static bool
address_read(struct span text, struct sockaddr_storage *addr, socklen_t *ret_n, struct err *err)
{
    size_t colon = text.n;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    uint64_t port;
    char host[64];
    bool six = text.n > 0 && text.p[0] == '[';
    struct span name = span_sub(text, 0, colon > 0 ? colon - 1 : 0);
    if (six && span_ends(name, SPAN("]")))
        name = span_sub(name, 1, name.n - 2);
    memset(addr, 0, sizeof *addr);
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)addr;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)addr;
    if (!span_u64(span_sub(text, colon, text.n), 65535, &port) || !span_copy(name, host, sizeof host) ||
        inet_pton(six ? AF_INET6 : AF_INET, host, six ? (void *)&in6->sin6_addr : (void *)&in->sin_addr) != 1)
        return err_set(err, ERR_CONFIG,
                       "listen address %.*s: must be like 127.0.0.1:8080 or [::1]:8080",
                       (int)(text.n < 80 ? text.n : 80), text.p);
    if (six) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons((uint16_t)port);
    } else {
        in->sin_family = AF_INET;
        in->sin_port = htons((uint16_t)port);
    }
    *ret_n = six ? sizeof *in6 : sizeof *in;
    return true;
}

static bool
tcp_bind(int fd, const struct sockaddr_storage *addr, socklen_t n, struct listener *ret)
{
    int on = 1;
    struct sockaddr_storage bound;
    socklen_t bound_n = sizeof bound;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 || /* accepted ones inherit it */
        (addr->ss_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) ||
        bind(fd, (const struct sockaddr *)addr, n) != 0 || listen(fd, LISTEN_BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&bound, &bound_n) != 0)
        return false;
    ret->port = ntohs(bound.ss_family == AF_INET6
                          ? ((struct sockaddr_in6 *)(void *)&bound)->sin6_port
                          : ((struct sockaddr_in *)(void *)&bound)->sin_port);
    return true;
}

static bool
listener_add(struct serve *serve, int fd, struct listener listener, struct err *err)
{
    size_t i = serve->listener_count;
    listener.fd = fd;
    serve->listeners[i] = listener;
    serve->listener_count++; /* from here on listen_close closes it */
    if (!loop_watch(serve, fd, EPOLLIN, TAG_LISTENER + i))
        return err_sys(err, ERR_UNAVAILABLE, errno, "epoll");
    return true;
}

static bool
tcp_open(struct serve *serve, struct span text, struct err *err)
{
    struct sockaddr_storage addr;
    socklen_t n;
    struct listener listener = {0};
    if (!address_read(text, &addr, &n, err))
        return false;
    listener.loopback = peers_loopback(&addr);
    if (serve->tls == NULL && !listener.loopback)
        return err_set(err, ERR_CONFIG,
                       "listen address %.*s: without a certificate only loopback addresses are served",
                       SPAN_FMT(text));
    if (serve->listener_count == LISTENERS_MAX)
        return err_set(err, ERR_CONFIG, "more than %d listen addresses", LISTENERS_MAX);
    int fd = socket(addr.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || !tcp_bind(fd, &addr, n, &listener)) {
        int why = errno;
        if (fd >= 0)
            (void)close(fd);
        return err_sys(err, why == EADDRINUSE ? ERR_BUSY : ERR_CONFIG, why, "listen address %.*s",
                       SPAN_FMT(text));
    }
    return listener_add(serve, fd, listener, err);
}

/* A socket that nobody listens at any more may be replaced; anything else at that path is not ours. */
static bool
local_clear(const struct sockaddr_un *addr, struct err *err)
{
    struct stat st;
    if (lstat(addr->sun_path, &st) != 0)
        return errno == ENOENT || err_sys(err, ERR_CONFIG, errno, "local socket %s", addr->sun_path);
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, ERR_CONFIG, "local socket %s: there is something else", addr->sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, ERR_UNAVAILABLE, errno, "local socket");
    bool answered = connect(fd, (const struct sockaddr *)addr, sizeof *addr) == 0 || errno == EAGAIN;
    (void)close(fd);
    if (answered)
        return err_set(err, ERR_BUSY, "local socket %s: a server is there already", addr->sun_path);
    if (unlink(addr->sun_path) != 0)
        return err_sys(err, ERR_CONFIG, errno, "local socket %s", addr->sun_path);
    return true;
}

static bool
local_open(struct serve *serve, const char *path, struct err *err)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    if (!span_copy(span_str(path), addr.sun_path, sizeof addr.sun_path))
        return err_set(err, ERR_CONFIG, "local socket: the path is longer than %zu bytes",
                       sizeof addr.sun_path - 1);
    if (!local_clear(&addr, err))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t old = umask(0177); /* 0600 from its first moment */
    bool good = fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof addr) == 0 &&
                listen(fd, LISTEN_BACKLOG) == 0;
    int why = errno;
    (void)umask(old);
    if (!good) {
        if (fd >= 0)
            (void)close(fd);
        return err_sys(err, ERR_CONFIG, why, "local socket %s", path);
    }
    serve->local_bound = true;
    return listener_add(serve, fd, (struct listener){.local = true, .loopback = true}, err);
}

bool
listen_open(struct serve *serve, struct err *err)
{
    struct span rest = span_str(serve->options.listen), part;
    while (span_split(&rest, ',', &part)) {
        part = span_trim(part);
        if (part.n > 0 && !tcp_open(serve, part, err))
            return false;
    }
    if (serve->options.local_path != NULL && !local_open(serve, serve->options.local_path, err))
        return false;
    if (serve->listener_count == 0)
        return err_set(err, ERR_CONFIG, "nothing to listen at");
    return true;
}

void
listen_close(struct serve *serve)
{
    for (size_t i = 0; i < serve->listener_count; i++)
        if (serve->listeners[i].fd >= 0) {
            (void)close(serve->listeners[i].fd);
            serve->listeners[i].fd = -1;
        }
    if (serve->local_bound)
        (void)unlink(serve->options.local_path);
    serve->local_bound = false;
}

/* Whoever is at the other end of the local socket must be this server's user, or root. */
static bool
local_peer_known(int fd)
{
    struct ucred cred;
    socklen_t n = sizeof cred;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 &&
           (cred.uid == geteuid() || cred.uid == 0);
}

/* No fd is left: the spare one is given up to take the caller and send him away. */
static void
accept_starved(struct serve *serve, const struct listener *listener)
{
    if (serve->spare_fd >= 0)
        (void)close(serve->spare_fd);
    int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        (void)close(fd);
    serve->figures.connections_refused++;
    serve->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void
listen_accept(struct serve *serve, const struct listener *listener)
{
    for (int i = 0; i < ACCEPT_BATCH && listener->fd >= 0; i++) {
        struct sockaddr_storage addr = {0};
        socklen_t n = sizeof addr;
        int fd = accept4(listener->fd, (struct sockaddr *)&addr, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE)
                accept_starved(serve, listener);
            else if (errno != EINTR && errno != ECONNABORTED)
                return;
            continue;
        }
        if (listener->local && !local_peer_known(fd)) {
            serve->figures.connections_refused++;
            (void)close(fd);
            continue;
        }
        conn_open(serve, fd, listener, &addr);
    }
}
