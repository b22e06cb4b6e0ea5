/* The fields of a record, should the seal around them ever fail us: the first bytes make the
 * policy's fields. */
#include "fuzz.h"
#include "vault/record.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct policy_field fields[LIMIT_POLICY_FIELDS];
    static uint16_t numbers[LIMIT_POLICY_FIELDS];
    static struct record_fields read, again;
    struct arena *arena = fuzz_arena();
    struct err err;
    if (size < 1)
        return 0;
    struct policy_category category = {.field_count = 1 + data[0] % LIMIT_POLICY_FIELDS};
    const struct policy policy = {.categories = &category, .category_count = 1, .fields = fields};
    const struct catalogue catalogue = {.field = numbers};
    for (int i = 0; i < category.field_count; i++)
        numbers[i] = (uint16_t)(1 + i * (1 + data[0] / LIMIT_POLICY_FIELDS));
    struct span text = span_of(data + 1, size - 1);
    if (!record_decode(text, &policy, &catalogue, 0, &read, &err)) {
        MUST_HOLD(err.code == ERR_CORRUPT);
        return 0;
    }
    for (int bit = 0; bit < LIMIT_POLICY_FIELDS; bit++) {
        bool there = read.present >> bit & 1;
        MUST_HOLD(!there || (bit < category.field_count && fuzz_inside(read.value[bit], text)));
    }
    /* Written again it reads the same. */
    struct span out = record_encode(arena, &policy, &catalogue, 0, &read);
    MUST_HOLD(out.p != NULL && out.n <= text.n);
    MUST_HOLD(record_decode(out, &policy, &catalogue, 0, &again, &err) &&
              again.present == read.present);
    for (int bit = 0; bit < category.field_count; bit++)
        MUST_HOLD(!(read.present >> bit & 1) || span_eq(again.value[bit], read.value[bit]));
    return 0;
}
