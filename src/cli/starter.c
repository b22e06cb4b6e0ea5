#include "cli/starter_priv.h"

#include <string.h>

#include "base/clock.h"
#include "cli/starter_text.h"
#include "policy/read.h"
#include "wire/text.h"

const struct starter_row starter_rows[ASK_COUNT] = {
    [ASK_NAME] = {"name", "Who answers for the data? The company's or person's full name", "Mapleaf GmbH"},
    [ASK_ADDRESS] = {"address", "Postal address", "Lindenweg 4, 10115 Berlin, Germany"},
    [ASK_EMAIL] = {"email", "E-mail address for questions about privacy", "privacy@mapleaf.example"},
    [ASK_COUNTRY] = {"country", "Country of the seat, as two capital letters", "DE"},
    [ASK_RUN] = {"run", "What do you run? One or several of contact (people write to you), newsletter, accounts, shop",
                 "contact, newsletter"},
};

enum { PART_CONTACT = 1, PART_NEWSLETTER = 2, PART_ACCOUNTS = 4, PART_SHOP = 8, PART_LAW = 16, PART_OWN = 32 };

/* The words behind `#?`: all their bits are there, and where `only` says so no other part. */
static const struct {
    const char *word;
    unsigned bits;
    bool only, asked;
} words[] = {
    {"contact", PART_CONTACT, false, true},
    {"newsletter", PART_NEWSLETTER, false, true},
    {"accounts", PART_ACCOUNTS, false, true},
    {"shop", PART_SHOP, false, true},
    {"only-contact", PART_CONTACT, true, false},
    {"only-newsletter", PART_NEWSLETTER, true, false},
    {"shop-law", PART_SHOP | PART_LAW, false, false},
    {"shop-own", PART_SHOP | PART_OWN, false, false},
};
enum { WORD_COUNT = sizeof words / sizeof words[0], PARTS_ASKED = 15 };

static bool
word_holds(struct span word, unsigned parts)
{
    unsigned asked = parts & PARTS_ASKED;
    if (span_is(word, "several"))
        return asked != PART_CONTACT && asked != PART_NEWSLETTER;
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (span_is(word, words[i].word))
            return (parts & words[i].bits) == words[i].bits && (!words[i].only || asked == words[i].bits);
    TROTH_ASSERT(false && "starter.yaml names a part there is not");
    return false;
}

static bool
run_read(struct span text, unsigned *ret, struct err *err)
{
    unsigned parts = 0;
    while (text.n > 0) {
        size_t n = 0;
        while (n < text.n && text.p[n] != ',' && text.p[n] != ' ')
            n++;
        struct span word = span_sub(text, 0, n);
        text = span_sub(text, n + 1 < text.n ? n + 1 : text.n, text.n);
        size_t i = 0;
        while (i < WORD_COUNT && !(words[i].asked && span_is(word, words[i].word)))
            i++;
        if (word.n > 0 && i == WORD_COUNT)
            return err_set(err, ERR_USAGE, "run: one or several of contact, newsletter, accounts, shop");
        parts |= word.n > 0 ? words[i].bits : 0;
    }
    if (parts == 0)
        return err_set(err, ERR_USAGE, "run: name at least one of contact, newsletter, accounts, shop");
    *ret = parts;
    return true;
}

bool
starter_answer(struct starter *starter, enum starter_ask ask, struct span text, struct err *err)
{
    const char *option = starter_rows[ask].option;
    text = span_trim(text);
    if (text.n == 0 || text.n > STARTER_ANSWER)
        return err_set(err, ERR_USAGE, "%s: between 1 and %d bytes", option, STARTER_ANSWER);
    if (!utf8_valid(text, NULL) || !utf8_clean(text, false, NULL))
        return err_set(err, ERR_USAGE, "%s: one line of UTF-8 without control characters", option);
    if (ask == ASK_EMAIL && !email_valid(text))
        return err_set(err, ERR_USAGE, "email: no e-mail address; such as privacy@example.org");
    if (ask == ASK_COUNTRY && !country_valid(text))
        return err_set(err, ERR_USAGE, "country: two capital letters of ISO 3166-1, such as DE");
    if (ask == ASK_RUN && !run_read(text, &starter->parts, err))
        return false;
    starter->answers[ask] = text;
    return true;
}

