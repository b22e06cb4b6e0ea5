// h: the book. Every deed and every refusal has its line; anybody can check it, with other code than ours; whoever
// changes it is found out.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import test from 'node:test';
import { accountPath, agree, deeds, purposes, register, ticket } from '../lib/classroom.mjs';
import { canary, scanText } from '../lib/canary.mjs';
import { wants } from '../lib/http.mjs';
import * as ledger from '../lib/ledger.mjs';
import { sql } from '../lib/sql.mjs';
import { Server, run, sleep, until } from '../lib/troth.mjs';

let server, website, helpdesk, auditor, book;
const people = [], seen = [];

test('it starts, and forty people come and go', async () => {
    server = await Server.start();
    website = server.as('website', { purpose: purposes.run });
    helpdesk = server.as('helpdesk', { purpose: purposes.support });
    auditor = server.as('privacy-desk');
    for (let i = 0; i < 40; i++) {
        const who = await register(website);
        people.push(who);
        seen.push([who.reply.receipt, 'allow']);
    }
});

test('[G07] every answer carries a receipt, and its line stands in the book with the right decision', async () => {
    for (const who of people) {
        const no = wants(await helpdesk.get(accountPath(who)), 403);
        const yes = wants(await helpdesk.for(purposes.support, ticket).get(accountPath(who)), 200);
        seen.push([no.receipt, 'deny'], [yes.receipt, 'allow']);
    }
    book = await ledger.readAll(auditor);
    assert.ok(book.length >= seen.length);
    for (const [receipt, decision] of seen) {
        assert.ok(receipt, 'a receipt');
        const entry = book.of(receipt.entry);
        assert.ok(entry, `entry ${receipt.entry}`);
        assert.equal(entry.request, receipt.request);
        assert.equal(entry.detail.toString('base64'), Buffer.from(receipt.commitment, 'base64').toString('base64'));
        assert.equal(entry.decision, decision);
    }
    assert.equal(new Set(seen.map(([receipt]) => receipt.entry)).size, seen.length, 'each has a line of its own');
});

test('[G07] what was tried and taken back has its line too: a stale version, a taken value, a dry run', async () => {
    const [ana, eva] = people;
    const entries = async () => Number(/^troth_ledger_entries (\d+)$/m.exec((await server.anyone().get('/metrics')).text)[1]);
    const again = { fields: { 'account.first-name': 'x', 'account.last-name': 'y', 'account.email': ana.email, 'account.password': 'long enough it is' } };
    for (const [ask, status, decision = 'error'] of [
        [() => website.patch(accountPath(ana), { fields: { 'first-name': 'z' } }, { ifMatch: '"7"' }), 412],
        [() => website.patch(accountPath(ana), { fields: { email: eva.email } }, { ifMatch: '"1"' }), 409],
        [() => website.post('/v1/collect/register', again), 409],
        [() => website.post('/v1/collect/register', { fields: { ...again.fields, 'account.email': 'nobody.else@example.org' } }, { headers: { 'troth-dry-run': '1' } }), 200, 'allow'],
    ]) {
        const before = await entries();
        const reply = wants(await ask(), status);
        assert.equal(await entries(), before + 1, String(reply));
        assert.ok(reply.receipt, 'and a receipt for it');
        seen.push([reply.receipt, decision]);
    }
    book = await ledger.readAll(auditor);
    for (const [receipt, decision] of seen.slice(-4)) assert.equal(book.of(receipt.entry).decision, decision);
});

test('[G13] a person proves a deed with nobody\'s help: the view gives the entry, the proof needs no token', async () => {
    const [ana] = people;
    const me = server.person(ana.id);
    const read = (rows) => rows.find((row) => row.act === 'read' && row.answer === 'allow');
    const { entry, seq, bytes: hex, commitment: said } = await until('it has its place in the tree', async () => {
        const row = read(await deeds(me, ana));
        return row.seq !== undefined && row;
    });
    const bytes = Buffer.from(hex, 'hex');
    assert.equal(bytes.length, 160);
    const checkpoint = async () => ledger.readNote((await server.anyone().get('/v1/ledger/checkpoint')).text);
    await until('it is under a checkpoint', async () => (await checkpoint()).size > seq);
    const { size, root } = await checkpoint();
    const proof = wants(await server.anyone().get(`/v1/ledger/inclusion?entry=${entry}&size=${size}`), 200).json;
    assert.equal(proof.seq, seq);
    assert.ok(ledger.inclusionHolds(ledger.leafHash(bytes), seq, size, proof.proof.map((step) => Buffer.from(step, 'base64')), root));
    assert.equal(bytes.subarray(104, 136).toString('hex'), said);
});

