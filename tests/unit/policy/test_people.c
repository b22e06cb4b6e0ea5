/* The policy of tests/policy/people.yaml: what is decided about people, and what is said of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "files.h"
#include "policy/decide.h"
#include "policy/page.h"
#include "wire/json.h"
#include "wire/text.h"

static struct policy *policy;
static char memory[1 << 18];

/* A question in words, and the whole answer in words. */
static const struct {
    const char *asks, *answers;
} rows[] = {
    {"may website read account.name for run",
     "Yes: the website may read account.name for run (purposes.run)."},
    {"may website read account.name of a child for run",
     "Yes: the website may read account.name for run (purposes.run)."},
    {"may website read account.name of a child for watch",
     "No: watch is nothing a child's data may serve (children.may)."},
    {"may website list account.name of a child for watch",
     "No: watch is nothing a child's data may serve (children.may)."},
    {"may website read account.name for run while waiting",
     "No: nobody has said yes for this child yet, and until then only those who may say it are asked "
      "(children.parent)."},
    {"may website read contact for ask-parents while waiting",
     "Yes: the website may read contact for ask-parents (purposes.ask-parents)."},
    {"may website read account.name for ask-parents while waiting",
     "No: nobody has said yes for this child yet, and until then only those who may say it are asked "
      "(children.parent)."},
    {"may website write contact.email for ask-parents while waiting",
     "Yes: the website may write contact for ask-parents (roles.website)."},
    {"may website write account.name for run while waiting",
     "No: nobody has said yes for this child yet, and until then only those who may say it are asked "
      "(children.parent)."},
    {"may website read account.name for run while found",
     "No: this account was found to be a child's, and is left alone until it is erased (children.discovered)."},
    {"may desk read account.name for books with case second while found",
     "Yes: the desk may read account.name for books (purposes.books)."},
    {"may desk read account for rights with case second while found",
     "Yes: the desk may read account for the person's own rights (rights.self)."},
    {"may website read account.name for run while schooled",
     "No: run is nothing a school may agree to for a child (children.school)."},
    {"may teacher read account.name of own class for teach while schooled",
     "Yes: the teacher may read account.name for teach (purposes.teach)."},
    {"may website collect register while waiting",
     "No: nobody has said yes for this child yet, and until then only those who may say it are asked "
      "(children.parent)."},
    {"may website collect parents while waiting",
     "Yes: the website may take in what comes through parents (collect.parents)."},
    {"may website collect register while allowed",
     "Yes: the website may take in what comes through register (collect.register)."},
    {"may website collect register while schooled",
     "No: all that is collected there is nothing a school may agree to for a child (children.school)."},
    {"may website collect register while found",
     "No: this account was found to be a child's, and is left alone until it is erased (children.discovered)."},
    {"may website collect count of a child",
     "No: all that is collected there is nothing a child's data may serve (children.may)."},
    {"may website collect count for watch of a child",
     "No: watch is nothing a child's data may serve (children.may)."},
    {"may website tell closed while waiting",
     "Yes: the website may tell \"closed\" for ending what is over (roles.website)."},
    {"may website tell closed for run while waiting",
     "No: nobody has said yes for this child yet, and until then only those who may say it are asked "
      "(children.parent)."},
    {"may website tell closed for ask-parents while waiting",
     "Yes: the website may tell \"closed\" for ask-parents (roles.website)."},
    {"may website erase while waiting",
     "Yes: the website may erase everything for the person's own rights (rights.self)."},
    {"may website erase while found",
     "Yes: the website may erase everything for the person's own rights (rights.self)."},
    {"may child export while found",
     "Yes: the person may export everything for the person's own rights (rights.self)."},
    {"may system erase account while found",
     "Yes: the server itself may erase account for ending what is over (default.retention)."},
    {"may teacher read grade of own class for teach",
     "No: grade can be read by who wrote it and by the person it is about, and by nobody else "
      "(data.grade.sealed-to)."},
    {"may teacher read grade of own class for teach as author",
     "Yes: the teacher may read grade for teach (purposes.teach)."},
    {"may teacher read grade for teach as author",
     "No: the teacher is limited to their own class, and that this person is among them was not shown "
      "(roles.teacher)."},
    {"may teacher list grade of own class for teach",
     "No: grade can be read by who wrote it and by the person it is about, and by nobody else "
      "(data.grade.sealed-to)."},
    {"may teacher write grade.mark of own class for teach",
     "Yes: the teacher may write grade for teach (roles.teacher)."},
    {"may pupils-app read grade of themself for teach",
     "Yes: the pupils app may read grade for teach (purposes.teach)."},
    {"may pupils-app read grade for teach",
     "No: the pupils app is limited to the person who is there themself, and that this person is among them was "
      "not shown (roles.pupils-app)."},
    {"may student read grade",
     "Yes: the person may read grade for the person's own rights (rights.self)."},
    {"may student export grade",
     "Yes: the person may export grade for the person's own rights (rights.self)."},
    {"may desk read grade with case second for rights",
     "No: grade can be read by who wrote it and by the person it is about, and by nobody else "
      "(data.grade.sealed-to)."},
    {"may desk export grade with case second",
     "No: grade can be read by who wrote it and by the person it is about, and by nobody else "
      "(data.grade.sealed-to)."},
    {"may desk export with case second",
     "Yes: the desk may export everything for the person's own rights (rights.self)."},
    {"may desk export with case",
     "No: the desk does this only when another of them has agreed to it, and nobody has (roles.desk.second-person)."},
    {"may desk export with second",
     "No: the desk does this only for a case, and none was named (roles.desk.needs)."},
    {"may desk export",
     "No: the desk does this only for a case, and none was named (roles.desk.needs)."},
    {"may teacher read chat of own class for teach",
     "Yes: the teacher may read chat for teach (purposes.teach)."},
    {"may desk read chat with case second for rights",
     "No: chat is sealed to others, and the desk cannot read it (data.chat.blind)."},
    {"may website read chat for rights",
     "Yes: the website may read chat for the person's own rights (rights.self)."},
    {"may person read chat",
     "Yes: the person may read chat for the person's own rights (rights.self)."},
    {"may phone read position for locate with consent",
     "No: this kind of server has nothing of that, and no way in or out for it (default.closed-world)."},
    {"may phone read position for locate with consent on vendor",
     "No: this kind of server has nothing of that, and no way in or out for it (default.closed-world)."},
    {"may phone read position for locate with consent on onsite",
     "Yes: the phone may read position for locate (purposes.locate)."},
    {"may phone read position for locate on onsite",
     "No: locate rests on the person's consent, and the person was never asked or never answered "
      "(purposes.locate.basis)."},
    {"may person read position",
     "No: this kind of server has nothing of that, and no way in or out for it (default.closed-world)."},
    {"may person read position on onsite",
     "Yes: the person may read position for the person's own rights (rights.self)."},
    {"may person erase position on vendor",
     "No: this kind of server has nothing of that, and no way in or out for it (default.closed-world)."},
    {"may phone collect switch-on",
     "No: this kind of server has nothing of that, and no way in or out for it (default.closed-world)."},
    {"may phone collect switch-on on onsite",
     "No: that collection point takes nothing before the person has agreed to locate (collect.switch-on.agreed)."},
    {"may phone collect switch-on with consent on onsite",
     "Yes: the phone may take in what comes through switch-on (collect.switch-on)."},
    {"may phone collect switch-on with consent on vendor",
     "No: this kind of server has nothing of that, and no way in or out for it (default.closed-world)."},
    {"may phone collect switch-on with pending consent on onsite",
     "No: that collection point takes nothing before the person has agreed to locate (collect.switch-on.agreed)."},
    {"may phone collect switch-on for locate while restricted on onsite with consent",
     "Yes: the phone may take in what comes through switch-on for locate (collect.switch-on)."},
    {"may partner-app collect enter",
     "No: the partner app is limited to those it is shown to be the reseller of, and that this person is among "
      "them was not shown (roles.partner-app)."},
    {"may partner-app collect enter with relation",
     "Yes: the partner app may take in what comes through enter (collect.enter)."},
    {"may partner-app collect enter with reseller",
     "Yes: the partner app may take in what comes through enter (collect.enter)."},
    {"may partner-app read account.name for resell",
     "No: the partner app is limited to those it is shown to be the reseller of, and that this person is among "
      "them was not shown (roles.partner-app)."},
    {"may partner-app read account.name for resell with reseller",
     "Yes: the partner app may read account.name for resell (purposes.resell)."},
    {"may person export of another child with guardian",
     "Yes: the person may export everything for the person's own rights (relations.guardian.rights)."},
    {"may person export of another with guardian",
     "Yes: the person may export everything for the person's own rights (relations.guardian.rights)."},
    {"may person read account of another with guardian",
     "Yes: the person may read account for the person's own rights (relations.guardian.rights)."},
    {"may person read grade of another with guardian",
     "No: grade can be read by who wrote it and by the person it is about, and by nobody else "
      "(data.grade.sealed-to)."},
    {"may person export of another with reseller",
     "No: a person may do this over their own data, and over nobody else's (rights.self)."},
    {"may person list account of another with guardian",
     "No: this is not among a person's rights over their own data (default.silence)."},
    {"may person export of another",
     "No: a person may do this over their own data, and over nobody else's (rights.self)."},
    {"may website read contact for ask-parents",
     "Yes: the website may read contact for ask-parents (purposes.ask-parents)."},
};

