// f: time goes by. Retention ends what is over and not a day earlier; consents, tokens and keys of repeated requests
// age; a clock that went back is no reason to lie.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { accountPath, agree, purposes, register, ticket } from '../lib/classroom.mjs';
import { scan, show } from '../lib/canary.mjs';
import { wants, wantsProblem } from '../lib/http.mjs';
import { Server, classroomPolicy } from '../lib/troth.mjs';

let server, website, mailer;

test('it starts with a clock that can be moved, and says so', async () => {
    server = await Server.start({ movable: true });
    website = server.as('website', { purpose: purposes.run });
    mailer = server.as('mailer', { purpose: purposes.news });
    assert.match(server.logText, /clock/i, 'a program whose clock can be moved must not pass for the product');
});

const sweep = () => {
    const done = server.cli('sweep', '--data', server.data);
    assert.equal(done.status, 0, String(done));
};

/** How long the classroom keeps an account once it was closed. */
function keptAfterClosing() {
    const text = readFileSync(classroomPolicy, 'utf8');
    const rule = /^keep:[\s\S]*?^ +account:\s*(.*(?:\n {4,}.*)*)/m.exec(text)?.[1] ?? '';
    const most = /most:\s*["']?(\d+) (day|month|year)s?/.exec(rule);
    const days = most ? Number(most[1]) * { day: 1, month: 31, year: 366 }[most[2]] : 0;
    return { rule, days };
}

test('[G27] an account that was not closed stays; a closed one ends when its time is over, not before', async () => {
    const { days } = keptAfterClosing();
    const stays = await register(website), goes = await register(website);
    const own = server.person(goes.id);
    wants(await own.get(`/v1/subjects/${goes.id}/consents`), 200);
    wants(await website.put(`/v1/subjects/${goes.id}/events/closed`, {}), 200);
    if (days > 2) {
        server.clock.forward({ days: Math.floor(days * 28 / 31) - 1 });
        sweep();
        wants(await website.get(accountPath(goes)), 200, 'not a day early');
    }
    server.clock.forward({ days: days + 2 });
    sweep();
    wants(await website.get(accountPath(goes)), 404, 'over');
    wants(await website.get(accountPath(stays)), 200, 'the other one stays');
    // With the last record of a closed account the person ends: their token, consents and trace are no more.
    wants(await own.get(`/v1/subjects/${goes.id}/consents`), 401, 'their token ended');
    wants(await server.as('privacy-desk', { purpose: 'rights', task: 'case/1' }).get(`/v1/subjects/${goes.id}/deeds`), 404);
    const { hits } = scan(server.places(), goes.canaries);
    assert.deepEqual(hits, [], show(hits));
    server.verifyLedger();
});

test('sweeping again does nothing and hurts nothing', async () => {
    sweep();
    sweep();
    wants(await server.anyone().get('/readyz'), 200);
});

test('[M96] a token ends on its day', async () => {
    const ana = await register(website);
    const token = server.token({ role: 'helpdesk', name: 'for-a-day', days: 1 });
    const desk = server.bearer(token, { purpose: purposes.support, task: ticket });
    wants(await desk.get(accountPath(ana)), 200);
    server.clock.forward({ hours: 23 });
    wants(await desk.get(accountPath(ana)), 200);
    server.clock.forward({ hours: 2 });
    wantsProblem(await desk.get(accountPath(ana)), 401, 'unauthenticated');
});

test('[G32] consent that is older than the policy lets it be is no consent', async () => {
    const text = readFileSync(classroomPolicy, 'utf8');
    const most = /renew[\w-]*:\s*["']?(\d+) (day|month|year)s?/.exec(text);
    const days = most ? Number(most[1]) * { day: 1, month: 31, year: 366 }[most[2]] : 3660;
    const fresh = server.token({ role: 'mailer', name: 'mailer-long', days: 3650 });
    const reader = server.bearer(fresh, { purpose: purposes.news });
    const ana = await register(website);
    await agree(website.for(undefined), ana).catch(() => agree(server.person(ana.id), ana));
    wants(await reader.get(accountPath(ana)), 200);
    if (!most) return;  // the policy sets no such limit
    server.clock.forward({ days: days + 1 });
    const renewed = server.token({ role: 'mailer', name: 'mailer-later', days: 30 });
    wants(await server.bearer(renewed, { purpose: purposes.news }).get(accountPath(ana)), 403, 'too old');
    assert.ok(mailer);
});

test('a confirmation code does not live for ever', async () => {
    const website2 = server.bearer(server.token({ role: 'website', name: 'website-later' }), { purpose: purposes.run });
    const ana = await register(website2);
    const own = server.person(ana.id);
    const path = `/v1/subjects/${ana.id}/consents/${purposes.news}`;
    const asked = wants(await own.put(path, {}), 202);
    server.clock.forward({ days: 29 });
    const late = await own.put(path, { confirm: asked.json.confirm });
    assert.ok([202, 403, 409, 410, 422].includes(late.status), String(late));
    if (late.status === 202) assert.equal(late.json.state, 'pending', 'a new code, not consent');
});

test('a clock that goes back: the ledger\'s times never do', async () => {
    server.clock.forward({ days: -20 });
    const site = server.bearer(server.token({ role: 'website', name: 'website-back' }), { purpose: purposes.run });
    const reply = await site.get('/v1/policy');
    assert.ok([200, 503].includes(reply.status), String(reply));
    server.verifyLedger();
});

test('a clock before the program was made: refuse, and name why', async () => {
    server.clock.set(-20 * 366 * 86400);
    const reply = await website.get('/v1/subjects/' + '0'.repeat(32) + '/account');
    wantsProblem(reply, 503, 'unavailable');
    server.clock.set(0);
});

test('it ends well', async () => {
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
    server.verifyLedger();
});

test('the product\'s own clock cannot be moved', async () => {
    const real = await Server.start({ env: { TROTH_TEST_CLOCK_FILE: server.clock.file } });
    server.clock.set(400 * 86400);
    const token = real.token({ role: 'website', name: 'w', days: 1 });
    wants(await real.bearer(token, { purpose: purposes.run }).get('/v1/policy'), 200);
    const ana = await register(real.bearer(token, { purpose: purposes.run }));
    wants(await real.bearer(token, { purpose: purposes.run }).get(accountPath(ana)), 200, 'the token would be over if the clock had moved');
    await real.stop();
});
