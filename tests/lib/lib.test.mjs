// The tools of the stories, tried on things known: a scanner that finds nothing anywhere would keep every promise.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import http from 'node:http';
import { writeFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { canary, forms, scan, scanProcess, scanText } from './canary.mjs';
import { Client, raw, wants, wantsProblem } from './http.mjs';
import * as ledger from './ledger.mjs';
import { Clock, Server, alive, childrenOf, folder, run, within } from './troth.mjs';

test('canaries are 20 letters and unlike each other', () => {
    const many = new Set(Array.from({ length: 1000 }, canary));
    assert.equal(many.size, 1000);
    for (const one of many) assert.match(one, /^[a-z][a-z0-9]{19}$/);
});

// Each way is written here anew, by other means than the scanner's own.
const ways = {
    plain: (v) => v,
    'inside text': (v) => `name=${v}&x`,
    hex: (v) => Buffer.from('x' + v + 'y').toString('hex'),
    HEX: (v) => Buffer.from(v).toString('hex').toUpperCase(),
    'base64 of it alone': (v) => Buffer.from(v).toString('base64'),
    'base64 after 1 byte': (v) => Buffer.from('{' + v + '}').toString('base64'),
    'base64 after 2 bytes': (v) => Buffer.from('{"' + v + '"}').toString('base64'),
    'base64url after 7 bytes': (v) => Buffer.from('\xff\xfe?>~' + v + '~~', 'latin1').toString('base64url'),
    'every character percent-encoded': (v) => [...v].map((c) => `%${c.charCodeAt(0).toString(16)}`).join(''),
    'percent-encoded, upper case': (v) => [...v].map((c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`).join(''),
    'JSON escapes': (v) => [...v].map((c) => `\\u00${c.charCodeAt(0).toString(16)}`).join(''),
    'JSON escapes, upper case': (v) => [...v].map((c) => `\\u00${c.charCodeAt(0).toString(16).toUpperCase()}`).join(''),
    'UTF-16LE': (v) => Buffer.from(v, 'utf16le'),
    'UTF-16BE': (v) => Buffer.concat([...v].map((c) => Buffer.of(0, c.charCodeAt(0)))),
    'upper case': (v) => v.toUpperCase(),
};
for (const [way, write] of Object.entries(ways)) {
    test(`the scanner finds a canary: ${way}`, () => {
        const value = canary(), absent = canary();
        const directory = folder('scan');
        mkdirSync(path.join(directory, 'deep', 'er'), { recursive: true });
        writeFileSync(path.join(directory, 'deep', 'er', 'f'), Buffer.concat([Buffer.alloc(4097), Buffer.from(write(value)), Buffer.from('tail')]));
        assert.deepEqual(scan(directory, [absent]).hits, []);
        const found = scan(directory, [absent, value]);
        assert.ok(found.hits.length > 0, 'not found');
        assert.ok(found.hits.every((hit) => hit.value === value));
        assert.equal(found.files, 1);
    });
}

test('the scanner finds a canary across the edge of what it reads at once, once', () => {
    const value = canary();
    const directory = folder('scan');
    for (const before of [-25, -20, -19, -10, -1, 0, 1]) {
        const at = (8 << 20) + before;
        writeFileSync(path.join(directory, 'f'), Buffer.concat([Buffer.alloc(at), Buffer.from(value), Buffer.alloc(30)]));
        const { hits, bytes } = scan(directory, [value]);
        assert.deepEqual(hits.map((hit) => hit.offset), [at], `${before}`);
        assert.equal(bytes, at + 50);
    }
});

test('the scanner finds a canary in the name of a file and in a log', () => {
    const value = canary();
    const directory = folder('scan');
    writeFileSync(path.join(directory, `x-${value}.tmp`), '');
    assert.equal(scan(directory, [value]).hits.length, 1);
    assert.equal(scanText(`{"a":"${value}"}`, [value]).hits.length, 1);
});

test('the scanner sees the memory of a process', { skip: process.getuid() !== 0 && 'only root may' }, () => {
    const value = canary();
    const kept = Buffer.from(value + value);
    const { hits, bytes } = scanProcess(process.pid, [value]);
    assert.ok(kept.length && bytes > 1e6);
    assert.ok(hits.length > 0);
});

test('a canary has all its forms', () => {
    assert.equal(forms(canary()).length, 10 + 3, 'letters and digits: base64 and base64url are alike');
});

test('ledger hashing, proofs and notes agree with the published vectors', () => {
    const hash = (text) => createHash('sha256').update(text).digest();
    const entries = [0, 1, 2, 3, 4].map((i) => {
        const bytes = Buffer.alloc(160);
        bytes[0] = 1;
        bytes[1] = i + 1;
        bytes.writeUInt32BE(100 + i, 4);
        bytes.writeBigUInt64BE(1700000000000000n + BigInt(i), 8);
        bytes.writeBigUInt64BE(BigInt(i), 16);
        hash(`sref/${i}`).copy(bytes, 24, 0, 16);
        hash(`aref/${i}`).copy(bytes, 40, 0, 16);
        hash(`pref/${i}`).copy(bytes, 56, 0, 16);
        hash(`policy/${i}`).copy(bytes, 72);
        hash(`detail/${i}`).copy(bytes, 104);
        hash(`req/${i}`).copy(bytes, 136, 0, 16);
        return ledger.readEntry(bytes);
    });
    const leaves = entries.map((entry) => entry.leaf);
    assert.equal(leaves[0].toString('hex'), 'ab489cda8fb56708e2f861e740fd2a1ed60897e6bc66ab930b0c4cfe39a81f61');
    const root3 = ledger.treeRoot(leaves.slice(0, 3)), root5 = ledger.treeRoot(leaves);
    assert.equal(root3.toString('hex'), '40c986e75a4703b6e4bdd2a80570058868d59334d6e47db6dce91df23e9c7ae0');
    assert.equal(root5.toString('hex'), 'ee6f14f650a30b1b33152134c966494adc169122c8f16503afa8be34135f3c23');
    const inclusion = [leaves[3], ledger.nodeHash(leaves[0], leaves[1]), leaves[4]];
    assert.ok(ledger.inclusionHolds(leaves[2], 2, 5, inclusion, root5));
    assert.ok(!ledger.inclusionHolds(leaves[1], 2, 5, inclusion, root5));
    assert.ok(!ledger.inclusionHolds(leaves[2], 3, 5, inclusion, root5));
    const consistency = [leaves[2], leaves[3], ledger.nodeHash(leaves[0], leaves[1]), leaves[4]];
    assert.ok(ledger.consistencyHolds(3, root3, 5, root5, consistency));
    assert.ok(!ledger.consistencyHolds(3, root5, 5, root3, consistency));
    assert.ok(!ledger.consistencyHolds(2, root3, 5, root5, consistency));
    const note = 'troth.example/ledger/t1\n5\n7m8U9lCjCxszFSE0yWZJStwWkSLI8WUDr6i+NBNfPCM=\n\n'
        + '— troth.example/ledger/t1 s/+vVCskn2pBoygi5C2qQt4F8G/hNkjbHE5iAIiEdqByFsR4/WaCgEAzvnl6rnTAm7OitSQh0xze+M1e4kx1Xfl0lgs=\n';
    const vkey = 'troth.example/ledger/t1+b3ffaf54+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4';
    assert.equal(ledger.readNote(note).root.compare(root5), 0);
    assert.ok(ledger.noteHolds(note, vkey));
    assert.ok(!ledger.noteHolds(note.replace('\n5\n', '\n6\n'), vkey));
});

test('random trees: every inclusion and consistency proof made by the plain definition holds, a wrong one does not', () => {
    const leaves = Array.from({ length: 40 }, (_, i) => ledger.leafHash(Buffer.from(`${i}`)));
    const prove = (m, list) => {
        if (list.length === 1) return [];
        let half = 1;
        while (half * 2 < list.length) half *= 2;
        return m < half ? [...prove(m, list.slice(0, half)), ledger.treeRoot(list.slice(half))]
            : [...prove(m - half, list.slice(half)), ledger.treeRoot(list.slice(0, half))];
    };
    const extend = (m, list, whole) => {
        if (m === list.length) return whole ? [] : [ledger.treeRoot(list)];
        let half = 1;
        while (half * 2 < list.length) half *= 2;
        return m <= half ? [...extend(m, list.slice(0, half), whole), ledger.treeRoot(list.slice(half))]
            : [...extend(m - half, list.slice(half), false), ledger.treeRoot(list.slice(0, half))];
    };
    for (let size = 1; size <= leaves.length; size++) {
        const list = leaves.slice(0, size), root = ledger.treeRoot(list);
        for (let m = 0; m < size; m++) {
            assert.ok(ledger.inclusionHolds(list[m], m, size, prove(m, list), root), `${m} in ${size}`);
            if (size > 1) assert.ok(!ledger.inclusionHolds(list[m], (m + 1) % size, size, prove(m, list), root));
            const old = ledger.treeRoot(list.slice(0, m + 1));
            assert.ok(ledger.consistencyHolds(m + 1, old, size, root, extend(m + 1, list, true)), `${m + 1} to ${size}`);
        }
    }
});

test('the client sends what it is told and reads what comes', async () => {
    const seen = [];
    const peer = http.createServer((request, response) => {
        const parts = [];
        request.on('data', (part) => parts.push(part));
        request.on('end', () => {
            seen.push({ method: request.method, url: request.url, headers: request.headers, body: Buffer.concat(parts).toString() });
            response.writeHead(409, { 'content-type': 'application/problem+json', 'troth-receipt': '00ff;abc=;17', etag: '"3"' });
            response.end('{"type":"about:blank","title":"No.","status":409,"code":"conflict","request":"00"}');
        });
    });
    await new Promise((resolve) => peer.listen(0, '127.0.0.1', resolve));
    const agent = new http.Agent({ keepAlive: true });
    const client = new Client(() => ({ host: '127.0.0.1', port: peer.address().port, agent }), { token: 'T', purpose: 'p', task: 't' });
    const reply = await client.post('/a?b', { x: 1 }, { ifMatch: '"2"', idem: 'k' });
    assert.deepEqual([seen[0].method, seen[0].url, seen[0].body], ['POST', '/a?b', '{"x":1}']);
    for (const [name, value] of Object.entries({ authorization: 'Bearer T', 'troth-purpose': 'p', 'troth-task': 't', 'if-match': '"2"', 'idempotency-key': 'k', 'content-type': 'application/json' })) {
        assert.equal(seen[0].headers[name], value);
    }
    assert.deepEqual(reply.receipt, { request: '00ff', commitment: 'abc=', entry: 17 });
    assert.equal(reply.version, '"3"');
    wantsProblem(reply, 409, 'conflict');
    assert.throws(() => wants(reply, 200));
    assert.throws(() => wantsProblem(reply, 409, 'taken'));
    await client.for('other').get('/');
    assert.equal(seen[1].headers['troth-purpose'], 'other');
    assert.equal(seen[1].headers['troth-task'], undefined);
    const answer = await raw(peer.address().port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    assert.deepEqual([answer.statuses, answer.closed], [[409], true]);
    agent.destroy();
    await new Promise((resolve) => peer.close(resolve));
});

test('processes: run, children, within, clock', async () => {
    const done = run(['-c', 'read x; echo "got $x"; echo oops >&2; exit 3'], { exe: '/bin/sh', input: 'word\n' });
    assert.deepEqual([done.status, done.stdout, done.stderr], [3, 'got word\n', 'oops\n']);
    assert.ok(alive(process.pid) && !alive(2 ** 22 + 1));
    assert.ok(childrenOf(process.ppid).some((child) => child.pid === process.pid));
    assert.equal(await within(new Promise(() => {}), 5, 'late'), 'late');
    const clock = new Clock(path.join(folder('clock'), 'c'));
    clock.forward({ days: 1, hours: 1, seconds: 1 });
    assert.equal(clock.seconds, 90001);
});

const order = [];
test('tests of one file run one after another (first)', async () => { await new Promise((r) => setTimeout(r, 30)); order.push(1); });
test('tests of one file run one after another (second)', () => { order.push(2); assert.deepEqual(order, [1, 2]); });

// A stand-in that speaks as the program does where the tools listen: log line, readiness, SIGTERM.
const standIn = `#!/usr/bin/env node
const http = require('http');
if (process.argv[2] === 'keys') process.exit(0);
if (process.argv[2] === 'token') { console.log('troth_' + 'x'.repeat(43)); process.exit(0); }
const child = require('child_process').spawn('/bin/sh', ['-c', 'read x # keyd'], { stdio: ['pipe', 'ignore', 'ignore'] });
const peer = http.createServer((request, reply) => reply.writeHead(200).end(request.headers.authorization ?? 'ok'));
peer.listen(0, '127.0.0.1', () => console.error(JSON.stringify({ event: 'listening', port: peer.address().port })));
process.on('SIGTERM', () => { child.kill(); process.exit(0); });
`;

test('a server is started, asked, restarted, killed and stopped', async () => {
    const place = folder('stand-in');
    const exe = path.join(place, 'troth');
    writeFileSync(exe, standIn, { mode: 0o755 });
    const server = new Server();
    server.exe = exe;
    server.makeKeys();
    await server.launch();
    const first = server.port;
    const reply = wants(await server.as('helpdesk').get('/x'), 200);
    assert.match(reply.text, /^Bearer troth_x{43}$/);
    assert.ok(alive(server.keyProcess()));
    const end = await server.kill9();
    assert.equal(end.signal, 'SIGKILL');
    await assert.rejects(server.anyone().get('/x'));
    await server.launch();
    assert.notEqual(server.port, first);
    wants(await server.as('helpdesk').get('/x'), 200);
    assert.deepEqual(await server.stop(), { status: 0, signal: null });
    const left = new Server();
    left.exe = exe;
    await left.launch();  // never stopped: this file must end all the same
});

test('a server that does not start says why', async () => {
    const exe = path.join(folder('stand-in'), 'troth');
    writeFileSync(exe, '#!/bin/sh\necho "no, because" >&2\nexit 7\n', { mode: 0o755 });
    const server = new Server();
    server.exe = exe;
    await assert.rejects(server.launch(), (error) => {
        assert.equal(error.exit.status, 7);
        assert.match(error.log, /no, because/);
        return true;
    });
});
