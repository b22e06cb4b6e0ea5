/* The canonical form of rights, mail, changes, breach, words and proof. */
#include "policy/canonical_priv.h"

static const char *const proof_names[PROOF_COUNT] = {
    [PROOF_MAIL_LINK] = "mail-link", [PROOF_SEALED_LINK] = "sealed-link", [PROOF_LOGIN] = "login",
    [PROOF_DOCUMENT] = "document",   [PROOF_STAFF] = "staff",             [PROOF_ORGANISATION] = "organisation"};
static const char *const channel_names[CHANNEL_COUNT] = {
    [CHANNEL_PAGE] = "page",   [CHANNEL_BANNER] = "banner", [CHANNEL_APP] = "app",
    [CHANNEL_EMAIL] = "email", [CHANNEL_POST] = "post",     [CHANNEL_FEED] = "feed"};

/* Words whose bits are set, sorted: " key=a,b". */
static void
words_put(struct lines *lines, const char *key, unsigned bits, const char *const *words, int count)
{
    struct span names[16];
    size_t n = 0;
    TROTH_ASSERT(count <= 16);
    for (int i = 0; i < count; i++)
        if ((bits >> i & 1) != 0)
            names[n++] = span_str(words[i]);
    set_put(lines, key, names, n);
}

static void
right_put(struct lines *lines, int i)
{
    const struct policy *p = lines->policy;
    const struct policy_right_row *row = &p->rights[i];
    struct buf *line = &lines->line;
    struct span names[LIMIT_POLICY_ROLES];
    size_t n = 0;
    buf_fmt(line, "right %s", policy_right_name((enum policy_right)i));
    for (int r = 0; r < p->relation_count; r++)
        if (policy_bit(&row->relations, r))
            names[n++] = p->relations[r].name;
    set_put(lines, "also", names, n);
    words_put(lines, "shown-by", row->shown_by, proof_names, PROOF_COUNT);
    key_time(line, "within", &row->within);
    key_time(line, "extend", &row->extend);
    key_flag(line, "at-once", row->at_once);
    key_name(line, "refer", row->refer == POLICY_NONE ? SPAN_NONE : p->organisations[row->refer].name);
    key_time(line, "fallback", &row->fallback);
    key_says(lines, line, "says", row->says);
    line_end(lines);
}

static void
mail_put(struct lines *lines)
{
    const struct policy *p = lines->policy;
    const struct policy_mail *mail = &p->mail;
    struct buf *line = &lines->line;
    if (!mail->set)
        return;
    buf_str(line, "mail");
    key_name(line, "blocks", mail->blocks ? SPAN("yes") : SPAN("no")); /* "mail blocks" would read as a name */
    line_end(lines);
    for (int i = 0; i < mail->sender_count; i++) {
        buf_fmt(line, "sender %.*s", SPAN_FMT(mail->senders[i].name));
        key_text(line, "address", mail->senders[i].address);
        key_says(lines, line, "says", mail->senders[i].says);
        line_end(lines);
    }
    for (int i = 0; i < mail->template_count; i++) {
        const struct policy_template *row = &mail->templates[i];
        buf_fmt(line, "template %.*s", SPAN_FMT(row->name));
        key_name(line, "from", row->sender == POLICY_NONE ? SPAN_NONE : mail->senders[row->sender].name);
        key_name(line, "for", row->purpose == POLICY_NONE ? SPAN_NONE : p->purposes[row->purpose].name);
        key_flag(line, "unsubscribe", row->unsubscribe);
        key_name(line, "opens", row->track_opens ? p->purposes[row->open_purpose].name : SPAN_NONE);
        key_says(lines, line, "says", row->says);
        line_end(lines);
    }
}

static void
changes_put(struct lines *lines)
{
    const struct policy_changes *changes = &lines->policy->changes;
    const struct policy_breach *breach = &lines->policy->breach;
    struct buf *line = &lines->line;
    if (changes->set) {
        buf_str(line, "changes");
        words_put(lines, "posted", changes->posted, channel_names, CHANNEL_COUNT);
        words_put(lines, "told", changes->told, channel_names, CHANNEL_COUNT);
        key_time(line, "before", &changes->before);
        key_flag(line, "agree", changes->agree);
        line_end(lines);
    }
    if (breach->set) {
        buf_str(line, "breach");
        key_text(line, "authority", breach->authority);
        key_text(line, "url", breach->authority_url);
        key_time(line, "authority-within", &breach->authority_within);
        key_time(line, "people-within", &breach->people_within);
        line_end(lines);
    }
}

static void
proof_put(struct lines *lines)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    for (int i = 0; i < p->term_count; i++) {
        buf_fmt(line, "term %.*s", SPAN_FMT(p->terms[i].name));
        key_says(lines, line, "says", p->terms[i].says);
        line_end(lines);
    }
    for (int i = 0; i < p->unproven_count; i++) {
        buf_fmt(line, "unproven %.*s", SPAN_FMT(p->unproven[i].id));
        key_says(lines, line, "says", p->unproven[i].says);
        key_says(lines, line, "why", p->unproven[i].why);
        line_end(lines);
    }
    for (int i = 0; i < p->promise_count; i++) {
        const struct policy_promise *row = &p->promises[i];
        size_t mark = arena_mark(lines->scratch);
        struct span *names = ARENA_ARRAY(lines->scratch, struct span, (size_t)row->rule_count + 1);
        if (names == NULL) {
            lines->full = true;
            return;
        }
        buf_fmt(line, "promise %.*s", SPAN_FMT(row->id));
        for (int j = 0; j < row->rule_count; j++)
            names[j] = p->rules[row->rules[j]].name;
        set_put(lines, "rules", names, (size_t)row->rule_count);
        arena_back(lines->scratch, mark);
        line_end(lines);
    }
}

void
canonical_told(struct lines *lines)
{
    for (int i = 0; i < RIGHT_COUNT; i++)
        if (lines->policy->rights[i].told)
            right_put(lines, i);
    section_end(lines, true);
    mail_put(lines);
    section_end(lines, true);
    changes_put(lines);
    section_end(lines, true);
    proof_put(lines);
    section_end(lines, true);
}
