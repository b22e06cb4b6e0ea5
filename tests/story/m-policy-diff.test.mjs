// m: two versions of the policy. What became wider is told before it holds, with a question that shows it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { classroomPolicy, folder, put, root, run } from '../lib/troth.mjs';

const text = readFileSync(classroomPolicy, 'utf8');

function changed(...changes) {
    let now = text;
    for (const [from, to] of changes) {
        assert.ok(now.includes(from), `the classroom has "${from}"`);
        now = now.replace(from, to);
    }
    return put(path.join(folder('policy'), 'new.yaml'), now);
}

const wider = [
    ['uses: [account.first-name, account.email]\n    channel: email\n    confirm', 'uses: [account.first-name, account.last-name, account.email]\n    channel: email\n    confirm'],
    ['    needs: ticket\n', ''],
    ['purposes.support.needs, ', ''],
];

test('the same file: nothing is wider, exit status 0', () => {
    const done = run(['diff', classroomPolicy, classroomPolicy]);
    assert.equal(done.status, 0, String(done));
    assert.match(done.stdout, /say the same/);
});

test('something wider: exit status 1, its place, whom to tell, who agrees anew', () => {
    const file = changed(...wider);
    const done = run(['diff', classroomPolicy, file]);
    assert.equal(done.status, 1, String(done));
    assert.match(done.stdout, /new\.yaml:\d+: wider: purposes\.news: uses account\.last-name too/);
    assert.match(done.stdout, /served\.yaml:\d+: wider: purposes\.support\.needs: needs no ticket any more/);
    assert.match(done.stdout, /ask anew: consent to news/);
    assert.match(done.stdout, /^must be told: user$/m);
    assert.match(done.stdout, /^must agree anew: news$/m);
});

test('only narrower: exit status 0', () => {
    const done = run(['diff', classroomPolicy, changed(['most: 30 days', 'most: 20 days'])]);
    assert.equal(done.status, 0, String(done));
    assert.match(done.stdout, /narrower: keep\.usage: is kept at most 20 days, was 30 days/);
    assert.match(done.stdout, /^must be told: nobody$/m);
});

test('[G32] each question it shows is refused by the old policy and allowed by the new one', () => {
    const file = changed(...wider);
    const done = run(['diff', '--json', classroomPolicy, file]);
    assert.equal(done.status, 1, String(done));
    const told = JSON.parse(done.stdout);
    assert.equal(told.wider, told.changes.filter((change) => change.side === 'wider').length);
    assert.deepEqual(told.agree, ['news']);
    const shown = told.changes.filter((change) => change.shown);
    assert.equal(shown.length, 2, done.stdout);
    for (const change of shown) {
        const before = run(['ask', classroomPolicy, change.shown]);
        const after = run(['ask', file, change.shown]);
        assert.equal(before.status, 1, `${change.shown}\n${before}`);
        assert.equal(after.status, 0, `${change.shown}\n${after}`);
    }
});

test('a file with faults, a file that is not there, one file too few', () => {
    const thirty = path.join(root, 'tests', 'policy', 'thirty-mistakes.yaml');
    const faulty = run(['diff', classroomPolicy, thirty]);
    assert.equal(faulty.status, 3, String(faulty));
    assert.match(faulty.stderr, /thirty-mistakes\.yaml:\d+:\d+: error/);
    assert.equal(run(['diff', thirty, classroomPolicy]).status, 3);
    assert.equal(run(['diff', classroomPolicy, '/nowhere.yaml']).status, 6);
    assert.equal(run(['diff', classroomPolicy]).status, 2);
    assert.equal(run(['diff', '--text', classroomPolicy, classroomPolicy]).status, 2);
});
