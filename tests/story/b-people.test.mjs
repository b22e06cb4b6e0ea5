// b: people. What is given, who may look at it and for what, what they are told about it, and how it ends.
import assert from 'node:assert/strict';
import test from 'node:test';
import { accountPath, account, agree, deeds, fields, purposes, register, short, somebody, ticket } from '../lib/classroom.mjs';
import { wants, wantsProblem } from '../lib/http.mjs';
import { scan, scanProcess, scanText, show } from '../lib/canary.mjs';
import { Server, childrenOf } from '../lib/troth.mjs';

let server, website, helpdesk, billing, mailer, desk, ana, own;

test('it starts', async () => {
    server = await Server.start();
    website = server.as('website', { purpose: purposes.run });
    helpdesk = server.as('helpdesk', { purpose: purposes.support });
    billing = server.as('billing-clerk', { purpose: purposes.tax });
    mailer = server.as('mailer', { purpose: purposes.news });
    desk = server.as('privacy-desk');
});

test('[M12] registration takes what the point declares and answers with a receipt', async () => {
    ana = await register(website);
    assert.equal(ana.reply.headers.location, `/v1/subjects/${ana.id}`);
    const { receipt } = ana.reply;
    assert.ok(receipt, 'Troth-Receipt');
    assert.match(receipt.request, /^[0-9a-f]{32}$/);
    assert.equal(Buffer.from(receipt.commitment, 'base64').length, 32);
    assert.ok(Number.isInteger(receipt.entry));
    own = server.person(ana.id);
    const lines = await deeds(own, ana);
    assert.ok(lines.length >= 1, 'the collection is in the person\'s own view');
});

test('[M12 M92] the password is kept as a slow hash alone: nobody reads it back', async () => {
    for (const caller of [website, helpdesk.for(purposes.support, ticket), own]) {
        const reply = await caller.get(accountPath(ana));
        if (reply.status === 200) assert.ok(!(short.password in reply.json.fields), String(reply));
        assert.ok(!reply.text.includes(ana.password));
    }
    const asked = await website.get(`${accountPath(ana)}?fields=${short.password}`);
    assert.ok(!asked.text.includes(ana.password) && !/argon2/i.test(asked.text), String(asked));
});

test('[M96] the helpdesk without a ticket is refused, and the rule is named', async () => {
    const problem = wantsProblem(await helpdesk.get(accountPath(ana)), 403, 'refused');
    assert.match(problem.rule, /needs/);
    assert.ok(!(await helpdesk.get(accountPath(ana))).text.includes(ana.first));
});

test('[M96] with a ticket the helpdesk reads, and gets what support uses', async () => {
    const reply = wants(await helpdesk.for(purposes.support, ticket).get(accountPath(ana)), 200);
    assert.equal(reply.json.subject, ana.id);
    assert.equal(reply.json.category, account);
    assert.equal(reply.json.fields[short.email], ana.email);
    assert.equal(reply.json.narrowed, true, 'the password at least is left out');
    assert.match(reply.version, /^"\d+"$/);
    assert.equal(reply.version, `"${reply.json.version}"`);
    assert.equal(reply.headers['cache-control'], 'no-store');
});

test('[M96] a task of a kind the policy does not know is no ticket', async () => {
    for (const task of ['order/1', 'ticket/', 'ticket', '/4711', 'TICKET/1', 'x'.repeat(65)]) {
        const reply = await helpdesk.for(purposes.support, task).get(accountPath(ana));
        assert.ok([400, 403, 422].includes(reply.status), `${task}: ${reply}`);
        assert.ok(!reply.text.includes(ana.first));
    }
});

test('[M96 M59] the billing clerk does not read profiles, for any purpose, with any task', async () => {
    for (const purpose of Object.values(purposes)) {
        for (const task of [undefined, ticket, 'order/7', 'case/1']) {
            const reply = await billing.for(purpose, task).get(accountPath(ana));
            assert.equal(reply.status, 403, `${purpose} ${task}: ${reply}`);
            assert.ok(!reply.text.includes(ana.first));
        }
    }
});

