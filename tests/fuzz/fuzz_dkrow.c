/* What a server gone bad may send to the key process: a wrapped row first, then a whole message. */
#include "crypt/crypt.h"
#include "keyring/keyd_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct keyd_core core;
    static uint8_t in[MESSAGE_MAX], out[MESSAGE_MAX];
    struct err err;
    struct message answer;
    uint8_t key[32];
    if (size > MESSAGE_MAX || !crypt_start_debuggable(&err))
        return 0;
    if (core.keyring.key_count == 0)
        for (enum keyring_kind kind = KEYRING_EPOCH; kind <= KEYRING_ACTOR; kind++)
            if (!keyring_key_add(&core.keyring, kind, 1, &err))
                return 0;
    /* Nobody without the epoch key can make a row that opens. */
    if (size >= DK_ROW)
        TROTH_ASSERT(!dk_row_open(&core.keyring, data, key));
    memcpy(in, data, size);
    if (core_answer(&core, in, size, out, &answer))
        TROTH_ASSERT(!answer.bad && answer.n <= MESSAGE_MAX && core.size <= INT64_MAX);
    return 0;
}
