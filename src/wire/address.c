#include "wire/text.h"

#include "wire/utf8_priv.h"

enum { EMAIL_MAX = 254, LOCAL_MAX = 64, DOMAIN_MAX = 253, LABEL_MAX = 63, PHONE_TEXT_MAX = 48 };

static bool
is_alnum(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* dot-string of RFC 5321 section 4.1.2; quoted local parts are refused on purpose. */
static bool
local_valid(struct span s)
{
    if (s.n == 0 || s.n > LOCAL_MAX || s.p[0] == '.' || s.p[s.n - 1] == '.')
        return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '.') {
            if (s.p[i - 1] == '.')
                return false;
        } else if (!is_alnum(c) && (c == '\0' || strchr("!#$%&'*+-/=?^_`{|}~", c) == NULL)) {
            return false;
        }
    }
    return true;
}

/* A letter or mark that may stand in an internationalised label: no spaces, dots, signs or
 * invisible ones. */
static bool
is_idn_point(uint32_t c)
{
    if (c < 0x00b7 || c == 0x00d7 || c == 0x00f7)
        return c == 0x00aa;
    if (c >= 0x2000 && c <= 0x2fff)
        return false; /* punctuation, symbols, box drawing, ideographic description */
    if (c == 0x1680 || c == 0x180e || c == 0x3000 || c == 0x3002 || c == 0xfeff)
        return false;
    if (c >= 0xe000 && c <= 0xf8ff)
        return false; /* private use */
    return (c < 0xfe00 || c > 0xffff) &&
           c < 0xe0000; /* compatibility forms, variation selectors, tags */
}

static bool
label_valid(struct span s, bool *ret_all_digits)
{
    if (s.n == 0 || s.n > LABEL_MAX || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    bool all_digits = true;
    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        if (c < 0x80 ? !is_alnum((char)c) && c != '-' : !is_idn_point(c))
            return false;
        all_digits = all_digits && c >= '0' && c <= '9';
    }
    *ret_all_digits = all_digits;
    return true;
}

static bool
domain_valid(struct span s)
{
    if (s.n == 0 || s.n > DOMAIN_MAX || !utf8_valid(s, NULL) || !utf8_clean(s, false, NULL))
        return false;
    size_t labels = 0;
    bool all_digits = false;
    struct span rest = s, label;
    while (span_split(&rest, '.', &label)) {
        if (!label_valid(label, &all_digits))
            return false;
        labels++;
    }
    return labels >= 2 && !all_digits; /* "user@localhost" and "user@10.0.0.1" reach nobody */
}

bool
email_valid(struct span s)
{
    if (s.n > EMAIL_MAX)
        return false;
    size_t at = span_find(s, '@');
    return at < s.n && local_valid(span_sub(s, 0, at)) && domain_valid(span_sub(s, at + 1, s.n));
}

static bool
is_phone_gap(uint32_t c)
{
    return c == ' ' || c == '-' || c == '.' || c == '/' || c == 0x00a0 || c == 0x202f ||
           (c >= 0x2010 && c <= 0x2015);
}

/* The digits of s, signs between them dropped; "(0)" behind the country code is dropped whole. */
static bool
phone_digits(struct span s, char *to, size_t most, size_t *ret_n)
{
    size_t n = 0;
    bool open = false;
    for (size_t at = 0; at < s.n;) {
        struct span rest = span_sub(s, at, s.n);
        if (n > 0 && !open && span_starts(rest, SPAN("(0)"))) {
            at += 3;
            continue;
        }
        uint32_t c = utf8_next(s, &at);
        if (c >= '0' && c <= '9') {
            if (n == most)
                return false;
            to[n++] = (char)c;
        } else if (c == '(' && !open) {
            open = true;
        } else if (c == ')' && open) {
            open = false;
        } else if (!is_phone_gap(c)) {
            return false;
        }
    }
    *ret_n = n;
    return !open;
}

bool
phone_normal(struct span s, char ret_e164[20])
{
    enum { LEAST = 7, MOST = 15 }; /* ITU-T E.164 section 6.2.1: at most 15 digits */
    char digits[MOST];
    size_t n;
    s = span_trim(s);
    if (s.n > PHONE_TEXT_MAX || !utf8_valid(s, NULL))
        return false;
    if (span_starts(s, SPAN("+")))
        s = span_sub(s, 1, s.n);
    else if (span_starts(s, SPAN("00")))
        s = span_sub(s, 2, s.n);
    else
        return false;
    if (!phone_digits(s, digits, MOST, &n) || n < LEAST || digits[0] == '0')
        return false;
    ret_e164[0] = '+';
    memcpy(ret_e164 + 1, digits, n);
    ret_e164[n + 1] = '\0';
    return true;
}

bool
country_valid(struct span s)
{
    /* ISO 3166-1 alpha-2: for each first letter the second ones; 249 codes, and XK. */
    static const char *const seconds[26] = {
        "DEFGILMOQRSTUWXZ",        /* A */
        "ABDEFGHIJLMNOQRSTVWYZ",   /* B */
        "ACDFGHIKLMNORUVWXYZ",     /* C */
        "EJKMOZ",                  /* D */
        "CEGHRST",                 /* E */
        "IJKMOR",                  /* F */
        "ABDEFGHILMNPQRSTUWY",     /* G */
        "KMNRTU",                  /* H */
        "DELMNOQRST",              /* I */
        "EMOP",                    /* J */
        "EGHIMNPRWYZ",             /* K */
        "ABCIKRSTUVY",             /* L */
        "ACDEFGHKLMNOPQRSTUVWXYZ", /* M */
        "ACEFGILOPRUZ",            /* N */
        "M",                       /* O */
        "AEFGHKLMNRSTWY",          /* P */
        "A",                       /* Q */
        "EOSUW",                   /* R */
        "ABCDEGHIJKLMNORSTVXYZ",   /* S */
        "CDFGHJKLMNORTVWZ",        /* T */
        "AGMSYZ",                  /* U */
        "ACEGINU",                 /* V */
        "FS",                      /* W */
        "K",                       /* X */
        "ET",                      /* Y */
        "AMW",                     /* Z */
    };
    if (s.n != 2 || s.p[0] < 'A' || s.p[0] > 'Z' || s.p[1] < 'A' || s.p[1] > 'Z')
        return false;
    return strchr(seconds[s.p[0] - 'A'], s.p[1]) != NULL;
}
