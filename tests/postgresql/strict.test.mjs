// What several nodes over one PostgreSQL promise about consent, restriction, erasure and tokens: acknowledged on one
// node, it counts for the very next request on any other, whatever falls meanwhile.
//
// TROTH_NODES says how many (3); TROTH_OPERATIONS how long: 100000 and more by `make test-nodes`, where the whole
// PostgreSQL is killed too.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accountPath, deeds, purposes, register, visitor } from '../lib/classroom.mjs';
import { pg } from '../lib/cluster.mjs';
import { Consents, consentPath, consentPolicy, consents, some } from '../lib/consents.mjs';
import { History } from '../lib/history.mjs';
import { wants } from '../lib/http.mjs';
import * as ledger from '../lib/ledger.mjs';
import { Nodes, believe, many } from '../lib/nodes.mjs';
import { patience, psql, sleep, until } from '../lib/troth.mjs';

const count = Number(process.env.TROTH_NODES ?? 3);
const operations = Number(process.env.TROTH_OPERATIONS ?? 6000);
const long = operations >= 50000;
const pairs = long ? Math.min(5000, Math.ceil(operations / 30)) : 300;

let nodes, website, rights, mailer, helpdesk, auditor;
const receipts = []; // of all that was acknowledged here

/** An answer that was acknowledged and must be in the book. */
const noted = (reply) => { if (reply.receipt) receipts.push(reply.receipt.request); return reply; };
const elsewhere = (i, by = 1) => (i + by) % count;

async function people(n) {
    const made = [];
    await many(n, 8, async (_, i) => { made[i] = await register(website.on(i % count), visitor()); });
    return made;
}

test('the nodes start', async () => {
    nodes = await Nodes.start(count, { policy: consentPolicy });
    website = await nodes.role('website', { purpose: purposes.run });
    rights = website.for('rights');
    mailer = await nodes.role('mailer');
    helpdesk = await nodes.role('helpdesk', { purpose: 'support' });
    auditor = await nodes.role('privacy-desk');
    await nodes.ready();
});

test('who was registered on one node is read on every other at once', async () => {
    await many(100, 6, async (_, i) => {
        const who = await register(website.on(i % count), visitor());
        for (let by = 0; by < count; by++) {
            const reply = wants(await website.on(elsewhere(i, by)).get(accountPath(who)), 200);
            assert.equal(reply.json.fields.email, who.email);
        }
    });
});

test(`[G14] consent given or withdrawn on one node is seen by the next read on another: ${pairs} rounds`, async () => {
    const all = await people(12);
    await many(pairs, 12, async (worker, n) => {
        const who = all[worker], i = n % count, purpose = consents[n % consents.length], reader = mailer.for(purpose);
        noted(wants(await rights.on(i).put(consentPath(who, purpose), {}), 200));
        noted(wants(await reader.on(elsewhere(i)).get(accountPath(who)), 200, 'given on one, read on another'));
        noted(wants(await rights.on(elsewhere(i, 2)).delete(consentPath(who, purpose)), 200));
        noted(wants(await reader.on(i).get(accountPath(who)), 403, 'withdrawn on one, read on another'));
    });
});

test(`[G14] a restriction set on one node holds on the others at once: ${pairs} rounds`, async () => {
    const all = await people(12);
    await many(pairs, 12, async (worker, n) => {
        const who = all[worker], i = n % count;
        noted(wants(await rights.on(i).put(`/v1/subjects/${who.id}/restriction`), 200));
        noted(wants(await helpdesk.on(elsewhere(i)).get(accountPath(who)), 403, 'restricted on one, read on another'));
        noted(wants(await rights.on(elsewhere(i, 2)).delete(`/v1/subjects/${who.id}/restriction`), 200));
        noted(wants(await helpdesk.on(i).get(accountPath(who)), 200, 'lifted on one, read on another'));
    });
});

test(`[G14 G23] erased on one node is gone on the others at once: ${pairs} people`, async () => {
    await many(pairs, 8, async (_, n) => {
        const i = n % count, who = await register(website.on(i % count), visitor());
        const own = await nodes.person(who.id);
        wants(await own.on(elsewhere(i)).get(accountPath(who)), 200);
        noted(wants(await rights.on(i).delete(`/v1/subjects/${who.id}`), 200));
        const reply = await website.on(elsewhere(i)).get(accountPath(who));
        assert.ok([403, 404].includes(reply.status), `erased on one, read on another: ${reply}`);
        assert.ok(!reply.text.includes(who.last));
        wants(await own.on(elsewhere(i, 2)).get(accountPath(who)), 401, 'their token ended too');
        const found = await website.on(elsewhere(i, 2)).get(`/v1/subjects?lookup=account.email:${encodeURIComponent(who.email)}`);
        assert.ok(!found.text.includes(who.id), `found by their e-mail address: ${found}`);
        const next = wants(await website.on(elsewhere(i)).post('/v1/collect/register', { fields: who.fields }), 201, 'the address is free on the others');
        wants(await website.on(elsewhere(i, 2)).get(`/v1/subjects/${next.json.subject}/account`), 200);
    });
});

