// i: TLS. New certificates without a restart; old protocols and plain text refused.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import { purposes, register } from '../lib/classroom.mjs';
import { raw, wants } from '../lib/http.mjs';
import { Server, folder, until } from '../lib/troth.mjs';

const keep = folder('tls');
const cert = path.join(keep, 'cert.pem'), key = path.join(keep, 'key.pem');
function certify(name) {
    const done = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
        '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', key, '-out', cert], { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
}

/** A bare handshake: the certificate's name and the protocol, or the error. */
const handshake = (port, options = {}) => new Promise((resolve) => {
    const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
        const name = socket.getPeerCertificate().subject?.CN;
        const protocol = socket.getProtocol();
        socket.end();
        resolve({ name, protocol });
    });
    socket.on('error', (error) => resolve({ error: error.code ?? error.message }));
});

let server, website;

test('[M93] it speaks TLS 1.3 and 1.2', async () => {
    certify('first');
    server = await Server.start({ args: ['--tls-cert', cert, '--tls-key', key], tls: { rejectUnauthorized: false } });
    website = server.as('website', { purpose: purposes.run });
    await register(website);
    assert.deepEqual(await handshake(server.port), { name: 'first', protocol: 'TLSv1.3' });
    assert.deepEqual(await handshake(server.port, { maxVersion: 'TLSv1.2' }), { name: 'first', protocol: 'TLSv1.2' });
});

test('[M93] TLS 1.1 and 1.0, and plain HTTP on the same port, are refused', async () => {
    for (const version of ['TLSv1.1', 'TLSv1']) {
        const { error } = await handshake(server.port, { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
        assert.ok(error, version);
    }
    const plain = await raw(server.port, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n', { ms: 3000 });
    assert.ok(!plain.statuses.includes(200), plain.text);
});

test('answers over TLS say that it must stay so', async () => {
    const page = wants(await server.anyone().get('/policy'), 200);
    assert.match(page.headers['strict-transport-security'] ?? '', /max-age=\d{7,}/);
});

test('SIGHUP takes the new certificate, requests under way go on', async () => {
    certify('second');
    const busy = Promise.all(Array.from({ length: 40 }, () => website.get('/v1/policy')));
    server.hup();
    await until('the new certificate is served', async () => (await handshake(server.port)).name === 'second');
    for (const reply of await busy) wants(reply, 200);
});

test('a bad pair keeps the old certificate, and the log says so', async () => {
    const good = readFileSync(cert);
    writeFileSync(cert, 'this is no certificate');
    const before = server.log.length;
    server.hup();
    await until('the log tells of it', () => server.log.slice(before).some((line) => /cert|tls|reload/i.test(JSON.stringify(line))));
    assert.equal((await handshake(server.port)).name, 'second');
    writeFileSync(cert, good);
});

test('a handshake that never comes is cut off', async () => {
    const answer = await raw(server.port, '', { ms: 14000 });
    assert.ok(answer.closed);
});

test('it ends well', async () => {
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
});
