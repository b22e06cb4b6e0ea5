/*
 * The comparison against the decision itself: policies drawn by dice, changed by
 * dice, compared both ways, and asked. When nothing is said to be wider, nothing
 * that was refused may be allowed now, and no right be lost; when nothing is said
 * to be narrower, nothing that was allowed may be refused. Each question that
 * shows a widening must be one, and where anything is allowed anew one must be
 * shown. TROTH_PAIRS=N draws more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "dealt.h"
#include "files.h"
#include "policy/diff.h"

enum { PAIRS_EACH = 24, QUESTIONS = 500, ARENA = 16 * 1024 * 1024, UNDECLARED = 1 << 20 };

static struct {
    long pairs, asked, calm, shown, wider, same, more;
    long uses, uses_shown; /* widenings of a use, and those a question was found for */
} tally;
static struct arena arena;

/* --- the same question by names ------------------------------------------------------- */

static int
found(int i)
{
    return i == POLICY_NONE ? UNDECLARED : i;
}

static uint64_t
fields_by_name(const struct policy *from, int category, uint64_t fields, const struct policy *to, int other)
{
    uint64_t mask = 0;
    for (int bit = 0; bit < 64; bit++) {
        if ((fields >> bit & 1) == 0)
            continue;
        bool there = bit < from->categories[category].field_count;
        int i = there ? policy_field_in(to, other, from->fields[from->categories[category].field_first + bit].name)
                      : POLICY_NONE;
        mask |= i == POLICY_NONE ? UINT64_C(1) << 60 : UINT64_C(1) << to->fields[i].bit;
    }
    return mask;
}

static struct policy_question
by_name(const struct policy *from, const struct policy_question *q, const struct policy *to)
{
    struct policy_question r = *q;
    if (q->role >= 0)
        r.role = q->role < from->role_count ? found(policy_role_find(to, from->roles[q->role].name)) : UNDECLARED;
    if (q->purpose >= 0)
        r.purpose = q->purpose < from->purpose_count
                        ? found(policy_purpose_find(to, from->purposes[q->purpose].name)) : UNDECLARED;
    if (q->category >= 0)
        r.category = q->category < from->category_count
                         ? found(policy_category_find(to, from->categories[q->category].name)) : UNDECLARED;
    if (q->point >= 0)
        r.point = q->point < from->point_count ? found(policy_point_find(to, from->points[q->point].name)) : UNDECLARED;
    if (q->event >= 0)
        r.event = q->event < from->event_count ? found(policy_event_find(to, from->events[q->event])) : UNDECLARED;
    if (q->template >= 0)
        r.template = q->template < from->mail.template_count
                         ? found(policy_template_find(to, from->mail.templates[q->template].name)) : UNDECLARED;
    if (q->recipient >= 0)
        r.recipient = q->recipient < from->recipient_count
                          ? found(policy_recipient_find(to, from->recipients[q->recipient].name)) : UNDECLARED;
    if (q->ground >= 0)
        r.ground = q->ground < from->ground_count ? found(policy_ground_find(to, from->grounds[q->ground].name)) : UNDECLARED;
    if (q->cookie >= 0)
        r.cookie = q->cookie < from->cookie_count ? found(policy_cookie_find(to, from->cookies[q->cookie].name)) : UNDECLARED;
    if (q->instance >= 0)
        r.instance = q->instance < from->instance_count ? policy_instance_find(to, from->instances[q->instance]) : POLICY_NONE;
    if (q->relation >= 0)
        r.relation = q->relation < from->relation_count ? policy_relation_find(to, from->relations[q->relation].name) : POLICY_NONE;
    if (q->task >= 0)
        r.task = policy_task_find(to, from->tasks[q->task]);
    if (q->fields != UINT64_MAX && q->category >= 0 && q->category < from->category_count &&
        r.category != UNDECLARED)
        r.fields = fields_by_name(from, q->category, q->fields, to, r.category);
    return r;
}

/* --- one pair --------------------------------------------------------------------------- */

struct pair {
    const struct policy *was, *now;
    struct diff diff;
};

/* A purpose that rests on consent can be consented to: to have come there is no use, and no widening. */
static bool
only_consent(const struct policy *policy, const struct policy_question *q)
{
    return q->act == ACT_CONSENT && q->purpose >= 0 && q->purpose < policy->purpose_count &&
           policy->purposes[q->purpose].basis == BASIS_CONSENT;
}

