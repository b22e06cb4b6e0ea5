// Canaries: random values planted as personal data, and a search for them in every byte somebody could find.
//
// A canary is 20 characters that occur nowhere else. It is looked for as it is, in UTF-16 of both orders, in
// hexadecimal of both cases, in base64 and base64url at each of the three alignments, percent-encoded, and as
// JSON \u escapes. A scan says how many bytes it saw, so that a scan of nothing cannot pass for a clean one.
import { randomBytes } from 'node:crypto';
import { closeSync, lstatSync, openSync, readSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

export function canary() {
    let text = '';
    while (text.length < 20) {
        for (const byte of randomBytes(32)) {
            if (byte >= 252) continue;  // 252 = 7 × 36: every character equally likely
            const letter = letters[byte % 36];
            if (text.length === 0 && letter <= '9') continue;
            if (text.length < 20) text += letter;
        }
    }
    return text;
}

/** base64 of bytes that begin `shift` bytes into a group of three: only characters no neighbour can change. */
function base64At(bytes, shift, coding) {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString(coding).replace(/=+$/, '');
    return text.slice(Math.ceil(shift * 8 / 6), Math.floor((shift + bytes.length) * 8 / 6));
}

/** Every form looked for: [name, bytes]. */
export function forms(value) {
    const plain = Buffer.from(value, 'utf8');
    const utf16 = Buffer.from(value, 'utf16le');
    const hex = plain.toString('hex');
    const escapes = (digits) => [...value].map((c) => '\\u' + digits(c.charCodeAt(0).toString(16).padStart(4, '0'))).join('');
    const lower = (text) => text, upper = (text) => text.toUpperCase();
    const percent = (digits) => [...plain].map((b) => '%' + digits(b.toString(16).padStart(2, '0'))).join('');
    const found = [
        ['plain', plain],
        ['utf-16le', utf16],
        ['utf-16be', Buffer.from(utf16).swap16()],
        ['hex', Buffer.from(hex)],
        ['HEX', Buffer.from(hex.toUpperCase())],
        ['percent', Buffer.from(percent(lower))],
        ['PERCENT', Buffer.from(percent(upper))],
        ['json \\u', Buffer.from(escapes(lower))],
        ['json \\U', Buffer.from(escapes(upper))],
        ['UPPER CASE', Buffer.from(value.toUpperCase())],
    ];
    for (const shift of [0, 1, 2]) {
        found.push([`base64+${shift}`, Buffer.from(base64At(plain, shift, 'base64'))]);
        found.push([`base64url+${shift}`, Buffer.from(base64At(plain, shift, 'base64url'))]);
    }
    const unlike = new Map();
    for (const [name, bytes] of found) {
        const key = bytes.toString('latin1');
        if (!unlike.has(key)) unlike.set(key, [name, bytes]);
    }
    return [...unlike.values()];
}

/** Looks for many values at once: a bitmap of all first three bytes, then the candidates behind it. */
export class Searcher {
    constructor(values) {
        this.bits = new Uint8Array(1 << 21);
        this.byHead = new Map();
        this.longest = 3;
        for (const value of values) {
            for (const [form, bytes] of forms(value)) {
                const head = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
                this.bits[head >> 3] |= 1 << (head & 7);
                if (!this.byHead.has(head)) this.byHead.set(head, []);
                this.byHead.get(head).push({ value, form, bytes });
                this.longest = Math.max(this.longest, bytes.length);
            }
        }
    }

    search(buffer, where, hits, offset = 0) {
        const { bits } = this;
        for (let i = 0; i + 2 < buffer.length; i++) {
            const head = buffer[i] << 16 | buffer[i + 1] << 8 | buffer[i + 2];
            if ((bits[head >> 3] & 1 << (head & 7)) === 0) continue;
            for (const { value, form, bytes } of this.byHead.get(head)) {
                if (i + bytes.length <= buffer.length && buffer.compare(bytes, 0, bytes.length, i, i + bytes.length) === 0) {
                    hits.push({ where, offset: offset + i, value, form });
                }
            }
        }
    }

    /** Reads from a descriptor in pieces that overlap by the longest form. */
    searchFile(fd, where, hits, { from = 0, size = Infinity } = {}) {
        const piece = Buffer.alloc(8 << 20);
        let at = 0, kept = 0;
        while (at < size) {
            const most = Math.min(piece.length - kept, size - at);
            const got = readSync(fd, piece, kept, most, typeof from === 'bigint' ? from + BigInt(at) : from + at);
            if (got === 0) break;
            this.search(piece.subarray(0, kept + got), where, hits, at - kept);
            at += got;
            const keep = Math.min(this.longest - 1, kept + got);
            piece.copy(piece, 0, kept + got - keep, kept + got);
            kept = keep;
        }
        return at;
    }
}

function unlike(hits) {
    const seen = new Set();
    return hits.filter((hit) => {
        const key = `${hit.where} ${hit.offset} ${hit.form} ${hit.value}`;
        return seen.has(key) ? false : seen.add(key);
    });
}

/** Every regular file under a directory (or several), and every file's name. → {hits, bytes, files} */
export function scan(directories, values) {
    const searcher = new Searcher(values);
    const hits = [];
    let bytes = 0, files = 0;
    const walk = (folder) => {
        for (const name of readdirSync(folder)) {
            const full = path.join(folder, name);
            searcher.search(Buffer.from(name), `name of ${full}`, hits);
            let info;
            try { info = lstatSync(full); } catch { continue; }  // went away meanwhile
            if (info.isDirectory()) walk(full);
            if (!info.isFile()) continue;
            const fd = openSync(full, 'r');
            try { bytes += searcher.searchFile(fd, full, hits); } finally { closeSync(fd); }
            files++;
        }
    };
    for (const directory of [directories].flat()) walk(directory);
    return { hits: unlike(hits), bytes, files };
}

export function scanText(text, values, where = 'text') {
    const hits = [];
    const buffer = Buffer.isBuffer(text) ? text : Buffer.from(text);
    new Searcher(values).search(buffer, where, hits);
    return { hits, bytes: buffer.length };
}

/** The memory of a running process (needs to be root, or the process to be dumpable). */
export function scanProcess(pid, values) {
    const searcher = new Searcher(values);
    const hits = [];
    let bytes = 0, unread = 0;
    const fd = openSync(`/proc/${pid}/mem`, 'r');
    try {
        for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
            const match = /^([0-9a-f]+)-([0-9a-f]+) r/.exec(line);
            if (!match || /\[(vvar|vsyscall|vdso)/.test(line)) continue;
            const from = BigInt('0x' + match[1]), size = Number(BigInt('0x' + match[2]) - from);
            if (size > 1 << 30) continue;  // the shadow of a sanitizer
            try {
                bytes += searcher.searchFile(fd, `memory ${line}`, hits, { from, size });
            } catch {
                unread++;
            }
        }
    } finally {
        closeSync(fd);
    }
    return { hits: unlike(hits), bytes, unread };
}

/** For messages: where it was found, without the value. */
export function show(hits) {
    return hits.slice(0, 10).map((hit) => `${hit.form} at ${hit.offset} in ${hit.where}`).join('\n');
}
