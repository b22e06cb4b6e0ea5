// PostgreSQL clusters of a test's own (scripts/pg.sh): a primary with a standby that its commits wait for, and what
// can happen to them.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { childrenOf, folder, psql, root } from './troth.mjs';

/** scripts/pg.sh, without standing in the way of what runs here meanwhile. */
export async function pg(word, place, ...more) {
    const { env, wrap = [] } = typeof more.at(-1) === 'object' ? more.pop() : {};
    const [first, ...rest] = [...wrap, 'scripts/pg.sh', word, place, ...more];
    const child = spawn(first, rest, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } });
    let said = '';
    child.stderr.on('data', (part) => { said += part; });
    const status = await new Promise((resolve, reject) => {
        child.on('error', reject);
        child.on('exit', resolve);
    });
    assert.equal(status, 0, `scripts/pg.sh ${word}: ${said.slice(-2000)}`);
}

/** Its first process and all its children. */
export function processesOf(place) {
    const first = Number(readFileSync(path.join(place, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
    return [first, ...childrenOf(first).map((child) => child.pid)];
}

export class Pair {
    static async start() {
        const pair = new Pair();
        pair.folder = folder('pair');
        chmodSync(pair.folder, 0o711); // PostgreSQL runs as another user
        pair.places = ['one', 'two'].map((name) => path.join(pair.folder, name));
        [pair.primary, pair.standby] = pair.places;
        await pg('start', pair.primary);
        await pg('standby', pair.standby, pair.primary);
        return pair;
    }

    /** Options for Server: a store that is looked for in both places, and used where it can be written. */
    get options() {
        const hosts = this.places.map(encodeURIComponent).join(',');
        return {
            cluster: this.primary,
            store: (base) => `postgresql://troth_service@/${base}?host=${hosts}&target_session_attrs=read-write`,
        };
    }

    psql(text, base = 'postgres') { return psql(base, text, 'postgres', this.primary).trim(); }

    /** kill -9 of the primary; nobody writes until promote(). */
    kill() { return pg('kill', this.primary); }

    async promote() {
        await pg('promote', this.standby);
        [this.primary, this.standby] = [this.standby, this.primary];
    }

    /** What fell becomes the standby, from a new copy; commits wait for it from then on. */
    rejoin() { return pg('standby', this.standby, this.primary); }

    /** The standby stands still: commits wait. */
    pause() {
        this.paused = processesOf(this.standby);
        for (const pid of this.paused) process.kill(pid, 'SIGSTOP');
    }

    resume() {
        for (const pid of this.paused ?? []) {
            try { process.kill(pid, 'SIGCONT'); } catch { /* it ended */ }
        }
        this.paused = undefined;
    }

    async stop() {
        this.resume();
        for (const place of this.places) await pg('stop', place);
    }
}
