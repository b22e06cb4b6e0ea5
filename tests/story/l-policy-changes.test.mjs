// l: the policy changes. What is narrower holds at once, for what lies there too; what is wider never reaches it; a
// policy that is not in force yet does not start; what was promised to end ends, though nobody remembers its name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { register, visitor } from '../lib/classroom.mjs';
import { wants } from '../lib/http.mjs';
import { sql } from '../lib/sql.mjs';
import { Server, folder, loadPolicy, put, until } from '../lib/troth.mjs';

const text = readFileSync(loadPolicy, 'utf8');
const file = path.join(folder('changes'), 'policy.yaml');
const version = (n, keep, more = (t) => t) => put(file, more(text.replace(/version: \d+/, `version: ${n}`)
    .replace(/^ +entry: \{until: closed, then: erase\}/m, `  entry: ${keep}`)));
const days = (n) => n * 86400e6;

let server, website;
const entries = () => sql(server.main, 'SELECT r.sn, r.created_us, r.due_us FROM record r WHERE r.sealed IS NOT NULL AND r.category = (SELECT no FROM catalogue WHERE kind = 1 AND name = \'entry\') ORDER BY r.sn, r.rec');
const write = async (who) => wants(await website.post(`/v1/subjects/${who.id}/entry`, { fields: { text: 'today' } }), 201);
const redated = () => until('the dates are worked out again', () => server.log.some((line) => line.event === 'redated'), 10000);

test('it starts; two people write something that is kept for a year', async () => {
    version(1, '{from: collected, most: 1 year, then: erase}');
    server = await Server.start({ policy: file, movable: true });
    website = server.as('website', { purpose: 'run-account' });
    for (let i = 0; i < 2; i++) await write(await register(website, visitor()));
    for (const [, created, due] of entries()) assert.ok(due - created >= days(365) && due - created <= days(366));
});

test('[G16 G27] a shorter time reaches what lies there', async () => {
    version(2, '{from: collected, most: 30 days, then: erase}');
    await server.restart();
    await redated();
    for (const [, created, due] of entries()) assert.equal(due - created, days(30));
});

test('[G27] a longer time does not', async () => {
    version(3, '{from: collected, most: 5 years, then: erase}');
    await server.restart();
    await redated();
    for (const [, created, due] of entries()) assert.equal(due - created, days(30));
    await write(await register(website, visitor()));
    assert.ok(entries().some(([, created, due]) => due - created > days(5 * 365)), 'what is written now is kept for so long');
});

test('[G27] a start that is cut off goes on where it was', async () => {
    // More than are dated before the first request.
    const busy = await register(website, visitor());
    let left = 9000;
    await Promise.all(Array.from({ length: 32 }, async () => { while (left-- > 0) await write(busy); }));
    version(4, '{from: collected, most: 20 days, then: erase}');
    await server.restart();
    await server.kill9();
    const before = entries().filter(([, created, due]) => due - created === days(20)).length;
    assert.ok(before > 3000 && before < 9003, `${before} had their new date when it was killed`);
    // Until all have theirs, another change of the policy has to wait.
    version(5, '{from: collected, most: 19 days, then: erase}');
    await assert.rejects(server.launch(), (error) => /new dates/.test(error.log));
    version(4, '{from: collected, most: 20 days, then: erase}');
    await server.launch();
    await redated();
    assert.ok(entries().every(([, created, due]) => due - created === days(20)));
});

test('[G27] what a policy promised to end ends, also under one that does not know it any more', async () => {
    const forget = (t) => t.replace(/^ {2}entry:\n(?: {4}.*\n)+/m, '').replace(/^ {2}entry: .*\n/m, '').replaceAll(/, entry(?=[,\]])/g, '');
    version(5, '', forget);
    await server.restart();
    assert.equal(entries().length, 9003);
    server.clock.forward({ days: 21 });
    const done = server.cli('sweep', '--data', server.data);
    assert.equal(done.status, 0, String(done));
    assert.deepEqual(entries(), []);
    server.verifyLedger();
});

test('[M01] a policy that is not in force yet does not start', async () => {
    await server.stop();
    put(file, text.replace(/version: \d+/, 'version: 6').replace(/(date: )\S+/, '$12026-01-01\n  in-force: 2099-01-01'));
    await assert.rejects(server.launch(), (error) => {
        assert.equal(error.exit.status, 2, error.log);
        assert.match(error.log, /in force in \d+ days/);
        return true;
    });
});

test('[B61 P34] what a policy promised to tell thirty days ahead does not hold earlier', async () => {
    await server.stop();
    const promise = 'changes: {posted: [page], before: 30 days}\n';
    // Dates of the past, so that only the time between them counts.
    const dated = (n, keep, force) => (t) => `${t.replace(/(date: )\S+/, `$12026-01-0${n}\n  in-force: ${force}`)}${promise}`;
    const start = async (n, keep, force) => { version(n + 5, keep, dated(n, keep, force)); await server.launch(); await server.stop(); };
    await start(1, '{from: collected, most: 20 days, then: erase}', '2026-01-01');
    version(7, '{from: collected, most: 2 years, then: erase}', dated(2, '', '2026-01-20'));
    await assert.rejects(server.launch(), (error) => /wider than the one in force \(keep\.entry\).*at least 30 days/.test(error.log));
    await start(2, '{from: collected, most: 10 days, then: erase}', '2026-01-02'); // narrower: at once
    await start(3, '{from: collected, most: 2 years, then: erase}', '2026-02-02'); // wider, and told in time
});
