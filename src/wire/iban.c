#include "wire/text.h"

/* Countries whose account numbers are digits, or nearly: those that may look like a card number. */
struct iban_row {
    char country[3];
    uint8_t length; /* of the whole number, letters included (ISO 13616 registry) */
};

static const struct iban_row iban_rows[] = {
    {"AT", 20}, {"BA", 20}, {"BE", 16}, {"CH", 21}, {"CZ", 24}, {"DE", 22}, {"DK", 18},
    {"EE", 20}, {"ES", 24}, {"FI", 18}, {"FO", 18}, {"FR", 27}, {"GE", 22}, {"GL", 18},
    {"GR", 27}, {"HR", 21}, {"HU", 28}, {"IL", 23}, {"IS", 26}, {"IT", 27}, {"LI", 21},
    {"LT", 20}, {"LU", 20}, {"ME", 22}, {"NO", 15}, {"PL", 28}, {"PT", 25}, {"RS", 22},
    {"SE", 24}, {"SI", 19}, {"SK", 24}, {"SM", 27}, {"TR", 26}, {"XK", 20},
};

enum { IBAN_MIN = 15, IBAN_MAX = 34 };

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static size_t
country_length(struct span s)
{
    for (size_t i = 0; i < sizeof iban_rows / sizeof iban_rows[0]; i++)
        if (span_starts(s, span_of(iban_rows[i].country, 2)))
            return iban_rows[i].length;
    return 0;
}

/* ISO 7064 MOD 97-10 over the number with its first four characters moved to the end. */
static bool
sum_holds(const char *number, size_t n)
{
    unsigned rest = 0;
    for (size_t i = 0; i < n; i++) {
        char c = number[(i + 4) % n];
        rest = is_digit(c) ? (rest * 10 + (unsigned)(c - '0')) % 97
                           : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
    }
    return rest == 1;
}

size_t
iban_length(struct span s)
{
    if (s.n < IBAN_MIN || !is_capital(s.p[1]) || !is_digit(s.p[2]) || !is_digit(s.p[3]))
        return 0; /* nearly every word ends here */
    size_t want = country_length(s), n = 0, at = 0;
    char number[IBAN_MAX];
    if (want == 0)
        return 0;
    while (n < want && at < s.n) {
        if (is_digit(s.p[at]) || is_capital(s.p[at]))
            number[n++] = s.p[at++];
        else if (s.p[at] == ' ' && s.p[at - 1] != ' ')
            at++;
        else
            return 0;
    }
    bool ends = at == s.n || !(is_digit(s.p[at]) || is_capital(s.p[at]));
    return n == want && ends && sum_holds(number, n) ? at : 0;
}