/* Sentences that are none: the word is named, and what should stand there. */
static const struct {
    const char *asks, *word, *wants;
} faults[] = {
    {"may teacher read grade for teach as reader", "\"reader\"", "author"},
    {"may teacher read grade for teach as", "ends", "author"},
    {"may phone read position for locate on moon", "\"on\"", "kind of server"},
    {"may website read account for run with nobody", "\"nobody\"", "second"},
    {"may website read account for run while grown", "\"grown\"", "waiting"},
    {"may partner-app read account for resell with resellers", "\"resellers\"", "relation"},
};

static void
questions_answered(void **state)
{
    (void)state;
    int bad = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy_question q;
        struct policy_verdict verdict;
        struct err err = {0};
        struct buf out;
        buf_init(&out, memory, sizeof memory);
        if (policy_ask_read(policy, span_str(rows[i].asks), &q, &err)) {
            policy_decide(policy, &q, &verdict);
            policy_explain(policy, &q, &verdict, &out);
        }
        if (span_is(buf_span(&out), rows[i].answers))
            continue;
        print_error("%s\n  got:    %.*s%s\n  wanted: %s\n", rows[i].asks, SPAN_FMT(buf_span(&out)), err.text,
                    rows[i].answers);
        bad++;
    }
    assert_int_equal(bad, 0);
}

