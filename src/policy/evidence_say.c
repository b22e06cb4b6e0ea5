/* What is shown of each rule, in one sentence of plain words. */
#include "policy/evidence_priv.h"

static void
before_say(const struct evidence *e, const struct evidence_rule *facts, struct buf *out)
{
    if (facts->before == 0)
        return;
    buf_str(out, "; ");
    evidence_count(e, facts->before, out);
    buf_str(out, " of them under earlier versions");
}

static void
say_use(const struct evidence *e, const struct evidence_rule *facts, const char *allowed, struct buf *out)
{
    if (facts->allowed + facts->refused + facts->nothing == 0) {
        buf_str(out, "not used yet");
        return;
    }
    buf_str(out, allowed);
    buf_char(out, ' ');
    evidence_counted(e, facts->allowed, "time", "times", out);
    if (facts->refused > 0) {
        buf_str(out, ", refused ");
        evidence_count(e, facts->refused, out);
    }
    if (facts->nothing > 0) {
        buf_str(out, ", without result ");
        evidence_count(e, facts->nothing, out);
    }
    evidence_since(e, facts->first_us, facts->last_us, out);
    before_say(e, facts, out);
}

static void
say_refusals(const struct evidence *e, const struct evidence_rule *facts, enum evidence_kind kind, struct buf *out)
{
    if (facts->allowed > 0) {
        buf_str(out, "the ledger has ");
        evidence_counted(e, facts->allowed, "line that allows", "lines that allow", out);
        buf_str(out, " what this rule can only refuse");
        return;
    }
    if (kind == OWES_NEVER)
        buf_str(out, "no purpose can have this name; ");
    uint64_t refused = facts->refused + facts->nothing;
    if (refused == 0) {
        buf_str(out, kind == OWES_NEVER ? "nobody has asked for it yet" : "nobody has tried yet");
        return;
    }
    buf_str(out, "refused ");
    evidence_counted(e, refused, "time", "times", out);
    evidence_since(e, facts->first_us, facts->last_us, out);
    before_say(e, facts, out);
}

static void
say_consent(const struct evidence *e, const struct evidence_rule *facts, int rule, int purpose, struct buf *out)
{
    const struct evidence_purpose *of = &e->facts->purposes[purpose];
    if (of->read > 0 && of->given == 0) {
        buf_str(out, "data were read for this purpose ");
        evidence_counted(e, of->read, "time", "times", out);
        buf_str(out, ", and the ledger has no consent that was given");
        return;
    }
    if (e->rules[rule] == EVIDENCE_UNUSED) {
        buf_str(out, "no consent given yet, and nobody has asked without one");
        return;
    }
    evidence_counted(e, of->given, "consent given", "consents given", out);
    buf_str(out, ", ");
    evidence_count(e, of->withdrawn, out);
    buf_str(out, " withdrawn; refused ");
    evidence_counted(e, facts->refused, "time", "times", out);
    buf_str(out, " for want of one");
}

static void
say_of_purpose(const struct evidence *e, int rule, int purpose, struct buf *out)
{
    const struct evidence_purpose *of = &e->facts->purposes[purpose];
    if (e->rules[rule] == EVIDENCE_MISSING) {
        buf_str(out, "data for it lie here, and no line of the ledger says how they came");
        return;
    }
    if (of->used > 0) {
        buf_str(out, "used ");
        evidence_counted(e, of->used, "time", "times", out);
        evidence_since(e, of->first_us, of->last_us, out);
    } else {
        buf_str(out, e->rules[rule] == EVIDENCE_SHOWN ? "data were given for it, and not used yet" : "not used yet");
    }
    if (e->facts->rules[rule].refused > 0) {
        buf_str(out, "; refused ");
        evidence_counted(e, e->facts->rules[rule].refused, "time", "times", out);
    }
}

static bool
is_late(const struct evidence *e)
{
    return e->items[ITEM_SWEEP] == EVIDENCE_MISSING && e->facts->other_overdue == 0;
}