test('[M10 M09] a purpose the policy rules out or does not know is refused by name', async () => {
    for (const purpose of ['advertising', 'sale', 'profiling', 'offers', 'prospecting', 'whatever']) {
        const problem = wantsProblem(await website.for(purpose).get(accountPath(ana)), 403, 'refused');
        assert.match(problem.rule, /^(never\.|default\.closed-world)/, purpose);
    }
});

test('no purpose, no read: an application that does not say why is refused', async () => {
    const reply = await website.for(undefined).get(accountPath(ana));
    assert.ok([400, 403].includes(reply.status), String(reply));
    assert.ok(!reply.text.includes(ana.first));
});

test('[M03] having registered and being read about gives no consent: news is refused', async () => {
    const problem = wantsProblem(await mailer.get(accountPath(ana)), 403, 'refused');
    assert.match(problem.rule, /news/);
});

test('[M03 M56] consent asked for but not confirmed is no consent', async () => {
    const path = `/v1/subjects/${ana.id}/consents/${purposes.news}`;
    const asked = wants(await own.put(path, {}), 202);
    assert.equal(asked.json.state, 'pending');
    wants(await mailer.get(accountPath(ana)), 403);
    const wrong = await own.put(path, { confirm: 'wrong-code' });
    assert.ok([403, 409, 422].includes(wrong.status), String(wrong));
    wants(await mailer.get(accountPath(ana)), 403);
});

test('[M03 G32] consent given is consent to the purpose\'s own fields', async () => {
    await agree(own, ana);
    const reply = wants(await mailer.get(accountPath(ana)), 200);
    assert.equal(reply.json.fields[short.email], ana.email);
    assert.ok(!(short.last in reply.json.fields), 'news does not use the last name');
    assert.equal(reply.json.narrowed, true);
});

test('[G14] consent withdrawn: the very next read is refused', async () => {
    for (let round = 0; round < 20; round++) {
        wants(await own.delete(`/v1/subjects/${ana.id}/consents/${purposes.news}`), 200);
        wants(await mailer.get(accountPath(ana)), 403, `round ${round}`);
        await agree(own, ana);
        wants(await mailer.get(accountPath(ana)), 200, `round ${round}`);
    }
    wants(await own.delete(`/v1/subjects/${ana.id}/consents/${purposes.news}`), 200);
});

test('[G15] no read sent after the withdrawal was answered is allowed, with reads under way all the time', async () => {
    await agree(own, ana);
    let withdrawn = Infinity, late = 0, allowed = 0, done = false;
    const reader = async () => {
        while (!done) {
            const begun = process.hrtime.bigint();
            const reply = await mailer.get(accountPath(ana));
            if (reply.status === 200) allowed++;
            if (reply.status === 200 && begun > withdrawn) late++;
        }
    };
    const readers = Array.from({ length: 8 }, reader);
    await new Promise((resolve) => setTimeout(resolve, 200));
    wants(await own.delete(`/v1/subjects/${ana.id}/consents/${purposes.news}`), 200);
    withdrawn = process.hrtime.bigint();
    await new Promise((resolve) => setTimeout(resolve, 300));
    done = true;
    await Promise.all(readers);
    assert.ok(allowed > 0, 'reads were under way');
    assert.equal(late, 0);
});

test('a consent to a purpose that does not rest on consent is refused', async () => {
    const reply = await own.put(`/v1/subjects/${ana.id}/consents/${purposes.run}`, {});
    assert.ok([403, 409, 422].includes(reply.status), String(reply));
});

