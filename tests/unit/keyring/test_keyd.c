#include "rig.h"

#include "base/clock.h"

#include "os/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif

static const char *const self = "/proc/self/exe";

static struct keyd *
keyd_of(const struct rig *rig)
{
    struct err err = {0};
    struct key_source source = rig_source(rig);
    struct keyd *keyd = NULL;
    if (!keyd_start(self, rig->dir, &source, &keyd, &err))
        fail_msg("%s", err.text);
    return keyd;
}

static void
test_round_trip(void **state)
{
    (void)state;
    enum { MANY = 300 };
    static struct keyd_wrap wraps[MANY];
    static struct keyd_unwrap unwraps[MANY];
    static struct keyd_index indexes[MANY];
    static uint8_t keys[MANY][32], back[MANY][32];
    struct rig rig;
    struct err err;
    rig_open(&rig);
    struct key_source source = rig_source(&rig);
    assert_true(keyring_create(rig.dir, &source, &err));
    struct keyd *keyd = keyd_of(&rig);
    assert_int_equal(keyd_epoch(keyd).number, 1);
    assert_int_equal(keyd_bad_copy(keyd), 0);
    assert_true(keyd_alive(keyd) && keyd_pid(keyd) > 0);
    for (size_t i = 0; i < MANY; i++) {
        crypt_random(keys[i], 32);
        wraps[i] = (struct keyd_wrap){.category = (uint16_t)i, .created_us = i, .key = keys[i]};
        crypt_random(wraps[i].key_id, 16);
        crypt_random(wraps[i].subject_id, 16);
        unwraps[i] = (struct keyd_unwrap){.row = wraps[i].row, .to = back[i]};
        indexes[i] = (struct keyd_index){
            .field = (uint16_t)(i / 2),
            .field_name = SPAN("email"),
            .value = SPAN("ana@example.org")};
    }
    struct keyd_batch batch = {.wraps = wraps, .wrap_count = MANY};
    assert_true(keyd_do(keyd, &batch, &err));
    batch = (struct keyd_batch){
        .unwraps = unwraps, .unwrap_count = MANY, .indexes = indexes, .index_count = MANY};
    wraps[7].row[30] ^= 1;
    assert_true(keyd_do(keyd, &batch, &err));
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(unwraps[i].ok, i != 7);
        if (i != 7)
            assert_memory_equal(back[i], keys[i], 32);
        if (i % 2 == 1)
            assert_memory_equal(indexes[i].value_index, indexes[i - 1].value_index, KEYD_INDEX);
        else if (i > 0)
            assert_memory_not_equal(indexes[i].value_index, indexes[i - 1].value_index, KEYD_INDEX);
    }
    struct keyd_counts counts;
    assert_true(keyd_count(keyd, &counts, &err));
    assert_int_equal(counts.unwraps, MANY);
    assert_int_equal(counts.unwraps_refused, 1);
    assert_int_equal(counts.wraps, MANY);
    assert_int_equal(counts.indexes, MANY);
    batch = (struct keyd_batch){0};
    assert_true(keyd_do(keyd, &batch, &err));
    keyd_stop(&keyd);
    assert_null(keyd);
    rig_close(&rig);
}

