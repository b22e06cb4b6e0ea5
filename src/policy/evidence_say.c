/* What is shown, in plain words: one sentence for each rule and for each thing that holds of the whole server. */
#include "policy/evidence.h"
#include "wire/text.h"

/* For the public the last digits are left out: who sees a number move by one may know by whom. */
static uint64_t
floor_of(uint64_t n)
{
    uint64_t unit = 1;
    while (n / unit >= 10)
        unit *= 10;
    return n / unit * unit;
}

static void
digits_put(uint64_t n, struct buf *out)
{
    char text[32];
    struct buf digits;
    buf_init(&digits, text, sizeof text);
    buf_u64(&digits, n);
    for (size_t i = 0; i < digits.n; i++) {
        if (i > 0 && (digits.n - i) % 3 == 0)
            buf_char(out, ',');
        buf_char(out, text[i]);
    }
}

static void
count_put(const struct evidence *e, uint64_t n, struct buf *out)
{
    if (!e->coarse || n == 0) {
        digits_put(n, out);
        return;
    }
    buf_str(out, n < 10 ? "fewer than " : "more than ");
    digits_put(n < 10 ? 10 : floor_of(n), out);
}

/* "3 consents", "1 consent" */
static void
counted_put(const struct evidence *e, uint64_t n, const char *one, const char *many, struct buf *out)
{
    count_put(e, n, out);
    buf_char(out, ' ');
    buf_str(out, n == 1 && !e->coarse ? one : many);
}

static void
time_say(const struct evidence *e, int64_t us, struct buf *out)
{
    char text[40];
    struct buf time;
    buf_init(&time, text, sizeof text);
    time_put(&time, us);
    struct span s = buf_span(&time); /* 2026-11-03T12:04:31… */
    if (e->coarse) {
        buf_put(out, span_sub(s, 0, 7));
        return;
    }
    buf_put(out, span_sub(s, 0, 10));
    buf_char(out, ' ');
    buf_put(out, span_sub(s, 11, 5));
    buf_str(out, " UTC");
}

static void
since_say(const struct evidence *e, int64_t first_us, int64_t last_us, struct buf *out)
{
    if (last_us == 0)
        return;
    if (first_us / 60000000 != last_us / 60000000) {
        buf_str(out, ", first ");
        time_say(e, first_us, out);
    }
    buf_str(out, ", last ");
    time_say(e, last_us, out);
}

static void
before_say(const struct evidence *e, const struct evidence_rule *facts, struct buf *out)
{
    if (facts->before == 0)
        return;
    buf_str(out, "; ");
    count_put(e, facts->before, out);
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
    counted_put(e, facts->allowed, "time", "times", out);
    if (facts->refused > 0) {
        buf_str(out, ", refused ");
        count_put(e, facts->refused, out);
    }
    if (facts->nothing > 0) {
        buf_str(out, ", without result ");
        count_put(e, facts->nothing, out);
    }
    since_say(e, facts->first_us, facts->last_us, out);
    before_say(e, facts, out);
}

static void
say_refusals(const struct evidence *e, const struct evidence_rule *facts, enum evidence_kind kind, struct buf *out)
{
    if (facts->allowed > 0) {
        buf_str(out, "the ledger has ");
        counted_put(e, facts->allowed, "line that allows", "lines that allow", out);
        buf_str(out, " what this rule can only refuse");
        return;
    }
    if (kind == OWES_NEVER)
        buf_str(out, "no purpose can have this name, and what asks for it is refused: ");
    uint64_t refused = facts->refused + facts->nothing;
    if (refused == 0) {
        buf_str(out, "nobody has tried yet");
        return;
    }
    buf_str(out, "refused ");
    counted_put(e, refused, "time", "times", out);
    since_say(e, facts->first_us, facts->last_us, out);
    before_say(e, facts, out);
}

static void
say_consent(const struct evidence *e, const struct evidence_rule *facts, int purpose, struct buf *out)
{
    const struct evidence_purpose *of = &e->facts->purposes[purpose];
    if (of->read > 0 && of->given == 0) {
        buf_str(out, "data were read for this purpose ");
        counted_put(e, of->read, "time", "times", out);
        buf_str(out, ", and the ledger has no consent that was given");
        return;
    }
    counted_put(e, of->given, "consent given", "consents given", out);
    buf_str(out, ", ");
    count_put(e, of->withdrawn, out);
    buf_str(out, " withdrawn; refused for want of one ");
    counted_put(e, facts->refused, "time", "times", out);
}

