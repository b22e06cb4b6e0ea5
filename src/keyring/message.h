/*
 * keyring/message.h - what goes over the socket between the server and keyd.
 *
 * One SEQPACKET message is one request or one answer: a head of eight bytes
 * (version, type, count, sequence number), then its body, all integers
 * big-endian, nothing left over at its end. Either side takes the other for
 * hostile: a message that is not exactly of this form ends the conversation.
 *
 *   hello    provider u8, dir text16, path text16
 *   batch    count × (1, row 128 | 2, category u16, key id 16, subject 16, created u64, key 32
 *            | 3, field u16, name text8, value text16)
 *   actor    actor id 16
 *   mac      context 8, text16
 *   sign     note text16, size u64, root 32, old size u64, proof count u8, hashes
 *   resume   note text16, signature 64
 *   count    –
 *   epoch    number u32, check 8
 *
 * Answers have the request's type with the high bit, its count and number:
 *   hello    vault id 16, public key 32, generation u64, epoch u32 and check 8 of the active and the newest,
 *            bad copy u8, healed u8, landlock u8, doors u8, why text8
 *   batch    count × (1, ok u8, key 32 | 2, row 128 | 3, index 16)
 *   actor 16 bytes, mac 32, sign 64, resume –, count 8 × u64, epoch u8
 *   refusal  (instead of any but batch) error code u16, sentence text16
 *
 * Threads: one at a time.
 * Memory:  borrows the buffer; texts read point into it.
 */
#ifndef TROTH_KEYRING_MESSAGE_H
#define TROTH_KEYRING_MESSAGE_H

#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"

#include <sys/types.h>

enum {
    MESSAGE_VERSION = 1,
    MESSAGE_HEAD = 8,
    MESSAGE_MAX = 65536,
    MESSAGE_TEXT_MAX = 32768 /* of one text16 */
};

enum message_type {
    MESSAGE_HELLO = 1,
    MESSAGE_BATCH,
    MESSAGE_ACTOR,
    MESSAGE_MAC,
    MESSAGE_SIGN,
    MESSAGE_RESUME,
    MESSAGE_COUNT,
    MESSAGE_EPOCH,
    MESSAGE_ANSWER = 0x80,
    MESSAGE_REFUSAL = 0xff
};
enum message_op { OP_UNWRAP = 1, OP_WRAP, OP_INDEX };

struct message {
    uint8_t *p;
    size_t n;   /* written, or the length when reading */
    size_t at;  /* read so far */
    size_t cap;
    bool bad;   /* overflow, or read past the end; sticky */
};

struct message_head {
    uint8_t type;
    uint16_t count;
    uint32_t number;
};

/* Writing. */
void message_begin(struct message *message, uint8_t *p, size_t cap, struct message_head head);
uint8_t *message_room(struct message *message, size_t n); /* NULL when full */
void message_u8(struct message *message, uint8_t v);
void message_u16(struct message *message, uint16_t v);
void message_u32(struct message *message, uint32_t v);
void message_u64(struct message *message, uint64_t v);
void message_bytes(struct message *message, const void *p, size_t n);
void message_text8(struct message *message, struct span s);
void message_text16(struct message *message, struct span s);

/* Reading. After a read past the end everything reads as zero and message_done is false. */
bool message_read(struct message *message, uint8_t *p, size_t n, struct message_head *ret);
const uint8_t *message_take(struct message *message, size_t n); /* NULL past the end */
uint8_t message_take_u8(struct message *message);
uint16_t message_take_u16(struct message *message);
uint32_t message_take_u32(struct message *message);
uint64_t message_take_u64(struct message *message);
void message_copy(struct message *message, void *to, size_t n);
struct span message_take_text8(struct message *message);
struct span message_take_text16(struct message *message);
/* Read to its end, and neither too short nor too long. */
bool message_done(const struct message *message);

/* One send or receive of a whole message, waiting as long as the socket's time-outs say. Receive
 * gives its length, 0 at the end of the conversation, -1 with errno (EMSGSIZE: longer than cap, or
 * with descriptors). */
bool message_send(int fd, const struct message *message);
ssize_t message_receive(int fd, void *to, size_t cap);

#endif
