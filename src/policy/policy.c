#include "policy/policy.h"

#include "base/clock.h"
#include "wire/text.h"

#define FIND(function, count, place)                                                               \
    int function(const struct policy *policy, struct span name)                                    \
    {                                                                                              \
        for (int i = 0; i < policy->count; i++)                                                    \
            if (span_eq(policy->place, name))                                                      \
                return i;                                                                          \
        return POLICY_NONE;                                                                        \
    }

FIND(policy_category_find, category_count, categories[i].name)
FIND(policy_purpose_find, purpose_count, purposes[i].name)
FIND(policy_role_find, role_count, roles[i].name)
FIND(policy_point_find, point_count, points[i].name)
FIND(policy_kind_find, kind_count, kinds[i].name)
FIND(policy_never_find, never_count, nevers[i].name)
FIND(policy_task_find, task_count, tasks[i])
FIND(policy_event_find, event_count, events[i])
FIND(policy_relation_find, relation_count, relations[i].name)
FIND(policy_organisation_find, organisation_count, organisations[i].name)
FIND(policy_instance_find, instance_count, instances[i])
FIND(policy_recipient_find, recipient_count, recipients[i].name)
FIND(policy_ground_find, ground_count, grounds[i].name)
FIND(policy_template_find, mail.template_count, mail.templates[i].name)
FIND(policy_cookie_find, cookie_count, cookies[i].name)

int
policy_field_in(const struct policy *policy, int category, struct span name)
{
    if (category < 0 || category >= policy->category_count)
        return POLICY_NONE;
    const struct policy_category *row = &policy->categories[category];
    for (int i = row->field_first; i < row->field_first + row->field_count; i++)
        if (span_eq(policy->fields[i].name, name))
            return i;
    return POLICY_NONE;
}

int
policy_field_find(const struct policy *policy, struct span full_name)
{
    size_t dot = span_find(full_name, '.');
    int category = policy_category_find(policy, span_sub(full_name, 0, dot));
    if (dot == full_name.n || category == POLICY_NONE)
        return POLICY_NONE;
    return policy_field_in(policy, category, span_sub(full_name, dot + 1, SIZE_MAX));
}

bool
policy_kind_is(const struct policy *policy, int kind, int wider)
{
    /* The checker takes circles out; the count is the belt to it. */
    for (int steps = 0; kind >= 0 && kind < policy->kind_count && steps < policy->kind_count; steps++) {
        if (kind == wider)
            return true;
        kind = policy->kinds[kind].is;
    }
    return false;
}

bool
policy_organisation_within(const struct policy *policy, int organisation, int wider)
{
    for (int steps = 0; organisation != POLICY_NONE && steps <= policy->organisation_count; steps++) {
        if (organisation == wider)
            return true;
        organisation = policy->organisations[organisation].of;
    }
    return false;
}

bool
policy_role_within(const struct policy *policy, int role, int organisation)
{
    struct span own = SPAN("own-"), over = policy->roles[role].over_relation;
    if (policy->roles[role].over != OVER_RELATED || !span_starts(over, own))
        return false;
    return policy_organisation_within(policy, policy_organisation_find(policy, span_sub(over, own.n, SIZE_MAX)),
                                      organisation);
}

int
policy_child_age(const struct policy *policy, struct span country, int64_t day)
{
    const struct policy_children *children = &policy->children;
    if (!children->ages_law)
        return children->age_fixed;
    for (int i = 0; i < children->age_count; i++) {
        const struct policy_age *row = &children->ages[i];
        if (span_eq(row->country, country) && row->from_days <= day && day <= row->to_days)
            return row->years;
    }
    return children->age_else;
}

struct span
policy_rule_name(const struct policy *policy, uint32_t rule)
{
    if (rule >= (uint32_t)policy->rule_count || policy->rules[rule].name.n == 0)
        return SPAN("-");
    return policy->rules[rule].name;
}

