/* Checkpoints as C2SP signed notes (signed-note, tlog-checkpoint). */
#include "ledger/ledger.h"

#include "crypt/crypt.h"
#include "wire/text.h"

enum { ALG_ED25519 = 1, SIGNATURES_MAX = 16 };
#define DASH "\xe2\x80\x94 "

void
ledger_note(const char *origin, uint64_t size, const uint8_t root[LEDGER_HASH], struct buf *out)
{
    buf_str(out, origin);
    buf_char(out, '\n');
    buf_u64(out, size);
    buf_char(out, '\n');
    base64_put(out, root, LEDGER_HASH);
    buf_char(out, '\n');
}

static void
key_id(struct span name, const uint8_t public_key[32], uint8_t ret[4])
{
    const uint8_t alg = ALG_ED25519;
    const struct span parts[] = {name, SPAN("\n"), span_of(&alg, 1), span_of(public_key, 32)};
    uint8_t hash[32];
    crypt_sha256(parts, 4, hash);
    memcpy(ret, hash, 4);
}

void
ledger_note_signed(struct span note, const char *origin, const uint8_t public_key[32],
                   const uint8_t sig[64], struct buf *out)
{
    uint8_t line[4 + 64];
    key_id(span_str(origin), public_key, line);
    memcpy(line + 4, sig, 64);
    buf_put(out, note);
    buf_str(out, "\n" DASH);
    buf_str(out, origin);
    buf_char(out, ' ');
    base64_put(out, line, sizeof line);
    buf_char(out, '\n');
}

void
ledger_vkey(const char *origin, const uint8_t public_key[32], struct buf *out)
{
    uint8_t id[4], key[33] = {ALG_ED25519};
    key_id(span_str(origin), public_key, id);
    memcpy(key + 1, public_key, 32);
    buf_str(out, origin);
    buf_char(out, '+');
    buf_hex(out, id, 4);
    buf_char(out, '+');
    base64_put(out, key, sizeof key);
}

/* Exactly n bytes of base64 into to. */
static bool
base64_exact(struct span text, uint8_t *to, size_t n)
{
    struct arena arena;
    char mem[512];
    arena = (struct arena){.p = mem, .cap = sizeof mem};
    memset(mem, 0, sizeof mem);
    if (text.n > 200)
        return false;
    struct span bytes = base64_get(&arena, text);
    if (bytes.p == NULL || bytes.n != n)
        return false;
    memcpy(to, bytes.p, n);
    return true;
}

bool
ledger_vkey_read(struct span vkey, char *ret_origin, size_t origin_size, uint8_t ret_key[32],
                 struct err *err)
{
    vkey = span_trim(vkey);
    while (vkey.n > 0 && (vkey.p[vkey.n - 1] == '\n' || vkey.p[vkey.n - 1] == '\r'))
        vkey.n--;
    size_t plus = span_find(vkey, '+');
    struct span name = span_sub(vkey, 0, plus), rest = span_sub(vkey, plus + 1, SIZE_MAX);
    uint8_t id[4], want[4], key[33];
    if (name.n == 0 || rest.n < 10 || rest.p[8] != '+' || !hex_get(span_sub(rest, 0, 8), id, 4) ||
        !base64_exact(span_sub(rest, 9, SIZE_MAX), key, 33) || key[0] != ALG_ED25519)
        return err_set(err, ERR_LEDGER, "this is no verifier key (name+id+key)");
    key_id(name, key + 1, want);
    if (memcmp(id, want, 4) != 0)
        return err_set(err, ERR_LEDGER, "the verifier key's id does not fit its name and key");
    if (!span_copy(name, ret_origin, origin_size))
        return err_set(err, ERR_LEDGER, "the verifier key's name is too long");
    memcpy(ret_key, key + 1, 32);
    return true;
}

static bool
body_read(struct span body, const char *origin, uint64_t *ret_size, uint8_t ret_root[LEDGER_HASH],
          struct err *err)
{
    struct span rest = body, name, size, root, end;
    if (!span_split(&rest, '\n', &name) || !span_split(&rest, '\n', &size) ||
        !span_split(&rest, '\n', &root) || !span_split(&rest, '\n', &end) || end.n != 0 ||
        rest.p != NULL)
        return err_set(err, ERR_LEDGER, "a checkpoint has three lines");
    if (!span_is(name, origin))
        return err_set(err, ERR_LEDGER, "the checkpoint is of another ledger");
    if (!span_u64(size, INT64_MAX, ret_size) || (size.n > 1 && size.p[0] == '0'))
        return err_set(err, ERR_LEDGER, "the checkpoint's size is no number");
    if (!base64_exact(root, ret_root, LEDGER_HASH))
        return err_set(err, ERR_LEDGER, "the checkpoint's root is no hash");
    return true;
}

