#include "policy/page_priv.h"
#include "wire/text.h"

void
pen_put(struct pen *pen, struct span s)
{
    if (s.n == 0)
        return;
    if (pen->capital) {
        pen->capital = false;
        size_t n = 0;
        char first[2] = {s.p[0], s.n > 1 ? s.p[1] : '\0'};
        if (first[0] >= 'a' && first[0] <= 'z') {
            first[0] = (char)(first[0] - 'a' + 'A');
            n = 1;
        } else if (first[0] == '\xc3' && (uint8_t)first[1] >= 0xa0 && (uint8_t)first[1] != 0xb7) {
            first[1] = (char)(first[1] - 0x20); /* Latin-1's letters with marks */
            n = 2;
        }
        pen->ops->text(pen, span_of(first, n));
        s = span_sub(s, n, s.n);
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
    if (pen->plain) {
        pen->plain = false;
        pen_put(pen, s);
        return;
    }
    /* A point without a sentence of its own goes by its name. */
    bool name = strcmp(kind, "point") == 0 && words_says(pen, s).p == s.p;
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
        pen_str(pen, i + 1 == n ? pen_locale(pen)->and : pen_locale(pen)->comma);
}

void
pen_either(struct pen *pen, int i, int n)
{
    if (i > 0)
        pen_str(pen, i + 1 == n ? pen_locale(pen)->or : pen_locale(pen)->comma);
}

void
pen_part(struct pen *pen, const char *kind, struct span id, const char *title)
{
    pen->plain = true;
    pen->ops->part(pen, kind, id, span_str(pen_sentence(pen, title)));
}

void
words_para(struct pen *pen, const char *sentence)
{
    pen->ops->para(pen, true);
    pen_say(pen, sentence);
    pen->ops->para(pen, false);
}

void
words_also(struct pen *pen, bool *any)
{
    if (*any)
        pen_str(pen, "; ");
    *any = true;
}

void
words_category(struct pen *pen, int category)
{
    words_said(pen, pen->policy->categories[category].says, pen->policy->categories[category].name);
}

void
words_recipient(struct pen *pen, int recipient)
{
    const struct policy_recipient *r = &pen->policy->recipients[recipient];
    if (r->legal_name.n > 0)
        pen_put(pen, r->legal_name);
    else
        words_name(pen, r->name);
}

void
words_organisation(struct pen *pen, int organisation)
{
    words_said(pen, pen->policy->organisations[organisation].says, pen->policy->organisations[organisation].name);
}

void
words_country(struct pen *pen, struct span code)
{
    const char *name = locale_country(pen_locale(pen), code);
    pen_put(pen, name == NULL ? code : span_str(name));
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

struct span
words_says(const struct pen *pen, struct span says)
{
    return policy_says(pen->policy, says, pen->language);
}

void
words_said(struct pen *pen, struct span says, struct span name)
{
    if (says.n == 0) {
        words_name(pen, name);
        return;
    }
    pen->ops->own_words(pen, true);
    pen_put(pen, words_says(pen, says));
    pen->ops->own_words(pen, false);
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
        return SAY("only if you agree, and you can take that back at any time");
    case BASIS_CONTRACT:
        return SAY("we need it to do what we have agreed with you");
    case BASIS_LEGAL_OBLIGATION:
        return SAY("the law obliges us to");
    case BASIS_VITAL_INTERESTS:
        return SAY("it protects somebody's life");
    case BASIS_PUBLIC_INTEREST:
        return SAY("it is a task in the public interest, and you can object");
    case BASIS_LEGITIMATE_INTERESTS:
        return SAY("we have a fair reason for it, and you can object");
    }
    return "";
}

const char *
words_article(enum policy_basis basis)
{
    switch (basis) {
    case BASIS_CONSENT:
        return SAY("GDPR Art. 6(1)(a)");
    case BASIS_CONTRACT:
        return SAY("GDPR Art. 6(1)(b)");
    case BASIS_LEGAL_OBLIGATION:
        return SAY("GDPR Art. 6(1)(c)");
    case BASIS_VITAL_INTERESTS:
        return SAY("GDPR Art. 6(1)(d)");
    case BASIS_PUBLIC_INTEREST:
        return SAY("GDPR Art. 6(1)(e)");
    case BASIS_LEGITIMATE_INTERESTS:
        return SAY("GDPR Art. 6(1)(f)");
    }
    return "";
}

void
words_lead(struct pen *pen, const char *lead)
{
    pen->ops->item(pen, true);
    pen->ops->lead(pen, span_str(pen_sentence(pen, lead)));
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
page_mail_put(struct buf *out, struct span address)
{
    size_t at = address.n;
    while (at > 0 && address.p[at - 1] != '@')
        at--;
    percent_put(out, span_sub(address, 0, at == 0 ? 0 : at - 1));
    buf_str(out, at == 0 ? "" : "@");
    percent_put(out, span_sub(address, at, address.n));
}
