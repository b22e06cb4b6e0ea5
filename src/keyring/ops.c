#include "crypt/crypt.h"
#include "keyring/keyd_client.h"

/* A batch as one row of operations: unwraps, then wraps, then indexes. */
static size_t
batch_size(const struct keyd_batch *batch)
{
    return batch->unwrap_count + batch->wrap_count + batch->index_count;
}

static bool
batch_check(struct keyd_batch *batch, struct err *err)
{
    for (size_t i = 0; i < batch->unwrap_count; i++)
        batch->unwraps[i].ok = false;
    for (size_t i = 0; i < batch->index_count; i++)
        if (batch->indexes[i].field_name.n > UINT8_MAX ||
            batch->indexes[i].value.n > LIMIT_FIELD_TEXT)
            return err_set(err, ERR_INVALID, "the value is too long to be looked up by");
    return true;
}

static void
op_put(const struct keyd_batch *batch, size_t at, struct message *out)
{
    if (at < batch->unwrap_count) {
        message_u8(out, OP_UNWRAP);
        message_bytes(out, batch->unwraps[at].row, DK_ROW);
        return;
    }
    at -= batch->unwrap_count;
    if (at < batch->wrap_count) {
        const struct keyd_wrap *wrap = &batch->wraps[at];
        message_u8(out, OP_WRAP);
        message_u16(out, wrap->category);
        message_bytes(out, wrap->key_id, 16);
        message_bytes(out, wrap->subject_id, 16);
        message_u64(out, wrap->created_us);
        message_bytes(out, wrap->key, 32);
        return;
    }
    const struct keyd_index *index = &batch->indexes[at - batch->wrap_count];
    message_u8(out, OP_INDEX);
    message_u16(out, index->field);
    message_text8(out, index->field_name);
    message_text16(out, index->value);
}

/* False: not the answer to that operation. */
static bool
op_get(struct keyd_batch *batch, size_t at, struct message *in)
{
    uint8_t op = message_take_u8(in);
    if (at < batch->unwrap_count) {
        struct keyd_unwrap *unwrap = &batch->unwraps[at];
        uint8_t ok = message_take_u8(in);
        const uint8_t *key = message_take(in, 32);
        if (op != OP_UNWRAP || ok > 1 || key == NULL)
            return false;
        if (ok)
            memcpy(unwrap->to, key, 32);
        unwrap->ok = ok == 1;
        return true;
    }
    at -= batch->unwrap_count;
    if (at < batch->wrap_count) {
        message_copy(in, batch->wraps[at].row, DK_ROW);
        return op == OP_WRAP && !in->bad;
    }
    message_copy(in, batch->indexes[at - batch->wrap_count].value_index, KEYD_INDEX);
    return op == OP_INDEX && !in->bad;
}

/* Fills one message with as many operations from `from` on as fit; how many. */
static uint16_t
fill(struct keyd *keyd, const struct keyd_batch *batch, size_t from)
{
    struct message *out = keyd_begin(keyd, MESSAGE_BATCH, 0);
    size_t total = batch_size(batch);
    uint16_t count = 0;
    while (count < LIMIT_KEYD_BATCH && from + count < total) {
        size_t mark = out->n;
        op_put(batch, from + count, out);
        if (out->bad) {
            out->bad = false;
            out->n = mark;
            break;
        }
        count++;
    }
    TROTH_ASSERT(count > 0); /* batch_check: any one operation fits */
    put_be16(out->p + 2, count);
    return count;
}

static bool
read_answer(struct keyd *keyd, struct keyd_batch *batch, size_t from, uint16_t count,
            uint32_t number, struct err *err)
{
    struct message in;
    struct message_head head;
    if (!keyd_hear(keyd, &in, &head, err))
        return false;
    bool good = head.type == (MESSAGE_BATCH | MESSAGE_ANSWER) && head.count == count &&
                head.number == number;
    for (uint16_t i = 0; good && i < count; i++)
        good = op_get(batch, from + i, &in);
    good = good && message_done(&in);
    crypt_wipe(in.p, in.n);
    return good || keyd_lost(keyd, err, "answered nonsense");
}

/* Some messages are under way at once, so that keyd works while we pack and unpack. The answers to
 * LIMIT_KEYD_FLIGHT messages fit into the socket's buffer: keyd never waits for us to read, hence
 * our sending ends, whatever the order. */