test('the person\'s list of deeds shows each with rule and purpose, refusals too', async () => {
    const lines = await deeds(own, ana);
    const has = (what, match) => assert.ok(lines.some(match), `${what} is not in\n${lines.map((line) => JSON.stringify(line)).join('\n')}`);
    const says = (line, ...words) => words.every((word) => JSON.stringify(line).includes(word));
    has('the collection', (line) => line.act === 'collect' && line.what === 'register');
    has('the refused read of the helpdesk', (line) => says(line, 'helpdesk', purposes.support, 'needs') && line.answer === 'refuse');
    has('the allowed read of the helpdesk, with its task', (line) => says(line, 'helpdesk', purposes.support, ticket) && line.answer === 'allow');
    has('the refused read for news', (line) => line.by === 'mailer' && line.act === 'read' && line.purpose === purposes.news && line.answer === 'refuse');
    has('the allowed read for news', (line) => line.by === 'mailer' && line.act === 'read' && line.purpose === purposes.news && line.answer === 'allow');
    has('consent given', (line) => line.about === purposes.news && line.what === 'given');
    has('consent withdrawn', (line) => line.about === purposes.news && /withdraw/.test(line.act));
    for (const line of lines) assert.ok(line.rule, `every line names its rule: ${JSON.stringify(line)}`);
    assert.deepEqual(scanText(JSON.stringify(lines), ana.canaries).hits, [], 'deeds tell of data, they do not repeat them');
});

test('[M65] correcting with a stale version is refused, with the right one it is served from then on', async () => {
    const before = wants(await website.get(accountPath(ana)), 200);
    const other = somebody();
    wantsProblem(await own.patch(accountPath(ana), { fields: { [short.first]: other.first } }), 428, 'if-match-needed');
    const changed = wants(await own.patch(accountPath(ana), { fields: { [short.first]: other.first } }, { ifMatch: before.version }), 200);
    assert.notEqual(changed.version, before.version);
    wantsProblem(await own.patch(accountPath(ana), { fields: { [short.first]: 'late' } }, { ifMatch: before.version }), 412, 'stale');
    const after = wants(await website.get(accountPath(ana)), 200);
    assert.equal(after.json.fields[short.first], other.first);
    assert.ok(!after.text.includes(ana.first), 'the old value is served no more');
    ana.canaries.push(other.first);
    ana.formerFirst = ana.first;
    ana.first = other.first;
});

test('[M65 G30] nobody reads or changes another person\'s data with their own token', async () => {
    const bob = await register(website);
    const bobs = server.person(bob.id);
    for (const [method, path, body] of [
        ['GET', accountPath(ana)], ['PATCH', accountPath(ana), { fields: { [short.first]: 'x' } }], ['DELETE', accountPath(ana)],
        ['DELETE', `/v1/subjects/${ana.id}`], ['GET', `/v1/subjects/${ana.id}/export`], ['GET', `/v1/subjects/${ana.id}/deeds`],
        ['GET', `/v1/subjects/${ana.id}/consents`], ['PUT', `/v1/subjects/${ana.id}/consents/${purposes.news}`, {}],
        ['DELETE', `/v1/subjects/${ana.id}/consents/${purposes.news}`], ['GET', `/v1/list/${account}`],
        ['GET', `/v1/subjects?lookup=${fields.email}:${encodeURIComponent(ana.email)}`], ['GET', '/v1/ledger/entries?from=0&count=10'],
    ]) {
        const reply = await bobs.request(method, path, { body, ifMatch: '"1"' });
        assert.ok([401, 403, 404].includes(reply.status), `${method} ${path}: ${reply}`);
        assert.deepEqual(scanText(reply.bytes, ana.canaries).hits, []);
    }
    wants(await bobs.get(accountPath(bob)), 200, 'their own they do');
});

test('a person is found by e-mail by those who may, and an e-mail is taken once', async () => {
    const found = wants(await website.get(`/v1/subjects?lookup=${fields.email}:${encodeURIComponent(ana.email)}`), 200);
    assert.ok(found.text.includes(ana.id), String(found));
    const upper = wants(await website.get(`/v1/subjects?lookup=${fields.email}:${encodeURIComponent(ana.email.toUpperCase())}`), 200);
    assert.ok(upper.text.includes(ana.id), 'the case of an address does not matter');
    const none = await website.get(`/v1/subjects?lookup=${fields.email}:nobody@example.org`);
    assert.ok(none.status === 404 || (none.status === 200 && !none.text.includes(ana.id)), String(none));
    const twin = { ...somebody() };
    twin.fields = { ...twin.fields, [fields.email]: ana.email };
    wantsProblem(await website.post('/v1/collect/register', { fields: twin.fields }), 409, 'taken');
    assert.deepEqual(scan(server.places(), [twin.first]).hits, [], 'nothing of the refused submission stays');
});

