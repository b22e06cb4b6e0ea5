// A node that is cut off from the database, in a network of this file's own: it answers 503, never old data and never
// an acknowledgement; the others go on; and it comes back by itself. The database is reached by TLS here, as it is
// over a real network.
//
// TROTH_NODES (3), TROTH_CUTS: how often (1; more by `make test-nodes`).
import assert from 'node:assert/strict';
import { chmodSync, chownSync, copyFileSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { purposes, register, visitor } from '../lib/classroom.mjs';
import { pg } from '../lib/cluster.mjs';
import { Consents, consentPolicy, consents, some } from '../lib/consents.mjs';
import { History, now } from '../lib/history.mjs';
import { wants } from '../lib/http.mjs';
import { Authority, Network, impossible } from '../lib/network.mjs';
import { Nodes, believe } from '../lib/nodes.mjs';
import { folder, patience, psql, put, sleep, until } from '../lib/troth.mjs';

const count = Number(process.env.TROTH_NODES ?? 3);
const cuts = Number(process.env.TROTH_CUTS ?? 1);
const skip = impossible();

let network, authority, cluster, nodes, website, rights, mailer;
const people = [];

test('the nodes start, each in a network of its own, and speak TLS to the database', { skip }, async () => {
    network = new Network(count);
    authority = new Authority();
    const keep = folder('partition');
    chmodSync(keep, 0o711); // PostgreSQL runs as another user
    cluster = path.join(keep, 'db');
    const addresses = network.nodes.map((node) => node.database);
    const env = {
        TROTH_PG_CONF: put(path.join(keep, 'conf'), `listen_addresses = '${addresses.join(',')}'\n`),
        TROTH_PG_HBA: put(path.join(keep, 'hba'), 'hostssl all all 198.18.0.0/16 trust\n'),
    };
    await pg('start', cluster, { env, wrap: network.inDatabase() });
    const made = authority.issue(...addresses.map((address) => `IP:${address}`));
    for (const [from, to] of [[made.cert, 'server.crt'], [made.key, 'server.key']]) {
        const file = path.join(cluster, 'data', to), { uid, gid } = statSync(path.join(cluster, 'data'));
        copyFileSync(from, file);
        chownSync(file, uid, gid);
        chmodSync(file, 0o600);
    }
    psql('postgres', 'ALTER SYSTEM SET ssl = on', 'postgres', cluster);
    psql('postgres', 'SELECT pg_reload_conf()', 'postgres', cluster);
    await until('it speaks TLS', () => psql('postgres', 'SHOW ssl', 'postgres', cluster).trim() === 'on');
    const own = authority.issue(...network.nodes.map((node) => `IP:${node.address}`));
    nodes = await Nodes.start(count, {
        policy: consentPolicy, cluster, args: ['--tls-cert', own.cert, '--tls-key', own.key], tls: { ca: readFileSync(authority.ca) },
        each: (i) => ({
            listen: `${network.nodes[i].address}:0`, host: network.nodes[i].address, wrap: network.inNode(i),
            store: (base) => `postgresql://troth_service@${network.nodes[i].database}/${base}?sslmode=verify-full&sslrootcert=${encodeURIComponent(authority.ca)}`,
        }),
    });
    const sessions = psql('postgres', `SELECT usename, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE datname LIKE '${nodes.base}%' AND client_addr IS NOT NULL`, 'postgres', cluster).trim().split('\n');
    assert.ok(sessions.length >= 2 * count, sessions.join());
    for (const line of sessions) assert.equal(line, 'troth_service|t');
    website = await nodes.role('website', { purpose: purposes.run });
    rights = website.for('rights');
    mailer = await nodes.role('mailer');
    for (let i = 0; i < 12; i++) people.push(await register(website.on(i % count), visitor()));
});

test('[M93] a database whose certificate is another\'s, or for another address, is not spoken to', { skip }, async () => {
    const other = new Authority('somebody else'), node = nodes.list[0];
    const verify = (store) => node.cli('ledger', 'verify', '--data', path.join(node.folder, 'none'), { env: { TROTH_STORE: store } });
    assert.equal(verify(node.store).status, 0, String(verify(node.store)));
    const unknown = verify(node.store.replace(encodeURIComponent(authority.ca), encodeURIComponent(other.ca)));
    assert.notEqual(unknown.status, 0, String(unknown));
    // The right authority, a name that leads to the right address, and a certificate that does not have that name.
    const { database } = network.nodes[0];
    const named = verify(node.store.replace(`@${database}/`, '@db.example.org/').concat(`&hostaddr=${database}`));
    assert.notEqual(named.status, 0, String(named));
    for (const mode of ['require', 'verify-ca', 'disable']) {
        const less = verify(node.store.replace('verify-full', mode));
        assert.match(less.stderr, /verify-full/, String(less));
    }
});

test(`[G18 G14] a node is cut off from the database under load, ${cuts} times: it acknowledges nothing and shows nothing, the others go on, it comes back`, { skip }, async (t) => {
    const history = new History(), asking = new Consents(history, { rights, mailer });
    let going = true;
    const asked = []; // {i, start, end, what}
    const load = Promise.all(Array.from({ length: 4 * count }, async (_, worker) => {
        const i = worker % count;
        while (going) {
            const { op, told } = await asking.ask(worker, i, some(people), some(consents));
            asked.push({ i, start: op.start, end: op.end, outcome: op.outcome, code: told.code, status: told.reply?.status });
            await sleep(op.outcome === 'ok' ? 2 : 50);
        }
    }));
    const told = [];
    try {
        await sleep(1000);
        for (let round = 0; round < cuts; round++) {
            const i = (round + 1) % count, end = ['node', 'database'][round % 2];
            network.cut(i, end);
            const from = now();
            await Promise.race([sleep(patience(14000)), load]); // longer than a node waits for an answer
            const reply = await believe(nodes.list[i].anyone().get('/readyz', { ms: 5000 }));
            assert.notEqual(reply.what, 'done', 'it does not say that it is ready');
            const to = now();
            network.heal(i);
            const healed = Date.now();
            await until('it is ready again by itself', async () => (await believe(nodes.list[i].anyone().get('/readyz', { ms: 2000 }))).what === 'done', 20000);
            const back = Date.now() - healed;
            await sleep(1000);
            const inside = asked.filter((one) => one.start > from && one.end < to);
            const cutOff = inside.filter((one) => one.i === i), others = inside.filter((one) => one.i !== i);
            const answered = cutOff.filter((one) => one.outcome === 'ok');
            assert.equal(answered.length, 0, `the node that is cut off answered: ${JSON.stringify(answered.slice(0, 5))}`);
            const codes = {};
            for (const one of cutOff) codes[one.code] = (codes[one.code] ?? 0) + 1;
            assert.ok((codes.unavailable ?? 0) > 0, `503 in the end, not silence: ${JSON.stringify(codes)}`);
            if (count > 1) assert.ok(others.filter((one) => one.outcome === 'ok').length > 100, 'the others go on');
            told.push(`cut at the ${end}'s end: ${JSON.stringify(codes)} of it, ${others.filter((one) => one.outcome === 'ok').length} of ${others.length} answered by the others, back after ${back} ms`);
        }
    } finally {
        going = false;
    }
    await load;
    await nodes.ready();
    t.diagnostic(`${history.ops.length} operations; ${told.join('; ')}`);
    for (let i = 0; i < count; i++) wants(await website.on(i).get(`/v1/subjects/${people[0].id}/account`), 200);
    assert.deepEqual(asking.odd, [], 'answers nobody should ever see');
    history.check('not');
    nodes.verify();
});

test('they end well', { skip }, async () => {
    try {
        await nodes?.stop();
        nodes?.list[0].verifyLedger();
    } finally {
        if (cluster) await pg('stop', cluster);
        await network?.close();
    }
});
