/* What leaves the house, looked at across sections: fields that pass through, grounds, the cookies of others. */
#include "policy/compile_priv.h"

#include "policy/decide_priv.h"

static void
fields_check(struct draft *draft)
{
    const struct policy *p = draft->policy;
    for (int i = 0; i < p->field_count; i++) {
        const struct policy_field *field = &p->fields[i];
        if (field->pass_to == POLICY_NONE)
            continue;
        const struct policy_recipient *to = &p->recipients[field->pass_to];
        if ((to->gets[field->category] >> field->bit & 1) != 0 ||
            map_get(draft->recipients.nodes[field->pass_to], "gets") == NULL)
            continue;
        fault(draft->reader, map_get(draft->field_nodes[i], "to")->at, "to-not-got", "`%.*s` does not get `%.*s`",
              SPAN_FMT(to->name), SPAN_FMT(field->full_name));
        fault_mend(draft->reader, "add it to the `gets` of `%.*s`", SPAN_FMT(to->name));
    }
}

static void
ground_check(struct draft *draft, int n)
{
    const struct policy *p = draft->policy;
    const struct policy_ground *row = &p->grounds[n];
    const struct node *node = draft->grounds.nodes[n], *notice = map_get(node, "notice");
    const unsigned papers = 1u << EVIDENCE_DOCUMENT | 1u << EVIDENCE_LAW;
    struct reader *reader = draft->reader;
    bool anybody = false, opens = row->binding;
    if (node->shape != NODE_MAP)
        return;
    if (row->notice == NOTICE_NEVER && !row->binding) {
        fault(reader, notice->at, "notice-never", "only an order nobody may refuse can forbid for ever that the person is told");
        fault_mend(reader, "notice: after, or after-gag where an order forbids it for a time");
    }
    if (row->binding && (row->evidence & papers) != papers && map_get(node, "evidence") != NULL) {
        fault(reader, node_place(map_get(node, "evidence")), "binding-evidence",
              "an order nobody may refuse is a document and names its law");
        fault_mend(reader, "evidence: [document, law, scope]");
    }
    for (int i = 0; i < p->role_count; i++)
        anybody = anybody || policy_bit(&row->by, i);
    for (int c = 0; c < p->category_count && !opens; c++)
        opens = decide_opens(p, &p->categories[c], n) && !decide_closed(&p->categories[c]);
    if (anybody && opens)
        return;
    fault_warn(reader, node_place(node), "ground-idle", anybody ? "no category opens to `%.*s`" : "nobody may use the ground `%.*s`",
               SPAN_FMT(row->name));
    fault_mend(reader, anybody ? "name it in the `disclose` of a category, or leave it out"
                               : "name the roles that may: by: [legal-desk]");
}

static void
cookie_check(struct draft *draft, const struct policy_cookie *row)
{
    const struct policy *p = draft->policy;
    const struct node *node = map_get(draft->root, "cookies")->first;
    if (row->by == POLICY_NONE || row->purpose == POLICY_NONE ||
        policy_bit(&p->recipients[row->by].purposes, row->purpose))
        return;
    while (node != NULL && !span_eq(node->key->text, row->name))
        node = node->next;
    if (node == NULL || map_get(draft->recipients.nodes[row->by], "for") == NULL)
        return;
    fault(draft->reader, map_get(node, "by")->at, "cookie-for", "`%.*s` is given nothing for `%.*s`",
          SPAN_FMT(p->recipients[row->by].name), SPAN_FMT(p->purposes[row->purpose].name));
    fault_mend(draft->reader, "add the purpose to its `for`, or name a purpose it works for");
}

void
check_out(struct draft *draft)
{
    const struct policy *p = draft->policy;
    uint64_t *used = ARENA_ARRAY(&draft->reader->scratch, uint64_t, (size_t)p->category_count + 1);
    if (used == NULL)
        return;
    for (int i = 0; i < p->recipient_count; i++)
        check_recipient(draft, i, used);
    fields_check(draft);
    for (int i = 0; i < p->ground_count; i++)
        ground_check(draft, i);
    for (int i = 0; i < p->cookie_count; i++)
        cookie_check(draft, &p->cookies[i]);
}