test(`[G14] a token made on one node counts on the others at once, and one revoked does not: ${pairs} tokens`, async () => {
    const who = await register(website.on(0), visitor());
    await many(pairs, 8, async (_, n) => {
        const i = n % count, made = await nodes.token({ role: 'helpdesk' }, nodes.list[i]);
        const caller = (by) => helpdesk.on(elsewhere(i, by)).get(accountPath(who), { token: made.token });
        wants(await caller(1), 200, 'made on one, used on another');
        wants(await caller(0), 200);
        const gone = await nodes.list[elsewhere(i, 2)].local('DELETE', `/v1/tokens/${made.name}`);
        assert.equal(gone.status, 204, gone.text);
        for (const by of [1, 0, 2]) wants(await caller(by), 401, 'revoked on one, used on another');
    });
});

test('a record corrected on one node is corrected on the others, and of two at once one is told that it is late', async () => {
    const all = await people(6);
    await many(Math.min(pairs, 600), 6, async (worker, n) => {
        const who = all[worker], i = n % count;
        const before = wants(await website.on(i).get(accountPath(who)), 200);
        const tries = await Promise.all([0, 1].map((by) => website.on(elsewhere(i, by)).patch(accountPath(who),
            { fields: { 'first-name': `name ${n} ${by}` } }, { ifMatch: before.version })));
        assert.deepEqual(tries.map((reply) => reply.status).sort(), [200, 412], `${tries[0]} and ${tries[1]}`);
        const won = tries.findIndex((reply) => reply.status === 200);
        assert.equal(wants(await website.on(elsewhere(i, 2)).get(accountPath(who)), 200).json.fields['first-name'], `name ${n} ${won}`);
    });
});

test('one e-mail address asked for on all nodes at once is given to one person', async () => {
    await many(Math.min(pairs, 300), 2, async () => {
        const who = visitor();
        const tries = await Promise.all(nodes.list.map((_, i) => website.on(i).post('/v1/collect/register', { fields: who.fields })));
        assert.equal(tries.filter((reply) => reply.status === 201).length, 1, tries.join('\n'));
        for (const reply of tries) assert.ok([201, 409].includes(reply.status), String(reply));
    });
});

test('one Idempotency-Key on all nodes at once makes one person', async () => {
    await many(Math.min(pairs, 300), 2, async (_, n) => {
        const who = visitor(), idem = `once-${process.pid}-${n}`;
        const tries = await Promise.all(nodes.list.map((_, i) => believe(website.on(i).post('/v1/collect/register', { fields: who.fields }, { idem }))));
        const done = tries.filter((one) => one.what === 'done').map((one) => one.reply.json.subject);
        assert.ok(done.length >= 1 && new Set(done).size === 1, JSON.stringify(tries.map((one) => [one.what, one.code])));
        for (const one of tries) assert.ok(one.what === 'done' || one.what === 'not-done', `${one.what}: ${one.reply}`);
        const again = wants(await website.on(n % count).post('/v1/collect/register', { fields: who.fields }, { idem }), 201);
        assert.equal(again.json.subject, done[0]);
    });
});

test(`[G15] nothing is disclosed after a withdrawal was acknowledged, by the person's own list: ${Math.ceil(pairs / 3)} races`, async (t) => {
    const all = await people(4), races = Math.ceil(pairs / 3), gone = [], raced = [0, 0, 0, 0];
    let disclosed = 0, refused = 0;
    await many(races, 4, async (worker, n) => {
        // A list is read whole each time: somebody new before it is long.
        if (raced[worker]++ % 15 === 14) {
            gone.push(all[worker]);
            [all[worker]] = await people(1);
        }
        const who = all[worker], purpose = consents[Math.floor(n / all.length) % consents.length], i = n % count;
        const allowed = async (node) => {
            const lines = await deeds(rights.on(node), who);
            return lines.filter((line) => line.act === 'read' && line.purpose === purpose && line.answer === 'allow').map((line) => line.opening);
        };
        wants(await rights.on(i).put(consentPath(who, purpose), {}), 200);
        let done = false;
        const readers = Promise.all(nodes.list.map(async (_, node) => {
            while (!done) {
                const reply = await mailer.for(purpose).on(node).get(accountPath(who));
                if (reply.status === 200) disclosed++; else { wants(reply, 403); refused++; }
            }
        }));
        await sleep(5 + Math.random() * 15);
        wants(await rights.on(elsewhere(i)).delete(consentPath(who, purpose)), 200);
        const then = new Set(await allowed(elsewhere(i, 2)));
        await sleep(Math.random() * 20);
        done = true;
        await readers;
        const later = (await allowed(i)).filter((line) => !then.has(line));
        assert.deepEqual(later, [], 'allowed reads that were committed after the withdrawal had been acknowledged');
    });
    t.diagnostic(`${races} races: ${disclosed} reads allowed, ${refused} refused`);
    assert.ok(disclosed > races / 2 && refused > races / 2, 'reads were under way on both sides');
    // The list itself tells it in order: between a withdrawal and the next consent no allowed read.
    for (const who of [...gone, ...all]) {
        const given = new Map();
        for (const line of await deeds(rights.on(0), who)) {
            if (/^consent/.test(line.act) || /withdraw/.test(line.act)) given.set(line.about, line.what === 'given');
            if (line.act === 'read' && consents.includes(line.purpose) && line.answer === 'allow') assert.ok(given.get(line.purpose), JSON.stringify(line));
        }
    }
});

