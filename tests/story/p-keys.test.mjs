// p: the keyring is brought to another place, opens with other secrets, and gets a new epoch; wrong steps change nothing.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { accountPath, purposes, register, short, visitor } from '../lib/classroom.mjs';
import { wants } from '../lib/http.mjs';
import { sql } from '../lib/sql.mjs';
import { Server, far, loadPolicy, put, run } from '../lib/troth.mjs';

let server, website, before, after, older;
const said = []; // everything any command printed, and every command line that could be seen

const ring = (it) => path.join(it.data, 'keyring.trk');
const keys = (it, ...args) => {
    const done = it.cli('keys', ...args, '--data', it.data);
    said.push(done.stdout, done.stderr);
    return done;
};
const good = (it, ...args) => {
    const done = keys(it, ...args);
    assert.equal(done.status, 0, `troth keys ${args.join(' ')}: ${done}`);
    return done.stdout;
};
/** Refused, in words that say what to do, and the keyring is what it was. */
const refused = (it, status, says, ...args) => {
    const was = existsSync(ring(it)) && readFileSync(ring(it));
    const done = keys(it, ...args);
    assert.equal(done.status, status, `troth keys ${args.join(' ')}: ${done}`);
    assert.match(done.stderr, says);
    assert.equal(done.stdout, '');
    assert.deepEqual(existsSync(ring(it)) && readFileSync(ring(it)), was, 'the keyring is untouched');
};
const withPhrase = (it, text, args) => {
    const file = put(path.join(it.folder, 'phrase'), `${text}\n`);
    const done = run(['keys', ...args, '--data', it.data], { wrap: ['bash', '-c', `exec "$@" 9<'${file}'`, 'bash'] });
    said.push(done.stdout, done.stderr);
    return done;
};
const epochs = () => sql(server.keys, far ? "SELECT DISTINCT get_byte(row, 7) FROM dk ORDER BY 1" : "SELECT DISTINCT hex(substr(row, 8, 1)) + 0 FROM dk ORDER BY 1").map((row) => Number(row[0]));
const activates = () => ['epoch', 'activate', '--root-key-file', server.rootKey];

test('a keyring is made and used', async () => {
    server = await Server.start({ policy: loadPolicy });
    website = server.as('website', { purpose: purposes.run });
    before = await register(website, visitor());
    assert.match(good(server, 'list', '--root-key-file', server.rootKey), /^slot 1 .*given secret$[^]*^epoch 1 +active/m);
    assert.equal((await server.stop()).status, 0);
    assert.deepEqual(epochs(), [1]);
});

test('another secret is added, then the first is of no use, also in each copy alone', async () => {
    const second = path.join(server.folder, 'second.key'), first = server.rootKey;
    refused(server, 2, /--new-key-file/, 'slot', 'add', '--root-key-file', first);
    refused(server, 3, /opens slot 1 already/, 'slot', 'add', '--root-key-file', first, '--new-key-file', first);
    assert.match(good(server, 'slot', 'add', '--root-key-file', first, '--new-key-file', second), /slot 2/);
    assert.equal(statSync(second).mode & 0o777, 0o400);
    refused(server, 3, /slot stays/, 'slot', 'remove', '2', '--root-key-file', second);
    refused(server, 4, /no slot 7/, 'slot', 'remove', '7', '--root-key-file', second);
    assert.match(good(server, 'slot', 'remove', '1', '--root-key-file', second), /root key is a new one/);
    refused(server, 7, /no slot of the keyring opens/, 'list', '--root-key-file', first);
    const bytes = readFileSync(ring(server));
    for (const keep of [0, 1]) {
        const half = new Server({ policy: loadPolicy, base: server.base }), one = Buffer.from(bytes);
        one.fill(0, (1 - keep) * 16384, (2 - keep) * 16384);
        mkdirSync(half.data);
        put(ring(half), one);
        refused(half, 7, /no slot of the keyring opens/, 'list', '--root-key-file', first);
        good(half, 'list', '--root-key-file', second);
    }
    await assert.rejects(server.launch(), (error) => error.exit.status === 7 && /no slot of the keyring opens/.test(error.log));
    server.rootKey = second;
    await server.launch();
    assert.equal(wants(await website.get(accountPath(before)), 200).json.fields[short.email], before.email);
    assert.equal((await server.stop()).status, 0);
});

test('a pass phrase is a secret too, when it is long enough', () => {
    const add = ['slot', 'add', '--root-key-file', server.rootKey, '--new-passphrase-fd', '9'];
    const weak = withPhrase(server, 'short', add);
    assert.equal(weak.status, 3, String(weak));
    assert.match(weak.stderr, /12 bytes/);
    assert.equal(withPhrase(server, 'correct horse battery', add).status, 0);
    const list = withPhrase(server, 'correct horse battery', ['list', '--passphrase-fd', '9']);
    assert.match(list.stdout, /pass phrase .* given secret/);
    assert.match(withPhrase(server, 'correct horse', ['list', '--passphrase-fd', '9']).stderr, /no slot of the keyring opens/);
});

