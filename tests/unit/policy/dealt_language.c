/* A dealt policy in several languages: each sentence of its text in each of them. */
#include "dealt_tables.h"

#include <string.h>

/* What stands before a sentence, and nowhere else. */
static const char *const before[] = {
    "says: ", "title: ", "ask: ", "warning: ", "class: ", "task: ", "why: ", "keeps-law: ", "for: live", "for: backup", "for: people abroad",
};

/* Events, words and what is never done have no key of their own: `: "`, which an address has too. */
static bool
quoted_here(struct span text, size_t at)
{
    struct span done = span_sub(text, 0, at);
    return span_starts(span_sub(text, at, 3), SPAN(": \"")) && !span_ends(done, SPAN("address")) &&
           !span_ends(done, SPAN("purpose")) && !span_starts(span_sub(text, at, 8), SPAN(": \"https"));
}

/* Where the sentence that begins here is, from `at` on; 0: none does. */
static size_t
sentence_at(struct span text, size_t at)
{
    if (quoted_here(text, at))
        return 2;
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
        struct span key = span_str(before[i]);
        if (!span_starts(span_sub(text, at, key.n), key) || (at > 0 && text.p[at - 1] != ' ' && text.p[at - 1] != '{'))
            continue;
        size_t n = span_find(key, ' ') + 1;
        char first = text.p[at + n];
        return first == '{' || first == '[' ? 0 : n;
    }
    return 0;
}

static size_t
sentence_length(struct span text, size_t at)
{
    size_t end = at + 1;
    if (text.p[at] == '"')
        return span_find(span_sub(text, at + 1, SIZE_MAX), '"') + 2;
    while (end < text.n && text.p[end] != ',' && text.p[end] != '}' && text.p[end] != '\n')
        end++;
    return end - at;
}

/* The same sentence has the same German, whatever stands around it; `german` has some of them say something else. */
static void
sentence_put(struct buf *out, const struct dealt *d, struct span sentence)
{
    unsigned sum = 0;
    if (sentence.p[0] == '"')
        sentence = span_sub(sentence, 1, sentence.n - 2);
    for (size_t i = 0; i < sentence.n; i++)
        sum = sum * 31 + (unsigned char)sentence.p[i];
    int german = sum % 4 == (unsigned)d->german % 4 ? d->german : 0;
    if ((d->order >> (sum % 60) & 1) != 0)
        buf_fmt(out, "{en: \"%.*s\", de: \"%.*s (%d)\"}", SPAN_FMT(sentence), SPAN_FMT(sentence), german);
    else
        buf_fmt(out, "{de: \"%.*s (%d)\", en: \"%.*s\"}", SPAN_FMT(sentence), german, SPAN_FMT(sentence));
}

struct span
dealt_spoken(const struct dealt *d, struct span text)
{
    static char room[128 * 1024];
    struct buf out;
    if (d->languages < D_BOTH)
        return text;
    buf_init(&out, room, sizeof room);
    for (size_t at = 0; at < text.n;) {
        size_t n = sentence_at(text, at);
        if (n == 0) {
            buf_char(&out, text.p[at++]);
            continue;
        }
        size_t length = sentence_length(text, at + n);
        buf_put(&out, span_sub(text, at, n));
        sentence_put(&out, d, span_sub(text, at + n, length));
        at += n + length;
    }
    TROTH_ASSERT(buf_ok(&out));
    return buf_span(&out);
}
