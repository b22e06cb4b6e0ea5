#include "fixture.h"

#define S(text) {"" text, sizeof(text) - 1}

enum {
    RL_FIRST = RULE_BUILTIN_COUNT,
    RL_RUN = RL_FIRST, RL_RUN_BASIS, RL_SUPPORT, RL_SUPPORT_NEEDS, RL_SUPPORT_BASIS, RL_NEWS,
    RL_NEWS_BASIS, RL_TAX, RL_TAX_BASIS, RL_TEACH, RL_TEACH_BASIS, RL_IMPROVE, RL_IMPROVE_BASIS,
    RL_WEBSITE, RL_HELPDESK, RL_BILLING, RL_BILLING_NEEDS, RL_MAILER, RL_PRIVACY,
    RL_PRIVACY_NEEDS, RL_TEACHER, RL_SHOP, RL_SHOP_NEEDS, RL_STATS, RL_MIRROR,
    RL_REGISTER, RL_P_GRADE, RL_NEWSLETTER, RL_BILL,
    RL_K_ACCOUNT, RL_K_INVOICE, RL_K_GRADE, RL_K_USAGE, RL_K_CARD,
    RL_ADS, RL_SALE, RL_COOKIE_SESSION, RL_COOKIE_STATS, RL_OBJECT,
    RL_D_ACCOUNT, RL_D_INVOICE, RL_D_GRADE, RL_D_USAGE, RL_D_CARD,
    RL_BANK, RL_DESK, RL_DESK_ASSURANCES, RL_COUNTER, RL_NEW, RL_OFFICE,
    RL_DISCLOSURE, RL_PERMISSION, RL_PERMISSION_APPROVE, RL_ORDER, RL_ORDER_APPROVE, RL_SAFETY,
    RL_SAFETY_APPROVE, RL_COUNT
};

static const struct policy_rule rules[RL_COUNT] = {
    [RULE_NONE] = {S("-"), SPAN_NONE, 0},
    [RULE_SILENCE] = {S("default.silence")},
    [RULE_CLOSED_WORLD] = {S("default.closed-world")},
    [RULE_RIGHTS_SELF] = {S("rights.self")},
    [RULE_RIGHTS_RESTRICT] = {S("rights.restrict")},
    [RULE_RETENTION] = {S("default.retention")},
    [RULE_STATE] = {S("default.state")},
    [RULE_HASH_ONLY] = {S("default.hash-only")},
    [RULE_OPERATOR] = {S("default.operator")},
    [RULE_TOKEN] = {S("default.token")},
    [RL_RUN] = {S("purposes.run-account")},
    [RL_RUN_BASIS] = {S("purposes.run-account.basis")},
    [RL_SUPPORT] = {S("purposes.support")},
    [RL_SUPPORT_NEEDS] = {S("purposes.support.needs")},
    [RL_SUPPORT_BASIS] = {S("purposes.support.basis")},
    [RL_NEWS] = {S("purposes.news")},
    [RL_NEWS_BASIS] = {S("purposes.news.basis")},
    [RL_TAX] = {S("purposes.tax")},
    [RL_TAX_BASIS] = {S("purposes.tax.basis")},
    [RL_TEACH] = {S("purposes.teach")},
    [RL_TEACH_BASIS] = {S("purposes.teach.basis")},
    [RL_IMPROVE] = {S("purposes.improve")},
    [RL_IMPROVE_BASIS] = {S("purposes.improve.basis")},
    [RL_WEBSITE] = {S("roles.website")},
    [RL_HELPDESK] = {S("roles.helpdesk")},
    [RL_BILLING] = {S("roles.billing-clerk")},
    [RL_BILLING_NEEDS] = {S("roles.billing-clerk.needs")},
    [RL_MAILER] = {S("roles.mailer")},
    [RL_PRIVACY] = {S("roles.privacy-desk")},
    [RL_PRIVACY_NEEDS] = {S("roles.privacy-desk.needs")},
    [RL_TEACHER] = {S("roles.teacher")},
    [RL_SHOP] = {S("roles.shop")},
    [RL_SHOP_NEEDS] = {S("roles.shop.needs")},
    [RL_STATS] = {S("roles.statistics")},
    [RL_MIRROR] = {S("roles.mirror")},
    [RL_REGISTER] = {S("collect.register")},
    [RL_P_GRADE] = {S("collect.marking")},
    [RL_NEWSLETTER] = {S("collect.newsletter")},
    [RL_BILL] = {S("collect.bill")},
    [RL_K_ACCOUNT] = {S("keep.account")},
    [RL_K_INVOICE] = {S("keep.invoice")},
    [RL_K_GRADE] = {S("keep.grade")},
    [RL_K_USAGE] = {S("keep.usage")},
    [RL_K_CARD] = {S("keep.card")},
    [RL_ADS] = {S("never.advertising"), S("no-ads")},
    [RL_SALE] = {S("never.sale"), S("no-sale")},
    [RL_COOKIE_SESSION] = {S("cookies.sid")},
    [RL_COOKIE_STATS] = {S("cookies.seen")},
    [RL_OBJECT] = {S("rights.object")},
    [RL_D_ACCOUNT] = {S("data.account")},
    [RL_D_INVOICE] = {S("data.invoice")},
    [RL_D_GRADE] = {S("data.grade")},
    [RL_D_USAGE] = {S("data.usage")},
    [RL_D_CARD] = {S("data.card")},
    [RL_BANK] = {S("recipients.bank")},
    [RL_DESK] = {S("recipients.desk")},
    [RL_DESK_ASSURANCES] = {S("recipients.desk.assurances")},
    [RL_COUNTER] = {S("recipients.counter")},
    [RL_NEW] = {S("recipients.new")},
    [RL_OFFICE] = {S("recipients.office")},
    [RL_DISCLOSURE] = {S("disclosure")},
    [RL_PERMISSION] = {S("disclosure.permission")},
    [RL_PERMISSION_APPROVE] = {S("disclosure.permission.approve")},
    [RL_ORDER] = {S("disclosure.order")},
    [RL_ORDER_APPROVE] = {S("disclosure.order.approve")},
    [RL_SAFETY] = {S("disclosure.safety")},
    [RL_SAFETY_APPROVE] = {S("disclosure.safety.approve")},
};

