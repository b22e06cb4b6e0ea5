// The checker of histories, tried on histories that are known: one that finds nothing would keep every promise.
import assert from 'node:assert/strict';
import test from 'node:test';
import { History, linearizable, staleReads } from './history.mjs';

const FIRST = 'none';
/** Rows of [kind, value, start, end, outcome = ok] of one key. */
const made = (...rows) => rows.map(([kind, value, start, end, outcome = 'ok'], i) =>
    ({ by: `p${i}`, key: 'k', kind, value, start, end, outcome }));
const good = (...rows) => linearizable(made(...rows), FIRST) === null;

for (const [what, fits, ...rows] of [
    ['nothing at all', true],
    ['a read of what was there first', true, ['read', FIRST, 0, 1]],
    ['a read of what was never written', false, ['read', 'given', 0, 1]],
    ['given, then read', true, ['write', 'given', 0, 1], ['read', 'given', 2, 3]],
    ['a stale read after an acknowledged withdrawal', false, ['write', 'given', 0, 1], ['write', 'withdrawn', 2, 3], ['read', 'given', 4, 5]],
    ['the same while the withdrawal is under way', true, ['write', 'given', 0, 1], ['write', 'withdrawn', 2, 5], ['read', 'given', 3, 4]],
    ['new, then old, both during one write', false, ['write', 'given', 0, 1], ['write', 'withdrawn', 2, 9], ['read', 'withdrawn', 3, 4], ['read', 'given', 5, 6]],
    ['old, then new, both during one write', true, ['write', 'given', 0, 1], ['write', 'withdrawn', 2, 9], ['read', 'given', 3, 4], ['read', 'withdrawn', 5, 6]],
    ['two writes at once, read in one order by all', true, ['write', 'a', 0, 9], ['write', 'b', 0, 9], ['read', 'a', 1, 2], ['read', 'b', 3, 4], ['read', 'b', 5, 6]],
    ['two writes at once, read back and forth', false, ['write', 'a', 0, 9], ['write', 'b', 0, 9], ['read', 'a', 1, 2], ['read', 'b', 3, 4], ['read', 'a', 5, 6]],
    ['an unknown write that shows up later', true, ['write', 'given', 0, Infinity, 'unknown'], ['read', FIRST, 10, 11], ['read', 'given', 20, 21]],
    ['an unknown write that never shows up', true, ['write', 'given', 0, Infinity, 'unknown'], ['read', FIRST, 10, 11]],
    ['an unknown write whose end was seen still counts later', true, ['write', 'given', 0, 1, 'unknown'], ['read', FIRST, 10, 11], ['read', 'given', 20, 21]],
    ['an unknown write that shows up before it was asked', false, ['read', 'given', 0, 1], ['write', 'given', 2, Infinity, 'unknown']],
    ['an unknown write that shows up twice', false, ['write', 'given', 0, 1, 'unknown'], ['read', 'given', 2, 3], ['write', 'withdrawn', 4, 5], ['read', 'withdrawn', 6, 7], ['read', 'given', 8, 9]],
    ['two unknown writes that show up one after the other', true, ['write', 'given', 0, 1, 'unknown'], ['write', 'given', 0, 1, 'unknown'], ['read', 'given', 2, 3], ['write', 'withdrawn', 4, 5], ['read', 'withdrawn', 6, 7], ['read', 'given', 8, 9]],
    ['a refused write that shows up', false, ['write', 'given', 0, 1, 'refused'], ['read', 'given', 2, 3]],
    ['a refused write that does not', true, ['write', 'given', 0, 1, 'refused'], ['read', FIRST, 2, 3]],
    ['a read without an answer says nothing', true, ['read', 'given', 0, Infinity, 'unknown'], ['read', 'given', 0, 1, 'refused']],
    ['an acknowledged write that is lost', false, ['write', 'given', 0, 1], ['read', 'given', 2, 3], ['read', FIRST, 4, 5]],
]) test(`${fits ? 'fits' : 'is found'}: ${what}`, () => assert.equal(good(...rows), fits));

test('keys do not help each other out, and the message names the one', () => {
    const history = new History();
    for (const key of ['one', 'two']) history.end(history.begin('a', key, 'write', 'given'), 'ok');
    history.end(history.begin('a', 'two', 'write', 'withdrawn'), 'ok');
    history.end(history.begin('b', 'one', 'read'), 'ok', 'given');
    assert.equal(history.check(FIRST), 4);
    history.end(history.begin('b', 'two', 'read'), 'ok', 'given');
    assert.throws(() => history.check(FIRST), /key two: no order explains .* b {2}read given/);
    assert.equal(history.count('write', 'ok'), 3);
});

