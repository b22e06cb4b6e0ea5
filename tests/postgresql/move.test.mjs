// A store's rows brought from files to PostgreSQL and back, under load, cut off, and begun again: what was there is there
// under the same ids, what was erased is nowhere, and never do two servers go on from one.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import nodeTest from 'node:test';
import { accountPath, agree, deeds, purposes, register, visitor } from '../lib/classroom.mjs';
import { wants } from '../lib/http.mjs';
import * as ledger from '../lib/ledger.mjs';
import { Server, loadPolicy, patience, psql, sleep, until } from '../lib/troth.mjs';

const server = new Server({ policy: loadPolicy });
const bases = server.store, base = server.base;
const files = `sqlite:${server.data}`;
const people = [], erased = [], receipts = [];
let second, broken = false, working = null;

/** Each part goes on from the one before: after one that failed the rest cannot be told. */
function test(name, body) {
    nodeTest(name, { timeout: patience(120000) }, async (t) => {
        if (broken) return t.skip('a part before it failed');
        broken = true;
        try {
            await body();
            broken = false;
        } finally {
            await working?.end().catch(() => {});
            working = null;
        }
    });
}

const onFiles = () => { delete server.env.TROTH_STORE; };
const onBases = () => { server.env.TROTH_STORE = bases; };
const website = (at = server) => at.bearer(tokens.website, { purpose: purposes.run });
const own = (who, at = server) => at.bearer(who.token);
const tokens = {};

const there = ['--from', files, '--to', bases], back = ['--from', bases, '--to', files];
const move = (...args) => server.cli('move', ...args, { ms: 300000, env: { TROTH_STORE: '' } });
function moves(...args) {
    const done = move(...args);
    assert.equal(done.status, 0, String(done));
    return done;
}

/** All that both engines have, read past the program: what it holds of people, keys, and the book, in one text. */
const columns = {
    subject: ['sn', 'id', 'kind', 'state', 'restricted', 'created_us', 'policy'],
    record: ['sn', 'category', 'rec', 'version', 'policy', 'created_us', 'changed_us', 'least_us', 'due_us', 'sealed'],
    lookup_unique: ['field', 'value', 'sn'], lookup_plain: ['field', 'value', 'sn'],
    consent: ['sn', 'purpose', 'state', 'text_version', 'policy', 'at_us', 'code'], event: ['sn', 'event', 'at_us'],
    trace: ['sn', 'sealed'], purge: ['sn', 'category'],
    token: ['hash', 'id', 'role', 'name', 'sn', 'created_us', 'expires_us', 'revoked_us'],
    idempotency: ['key', 'request', 'status', 'reply', 'sn', 'created_us'],
    policy_version: ['no', 'hash', 'activated_us', 'source'], catalogue: ['kind', 'no', 'name'],
    ledger_tile: ['level', 'no', 'hashes'], ledger_checkpoint: ['size', 'at_us', 'note'],
};
const key = { near: 'SELECT (place - (1 << 62)) >> 17, (place >> 1) & 65535, place & 1, row FROM dk', far: 'SELECT sn, category, generation, row FROM dk' };
const python = `
import json, sqlite3, sys
asked = json.loads(sys.stdin.read())
found = {}
for name, file, text in asked:
    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    db.text_factory = str
    found[name] = sorted("|".join("" if c is None else c.hex() if isinstance(c, bytes) else str(c) for c in row) for row in db.execute(text))
    db.close()
print(json.dumps(found))
`;
function dumpFiles() {
    const asked = Object.entries(columns).map(([name, list]) => [name, path.join(server.data, 'troth.db'), `SELECT ${list} FROM ${name}`]);
    asked.push(['dk', path.join(server.data, 'keys.db'), key.near],
        ['entries', path.join(server.data, 'troth.db'), 'SELECT row FROM ledger_entry']);
    const done = spawnSync('python3', ['-c', python], { input: JSON.stringify(asked), maxBuffer: 1 << 30 });
    assert.equal(done.status, 0, String(done.stderr));
    return JSON.parse(done.stdout);
}
function dumpBases() {
    const rows = (where, text) => psql(where, `${text};`, 'postgres').split('\n').filter((line) => line !== '').map((line) => line.replaceAll('\\x', '')).sort();
    const found = {};
    for (const [name, list] of Object.entries(columns)) found[name] = rows(base, `SELECT ${list} FROM ${name}`);
    found.dk = rows(`${base}_keys`, key.far);
    found.entries = rows(base, 'SELECT row FROM ledger_entry');
    return found;
}
function same() {
    const a = dumpFiles(), b = dumpBases();
    for (const name of Object.keys(a)) {
        assert.deepEqual([...b[name]].sort(), [...a[name]].sort(), `${name} is the same on both`);
    }
    return a;
}

