#include "crypt/crypt.h"
#include "keyring/keyd_priv.h"

static void
answer_begin(struct message *answer, uint8_t *out, struct message_head head, uint8_t type)
{
    head.type = type;
    message_begin(answer, out, MESSAGE_MAX, head);
}

static void
answer_refusal(struct message *answer, uint8_t *out, struct message_head head,
               const struct err *err)
{
    answer_begin(answer, out, head, MESSAGE_REFUSAL);
    message_u16(answer, (uint16_t)err->code);
    message_text16(answer, span_str(err->text));
}

static bool
op_unwrap(struct keyd_core *core, struct message *in, struct message *answer)
{
    const uint8_t *row = message_take(in, DK_ROW);
    uint8_t *ok = message_room(answer, 1), *key = message_room(answer, 32);
    if (row == NULL || ok == NULL || key == NULL)
        return false;
    *ok = dk_row_open(&core->keyring, row, key);
    if (!*ok)
        memset(key, 0, 32);
    core->unwraps++;
    core->unwraps_refused += !*ok;
    return true;
}

static bool
op_wrap(struct keyd_core *core, struct message *in, struct message *answer)
{
    struct keyd_wrap wrap = {.category = message_take_u16(in)};
    message_copy(in, wrap.key_id, 16);
    message_copy(in, wrap.subject_id, 16);
    wrap.created_us = message_take_u64(in);
    wrap.key = message_take(in, 32);
    uint8_t *row = message_room(answer, DK_ROW);
    if (wrap.key == NULL || row == NULL)
        return false;
    const struct keyring_key *epoch = keyring_key(&core->keyring, KEYRING_EPOCH, core->epoch);
    TROTH_ASSERT(epoch != NULL);
    dk_row_seal(epoch, &wrap, row);
    core->wraps++;
    return true;
}

static bool
op_index(struct keyd_core *core, struct message *in, struct message *answer)
{
    uint8_t number[2], mac[CRYPT_HASH];
    uint16_t field = message_take_u16(in);
    struct span name = message_take_text8(in), value = message_take_text16(in);
    if (in->bad)
        return false;
    const struct keyring_key *key = keyring_index_key(&core->keyring, field);
    TROTH_ASSERT(key != NULL);
    put_be16(number, field);
    struct span parts[] = {span_of(number, 2), name, span_of("", 1), value};
    crypt_hmac(key->key, parts, 4, mac);
    message_bytes(answer, mac, KEYD_INDEX);
    core->indexes++;
    return true;
}

static bool
answer_batch(struct keyd_core *core, struct message *in, struct message_head head,
             struct message *answer)
{
    if (head.count < 1 || head.count > LIMIT_KEYD_BATCH)
        return false;
    for (uint16_t i = 0; i < head.count; i++) {
        uint8_t op = message_take_u8(in);
        message_u8(answer, op);
        bool good = op == OP_UNWRAP  ? op_unwrap(core, in, answer)
                    : op == OP_WRAP  ? op_wrap(core, in, answer)
                    : op == OP_INDEX ? op_index(core, in, answer)
                                     : false;
        if (!good)
            return false;
    }
    return message_done(in);
}

static bool
answer_actor(struct keyd_core *core, struct message *in, struct message *answer)
{
    uint8_t mac[CRYPT_HASH];
    const uint8_t *id = message_take(in, 16);
    if (id == NULL || !message_done(in))
        return false;
    const struct keyring_key *key = keyring_key(&core->keyring, KEYRING_ACTOR, 0);
    TROTH_ASSERT(key != NULL);
    struct span part = span_of(id, 16);
    crypt_hmac(key->key, &part, 1, mac);
    message_bytes(answer, mac, KEYD_AREF);
    core->actor_refs++;
    return true;
}

static bool
answer_mac(struct keyd_core *core, struct message *in, struct message *answer)
{
    uint8_t subkey[CRYPT_KEY], mac[CRYPT_HASH];
    char context[8];
    message_copy(in, context, sizeof context);
    struct span text = message_take_text16(in);
    if (!message_done(in))
        return false;
    const struct keyring_key *key = keyring_key(&core->keyring, KEYRING_TOKEN, 0);
    TROTH_ASSERT(key != NULL);
    crypt_kdf(key->key, 1, context, subkey);
    crypt_hmac(subkey, &text, 1, mac);
    crypt_wipe(subkey, sizeof subkey);
    message_bytes(answer, mac, sizeof mac);
    core->macs++;
    return true;
}

static bool
answer_sign(struct keyd_core *core, struct message *in, struct message *answer, struct err *err)
{
    uint8_t sig[CRYPT_SIG];
    struct core_sign_ask ask = {.note = message_take_text16(in)};
    ask.size = message_take_u64(in);
    ask.root = message_take(in, 32);
    ask.old_size = message_take_u64(in);
    ask.proof_count = message_take_u8(in);
    ask.proof = (const uint8_t(*)[32])message_take(in, ask.proof_count * 32);
    if (!message_done(in) || ask.proof_count > EXTEND_PROOF_MAX)
        return false;
    core->signs++;
    if (core_sign(core, &ask, sig, err)) {
        message_bytes(answer, sig, sizeof sig);
    } else {
        core->signs_refused++;
    }
    return true;
}

static bool
answer_resume(struct keyd_core *core, struct message *in, struct err *err)
{
    struct span note = message_take_text16(in);
    const uint8_t *sig = message_take(in, CRYPT_SIG);
    if (sig == NULL || !message_done(in))
        return false;
    (void)!core_resume(core, note, sig, err);
    return true;
}

static bool
answer_epoch(struct keyd_core *core, struct message *in, struct message *answer)
{
    struct epoch_mark mark = {.number = message_take_u32(in)};
    message_copy(in, mark.check, sizeof mark.check);
    if (!message_done(in) || mark.number == 0)
        return false;
    enum epoch_use use = keyring_epoch_find(&core->keyring, &mark);
    if (use == EPOCH_USED)
        core->epoch = mark.number;
    message_u8(answer, (uint8_t)use);
    return true;
}

static void
answer_count(const struct keyd_core *core, struct message *answer)
{
    const uint64_t counts[] = {core->unwraps,    core->unwraps_refused, core->wraps,
                               core->indexes,    core->actor_refs,      core->macs,
                               core->signs,      core->signs_refused};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        message_u64(answer, counts[i]);
}

bool
core_answer(struct keyd_core *core, uint8_t *p, size_t n, uint8_t *out, struct message *ret_answer)
{
    struct message in, *answer = ret_answer;
    struct message_head head;
    struct err err = {.code = ERR_OK};
    if (!message_read(&in, p, n, &head))
        return false;
    answer_begin(answer, out, head, head.type | MESSAGE_ANSWER);
    if (head.type == MESSAGE_BATCH)
        return answer_batch(core, &in, head, answer) && !answer->bad;
    if (head.count != 1)
        return false;
    bool good = false;
    switch (head.type) {
    case MESSAGE_ACTOR:
        good = answer_actor(core, &in, answer);
        break;
    case MESSAGE_MAC:
        good = answer_mac(core, &in, answer);
        break;
    case MESSAGE_SIGN:
        good = answer_sign(core, &in, answer, &err);
        break;
    case MESSAGE_RESUME:
        good = answer_resume(core, &in, &err);
        break;
    case MESSAGE_EPOCH:
        good = answer_epoch(core, &in, answer);
        break;
    case MESSAGE_COUNT:
        good = message_done(&in);
        answer_count(core, answer);
        break;
    default:
        break;
    }
    if (good && err.code != ERR_OK)
        answer_refusal(answer, out, head, &err);
    return good && !answer->bad;
}
