/* Rights, mail, changes, breach, words and proof of a dealt policy. */
#include "dealt_tables.h"

void
dealt_told_draw(struct dealt_told *t, struct dice *dice)
{
    *t = (struct dealt_told){.rights = chance(dice, 50), .at_once = chance(dice, 50), .refer = chance(dice, 40),
                             .shown = chance(dice, 40), .within = 5 + below(dice, 20), .mail = chance(dice, 60),
                             .blocks = chance(dice, 50), .changes = chance(dice, 50), .before = below(dice, 30),
                             .posted = 1 + below(dice, 3), .breach = chance(dice, 50), .hours = 24 * (1 + below(dice, 3)),
                             .term = chance(dice, 50), .promise = chance(dice, 50), .unproven = chance(dice, 50)};
    for (int i = 0; i < D_MAILS; i++) {
        t->mails[i].there = chance(dice, 70);
        t->mails[i].stops = chance(dice, 60);
        t->mails[i].purpose = below(dice, D_PURPOSES);
        t->mails[i].opens = chance(dice, 30);
        t->mails[i].opens_for = below(dice, D_PURPOSES);
    }
}

static bool
may_mail(const struct dealt *d, int p)
{
    return d->purposes[p].there && !d->purposes[p].totals && d->purposes[p].channel != 2;
}

void
dealt_told_mend(struct dealt *d)
{
    struct dealt_told *t = &d->told;
    bool any = false;
    t->refer = t->refer && (d->organisations & 1) != 0;
    for (int i = 0; i < D_MAILS; i++) {
        int tries = 0;
        while (!may_mail(d, t->mails[i].purpose) && tries++ < D_PURPOSES)
            t->mails[i].purpose = (t->mails[i].purpose + 1) % D_PURPOSES;
        t->mails[i].there = t->mails[i].there && may_mail(d, t->mails[i].purpose);
        int basis = d->purposes[t->mails[i].purpose].basis;
        t->mails[i].stops = t->mails[i].stops || !(basis == BASIS_CONTRACT || basis == BASIS_LEGAL_OBLIGATION);
        const struct dealt_purpose *opens = &d->purposes[t->mails[i].opens_for];
        t->mails[i].opens = t->mails[i].opens && opens->there && opens->basis == BASIS_CONSENT;
        any = any || t->mails[i].there;
    }
    t->mail = t->mail && any;
}

static void
mail_text(struct buf *out, const struct dealt *d)
{
    const struct dealt_told *t = &d->told;
    buf_fmt(out, "mail:\n  senders: {post: {address: post@b%d.example}}\n  templates:\n", t->sender);
    for (int i = 0; i < D_MAILS; i++) {
        if (!t->mails[i].there)
            continue;
        buf_fmt(out, "    %s: {says: \"it %d\", from: post, for: %s, unsubscribe: %s", mail_names[i], t->mails[i].says,
                purpose_names[t->mails[i].purpose], t->mails[i].stops ? "yes" : "no");
        if (t->mails[i].opens)
            buf_fmt(out, ", opens: %s", purpose_names[t->mails[i].opens_for]);
        buf_str(out, "}\n");
    }
    buf_fmt(out, "  blocks: %s\n", t->blocks ? "yes" : "no");
}

void
dealt_told_text(struct buf *out, const struct dealt *d)
{
    static const char *const posted[] = {NULL, "[page]", "[page, app]", "[app, page, feed]"};
    const struct dealt_told *t = &d->told;
    if (t->rights) {
        buf_fmt(out, "rights:\n  access: {within: %d days%s%s}\n", t->within, t->at_once ? ", at-once: yes" : "",
                t->shown ? ", shown-by: [login]" : "");
        if (t->refer)
            buf_str(out, "  erase: {refer: school, fallback: 4 days}\n");
    }
    if (t->mail)
        mail_text(out, d);
    if (t->changes)
        buf_fmt(out, "changes: {posted: %s, before: %d days}\n", posted[t->posted], t->before + 1);
    if (t->breach)
        buf_fmt(out, "breach: {authority: {name: A%d, within: %d hours}, people: {within: 3 days}}\n", t->authority, t->hours);
    if (t->term)
        buf_fmt(out, "glossary: {word: \"means %d\"}\n", t->term_says);
    if (t->promise)
        buf_fmt(out, "promises: {M1: [policy.date%s], M2: [policy.governs]}\n", t->promise_rules ? ", default.silence" : "");
    if (t->unproven)
        buf_fmt(out, "unproven: {M3: {says: we try, why: \"nobody sees it %d\"}}\n", t->why);
}

void
dealt_told_say(const struct dealt *d, void (*say)(const char *subject, const char *verb, const char *object))
{
    for (int i = 0; i < D_MAILS; i++) {
        if (!d->told.mail || !d->told.mails[i].there)
            continue;
        say(mail_names[i], "serves", purpose_names[d->told.mails[i].purpose]);
        if (d->told.mails[i].stops)
            say(mail_names[i], "is", "stoppable");
    }
    if (d->told.mail)
        say("mail.blocks", "is", "there");
}

static const char *const kinds[] = {
    "right", "right_within", "right_at_once", "right_shown", "right_refer", "mail", "mail_sender", "mail_kind",
    "mail_stops", "mail_purpose", "mail_opens", "mail_says", "mail_blocks", "changes", "changes_before", "changes_posted",
    "breach", "breach_within", "breach_authority", "term", "term_says", "promise", "promise_rules", "unproven", "unproven_why",
};

int
dealt_told_changes(void)
{
    return (int)(sizeof kinds / sizeof kinds[0]);
}

const char *
dealt_told_change_name(int kind)
{
    return kinds[kind];
}

void
dealt_told_change(struct dealt_told *t, struct dice *dice, int kind)
{
    int i = below(dice, D_MAILS);
    switch (kind) {
    case 0: t->rights = !t->rights; break;
    case 1: t->within = 5 + below(dice, 20); break;
    case 2: t->at_once = !t->at_once; break;
    case 3: t->shown = !t->shown; break;
    case 4: t->refer = !t->refer; break;
    case 5: t->mail = !t->mail; break;
    case 6: t->sender ^= 1; break;
    case 7: t->mails[i].there = !t->mails[i].there; break;
    case 8: t->mails[i].stops = !t->mails[i].stops; break;
    case 9: t->mails[i].purpose = below(dice, D_PURPOSES); break;
    case 10: t->mails[i].opens = !t->mails[i].opens; break;
    case 11: t->mails[i].says ^= 1; break;
    case 12: t->blocks = !t->blocks; break;
    case 13: t->changes = !t->changes; break;
    case 14: t->before = below(dice, 30); break;
    case 15: t->posted = 1 + below(dice, 3); break;
    case 16: t->breach = !t->breach; break;
    case 17: t->hours = 24 * (1 + below(dice, 3)); break;
    case 18: t->authority ^= 1; break;
    case 19: t->term = !t->term; break;
    case 20: t->term_says ^= 1; break;
    case 21: t->promise = !t->promise; break;
    case 22: t->promise_rules = !t->promise_rules; break;
    case 23: t->unproven = !t->unproven; break;
    default: t->why ^= 1; break;
    }
}