const char *
policy_type_name(enum policy_type type)
{
    static const char *const names[TYPE_COUNT] = {
        [TYPE_NAME] = "name", [TYPE_EMAIL] = "email", [TYPE_PHONE] = "phone",
        [TYPE_ADDRESS] = "address", [TYPE_USERNAME] = "username", [TYPE_PASSWORD] = "password",
        [TYPE_DATE] = "date", [TYPE_BIRTHDATE] = "birthdate", [TYPE_COUNTRY] = "country",
        [TYPE_IP] = "ip", [TYPE_URL] = "url", [TYPE_USER_AGENT] = "user-agent",
        [TYPE_NUMBER] = "number", [TYPE_MONEY] = "money", [TYPE_TEXT] = "text",
        [TYPE_NOTE] = "note", [TYPE_CHOICE] = "choice", [TYPE_TOKEN] = "token",
        [TYPE_SECRET] = "secret", [TYPE_CARD_NUMBER] = "card-number", [TYPE_BOOLEAN] = "boolean",
        [TYPE_GEO] = "geo", [TYPE_FILE] = "file",
    };
    TROTH_ASSERT((unsigned)type < TYPE_COUNT);
    return names[type];
}

const char *
policy_basis_name(enum policy_basis basis)
{
    static const char *const names[] = {
        [BASIS_CONSENT] = "consent", [BASIS_CONTRACT] = "contract",
        [BASIS_LEGAL_OBLIGATION] = "legal-obligation",
        [BASIS_VITAL_INTERESTS] = "vital-interests", [BASIS_PUBLIC_INTEREST] = "public-interest",
        [BASIS_LEGITIMATE_INTERESTS] = "legitimate-interests",
    };
    TROTH_ASSERT((unsigned)basis < sizeof names / sizeof names[0]);
    return names[basis];
}

#define NAMES(function, type, ...)                                                                 \
    const char *function(enum type i)                                                              \
    {                                                                                              \
        static const char *const names[] = {__VA_ARGS__};                                          \
        TROTH_ASSERT((unsigned)i < sizeof names / sizeof names[0]);                                \
        return names[i];                                                                           \
    }

NAMES(policy_control_name, policy_control, "transport", "at-rest", "access", "logging", "erasure", "incidents",
      "staff", "audit")
NAMES(policy_assurance_name, policy_assurance_kind, "dpa", "adequacy", "clauses", "binding-rules", "certificate",
      "code", "use-limit", "notice")
NAMES(policy_recipient_role_name, policy_recipient_role, "processor", "controller", "joint", "successor", "authority")
NAMES(policy_evidence_name, policy_evidence, "document", "law", "scope", "reasons", "incident", "consent", "order",
      "mandate")
NAMES(policy_notice_name, policy_notice, "before", "after-gag", "after", "never")
NAMES(policy_cookie_kind_name, policy_cookie_kind, "cookie", "local-storage", "session-storage", "pixel", "embed")

int64_t
policy_time_add(const struct policy_span_of_time *span, int64_t from_us)
{
    int64_t days = from_us / CLOCK_US_PER_DAY, rest = from_us % CLOCK_US_PER_DAY;
    if (rest < 0) {
        rest += CLOCK_US_PER_DAY;
        days--;
    }
    if (span->from_year_end) {
        int year, month, day;
        date_civil(days, &year, &month, &day);
        days = date_days(year + 1, 1, 1);
        rest = 0;
    }
    if (span->years != 0 || span->months != 0)
        days = date_add_months(days, span->years * 12 + span->months);
    days += span->days;
    return days * CLOCK_US_PER_DAY + rest + span->hours * (INT64_C(3600) * CLOCK_US_PER_S);
}

struct span
policy_says(const struct policy *policy, struct span says, int language)
{
    int low = 0, high = language > 0 && language < policy->language_count ? policy->sentence_count : 0;
    while (low < high) {
        int middle = low + (high - low) / 2;
        const struct policy_sentence *row = &policy->sentences[middle];
        if (row->first.p == says.p)
            return row->others[language - 1];
        if ((uintptr_t)row->first.p < (uintptr_t)says.p)
            low = middle + 1;
        else
            high = middle;
    }
    return says;
}

void
policy_free(struct policy **policy)
{
    if (*policy == NULL)
        return;
    struct arena arena = (*policy)->arena; /* the struct lies in it */
    *policy = NULL;
    arena_close(&arena);
}
