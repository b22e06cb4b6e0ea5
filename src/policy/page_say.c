#include "policy/page_priv.h"

#include "wire/text.h"

enum { SAY_PARTS = 6 };

static const struct say_part *
part_find(const struct say *say, struct span name)
{
    const struct say_part *const parts[SAY_PARTS] = {&say->a, &say->b, &say->c, &say->d, &say->e, &say->f};
    for (int i = 0; i < SAY_PARTS && parts[i]->name != NULL; i++)
        if (span_is(name, parts[i]->name))
            return parts[i];
    /* A test finds it before anybody else does. */
    TROTH_ASSERT(false);
    return &say->a;
}

/* --- parts ------------------------------------------------------------------ */

static int64_t
part_count(struct pen *pen, const struct say_part *part)
{
    switch (part->kind) {
    case SAY_PURPOSES:
        return words_bits(part->what, pen->policy->purpose_count);
    case SAY_ROLES:
        return words_bits(part->what, pen->policy->role_count);
    case SAY_FIELDS:
        return __builtin_popcountll(part->mask);
    default:
        return part->n;
    }
}

static void
put_own(struct pen *pen, const struct say_part *part, struct span form)
{
    if (span_is(form, "a") && pen_locale(pen)->one != NULL) {
        char memory[16];
        struct buf buf;
        buf_init(&buf, memory, sizeof memory);
        pen_locale(pen)->one(&buf, part->other);
        pen_put(pen, buf_span(&buf));
    }
    words_said(pen, part->text, part->other);
}

void
words_time(struct pen *pen, const struct policy_span_of_time *time)
{
    struct span form = pen->form;
    pen->form = SPAN_NONE;
    const int counts[UNIT_COUNT] = {time->years, time->months, time->days, time->hours};
    int units = 0, at = 0;
    for (int i = 0; i < UNIT_COUNT; i++)
        units += counts[i] > 0;
    if (units == 0)
        pen_str(pen, pen_locale(pen)->no_time);
    for (int i = 0; i < UNIT_COUNT; i++) {
        if (counts[i] <= 0)
            continue;
        pen_between(pen, at++, units);
        pen_u64(pen, (uint64_t)counts[i]);
        pen_str(pen, " ");
        pen_str(pen, locale_unit(pen_locale(pen), form, (enum locale_unit)i, counts[i]));
    }
}

void
words_date(struct pen *pen, int64_t days)
{
    char memory[64];
    struct buf buf;
    int year = 0, month = 1, day = 1;
    buf_init(&buf, memory, sizeof memory);
    date_civil(days, &year, &month, &day);
    TROTH_ASSERT(month >= 1 && month <= 12);
    pen_locale(pen)->date(&buf, year, month, day);
    pen->ops->date(pen, days, true);
    pen_put(pen, buf_span(&buf));
    pen->ops->date(pen, days, false);
}

static void
part_put(struct pen *pen, const struct say_part *part, struct span form)
{
    pen->form = form;
    switch (part->kind) {
    case SAY_NONE:
        break;
    case SAY_TEXT:
        pen_put(pen, part->text);
        break;
    case SAY_OWN:
        put_own(pen, part, form);
        break;
    case SAY_NUMBER:
        pen_u64(pen, (uint64_t)(part->n < 0 ? 0 : part->n));
        break;
    case SAY_DATE:
        words_date(pen, part->n);
        break;
    case SAY_TIME:
        words_time(pen, part->what);
        break;
    case SAY_SENTENCE:
        pen_say(pen, part->what);
        break;
    case SAY_PURPOSE:
        words_purpose(pen, (int)part->n);
        break;
    case SAY_PURPOSES:
        words_purposes(pen, part->what);
        break;
    case SAY_ROLES:
        words_roles(pen, part->what);
        break;
    case SAY_RECIPIENT:
        words_recipient(pen, (int)part->n);
        break;
    case SAY_ORGANISATION:
        words_organisation(pen, (int)part->n);
        break;
    case SAY_FIELDS:
        words_fields(pen, (int)part->n, part->mask);
        break;
    case SAY_LINK:
        pen->plain = true;
        pen->ops->link(pen, part->other.p, part->text, span_str(pen_sentence(pen, part->what)));
        break;
    case SAY_STRONG:
        pen->ops->lead(pen, part->text);
        break;
    case SAY_CODE:
        pen->ops->code(pen, part->text);
        break;
    case SAY_COUNTRY:
        words_country(pen, part->text);
        break;
    case SAY_PUT:
        part->put(pen, part->what, part->n);
        break;
    }
    pen->form = SPAN_NONE;
}

/* --- sentences ---------------------------------------------------------------- */

/* {name} or {name:form}; the text between the braces. */
static void
put_braced(struct pen *pen, const struct say *say, struct span s)
{
    size_t n = span_find(s, ':');
    part_put(pen, part_find(say, span_sub(s, 0, n)), span_sub(s, n + 1, s.n));
}

static void put_text(struct pen *pen, const struct say *say, struct span s);

/* [name: one|many]; the text between the brackets. */
static void
put_choice(struct pen *pen, const struct say *say, struct span s)
{
    size_t n = span_find(s, ':');
    const struct say_part *part = part_find(say, span_sub(s, 0, n));
    struct span rest = span_sub(s, n + 1, s.n), chosen = SPAN_NONE;
    for (int i = pen_locale(pen)->plural(part_count(pen, part)); i >= 0; i--)
        if (!span_split(&rest, '|', &chosen))
            TROTH_ASSERT(false);
    put_text(pen, say, span_trim(chosen));
}

static size_t
end_of(struct span s, size_t from, char c)
{
    while (from < s.n && s.p[from] != c)
        from++;
    TROTH_ASSERT(from < s.n);
    return from;
}

static void
put_text(struct pen *pen, const struct say *say, struct span s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != '{' && s.p[i] != '[')
            continue;
        bool braced = s.p[i] == '{';
        size_t end = end_of(s, i, braced ? '}' : ']');
        pen_put(pen, span_sub(s, from, i - from));
        if (braced)
            put_braced(pen, say, span_sub(s, i + 1, end - i - 1));
        else
            put_choice(pen, say, span_sub(s, i + 1, end - i - 1));
        i = end;
        from = end + 1;
    }
    pen_put(pen, span_sub(s, from, s.n));
}

const char *
pen_sentence(struct pen *pen, const char *key)
{
    const char *text = locale_sentence(pen_locale(pen), pen->form, key);
    pen->form = SPAN_NONE;
    return text == NULL ? key : text;
}

void
pen_say_all(struct pen *pen, const struct say *say)
{
    put_text(pen, say, span_str(pen_sentence(pen, say->sentence)));
}
