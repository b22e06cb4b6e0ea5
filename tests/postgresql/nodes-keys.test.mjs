// Several nodes over one store, each with a keyring file and a secret of its own: how a second one gets the keys, how a
// new epoch reaches all, and what happens to one that was left behind. Run by the part postgresql of scripts/test.sh.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { accountPath, purposes, register, short, visitor } from '../lib/classroom.mjs';
import { wants } from '../lib/http.mjs';
import { Server, loadPolicy, psql, until } from '../lib/troth.mjs';

let one, two, three;
const people = [], said = [];

const ring = (node) => path.join(node.data, 'keyring.trk');
const keys = (node, ...args) => {
    const done = node.cli('keys', ...args, '--data', node.data, '--root-key-file', node.rootKey);
    said.push(done.stdout, done.stderr);
    return done;
};
const good = (node, ...args) => {
    const done = keys(node, ...args);
    assert.equal(done.status, 0, `troth keys ${args.join(' ')}: ${done}`);
    return done.stdout;
};
const refused = (node, status, says, ...args) => {
    const done = keys(node, ...args);
    assert.equal(done.status, status, `troth keys ${args.join(' ')}: ${done}`);
    assert.match(done.stderr, says);
};
/** The whole way of a keyring from one node to another: a public key there, a sealed file back. */
let gifts = 0;
const bring = (from, to) => {
    const gift = path.join(to.folder, `gift${++gifts}`);
    good(from, 'give', '--for', good(to, 'ask').trim(), '--to', gift);
    return good(to, 'take', '--from', gift);
};
const join = (node) => new Server({ policy: loadPolicy, base: node.base });
const epochs = () => psql(`${one.base}_keys`, 'SELECT DISTINCT get_byte(row, 7) FROM dk ORDER BY 1').trim().split('\n').map(Number);
const web = (node) => {
    node.tokens.set('website', one.tokens.get('website')); // a token is the store's, not a node's
    return node.as('website', { purpose: purposes.run });
};
const writes = async (node) => people.push(await register(web(node), visitor()));
const readsAll = async (node) => {
    for (const who of people) assert.equal(wants(await web(node).get(accountPath(who)), 200).json.fields[short.email], who.email);
};
const sessionsEnd = (lane) => psql('postgres', `SELECT pg_terminate_backend(l.pid, 5000) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND l.classid = 1953656692 AND l.objid = ${lane} AND d.datname LIKE '${one.base}%'`, 'postgres');

test('the first node writes', async () => {
    one = await Server.start({ policy: loadPolicy });
    one.as('website');
    await writes(one);
});

test('a second one without a keyring says what to do; with one of its own it is refused', async () => {
    two = join(one);
    await assert.rejects(two.launch(), (error) => error.exit.status === 7 && /keyring\.trk is not there/.test(error.log));
    const stranger = join(one);
    good(stranger, 'new');
    await assert.rejects(stranger.launch(), (error) => error.exit.status === 7 && /wrong vault id/.test(error.log));
});

test('it takes the keyring under a secret of its own, and reads what the first wrote', async () => {
    bring(one, two);
    assert.notDeepEqual(readFileSync(two.rootKey), readFileSync(one.rootKey));
    const other = new Server({ policy: loadPolicy, data: two.data, rootKey: one.rootKey });
    refused(other, 7, /no slot of the keyring opens/, 'list');
    await two.launch();
    await readsAll(two);
    assert.match(good(one, 'list'), /the store uses epoch 1[^]*^node 1 +epochs up to 1 [^]*^node 2 +epochs up to 1 /m);
});

test('a new epoch is not activated before each node that is there has it', async () => {
    copyFileSync(ring(two), path.join(two.folder, 'older.trk'));
    good(one, 'epoch', 'prepare');
    refused(one, 3, /lane 1\) has epochs up to 1: .*restart/, 'epoch', 'activate'); // its own server has not opened it yet
    await one.restart();
    refused(one, 3, /lane 2\) has epochs up to 1: .*troth keys give/, 'epoch', 'activate');
    assert.match(bring(one, two), /epochs up to 2/);
    refused(one, 3, /lane 2\) has epochs up to 1/, 'epoch', 'activate');
    await two.restart();
    await writes(two);
    assert.deepEqual(epochs(), [1], 'nothing is wrapped under what is only prepared');
});

