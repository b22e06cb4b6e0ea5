#include "base/log.h"
#include "crypt/crypt.h"
#include "keyring/keyd_priv.h"
#include "os/process.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_GOOD = 0, EXIT_NONSENSE = 70, EXIT_KEYS = 7, PATH_BYTES = 4096 };

/* Everything the process uses after it has shut itself in is taken before, in locked memory. */
struct room {
    struct keyd_core core;
    uint8_t in[MESSAGE_MAX];
    uint8_t out[MESSAGE_MAX];
};

bool
keyd_lock_down(struct sandbox *ret, struct err *err)
{
    struct sandbox sandbox = {0};
    if (chdir("/") != 0)
        return err_set(err, ERR_INTERNAL, "keyd cannot leave its directory");
    sandbox_lock_memory(&sandbox);
    if (!sandbox_no_new_privs(&sandbox, err) || !sandbox_drop_caps(&sandbox, err) ||
        !sandbox_landlock(&sandbox, NULL, 0, false, err) || !sandbox_seccomp_keys(&sandbox, err))
        return false;
    *ret = sandbox;
    return true;
}

/* It ends when the server closes the socket: the terminal's and the service manager's signals,
 * which reach the whole group, must not take the keys away from a server that is still finishing
 * its turn. */
static void
signals_ignore(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        (void)sigaction(ignored[i], &ignore, NULL);
}

/* Reads the hello and opens the keyring by what it says. False with err.code ERR_OK: not a
 * hello. */
static bool
hello_open(struct room *room, size_t n, struct message_head *ret_head,
           struct keyring_report *ret_report, struct err *err)
{
    struct message in;
    char dir[PATH_BYTES], path[PATH_BYTES];
    err_clear(err);
    if (!message_read(&in, room->in, n, ret_head))
        return false;
    uint8_t provider = message_take_u8(&in);
    struct span dir_span = message_take_text16(&in), path_span = message_take_text16(&in);
    if (!message_done(&in) || ret_head->type != MESSAGE_HELLO || ret_head->count != 1 ||
        !span_copy(dir_span, dir, sizeof dir) || !span_copy(path_span, path, sizeof path))
        return false;
    struct unseal *unseal = &room->core.unseal;
    bool good;
    if (provider == KEYRING_PASSPHRASE)
        good = unseal_passphrase(unseal, KEYD_PASSPHRASE_FD, err);
    else if (provider == KEYRING_KEYFILE || provider == KEYRING_CREDENTIAL)
        good = unseal_file(unseal, provider, path, err);
    else
        return false;
    good = good && keyring_open(dir, unseal, &room->core.keyring, ret_report, err);
    crypt_wipe(unseal, sizeof *unseal);
    return good;
}

static void
mark_put(struct message *answer, const struct keyring_key *epoch)
{
    message_u32(answer, epoch->id);
    message_bytes(answer, epoch->check, sizeof epoch->check);
}

static void
hello_answer(struct room *room, struct message_head head, const struct keyring_report *report,
             const struct sandbox *sandbox, struct message *answer)
{
    const struct keyring *keyring = &room->core.keyring;
    uint8_t public_key[CRYPT_PUBLIC];
    crypt_sign_key(keyring_key(keyring, KEYRING_LEDGER, 0)->key, public_key);
    head.type = MESSAGE_HELLO | MESSAGE_ANSWER;
    message_begin(answer, room->out, MESSAGE_MAX, head);
    message_bytes(answer, keyring->vault_id, 16);
    message_bytes(answer, public_key, sizeof public_key);
    message_u64(answer, keyring->generation);
    mark_put(answer, keyring_key(keyring, KEYRING_EPOCH, 0));
    mark_put(answer, keyring_epoch_newest(keyring));
    message_u8(answer, (uint8_t)report->bad);
    message_u8(answer, report->healed);
    message_u8(answer, (uint8_t)sandbox->landlock_abi);
    message_u8(answer, (uint8_t)((sandbox->no_new_privs ? DOOR_NO_NEW_PRIVS : 0) |
                                 (sandbox->seccomp ? DOOR_SECCOMP : 0) |
                                 (sandbox->no_caps ? DOOR_NO_CAPS : 0) |
                                 (sandbox->locked_memory ? DOOR_LOCKED_MEMORY : 0)));
    message_text8(answer, span_str(report->why));
}

static bool
start(struct room *room, int fd, struct err *err)
{
    struct message answer;
    struct message_head head = {0};
    struct keyring_report report = {0};
    struct sandbox sandbox = {0};
    ssize_t n = message_receive(fd, room->in, MESSAGE_MAX);
    if (n <= 0)
        return err_set(err, ERR_KEYS, "keyd: the server said nothing");
    bool good = hello_open(room, (size_t)n, &head, &report, err);
    if (!good && err->code == ERR_OK)
        return err_set(err, ERR_KEYS, "keyd: the server did not say hello");
    (void)close(KEYD_PASSPHRASE_FD);
    good = good && keyd_lock_down(&sandbox, err);
    if (good) {
        hello_answer(room, head, &report, &sandbox, &answer);
    } else {
        head.type = MESSAGE_REFUSAL;
        message_begin(&answer, room->out, MESSAGE_MAX, head);
        message_u16(&answer, (uint16_t)err->code);
        message_text16(&answer, span_str(err->text));
    }
    return message_send(fd, &answer) && good;
}

static int
serve(struct room *room, int fd)
{
    for (;;) {
        struct message answer;
        ssize_t n = message_receive(fd, room->in, MESSAGE_MAX);
        if (n == 0)
            return EXIT_GOOD;
        if (n < 0 || !core_answer(&room->core, room->in, (size_t)n, room->out, &answer)) {
            LOG(LOG_ERROR, "keyd-nonsense", LOG_T("why", "a message of no known form"));
            return EXIT_NONSENSE;
        }
        bool sent = message_send(fd, &answer);
        /* Both hold data keys. */
        crypt_wipe(room->in, (size_t)n);
        crypt_wipe(room->out, answer.n);
        if (!sent)
            return EXIT_GOOD;
    }
}

int
keyd_main(int fd)
{
    struct err err;
    const int keep[] = {fd, KEYD_PASSPHRASE_FD};
    signals_ignore();
    if (!crypt_start(&err) || !process_close_from(3, keep, 2, &err)) {
        log_err(LOG_ERROR, "keyd-start", &err);
        return EXIT_KEYS;
    }
    struct room *room = crypt_secret_take(sizeof *room);
    if (room == NULL)
        return EXIT_KEYS;
    int status = start(room, fd, &err) ? serve(room, fd) : EXIT_KEYS;
    crypt_secret_free(room);
    /* Past the exit handlers: nothing but the keys was in here, and a sanitizer's leak check would
     * want to start the thread that the filter refuses. */
    _exit(status);
}
