/*
 * policy/page_json_priv.h - members of the policy as JSON, for the sections that have a file of their own.
 */
#ifndef TROTH_POLICY_PAGE_JSON_PRIV_H
#define TROTH_POLICY_PAGE_JSON_PRIV_H

#include "policy/page.h"
#include "wire/json.h"

/* Nothing when it is empty. */
void kv_name(struct json_out *out, const char *key, struct span s);
void kv_date(struct json_out *out, const char *key, int64_t days);
/* ISO 8601, "P8Y" or "PT1H"; with "from_year_end" beside it where that counts. Nothing when it is not set. */
void kv_time(struct json_out *out, const char *key, const struct policy_span_of_time *time);
void kv_masks(struct json_out *out, const char *key, const struct policy *policy, const uint64_t *masks);
void kv_purposes(struct json_out *out, const char *key, const struct policy *policy, const struct policy_bits *bits);
/* The full names of the fields, as elements of the open list. */
void field_names(struct json_out *out, const struct policy *policy, int category, uint64_t mask);

/* page_json_out.c: members of a hosting place, a category and a cookie; and "recipients" and "disclosure". */
void json_host(struct json_out *out, const struct policy_host *host);
void json_disclose(struct json_out *out, const struct policy *policy, const struct policy_category *category);
void json_cookie(struct json_out *out, const struct policy *policy, const struct policy_cookie *cookie);
void json_out_sections(struct json_out *out, const struct policy *policy);

/* page_json_people.c: whole members, and further members of an open object. */
void json_organisations(struct json_out *out, const struct policy *policy);
void json_relations(struct json_out *out, const struct policy *policy);
void json_children(struct json_out *out, const struct policy *policy);
void json_instances(struct json_out *out, const struct policy *policy);
void json_kind(struct json_out *out, const struct policy *policy, const struct policy_kind *row);
void json_kept(struct json_out *out, const struct policy *policy, const struct policy_category *row);
void json_precision(struct json_out *out, const struct policy_field *row);
void json_point(struct json_out *out, const struct policy *policy, const struct policy_point *row);

#endif
