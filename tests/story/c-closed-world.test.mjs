// c: the closed world. What the policy does not declare does not exist; what is badly formed gets a clear no,
// changes nothing, and leaves no trace of its content.
import assert from 'node:assert/strict';
import test from 'node:test';
import { canary, scan, scanText, show } from '../lib/canary.mjs';
import { accountPath, account, fields, purposes, register, short, somebody, ticket } from '../lib/classroom.mjs';
import { raw, wants, wantsProblem } from '../lib/http.mjs';
import { Server, sleep } from '../lib/troth.mjs';

let server, website, helpdesk, ana;
const planted = [];
const plant = () => { const value = canary(); planted.push(value); return value; };

test('it starts', async () => {
    server = await Server.start();
    website = server.as('website', { purpose: purposes.run });
    helpdesk = server.as('helpdesk', { purpose: purposes.support, task: ticket });
    ana = await register(website);
});

/** A submission to `register` with some fields changed (undefined takes one away). */
const submission = (changes = {}) => {
    const all = { ...somebody().fields, ...changes };
    for (const [name, value] of Object.entries(all)) if (value === undefined) delete all[name];
    return { fields: all };
};
const collect = (body, options) => website.post('/v1/collect/register', body, options);

// name, promise ids, changes to a good submission, status, code
const badFields = [
    ['a field the category does not have', 'M12 M55', () => ({ 'account.shoe-size': plant() }), 422, 'unknown-field'],
    ['exact position', 'M32', () => ({ 'account.lat': '48.137154', 'account.lon': '11.576124' }), 422, 'unknown-field'],
    ['a field of a category that does not exist', 'M55', () => ({ 'hobby.name': plant() }), 422, 'unknown-field'],
    ['a field without its category', '', () => ({ email: plant() }), 422, 'unknown-field'],
    ['a field of another category of the policy', 'M34', () => ({ 'invoice.number': plant() }), 422, 'unknown-field'],
    ['an empty field name', '', () => ({ '': plant() }), 422, 'unknown-field'],
    ['a required field left out', 'M05', () => ({ [fields.email]: undefined }), 422, 'invalid'],
    ['a required field empty', '', () => ({ [fields.first]: '' }), 422, 'invalid'],
    ['a number where text belongs', '', () => ({ [fields.first]: 17 }), 422, 'invalid'],
    ['null where text belongs', '', () => ({ [fields.first]: null }), 422, 'invalid'],
    ['a list where text belongs', '', () => ({ [fields.first]: [plant()] }), 422, 'invalid'],
    ['an object where text belongs', '', () => ({ [fields.first]: { a: plant() } }), 422, 'invalid'],
    ['a truth where text belongs', '', () => ({ [fields.first]: true }), 422, 'invalid'],
    ['text that is too long', '', () => ({ [fields.first]: plant() + 'x'.repeat(16384) }), 422, 'invalid'],
    ['an e-mail without @', '', () => ({ [fields.email]: plant() }), 422, 'invalid'],
    ['an e-mail with two @', '', () => ({ [fields.email]: `${plant()}@a@example.org` }), 422, 'invalid'],
    ['an e-mail with a space', '', () => ({ [fields.email]: `${plant()} x@example.org` }), 422, 'invalid'],
    ['an e-mail with a line end', '', () => ({ [fields.email]: `${plant()}@example.org\r\nBcc: x@example.org` }), 422, 'invalid'],
    ['an e-mail that is too long', '', () => ({ [fields.email]: `${plant()}@${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.org` }), 422, 'invalid'],
    ['an e-mail with a display name', '', () => ({ [fields.email]: `Ana <${plant()}@example.org>` }), 422, 'invalid'],
    ['a line end in a name', '', () => ({ [fields.first]: `${plant()}\nx` }), 422, 'invalid'],
    ['an escape character', '', () => ({ [fields.first]: `${plant()}\x1b[31m` }), 422, 'invalid'],
    ['a C1 control', '', () => ({ [fields.first]: `${plant()}\x85` }), 422, 'invalid'],
    ['text that turns the reading direction', '', () => ({ [fields.first]: `${plant()}\u202egnp` }), 422, 'invalid'],
];
for (const [name, ids, changes, status, code] of badFields) {
    test(`${ids ? `[${ids}] ` : ''}refused: ${name}`, async () => {
        const reply = await collect(submission(changes()));
        const problem = wantsProblem(reply, status, code);
        assert.ok(problem.pointer?.startsWith('/fields'), `it points at the field: ${reply}`);
        assert.deepEqual(scanText(reply.bytes, planted).hits, [], 'the answer does not repeat the value');
    });
}

