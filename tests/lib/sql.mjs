// The database from outside, as somebody with the disk in hand would: through Python's sqlite3, which is
// always there because the build needs it.
import { spawnSync } from 'node:child_process';

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

/** Runs statements on a database no server holds; gives the last one's rows, blobs as hex. "hex:…" makes a blob. */
export function sql(file, ...statements) {
    const input = JSON.stringify(statements.map((one) => typeof one === 'string' ? [one, []] : one));
    const done = spawnSync('python3', ['-c', script, file], { input, maxBuffer: 256 << 20 });
    if (done.status !== 0) throw new Error(`sqlite: ${done.stderr}`);
    return JSON.parse(done.stdout);
}
