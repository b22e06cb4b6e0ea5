/* The data that are kept with more care than the rest. */
#include "policy/page_priv.h"

static bool
is_special(const struct policy_category *row)
{
    return row->latest || row->memory || row->no_backup || row->sealed || row->blind != POLICY_NONE ||
           row->only != POLICY_NONE || row->keys != KEYS_PERSON || row->sourced;
}

bool
page_has_care(const struct policy *policy)
{
    bool any = false;
    for (int i = 0; i < policy->category_count; i++)
        any |= is_special(&policy->categories[i]);
    return any;
}

static void
care_put(struct pen *pen, const struct policy_category *row)
{
    static const char *const keys[KEYS_COUNT] = {
        [KEYS_OWN] = SAY("They have a key of their own for each person."),
        [KEYS_RECORD] = SAY("Each of them has a key of its own."),
        [KEYS_YEAR] = SAY("They have a key for each country and tax year, which ends with their time."),
        [KEYS_DAY] = SAY("They have a key for each day, which is destroyed at its end.")};
    const struct policy *policy = pen->policy;
    const char *const whole[] = {
        row->sealed ? SAY("Who wrote it and you yourself can read it, and nobody else, not even we.") : NULL,
        row->latest ? SAY("Each new one replaces the one before.") : NULL,
        row->memory ? SAY("It lies in memory alone, is in no backup, and is lost when the server is started anew.") : NULL,
        row->no_backup && !row->memory ? SAY("It is in no backup.") : NULL,
        keys[row->keys],
        row->sourced ? SAY("It comes from elsewhere, and each record says from where, under which licence and why we have it.")
                     : NULL};
    pen->ops->item(pen, true);
    pen->capital = true;
    words_said(pen, row->says, row->name);
    pen->capital = false;
    pen_str(pen, ":");
    if (row->blind != POLICY_NONE) {
        pen_str(pen, " ");
        pen_say(pen, "We cannot read it; it is sealed to the key of {organisation}.",
                say_organisation("organisation", row->blind));
    }
    if (row->only != POLICY_NONE) {
        pen_str(pen, " ");
        pen_say(pen, "It exists only on servers of this kind: {kind}.", say_own("kind", SPAN_NONE, policy->instances[row->only]));
    }
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
        if (whole[i] != NULL) {
            pen_str(pen, " ");
            pen_say(pen, whole[i]);
        }
    pen->ops->item(pen, false);
}

void
page_care(struct pen *pen)
{
    pen->ops->list(pen, true);
    for (int i = 0; i < pen->policy->category_count; i++)
        if (is_special(&pen->policy->categories[i]))
            care_put(pen, &pen->policy->categories[i]);
    pen->ops->list(pen, false);
}