test('a keyring is given to one secret, and taken where there is none or the same', () => {
    const there = new Server({ policy: loadPolicy }), gift = path.join(there.folder, 'gift');
    const key = good(there, 'ask', '--root-key-file', there.rootKey).trim();
    assert.match(key, /^troth-node-[0-9a-f]{72}$/);
    assert.equal(good(there, 'ask', '--root-key-file', there.rootKey).trim(), key, 'the same secret, the same key');
    const own = good(server, 'ask', '--root-key-file', server.rootKey).trim();
    const give = (...more) => ['give', '--root-key-file', server.rootKey, ...more];
    refused(server, 2, /--for/, ...give('--to', gift));
    refused(server, 3, /no node's key/, ...give('--for', 'troth-node-1', '--to', gift));
    refused(server, 3, /digit/, ...give('--for', key.replace(/.$/, (c) => c === '0' ? '1' : '0'), '--to', gift));
    refused(server, 3, /secret of its own/, ...give('--for', own, '--to', gift));
    assert.ok(!existsSync(gift));
    good(server, ...give('--for', key, '--to', gift));
    refused(server, 3, /gift/, ...give('--for', key, '--to', gift)); // never written over
    const take = (it, secret, from = gift) => ['take', '--root-key-file', secret, '--from', from];
    const other = new Server({ policy: loadPolicy });
    refused(other, 7, /another secret/, ...take(other, server.rootKey));
    const bytes = readFileSync(gift);
    for (const at of [0, 8, 39, 40, 60, 200, 2300, bytes.length - 1]) {
        const bad = Buffer.from(bytes);
        bad[at] ^= 1;
        refused(there, 7, /given/, ...take(there, there.rootKey, put(path.join(there.folder, `bad${at}`), bad)));
    }
    refused(there, 7, /not all of it/, ...take(there, there.rootKey, put(path.join(there.folder, 'cut'), bytes.subarray(0, 9000))));
    good(there, ...take(there, there.rootKey));
    assert.equal(statSync(ring(there)).mode & 0o777, 0o600);
    assert.match(good(there, ...take(there, there.rootKey)), /nothing new/);
    refused(there, 7, /no slot of the keyring opens/, 'list', '--root-key-file', server.rootKey);
    refused(server, 7, /another secret/, ...take(server, server.rootKey));
    // A keyring of other data is not touched.
    good(other, 'new', '--root-key-file', other.rootKey);
    const foreign = path.join(other.folder, 'gift');
    good(server, ...give('--for', good(other, 'ask', '--root-key-file', other.rootKey).trim(), '--to', foreign));
    refused(other, 3, /different vaults/, ...take(other, other.rootKey, foreign));
});

test('a new epoch: prepared it changes nothing, active it wraps what is new, and the old opens', async () => {
    older = readFileSync(ring(server));
    refused(server, 3, /no epoch is prepared/, 'epoch', 'cancel', '--root-key-file', server.rootKey);
    good(server, 'epoch', 'prepare', '--root-key-file', server.rootKey);
    refused(server, 3, /epoch 2 is prepared already/, 'epoch', 'prepare', '--root-key-file', server.rootKey);
    await server.launch();
    await register(website, visitor());
    if (!far) refused(server, 6, /another server/, ...activates()); // its files; a store on PostgreSQL is for several
    await server.stop();
    assert.deepEqual(epochs(), [1], 'prepared is not used');
    assert.match(good(server, ...activates()), /epoch 2 is in use/);
    assert.match(good(server, ...activates()), /already/);
    refused(server, 3, /no epoch is prepared/, 'epoch', 'cancel', '--root-key-file', server.rootKey);
    assert.match(good(server, 'list', '--root-key-file', server.rootKey), /^epoch 1 +retiring[^]*^epoch 2 +active/m);
    await server.launch();
    after = await register(website, visitor());
    for (const who of [before, after]) assert.equal(wants(await website.get(accountPath(who)), 200).json.fields[short.email], who.email);
    await server.stop();
    assert.deepEqual(epochs(), [1, 2]);
});

test('one that was prepared can be taken back', async () => {
    good(server, 'epoch', 'prepare', '--root-key-file', server.rootKey);
    assert.match(good(server, 'epoch', 'cancel', '--root-key-file', server.rootKey), /epoch 3 is cancelled/);
    assert.doesNotMatch(good(server, 'list', '--root-key-file', server.rootKey), /prepared/);
});

test('a keyring from before the epoch is refused, whole and right as it is', async () => {
    const now = readFileSync(ring(server));
    writeFileSync(ring(server), older);
    await assert.rejects(server.launch(), (error) => {
        assert.equal(error.exit.status, 7, error.log);
        assert.match(error.log, /behind.*epochs up to 1.*uses epoch 2.*troth keys take.*\[keyring-behind\]/);
        return true;
    });
    writeFileSync(ring(server), now);
    await server.launch();
    assert.equal((await server.stop()).status, 0);
});

test('a keyring that somebody changes is left alone meanwhile', async () => {
    const lock = run(['-c', `exec 9<'${ring(server)}'; flock 9; "$0" keys epoch prepare --data '${server.data}' --root-key-file '${server.rootKey}'`, server.exe], { exe: 'bash' });
    assert.equal(lock.status, 6, String(lock));
    assert.match(lock.stderr, /changing/);
});

test('no secret was printed or could be seen, nor did it reach a log', async () => {
    await server.launch();
    for (const pid of [server.pid, server.keyProcess()]) said.push(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
    await server.stop();
    said.push(server.logText);
    const text = said.join('\n');
    const secrets = readdirSync(server.folder).filter((name) => name.endsWith('.key'));
    assert.ok(secrets.length >= 2);
    for (const name of secrets) {
        const bytes = readFileSync(path.join(server.folder, name));
        for (const coding of ['hex', 'base64', 'base64url', 'latin1']) {
            assert.ok(!text.toLowerCase().includes(bytes.toString(coding).replace(/=+$/, '').toLowerCase()), `${name} as ${coding}`);
        }
    }
    assert.doesNotMatch(text, /correct horse/);
    assert.deepEqual(server.complaints(), []);
    server.verifyLedger();
});
