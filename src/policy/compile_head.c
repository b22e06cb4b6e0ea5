#include "policy/compile_priv.h"

#include "wire/text.h"

static const struct key_row head_keys[] = {
    {"id", false}, {"title", false}, {"version", false}, {"date", false}, {"in-force", false},
    {"governs", false}, {"controller", false}, {"officer", false}, {"seat", false},
    {"hosted", false}, {"language", false}, {"languages", false}, {"instances", false},
    {"sells-to", false}, {"offices", false}, {"controls", false}, {"backups", false}, {NULL, false}};
static const struct key_row controller_keys[] = {
    {"name", false}, {"address", false}, {"email", false}, {"phone", true}, {NULL, false}};
static struct span
email_value(struct draft *draft, const struct node *map, const char *what)
{
    const struct node *node = map_get(map, "email");
    struct span text = value_text(draft->reader, node, what);
    if (text.n > 0 && !email_valid(text)) {
        fault(draft->reader, node->at, "not-an-email", "%s is no e-mail address", what);
        fault_mend(draft->reader, "a name, @ and a domain with a dot: privacy@example.org");
        return SPAN_NONE;
    }
    return keep_text(draft, text);
}

static void
controller_read(struct draft *draft, const struct node *head)
{
    struct policy *p = draft->policy;
    const struct node *node = map_get(head, "controller");
    if (node == NULL) {
        missing(draft, head, "controller", "who answers for the data: {name, address, email}");
    } else if (node_expect(draft->reader, node, NODE_MAP, "controller")) {
        map_keys_check(draft->reader, node, controller_keys, "a controller");
        p->controller_name = keep_value(draft, node, "name", "the controller's name");
        p->controller_address = keep_value(draft, node, "address", "the controller's address");
        p->controller_email = email_value(draft, node, "the controller's email");
        for (int i = 0; i < 3; i++)
            if (map_get(node, controller_keys[i].name) == NULL)
                missing(draft, node, controller_keys[i].name, NULL);
    }
    node = map_get(head, "officer");
    if (node != NULL && node_expect(draft->reader, node, NODE_MAP, "officer")) {
        map_keys_check(draft->reader, node, controller_keys, "an officer");
        p->officer_name = keep_value(draft, node, "name", "the officer's name");
        p->officer_email = email_value(draft, node, "the officer's email");
        if (map_get(node, "email") == NULL)
            missing(draft, node, "email", NULL);
    }
}

static void
governs_read(struct draft *draft, const struct node *head)
{
    const struct node *list = map_get(head, "governs");
    if (list == NULL || !node_expect(draft->reader, list, NODE_LIST, "governs"))
        return;
    struct span *words = ARENA_ARRAY(draft->arena, struct span, (size_t)list->count + 1);
    if (words == NULL)
        return;
    int n = 0;
    for (const struct node *node = list->first; node != NULL; node = node->next)
        if (node_expect(draft->reader, node, NODE_TEXT, "what the policy governs") &&
            name_check(draft->reader, node, "what the policy governs"))
            words[n++] = keep_text(draft, node->text);
    draft->policy->governs = words;
    draft->policy->governs_count = n;
    (void)rule_add(draft, list, "policy.governs");
}

static void
dates_read(struct draft *draft, const struct node *head)
{
    struct policy *p = draft->policy;
    const struct node *date = map_get(head, "date"), *in_force = map_get(head, "in-force");
    if (date == NULL)
        missing(draft, head, "date", "the day this version was last changed: 2026-11-01");
    else
        (void)rule_add(draft, date, "policy.date");
    p->date_days = value_date(draft->reader, date, "the policy's date");
    p->in_force_days = in_force == NULL ? p->date_days
                                        : value_date(draft->reader, in_force, "in-force");
    /* A server that starts judges dates by the policy's own day. */
    draft->reader->own_day = draft->reader->today_days == 0;
    if (draft->reader->own_day)
        draft->reader->today_days = p->in_force_days;
    if (in_force != NULL && p->in_force_days != 0 && p->in_force_days < p->date_days) {
        fault(draft->reader, in_force->at, "in-force-early",
              "the policy is in force before it is dated");
    }
    if (p->date_days > draft->reader->today_days)
        fault_warn(draft->reader, date->at, "date-ahead", "the policy's date is yet to come");
}

void
compile_head(struct draft *draft)
{
    struct policy *p = draft->policy;
    const struct node *head = map_get(draft->root, "policy");
    if (head == NULL || !node_expect(draft->reader, head, NODE_MAP, "policy"))
        return;
    map_keys_check(draft->reader, head, head_keys, "the section `policy`");
    const struct node *id = map_get(head, "id");
    if (id == NULL)
        missing(draft, head, "id", "a short name for this policy: classroom");
    else if (value_text(draft->reader, id, "the policy's id").n > 0 &&
             name_check(draft->reader, id, "a policy"))
        p->id = keep_text(draft, id->text);
    p->title = keep_sentence(draft, head, "title", "the title");
    if (map_get(head, "title") == NULL)
        missing(draft, head, "title", "what the page is called");
    const struct node *version = map_get(head, "version");
    if (version == NULL)
        missing(draft, head, "version", "a whole number that grows with each change: 1");
    p->version = (int)value_number(draft->reader, version, "the version", 1, 1000000, 1);
    dates_read(draft, head);
    controller_read(draft, head);
    p->seat = keep_text(draft, value_country(draft->reader, map_get(head, "seat"), "the seat"));
    compile_instances(draft, head);
    const struct node *backups = map_get(head, "backups");
    if (backups != NULL && value_length(draft->reader, backups, "backups", &p->backups))
        unkept_add(draft, backups, rule_add(draft, backups, "policy.backups"), "ending old copies of what was erased");
    governs_read(draft, head);
    compile_places(draft, head);
}

void
compile_consent(struct draft *draft)
{
    static const struct key_row keys[] = {{"text-version", false}, {"renew-after", false},
                                          {"confirm-within", false}, {NULL, false}};
    struct policy_consent *consent = &draft->policy->consent;
    const struct node *node = map_get(draft->root, "consent");
    if (node == NULL || !node_expect(draft->reader, node, NODE_MAP, "consent"))
        return;
    map_keys_check(draft->reader, node, keys, "the section `consent`");
    const struct node *text = map_get(node, "text-version");
    if (text == NULL)
        missing(draft, node, "text-version", "a whole number; it grows when the words asked with change");
    consent->text_version =
        (uint32_t)value_number(draft->reader, text, "the text-version", 1, 1000000, 1);
    (void)value_length(draft->reader, map_get(node, "renew-after"), "renew-after",
                       &consent->renew_after);
    (void)value_length(draft->reader, map_get(node, "confirm-within"), "confirm-within",
                       &consent->confirm_within);
    for (int i = 0; keys[i].name != NULL; i++)
        if (map_get(node, keys[i].name) != NULL)
            (void)rule_add(draft, map_get(node, keys[i].name), "consent.%s", keys[i].name);
}