test(`[G14 G02] ${operations} operations while nodes, sessions${long ? ' and the database' : ''} fall: one register for each consent explains every answer`, async (t) => {
    const all = await people(Math.max(60, operations / 200));
    const history = new History(), asking = new Consents(history, { rights, mailer }), window = 4;
    const begun = Date.now();
    let asked = 0;
    const one = async (worker, n) => {
        asked = n;
        // A few people at a time, so that what is asked meets; then the next few.
        const at = Math.floor(Math.min(1, n / operations) * (all.length - window)) + Math.floor(Math.random() * window);
        const who = all[at], purpose = some(consents);
        const { op, told } = await asking.ask(worker, await nodes.any(), who, purpose);
        if (op.outcome === 'ok') noted(told.reply);
        else await sleep(20);
    };
    const sessionsEnd = (where) => psql('postgres', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${where}`, 'postgres');
    const faults = [
        ['sessions of the data ended', () => sessionsEnd(`datname = '${nodes.base}'`)],
        ['kill -9 of a node', async (n) => {
            const i = n % count;
            await nodes.kill(i);
            await sleep(300);
            await nodes.again(i);
        }],
        ['sessions of the keys ended', () => sessionsEnd(`datname = '${nodes.base}_keys'`)],
        ['a node stood still', async (n) => {
            const i = (n + 1) % count;
            nodes.pause(i);
            await sleep(long ? 500 + Math.random() * 12000 : 700);
            nodes.resume(i);
        }],
        ...(long ? [['kill -9 of the database', async () => {
            await pg('kill', process.env.TROTH_PG);
            await sleep(200);
            await pg('again', process.env.TROTH_PG);
            await until('a node answers', async () => (await believe(website.on(await nodes.any()).get('/readyz'))).what === 'done', 20000);
        }]] : []),
    ];
    // On a fast machine it goes on until each of them came.
    const told = {}, end = Date.now() + patience(60000);
    const work = many(operations, 12, one, () => Object.keys(told).length < faults.length && Date.now() < end);
    await nodes.trouble(faults, work, 500, told);
    await nodes.ready(20000);
    const seconds = (Date.now() - begun) / 1000;
    const sum = (kind) => ['ok', 'refused', 'unknown'].map((outcome) => `${history.count(kind, outcome)} ${outcome}`).join(', ');
    t.diagnostic(`${asked + 1} operations in ${seconds.toFixed(1)} s; reads: ${sum('read')}; writes: ${sum('write')}; ${JSON.stringify(told)}`);
    assert.deepEqual(asking.odd, [], 'answers nobody should ever see');
    assert.ok(history.count('read', 'ok') > operations / 4 && history.count('write', 'ok') > operations / 4, 'most was answered');
    assert.equal(Object.keys(told).length, faults.length, JSON.stringify(told));
    history.check('not');
});

test('[G07] whatever was acknowledged on any node has its one line in the one book', async (t) => {
    await nodes.ready();
    const newest = async () => (await auditor.get('/v1/ledger/checkpoint')).text.split('\n')[1];
    await until('the tree has come to rest', async () => {
        const before = await newest();
        await sleep(1500);
        return before === await newest();
    }, 120000);
    const book = await ledger.readAll(auditor);
    const seen = new Map();
    for (const entry of book) seen.set(entry.request, (seen.get(entry.request) ?? 0) + 1);
    const bad = receipts.filter((request) => seen.get(request) !== 1);
    t.diagnostic(`${book.length} entries, ${receipts.length} receipts`);
    assert.equal(bad.length, 0, `${bad.length} of ${receipts.length}: ${bad.slice(0, 5).map((request) => `${request} ${seen.get(request) ?? 0} times`)}`);
});

test('they end well', async () => {
    await nodes.ready();
    nodes.verify();
    await nodes.stop();
    assert.deepEqual(nodes.list.flatMap((node) => node.complaints()), []);
});
