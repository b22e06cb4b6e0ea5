#include "policy/ask_priv.h"

/*
 * A sentence is read word by word: who, act, and then parts that each begin with
 * a word of their own ("of", "for", "with", "without", "while", "as", "on"), in any order.
 * The parts of what leaves the house are in ask_out.c.
 */

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == '\n' || c == '?' || c == '"' || c == '\'';
}

static bool
is_one_of(struct span word, const char *const *list)
{
    for (; *list != NULL; list++)
        if (span_ieq(word, span_str(*list)))
            return true;
    return false;
}

/* Words that say nothing here. */
static bool
is_filler(struct span word)
{
    static const char *const fillers[] = {"may", "can", "the", "a", "an", "some", "please", "and",
                                          "is", "are", "who", "that", "their", NULL};
    return is_one_of(word, fillers);
}

void
ask_next(struct reader *r)
{
    do {
        while (r->rest.n > 0 && is_space(r->rest.p[0]))
            r->rest = span_sub(r->rest, 1, r->rest.n);
        size_t n = 0;
        while (n < r->rest.n && !is_space(r->rest.p[n]))
            n++;
        r->word = span_sub(r->rest, 0, n);
        r->rest = span_sub(r->rest, n, r->rest.n);
        if (r->word.n > 1 && r->word.p[r->word.n - 1] == '.')
            r->word.n--;
    } while (r->word.n > 0 && is_filler(r->word));
}

bool
ask_say(struct reader *r, const char *what)
{
    if (r->word.n == 0)
        return err_set(r->err, ERR_USAGE, "the sentence ends where %s should follow", what);
    return err_set(r->err, ERR_USAGE, "\"%.*s\" was not understood: %s should stand there",
                   (int)(r->word.n < 64 ? r->word.n : 64), r->word.p, what);
}

bool
ask_is(const struct reader *r, const char *word)
{
    return span_ieq(r->word, span_str(word));
}

static bool
who_read(struct reader *r)
{
    static const char *const persons[] = {"person", "subject", "people", "they", "anybody", NULL};
    static const char *const systems[] = {"system", "server", "sweep", NULL};
    int role = policy_role_find(r->policy, r->word);
    r->q.role = role;
    if (role != POLICY_NONE) {
        ask_next(r);
        return true;
    }
    if (is_one_of(r->word, persons) || policy_kind_find(r->policy, r->word) != POLICY_NONE) {
        r->q.role = ACTOR_SUBJECT;
        r->q.self = true;
    } else if (is_one_of(r->word, systems)) {
        r->q.role = ACTOR_SYSTEM;
    } else if (ask_is(r, "operator")) {
        r->q.role = ACTOR_OPERATOR;
    } else {
        return ask_say(r, "a role of the policy, \"person\", \"system\" or \"operator\"");
    }
    ask_next(r);
    return true;
}

static const struct {
    const char *word;
    enum policy_act act;
} acts[] = {
    {"read", ACT_READ},       {"see", ACT_READ},         {"look-up", ACT_READ},
    {"list", ACT_LIST},       {"collect", ACT_COLLECT},  {"submit", ACT_COLLECT},
    {"write", ACT_WRITE},     {"correct", ACT_WRITE},    {"change", ACT_WRITE},
    {"set", ACT_WRITE},       {"erase", ACT_ERASE},      {"delete", ACT_ERASE},
    {"consent", ACT_CONSENT}, {"agree", ACT_CONSENT},    {"withdraw", ACT_CONSENT},
    {"export", ACT_EXPORT},   {"deeds", ACT_DEEDS},      {"tell", ACT_EVENT},
    {"restrict", ACT_RESTRICT}, {"lift", ACT_RESTRICT},  {"send", ACT_SEND},
    {"mail", ACT_MAIL},       {"pass", ACT_SEND},       {"disclose", ACT_DISCLOSE}, {"release", ACT_DISCLOSE},
};

