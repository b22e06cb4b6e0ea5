// g: the same request twice. A client that lost the answer may ask again under its key and changes nothing.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accountPath, purposes, register, short, somebody } from '../lib/classroom.mjs';
import { scan } from '../lib/canary.mjs';
import { wants, wantsProblem } from '../lib/http.mjs';
import { Server } from '../lib/troth.mjs';

let server, website;

test('it starts', async () => {
    server = await Server.start();
    website = server.as('website', { purpose: purposes.run });
});

test('the same key and the same body: the same answer, one person', async () => {
    const who = somebody();
    const first = wants(await website.post('/v1/collect/register', { fields: who.fields }, { idem: 'order-1' }), 201);
    const second = wants(await website.post('/v1/collect/register', { fields: who.fields }, { idem: 'order-1' }), 201);
    assert.equal(second.text, first.text);
    assert.deepEqual(scan(server.places(), who.canaries).hits, [], 'what is remembered is not readable either');
});

test('the same key and another body: 422, and nothing of it is kept', async () => {
    const who = somebody(), other = somebody();
    wants(await website.post('/v1/collect/register', { fields: who.fields }, { idem: 'order-2' }), 201);
    wantsProblem(await website.post('/v1/collect/register', { fields: other.fields }, { idem: 'order-2' }), 422, 'idempotency-key-reused');
    const found = await website.get(`/v1/subjects?lookup=account.email:${encodeURIComponent(other.email)}`);
    assert.ok(found.status === 404 || found.json.subjects.length === 0, String(found));
});

test('the same key of another caller is another key', async () => {
    const who = somebody(), other = somebody();
    const second = server.bearer(server.token({ role: 'website' }), { purpose: purposes.run });
    wants(await website.post('/v1/collect/register', { fields: who.fields }, { idem: 'order-3' }), 201);
    wants(await second.post('/v1/collect/register', { fields: other.fields }, { idem: 'order-3' }), 201);
});

test('twenty at once under one key make one person and give one answer', async () => {
    const who = somebody();
    const replies = await Promise.all(Array.from({ length: 20 }, () =>
        website.post('/v1/collect/register', { fields: who.fields }, { idem: 'order-4' })));
    const made = replies.filter((reply) => reply.status === 201);
    for (const reply of replies) assert.ok([201, 409].includes(reply.status), String(reply));
    assert.ok(made.length >= 1);
    assert.equal(new Set(made.map((reply) => reply.json.subject)).size, 1);
});

test('a correction sent twice is done once', async () => {
    const ana = await register(website);
    const { version } = wants(await website.get(accountPath(ana)), 200);
    const change = () => website.patch(accountPath(ana), { fields: { [short.first]: 'Anabel' } }, { ifMatch: version, idem: 'fix-1' });
    const first = wants(await change(), 200);
    const second = await change();
    assert.ok([200, 412].includes(second.status), String(second));
    assert.equal((await website.get(accountPath(ana))).version, first.version);
});

test('the answer is remembered over kill -9', async () => {
    const who = somebody();
    const first = wants(await website.post('/v1/collect/register', { fields: who.fields }, { idem: 'order-5' }), 201);
    await server.kill9();
    await server.launch();
    const second = wants(await website.post('/v1/collect/register', { fields: who.fields }, { idem: 'order-5' }), 201);
    assert.equal(second.json.subject, first.json.subject);
});

test('keys that are too long, empty or of strange bytes are refused', async () => {
    for (const idem of ['', 'x'.repeat(65), 'a b', 'ä', 'a,b']) {
        const reply = await website.post('/v1/collect/register', { fields: somebody().fields }, { idem: Buffer.from(idem).toString('latin1') });
        assert.ok([400, 422].includes(reply.status) || (idem === 'a b' || idem === 'a,b' || idem === '') && reply.status === 201, `${idem}: ${reply}`);
    }
});

test('[M66] with the person the remembered answers go', async () => {
    const who = somebody();
    const first = wants(await website.post('/v1/collect/register', { fields: who.fields }, { idem: 'order-6' }), 201);
    const gone = await server.person(first.json.subject).delete(`/v1/subjects/${first.json.subject}`);
    assert.ok([200, 204].includes(gone.status), String(gone));
    const again = await website.post('/v1/collect/register', { fields: who.fields }, { idem: 'order-6' });
    assert.notEqual(again.json.subject, first.json.subject, 'the erased person must not come back in an old answer');
});

test('it ends well', async () => {
    server.verifyLedger();
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
});
