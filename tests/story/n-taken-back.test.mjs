// n: what was taken back must leave nothing, and what was kept must stay readable.
import assert from 'node:assert/strict';
import test from 'node:test';
import { agree, deeds, purposes, register, somebody } from '../lib/classroom.mjs';
import { wants, wantsProblem } from '../lib/http.mjs';
import * as ledger from '../lib/ledger.mjs';
import { sql } from '../lib/sql.mjs';
import { Server } from '../lib/troth.mjs';

let server, website;

test('it starts', async () => {
    server = await Server.start();
    website = server.as('website', { purpose: 'tailor' });
});

test('a dry run leaves no key behind: what is collected after it opens after a restart', async () => {
    const ana = await register(server.as('website', { purpose: purposes.run }));
    const body = { subject: ana.id, fields: { 'profile.language': 'de' } };
    wants(await website.post('/v1/collect/profile', body, { headers: { 'troth-dry-run': '1' } }), 200, 'a dry run');
    wants(await website.post('/v1/collect/profile', body), 201, 'the real one');
    await server.restart();
    const read = wants(await website.get(`/v1/subjects/${ana.id}/profile`), 200, 'after the keys left the cache');
    assert.equal(read.json.fields.language, 'de');
});

/** How many entries a request brought, and its reply. */
async function lines(ask) {
    const auditor = server.as('privacy-desk');
    const before = (await ledger.readAll(auditor)).length;
    const reply = await ask();
    return { reply, added: (await ledger.readAll(auditor)).slice(before) };
}

test('[G07] an answer that tells something of what is stored has its line, also when nothing was changed', async () => {
    const run = server.as('website', { purpose: purposes.run });
    const ana = await register(run), path = `/v1/subjects/${ana.id}`;
    const own = server.person(ana.id);
    const again = { fields: { ...somebody().fields, 'account.email': ana.email } };
    const rights = { purpose: 'rights' };
    const dry = { headers: { 'troth-dry-run': '1' } };
    const calls = {
        'an e-mail that is taken': [409, () => run.post('/v1/collect/register', again)],
        'the same, dry': [409, () => run.post('/v1/collect/register', again, dry)],
        'a dry run that would be done': [200, () => run.post('/v1/collect/register', { fields: somebody().fields }, dry)],
        'a stale version': [412, () => run.patch(`${path}/account`, { fields: { 'first-name': 'X' } }, { ifMatch: '"9"' })],
        'no version': [428, () => run.patch(`${path}/account`, { fields: { 'first-name': 'X' } })],
        'a record that is not there': [404, () => website.patch(`${path}/profile`, { fields: { about: 'X' } }, { ifMatch: '"1"' })],
        'erasing one that is not there': [404, () => own.delete(`${path}/support/3`)],
        'a wrong code': [422, () => run.put(`${path}/consents/news`, { confirm: 'guessed' }, rights)],
        'a list that finds nobody': [200, () => server.as('mailer', { purpose: 'news' }).get('/v1/list/account')],
    };
    for (const [what, [status, ask]] of Object.entries(calls)) {
        const { reply, added } = await lines(ask);
        wants(reply, status, what);
        assert.ok(reply.receipt, `${what}: a receipt`);
        assert.deepEqual(added.filter((entry) => entry.request === reply.receipt.request).map((entry) => entry.number), [reply.receipt.entry], what);
    }
    const seen = (await deeds(own, ana)).map((deed) => `${deed.act} ${deed.answer}`);
    for (const line of ['correct error', 'erase error', 'consent error']) assert.ok(seen.includes(line), `${line} in ${seen}`);
});

test('who may hand in nothing does not learn whether somebody is there', async () => {
    const ana = await register(server.as('website', { purpose: purposes.run }));
    const mailer = server.as('mailer');
    for (const subject of [ana.id, '0'.repeat(32)]) {
        wantsProblem(await mailer.post('/v1/collect/profile', { subject, fields: { 'profile.language': 'de' } }), 403, 'refused');
    }
});

test('a point that adds to people adds only what the policy says their kind has', async () => {
    const user = await register(server.as('website', { purpose: purposes.run }));
    const invoice = {
        'invoice.number': '1', 'invoice.issued': '2026-01-01', 'invoice.product': 'x', 'invoice.total': '10.00 EUR', 'invoice.name': 'x',
        'invoice.address': 'a', 'invoice.city': 'b', 'invoice.zip': '1', 'invoice.country': 'DE',
    };
    const shop = server.as('shop', { task: 'order/1' });
    wantsProblem(await shop.post('/v1/collect/purchase', { subject: user.id, fields: invoice }), 422, 'invalid', { pointer: '/subject' });
    const who = somebody();
    const buyer = wants(await shop.post('/v1/collect/register-buyer', { fields: who.fields }), 201).json.subject;
    wants(await shop.post('/v1/collect/purchase', { subject: buyer, fields: invoice }), 201);
});

