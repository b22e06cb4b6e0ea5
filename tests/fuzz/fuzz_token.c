/*
 * A token as it comes with a request, and rows of any shape as the database might give them. The
 * store is a false one that answers with what the first bytes say.
 */
#include "actors/token.h"
#include "crypt/crypt.h"
#include "fuzz.h"
#include "store/store_priv.h"

static struct {
    const uint8_t *bytes; /* how the six columns look */
    size_t asked;
} false_store;

static bool
one(struct txn *txn, struct arena *arena, enum sql_id id, const struct val *in, struct val *out,
    size_t out_count, bool *ret_found, struct err *err)
{
    (void)txn, (void)arena, (void)err;
    MUST_HOLD(id == SQL_token_by_hash && out_count == 6);
    MUST_HOLD(in[0].kind == VAL_BLOB && in[0].s.n == TOKEN_HASH);
    false_store.asked++;
    *ret_found = (false_store.bytes[0] & 1) != 0;
    for (size_t i = 0; *ret_found && i < out_count; i++) {
        uint8_t shape = false_store.bytes[1 + i];
        static const char text[64] = "role";
        out[i] = shape % 3 == 0   ? val_null()
                 : shape % 3 == 1 ? val_int((int64_t)shape - 100)
                                  : val_blob(text, shape % 33);
    }
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { HEAD = 7 };
    static const struct engine engine = {.one = one};
    struct txn txn = {.engine = &engine};
    struct token token;
    enum token_state state = TOKEN_GOOD;
    struct err err;
    if (size < HEAD || !crypt_start_debuggable(&err))
        return 0;
    false_store.bytes = data;
    false_store.asked = 0;
    struct span text = span_of(data + HEAD, size - HEAD);
    memset(&token, 0, sizeof token);
    if (!token_find(&txn, fuzz_arena(), text, 50, &state, &token, &err)) {
        MUST_HOLD(err.code == ERR_CORRUPT);
        return 0;
    }
    /* Only what looks like a token costs a look into the database, and only what is found there is
     * more than unknown. */
    bool plausible = text.n < TOKEN_TEXT_MAX && span_starts(text, SPAN("troth_"));
    MUST_HOLD(false_store.asked == (plausible ? 1 : 0));
    MUST_HOLD(state == TOKEN_UNKNOWN || (plausible && (data[0] & 1)));
    MUST_HOLD(state != TOKEN_GOOD || token.role.n <= 64);
    return 0;
}
