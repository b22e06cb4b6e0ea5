/*
 * Rights, mail, changes, breach, words and proof. Wider is what is worse for people: a right that takes longer, fewer
 * who may ask for them, a new kind of mail, a shorter notice.
 */
#include "policy/diff_priv.h"

static struct span
names_of(struct differ *d, const struct policy *a, const struct policy_bits *bits, const struct policy *b,
         const struct policy_bits *others)
{
    struct buf out = arena_buf(d->arena, 1024);
    for (int i = 0; i < a->relation_count; i++) {
        bool there = false;
        for (int j = 0; j < b->relation_count && !there; j++)
            there = policy_bit(others, j) && span_eq(b->relations[j].name, a->relations[i].name);
        if (policy_bit(bits, i) && !there)
            buf_fmt(&out, "%s%.*s", out.n > 0 ? ", " : "", SPAN_FMT(a->relations[i].name));
    }
    return buf_span(&out);
}

static struct span
organisation_of(const struct policy *policy, int i)
{
    return i == POLICY_NONE ? SPAN_NONE : policy->organisations[i].name;
}

static void
told(struct differ *d, struct diff_change *change)
{
    if (change != NULL)
        tell_all(d, change);
}

static void
refer_compare(struct differ *d, const struct place *place, const struct policy_right_row *was,
              const struct policy_right_row *now)
{
    struct span a = organisation_of(d->was, was->refer), b = organisation_of(d->now, now->refer);
    if (!span_eq(a, b))
        told(d, b.n == 0 ? change_add(d, DIFF_NARROWER, place, "refer", "is answered by the controller at once, was by the %.*s first", SPAN_FMT(a))
                         : change_add(d, DIFF_WIDER, place, "refer", "goes to the %.*s first%s%.*s", SPAN_FMT(b),
                                      a.n > 0 ? ", was to the " : "", SPAN_FMT(a)));
    if (was->fallback.set && now->fallback.set)
        told(d, time_compare(d, place, "fallback", &was->fallback, &now->fallback, "comes back unanswered after"));
    else if (was->fallback.set != now->fallback.set)
        (void)change_add(d, DIFF_OTHER, place, "fallback", now->fallback.set ? "comes back when it is not answered" : "comes back from nobody");
}

static void
right_compare(struct differ *d, int i)
{
    const struct policy_right_row *was = &d->was->rights[i], *now = &d->now->rights[i];
    struct place place = {"right", span_str(policy_right_name((enum policy_right)i)), now->told ? now->rule : was->rule,
                          !now->told, NULL};
    if (!was->told && !now->told)
        return;
    if (was->told != now->told)
        (void)change_add(d, DIFF_OTHER, &place, "", now->told ? "is told now" : "is told no more; the law's terms hold");
    struct span gone = names_of(d, d->was, &was->relations, d->now, &now->relations);
    struct span come = names_of(d, d->now, &now->relations, d->was, &was->relations);
    if (gone.n > 0)
        told(d, change_add(d, DIFF_WIDER, &place, "also", "can no longer be asked for by %.*s", SPAN_FMT(gone)));
    if (come.n > 0)
        told(d, change_add(d, DIFF_NARROWER, &place, "also", "can be asked for by %.*s too", SPAN_FMT(come)));
    if (was->shown_by != now->shown_by)
        told(d, change_add(d, DIFF_OTHER, &place, "shown-by", "who asks shows who they are in other ways"));
    told(d, time_compare(d, &place, "within", &was->within, &now->within, "is answered within"));
    told(d, time_compare(d, &place, "extend", &was->extend, &now->extend, "may take longer by"));
    told(d, flag_compare(d, &place, "at-once", was->at_once, now->at_once, DIFF_NARROWER, "takes effect on receipt",
                         "takes effect only when it is answered"));
    refer_compare(d, &place, was, now);
    told(d, says_compare(d, &place, was->says, now->says));
}

/* --- mail ------------------------------------------------------------------------------------- */

static struct span
purpose_of(const struct policy *policy, int i)
{
    return i == POLICY_NONE ? SPAN_NONE : policy->purposes[i].name;
}