/* What `now` allows `was` allows: all of it, when asked for by name. */
static bool
no_more(const struct policy *was_policy, const struct policy *now_policy, const struct policy_question *q)
{
    struct policy_verdict now, was;
    policy_decide(now_policy, q, &now);
    if (now.answer == ANSWER_REFUSE || q->role == ACTOR_SUBJECT || only_consent(now_policy, q))
        return true;
    struct policy_question exact = *q;
    bool whole = q->category == POLICY_NONE || now.fields == UINT64_MAX ||
                 (q->act != ACT_READ && q->act != ACT_LIST && q->act != ACT_WRITE && q->act != ACT_COLLECT &&
                  q->act != ACT_SEND && q->act != ACT_DISCLOSE);
    if (!whole)
        exact.fields = now.fields;
    struct policy_question before = by_name(now_policy, &exact, was_policy);
    policy_decide(was_policy, &before, &was);
    return was.answer == ANSWER_ALLOW;
}

/* What a person could do as their right they still can, as far as there is something to do it to. */
static bool
no_right_lost(const struct pair *pair, const struct policy_question *q)
{
    struct policy_verdict now, was;
    policy_decide(pair->was, q, &was);
    if (was.answer == ANSWER_REFUSE || q->role != ACTOR_SUBJECT)
        return true;
    struct policy_question exact = *q;
    bool data = q->category >= 0 && (q->act == ACT_READ || q->act == ACT_WRITE);
    if (data)
        exact.fields = was.fields;
    struct policy_question after = by_name(pair->was, &exact, pair->now);
    if (after.purpose == UNDECLARED || after.category == UNDECLARED)
        return true;
    /* On a server that does not keep it there is nothing to do it to. */
    int only = after.category >= 0 && after.category < pair->now->category_count ? pair->now->categories[after.category].only
                                                                                  : POLICY_NONE;
    if (only != POLICY_NONE && only != after.instance)
        return true;
    if (data)
        after.fields &= pair->now->categories[after.category].readable;
    if (data && after.fields == 0)
        return true;
    if (!data && after.category >= 0) /* an undeclared field of a whole is none of it */
        after.fields = UINT64_MAX;
    policy_decide(pair->now, &after, &now);
    return now.answer == ANSWER_ALLOW;
}

static void
pair_print(const struct pair *pair)
{
    static char text[256 * 1024];
    struct buf out;
    buf_init(&out, text, sizeof text);
    policy_diff_text(&pair->diff, "was.yaml", "now.yaml", &out);
    (void)printf("%.*s\n", (int)out.n, text);
    (void)printf("--- was\n%.*s--- now\n%.*s", SPAN_FMT(pair->was->canonical), SPAN_FMT(pair->now->canonical));
}

static bool
any_shown(const struct diff *diff)
{
    for (const struct diff_change *change = diff->first; change != NULL; change = change->next)
        if (change->shown.n > 0)
            return true;
    return false;
}

static void
found_wrong(const struct pair *pair, const struct policy *policy, const struct policy_question *q,
            const char *what)
{
    dealt_question_print(policy, q);
    pair_print(pair);
    fail_msg("%s", what);
}

static void
ask(const struct pair *pair, struct dice *dice)
{
    bool wider = pair->diff.count[DIFF_WIDER] > 0, narrower = pair->diff.count[DIFF_NARROWER] > 0;
    bool shown = any_shown(&pair->diff);
    for (int i = 0; i < QUESTIONS; i++) {
        struct policy_question q;
        tally.asked++;
        dealt_question(pair->now, dice, &q);
        bool more = !no_more(pair->was, pair->now, &q);
        tally.more += more;
        if (more && !wider)
            found_wrong(pair, pair->now, &q, "nothing is said to be wider, and this is");
        bool sense = q.fields == UINT64_MAX || q.act <= ACT_ERASE || q.act >= ACT_SEND; /* the deeds of a field are none */
        if (q.act == ACT_COOKIE) /* its purpose is its own; to name a new one beside it is no other cookie */
            sense = q.purpose == POLICY_NONE;
        if (more && !shown && sense)
            found_wrong(pair, pair->now, &q, "this is allowed now, and no widening shows a question");
        dealt_question(pair->was, dice, &q);
        if (!wider && !no_right_lost(pair, &q))
            found_wrong(pair, pair->was, &q, "nothing is said to be wider, and this right is gone");
        if (!narrower && !no_more(pair->now, pair->was, &q))
            found_wrong(pair, pair->was, &q, "nothing is said to be narrower, and this is");
    }
}

