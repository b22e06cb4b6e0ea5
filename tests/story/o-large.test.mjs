// o: large records, and lists that are still running when what allowed them ends.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import path from 'node:path';
import { agree, deeds, purposes, register, somebody } from '../lib/classroom.mjs';
import { canary } from '../lib/canary.mjs';
import { wants, wantsProblem } from '../lib/http.mjs';
import { keyPlace, sql } from '../lib/sql.mjs';
import { Server, filesOnly, folder, put, sleep, until } from '../lib/troth.mjs';

// One category with many records as large as they may be, one with a single record.
const wide = Array.from({ length: 60 }, (_, i) => `      a-field-with-a-very-long-name-of-its-own-${i}: {type: text, length: 100}`).join('\n');
const policy = `troth: 1
policy: {id: large, title: Large, version: 1, date: 2026-01-01, controller: {name: N, address: A, email: a@example.org}}
people:
  user: {says: you}
data:
  entry:
    of: user
    many: yes
    fields:
      text: {type: note, length: 16384}
      more: {type: note, length: 16384}
      rest: {type: note, length: 16384}
  form:
    of: user
    fields:
${wide}
  contact:
    of: user
    fields:
      email: {type: email, lookup: unique}
      city: {type: text, length: 100}
purposes:
  serve: {says: to serve you, basis: contract, uses: [entry, form, contact]}
collect:
  begin: {from: [app], makes: user, fields: {contact.email: required, contact.city: optional}, for: [serve]}
  note: {from: [app], adds-to: existing, fields: {entry.text: required, entry.more: optional, entry.rest: optional}, for: [serve]}
roles:
  app: {kind: application, may: [serve, rights], writes: [entry, form, contact]}
keep:
  entry: {from: collected, most: 10 years, then: erase}
  form: {until: closed, then: erase}
  contact: {from: collected, most: 30 days, then: depersonalise}
`;

let server, app;
const ask = async (options) => {
    server = await Server.start({ policy: put(path.join(folder('large'), 'policy.yaml'), policy), ...options });
    app = server.as('app', { purpose: 'serve' });
};
const begin = async () => {
    const email = `${canary()}@example.org`;
    const id = wants(await app.post('/v1/collect/begin', { fields: { 'contact.email': email, 'contact.city': 'Lund' } }), 201).json.subject;
    return { id, email };
};
const full = (letter) => `x${letter.repeat(16382)}x`;
const note = async (who, letter) => wants(await app.post('/v1/collect/note', { subject: who.id, fields: {
    'entry.text': full(letter), 'entry.more': full(letter), 'entry.rest': full(letter),
} }), 201);

test('it starts', async () => { await ask({ movable: true }); });

test('[M07] an export of large records comes whole', async () => {
    const who = await begin();
    for (const letter of ['a', '"', '\n', '\\', 'z']) await note(who, letter);
    const all = wants(await server.person(who.id).get(`/v1/subjects/${who.id}/export`), 200).json;
    assert.equal(all.records.length, 6);
    for (const record of all.records.filter((one) => one.category === 'entry')) assert.equal(record.fields.text.length, 16384);
    const list = wants(await app.get('/v1/list/entry'), 200).lines;
    assert.deepEqual(list.map((line) => line.fields.more[1]), ['a', '"', '\n', '\\', 'z']);
});

test('[M66] one of many large records is erased, the others stay', async () => {
    const who = await begin();
    for (const letter of 'abcdefghijklmnop') await note(who, letter);
    const own = server.person(who.id);
    wants(await own.delete(`/v1/subjects/${who.id}/entry/3`), 200);
    wants(await app.get(`/v1/subjects/${who.id}/entry/3`), 404);
    for (const no of [1, 2, 4, 16]) wants(await app.get(`/v1/subjects/${who.id}/entry/${no}`), 200, `record ${no}`);
});

test('a view of deeds with many fields in each line comes whole', async () => {
    const who = await begin();
    const fields = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`a-field-with-a-very-long-name-of-its-own-${i}`, 'x']));
    wants(await app.post(`/v1/subjects/${who.id}/form`, { fields }), 201);
    for (let i = 0; i < 40; i++) wants(await app.get(`/v1/subjects/${who.id}/form`), 200);
    const seen = await deeds(server.person(who.id), who);
    assert.equal(seen.filter((deed) => deed.act === 'read' && deed.fields.length === 60).length, 40);
});

