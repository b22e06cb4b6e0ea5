// bench/scale.mjs - what more people cost: `make scale`. docs/scale.md says how to read it.
//
// For each size of SCALE_SIZES a store of its own is filled (bench/fill.c) and served; then all are measured in
// alternating rounds, so that a neighbour on the machine hits each size alike, and every figure is divided by that of
// the smallest size in the same round. Over the engine that TROTH_TEST_STORE names. Ids are drawn anew for each
// round over the whole population. Every answer is checked to have its line in the ledger, and at the end each ledger
// is verified.
//
// SCALE_SIZES (10000,100000,1000000,10000000), SCALE_ROUNDS, SCALE_SECONDS, SCALE_OUT (a file for the figures),
// TROTH_TMP (where the stores lie; about 2 KB for each person on files, 4 KB on PostgreSQL). SCALE_STORES: a folder to
// keep the stores in, and to find those of an earlier run in. SCALE_WARM=0: the files are not read through before.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, readdirSync, rmSync, statSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Server, buildDir, childrenOf, far, folder, psql, root, sleep, until } from '../tests/lib/troth.mjs';
import { processesOf } from '../tests/lib/cluster.mjs';
import { cores, inLedger, median, metric, pin, resident, rounded, say, serverCores, split, two, wrk } from './tools.mjs';

const sizes = (process.env.SCALE_SIZES ?? '10000,100000,1000000,10000000').split(',').map(Number);
const rounds = Number(process.env.SCALE_ROUNDS ?? 5);
const seconds = Number(process.env.SCALE_SECONDS ?? 2);
const SAMPLE = 100000, DUE = 5000, CORRECTED = 1000, ERASED = 200, FILL_HOURS = 4;
const perPerson = far ? 4000 : 2000;
const policy = path.join(root, 'bench', 'scale.yaml');
const work = process.env.SCALE_STORES ?? folder('scale');
const out = { engine: far ? 'PostgreSQL' : 'SQLite', cores, split, rounds, seconds, sizes: [], rounds_of: {} };
const keep = () => process.env.SCALE_OUT && writeFileSync(process.env.SCALE_OUT, JSON.stringify(out, null, 1));

const bytesOf = (store) => far
    ? Number(psql('postgres', `SELECT sum(pg_database_size(datname)) FROM pg_database WHERE datname IN ('${store.server.base}', '${store.server.base}_keys')`, 'postgres'))
    : readdirSync(store.server.data).reduce((sum, name) => sum + (/\.db/.test(name) ? statSync(path.join(store.server.data, name)).size : 0), 0);

/** What server and engine have used so far: bytes read by calls, of them from the disk itself; microseconds of processor. */
function usedSoFar(store) {
    const sum = { calls: 0, disk: 0, cpu: 0 };
    const engine = far ? processesOf(store.server.cluster) : [];
    for (const pid of [store.server.pid, ...childrenOf(store.server.pid).map((child) => child.pid), ...engine]) {
        try {
            const text = readFileSync(`/proc/${pid}/io`, 'utf8');
            const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
            const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
            sum.calls += Number(/^rchar: (\d+)/m.exec(text)[1]);
            sum.disk += Number(/^read_bytes: (\d+)/m.exec(text)[1]);
            sum.cpu += (Number(words[11]) + Number(words[12])) * 10000;
        } catch { /* ended meanwhile */ }
    }
    return sum;
}

function fill(store, ...words) {
    const { server } = store;
    const env = { ...process.env, ...server.env, TROTH_POLICY: policy, TROTH_DATA: server.data, TROTH_ROOT_KEY_FILE: server.rootKey,
        TROTH_TOKEN: store.token, FILL_EXE: path.join(buildDir, 'troth'), FILL_IDS: store.ids };
    const done = spawnSync(path.join(buildDir, 'bench', 'bench-fill'), words.map(String),
        { env, stdio: ['ignore', 'inherit', 'inherit'], timeout: FILL_HOURS * 3600e3 });
    if (done.status !== 0) throw new Error(`bench-fill ${words.join(' ')}: ${done.status ?? done.signal}`);
}

