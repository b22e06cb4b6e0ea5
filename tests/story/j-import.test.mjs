// j: importing. What people gave elsewhere comes in through a collection point, row by row, by the same rules; rows that
// break them are told with their place and leave nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { fields, purposes, somebody, visitor } from '../lib/classroom.mjs';
import { canary, scan, show } from '../lib/canary.mjs';
import { wants } from '../lib/http.mjs';
import { Server, folder, loadPolicy, program, put, until } from '../lib/troth.mjs';

let server, website;
const names = [fields.first, fields.last, fields.email, fields.password];
const cell = (text) => /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
const csv = (rows, header = names) => [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
const row = (who) => names.map((name) => who.fields[name]);

test('it starts', async () => {
    server = await Server.start();
    website = server.as('website', { purpose: purposes.run });
});

/** Runs an import of a file with this content; `more` are further flags, `point` another collection point. */
function load(name, content, more = [], point = 'register') {
    return server.cli('import', '--data', server.data, '--point', point, '--purpose', purposes.run, ...more,
        put(path.join(folder('import'), name), content), { env: { TROTH_TOKEN: website.token } });
}
const known = async (who) => {
    const reply = await website.get(`/v1/subjects?lookup=${fields.email}:${encodeURIComponent(who.email)}`);
    return reply.status === 200 && reply.json.subjects.length === 1;
};

test('CSV: fifty people', async () => {
    const people = Array.from({ length: 50 }, somebody);
    const done = load('people.csv', csv(people.map(row)));
    assert.equal(done.status, 0, String(done));
    assert.match(done.stdout + done.stderr, /\b50\b/);
    for (const who of [people[0], people[25], people[49]]) assert.ok(await known(who));
    const { hits } = scan(server.places(), people.flatMap((who) => who.canaries));
    assert.deepEqual(hits, [], show(hits));
});

test('NDJSON: fifty people', async () => {
    const people = Array.from({ length: 50 }, somebody);
    const done = load('people.ndjson', people.map((who) => JSON.stringify({ fields: who.fields })).join('\n') + '\n');
    assert.equal(done.status, 0, String(done));
    for (const who of [people[0], people[25], people[49]]) assert.ok(await known(who));
});

test('columns in another order, quotes, a byte order mark, bare line ends', async () => {
    const who = somebody();
    const header = [fields.email, fields.password, fields.last, fields.first];
    const text = '\ufeff' + [header.join(','), [who.email, `"${who.password}"`, `"${who.last}, ""the"" one"`, who.first].join(',')].join('\n') + '\n';
    const done = load('p.csv', text);
    assert.equal(done.status, 0, String(done));
    assert.ok(await known(who));
});

// Rows that are refused: what is done to the row, and what the report must say.
const bad = [
    ['no e-mail', (r) => { r[2] = ''; }, /email/],
    ['an e-mail that is none', (r) => { r[2] = 'nobody'; }, /email/],
    ['a column too many', (r) => { r.push('x'); }, /column|field/i],
    ['a column too few', (r) => { r.pop(); }, /column|field/i],
    ['a control character', (r) => { r[0] = `${r[0]}\x07`; }, /first-name/],
    ['a card number', (r) => { r[1] = `${r[1]} 4111 1111 1111 1111`; }, /card/i],
    ['an e-mail that is taken', (r, who) => { r[2] = who.email; }, /taken|use/i],
];
for (const [name, spoil, says] of bad) {
    test(`a refused row is told with its line; nothing comes in, or on demand the others: ${name}`, async () => {
        const before = somebody(), after = somebody(), wrong = somebody();
        const broken = row(wrong);
        spoil(broken, before);
        const text = csv([row(before), broken, row(after)]);
        // Only an e-mail that an earlier row of the same file takes is not known before that row is in.
        if (!/taken/.test(name)) {
            const done = load('p.csv', text);
            const told = done.stdout + done.stderr;
            assert.equal(done.status, 3, String(done));
            assert.match(told, /\b3\b/, 'line 3 of the file');
            assert.match(told, says);
            assert.ok(!wrong.canaries.some((value) => told.includes(value)), 'the report repeats no value');
            assert.ok(!await known(before) && !await known(after), 'nothing was imported');
        }
        const skipping = load('p.csv', text, ['--skip-refused']);
        assert.match(skipping.stdout + skipping.stderr, says);
        assert.ok(await known(before) && await known(after), String(skipping));
        assert.deepEqual(scan(server.places(), wrong.canaries).hits, []);
    });
}

// Files that are refused whole: nothing of them comes in.
const wholly = [
    ['a column the policy does not know', () => csv([[...row(somebody()), canary()]], [...names, 'account.shoe-size'])],
    ['a column twice', () => csv([[...row(somebody()), canary()]], [...names, fields.first])],
    ['a header only in part', () => 'account.email\nx@example.org\n'],
    ['nothing', () => ''],
    ['UTF-16', () => Buffer.from('\ufeff' + csv([row(somebody())]), 'utf16le')],
    ['bytes that are not UTF-8', () => Buffer.concat([Buffer.from(csv([])), Buffer.from([0xff, 0xfe, 0x0a])])],
    ['NUL', () => csv([row(somebody())]).replace('@', '\0@')],
    ['a quote that never ends', () => names.join(',') + '\n"open,' + row(somebody()).join(',') + '\n'],
];
for (const [name, content] of wholly) {
    test(`refused: ${name}`, () => {
        const done = load('p.csv', content());
        assert.ok([3, 5].includes(done.status), String(done));
        assert.ok(done.stderr.length > 0);
    });
}

test('the same file twice brings nobody twice', async () => {
    const who = somebody();
    assert.equal(load('p.csv', csv([row(who)])).status, 0);
    const again = load('p.csv', csv([row(who)]));
    assert.ok([0, 3].includes(again.status), String(again));
    assert.ok(await known(who), 'there is exactly one');
});

test('an import that was cut off goes on when it is run again', { timeout: 180000 }, async () => {
    const own = await Server.start({ policy: loadPolicy });
    const token = own.token({ role: 'website' }), count = 300;
    const people = Array.from({ length: count }, () => visitor());
    const columns = [fields.first, fields.last, fields.email];
    const file = put(path.join(folder('import'), 'many.csv'),
        [columns, ...people.map((who) => columns.map((name) => who.fields[name]))].map((cells) => cells.join(',')).join('\n') + '\n');
    const args = ['import', '--data', own.data, '--point', 'register', file];
    const made = async () => Number(/troth_deeds_done_total (\d+)/.exec((await own.anyone().get('/metrics')).text)[1]);
    const first = spawn(program, args, { env: { PATH: process.env.PATH, TROTH_TOKEN: token }, stdio: 'ignore' });
    const ended = new Promise((resolve) => first.on('close', (status, signal) => resolve(signal)));
    const before = await made();
    await until('some rows are in', async () => await made() > before + 20, 120000);
    first.kill('SIGKILL');
    assert.equal(await ended, 'SIGKILL');
    const again = own.cli(...args, { env: { TROTH_TOKEN: token }, ms: 120000 });
    assert.equal(again.status, 0, String(again));
    const site = own.as('website', { purpose: purposes.run });
    assert.equal(wants(await site.get('/v1/list/account'), 200).lines.length, count);
    await own.stop();
});

test('a point that does not exist, a file that does not', () => {
    const point = load('p.csv', csv([row(somebody())]), [], 'backdoor');
    assert.ok([3, 4, 5].includes(point.status), String(point));
    const file = server.cli('import', '--data', server.data, '--point', 'register', '/nonexistent/p.csv', { env: { TROTH_TOKEN: website.token } });
    assert.ok(file.status > 0 && file.status < 70, String(file));
});

test('it ends well', async () => {
    server.verifyLedger();
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
});
