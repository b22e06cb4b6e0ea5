// bench/run.mjs - the speed goals as ratios against a limit measured in the same run: `make bench`.
//
// Load is wrk on loopback, one thread; where there are two processors or more, wrk has one and the server the rest.
// Rounds alternate between the thing and its limit; medians and the spread (least–most) are shown. What is measured is
// checked while it is measured: no answer but 2xx, and the ledger grew by at least one line for each answer.
//
// BENCH_SHORT=1: fewer people, shorter rounds. BENCH_SUBJECTS, BENCH_SECONDS, BENCH_ROUNDS set them by hand.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, fdatasyncSync, openSync, readdirSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { Server, buildDir, childrenOf, folder, loadPolicy, root, sleep } from '../tests/lib/troth.mjs';
import { cores, inLedger, median, pin, resident, rounded, say, serverCores, split, two, wrk } from './tools.mjs';

const short = Boolean(process.env.BENCH_SHORT);
const subjects = Number(process.env.BENCH_SUBJECTS ?? (short ? 2000 : 50000));
const seconds = Number(process.env.BENCH_SECONDS ?? (short ? 1 : 4));
const rounds = Number(process.env.BENCH_ROUNDS ?? (short ? 3 : 5));
const load = (server, mode, token, file, connections, options) => wrk(server, mode, token, file, connections, { time: seconds, ...options });
const recorded = (...args) => inLedger(load, ...args);
const alternate = (things) => rounded(rounds, things);

/** Ratios of the rounds that stood beside each other. */
function ratios(over, under, pick) {
    const each = over.map((figures, i) => pick(figures) / pick(under[i]));
    return { median: median(each), least: Math.min(...each), most: Math.max(...each) };
}

const rows = [];
function row(id, what, ratio, goal, moonshot, atLeast, remark = '') {
    const met = atLeast ? ratio.median >= goal : ratio.median <= goal;
    rows.push(`| ${id} | ${what} | ${two(ratio.median)} (${two(ratio.least)}–${two(ratio.most)}) | ${atLeast ? '≥' : '≤'} ${goal} | ${moonshot} | ${met ? 'met' : '**missed**'} | ${remark} |`);
}
const unmeasured = (id, what, why) => rows.push(`| ${id} | ${what} | – | | | not measured | ${why} |`);

/** Microseconds of one write of 4 KiB with its fdatasync, in the folder of the data. */
function syncTime(data) {
    const file = path.join(data, 'bench-sync');
    const fd = openSync(file, 'w');
    const block = Buffer.alloc(4096, 1), times = [];
    for (let i = 0; i < 300; i++) {
        const begun = process.hrtime.bigint();
        writeSync(fd, block, 0, 4096, (i % 64) * 4096);
        fdatasyncSync(fd);
        times.push(Number(process.hrtime.bigint() - begun) / 1000);
    }
    closeSync(fd);
    unlinkSync(file);
    return median(times);
}

