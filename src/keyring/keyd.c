#include "base/log.h"
#include "crypt/crypt.h"
#include "keyring/keyd_client.h"
#include "os/process.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, STOP_MS = 2000 };

bool
keyd_lost(struct keyd *keyd, struct err *err, const char *why)
{
    if (keyd->alive) {
        keyd->alive = false;
        (void)shutdown(keyd->fd, SHUT_RDWR);
        if (keyd->pid > 0)
            process_end(keyd->pid, 0);
    }
    return err_set(err, ERR_KEYS, "the key process %s", why);
}

bool
keyd_ask(struct keyd *keyd, struct err *err)
{
    if (!keyd->alive)
        return err_set(err, ERR_KEYS, "the key process is gone");
    bool sent = message_send(keyd->fd, &keyd->out);
    int errnum = errno;
    crypt_wipe(keyd->out.p, keyd->out.n);
    if (sent)
        return true;
    return keyd_lost(keyd, err, errnum == EAGAIN ? "takes no messages" : "is gone");
}

bool
keyd_hear(struct keyd *keyd, struct message *ret, struct message_head *ret_head, struct err *err)
{
    if (!keyd->alive)
        return err_set(err, ERR_KEYS, "the key process is gone");
    ssize_t n = message_receive(keyd->fd, keyd->in, MESSAGE_MAX);
    if (n < 0 && errno == EAGAIN)
        return keyd_lost(keyd, err, "did not answer in time");
    if (n <= 0)
        return keyd_lost(keyd, err, n == 0 || errno != EMSGSIZE ? "is gone" : "answered too much");
    if (!message_read(ret, keyd->in, (size_t)n, ret_head))
        return keyd_lost(keyd, err, "answered nonsense");
    return true;
}

struct message *
keyd_begin(struct keyd *keyd, enum message_type type, uint16_t count)
{
    struct message_head head = {.type = (uint8_t)type, .count = count, .number = ++keyd->number};
    message_begin(&keyd->out, keyd->out_bytes, MESSAGE_MAX, head);
    return &keyd->out;
}

/* A refusal in keyd's words; only letters we would have written ourselves get through. */
static bool
refusal_read(struct keyd *keyd, struct message *in, struct err *err)
{
    static const enum err_code known[] = {ERR_KEYS,  ERR_NEWER,   ERR_NOT_FOUND, ERR_UNAVAILABLE,
                                          ERR_IO,    ERR_LEDGER,  ERR_CONFIG,    ERR_INTERNAL,
                                          ERR_INVALID};
    uint16_t code = message_take_u16(in);
    struct span text = message_take_text16(in);
    bool good = message_done(in) && text.n < ERR_TEXT_MAX;
    for (size_t i = 0; good && i < text.n; i++)
        good = text.p[i] >= ' ' && text.p[i] != 127;
    for (size_t i = 0; good && i < sizeof known / sizeof known[0]; i++)
        if (known[i] == code)
            return err_set(err, known[i], "%.*s", SPAN_FMT(text));
    return keyd_lost(keyd, err, "answered nonsense");
}

bool
keyd_exchange(struct keyd *keyd, struct message *ret, struct err *err)
{
    struct message_head head;
    if (keyd->out.bad)
        return err_set(err, ERR_INVALID, "that is too long for the key process");
    uint8_t type = keyd->out.p[1];
    if (!keyd_ask(keyd, err) || !keyd_hear(keyd, ret, &head, err))
        return false;
    if (head.number != keyd->number || head.count != 1)
        return keyd_lost(keyd, err, "answered nonsense");
    if (head.type == MESSAGE_REFUSAL)
        return refusal_read(keyd, ret, err);
    if (head.type != (type | MESSAGE_ANSWER))
        return keyd_lost(keyd, err, "answered nonsense");
    return true;
}

static bool
wait_set(int fd, int ms, struct err *err)
{
    struct timeval wait = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) != 0)
        return err_sys(err, ERR_INTERNAL, errno, "the key process's socket");
    return true;
}

static void
mark_take(struct message *in, struct epoch_mark *ret)
{
    ret->number = message_take_u32(in);
    message_copy(in, ret->check, sizeof ret->check);
}

static bool
hello_read(struct keyd *keyd, struct message *in, struct err *err)
{
    message_copy(in, keyd->vault_id, 16);
    message_copy(in, keyd->ledger_public, 32);
    keyd->generation = message_take_u64(in);
    mark_take(in, &keyd->epoch);
    mark_take(in, &keyd->newest);
    uint8_t bad = message_take_u8(in), healed = message_take_u8(in);
    keyd->doors.landlock_abi = message_take_u8(in);
    uint8_t doors = message_take_u8(in);
    struct span why = message_take_text8(in);
    if (!message_done(in) || keyd->epoch.number == 0 || keyd->newest.number < keyd->epoch.number ||
         (bad != 0 && bad != 'A' && bad != 'B') ||
        !span_copy(why, keyd->copy_why, sizeof keyd->copy_why))
        return keyd_lost(keyd, err, "answered nonsense");
    keyd->copy_bad = (char)bad;
    keyd->doors.no_new_privs = (doors & DOOR_NO_NEW_PRIVS) != 0;
    keyd->doors.seccomp = (doors & DOOR_SECCOMP) != 0;
    keyd->doors.no_caps = (doors & DOOR_NO_CAPS) != 0;
    keyd->doors.locked_memory = (doors & DOOR_LOCKED_MEMORY) != 0;
    char name[2] = {keyd->copy_bad, '\0'};
    if (bad != 0)
        LOG(LOG_WARN, healed ? "keyring-copy-healed" : "keyring-copy-bad", LOG_T("copy", name),
            LOG_T("why", keyd->copy_why));
    return true;
}