static bool
act_read(struct reader *r)
{
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (!ask_is(r, acts[i].word))
            continue;
        r->q.act = acts[i].act;
        bool set = ask_is(r, "set");
        ask_next(r);
        if (set && ask_out_act(r))
            return true;
        /* "see deeds", "see consent", "give consent" */
        if (r->q.act == ACT_READ && (ask_is(r, "deeds") || ask_is(r, "consent")))
            return act_read(r);
        return true;
    }
    if (ask_is(r, "give")) {
        ask_next(r);
        return ask_is(r, "consent") ? act_read(r) : ask_say(r, "\"consent\"");
    }
    return ask_say(r, "a deed (read, list, collect, write, erase, consent, export, deeds, tell, "
                  "restrict, send, disclose, set, mail)");
}

/* In which a child may be; CHILD_NO: the word is none of them. */
static enum policy_child_state
child_word(const struct reader *r)
{
    static const char *const words[] = {[CHILD_WAITING] = "waiting", [CHILD_ALLOWED] = "allowed", [CHILD_FOUND] = "found",
                                        [CHILD_SCHOOL] = "schooled"};
    for (int i = CHILD_WAITING; i <= CHILD_SCHOOL; i++)
        if (ask_is(r, words[i]))
            return (enum policy_child_state)i;
    return CHILD_NO;
}

static bool
is_state(const struct reader *r)
{
    return ask_is(r, "restricted") || ask_is(r, "held") || ask_is(r, "erased") || child_word(r) != CHILD_NO ||
           ask_is(r, "objected") || (r->q.act == ACT_SEND && ask_is(r, "suspended")) ||
           (r->q.act == ACT_MAIL && ask_is(r, "signed-off"));
}

static bool
is_part(const struct reader *r)
{
    static const char *const parts[] = {"of", "about", "for", "to", "with", "without", "while",
                                        "when", "if", "from", "as", "on", NULL};
    return r->word.n == 0 || is_one_of(r->word, parts) || is_state(r);
}

static bool
category_set(struct reader *r, int category)
{
    if (r->q.category != POLICY_NONE && r->q.category != category)
        return ask_say(r, "data of one category at a time");
    r->q.category = category;
    return true;
}

/* Categories or fields, until the next part begins. */
static bool
data_read(struct reader *r)
{
    uint64_t fields = 0;
    bool whole = false;
    while (!is_part(r)) {
        int category = policy_category_find(r->policy, r->word);
        int field = policy_field_find(r->policy, r->word);
        if (field != POLICY_NONE) {
            if (!category_set(r, r->policy->fields[field].category))
                return false;
            fields |= UINT64_C(1) << r->policy->fields[field].bit;
        } else if (category != POLICY_NONE) {
            if (!category_set(r, category))
                return false;
            whole = true;
        } else if (!ask_is(r, "everything") && !ask_is(r, "themself")) {
            return ask_say(r, "a category or a field of the policy, as account or account.email");
        }
        ask_next(r);
    }
    r->q.fields = whole || fields == 0 ? ~UINT64_C(0) : fields;
    return true;
}

static bool
what_read(struct reader *r)
{
    bool needed = r->q.act == ACT_READ || r->q.act == ACT_LIST || r->q.act == ACT_WRITE ||
                  r->q.act == ACT_SEND || r->q.act == ACT_DISCLOSE;
    if (r->q.act == ACT_COOKIE)
        return ask_cookie(r);
    if (r->q.act == ACT_MAIL) {
        r->q.template = policy_template_find(r->policy, r->word);
        if (r->q.template == POLICY_NONE)
            return ask_say(r, "a kind of mail of the policy");
        ask_next(r);
        return true;
    }
    if (r->q.act == ACT_COLLECT) {
        r->q.point = policy_point_find(r->policy, r->word);
        if (r->q.point == POLICY_NONE)
            return ask_say(r, "a collection point of the policy");
        ask_next(r);
        return data_read(r);
    }
    if (r->q.act == ACT_EVENT) {
        r->q.event = policy_event_find(r->policy, r->word);
        if (r->q.event == POLICY_NONE)
            return ask_say(r, "an event of the policy");
        ask_next(r);
        return true;
    }
    if (needed && is_part(r))
        return ask_say(r, "a category or a field of the policy, as account or account.email");
    return data_read(r);
}

/* Whoever is of the kind the policy calls children, or is called so. */
static bool
is_child(const struct reader *r, int kind)
{
    const struct policy_children *children = &r->policy->children;
    return children->set && ((kind == POLICY_NONE && ask_is(r, "child")) ||
                             (kind != POLICY_NONE && policy_kind_is(r->policy, kind, children->kind)));
}

