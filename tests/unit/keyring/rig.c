#include "rig.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void
rig_open(struct rig *rig)
{
    struct err err;
    (void)snprintf(rig->dir, sizeof rig->dir, "/tmp/troth-keyring-XXXXXX");
    assert_non_null(mkdtemp(rig->dir));
    (void)snprintf(rig->ring, sizeof rig->ring, "%s/keyring.trk", rig->dir);
    (void)snprintf(rig->secret, sizeof rig->secret, "%s/unseal.key", rig->dir);
    assert_true(key_file_create(rig->secret, &err));
}

void
rig_close(struct rig *rig)
{
    (void)unlink(rig->ring);
    (void)unlink(rig->secret);
    assert_int_equal(rmdir(rig->dir), 0); /* also: no temporary file was left */
}

struct key_source
rig_source(const struct rig *rig)
{
    return (struct key_source){.file = rig->secret, .passphrase_fd = -1};
}

void
rig_read(const struct rig *rig, uint8_t to[KEYRING_FILE])
{
    int fd = open(rig->ring, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, to, KEYRING_FILE), KEYRING_FILE);
    (void)close(fd);
}

void
rig_write(const struct rig *rig, const uint8_t *from, size_t n)
{
    int fd = open(rig->ring, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, from, n), n);
    (void)close(fd);
}

int
rig_pipe(const char *text)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
    (void)close(ends[1]);
    return ends[0];
}