/* A text within double quotes. */
static void
quoted_put(struct buf *out, struct span text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            buf_char(out, '\\');
        buf_char(out, text.p[i]);
    }
}

static void
line_put(const struct starter *starter, struct span line, struct buf *out)
{
    static const struct {
        const char *mark;
        enum starter_ask ask;
    } marks[] = {{"@name@", ASK_NAME}, {"@address@", ASK_ADDRESS}, {"@email@", ASK_EMAIL},
                 {"@country@", ASK_COUNTRY}, {"@date@", ASK_COUNT}};
    while (line.n > 0) {
        size_t i = 0;
        while (i < sizeof marks / sizeof marks[0] && !span_starts(line, span_str(marks[i].mark)))
            i++;
        if (i == sizeof marks / sizeof marks[0]) {
            buf_char(out, line.p[0]);
            line = span_sub(line, 1, line.n);
            continue;
        }
        quoted_put(out, marks[i].ask == ASK_COUNT ? span_str(starter->date) : starter->answers[marks[i].ask]);
        line = span_sub(line, strlen(marks[i].mark), line.n);
    }
    buf_char(out, '\n');
}

static void
text_put(const struct starter *starter, unsigned parts, struct buf *out)
{
    struct span rest = span_of((const char *)starter_text, starter_text_size), line;
    bool stands = true;
    while (span_split(&rest, '\n', &line)) {
        if (span_is(line, "#.")) {
            stands = true;
        } else if (span_starts(line, SPAN("#? "))) {
            struct span list = span_sub(line, 3, line.n), word;
            stands = false;
            while (span_split(&list, '|', &word))
                stands |= word_holds(word, parts);
        } else if (stands && (line.n > 0 || rest.n > 0)) {
            line_put(starter, line, out);
        }
    }
}

enum reading { READING_GOOD, READING_NO_LAW, READING_HIDDEN, READING_BAD };

/* What the reader says of it; a warning is too much, too. */
static enum reading
read_back(struct span text)
{
    static struct policy_faults faults;
    struct policy *policy = NULL;
    struct err err;
    if (!policy_faults_open(&faults, "policy.yaml", &err))
        return READING_BAD;
    bool good = policy_read(text, "policy.yaml", clock_now_us() / CLOCK_US_PER_DAY, &faults, &policy, &err);
    enum reading reading = good && faults.count == 0 ? READING_GOOD : READING_BAD;
    for (int i = 0; i < faults.count; i++) {
        if (strcmp(faults.rows[i].code, "law-row") == 0)
            reading = READING_NO_LAW;
        else if (strcmp(faults.rows[i].code, "bad-character") == 0)
            reading = READING_HIDDEN;
    }
    policy_free(&policy);
    policy_faults_close(&faults);
    return reading;
}

bool
starter_write(const struct starter *starter, struct buf *out, struct err *err)
{
    unsigned parts = starter->parts | PART_LAW;
    text_put(starter, parts, out);
    enum reading reading = buf_ok(out) ? read_back(buf_span(out)) : READING_BAD;
    if (reading == READING_NO_LAW) {
        buf_reset(out);
        text_put(starter, starter->parts | PART_OWN, out);
        reading = buf_ok(out) ? read_back(buf_span(out)) : READING_BAD;
    }
    if (reading == READING_HIDDEN)
        return err_set(err, ERR_USAGE, "the answers hold a character that cannot be seen");
    return reading == READING_GOOD ||
           err_set(err, ERR_INTERNAL, "the policy made from these answers has faults");
}
