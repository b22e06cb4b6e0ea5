/*
 * policy/json_priv.h - the policy as JSON (policy/page.h): what its files share.
 */
#ifndef TROTH_POLICY_JSON_PRIV_H
#define TROTH_POLICY_JSON_PRIV_H

#include "policy/policy.h"
#include "wire/json.h"

/* A member, left out when there is nothing to say. */
void kv_name(struct json_out *out, const char *key, struct span s);
/* ISO 8601, "P8Y" or "PT1H". */
void kv_time(struct json_out *out, const char *key, const struct policy_span_of_time *time);
void kv_purposes(struct json_out *out, const char *key, const struct policy *policy, const struct policy_bits *bits);
void kv_date(struct json_out *out, const char *key, int64_t days);
/* The full names of the fields, as elements of the open list. */
void field_names(struct json_out *out, const struct policy *policy, int category, uint64_t mask);

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
