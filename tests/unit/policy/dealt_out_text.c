/* What leaves the house, as a part of the file, as sentences for the reference, and in questions. */
#include "dealt_out_tables.h"

static void
controls(struct buf *out, const unsigned char *levels)
{
    buf_fmt(out, "controls: {");
    for (int k = 0; k < D_CONTROLS; k++)
        buf_fmt(out, "%s%s: %d", k > 0 ? ", " : "", control_names[k], levels[k]);
    buf_fmt(out, "}\n");
}

void
dealt_out_head(struct buf *out, const struct dealt *d)
{
    static const char *const certified[] = {
        NULL, "{place: Bonn, country: DE, for: live, certificate: X, from: 2026-01-01, to: 2027-12-31}",
        "{place: Bonn, country: DE, for: live, certificate: X, from: 2026-01-01, to: 2028-12-31}"};
    const char *rows[D_HOSTS];
    memcpy(rows, host_rows, sizeof rows);
    rows[0] = d->certificate > 0 ? certified[d->certificate] : rows[0];
    dealt_list(out, "hosted", rows, D_HOSTS, d->hosts);
    buf_fmt(out, "\n  ");
    dealt_list(out, "sells-to", sell_names, D_SELLS, d->sells);
    buf_fmt(out, "\n");
    if (d->offices > 0)
        buf_fmt(out, "  offices: [{for: people abroad, address: Lane %d}]\n", d->offices);
    if (d->controls_said) {
        buf_fmt(out, "  ");
        controls(out, d->controls);
    }
}

static void
gets_text(struct buf *out, const struct dealt *d, int i)
{
    const struct dealt_recipient *r = &d->recipients[i];
    bool any = false;
    buf_fmt(out, "    gets: [");
    for (int c = 0; c < D_CATEGORIES; c++) {
        bool whole = r->gets[c] != 0 && r->gets[c] == readable(d, c) && (d->order >> c & 1) != 0;
        if (whole) {
            buf_fmt(out, "%s%s", any ? ", " : "", category_names[c]);
            any = true;
        }
        for (int f = 0; f < D_FIELDS && !whole; f++)
            if ((r->gets[c] >> f & 1) != 0 || passes(d, c, f, i)) {
                buf_fmt(out, "%s%s.f%d", any ? ", " : "", category_names[c], f);
                any = true;
            }
    }
    buf_fmt(out, "]\n");
}

static void
recipient_text(struct buf *out, const struct dealt *d, int i)
{
    static const char *const keeps[KEEPS] = {"keeps-law: as law one asks", "keeps-law: as law two asks",
                                             "keeps: 30 days",
                                             "keeps: 2 months"};
    static const char *const erases[] = {NULL, "email", "webhook"}, *const times_said[] = {NULL, "3 days", "7 days"};
    const struct dealt_recipient *r = &d->recipients[i];
    buf_fmt(out, "  %s:\n    name: Name %d Ltd\n    class: kind %d\n    country: %s\n    role: %s\n    task: does %d\n",
            recipient_names[i], r->name, r->kind, countries[r->country], roles[r->role], r->task);
    gets_text(out, d, i);
    buf_fmt(out, "    ");
    dealt_list(out, "for", purpose_names, D_PURPOSES, r->purposes);
    buf_fmt(out, "\n    ");
    controls(out, r->controls);
    buf_fmt(out, "    %s\n", keeps[r->keeps]);
    if (erases[r->erase] != NULL)
        buf_fmt(out, "    erase-by: %s\n", erases[r->erase]);
    if (times_said[r->acknowledge] != NULL)
        buf_fmt(out, "    acknowledge: %s\n", times_said[r->acknowledge]);
    buf_fmt(out, "%s%s", r->terms ? "    terms: https://a.example/terms\n" : "",
            r->opt_out ? "    opt-out: https://a.example/out\n" : "");
    if (r->sign > 0)
        buf_fmt(out, "    signed: 2025-12-0%d\n", r->sign);
    if (r->part != POLICY_NONE)
        buf_fmt(out, "    part-of: %s\n", recipient_names[r->part]);
    if (papers[r->papers].rows[0] == NULL)
        return;
    buf_fmt(out, "    assurances:\n");
    for (int k = 0; k < 3 && papers[r->papers].rows[k] != NULL; k++)
        buf_fmt(out, "      - %s\n", papers[r->papers].rows[k]);
}

