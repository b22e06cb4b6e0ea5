/* Any bytes as a policy file: no crash, and whatever is accepted reads again from its own tables. */
#include "crypt/crypt.h"
#include "policy/page.h"
#include "policy/read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every page of it can be written, and names it. */
static void
pages_look(const struct policy *policy)
{
    static char page[1 << 21];
    for (int form = 0; form < PAGE_FORMS; form++)
        for (int i = 0; locale_at(i) != NULL; i++) {
            const struct page_look look = {.form = (enum page_form)form, .locale = locale_at(i), .address = "/policy"};
            struct buf out;
            buf_init(&out, page, sizeof page);
            policy_page(policy, &look, &out);
            TROTH_ASSERT(!buf_ok(&out) || policy_page_fits(buf_span(&out), policy->hash));
        }
}

/* What may be included; a pack (policy/read.h) brings its own. */
static bool
beside_text(void *self, const char *name, struct span *ret, struct err *err)
{
    static const char *const files[][2] = {
        {"data.yaml", "data: {account: {of: user, fields: {email: {type: email}}}}\n"},
        {"deep/a.yaml", "include: [b.yaml]\nevents: {left: You left.}\n"},
        {"deep/b.yaml", "include: [a.yaml]\n"},
        {"faults.yaml", "people: {user: {say: [}}\n"},
        {"keep.yaml", "keep: {account: {until: closed, then: erase}}\n"},
    };
    (void)self;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (strcmp(files[i][0], name) == 0) {
            *ret = span_str(files[i][1]);
            return true;
        }
    return err_set(err, ERR_NOT_FOUND, "there is no such file");
}

/* Nobody gets what could not be given, and an origin is a scheme and a host, whatever was written. */
static void
outward_look(const struct policy *policy)
{
    for (int i = 0; i < policy->recipient_count; i++) {
        const struct policy_recipient *row = &policy->recipients[i];
        TROTH_ASSERT(row->part_of != i && row->part_of < policy->recipient_count && row->country.n == 2);
        for (int c = 0; c < policy->category_count; c++)
            TROTH_ASSERT((row->gets[c] & ~policy->categories[c].all) == 0);
    }
    for (int i = 0; i < policy->cookie_count; i++)
        for (int k = 0; k < policy->cookies[i].script_count; k++) {
            struct span origin = policy->cookies[i].scripts[k];
            TROTH_ASSERT(policy->cookies[i].by >= 0 && span_starts(origin, SPAN("https://")));
            for (size_t at = 8; at < origin.n; at++)
                TROTH_ASSERT((origin.p[at] >= 'a' && origin.p[at] <= 'z') || (origin.p[at] >= '0' && origin.p[at] <= '9') ||
                             origin.p[at] == '.' || origin.p[at] == '-' || origin.p[at] == ':');
        }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct policy_faults faults;
    static char print[1 << 19];
    static bool started;
    struct policy *policy = NULL;
    struct err err;
    struct buf out;
    started = started || crypt_start(&err);
    if (!started || !policy_faults_open(&faults, "fuzz.yaml", &err))
        return 0;
    struct span text = span_of(data, size);
    const struct policy_beside beside = {beside_text, NULL};
    err_clear(&err);
    bool good = size > 0 && data[0] == '%' ? policy_read_pack(text, "fuzz.yaml", 20781, &faults, &policy, &err)
                                           : policy_read_beside(text, "fuzz.yaml", &beside, 20781, &faults, &policy, &err);
    TROTH_ASSERT(good == (policy != NULL));
    TROTH_ASSERT(!good || faults.errors == 0);
    TROTH_ASSERT(good || err.code != ERR_OK);
    TROTH_ASSERT(good || err.code != ERR_POLICY || faults.errors > 0);
    for (int i = 0; i < faults.count; i++)
        TROTH_ASSERT(faults.rows[i].line >= 1 && faults.rows[i].column >= 1 &&
                     faults.rows[i].width >= 1 && faults.rows[i].says.n > 0);
    buf_init(&out, print, sizeof print);
    policy_faults_print(&faults, (size & 1) != 0, &out);
    if (good) {
        TROTH_ASSERT(policy->canonical.n > 0 && policy->rule_count >= RULE_BUILTIN_COUNT);
        for (int i = 0; i < policy->category_count; i++)
            TROTH_ASSERT(policy->categories[i].keep >= 0 && policy->categories[i].kind >= 0);
        for (int i = 0; i < policy->field_count; i++)
            TROTH_ASSERT(policy_field_find(policy, policy->fields[i].full_name) == i);
        outward_look(policy);
        pages_look(policy);
    }
    policy_free(&policy);
    policy_faults_close(&faults);
    return 0;
}
