/*
 * The languages a policy is published in, and its sentences in each of them.
 *
 * With one language a sentence is a text. With several it is a map, {en: …, de: …}, that lacks none of them: a page
 * that falls back to another language half-way says less to some than to others. The tables keep the first language's
 * text; the others are found by where it lies (policy_says).
 */
#include "policy/compile_priv.h"

#include <stdio.h>
#include <stdlib.h>

/* Those the page can be written in. */
static const char *const words[] = {"en", "de", NULL};
enum { LANGUAGES = sizeof words / sizeof words[0] - 1 };

/* Sentences of several languages, while the tables are filled. */
struct sentence {
    struct policy_sentence row;
    struct sentence *next;
};

static void
languages_take(struct draft *draft, const struct node *list)
{
    struct policy *policy = draft->policy;
    struct span *rows = ARENA_ARRAY(draft->arena, struct span, LANGUAGES);
    int n = 0;
    if (rows == NULL)
        return;
    (void)rule_add(draft, list, "policy.languages");
    for (const struct node *node = list_first(draft->reader, list, "languages"); node != NULL;
         node = list_next(list, node)) {
        int word = value_choice(draft->reader, node, "language a page can be in", words, POLICY_NONE);
        bool twice = false;
        for (int i = 0; i < n && word != POLICY_NONE; i++)
            twice = twice || span_is(rows[i], words[word]);
        if (twice && span_is(node->text, words[word]))
            fault(draft->reader, node->at, "duplicate-name", "`%s` stands in this list twice", words[word]);
        else if (word != POLICY_NONE && !twice)
            rows[n++] = span_str(words[word]);
    }
    if (list->shape == NODE_LIST && list->count == 0) {
        fault(draft->reader, node_place(list), "empty", "the policy would be published in no language");
        fault_mend(draft->reader, "leave `languages` out, or name them: [en, de]");
    }
    if (n == 0)
        return;
    policy->languages = rows;
    policy->language_count = n;
}

void
compile_languages(struct draft *draft)
{
    struct policy *policy = draft->policy;
    const struct node *head = map_get(draft->root, "policy");
    const struct node *one = map_get(head, "language"), *list = map_get(head, "languages");
    struct span *only = ARENA_ARRAY(draft->arena, struct span, 1);
    if (only == NULL)
        return;
    int word = one == NULL ? 0 : value_choice(draft->reader, one, "language of a page", words, 0);
    only[0] = span_str(words[word]);
    policy->languages = only;
    policy->language_count = 1;
    if (list != NULL)
        languages_take(draft, list);
    policy->language = policy->languages[0];
    if (list == NULL || one == NULL || span_eq(policy->language, only[0]))
        return;
    fault(draft->reader, one->at, "language-first", "`languages` begins with %.*s", SPAN_FMT(policy->language));
    fault_mend(draft->reader, "leave `language` out: the first of `languages` is the policy's own");
}

/* {en: …} while the policy has one language. */
static bool
by_language(const struct node *node)
{
    for (int i = 0; words[i] != NULL && node->shape == NODE_MAP; i++)
        if (map_get(node, words[i]) != NULL)
            return true;
    return false;
}

static void
keys_check(struct draft *draft, const struct node *node)
{
    const struct policy *policy = draft->policy;
    for (const struct node *entry = node->first; entry != NULL; entry = entry->next) {
        struct hint hint;
        bool known = false;
        hint_start(draft->reader, &hint, entry->key->text);
        for (int i = 0; i < policy->language_count; i++) {
            known = known || span_eq(entry->key->text, policy->languages[i]);
            hint_try(&hint, policy->languages[i]);
        }
        if (known)
            continue;
        fault(draft->reader, entry->key->at, "unknown-language", "the policy is not published in `%.*s`",
              SPAN_FMT(shown(entry->key->text)));
        hint_mend(draft->reader, &hint, "the languages are those of `languages` in the section `policy`");
    }
}

static struct span
sentence_read(struct draft *draft, const struct node *node, const char *what)
{
    struct policy *policy = draft->policy;
    int count = policy->language_count;
    struct sentence *sentence = ARENA_NEW(&draft->reader->scratch, struct sentence);
    struct span *others = ARENA_ARRAY(draft->arena, struct span, (size_t)count);
    if (sentence == NULL || others == NULL)
        return SPAN_NONE;
    keys_check(draft, node);
    struct span first = SPAN_NONE;
    for (int i = 0; i < count; i++) {
        char language[8];
        (void)snprintf(language, sizeof language, "%.*s", SPAN_FMT(policy->languages[i]));
        const struct node *text = map_get(node, language);
        struct span kept = keep_text(draft, value_text(draft->reader, text, what));
        if (text == NULL) {
            fault(draft->reader, node_place(node), "language-missing", "%s: not in %s", what, language);
            fault_mend(draft->reader, "add it: %s: …", language);
        }
        if (i == 0)
            first = kept;
        else
            others[i - 1] = kept;
    }
    if (first.n == 0)
        return first;
    *sentence = (struct sentence){{first, others}, draft->sentences};
    draft->sentences = sentence;
    policy->sentence_count++;
    return first;
}

struct span
keep_says(struct draft *draft, const struct node *node, const char *what)
{
    struct reader *reader = draft->reader;
    bool several = draft->policy->language_count > 1;
    if (node != NULL && node->shape == NODE_MAP && several)
        return sentence_read(draft, node, what);
    if (node != NULL && by_language(node)) {
        fault(reader, node_place(node), "language-one", "%s: by language, and the policy names one only", what);
        fault_mend(reader, "write one text, or add to the section `policy`: languages: [en, de]");
        return SPAN_NONE;
    }
    struct span text = value_text(reader, node, what);
    if (several && text.n > 0) {
        fault(reader, node->at, "language-missing", "%s: in one language only", what);
        fault_mend(reader, "write it in each language of the policy: {en: …, de: …}");
    }
    return keep_text(draft, text);
}

struct span
keep_sentence(struct draft *draft, const struct node *map, const char *key, const char *what)
{
    return keep_says(draft, map_get(map, key), what);
}

static int
sentence_compare(const void *a, const void *b)
{
    const struct policy_sentence *x = a, *y = b;
    uintptr_t p = (uintptr_t)x->first.p, q = (uintptr_t)y->first.p;
    return (p > q) - (p < q);
}

bool
sentences_close(struct draft *draft)
{
    struct policy *policy = draft->policy;
    struct policy_sentence *rows =
        ARENA_ARRAY(draft->arena, struct policy_sentence, (size_t)policy->sentence_count + 1);
    int n = 0;
    if (rows == NULL)
        return false;
    for (const struct sentence *sentence = draft->sentences; sentence != NULL; sentence = sentence->next)
        rows[n++] = sentence->row;
    if (n > 0)
        qsort(rows, (size_t)n, sizeof *rows, sentence_compare);
    policy->sentences = rows;
    return true;
}