static void
test_single_operations(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    uint8_t id[16] = "an actor's id 16", aref[2][16], mac[3][32], sig[64], empty[32];
    rig_open(&rig);
    struct key_source source = rig_source(&rig);
    assert_true(keyring_create(rig.dir, &source, &err));
    struct keyd *keyd = keyd_of(&rig);
    assert_true(keyd_actor_ref(keyd, id, aref[0], &err));
    id[0] ^= 1;
    assert_true(keyd_actor_ref(keyd, id, aref[1], &err));
    assert_memory_not_equal(aref[0], aref[1], 16);
    assert_true(keyd_mac(keyd, "cursor\0", SPAN("text"), mac[0], &err));
    assert_true(keyd_mac(keyd, "confirm", SPAN("text"), mac[1], &err));
    assert_memory_not_equal(mac[0], mac[1], 32);
    /* The same after a new start: cursors outlive the process. And a refusal does not end it. */
    keyd_stop(&keyd);
    keyd = keyd_of(&rig);
    assert_true(keyd_mac(keyd, "cursor\0", SPAN("text"), mac[2], &err));
    assert_memory_equal(mac[0], mac[2], 32);
    crypt_sha256(NULL, 0, empty);
    static const char note[] = "o\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    struct keyd_checkpoint checkpoint = {.note = span_str(note), .root = empty, .old_size = 3};
    assert_false(keyd_sign(keyd, &checkpoint, sig, &err));
    assert_int_equal(err.code, ERR_LEDGER);
    checkpoint.old_size = 0;
    assert_true(keyd_sign(keyd, &checkpoint, sig, &err));
    assert_true(crypt_verify(keyd_ledger_public(keyd), span_str(note), sig));
    assert_true(keyd_resume(keyd, span_str(note), sig, &err));
    sig[0] ^= 1;
    assert_false(keyd_resume(keyd, span_str(note), sig, &err));
    assert_int_equal(err.code, ERR_LEDGER);
    struct keyd_counts counts;
    assert_true(keyd_count(keyd, &counts, &err));
    assert_int_equal(counts.signs, 2);
    assert_int_equal(counts.signs_refused, 1);
    /* What is too long is refused here and not sent. */
    static char big[LIMIT_FIELD_TEXT + 1];
    struct keyd_index index = {.field_name = SPAN("f"), .value = span_of(big, sizeof big)};
    struct keyd_batch batch = {.indexes = &index, .index_count = 1};
    assert_false(keyd_do(keyd, &batch, &err));
    assert_int_equal(err.code, ERR_INVALID);
    index.value.n--;
    assert_true(keyd_do(keyd, &batch, &err));
    assert_false(keyd_mac(keyd, "cursor\0", span_of(big, sizeof big), mac[0], &err));
    assert_true(keyd_alive(keyd));
    keyd_stop(&keyd);
    rig_close(&rig);
}

/* Many large values: more than one message holds, more than are under way at once. */
static void
test_large_batch(void **state)
{
    (void)state;
    enum { MANY = 100 };
    static char big[LIMIT_FIELD_TEXT];
    static struct keyd_index indexes[MANY];
    struct rig rig;
    struct err err;
    rig_open(&rig);
    struct key_source source = rig_source(&rig);
    assert_true(keyring_create(rig.dir, &source, &err));
    struct keyd *keyd = keyd_of(&rig);
    for (size_t i = 0; i < MANY; i++)
        indexes[i] = (struct keyd_index){
            .field_name = SPAN("f"), .value = span_of(big, sizeof big - i % 2)};
    struct keyd_batch batch = {.indexes = indexes, .index_count = MANY};
    assert_true(keyd_do(keyd, &batch, &err));
    for (size_t i = 2; i < MANY; i++)
        assert_memory_equal(indexes[i].value_index, indexes[i - 2].value_index, KEYD_INDEX);
    assert_memory_not_equal(indexes[0].value_index, indexes[1].value_index, KEYD_INDEX);
    keyd_stop(&keyd);
    rig_close(&rig);
}

