/* The sections `mail`, `changes` and `breach`. */
#include "policy/compile_priv.h"

#include "policy/value_priv.h"
#include "wire/text.h"

static const char *const channels[] = {"page", "banner", "app", "email", "post", "feed", NULL};

static void
sender_read(struct draft *draft, struct policy_sender *row, const struct node *node)
{
    static const struct key_row keys[] = {{"address", false}, {"says", false}, {NULL, false}};
    row->name = keep_text(draft, node->key->text);
    row->rule = rule_add(draft, node, "mail.senders.%.*s", SPAN_FMT(row->name));
    if (!node_expect(draft->reader, node, NODE_MAP, "a sender"))
        return;
    map_keys_check(draft->reader, node, keys, "a sender");
    row->says = keep_sentence(draft, node, "says", "the words for a sender");
    const struct node *address = map_get(node, "address");
    struct span text = value_text(draft->reader, address, "the address of a sender");
    if (address == NULL) {
        missing(draft, node, "address", "where it comes from: address: news@example.org");
    } else if (text.n > 0 && !email_valid(text)) {
        fault(draft->reader, address->at, "not-an-email", "the address of a sender is no e-mail address");
        fault_mend(draft->reader, "a name, @ and a domain with a dot: news@example.org");
    } else {
        row->address = keep_text(draft, text);
    }
}

static int
sender_find(struct draft *draft, const struct node *node)
{
    struct hint hint;
    if (node == NULL || !node_expect(draft->reader, node, NODE_TEXT, "the sender") || node->faulty)
        return POLICY_NONE;
    hint_start(draft->reader, &hint, node->text);
    for (int i = 0; i < draft->policy->mail.sender_count; i++) {
        if (span_eq(draft->policy->mail.senders[i].name, node->text))
            return i;
        hint_try(&hint, draft->policy->mail.senders[i].name);
    }
    fault(draft->reader, node->at, "unknown-sender", "there is no sender `%.*s`", SPAN_FMT(shown(node->text)));
    hint_mend(draft->reader, &hint, "declare it under `senders`");
    return POLICY_NONE;
}

/* Whether the law or a contract asks for the mail, so that nobody can sign off from it. */
static bool
is_owed(enum policy_basis basis)
{
    return basis == BASIS_CONTRACT || basis == BASIS_LEGAL_OBLIGATION;
}

static void
template_purposes(struct draft *draft, struct policy_template *row, const struct node *node)
{
    const struct node *purpose = map_get(node, "for"), *opens = map_get(node, "opens");
    const struct node *link = map_get(node, "unsubscribe");
    if (purpose == NULL)
        missing(draft, node, "for", "the purpose it serves: for: news");
    else
        row->purpose = ref_find(draft, purpose, REF_PURPOSE);
    if (opens != NULL)
        row->open_purpose = ref_find(draft, opens, REF_PURPOSE);
    row->track_opens = row->open_purpose != POLICY_NONE;
    if (row->track_opens && draft->purpose_rows[row->open_purpose].basis != BASIS_CONSENT) {
        fault(draft->reader, opens->at, "opens-basis", "whether a mail was opened is seen only with consent, and `%.*s` "
              "does not rest on it", SPAN_FMT(opens->text));
        fault_mend(draft->reader, "a purpose of its own with basis: consent");
    }
    row->unsubscribe = value_flag(draft->reader, link, "unsubscribe", true);
    if (row->purpose == POLICY_NONE)
        return;
    const struct policy_purpose *p = &draft->purpose_rows[row->purpose];
    if (!row->unsubscribe && !is_owed(p->basis)) {
        fault(draft->reader, link->at, "unsubscribe-missing", "nobody could sign off from this mail");
        fault_mend(draft->reader, "leave `unsubscribe` out, or let the mail serve a contract or a legal duty");
    }
    if (p->channel.n > 0 && !span_is(p->channel, "email")) {
        fault(draft->reader, purpose->at, "template-channel", "`%.*s` reaches people by %.*s, not by mail",
              SPAN_FMT(p->name), SPAN_FMT(p->channel));
        fault_mend(draft->reader, "channel: email at the purpose, or no mail for it");
    }
    if (p->aggregate_only) {
        fault(draft->reader, purpose->at, "template-totals", "`%.*s` is for totals only, and a mail reaches one person",
              SPAN_FMT(p->name));
        fault_mend(draft->reader, "another purpose");
    }
}