test('[G07] there are no lines of requests nobody sent', async () => {
    const sent = new Set(seen.map(([receipt]) => receipt.request));
    const others = book.filter((entry) => ['read', 'refused', 'write'].includes(entry.event) && !sent.has(entry.request));
    // What is left is ours too: it came with a request already in the set, or from the start of the server.
    const first = book.of(seen[0][0].entry).seq;
    for (const entry of others) assert.ok(entry.seq < first, `entry ${entry.seq} (${entry.event}) belongs to no request`);
});

test('times never go back, entries keep their form', () => {
    for (let i = 1; i < book.length; i++) assert.ok(book[i].time >= book[i - 1].time, `entry ${i}`);
});

test('[G08] no two lines can be seen to be about the same person, and none holds anything of them', () => {
    const refs = book.map((entry) => entry.sref.toString('hex')).filter((ref) => !/^0+$/.test(ref));
    assert.ok(refs.length > 100);
    assert.equal(new Set(refs).size, refs.length);
    const bytes = Buffer.concat(book.flatMap((entry) => [entry.sref, entry.aref, entry.purpose, entry.policy, entry.detail]));
    assert.deepEqual(scanText(bytes, people.flatMap((who) => who.canaries)).hits, []);
    for (const who of people) assert.ok(!bytes.includes(Buffer.from(who.id, 'hex')), 'nor their id');
});

let first;
test('[G13] the checkpoint is signed, and its root is the root of the entries', async () => {
    first = await until('a checkpoint over all there is', async () => {
        const reply = await auditor.get('/v1/ledger/checkpoint');
        return reply.status === 200 && ledger.readNote(reply.text).size >= book.length && reply;
    }, 5000);
    book = await ledger.readAll(auditor);
    const note = ledger.readNote(first.text);
    assert.deepEqual(ledger.treeRoot(book.slice(0, note.size).map((entry) => entry.leaf)), note.root);
    const key = wants(await server.anyone().get('/v1/ledger/key'), 200).text;
    assert.ok(ledger.noteHolds(first.text, key), 'the signature holds by the published key');
    assert.ok(!ledger.noteHolds(first.text.replace(`\n${note.size}\n`, `\n${note.size + 1}\n`), key));
});

const hashes = (reply) => reply.json.proof.map((text) => Buffer.from(text, 'base64'));

test('[G13 G09] every receipt is proven to lie under the checkpoint', async () => {
    const note = ledger.readNote(first.text);
    for (const [receipt] of seen.slice(0, 60)) {
        const reply = wants(await auditor.get(`/v1/ledger/inclusion?entry=${receipt.entry}&size=${note.size}`), 200);
        const { leaf, seq } = book.of(receipt.entry);
        assert.deepEqual([reply.json.entry, reply.json.seq, reply.json.leaf], [receipt.entry, seq, leaf.toString('base64')]);
        assert.ok(ledger.inclusionHolds(leaf, seq, note.size, hashes(reply), note.root), `entry ${receipt.entry}`);
        assert.deepEqual(wants(await auditor.get(`/v1/ledger/inclusion?seq=${seq}&size=${note.size}`), 200).json, reply.json);
    }
});

test('[G09] the grown book is proven to go on from the old one', async () => {
    const old = ledger.readNote(first.text);
    for (const who of people.slice(0, 10)) await website.get(accountPath(who));
    const next = await until('a newer checkpoint', async () => {
        const reply = wants(await auditor.get('/v1/ledger/checkpoint'), 200);
        return ledger.readNote(reply.text).size > old.size && ledger.readNote(reply.text);
    }, 5000);
    for (const from of [1, 2, 3, 7, 8, 64, old.size - 1, old.size]) {
        const reply = wants(await auditor.get(`/v1/ledger/consistency?old=${from}&size=${next.size}`), 200);
        const root = ledger.treeRoot(book.slice(0, from).map((entry) => entry.leaf));
        assert.ok(ledger.consistencyHolds(from, root, next.size, next.root, hashes(reply)), `from ${from}`);
    }
});

