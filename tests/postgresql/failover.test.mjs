// The database falls and another takes its place: nothing acknowledged is lost, what is unknown is called unknown,
// and asking again with the same key does it once. Two PostgreSQL of this file's own, the second one a synchronous
// standby; the nodes' URL names both.
//
// TROTH_NODES (3), TROTH_FAILOVERS (2; 20 by `make test-nodes`), TROTH_WAITS: rounds of commits that wait in vain.
import assert from 'node:assert/strict';
import test from 'node:test';
import { purposes, register, visitor } from '../lib/classroom.mjs';
import { Pair } from '../lib/cluster.mjs';
import { Consents, consentPolicy, consents, some } from '../lib/consents.mjs';
import { History } from '../lib/history.mjs';
import { wants } from '../lib/http.mjs';
import { Nodes, believe } from '../lib/nodes.mjs';
import { patience, sleep, until } from '../lib/troth.mjs';

const count = Number(process.env.TROTH_NODES ?? 3);
const failovers = Number(process.env.TROTH_FAILOVERS ?? 2);
const waits = Number(process.env.TROTH_WAITS ?? 5);

let pair, nodes, website, rights, mailer;
const people = [];

/**
 * What was written about the people and what was told about it: text → {who, told: done, never (all attempts said
 * that nothing was changed, and it was not asked for again) or maybe (given up while it was unknown)}
 */
const entries = new Map();
let texts = 0;

/** One entry, asked for again with the same key until it is known; or given up, by chance, after a first failure. */
async function write(who, until_ = () => false) {
    const text = `entry ${++texts}`, idem = `${process.pid}-${texts}`, entry = { who, told: 'never', tries: [] };
    entries.set(text, entry);
    for (;;) {
        const i = await nodes.any();
        const told = await believe(website.on(i).post(`/v1/subjects/${who.id}/entry`, { fields: { text } }, { idem, ms: patience(20000) }));
        entry.tries.push(told.code ?? told.reply.status);
        assert.ok(!['odd', 'no'].includes(told.what), `${told.reply}`);
        if (told.what === 'done') {
            entry.told = 'done';
            return entry;
        }
        if (told.what === 'unknown') entry.told = 'maybe';
        if (Math.random() < 0.25 || until_()) return entry;
        await sleep(50);
    }
}

/** What is there, against what was told. → how many of each */
async function compare() {
    const there = new Map();
    for (const who of people) {
        const all = wants(await rights.get(`/v1/subjects/${who.id}/export`), 200).json;
        for (const { fields } of all.records.filter((record) => record.category === 'entry')) there.set(fields.text, (there.get(fields.text) ?? 0) + 1);
    }
    const told = { done: 0, maybe: 0, never: 0, 'of maybe there': 0, 'asked again': 0 };
    for (const [text, entry] of entries) {
        const found = there.get(text) ?? 0, says = `${text}: ${entry.told}, asked ${entry.tries.join(', ')}; there ${found} times`;
        if (entry.told === 'done') assert.equal(found, 1, says);
        if (entry.told === 'maybe') assert.ok(found <= 1, says);
        if (entry.told === 'never') assert.equal(found, 0, says);
        told[entry.told]++;
        if (entry.told === 'maybe') told['of maybe there'] += found;
        if (entry.told === 'done' && entry.tries.length > 1) told['asked again']++;
    }
    return told;
}

test('the nodes start over a primary and a standby', async () => {
    pair = await Pair.start();
    nodes = await Nodes.start(count, { policy: consentPolicy, ...pair.options });
    website = await nodes.role('website', { purpose: purposes.run });
    rights = website.for('rights');
    mailer = await nodes.role('mailer');
    for (let i = 0; i < 24; i++) people.push(await register(website.on(i % count), visitor()));
    assert.equal(pair.psql('SHOW synchronous_standby_names'), 'two');
});