static void
template_read(struct draft *draft, struct policy_template *row, const struct node *node)
{
    static const struct key_row keys[] = {{"says", false}, {"from", false}, {"for", false}, {"unsubscribe", false},
                                          {"opens", false}, {NULL, false}};
    *row = (struct policy_template){.name = keep_text(draft, node->key->text), .sender = POLICY_NONE,
                                    .purpose = POLICY_NONE, .open_purpose = POLICY_NONE};
    row->rule = rule_add(draft, node, "mail.templates.%.*s", SPAN_FMT(row->name));
    if (!node_expect(draft->reader, node, NODE_MAP, "a kind of mail"))
        return;
    map_keys_check(draft->reader, node, keys, "a kind of mail");
    row->says = keep_sentence(draft, node, "says", "the words for a kind of mail");
    const struct node *from = map_get(node, "from");
    if (map_get(node, "says") == NULL)
        missing(draft, node, "says", "what it tells: says: \"what is new\"");
    if (from == NULL)
        missing(draft, node, "from", "one of the senders: from: news");
    row->sender = sender_find(draft, from);
    template_purposes(draft, row, node);
}

void
compile_mail(struct draft *draft)
{
    static const struct key_row keys[] = {{"senders", false}, {"templates", false}, {"blocks", false}, {NULL, false}};
    struct policy_mail *mail = &draft->policy->mail;
    const struct node *section = map_get(draft->root, "mail");
    if (section == NULL || !node_expect(draft->reader, section, NODE_MAP, "mail"))
        return;
    mail->set = true;
    mail->rule = rule_add(draft, section, "mail");
    map_keys_check(draft->reader, section, keys, "the section `mail`");
    struct names senders = names_of(draft, map_get(section, "senders"), "senders", "a sender", LIMIT_POLICY_ROLES);
    struct names templates = names_of(draft, map_get(section, "templates"), "templates", "a kind of mail", LIMIT_POLICY_ROLES);
    struct policy_sender *sender_rows = ARENA_ARRAY(draft->arena, struct policy_sender, (size_t)senders.count + 1);
    struct policy_template *rows = ARENA_ARRAY(draft->arena, struct policy_template, (size_t)templates.count + 1);
    if (sender_rows == NULL || rows == NULL)
        return;
    mail->senders = sender_rows;
    mail->templates = rows;
    for (; mail->sender_count < senders.count; mail->sender_count++)
        sender_read(draft, &sender_rows[mail->sender_count], senders.nodes[mail->sender_count]);
    for (; mail->template_count < templates.count; mail->template_count++)
        template_read(draft, &rows[mail->template_count], templates.nodes[mail->template_count]);
    for (int i = 0; i < mail->sender_count; i++) {
        bool used = false;
        for (int j = 0; j < mail->template_count; j++)
            used = used || rows[j].sender == i;
        if (!used)
            fault_warn(draft->reader, node_place(senders.nodes[i]), "sender-idle", "no mail comes from `%.*s`",
                       SPAN_FMT(sender_rows[i].name));
    }
    const struct node *blocks = map_get(section, "blocks");
    mail->blocks = value_flag(draft->reader, blocks, "blocks", false);
    mail->blocks_rule = blocks == NULL ? mail->rule : rule_add(draft, blocks, "mail.blocks");
}

static void
before_read(struct draft *draft, struct policy_changes *changes, const struct node *section)
{
    const struct node *before = map_get(section, "before");
    changes->before_rule = changes->rule;
    if (before == NULL) {
        missing(draft, section, "before", "how long before it holds a wider version is told: before: 30 days");
        return;
    }
    (void)value_length(draft->reader, before, "before", &changes->before);
    changes->before_rule = rule_add(draft, before, "changes.before");
    if (changes->told == 0 && changes->posted == 0) {
        fault(draft->reader, node_place(before), "changes-untold", "nothing says where a change is told before it holds");
        fault_mend(draft->reader, "posted: [page], or told: [email]");
    }
}