/** A generator of its own, so that a failure can be made again. */
function dice(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

/** The definition, tried in every order: slow, and without any of the checker's thoughts. */
function byDefinition(ops, first) {
    const counted = ops.filter((op) => op.outcome !== 'refused' && (op.kind === 'write' || op.outcome === 'ok'));
    const step = (value, left) => {
        if (left.every((op) => op.outcome === 'unknown')) return true;
        const soonest = Math.min(...left.filter((op) => op.outcome === 'ok').map((op) => op.end));
        return left.some((op) => op.start <= soonest && (op.kind === 'write' || op.value === value)
            && step(op.kind === 'write' ? op.value : value, left.filter((other) => other !== op)));
    };
    return step(first, counted);
}

test('on 20,000 small histories it says what the definition says', () => {
    const roll = dice(4711);
    let fits = 0, not = 0;
    for (let i = 0; i < 20000; i++) {
        const ops = Array.from({ length: 2 + Math.floor(roll() * 6) }, (_, n) => {
            const start = Math.floor(roll() * 20), kind = roll() < 0.5 ? 'write' : 'read';
            return { by: `p${n}`, key: 'k', kind, value: ['a', 'b', FIRST][Math.floor(roll() * (kind === 'read' ? 3 : 2))],
                start, end: start + 1 + Math.floor(roll() * 8), outcome: kind === 'write' && roll() < 0.3 ? 'unknown' : roll() < 0.05 ? 'refused' : 'ok' };
        });
        const says = linearizable(ops, FIRST) === null;
        assert.equal(says, byDefinition(ops, FIRST), JSON.stringify(ops));
        if (staleReads(ops, FIRST).length > 0) assert.ok(!says, `the second opinion is never alone: ${JSON.stringify(ops)}`);
        if (says) fits++; else not++;
    }
    assert.ok(fits > 2000 && not > 2000, `${fits} fit, ${not} do not`);
});

/** A history that is linearizable because it was made from its moments; processes do one thing after the other. */
function honest(roll, { keys, processes, each }) {
    const ops = [];
    for (let p = 0; p < processes; p++) {
        let at = roll() * 10;
        for (let n = 0; n < each; n++) {
            const start = at, moment = start + roll() * 10, end = moment + roll() * 10;
            const kind = roll() < 0.5 ? 'write' : 'read', lost = roll();
            const op = { by: `p${p}`, key: `k${Math.floor(roll() * keys)}`, kind, value: roll() < 0.5 ? 'given' : 'withdrawn', start, end, moment, outcome: 'ok' };
            if (kind === 'write' && lost < 0.05) Object.assign(op, { outcome: 'unknown', moment: lost < 0.02 ? Infinity : moment + roll() * 500 });
            ops.push(op);
            at = end + roll();
        }
    }
    const state = new Map();
    for (const op of [...ops].sort((a, b) => a.moment - b.moment)) {
        if (op.kind === 'read') op.value = state.get(op.key) ?? FIRST;
        else if (op.moment !== Infinity) state.set(op.key, op.value);
    }
    return ops;
}

test('honest histories fit; with one answer turned into a stale one they do not', () => {
    const roll = dice(42);
    let mutants = 0;
    for (let i = 0; i < 150; i++) {
        const ops = honest(roll, { keys: 3, processes: 6, each: 40 });
        assert.equal(linearizable(ops, FIRST), null, `seed 42, round ${i}`);
        assert.deepEqual(staleReads(ops, FIRST), []);
        // An answer is surely wrong where every write that could explain another one is far away.
        const sure = ops.filter((read) => read.kind === 'read' && !ops.some((op) => op.key === read.key && op.kind === 'write'
            && op.value !== read.value && (op.outcome === 'unknown' || op.end > read.start - 25) && op.start < read.end)
            && ops.some((op) => op.key === read.key && op.kind === 'write' && op.value === read.value && op.outcome === 'ok' && op.end < read.start && op.start > read.start - 25));
        for (const read of sure.slice(0, 3)) {
            const told = read.value;
            read.value = told === 'given' ? 'withdrawn' : 'given';
            assert.notEqual(linearizable(ops, FIRST), null, `seed 42, round ${i}: ${JSON.stringify(read)}`);
            read.value = told;
            mutants++;
        }
    }
    assert.ok(mutants > 50, `${mutants} were made`);
});

test('200,000 operations are checked within seconds', () => {
    const roll = dice(7);
    const ops = honest(roll, { keys: 400, processes: 20, each: 10000 });
    const begun = Date.now();
    assert.equal(linearizable(ops, FIRST), null);
    assert.ok(Date.now() - begun < 20000, `${Date.now() - begun} ms`);
});
