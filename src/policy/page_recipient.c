/* Who else gets data. */
#include "policy/page_priv.h"

/* --- who it is -------------------------------------------------------------------- */

static const char *
role_words(enum policy_recipient_role role)
{
    switch (role) {
    case RECIPIENT_PROCESSOR:
        return SAY("works for us and as we say");
    case RECIPIENT_CONTROLLER:
        return SAY("decides for itself what it does with them");
    case RECIPIENT_JOINT:
        return SAY("decides together with us");
    case RECIPIENT_SUCCESSOR:
        return SAY("takes over from us, and keeps this policy");
    case RECIPIENT_AUTHORITY:
        return SAY("an authority");
    }
    return "";
}

static void
recipient_name(struct pen *pen, const struct policy_recipient *row)
{
    bool any = true;
    pen_put(pen, row->legal_name);
    pen_str(pen, " (");
    words_country(pen, row->country);
    pen_str(pen, "), ");
    words_said(pen, row->class, SPAN_NONE);
    pen_str(pen, ": ");
    if (row->part_of == POLICY_NONE)
        pen_say(pen, role_words(row->role));
    else
        pen_say(pen, "{role}, for {recipient}", say_sentence("role", role_words(row->role)),
                say_recipient("recipient", row->part_of));
    if (row->terms_url.n > 0) {
        words_also(pen, &any);
        pen_say(pen, "{terms}", say_link("terms", "web", row->terms_url, SAY("its own terms")));
    }
    if (row->opt_out_url.n > 0) {
        words_also(pen, &any);
        pen_say(pen, "{terms}", say_link("terms", "web", row->opt_out_url, SAY("where you can opt out")));
    }
}

/* --- how long it keeps what it got ---------------------------------------------------- */

static const char *
erase_words(struct span way)
{
    return span_is(way, "webhook") ? SAY("when we erase, we tell it at once by a message of our server")
           : span_is(way, "email") ? SAY("when we erase, we tell it by e-mail")
           : span_is(way, "post")  ? SAY("when we erase, we tell it by letter")
                                   : SAY("when we erase, we tell it as its contract says");
}

static void
recipient_keeps(struct pen *pen, const struct policy_recipient *row)
{
    if (row->keeps.set)
        pen_say(pen, "at most {time} after it has done its task", say_time("time", &row->keeps));
    else
        words_said(pen, row->keeps_law, SPAN_NONE);
    if (row->erase_by.n == 0)
        return;
    pen_str(pen, "; ");
    pen_say(pen, erase_words(row->erase_by));
    if (!row->acknowledge.set)
        return;
    pen_str(pen, "; ");
    pen_say(pen, "it must say within {time} that it has done the same", say_time("time", &row->acknowledge));
}

/* --- what that rests on ------------------------------------------------------------------ */

static const char *
assurance_words(enum policy_assurance_kind kind)
{
    switch (kind) {
    case ASSURANCE_DPA:
        return SAY("a contract on working for us (GDPR Art. 28)");
    case ASSURANCE_ADEQUACY:
        return SAY("a decision that data are as safe in that country (GDPR Art. 45)");
    case ASSURANCE_CLAUSES:
        return SAY("standard contractual clauses (GDPR Art. 46)");
    case ASSURANCE_BINDING_RULES:
        return SAY("binding rules of its group (GDPR Art. 47)");
    case ASSURANCE_CERTIFICATE:
        return SAY("a certificate");
    case ASSURANCE_CODE:
        return SAY("a code of conduct (GDPR Art. 46)");
    case ASSURANCE_USE_LIMIT:
        return SAY("its word to use them for our service alone");
    case ASSURANCE_NOTICE:
        return SAY("its word to tell us when it can no longer protect them");
    case ASSURANCE_COUNT:
        break;
    }
    return "";
}

