/* dealt_out_tables.h - the words and papers of what leaves the house, and what a draw of them comes to. */
#ifndef TROTH_TESTS_DEALT_OUT_TABLES_H
#define TROTH_TESTS_DEALT_OUT_TABLES_H

#include "dealt_tables.h"

#include <string.h>

DEALT_TABLE char *const roles[] = {"processor", "controller", "joint", "successor", "authority"};
enum { ROLES = 5, PROCESSOR = 0, AUTHORITY = 4, COUNTRIES = 4, KEEPS = 4, SIGNS = 3 };
DEALT_TABLE char *const control_names[D_CONTROLS] = {"transport", "access", "audit"};
DEALT_TABLE char *const evidences[EVIDENCE_COUNT] = {"document", "law", "scope", "reasons", "incident", "consent",
                                                      "order", "mandate"};
DEALT_TABLE char *const notices[] = {"before", "after-gag", "after", "never"};
DEALT_TABLE char *const sell_names[D_SELLS] = {"DE", "FR", "US"};

/* Whatever holds on the day the files are read; days as the reference has them. */
DEALT_TABLE struct {
    bool dpa, opens;
    const char *rows[3], *said[3];
} papers[] = {
    {false, false, {NULL}, {NULL}},
    {true, false, {"{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: a}"}, {"dpa/:20454-21183"}},
    {true, false, {"{kind: dpa, from: 2026-01-01, evidence: a}"}, {"dpa/:20454-0"}},
    {true, true, {"{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: a}",
                  "{kind: clauses, from: 2026-03-01, to: 2028-01-01, evidence: b}"},
     {"dpa/:20454-21183", "clauses/:20513-21184"}},
    {true, true, {"{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: a}",
                  "{kind: clauses, from: 2026-03-01, to: 2028-01-01, evidence: b}",
                  "{kind: notice, from: 2026-01-01, to: 2027-06-30, evidence: c}"},
     {"dpa/:20454-21183", "clauses/:20513-21184", "notice/:20454-20999"}},
    {true, true, {"{kind: dpa, from: 2025-01-01, to: 2026-11-30, evidence: a}",
                  "{kind: dpa, from: 2026-12-01, to: 2028-12-31, evidence: a}",
                  "{kind: clauses, from: 2026-03-01, evidence: b}"},
     {"dpa/:20089-20787", "dpa/:20788-21549", "clauses/:20513-0"}},
    {true, true, {"{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: a}",
                  "{kind: certificate, name: X, from: 2026-01-01, to: 2027-01-01, evidence: c}"},
     {"dpa/:20454-21183", "certificate/X:20454-20819"}},
    {false, false, {"{kind: use-limit, from: 2026-01-01, evidence: d}"}, {"use-limit/:20454-0"}},
    {false, true, {"{kind: clauses, from: 2026-03-01, to: 2028-01-01, evidence: b}"}, {"clauses/:20513-21184"}},
    {true, false, {"{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: other}"}, {"dpa/:20454-21183"}},
};
enum { PAPERS = sizeof papers / sizeof papers[0], PAPERS_ALL = 3 };

/* Whether the field passes through to that recipient. */
static inline bool
passes(const struct dealt *d, int c, int f, int recipient)
{
    const struct dealt_field *row = &d->categories[c].fields[f];
    return d->categories[c].there && row->there && row->store == STORE_NO && row->to == recipient;
}

static inline unsigned
readable(const struct dealt *d, int c)
{
    unsigned mask = 0;
    for (int f = 0; f < D_FIELDS; f++)
        mask |= dealt_kept(d, c, f) && d->categories[c].fields[f].store != STORE_HASH && !dealt_people_closed(d, c) ? 1u << f : 0;
    return mask;
}

static inline unsigned
grounds_there(const struct dealt *d)
{
    unsigned there = 0;
    for (int g = 0; g < D_GROUNDS; g++)
        there |= d->grounds[g].there ? 1u << g : 0;
    return there;
}

static inline bool
never_opened(const struct dealt *d, int c)
{
    return d->categories[c].disclose == 1 || (d->categories[c].disclose == 2 && d->categories[c].grounds == 0);
}

static inline bool
abroad(const struct dealt *d, const struct dealt_recipient *r)
{
    const char *country = countries[r->country];
    bool home = strcmp(country, "IE") == 0 || strcmp(country, "FR") == 0;
    return !home && !(d->seat > 0 && strcmp(seats[d->seat], country) == 0);
}

#endif
