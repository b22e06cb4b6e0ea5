// The disk refuses: full, failing at the n-th write or sync. Errors are answers; nothing acknowledged is lost, nothing is
// told that could not be recorded.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { accountPath, agree, purposes, register, visitor } from '../lib/classroom.mjs';
import { scanText } from '../lib/canary.mjs';
import { wants } from '../lib/http.mjs';
import { Server, loadPolicy, folder, sleep, until } from '../lib/troth.mjs';
import { Shim, errors, ops, unusable } from './shim.mjs';

const stillThere = async (website, people) => {
    for (const who of people) wants(await website.get(accountPath(who)), 200, 'an acknowledged person');
};

/** Registers until it is refused, at most `most` times. */
async function fill(website, people, most) {
    for (let i = 0; i < most; i++) {
        const who = visitor();
        let reply;
        try {
            reply = await website.post('/v1/collect/register', { fields: who.fields });
        } catch (error) {
            return { error };
        }
        if (reply.status !== 201) return { reply };
        people.push({ ...who, id: reply.json.subject });
    }
    return {};
}

test('[G04 G06] files may grow no further (RLIMIT_FSIZE): writes are refused with a reason, nothing is lost', async () => {
    const server = new Server({ policy: loadPolicy });
    server.makeKeys();
    await server.launch();
    let website = server.as('website', { purpose: purposes.run });
    const people = [await register(website, visitor())];
    await server.stop();
    const largest = Math.max(...readdirSync(server.data).map((name) => statSync(path.join(server.data, name)).size));
    const blocks = Math.ceil(largest / 512) + 1500;
    server.wrap = ['/bin/sh', '-c', `ulimit -f ${blocks}; exec "$@"`, 'sh'];
    await server.launch();
    const { reply, error } = await fill(website, people, 20000);
    assert.ok(!error, `the server must not die of it: ${error}\n${server.logText.slice(-1500)}`);
    assert.ok(reply, 'the limit was reached');
    assert.ok([503, 507].includes(reply.status), String(reply));
    assert.ok(['storage-full', 'io', 'unavailable'].includes(reply.json.code), String(reply));
    const refused = await website.get(accountPath(people[0]));
    assert.ok(refused.status === 200 ? refused.receipt : refused.status >= 500, String(refused));
    if (refused.status !== 200) assert.deepEqual(scanText(refused.bytes, people[0].canaries).hits, [], 'no data with a refusal');
    await server.kill9();
    server.wrap = [];
    await server.launch();
    website = server.as('website', { purpose: purposes.run });
    await stillThere(website, people.filter((_, i) => i % 7 === 0 || i > people.length - 50));
    await register(website, visitor());
    server.verifyLedger();
    await server.stop();
});

/** The share of one processor a process uses while nobody asks it anything. */
async function cpu(pid, ms) {
    const ticks = () => {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(rest[11]) + Number(rest[12]);
    };
    const before = ticks();
    await sleep(ms);
    return (ticks() - before) / 100 / (ms / 1000);
}

// A small file system of its own: only root may mount one.
function small() {
    const at = folder('small');
    const done = process.getuid() === 0 && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', at]).status === 0;
    process.prependListener('exit', () => { if (done) spawnSync('umount', ['-l', at]); });
    return done && at;
}
const mounted = small(), mount = mounted !== false;

test('[G05] on a full disk a server that nobody asks anything rests', { skip: !mount && 'a small file system needs root and mount' }, async () => {
    const at = small();
    const server = await Server.start({ policy: loadPolicy, data: path.join(at, 'data') });
    try {
        const website = server.as('website', { purpose: purposes.run });
        const who = await register(website, visitor()), own = server.person(who.id);
        const free = () => Number(spawnSync('df', ['--output=avail', '-B1', at], { encoding: 'utf8' }).stdout.split('\n')[1]);
        writeFileSync(path.join(at, 'ballast'), Buffer.alloc(Math.max(0, free() - (64 << 10))));
        const people = [];
        await fill(website, people, 5000);
        await own.delete(`/v1/subjects/${who.id}`);
        await sleep(2500);  // its own work between requests meets the full disk
        const lines = server.log.length, spent = await cpu(server.pid, 3000);
        assert.ok(spent < 0.3, `it used ${spent} of a processor`);
        assert.ok(server.log.length - lines < 12, `it wrote ${server.log.length - lines} lines in three seconds`);
    } finally {
        rmSync(path.join(at, 'ballast'), { force: true });
        await server.kill9();
    }
});