static void
test_refusals_at_start(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyd *keyd = NULL;
    rig_open(&rig);
    struct key_source source = rig_source(&rig);
    assert_false(keyd_start(self, rig.dir, &source, &keyd, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    assert_true(keyring_create(rig.dir, &source, &err));
    (void)unlink(rig.secret);
    assert_true(key_file_create(rig.secret, &err));
    assert_false(keyd_start(self, rig.dir, &source, &keyd, &err));
    assert_int_equal(err.code, ERR_KEYS);
    assert_string_equal(err.text, "no slot of the keyring opens with this secret");
    assert_false(keyd_start("/nowhere/troth", rig.dir, &source, &keyd, &err));
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_false(keyd_start("/bin/true", rig.dir, &source, &keyd, &err));
    assert_int_equal(err.code, ERR_KEYS);
    source.passphrase_fd = 9;
    assert_false(keyd_start(self, rig.dir, &source, &keyd, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    assert_null(keyd);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no zombie is left */
    rig_close(&rig);
}

static void
test_passphrase_start(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    struct keyd *keyd = NULL;
    rig_open(&rig);
    struct key_source source = {.passphrase_fd = rig_pipe("a long enough phrase\n")};
    assert_true(keyring_create_with(rig.dir, &source, (struct keyring_stretch){1, 64}, &err));
    (void)close(source.passphrase_fd);
    source.passphrase_fd = rig_pipe("a long enough phrase\n");
    assert_true(keyd_start(self, rig.dir, &source, &keyd, &err));
    (void)close(source.passphrase_fd);
    keyd_stop(&keyd);
    source.passphrase_fd = rig_pipe("another long phrase\n");
    assert_false(keyd_start(self, rig.dir, &source, &keyd, &err));
    (void)close(source.passphrase_fd);
    assert_int_equal(err.code, ERR_KEYS);
    rig_close(&rig);
}

static void
test_says_which_copy(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    uint8_t file[KEYRING_FILE];
    rig_open(&rig);
    struct key_source source = rig_source(&rig);
    assert_true(keyring_create(rig.dir, &source, &err));
    rig_read(&rig, file);
    file[5000] ^= 1;
    rig_write(&rig, file, sizeof file);
    struct keyd *keyd = keyd_of(&rig);
    assert_int_equal(keyd_bad_copy(keyd), 'A');
    keyd_stop(&keyd);
    keyd = keyd_of(&rig);
    assert_int_equal(keyd_bad_copy(keyd), 0); /* healed */
    keyd_stop(&keyd);
    rig_close(&rig);
}

static uint64_t
proc_status(int pid, const char *name)
{
    char path[64], line[256];
    uint64_t value = UINT64_MAX;
    (void)snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
            value = strtoull(line + strlen(name) + 1, NULL, 16);
    (void)fclose(file);
    return value;
}

static size_t
proc_count(int pid, const char *what)
{
    char path[64];
    size_t n = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return 0;
    while (readdir(dir) != NULL)
        n++;
    (void)closedir(dir);
    return n - 2;
}

/* The running process as the kernel sees it. What the filter refuses is tested in os. */
static void
test_shut_in(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    rig_open(&rig);
    struct key_source source = rig_source(&rig);
    assert_true(keyring_create(rig.dir, &source, &err));
    struct keyd *keyd = keyd_of(&rig);
    const struct sandbox *doors = keyd_doors(keyd);
    int pid = keyd_pid(keyd);
    assert_true(doors->no_new_privs && doors->seccomp && doors->no_caps);
    assert_int_equal(proc_status(pid, "NoNewPrivs"), 1);
    assert_int_equal(proc_status(pid, "Seccomp"), 2);
    assert_int_equal(proc_status(pid, "CapEff"), 0);
    assert_int_equal(proc_status(pid, "CapPrm"), 0);
    assert_int_equal(proc_status(pid, "Threads"), 1);
    char mem[64];
    (void)snprintf(mem, sizeof mem, "/proc/%d/mem", pid);
    if (geteuid() != 0 && !UNDER_ASAN) /* not dumpable: no other process of this user looks in */
        assert_true(open(mem, O_RDONLY) < 0 && proc_count(pid, "fd") == 0);
    if (geteuid() == 0)
        assert_int_equal(proc_count(pid, "fd"), 4); /* null twice, standard error, the socket */
    if (doors->locked_memory && !UNDER_ASAN) /* which turns mlockall into nothing */
        assert_true(proc_status(pid, "VmLck") > 0);
    keyd_stop(&keyd);
    rig_close(&rig);
}

/* The same doors from the inside. */
static void
test_lock_down(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        struct sandbox doors;
        struct err err;
        if (!keyd_lock_down(&doors, &err))
            _exit(1);
        if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || socket(AF_UNIX, SOCK_STREAM, 0) >= 0)
            _exit(2);
        if (open("/etc/passwd", O_RDONLY) >= 0 || open("/dev/null", O_RDWR) >= 0)
            _exit(3);
        if (execl("/bin/true", "true", (char *)NULL) == 0)
            _exit(4);
        if (fork() >= 0)
            _exit(5);
        if (kill(getppid(), 0) == 0)
            _exit(6);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void
test_dead_or_silent(void **state)
{
    (void)state;
    struct rig rig;
    struct err err;
    uint8_t id[16] = {0}, aref[16];
    rig_open(&rig);
    struct key_source source = rig_source(&rig);
    assert_true(keyring_create(rig.dir, &source, &err));
    struct keyd *keyd = keyd_of(&rig);
    /* Signals meant for the server's group leave it alone. */
    assert_int_equal(kill(keyd_pid(keyd), SIGTERM), 0);
    assert_int_equal(kill(keyd_pid(keyd), SIGINT), 0);
    assert_true(keyd_actor_ref(keyd, id, aref, &err));
    assert_int_equal(kill(keyd_pid(keyd), SIGKILL), 0);
    assert_false(keyd_actor_ref(keyd, id, aref, &err));
    assert_int_equal(err.code, ERR_KEYS);
    assert_false(keyd_alive(keyd));
    assert_false(keyd_actor_ref(keyd, id, aref, &err));
    keyd_stop(&keyd);
    keyd = keyd_of(&rig);
    struct timeval soon = {.tv_usec = 50000}, wait;
    socklen_t n = sizeof wait;
    assert_int_equal(getsockopt(keyd_fd(keyd), SOL_SOCKET, SO_RCVTIMEO, &wait, &n), 0);
    assert_int_equal(wait.tv_sec * 1000 + wait.tv_usec / 1000, LIMIT_KEYD_MS);
    assert_int_equal(setsockopt(keyd_fd(keyd), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon), 0);
    assert_int_equal(kill(keyd_pid(keyd), SIGSTOP), 0);
    int pid = keyd_pid(keyd);
    int64_t began = clock_mono_ms();
    assert_false(keyd_actor_ref(keyd, id, aref, &err));
    assert_true(clock_mono_ms() - began < 2000);
    assert_non_null(strstr(err.text, "in time"));
    assert_int_equal(kill(pid, 0), -1); /* it was stopped for good */
    keyd_stop(&keyd);
    /* It ends by itself when the server's end closes. */
    keyd = keyd_of(&rig);
    pid = keyd_pid(keyd);
    assert_int_equal(shutdown(keyd_fd(keyd), SHUT_RDWR), 0);
    int status;
    assert_true(process_wait(pid, 5000, &status));
    assert_int_equal(status, 0);
    keyd_stop(&keyd);
    rig_close(&rig);
}

/* A server gone bad: keyd ends the conversation. */
static void
test_hostile_client(void **state)
{
    (void)state;
    static uint8_t big[MESSAGE_MAX + 1];
    static const struct {
        const void *p;
        size_t n;
    } rows[] = {
        {"x", 1},
        {"\1\2\0\1\0\0\0\1", 8},
        {"\2\3\0\1\0\0\0\1aaaaaaaaaaaaaaaa", 24},
        {"\1\1\0\1\0\0\0\1\2\0\0\0\0", 13}, /* a second hello */
        {big, sizeof big},
        {big, MESSAGE_MAX},
    };
    struct rig rig;
    struct err err;
    rig_open(&rig);
    struct key_source source = rig_source(&rig);
    assert_true(keyring_create(rig.dir, &source, &err));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct keyd *keyd = keyd_of(&rig);
        int status = 0, pid = keyd_pid(keyd);
        assert_int_equal(send(keyd_fd(keyd), rows[i].p, rows[i].n, 0), rows[i].n);
        assert_true(process_wait(pid, 5000, &status));
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 70);
        assert_false(keyd_alive(keyd));
        keyd_stop(&keyd);
    }
    /* Before the hello, too. */
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int ends[2], status = 0;
        pid_t pid;
        char *const argv[] = {(char[]){"t"}, (char[]){"keyd"}, (char[]){"3"}, NULL};
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        assert_true(process_spawn(self, argv, &ends[1], 1, &pid, &err));
        (void)close(ends[1]);
        assert_int_equal(send(ends[0], rows[i].p, rows[i].n, 0), rows[i].n);
        assert_true(process_wait(pid, 5000, &status));
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
        (void)close(ends[0]);
    }
    rig_close(&rig);
}

/* A key process gone bad: each answer lies in the socket before the question is asked. */
static void
test_hostile_keyd(void **state)
{
    (void)state;
    static uint8_t big[MESSAGE_MAX + 1];
    static const struct {
        const char *p;
        size_t n;
        bool good;
    } rows[] = {
        {"\1\x83\0\1\0\0\0\1aaaaaaaaaaaaaaaa", 24, true},
        {"\1\x83\0\1\0\0\0\1aaaaaaaaaaaaaaa", 23, false},
        {"\1\x83\0\1\0\0\0\1aaaaaaaaaaaaaaaaa", 25, false},
        {"\1\x83\0\1\0\0\0\2aaaaaaaaaaaaaaaa", 24, false}, /* another's number */
        {"\1\x83\0\2\0\0\0\1aaaaaaaaaaaaaaaa", 24, false},
        {"\1\x84\0\1\0\0\0\1aaaaaaaaaaaaaaaa", 24, false}, /* another's kind */
        {"\2\x83\0\1\0\0\0\1aaaaaaaaaaaaaaaa", 24, false},
        {"\1", 1, false},
        {"\1\xff\0\1\0\0\0\1\xff\xff\0\1x", 13, false}, /* no such error */
        {"\1\xff\0\1\0\0\0\1\0\0\0\1x", 13, false},     /* ERR_OK is no refusal */
        {"\1\xff\0\1\0\0\0\1\0\1\0\2x\n", 14, false},
        {"\1\xff\0\1\0\0\0\1\0\1\xff\xffx", 13, false},
        {(const char *)big, sizeof big, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int ends[2];
        struct err err = {0};
        uint8_t id[16] = {0}, aref[16] = "untouched as yet";
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        struct keyd *keyd = keyd_new(ends[0], 0);
        assert_int_equal(send(ends[1], rows[i].p, rows[i].n, 0), rows[i].n);
        assert_int_equal(keyd_actor_ref(keyd, id, aref, &err), rows[i].good);
        assert_int_equal(keyd_alive(keyd), rows[i].good);
        if (!rows[i].good) {
            assert_int_equal(err.code, ERR_KEYS);
            assert_memory_equal(aref, "untouched as yet", 16);
        }
        keyd_stop(&keyd);
        (void)close(ends[1]);
    }
    /* Batches. */
    static const struct {
        const char *p;
        size_t n;
        bool good, ok;
    } batches[] = {
        {"\1\x82\0\1\0\0\0\1\1\1kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", 42, true, true},
        {"\1\x82\0\1\0\0\0\1\1\0kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", 42, true, false},
        {"\1\x82\0\1\0\0\0\1\1\2kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", 42, false, false},
        {"\1\x82\0\1\0\0\0\1\2\1kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", 42, false, false},
        {"\1\x82\0\2\0\0\0\1\1\1kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", 42, false, false},
        {"\1\x82\0\1\0\0\0\1\1\1kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk", 41, false, false},
    };
    for (size_t i = 0; i < sizeof batches / sizeof batches[0]; i++) {
        int ends[2];
        struct err err = {0};
        uint8_t row[DK_ROW] = {0}, key[32] = {0};
        struct keyd_unwrap unwrap = {.row = row, .to = key, .ok = true};
        struct keyd_batch batch = {.unwraps = &unwrap, .unwrap_count = 1};
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
        struct keyd *keyd = keyd_new(ends[0], 0);
        assert_int_equal(send(ends[1], batches[i].p, batches[i].n, 0), batches[i].n);
        assert_int_equal(keyd_do(keyd, &batch, &err), batches[i].good);
        assert_int_equal(unwrap.ok, batches[i].ok);
        assert_int_equal(key[0], batches[i].ok ? 'k' : 0);
        keyd_stop(&keyd);
        (void)close(ends[1]);
    }
}

/* G49: the server's memory holds neither the root nor any key of the keyring. A child reads what
 * they are and hands them over veiled, so that the search does not find its own needle. */
enum { VEIL = 0x5a, NEEDLES = 7 };

static void
needles_read(const struct rig *rig, uint8_t to[NEEDLES][32])
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        static struct keyring ring;
        static struct unseal unseal;
        struct keyring_report report;
        struct err err;
        if (!unseal_file(&unseal, KEYRING_KEYFILE, rig->secret, &err) ||
            !keyring_open(rig->dir, &unseal, &ring, &report, &err) || ring.key_count != 5)
            _exit(1);
        for (int i = 0; i < NEEDLES; i++) {
            const uint8_t *key = i == 0 ? ring.root : i == 1 ? unseal.secret : ring.keys[i - 2].key;
            for (int at = 0; at < 32; at++)
                to[i][at] = key[at] ^ VEIL;
        }
        _exit(write(ends[1], to, NEEDLES * 32) == NEEDLES * 32 ? 0 : 1);
    }
    assert_int_equal(read(ends[0], to, NEEDLES * 32), NEEDLES * 32);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static size_t
memory_hits(const uint8_t needles[NEEDLES][32])
{
    enum { MAP_MAX = 64 << 20, STEP = 1 << 16 };
    static uint8_t part[STEP + 32];
    char line[512];
    size_t hits = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    int mem = open("/proc/self/mem", O_RDONLY);
    assert_true(maps != NULL && mem >= 0);
    while (fgets(line, sizeof line, maps) != NULL) {
        unsigned long from, to;
        char mode[8];
        if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 || mode[0] != 'r' ||
            mode[1] != 'w' || to - from > MAP_MAX)
            continue;
        for (unsigned long at = from; at < to; at += STEP) {
            ssize_t n = pread(mem, part, sizeof part, (off_t)at);
            for (ssize_t i = 0; i + 32 <= n; i++)
                for (int k = 0; k < NEEDLES; k++) {
                    if ((part[i] ^ VEIL) != needles[k][0])
                        continue;
                    int same = 1;
                    while (same < 32 && (part[i + same] ^ VEIL) == needles[k][same])
                        same++;
                    hits += same == 32;
                }
        }
    }
    (void)fclose(maps);
    (void)close(mem);
    return hits;
}

