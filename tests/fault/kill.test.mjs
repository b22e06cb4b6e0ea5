// kill -9 at any moment: every acknowledged write is there with its line in the ledger, and no half ones.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accountPath, purposes, short, visitor } from '../lib/classroom.mjs';
import { wants, wantsProblem } from '../lib/http.mjs';
import * as ledger from '../lib/ledger.mjs';
import { Server, loadPolicy, sleep, until } from '../lib/troth.mjs';

const cycles = Number(process.env.TROTH_KILLS ?? 12);
let server, website, auditor;

/** Registers people until the server goes; what was answered, and what was only asked. */
async function load(count, acknowledged, asked) {
    await Promise.all(Array.from({ length: 8 }, async () => {
        while (count-- > 0) {
            const who = visitor();
            asked.push(who);
            try {
                const reply = await website.post('/v1/collect/register', { fields: who.fields });
                if (reply.status === 201) acknowledged.push({ ...who, id: reply.json.subject, receipt: reply.receipt });
                else assert.ok(reply.status >= 500, String(reply));
            } catch (error) {
                assert.ok(/ECONNRE|socket hang up|EPIPE|aborted/.test(`${error.code} ${error.message}`), String(error));
                return;
            }
        }
    }));
}

async function check(acknowledged, asked) {
    const book = await ledger.readAll(auditor);
    for (const who of acknowledged) {
        const reply = wants(await website.get(accountPath(who)), 200, 'an acknowledged person');
        assert.equal(reply.json.fields[short.email], who.email);
        assert.equal(reply.json.fields[short.last], who.last);
        assert.equal(book.of(who.receipt.entry)?.request, who.receipt.request, 'its line in the ledger');
    }
    // Those that were asked for but not answered are there wholly or not at all.
    const ids = new Set(acknowledged.map((who) => who.email));
    for (const who of asked.filter((one) => !ids.has(one.email))) {
        const found = await website.get(`/v1/subjects?lookup=account.email:${encodeURIComponent(who.email)}`);
        const id = found.status === 200 ? found.json.subjects[0] : undefined;
        if (!id) continue;
        const reply = wants(await website.get(`/v1/subjects/${id}/account`), 200, 'found by e-mail, so wholly there');
        assert.equal(reply.json.fields[short.last], who.last);
    }
}

test('[G02] kill -9 in the middle of 1,000 writes', async () => {
    server = await Server.start({ policy: loadPolicy });
    website = server.as('website', { purpose: purposes.run });
    auditor = server.as('privacy-desk');
    const acknowledged = [], asked = [];
    const work = load(1000, acknowledged, asked);
    await until('some hundred are written', () => acknowledged.length > 300, 30000);
    await server.kill9();
    await work;
    assert.ok(acknowledged.length < 1000, 'it was killed in the middle');
    const begun = Date.now();
    await server.launch();
    assert.ok(Date.now() - begun < 10000, 'ready again in time');
    await check(acknowledged, asked);
    server.verifyLedger();
});

test(`[G02] kill -9 ${cycles} times, after 5 to 150 ms of work each`, async () => {
    const acknowledged = [], asked = [];
    for (let i = 0; i < cycles; i++) {
        const work = load(1e9, acknowledged, asked);
        await sleep(5 + Math.random() * 145);
        await server.kill9();
        await work;
        await server.launch();
    }
    assert.ok(acknowledged.length > cycles, 'work was done');
    await check(acknowledged, asked.slice(-400));
    server.verifyLedger();
});

/** Without its key process the server ends, with a status that has it started anew, and says why. */
async function endsForItsKeys() {
    const end = await Promise.race([server.exited, sleep(15000)]);
    assert.ok(end, 'it ended');
    assert.equal(end.status, 6, 'not a status that keeps a supervisor from starting it again');
    assert.match(server.logText, /key process/i);
    await server.launch();
}

test('[G06] kill -9 of the key process: nothing is done without it, and the server ends to be started anew', async () => {
    const reply = wants(await website.post('/v1/collect/register', { fields: visitor().fields }), 201);
    const path = `/v1/subjects/${reply.json.subject}/account`;
    const pid = server.keyProcess();
    process.kill(pid, 'SIGKILL');
    const during = await website.post('/v1/collect/register', { fields: visitor().fields }).catch(() => null);
    if (during) wantsProblem(during, 503, 'keys');
    await endsForItsKeys();
    wants(await website.get(path), 200);
    server.verifyLedger();
});

test('[G06] with the key process silent nothing is answered that needs it', async () => {
    const reply = wants(await website.post('/v1/collect/register', { fields: visitor().fields }), 201);
    const pid = server.keyProcess();
    process.kill(pid, 'SIGSTOP');
    try {
        wantsProblem(await website.post('/v1/collect/register', { fields: visitor().fields }), 503, 'keys');
    } finally {
        try { process.kill(pid, 'SIGCONT'); } catch { /* the server gave it up */ }
    }
    await endsForItsKeys();
    wants(await website.get(`/v1/subjects/${reply.json.subject}/account`), 200);
});

test('it ends well', async () => {
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
    server.verifyLedger();
});
