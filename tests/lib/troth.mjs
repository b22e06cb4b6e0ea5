// The program under test: how it is started, stopped, killed, asked on the command line and moved in time.
//
// This is the one place that knows the program's name, flags and log lines. A story does
//     const server = await Server.start();
//     const desk = await server.as('helpdesk', { purpose: 'support', task: 'ticket/4711' });
//     wants(await desk.get(`/v1/subjects/${id}/account/1`), 200);
//     await server.stop();
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from './http.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
export const buildDir = path.resolve(root, process.env.TROTH_BUILD ?? 'build');
export const sanitized = /asan/.test(path.basename(buildDir));
/** The product, and the same with a clock that can be moved. */
export const program = path.join(buildDir, 'troth');
export const programTest = path.join(buildDir, 'troth-test');
export const loadPolicy = path.join(root, 'bench', 'policy.yaml');
export const classroomPolicy = path.join(root, 'examples', 'classroom', 'served.yaml');

/** Everything waits longer where every instruction costs more. */
/** TROTH_TEST_STORE=postgresql: every server has two databases of its own in the cluster at TROTH_PG (scripts/pg.sh). */
export const far = process.env.TROTH_TEST_STORE === 'postgresql';
/** For test(…, {skip}): why a test makes sense on our own files only. */
export const filesOnly = far ? 'about the files of SQLite' : false;