async function newcomer(at = server) {
    const who = await register(website(at), visitor(), { idem: `k${people.length}-${Math.random()}` });
    who.token = at.token({ subject: who.id, name: who.id });
    return who;
}

/** Somebody with all there is: records of each kind, a correction, consent given and withdrawn, a deed refused. */
async function live(who, at = server) {
    for (let i = 0; i < 3; i++) {
        const reply = wants(await website(at).post(`/v1/subjects/${who.id}/entry`, { fields: { text: `${who.first} wrote ${i}` } }), 201);
        receipts.push({ ...reply.receipt, who });
    }
    await agree(website(at).for('rights'), who, purposes.news);
    if (Math.random() < 0.5) wants(await own(who, at).delete(`/v1/subjects/${who.id}/consents/${purposes.news}`), 200);
    receipts.push({ ...wants(await website(at).get(accountPath(who)), 200).receipt, who });
}

/** What can be seen of everybody, by everybody who may. */
async function seen(at) {
    const view = {};
    for (const who of people) {
        const account = wants(await website(at).get(accountPath(who)), 200).json;
        const entries = [];
        for (let i = 1; i <= 3; i++) entries.push((await website(at).get(`/v1/subjects/${who.id}/entry/${i}`)).json);
        const consents = wants(await own(who, at).get(`/v1/subjects/${who.id}/consents`), 200).json;
        view[who.id] = { account, entries, consents };
        assert.equal(account.fields['first-name'] ?? account.fields['account.first-name'], who.first);
    }
    return JSON.parse(JSON.stringify(view, (name, value) => (name === 'receipt' ? undefined : value)));
}

async function proves(at) {
    const note = await until('a checkpoint covers all', async () => {
        for (const receipt of receipts) {
            if ((await at.anyone().get(`/v1/ledger/inclusion?entry=${receipt.entry}`)).status === 409) return null;
        }
        return ledger.readNote(wants(await at.anyone().get('/v1/ledger/checkpoint'), 200).text);
    }, 20000);
    const auditor = at.bearer(tokens.desk);
    for (const receipt of receipts) {
        const proof = wants(await at.anyone().get(`/v1/ledger/inclusion?entry=${receipt.entry}&size=${note.size}`), 200).json;
        assert.equal(proof.entry, receipt.entry);
        const entry = ledger.readEntry(wants(await auditor.get(`/v1/ledger/entries?from=${proof.seq}&count=1`), 200).bytes);
        assert.deepEqual([entry.number, entry.request], [receipt.entry, receipt.request]);
        assert.ok(ledger.inclusionHolds(entry.leaf, entry.seq, note.size, proof.proof.map((step) => Buffer.from(step, 'base64')), note.root));
    }
    return note;
}

/** Every line of a person's own view: opened under their key, and each provable. */
async function views(at) {
    const view = {};
    for (const who of people.slice(0, 8)) {
        const rows = await deeds(own(who, at), who);
        const last = rows.at(-1)?.act; // the look itself may stand at the end
        view[who.id] = rows.map((row) => `${row.entry} ${row.time} ${row.act} ${row.purpose ?? ''}`);
        assert.ok(rows.length > 3 && last !== undefined);
        assert.equal(new Set(rows.map((row) => row.entry)).size, rows.length);
    }
    return view;
}

async function gone(at) {
    wants(await at.bearer(tokens.revoked, { purpose: purposes.run }).get(accountPath(people[0])), 401);
    for (const who of erased) {
        assert.ok([404, 410].includes((await website(at).get(accountPath(who))).status)); // 404 when the last row is gone
        assert.equal((await own(who, at).get(`/v1/subjects/${who.id}/deeds`)).status, 401);
    }
}

async function erase(who, at = server) {
    wants(await own(who, at).delete(`/v1/subjects/${who.id}`), 200);
    people.splice(people.indexOf(who), 1);
    erased.push(who);
}