// Card numbers (made up, but right by their check digit) in free text, as people write them.
const cards = ['4111 1111 1111 1111', '4111-1111-1111-1111', '4111111111111111', 'my card is 5555 5555 5555 4444, thanks',
    '3782 822463 10005', '６０１１ １１１１ １１１１ １１１７', '4111.1111.1111.1111'];
for (const card of cards) {
    test(`[M21 M24 G48] a card number in a name is refused and kept nowhere: ${card.slice(0, 12)}…`, async () => {
        const mark = plant();
        const reply = await collect(submission({ [fields.last]: `${mark.slice(0, 6)} ${card}` }));
        wantsProblem(reply, 422, 'card-number');
        assert.ok(!reply.text.includes(card));
        assert.deepEqual(scan(server.places(), [card, card.replace(/[ .-]/g, '')]).hits, []);
        assert.ok(!server.logText.includes(card));
    });
}

test('[G48] sixteen digits that are no card number are just text', async () => {
    wants(await collect(submission({ [fields.last]: '4111 1111 1111 1112' })), 201);
});

// Text that looks dangerous and is only text: taken, and given back as it came.
for (const text of ["Robert'); DROP TABLE record;--", '<script>alert(1)</script>', '=HYPERLINK("http://example.org")', '{{7*7}}', '${jndi:x}',
    'O\'Brien-Ñuñez', '山田太郎', 'Zoë 👩‍👩‍👧', '%s%n%x', '../../etc/passwd', 'null', 'İstanbul', 'a\u0301']) {
    test(`[G40] taken as text: ${JSON.stringify(text)}`, async () => {
        const who = somebody();
        const reply = wants(await collect({ fields: { ...who.fields, [fields.last]: text } }), 201);
        const read = wants(await website.get(`/v1/subjects/${reply.json.subject}/${account}`), 200);
        assert.equal(read.json.fields[short.last].normalize('NFC'), text.normalize('NFC'));
    });
}

// Whole bodies that are wrong before any field is looked at.
const good = () => JSON.stringify(submission());
const badBodies = [
    ['nothing', () => '', 400, 'bad-json'],
    ['not JSON', () => 'fields=1', 400, 'bad-json'],
    ['JSON cut off', () => good().slice(0, -2), 400, 'bad-json'],
    ['JSON and something after it', () => good() + '{}', 400, 'bad-json'],
    ['two bodies', () => good() + good(), 400, 'bad-json'],
    ['a repeated key', () => `{"fields":{},"fields":${JSON.stringify(submission().fields)}}`, 400, 'bad-json'],
    ['a repeated field', () => good().replace('{"fields":{', `{"fields":{"${fields.first}":"x",`), 400, 'bad-json'],
    ['a repeated key written with an escape', () => good().replace('{"fields":{', '{"fields":{"account.first\\u002dname":"x",'), 400, 'bad-json'],
    ['single quotes', () => good().replaceAll('"', "'"), 400, 'bad-json'],
    ['a comma too many', () => good().replace('}}', ',}}'), 400, 'bad-json'],
    ['a comment', () => '/* */' + good(), 400, 'bad-json'],
    ['NaN', () => `{"fields":{"${fields.first}":NaN}}`, 400, 'bad-json'],
    ['a byte order mark', () => '\ufeff' + good(), 400, 'bad-json'],
    ['UTF-16', () => Buffer.from(good(), 'utf16le'), 400, 'bad-json'],
    ['bytes that are not UTF-8', () => Buffer.from(good().replace('"account.first-name":"', '"account.first-name":"\xe4'), 'latin1'), 400, 'bad-json'],
    ['an over-long UTF-8 form', () => Buffer.from(good().replace('"account.first-name":"', '"account.first-name":"\xc0\xaf'), 'latin1'), 400, 'bad-json'],
    ['half a surrogate pair', () => good().replace('"account.first-name":"', '"account.first-name":"\\ud800'), 400, 'bad-json'],
    ['nesting beyond the limit', () => '{"fields":' + '['.repeat(40) + ']'.repeat(40) + '}', 413, 'too-large'],
    ['a hundred thousand brackets', () => '['.repeat(100000), 413, 'too-large'],
    ['NUL as an escape', () => good().replace('"account.first-name":"', '"account.first-name":"\\u0000'), 400, 'bad-json'],
    ['NUL as a byte', () => good().replace('"account.first-name":"', '"account.first-name":"\0'), 400, 'bad-json'],
    ['a list at the top', () => '[]', 422, 'invalid'],
    ['a text at the top', () => '"x"', 422, 'invalid'],
    ['fields that are a list', () => '{"fields":[]}', 422, 'invalid'],
    ['no fields at all', () => '{}', 422, 'invalid'],
    ['a member nobody knows', () => good().replace('{"fields"', '{"colour":"red","fields"'), 422, null],
    ['a subject that is no id', () => good().replace('{"fields"', '{"subject":"xyz","fields"'), 422, null],
];
for (const [name, body, status, code] of badBodies) {
    test(`refused body: ${name}`, async () => {
        const reply = await collect(body());
        if (code) wantsProblem(reply, status, code);
        else wants(reply, status);
    });
}

