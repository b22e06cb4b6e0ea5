// j: importing. What people gave elsewhere comes in through a collection point, row by row, by the same rules; rows that
// break them are told with their place and leave nothing.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { truncateSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { fields, purposes, somebody, visitor } from '../lib/classroom.mjs';
import { canary, scan, show } from '../lib/canary.mjs';
import { wants } from '../lib/http.mjs';
import { Server, folder, loadPolicy, put, until } from '../lib/troth.mjs';

let server, website;
let light; // nobody has a password there
const names = [fields.first, fields.last, fields.email, fields.password];
const cell = (text) => /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
const csv = (rows, header = names) => [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n';
const row = (who) => names.map((name) => who.fields[name]);

test('it starts', async () => {
    server = await Server.start();
    website = server.as('website', { purpose: purposes.run });
    light = await Server.start({ policy: loadPolicy });
    light.as('website');
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

test('NDJSON: ten people', async () => {
    const people = Array.from({ length: 10 }, somebody);
    const done = load('people.ndjson', people.map((who) => JSON.stringify({ fields: who.fields })).join('\n') + '\n');
    assert.equal(done.status, 0, String(done));
    for (const who of [people[0], people[5], people[9]]) assert.ok(await known(who));
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
    ['an e-mail that an earlier row has', (r, who) => { r[2] = who.email; }, /account\.email is that of row 2 already/],
];
for (const [name, spoil, says] of bad) {
    test(`a refused row is told with its line; nothing comes in, or on demand the others: ${name}`, async () => {
        const before = somebody(), after = somebody(), wrong = somebody();
        const broken = row(wrong);
        spoil(broken, before);
        const text = csv([row(before), broken, row(after)]);
        const done = load('p.csv', text);
        const told = done.stdout + done.stderr;
        assert.equal(done.status, 3, String(done));
        assert.match(told, /\b3\b/, 'line 3 of the file');
        assert.match(told, says);
        assert.ok(!wrong.canaries.some((value) => told.includes(value)), 'the report repeats no value');
        assert.ok(!await known(before) && !await known(after), 'nothing was imported');
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

const lightNames = [fields.first, fields.last, fields.email];
const lightRow = (who) => lightNames.map((name) => who.fields[name]);
const visitors = (count) => Array.from({ length: count }, () => visitor());
const ndjson = (people) => people.map((who) => JSON.stringify({ fields: who.fields })).join('\n') + '\n';
const metric = async (of, name) => Number(new RegExp(`^troth_${name} (\\d+)$`, 'm').exec((await of.anyone().get('/metrics')).text)[1]);
const made = (of) => metric(of, 'deeds_done_total');
const count = async (of) => wants(await of.as('website', { purpose: purposes.run }).get('/v1/list/account'), 200).lines.length;
const lightArgs = (name, content, more = [], of = light) => {
    of.as('website');
    return { args: ['import', '--data', of.data, '--point', 'register', ...more, put(path.join(folder('import'), name), content)], env: { TROTH_TOKEN: of.tokens.get('website') } };
};
function loadLight(name, content, more, options = {}) {
    const { args, env } = lightArgs(name, content, more);
    return light.cli(...args, { env, ...options });
}

/** Begins an import beside us. → {child, done}; done gives {status, signal, stdout, stderr}. */
function begin({ args, env }, exe = light.exe) {
    const child = spawn(exe, args, { env: { PATH: process.env.PATH, ...env } });
    const end = { stdout: '', stderr: '', toString() { return `exit ${this.status ?? this.signal}\n${this.stdout}\n${this.stderr}`; } };
    for (const name of ['stdout', 'stderr']) child[name].on('data', (part) => { end[name] += part; });
    return { child, done: new Promise((resolve) => child.on('close', (status, signal) => resolve(Object.assign(end, { status, signal })))) };
}

for (const [format, text] of [['csv', (people) => csv(people.map(lightRow), lightNames)], ['ndjson', ndjson]]) {
    test(`two rows that want the same value are told before anything is stored: ${format}`, async () => {
        const people = visitors(40), [one, other] = [people[3], people[30]];
        other.fields[fields.email] = one.email.toUpperCase();
        const shift = format === 'csv' ? 2 : 1, before = await made(light);
        const done = loadLight(`p.${format}`, text(people));
        assert.equal(done.status, 3, String(done));
        assert.match(done.stderr, new RegExp(`^row ${30 + shift}: account\\.email is that of row ${3 + shift} already$`, 'm'));
        assert.match(done.stderr, /1 of 40 rows would be refused; nothing was imported/);
        assert.equal(await made(light), before, 'nothing was stored');
        const skipping = loadLight(`p.${format}`, text(people), ['--skip-refused']);
        assert.equal(skipping.status, 3, String(skipping));
        assert.match(skipping.stdout, /^39 rows imported, 1 refused$/m);
        assert.equal(await made(light), before + 39);
    });
}

test('a row that is refused takes nothing from those behind it', async () => {
    const people = visitors(3);
    people[0].fields[fields.first] = '';
    people[1].fields[fields.email] = people[0].email;
    const done = loadLight('p.csv', csv(people.map(lightRow), lightNames), ['--skip-refused']);
    assert.match(done.stdout, /^2 rows imported, 1 refused$/m, String(done));
});

test('rows are told by record, line and column, whatever the columns are called', () => {
    const [a, b, c] = visitors(3);
    const text = ['Vorname;Nachname;Bemerkung;Mail', `${a.first};${a.last};"two\nlines";${a.email}`, `${b.first};${b.last};"x";nobody`,
        `${c.first};${c.last};"x"`, `${c.first};${c.last};"4111 1111 1111 1111";${c.email}`].join('\n') + '\n';
    const done = loadLight('p.csv', text, ['--separator', ';', '--map', `Vorname=${fields.first},Nachname=${fields.last},Bemerkung=account.about,Mail=${fields.email}`]);
    assert.equal(done.status, 3, String(done));
    const lines = done.stderr.split('\n');
    assert.match(lines[0], /^row 2: column 3: account\.about /);
    assert.match(lines[1], /^row 3 \(line 4\): column 4: account\.email must be/);
    assert.match(lines[2], /^row 4 \(line 5\): column 4: not as many fields/);
    assert.match(lines[3], /^row 5 \(line 6\): .*column 3.*card/);
    assert.match(lines[4], /4 of 4 rows/);
    for (const who of [a, b, c]) assert.ok(!who.canaries.some((value) => done.stderr.includes(value)));

    const odd = { fields: { ...a.fields, [b.first.toLowerCase()]: 'x' } };
    const json = loadLight('p.ndjson', `${JSON.stringify(odd)}\n\n{"fields": {\n${JSON.stringify({ fields: c.fields, [a.last]: 1 })}\n`);
    assert.match(json.stderr, /^row 1: member 4 of "fields": the policy declares no such field/m, String(json));
    assert.match(json.stderr, /^row 3: column 13: the text ends too early$/m);
    assert.match(json.stderr, /^row 4: the body has a member nobody asked for$/m);
    for (const who of [a, b, c]) assert.ok(!who.canaries.some((value) => json.stderr.toLowerCase().includes(value.toLowerCase())), json.stderr);
});

test('a file without a header: its first row is taken for one, and repeated nowhere', () => {
    const people = visitors(3), done = loadLight('p.csv', people.map((who) => lightRow(who).join(',')).join('\n') + '\n');
    assert.equal(done.status, 3, String(done));
    assert.match(done.stderr, /^row 2: column 1: the policy declares no such field/m);
    assert.ok(!people.some((who) => who.canaries.some((value) => done.stderr.includes(value))), done.stderr);
});

test('at most a thousand refused rows are printed', () => {
    const people = visitors(1234);
    for (const who of people) who.fields[fields.email] = 'nobody';
    const done = loadLight('p.csv', csv(people.map(lightRow), lightNames));
    assert.equal(done.status, 3);
    assert.equal(done.stderr.match(/^row \d+: account\.email must be an e-mail address$/gm).length, 1000);
    assert.match(done.stderr, /^… and 234 more$/m);
    assert.match(done.stderr, /1234 of 1234 rows would be refused/);
});

test('who may not submit there is told so once, not for each row', async () => {
    const before = await metric(light, 'ledger_entries'), helpdesk = light.token({ role: 'helpdesk' });
    const file = ndjson(visitors(500));
    const done = loadLight('p.ndjson', file, [], { env: { TROTH_TOKEN: helpdesk } });
    assert.equal(done.status, 5, String(done));
    assert.match(done.stderr, /the check stopped at row 1; nothing was imported/);
    assert.ok(await metric(light, 'ledger_entries') < before + 20);
    assert.equal(loadLight('p.ndjson', file, [], { env: { TROTH_TOKEN: 'troth_nothing' } }).status, 5);
});

// A terminal for the program, so that it says how far it is.
const terminal = ['python3', '-c', 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'];

test('20,000 people: each has a line in the ledger for the check and one for the deed', { timeout: 180000 }, async () => {
    const people = 20000, there = await count(light), entries = await metric(light, 'ledger_entries');
    const text = lightNames.join(',') + '\n' + Array.from({ length: people }, (_, i) => `Ann${i},Lee${i},p${i}@twenty.example`).join('\n') + '\n';
    const done = loadLight('p.csv', text, [], { wrap: terminal, ms: 170000 });
    assert.equal(done.status, 0, String(done));
    assert.match(done.stdout, /^20000 rows imported, 0 refused\r?$/m);
    assert.equal(await metric(light, 'ledger_entries'), entries + 2 * people);
    assert.equal(await count(light), there + people);
    let last = 0; // only ever forward, and never beyond the end
    for (const [, checked, imported, of] of done.stdout.matchAll(/\r(?:checking rows: (\d+)|importing rows: (\d+) of (\d+) \(\d+ %\)) /g)) {
        if (imported && of) assert.equal(Number(of), people);
        const now = Number(checked ?? imported) + (imported ? people : 0);
        assert.ok(now >= last && now <= 2 * people, `${last} then ${now}`);
        last = now;
    }
    light.verifyLedger();
});

test('an import that is stopped in the middle goes on, and brings nobody twice: Ctrl-C, kill -9 of either side', { timeout: 180000 }, async () => {
    const people = 3000, own = await Server.start({ policy: loadPolicy });
    const call = lightArgs('p.ndjson', ndjson(visitors(people)), [], own);
    const before = await made(own);
    const stop = async (least, how) => {
        const { child, done } = begin(call);
        await until(`${least} rows are in`, async () => await made(own) >= before + least, 60000);
        await how(child);
        return done;
    };
    const asked = await stop(200, (child) => child.kill('SIGINT'));
    assert.equal(asked.status, 6, String(asked));
    const [, row, stored] = /^troth: interrupted: the import stopped at row (\d+): (\d+) of 3000 rows are stored; run the same command again within a day/m.exec(asked.stderr);
    assert.deepEqual([Number(row), Number(stored)], [await made(own) - before, await made(own) - before], 'exactly those');

    const killed = await stop(Number(stored) + 200, (child) => child.kill('SIGKILL'));
    assert.equal(killed.signal, 'SIGKILL');
    const then = await made(own);

    const lost = await stop(then - before + 200, () => own.kill9());
    assert.equal(lost.status, 6, String(lost));
    const told = /the import stopped at row \d+: (\d+) of 3000 rows are stored(?:, and perhaps (\d+) more)?; run the same/.exec(lost.stderr);
    assert.ok(told, String(lost));
    await own.launch();
    const there = await count(own);
    assert.ok(there >= Number(told[1]) && there <= Number(told[1]) + Number(told[2] ?? 0), `${there} are there, ${lost}`);

    const last = await begin(call).done;
    assert.equal(last.status, 0, String(last));
    assert.match(last.stdout, new RegExp(`^3000 rows imported \\(${there} of them before\\), 0 refused$`, 'm'));
    assert.equal(await count(own), people);
    own.verifyLedger();
    await own.stop();
});

test('an import that is run again when its keys are forgotten says what to do', { timeout: 120000 }, async () => {
    const people = 800, own = await Server.start({ policy: loadPolicy, movable: true });
    const call = lightArgs('p.ndjson', ndjson(visitors(people)), [], own);
    const { child, done } = begin(call, own.exe);
    await until('some rows are in', async () => await made(own) > 100, 60000);
    child.kill('SIGKILL');
    await done;
    own.clock.forward({ days: 2 });
    assert.equal(own.cli('sweep', '--data', own.data).status, 0);
    const again = own.cli(...call.args, { env: { ...own.env, ...call.env } });
    assert.equal(again.status, 3, String(again));
    assert.match(again.stderr, /^row 1: account\.email: another person has this email already$/m);
    assert.match(again.stderr, /more than a day ago.*--skip-refused imports what is missing/);
    const rest = own.cli(...call.args, '--skip-refused', { env: { ...own.env, ...call.env } });
    assert.equal(rest.status, 3, String(rest));
    assert.equal(await count(own), people);
    await own.stop();
});

/** A server that answers what it is told to; `answer` gets {number, dry, reply} of each request, from 0. */
async function fake(answer) {
    let number = 0;
    const it = http.createServer((request, response) => {
        const parts = [];
        request.on('data', (part) => parts.push(part));
        request.on('end', () => answer({
            number: number++, dry: request.headers['troth-dry-run'] === '1', bytes: Buffer.concat(parts).length,
            reply(status, body) {
                response.writeHead(status, { 'content-type': status < 300 ? 'application/json' : 'application/problem+json', 'content-length': Buffer.byteLength(body) });
                response.end(body);
            },
        }));
    });
    await new Promise((resolve) => it.listen(0, '127.0.0.1', resolve));
    return it;
}
const towards = (it, content) => ({
    args: ['import', '--server', `http://127.0.0.1:${it.address().port}`, '--point', 'register', put(path.join(folder('import'), 'p.ndjson'), content)],
    env: { TROTH_TOKEN: 'troth_x' },
});
const would = '{"would":true,"unique":{}}';

test('sixteen requests are under way, not more', async () => {
    const waiting = [], depths = [];
    let timer;
    const it = await fake((one) => {
        waiting.push(one);
        clearTimeout(timer);
        timer = setTimeout(() => {
            depths.push(waiting.length);
            for (const { dry, reply } of waiting.splice(0)) reply(dry ? 200 : 201, dry ? would : '{}');
        }, 50);
    });
    const done = await begin(towards(it, ndjson(visitors(40)))).done;
    it.close();
    assert.equal(done.status, 0, String(done));
    assert.deepEqual(depths, [16, 16, 8, 16, 16, 8]);
});

test('large rows and large answers: neither side waits for the other for ever', { timeout: 60000 }, async () => {
    const wide = ndjson(visitors(24)).split('\n').filter(Boolean).map((line) => line.padEnd(1048576)).join('\n');
    let bytes = 0;
    const it = await fake(({ dry, reply, bytes: n }) => { bytes += n; reply(dry ? 200 : 201, (dry ? would : '{}').padEnd(4 << 20)); });
    const done = await begin(towards(it, wide)).done;
    it.close();
    assert.equal(done.status, 0, String(done));
    assert.equal(bytes, 2 * 24 * 1048576);
    // The same to the real one, both ways in.
    const real = loadLight('p.ndjson', wide);
    assert.match(real.stdout, /^24 rows imported, 0 refused$/m, String(real));
    const again = loadLight('p.ndjson', wide, ['--server', `http://127.0.0.1:${light.port}`]);
    assert.match(again.stdout, /^24 rows imported \(24 of them before\), 0 refused$/m, String(again));
    const wider = loadLight('p.ndjson', `${wide} \n`);
    assert.match(wider.stderr, /^row 24: the line is longer than a submission may be/m, String(wider));
});

for (const [status, code, exit, says] of [
    [507, 'storage-full', 6, /^troth: There is no room left to store this; nothing was changed\. \(status 507\)$/m],
    [503, 'unavailable', 6, /^troth: This cannot be done now/m],
    [500, 'internal', 70, /^troth: Something went wrong on our side/m],
]) {
    test(`${status} in the middle stops the import and says how far it came`, async () => {
        let stored = 0;
        const it = await fake(({ number, dry, reply }) => {
            if (dry) reply(200, would);
            else if (number - 300 >= 100 && number - 300 < 104) reply(status, JSON.stringify({ code, status }));
            else { stored++; reply(201, '{}'); }
        });
        const done = await begin(towards(it, ndjson(visitors(300)))).done;
        it.close();
        assert.equal(done.status, exit, String(done));
        assert.match(done.stderr, says);
        const [, rows] = /^troth: the import stopped at row \d+: (\d+) of 300 rows are stored; run the same command again within a day to go on$/m.exec(done.stderr);
        assert.equal(Number(rows), stored, 'those behind it that were under way are counted');
        assert.ok(stored >= 100 && stored < 120, `${stored}`);
        assert.match(done.stderr, /after a day rows without a unique value would come in twice/);
    });
}

test('files that may grow no further stop an import in the middle; with room it goes on', { timeout: 120000 }, async () => {
    const people = 3000, own = await Server.start({ policy: loadPolicy });
    const call = lightArgs('p.ndjson', ndjson(visitors(people)), [], own);
    const { done } = begin(call);
    await until('some rows are in', async () => await made(own) > 200, 60000);
    assert.equal(spawnSync('prlimit', ['--pid', String(own.pid), '--fsize=200000']).status, 0);
    const full = await done;
    assert.equal(full.status, 6, String(full));
    assert.match(full.stderr, /^troth: the import stopped at row \d+: \d+ of 3000 rows are stored/m);
    await own.kill9();
    await own.launch();
    const last = await begin(call).done;
    assert.equal(last.status, 0, String(last));
    assert.equal(await count(own), people);
    await own.stop();
});

test('without a server the work is done in this process', async () => {
    const own = await Server.start({ policy: loadPolicy });
    const call = lightArgs('p.ndjson', ndjson(visitors(30)), ['--policy', loadPolicy, '--root-key-file', own.rootKey], own);
    await own.stop();
    const done = await begin(call).done;
    assert.match(done.stdout, /^30 rows imported, 0 refused$/m, String(done));
    const again = await begin(call).done;
    assert.match(again.stdout, /^30 rows imported \(30 of them before\), 0 refused$/m, String(again));
    await own.launch();
    assert.equal(await count(own), 30);
    await own.stop();
});

test('a file of more than a GiB is refused at once', () => {
    const file = put(path.join(folder('import'), 'p.csv'), '');
    truncateSync(file, 2 ** 30 + 1);
    const done = server.cli('import', '--data', server.data, '--point', 'register', file, { env: { TROTH_TOKEN: website.token } });
    assert.deepEqual([done.status, /is larger than 1073741824 bytes/.test(done.stderr)], [3, true], String(done));
});

test('a point that does not exist, a file that does not', () => {
    const point = load('p.csv', csv([row(somebody())]), [], 'backdoor');
    assert.ok([3, 4, 5].includes(point.status), String(point));
    const file = server.cli('import', '--data', server.data, '--point', 'register', '/nonexistent/p.csv', { env: { TROTH_TOKEN: website.token } });
    assert.ok(file.status > 0 && file.status < 70, String(file));
});

test('it ends well', async () => {
    for (const one of [server, light]) {
        one.verifyLedger();
        assert.deepEqual([(await one.stop()).status, one.complaints()], [0, []]);
    }
});
