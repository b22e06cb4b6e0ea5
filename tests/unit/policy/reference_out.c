/* The reference of what leaves the house: recipients, grounds, cookies. */
#include "reference_priv.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 16, BITS = 8, PAPERS = 12, NAME = 48 };

struct paper {
    char name[NAME]; /* kind/name */
    long from, to;   /* to 0: no end */
};
static struct {
    bool gets[MOST][MOST][BITS], serves[MOST][MOST], is_signed[MOST], authority[MOST], abroad[MOST];
    struct paper papers[MOST][PAPERS];
    int paper_count[MOST];
    unsigned evidence[MOST];
    int approvals[MOST];
    bool by[MOST][MOST], binding[MOST], before[MOST], after_gag[MOST];
    bool closed[MOST], never_opened[MOST], narrow[MOST], opens[MOST][MOST];
    bool essential[MOST], obeys[MOST];
    int cookie_purpose[MOST];
    bool declared;
} fact;

static const struct policy *
known(void)
{
    return reference_known;
}

/* "desk rests-on dpa/:20454-20500" */
static void
learn_papers(int r, const char *name)
{
    char begin[80];
    int n = snprintf(begin, sizeof begin, "%s rests-on ", name);
    for (int i = 0; reference_said(i) != NULL; i++) {
        const char *line = reference_said(i);
        if (strncmp(line, begin, (size_t)n) != 0)
            continue;
        struct paper *paper = &fact.papers[r][fact.paper_count[r]++];
        TROTH_ASSERT(fact.paper_count[r] < PAPERS);
        const char *colon = strchr(line + n, ':');
        (void)snprintf(paper->name, sizeof paper->name, "%.*s", (int)(colon - line - n), line + n);
        char *end;
        paper->from = strtol(colon + 1, &end, 10);
        paper->to = strtol(end + 1, NULL, 10);
    }
}

static void
learn_recipients(void)
{
    for (int r = 0; r < known()->recipient_count; r++) {
        char name[NAME], whole[80];
        (void)snprintf(name, sizeof name, "%s", reference_text(known()->recipients[r].name));
        fact.is_signed[r] = reference_has(name, "is", "signed");
        fact.authority[r] = reference_has(name, "is", "authority");
        fact.abroad[r] = reference_has(name, "is", "abroad");
        for (int p = 0; p < known()->purpose_count; p++)
            fact.serves[r][p] = reference_has(name, "for", reference_text(known()->purposes[p].name));
        for (int f = 0; f < known()->field_count; f++) {
            int c = known()->fields[f].category;
            (void)snprintf(whole, sizeof whole, "%s.*", reference_text(known()->categories[c].name));
            fact.gets[r][c][known()->fields[f].bit] =
                reference_has(name, "gets", whole) ||
                reference_has(name, "gets", reference_text(known()->fields[f].full_name));
        }
        learn_papers(r, name);
    }
}

static void
learn_grounds(void)
{
    for (int g = 0; g < known()->ground_count; g++) {
        char name[NAME];
        (void)snprintf(name, sizeof name, "%s", reference_text(known()->grounds[g].name));
        for (int i = 0; i < EVIDENCE_COUNT; i++)
            if (reference_has(name, "asks-for", policy_evidence_name((enum policy_evidence)i)))
                fact.evidence[g] |= 1u << i;
        fact.approvals[g] = reference_has(name, "approved-by", "2") ? 2 : reference_has(name, "approved-by", "1") ? 1 : 0;
        fact.binding[g] = reference_has(name, "is", "binding");
        fact.before[g] = reference_has(name, "tells", "before");
        fact.after_gag[g] = reference_has(name, "tells", "after-gag");
        for (int r = 0; r < known()->role_count; r++)
            fact.by[g][r] = reference_has(name, "by", reference_text(known()->roles[r].name));
        for (int c = 0; c < known()->category_count; c++)
            fact.opens[c][g] = reference_has(reference_text(known()->categories[c].name), "opens-to", name);
    }
    for (int c = 0; c < known()->category_count; c++) {
        fact.closed[c] = reference_has(reference_text(known()->categories[c].name), "is", "closed");
        fact.never_opened[c] = reference_has(reference_text(known()->categories[c].name), "is", "never-opened");
        fact.narrow[c] = reference_has(reference_text(known()->categories[c].name), "is", "narrow");
    }
    fact.declared = reference_has("disclosure", "is", "declared");
}

void
reference_out_learn(void)
{
    memset(&fact, 0, sizeof fact);
    learn_recipients();
    learn_grounds();
    for (int k = 0; k < known()->cookie_count; k++) {
        char name[NAME];
        (void)snprintf(name, sizeof name, "%s", reference_text(known()->cookies[k].name));
        fact.essential[k] = reference_has(name, "is", "essential");
        fact.obeys[k] = reference_has(name, "obeys", "signal");
        fact.cookie_purpose[k] = POLICY_NONE;
        for (int p = 0; p < known()->purpose_count; p++)
            if (reference_has(name, "serves", reference_text(known()->purposes[p].name)))
                fact.cookie_purpose[k] = p;
    }
}

/* --- what a question is ----------------------------------------------------------- */

