// The ledger read by somebody who shares no code with the server: entries (160 bytes), RFC 6962 hashing and
// proofs, C2SP signed notes. Written from the formats in the documents, not from the server's source.
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';

const sha256 = (...parts) => {
    const hash = createHash('sha256');
    for (const part of parts) hash.update(part);
    return hash.digest();
};
export const leafHash = (entry) => sha256(Buffer.of(0), entry);
export const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

export const events = [null, 'read', 'write', 'disclose', 'consent-given', 'consent-withdrawn', 'erase-asked', 'erased',
    'epoch-destroyed', 'policy-activated', 'sign-in', 'sign-in-failed', 'parental', 'export', 'config', 'restore',
    'key-rotation', 'refused', 'hold', 'witness-change', 'clock-jump'];
export const decisions = ['allow', 'deny', 'error'];

/** One 160-byte entry; throws when a byte is not as the format says. */
export function readEntry(bytes) {
    assert.equal(bytes.length, 160, 'an entry is 160 bytes');
    assert.equal(bytes[0], 1, 'version');
    assert.ok(events[bytes[1]], `event ${bytes[1]}`);
    assert.ok(decisions[bytes[2]], `decision ${bytes[2]}`);
    assert.equal(bytes[3] & ~7, 0, 'flags');
    const lane = bytes.readUInt16BE(152), no = bytes.readUIntBE(154, 6), seq = Number(bytes.readBigUInt64BE(16));
    assert.ok(lane <= 64 && no < 2 ** 40 && (lane > 0 || no === 0), 'lane and number in it');
    return {
        event: events[bytes[1]],
        decision: decisions[bytes[2]],
        flags: bytes[3],
        rule: bytes.readUInt32BE(4),
        time: bytes.readBigUInt64BE(8),
        seq,
        number: lane === 0 ? seq : lane * 2 ** 40 + no,
        lane,
        sref: bytes.subarray(24, 40),
        aref: bytes.subarray(40, 56),
        purpose: bytes.subarray(56, 72),
        policy: bytes.subarray(72, 104),
        detail: bytes.subarray(104, 136),
        request: bytes.subarray(136, 152).toString('hex'),
        leaf: leafHash(bytes),
    };
}

/** The whole book over HTTP; `client` must be somebody who may read it. Entries that are not in the tree yet are waited
    for. → the entries by their place; .of(number) gives one by its number. */
export async function readAll(client, { from = 0 } = {}) {
    const entries = [], numbers = new Map();
    Object.defineProperty(entries, 'of', { value: (number) => numbers.get(number), enumerable: false });
    for (const end = Date.now() + 10000; !/^troth_ledger_waiting_entries 0$/m.test((await client.get('/metrics')).text);) {
        assert.ok(Date.now() < end, 'all entries come into the tree');
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (;;) {
        const reply = await client.get(`/v1/ledger/entries?from=${from + entries.length}&count=200`);
        if (reply.status === 404) break;
        assert.equal(reply.status, 200, String(reply));
        assert.equal(reply.bytes.length % 160, 0, 'whole entries only');
        if (reply.bytes.length === 0) break;
        for (let at = 0; at < reply.bytes.length; at += 160) {
            const entry = readEntry(reply.bytes.subarray(at, at + 160));
            assert.equal(entry.seq, from + entries.length, 'entries are numbered without a gap');
            entries.push(entry);
            numbers.set(entry.number, entry);
        }
    }
    return entries;
}

/** Root of a tree over these leaf hashes (RFC 6962, 2.1). */
export function treeRoot(leaves) {
    if (leaves.length === 0) return sha256();
    if (leaves.length === 1) return leaves[0];
    let half = 1;
    while (half * 2 < leaves.length) half *= 2;
    return nodeHash(treeRoot(leaves.slice(0, half)), treeRoot(leaves.slice(half)));
}

/** RFC 9162, 2.1.3.2. */
export function inclusionHolds(leaf, seq, size, proof, root) {
    if (seq >= size) return false;
    let fn = seq, sn = size - 1, hash = leaf;
    for (const step of proof) {
        if (sn === 0) return false;
        if (fn % 2 === 1 || fn === sn) {
            hash = nodeHash(step, hash);
            while (fn % 2 === 0 && fn !== 0) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
        } else {
            hash = nodeHash(hash, step);
        }
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
    }
    return sn === 0 && hash.equals(root);
}

/** RFC 9162, 2.1.4.2. */
export function consistencyHolds(old, oldRoot, size, root, proof) {
    if (old === 0) return proof.length === 0;
    if (old === size) return proof.length === 0 && oldRoot.equals(root);
    const path = [...proof];
    if ((old & (old - 1)) === 0) path.unshift(oldRoot);
    if (path.length === 0) return false;
    let fn = old - 1, sn = size - 1;
    while (fn % 2 === 1) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
    let fr = path[0], sr = path[0];
    for (const step of path.slice(1)) {
        if (sn === 0) return false;
        if (fn % 2 === 1 || fn === sn) {
            fr = nodeHash(step, fr);
            sr = nodeHash(step, sr);
            while (fn % 2 === 0 && fn !== 0) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
        } else {
            sr = nodeHash(sr, step);
        }
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
    }
    return sn === 0 && fr.equals(oldRoot) && sr.equals(root);
}

/** A checkpoint: origin, size and root, and its signature lines, not yet checked. */
export function readNote(text) {
    const split = text.indexOf('\n\n');
    assert.ok(split > 0, `a note has a blank line: ${text}`);
    const body = text.slice(0, split + 1);
    const [origin, size, root] = body.split('\n');
    assert.match(size, /^(0|[1-9][0-9]*)$/);
    const signatures = text.slice(split + 2).trimEnd().split('\n').map((line) => {
        const match = /^— (\S+) ([A-Za-z0-9+/=]+)$/.exec(line);
        assert.ok(match, `signature line: ${line}`);
        const bytes = Buffer.from(match[2], 'base64');
        return { name: match[1], id: bytes.subarray(0, 4).toString('hex'), bytes: bytes.subarray(4) };
    });
    return { body, origin, size: Number(size), root: Buffer.from(root, 'base64'), signatures };
}

/** name+hash+base64(01 ‖ Ed25519 key) */
export function readVerifierKey(vkey) {
    const match = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey.trim());
    assert.ok(match, `verifier key: ${vkey}`);
    const bytes = Buffer.from(match[3], 'base64');
    assert.equal(bytes.length, 33);
    assert.equal(bytes[0], 1);
    const id = sha256(match[1] + '\n', bytes).subarray(0, 4).toString('hex');
    assert.equal(id, match[2], 'the key id is the hash of name and key');
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)]);
    return { name: match[1], id, key: createPublicKey({ key: der, format: 'der', type: 'spki' }) };
}

export function noteHolds(text, vkey) {
    const note = readNote(text), by = readVerifierKey(vkey);
    return note.signatures.some((signature) => signature.name === by.name && signature.id === by.id
        && verify(null, Buffer.from(note.body), by.key, signature.bytes));
}
