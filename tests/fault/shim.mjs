// The shim of shim.c: built once, loaded under a server, told what to fail, and its trace read.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { folder, root, sanitized } from '../lib/troth.mjs';

export const unusable = sanitized && 'a sanitizer must be the first library loaded';

let library;
function build() {
    if (library) return library;
    const file = path.join(folder('shim'), 'shim.so');
    const done = spawnSync('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-o', file, path.join(root, 'tests', 'fault', 'shim.c'), '-lpthread'], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`the shim does not compile:\n${done.stderr}`);
    return library = file;
}

export const ops = { write: 1, truncate: 2, sync: 4 };
const names = { 1: 'write', 2: 'truncate', 4: 'sync', 8: 'unlink', 16: 'rename' };
export const errors = { EIO: 5, ENOSPC: 28 };

export class Shim {
    constructor(data, { trace = false } = {}) {
        const place = folder('shim-run');
        this.control = path.join(place, 'control');
        this.trace = trace ? path.join(place, 'trace') : null;
        writeFileSync(this.control, Buffer.alloc(32));
        this.env = { LD_PRELOAD: build(), TROTH_SHIM_DIR: data, TROTH_SHIM_CONTROL: this.control, ...(trace ? { TROTH_SHIM_TRACE: this.trace } : {}) };
    }

    /** From the n-th of these calls on (or only that one) the error is given; half: a write is cut in two. */
    fail({ op, n = 1, error = errors.EIO, persistent = false, half = false }) {
        const bytes = Buffer.alloc(32);
        bytes.writeBigInt64LE(BigInt(n), 0);
        bytes.writeUInt32LE(op, 8);
        bytes.writeUInt32LE(error, 12);
        bytes.writeUInt32LE(persistent ? 1 : 0, 16);
        bytes.writeUInt32LE(half ? 1 : 0, 24);
        const fd = openSync(this.control, 'r+');
        writeSync(fd, bytes, 0, 32, 0);
        closeSync(fd);
    }

    calm() { this.fail({ op: 0, n: 0 }); }

    /** How often it struck since the last fail(). */
    get hits() {
        const bytes = Buffer.alloc(32), fd = openSync(this.control, 'r');
        readSync(fd, bytes, 0, 32, 0);
        closeSync(fd);
        return bytes.readUInt32LE(20);
    }

    /** How far the trace has come; all that was done before now lies before it. */
    get position() { return statSync(this.trace).size; }

    /** Every call so far: {op, path, at, offset, data}; `at` is where its line ends. */
    get calls() {
        const bytes = readFileSync(this.trace), found = [];
        for (let i = 0; i + 24 <= bytes.length;) {
            const op = names[bytes.readUInt32LE(i)], pathLength = bytes.readUInt32LE(i + 4);
            const offset = Number(bytes.readBigUInt64LE(i + 8)), length = Number(bytes.readBigUInt64LE(i + 16));
            const file = bytes.toString('utf8', i + 24, i + 24 + pathLength);
            const end = i + 24 + pathLength + (op === 'write' || op === 'rename' ? length : 0);
            found.push({ op, path: file, offset, data: bytes.subarray(i + 24 + pathLength, end), begun: i, at: end });
            i = end;
        }
        return found;
    }
}
