// HTTP for the stories: a client that keeps its connections, and a raw socket for what no client would send.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import assert from 'node:assert/strict';

/** What came back, with the body as bytes, as text and, where it is JSON, parsed. */
class Reply {
    constructor(message, body) {
        this.status = message.statusCode;
        this.headers = message.headers;
        this.bytes = body;
    }
    get text() { return this.bytes.toString('utf8'); }
    get json() { return JSON.parse(this.text); }
    /** Newline-delimited JSON. */
    get lines() { return this.text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line)); }
    get version() { return this.headers.etag; }
    /** The Troth-Receipt header: request id, commitment to the detail, number of the ledger entry. */
    get receipt() {
        const value = this.headers['troth-receipt'];
        if (value === undefined) return null;
        const [request, commitment, entry] = value.split(';').map((part) => part.trim());
        return { request, commitment, entry: Number(entry) };
    }
    toString() { return `${this.status} ${this.text.slice(0, 600)}`; }
}

/** One caller: a token, and the purpose and task it names unless a request says otherwise. */
export class Client {
    /** @param at a function that gives {host, port, agent, tls} at the moment of each request */
    constructor(at, { token, purpose, task } = {}) {
        this.at = at;
        this.token = token;
        this.purpose = purpose;
        this.task = task;
    }

    /** The same caller with another purpose or task. */
    for(purpose, task) {
        return new Client(this.at, { token: this.token, purpose, task });
    }

    request(method, path, { body, headers = {}, purpose = this.purpose, task = this.task, token = this.token,
        ifMatch, idem, type, ms = 60000 } = {}) {
        const { host, port, agent, tls } = this.at();
        const all = { ...headers };
        if (token) all.authorization = `Bearer ${token}`;
        if (purpose) all['troth-purpose'] = purpose;
        if (task) all['troth-task'] = task;
        if (ifMatch !== undefined) all['if-match'] = ifMatch;
        if (idem !== undefined) all['idempotency-key'] = idem;
        let bytes = null;
        if (body !== undefined) {
            bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
            all['content-type'] = type ?? 'application/json';
            all['content-length'] = bytes.length;
        } else if (type) {
            all['content-type'] = type;
        }
        const module = tls ? https : http;
        return new Promise((resolve, reject) => {
            const request = module.request({ host, port, agent, method, path, headers: all, ...(tls ?? {}) }, (message) => {
                const parts = [];
                message.on('data', (part) => parts.push(part));
                message.on('error', reject);
                message.on('end', () => resolve(new Reply(message, Buffer.concat(parts))));
            });
            request.setTimeout(ms, () => request.destroy(new Error(`${method} ${path}: no answer in ${ms} ms`)));
            request.on('error', reject);
            request.end(bytes);
        });
    }

    get(path, options) { return this.request('GET', path, options); }
    delete(path, options) { return this.request('DELETE', path, options); }
    post(path, body, options) { return this.request('POST', path, { ...options, body }); }
    put(path, body, options) { return this.request('PUT', path, { ...options, body }); }
    patch(path, body, options) { return this.request('PATCH', path, { ...options, body }); }
}

/** The answer must have this status; the message shows what came instead. */
export function wants(reply, status, what = '') {
    assert.equal(reply.status, status, `${what ? what + ': ' : ''}wanted ${status}, got ${reply}`);
    return reply;
}

/** An RFC 9457 problem document with this status and stable code; more members may be asked for. */
export function wantsProblem(reply, status, code, more = {}) {
    wants(reply, status, code);
    assert.equal(reply.headers['content-type'], 'application/problem+json', String(reply));
    const problem = reply.json;
    assert.equal(problem.code, code, String(reply));
    assert.equal(problem.status, status, String(reply));
    for (const member of ['type', 'title', 'request']) {
        assert.equal(typeof problem[member], 'string', `a problem has ${member}: ${reply}`);
    }
    for (const [member, value] of Object.entries(more)) {
        if (value instanceof RegExp) assert.match(String(problem[member]), value, String(reply));
        else assert.equal(problem[member], value, String(reply));
    }
    return problem;
}

/**
 * Sends bytes on a fresh connection and gives back all that came until the server closed, or until `ms` went by
 * without a byte. `half` closes our side after sending; `slow` sends in pieces of so many bytes, 20 ms apart.
 */
export function raw(port, bytes, { ms = 1500, half = false, slow = 0, host = '127.0.0.1' } = {}) {
    const data = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes, 'latin1');
    return new Promise((resolve, reject) => {
        const parts = [];
        let closed = false;
        const socket = net.connect({ host, port }, async () => {
            if (slow) {
                for (let at = 0; at < data.length && !closed; at += slow) {
                    socket.write(data.subarray(at, at + slow));
                    await new Promise((tick) => setTimeout(tick, 20));
                }
            } else {
                socket.write(data);
            }
            if (half) socket.end();
        });
        const end = (closedByServer) => {
            if (closed) return;
            closed = true;
            socket.destroy();
            const text = Buffer.concat(parts).toString('latin1');
            const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
            resolve({ text, statuses, closed: closedByServer });
        };
        socket.setTimeout(ms, () => end(false));
        socket.on('data', (part) => parts.push(part));
        socket.on('end', () => end(true));
        socket.on('close', () => end(true));
        socket.on('error', (error) => {
            if (error.code === 'ECONNRESET' || error.code === 'EPIPE') end(true);
            else reject(error);
        });
    });
}
