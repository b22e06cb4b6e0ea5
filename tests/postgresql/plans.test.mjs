// How PostgreSQL goes about the statements that take some rows of a large table: none of them may read, sort or merge
// the whole of it for one step. Plans are looked at as prepared statements have them after a while: made without
// knowing the parameters (the texts are those of src/store/sql).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { Server, loadPolicy, psql, root } from '../lib/troth.mjs';

const PEOPLE = 200000;
let server;

function statement(file, name) {
    const parts = readFileSync(path.join(root, 'src', 'store', 'sql', file), 'utf8').split(/\n\s*\n/)
        .map((part) => part.split('\n'))
        .filter((lines) => lines.includes(`-- name: ${name}`) && !lines.includes('-- for: sqlite'));
    assert.equal(parts.length, 1, `${name} is there once`);
    return parts[0].filter((line) => !line.startsWith('--')).join('\n').replace(/;\s*$/, '');
}

test('a store with many people', async () => {
    server = await Server.start({ policy: loadPolicy });
    await server.stop();
    psql(server.base, `
INSERT INTO subject SELECT g, decode(md5(g::text), 'hex'), 1, 0, 0, g, 1 FROM generate_series(1, ${PEOPLE}) g;
INSERT INTO record SELECT sn, 1, 0, 1, 1, sn, sn, NULL, sn, decode(repeat('00', 300), 'hex') FROM subject ORDER BY random();
INSERT INTO consent SELECT sn, 1, 2, 1, 1, sn, NULL FROM subject;
INSERT INTO trace SELECT sn, sn, sn, '\\x00' FROM subject;
INSERT INTO lookup_plain SELECT 1, id, sn FROM subject;
INSERT INTO idempotency SELECT sha256(id), id, 200, id, NULL, sn FROM subject;
ANALYZE;`, 'postgres');
});

for (const [what, file, name, types, values, most = 1500] of [
    ['the sweep looks for what is due', 'vault.sql', 'record_due', 2, [PEOPLE * 2, 64]],
    ['records get new dates, in the middle', 'vault.sql', 'record_dated', 4, [PEOPLE / 2, 1, 0, 64]],
    ['a page of a list, in the middle', 'vault.sql', 'record_list', 5, [1, 1, PEOPLE / 2, 0, 64]],
    ['replies that are too old', 'actors.sql', 'idempotency_old', 2, [PEOPLE * 2, 64]],
    // Each of their rows may lie on a page of its own; asked for once in a while, and never with a record in hand.
    ['what is overdue, of very much', 'evidence.sql', 'record_overdue', 2, [PEOPLE * 2, 1000], 1500],
    ['which categories there are', 'evidence.sql', 'record_categories', 1, [2000], 5000],
    ['a person\'s deeds', 'consent.sql', 'trace_of_subject', 4, [PEOPLE / 2, 0, 0, 64]],
]) {
    test(`${what}: a few pages`, () => {
        const out = psql(server.base, `SET plan_cache_mode = force_generic_plan;
PREPARE it(${Array(types).fill('bigint').join(', ')}) AS ${statement(file, name)};
BEGIN; EXPLAIN (ANALYZE, BUFFERS) EXECUTE it(${values.join(', ')}); ROLLBACK;`, 'postgres');
        const pages = [...out.matchAll(/Buffers: shared ((?:\w+=\d+ ?)+)/g)][0][1].match(/(?:hit|read)=(\d+)/g)
            .reduce((sum, text) => sum + Number(text.split('=')[1]), 0);
        assert.ok(pages < most, `${pages} pages:\n${out}`);
        assert.doesNotMatch(out, /Parallel|Gather/, 'one step is no work for several processes');
    });
}
