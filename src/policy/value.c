#include "policy/value.h"

#include "policy/value_priv.h"
#include "wire/text.h"

enum {
    RULE_LINES = 1,   /* LF and TAB are text here */
    RULE_AS_IS = 2,   /* spaces at the ends belong to it */
    RULE_FREE = 4,    /* free text: card numbers are looked for */
    RULE_STRETCH = 8, /* the field's own length may be larger than ours */
};

static bool
any_ok(struct span s)
{
    (void)s;
    return true;
}

static bool
phone_ok(struct span s)
{
    char e164[20];
    return phone_normal(s, e164);
}

static bool
date_ok(struct span s)
{
    int64_t days = 0;
    return date_get(s, &days);
}

static bool
token_ok(struct span s)
{
    return span_find(s, ' ') == s.n && span_find(s, '\t') == s.n;
}

static bool
boolean_ok(struct span s)
{
    return span_is(s, "true") || span_is(s, "false");
}

static bool
card_ok(struct span s)
{
    size_t digits = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= '0' && s.p[i] <= '9')
            digits++;
        else if (s.p[i] != ' ' && s.p[i] != '-')
            return false;
    }
    if (s.n == 0 || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '-')
        return false;
    return s.n == 4 ? digits == 4 : digits >= 13 && digits <= 19;
}

static const struct type_row {
    bool (*ok)(struct span s);
    const char *wants; /* ends the sentence "account.email must be …" */
    uint32_t least, most;
    unsigned rules;
} type_rows[TYPE_COUNT] = {
    [TYPE_NAME] = {any_ok, "one line of text", 1, 256, RULE_FREE | RULE_STRETCH},
    [TYPE_EMAIL] = {email_valid, "an e-mail address", 3, 254, 0},
    [TYPE_PHONE] = {phone_ok, "a phone number in international form, as +49 30 1234567", 5, 40, 0},
    [TYPE_ADDRESS] = {any_ok, "a postal address", 1, 1024,
                      RULE_LINES | RULE_FREE | RULE_STRETCH},
    [TYPE_USERNAME] = {value_username_ok,
                       "letters, digits and . _ - with a letter or digit at both ends", 1, 64,
                       RULE_FREE},
    [TYPE_PASSWORD] = {any_ok, "a password of 8 to 256 bytes without control characters", 8, 256,
                       RULE_AS_IS},
    [TYPE_DATE] = {date_ok, "a date as 2026-11-01", 10, 10, 0},
    [TYPE_BIRTHDATE] = {date_ok, "a date as 2026-11-01", 10, 10, 0},
    [TYPE_COUNTRY] = {country_valid, "a country as two capital letters, as DE", 2, 2, 0},
    [TYPE_IP] = {any_ok, "an IP address", 2, 45, 0},
    [TYPE_URL] = {value_url_ok, "an address that begins with http:// or https://", 8, 2048,
                  RULE_FREE},
    [TYPE_USER_AGENT] = {any_ok, "one line of text", 1, 1024, RULE_FREE | RULE_STRETCH},
    [TYPE_NUMBER] = {value_number_ok,
                     "a decimal number of at most 15 digits, and 6 after the point", 1, 23, 0},
    [TYPE_MONEY] = {value_money_ok, "an amount with its currency, as \"12.34 EUR\"", 5, 24, 0},
    [TYPE_TEXT] = {any_ok, "one line of text", 1, LIMIT_FIELD_TEXT, RULE_FREE | RULE_STRETCH},
    [TYPE_NOTE] = {any_ok, "text", 1, LIMIT_FIELD_TEXT, RULE_LINES | RULE_FREE | RULE_STRETCH},
    [TYPE_CHOICE] = {any_ok, "one of its choices", 1, LIMIT_FIELD_TEXT, RULE_AS_IS},
    [TYPE_TOKEN] = {token_ok, "one word without spaces", 1, 1024, RULE_FREE | RULE_STRETCH},
    [TYPE_SECRET] = {any_ok, "one line of text", 1, 4096, RULE_AS_IS | RULE_STRETCH},
    [TYPE_CARD_NUMBER] = {card_ok, "a card number or its last four digits", 4, 40, 0},
    [TYPE_BOOLEAN] = {boolean_ok, "true or false", 4, 5, 0},
    [TYPE_GEO] = {value_geo_ok, "a position as \"52.5200,13.4050\"", 3, 26, 0},
    [TYPE_FILE] = {NULL, "", 0, 0, 0},
};