/* "of a user", "of themself", "of own class" */
static bool
whom_read(struct reader *r)
{
    static const char *const selves[] = {"themself", "themselves", "self", "own", "oneself",
                                         NULL};
    ask_next(r);
    if (is_one_of(r->word, selves)) {
        bool own = ask_is(r, "own");
        r->q.self = r->q.self || !own;
        r->q.related = r->q.related || own;
        ask_next(r);
        if (own && !is_part(r)) /* "own class": whatever the relation is called */
            ask_next(r);
        return true;
    }
    if (ask_is(r, "another") || ask_is(r, "other") || ask_is(r, "others")) {
        r->q.self = r->q.related = false;
        bool alone = ask_is(r, "others");
        ask_next(r);
        if (alone || is_part(r))
            return true;
    }
    int kind = policy_kind_find(r->policy, r->word);
    if (is_child(r, kind) && r->q.child == CHILD_NO)
        r->q.child = CHILD_ALLOWED;
    if (kind == POLICY_NONE && ask_is(r, "child") && r->policy->children.set)
        kind = r->policy->children.kind;
    bool anybody = ask_is(r, "person") || ask_is(r, "people") || ask_is(r, "somebody") ||
                   ask_is(r, "class");
    if (kind == POLICY_NONE && !anybody)
        return ask_say(r, "a kind of person the policy names, \"themself\" or \"own\"");
    if (kind != POLICY_NONE && r->q.category != POLICY_NONE) {
        int whose = r->policy->categories[r->q.category].kind;
        if (whose != POLICY_NONE && !policy_kind_is(r->policy, kind, whose) &&
            !policy_kind_is(r->policy, whose, kind))
            return ask_say(r, "somebody these data are about");
    }
    ask_next(r);
    return true;
}

static bool
purpose_read(struct reader *r)
{
    ask_next(r);
    int purpose = policy_purpose_find(r->policy, r->word);
    if (purpose != POLICY_NONE)
        r->q.purpose = purpose;
    else if (ask_is(r, "rights"))
        r->q.purpose = PURPOSE_RIGHTS;
    else if (ask_is(r, "retention"))
        r->q.purpose = PURPOSE_RETENTION;
    else
        return ask_say(r, "a purpose of the policy, \"rights\" or \"retention\"");
    r->purpose_said = true;
    ask_next(r);
    return true;
}

/* After "with" or "without": tasks, consent, the relation, until the next part. */
static bool
with_read(struct reader *r, bool with)
{
    ask_next(r);
    if (is_part(r))
        return ask_say(r, "a kind of task, \"task\", \"consent\", \"relation\" or \"second\"");
    for (; !is_part(r); ask_next(r)) {
        if (ask_out_with(r, with)) {
            if (r->err->code != ERR_OK)
                return false;
            continue;
        }
        int task = policy_task_find(r->policy, r->word);
        if (task != POLICY_NONE || ask_is(r, "task")) {
            r->q.has_task = with;
            r->q.task = with ? task : POLICY_NONE;
        } else if (ask_is(r, "consent")) {
            r->q.consent = with ? CONSENT_GIVEN : CONSENT_NONE;
        } else if (ask_is(r, "pending") || ask_is(r, "withdrawn")) {
            enum policy_consent_state state =
                ask_is(r, "pending") ? CONSENT_PENDING : CONSENT_WITHDRAWN;
            ask_next(r);
            if (!ask_is(r, "consent"))
                return ask_say(r, "\"consent\"");
            r->q.consent = with ? state : CONSENT_NONE;
        } else if (ask_is(r, "relation")) {
            r->q.related = with;
        } else if (ask_is(r, "second")) {
            r->q.second = with;
        } else if (policy_relation_find(r->policy, r->word) != POLICY_NONE) {
            r->q.related = with;
            r->q.relation = policy_relation_find(r->policy, r->word);
        } else {
            return ask_say(r, "a kind of task, \"task\", \"consent\", \"relation\" or \"second\"");
        }
    }
    return true;
}