async function populate(server, token) {
    const website = server.bearer(token, { purpose: 'run-account' });
    const known = [];
    const begun = Date.now();
    let made = 0;
    await Promise.all(Array.from({ length: 64 }, async (_, worker) => {
        while (made < subjects) {
            const i = made++;
            const email = `p${i}@example.org`;
            const reply = await website.post('/v1/collect/register', { fields: {
                'account.first-name': `First${worker}`, 'account.last-name': `Last${i}`, 'account.email': email, 'account.about': 'x'.repeat(200),
            } });
            if (reply.status !== 201) throw new Error(`registering: ${reply}`);
            known.push(`${reply.json.subject} ${email}`);
        }
    }));
    say(`${known.length} people in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    const file = path.join(folder('bench'), 'ids');
    writeFileSync(file, known.join('\n') + '\n');
    return file;
}

async function start(options = {}) {
    const server = new Server({ policy: loadPolicy, wrap: pin(serverCores), ...options });
    server.makeKeys();
    await server.launch();
    return server;
}

const server = await start();
const token = server.token({ role: 'website', name: 'bench', days: 1 });
say(`${cores} processors; wrk on ${split ? 'the first' : 'all'}, the server on ${split ? `the rest (${serverCores})` : 'all'}; ${rounds} rounds of ${seconds} s`);
const ids = await populate(server, token);
load(server, 'read', token, ids, 64, { time: 1 });  // warm

say('G1: reads at 64 connections');
{
    const [fixed, read] = await alternate([() => load(server, 'static', token, '-', 64), () => recorded(server, 'read', token, ids, 64)]);
    row('G1', 'recorded read / static, 64 connections', ratios(read, fixed, (f) => f.rate), 0.5, 0.75, true,
        `p99 ${two(median(read.map((f) => f.p99)) / median(fixed.map((f) => f.p99)))} × static's`);
}
say('G2: what the ledger costs');
{
    // The same people are registered in a server that the linker has taken the recording from (bench/unrecorded.c).
    const bare = await start({ exe: path.join(buildDir, 'bench', 'bench-unrecorded') });
    const key = bare.token({ role: 'website', name: 'bench', days: 1 });
    const people = await populate(bare, key);
    load(bare, 'read', key, people, 64, { time: 1 });
    const [read, unrecorded] = await alternate([() => recorded(server, 'read', token, ids, 64), () => load(bare, 'read', key, people, 64)]);
    row('G2', 'recorded read / the same without the ledger', ratios(read, unrecorded, (f) => f.rate), 0.76, 0.93, true);
    await bare.stop();
}

say('G3: one connection');
{
    const [fixed, read, sync] = await alternate([() => load(server, 'static', token, '-', 1), () => recorded(server, 'read', token, ids, 1),
        () => ({ p50: syncTime(server.data) })]);
    const each = read.map((figures, i) => figures.p50 / (fixed[i].p50 + sync[i].p50));
    row('G3', 'median latency of a read / (static + one fdatasync), 1 connection',
        { median: median(each), least: Math.min(...each), most: Math.max(...each) }, 1.5, 1.1, false,
        `fdatasync ${two(median(sync.map((s) => s.p50)) / median(fixed.map((f) => f.p50)))} × static's latency`);
}

say('G5: look-up by e-mail, then read');
{
    const [fixed, find] = await alternate([() => load(server, 'static', token, '-', 64), () => recorded(server, 'find', token, ids, 64)]);
    row('G5', 'look-up and read in turns, requests / static', ratios(find, fixed, (f) => f.rate), 0.42, 0.65, true);
}

say('G4: collecting');
{
    const [fixed, collect, visit, entry] = await alternate([() => load(server, 'static', token, '-', 64), () => recorded(server, 'collect', token, '-', 64),
        () => recorded(server, 'visit', token, '-', 64), () => recorded(server, 'entry', token, ids, 64)]);
    row('G4', 'collect 400 bytes / static, 64 connections', ratios(collect, fixed, (f) => f.rate), 0.12, 0.3, true,
        `${subjects} people there at first (the goal says 1 million); makes a person with a unique look-up key`);
    row('G4', 'the same without a look-up key', ratios(visit, fixed, (f) => f.rate), 0.3, '–', true);
    say(`one more record of 400 bytes for somebody who is there: ${two(ratios(entry, fixed, (f) => f.rate).median)} of static`);
}

say('G6: decisions in process');
{
    const decide = path.join(buildDir, 'bench', 'bench-decide');
    if (!existsSync(decide)) {
        unmeasured('G6', 'one decision in process, ns', 'bench-decide is not built');
    } else {
        const examples = path.join(root, 'examples');
        const files = [loadPolicy, ...(existsSync(examples) ? readdirSync(examples).map((name) => path.join(examples, name, 'policy.yaml')).filter(existsSync) : [])];
        const done = spawnSync(decide, files, { encoding: 'utf8' });
        if (done.status !== 0) throw new Error(`bench-decide: ${done.stderr}`);
        for (const line of done.stdout.trim().split('\n').map((text) => JSON.parse(text))) {
            row('G6', `one decision, ns: ${path.relative(root, line.policy)}`, { median: line.ns, least: line.least, most: line.most }, 150, 50, false,
                `${line.questions} questions, ${(100 * line.refused / (line.refused + line.narrowed + line.allowed)).toFixed(0)} % refused`);
        }
    }
}

say('G11: memory');
{
    load(server, 'read', token, ids, 256, { time: Math.max(2, seconds) });
    await sleep(200);
    const own = resident(server.pid), keys = childrenOf(server.pid).reduce((sum, child) => sum + resident(child.pid), 0);
    const all = own + keys;
    row('G11', 'resident memory of server and key process, MiB', { median: all, least: all, most: all }, 64, 24, false,
        `server ${own.toFixed(0)}, key process ${keys.toFixed(0)}; after 256 connections, ${subjects}+ people (the goal says 1 million)`);
}

const end = await server.stop();
if (end.status !== 0) throw new Error(`the server ended with ${JSON.stringify(end)}`);
server.verifyLedger();
say('the ledger verifies');

console.log(`\n${cores} processors (${split ? `wrk on one, the server on ${cores - 1}` : 'shared'}), ${rounds} alternating rounds of ${seconds} s, median (least–most).\n`);
console.log('| id | what | ratio | goal | moonshot | | |\n|---|---|---|---|---|---|---|');
console.log(rows.join('\n'));
