/*
 * policy/page.h - the public page, from the compiled policy and nothing else.
 *
 * HTML 5 without scripts, styles inline in one <style>, no outside requests,
 * readable on a phone and on paper; or Markdown (CommonMark with tables); or
 * plain text of at most 80 columns. All carry title, version, date and hash,
 * and say the same, in each of the languages there are (policy/locale.h).
 */
#ifndef TROTH_POLICY_PAGE_H
#define TROTH_POLICY_PAGE_H

#include "policy/locale.h"
#include "policy/policy.h"

enum page_form { PAGE_HTML, PAGE_MARKDOWN, PAGE_TEXT, PAGE_FORMS };

struct page_look {
    enum page_form form;
    const struct locale *locale; /* NULL: the first of the policy's */
    const char *address;         /* where it is served, "/policy": it links to its other languages. NULL: a file */
};

void policy_page(const struct policy *policy, const struct page_look *look, struct buf *out);
/* The i-th language the policy is published in; NULL after the last. */
const struct locale *policy_page_locale(const struct policy *policy, int i);
/* Whether a page that was written, or the tables as JSON, carries that hash and no other: the last in it. */
bool policy_page_fits(struct span page, const uint8_t hash[32]);
/* The tables as JSON, for GET /v1/policy. */
void policy_page_json(const struct policy *policy, struct buf *out);

#endif
