/*
 * policy/page.h - the public page, from the compiled policy and nothing else.
 *
 * HTML 5 without scripts, styles inline in one <style>, no outside requests,
 * readable on a phone and on paper; or plain text of at most 80 columns. Both
 * carry title, version, date and hash.
 */
#ifndef TROTH_POLICY_PAGE_H
#define TROTH_POLICY_PAGE_H

#include "policy/policy.h"

void policy_page_html(const struct policy *policy, struct buf *out);
void policy_page_text(const struct policy *policy, struct buf *out);
/* The tables as JSON, for GET /v1/policy. */
void policy_page_json(const struct policy *policy, struct buf *out);

#endif