test('a person can show which lines are theirs, and the openings fit', async () => {
    const who = people[0];
    const own = server.person(who.id);
    const lines = await deeds(own, who);
    const receiptKey = wants(await own.get(`/v1/subjects/${who.id}/deeds`), 200).json['receipt-key'];
    for (const line of lines) {
        assert.ok(Number.isInteger(line.entry), JSON.stringify(line));
        const commitment = createHash('sha256').update(Buffer.from('troth-dt-v1'.padEnd(16, '\0')))
            .update(Buffer.from(line.opening, 'hex')).update(JSON.stringify(line.deed)).digest();
        assert.equal(commitment.toString('hex'), line.commitment, 'the opening opens the commitment');
        if (book.of(line.entry)) assert.deepEqual(book.of(line.entry).detail, commitment, 'and it is the one in the book');
        const key = Buffer.from(receiptKey, 'hex'), number = Buffer.alloc(8);
        number.writeBigUInt64BE(BigInt(line.entry));
        const sref = createHmac('sha256', key).update('sref').update(number).digest().subarray(0, 16);
        if (book.of(line.entry)) assert.deepEqual(book.of(line.entry).sref, sref, 'the receipt key shows that it is theirs');
    }
    assert.ok(lines.some((line) => line.entry === who.reply.receipt.entry), 'their registration is among them');
});

test('[G07] sixteen callers at once: not a line too many, none missing, every decision right', async () => {
    const before = (await ledger.readAll(auditor)).length;
    const own = new Map();
    for (const who of people.slice(0, 5)) own.set(who, server.person(who.id));
    const tokensMade = (await ledger.readAll(auditor)).length;
    assert.ok(tokensMade >= before);
    const expected = new Map();
    const calls = [
        (who) => [helpdesk.get(accountPath(who)), 'deny'],
        (who) => [helpdesk.for(purposes.support, ticket).get(accountPath(who)), 'allow'],
        (who) => [website.get(accountPath(who)), 'allow'],
        (who) => [website.for('curiosity').get(accountPath(who)), 'deny'],
        () => [website.get(`/v1/subjects/${'0'.repeat(32)}/account`), null],
    ];
    const from = (await ledger.readAll(auditor)).length;
    await Promise.all(Array.from({ length: 16 }, async (_, worker) => {
        for (let i = 0; i < 60; i++) {
            const [sent, decision] = calls[(worker * 7 + i * 3) % calls.length](people[(worker + i) % people.length]);
            const reply = await sent;
            if (decision) expected.set(reply.receipt.entry, [reply.receipt.request, decision]);
        }
    }));
    const now = await ledger.readAll(auditor);
    for (const [number, [request, decision]] of expected) {
        const entry = now.of(number);
        assert.deepEqual([entry.request, entry.decision], [request, decision], `entry ${number}`);
        assert.ok(entry.seq >= from);
    }
});

test('[G15] consent given and withdrawn stand in the book as what they are', async () => {
    const who = people[1], own = server.person(who.id);
    const given = await agree(own, who);
    const withdrawn = wants(await own.delete(`/v1/subjects/${who.id}/consents/${purposes.news}`), 200);
    const now = await ledger.readAll(auditor);
    assert.equal(now.of(given.receipt.entry).event, 'consent-given');
    assert.equal(now.of(withdrawn.receipt.entry).event, 'consent-withdrawn');
});

test('erasure stands in the book, and what was said of the person before opens no more', async () => {
    const who = people[2], own = server.person(who.id);
    const gone = await own.delete(`/v1/subjects/${who.id}`);
    assert.ok([200, 204].includes(gone.status));
    const now = await ledger.readAll(auditor);
    assert.equal(now.of(gone.receipt.entry).event, 'erased');
    const view = await auditor.get(`/v1/subjects/${who.id}/deeds`);
    assert.ok([403, 404, 410].includes(view.status), String(view));
});