bool
keyd_do(struct keyd *keyd, struct keyd_batch *batch, struct err *err)
{
    struct {
        uint16_t count;
        uint32_t number;
    } flight[LIMIT_KEYD_FLIGHT];
    size_t total = batch_size(batch), sent = 0, heard = 0, first = 0, last = 0;
    if (!batch_check(batch, err))
        return false;
    while (heard < total) {
        while (sent < total && last - first < LIMIT_KEYD_FLIGHT) {
            uint16_t count = fill(keyd, batch, sent);
            flight[last % LIMIT_KEYD_FLIGHT].count = count;
            flight[last % LIMIT_KEYD_FLIGHT].number = keyd->number;
            if (!keyd_ask(keyd, err))
                return false;
            last++;
            sent += count;
        }
        uint16_t count = flight[first % LIMIT_KEYD_FLIGHT].count;
        if (!read_answer(keyd, batch, heard, count, flight[first % LIMIT_KEYD_FLIGHT].number, err))
            return false;
        first++;
        heard += count;
    }
    return true;
}

/* The rest of an answer must be exactly n bytes. */
static bool
take_all(struct keyd *keyd, struct message *in, void *ret, size_t n, struct err *err)
{
    const uint8_t *p = message_take(in, n);
    if (p == NULL || !message_done(in))
        return keyd_lost(keyd, err, "answered nonsense");
    if (n > 0)
        memcpy(ret, p, n);
    return true;
}

bool
keyd_actor_ref(struct keyd *keyd, const uint8_t actor_id[16], uint8_t ret[KEYD_AREF],
               struct err *err)
{
    struct message in;
    message_bytes(keyd_begin(keyd, MESSAGE_ACTOR, 1), actor_id, 16);
    return keyd_exchange(keyd, &in, err) && take_all(keyd, &in, ret, KEYD_AREF, err);
}

bool
keyd_mac(struct keyd *keyd, const char context[8], struct span text, uint8_t ret[32],
         struct err *err)
{
    struct message in, *out = keyd_begin(keyd, MESSAGE_MAC, 1);
    message_bytes(out, context, 8);
    message_text16(out, text);
    if (text.n > LIMIT_FIELD_TEXT)
        return err_set(err, ERR_INVALID, "the text is too long for a code");
    return keyd_exchange(keyd, &in, err) && take_all(keyd, &in, ret, 32, err);
}

bool
keyd_sign(struct keyd *keyd, const struct keyd_checkpoint *checkpoint, uint8_t ret_sig[64],
          struct err *err)
{
    if (checkpoint->proof_count > EXTEND_PROOF_MAX || checkpoint->note.n > NOTE_MAX)
        return err_set(err, ERR_LEDGER, "the note or the proof is too long");
    struct message in, *out = keyd_begin(keyd, MESSAGE_SIGN, 1);
    message_text16(out, checkpoint->note);
    message_u64(out, checkpoint->size);
    message_bytes(out, checkpoint->root, 32);
    message_u64(out, checkpoint->old_size);
    message_u8(out, (uint8_t)checkpoint->proof_count);
    message_bytes(out, checkpoint->proof, checkpoint->proof_count * 32);
    return keyd_exchange(keyd, &in, err) && take_all(keyd, &in, ret_sig, 64, err);
}

bool
keyd_resume(struct keyd *keyd, struct span note, const uint8_t sig[64], struct err *err)
{
    if (note.n > NOTE_MAX)
        return err_set(err, ERR_LEDGER, "the note is too long");
    struct message in, *out = keyd_begin(keyd, MESSAGE_RESUME, 1);
    message_text16(out, note);
    message_bytes(out, sig, 64);
    return keyd_exchange(keyd, &in, err) && take_all(keyd, &in, NULL, 0, err);
}

bool
keyd_use_epoch(struct keyd *keyd, const struct epoch_mark *mark, enum epoch_use *ret,
               struct err *err)
{
    struct message in, *out = keyd_begin(keyd, MESSAGE_EPOCH, 1);
    uint8_t got;
    message_u32(out, mark->number);
    message_bytes(out, mark->check, sizeof mark->check);
    if (!keyd_exchange(keyd, &in, err) || !take_all(keyd, &in, &got, 1, err))
        return false;
    if (got > EPOCH_ENDED)
        return keyd_lost(keyd, err, "answered nonsense");
    if (got == EPOCH_USED)
        keyd->epoch = *mark;
    *ret = (enum epoch_use)got;
    return true;
}

bool
keyd_count(struct keyd *keyd, struct keyd_counts *ret, struct err *err)
{
    struct message in;
    uint8_t bytes[8 * 8];
    (void)keyd_begin(keyd, MESSAGE_COUNT, 1);
    if (!keyd_exchange(keyd, &in, err) || !take_all(keyd, &in, bytes, sizeof bytes, err))
        return false;
    uint64_t *const to[] = {&ret->unwraps, &ret->unwraps_refused, &ret->wraps, &ret->indexes,
                            &ret->actor_refs, &ret->macs, &ret->signs, &ret->signs_refused};
    for (size_t i = 0; i < 8; i++)
        *to[i] = get_be64(bytes + 8 * i);
    return true;
}
