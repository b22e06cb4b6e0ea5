// bench/tools.mjs - what the measuring programs share: load by wrk, rounds, medians, memory.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../tests/lib/troth.mjs';

export const cores = os.cpus().length;
export const split = cores > 1 && spawnSync('taskset', ['--version']).status === 0;
export const pin = (where) => split ? ['taskset', '-c', where] : [];
export const serverCores = cores > 2 ? `1-${cores - 1}` : '1';
export const say = (text) => process.stderr.write(`${text}\n`);

const lua = path.join(root, 'bench', 'load.lua');
let seed = Number(process.env.BENCH_SEED ?? 1);

/** One round of wrk. → {rate, p50, p99}; a mode that ends with its file has the rate of that part. */
export function wrk(server, mode, token, file, connections, { time }) {
    const [first, ...rest] = [...pin('0'), 'wrk', '-t1', `-c${connections}`, `-d${time}s`, '--timeout', '10s', '-s', lua,
        `http://127.0.0.1:${server.port}`, '--', mode, token, file, String(++seed)];
    const done = spawnSync(first, rest, { encoding: 'utf8' });
    const result = /^RESULT (.*)$/m.exec(done.stdout ?? '');
    if (!result) throw new Error(`wrk ${mode}: ${done.stdout}${done.stderr}`);
    const figures = JSON.parse(result[1]);
    if (figures.status + figures.socket > 0) throw new Error(`wrk ${mode}: ${result[1]}`);
    return { rate: figures.requests / (figures.us / 1e6), requests: figures.requests, p50: figures.p50, p99: figures.p99 };
}

export async function metric(server, name) {
    server.agentNew(); // while wrk ran we did not see the server end what was idle too long
    const metrics = await server.anyone().get('/metrics');
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics.text)[1]);
}

/** A round of which every answer must have its line in the ledger. */
export async function inLedger(load, server, mode, ...args) {
    const before = await metric(server, 'troth_ledger_entries');
    const figures = load(server, mode, ...args);
    const grown = await metric(server, 'troth_ledger_entries') - before;
    if (grown < figures.requests) throw new Error(`${mode}: ${figures.requests} answers, but the ledger grew by ${grown}`);
    return figures;
}

/** Alternating rounds of several things. → for each a list of figures */
export async function rounded(rounds, things) {
    const found = things.map(() => []);
    for (let round = 0; round < rounds; round++) {
        for (const [i, thing] of things.entries()) found[i].push(await thing(round));
    }
    return found;
}

const sorted = (values) => [...values].sort((a, b) => a - b);
export const median = (values) => sorted(values)[Math.floor(values.length / 2)];
export const two = (value) => value >= 100 ? value.toFixed(0) : value.toFixed(2);

/** MiB of a process that lie in memory. */
export const resident = (pid) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