void
compile_changes(struct draft *draft)
{
    static const struct key_row keys[] = {{"posted", false}, {"told", false}, {"before", false}, {"agree", false},
                                          {NULL, false}};
    struct policy_changes *changes = &draft->policy->changes;
    const struct node *section = map_get(draft->root, "changes");
    if (section == NULL || !node_expect(draft->reader, section, NODE_MAP, "changes"))
        return;
    changes->set = true;
    changes->rule = rule_add(draft, section, "changes");
    map_keys_check(draft->reader, section, keys, "the section `changes`");
    changes->posted = value_choices(draft->reader, map_get(section, "posted"), "posted", "place where a change is posted", channels);
    changes->told = value_choices(draft->reader, map_get(section, "told"), "told", "way to tell people", channels);
    before_read(draft, changes, section);
    const struct node *agree = map_get(section, "agree");
    changes->agree = value_flag(draft->reader, agree, "agree", true);
    if (!changes->agree) {
        fault(draft->reader, agree->at, "agree-always", "what rests on consent is asked for anew when it becomes wider");
        fault_mend(draft->reader, "leave `agree` out, or write agree: yes");
    }
    unsigned page = 1u << CHANNEL_PAGE;
    if ((changes->told & ~page) != 0 || (changes->posted & ~page) != 0)
        unkept_add(draft, section, changes->rule, "telling people of a change by other ways than the page");
}

static const struct node *
breach_part(struct draft *draft, const struct node *section, const char *key, struct policy_span_of_time *ret)
{
    static const struct key_row keys[] = {{"name", false}, {"url", false}, {"within", false}, {NULL, false}};
    const struct node *node = map_get(section, key);
    if (node == NULL) {
        missing(draft, section, key, "{within: 72 hours}");
        return NULL;
    }
    if (!node_expect(draft->reader, node, NODE_MAP, key))
        return NULL;
    map_keys_check(draft->reader, node, keys, "who is told of a breach");
    const struct node *within = map_get(node, "within");
    if (within == NULL)
        missing(draft, node, "within", "within: 72 hours");
    else
        (void)value_length(draft->reader, within, "within", ret);
    return node;
}

void
compile_breach(struct draft *draft)
{
    static const struct key_row keys[] = {{"authority", false}, {"people", false}, {NULL, false}};
    static const struct policy_span_of_time law = {.hours = 72, .set = true};
    struct policy_breach *breach = &draft->policy->breach;
    const struct node *section = map_get(draft->root, "breach");
    if (section == NULL || !node_expect(draft->reader, section, NODE_MAP, "breach"))
        return;
    breach->set = true;
    breach->rule = rule_add(draft, section, "breach");
    map_keys_check(draft->reader, section, keys, "the section `breach`");
    const struct node *node = breach_part(draft, section, "authority", &breach->authority_within);
    if (node != NULL) {
        breach->authority = keep_value(draft, node, "name", "the name of the authority");
        breach->authority_url = keep_value(draft, node, "url", "the page of the authority");
        if (map_get(node, "name") == NULL)
            missing(draft, node, "name", "the data protection authority of your seat");
        if (breach->authority_url.n > 0 && !value_link_ok(breach->authority_url)) {
            fault(draft->reader, map_get(node, "url")->at, "not-a-link", "`url` must be an address that begins with https://");
            fault_mend(draft->reader, "the whole address of its page: https://www.example.org");
            breach->authority_url = SPAN_NONE;
        }
        if (breach->authority_within.set && policy_time_over(&breach->authority_within, &law)) {
            fault(draft->reader, map_get(node, "within")->at, "breach-late", "the law gives 72 hours to tell the authority");
            fault_mend(draft->reader, "within: 72 hours, or less (Art. 33(1) GDPR)");
        }
    }
    (void)breach_part(draft, section, "people", &breach->people_within);
    unkept_add(draft, section, breach->rule, "telling a breach to the authority and to people");
}