static void
test_server_holds_no_keys(void **state)
{
    (void)state;
    static uint8_t needles[NEEDLES][32];
    struct rig rig;
    struct err err;
    rig_open(&rig);
    struct key_source source = rig_source(&rig);
    /* The command that creates a keyring is another process than the server. */
    pid_t pid = fork();
    if (pid == 0)
        _exit(keyring_create(rig.dir, &source, &err) ? 0 : 1);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    needles_read(&rig, needles);
    struct keyd *keyd = keyd_of(&rig);
    uint8_t id[16] = {0}, aref[16];
    assert_true(keyd_actor_ref(keyd, id, aref, &err));
    size_t hits = memory_hits((const uint8_t(*)[32])needles);
    assert_int_equal(hits, 0);
    uint8_t *planted = crypt_secret_take(32); /* the trap snaps, in locked memory too */
    for (int at = 0; at < 32; at++)
        planted[at] = needles[0][at] ^ VEIL;
    assert_true(memory_hits((const uint8_t(*)[32])needles) >= 1);
    crypt_secret_free(planted);
    keyd_stop(&keyd);
    rig_close(&rig);
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    log_set_level(LOG_ERROR);
    return crypt_start_debuggable(&err) ? 0 : -1;
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "keyd") == 0)
        return keyd_main(atoi(argv[2]));
    const struct CMUnitTest tests[] = {
        /* First, while this process has never held a key itself. */
        cmocka_unit_test(test_server_holds_no_keys),
        cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_single_operations),
        cmocka_unit_test(test_large_batch),    cmocka_unit_test(test_refusals_at_start),
        cmocka_unit_test(test_passphrase_start), cmocka_unit_test(test_says_which_copy),
        cmocka_unit_test(test_shut_in),        cmocka_unit_test(test_lock_down),
        cmocka_unit_test(test_dead_or_silent), cmocka_unit_test(test_hostile_client),
        cmocka_unit_test(test_hostile_keyd),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
