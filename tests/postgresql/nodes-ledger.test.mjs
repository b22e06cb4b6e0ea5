// One book over several servers on the same databases: what any of them recorded is proven by every other, and the one
// that makes the tree grow may be killed or stopped at any moment.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { accountPath, deeds, purposes, register, visitor } from '../lib/classroom.mjs';
import { wants } from '../lib/http.mjs';
import * as ledger from '../lib/ledger.mjs';
import { Server, loadPolicy, sleep, until } from '../lib/troth.mjs';

const nodes = [], people = [], receipts = [], notes = new Map();
let websiteToken, auditorToken;

const website = (node) => node.bearer(websiteToken, { purpose: purposes.run });
const auditor = (node) => node.bearer(auditorToken);
const metric = async (node, name) => Number(new RegExp(`^troth_${name} (\\d+)`, 'm').exec((await node.anyone().get('/metrics')).text)[1]);

async function checkpoint(node) {
    const note = ledger.readNote(wants(await node.anyone().get('/v1/ledger/checkpoint'), 200).text);
    if (notes.has(note.size)) assert.deepEqual(notes.get(note.size), note.root, `one root of ${note.size} entries`);
    notes.set(note.size, note.root);
    return note;
}

/** Reads at each of these nodes, until it is told to end; what was acknowledged goes to receipts. A node that is gone
    meanwhile (`mayFail`) answers nothing. */
function load(at, { workers = 4, mayFail = () => false } = {}) {
    let going = true;
    const all = Promise.all(at.flatMap((node) => Array.from({ length: workers }, async (_, worker) => {
        for (let i = worker; going; i++) {
            const who = people[i % people.length];
            try {
                const reply = wants(await website(node).get(accountPath(who)), 200);
                receipts.push({ ...reply.receipt, who, node: nodes.indexOf(node) });
            } catch (error) {
                if (!mayFail(node)) throw error;
                await sleep(50);
            }
        }
    })));
    return { async end() { going = false; await all; } };
}

/** The proof of an entry, asked for until there is one. */
async function proofOf(node, number) {
    return until(`entry ${number} can be proven`, async () => {
        const reply = await node.anyone().get(`/v1/ledger/inclusion?entry=${number}`);
        if (reply.status === 200) return reply.json;
        assert.equal(reply.status, 409, String(reply));
        assert.match(reply.json.detail, /this entry is recorded and not (in the tree|under a signed checkpoint) yet/);
        assert.equal(reply.headers['retry-after'], '1');
        return null;
    });
}

const sequencer = () => until('one of them makes the tree grow', async () => {
    const held = [];
    for (const node of nodes) if (await metric(node, 'ledger_sequencer')) held.push(node);
    return held.length === 1 && held[0];
});

test('three servers over one pair of databases', async () => {
    const first = await Server.start({ policy: loadPolicy });
    nodes.push(first);
    websiteToken = first.token({ role: 'website' });
    auditorToken = first.token({ role: 'privacy-desk' });
    for (let i = 0; i < 24; i++) people.push(await register(website(first), visitor()));
    for (let i = 0; i < 2; i++) {
        const more = new Server({ policy: loadPolicy, base: first.base, rootKey: first.rootKey });
        mkdirSync(more.data, { recursive: true, mode: 0o700 });
        copyFileSync(path.join(first.data, 'keyring.trk'), path.join(more.data, 'keyring.trk'));
        nodes.push(await more.launch());
    }
});

test('[G07] what each of them recorded stands in the book once, whoever is asked', async () => {
    const working = load(nodes);
    for (let i = 0; i < 5; i++) {
        await sleep(500);
        nodes[i % 3].verifyLedger(); // beside all of them at work: sound, with some entries not in the tree yet
    }
    await working.end();
    assert.equal(new Set(receipts.map((receipt) => receipt.entry)).size, receipts.length, 'each has a number of its own');
    assert.ok(new Set(receipts.map((receipt) => Math.floor(receipt.entry / 2 ** 40))).size === 3, 'three lanes');
    let length = 0;
    for (const node of nodes) {
        const book = await ledger.readAll(auditor(node));
        length ||= book.length;
        assert.equal(book.length, length);
        assert.equal(new Set(book.map((entry) => entry.number)).size, length, 'no entry twice');
        for (const receipt of receipts) assert.equal(book.of(receipt.entry)?.request, receipt.request);
    }
    for (const node of nodes) {
        assert.equal(await metric(node, 'ledger_waiting_entries'), 0);
        assert.equal(await metric(node, 'ledger_entries'), length);
    }
});