static bool
hello(struct keyd *keyd, enum keyring_provider provider, const char *dir, const char *path,
      struct err *err)
{
    struct message in, *out = keyd_begin(keyd, MESSAGE_HELLO, 1);
    message_u8(out, (uint8_t)provider);
    message_text16(out, span_str(dir));
    message_text16(out, span_str(path));
    /* The key process may be waiting for somebody to type. */
    return wait_set(keyd->fd, LIMIT_KEYD_START_MS, err) && keyd_exchange(keyd, &in, err) &&
           hello_read(keyd, &in, err) && wait_set(keyd->fd, LIMIT_KEYD_MS, err);
}

struct keyd *
keyd_new(int fd, pid_t pid)
{
    struct keyd *keyd = calloc(1, sizeof *keyd);
    if (keyd == NULL)
        return NULL;
    *keyd = (struct keyd){.fd = fd, .pid = pid, .alive = true};
    /* Data keys pass through both. */
    keyd->in = crypt_secret_take(MESSAGE_MAX);
    keyd->out_bytes = crypt_secret_take(MESSAGE_MAX);
    if (keyd->in != NULL && keyd->out_bytes != NULL)
        return keyd;
    crypt_secret_free(keyd->in);
    crypt_secret_free(keyd->out_bytes);
    free(keyd);
    return NULL;
}

bool
keyd_start(const char *self_exe, const char *dir, const struct key_source *source,
           struct keyd **ret, struct err *err)
{
    char path[PATH_BYTES], number[8];
    enum keyring_provider provider;
    int ends[2];
    pid_t pid;
    if (!source_resolve(source, &provider, path, sizeof path, err))
        return false;
    if (strlen(dir) >= PATH_BYTES)
        return err_set(err, ERR_CONFIG, "the path of the data directory is too long");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return err_sys(err, ERR_KEYS, errno, "the key process's socket");
    (void)snprintf(number, sizeof number, "%d", KEYD_SOCKET_FD);
    char *const argv[] = {(char[]){"troth-keyd"}, (char[]){"keyd"}, number, NULL};
    const int fds[] = {ends[1], source->passphrase_fd};
    size_t fd_count = provider == KEYRING_PASSPHRASE ? 2 : 1;
    bool good = process_spawn(self_exe, argv, fds, fd_count, &pid, err);
    (void)close(ends[1]);
    if (!good) {
        (void)close(ends[0]);
        return err_prefix(err, "the key process");
    }
    struct keyd *keyd = keyd_new(ends[0], pid);
    if (keyd == NULL) {
        (void)close(ends[0]);
        process_end(pid, STOP_MS);
        return err_set(err, ERR_UNAVAILABLE, "no locked memory for the key process's messages");
    }
    if (!hello(keyd, provider, dir, path, err)) {
        keyd_stop(&keyd);
        return false;
    }
    *ret = keyd;
    return true;
}

void
keyd_stop(struct keyd **keyd)
{
    struct keyd *old = *keyd;
    *keyd = NULL;
    if (old == NULL)
        return;
    (void)close(old->fd);
    if (old->alive && old->pid > 0)
        process_end(old->pid, STOP_MS);
    crypt_secret_free(old->in);
    crypt_secret_free(old->out_bytes);
    free(old);
}

int
keyd_pid(const struct keyd *keyd)
{
    return keyd->pid;
}

int
keyd_fd(const struct keyd *keyd)
{
    return keyd->fd;
}

bool
keyd_alive(const struct keyd *keyd)
{
    struct pollfd watch = {.fd = keyd->fd, .events = POLLIN};
    return keyd->alive && (poll(&watch, 1, 0) <= 0 || (watch.revents & (POLLHUP | POLLERR)) == 0);
}

const uint8_t *
keyd_vault_id(const struct keyd *keyd)
{
    return keyd->vault_id;
}

const uint8_t *
keyd_ledger_public(const struct keyd *keyd)
{
    return keyd->ledger_public;
}

uint64_t
keyd_generation(const struct keyd *keyd)
{
    return keyd->generation;
}

struct epoch_mark
keyd_epoch(const struct keyd *keyd)
{
    return keyd->epoch;
}

struct epoch_mark
keyd_newest(const struct keyd *keyd)
{
    return keyd->newest;
}

char
keyd_bad_copy(const struct keyd *keyd)
{
    return keyd->copy_bad;
}

const struct sandbox *
keyd_doors(const struct keyd *keyd)
{
    return &keyd->doors;
}