test('a body of another type is refused, a body beyond the limit too', async () => {
    wantsProblem(await collect(good(), { type: 'text/plain' }), 415, 'media-type');
    wantsProblem(await collect(good(), { type: 'application/x-www-form-urlencoded' }), 415, 'media-type');
    wants(await collect(`{"fields":{"${fields.first}":"${'x'.repeat(1 << 20)}"}}`), 413);
});

test('a body that breaks off leaves nothing', async () => {
    const mark = plant();
    const text = JSON.stringify(submission({ [fields.first]: mark }));
    const head = `POST /v1/collect/register HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${website.token}\r\nTroth-Purpose: run-account\r\n`
        + `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n`;
    const { statuses } = await raw(server.port, head + text.slice(0, text.length - 20), { half: true, ms: 8000 });
    assert.ok(statuses.every((status) => status === 400 || status === 408), `${statuses}`);
    assert.deepEqual(scan(server.places(), [mark]).hits, []);
});

// Names in addresses, headers and tokens.
const zero = '0'.repeat(32);
const badNames = [
    ['[M12] a point that does not exist', () => website.post('/v1/collect/backdoor', submission()), [404, 422], /unknown-name|not-found/],
    ['a point with a strange name', () => website.post('/v1/collect/%2e%2e', submission()), [400, 404, 422], null],
    ['a category that does not exist', () => website.get(`/v1/subjects/${ana.id}/diary`), [404, 422], /unknown-name|not-found/],
    ['a list of a category that does not exist', () => website.get('/v1/list/diary'), [404, 422], /unknown-name|not-found/],
    ['a purpose that does not exist', () => website.for('curiosity').get(accountPath(ana)), [403], /refused/],
    ['a purpose of strange form', () => website.for('run account;').get(accountPath(ana)), [400, 403], null],
    ['a purpose that is too long', () => website.for('x'.repeat(5000)).get(accountPath(ana)), [400, 403, 422], null],
    ['consent to a purpose that does not exist', () => website.put(`/v1/subjects/${ana.id}/consents/curiosity`, {}), [403, 404, 422], null],
    ['an event that does not exist', () => website.put(`/v1/subjects/${ana.id}/events/exploded`, {}), [403, 404, 422], null],
    ['a person who does not exist', () => website.get(`/v1/subjects/${zero}/${account}`), [404], /not-found/],
    ['an id that is none', () => website.get(`/v1/subjects/xyz/${account}`), [400, 404, 422], null],
    ['an id in capitals that would else be right', () => website.get(`/v1/subjects/${ana.id.toUpperCase().replace(/^/, '')}G/${account}`), [400, 404, 422], null],
    ['an id with a NUL', () => website.get(`/v1/subjects/${ana.id}%00/${account}`), [400], null],
    ['a record number that is none', () => website.get(`${accountPath(ana)}/one`), [400, 404, 422], null],
    ['a record that is not there', () => website.get(`${accountPath(ana)}/99`), [404], null],
    ['a record number beyond 64 bits', () => website.get(`${accountPath(ana)}/99999999999999999999999`), [400, 404, 422], null],
    ['a look-up over a field without a look-up key', () => website.get('/v1/subjects?lookup=account.first-name:x'), [403, 422], null],
    ['a look-up over a field that does not exist', () => website.get('/v1/subjects?lookup=account.shoe:x'), [404, 422], null],
    ['a look-up without a value', () => website.get('/v1/subjects?lookup='), [400, 422], null],
    ['a look-up that says nothing', () => website.get('/v1/subjects'), [400, 422], null],
    ['a kind of person that does not exist', () => website.post('/v1/subjects', { kind: 'robot' }), [403, 422], null],
    ['an If-Match that is none', () => website.patch(accountPath(ana), { fields: {} }, { ifMatch: 'seven' }), [400, 412, 422, 428], null],
    ['a negative proof', () => website.get('/v1/ledger/inclusion?seq=-1&size=1'), [400, 403, 422], null],
    ['a proof beyond the tree', () => website.get('/v1/ledger/inclusion?seq=1&size=999999999'), [400, 403, 404, 422], null],
    ['a tile of strange form', () => website.get('/v1/ledger/tile/99/0'), [400, 403, 404, 422], null],
];
for (const [name, ask, statuses, code] of badNames) {
    test(`${name.startsWith('[') ? name : `refused name: ${name}`}`, async () => {
        const reply = await ask();
        assert.ok(statuses.includes(reply.status), `${statuses} wanted: ${reply}`);
        assert.equal(reply.headers['content-type'], 'application/problem+json', String(reply));
        if (code) assert.match(reply.json.code, code);
        assert.deepEqual(scanText(reply.bytes, ana.canaries).hits, []);
    });
}

