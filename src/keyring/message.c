#include "keyring/message.h"

#include <errno.h>
#include <sys/socket.h>

uint8_t *
message_room(struct message *message, size_t n)
{
    if (message->bad || n > message->cap - message->n) {
        message->bad = true;
        return NULL;
    }
    uint8_t *room = message->p + message->n;
    message->n += n;
    return room;
}

void
message_bytes(struct message *message, const void *p, size_t n)
{
    uint8_t *room = message_room(message, n);
    if (room != NULL && n > 0)
        memcpy(room, p, n);
}

void
message_u8(struct message *message, uint8_t v)
{
    message_bytes(message, &v, 1);
}

void
message_u16(struct message *message, uint16_t v)
{
    uint8_t *room = message_room(message, 2);
    if (room != NULL)
        put_be16(room, v);
}

void
message_u32(struct message *message, uint32_t v)
{
    uint8_t *room = message_room(message, 4);
    if (room != NULL)
        put_be32(room, v);
}

void
message_u64(struct message *message, uint64_t v)
{
    uint8_t *room = message_room(message, 8);
    if (room != NULL)
        put_be64(room, v);
}

void
message_text8(struct message *message, struct span s)
{
    if (s.n > UINT8_MAX)
        message->bad = true;
    message_u8(message, (uint8_t)s.n);
    message_bytes(message, s.p, s.n);
}

void
message_text16(struct message *message, struct span s)
{
    if (s.n > MESSAGE_TEXT_MAX)
        message->bad = true;
    message_u16(message, (uint16_t)s.n);
    message_bytes(message, s.p, s.n);
}

void
message_begin(struct message *message, uint8_t *p, size_t cap, struct message_head head)
{
    *message = (struct message){.p = p, .cap = cap};
    message_u8(message, MESSAGE_VERSION);
    message_u8(message, head.type);
    message_u16(message, head.count);
    message_u32(message, head.number);
}

const uint8_t *
message_take(struct message *message, size_t n)
{
    if (message->bad || n > message->n - message->at) {
        message->bad = true;
        return NULL;
    }
    const uint8_t *taken = message->p + message->at;
    message->at += n;
    return taken;
}

uint8_t
message_take_u8(struct message *message)
{
    const uint8_t *p = message_take(message, 1);
    return p == NULL ? 0 : *p;
}

uint16_t
message_take_u16(struct message *message)
{
    const uint8_t *p = message_take(message, 2);
    return p == NULL ? 0 : get_be16(p);
}

uint32_t
message_take_u32(struct message *message)
{
    const uint8_t *p = message_take(message, 4);
    return p == NULL ? 0 : get_be32(p);
}

uint64_t
message_take_u64(struct message *message)
{
    const uint8_t *p = message_take(message, 8);
    return p == NULL ? 0 : get_be64(p);
}

void
message_copy(struct message *message, void *to, size_t n)
{
    const uint8_t *p = message_take(message, n);
    if (p != NULL)
        memcpy(to, p, n);
    else
        memset(to, 0, n);
}

static struct span
take_text(struct message *message, size_t n)
{
    const uint8_t *p = message_take(message, n);
    return p == NULL ? SPAN_NONE : span_of(p, n);
}

struct span
message_take_text8(struct message *message)
{
    return take_text(message, message_take_u8(message));
}

struct span
message_take_text16(struct message *message)
{
    size_t n = message_take_u16(message);
    if (n > MESSAGE_TEXT_MAX)
        message->bad = true;
    return take_text(message, n);
}

bool
message_done(const struct message *message)
{
    return !message->bad && message->at == message->n;
}

bool
message_read(struct message *message, uint8_t *p, size_t n, struct message_head *ret)
{
    *message = (struct message){.p = p, .n = n, .cap = n};
    uint8_t version = message_take_u8(message);
    struct message_head head = {.type = message_take_u8(message),
                                .count = message_take_u16(message),
                                .number = message_take_u32(message)};
    if (message->bad || version != MESSAGE_VERSION)
        return false;
    *ret = head;
    return true;
}

bool
message_send(int fd, const struct message *message)
{
    TROTH_ASSERT(!message->bad);
    ssize_t put;
    do
        put = send(fd, message->p, message->n, MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    return put == (ssize_t)message->n;
}

ssize_t
message_receive(int fd, void *to, size_t cap)
{
    struct iovec part = {.iov_base = to, .iov_len = cap};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t got;
    do
        got = recvmsg(fd, &head, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got >= 0 && (head.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        errno = EMSGSIZE;
        return -1;
    }
    return got;
}