async function makeStore(size) {
    const room = statfsSync(work);
    if (room.bavail * room.bsize < size * perPerson * 1.5) {
        say(`${size} people: no room for about ${(size * perPerson / 1e9).toFixed(0)} GB; left out`);
        return undefined;
    }
    const server = new Server({ policy, folder: path.join(work, `s${size}`), base: `scale${size}`, wrap: pin(serverCores) });
    const store = { size, server, ids: path.join(server.folder, 'ids'), used: new Set() };
    const mark = path.join(server.folder, 'filled');
    mkdirSync(server.folder, { recursive: true });
    const there = existsSync(mark);
    if (!there) server.makeKeys();
    const start = Date.now();
    await server.launch();
    if (there) store.firstStartMs = Date.now() - start;
    store.token = server.token({ role: 'website', name: `bench-${Date.now()}`, days: 3 });
    await server.stop(60000);
    if (there) {
        Object.assign(store, JSON.parse(readFileSync(mark, 'utf8')));
        const used = path.join(server.folder, 'used');
        if (existsSync(used)) store.used = new Set(JSON.parse(readFileSync(used, 'utf8')));
    } else {
        const begun = Date.now();
        fill(store, 'register', 0, size);
        store.fillRate = size / ((Date.now() - begun) / 1000);
        store.due = Math.min(DUE, size / 2);
        fill(store, 'visit', size, store.due);
        writeFileSync(mark, JSON.stringify({ fillRate: store.fillRate, due: store.due }));
    }
    if (far) for (const base of [server.base, `${server.base}_keys`]) psql(base, 'VACUUM (ANALYZE)', 'postgres');
    store.fd = openSync(store.ids, 'r');
    store.bytes = bytesOf(store);
    say(`${size} people: ${store.fillRate.toFixed(0)}/s, ${(store.bytes / size).toFixed(0)} bytes for each`);
    return store;
}

/** Reads the files through once, so that what the machine's memory can hold of them is there. */
function warm(store) {
    const { server } = store;
    const places = far
        ? psql('postgres', `SELECT oid FROM pg_database WHERE datname IN ('${server.base}', '${server.base}_keys')`, 'postgres').trim().split('\n')
            .map((oid) => path.join(server.cluster, 'data', 'base', oid))
        : [server.data];
    for (const place of places) spawnSync('sh', ['-c', 'cat "$1"/*[0-9b] >/dev/null', 'sh', place], { stdio: 'ignore' });
}

/** A file of ids (and e-mails) for one round, drawn over everybody who was not used up. */
function sample(store, count, { once = false } = {}) {
    const lines = [], seen = new Set(), id = Buffer.alloc(16);
    for (let tries = 0; lines.length < count && tries < 20 * count; tries++) {
        const n = Math.floor(Math.random() * store.size);
        if (store.used.has(n) || (once && seen.has(n))) continue;
        seen.add(n);
        readSync(store.fd, id, 0, 16, n * 16);
        lines.push(`${id.toString('hex')} p${n}@example.org`);
    }
    if (once) {
        for (const n of seen) store.used.add(n);
        writeFileSync(path.join(store.server.folder, 'used'), JSON.stringify([...store.used]));
    }
    const file = path.join(store.server.folder, 'sample');
    writeFileSync(file, lines.join('\n') + '\n');
    return file;
}

const memory = (server) => resident(server.pid) + childrenOf(server.pid).reduce((sum, child) => sum + resident(child.pid), 0);

const load = (server, mode, token, file, connections, options) => wrk(server, mode, token, file, connections, { time: seconds, ...options });
const per = (figures) => 1e6 / figures.rate;
const operations = [
    ['read', 'read one record, 64 connections', (s) => [s.server, 'read', s.token, sample(s, SAMPLE), 64], per],
    ['read1', 'the same, 1 connection (median latency)', (s) => [s.server, 'read', s.token, sample(s, SAMPLE), 1], (f) => f.p50],
    ['find', 'look-up by e-mail and read in turns, 64', (s) => [s.server, 'find', s.token, sample(s, SAMPLE), 64], per],
    ['entry', 'add a record of 400 bytes, 64', (s) => [s.server, 'entry', s.token, sample(s, SAMPLE), 64], per],
    ['correct', 'correct a record, 64', (s) => [s.server, 'correct', s.token, sample(s, CORRECTED, { once: true }), 64], per],
    ['register', 'register a person, 64', (s) => [s.server, 'collect', s.token, '-', 64], per],
    ['erase', 'erase a person, 16', (s) => [s.server, 'erase', s.token, sample(s, ERASED, { once: true }), 16], per],
];