static void
ground_text(struct buf *out, const struct dealt *d, int g)
{
    static const char *const reviews[] = {NULL, "24 hours", "72 hours"};
    const struct dealt_ground *row = &d->grounds[g];
    buf_fmt(out, "  %s: {says: because %d, approve: %d, notice: %s, ", ground_names[g], row->says, row->approve,
            notices[row->notice]);
    dealt_list(out, "evidence", evidences, EVIDENCE_COUNT, row->evidence);
    buf_fmt(out, ", ");
    dealt_list(out, "by", role_names, D_ROLES, row->by);
    if (reviews[row->review] != NULL)
        buf_fmt(out, ", review: %s", reviews[row->review]);
    buf_fmt(out, "%s%s}\n", row->binding ? ", binding: yes" : "", row->counted ? ", counted: yes" : "");
}

static bool
any_recipient(const struct dealt *d)
{
    for (int i = 0; i < D_RECIPIENTS; i++)
        if (d->recipients[i].there)
            return true;
    return false;
}

static bool
disclosure_there(const struct dealt *d)
{
    return d->disclosure_said || grounds_there(d) != 0;
}

void
dealt_out_text(struct buf *out, const struct dealt *d)
{
    bool turned = (d->order & 16) != 0;
    if (any_recipient(d) || d->recipients_said)
        buf_fmt(out, "recipients:%s\n", any_recipient(d) ? "" : " {}");
    for (int n = 0; n < D_RECIPIENTS; n++) {
        int i = turned ? D_RECIPIENTS - 1 - n : n;
        if (d->recipients[i].there)
            recipient_text(out, d, i);
    }
    if (disclosure_there(d))
        buf_fmt(out, "disclosure:%s\n", grounds_there(d) != 0 ? "" : " {}");
    for (int n = 0; n < D_GROUNDS; n++) {
        int g = turned ? D_GROUNDS - 1 - n : n;
        if (d->grounds[g].there)
            ground_text(out, d, g);
    }
}

/* --- as sentences ----------------------------------------------------------------------------- */

static void
recipient_said(const struct dealt *d, int i)
{
    const struct dealt_recipient *r = &d->recipients[i];
    const char *name = recipient_names[i];
    for (int c = 0; c < D_CATEGORIES; c++)
        for (int f = 0; f < D_FIELDS; f++)
            if ((r->gets[c] >> f & 1) != 0 || passes(d, c, f, i))
                dealt_say("%s gets %s.f%d", name, category_names[c], f);
    for (int p = 0; p < D_PURPOSES; p++)
        if ((r->purposes >> p & 1) != 0)
            dealt_say("%s for %s", name, purpose_names[p]);
    if (r->sign > 0)
        dealt_say("%s is signed", name);
    if (r->role == AUTHORITY)
        dealt_say("%s is authority", name);
    if (abroad(d, r))
        dealt_say("%s is abroad", name);
    for (int k = 0; k < 3 && papers[r->papers].said[k] != NULL; k++)
        dealt_say("%s rests-on %s", name, papers[r->papers].said[k]);
}

static void
ground_said(const struct dealt *d, int g)
{
    const struct dealt_ground *row = &d->grounds[g];
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        if ((row->evidence >> i & 1) != 0)
            dealt_say("%s asks-for %s", ground_names[g], evidences[i]);
    for (int r = 0; r < D_ROLES; r++)
        if ((row->by >> r & 1) != 0)
            dealt_say("%s by %s", ground_names[g], role_names[r]);
    dealt_say("%s approved-by %d", ground_names[g], row->approve);
    dealt_say("%s tells %s", ground_names[g], notices[row->notice]);
    if (row->binding)
        dealt_say("%s is binding", ground_names[g]);
}

void
dealt_out_said(const struct dealt *d)
{
    for (int i = 0; i < D_RECIPIENTS; i++)
        if (d->recipients[i].there)
            recipient_said(d, i);
    for (int g = 0; g < D_GROUNDS; g++)
        if (d->grounds[g].there)
            ground_said(d, g);
    if (disclosure_there(d))
        dealt_say("disclosure is declared");
    for (int c = 0; c < D_CATEGORIES; c++) {
        const struct dealt_category *row = &d->categories[c];
        if (never_opened(d, c))
            dealt_say("%s is never-opened", category_names[c]);
        else if (row->disclose == 2)
            dealt_say("%s is narrow", category_names[c]);
        for (int g = 0; g < D_GROUNDS && row->disclose == 2; g++)
            if ((row->grounds >> g & 1) != 0)
                dealt_say("%s opens-to %s", category_names[c], ground_names[g]);
    }
    for (int i = 0; i < D_COOKIES; i++) {
        if (d->cookies[i].essential)
            dealt_say("%s is essential", cookie_names[i]);
        else
            dealt_say("%s serves %s", cookie_names[i], purpose_names[d->cookies[i].purpose]);
        if (d->cookies[i].signal)
            dealt_say("%s obeys signal", cookie_names[i]);
    }
}