/** Sweeps until nothing is due. */
async function swept() {
    while (JSON.parse((await server.local('POST', '/v1/sweep')).text).more) { /* goes on */ }
}

/** A list read slowly: its first bytes, then what came after `meanwhile`. → {text, whole} */
async function slowly(target, token, meanwhile) {
    const socket = net.connect({ host: '127.0.0.1', port: server.port });
    const parts = [];
    await new Promise((resolve, reject) => { socket.once('connect', resolve); socket.once('error', reject); });
    socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nTroth-Purpose: serve\r\n\r\n`);
    await new Promise((resolve) => socket.once('readable', resolve));
    parts.push(socket.read());
    await sleep(300);  // the server fills the sockets' buffers and waits
    await meanwhile();
    socket.on('data', (part) => parts.push(part));
    await new Promise((resolve) => { socket.once('end', resolve); socket.once('error', resolve); socket.once('close', resolve); });
    socket.destroy();
    const text = Buffer.concat(parts).toString('latin1');
    return { text, whole: text.endsWith('0\r\n\r\n') };
}

test('[G15] a token revoked in the middle of a list or an export: nothing more is sent', { timeout: 120000 }, async () => {
    const who = await begin();
    for (let i = 0; i < 120; i++) await note(who, String.fromCharCode(97 + i % 26));
    await note(who, 'Q');
    for (const target of ['/v1/list/entry', `/v1/subjects/${who.id}/export`]) {
        const name = `slow-${target.length}`;
        const token = server.token({ role: 'app', name });
        const ended = await slowly(target.replace('serve', 'rights'), token, async () => { server.revoke(name); });
        assert.ok(!ended.whole, `${target} ended as if nothing had happened`);
        assert.ok(!ended.text.includes('QQQQQQQQ'), `${target}: the last record was sent after the token was revoked`);
    }
});

test('[G27] what was depersonalised is not found by what was dropped', async () => {
    const who = await begin();
    server.clock.forward({ days: 31 });
    wants(await server.local('POST', '/v1/sweep'), 200);
    const left = wants(await app.get(`/v1/subjects/${who.id}/contact`), 200).json.fields;
    assert.deepEqual(left, { city: 'Lund' });
    wantsProblem(await app.get(`/v1/subjects?lookup=contact.email:${who.email}`), 404, 'not-found');
    wants(await app.post('/v1/collect/begin', { fields: { 'contact.email': who.email } }), 201, 'the address is free again');
});

test('[G27] one record that does not open keeps nobody else\'s from ending', async () => {
    const bad = await begin(), good = await begin();
    await server.stop();
    const [[sn]] = sql(server.main, ['SELECT sn FROM subject WHERE id = ?', [`hex:${bad.id}`]]);
    sql(server.main, ['UPDATE record SET sealed = zeroblob(length(sealed)), due_us = 1 WHERE sn = ?', [sn]]);
    await server.launch();
    server.clock.forward({ days: 31 });
    await server.local('POST', '/v1/sweep');
    await until('the other one is depersonalised', async () =>
        (await app.get(`/v1/subjects/${good.id}/contact`)).json.fields?.email === undefined);
    assert.ok(server.log.some((line) => line.event === 'sweep-skipped'), 'and the log says that one was left');
});

test('[G02] an erasure cut off between the two databases: finished, and what it left is free', async () => {
    const who = await begin();
    await server.stop();
    const { main, keys } = server;
    const [[sn]] = sql(main, ['SELECT sn FROM subject WHERE id = ?', [`hex:${who.id}`]]);
    const [[number]] = sql(main, "SELECT no FROM catalogue WHERE kind = 1 AND name = 'contact'");
    // What a crash leaves: the key is destroyed and noted, rows and look-ups are still there.
    const place = keyPlace(sn, number);
    sql(keys, `DELETE FROM dk WHERE ${place.where}`, `INSERT INTO ended (${place.ended})`);
    await server.launch();
    wantsProblem(await app.get(`/v1/subjects/${who.id}/contact`), 404, 'not-found');
    wantsProblem(await app.get(`/v1/subjects?lookup=contact.email:${who.email}`), 404, 'not-found');
    wants(await app.post('/v1/collect/begin', { fields: { 'contact.email': who.email } }), 201, 'the address is free again');
});

test('[G02] an erasure that was acknowledged, then a crash: what was collected after it stays', async () => {
    const who = await begin();
    await server.stop();
    const { main, keys } = server;
    const [[sn]] = sql(main, ['SELECT sn FROM subject WHERE id = ?', [`hex:${who.id}`]]);
    const [[number]] = sql(main, "SELECT no FROM catalogue WHERE kind = 1 AND name = 'contact'");
    // Erased and collected anew in one turn, and a crash before the next turn: the note of the end is still there.
    const place = keyPlace(sn, number);
    sql(keys, `INSERT INTO ended (${place.ended})`);
    await server.launch();
    assert.equal(wants(await app.get(`/v1/subjects/${who.id}/contact`), 200).json.fields.email, who.email);
});

test('[G02] a renewal cut off between the two databases does not keep a record from being erased for ever', async () => {
    const who = await begin();
    await note(who, 'a');
    await note(who, 'b');
    await server.stop();
    const { main, keys } = server;
    const [[sn]] = sql(main, ['SELECT sn FROM subject WHERE id = ?', [`hex:${who.id}`]]);
    const [[number]] = sql(main, "SELECT no FROM catalogue WHERE kind = 1 AND name = 'entry'");
    const place = keyPlace(sn, number), beside = keyPlace(sn, number, 1);
    // The fresh key is durable, and the word that it was made; its seals are not.
    const [[row]] = sql(keys, `SELECT row FROM dk WHERE ${place.where}`);
    const fresh = Buffer.from(row, 'hex');
    fresh.fill(7, 8, 24);
    fresh.writeBigUInt64BE(fresh.readBigUInt64BE(40) + 1n, 40);
    sql(keys, [`INSERT INTO dk (${beside.columns}, row) VALUES (${beside.values}, ?)`, [`hex:${fresh.toString('hex')}`]]);
    sql(keys, `INSERT INTO ended (${beside.ended})`);
    await server.launch();
    wants(await server.person(who.id).delete(`/v1/subjects/${who.id}/entry/1`), 200);
    assert.equal(wants(await app.get(`/v1/subjects/${who.id}/entry/2`), 200).json.fields.text[1], 'b');
});

test('[G27] a new policy with a shorter time: old records end by it; with a longer one they end as they were promised', async () => {
    const short = await begin();
    await note(short, 'a');
    put(server.policy, policy.replace('version: 1', 'version: 2').replace('most: 10 years', 'most: 10 days'));
    await server.restart();
    await swept();
    const later = await begin();
    await note(later, 'b');
    put(server.policy, policy.replace('version: 1', 'version: 3').replace('most: 10 years', 'most: 20 years'));
    await server.restart();
    const long = await begin();
    await note(long, 'c');
    server.clock.forward({ days: 11 });
    await swept();
    wantsProblem(await app.get(`/v1/subjects/${short.id}/entry/1`), 404, 'not-found');
    wantsProblem(await app.get(`/v1/subjects/${later.id}/entry/1`), 404, 'not-found');
    wants(await app.get(`/v1/subjects/${long.id}/entry/1`), 200);
});

test('an older troth.db put in place by mistake: the log says so, and with the right one everybody is back', { skip: filesOnly }, async () => {
    await server.stop();
    const main = path.join(server.data, 'troth.db');
    const older = readFileSync(main);
    await server.launch();
    const people = [await begin(), await begin()];
    await server.stop();
    const newest = readFileSync(main);
    writeFileSync(main, older);
    await server.launch();
    assert.ok(server.log.some((line) => line.event === 'data-older-than-keys'), JSON.stringify(server.log));
    await begin();  // gets a number nobody had
    await server.stop();
    writeFileSync(main, newest);
    await server.launch();
    for (const who of people) assert.equal(wants(await app.get(`/v1/subjects/${who.id}/contact`), 200).json.fields.email, who.email);
});

test('it ends well', async () => {
    assert.equal((await server.stop()).status, 0);
    server.verifyLedger();
});
