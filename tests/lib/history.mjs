// What clients asked and were told, and whether one register for each key could have given those answers.
//
// An operation has a start and, when it was answered, an end, on one monotonic clock. It is linearizable when every
// operation can be given a moment between its start and its end at which it happened at once, so that each read
// gives what was written last. Keys are independent, so each is looked at by itself (linearizability is local).
//
// Outcomes: ok; refused, which means that nothing was changed (such a write must never show up, such a read says
// nothing); unknown, a write that happens at some moment after its start, or never.
//
// The search is Wing and Gong's with Lowe's memory of configurations already seen, event by event: a configuration
// is the register's value and which of the writes under way have happened. Unknown writes of one value are alike, so
// only their number is kept; a read whose value fits happens at once, since that never does harm.

const started = process.hrtime.bigint();
/** Nanoseconds since this file was loaded. */
export const now = () => Number(process.hrtime.bigint() - started);

export class History {
    constructor() { this.ops = []; }

    /** kind: 'write' with a value, 'read', whose value comes at the end. by: who asks, told in complaints. */
    begin(by, key, kind, value) {
        const op = { by, key, kind, value, start: now(), end: Infinity, outcome: 'unknown' };
        this.ops.push(op);
        return op;
    }

    /** outcome: ok, refused or unknown. */
    end(op, outcome, value = op.value) {
        op.outcome = outcome;
        op.value = value;
        op.end = now();
        return op;
    }

    count(kind, outcome) {
        return this.ops.reduce((n, op) => n + (op.kind === kind && (outcome === undefined || op.outcome === outcome)), 0);
    }

    /** Throws with the operations around it when a key's answers cannot be those of one register. → operations seen */
    check(first) {
        const bad = linearizable(this.ops, first);
        if (bad) throw new Error(`not linearizable:\n${explain(bad, this.ops)}`);
        const stale = staleReads(this.ops, first);
        if (stale.length > 0) throw new Error(`${stale.length} stale reads that the search did not find:\n${explain({ op: stale[0] }, this.ops)}`);
        return this.ops.length;
    }
}

const ms = (ns) => (ns === Infinity ? 'never' : (ns / 1e6).toFixed(3));
const tell = (op) => `${ms(op.start)} to ${ms(op.end)} ms  ${op.by}  ${op.kind} ${op.value}  ${op.outcome}`;

function explain(bad, ops) {
    const near = ops.filter((op) => op.key === bad.op.key).sort((a, b) => a.start - b.start);
    const at = near.indexOf(bad.op);
    return [`key ${bad.op.key}: no order explains ${tell(bad.op)}`,
        ...near.slice(Math.max(0, at - 20), at + 6).map((op) => `${op === bad.op ? '  > ' : '    '}${tell(op)}`)].join('\n');
}

/** The first operation that no order explains ({op}), or null. first: the value before any write. */
export function linearizable(ops, first) {
    const keys = new Map();
    for (const op of ops) {
        if (!keys.has(op.key)) keys.set(op.key, []);
        keys.get(op.key).push(op);
    }
    for (const list of keys.values()) {
        const bad = search(list, first);
        if (bad) return { op: bad };
    }
    return null;
}

const SLOTS = 30; // bits of a number: operations of one key under way at once

/** One configuration as text, for the memory of those seen. */
const name = (c) => `${c.value} ${c.done} ${c.spent}`;