test('[M07] the export holds every value that can be read, and nothing of others', async () => {
    const bob = await register(website);
    const reply = wants(await own.get(`/v1/subjects/${ana.id}/export`), 200);
    for (const value of [ana.first, ana.last, ana.email]) assert.ok(reply.text.includes(value), `${value} is in the export`);
    assert.deepEqual(scanText(reply.bytes, [...bob.canaries, ana.password, ana.formerFirst]).hits, []);
});

test('[M05] the list of a category is read for a purpose, person by person', async () => {
    const bob = await register(website);
    await agree(server.person(bob.id), bob);
    const reply = await mailer.get(`/v1/list/${account}`);
    wants(reply, 200);
    const rows = reply.lines.filter((row) => row.subject);
    assert.ok(rows.some((row) => row.subject === bob.id), 'bob agreed to news');
    assert.ok(!rows.some((row) => row.subject === ana.id), 'ana withdrew');
    for (const row of rows) assert.ok(!(short.last in row.fields), 'only what news uses');
    const before = (await deeds(server.person(bob.id), bob)).length;
    wants(await mailer.get(`/v1/list/${account}`), 200);
    assert.ok((await deeds(server.person(bob.id), bob)).length > before, 'being on a list is a read, and recorded');
});

test('[G20 M95] nothing that was given can be read from the disk, in any coding', async () => {
    const { hits, bytes, files } = scan(server.places(), ana.canaries);
    assert.ok(bytes > 100000 && files >= 3, `${bytes} bytes in ${files} files`);
    assert.deepEqual(hits, [], show(hits));
    assert.deepEqual(scanText(server.logText, ana.canaries).hits, [], 'nor from the log');
});

test('[M66 G23] erased: every later read is 404, and every byte is searched in vain', async () => {
    const wasThere = accountPath(ana);
    const gone = await own.delete(`/v1/subjects/${ana.id}`);
    assert.ok([200, 204].includes(gone.status), String(gone));
    for (const caller of [website, helpdesk.for(purposes.support, ticket), desk, mailer]) {
        for (const path of [wasThere, `/v1/subjects/${ana.id}/export`, `/v1/subjects/${ana.id}/consents`]) {
            const reply = await caller.get(path);
            assert.ok([403, 404, 410].includes(reply.status), `${path}: ${reply}`);
            assert.deepEqual(scanText(reply.bytes, ana.canaries).hits, []);
        }
    }
    wants(await website.get(wasThere), 404);
    const found = await website.get(`/v1/subjects?lookup=${fields.email}:${encodeURIComponent(ana.email)}`);
    assert.ok(!found.text.includes(ana.id), 'not found by e-mail');
    wants(await own.get(wasThere), 401, 'their own token went with them');
    const { hits, bytes } = scan(server.places(), ana.canaries);
    assert.ok(bytes > 100000);
    assert.deepEqual(hits, [], show(hits));
    assert.deepEqual(scanText(server.logText, ana.canaries).hits, []);
});

test('[G23] nor is anything left in the memory of the server and its key process', { skip: process.getuid() !== 0 && 'only root may look' }, async () => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (const { pid } of [{ pid: server.pid }, ...childrenOf(server.pid)]) {
        const { hits, bytes } = scanProcess(pid, ana.canaries);
        assert.ok(bytes > 100000, 'memory was read');
        assert.deepEqual(hits, [], show(hits));
    }
});

test('[M66] erasing twice is not found, and the e-mail is free again', async () => {
    const desks = await desk.delete(`/v1/subjects/${ana.id}`);
    assert.ok([403, 404, 410].includes(desks.status), String(desks));
    const again = somebody();
    again.fields[fields.email] = ana.email;
    await register(website, again);
});

test('the ledger still verifies, before and after a stop', async () => {
    server.verifyLedger();
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
    server.verifyLedger();
});
