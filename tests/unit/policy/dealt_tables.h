/* dealt_tables.h - the words a dealt policy is drawn from. */
#ifndef TROTH_TESTS_DEALT_TABLES_H
#define TROTH_TESTS_DEALT_TABLES_H

#include "dealt.h"

#define DEALT_TABLE static const __attribute__((unused))

DEALT_TABLE char *const kind_names[D_KINDS] = {"user", "customer", "student"};
DEALT_TABLE char *const organisation_names[D_ORGANISATIONS] = {"school", "class"};
DEALT_TABLE char *const event_names[D_EVENTS] = {"closed", "left", "paid"};
DEALT_TABLE char *const category_names[D_CATEGORIES] = {"account", "order", "grade", "visit"};
DEALT_TABLE char *const purpose_names[D_PURPOSES] = {"run", "support", "news", "tax", "teach", "improve"};
DEALT_TABLE char *const role_names[D_ROLES] = {"website", "helpdesk", "mailer", "clerk", "tutor"};
DEALT_TABLE char *const point_names[D_POINTS] = {"register", "buy", "ask", "mark"};
DEALT_TABLE char *const never_names[D_NEVERS] = {"sale", "rent", "profiling"};
DEALT_TABLE char *const cookie_names[D_COOKIES] = {"session", "choice", "counting"};
DEALT_TABLE char *const clause_names[D_CLAUSES] = {"first", "second", "third"};
DEALT_TABLE char *const task_names[D_TASKS] = {"ticket", "order-task", "case"};
DEALT_TABLE char *const host_rows[D_HOSTS] = {"{place: Bonn, country: DE, for: live}",
                                               "{place: Dublin, country: IE, for: backup}",
                                               "{place: Graz, country: AT, for: live}"};
DEALT_TABLE char *const govern_names[D_GOVERNS] = {"website", "api", "apps"};
DEALT_TABLE char *const mail_names[D_MAILS] = {"letter", "receipt"};
DEALT_TABLE char *const bases[] = {"consent", "contract", "legal-obligation", "vital-interests",
                                    "public-interest", "legitimate-interests"};
DEALT_TABLE char *const channels[] = {NULL, "email", "post"};
DEALT_TABLE char *const relation_names[D_RELATIONS] = {"guardian", "reseller"};
DEALT_TABLE char *const instance_names[D_INSTANCES] = {"vendor", "onsite"};
DEALT_TABLE char *const seats[] = {NULL, "DE", "US"};
/* Each at least as long as the one before, from whichever day. */
DEALT_TABLE char *const times[] = {NULL, "10 days", "30 days", "2 months", "1 year",
                                    "1 year after year end", "2 years", "3 years after year end"};
enum { TIMES = sizeof times / sizeof times[0] };

enum { STORE_AS_IS, STORE_HASH, STORE_NO, STORE_LAST };
DEALT_TABLE char *const stores[] = {NULL, "hash-only", "never", "last4"};
DEALT_TABLE struct {
    const char *name;
    unsigned stores; /* which of the above it takes */
    bool lookup;
} types[] = {
    {"text", 1u << STORE_AS_IS | 1u << STORE_NO | 1u << STORE_LAST, true},
    {"name", 1u << STORE_AS_IS | 1u << STORE_NO, true},
    {"date", 1u << STORE_AS_IS, false},
    {"token", 1u << STORE_AS_IS | 1u << STORE_HASH, true},
    {"password", 1u << STORE_HASH, false},
    {"card-number", 1u << STORE_NO | 1u << STORE_LAST, false},
    {"choice", 1u << STORE_AS_IS, false},
    {"number", 1u << STORE_AS_IS | 1u << STORE_NO, false},
    {"email", 1u << STORE_AS_IS, true},
};
enum { TYPES = sizeof types / sizeof types[0], TYPE_DAY = 2, TYPE_CHOOSE = 6, TYPE_MAIL = 8 };
DEALT_TABLE char *const choices[] = {"[a, b]", "[a, b, c]", "[b, a]", "[c]"};
DEALT_TABLE char *const identifies[] = {NULL, "yes", "no"};
DEALT_TABLE char *const lookups[] = {NULL, "yes", "unique"};
DEALT_TABLE int lengths[] = {0, 20, 100, 4000};

DEALT_TABLE char *const recipient_names[D_RECIPIENTS] = {"bank", "printer", "desk-abroad", "counter"};
DEALT_TABLE char *const ground_names[D_GROUNDS] = {"permission", "court", "danger"};
DEALT_TABLE char *const countries[] = {"IE", "US", "FR", "CH"};
/* dealt_language.c: the text, with each sentence in each language the draw has. */
struct span dealt_spoken(const struct dealt *dealt, struct span text);

/* dealt_told.c */
void dealt_told_draw(struct dealt_told *told, struct dice *dice);
void dealt_told_mend(struct dealt *dealt);
void dealt_told_text(struct buf *out, const struct dealt *dealt);
void dealt_told_say(const struct dealt *dealt, void (*say)(const char *subject, const char *verb, const char *object));
int dealt_told_changes(void);
const char *dealt_told_change_name(int kind);
void dealt_told_change(struct dealt_told *told, struct dice *dice, int kind);

static inline int
below(struct dice *dice, int n)
{
    return (int)dice_below(dice, (uint64_t)n);
}

static inline bool
chance(struct dice *dice, int of_hundred)
{
    return below(dice, 100) < of_hundred;
}

/* n bits, each set by such a chance. */
static inline unsigned
some(struct dice *dice, int n, int of_hundred)
{
    unsigned bits = 0;
    for (int i = 0; i < n; i++)
        bits |= chance(dice, of_hundred) ? 1u << i : 0;
    return bits;
}

/* dealt_text.c: "key: [a, b]" of the names whose bits are set. */
void dealt_list(struct buf *out, const char *key, const char *const *names, int n, unsigned bits);
/* dealt_text.c: one more sentence for the reference. */
void dealt_say(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Whether the field is stored here at all. */
static inline bool
dealt_kept(const struct dealt *d, int c, int f)
{
    const struct dealt_category *row = &d->categories[c];
    return row->there && row->fields[f].there && row->fields[f].store != STORE_NO;
}

/* Whether it is not, and passes through to somebody. */
static inline bool
dealt_passes(const struct dealt *d, int c, int f)
{
    const struct dealt_category *row = &d->categories[c];
    const struct dealt_field *field = &row->fields[f];
    return row->there && field->there && field->store == STORE_NO && field->to != POLICY_NONE &&
           d->recipients[field->to].there;
}

#endif