/* The question that shows a widening, read back from its sentence, is refused before and allowed now. */
static void
shown_check(const struct pair *pair)
{
    for (const struct diff_change *change = pair->diff.first; change != NULL; change = change->next) {
        struct policy_question q;
        struct policy_verdict now, was;
        struct err err;
        bool use = change->side == DIFF_WIDER && change->scope.acts != 0;
        tally.uses += use;
        tally.uses_shown += use && change->shown.n > 0;
        if (change->unknown) {
            pair_print(pair);
            fail_msg("a difference no comparison spoke of");
        }
        if (change->shown.n == 0)
            continue;
        if (!policy_ask_read(pair->now, change->shown, &q, &err)) {
            (void)printf("# %.*s: %s\n", SPAN_FMT(change->shown), err.text);
            fail_msg("the question is not one");
        }
        struct policy_question before = by_name(pair->now, &q, pair->was);
        policy_decide(pair->now, &q, &now);
        policy_decide(pair->was, &before, &was);
        tally.shown++;
        if (now.answer != ANSWER_REFUSE && was.answer == ANSWER_REFUSE)
            continue;
        (void)printf("# %.*s\n", SPAN_FMT(change->shown));
        pair_print(pair);
        fail_msg("the question shows nothing");
    }
}

static void
compare(const struct policy *was, const struct policy *now, struct dice *dice)
{
    struct pair pair = {.was = was, .now = now};
    arena_reset(&arena);
    assert_true(policy_diff(was, now, &arena, &pair.diff, &files_err));
    bool same = memcmp(was->hash, now->hash, sizeof was->hash) == 0;
    if (same != (pair.diff.first == NULL)) {
        pair_print(&pair);
        fail_msg("%s", same ? "the same policy, and changes" : "another policy, and no change");
    }
    tally.pairs++;
    tally.same += same;
    tally.wider += pair.diff.count[DIFF_WIDER] > 0;
    tally.calm += !same && pair.diff.count[DIFF_WIDER] == 0;
    shown_check(&pair);
    ask(&pair, dice);
}

static struct policy *
compiled(const struct dealt *dealt)
{
    struct span text = dealt_text(dealt);
    struct policy *policy = file_policy(text, "dealt.yaml");
    if (policy == NULL) {
        (void)printf("%.*s\n%.*s\n", SPAN_FMT(text), SPAN_FMT(faults_text()));
        fail_msg("the dealt policy has faults");
    }
    return policy;
}

static void
one_pair(struct dice *dice, int kind, int more)
{
    struct dealt dealt;
    dealt_draw(&dealt, dice);
    struct policy *was = compiled(&dealt);
    dealt_change(&dealt, dice, kind);
    for (int i = 0; i < more; i++)
        dealt_change(&dealt, dice, (int)dice_below(dice, (uint64_t)dealt_changes()));
    struct policy *now = compiled(&dealt);
    compare(was, now, dice);
    compare(now, was, dice);
    policy_free(&was);
    policy_free(&now);
}

static void
what_is_not_wider_allows_nothing_new(void **state)
{
    (void)state;
    struct dice dice = dice_open("diff");
    const char *given = getenv("TROTH_PAIRS");
    long pairs = given == NULL ? PAIRS_EACH : strtol(given, NULL, 10);
    assert_true(arena_open(&arena, ARENA, &files_err));
    for (int kind = 0; kind < dealt_changes(); kind++) {
        long before = tally.pairs - tally.same;
        for (long i = 0; i < pairs; i++)
            one_pair(&dice, kind, (int)dice_below(&dice, 3) % 2);
        if (kind > 0 && tally.pairs - tally.same == before)
            fail_msg("the change %s changes nothing", dealt_change_name(kind));
    }
    arena_close(&arena);
    print_message("%ld comparisons: %ld of the same, %ld with nothing wider, %ld wider\n", tally.pairs, tally.same,
                  tally.calm, tally.wider);
    print_message("%ld questions, %ld allowed anew; %ld widenings of uses, %ld shown by a question\n", tally.asked,
                  tally.more, tally.uses, tally.uses_shown);
    assert_true(tally.asked >= 100000 || given != NULL);
    assert_true(tally.calm * 5 > tally.pairs && tally.uses_shown * 2 > tally.uses);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_wider_allows_nothing_new),
    };
    return cmocka_run_group_tests_name("policy diff, dealt policies", tests, NULL, NULL);
}