static void
faults_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct policy_question q = {.role = 77};
        struct err err = {0};
        bool read = policy_ask_read(policy, span_str(faults[i].asks), &q, &err);
        if (read || err.code != ERR_USAGE || strstr(err.text, faults[i].word) == NULL ||
            strstr(err.text, faults[i].wants) == NULL || q.role != 77)
            fail_msg("\"%s\": %s", faults[i].asks, read ? "was read" : err.text);
    }
}

/* A child state the program does not know is no child with a yes; an instance outside the list is none. */
static void
strange_states_refuse(void **state)
{
    (void)state;
    struct policy_question q;
    struct policy_verdict verdict;
    struct err err;
    assert_true(policy_ask_read(policy, SPAN("may website read account.name for run"), &q, &err));
    q.child = (enum policy_child_state)77;
    policy_decide(policy, &q, &verdict);
    assert_int_equal(verdict.answer, ANSWER_REFUSE);
    assert_true(policy_ask_read(policy, SPAN("may phone read position for locate with consent on onsite"), &q, &err));
    for (int i = -3; i < 5; i++) {
        q.instance = i;
        policy_decide(policy, &q, &verdict);
        assert_int_equal(verdict.answer,
                         i == policy_instance_find(policy, SPAN("onsite")) ? ANSWER_ALLOW : ANSWER_REFUSE);
    }
    assert_true(policy_ask_read(policy, SPAN("may person export of another with guardian"), &q, &err));
    for (int i = -3; i < 5; i++) {
        q.relation = i;
        policy_decide(policy, &q, &verdict);
        assert_int_equal(verdict.answer,
                         i == policy_relation_find(policy, SPAN("guardian")) ? ANSWER_ALLOW : ANSWER_REFUSE);
    }
}

static void
ages_by_country_and_day(void **state)
{
    (void)state;
    static const struct {
        const char *country;
        int year, years;
    } ages[] = {{"DE", 2026, 16}, {"US", 2026, 13}, {"DK", 2026, 15}, {"DK", 2024, 15},
                {"DK", 2023, 16}, /* its row ended before the policy began, so it is not in it */
                {"FR", 2026, 16}, /* nothing is sold there */
                {"XX", 2026, 16}, {"", 2026, 16}, {"DE", 2017, 16}};
    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        int got = policy_child_age(policy, span_str(ages[i].country), date_days(ages[i].year, 6, 1));
        if (got != ages[i].years)
            fail_msg("%s in %d: %d", ages[i].country, ages[i].year, got);
    }
}

