// What one node does for all, and what none may do twice: a policy put in force, the sweep, what a fallen node left.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { accountPath, purposes, register, visitor } from '../lib/classroom.mjs';
import { consentPolicy, some } from '../lib/consents.mjs';
import { wants } from '../lib/http.mjs';
import * as ledger from '../lib/ledger.mjs';
import { Nodes, believe, many } from '../lib/nodes.mjs';
import { folder, psql, sleep, until } from '../lib/troth.mjs';

const count = 3;
const policy = path.join(folder('policy'), 'policy.yaml');
const text = readFileSync(consentPolicy, 'utf8').replace('entry: {until: closed, then: erase}', 'entry: {from: collected, most: 30 days, then: erase}');
const version = (n) => writeFileSync(policy, text.replace('version: 1', `version: ${n}`));

let nodes, website, auditor;
const main = (statement) => psql(nodes.base, statement), keys = (statement) => psql(`${nodes.base}_keys`, statement);

test('the nodes start', async () => {
    version(1);
    nodes = await Nodes.start(count, { policy, movable: true });
    website = await nodes.role('website', { purpose: purposes.run });
    auditor = await nodes.role('privacy-desk');
});

test('[G27] what is due is swept once over all nodes, also when the one that sweeps is killed', async () => {
    const people = [];
    await many(60, 6, async (_, i) => {
        const who = people[i] = await register(website.on(i % count), visitor());
        for (let n = 0; n < 10; n++) wants(await website.on(i % count).post(`/v1/subjects/${who.id}/entry`, { fields: { text: `line ${n}` } }), 201);
    });
    for (const node of nodes.list) node.clock.forward({ days: 31 });
    // All at once, and one of them falls in the middle of it.
    const steps = many(45, 3, async (worker) => {
        await believe(nodes.list[worker].local('POST', '/v1/sweep').then((reply) => ({ ...reply, get json() { return JSON.parse(reply.text); } })));
    });
    await sleep(30);
    await nodes.kill(0);
    await steps;
    await nodes.again(0);
    await until('all are gone', async () => {
        await nodes.list[1].local('POST', '/v1/sweep');
        return main("SELECT count(*) FROM record r JOIN catalogue c ON c.no = r.category AND c.kind = 1 WHERE c.name = 'entry'").trim() === '0';
    }, 30000);
    const book = await ledger.readAll(auditor.on(1));
    const swept = book.filter((entry) => entry.event === 'erased' && (entry.flags & 2) !== 0);
    assert.equal(swept.length, 600, 'one line for each record, not fewer and not more');
    for (const who of people.slice(0, 5)) wants(await website.get(accountPath(who)), 200, 'the account itself stays');
});

test('[G16] a new policy holds on all nodes from one moment on; nodes with another one end', async () => {
    const who = await register(website, visitor());
    let going = true, answered = 0;
    const readers = Promise.all(Array.from({ length: 12 }, async (_, worker) => {
        while (going) {
            const told = await believe(website.on(worker % count).get(accountPath(who)));
            if (told.what === 'done') answered++;
            else await sleep(20);
        }
    }));
    await sleep(300);
    version(2);
    const before = answered;
    assert.ok(before > 20, 'reads were under way');
    await nodes.list[2].stop();
    await nodes.list[2].launch();
    const told = wants(await nodes.list[2].anyone().get('/v1/policy'), 200).json;
    await until('the others have ended', () => nodes.list.slice(0, 2).every((node) => node.child.exitCode !== null), 20000);
    for (const node of nodes.list.slice(0, 2)) {
        assert.equal(node.child.exitCode, 6, 'to be started again');
        assert.match(node.logText, /another policy in force/);
    }
    for (const node of nodes.list.slice(0, 2)) await node.launch();
    await sleep(300);
    going = false;
    await readers;
    await nodes.ready();
    const book = await ledger.readAll(auditor.on(2));
    const hash = told.hash ?? told.policy.hash;
    const activated = book.filter((entry) => entry.event === 'policy-activated' && entry.policy.toString('hex') === hash);
    assert.equal(activated.length, 1, 'put in force once, though three nodes started with it');
    const late = book.filter((entry) => entry.time > activated[0].time && entry.policy.toString('hex') !== hash);
    assert.deepEqual(late.map((entry) => entry.seq), [], 'nothing was decided by the old words afterwards');
    assert.ok(book.filter((entry) => entry.policy.toString('hex') === hash && entry.event === 'read').length > 10);
});