/* "while restricted", or just "restricted" behind "of a user who is" */
static bool
state_read(struct reader *r)
{
    if (!is_state(r))
        ask_next(r);
    if (!is_state(r))
        return ask_say(r, "\"restricted\", \"objected\", \"held\", \"erased\", or of a child \"waiting\", \"allowed\", \"schooled\", \"found\"");
    for (; is_state(r); ask_next(r)) {
        if (ask_is(r, "restricted"))
            r->q.restricted = true;
        else if (ask_is(r, "suspended"))
            r->q.suspended = true;
        else if (ask_is(r, "objected"))
            r->q.objected = true;
        else if (ask_is(r, "signed-off"))
            r->q.blocked = true;
        else if (child_word(r) != CHILD_NO)
            r->q.child = child_word(r);
        else
            r->q.person = ask_is(r, "held") ? PERSON_HELD : PERSON_ERASED;
    }
    return true;
}

/* "as author" */
static bool
author_read(struct reader *r)
{
    ask_next(r);
    if (!ask_is(r, "author"))
        return ask_say(r, "\"author\"");
    r->q.author = true;
    ask_next(r);
    return true;
}

/* "on onsite"; false, and nothing is read, where no kind of server follows: other things begin with the word too. */
static bool
instance_read(struct reader *r)
{
    struct reader ahead = *r;
    if (!ask_is(r, "on"))
        return false;
    ask_next(&ahead);
    ahead.q.instance = policy_instance_find(ahead.policy, ahead.word);
    if (ahead.q.instance == POLICY_NONE)
        return false;
    ask_next(&ahead);
    *r = ahead;
    return true;
}

static bool
parts_read(struct reader *r)
{
    while (r->word.n > 0) {
        bool ok = false;
        if (instance_read(r))
            ok = true;
        else if (ask_out_part(r))
            ok = r->err->code == ERR_OK;
        else if (ask_is(r, "for") || ask_is(r, "to"))
            ok = purpose_read(r);
        else if (ask_is(r, "of") || ask_is(r, "about") || ask_is(r, "from"))
            ok = whom_read(r);
        else if (ask_is(r, "with") || ask_is(r, "without"))
            ok = with_read(r, ask_is(r, "with"));
        else if (ask_is(r, "as"))
            ok = author_read(r);
        else if (ask_is(r, "on"))
            ok = ask_say(r, "a kind of server the policy names in `instances`");
        else if (is_part(r))
            ok = state_read(r);
        else
            return ask_say(r, "\"of\", \"for\", \"with\", \"without\", \"as\", \"on\" or \"while\"");
        if (!ok)
            return false;
    }
    return true;
}

/* What goes without saying when no purpose was named. */
static void
purpose_guess(struct reader *r)
{
    if (r->purpose_said)
        return;
    bool right = r->q.act == ACT_ERASE || r->q.act == ACT_EXPORT || r->q.act == ACT_DEEDS ||
                 r->q.act == ACT_CONSENT || r->q.act == ACT_RESTRICT;
    if (r->q.role == ACTOR_SYSTEM || r->q.act == ACT_EVENT)
        r->q.purpose = PURPOSE_RETENTION;
    else if (r->q.act != ACT_COLLECT && (right || r->q.role == ACTOR_SUBJECT))
        r->q.purpose = PURPOSE_RIGHTS;
}

bool
policy_ask_read(const struct policy *policy, struct span sentence, struct policy_question *ret,
                struct err *err)
{
    struct err own;
    err = err != NULL ? err : &own;
    struct reader r = {.policy = policy, .rest = sentence, .err = err};
    r.q = (struct policy_question){.category = POLICY_NONE, .purpose = POLICY_NONE,
                                   .task = POLICY_NONE, .point = POLICY_NONE,
                                   .event = POLICY_NONE, .fields = ~UINT64_C(0),
                                   .recipient = POLICY_NONE, .ground = POLICY_NONE,
                                   .cookie = POLICY_NONE, .template = POLICY_NONE, .instance = POLICY_NONE};
    err_clear(err);
    if (sentence.n > LIMIT_JSON_STRING)
        return err_set(err, ERR_USAGE, "the question is too long");
    ask_next(&r);
    if (!who_read(&r) || !act_read(&r) || !what_read(&r) || !parts_read(&r) || !ask_out_whole(&r))
        return false;
    purpose_guess(&r);
    *ret = r.q;
    return true;
}
