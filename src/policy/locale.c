#include "policy/locale_priv.h"

#include "base/err.h"

#include <string.h>

static const struct locale *const locales[] = {&locale_en, &locale_de};

const struct locale *
locale_at(int i)
{
    return i >= 0 && (size_t)i < sizeof locales / sizeof locales[0] ? locales[i] : NULL;
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

const char *
locale_sentence(const struct locale *locale, const char *key)
{
    if (locale->sentences == NULL)
        return key;
    size_t low = 0, high = locale->sentence_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = strcmp(key, locale->sentences[mid].key);
        if (order == 0)
            return locale->sentences[mid].text;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
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