enum { ORG_CLASS, ORG_N };
static const struct policy_organisation organisations[ORG_N] = {
    [ORG_CLASS] = {.name = S("class"), .says = S("your class"), .of = POLICY_NONE},
};
static const struct policy_kind kinds[KIND_N] = {
    [KIND_USER] = {S("user"), S("you, when you have an account"), POLICY_NONE, 0, POLICY_NONE, POLICY_NONE},
    [KIND_CUSTOMER] = {S("customer"), S("you, when you buy from us"), KIND_USER, 0, POLICY_NONE, POLICY_NONE},
    [KIND_STUDENT] = {S("student"), S("you, when you learn in a class"), KIND_USER, 0, ORG_CLASS, POLICY_NONE},
    [KIND_TEACHER] = {S("teacher"), S("you, when you lead a class"), KIND_USER, 0, POLICY_NONE, ORG_CLASS},
};

static const struct span grades[] = {S("A"), S("B"), S("C")};

#define FIELD(cat, cat_name, b, field_name, t, ...)                                                \
    {.name = S(field_name), .full_name = S(cat_name "." field_name), .category = (cat),            \
     .bit = (b), .type = (t), .pass_to = POLICY_NONE, __VA_ARGS__}
static const struct policy_field fields[F_N] = {
    [F_FIRST] = FIELD(CAT_ACCOUNT, "account", 0, "first-name", TYPE_NAME, .identifies = true),
    [F_LAST] = FIELD(CAT_ACCOUNT, "account", 1, "last-name", TYPE_NAME, .identifies = true),
    [F_EMAIL] = FIELD(CAT_ACCOUNT, "account", 2, "email", TYPE_EMAIL, .identifies = true,
                      .lookup = LOOKUP_UNIQUE, .says = S("e-mail address")),
    [F_PASSWORD] = FIELD(CAT_ACCOUNT, "account", 3, "password", TYPE_PASSWORD,
                         .storage = STORE_HASH_ONLY),
    [F_NICK] = FIELD(CAT_ACCOUNT, "account", 4, "nickname", TYPE_USERNAME),
    [F_INV_NUMBER] = FIELD(CAT_INVOICE, "invoice", 0, "number", TYPE_TEXT),
    [F_INV_ISSUED] = FIELD(CAT_INVOICE, "invoice", 1, "issued", TYPE_DATE, .says = S("date of issue")),
    [F_INV_TOTAL] = FIELD(CAT_INVOICE, "invoice", 2, "total", TYPE_MONEY),
    [F_INV_NAME] = FIELD(CAT_INVOICE, "invoice", 3, "name", TYPE_NAME, .identifies = true),
    [F_INV_COUNTRY] = FIELD(CAT_INVOICE, "invoice", 4, "country", TYPE_COUNTRY),
    [F_ASSIGNMENT] = FIELD(CAT_GRADE, "grade", 0, "assignment", TYPE_TEXT),
    [F_MARK] = FIELD(CAT_GRADE, "grade", 1, "mark", TYPE_CHOICE, .choices = grades,
                     .choice_count = 3),
    [F_COMMENT] = FIELD(CAT_GRADE, "grade", 2, "comment", TYPE_NOTE),
    [F_PAGES] = FIELD(CAT_USAGE, "usage", 0, "pages-viewed", TYPE_NUMBER),
    [F_AGENT] = FIELD(CAT_USAGE, "usage", 1, "browser", TYPE_USER_AGENT),
    [F_CARD_NUMBER] = FIELD(CAT_CARD, "card", 0, "number", TYPE_CARD_NUMBER, .storage = STORE_NEVER,
                              .pass_to = REC_BANK),
    [F_CARD_LAST] = FIELD(CAT_CARD, "card", 1, "last-four", TYPE_CARD_NUMBER,
                          .storage = STORE_LAST4),
};