static struct span
sender_of(const struct policy_mail *mail, int i)
{
    return i == POLICY_NONE ? SPAN_NONE : mail->senders[i].name;
}

static void
template_compare(struct differ *d, const struct policy_template *was, const struct policy_template *now)
{
    struct place place = {"template", now->name, now->rule, false, NULL};
    struct span a = purpose_of(d->was, was->purpose), b = purpose_of(d->now, now->purpose);
    if (!span_eq(a, b)) {
        struct diff_change *change =
            change_add(d, DIFF_WIDER, &place, "for", "serves %.*s now, was %.*s", SPAN_FMT(b), SPAN_FMT(a));
        scope_set(change, ACT(ACT_MAIL), POLICY_NONE, now->purpose, POLICY_NONE);
        tell_all(d, change);
        (void)change_add(d, DIFF_NARROWER, &place, "for", "no longer serves %.*s", SPAN_FMT(a));
    }
    struct diff_change *link =
        flag_compare(d, &place, "unsubscribe", was->unsubscribe, now->unsubscribe, DIFF_NARROWER,
                     "carries a link to sign off now", "carries no link to sign off any more");
    if (link != NULL && !now->unsubscribe)
        scope_set(link, ACT(ACT_MAIL), POLICY_NONE, now->purpose, POLICY_NONE);
    told(d, link);
    a = was->track_opens ? purpose_of(d->was, was->open_purpose) : SPAN_NONE;
    b = now->track_opens ? purpose_of(d->now, now->open_purpose) : SPAN_NONE;
    if (!span_eq(a, b))
        told(d, b.n == 0 ? change_add(d, DIFF_NARROWER, &place, "opens", "no longer sees whether it was opened")
                         : change_add(d, DIFF_WIDER, &place, "opens", "sees whether it was opened, for %.*s", SPAN_FMT(b)));
    a = sender_of(&d->was->mail, was->sender);
    b = sender_of(&d->now->mail, now->sender);
    if (!span_eq(a, b))
        told(d, change_add(d, DIFF_OTHER, &place, "from", "comes from %.*s, was from %.*s", SPAN_FMT(b), SPAN_FMT(a)));
    told(d, says_compare(d, &place, was->says, now->says));
}

static void
templates_compare(struct differ *d)
{
    for (int i = 0; i < d->was->mail.template_count; i++) {
        const struct policy_template *row = &d->was->mail.templates[i];
        struct place place = {"template", row->name, row->rule, true, NULL};
        if (d->templates.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_NARROWER, &place, "", "is sent no more");
    }
    for (int i = 0; i < d->now->mail.template_count; i++) {
        const struct policy_template *row = &d->now->mail.templates[i];
        struct place place = {"template", row->name, row->rule, false, NULL};
        int was = d->templates.to_was[i];
        if (was != POLICY_NONE) {
            template_compare(d, &d->was->mail.templates[was], row);
            continue;
        }
        struct span purpose = purpose_of(d->now, row->purpose);
        struct diff_change *change = change_add(d, DIFF_WIDER, &place, "", "is a new kind of mail, for %.*s", SPAN_FMT(purpose));
        scope_set(change, ACT(ACT_MAIL), POLICY_NONE, row->purpose, POLICY_NONE);
        tell_all(d, change);
    }
}

static void
senders_compare(struct differ *d)
{
    for (int i = 0; i < d->was->mail.sender_count; i++) {
        const struct policy_sender *row = &d->was->mail.senders[i];
        struct place place = {"sender", row->name, row->rule, true, NULL};
        if (d->senders.to_now[i] == POLICY_NONE)
            (void)change_add(d, DIFF_OTHER, &place, "", "sends no more");
    }
    for (int i = 0; i < d->now->mail.sender_count; i++) {
        const struct policy_sender *row = &d->now->mail.senders[i];
        struct place place = {"sender", row->name, row->rule, false, NULL};
        int was = d->senders.to_was[i];
        if (was == POLICY_NONE) {
            told(d, change_add(d, DIFF_OTHER, &place, "", "is a new sender, %.*s", SPAN_FMT(row->address)));
            continue;
        }
        const struct policy_sender *old = &d->was->mail.senders[was];
        if (!span_eq(old->address, row->address))
            told(d, change_add(d, DIFF_OTHER, &place, "address", "writes from %.*s, was %.*s", SPAN_FMT(row->address),
                               SPAN_FMT(old->address)));
        told(d, says_compare(d, &place, old->says, row->says));
    }
}

