#include "fuzz.h"
#include "wire/http.h"
#include "wire/text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char mem[1024 * 1024];
    struct arena *arena = fuzz_arena();
    struct span in = span_of(data, size), value = SPAN_NONE, again = SPAN_NONE;
    struct err err;
    bool found = false;
    if (!http_query_get(arena, in, "q", &value, &found, &err)) {
        MUST_HOLD(err.code == ERR_BAD_REQUEST && value.p == NULL && !found);
        return 0;
    }
    MUST_HOLD(found == (value.p != NULL));
    if (!found)
        return 0;
    MUST_HOLD(value.n <= in.n && utf8_valid(value, NULL));
    /* Coded anew and read again it is the same. */
    struct buf coded;
    buf_init(&coded, mem, sizeof mem);
    buf_str(&coded, "q=");
    percent_put(&coded, value);
    if (!buf_ok(&coded))
        return 0;
    MUST_HOLD(http_query_get(arena, buf_span(&coded), "q", &again, &found, &err) && found);
    MUST_HOLD(span_eq(again, value));
    return 0;
}
