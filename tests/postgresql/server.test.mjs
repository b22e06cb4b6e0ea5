// What only a store on PostgreSQL has: a connection that is lost under load, a second node, least privilege, a
// password in its URL, and few waits for many deeds. Run by the part postgresql of scripts/test.sh.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { accountPath, purposes, register, short, visitor } from '../lib/classroom.mjs';
import { scanText } from '../lib/canary.mjs';
import { wants } from '../lib/http.mjs';
import * as ledger from '../lib/ledger.mjs';
import { Server, loadPolicy, psql, sleep, until } from '../lib/troth.mjs';

let server, website, auditor;

const metric = async (name) => Number(new RegExp(`^troth_${name} (\\d+)`, 'm').exec((await server.anyone().get('/metrics')).text)[1]);
const sessionsEnd = (where = `datname LIKE '${server.base}%'`) =>
    psql('postgres', `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE ${where}`, 'postgres');

test('it starts as a role that cannot rewrite the book', async () => {
    server = await Server.start({ policy: loadPolicy });
    website = server.as('website', { purpose: purposes.run });
    auditor = server.as('privacy-desk');
    assert.ok(!server.log.some((line) => line.event === 'store-role'), 'no warning');
    for (const text of ['UPDATE ledger_entry SET row = row', 'DELETE FROM ledger_entry', 'TRUNCATE ledger_tile', 'UPDATE ledger_run SET count = 0',
        'DELETE FROM ledger_run', 'UPDATE ledger_checkpoint SET size = 0', 'DROP TABLE record']) {
        assert.throws(() => psql(server.base, text, 'troth_service'), /denied|must be owner/);
    }
});

test('as the owner it starts too, and the log says that this is too much', async () => {
    const loose = new Server({ policy: loadPolicy });
    loose.makeKeys();
    loose.env.TROTH_STORE = loose.store.replace('troth_service', 'troth_owner');
    await loose.launch();
    assert.ok(loose.log.some((line) => line.event === 'store-role' && line.level === 'warn'));
    await loose.stop();
});

test('a second server with a keyring of its own is refused, and says why', async () => {
    const second = new Server({ policy: loadPolicy, base: server.base });
    const made = second.cli('keys', 'new', '--data', second.data, '--root-key-file', second.rootKey);
    assert.equal(made.status, 0, String(made));
    await assert.rejects(second.launch(), (error) => error.exit.status === 7 && /other data: wrong vault id/.test(error.log));
    wants(await website.get('/readyz'), 200);
});

test('[G02] sessions ended under load: every answer is true, and the server goes on', async () => {
    const acknowledged = [], asked = [], codes = new Set();
    let going = true;
    const work = Promise.all(Array.from({ length: 8 }, async () => {
        while (going) {
            const who = visitor();
            asked.push(who);
            const reply = await website.post('/v1/collect/register', { fields: who.fields });
            if (reply.status === 201) acknowledged.push({ ...who, id: reply.json.subject, receipt: reply.receipt });
            else codes.add(reply.json.code);
        }
    }));
    for (let i = 0; i < 8; i++) {
        await sleep(150);
        sessionsEnd(i % 3 === 0 ? `datname = '${server.base}_keys'` : i % 3 === 1 ? `datname = '${server.base}'` : undefined);
        await until('it is ready again', async () => (await website.get('/readyz')).status === 200, 10000);
    }
    going = false;
    await work;
    assert.ok(acknowledged.length > 50, `${acknowledged.length} were registered meanwhile`);
    for (const code of codes) assert.ok(['unavailable', 'outcome-unknown'].includes(code), code);
    assert.equal(server.child.exitCode, null, 'it is the same server');
    const book = await ledger.readAll(auditor);
    for (const who of acknowledged) {
        const reply = wants(await website.get(accountPath(who)), 200, 'an acknowledged person');
        assert.equal(reply.json.fields[short.email], who.email);
        assert.equal(book.of(who.receipt.entry)?.request, who.receipt.request, 'its line in the ledger');
    }
    const known = new Set(acknowledged.map((who) => who.email));
    for (const who of asked.filter((one) => !known.has(one.email))) {
        const found = await website.get(`/v1/subjects?lookup=account.email:${encodeURIComponent(who.email)}`);
        if (found.status !== 200 || found.json.subjects.length === 0) continue;
        const reply = wants(await website.get(`/v1/subjects/${found.json.subjects[0]}/account`), 200, 'found, so wholly there');
        assert.equal(reply.json.fields[short.last], who.last);
    }
    assert.ok(await metric('store_connections_total') >= 8);
    server.verifyLedger();
});

