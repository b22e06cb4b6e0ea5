/* What holds of the whole server, in one sentence each; and the words for how it stands. */
#include "policy/evidence_priv.h"

static void
say_page(const struct evidence *e, struct buf *out)
{
    if (e->facts->page == PAGE_OTHER || e->facts->page_own_other)
        buf_str(out, "the page carries the mark of other rules than the server obeys");
    else
        buf_str(out, e->facts->page == PAGE_SAME ? "the page you gave carries the mark of the rules the server obeys"
                                                 : "the page the server gives carries the mark of the rules it obeys");
}

static void
say_ledger(const struct evidence *e, struct buf *out)
{
    if (e->facts->fault.n > 0) {
        buf_str(out, "the ledger does not hold, so nothing here can be relied on: ");
        buf_put(out, e->facts->fault);
        return;
    }
    if (e->facts->spots < e->facts->signed_size) {
        evidence_counted(e, e->facts->spots, "line", "lines", out);
        buf_str(out, " of the ledger, picked by chance, are the ones that were signed");
    } else {
        buf_str(out, "all signed lines of the ledger are the ones that were signed");
    }
}

static void
say_signed(const struct evidence *e, struct buf *out)
{
    buf_str(out, "signed up to line ");
    evidence_count(e, e->facts->signed_size, out);
    buf_str(out, " of ");
    evidence_count(e, e->facts->size + e->facts->waiting, out);
    if (e->items[ITEM_SIGNED] == EVIDENCE_MISSING) {
        buf_str(out, "; what came since ");
        evidence_time(e, e->facts->unsigned_us, out);
        buf_str(out, " has no signature yet");
    }
}

static void
say_counted(const struct evidence *e, struct buf *out)
{
    if (e->facts->unknown > 0) {
        evidence_counted(e, e->facts->unknown, "line names", "lines name", out);
        buf_str(out, " a policy that was never in force here");
        return;
    }
    buf_str(out, "the figures are of ");
    evidence_counted(e, e->facts->counted, "line", "lines", out);
    if (e->facts->counted < e->facts->size + e->facts->waiting) {
        buf_str(out, " of ");
        evidence_count(e, e->facts->size + e->facts->waiting, out);
        buf_str(out, "; the others are still to be counted");
    }
    if (e->facts->gone > 0) {
        buf_str(out, "; ");
        evidence_count(e, e->facts->gone, out);
        buf_str(out, " of them are by rules of earlier versions that this one has not");
    }
}

void
evidence_say_item(const struct evidence *e, enum evidence_item item, struct buf *out)
{
    switch (item) {
    case ITEM_PAGE:
        say_page(e, out);
        return;
    case ITEM_NEWEST:
        buf_str(out, e->facts->newest_none    ? "no line of the ledger names the rules in force"
                     : e->facts->newest_other ? "the newest line of the ledger was written under other rules"
                                              : "the newest line of the ledger carries that mark too");
        return;
    case ITEM_LEDGER:
        say_ledger(e, out);
        return;
    case ITEM_SIGNED:
        say_signed(e, out);
        return;
    case ITEM_COUNTED:
        say_counted(e, out);
        return;
    case ITEM_SWEEP:
        if (e->items[item] == EVIDENCE_SHOWN) {
            buf_str(out, "the sweep left nothing due on ");
            evidence_time(e, e->facts->swept_us, out);
        } else if (e->facts->other_overdue > 0) {
            evidence_overdue(e, e->facts->other_overdue, false, e->facts->other_overdue_us, out);
            buf_str(out, " (of categories that this version does not declare)");
        } else {
            evidence_sweep_late(e, out);
        }
        return;
    case ITEM_COUNT:
        break;
    }
}

const char *
evidence_word(enum evidence_state state)
{
    static const char *const words[EVIDENCE_STATES] = {"not shown", "told only", "not used yet", "by construction", "shown"};
    return words[state];
}

const char *
evidence_code(enum evidence_state state)
{
    static const char *const words[EVIDENCE_STATES] = {"missing", "told", "unused", "built", "shown"};
    return words[state];
}

const char *
evidence_covers(const struct evidence *e, int rule)
{
    static const struct {
        enum evidence_kind kind;
        const char *ids;
    } rows[] = {
        {OWES_NEVER, "G32"},        {OWES_REFUSALS, "G32 G30"}, {OWES_CONSENT, "G14 G15"}, {OWES_PURPOSE, "G30"},
        {OWES_DATA, "G20 G21"},     {OWES_POINT, "G32"},        {OWES_SWEEP, "G27"},       {OWES_USE, "G07 G30"},
        {OWES_ROLE, "G30 G32"},     {OWES_RIGHT, "G07 G23"},
    };
    if (rule == RULE_RETENTION)
        return "G27";
    if (rule == RULE_STATE)
        return "G23";
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].kind == e->what[rule].kind)
            return rows[i].ids;
    return "";
}