/** Work that goes on until it is told to end: new people, reads, corrections, erasures. */
function load(at, erasing = true) {
    let going = true;
    const all = Promise.all([0, 1, 2].map(async () => {
        while (going) {
            const who = await newcomer(at);
            await live(who, at);
            people.push(who);
            if (erasing && Math.random() < 0.3) await erase(people[1 + Math.floor(Math.random() * (people.length - 1))] ?? who, at).catch(() => {});
        }
    }));
    return { async end() { going = false; await all; } };
}

/** Runs of the mover that are killed at a moment chosen by chance. */
async function cutOff(args, times, most) {
    let killed = 0;
    for (let i = 0; i < times; i++) {
        const child = spawn(server.exe, ['move', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
        let said = '';
        child.stderr.on('data', (part) => { said += part; });
        const ended = new Promise((resolve) => child.on('close', (status, signal) => resolve({ status, signal })));
        await sleep(Math.random() ** 3 * most); // a small move takes a few hundredths of a second: early kills more often
        child.kill('SIGKILL');
        const end = await ended;
        killed += end.signal === 'SIGKILL';
        assert.ok(end.signal === 'SIGKILL' || end.status === 0 || /moved away already/.test(said), said);
    }
    return killed;
}

/** The last run, unless one of those that were to be killed was quick enough. */
function finishes(args) {
    const done = move(...args, '--finish');
    if (done.status === 3 && /the source was moved away already/.test(done.stderr)) return;
    assert.equal(done.status, 0, String(done));
    assert.match(done.stdout, /every table was compared row by row/);
    assert.match(done.stdout, /the ledger holds: \d+ entries/);
}

async function refuses(at, code) {
    const error = await at.launch().then(() => assert.fail('it started'), (failed) => failed);
    assert.equal(error.exit?.status, 3, String(error));
    assert.match(error.log, code);
}

test('a server on files, with people of every kind', async () => {
    onFiles();
    const made = server.cli('keys', 'new', '--data', server.data, '--root-key-file', server.rootKey);
    assert.equal(made.status, 0, String(made));
    await server.launch();
    tokens.website = server.token({ role: 'website' });
    tokens.desk = server.token({ role: 'privacy-desk' });
    for (let i = 0; i < 20; i++) {
        const who = await newcomer();
        await live(who);
        people.push(who);
    }
    for (let i = 0; i < 4; i++) await erase(people[3]);
    tokens.revoked = server.token({ role: 'website', name: 'revoked' });
    server.revoke('revoked');
});

test('what is not a pair is refused, and changes nothing', async () => {
    assert.equal(move('--from', files).status, 2);
    assert.equal(move('--from', files, '--to', files).status, 2);
    assert.equal(move('--from', `sqlite:${server.folder}/none`, '--to', bases).status, 4);
    psql('postgres', `CREATE DATABASE ${base};\nCREATE DATABASE ${base}_keys;\n`, 'troth_owner');
    const early = move(...there);
    assert.equal(early.status, 4, String(early));
    assert.match(early.stderr, /nothing of troth in the database/);
    const made = server.cli('store', 'prepare', { env: { TROTH_STORE: bases.replace('troth_service', 'troth_owner') } });
    assert.equal(made.status, 0, String(made));
    assert.equal(move(...there, '--check').status, 1);
    assert.equal(move(...there, '--undo').status, 6, 'the server holds the folder');
});

test('[G05] it is copied while the server works, however often the mover is killed', async () => {
    working = load(server);
    assert.ok(await cutOff(there, 12, 400) > 0);
    moves(...there);
    const again = moves(...there);
    assert.match(again.stdout, /No server starts on the target yet/);
    await working.end();
    const busy = move(...there, '--finish');
    assert.equal(busy.status, 6, 'the source is at work');
    assert.match(busy.stderr, /holds/);
});

test('a target that is not complete starts no server', async () => {
    const node = new Server({ policy: loadPolicy, base, rootKey: server.rootKey });
    mkdirSync(node.data, { mode: 0o700 });
    cpSync(path.join(server.data, 'keyring.trk'), path.join(node.data, 'keyring.trk'));
    await refuses(node, /target of a move that is not complete.*move-incomplete/);
    second = node;
});

let before, lines;
test('[G02 G05] the last run, killed too: both hold the same, row by row', async () => {
    await erase(people[2]);
    before = await seen(server);
    lines = await views(server);
    await server.stop();
    assert.equal(move(...there, '--check').status, 1);
    assert.ok(await cutOff([...there, '--finish'], 8, 150) > 0);
    finishes(there);
    same();
});

test('the source starts no server any more, nor does it move again', async () => {
    await refuses(server, /were moved away, to PostgreSQL, and go on there.*moved-away/);
    const again = move(...there, '--finish');
    assert.equal(again.status, 3, String(again));
    assert.match(again.stderr, /moved away already/);
    assert.equal(move('--from', files, '--to', bases).status, 3);
});

test('taken back before a server has started there, and done again', async () => {
    moves(...there, '--undo');
    await refuses(second, /move-incomplete/);
    await server.launch();
    const who = await newcomer();
    await live(who);
    people.push(who);
    before = await seen(server);
    lines = await views(server);
    await sleep(500);
    await server.stop();
    assert.doesNotMatch(server.logText, /"event":"background"/);
    moves(...there, '--finish');
    same();
});

test('[G02 G13] two nodes go on on PostgreSQL: ids, tokens, receipts, what was erased', async () => {
    onBases();
    await server.launch();
    await second.launch();
    for (const at of [server, second]) {
        assert.deepEqual(await seen(at), before);
        const now = await views(at);
        for (const id of Object.keys(lines)) assert.deepEqual(now[id].slice(0, lines[id].length), lines[id]);
        await gone(at);
        await proves(at);
    }
    assert.equal(move(...there, '--undo').status, 6, 'servers are at work');
    for (const at of [server, second]) {
        for (let i = 0; i < 6; i++) {
            const who = await newcomer(at);
            await live(who, at);
            people.push(who);
        }
    }
    await erase(people[0], second);
    await erase(people[4]);
    assert.ok(new Set(receipts.map((receipt) => Math.floor(receipt.entry / 2 ** 40))).size === 3, 'three lanes by now');
    server.verifyLedger();
});

test('[G05] back to the files under load, cut off, and finished', async () => {
    await sleep(500);
    assert.match(move(...back).stderr, /the target: another server .* holds/, 'the folder is a running node\'s');
    await server.stop();
    working = load(second);
    assert.ok(await cutOff(back, 12, 400) > 0);
    moves(...back);
    await working.end();
    before = await seen(second);
    lines = await views(second);
    const busy = move(...back, '--finish');
    assert.equal(busy.status, 6, String(busy));
    await second.kill9();
    const odd = move(...back, '--finish');
    if (odd.status !== 0) {
        // The node that was killed left its lane to be settled.
        assert.match(odd.stderr, /did not end in order/);
        await server.launch();
        await until('its lane is settled', () => psql(base, 'SELECT count(*) FROM lane WHERE state = 1', 'postgres').trim() === '1', 40000);
        await proves(server);
        await server.stop();
        await cutOff([...back, '--finish'], 6, 150);
        finishes(back);
    }
    same();
});

test('[G02 G13] on the files again: the same people, lines, receipts from every lane', async () => {
    await refuses(second, /moved away, to files/);
    onFiles();
    await server.launch();
    assert.deepEqual(await seen(server), before);
    const now = await views(server);
    for (const id of Object.keys(lines)) assert.deepEqual(now[id].slice(0, lines[id].length), lines[id]);
    await gone(server);
    await proves(server);
    for (let i = 0; i < 3; i++) {
        const who = await newcomer();
        await live(who);
        people.push(who);
    }
    await proves(server);
    server.verifyLedger();
    await erase(people[1]);
    await gone(server);
});

test('and there once more, onto what was left there', async () => {
    moves(...there);
    before = await seen(server);
    lines = await views(server);
    await server.stop();
    moves(...there, '--finish');
    same();
    onBases();
    await second.launch();
    assert.deepEqual(await seen(second), before);
    await proves(second);
    const who = await newcomer(second);
    await live(who, second);
    await gone(second);
    await second.stop();
    server.verifyLedger();
    assert.doesNotMatch(server.logText + second.logText, /"event":"background"/);
    assert.deepEqual([...server.complaints(), ...second.complaints()], []);
});