static const struct policy_category categories[CAT_N] = {
    [CAT_ACCOUNT] = {S("account"), S("your account"), KIND_USER, .field_first = F_FIRST,
                     .field_count = 5, .all = 0x1f, .readable = 0x17, .lookups = 4, .keep = 0,
                     .disclose_narrow = true, .disclose = {.w = {M1(G_PERMISSION) | M1(G_SAFETY)}},
                     .blind = POLICY_NONE, .only = POLICY_NONE, .rule = RL_D_ACCOUNT},
    [CAT_INVOICE] = {S("invoice"), S("your invoices"), KIND_CUSTOMER, .many = true,
                     .field_first = F_INV_NUMBER, .field_count = 5, .all = 0x1f, .readable = 0x1f,
                     .keep = 1, .blind = POLICY_NONE, .only = POLICY_NONE, .rule = RL_D_INVOICE},
    [CAT_GRADE] = {S("grade"), S("your grades"), KIND_STUDENT, .many = true,
                   .disclose_never = true, .field_first = F_ASSIGNMENT, .field_count = 3, .all = 7,
                   .readable = 7, .keep = 2, .blind = POLICY_NONE, .only = POLICY_NONE, .rule = RL_D_GRADE},
    [CAT_USAGE] = {S("usage"), S("how the pages are used"), KIND_USER, .many = true,
                   .field_first = F_PAGES, .field_count = 2, .all = 3, .readable = 3, .keep = 3, .memory = true,
                   .blind = POLICY_NONE, .only = POLICY_NONE, .rule = RL_D_USAGE},
    [CAT_CARD] = {S("card"), S("your card"), KIND_CUSTOMER, .field_first = F_CARD_NUMBER,
                  .field_count = 2, .all = 3, .readable = 2, .keep = 4, .blind = POLICY_NONE, .only = POLICY_NONE,
                  .rule = RL_D_CARD},
};

static const uint64_t uses_run[CAT_N] = {0x1f, 0, 0, 0, 3};
static const uint64_t uses_support[CAT_N] = {0x07, 0x01, 0, 0, 0};
static const uint64_t uses_news[CAT_N] = {0x05, 0, 0, 0, 0};
static const uint64_t uses_tax[CAT_N] = {0, 0x1f, 0, 0, 0};
static const uint64_t uses_teach[CAT_N] = {0x03, 0, 7, 0, 0};
static const uint64_t uses_improve[CAT_N] = {0, 0, 0, 3, 0};

