// The databases from outside, as somebody with the disk in hand would: through Python's sqlite3, which is
// always there because the build needs it, or through psql as the cluster's superuser.
//
// Statements are written as SQLite has them; for PostgreSQL x'…', ? and zeroblob are written anew. One that
// differs further is {near, far}.
import { spawnSync } from 'node:child_process';
import { far, psql } from './troth.mjs';

const script = `
import json, sqlite3, sys
file, statements = sys.argv[1], json.loads(sys.stdin.read())
db = sqlite3.connect(file)
rows = []
for text, values in statements:
    values = [bytes.fromhex(v[4:]) if isinstance(v, str) and v.startswith("hex:") else v for v in values]
    rows = [[c.hex() if isinstance(c, bytes) else c for c in row] for row in db.execute(text, values).fetchall()]
db.commit()
db.close()
print(json.dumps(rows))
`;

const literal = (value) => {
    if (typeof value === 'string' && value.startsWith('hex:')) return `'\\x${value.slice(4)}'::bytea`;
    return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
};

function farRows(base, statements) {
    let rows = [];
    for (const [text, values] of statements) {
        let at = 0;
        const said = text.replace(/\?/g, () => literal(values[at++]))
            .replace(/x'([0-9a-f]*)'/g, "'\\x$1'::bytea")
            .replace(/zeroblob\((.*?\))\)/g, "decode(repeat('00', $1), 'hex')");
        const select = /^\s*SELECT/i.test(said);
        const out = psql(base, select ? `SELECT coalesce(json_agg(x), '[]') FROM (${said}) AS x;` : `${said};`, 'postgres');
        rows = select ? JSON.parse(out).map((row) => Object.values(row).map((c) => typeof c === 'string' && c.startsWith('\\x') ? c.slice(2) : c)) : [];
    }
    return rows;
}

/**
 * Runs statements on a database no server holds (server.main, server.keys); gives the last one's rows, blobs as
 * hex. "hex:…" makes a blob.
 */
export function sql(base, ...statements) {
    const said = statements.map((one) => Array.isArray(one) ? one : [one, []])
        .map(([text, values]) => [typeof text === 'string' ? text : far ? text.far : text.near, values]);
    if (far) return farRows(base, said);
    const done = spawnSync('python3', ['-c', script, base], { input: JSON.stringify(said), maxBuffer: 256 << 20 });
    if (done.status !== 0) throw new Error(`sqlite: ${done.stderr}`);
    return JSON.parse(done.stdout);
}

/** Where a person's key of a category lies: in a WHERE, and as columns and values of an INSERT; the same for the list `ended`. */
export function keyPlace(sn, category, generation = 0) {
    if (far) {
        return { where: `sn = ${sn} AND category = ${category} AND generation = ${generation}`,
            columns: 'sn, category, generation', values: `${sn}, ${category}, ${generation}`,
            ended: `lane, sn, category, generation) VALUES (1, ${sn}, ${category}, ${generation}` };
    }
    const place = 2n ** 62n + (BigInt(sn) << 17n) + BigInt(category) * 2n + BigInt(generation);
    return { where: `place = ${place}`, columns: 'place', values: String(place), ended: `place) VALUES (${place}` };
}
