#include "policy/read_priv.h"

#include "wire/text.h"

/* Line starts; the text ends as one more. */
static bool
lines_find(struct reader *reader)
{
    struct part *part = &reader->parts[reader->part];
    size_t count = 1;
    for (size_t i = 0; i < part->text.n; i++)
        count += part->text.p[i] == '\n';
    uint32_t *lines = ARENA_ARRAY(&part->arena, uint32_t, count + 1);
    if (lines == NULL)
        return false;
    size_t n = 1;
    for (size_t i = 0; i < part->text.n; i++)
        if (part->text.p[i] == '\n')
            lines[n++] = (uint32_t)(i + 1);
    lines[count] = (uint32_t)part->text.n;
    part->lines = lines;
    part->line_count = (int)count;
    return true;
}

/*
 * What stands in a text and cannot be seen, beside what utf8_clean refuses: soft hyphens, spaces without width, joiners
 * of words, fillers, tags. U+200C and U+200D are left: Persian and Hindi need them.
 */
bool
text_hidden(struct span text, size_t *ret_at)
{
    static const struct {
        uint32_t from, to;
    } rows[] = {{0x00ad, 0x00ad}, {0x115f, 0x1160}, {0x180e, 0x180e}, {0x200b, 0x200b}, {0x2060, 0x2064},
                {0x3164, 0x3164}, {0xffa0, 0xffa0}, {0xe0000, 0xe007f}};
    for (size_t at = 0; at < text.n;) {
        size_t here = at;
        uint32_t c = utf8_next(text, &at);
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
            if (c >= rows[i].from && c <= rows[i].to) {
                *ret_at = here;
                return true;
            }
    }
    return false;
}

/* A file that is no text at all is told once, not line by line. */
static bool
text_check(struct reader *reader)
{
    struct span text = reader->parts[reader->part].text;
    size_t zeros = 0;
    for (size_t i = 0; i < text.n; i++)
        zeros += text.p[i] == '\0';
    bool marked = span_starts(text, SPAN("\xff\xfe")) || span_starts(text, SPAN("\xfe\xff"));
    bool wide = text.n >= 2 && (text.p[0] == '\0') != (text.p[1] == '\0') && zeros * 3 >= text.n;
    if (marked || wide) {
        fault(reader, place_start(reader), "not-utf8", "this file is UTF-16 or UTF-32, not UTF-8");
        fault_mend(reader, "save the file as UTF-8");
        return false;
    }
    if (zeros < 2)
        return true;
    fault(reader, place_start(reader), "not-text", "this file is no text: %zu of its %zu bytes are zero",
          zeros, text.n);
    fault_mend(reader, "a policy is a YAML file, written with a text editor and saved as plain text in UTF-8");
    return false;
}

static bool
line_check(struct reader *reader, size_t from, struct span line)
{
    size_t bad = 0;
    if (line.n > LIMIT_POLICY_LINE) {
        fault(reader, place_of(reader, from, 1), "line-too-long",
              "this line is longer than %d bytes", LIMIT_POLICY_LINE);
        fault_mend(reader, "break it; long sentences may be folded with `>-`");
        return false;
    }
    if (!utf8_valid(line, &bad)) {
        fault(reader, place_of(reader, from + bad, 1), "not-utf8",
              "the byte 0x%02x here is not valid UTF-8", (unsigned)(uint8_t)line.p[bad]);
        fault_mend(reader, "save the file as UTF-8");
        return false;
    }
    if (!utf8_clean(line, true, &bad) || text_hidden(line, &bad)) {
        size_t at = bad;
        unsigned point = (unsigned)utf8_next(line, &at);
        fault(reader, place_of(reader, from + bad, at - bad), "bad-character",
              "the character U+%04X is not allowed in a policy", point);
        fault_mend(reader, point == '\r' ? "end lines with LF, or with CR LF as Windows does"
                                         : "delete it; it cannot be seen and may hide what the text says");
        return false;
    }
    if (line.n > 0 && line.p[0] == '%') {
        fault(reader, place_of(reader, from, line.n), "directive",
              "directives are not part of the policy language");
        fault_mend(reader, "delete the line; a policy is YAML 1.2 without being told");
        return false;
    }
    for (size_t i = 0; i < line.n && (line.p[i] == ' ' || line.p[i] == '\t'); i++) {
        if (line.p[i] != '\t')
            continue;
        fault(reader, place_of(reader, from + i, 1), "tab-indent",
              "a tab stands in the indentation");
        fault_mend(reader, "indent with spaces");
        return false;
    }
    return true;
}

bool
guard_text(struct reader *reader)
{
    if (!lines_find(reader)) {
        fault(reader, place_start(reader), "too-many-lines", "the file has too many lines");
        return false;
    }
    if (!text_check(reader))
        return false;
    const struct part *part = &reader->parts[reader->part];
    bool good = true;
    for (int i = 0; i < part->line_count; i++) {
        size_t from = part->lines[i];
        struct span line = span_sub(part->text, from, part->lines[i + 1] - from);
        if (line.n > 0 && line.p[line.n - 1] == '\n')
            line.n--;
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        good &= line_check(reader, from, line);
    }
    return good;
}