/* One line "— name base64(id ‖ signature)"; false when it is not of that shape. */
static bool
line_read(struct span line, struct span *ret_name, struct span *ret_blob)
{
    struct span dash = SPAN(DASH);
    if (!span_starts(line, dash))
        return false;
    line = span_sub(line, dash.n, SIZE_MAX);
    size_t space = span_find(line, ' ');
    *ret_name = span_sub(line, 0, space);
    *ret_blob = span_sub(line, space + 1, SIZE_MAX);
    return ret_name->n > 0 && ret_blob->n > 0;
}

bool
ledger_note_split(struct span signed_note, const char *origin, const uint8_t public_key[32],
                  struct span *ret_note, uint8_t ret_sig[64], uint64_t *ret_size,
                  uint8_t ret_root[LEDGER_HASH], struct err *err)
{
    size_t at = 0;
    if (signed_note.n > 16384)
        return err_set(err, ERR_LEDGER, "a checkpoint is longer than 16 KiB");
    while (at + 1 < signed_note.n && !(signed_note.p[at] == '\n' && signed_note.p[at + 1] == '\n'))
        at++;
    if (at + 1 >= signed_note.n || signed_note.p[signed_note.n - 1] != '\n')
        return err_set(err, ERR_LEDGER, "a checkpoint has no signatures");
    struct span body = span_sub(signed_note, 0, at + 1);
    struct span lines = span_sub(signed_note, at + 2, signed_note.n - at - 3);
    uint8_t root[LEDGER_HASH], want[4];
    uint64_t size = 0;
    if (!body_read(body, origin, &size, root, err))
        return false;
    key_id(span_str(origin), public_key, want);
    struct span line, name, blob;
    uint8_t good[4 + 64];
    bool found = false;
    /* To the end, although ours may come first: what stands behind it belongs to the note too. */
    for (int count = 0; span_split(&lines, '\n', &line); count++) {
        uint8_t sig[4 + 64];
        if (count == SIGNATURES_MAX || !line_read(line, &name, &blob))
            return err_set(err, ERR_LEDGER, "a checkpoint's signature line is malformed");
        if (!span_is(name, origin) || !base64_exact(blob, sig, sizeof sig) ||
            memcmp(sig, want, 4) != 0)
            continue; /* another signer's */
        if (!crypt_verify(public_key, body, sig + 4))
            return err_set(err, ERR_LEDGER, "the checkpoint's signature does not verify");
        memcpy(good, sig, sizeof good);
        found = true;
    }
    if (!found)
        return err_set(err, ERR_LEDGER, "the checkpoint is not signed by this ledger's key");
    *ret_note = body;
    memcpy(ret_sig, good + 4, 64);
    *ret_size = size;
    memcpy(ret_root, root, LEDGER_HASH);
    return true;
}

bool
ledger_note_check(struct span signed_note, const char *origin, const uint8_t public_key[32],
                  uint64_t *ret_size, uint8_t ret_root[LEDGER_HASH], struct err *err)
{
    struct span note;
    uint8_t sig[64];
    return ledger_note_split(signed_note, origin, public_key, &note, sig, ret_size, ret_root, err);
}

bool
ledger_checkpoint_put(struct txn *txn, uint64_t size, int64_t time_us, struct span signed_note,
                      struct err *err)
{
    const struct val in[] = {val_int((int64_t)size), val_int(time_us),
                             val_blob(signed_note.p, signed_note.n)};
    return rows_run(txn, SQL_ledger_checkpoint_put, in, 3, NULL, err);
}

bool
ledger_checkpoint_last(struct txn *txn, struct arena *arena, uint64_t *ret_size,
                       struct span *ret_signed_note, struct err *err)
{
    struct val out[3];
    bool found = false;
    if (!rows_one(txn, arena, SQL_ledger_checkpoint_last, NULL, 0, out, 3, &found, err))
        return false;
    if (!found)
        return err_set(err, ERR_NOT_FOUND, "no checkpoint has been signed yet");
    *ret_size = (uint64_t)out[0].i;
    *ret_signed_note = out[2].s;
    return true;
}