static void
say_purpose(const struct evidence *e, int rule, int purpose, struct buf *out)
{
    const struct evidence_purpose *of = &e->facts->purposes[purpose];
    if (e->rules[rule] == EVIDENCE_MISSING) {
        buf_str(out, "data for it lie here, and no line of the ledger says how they came");
        return;
    }
    if (of->used > 0) {
        buf_str(out, "used ");
        counted_put(e, of->used, "time", "times", out);
        since_say(e, of->first_us, of->last_us, out);
    } else {
        buf_str(out, e->rules[rule] == EVIDENCE_SHOWN ? "data were given for it, and not used yet" : "not used yet");
    }
    if (e->facts->rules[rule].refused > 0) {
        buf_str(out, "; refused ");
        counted_put(e, e->facts->rules[rule].refused, "time", "times", out);
    }
}

static void
overdue_say(const struct evidence *e, uint64_t n, bool more, int64_t since_us, struct buf *out)
{
    counted_put(e, n, "record should", "records should", out);
    buf_str(out, more ? " and more should have ended and did not, the first by " : " have ended and did not, the first by ");
    time_say(e, since_us, out);
}

static void
sweep_late_say(const struct evidence *e, struct buf *out)
{
    if (e->facts->swept_us == 0) {
        buf_str(out, "the sweep has never come to its end here");
        return;
    }
    buf_str(out, "the sweep has not come to its end since ");
    time_say(e, e->facts->swept_us, out);
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
        overdue_say(e, of->overdue, of->overdue_more, of->overdue_us, out);
        said = true;
    }
    if (missing && is_late(e)) {
        buf_str(out, said ? "; " : "");
        sweep_late_say(e, out);
        said = true;
    }
    if (of->unended > 0 && missing) {
        buf_str(out, said ? "; " : "");
        counted_put(e, of->unended, "record", "records", out);
        buf_str(out, " could not be ended on ");
        time_say(e, of->unended_us, out);
        buf_str(out, " (the server's log says why)");
        said = true;
    }
    if (!said) {
        buf_str(out, "nothing is overdue, by the sweep of ");
        time_say(e, e->facts->swept_us, out);
    }
    buf_str(out, facts->ended == 0 ? "; none has ended yet" : "; ended so far: ");
    if (facts->ended > 0)
        count_put(e, facts->ended, out);
    if (facts->held > 0) {
        buf_str(out, "; held for the law when erasure was asked: ");
        count_put(e, facts->held, out);
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
        say_consent(e, facts, index, out);
        return;
    case OWES_PURPOSE:
        say_purpose(e, rule, index, out);
        return;
    case OWES_SWEEP:
        say_sweep(e, facts, rule, index, out);
        return;
    case OWES_DATA:
        buf_str(out, e->rules[rule] == EVIDENCE_MISSING ? "records lie here, and no line of the ledger says how they came"
                                                        : "what is not declared here cannot be stored");
        return;
    case OWES_WHY:
        buf_str(out, "no program can show it");
        return;
    case OWES_BUILT:
        if (used)
            break;
        buf_str(out, "by how the program is made; it leaves no lines in the ledger");
        return;
    case OWES_NOTHING:
        if (used)
            break;
        buf_str(out, "the page says it, and no decision of the server looks at it");
        return;
    case OWES_POINT:
        say_use(e, facts, "taken", out);
        return;
    case OWES_USE:
        break;
    }
    say_use(e, facts, "allowed", out);
}

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
    counted_put(e, e->facts->spots, "line", "lines", out);
    buf_str(out, " of the ledger, picked by chance, lie under its newest signature");
}

static void
say_signed(const struct evidence *e, struct buf *out)
{
    buf_str(out, "signed up to line ");
    count_put(e, e->facts->signed_size, out);
    buf_str(out, " of ");
    count_put(e, e->facts->size + e->facts->waiting, out);
    if (e->items[ITEM_SIGNED] == EVIDENCE_MISSING) {
        buf_str(out, "; what came since ");
        time_say(e, e->facts->unsigned_us, out);
        buf_str(out, " has no signature yet");
    }
}

static void
say_counted(const struct evidence *e, struct buf *out)
{
    if (e->facts->unknown > 0) {
        counted_put(e, e->facts->unknown, "line names", "lines name", out);
        buf_str(out, " a policy that was never in force here");
        return;
    }
    buf_str(out, "the figures are of ");
    counted_put(e, e->facts->counted, "line", "lines", out);
    if (e->facts->counted < e->facts->size) {
        buf_str(out, " of ");
        count_put(e, e->facts->size, out);
        buf_str(out, "; the others are still to be counted");
    }
    if (e->facts->gone > 0) {
        buf_str(out, "; ");
        count_put(e, e->facts->gone, out);
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
            time_say(e, e->facts->swept_us, out);
        } else if (e->facts->other_overdue > 0) {
            overdue_say(e, e->facts->other_overdue, false, e->facts->other_overdue_us, out);
            buf_str(out, " (of categories that this version does not declare)");
        } else {
            sweep_late_say(e, out);
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