test('a field taken back through a point stands in the receipt like one that was given', async () => {
    const ana = await register(server.as('website', { purpose: purposes.run }));
    const send = (fields) => website.post('/v1/collect/profile', { subject: ana.id, fields });
    wants(await send({ 'profile.language': 'de', 'profile.about': 'x' }), 201);
    const reply = wants(await send({ 'profile.about': null }), 201);
    assert.deepEqual(reply.json.records[0].fields, ['about']);
    const last = (await deeds(server.person(ana.id), ana)).find((deed) => deed.entry === reply.receipt?.entry || deed.entry === reply.json.receipt.entry);
    assert.deepEqual(last.fields, ['about']);
});

test('a double opt-in cannot be made to last longer without the person', async () => {
    const run = server.as('website', { purpose: 'rights' });
    const ana = await register(server.as('website', { purpose: purposes.run }));
    const given = await agree(run, ana);
    const again = wants(await run.put(`/v1/subjects/${ana.id}/consents/news`, {}), 200);
    assert.equal(again.json.at, given.json.at);
    const path = `/v1/subjects/${ana.id}/consents/news`;
    // A link in a mail is often opened twice: the second time says how things stand and changes nothing.
    assert.equal(wants(await run.put(path, { confirm: 'whatever' }), 200).json.at, given.json.at);
    assert.equal((await run.get(path)).json.at, given.json.at);
});

test('a person sees that somebody was given a token to speak for them', async () => {
    const ana = await register(server.as('website', { purpose: purposes.run }));
    const seen = await deeds(server.person(ana.id), ana);
    assert.ok(seen.some((deed) => deed.act === 'token-add' && deed.by === 'operator'), JSON.stringify(seen));
});

test('what cannot be tried without doing it is not done when it should only be tried', async () => {
    const ana = await register(server.as('website', { purpose: purposes.run }));
    const dry = { headers: { 'troth-dry-run': '1' } };
    const own = server.person(ana.id);
    wantsProblem(await own.delete(`/v1/subjects/${ana.id}`, dry), 400, 'bad-request', { place: 'Troth-Dry-Run' });
    wantsProblem(await website.post('/v1/subjects', { kind: 'user' }, dry), 400, 'bad-request');
    wants(await own.get(`/v1/subjects/${ana.id}/account`), 200, 'still there');
});

test('a dry run is asked for with 1; anything else is refused, so that nothing is done that should only be tried', async () => {
    const run = server.as('website', { purpose: purposes.run });
    for (const value of ['0', '', 'true', '11', '1, 1', 'yes', ['1', '0']]) {
        const who = somebody();
        const reply = await run.post('/v1/collect/register', { fields: who.fields }, { headers: { 'troth-dry-run': value } });
        wantsProblem(reply, 400, 'bad-request', { place: 'Troth-Dry-Run' });
        wants(await run.get(`/v1/subjects?lookup=account.email:${encodeURIComponent(who.email)}`), 404, 'nobody came in');
    }
});

test('a dry run marks values that may be there once: equal for equal ones, and of no use beside a stolen file', async () => {
    const run = server.as('website', { purpose: purposes.run });
    const marks = async (fields) => wants(await run.post('/v1/collect/register', { fields }, { headers: { 'troth-dry-run': '1' } }), 200).json.unique;
    const who = somebody(), other = somebody();
    const first = await marks(who.fields);
    assert.deepEqual(Object.keys(first), ['account.email']);
    assert.match(first['account.email'], /^[0-9a-f]{32}$/);
    assert.deepEqual(await marks({ ...other.fields, 'account.email': who.email.toUpperCase() }), first);
    assert.notDeepEqual(await marks(other.fields), first);
    await register(run, who);
    const { 'account.email': _, ...nameless } = other.fields;
    assert.deepEqual(await marks({ ...nameless, 'account.username': 'somebody7' }).then(Object.keys), ['account.username']);
    await server.stop();
    const [[rows]] = sql(server.main, 'SELECT count(*) FROM lookup_unique');
    assert.ok(rows > 0);
    assert.deepEqual(sql(server.main, ['SELECT * FROM lookup_unique WHERE value = ?', [`hex:${first['account.email']}`]]), []);
    await server.launch();
    assert.notDeepEqual(await marks(other.fields), first);
});

test('a dry run looks at a password as at any value', async () => {
    const run = server.as('website', { purpose: purposes.run });
    const short = { fields: { ...somebody().fields, 'account.password': 'short' } };
    wantsProblem(await run.post('/v1/collect/register', short, { headers: { 'troth-dry-run': '1' } }), 422, 'invalid', { pointer: '/fields/account.password' });
});

test('it ends well', async () => {
    assert.equal((await server.stop()).status, 0);
    server.verifyLedger();
});