test('[G30] without a good token nothing at all is given', async () => {
    for (const token of [undefined, 'troth_', 'x', helpdesk.token.slice(0, -1), helpdesk.token + 'A', helpdesk.token.toUpperCase(), 'A'.repeat(4000)]) {
        for (const path of [accountPath(ana), `/v1/list/${account}`, `/v1/subjects/${zero}/${account}`, '/v1/ledger/entries?from=0&count=1']) {
            const reply = await server.bearer(token, { purpose: purposes.support, task: ticket }).get(path);
            wantsProblem(reply, 401, 'unauthenticated');
            assert.match(reply.headers['www-authenticate'] ?? '', /^Bearer/);
        }
    }
    for (const value of ['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer ', `Bearer  ${helpdesk.token}`, `bearer:${helpdesk.token}`, `Token ${helpdesk.token}`]) {
        const reply = await server.anyone().get(accountPath(ana), { headers: { authorization: value } });
        assert.ok([400, 401].includes(reply.status), `${value}: ${reply}`);
    }
});

test('[G42] a person who is there and one who is not look the same to a caller who may not look', async () => {
    const teacher = server.as('teacher', { purpose: purposes.teach });
    const there = await teacher.get(accountPath(ana));
    const absent = await teacher.get(`/v1/subjects/${zero}/${account}`);
    const unlike = (reply) => reply.text.replaceAll(reply.json.request, 'R').replaceAll(ana.id, 'I').replaceAll(zero, 'I');
    assert.equal(absent.status, there.status);
    assert.equal(unlike(absent), unlike(there));
});

test('a token revoked a moment ago is dead at once', async () => {
    const token = server.token({ role: 'helpdesk', name: 'leaver' });
    const leaver = server.bearer(token, { purpose: purposes.support, task: ticket });
    wants(await leaver.get(accountPath(ana)), 200);
    server.revoke('leaver');
    wantsProblem(await leaver.get(accountPath(ana)), 401, 'unauthenticated');
    const again = server.cli('token', 'revoke', '--data', server.data, '--name', 'leaver');
    assert.equal(again.status, 4, String(again));
});

test('[M02] the same refusal through the API and through `troth ask` names the same rule', async () => {
    const asked = server.cli('ask', server.policy, 'may helpdesk read account.email of a user for support');
    assert.equal(asked.status, 1, String(asked));
    const problem = wantsProblem(await helpdesk.for(purposes.support).get(accountPath(ana)), 403, 'refused');
    assert.ok(asked.stdout.includes(problem.rule), `${problem.rule} in ${asked.stdout}`);
    const yes = server.cli('ask', server.policy, 'may helpdesk read account.email of a user for support with a ticket');
    assert.equal(yes.status, 0, String(yes));
});

test('[G08] none of what was refused lies anywhere, and the server is well', async () => {
    assert.ok(planted.length > 20);
    const { hits, bytes } = scan(server.places(), planted);
    assert.ok(bytes > 100000);
    assert.deepEqual(hits, [], show(hits));
    assert.deepEqual(scanText(server.logText, planted).hits, []);
    wants(await server.anyone().get('/readyz'), 200);
    server.verifyLedger();
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
    await sleep(0);
});
