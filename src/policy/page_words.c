#include "policy/page_priv.h"
#include "wire/text.h"

void
pen_put(struct pen *pen, struct span s)
{
    if (s.n == 0)
        return;
    if (pen->capital) {
        pen->capital = false;
        if (s.p[0] >= 'a' && s.p[0] <= 'z') {
            char first = (char)(s.p[0] - 'a' + 'A');
            pen->ops->text(pen, span_of(&first, 1));
            s = span_sub(s, 1, s.n);
        }
    }
    pen->ops->text(pen, s);
}

void
pen_str(struct pen *pen, const char *s)
{
    pen_put(pen, span_str(s));
}

void
pen_u64(struct pen *pen, uint64_t v)
{
    char digits[24];
    struct buf buf;
    buf_init(&buf, digits, sizeof digits);
    buf_u64(&buf, v);
    pen_put(pen, buf_span(&buf));
}

void
pen_title(struct pen *pen, const char *kind, struct span s)
{
    /* A point without a sentence of its own goes by its name. */
    bool name = strcmp(kind, "point") == 0;
    for (size_t i = 0; name && i < s.n; i++)
        name = (s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '-';
    if (name)
        words_name(pen, s);
    else
        words_said(pen, s, s);
    pen->capital = false;
}

void
pen_between(struct pen *pen, int i, int n)
{
    if (i > 0)
        pen_str(pen, i + 1 == n ? " and " : ", ");
}

void
words_name(struct pen *pen, struct span name)
{
    while (name.n > 0) {
        size_t n = 0;
        while (n < name.n && name.p[n] != '-' && name.p[n] != '_')
            n++;
        pen_put(pen, span_sub(name, 0, n));
        if (n < name.n)
            pen_str(pen, " ");
        name = span_sub(name, n + 1, name.n);
    }
}

void
words_said(struct pen *pen, struct span says, struct span name)
{
    if (says.n == 0) {
        words_name(pen, name);
        return;
    }
    pen->ops->own_words(pen, true);
    pen_put(pen, says);
    pen->ops->own_words(pen, false);
}

void
words_date(struct pen *pen, int64_t days)
{
    static const char *const months[12] = {"January",   "February", "March",    "April",
                                           "May",       "June",     "July",     "August",
                                           "September", "October",  "November", "December"};
    int year = 0, month = 1, day = 1;
    date_civil(days, &year, &month, &day);
    TROTH_ASSERT(month >= 1 && month <= 12);
    pen_u64(pen, (uint64_t)day);
    pen_str(pen, " ");
    pen_str(pen, months[month - 1]);
    pen_str(pen, " ");
    pen_u64(pen, (uint64_t)year);
}

void
words_time(struct pen *pen, const struct policy_span_of_time *time)
{
    const struct {
        int n;
        const char *one, *many;
    } parts[] = {{time->years, "year", "years"},
                 {time->months, "month", "months"},
                 {time->days, "day", "days"},
                 {time->hours, "hour", "hours"}};
    int count = 0, at = 0;
    for (int i = 0; i < 4; i++)
        count += parts[i].n > 0;
    if (count == 0)
        pen_str(pen, "no time at all");
    for (int i = 0; i < 4; i++) {
        if (parts[i].n <= 0)
            continue;
        pen_between(pen, at++, count);
        pen_u64(pen, (uint64_t)parts[i].n);
        pen_str(pen, " ");
        pen_str(pen, parts[i].n == 1 ? parts[i].one : parts[i].many);
    }
}

uint64_t
words_kept(const struct policy *policy, int category)
{
    const struct policy_category *c = &policy->categories[category];
    uint64_t mask = c->all;
    for (int i = c->field_first; i < c->field_first + c->field_count; i++)
        if (policy->fields[i].storage == STORE_NEVER)
            mask &= ~(UINT64_C(1) << policy->fields[i].bit);
    return mask;
}

void
words_fields(struct pen *pen, int category, uint64_t mask)
{
    const struct policy_category *c = &pen->policy->categories[category];
    int count = 0, at = 0;
    for (int i = 0; i < c->field_count; i++)
        count += (mask >> pen->policy->fields[c->field_first + i].bit & 1) != 0;
    for (int i = 0; i < c->field_count; i++) {
        const struct policy_field *field = &pen->policy->fields[c->field_first + i];
        if ((mask >> field->bit & 1) == 0)
            continue;
        pen_between(pen, at++, count);
        words_said(pen, field->says, field->name);
    }
}

bool
words_uses(struct pen *pen, const uint64_t *uses)
{
    bool any = false;
    for (int i = 0; uses != NULL && i < pen->policy->category_count; i++) {
        const struct policy_category *c = &pen->policy->categories[i];
        if (uses[i] == 0)
            continue;
        if (any)
            pen_str(pen, "; ");
        any = true;
        words_said(pen, c->says, c->name);
        pen_str(pen, " (");
        words_fields(pen, i, uses[i]);
        pen_str(pen, ")");
    }
    return any;
}

const char *
words_basis(enum policy_basis basis)
{
    switch (basis) {
    case BASIS_CONSENT:
        return "only if you agree, and you can take that back at any time";
    case BASIS_CONTRACT:
        return "we need it to do what we have agreed with you";
    case BASIS_LEGAL_OBLIGATION:
        return "the law obliges us to";
    case BASIS_VITAL_INTERESTS:
        return "it protects somebody's life";
    case BASIS_PUBLIC_INTEREST:
        return "it is a task in the public interest, and you can object";
    case BASIS_LEGITIMATE_INTERESTS:
        return "we have a fair reason for it, and you can object";
    }
    return "";
}

const char *
words_article(enum policy_basis basis)
{
    switch (basis) {
    case BASIS_CONSENT:
        return "GDPR Art. 6(1)(a)";
    case BASIS_CONTRACT:
        return "GDPR Art. 6(1)(b)";
    case BASIS_LEGAL_OBLIGATION:
        return "GDPR Art. 6(1)(c)";
    case BASIS_VITAL_INTERESTS:
        return "GDPR Art. 6(1)(d)";
    case BASIS_PUBLIC_INTEREST:
        return "GDPR Art. 6(1)(e)";
    case BASIS_LEGITIMATE_INTERESTS:
        return "GDPR Art. 6(1)(f)";
    }
    return "";
}

void
words_lead(struct pen *pen, const char *lead)
{
    pen->ops->item(pen, true);
    pen->ops->lead(pen, span_str(lead));
    pen_str(pen, " ");
}

int
words_bits(const struct policy_bits *bits, int count)
{
    int n = 0;
    for (int i = 0; i < count; i++)
        n += policy_bit(bits, i);
    return n;
}

void
words_purpose(struct pen *pen, int purpose)
{
    const struct policy_purpose *p = &pen->policy->purposes[purpose];
    pen->ops->link(pen, "purpose", p->name, p->says.n > 0 ? p->says : p->name);
}

void
words_purposes(struct pen *pen, const struct policy_bits *bits)
{
    bool any = false;
    for (int i = 0; i < pen->policy->purpose_count; i++) {
        if (!policy_bit(bits, i))
            continue;
        if (any)
            pen_str(pen, "; ");
        any = true;
        words_purpose(pen, i);
    }
}

void
words_roles(struct pen *pen, const struct policy_bits *bits)
{
    int n = words_bits(bits, pen->policy->role_count), at = 0;
    for (int i = 0; i < pen->policy->role_count; i++) {
        if (!policy_bit(bits, i))
            continue;
        pen_between(pen, at++, n);
        words_said(pen, pen->policy->roles[i].says, pen->policy->roles[i].name);
    }
}

struct span
words_point(const struct policy_point *point)
{
    return point->says.n > 0 ? point->says : point->name;
}

void
words_one(struct pen *pen, struct span name)
{
    bool vowel = name.n > 0 && strchr("aeiou", name.p[0]) != NULL && !span_starts(name, SPAN("us")); /* a user */
    pen_str(pen, vowel ? "an " : "a ");
    words_name(pen, name);
}