static bool
refuse(const struct policy_field *field, struct err *err)
{
    return err_set(err, ERR_INVALID, "%.*s must be %s", SPAN_FMT(field->full_name),
                   type_rows[field->type].wants);
}

static bool
arena_full(struct err *err)
{
    return err_set(err, ERR_TOO_LARGE, "the values do not fit into the memory of one request");
}

/* The text of a JSON value, where its kind fits the type. */
static bool
text_of(const struct policy_field *field, const struct json *value, struct span *ret)
{
    switch (value->kind) {
    case JSON_STRING:
        *ret = value->text;
        return true;
    case JSON_NUMBER:
        *ret = value->text;
        return field->type == TYPE_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        *ret = value->kind == JSON_TRUE ? SPAN("true") : SPAN("false");
        return field->type == TYPE_BOOLEAN;
    default:
        return false;
    }
}

/* CR LF, as browsers send the lines of a form, becomes LF. A lone CR stays and is refused later. */
static bool
lines_mend(struct span s, struct arena *arena, struct span *ret)
{
    *ret = s;
    if (span_find(s, '\r') == s.n)
        return true;
    char *to = arena_take(arena, s.n);
    if (to == NULL)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\r' || i + 1 == s.n || s.p[i + 1] != '\n')
            to[n++] = s.p[i];
    *ret = span_of(to, n);
    return true;
}

/* Without spaces, tabs and line ends at both ends. */
static struct span
blank_trim(struct span s)
{
    while (s.n > 0 && memchr(" \t\n", s.p[0], 3) != NULL)
        s = span_sub(s, 1, s.n);
    while (s.n > 0 && memchr(" \t\n", s.p[s.n - 1], 3) != NULL)
        s.n--;
    return s;
}

uint32_t
policy_value_most(const struct policy_field *field)
{
    const struct type_row *row = &type_rows[field->outcome_only ? TYPE_CHOICE : field->type];
    uint32_t most = row->most;
    if (field->length_max != 0 &&
        (field->length_max < row->most || (row->rules & RULE_STRETCH) != 0))
        most = field->length_max;
    /* A longer one could not be looked up by, and asking for it would fail everybody's turn (keyring/keyd.h). */
    return field->lookup != LOOKUP_NONE && most > LIMIT_FIELD_TEXT ? LIMIT_FIELD_TEXT : most;
}

static bool
is_choice(const struct policy_field *field, struct span s)
{
    for (int i = 0; i < field->choice_count; i++)
        if (span_eq(field->choices[i], s))
            return true;
    return false;
}

static bool
ip_normal(struct span s, struct arena *arena, struct span *ret)
{
    char text[64];
    struct buf out;
    buf_init(&out, text, sizeof text);
    if (!value_ip_put(s, &out))
        return false;
    *ret = arena_copy(arena, buf_span(&out));
    return true;
}

/* What came of it, exactly as the policy lists it; what was said is refused like anything else, and so never kept. */
static bool
outcome_read(const struct policy_field *field, const struct json *value, struct span *ret, struct err *err)
{
    if (value->kind != JSON_STRING || !is_choice(field, value->text))
        return err_set(err, ERR_INVALID, "%.*s must be one of its choices: only what comes of it is kept",
                       SPAN_FMT(field->full_name));
    *ret = value->text;
    return true;
}

/* As much of a valid value as the policy keeps. */
static bool
precision_cut(const struct policy_field *field, struct span s, struct arena *arena, struct span *ret)
{
    char text[64];
    struct buf out;
    buf_init(&out, text, sizeof text);
    switch (field->precision) {
    case PRECISION_NET: value_ip_cut(s, &out); break;
    case PRECISION_PLACE: value_geo_cut(s, &out); break;
    case PRECISION_MONTH: buf_fmt(&out, "%.*s-01", SPAN_FMT(span_sub(s, 0, 7))); break;
    case PRECISION_YEAR: buf_fmt(&out, "%.*s-01-01", SPAN_FMT(span_sub(s, 0, 4))); break;
    default: buf_put(&out, s); break;
    }
    *ret = arena_copy(arena, buf_span(&out));
    return ret->p != NULL;
}

/* The last four characters (not bytes) of valid UTF-8. */
static struct span
last_four(struct span s)
{
    size_t at = s.n;
    for (int i = 0; i < 4 && at > 0; i++) {
        at--;
        while (at > 0 && ((unsigned char)s.p[at] & 0xc0) == 0x80)
            at--;
    }
    return span_sub(s, at, s.n);
}

