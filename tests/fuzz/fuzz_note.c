/* A signed checkpoint and a verifier key from anybody. The first byte says whether the text is
 * first signed rightly, so that what lies behind the signature is reached too. */
#include "crypt/crypt.h"
#include "fuzz.h"
#include "ledger/ledger.h"

#define ORIGIN "troth.example/ledger/t1"

static const uint8_t seed[32] = {7};
static uint8_t key[32];

/* What is accepted is one text: written again from what was read, it is the same. */
static void
check_note(struct span note)
{
    struct err err;
    struct span body;
    uint8_t sig[64], root[LEDGER_HASH], root_again[LEDGER_HASH];
    uint64_t size = 0, size_again = 0;
    char mem[LEDGER_NOTE_MAX];
    struct buf again;
    if (!ledger_note_split(note, ORIGIN, key, &body, sig, &size, root, &err)) {
        MUST_HOLD(err.code == ERR_LEDGER && err.text[0] != '\0');
        return;
    }
    MUST_HOLD(fuzz_inside(body, note) && size <= INT64_MAX && crypt_verify(key, body, sig));
    buf_init(&again, mem, sizeof mem);
    ledger_note(ORIGIN, size, root, &again);
    MUST_HOLD(span_eq(buf_span(&again), body));
    MUST_HOLD(ledger_note_check(note, ORIGIN, key, &size_again, root_again, &err));
    MUST_HOLD(size_again == size && memcmp(root, root_again, sizeof root) == 0);
}

/* Written again it reads the same; of another writing are at most blanks around it and the case of
 * the id's digits. */
static void
check_vkey(struct span text)
{
    struct err err;
    char origin[2][128], mem[256];
    uint8_t read[2][32];
    struct buf again;
    if (!ledger_vkey_read(text, origin[0], sizeof origin[0], read[0], &err)) {
        MUST_HOLD(err.code == ERR_LEDGER);
        return;
    }
    buf_init(&again, mem, sizeof mem);
    ledger_vkey(origin[0], read[0], &again);
    MUST_HOLD(ledger_vkey_read(buf_span(&again), origin[1], sizeof origin[1], read[1], &err));
    MUST_HOLD(strcmp(origin[0], origin[1]) == 0 && memcmp(read[0], read[1], 32) == 0);
    while (text.n > 0 && memchr(" \t\r\n", text.p[text.n - 1], 4) != NULL)
        text.n--;
    MUST_HOLD(span_ieq(buf_span(&again), span_trim(text)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err;
    if (size < 1 || !crypt_start_debuggable(&err))
        return 0;
    crypt_sign_key(seed, key);
    struct span text = span_of(data + 1, size - 1);
    check_note(text);
    check_vkey(text);
    if ((data[0] & 1) == 0)
        return 0;
    uint8_t sig[64];
    static char mem[20000];
    struct buf whole;
    buf_init(&whole, mem, sizeof mem);
    /* Up to the first blank line it is the body; what follows stands behind our line. */
    size_t at = 0;
    while (at < text.n && !(text.p[at] == '\n' && at + 1 < text.n && text.p[at + 1] == '\n'))
        at++;
    struct span body = span_sub(text, 0, at + 1);
    crypt_sign(seed, body, sig);
    ledger_note_signed(body, ORIGIN, key, sig, &whole);
    buf_put(&whole, span_sub(text, at + 2, SIZE_MAX));
    check_note(buf_span(&whole));
    return 0;
}