bool is_send(Q q) { return q->act == ACT_SEND; }
bool is_disclose(Q q) { return q->act == ACT_DISCLOSE; }
bool is_cookie(Q q) { return q->act == ACT_COOKIE; }
static bool is_role(Q q) { return q->role >= 0 && q->role < known()->role_count; }
static bool is_ground(Q q) { return q->ground >= 0 && q->ground < known()->ground_count; }
static bool discloses(Q q) { return is_role(q) && is_disclose(q); }
static bool sends(Q q) { return is_role(q) && is_send(q); }
static bool sets(Q q) { return is_role(q) && is_cookie(q) && !fact.essential[q->cookie]; }
bool out_binds(Q q) { return is_disclose(q) && is_ground(q) && fact.binding[q->ground]; }
bool out_closed(Q q) { return fact.closed[q->category]; }
bool out_gets(Q q, int bit) { return fact.gets[q->recipient][q->category][bit]; }

/* --- reasons to say no --------------------------------------------------------------- */

bool no_out_name(Q q)
{
    if (is_send(q) && (q->recipient < 0 || q->recipient >= known()->recipient_count))
        return true;
    return is_cookie(q) && (q->cookie < 0 || q->cookie >= known()->cookie_count);
}
bool no_ground_purpose(Q q) { return discloses(q) && q->purpose != POLICY_NONE; }
bool no_ground_declared(Q q) { return discloses(q) && !is_ground(q) && fact.declared; }
bool no_ground(Q q) { return discloses(q) && !is_ground(q); }
bool no_ground_role(Q q) { return discloses(q) && !fact.by[q->ground][q->role]; }
bool no_evidence(Q q)
{
    if (!discloses(q))
        return false;
    for (int i = 0; i < EVIDENCE_COUNT; i++) {
        bool needed = (fact.evidence[q->ground] >> i & 1) != 0, there = (q->evidence >> i & 1) != 0;
        if (i != EVIDENCE_CONSENT && needed && !there)
            return true;
    }
    return false;
}
bool no_approvals(Q q) { return discloses(q) && q->approvals < fact.approvals[q->ground]; }
bool no_ground_consent(Q q)
{
    return discloses(q) && (fact.evidence[q->ground] >> EVIDENCE_CONSENT & 1) != 0 && q->consent != CONSENT_GIVEN;
}
bool no_ground_restricted(Q q)
{
    return discloses(q) && q->restricted && !fact.binding[q->ground] && q->consent != CONSENT_GIVEN;
}
bool no_opening(Q q)
{
    if (!discloses(q))
        return false;
    if (fact.closed[q->category])
        return true;
    if (fact.binding[q->ground])
        return false;
    return fact.never_opened[q->category] ||
           (fact.narrow[q->category] && !fact.opens[q->category][q->ground]);
}
bool no_notice(Q q)
{
    if (!discloses(q) || q->noticed)
        return false;
    return fact.before[q->ground] || (fact.after_gag[q->ground] && !q->gagged);
}
bool no_cookie_purpose(Q q)
{
    return sets(q) && q->purpose != POLICY_NONE && q->purpose != fact.cookie_purpose[q->cookie];
}
bool no_cookie_consent(Q q) { return sets(q) && q->consent != CONSENT_GIVEN; }
bool no_signal(Q q) { return sets(q) && q->signal && fact.obeys[q->cookie]; }
bool no_stop(Q q) { return sends(q) && q->suspended; }
bool no_signature(Q q) { return sends(q) && !fact.is_signed[q->recipient] && !fact.authority[q->recipient]; }

static bool
paper_holds(int recipient, const char *name, int64_t day)
{
    for (int i = 0; i < fact.paper_count[recipient]; i++) {
        const struct paper *paper = &fact.papers[recipient][i];
        if (strcmp(paper->name, name) == 0 && day > 0 && day >= paper->from && (paper->to == 0 || day <= paper->to))
            return true;
    }
    return false;
}

static bool
opens_abroad(const char *name)
{
    static const char *const kinds[] = {"adequacy/", "clauses/", "binding-rules/", "certificate/", "code/"};
    for (int i = 0; i < 5; i++)
        if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
            return true;
    return false;
}

static bool
paper_missing(Q q)
{
    bool opened = !fact.abroad[q->recipient];
    for (int i = 0; i < fact.paper_count[q->recipient]; i++) {
        const char *name = fact.papers[q->recipient][i].name;
        if (!paper_holds(q->recipient, name, q->day))
            return true;
        opened = opened || opens_abroad(name);
    }
    return !opened;
}
bool no_paper_named(Q q) { return sends(q) && fact.paper_count[q->recipient] > 0 && paper_missing(q); }
bool no_paper(Q q) { return sends(q) && paper_missing(q); }
bool no_recipient_purpose(Q q) { return sends(q) && !fact.serves[q->recipient][q->purpose]; }

struct span
out_name(Q q, char letter)
{
    switch (letter) {
    case 't': return known()->recipients[q->recipient].name;
    case 'g': return known()->grounds[q->ground].name;
    case 'k': return known()->cookies[q->cookie].name;
    case 'c': return known()->categories[q->category].name;
    default: return known()->purposes[fact.cookie_purpose[q->cookie]].name;
    }
}