/* The last four digits of a card number, separators left out: what is printed on the slip. */
static bool
card_digits(struct span s, struct arena *arena, struct span *ret)
{
    char last[4];
    size_t n = 4;
    for (size_t i = s.n; i > 0 && n > 0; i--)
        if (s.p[i - 1] >= '0' && s.p[i - 1] <= '9')
            last[--n] = s.p[i - 1];
    *ret = arena_copy(arena, span_of(last, sizeof last));
    return ret->p != NULL;
}

/* Everything about the text that does not depend on what is done with it afterwards. */
static bool
text_check(const struct policy_field *field, struct span s, bool refuse_cards, struct err *err)
{
    const struct type_row *row = &type_rows[field->type];
    size_t at = 0;
    uint32_t most = policy_value_most(field);
    if (s.n > most)
        return err_set(err, ERR_INVALID, "%.*s is longer than %u bytes", SPAN_FMT(field->full_name),
                       (unsigned)most);
    if (!utf8_valid(s, &at) || !utf8_clean(s, (row->rules & RULE_LINES) != 0, &at))
        return err_set(err, ERR_INVALID, "%.*s holds a character that is not taken at byte %zu",
                       SPAN_FMT(field->full_name), at + 1);
    /* utf8_clean without lines refuses TAB too; a one-line text is one line to everybody. */
    if (s.n < row->least || !row->ok(s))
        return refuse(field, err);
    if (field->type == TYPE_CHOICE && !is_choice(field, s))
        return refuse(field, err);
    if (refuse_cards && (row->rules & RULE_FREE) != 0 && card_number_in(s))
        return err_set(err, ERR_CARD_NUMBER, "%.*s seems to hold a card number",
                       SPAN_FMT(field->full_name));
    return true;
}

bool
policy_value_read(const struct policy_field *field, const struct json *value, bool refuse_cards,
                  struct arena *arena, struct span *ret, struct err *err)
{
    TROTH_ASSERT((unsigned)field->type < TYPE_COUNT);
    const struct type_row *row = &type_rows[field->type];
    struct span s;
    if (row->ok == NULL || field->storage == STORE_NEVER)
        return err_set(err, ERR_INVALID, "%.*s is not taken here", SPAN_FMT(field->full_name));
    if (field->type == TYPE_CARD_NUMBER && field->storage != STORE_LAST4)
        return err_set(err, ERR_CARD_NUMBER, "%.*s would keep a card number",
                       SPAN_FMT(field->full_name));
    if (field->outcome_only)
        return outcome_read(field, value, ret, err);
    if (!text_of(field, value, &s))
        return refuse(field, err);
    if ((row->rules & RULE_LINES) != 0 && !lines_mend(s, arena, &s))
        return arena_full(err);
    if ((row->rules & RULE_AS_IS) == 0)
        s = blank_trim(s);
    if (!text_check(field, s, refuse_cards, err))
        return false;
    if (field->type == TYPE_IP && !ip_normal(s, arena, &s))
        return refuse(field, err);
    if (field->type == TYPE_CARD_NUMBER && !card_digits(s, arena, &s))
        return arena_full(err);
    if (field->precision != PRECISION_ALL && !precision_cut(field, s, arena, &s))
        return arena_full(err);
    if (s.p == NULL)
        return arena_full(err);
    *ret = field->storage == STORE_LAST4 ? last_four(s) : s;
    return true;
}

bool
policy_value_normal(const struct policy_field *field, struct span stored, struct arena *arena,
                    struct span *ret, struct err *err)
{
    char e164[20];
    struct span s = stored;
    switch (field->type) {
    case TYPE_EMAIL:
    case TYPE_USERNAME:
        s = utf8_fold(arena, span_trim(stored));
        break;
    case TYPE_PHONE:
        if (!phone_normal(span_trim(stored), e164))
            return refuse(field, err);
        s = arena_copy(arena, span_str(e164));
        break;
    case TYPE_IP:
        if (!ip_normal(span_trim(stored), arena, &s))
            return refuse(field, err);
        break;
    default:
        break;
    }
    if (s.p == NULL)
        return stored.p == NULL ? refuse(field, err) : arena_full(err);
    *ret = s;
    return true;
}

void
policy_value_write(const struct policy_field *field, struct span stored, struct json_out *out)
{
    /* Checked again after it is read: what goes out raw must be a number. */
    if (field->outcome_only)
        json_text(out, stored);
    else if (field->type == TYPE_NUMBER && value_number_ok(stored))
        json_raw(out, stored);
    else if (field->type == TYPE_BOOLEAN && boolean_ok(stored))
        json_bool(out, span_is(stored, "true"));
    else
        json_text(out, stored);
}