test('it ends well, and the whole book verifies', async () => {
    await sleep(1200);
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
    server.verifyLedger();
});

// Somebody with the disk in hand changes history; a verifier looks at a copy of the files.
const entry = 'hex:' + '01'.padEnd(320, '0');
/** On PostgreSQL one server wrote all of it in its lane, so that no and seq are the same there. */
const byPlace = (statement) => typeof statement === 'string' && /ledger_entry/.test(statement) ? { near: statement, far: statement.replaceAll('seq', 'no') } : statement;
const tampered = [
    ['one bit of an entry', ["UPDATE ledger_entry SET row = substr(row,1,10) || x'ff' || substr(row,12) WHERE seq = 17", []], 17],
    ['an entry taken away', ['DELETE FROM ledger_entry WHERE seq = 23', []], 23],
    ['the last entries taken away', ['DELETE FROM ledger_entry WHERE seq > (SELECT max(seq) - 5 FROM ledger_entry)', []], null],
    ['an entry put in the place of another', ['UPDATE ledger_entry SET row = (SELECT row FROM ledger_entry WHERE seq = 8) WHERE seq = 9', []], 9],
    ['an entry made up', ['UPDATE ledger_entry SET row = ? WHERE seq = 30', [entry]], 30],
    ['an entry cut short', ['UPDATE ledger_entry SET row = substr(row,1,159) WHERE seq = 31', []], 31],
    ['the first entry changed', ["UPDATE ledger_entry SET row = substr(row,1,40) || x'00112233' || substr(row,45) WHERE seq = 0", []], 0],
    ['a tile changed', ["UPDATE ledger_tile SET hashes = x'ff' || substr(hashes,2) WHERE level = 0 AND no = 0", []], null],
    ['a tile taken away', ['DELETE FROM ledger_tile WHERE level = 0 AND no = 0', []], null],
    ['a checkpoint changed', [{
        near: "UPDATE ledger_checkpoint SET note = replace(CAST(note AS TEXT), char(10), char(10)||'1') WHERE size = (SELECT max(size) FROM ledger_checkpoint)",
        far: "UPDATE ledger_checkpoint SET note = convert_to(replace(convert_from(note, 'UTF8'), chr(10), chr(10)||'1'), 'UTF8') WHERE size = (SELECT max(size) FROM ledger_checkpoint)",
    }, []], null],
];
for (const [name, statement, bad] of tampered) {
    test(`[G10] found: ${name}`, () => {
        const copy = server.copy();
        const rows = sql(copy.main, 'SELECT count(*) FROM ledger_tile WHERE level = 0');
        if (/tile/.test(name)) assert.ok(rows[0][0] > 0, 'there is a full tile');
        sql(copy.main, [byPlace(statement[0]), statement[1]]);
        const done = copy.cli('ledger', 'verify', '--data', copy.data);
        assert.equal(done.status, 7, String(done));
        if (bad !== null) assert.match(done.stdout + done.stderr, new RegExp(`\\b${bad}\\b`), 'it names the entry');
    });
}

test('[G21] a sealed value that was changed or moved does not open', async () => {
    const copy = server.copy();
    const file = copy.main;
    const [[snA], [snB], [snC]] = [3, 4, 5].map((i) => sql(file, ['SELECT sn FROM subject WHERE id = ?', [`hex:${people[i].id}`]])[0]);
    sql(file, ["UPDATE record SET sealed = substr(sealed,1,60) || x'ff00ff00' || substr(sealed,65) WHERE sn = ?", [snA]]);
    sql(file, ['UPDATE record SET sealed = (SELECT sealed FROM record WHERE sn = ? LIMIT 1) WHERE sn = ?', [snC, snB]]);
    await copy.launch();
    const reader = copy.bearer(copy.token({ role: 'website', name: 'reader' }), { purpose: purposes.run });
    for (const i of [3, 4]) {
        const reply = wants(await reader.get(accountPath(people[i])), 500);
        assert.equal(reply.json.code, 'seal-broken', String(reply));
        assert.deepEqual(scanText(reply.bytes, people.flatMap((who) => who.canaries)).hits, []);
    }
    wants(await reader.get(accountPath(people[5])), 200, 'the others are well');
    assert.ok(canary());
    await copy.stop();
});