test('a node with the policy before is refused, and says what to do', async () => {
    await nodes.list[1].stop();
    version(1);
    await assert.rejects(nodes.list[1].launch(), (error) => error.exit.status === 2 && /higher version/.test(error.log));
    version(2);
    await nodes.list[1].launch();
});

test('[G02 G23] nodes fall one after the other while people come, write and go; another settles what they left', async (t) => {
    const people = [], gone = new Set();
    let going = true;
    const one = async () => {
        const caller = website.on(await nodes.any()), roll = Math.random();
        if (roll < 0.5 || people.length < 20) {
            const who = visitor();
            const told = await believe(caller.post('/v1/collect/register', { fields: who.fields }));
            if (told.what === 'done') people.push({ ...who, id: told.reply.json.subject });
            return;
        }
        const who = some(people);
        if (roll < 0.75) {
            const told = await believe(caller.post(`/v1/subjects/${who.id}/entry`, { fields: { text: who.last } }));
            assert.ok(told.what !== 'odd', String(told.reply));
            return;
        }
        const told = await believe(caller.for('rights').delete(`/v1/subjects/${who.id}`));
        assert.ok(told.what !== 'odd', String(told.reply));
        if (told.what === 'done') gone.add(who.id);
        else if (told.what === 'unknown') who.unsure = true;
    };
    const work = Promise.all(Array.from({ length: 9 }, async () => { while (going) await one(); }));
    for (let n = 0; n < 6; n++) {
        await sleep(400);
        const i = n % count;
        await nodes.kill(i);
        await sleep(200 + Math.random() * 300);
        await nodes.again(i);
    }
    await nodes.kill(1); // and stays away
    await sleep(500);
    going = false;
    await work;
    // Node 1 never comes back: its lane is settled by another one.
    await until('every lane without a node is settled', () => {
        const held = new Set(main("SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = 1953656692").trim().split('\n'));
        return main('SELECT lane FROM lane WHERE state = 1').trim().split('\n').filter((lane) => lane !== '' && !held.has(lane)).length === 0;
    }, 20000);
    await until('nothing is left over from an erasure', () => keys('SELECT count(*) FROM ended').trim() === '0', 20000);
    const persons = new Set(main('SELECT sn FROM subject WHERE state <> 2').trim().split('\n'));
    const keyed = new Set(keys('SELECT DISTINCT sn FROM dk').trim().split('\n'));
    for (const sn of persons) assert.ok(keyed.has(sn), `person ${sn} has keys`);
    for (const sn of keyed) assert.ok(persons.has(sn) || main(`SELECT count(*) FROM subject WHERE sn = ${sn}`).trim() === '1', `the keys of ${sn} belong to somebody`);
    const rows = main('SELECT DISTINCT r.sn, r.category FROM record r JOIN subject s ON s.sn = r.sn WHERE s.state <> 2').trim().split('\n');
    const have = new Set(keys('SELECT DISTINCT sn, category FROM dk').trim().split('\n'));
    assert.deepEqual(rows.filter((row) => row !== '' && !have.has(row)), [], 'no record without its key');
    let read = 0;
    for (const who of people) {
        const reply = await website.on(some([0, 2])).get(accountPath(who));
        if (gone.has(who.id)) wants(reply, 404, 'erased and acknowledged');
        else if (!who.unsure) { wants(reply, 200, 'registered and acknowledged'); read++; }
    }
    t.diagnostic(`${people.length} people came, ${gone.size} went`);
    assert.ok(read > 30 && gone.size > 10);
});

test('they end well', async () => {
    await sleep(2500);
    nodes.verify();
    await nodes.stop();
    nodes.list[0].verifyLedger();
});
