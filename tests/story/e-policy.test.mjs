// e: the policy file. Every mistake is found in one run, with its place, and the old policy stays.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { register, accountPath } from '../lib/classroom.mjs';
import { wants } from '../lib/http.mjs';
import { Server, classroomPolicy, folder, put, root, run } from '../lib/troth.mjs';

const thirty = path.join(root, 'tests', 'story', 'thirty-mistakes.yaml');

test('the classroom policy has no mistake', () => {
    const done = run(['check', classroomPolicy]);
    assert.equal(done.status, 0, String(done));
});

test('a policy with thirty mistakes: each is told with its line, all in one run', () => {
    const done = run(['check', thirty]);
    assert.equal(done.status, 1, String(done));
    const told = new Set([...(done.stdout + done.stderr).matchAll(/thirty-mistakes\.yaml:(\d+):(\d+): error/g)].map((match) => Number(match[1])));
    const marked = readFileSync(thirty, 'utf8').split('\n').flatMap((line, i) => / # mistake/.test(line) ? [i + 1] : []);
    assert.equal(marked.length, 30, 'the file has thirty marks');
    assert.deepEqual(marked.filter((line) => !told.has(line)), [], `lines with a mistake nobody told of\n${done}`);
    assert.deepEqual([...told].filter((line) => !marked.includes(line)), [], `lines told of that are right\n${done}`);
});

test('a server does not start with it and tells the same', async () => {
    const server = new Server({ policy: thirty });
    server.makeKeys();
    await assert.rejects(server.launch(), (error) => {
        assert.equal(error.exit.status, 1, error.log);
        assert.match(error.log, /thirty-mistakes\.yaml:\d+:\d+/);
        return true;
    });
});

// Each: what is done to the classroom policy, which must then be refused.
const text = readFileSync(classroomPolicy, 'utf8');
const spoil = {
    '[M05] a field no purpose uses': (t) => t.replace(/^( +)(country: +\{type: country, says: country\}\n\n)/m, '$1shadow:  {type: text}\n$1$2'),
    '[M09] a purpose that advertises, when never says advertising': (t) => t.replace(/^purposes:\n/m, 'purposes:\n  advertising: {says: "to show advertising", basis: consent, uses: [account.email]}\n'),
    'a tab': (t) => t.replace(/^purposes:\n/m, 'purposes:\n\t'),
    'an anchor and an alias': (t) => t.replace(/^troth: 1/m, 'x: &a [1]\ny: *a\ntroth: 1'),
    'a repeated key': (t) => `${t}\npolicy: {id: again}\n`,
    'a section nobody knows': (t) => `${t}\nsurprises: {}\n`,
    'bytes that are not UTF-8': (t) => Buffer.concat([Buffer.from(t), Buffer.from([0x23, 0xe4, 0x0a])]),
    'a NUL': (t) => `${t}# \0\n`,
    'another version of the language': (t) => t.replace(/^troth: 1/m, 'troth: 99'),
    'no keep rule for a category': (t) => t.replace(/^keep:\n( +)account:/m, 'keep:\n$1nothing:'),
};
for (const [name, change] of Object.entries(spoil)) {
    test(`${name}: refused with a place`, () => {
        const changed = change(text);
        assert.notEqual(String(changed), text, 'the change changed something');
        const file = put(path.join(folder('policy'), 'p.yaml'), changed);
        const done = run(['check', file]);
        assert.equal(done.status, 1, String(done));
        assert.match(done.stdout + done.stderr, /p\.yaml:\d+:\d+/);
        assert.equal(done.signal, null);
    });
}

test('[G16] a new version of the policy takes effect with the restart; old data keep being readable', async () => {
    const file = put(path.join(folder('policy'), 'policy.yaml'), text);
    const server = await Server.start({ policy: file });
    const website = server.as('website', { purpose: 'run-account' });
    const ana = await register(website);
    const before = wants(await server.anyone().get('/v1/policy'), 200).text;
    put(file, text.replace(/^(\s+version:\s*)(\d+)/m, (_, key, n) => `${key}${Number(n) + 1}`).replace(/^(\s+date:\s*)\S+/m, '$12026-11-15').replace(/^(\s+in-force:\s*)\S+/m, '$12026-11-20'));
    await server.restart();
    const after = wants(await server.anyone().get('/v1/policy'), 200).text;
    assert.notEqual(after, before, 'another hash');
    wants(await website.get(accountPath(ana)), 200);
    await server.stop();
    server.verifyLedger();
});

test('[M01] changed words under the same version and date are refused', async () => {
    const file = put(path.join(folder('policy'), 'policy.yaml'), text);
    const server = await Server.start({ policy: file });
    await server.stop();
    put(file, text.replace(/^(\s+title:\s*)(.*)$/m, '$1"Quietly changed"'));
    await assert.rejects(server.launch(), (error) => {
        assert.match(error.log, /version|date/i);
        return true;
    });
});

// The same policy with its last sections in a file of their own.
function split(into, t = text) {
    const at = t.search(/^keep:/m);
    mkdirSync(path.join(into, 'parts'), { recursive: true });
    put(path.join(into, 'parts', 'keep.yaml'), t.slice(at));
    return put(path.join(into, 'policy.yaml'), `include: [parts/keep.yaml]\n${t.slice(0, at)}`);
}

test('a policy of two files is the policy of one: no new version, and its faults name their file', async () => {
    const into = folder('split');
    const whole = put(path.join(into, 'whole.yaml'), text);
    const file = split(into);
    const hash = (done) => /^hash (\w+)$/m.exec(done.stdout)?.[1];
    assert.equal(hash(run(['check', file])), hash(run(['check', whole])), 'one hash');
    const server = await Server.start({ policy: whole });
    await server.stop();
    split(into);
    server.policy = file;
    await server.restart();
    const served = wants(await server.anyone().get('/v1/policy'), 200).json;
    assert.equal(served.hash, hash(run(['check', whole])));
    await server.stop();
    // The other way round: what the store keeps now are all the files.
    const other = await Server.start({ policy: file });
    await other.stop();
    other.policy = whole;
    await other.restart();
    assert.equal(wants(await other.anyone().get('/v1/policy'), 200).json.hash, served.hash);
    await other.stop();
    put(path.join(into, 'parts', 'keep.yaml'), 'kep: {}\n');
    const done = run(['check', file]);
    assert.equal(done.status, 1, String(done));
    assert.match(done.stderr, /split[^\n]*\/parts\/keep\.yaml:1:1: error: [^\n]*`kep`/);
    assert.equal(run(['check', '-'], { input: readFileSync(file) }).status, 1, 'standard input includes nothing');
});

test('[B61] of several files the store keeps all: a wider version is measured against them', async () => {
    const into = folder('split-lead');
    const promised = `${text}changes: {posted: [page], before: 30 days}\n`;
    const server = await Server.start({ policy: split(into, promised) });
    await server.stop();
    split(into, promised.replace(/^(\s+version:\s*)(\d+)/m, (_, key, n) => `${key}${Number(n) + 1}`)
        .replace(/^(\s+date:\s*)\S+/m, '$12026-11-15').replace(/^(\s+in-force:\s*)\S+/m, '$12026-11-20')
        .replace(/^(  support: .*most: )[^,]+/m, '$19 years'));
    await assert.rejects(server.launch(), (error) => /wider than the one in force \(keep\.support\)/.test(error.log));
});
