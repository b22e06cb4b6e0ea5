// d: the wire. Sixty-six requests in raw bytes, every limit at one too many, and clients that dawdle.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { raw, wants } from '../lib/http.mjs';
import { Server, root, sleep } from '../lib/troth.mjs';

const { vectors } = JSON.parse(readFileSync(path.join(root, 'tests', 'data', 'http-vectors.json'), 'utf8'));
let server, website;

test('it starts', async () => {
    server = await Server.start();
    website = server.as('website', { purpose: 'run-account' });
});

// The vectors were written for a server that answers 200 to everything well formed. Ours has no page at "/", and
// takes no body where a route has none: what matters is that a good request is not called bad, and a bad one is.
const wellFormed = new Set([200, 401, 403, 404, 405, 413]);
for (const { name, send_base64: bytes, want, connection_closes: closes } of vectors) {
    test(`[G33] ${name}`, async () => {
        const answer = await raw(server.port, Buffer.from(bytes, 'base64'), { ms: closes ? 3000 : 400 });
        const good = want.status.includes(200);
        assert.equal(answer.statuses.length, want.responses, `${want.responses} answers wanted:\n${answer.text}`);
        for (const status of answer.statuses) {
            assert.ok(want.status.includes(status) || (good && wellFormed.has(status)), `${want.status} wanted:\n${answer.text}`);
        }
        if (closes) assert.ok(answer.closed, 'the connection is closed');
    });
}

const head = (lines) => `GET /healthz HTTP/1.1\r\nHost: a\r\n${lines}\r\n`;
const limits = [
    ['a request line of 8192 bytes', () => `GET /${'a'.repeat(8192 - 'GET / HTTP/1.1\r\n'.length)} HTTP/1.1\r\nHost: a\r\n\r\n`, [404]],
    ['a request line of more', () => `GET /${'a'.repeat(8193)} HTTP/1.1\r\nHost: a\r\n\r\n`, [414]],
    ['a header line within 8192 bytes', () => head(`X-A: ${'a'.repeat(8000)}\r\n`), [200]],
    ['a header line of more', () => head(`X-A: ${'a'.repeat(8193)}\r\n`), [431]],
    ['a head within 32 KiB', () => head(Array.from({ length: 4 }, (_, i) => `X-${i}: ${'a'.repeat(7900)}\r\n`).join('')), [200]],
    ['a head of more', () => head(Array.from({ length: 5 }, (_, i) => `X-${i}: ${'a'.repeat(7900)}\r\n`).join('')), [431]],
    ['100 fields', () => head(Array.from({ length: 99 }, (_, i) => `X-${i}: a\r\n`).join('')), [200]],
    ['101 fields', () => head(Array.from({ length: 100 }, (_, i) => `X-${i}: a\r\n`).join('')), [431]],
];
for (const [name, bytes, statuses] of limits) {
    test(`[G36] ${name}: ${statuses}`, async () => {
        const answer = await raw(server.port, bytes(), { ms: 500 });
        assert.deepEqual(answer.statuses, statuses, answer.text.slice(0, 300));
        if (statuses[0] === 431 || statuses[0] === 414) assert.ok(answer.closed);
    });
}

test('pipelined requests are answered in order', async () => {
    const answer = await raw(server.port, Array.from({ length: 16 }, (_, i) => `GET ${i % 2 ? '/healthz' : '/nothing'} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''), { ms: 700 });
    assert.deepEqual(answer.statuses, Array.from({ length: 16 }, (_, i) => i % 2 ? 200 : 404));
});

test('a request in single bytes is a request', async () => {
    const answer = await raw(server.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', { slow: 1, ms: 3000 });
    assert.deepEqual([answer.statuses, answer.closed], [[200], true]);
});

test('a HEAD has the head of its GET and no body', async () => {
    const answer = await raw(server.port, 'HEAD /policy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', { ms: 2000 });
    assert.deepEqual(answer.statuses, [200], answer.text.slice(0, 300));
    assert.equal(answer.text.split('\r\n\r\n')[1], '');
    assert.match(answer.text, /content-length: [1-9]/i);
});

test('[G35] a head that never ends is cut off in time, and hurts nobody else', async () => {
    const slow = Array.from({ length: 50 }, () => {
        const socket = net.connect(server.port, '127.0.0.1');
        const begun = Date.now();
        const ended = new Promise((resolve) => socket.on('close', () => resolve(Date.now() - begun)));
        socket.on('error', () => {});
        socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n');
        const drip = setInterval(() => socket.write('X: a\r\n'), 1000);
        ended.then(() => clearInterval(drip));
        socket.resume();
        return ended;
    });
    const times = [];
    for (let i = 0; i < 100; i++) {
        const begun = process.hrtime.bigint();
        wants(await website.get('/v1/policy'), 200);
        times.push(Number(process.hrtime.bigint() - begun) / 1e6);
        await sleep(10);
    }
    times.sort((a, b) => a - b);
    assert.ok(times[98] < 250, `99th of 100: ${times[98]} ms`);
    for (const ms of await Promise.all(slow)) assert.ok(ms < 15000, `one lived ${ms} ms`);
});

test('it ends well', async () => {
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
});