/* Whatever the server has no code for is said, each once, and nothing else. */
static void
unkept_is_told(void **state)
{
    (void)state;
    static const char *const wanted[] = {"people.partner.states",
                                         "relations.guardian.rights",
                                         "data.grade.sealed-to",
                                         "data.chat.blind",
                                         "data.push.memory",
                                         "data.lead.sourced",
                                         "data.lead.backup",
                                         "data.lead.keys",
                                         "data.visit.keys",
                                         "roles.desk.second-person",
                                         "roles.desk.seen",
                                         "collect.register.age-gate",
                                         "collect.parents.age-gate",
                                         "collect.enter.relation",
                                         "children"};
    int count = (int)(sizeof wanted / sizeof wanted[0]);
    for (int i = 0; i < policy->unkept_count && i < count; i++)
        assert_true(span_is(policy_rule_name(policy, (uint32_t)policy->unkept[i]), wanted[i]));
    assert_int_equal(policy->unkept_count, count);
}

/* PAGE_FORMS: the JSON */
static struct span
page(enum page_form form)
{
    const struct page_look look = {.form = form};
    struct buf out;
    buf_init(&out, memory, sizeof memory - 1);
    if (form == PAGE_FORMS)
        policy_page_json(policy, &out);
    else
        policy_page(policy, &look, &out);
    assert_true(buf_ok(&out));
    memory[out.n] = '\0';
    return buf_span(&out);
}

static void
page_says(void **state)
{
    (void)state;
    static const char *const all[] = {
        "<h2 id=\"children\">Children</h2>", "In which year were you born, and where do you live?",
        "Without a yes within 14 days we erase all of it.", "They say yes by a sealed link in a mail",
        "<th scope=\"row\" role=\"rowheader\">Denmark</th>", "in force from <time datetime=\"2024-01-01\">1 January 2024</time>", "NRK", "COPPA",
        "in every other country whoever is younger than 16", "is left alone at once and erased within 14 days",
        "<a href=\"#children\">", "Who wrote it and you yourself can read it, and nobody else, not even we.",
        "It exists only on servers of this kind: onsite. Each new one replaces the one before.",
        "We cannot read it; it is sealed to the key of your class.",
        "It lies in memory alone",
        "It is in no backup. Each of them has a key of its own. It comes from elsewhere",
        "which is destroyed at its end",
        "A parent can be a parent or guardian of a child",
        "a sealed link in a mail or a document. They may then ask us for all that the other could ask for.",
        "Your class: who leads it sees a student; those of one never see those of another; it belongs to your school.",
        "those of one may see those of another", "you begin as \xe2\x80\x9c" "applied\xe2\x80\x9d, and may act only while you are approved",
        "we keep only the year", "we keep it to about a kilometre", "we keep only the part that says which network",
        "we never get what you say, only what comes of it: child or adult", "another of them has agreed to it",
        "you are shown at once that it happened", "it is about somebody they are the reseller of",
        "Write nothing about anybody else here.", NULL};
    (void)page(PAGE_HTML);
    for (const char *const *s = all; *s != NULL; s++)
        if (strstr(memory, *s) == NULL)
            fail_msg("the page lacks: %s", *s);
    (void)page(PAGE_TEXT);
    assert_non_null(strstr(memory, "\nWhat we keep with more care\n"));
    assert_non_null(strstr(memory, "\nWho belongs to whom\n"));
}

static const struct json *
member_of(const struct json *list, const char *name)
{
    struct span text;
    for (const struct json *row = list->first; row != NULL; row = row->next)
        if (json_get_text(row, "name", &text) && span_is(text, name))
            return row;
    fail_msg("there is no %s", name);
    return NULL;
}

static void
json_says(void **state)
{
    (void)state;
    struct arena arena;
    struct err err;
    const struct json *root;
    struct span text;
    assert_true(arena_open(&arena, 1 << 20, &err));
    assert_true(json_read(&arena, page(PAGE_FORMS), &root, &err));
    const struct json *children = json_get(root, "children");
    assert_true(json_get_text(children, "kind", &text) && span_is(text, "child"));
    assert_int_equal(json_get(children, "ages")->count, 3);
    assert_true(json_get_text(json_get(children, "parent"), "within", &text) && span_is(text, "P14D"));
    assert_int_equal(json_get(root, "instances")->count, 2);
    const struct json *categories = json_get(root, "categories");
    assert_true(json_get_text(member_of(categories, "position"), "only", &text) && span_is(text, "onsite"));
    assert_true(json_get_text(member_of(categories, "visit"), "keys", &text) && span_is(text, "day"));
    assert_int_equal(json_get(member_of(categories, "push"), "backup")->kind, JSON_FALSE);
    assert_int_equal(json_get(member_of(json_get(root, "relations"), "guardian"), "rights")->kind, JSON_TRUE);
    assert_int_equal(json_get(member_of(json_get(root, "people"), "partner"), "acts_in")->count, 1);
    assert_true(json_get_text(member_of(json_get(root, "points"), "switch-on"), "agreed", &text) &&
                span_is(text, "locate"));
    arena_close(&arena);
}