static void
mail_compare(struct differ *d)
{
    const struct policy_mail *was = &d->was->mail, *now = &d->now->mail;
    struct place place = {"mail", SPAN_NONE, now->set ? now->rule : was->rule, !now->set, NULL};
    if (was->set != now->set)
        (void)change_add(d, DIFF_OTHER, &place, "", now->set ? "kinds of mail are named" : "no kind of mail is named any more");
    if (now->set)
        place.rule = now->blocks_rule;
    struct diff_change *change = flag_compare(d, &place, "blocks", was->blocks, now->blocks, DIFF_NARROWER,
                                              "who signed off stays signed off", "who signed off may be written to again");
    told(d, change);
    senders_compare(d);
    templates_compare(d);
}

/* --- changes and breach ------------------------------------------------------------------------- */

static void
changes_compare(struct differ *d)
{
    const struct policy_changes *was = &d->was->changes, *now = &d->now->changes;
    struct place place = {"changes", SPAN_NONE, now->set ? now->rule : was->rule, !now->set, NULL};
    if (was->set != now->set) {
        told(d, change_add(d, now->set ? DIFF_NARROWER : DIFF_WIDER, &place, "",
                           now->set ? "how changes are told is promised" : "how changes are told is promised no more"));
        return;
    }
    static const char *const keys[] = {"posted", "told"};
    const unsigned before[] = {was->posted, was->told}, after[] = {now->posted, now->told};
    for (int i = 0; i < 2; i++) {
        if ((before[i] & ~after[i]) != 0)
            told(d, change_add(d, DIFF_WIDER, &place, keys[i], "a change is no longer told in every way it was"));
        else if (before[i] != after[i])
            (void)change_add(d, DIFF_NARROWER, &place, keys[i], "a change is told in more ways");
    }
    flag_compare(d, &place, "agree", was->agree, now->agree, DIFF_NARROWER, "what became wider is asked for anew",
                 "what became wider is not asked for anew");
    if (time_same(&was->before, &now->before))
        return;
    bool shorter = was->before.set && (!now->before.set || diff_time_outlasts(&was->before, &now->before));
    struct span a = time_words(d, &was->before), b = time_words(d, &now->before);
    place.rule = now->set ? now->before_rule : was->before_rule;
    told(d, change_add(d, shorter ? DIFF_WIDER : DIFF_NARROWER, &place, "before",
                       "a wider version is told %.*s before it holds, was %.*s", SPAN_FMT(b), SPAN_FMT(a)));
}

static void
breach_compare(struct differ *d)
{
    const struct policy_breach *was = &d->was->breach, *now = &d->now->breach;
    struct place place = {"breach", SPAN_NONE, now->set ? now->rule : was->rule, !now->set, NULL};
    if (was->set != now->set) {
        told(d, change_add(d, now->set ? DIFF_NARROWER : DIFF_WIDER, &place, "",
                           now->set ? "when a breach is told is promised" : "when a breach is told is promised no more"));
        return;
    }
    told(d, time_compare(d, &place, "authority-within", &was->authority_within, &now->authority_within,
                         "a breach is told to the authority within"));
    told(d, time_compare(d, &place, "people-within", &was->people_within, &now->people_within,
                         "a breach is told to people within"));
    if (!span_eq(was->authority, now->authority))
        told(d, change_add(d, DIFF_OTHER, &place, "authority", "a breach is told to %.*s", SPAN_FMT(now->authority)));
    if (!span_eq(was->authority_url, now->authority_url))
        (void)change_add(d, DIFF_OTHER, &place, "url", "the authority's page is another");
}

void
diff_told(struct differ *d)
{
    for (int i = 0; i < RIGHT_COUNT; i++)
        right_compare(d, i);
    mail_compare(d);
    changes_compare(d);
    breach_compare(d);
    diff_proof(d);
}