test('the database refuses everybody: 503 and not ready, then ready by itself', async () => {
    psql('postgres', `ALTER DATABASE ${server.base} ALLOW_CONNECTIONS false`, 'postgres');
    sessionsEnd();
    const begun = Date.now();
    const reply = await website.post('/v1/collect/register', { fields: visitor().fields });
    assert.ok(['unavailable', 'outcome-unknown'].includes(reply.json.code), String(reply));
    wants(await website.get('/readyz'), 503);
    wants(await website.get('/healthz'), 200, 'it lives');
    assert.ok(Date.now() - begun < 5000, 'nobody waited long');
    psql('postgres', `ALTER DATABASE ${server.base} ALLOW_CONNECTIONS true`, 'postgres');
    await until('ready again', async () => (await website.get('/readyz')).status === 200, 10000);
    await register(website, visitor());
});

test('more people at once than a block has numbers: each gets one, and not one is told to wait', async () => {
    let left = 6000;
    await Promise.all(Array.from({ length: 64 }, async () => {
        while (left-- > 0) wants(await website.post('/v1/collect/register', { fields: visitor().fields }), 201);
    }));
});

test('many reads at once wait for the database less than once each', async () => {
    const people = [];
    for (let i = 0; i < 64; i++) people.push(await register(website, visitor()));
    const before = { trips: await metric('store_round_trips_total'), deeds: await metric('deeds_done_total') };
    for (let round = 0; round < 10; round++) await Promise.all(people.map(async (who) => wants(await website.get(accountPath(who)), 200)));
    const trips = await metric('store_round_trips_total') - before.trips, done = await metric('deeds_done_total') - before.deeds;
    assert.equal(done, 640);
    assert.ok(trips < done, `${trips} round trips for ${done} deeds`);
});

test('a password in the URL is in no log and no error', async () => {
    const told = 'correct-horse-battery';
    const url = server.store.replace('troth_service@', `troth_service:${told}@`);
    const texts = [];
    for (const bad of [url, `${url}&nonsense=1`, url.replace('postgresql://', 'postgresql://%zz'), url.replace(server.base, 'nobody'), `postgresql://troth_service:${told}@192.0.2.1/troth?sslmode=require`]) {
        const done = server.cli('ledger', 'verify', '--data', path.join(server.folder, 'none'), '--store', bad);
        texts.push(done.stdout + done.stderr);
    }
    assert.match(texts.at(-1), /verify-full/);
    texts.push(server.logText, readFileSync(path.join(process.env.TROTH_PG, 'log', 'server'), 'latin1'));
    for (const text of texts) assert.deepEqual(scanText(text, [told]).hits, []);
});

test('one that was never prepared is refused to a role that may not prepare it', async () => {
    psql('postgres', `CREATE DATABASE ${server.base}_bare; `);
    psql('postgres', `CREATE DATABASE ${server.base}_bare_keys;`);
    const bare = new Server({ policy: loadPolicy, rootKey: server.rootKey, data: server.data, base: `${server.base}_bare` });
    await server.stop();
    await assert.rejects(bare.launch(), (error) => /may not do that/.test(error.log) && error.exit.status === 2);
});

test('it ends well', async () => {
    await server.launch();
    wants(await website.get('/readyz'), 200);
    await sleep(1200);
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
    server.verifyLedger();
});