/* Every word of it counts: another one is another policy. */
static void
each_word_is_in_the_hash(void **state)
{
    (void)state;
    static char changed[1 << 16];
    static const char *const pairs[][2] = {
        {"instances: [vendor, onsite]", "instances: [vendor, onsite, spare]"},
        {"sees: [student]", "sees: [child]"},
        {", isolated: no", ""},
        {"states: [applied, approved, suspended]", "states: [approved, applied, suspended]"},
        {"acts-in: [approved]", "acts-in: [approved, applied]"},
        {"from: parent", "from: user"},
        {"to: child", "to: student"},
        {"shown-by: [sealed-link, document]", "shown-by: [document]"},
        {"precision: year", "precision: month"},
        {", precision: year", ""},
        {"precision: net", "says: address"},
        {", store: outcome-only, choices: [child, adult]", ""},
        {"choices: [child, adult]", "choices: [child]"},
        {"    latest: yes\n", ""},
        {"    only: onsite\n", ""},
        {"only: onsite", "only: vendor"},
        {", blind: class", ", blind: school"},
        {", memory: yes", ""},
        {"sourced: yes, ", ""},
        {"backup: no, ", ""},
        {"keys: record", "keys: own"},
        {", second-person: yes", ""},
        {", seen: yes", ""},
        {"    age-gate: yes\n", ""},
        {"form: 3", "form: 4"},
        {"agreed: locate, ", ""},
        {"    relation: reseller\n", ""},
        {"nothing about anybody", "nothing on anybody"},
        {"  guardian: guardian\n  ages", "  guardian: reseller\n  ages"},
        {"ages: law.child-consent\n  else: 16", "ages: 16"},
        {"else: 16", "else: 15"},
        {"In which year", "In what year"},
        {"may: [run, ask-parents, teach]", "may: [run, ask-parents, teach, books]"},
        {"by: sealed-link", "by: document"},
        {"within: 14 days", "within: 13 days"},
        {"organisation: school, for", "organisation: club, for"},
        {"discovered: 14 days", "discovered: 2 days"},
        {"of-age: 30 days", "of-age: 31 days"},
        {"sells-to: [DE, DK, US]", "sells-to: [DE, DK]"},
        {"  parent: {by: sealed-link, keeps: [contact.email], within: 14 days, for: [ask-parents]}\n", ""},
    };
    struct span text = file_text("tests/policy/people.yaml");
    static char original[1 << 16];
    assert_true(span_copy(text, original, sizeof original));
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *at = strstr(original, pairs[i][0]);
        if (at == NULL)
            fail_msg("%s stands nowhere", pairs[i][0]);
        int n = snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - original), original, pairs[i][1],
                         at + strlen(pairs[i][0]));
        struct policy *other = file_policy(span_of(changed, (size_t)n), "people.yaml");
        /* What a change leaves without a meaning may be a fault; the words of it are none. */
        if (other == NULL) {
            const struct policy_fault *fault = &files_faults.rows[0];
            for (int f = 0; f < files_faults.count && fault->warning; f++)
                fault = &files_faults.rows[f];
            fail_msg("%s: %s", pairs[i][1], fault->code);
        }
        if (memcmp(other->hash, policy->hash, sizeof policy->hash) == 0)
            fail_msg("the hash does not see \"%s\" become \"%s\"", pairs[i][0], pairs[i][1]);
        policy_free(&other);
    }
    struct policy *same = file_policy(span_str(original), "people.yaml");
    assert_memory_equal(same->hash, policy->hash, sizeof policy->hash);
    policy_free(&same);
}

static int
setup(void **state)
{
    (void)state;
    policy = file_policy(file_text("tests/policy/people.yaml"), "people.yaml");
    if (policy == NULL)
        print_error("%.*s", SPAN_FMT(faults_text()));
    return policy == NULL ? 1 : 0;
}

static int
teardown(void **state)
{
    (void)state;
    policy_free(&policy);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(questions_answered),
        cmocka_unit_test(faults_named),
        cmocka_unit_test(strange_states_refuse),
        cmocka_unit_test(unkept_is_told),
        cmocka_unit_test(page_says),
        cmocka_unit_test(json_says),
        cmocka_unit_test(ages_by_country_and_day),
        cmocka_unit_test(each_word_is_in_the_hash),
    };
    return cmocka_run_group_tests_name("policy people", tests, setup, teardown);
}