static const struct policy_purpose purposes[P_N] = {
    [P_RUN] = {S("run-account"), S("to set up and run your account"), BASIS_CONTRACT, uses_run,
               .needs = POLICY_NONE, .rule = RL_RUN, .basis_rule = RL_RUN_BASIS},
    [P_SUPPORT] = {S("support"), S("to answer you when you ask for help"), BASIS_CONTRACT,
                   uses_support, .needs = TASK_TICKET, .rule = RL_SUPPORT,
                   .needs_rule = RL_SUPPORT_NEEDS, .basis_rule = RL_SUPPORT_BASIS},
    [P_NEWS] = {S("news"), S("to tell you what is new, if you ask for it"), BASIS_CONSENT,
                uses_news, .needs = POLICY_NONE, .double_opt_in = true, .channel = S("email"),
                .rule = RL_NEWS, .basis_rule = RL_NEWS_BASIS},
    [P_TAX] = {S("tax"), S("to keep the books the law asks for"), BASIS_LEGAL_OBLIGATION, uses_tax,
               .needs = POLICY_NONE, .rule = RL_TAX, .basis_rule = RL_TAX_BASIS},
    [P_TEACH] = {S("teach"), S("to teach"), BASIS_PUBLIC_INTEREST, uses_teach,
                 .needs = POLICY_NONE, .rule = RL_TEACH, .basis_rule = RL_TEACH_BASIS},
    [P_IMPROVE] = {S("improve"), S("to make the pages better"), BASIS_LEGITIMATE_INTERESTS,
                   uses_improve, .needs = POLICY_NONE, .aggregate_only = true, .rule = RL_IMPROVE,
                   .basis_rule = RL_IMPROVE_BASIS},
};

static const uint64_t writes_website[CAT_N] = {0x1f, 0, 0, 0, 3};
static const uint64_t writes_helpdesk[CAT_N] = {0x07, 0, 0, 0, 0};
static const uint64_t writes_billing[CAT_N] = {0x01, 0x1f, 0, 0, 0};
static const uint64_t writes_teacher[CAT_N] = {0, 0, 6, 0, 0};
static const uint64_t writes_stats[CAT_N] = {0, 0, 0, 3, 0};

#define MAY(...) {.w = {__VA_ARGS__}}
static const struct policy_role roles[R_N] = {
    [R_WEBSITE] = {S("website"), ROLE_APPLICATION, MAY(M1(P_RUN) | M1(P_NEWS)), true,
                   writes_website, POLICY_NONE, .rule = RL_WEBSITE},
    [R_HELPDESK] = {S("helpdesk"), ROLE_STAFF, MAY(M1(P_SUPPORT)), false, writes_helpdesk,
                    POLICY_NONE, .rule = RL_HELPDESK},
    [R_BILLING] = {S("billing-clerk"), ROLE_STAFF, MAY(M1(P_TAX)), false, writes_billing,
                   POLICY_NONE, .needs_any_task = true, .rule = RL_BILLING,
                   .needs_rule = RL_BILLING_NEEDS},
    [R_MAILER] = {S("mailer"), ROLE_APPLICATION, MAY(M1(P_NEWS)), false, NULL, POLICY_NONE,
                  .rule = RL_MAILER},
    [R_PRIVACY] = {S("privacy-desk"), ROLE_STAFF, MAY(0), true, NULL, TASK_CASE,
                   .rule = RL_PRIVACY, .needs_rule = RL_PRIVACY_NEEDS},
    [R_TEACHER] = {S("teacher"), ROLE_STAFF, MAY(M1(P_TEACH)), false, writes_teacher, POLICY_NONE,
                   .over = OVER_RELATED, .over_relation = S("own-class"), .rule = RL_TEACHER},
    [R_SHOP] = {S("shop"), ROLE_APPLICATION, MAY(M1(P_TAX) | M1(P_SUPPORT)), false, NULL,
                TASK_TICKET, .rule = RL_SHOP, .needs_rule = RL_SHOP_NEEDS},
    [R_STATS] = {S("statistics"), ROLE_APPLICATION, MAY(M1(P_IMPROVE)), false, writes_stats,
                 POLICY_NONE, .rule = RL_STATS},
    [R_MIRROR] = {S("mirror"), ROLE_APPLICATION, MAY(M1(P_RUN)), true, NULL, POLICY_NONE,
                  .over = OVER_SELF, .rule = RL_MIRROR},
};

