#include "os/notify.h"

#include "base/clock.h"
#include "base/span.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool
notify_send(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if (path == NULL || (path[0] != '/' && path[0] != '@'))
        return false;
    size_t n = strlen(path);
    if (n >= sizeof to.sun_path)
        return false;
    memcpy(to.sun_path, path, n);
    if (path[0] == '@')
        to.sun_path[0] = '\0';
    socklen_t to_n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    ssize_t put = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to, to_n);
    (void)close(fd);
    return put >= 0;
}

bool
notify_ready(void)
{
    return notify_send("READY=1");
}

bool
notify_reloading(void)
{
    char text[64];
    (void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
                   (long long)clock_mono_us());
    return notify_send(text);
}

bool
notify_stopping(void)
{
    return notify_send("STOPPING=1");
}

bool
notify_status(const char *sentence)
{
    char text[256];
    struct span line = span_str(sentence);
    line.n = span_find(line, '\n');
    (void)snprintf(text, sizeof text, "STATUS=%.*s", SPAN_FMT(line));
    return notify_send(text);
}