async function measured(store, make, value) {
    const args = make(store);
    const before = usedSoFar(store);
    const figures = await inLedger(load, ...args);
    const after = usedSoFar(store);
    const used = (what) => (after[what] - before[what]) / figures.requests;
    return { us: value(figures), requests: figures.requests, calls: used('calls'), disk: used('disk'), cpu: used('cpu') };
}

async function startTimes(store) {
    const times = [];
    for (let i = 0; i < 3; i++) {
        await store.server.stop(60000);
        const begun = process.hrtime.bigint();
        await store.server.launch();
        times.push(Number(process.hrtime.bigint() - begun) / 1e6);
    }
    return median(times);
}

/** Two days later: how long one due record takes. */
async function sweepTime(store) {
    const { server } = store;
    const later = new Server({ policy, folder: server.folder, data: server.data, rootKey: server.rootKey, movable: true,
        base: server.base, wrap: pin(serverCores) });
    later.clock.forward({ days: 2 });
    await later.launch();
    const seen = [];
    const end = Date.now() + 120000;
    for (;;) {
        const swept = await metric(later, 'troth_swept_records_total');
        const last = seen.at(-1);
        if (!last || swept > last[1]) seen.push([Date.now(), swept]);
        else if (Date.now() > end || (swept > 0 && Date.now() - last[0] > 1500)) break;
        await sleep(2);
    }
    const first = seen.find(([, swept]) => swept > 0) ?? seen.at(-1), last = seen.at(-1);
    const us = 1000 * (last[0] - first[0]) / Math.max(1, last[1] - first[1]);
    say(`  ${store.size}: ${last[1]} records, ${us.toFixed(0)} µs each`);
    const stopped = await later.stop(60000);
    if (stopped.status !== 0) throw new Error(`the sweeping server ended with ${JSON.stringify(stopped)}`);
    return { us, swept: last[1] };
}

const stores = [];
for (const size of sizes) {
    const store = await makeStore(size);
    if (store) stores.push(store);
}
for (const store of stores) {
    const begun = Date.now();
    await store.server.launch();
    store.firstStartMs ??= Date.now() - begun;
}
for (const store of stores) {
    store.startMs = await startTimes(store);
    store.memoryStart = memory(store.server);
    if (process.env.SCALE_WARM !== '0') warm(store);
    load(store.server, 'read', store.token, sample(store, SAMPLE), 64, { time: 3 });
}

const found = {};
for (const [name, what, make, value] of operations) {
    say(what);
    found[name] = await rounded(rounds, stores.map((store) => () => measured(store, make, value)));
    out.rounds_of[name] = found[name];
    for (const [i, store] of stores.entries()) {
        const f = found[name][i];
        say(`  ${store.size}: ${median(f.map((r) => r.us)).toFixed(0)} µs, ${median(f.map((r) => r.cpu)).toFixed(0)} of processor, ${(median(f.map((r) => r.calls)) / 1024).toFixed(1)} KiB read by calls, ${(median(f.map((r) => r.disk)) / 1024).toFixed(1)} from the disk`);
    }
    keep();
}
for (const store of stores) {
    load(store.server, 'read', store.token, sample(store, SAMPLE), 256, { time: Math.max(3, seconds) });
    await sleep(200);
    store.memoryLoad = memory(store.server);
    const figures = [];
    await until('what was erased is purged', async () => await metric(store.server, 'troth_purge_waiting') === 0, 60000);
    for (let i = 0; i < 20; i++) {
        const begun = process.hrtime.bigint();
        await metric(store.server, 'troth_ledger_entries');
        figures.push(Number(process.hrtime.bigint() - begun) / 1000);
    }
    store.metricsUs = median(figures);
}
for (const store of stores) {
    const end = await store.server.stop(60000);
    if (end.status !== 0) throw new Error(`the server ended with ${JSON.stringify(end)}`);
}
say('sweep');
const sweeps = [];
for (let i = 0; i < stores.length; i++) sweeps.push(await sweepTime(stores[i]));
for (const store of stores) {
    const begun = Date.now();
    const done = store.server.cli('ledger', 'verify', '--data', store.server.data, { ms: 3600e3 });
    if (done.status !== 0) throw new Error(`troth ledger verify: ${done}`);
    store.verifySeconds = (Date.now() - begun) / 1000;
    store.entries = Number(/(\d+) entries/.exec(done.stdout)[1]);
    say(`${store.size}: ${done.stdout.split('\n')[0]}`);
}