test('activated, running nodes follow by themselves, and each reads what the other wrote', async () => {
    await one.restart();
    assert.match(good(one, 'epoch', 'activate'), /epoch 2 is in use/);
    await until('the nodes follow', () => [one, two].every((node) => node.log.some((line) => line.event === 'epoch' && line.used === 2)), 15000);
    await writes(one);
    assert.deepEqual(epochs(), [1, 2]);
    await two.restart();
    await readsAll(two);
    await writes(two);
    await one.restart();
    await readsAll(one);
    assert.match(good(two, 'epoch', 'activate'), /already/); // its file learns it too
    assert.match(good(two, 'list'), /^epoch 2 +active/m);
});

test('a node that was left behind is refused, and one that takes the keyring is not', async () => {
    const now = readFileSync(ring(two));
    await two.stop();
    copyFileSync(path.join(two.folder, 'older.trk'), ring(two));
    await assert.rejects(two.launch(), (error) => {
        assert.equal(error.exit.status, 7, error.log);
        assert.match(error.log, /behind.*uses epoch 2.*\[keyring-behind\]/);
        return true;
    });
    refused(two, 3, /behind/, 'epoch', 'activate');
    bring(one, two);
    await two.launch();
    await readsAll(two);
    assert.notDeepEqual(readFileSync(ring(two)), now, 'sealed anew');
});

test('a node that was cut off while others went on asks first when it is back, and ends', async () => {
    three = join(one);
    bring(one, three);
    await three.launch();
    good(one, 'epoch', 'prepare');
    bring(one, two);
    await one.restart();
    await two.restart();
    const lane = Number(/has epochs up to 2/.test(keys(one, 'epoch', 'activate').stderr) && /lane (\d+)\)/.exec(said.at(-1))[1]);
    assert.ok(lane > 0, said.at(-1));
    process.kill(three.pid, 'SIGSTOP');
    sessionsEnd(lane);
    assert.match(good(one, 'epoch', 'activate'), /epoch 3 is in use/);
    await one.restart();
    await writes(one);
    process.kill(three.pid, 'SIGCONT');
    await until('it ends', () => three.child.exitCode !== null, 20000);
    assert.equal(three.child.exitCode, 7, three.logText.slice(-2000));
    assert.match(three.logText, /uses epoch 3|uses an epoch/);
    await assert.rejects(three.launch(), (error) => error.exit.status === 7 && /\[keyring-behind\]/.test(error.log));
    bring(two, three);
    await three.launch();
    await readsAll(three);
    await three.stop();
});

test('prepared apart on two nodes: neither is activated, and one is taken back', async () => {
    good(one, 'epoch', 'prepare');
    refused(two, 3, /epoch 3 is prepared already; activate it \(also when another node did\)/, 'epoch', 'prepare');
    assert.match(good(two, 'epoch', 'activate'), /already/);
    good(two, 'epoch', 'prepare');
    await one.restart();
    await two.restart();
    refused(one, 3, /another key as epoch 4/, 'epoch', 'activate');
    const gift = path.join(two.folder, 'apart');
    good(one, 'give', '--for', good(two, 'ask').trim(), '--to', gift);
    refused(two, 3, /prepared on two nodes.*epoch cancel/, 'take', '--from', gift);
    good(two, 'epoch', 'cancel');
    good(two, 'take', '--from', gift);
    await two.restart();
    good(one, 'epoch', 'activate');
    refused(two, 3, /in use/, 'epoch', 'cancel'); // its own file says "prepared" still
    await two.restart();
    await writes(two);
    assert.deepEqual(epochs(), [1, 2, 3, 4]);
});

test('the store is told of another keyring under the right name', async () => {
    await two.stop();
    const was = psql(one.base, "SELECT encode(value, 'hex') FROM meta WHERE name = 'epoch'").trim();
    psql(one.base, `UPDATE meta SET value = decode('${was.slice(0, 8)}0011223344556677', 'hex') WHERE name = 'epoch'`);
    await assert.rejects(two.launch(), (error) => error.exit.status === 7 && /\[keyring-other\]/.test(error.log));
    psql(one.base, `UPDATE meta SET value = decode('${was}', 'hex') WHERE name = 'epoch'`);
    await two.launch();
});

test('no secret was printed, logged, or told to the database', async () => {
    await two.stop();
    await one.restart();
    await one.stop();
    const text = [...said, one.logText, two.logText, three.logText, readFileSync(path.join(process.env.TROTH_PG, 'log', 'server'), 'latin1')].join('\n').toLowerCase();
    for (const node of [one, two, three]) {
        const secret = readFileSync(node.rootKey);
        for (const coding of ['hex', 'base64', 'base64url', 'latin1']) {
            assert.ok(!text.includes(secret.toString(coding).replace(/=+$/, '').toLowerCase()), `${node.rootKey} as ${coding}`);
        }
        assert.deepEqual(node.complaints(), []);
    }
    one.verifyLedger();
});