static const struct policy_point_field register_fields[] = {
    {CAT_ACCOUNT, 0, NEED_REQUIRED, 0}, {CAT_ACCOUNT, 1, NEED_REQUIRED, 0},
    {CAT_ACCOUNT, 2, NEED_ONE_OF, 1},   {CAT_ACCOUNT, 4, NEED_ONE_OF, 1},
    {CAT_ACCOUNT, 3, NEED_REQUIRED, 0},
};
static const struct policy_point_field marking_fields[] = {
    {CAT_GRADE, 0, NEED_REQUIRED, 0}, {CAT_GRADE, 1, NEED_REQUIRED, 0},
    {CAT_GRADE, 2, NEED_OPTIONAL, 0},
};
static const struct policy_point_field newsletter_fields[] = {
    {CAT_ACCOUNT, 2, NEED_REQUIRED, 0}, {CAT_ACCOUNT, 0, NEED_OPTIONAL, 0},
};
static const struct policy_point_field bill_fields[] = {
    {CAT_INVOICE, 0, NEED_REQUIRED, 0}, {CAT_INVOICE, 1, NEED_REQUIRED, 0},
    {CAT_INVOICE, 2, NEED_REQUIRED, 0}, {CAT_INVOICE, 3, NEED_REQUIRED, 0},
    {CAT_INVOICE, 4, NEED_REQUIRED, 0}, {CAT_CARD, 0, NEED_OPTIONAL, 0},
    {CAT_CARD, 1, NEED_OPTIONAL, 0},
};
static const struct policy_point points[POINT_N] = {
    [POINT_REGISTER] = {S("register"), true, MAY(0), false, KIND_USER, register_fields, 5,
                        MAY(M1(P_RUN)), true, .rule = RL_REGISTER,
                        .agreed = POLICY_NONE, .relation = POLICY_NONE},
    [POINT_GRADE] = {S("marking"), false, MAY(M1(R_TEACHER)), true, KIND_STUDENT, marking_fields,
                     3, MAY(M1(P_TEACH)), true, .rule = RL_P_GRADE,
                        .agreed = POLICY_NONE, .relation = POLICY_NONE},
    [POINT_NEWSLETTER] = {S("newsletter"), true, MAY(0), false, KIND_USER, newsletter_fields, 2,
                          MAY(M1(P_NEWS)), true, .rule = RL_NEWSLETTER,
                        .agreed = POLICY_NONE, .relation = POLICY_NONE},
    [POINT_BILL] = {S("bill"), false, MAY(M1(R_BILLING) | M1(R_SHOP)), true, KIND_CUSTOMER,
                    bill_fields, 7, MAY(M1(P_TAX)), true, .rule = RL_BILL,
                        .agreed = POLICY_NONE, .relation = POLICY_NONE},
};

static const struct policy_keep keeps[] = {
    {CAT_ACCOUNT, EVENT_NAMED, 0, EV_CLOSED, 0, .most = {.days = 30, .set = true},
     .rule = RL_K_ACCOUNT},
    {CAT_INVOICE, EVENT_FIELD, 1, 0, 0,
     .least = {.years = 8, .from_year_end = true, .set = true, .law = S("DE, invoices, 8 years")},
     .most = {.years = 8, .from_year_end = true, .set = true, .law = S("DE, invoices, 8 years")},
     .rule = RL_K_INVOICE},
    {CAT_GRADE, EVENT_NAMED, 0, EV_LEFT, 0, .most = {.years = 1, .set = true}, .rule = RL_K_GRADE},
    {CAT_USAGE, EVENT_COLLECTED, 0, 0, 0, .most = {.days = 30, .set = true},
     .depersonalise = true, .drop = 2, .rule = RL_K_USAGE},
    {CAT_CARD, EVENT_NAMED, 0, EV_CLOSED, 0, .most = {.hours = 1, .set = true}, .rule = RL_K_CARD},
};

static const struct policy_cookie cookies[] = {
    {S("sid"), S("keeps you signed in"), POLICY_NONE, true, true, {0}, .by = POLICY_NONE,
     .rule = RL_COOKIE_SESSION},
    {S("seen"), S("counts which pages are opened"), P_NEWS, false, false,
     {.months = 13, .set = true}, .by = REC_COUNTER, .signal_off = true, .rule = RL_COOKIE_STATS},
};