/* The table: how many times what it takes at the smallest size. */
const ratio = (of) => {
    const each = of.map(([a, b]) => a / b);
    return `${two(median(each))}${each.length > 1 ? ` (${two(Math.min(...each))}–${two(Math.max(...each))})` : ''}`;
};
const rows = [];
const line = (what, cells) => rows.push(`| ${what} | ${cells.join(' | ')} |`);
for (const [name, what] of operations) {
    line(what, stores.slice(1).map((_, i) => ratio(found[name][i + 1].map((f, r) => [f.us, found[name][0][r].us]))));
}
for (const name of ['read', 'find', 'entry', 'register']) {
    line(`processor time of ${name}`, stores.slice(1).map((_, i) => ratio(found[name][i + 1].map((f, r) => [f.cpu, found[name][0][r].cpu]))));
}
line('sweep, one due record', sweeps.slice(1).map((s) => ratio([[s.us, sweeps[0].us]])));
line('first start after so many registrations', stores.slice(1).map((s) => ratio([[s.firstStartMs, stores[0].firstStartMs]])));
line('start-up', stores.slice(1).map((s) => ratio([[s.startMs, stores[0].startMs]])));
line('`GET /metrics`', stores.slice(1).map((s) => ratio([[s.metricsUs, stores[0].metricsUs]])));
line('verify the ledger, one entry', stores.slice(1).map((s) => ratio([[s.verifySeconds / s.entries, stores[0].verifySeconds / stores[0].entries]])));
const head = (cells) => `| | ${cells.join(' | ')} |\n|---|${cells.map(() => '---').join('|')}|`;
const facts = [];
const fact = (what, of) => facts.push(`| ${what} | ${stores.map(of).join(' | ')} |`);
fact('memory of server and key process at the start, MiB', (s) => s.memoryStart.toFixed(0));
fact('after reads at 256 connections, MiB', (s) => s.memoryLoad.toFixed(0));
fact('bytes on the disk for each person', (s) => (s.bytes / s.size).toFixed(0));
for (const name of ['read', 'entry']) {
    fact(`KiB the engine reads by calls for one ${name}`, (s) => (median(found[name][stores.indexOf(s)].map((f) => f.calls)) / 1024).toFixed(1));
    fact(`of them from the disk itself, ${name}`, (s) => (median(found[name][stores.indexOf(s)].map((f) => f.disk)) / 1024).toFixed(1));
}
const people = (n) => n >= 1e6 ? `${n / 1e6} M` : `${n / 1e3} k`;
out.table = `${out.engine}, ${rounds} alternating rounds of ${seconds} s. Times what it takes at ${people(stores[0].size)} people, median (least–most):\n\n`
    + `${head(stores.slice(1).map((s) => people(s.size)))}\n${rows.join('\n')}\n\n${head(stores.map((s) => people(s.size)))}\n${facts.join('\n')}\n`;
out.stores = stores.map(({ size, fillRate, bytes, firstStartMs, startMs, metricsUs, memoryStart, memoryLoad, verifySeconds }, i) =>
    ({ size, fillRate, bytes, firstStartMs, startMs, metricsUs, memoryStart, memoryLoad, verifySeconds, sweep: sweeps[i] }));
keep();
console.log(out.table);
for (const store of stores) closeSync(store.fd);
if (!process.env.SCALE_STORES) rmSync(work, { recursive: true, force: true });
