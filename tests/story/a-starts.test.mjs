// a: it starts, says what it is, and refuses to start wrongly with one line that says why.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { raw, wants, wantsProblem } from '../lib/http.mjs';
import { sql } from '../lib/sql.mjs';
import { Server, classroomPolicy, filesOnly, folder, put, run } from '../lib/troth.mjs';

let server;

test('keys are made once, readable by their owner alone', async () => {
    server = new Server();
    server.makeKeys();
    assert.equal(statSync(server.rootKey).mode & 0o077, 0, 'the root key file');
    assert.equal(statSync(path.join(server.data, 'keyring.trk')).mode & 0o077, 0, 'the keyring');
    assert.equal(statSync(server.data).mode & 0o007, 0, 'the data folder');
    const again = server.cli('keys', 'new', '--data', server.data, '--root-key-file', server.rootKey);
    assert.notEqual(again.status, 0, 'a second `keys new` must not replace a keyring');
});

test('it starts, is healthy, ready and measurable', async () => {
    await server.launch();
    const anyone = server.anyone();
    wants(await anyone.get('/healthz'), 200);
    wants(await anyone.get('/readyz'), 200);
    const metrics = wants(await anyone.get('/metrics'), 200);
    assert.match(metrics.text, /^troth_\w+(\{[^}]*\})? \d/m);
    const openapi = wants(await anyone.get('/openapi.yaml'), 200);
    assert.match(openapi.text, /^openapi: ["']?3\./m);
    for (const address of ['/v1/collect/{point}', '/v1/subjects', '/v1/ledger/checkpoint']) {
        assert.ok(openapi.text.includes(address), `openapi.yaml tells of ${address}`);
    }
});

test('[M01] the policy page shows the date of the policy in force, and is the one the program renders', async () => {
    const date = /^\s*date:\s*["']?(\d{4}-\d\d-\d\d)/m.exec(readFileSync(classroomPolicy, 'utf8'))[1];
    const page = wants(await server.anyone().get('/policy'), 200);
    assert.match(page.headers['content-type'], /^text\/html/);
    assert.ok(page.text.includes(date), `the page shows ${date}`);
    assert.doesNotMatch(page.text, /<script/i);
    const described = wants(await server.anyone().get('/v1/policy'), 200).json;
    assert.match(JSON.stringify(described), /[0-9a-f]{64}/, 'the policy is named by its hash');
});

test('every answer forbids what a page does not need', async () => {
    const page = await server.anyone().get('/policy');
    assert.match(page.headers['content-security-policy'] ?? '', /default-src 'none'/);
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
});

test('an address that is not there is 404, a wrong method 405 with Allow, an unknown method 501', async () => {
    const website = server.as('website');
    wantsProblem(await website.get('/v1/nothing'), 404, 'not-found');
    const reply = wants(await website.delete('/v1/policy'), 405);
    assert.match(reply.headers.allow ?? '', /GET/);
    assert.deepEqual((await raw(server.port, 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n')).statuses, [501]);
});

test('a second server on the same files is refused and says who holds them', async () => {
    const second = new Server({ folder: server.folder });
    await assert.rejects(second.launch(), (error) => {
        assert.equal(error.exit.status, 6, error.log);
        assert.match(error.log, /busy|holds|lock/i);
        assert.match(error.log, new RegExp(`\\b${server.pid}\\b`), 'it names the process');
        return true;
    });
    wants(await server.anyone().get('/readyz'), 200, 'the first one goes on');
});

test('a port that is taken is refused', async () => {
    const taken = net.createServer().unref();
    await new Promise((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const other = new Server({ listen: `127.0.0.1:${taken.address().port}` });
    other.makeKeys();
    await assert.rejects(other.launch(), (error) => {
        assert.ok(error.exit.status > 0, error.log);
        assert.match(error.log, /in use|taken/i);
        return true;
    });
    taken.close();
});

test('plain HTTP beyond loopback is refused', async () => {
    const other = new Server({ listen: '0.0.0.0:0' });
    other.makeKeys();
    await assert.rejects(other.launch(), (error) => {
        assert.ok(error.exit.status > 0, error.log);
        assert.match(error.log, /tls|cert|loopback/i);
        return true;
    });
});

test('SIGTERM ends it with exit 0 and nothing to complain of', async () => {
    const end = await server.stop();
    assert.deepEqual([end.status, end.signal], [0, null], server.logText.slice(-2000));
    assert.deepEqual(server.complaints(), []);
});

// Each wrong start: how it is prepared, the exit status, and what the log must say.
const rand = () => Buffer.from(Array.from({ length: 32 }, () => Math.floor(Math.random() * 256)));
const wrongStarts = [
    ['no root key file', { status: [2, 7], says: /root.key|key file/i }, (it) => { it.rootKey = path.join(it.folder, 'absent.key'); }],
    ['another root key', { status: [7], says: /key/i }, (it) => { writeFileSync(it.rootKey, rand(), { mode: 0o600 }); }],
    ['a root key cut off', { status: [2, 7], says: /root.key|32|bytes/i }, (it) => { truncateSync(it.rootKey, 31); }],
    ['a root key everybody can read', { status: [2, 7], says: /mode|permission|read/i }, (it) => { chmodSync(it.rootKey, 0o644); }],
    ['no keyring', { status: [4, 7], says: /keyring/i }, (it) => { put(path.join(it.data, 'keyring.trk'), ''); }],
    ['a keyring damaged in both copies', { status: [7], says: /keyring/i }, (it) => {
        const file = path.join(it.data, 'keyring.trk');
        const bytes = readFileSync(file);
        bytes[300] ^= 1;
        bytes[16384 + 300] ^= 1;
        writeFileSync(file, bytes);
    }],
    ['no policy file', { status: [1, 2, 3, 4, 6], says: /absent\.yaml/ }, (it) => { it.policy = path.join(it.folder, 'absent.yaml'); }],
    ['a policy that is not YAML', { status: [1], says: /broken\.yaml:\d+:\d+/ }, (it) => { it.policy = put(path.join(it.folder, 'broken.yaml'), 'troth: 1\npolicy: {id: [\n'); }],
    ['an empty policy', { status: [1], says: /empty\.yaml/ }, (it) => { it.policy = put(path.join(it.folder, 'empty.yaml'), ''); }],
    ['a listen address that is none', { status: [2], says: /listen|address/i }, (it) => { it.listen = '127.0.0.1:99999'; }],
    ['a certificate without its key', { status: [2], says: /cert|key/i }, (it) => { it.args = ['--tls-cert', classroomPolicy]; }],
    ['a flag nobody knows', { status: [2], says: /--frobnicate/ }, (it) => { it.args = ['--frobnicate']; }],
];
for (const [name, { status, says }, prepare] of wrongStarts) {
    test(`it does not start with ${name}`, async () => {
        const it = new Server();
        it.makeKeys();
        prepare(it);
        await assert.rejects(it.launch(), (error) => {
            assert.ok(status.includes(error.exit.status), `exit ${status} wanted, got ${error.exit.status}: ${error.log}`);
            assert.match(error.log, says);
            assert.deepEqual(it.complaints(), []);
            return true;
        });
    });
}

test('a keyring damaged in one copy still opens', async () => {
    const it = new Server();
    it.makeKeys();
    const file = path.join(it.data, 'keyring.trk');
    const bytes = readFileSync(file);
    bytes[300] ^= 1;
    writeFileSync(file, bytes);
    await it.launch();
    assert.equal((await it.stop()).status, 0);
});

test('files written by a newer version are left alone', { skip: filesOnly }, async () => {
    const it = await Server.start();
    await it.stop();
    const file = path.join(it.data, 'troth.db');
    const before = sql(file, 'PRAGMA user_version')[0][0];
    if (before > 0) sql(file, `PRAGMA user_version = ${before + 1000}`);
    else sql(file, ["UPDATE meta SET value = '9999' WHERE name LIKE '%schema%'", []]);
    copyFileSync(file, path.join(it.folder, 'kept.db'));
    await assert.rejects(it.launch(), (error) => {
        assert.equal(error.exit.status, 7, error.log);
        assert.match(error.log, /newer/i);
        return true;
    });
    assert.deepEqual(sql(file, 'SELECT count(*) FROM ledger_entry'), sql(path.join(it.folder, 'kept.db'), 'SELECT count(*) FROM ledger_entry'));
});

test('a store on PostgreSQL without its client library says what is missing; the rest works without it', { skip: filesOnly }, () => {
    const empty = folder('nolib');
    writeFileSync(path.join(empty, 'libpq.so.5'), 'none'); // found first, and no library
    const env = { LD_LIBRARY_PATH: empty };
    const told = run(['store', 'prepare', '--store', 'postgresql:///nowhere'], { env });
    assert.equal(told.status, 2, told.stderr);
    assert.match(told.stderr, /libpq5/);
    assert.equal(run(['check', classroomPolicy], { env }).status, 0);
});

test('a database that is none is refused', { skip: filesOnly }, async () => {
    const it = await Server.start();
    await it.stop();
    writeFileSync(path.join(it.data, 'troth.db'), 'this is not a database, it only lies where one should be'.repeat(200));
    await assert.rejects(it.launch(), (error) => {
        assert.equal(error.exit.status, 7, error.log);
        return true;
    });
});

test('a data folder copied to another place starts there and has the same ledger', { skip: filesOnly }, async () => {
    const it = await Server.start();
    const checkpoint = await it.stop().then(() => it.cli('ledger', 'verify', '--data', it.data));
    assert.equal(checkpoint.status, 0, String(checkpoint));
    const other = new Server({ rootKey: it.rootKey });
    mkdirSync(other.folder, { recursive: true });
    cpSync(it.data, other.data, { recursive: true, filter: (file) => !/\.sock$/.test(file) });
    await other.launch();
    await other.stop();
    assert.equal(other.cli('ledger', 'verify', '--data', other.data).status, 0);
});

// The command line, called wrongly: usage on standard error, exit status 2, nothing on standard output.
const wrongCalls = [
    [], ['frobnicate'], ['serve'], ['serve', '--policy'], ['serve', '--data', '/nonexistent'], ['keys'], ['keys', 'frobnicate'],
    ['keys', 'new'], ['token'], ['token', 'add'], ['token', 'add', '--role', 'helpdesk'], ['token', 'revoke'], ['ledger'],
    ['ledger', 'frobnicate'], ['check'], ['ask', classroomPolicy], ['import'], ['--frobnicate'], ['serve', '--port=x'],
    ['check', classroomPolicy, 'one', 'too', 'many'],
];
for (const call of wrongCalls) {
    test(`wrong call: troth ${call.map((word) => word === classroomPolicy ? 'POLICY' : word).join(' ')}`, () => {
        const done = run(call);
        assert.equal(done.status, 2, String(done));
        assert.equal(done.stdout, '', String(done));
        assert.match(done.stderr, /usage|troth|--/i, String(done));
    });
}

test('a token must belong to a role of the policy or to one person, not both, not none', async () => {
    const it = await Server.start();
    const wrong = [
        ['--role', 'nobody', '--name', 'a'], ['--name', 'b'], ['--role', 'helpdesk', '--subject', '0'.repeat(32), '--name', 'c'],
        ['--subject', '0'.repeat(32), '--name', 'd'], ['--subject', 'xyz', '--name', 'e'], ['--role', 'helpdesk', '--name', ''],
        ['--role', 'helpdesk', '--name', 'x'.repeat(65)], ['--role', 'helpdesk', '--name', 'f', '--days', '0'],
        ['--role', 'helpdesk', '--name', 'g', '--days', '-1'], ['--role', 'helpdesk', '--name', 'h', '--days', 'soon'],
    ];
    for (const args of wrong) {
        const done = it.cli('token', 'add', '--data', it.data, ...args);
        assert.ok(done.status > 0 && done.status < 70, `${args.join(' ')}: ${done}`);
        assert.equal(done.stdout.trim(), '', 'no token was printed');
    }
    it.token({ role: 'helpdesk', name: 'desk-1' });
    const again = it.cli('token', 'add', '--data', it.data, '--role', 'helpdesk', '--name', 'desk-1');
    assert.equal(again.status, 3, String(again));
    const list = it.cli('token', 'list', '--data', it.data);
    assert.equal(list.status, 0, String(list));
    assert.match(list.stdout, /desk-1/);
    assert.doesNotMatch(list.stdout, /troth_/, 'a list shows no token');
    await it.stop();
});

test('when no server runs the command line says so, and works on the files when it is given the keys', async () => {
    const it = new Server();
    it.makeKeys();
    const done = it.cli('token', 'add', '--data', it.data, '--role', 'helpdesk', '--name', 'x');
    assert.ok(done.status > 0, String(done));
    assert.match(done.stderr, /server|running|socket/i);
    const direct = it.cli('token', 'add', '--data', it.data, '--policy', it.policy, '--root-key-file', it.rootKey, '--role', 'website', '--name', 'y');
    assert.equal(direct.status, 0, String(direct));
    await it.launch();
    wantsProblem(await it.bearer(direct.stdout.trim(), { purpose: 'run-account' }).get(`/v1/subjects/${'0'.repeat(32)}/account`), 404, 'not-found');
    await it.stop();
});

test('a data folder that is not there is named', () => {
    const done = run(['ledger', 'verify', '--data', '/nonexistent/folder']);
    assert.equal(done.status, 4, String(done));
    assert.match(done.stderr, /\/nonexistent\/folder/);
});

test('limits and version are printed', () => {
    assert.match(run(['limits']).stdout, /8192/);
    assert.match(run(['version']).stdout, /\d+\.\d+/);
    const help = run(['--help']);
    assert.equal(help.status, 0);
    assert.match(help.stdout, /serve/);
});