export const patience = (ms) => ms * (sanitized ? 4 : 1);
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The promise's value, or `otherwise` when it takes longer than ms. */
export function within(promise, ms, otherwise) {
    let timer;
    const late = new Promise((resolve) => { timer = setTimeout(() => resolve(otherwise), patience(ms)); });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Tries until `probe` gives something true, at most `ms` long. */
export async function until(what, probe, ms = 10000) {
    const end = Date.now() + patience(ms);
    for (;;) {
        const found = await probe();
        if (found) return found;
        if (Date.now() > end) throw new Error(`waited ${patience(ms)} ms in vain: ${what}`);
        await sleep(20);
    }
}

const folders = new Set(), children = new Set();
process.on('exit', () => {
    for (const child of children) {
        try { child.kill('SIGKILL'); } catch { /* gone */ }
    }
    if (process.env.TROTH_KEEP) {
        for (const folder of folders) process.stderr.write(`kept: ${folder}\n`);
        return;
    }
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder of our own; gone at the end unless TROTH_KEEP is set. */
export function folder(name = 'story') {
    const made = mkdtempSync(path.join(process.env.TROTH_TMP ?? os.tmpdir(), `troth-${name}-`));
    folders.add(made);
    return made;
}

const environment = (more = {}) => ({
    PATH: process.env.PATH, HOME: process.env.HOME ?? '/', LANG: 'C.UTF-8', TZ: 'UTC',
    ASAN_OPTIONS: 'abort_on_error=0:exitcode=99:detect_leaks=1', UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1:exitcode=99',
    ...more,
});

/** Runs the program once. → {status, signal, stdout, stderr} */
export function run(args, { input = '', env = {}, cwd = root, ms = 60000, exe = program, wrap = [] } = {}) {
    const [first, ...rest] = [...wrap, exe, ...args];
    const done = spawnSync(first, rest, { input, env: environment(env), cwd, timeout: patience(ms), maxBuffer: 256 << 20 });
    if (done.error && done.error.code !== 'ETIMEDOUT') throw done.error;
    return {
        status: done.status, signal: done.signal, stdout: done.stdout.toString(), stderr: done.stderr.toString(),
        late: done.error?.code === 'ETIMEDOUT',
        toString() { return `exit ${this.status ?? this.signal}\n${this.stdout.slice(-2000)}\n${this.stderr.slice(-2000)}`; },
    };
}

/** The file that holds by how many seconds the test program's clock is off. */
export class Clock {
    constructor(file) {
        this.file = file;
        this.seconds = 0;
        this.write();
    }
    write() { writeFileSync(this.file, `${this.seconds} ${this.off ?? 0}\n`); }
    /** This machine's own clock is off by so much; what passes for all (forward) is another matter. */
    wrong(seconds) { this.off = seconds; this.write(); }
    set(seconds) { this.seconds = seconds; this.write(); }
    forward({ days = 0, hours = 0, seconds = 0 }) { this.set(this.seconds + days * 86400 + hours * 3600 + seconds); }
}

/** Processes whose parent is pid. */
export function childrenOf(pid) {
    const found = [];
    for (const name of readdirSync('/proc')) {
        if (!/^\d+$/.test(name)) continue;
        try {
            const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
            const rest = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
            if (Number(rest[1]) === pid && rest[0] !== 'Z') {
                found.push({ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0').join(' ').trim() });
            }
        } catch { /* ended meanwhile */ }
    }
    return found;
}

export function alive(pid) {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
    } catch {
        return false;
    }
}

let bases = 0;

/** A statement in a database of the cluster, as its owner or another. */
export function psql(base, text, role = 'troth_owner', cluster = process.env.TROTH_PG) {
    const done = spawnSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', cluster, '-U', role, '-d', base],
        { input: text, maxBuffer: 256 << 20 });
    if (done.status !== 0) throw new Error(`psql: ${done.stderr}`);
    return done.stdout.toString();
}

export class Server {
    /**
     * options: policy (file), data, rootKey (files), movable (clock), args (more flags), env, wrap (a program to
     * start it and its command line through), tls ({ca} for the clients), listen, host (where clients find it), base (name of the
     * database), cluster (folder of the PostgreSQL), store (its URL, or a function of the database's name).
     */
    constructor(options = {}) {
        this.folder = options.folder ?? folder();
        this.data = options.data ?? path.join(this.folder, 'data');
        this.rootKey = options.rootKey ?? path.join(this.folder, 'root.key');
        this.policy = options.policy ?? classroomPolicy;
        this.listen = options.listen ?? '127.0.0.1:0';
        this.args = options.args ?? [];
        this.reserve = options.reserve ?? 1; // MiB; the default would make every scan and copy of a data folder long
        this.env = { ...options.env };
        this.wrap = options.wrap ?? [];
        this.tls = options.tls;
        this.host = options.host ?? '127.0.0.1';
        this.exe = options.exe ?? (options.movable ? programTest : program);
        if (options.movable) {
            this.clock = new Clock(path.join(this.folder, 'clock'));
            this.env.TROTH_TEST_CLOCK_FILE = this.clock.file;
        }
        if (far) {
            this.base = options.base ?? `s${process.pid}_${++bases}`;
            this.cluster = options.cluster ?? process.env.TROTH_PG;
            this.store = typeof options.store === 'function' ? options.store(this.base) : options.store
                ?? `postgresql://troth_service@/${this.base}?host=${encodeURIComponent(this.cluster)}`;
            this.env.TROTH_STORE = this.store;
        }
        this.log = [];       // parsed lines
        this.logText = '';   // all of standard error and standard output
        this.tokens = new Map();
        this.names = 0;
    }

    /** Keys, then the server; ready when this returns. */
    static async start(options = {}) {
        const server = new Server(options);
        server.makeKeys();
        await server.launch();
        return server;
    }

    /** The two databases for sql(); no server may hold those of SQLite. */
    get main() { return far ? this.base : path.join(this.data, 'troth.db'); }
    get keys() { return far ? `${this.base}_keys` : path.join(this.data, 'keys.db'); }

    /** Everywhere something could have been written down: the folder; our databases, what the cluster shares, its logs. */
    places() {
        if (!far) return [this.folder];
        const own = psql('postgres', `CHECKPOINT; SELECT 'base/' || oid FROM pg_database WHERE datname IN ('${this.base}', '${this.base}_keys')`, 'postgres');
        return [this.folder, path.join(process.env.TROTH_PG, 'log'),
            ...[...own.trim().split('\n'), 'global', 'pg_wal', 'pg_stat', 'pg_xact'].map((name) => path.join(process.env.TROTH_PG, 'data', name))];
    }

    /** A stopped server's data once more, in a folder (and databases) of its own. */
    copy(options = {}) {
        const copy = new Server({ rootKey: this.rootKey, policy: this.policy, ...options });
        cpSync(this.data, copy.data, { recursive: true, filter: (file) => !/\.sock$/.test(file) });
        if (far) {
            for (const tail of ['', '_keys']) psql('postgres', `CREATE DATABASE ${copy.base}${tail} TEMPLATE ${this.base}${tail} OWNER troth_owner`, 'postgres');
        }
        return copy;
    }

    /** The tables are the owner's; the server comes as a role that may only work with them. */
    makeBases() {
        if (!far) return;
        psql('postgres', `CREATE DATABASE ${this.base};\nCREATE DATABASE ${this.base}_keys;\n`, 'troth_owner', this.cluster);
        const done = this.cli('store', 'prepare', { env: { TROTH_STORE: this.store.replace('troth_service', 'troth_owner') } });
        if (done.status !== 0) throw new Error(`troth store prepare: ${done}`);
    }

    makeKeys() {
        this.makeBases();
        const done = this.cli('keys', 'new', '--data', this.data, '--root-key-file', this.rootKey);
        if (done.status !== 0) throw new Error(`troth keys new: ${done}`);
    }

    /** Any verb of the command line, with the server's environment. */
    cli(...args) {
        const options = typeof args.at(-1) === 'object' ? args.pop() : {};
        const begun = Date.now();
        const done = run(args, { exe: this.exe, wrap: this.wrap, ...options, env: { ...this.env, ...options.env } });
        // Nothing else ran here meanwhile, so we did not see the server end connections that were idle too long.
        if (this.agent && Date.now() - begun > 5000) {
            this.agentNew();
        }
        return done;
    }

    agentNew() {
        this.agent?.destroy();
        this.agent = new (this.tls ? https : http).Agent({ keepAlive: true, maxSockets: 64 });
    }

    serveArgs() {
        return ['serve', '--policy', this.policy, '--data', this.data, '--root-key-file', this.rootKey,
            '--listen', this.listen, '--reserve', String(this.reserve), ...this.args];
    }

    /** Starts it; rejects when it ends before it listens (the error has .exit and .log). */
    async launch() {
        const [first, ...rest] = [...this.wrap, this.exe, ...this.serveArgs()];
        const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: environment(this.env), cwd: root });
        children.add(child);
        this.child = child;
        this.log = [];
        this.pid = child.pid;
        this.agentNew();
        this.exited = new Promise((resolve) => {
            child.on('error', (error) => { children.delete(child); resolve({ status: null, signal: null, error }); });
            child.on('close', (status, signal) => { children.delete(child); resolve({ status, signal }); });
        });
        child.stdout.on('data', (part) => { this.logText += part; });
        const listening = new Promise((resolve) => {
            readline.createInterface({ input: child.stderr }).on('line', (line) => {
                this.logText += line + '\n';
                if (process.env.TROTH_SHOW_LOG) process.stderr.write(`  | ${line}\n`);
                try {
                    const entry = JSON.parse(line);
                    this.log.push(entry);
                    if (entry.event === 'listening') resolve(entry);
                } catch { /* not a log line: a sanitizer's report, say */ }
            });
        });
        const began = await within(Promise.race([listening, this.exited]), 20000, 'late');
        if (began === 'late' || began.event !== 'listening') {
            const error = new Error(`troth serve did not start (${JSON.stringify(began)}):\n${this.logText.slice(-3000)}`);
            error.exit = began;
            error.log = this.logText;
            if (began === 'late') child.kill('SIGKILL');
            throw error;
        }
        this.port = began.port;
        // A server that a failed test left behind must not keep its file from ending.
        for (const handle of [child, child.stdout, child.stderr]) handle.unref();
        await until('GET /readyz says 200', async () => {
            try {
                return (await this.anyone().get('/readyz')).status === 200;
            } catch (error) {
                if (this.child.exitCode !== null) throw error;
                return false;
            }
        });
        return this;
    }

    /** Where clients find it; asked at every request, because a restart changes the port. */
    at() {
        return { host: this.host, port: this.port, agent: this.agent, tls: this.tls };
    }

    /** SIGTERM; it must end by itself. → {status, signal} */
    async stop(ms = 15000) {
        this.agent?.destroy();
        this.child.kill('SIGTERM');
        const end = await within(this.exited, ms, null);
        if (end === null) {
            this.child.kill('SIGKILL');
            throw new Error(`troth serve did not end within ${patience(ms)} ms after SIGTERM:\n${this.logText.slice(-2000)}`);
        }
        return end;
    }

    /** kill -9 of the server; waits until it and its key process are gone. */
    async kill9() {
        const family = childrenOf(this.pid).map((child) => child.pid);
        this.child.kill('SIGKILL');
        const end = await within(this.exited, 10000, null);
        if (end === null) throw new Error('kill -9 did not end it');
        this.agent?.destroy();
        await until('the key process goes when its server is gone', () => family.every((pid) => !alive(pid)));
        return end;
    }

    /** SIGSTOP to it and its key process: a machine that stands still and knows nothing of it. */
    pause() {
        this.paused = [this.pid, ...childrenOf(this.pid).map((child) => child.pid)];
        for (const pid of this.paused) process.kill(pid, 'SIGSTOP');
    }

    resume() {
        for (const pid of this.paused ?? []) if (alive(pid)) process.kill(pid, 'SIGCONT');
        this.paused = undefined;
    }

    async restart() {
        if (this.child.exitCode === null && this.child.signalCode === null) await this.stop();
        return this.launch();
    }

    /** SIGHUP. */
    hup() { this.child.kill('SIGHUP'); }

    keyProcess() {
        const found = childrenOf(this.pid).filter((child) => /keyd/.test(child.command));
        if (found.length !== 1) throw new Error(`one key process wanted, found ${JSON.stringify(childrenOf(this.pid))}`);
        return found[0].pid;
    }

    /** A request over the local socket, as the operator's command line makes it. → {status, text} */
    local(method, path_, body) {
        const bytes = body === undefined ? null : JSON.stringify(body);
        const headers = bytes === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) };
        return new Promise((resolve, reject) => {
            const request = http.request({ socketPath: path.join(this.data, 'troth.sock'), method, path: path_, headers }, (message) => {
                const parts = [];
                message.on('data', (part) => parts.push(part));
                message.on('end', () => resolve({ status: message.statusCode, text: Buffer.concat(parts).toString() }));
            });
            request.on('error', reject);
            request.end(bytes);
        });
    }

    /** A new token. → its text */
    token({ role, subject, days, name = `t-${++this.names}` }) {
        const args = ['token', 'add', '--data', this.data, '--name', name];
        if (role) args.push('--role', role);
        if (subject) args.push('--subject', subject);
        if (days) args.push('--days', String(days));
        const done = this.cli(...args);
        const text = done.stdout.trim();
        if (done.status !== 0 || !/^\S{20,}$/.test(text)) throw new Error(`troth token add: ${done}`);
        return text;
    }

    revoke(name) {
        const done = this.cli('token', 'revoke', '--data', this.data, '--name', name);
        if (done.status !== 0) throw new Error(`troth token revoke: ${done}`);
    }

    /** A caller with a role's token (made once). */
    as(role, { purpose, task } = {}) {
        if (!this.tokens.has(role)) this.tokens.set(role, this.token({ role }));
        return new Client(() => this.at(), { token: this.tokens.get(role), purpose, task });
    }

    /** A person with a token of their own. */
    person(subject) {
        const key = `subject ${subject}`;
        if (!this.tokens.has(key)) this.tokens.set(key, this.token({ subject }));
        return new Client(() => this.at(), { token: this.tokens.get(key) });
    }

    anyone() { return new Client(() => this.at()); }
    bearer(token, more = {}) { return new Client(() => this.at(), { token, ...more }); }

    /** `troth ledger verify`: the whole book. Throws unless it is sound. */
    verifyLedger({ ms = 60000 } = {}) {
        const done = this.cli('ledger', 'verify', '--data', this.data, { ms });
        if (done.status !== 0) throw new Error(`troth ledger verify: ${done}`);
        return done;
    }

    /** What nothing may ever put on its standard error. */
    complaints() {
        return this.logText.split('\n').filter((line) =>
            /AddressSanitizer|LeakSanitizer|runtime error:|assertion|"level":"(fatal|bug)"/i.test(line));
    }
}

/** A file with these permissions. */
export function put(file, text, mode = 0o600) {
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
}

