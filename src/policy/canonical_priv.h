/*
 * policy/canonical_priv.h - lines of the canonical form (compile_canonical.c), for the sections that have a file of
 * their own.
 *
 * A section writes its lines with the functions below, ends each with line_end and all of them with section_end,
 * which sorts them. A line is "WORD NAME key=value key …"; two lines of one section never have the same name.
 */
#ifndef TROTH_POLICY_CANONICAL_PRIV_H
#define TROTH_POLICY_CANONICAL_PRIV_H

#include "policy/compile_priv.h"

/* Lines of one section, sorted before they are put. */
struct lines {
    struct policy *policy;
    struct arena *scratch;
    struct buf out;  /* the canonical text */
    struct buf line; /* the line being written */
    struct span *rows;
    size_t count, cap;
    bool full;
};

/* " key=…", and nothing for what is empty, no or not set. */
void key_text(struct buf *out, const char *key, struct span text);
/* A sentence in each language: " says=… says.de=…". */
void key_says(const struct lines *lines, struct buf *out, const char *key, struct span says);
void key_name(struct buf *out, const char *key, struct span name);
void key_flag(struct buf *out, const char *key, bool flag);
void key_time(struct buf *out, const char *key, const struct policy_span_of_time *time);
/* A set of names, sorted: " key=a,b". */
void set_put(struct lines *lines, const char *key, struct span *names, size_t count);
void purposes_put(struct lines *lines, const char *key, const struct policy_bits *bits);
void masks_put(struct lines *lines, const char *key, const uint64_t *masks);
void line_end(struct lines *lines);
void section_end(struct lines *lines, bool sorted);

/* compile_canonical_people.c: whole sections, and further keys of a line. */
void canonical_instances(struct lines *lines);
void canonical_relations(struct lines *lines);
void canonical_children(struct lines *lines);
void canonical_organisation(struct lines *lines, const struct policy_organisation *row);
void canonical_states(struct lines *lines, const struct policy_kind *row);
void canonical_kept(struct lines *lines, const struct policy_category *row);
void canonical_precision(struct lines *lines, const struct policy_field *row);
void canonical_point(struct lines *lines, const struct policy_point *row);
/* compile_canonical_out.c: keys of the line "policy", of a hosting place, a category and a cookie; and whole lines. */
void canonical_head(struct lines *lines);
void canonical_host(struct buf *out, const struct policy_host *host);
void canonical_offices(struct lines *lines);
void canonical_disclose(struct lines *lines, const struct policy_category *row);
void canonical_cookie(struct lines *lines, const struct policy_cookie *row);
void canonical_out(struct lines *lines);

/* compile_canonical_told.c */
void canonical_told(struct lines *lines);

#endif
