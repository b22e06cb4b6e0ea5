// Nodes whose clocks differ by minutes, and jump: what counts is what was acknowledged, never whose clock is ahead.
// Runs build/troth-test, whose clock can be moved.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accountPath, deeds, purposes, register, visitor } from '../lib/classroom.mjs';
import { Consents, consentPath, consentPolicy, consents, some } from '../lib/consents.mjs';
import { History } from '../lib/history.mjs';
import { wants } from '../lib/http.mjs';
import { Nodes, many } from '../lib/nodes.mjs';
import { sleep } from '../lib/troth.mjs';

const count = Number(process.env.TROTH_NODES ?? 3);
const operations = Math.min(40000, Number(process.env.TROTH_OPERATIONS ?? 2000));
const off = [0, 300, -300]; // seconds

let nodes, website, rights, mailer;
const people = [];

test('the nodes start; one is five minutes ahead, one behind', async () => {
    nodes = await Nodes.start(count, { policy: consentPolicy, movable: true });
    for (const [i, node] of nodes.list.entries()) node.clock.wrong(off[i % 3]);
    website = await nodes.role('website', { purpose: purposes.run });
    rights = website.for('rights');
    mailer = await nodes.role('mailer');
    await many(12, 4, async (_, i) => { people[i] = await register(website.on(i % count), visitor()); });
});

test('[G14] what is given by the clock that is ahead counts on the one behind, and what is withdrawn by the one behind counts too', async () => {
    await many(200, 12, async (worker, n) => {
        const who = people[worker], purpose = consents[n % 4];
        for (let i = 0; i < count; i++) {
            for (let by = 0; by < count; by++) {
                wants(await rights.on(i).put(consentPath(who, purpose), {}), 200);
                wants(await mailer.for(purpose).on(by).get(accountPath(who)), 200, `given on ${i}, read on ${by}`);
                wants(await rights.on(by).delete(consentPath(who, purpose)), 200);
                wants(await mailer.for(purpose).on(i).get(accountPath(who)), 403, `withdrawn on ${by}, read on ${i}`);
            }
        }
    });
});

test('a token made by the clock that is ahead counts at once on the others', async () => {
    for (let i = 0; i < count; i++) {
        const { token } = await nodes.token({ role: 'helpdesk', days: 1 }, nodes.list[i]);
        for (let by = 0; by < count; by++) wants(await website.on(by).get(accountPath(people[0]), { token, purpose: 'support' }), 200);
    }
});

test(`[G14] ${operations} operations while clocks jump: one register for each consent explains every answer`, async (t) => {
    const history = new History(), asking = new Consents(history, { rights, mailer });
    const work = many(operations, 12, async (worker) => { await asking.ask(worker, await nodes.any(), some(people), some(consents)); });
    const told = await nodes.trouble([['a clock jumped', () => some(nodes.list).clock.wrong(Math.floor(Math.random() * 1200) - 600)]], work, 150);
    t.diagnostic(`${history.ops.length} operations, ${history.count('read', 'ok')} reads, ${JSON.stringify(told)}`);
    assert.deepEqual(asking.odd, []);
    history.check('not');
});

test('[G15] the person\'s list tells it in the order in which it was', async () => {
    for (const who of people) {
        const given = new Map();
        for (const line of await deeds(rights.on(0), who)) {
            if (/^consent/.test(line.act) || /withdraw/.test(line.act)) given.set(line.about, line.what === 'given');
            if (line.act === 'read' && consents.includes(line.purpose)) assert.equal(line.answer === 'allow', given.get(line.purpose) === true, JSON.stringify(line));
        }
    }
});

test('they end well', async () => {
    await sleep(2000);
    nodes.verify();
    await nodes.stop();
    nodes.list[0].verifyLedger();
});