test(`[G17 G19] kill -9 of the primary under load, ${failovers} times: nothing acknowledged is lost, what is unknown is done once when it is asked again`, async (t) => {
    const history = new History(), asking = new Consents(history, { rights, mailer });
    let going = true, acknowledged = 0;
    const gaps = [], back = [];
    const load = Promise.all([
        ...Array.from({ length: 8 }, async (_, worker) => {
            for (let n = worker; going; n += 8) {
                if ((await write(people[n % people.length], () => !going)).told === 'done') acknowledged++;
            }
        }),
        ...Array.from({ length: 6 }, async (_, worker) => {
            while (going) {
                const { op } = await asking.ask(worker, await nodes.any(), some(people.slice(0, 4)), some(consents));
                if (op.outcome !== 'ok') await sleep(50);
            }
        }),
    ]);
    const faults = (async () => {
        for (let round = 0; round < failovers; round++) {
            const before = acknowledged;
            await until('work is done', () => acknowledged > before + 100, 30000);
            await pair.kill();
            const fell = Date.now();
            await sleep(300 + Math.random() * 700);
            await pair.promote();
            const promoted = Date.now(), seen = acknowledged;
            await nodes.ready(15000);
            back.push(Date.now() - promoted);
            await until('writes are acknowledged again', () => acknowledged > seen, 15000);
            gaps.push(Date.now() - fell);
            await sleep(300);
            await pair.rejoin();
        }
    })();
    try {
        await Promise.race([faults, load]);
        await faults;
    } finally {
        going = false;
    }
    await load;
    const told = await compare();
    t.diagnostic(`${JSON.stringify(told)}; consents: ${history.ops.length} operations, ${history.count('write', 'unknown')} unknown writes; `
        + `gap ${Math.max(...gaps)} ms at most, ready ${Math.max(...back)} ms after the promotion at most`);
    assert.ok(Math.max(...back) < patience(8000), `ready again by itself: ${back} ms after the promotion`);
    assert.ok(told.done > 100 * failovers && told['asked again'] > 0, JSON.stringify(told));
    assert.deepEqual(asking.odd, [], 'answers nobody should ever see');
    history.check('not');
    nodes.verify();
});

test(`[G19] the standby cannot be reached: a commit that waits in vain is neither done nor not done, ${waits} rounds`, async (t) => {
    const codes = {};
    let silent = 0; // the longest time a node did not even say that it lives
    for (let round = 0; round < waits; round++) {
        await nodes.ready();
        pair.pause();
        const asked = [];
        let done = 0;
        try {
            const waiting = Promise.all(Array.from({ length: 2 * count }, async (_, n) => {
                const text = `entry ${++texts}`, idem = `${process.pid}-${texts}`, who = people[(round + n) % people.length];
                const told = await believe(website.on(n % count).post(`/v1/subjects/${who.id}/entry`, { fields: { text } }, { idem, ms: patience(20000) }));
                if (told.what === 'done') done++;
                asked.push({ text, idem, who, told });
            }));
            const lives = Promise.all(nodes.list.map(async (node) => {
                while (asked.length < 2 * count) {
                    const begun = Date.now();
                    await believe(node.anyone().get('/healthz'));
                    silent = Math.max(silent, Date.now() - begun);
                    await sleep(100);
                }
            }));
            await until('a commit waits for the standby', () => Number(pair.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")) > 0);
            await sleep(200);
            // Ended, cancelled, or left alone until the node gives the session up (LIMIT_PG_ANSWER_MS).
            const ends = ['pg_terminate_backend', 'pg_cancel_backend'], end = round % 5 === 4 ? null : ends[round % 2];
            for (let i = 0; end !== null && i < 40 && asked.length < 2 * count; i++) {
                pair.psql(`SELECT ${end}(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
                await sleep(100);
            }
            if (end === null) await until('all are answered', () => asked.length === 2 * count, 20000);
            assert.equal(done, 0, 'nothing is acknowledged while the standby has it not');
            pair.resume();
            await waiting;
            await lives;
        } finally {
            pair.resume();
        }
        assert.equal(asked.length, 2 * count);
        for (const { text, idem, who, told } of asked) {
            const code = told.code?.replace(/.*: /, '') ?? told.reply.status; // without the path of a request that got no answer
            codes[code] = (codes[code] ?? 0) + 1;
            assert.ok(['done', 'unknown', 'not-done'].includes(told.what), String(told.reply));
            const entry = { who, told: told.what === 'not-done' ? 'never' : told.what === 'done' ? 'done' : 'maybe', tries: [code] };
            entries.set(text, entry);
            if (told.what !== 'unknown') continue;
            await nodes.ready();
            const again = await until('it is known', async () => {
                const one = await believe(website.post(`/v1/subjects/${who.id}/entry`, { fields: { text } }, { idem }));
                entry.tries.push(one.code ?? one.reply.status);
                return one.what === 'done' && one;
            });
            wants(again.reply, 201);
            entry.told = 'done';
        }
    }
    await nodes.ready();
    const told = await compare();
    t.diagnostic(`${JSON.stringify(codes)}; ${JSON.stringify(told)}; silent for ${silent} ms at most`);
    assert.ok((codes['outcome-unknown'] ?? 0) >= waits, JSON.stringify(codes));
    nodes.verify();
});

test('they end well', async () => {
    try {
        await nodes?.stop();
        nodes?.list[0].verifyLedger();
    } finally {
        await pair?.stop();
    }
});