static void
say_sweep(const struct evidence *e, const struct evidence_rule *facts, int rule, int category, struct buf *out)
{
    const struct evidence_category *of = &e->facts->categories[category];
    bool missing = e->rules[rule] == EVIDENCE_MISSING, said = false;
    if (of->overdue > 0) {
        evidence_overdue(e, of->overdue, of->overdue_more, of->overdue_us, out);
        said = true;
    }
    if (missing && is_late(e)) {
        buf_str(out, said ? "; the sweep is late" : "the sweep is late");
        said = true;
    }
    if (of->unended > 0 && missing) {
        buf_str(out, said ? "; " : "");
        evidence_counted(e, of->unended, "record", "records", out);
        buf_str(out, " could not be ended on ");
        evidence_time(e, of->unended_us, out);
        buf_str(out, " (the server's log says why)");
        said = true;
    }
    buf_str(out, said ? "; " : "nothing is overdue; ");
    if (facts->ended == 0) {
        buf_str(out, "none has ended yet");
    } else {
        evidence_counted(e, facts->ended, "record", "records", out);
        buf_str(out, " ended so far, the last ");
        evidence_time(e, facts->ended_us, out);
    }
    if (facts->held > 0) {
        buf_str(out, "; held for the law when erasure was asked: ");
        evidence_count(e, facts->held, out);
    }
}

/* The ledger tells reading, taking along, erasing and withdrawing apart, and not what was changed for which reason. */
static void
say_right(const struct evidence *e, const struct evidence_rule *facts, int right, struct buf *out)
{
    bool change = right == RIGHT_CORRECT || right == RIGHT_RESTRICT || right == RIGHT_SUPPRESS;
    if (e->facts->rights[right] + facts->refused == 0) {
        buf_str(out, "nobody has asked for it yet");
        return;
    }
    if (e->facts->rights[right] > 0) {
        buf_str(out, change ? "people changed something of theirs by this right or one like it " : "asked for and done ");
        evidence_counted(e, e->facts->rights[right], "time", "times", out);
    }
    if (facts->refused > 0) {
        buf_str(out, e->facts->rights[right] > 0 ? "; kept others from " : "kept others from ");
        evidence_counted(e, facts->refused, "use", "uses", out);
    }
}

void
evidence_say_rule(const struct evidence *e, int rule, struct buf *out)
{
    const struct evidence_rule *facts = &e->facts->rules[rule];
    int index = e->what[rule].index;
    bool used = facts->allowed + facts->refused + facts->nothing > 0;
    switch (e->what[rule].kind) {
    case OWES_REFUSALS:
    case OWES_NEVER:
        say_refusals(e, facts, e->what[rule].kind, out);
        return;
    case OWES_CONSENT:
        say_consent(e, facts, rule, index, out);
        return;
    case OWES_PURPOSE:
        say_of_purpose(e, rule, index, out);
        return;
    case OWES_SWEEP:
        say_sweep(e, facts, rule, index, out);
        return;
    case OWES_DATA:
        buf_str(out, e->rules[rule] == EVIDENCE_MISSING ? "records lie here, and no line of the ledger says how they came"
                                                        : "what is not declared here cannot be stored");
        return;
    case OWES_RIGHT:
        say_right(e, facts, index, out);
        return;
    case OWES_WHY:
        buf_str(out, "no program can show it");
        return;
    case OWES_BUILT:
        if (used)
            break;
        buf_str(out, "holds by how the program is made");
        return;
    case OWES_NOTHING:
        if (used)
            break;
        buf_str(out, "the page says it; no decision looks at it");
        return;
    case OWES_ROLE:
        if (used)
            break;
        buf_str(out, "nobody has tried more than it may yet");
        return;
    case OWES_POINT:
        say_use(e, facts, "taken", out);
        return;
    case OWES_USE:
        break;
    }
    say_use(e, facts, "allowed", out);
}