static const uint64_t gets_bank[CAT_N] = {0, M1(B_INV_TOTAL), 0, 0, 3};
static const uint64_t gets_desk[CAT_N] = {0x07, 0x01, 0, 0, 0};
static const uint64_t gets_counter[CAT_N] = {M1(B_EMAIL), 0, 0, 3, 0};
static const uint64_t gets_new[CAT_N] = {0x05, 0, 0, 0, 0};
static const uint64_t gets_office[CAT_N] = {0, 0x1f, 0, 0, 0};
static const struct policy_assurance papers_desk[] = {
    {.kind = ASSURANCE_DPA, .from_days = FIX_FROM, .to_days = FIX_CLAUSES},
    {.kind = ASSURANCE_DPA, .from_days = FIX_CLAUSES, .to_days = 0},
    {.kind = ASSURANCE_CLAUSES, .from_days = FIX_CLAUSES, .to_days = FIX_TO},
    {.kind = ASSURANCE_CERTIFICATE, .name = S("ISO 27001"), .from_days = FIX_FROM, .to_days = FIX_TO + 9},
};
static const struct policy_recipient recipients[REC_N] = {
    [REC_BANK] = {S("bank"), S("Example Bank Ltd"), S("bank"), S("IE"), RECIPIENT_PROCESSOR, S("takes your money"),
                  gets_bank, MAY(M1(P_TAX) | M1(P_RUN)), .signed_days = FIX_FROM,
                  .keeps = {.days = 30, .set = true}, .part_of = POLICY_NONE, .rule = RL_BANK,
                  .assurances_rule = RL_BANK},
    [REC_DESK] = {S("desk"), S("Night Answers Inc."), S("help desk"), S("US"), RECIPIENT_PROCESSOR,
                  S("answers you at night"), gets_desk, MAY(M1(P_SUPPORT)), .assurances = papers_desk,
                  .assurance_count = 4, .signed_days = FIX_FROM, .keeps = {.days = 14, .set = true},
                  .part_of = POLICY_NONE, .abroad = true, .rule = RL_DESK, .assurances_rule = RL_DESK_ASSURANCES},
    [REC_COUNTER] = {S("counter"), S("Tally ApS"), S("analytics"), S("DK"), RECIPIENT_JOINT, S("counts"),
                     gets_counter, MAY(M1(P_NEWS) | M1(P_IMPROVE)), .signed_days = FIX_FROM,
                     .keeps = {.days = 90, .set = true}, .part_of = POLICY_NONE, .rule = RL_COUNTER,
                     .assurances_rule = RL_COUNTER},
    [REC_NEW] = {S("new"), S("nobody today"), S("successor"), S("DE"), RECIPIENT_SUCCESSOR, S("takes it on"),
                 gets_new, MAY(M1(P_RUN)), .keeps_law = S("as this policy asks"), .part_of = POLICY_NONE,
                 .rule = RL_NEW, .assurances_rule = RL_NEW},
    [REC_OFFICE] = {S("office"), S("Tax Office"), S("tax office"), S("DE"), RECIPIENT_AUTHORITY,
                    S("looks at the books"), gets_office, MAY(M1(P_TAX)), .keeps_law = S("as its law asks"),
                    .part_of = POLICY_NONE, .rule = RL_OFFICE, .assurances_rule = RL_OFFICE},
};
#define PAPER(name) (1u << EVIDENCE_##name)
static const struct policy_ground grounds[G_N] = {
    [G_PERMISSION] = {S("permission"), S("you told us to"), PAPER(CONSENT) | PAPER(SCOPE), 1, MAY(M1(R_PRIVACY)),
                      NOTICE_BEFORE, .rule = RL_PERMISSION, .approve_rule = RL_PERMISSION_APPROVE},
    [G_ORDER] = {S("order"), S("a court orders it"), PAPER(DOCUMENT) | PAPER(LAW), 2,
                 MAY(M1(R_PRIVACY) | M1(R_HELPDESK)), NOTICE_AFTER_GAG, .binding = true, .rule = RL_ORDER,
                 .approve_rule = RL_ORDER_APPROVE},
    [G_SAFETY] = {S("safety"), S("somebody is in danger"), PAPER(REASONS), 0, MAY(M1(R_HELPDESK) | M1(R_TEACHER)),
                  NOTICE_AFTER, .review = {.hours = 72, .set = true}, .rule = RL_SAFETY,
                  .approve_rule = RL_SAFETY_APPROVE},
};

