/*
 * A server with nothing behind it: what the loop itself costs.
 *
 *   static PORT              GET /  and GET /turn
 *   static PORT FILE         the same, and each turn that has requests ends with
 *                            4 KiB overwritten in FILE and fdatasync (the price
 *                            of a durable line, without the line)
 *   static PORT FILE CERT KEY    over TLS (FILE may be -)
 */
#include "serve/serve.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static int sync_fd = -1;
static uint64_t served;

static void
run_static(void *app, struct request *req)
{
    (void)app;
    served++;
    reply_json(req, 200, SPAN("{\"hello\":\"world\"}"));
}

static bool
commit(void *app, struct err *err)
{
    (void)app;
    static char block[4096];
    static off_t at;
    if (sync_fd < 0)
        return true;
    at = (at + 4096) % (4 << 20);
    if (pwrite(sync_fd, block, sizeof block, at) != sizeof block || fdatasync(sync_fd) != 0)
        return err_set(err, ERR_IO, "the file could not be written");
    return true;
}

static bool
file_fill(const char *path)
{
    static char block[65536];
    sync_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (off_t at = 0; at < 4 << 20; at += (off_t)sizeof block)
        if (pwrite(sync_fd, block, sizeof block, at) != (ssize_t)sizeof block)
            return false;
    return fsync(sync_fd) == 0;
}

int
main(int argc, char **argv)
{
    static const struct route routes[] = {
        {.method = HTTP_GET, .path = "/", .free_of_turn = true, .run = run_static},
        {.method = HTTP_GET, .path = "/turn", .run = run_static},
    };
    struct err err;
    struct serve *serve;
    char listen[64];
    if (argc < 2)
        return 2;
    if (argc > 2 && argv[2][0] != '-' && !file_fill(argv[2]))
        return 1;
    (void)snprintf(listen, sizeof listen, "127.0.0.1:%s", argv[1]);
    struct rlimit files = {8192, 8192};
    (void)setrlimit(RLIMIT_NOFILE, &files);
    struct serve_options options = {
        .listen = listen,
        .routes = routes,
        .route_count = 2,
        .hooks = {.turn_commit = commit},
        .cert_file = argc > 4 ? argv[3] : NULL,
        .key_file = argc > 4 ? argv[4] : NULL,
    };
    if (!serve_open(&options, &serve, &err) || !serve_run(serve, &err)) {
        (void)fprintf(stderr, "static: %s\n", err.text);
        return 1;
    }
    struct rusage usage;
    struct serve_figures figures;
    (void)getrusage(RUSAGE_SELF, &usage);
    serve_figures(serve, &figures);
    double cpu_us = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    double user_us = (double)usage.ru_utime.tv_sec * 1e6 + (double)usage.ru_utime.tv_usec;
    (void)printf("requests %llu, CPU %.2f us each (user %.2f), turns %llu, memory %ld KiB\n",
                 (unsigned long long)served, cpu_us / (double)served, user_us / (double)served,
                 (unsigned long long)figures.turns, usage.ru_maxrss);
    serve_close(&serve);
    return 0;
}