test('[G13 G09] a receipt from one is proven by every other, as soon as a checkpoint covers it', async () => {
    const [who] = people;
    for (const from of nodes) {
        const { receipt } = wants(await website(from).get(accountPath(who)), 200);
        for (const node of nodes) {
            const proof = await proofOf(node, receipt.entry);
            const note = await checkpoint(node);
            const sized = wants(await node.anyone().get(`/v1/ledger/inclusion?entry=${receipt.entry}&size=${note.size}`), 200).json;
            assert.deepEqual([sized.entry, sized.seq, sized.leaf], [receipt.entry, proof.seq, proof.leaf]);
            const bytes = wants(await auditor(node).get(`/v1/ledger/entries?from=${sized.seq}&count=1`), 200).bytes;
            const entry = ledger.readEntry(bytes);
            assert.deepEqual([entry.number, entry.seq, entry.request], [receipt.entry, sized.seq, receipt.request]);
            assert.ok(ledger.inclusionHolds(entry.leaf, entry.seq, note.size, sized.proof.map((step) => Buffer.from(step, 'base64')), note.root));
        }
    }
    for (const number of [2 ** 40 * 63, receipts[0].entry + 1e9, 5]) {
        wants(await nodes[1].anyone().get(`/v1/ledger/inclusion?entry=${number}`), 404);
    }
});

test('[M07] a person sees what was done at each of them, oldest first, and can prove it', async () => {
    const [who] = people;
    const own = nodes[2].bearer(nodes[0].token({ subject: who.id }));
    const rows = await deeds(own, who);
    const numbers = new Set(rows.map((row) => row.entry));
    assert.equal(numbers.size, rows.length);
    for (const receipt of receipts.filter((one) => one.who === who)) assert.ok(numbers.has(receipt.entry));
    for (let i = 1; i < rows.length; i++) assert.ok(rows[i].time >= rows[i - 1].time, 'in the order of time');
    const row = rows.findLast((one) => one.seq !== undefined);
    const proof = await proofOf(nodes[1], row.entry);
    assert.equal(ledger.leafHash(Buffer.from(row.bytes, 'hex')).toString('base64'), proof.leaf);
});

test('[G02] kill -9 of the one that makes the tree grow: nothing acknowledged is missing, and it grows again', async () => {
    for (let round = 0; round < 2; round++) {
        const dead = new Set();
        const working = load(nodes, { workers: 3, mayFail: (node) => dead.has(node) });
        await sleep(600);
        const victim = await sequencer();
        dead.add(victim);
        await victim.kill9();
        const killed = Date.now(), rest = nodes.filter((node) => node !== victim);
        const before = (await checkpoint(rest[0])).size, acknowledged = receipts.length;
        await until('a checkpoint of more', async () => (await checkpoint(rest[0])).size > before, 8000);
        const waited = Date.now() - killed;
        assert.ok(waited < 6000, `the tree stood still for ${waited} ms`);
        console.log(`# after kill -9 the next checkpoint of more came within ${waited} ms`);
        assert.ok(receipts.length > acknowledged, 'and the others answered meanwhile');
        await victim.launch();
        dead.clear();
        await sleep(300);
        await working.end();
    }
    const book = await ledger.readAll(auditor(nodes[0]));
    for (const receipt of receipts) assert.equal(book.of(receipt.entry)?.request, receipt.request, 'an acknowledged deed has its line');
});

test('the one that makes the tree grow stands still for ten seconds and wakes up: no harm', async () => {
    const still = new Set();
    const working = load(nodes, { workers: 2, mayFail: (node) => still.has(node) });
    await sleep(600);
    const victim = await sequencer(), rest = nodes.filter((node) => node !== victim);
    still.add(victim);
    victim.child.kill('SIGSTOP');
    const before = (await checkpoint(rest[0])).size, acknowledged = receipts.length;
    await sleep(10000);
    assert.ok(receipts.length > acknowledged, 'the others answered meanwhile');
    victim.child.kill('SIGCONT');
    await until('a checkpoint of more', async () => (await checkpoint(rest[1])).size > before, 8000);
    await until('it answers again', async () => (await website(victim).get(accountPath(people[0]))).status === 200);
    still.clear();
    await sleep(1000);
    await working.end();
    const book = await ledger.readAll(auditor(victim));
    for (const receipt of receipts) assert.equal(book.of(receipt.entry)?.request, receipt.request);
    for (const node of nodes) assert.equal(node.child.exitCode, null, 'all are the same servers');
});

test('[G09 G10] every checkpoint that was seen is of the one tree, and the whole book verifies', async () => {
    await until('all is signed', async () => (await checkpoint(nodes[0])).size === await metric(nodes[0], 'ledger_entries'), 8000);
    const book = await ledger.readAll(auditor(nodes[0]));
    assert.ok(notes.size > 5);
    for (const [size, root] of notes) assert.deepEqual(ledger.treeRoot(book.slice(0, size).map((entry) => entry.leaf)), root, `${size} entries`);
    const last = new Map();
    for (const entry of book) {
        assert.ok(entry.time >= (last.get(entry.lane) ?? 0n), 'times do not go back in a lane');
        last.set(entry.lane, entry.time);
    }
    nodes[0].verifyLedger();
});

test('they end one after another; the last entries are in the tree and signed', async () => {
    for (const node of nodes) {
        wants(await website(node).get(accountPath(people[1])), 200);
        assert.deepEqual([(await node.stop()).status, node.complaints()], [0, []]);
    }
    const said = nodes[0].verifyLedger().stdout;
    const [, entries, signed] = /holds: (\d+) entries, \d+ checkpoints, signed up to (\d+)/.exec(said);
    assert.equal(entries, signed);
    assert.doesNotMatch(said, /not in the tree yet/);
});