static const int kept_ads[] = {RL_ADS};
static const int kept_sale[] = {RL_SALE, RL_WEBSITE};
static const struct policy_clause clauses[] = {
    {S("no-ads"), S("There is no advertising on the service."), kept_ads, 1},
    {S("no-sale"),
     S("We do not sell what we know about you, and we do not lend it to anybody either."),
     kept_sale, 2},
};
static const struct policy_never nevers[] = {
    {S("advertising"), S("advertising"), RL_ADS},
    {S("sale"), S("sale of your data"), RL_SALE},
};
static const struct policy_host hosts[] = {
    {S("Falkenstein"), S("DE"), S("live")},
    {S("Dublin"), S("IE"), S("backup")},
};
static const struct span tasks[TASK_N] = {[TASK_TICKET] = S("ticket"), [TASK_CASE] = S("case")};
static const struct span events[EV_N] = {[EV_CLOSED] = S("closed"), [EV_LEFT] = S("left")};

/* The file says nothing of rights: each is there all the same. */
#define SILENT(right, number)                                                                      \
    [right] = {.refer = POLICY_NONE, .within = {.months = 1, .set = true},            \
               .extend = {.months = 2, .set = true}, .rule = (number)}
#define RIGHTS                                                                                     \
    {SILENT(RIGHT_ACCESS, RULE_RIGHTS_SELF), SILENT(RIGHT_PORTABILITY, RULE_RIGHTS_SELF),           \
     SILENT(RIGHT_CORRECT, RULE_RIGHTS_SELF), SILENT(RIGHT_ERASE, RULE_RIGHTS_SELF),                \
     SILENT(RIGHT_RESTRICT, RULE_RIGHTS_RESTRICT), SILENT(RIGHT_SUPPRESS, RULE_RIGHTS_SELF),        \
     SILENT(RIGHT_OBJECT, RL_OBJECT), SILENT(RIGHT_WITHDRAW, RULE_RIGHTS_SELF),                     \
     SILENT(RIGHT_COMPLAIN, RULE_RIGHTS_SELF)}

#define TABLES                                                                                     \
    .seat = S("DE"), .hosts = hosts, .host_count = 2, .language = S("en"), .kinds = kinds,          \
    .organisations = organisations, .organisation_count = ORG_N,                                    \
    .kind_count = KIND_N, .categories = categories, .category_count = CAT_N, .fields = fields,      \
    .field_count = F_N, .purposes = purposes, .purpose_count = P_N, .roles = roles,                 \
    .role_count = R_N, .points = points, .point_count = POINT_N, .keeps = keeps, .keep_count = 5,   \
    .cookies = cookies, .cookie_count = 2, .clauses = clauses, .clause_count = 2,                   \
    .nevers = nevers, .never_count = 2, .rules = rules, .rule_count = RL_COUNT, .tasks = tasks,     \
    .rights = RIGHTS, .task_count = TASK_N, .events = events, .event_count = EV_N,                                    \
    .recipients = recipients, .recipient_count = REC_N, .grounds = grounds, .ground_count = G_N,    \
    .disclosure_set = true, .disclosure_rule = RL_DISCLOSURE,                                       \
    .hash = {0x3f, 0xa9, 0x11, 0xc0, 0x5e, 0x72, 0x08, 0xd4, 1, 2, 3, 4, 5, 6, 7, 8}

static const struct policy classroom = {
    .id = S("classroom"), .title = S("Privacy at Mapleaf"), .version = 4, .date_days = 20758,
    .in_force_days = 20788, .controller_name = S("Mapleaf GmbH"),
    .controller_address = S("Lindenweg 4, 10115 Berlin, DE"),
    .controller_email = S("privacy@mapleaf.example"),
    .officer_email = S("officer@mapleaf.example"), .consent = {.text_version = 1,
    .renew_after = {.years = 2, .set = true}, .confirm_within = {.days = 7, .set = true}}, TABLES};

static const struct policy hostile = {
    .id = S("classroom"), .title = S("<script>alert(1)</script>"), .version = 4,
    .date_days = 20758, .in_force_days = 20788, .controller_name = S("\"Maple\" & <b>Leaf</b>"),
    .controller_address = S("</style><img src=x>"), .controller_email = S("a@b.example\" x=\"y"),
    TABLES};

const struct policy *
fixture_policy(void)
{
    return &classroom;
}

const struct policy *
fixture_hostile(void)
{
    return &hostile;
}