/* Whether another row of the same paper ends later: then that one is told. */
static bool
is_renewed(const struct policy_recipient *row, int i)
{
    const struct policy_assurance *paper = &row->assurances[i];
    for (int j = 0; j < row->assurance_count; j++) {
        const struct policy_assurance *other = &row->assurances[j];
        bool later = paper->to_days != 0 && (other->to_days == 0 || other->to_days > paper->to_days);
        if (later && other->kind == paper->kind && span_eq(other->name, paper->name))
            return true;
    }
    return false;
}

static void
paper_name(struct pen *pen, const void *what, int64_t n)
{
    const struct policy_assurance *paper = what;
    (void)n;
    pen_say(pen, assurance_words(paper->kind));
    if (paper->name.n > 0) {
        pen_str(pen, " \xe2\x80\x93 ");
        pen_put(pen, paper->name);
    }
}

static void
paper_put(struct pen *pen, const struct policy_assurance *paper)
{
    struct say_part name = say_put("paper", paper_name, paper, 0);
    if (paper->to_days == 0)
        pen_say(pen, "{paper}, since {date}", name, say_date("date", paper->from_days));
    else
        pen_say(pen, "{paper}, until {date}", name, say_date("date", paper->to_days));
}

static void
recipient_rests(struct pen *pen, const struct policy_recipient *row)
{
    bool any = false;
    for (int i = 0; i < row->assurance_count; i++) {
        if (is_renewed(row, i))
            continue;
        words_also(pen, &any);
        paper_put(pen, &row->assurances[i]);
    }
    words_also(pen, &any);
    if (row->role == RECIPIENT_AUTHORITY)
        pen_say(pen, "the law");
    else if (row->signed_days == 0)
        pen_say(pen, "it has signed no terms yet, and gets nothing before");
    else
        pen_say(pen, "terms signed on {date}", say_date("date", row->signed_days));
}

/* --- the table ------------------------------------------------------------------------------ */

static bool
has_authority(const struct policy *policy)
{
    for (int i = 0; i < policy->recipient_count; i++)
        if (policy->recipients[i].role == RECIPIENT_AUTHORITY)
            return true;
    return false;
}

static void
recipient_row(struct pen *pen, const struct policy_recipient *row)
{
    pen_row(pen);
    pen_cell(pen);
    recipient_name(pen, row);
    pen_cell(pen);
    if (!words_uses(pen, row->gets))
        pen_say(pen, "nothing");
    pen_cell(pen);
    words_said(pen, row->task, SPAN_NONE);
    pen_str(pen, ": ");
    words_purposes(pen, &row->purposes);
    pen_cell(pen);
    recipient_keeps(pen, row);
    pen_cell(pen);
    recipient_rests(pen, row);
}

void
page_recipients(struct pen *pen)
{
    static const char *const columns[] = {SAY("Who"), SAY("What it gets"), SAY("What for"), SAY("How long it keeps it"),
                                          SAY("What that rests on")};
    const struct policy *policy = pen->policy;
    if (policy->recipient_count == 0) {
        words_para(pen, policy->ground_count == 0
                            ? SAY("Nobody else gets your data.")
                            : SAY("Nobody else gets your data, unless they have to be handed over: on which grounds that "
                                  "may be stands in the next part."));
        words_para(pen, SAY("No company outside is on a list here, so the server has no way of passing your data on to one."));
        return;
    }
    words_para(pen, SAY("These get some of your data, and nobody else does. Each gets what stands beside it and no more, for "
                        "these purposes and no other, and nothing is sent to it any more once something of what that rests "
                        "on is over."));
    if (policy->controls_set)
        words_para(pen, has_authority(policy)
                            ? SAY("None of them keeps data less safe than we do in any respect. What an authority does is "
                                  "not ours to choose.")
                            : SAY("None of them keeps data less safe than we do in any respect."));
    pen_table(pen, SAY("Who else gets your data"), columns, 5);
    for (int i = 0; i < policy->recipient_count; i++)
        recipient_row(pen, &policy->recipients[i]);
    pen_table_end(pen);
}
