// Several nodes over one pair of databases: started, spread over, killed, paused, and asked what they did.
//
//     const nodes = await Nodes.start(3, { policy });
//     const mailer = await nodes.role('mailer', { purpose: 'news' });
//     wants(await mailer.on(1).get(path), 200);     // that node
//     wants(await mailer.get(path), 200);           // one after the other
import assert from 'node:assert/strict';
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { Client } from './http.mjs';
import { Server, sleep, until } from './troth.mjs';

/** A caller of all nodes: its requests go round; .on(i) is the same caller of one. */
export class Caller extends Client {
    constructor(nodes, options) {
        super(() => nodes.next().at(), options);
        this.nodes = nodes;
    }
    on(i) { return new Client(() => this.nodes.list[i].at(), this); }
    for(purpose, task) { return new Caller(this.nodes, { token: this.token, purpose, task }); }
}

export class Nodes {
    /** options: those of Server; each: a function of the node's number that gives more of them for it. */
    static async start(count, { each = () => ({}), ...options } = {}) {
        const nodes = new Nodes();
        const first = new Server({ ...options, ...each(0) });
        nodes.list = [first];
        first.makeKeys();
        for (let i = 1; i < count; i++) {
            const node = new Server({ ...options, base: first.base, rootKey: first.rootKey, ...each(i) });
            mkdirSync(node.data, { mode: 0o700 });
            cpSync(path.join(first.data, 'keyring.trk'), path.join(node.data, 'keyring.trk'));
            nodes.list.push(node);
        }
        for (const node of nodes.list) await node.launch();
        return nodes;
    }

    constructor() {
        this.list = [];
        this.turn = 0;
        this.names = 0;
        this.away = new Set(); // nodes that were killed or paused: spreading leaves them out
    }

    get count() { return this.list.length; }
    get base() { return this.list[0].base; }
    get there() { return this.list.filter((node) => !this.away.has(node)); }

    next() {
        const there = this.there;
        if (there.length === 0) throw Object.assign(new Error('no node is there'), { code: 'ECONNREFUSED' });
        return there[this.turn++ % there.length];
    }

    /** One of those that are there, by chance; rarely one that is away, which may wake up with it. Waits for one. */
    async any() {
        await until('a node is there', () => this.there.length > 0, 60000);
        const from = Math.random() < 0.02 ? this.list : this.there;
        return this.list.indexOf(from[Math.floor(Math.random() * from.length)]);
    }

    /** A new token, made by a node over its local socket. → {token, name} */
    async token(who, by = this.next()) {
        const name = `n${process.pid}-${++this.names}`;
        const reply = await by.local('POST', '/v1/tokens', { ...who, name });
        assert.equal(reply.status, 201, reply.text);
        return { token: JSON.parse(reply.text).token, name };
    }

    async role(role, { purpose, task } = {}) {
        return new Caller(this, { token: (await this.token({ role })).token, purpose, task });
    }

    async person(subject) { return new Caller(this, { token: (await this.token({ subject })).token }); }

    /** kill -9 */
    async kill(i) {
        this.away.add(this.list[i]);
        await this.list[i].kill9();
    }

    /** A killed node again, on its own data folder and a new port; ready when this returns. */
    async again(i) {
        await this.list[i].launch();
        this.away.delete(this.list[i]);
    }

    pause(i) {
        this.away.add(this.list[i]);
        this.list[i].pause();
    }

    resume(i) {
        this.list[i].resume();
        this.away.delete(this.list[i]);
    }

    /** Every node says that it is ready. */
    async ready(ms = 15000) {
        for (const node of this.list) {
            await until(`node ${this.list.indexOf(node)} is ready`, async () => {
                try {
                    return (await node.anyone().get('/readyz', { ms: 2000 })).status === 200;
                } catch {
                    return false;
                }
            }, ms);
        }
    }

    /** The whole book as `troth ledger verify` sees it, and nothing on a standard error that may not be there. */
    verify() {
        const done = this.there[0].verifyLedger({ ms: 600000 });
        for (const node of this.list) assert.deepEqual(node.complaints(), []);
        return done;
    }

    async stop() {
        for (const node of this.list) {
            if (node.child && node.child.exitCode === null && node.child.signalCode === null) {
                const end = await node.stop();
                assert.equal(end.status, 0, `node ${this.list.indexOf(node)} ended with ${JSON.stringify(end)}:\n${node.logText.slice(-1500)}`);
            }
        }
    }

    /** Faults, one after the other with pauses between, until the work is done. → told: how many of each so far */
    async trouble(faults, work, pause = 300, told = {}) {
        let done = false;
        const end = work.finally(() => { done = true; });
        for (let n = 0; !done; n++) {
            await Promise.race([sleep(pause), end]);
            if (done) break;
            const [name, fault] = faults[n % faults.length];
            await fault(n);
            told[name] = (told[name] ?? 0) + 1;
        }
        await end;
        return told;
    }
}

/**
 * What a caller may believe of an answer: done (2xx), no (4xx: nothing was changed, and asking again changes
 * nothing), not-done (503 that says so, or nobody took the request), unknown; odd: what no client should ever see.
 * → {what, reply, code}
 */
export async function believe(asking) {
    let reply;
    try {
        reply = await asking;
    } catch (error) {
        if (error.code === 'ECONNREFUSED') return { what: 'not-done', code: error.code };
        return { what: 'unknown', code: error.code ?? error.message };
    }
    if (reply.status < 300) return { what: 'done', reply };
    let code;
    try { code = reply.json.code; } catch { return { what: 'odd', reply }; }
    if (reply.status < 500) return { what: 'no', reply, code };
    if (['unavailable', 'busy', 'keys', 'storage-full'].includes(code)) return { what: 'not-done', reply, code };
    if (['outcome-unknown', 'io'].includes(code)) return { what: 'unknown', reply, code };
    return { what: 'odd', reply, code };
}

/** Runs `one(worker, n)` for n = 0 … count - 1, so many at a time; and longer, while `more()`. */
export async function many(count, workers, one, more = () => false) {
    let n = 0;
    await Promise.all(Array.from({ length: workers }, async (_, worker) => {
        while (n < count || more()) await one(worker, n++);
    }));
}
