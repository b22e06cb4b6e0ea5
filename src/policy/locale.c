#include "policy/locale_priv.h"

#include "base/err.h"

#include <string.h>

static const struct locale *const locales[LOCALE_COUNT] = {&locale_en, &locale_de};
static const struct locale_country countries[] = {
#include "policy/locale_countries.inc"
};

const struct locale *
locale_at(int i)
{
    return i >= 0 && i < LOCALE_COUNT ? locales[i] : NULL;
}

const struct locale *
locale_find(struct span code)
{
    for (int i = 0; locale_at(i) != NULL; i++)
        if (span_is(code, locale_at(i)->code))
            return locale_at(i);
    return NULL;
}

const char *
locale_code(const struct locale *locale)
{
    return locale->code;
}

const char *
locale_name(const struct locale *locale)
{
    return locale->name;
}

static int
form_order(struct span form, const char *than)
{
    size_t n = strlen(than), least = form.n < n ? form.n : n;
    int order = least == 0 ? 0 : memcmp(form.p, than, least);
    return order != 0 ? order : (form.n > n) - (form.n < n);
}

static const char *
sentence_in(const struct locale *locale, struct span form, const char *key)
{
    size_t low = 0, high = locale->sentence_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct locale_sentence *row = &locale->sentences[mid];
        int order = strcmp(key, row->key);
        if (order == 0)
            order = form_order(form, row->form);
        if (order == 0)
            return row->text;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

const char *
locale_sentence(const struct locale *locale, struct span form, const char *key)
{
    if (locale->sentences == NULL)
        return key;
    const char *bent = form.n > 0 ? sentence_in(locale, form, key) : NULL;
    return bent != NULL ? bent : sentence_in(locale, SPAN_NONE, key);
}

const char *
locale_unit(const struct locale *locale, struct span form, enum locale_unit unit, int64_t n)
{
    for (int i = 0; i < locale->form_count; i++)
        if (span_is(form, locale->forms[i].name))
            return locale->forms[i].units[unit][locale->plural(n)];
    TROTH_ASSERT(false);
    return "";
}

const char *
locale_country(const struct locale *locale, struct span code)
{
    for (size_t i = 0; i < sizeof countries / sizeof countries[0]; i++)
        if (span_is(code, countries[i].code))
            return countries[i].names[locale->country_column];
    return NULL;
}