test('[G05] a full disk: writes get 507, withdrawing and erasing still work', { skip: !mount && 'a small file system needs root and mount' }, async () => {
    const data = path.join(mounted, 'data');
    const server = await Server.start({ policy: loadPolicy, data, reserve: 64 });
    const website = server.as('website', { purpose: purposes.run });
    const mailer = server.as('mailer', { purpose: purposes.news });
    const people = [];
    for (let i = 0; i < 10; i++) {
        const who = await register(website, visitor());
        people.push(who);
        await agree(server.person(who.id), who);
        server.person(who.id);
    }
    // Everything but a little is taken by something else.
    const ballast = path.join(mounted, 'ballast');
    const free = () => Number(spawnSync('df', ['--output=avail', '-B1', mounted], { encoding: 'utf8' }).stdout.split('\n')[1]);
    writeFileSync(ballast, Buffer.alloc(Math.max(0, free() - (64 << 10))));
    const { reply, error } = await fill(website, people, 5000);
    assert.ok(!error, `the server must not die of it: ${error}`);
    assert.ok(reply, 'the disk was full');
    assert.ok([503, 507].includes(reply.status), String(reply));
    const [first, second] = people;
    wants(await server.person(first.id).delete(`/v1/subjects/${first.id}/consents/${purposes.news}`), 200, 'withdrawing on a full disk');
    wants(await mailer.get(accountPath(first)).catch(() => ({ status: 0 })), 403);
    const gone = await server.person(second.id).delete(`/v1/subjects/${second.id}`);
    assert.ok([200, 204].includes(gone.status), `erasing on a full disk: ${gone}`);
    rmSync(ballast);
    await until('with room again it takes people again', async () => (await website.post('/v1/collect/register', { fields: visitor().fields })).status === 201, 5000);
    await stillThere(website, people.slice(2, 12));
    server.verifyLedger();
    await server.stop();
});

const most = Number(process.env.TROTH_FAULTS ?? 12);
for (const [what, op, fault] of [
    ['write fails with an I/O error', ops.write, { error: errors.EIO }],
    ['write finds no room', ops.write, { error: errors.ENOSPC }],
    ['write is cut in half', ops.write, { half: true }],
    ['sync fails', ops.sync, { error: errors.EIO }],
    ['truncation fails', ops.truncate, { error: errors.EIO }],
    ['write and every later one fails', ops.write, { error: errors.EIO, persistent: true }],
    ['sync and every later one fails', ops.sync, { error: errors.EIO, persistent: true }],
]) {
    test(`[G04 G06] the n-th ${what}, n = 1 to ${most}`, { skip: unusable }, async () => {
        const server = new Server({ policy: loadPolicy });
        server.makeKeys();
        const shim = new Shim(server.data);
        Object.assign(server.env, shim.env);
        await server.launch();
        const website = server.as('website', { purpose: purposes.run });
        const people = [await register(website, visitor())];
        let struck = 0, ended = 0;
        for (let n = 1; n <= most; n++) {
            shim.fail({ op, n, ...fault });
            const before = people.length;
            const { reply, error } = await fill(website, people, 6);
            struck += shim.hits > 0 ? 1 : 0;
            if (reply) {
                assert.ok(reply.status >= 500, `n=${n}: ${reply}`);
                assert.ok(['io', 'storage-full', 'unavailable', 'outcome-unknown', 'internal', 'keys', 'busy'].includes(reply.json.code), String(reply));
            }
            if (!error && reply && fault.persistent) {
                const read = await website.get(accountPath(people[0])).catch(() => null);
                if (read && read.status === 200) assert.ok(read.receipt);
            }
            shim.calm();
            // After a failed sync a process must not go on as if nothing were: it may end, and recover by a start.
            const gone = await Promise.race([server.exited, until('it takes people again', async () => {
                try {
                    return (await website.post('/v1/collect/register', { fields: visitor().fields })).status === 201;
                } catch {
                    return false;
                }
            }, 6000).catch(() => 'stuck')]);
            if (gone !== true) {
                ended++;
                if (gone === 'stuck') await server.kill9();
                await server.launch();
            }
            await stillThere(website, people.slice(before > 2 ? before - 2 : 0));
            assert.deepEqual(server.complaints(), []);
        }
        if (op !== ops.truncate) assert.ok(struck > most / 2, `it struck ${struck} times of ${most}`);
        await stillThere(website, people);
        server.verifyLedger();
        await server.stop().catch(() => server.kill9());
        assert.ok(ended <= most);
    });
}

test('the shim itself fails what it is told to', { skip: unusable }, () => {
    const place = folder('shim-try');
    mkdirSync(place, { recursive: true });
    const shim = new Shim(place);
    const script = 'import os,sys\nf=os.open(sys.argv[1],os.O_WRONLY|os.O_CREAT)\nfor i in range(3):\n  try:\n    print(os.write(f,b"12345678"))\n  except OSError as e: print(e.errno)\ntry:\n  os.fsync(f)\n  print("synced")\nexcept OSError as e: print(e.errno)\n';
    const go = () => spawnSync('python3', ['-c', script, path.join(place, 'f')], { env: { ...process.env, ...shim.env }, encoding: 'utf8' });
    shim.fail({ op: ops.write, n: 2, error: errors.ENOSPC });
    assert.deepEqual(go().stdout.trim().split('\n'), ['8', '28', '8', 'synced']);
    assert.equal(shim.hits, 1);
    shim.fail({ op: ops.sync, n: 1 });
    assert.deepEqual(go().stdout.trim().split('\n'), ['8', '8', '8', '5']);
    shim.fail({ op: ops.write, n: 2, half: true, persistent: true });
    assert.deepEqual(go().stdout.trim().split('\n'), ['8', '4', '4', 'synced']);
});
