#include "vault/record.h"

#include "crypt/crypt.h"

enum {
    AD_SIZE = 16 + 8 + 16 + 16 + 8,
    HEAD_SIZE = 1 + 16 + CRYPT_NONCE,
    PAD_TO = 32,
    FIELD_HEAD = 2 + 4,
    RECORD_VERSION = 1,
    TENANT = 1,
    SCHEMA = 1
};

static void
place_ad(const struct record_place *place, uint8_t ad[AD_SIZE])
{
    memset(ad, 0, AD_SIZE);
    memcpy(ad, "troth-rv-v1", 11);
    put_be16(ad + 16, TENANT);
    put_be16(ad + 18, (uint16_t)place->table);
    put_be16(ad + 20, place->category);
    put_be16(ad + 22, SCHEMA);
    put_be64(ad + 32, place->rec); /* the row's id is its place: person, category, record */
    memcpy(ad + 40, place->who->id, 16);
    put_be64(ad + 56, place->version);
}

struct span
record_seal(struct arena *arena, const struct data_key *key, const struct record_place *place,
            struct span text)
{
    uint8_t ad[AD_SIZE];
    place_ad(place, ad);
    size_t padded = (text.n + 1 + PAD_TO - 1) / PAD_TO * PAD_TO;
    uint8_t *sealed = arena_take(arena, HEAD_SIZE + padded + CRYPT_TAG);
    if (sealed == NULL)
        return SPAN_NONE;
    sealed[0] = RECORD_VERSION;
    memcpy(sealed + 1, key->key_id, 16);
    crypt_random(sealed + 17, CRYPT_NONCE);
    uint8_t *body = sealed + HEAD_SIZE;
    if (text.n > 0)
        memcpy(body, text.p, text.n);
    body[text.n] = 0x80; /* the rest is zero: the arena gives zeroed memory */
    crypt_seal(key->key, sealed + 17, span_of(ad, AD_SIZE), span_of(body, padded), body);
    return span_of(sealed, HEAD_SIZE + padded + CRYPT_TAG);
}

bool
record_open(struct arena *arena, const struct data_key *key, const struct record_place *place,
            struct span sealed, struct span *ret, struct err *err)
{
    if (sealed.n < HEAD_SIZE + PAD_TO + CRYPT_TAG || sealed.p[0] != RECORD_VERSION)
        return err_set(err, ERR_SEAL, "a sealed record has the wrong form");
    if (memcmp(sealed.p + 1, key->key_id, 16) != 0)
        return err_set(err, ERR_SEAL, "a record is sealed under another key than its person's");
    uint8_t ad[AD_SIZE];
    place_ad(place, ad);
    size_t padded = sealed.n - HEAD_SIZE - CRYPT_TAG;
    uint8_t *text = arena_take(arena, padded);
    if (text == NULL)
        return err_set(err, ERR_TOO_LARGE, "a record does not fit into this request's memory");
    if (!crypt_open(key->key, (const uint8_t *)sealed.p + 17, span_of(ad, AD_SIZE),
                    span_of(sealed.p + HEAD_SIZE, sealed.n - HEAD_SIZE), text))
        return err_set(err, ERR_SEAL, "a sealed record does not open: it was changed or moved");
    size_t n = padded;
    while (n > 0 && text[n - 1] == 0)
        n--;
    if (n == 0 || text[n - 1] != 0x80)
        return err_set(err, ERR_SEAL, "a sealed record has no padding");
    *ret = span_of(text, n - 1);
    return true;
}

struct span
record_encode(struct arena *arena, const struct policy *policy, const struct catalogue *catalogue,
              int category, const struct record_fields *fields)
{
    const struct policy_category *cat = &policy->categories[category];
    size_t size = 0;
    for (int bit = 0; bit < cat->field_count; bit++)
        if (fields->present >> bit & 1)
            size += FIELD_HEAD + fields->value[bit].n;
    uint8_t *text = arena_take(arena, size + 1);
    if (text == NULL)
        return SPAN_NONE;
    size_t at = 0;
    for (int bit = 0; bit < cat->field_count; bit++) {
        if (!(fields->present >> bit & 1))
            continue;
        put_be16(text + at, catalogue->field[cat->field_first + bit]);
        put_be32(text + at + 2, (uint32_t)fields->value[bit].n);
        if (fields->value[bit].n > 0)
            memcpy(text + at + FIELD_HEAD, fields->value[bit].p, fields->value[bit].n);
        at += FIELD_HEAD + fields->value[bit].n;
    }
    return span_of(text, size);
}

bool
record_decode(struct span text, const struct policy *policy, const struct catalogue *catalogue,
              int category, struct record_fields *ret, struct err *err)
{
    const struct policy_category *cat = &policy->categories[category];
    struct record_fields fields = {0};
    while (text.n > 0) {
        if (text.n < FIELD_HEAD)
            return err_set(err, ERR_CORRUPT, "a record ends inside a field");
        uint16_t number = get_be16((const uint8_t *)text.p);
        size_t n = get_be32((const uint8_t *)text.p + 2);
        if (n > text.n - FIELD_HEAD)
            return err_set(err, ERR_CORRUPT, "a field is longer than its record");
        for (int bit = 0; bit < cat->field_count; bit++) {
            if (catalogue->field[cat->field_first + bit] != number)
                continue;
            fields.present |= UINT64_C(1) << bit;
            fields.value[bit] = span_sub(text, FIELD_HEAD, n);
            break;
        }
        text = span_sub(text, FIELD_HEAD + n, SIZE_MAX);
    }
    *ret = fields;
    return true;
}