/* --- questions ----------------------------------------------------------------------------------------- */

static int
row_draw(struct dice *dice, int count)
{
    return count == 0 || chance(dice, 2) ? count + 3 : below(dice, count);
}

/* More often one that may be sent: a purpose of both, a category it gets something of, fields of it. */
static void
send_question(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    const struct policy_recipient *r = q->recipient < policy->recipient_count ? &policy->recipients[q->recipient] : NULL;
    const int64_t days[] = {20781, 20781, 20500, 21000, 21190, 0};
    q->day = days[below(dice, 6)];
    q->suspended = chance(dice, 10);
    if (r == NULL || policy->purpose_count == 0)
        return;
    for (int i = 0; i < 8 && q->role >= 0 && q->role < policy->role_count; i++) {
        int p = below(dice, policy->purpose_count);
        if (policy_bit(&policy->roles[q->role].may, p) && policy_bit(&r->purposes, p) && chance(dice, 90))
            q->purpose = p;
    }
    for (int i = 0; i < 6 && (q->category < 0 || q->category >= policy->category_count || r->gets[q->category] == 0); i++)
        q->category = below(dice, policy->category_count);
    if (r->gets[q->category < 0 || q->category >= policy->category_count ? 0 : q->category] == 0 || chance(dice, 30))
        return;
    uint64_t most = r->gets[q->category], used = ~UINT64_C(0);
    if (q->purpose >= 0 && q->purpose < policy->purpose_count)
        used = policy->purposes[q->purpose].uses[q->category] | ~policy->categories[q->category].readable;
    most = (most & used) != 0 ? most & used : most;
    q->fields = (most & dice_roll(dice)) != 0 ? most & dice_roll(dice) : most;
    q->fields = q->fields == 0 ? most : q->fields;
}

static void
disclose_question(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    const struct policy_ground *g = q->ground < policy->ground_count ? &policy->grounds[q->ground] : NULL;
    q->evidence = (unsigned)dice_roll(dice) & ((1u << EVIDENCE_COUNT) - 1);
    q->approvals = below(dice, 4);
    q->noticed = chance(dice, 60);
    q->gagged = chance(dice, 40);
    if (chance(dice, 95))
        q->purpose = POLICY_NONE;
    if (q->category == POLICY_NONE && chance(dice, 95))
        q->category = row_draw(dice, policy->category_count);
    if (g == NULL)
        return;
    if (chance(dice, 70))
        q->evidence |= g->evidence;
    if (chance(dice, 70))
        q->approvals = g->approvals;
    for (int i = 0; i < 6 && q->role >= 0 && !policy_bit(&g->by, q->role); i++)
        q->role = row_draw(dice, policy->role_count);
    int needs = q->role >= 0 && q->role < policy->role_count ? policy->roles[q->role].needs : POLICY_NONE;
    if (needs != POLICY_NONE && chance(dice, 80)) {
        q->has_task = true;
        q->task = needs;
    }
}

void
dealt_out_question(const struct policy *policy, struct dice *dice, struct policy_question *q)
{
    q->recipient = row_draw(dice, policy->recipient_count);
    q->ground = row_draw(dice, policy->ground_count);
    q->cookie = row_draw(dice, policy->cookie_count);
    q->signal = chance(dice, 40);
    if (q->act == ACT_SEND) {
        send_question(policy, dice, q);
    } else if (q->act == ACT_DISCLOSE) {
        disclose_question(policy, dice, q);
    } else if (q->act == ACT_COOKIE) { /* no category and no fields are asked of it */
        int own = q->cookie < policy->cookie_count ? policy->cookies[q->cookie].purpose : POLICY_NONE;
        q->category = POLICY_NONE;
        q->fields = ~UINT64_C(0);
        q->purpose = chance(dice, 60) ? POLICY_NONE : chance(dice, 60) ? own : q->purpose;
    }
}
