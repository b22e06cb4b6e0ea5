/*
 * A question for each widening of a use: allowed now, refused before. It is found
 * by asking the decision itself under both policies, and only in the place the
 * change is about, with a budget; the plainest question comes first.
 */
#include "policy/diff_shown_priv.h"

enum { ASKS_MOST = 200000, ASKS_ALL = 4000000, UNDECLARED = 1 << 20 };

#define SAME(from, to, i, table, rows, count)                                                      \
    ((i) < 0                                                                                       \
         ? (i)                                                                                     \
         : (i) >= (from)->count                                                                    \
               ? UNDECLARED                                                                        \
               : undeclared(policy_##table##_find((to), (from)->rows)))

static int
undeclared(int i)
{
    return i == POLICY_NONE ? UNDECLARED : i;
}

static uint64_t
fields_same(const struct policy *from, int category, uint64_t fields, const struct policy *to, int other)
{
    if (fields == ~UINT64_C(0) || category < 0 || category >= from->category_count ||
        other == UNDECLARED)
        return fields;
    uint64_t mask = 0, none = UINT64_C(1) << 63;
    const struct policy_category *row = &from->categories[category];
    for (int bit = 0; bit < 64; bit++) {
        if ((fields >> bit & 1) == 0)
            continue;
        int i = bit < row->field_count ? policy_field_in(to, other, from->fields[row->field_first + bit].name)
                                       : POLICY_NONE;
        mask |= i == POLICY_NONE ? none : UINT64_C(1) << to->fields[i].bit;
    }
    return mask;
}

/* The same question for the other policy, by names; what that one does not know is undeclared there. */
static void
question_same(const struct policy *from, const struct policy_question *q, const struct policy *to,
              struct policy_question *ret)
{
    *ret = *q;
    ret->role = SAME(from, to, q->role, role, roles[q->role].name, role_count);
    ret->purpose = SAME(from, to, q->purpose, purpose, purposes[q->purpose].name, purpose_count);
    ret->category = SAME(from, to, q->category, category, categories[q->category].name, category_count);
    ret->point = SAME(from, to, q->point, point, points[q->point].name, point_count);
    ret->event = SAME(from, to, q->event, event, events[q->event], event_count);
    ret->recipient = SAME(from, to, q->recipient, recipient, recipients[q->recipient].name, recipient_count);
    ret->ground = SAME(from, to, q->ground, ground, grounds[q->ground].name, ground_count);
    ret->cookie = SAME(from, to, q->cookie, cookie, cookies[q->cookie].name, cookie_count);
    if (q->instance >= 0)
        ret->instance = q->instance < from->instance_count ? policy_instance_find(to, from->instances[q->instance])
                                                           : POLICY_NONE;
    ret->template = SAME(from, to, q->template, template, mail.templates[q->template].name, mail.template_count);
    /* A kind of task nobody names there is still a task. */
    if (q->has_task && q->task >= 0 && q->task < from->task_count)
        ret->task = policy_task_find(to, from->tasks[q->task]);
    ret->fields = fields_same(from, q->category, q->fields, to, ret->category);
}

static void
part_put(struct buf *out, const char *before, struct span name)
{
    buf_fmt(out, " %s%.*s", before, SPAN_FMT(name));
}

static void
what_put(struct buf *out, const struct policy *p, const struct policy_question *q)
{
    if (q->act == ACT_COLLECT)
        part_put(out, "", p->points[q->point].name);
    if (q->act == ACT_EVENT)
        part_put(out, "", p->events[q->event]);
    if (q->category < 0)
        return;
    const struct policy_category *row = &p->categories[q->category];
    if (q->fields == ~UINT64_C(0))
        part_put(out, "", row->name);
    for (int i = 0; q->fields != ~UINT64_C(0) && i < row->field_count; i++)
        if ((q->fields >> i & 1) != 0)
            part_put(out, "", p->fields[row->field_first + i].full_name);
}

/* As `troth ask` reads it. */
static struct span
sentence(struct differ *d, const struct policy_question *q)
{
    static const char *const acts[ACT_COUNT] = {"read", "list", "collect", "write", "erase", "consent",
                                                "export", "deeds", "tell", "restrict", "send",
                                                "disclose", "set cookie", "mail"};
    static const char *const children[] = {"", " waiting", " allowed", " found", " schooled"};
    const struct policy *p = d->now;
    struct buf out = arena_buf(d->arena, 16 * LIMIT_POLICY_NAME);
    buf_fmt(&out, "may %.*s %s", SPAN_FMT(p->roles[q->role].name), acts[q->act]);
    what_put(&out, p, q);
    shown_out_put(&out, p, q);
    if (q->self)
        buf_str(&out, " of themself");
    if (q->purpose == PURPOSE_RIGHTS || q->purpose == PURPOSE_RETENTION)
        buf_str(&out, q->purpose == PURPOSE_RIGHTS ? " for rights" : " for retention");
    else if (q->purpose >= 0)
        part_put(&out, "for ", p->purposes[q->purpose].name);
    if (q->has_task)
        part_put(&out, "with ", q->task == POLICY_NONE ? SPAN("task") : p->tasks[q->task]);
    if (q->consent == CONSENT_GIVEN)
        buf_str(&out, " with consent");
    if (q->related)
        buf_str(&out, " with relation");
    if (q->second)
        buf_str(&out, " with second");
    if (q->author)
        buf_str(&out, " as author");
    if (q->instance >= 0)
        part_put(&out, "on ", p->instances[q->instance]);
    if (q->restricted || q->objected || q->blocked || q->person == PERSON_HELD || q->child != CHILD_NO)
        buf_fmt(&out, " while%s%s%s%s%s", q->blocked ? " signed-off" : "", q->restricted ? " restricted" : "", q->objected ? " objected" : "",
                q->person == PERSON_HELD ? " held" : "", children[q->child]);
    arena_buf_trim(d->arena, &out);
    return buf_ok(&out) ? buf_span(&out) : SPAN_NONE;
}

bool
shown_ask(struct search *s, const struct policy_question *q)
{
    struct policy_verdict now, was;
    struct policy_question before;
    s->left--;
    if (!shown_reads_back(s->d->now, q))
        return false;
    policy_decide(s->d->now, q, &now);
    if (now.answer == ANSWER_REFUSE)
        return false;
    question_same(s->d->now, q, s->d->was, &before);
    policy_decide(s->d->was, &before, &was);
    if (was.answer != ANSWER_REFUSE)
        return false;
    s->change->shown = sentence(s->d, q);
    return true;
}

/* Whether the point asks for a relation itself. */
static bool
point_related(const struct search *s, const struct policy_question *q)
{
    return q->act == ACT_COLLECT && s->d->now->points[q->point].relation != POLICY_NONE;
}

/* The person's side of a question; what needs the fewest words comes first. */
static bool
ask_states(struct search *s, struct policy_question q)
{
    enum { CONSENTS = 1, RELATED = 2, RESTRICTED = 4, HELD = 8 };
    static const unsigned char plainest[16] = {0, 1, 2, 4, 8, 3, 5, 6, 9, 10, 12, 7, 11, 13, 14, 15};
    const struct policy_role *role = &s->d->now->roles[q.role];
    /* An objection is looked at last. */
    int states = q.purpose >= 0 ? 32 : 16;
    for (int i = 0; i < states && s->left > 0; i++) {
        unsigned with = plainest[i % 16];
        q.objected = i >= 16;
        if ((with & RELATED) != 0 && role->over == OVER_ALL && !point_related(s, &q))
            continue;
        q.consent = (with & CONSENTS) != 0 ? CONSENT_GIVEN : CONSENT_NONE;
        q.self = (with & RELATED) != 0 && role->over == OVER_SELF;
        q.related = (with & RELATED) != 0 && (role->over == OVER_RELATED || point_related(s, &q));
        q.restricted = (with & RESTRICTED) != 0;
        q.person = (with & HELD) != 0 ? PERSON_HELD : PERSON_ACTIVE;
        if (shown_ask(s, &q))
            return true;
    }
    return false;
}

/* What the new policy needs of the use is there from the beginning: it shows nothing by itself. */
static bool
ask_children(struct search *s, struct policy_question q)
{
    static const enum policy_child_state states[] = {CHILD_NO, CHILD_ALLOWED, CHILD_WAITING, CHILD_SCHOOL, CHILD_FOUND};
    const struct policy *now = s->d->now;
    bool point = q.act == ACT_COLLECT;
    q.second = now->roles[q.role].second_person;
    q.author = q.category >= 0 && now->categories[q.category].sealed;
    q.instance = q.category >= 0 ? now->categories[q.category].only : POLICY_NONE;
    for (int i = 0; point && i < now->points[q.point].field_count && q.instance == POLICY_NONE; i++)
        q.instance = now->categories[now->points[q.point].fields[i].category].only;
    for (int i = 0; i < (s->change->scope.children ? 5 : 1) && s->left > 0; i++) {
        q.child = states[i];
        if (ask_states(s, q))
            return true;
    }
    return false;
}

bool
shown_tasks(struct search *s, struct policy_question q)
{
    const struct policy *now = s->d->now;
    const int kinds[] = {POLICY_NONE, now->roles[q.role].needs,
                         q.purpose >= 0 ? now->purposes[q.purpose].needs : POLICY_NONE};
    for (int i = 0; i < 4 && s->left > 0; i++) {
        if ((i == 2 || i == 3) && kinds[i - 1] == POLICY_NONE)
            continue;
        q.has_task = i > 0; /* no task, a task of no kind, the role's, the purpose's */
        q.task = i < 2 ? POLICY_NONE : kinds[i - 1];
        if (ask_children(s, q))
            return true;
    }
    return false;
}

static bool
ask_data(struct search *s, struct policy_question q)
{
    const struct policy *now = s->d->now;
    const struct diff_scope *scope = &s->change->scope;
    bool whole = q.act != ACT_READ && q.act != ACT_LIST && q.act != ACT_WRITE;
    q.fields = ~UINT64_C(0);
    if (q.act == ACT_EVENT || (whole && scope->category == POLICY_NONE))
        return shown_tasks(s, q);
    for (int c = 0; c < now->category_count && s->left > 0; c++) {
        const struct policy_category *row = &now->categories[c];
        if (scope->category != POLICY_NONE && scope->category != c)
            continue;
        q.category = c;
        for (int i = 0; i < row->field_count && s->left > 0; i++) {
            q.fields = UINT64_C(1) << now->fields[row->field_first + i].bit;
            if ((scope->fields == 0 || (scope->fields & q.fields) != 0) && shown_tasks(s, q))
                return true;
        }
    }
    return false;
}

static bool
ask_places(struct search *s, struct policy_question q)
{
    const struct policy *now = s->d->now;
    const struct diff_scope *scope = &s->change->scope;
    int count = q.act == ACT_COLLECT ? now->point_count : q.act == ACT_EVENT ? now->event_count : 1;
    int only = q.act == ACT_COLLECT ? scope->point : q.act == ACT_EVENT ? scope->event : POLICY_NONE;
    for (int i = 0; i < count && s->left > 0; i++) {
        if (only != POLICY_NONE && only != i)
            continue;
        q.point = q.act == ACT_COLLECT ? i : POLICY_NONE;
        q.event = q.act == ACT_EVENT ? i : POLICY_NONE;
        if (ask_data(s, q))
            return true;
    }
    return false;
}

/* Each purpose of the policy the role works for, the rights, and where it may be none, none. */
static bool
ask_purposes(struct search *s, struct policy_question q)
{
    const struct policy *now = s->d->now;
    int only = s->change->scope.purpose;
    for (int p = 0; p < now->purpose_count && s->left > 0; p++) {
        q.purpose = p;
        bool works = policy_bit(&now->roles[q.role].may, p) || q.act == ACT_COLLECT;
        if (works && (only == POLICY_NONE || only == p) && ask_places(s, q))
            return true;
    }
    static const int others[] = {POLICY_NONE, PURPOSE_RIGHTS, PURPOSE_RETENTION};
    for (int i = 0; i < 3 && s->left > 0; i++) {
        q.purpose = others[i];
        if ((only == POLICY_NONE || only == others[i]) && ask_places(s, q))
            return true;
    }
    return false;
}

static void
search(struct search *s)
{
    const struct diff_scope *scope = &s->change->scope;
    for (int act = 0; act < ACT_COUNT; act++)
        for (int role = 0; role < s->d->now->role_count && s->left > 0; role++) {
            if ((scope->acts & ACT(act)) == 0 || (scope->role != POLICY_NONE && scope->role != role))
                continue;
            struct policy_question q = {.act = (enum policy_act)act, .role = role, .task = POLICY_NONE,
                                        .category = POLICY_NONE, .point = POLICY_NONE,
                                        .event = POLICY_NONE, .recipient = POLICY_NONE,
                                        .ground = POLICY_NONE, .cookie = POLICY_NONE, .template = POLICY_NONE,
                                        .instance = POLICY_NONE};
            bool out = act == ACT_SEND || act == ACT_DISCLOSE || act == ACT_COOKIE || act == ACT_MAIL;
            if (out ? shown_out(s, q) : ask_purposes(s, q))
                return;
        }
}

void
diff_shown(struct differ *d)
{
    int budget = ASKS_ALL;
    for (struct diff_change *change = d->diff->first; change != NULL && budget > 0; change = change->next) {
        if (change->side != DIFF_WIDER || change->scope.acts == 0)
            continue;
        int most = budget < ASKS_MOST ? budget : ASKS_MOST;
        struct search s = {d, change, most};
        search(&s);
        budget -= most - s.left;
    }
}