/** One key. A configuration: {value, done: bits of the slots that happened, spent: used unknown writes by value} */
function search(ops, first) {
    const events = [];
    for (const op of ops) {
        if (op.outcome === 'refused' || (op.kind === 'read' && op.outcome !== 'ok')) continue;
        events.push({ at: op.start, begins: true, op });
        if (op.outcome === 'ok') events.push({ at: op.end, begins: false, op });
    }
    // What ends at the moment another begins was before it only by a clock finer than ours: take them as overlapping.
    events.sort((a, b) => a.at - b.at || Number(b.begins) - Number(a.begins));

    const slots = new Array(SLOTS).fill(null), where = new Map();
    const values = [], open = []; // unknown writes: their values, and how many of each have begun
    let configs = [{ value: first, done: 0, spent: [] }];

    const settled = (c) => { // reads that fit happen now
        let done = c.done;
        for (let s = 0; s < SLOTS; s++) {
            const op = slots[s];
            if (op !== null && op.kind === 'read' && op.value === c.value) done |= 1 << s;
        }
        return done === c.done ? c : { ...c, done };
    };

    for (const event of events) {
        const { op } = event;
        if (event.begins) {
            if (op.outcome === 'unknown') {
                let v = values.indexOf(op.value);
                if (v < 0) v = values.push(op.value) - 1;
                open[v] = (open[v] ?? 0) + 1;
                continue;
            }
            const slot = slots.indexOf(null);
            if (slot < 0) throw new Error(`more than ${SLOTS} operations of ${op.key} at once`);
            slots[slot] = op;
            where.set(op, slot);
            if (op.kind === 'read') configs = configs.map(settled);
            continue;
        }
        const slot = where.get(op), bit = 1 << slot;
        const seen = new Set(), over = new Map(), work = [...configs];
        while (work.length > 0) {
            const c = work.pop();
            if (seen.has(name(c))) continue;
            seen.add(name(c));
            if (c.done & bit) { // it has happened: this one lives on, without the slot
                const rest = { ...c, done: c.done & ~bit };
                over.set(name(rest), rest);
                continue;
            }
            for (let s = 0; s < SLOTS; s++) {
                const other = slots[s];
                if (other !== null && other.kind === 'write' && !(c.done & 1 << s)) {
                    work.push(settled({ value: other.value, done: c.done | 1 << s, spent: c.spent }));
                }
            }
            for (let v = 0; v < values.length; v++) {
                if (values[v] === c.value || (c.spent[v] ?? 0) >= open[v]) continue; // to write what is there changes nothing
                const spent = values.map((_, i) => (c.spent[i] ?? 0) + (i === v));
                work.push(settled({ value: values[v], done: c.done, spent }));
            }
        }
        slots[slot] = null;
        where.delete(op);
        if (over.size === 0) return op;
        configs = thrifty([...over.values()]);
    }
    return null;
}

/** Without those that differ from another one only in having spent more unknown writes: it can do all they can. */
function thrifty(configs) {
    if (configs.length < 2) return configs;
    const groups = new Map();
    for (const c of configs) {
        const key = `${c.value} ${c.done}`;
        if (!groups.has(key)) groups.set(key, []);
        groups.get(key).push(c);
    }
    const less = (a, b) => {
        for (let v = 0; v < Math.max(a.spent.length, b.spent.length); v++) if ((a.spent[v] ?? 0) > (b.spent[v] ?? 0)) return false;
        return true;
    };
    return [...groups.values()].flatMap((group) => group.filter((c, i) =>
        !group.some((other, j) => j !== i && less(other, c) && (!less(c, other) || j < i))));
}

/**
 * A second opinion that needs no search, for reads of one value after an acknowledged write of another: reads that
 * began after a write was acknowledged, gave something else, and nobody wrote that at a time that could explain it.
 * Finds less than linearizable() and nothing else.
 */
export function staleReads(ops, first) {
    const keys = new Map();
    for (const op of ops) {
        if (op.outcome === 'refused' || (op.kind === 'read' && op.outcome !== 'ok')) continue;
        if (!keys.has(op.key)) keys.set(op.key, { reads: [], writes: [] });
        keys.get(op.key)[op.kind === 'read' ? 'reads' : 'writes'].push(op);
    }
    const stale = [];
    for (const { reads, writes } of keys.values()) {
        const acknowledged = writes.filter((op) => op.outcome === 'ok').sort((a, b) => a.end - b.end);
        for (const read of reads) {
            // The acknowledged write with the latest start among those that ended before the read began.
            let before = null;
            for (const write of acknowledged) {
                if (write.end >= read.start) break;
                if (before === null || write.start > before.start) before = write;
            }
            const floor = before === null ? -1 : before.start;
            if (before === null ? read.value === first : read.value === before.value) continue;
            const excuse = writes.some((write) => write.value === read.value && write.start <= read.end && (write.outcome === 'unknown' || write.end >= floor));
            if (!excuse) stale.push(read);
        }
    }
    return stale;
}
