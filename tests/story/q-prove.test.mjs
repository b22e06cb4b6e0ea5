// q: what can be shown. `troth prove` counts what was done, no more and no less; and each way in which a promise stops
// being kept is made for real, and must be found: the sweep stopped, records overdue, a page of other rules, data and
// consents put in past the ledger, the ledger changed, the counts changed.
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { canary } from '../lib/canary.mjs';
import { wants, wantsProblem } from '../lib/http.mjs';
import { sql } from '../lib/sql.mjs';
import { Server, far, folder, psql, put, sleep, until } from '../lib/troth.mjs';

const policy = (version, { more = '', days = 30 } = {}) => `troth: 1
policy: {id: small, title: Small, version: ${version}, date: 2026-01-0${version}, controller: {name: N, address: A, email: a@example.org}}
people:
  user: {says: you}
data:
  account: {of: user, fields: {email: {type: email, lookup: unique}}}
  contact: {of: user, fields: {phone: {type: phone}}}
  note: {of: user, many: yes, fields: {text: {type: text}}}
purposes:
${more}  run: {says: to run it, basis: contract, uses: [account, contact]}
  help: {says: to help you, basis: contract, uses: [account.email, note], needs: ticket}
  news: {says: to send news, basis: consent, uses: [account.email]}
collect:
  join: {from: anyone, makes: user, fields: {account.email: required}, for: [run]}
  write: {from: anyone, adds-to: existing, fields: {note.text: required}, for: [help, run]}
roles:
  web: {kind: application, may: [run, rights], writes: [contact]}
  desk: {may: [help], needs: ticket}
  mailer: {kind: application, may: [news]}
  clerk: {may: [run, rights]}
keep:
  account: {until: closed, then: erase}
  contact: {until: closed, then: erase}
  note: {from: collected, most: ${days} days, then: erase}
never: [sale, advertising]
consent: {text-version: 1}
promises:
  M09: [never.advertising]
  M10: [never.sale]
  S54: [keep.note]
unproven:
  M04: {says: We go on making it safer., why: That work has no end that could be shown.}
clauses:
  - {id: no-sale, says: Nothing is sold., kept-by: [never.sale, never.advertising]}
  - {id: notes-end, says: Notes end after a month., kept-by: [keep.note]}
  - {id: news, says: News come if you ask for them., kept-by: [purposes.news, purposes.news.basis]}
  - {id: staff, says: The desk needs a ticket., kept-by: [purposes.help.needs, roles.desk.needs]}
  - {id: declared, says: What is not declared does not exist., kept-by: [default.closed-world, data.account, data.contact]}
`;
const file = (version, options) => put(path.join(folder('prove'), 'policy.yaml'), policy(version, options));

/** `troth prove`: {status, stdout, json} */
const prove = (server, ...args) => {
    const done = server.cli('prove', '--data', server.data, ...args);
    assert.equal(done.signal, null, String(done));
    return { ...done, json: args.includes('--json') ? JSON.parse(done.stdout) : undefined, toString: () => String(done) };
};
const proveJson = (server) => prove(server, '--json');
const ruleOf = (proof, rule) => proof.json.rules.find((row) => row.rule === rule) ?? assert.fail(`no rule ${rule}`);
const clauseOf = (proof, clause) => proof.json.clauses.find((row) => row.clause === clause).state;
const missing = (proof) => [...proof.json.server.filter((row) => row.state === 'missing').map((row) => row.what),
    ...proof.json.rules.filter((row) => row.state === 'missing').map((row) => row.rule)];
const counted = (server) => until('all lines are counted', () => {
    const done = prove(server, '--recount', '--json');
    assert.equal(done.status, 0, String(done));
    return done.json['not-counted-yet'] === 0 && done.json;
});

const callers = (server) => ({
    web: server.as('web', { purpose: 'run' }), desk: server.as('desk', { purpose: 'help', task: 'ticket/1' }),
    mailer: server.as('mailer', { purpose: 'news' }), clerk: server.as('clerk', { purpose: 'rights' }),
});
const join = async (web) => {
    const email = `${canary()}@example.org`;
    return { email, id: wants(await web.post('/v1/collect/join', { fields: { 'account.email': email } }), 201).json.subject };
};
const account = (who) => `/v1/subjects/${who.id}/account`;
const write = async (web, who, text = 'a note') =>
    wants(await web.post('/v1/collect/write', { subject: who.id, fields: { 'note.text': text } }), 201);

let server, web, desk, mailer, clerk;
const people = [];

test('it starts, and before anybody came nothing is missing', async () => {
    server = await Server.start({ policy: file(1), movable: true });
    ({ web, desk, mailer, clerk } = callers(server));
    await until('the first sweep', () => proveJson(server).status === 0);
    const proof = proveJson(server);
    assert.equal(proof.json.whole, true);
    assert.equal(clauseOf(proof, 'no-sale'), 'built');
    assert.equal(clauseOf(proof, 'news'), 'unused');
    assert.equal(clauseOf(proof, 'notes-end'), 'shown');
});

test('[G07] what was done is counted, no more and no less, before and after it went into the counts', async () => {
    for (let i = 0; i < 4; i++) people.push(await join(web));
    for (const who of people) {
        await write(web, who);
        wants(await desk.get(account(who)), 200);
        wantsProblem(await desk.for('help', 'order/1').get(account(who)), 403, 'refused');
        wantsProblem(await mailer.get(account(who)), 403, 'refused');
    }
    wants(await server.person(people[0].id).put(`/v1/subjects/${people[0].id}/consents/news`, {}), 200);
    wants(await mailer.get(account(people[0])), 200);
    wants(await server.person(people[0].id).delete(`/v1/subjects/${people[0].id}/consents/news`), 200);
    for (let i = 0; i < 3; i++) wantsProblem(await web.for('sale').get(account(people[1])), 403, 'refused');
    wantsProblem(await web.for('nothing-declared').get(account(people[1])), 403, 'refused');
    wants(await web.post(`/v1/subjects/${people[1].id}/contact`, { fields: { phone: '+4930123456' } }), 201);
    for (const when of ['at once', 'from the counts']) {
        if (when === 'from the counts') await counted(server);
        const proof = proveJson(server);
        assert.equal(proof.status, 0, `${when}: ${missing(proof)}`);
        assert.equal(proof.json.counted, proof.json.lines);
        const figures = (rule, ...names) => names.map((name) => ruleOf(proof, rule)[name]);
        assert.deepEqual(figures('collect.join', 'allowed', 'refused'), [4, 0], when);
        assert.deepEqual(figures('collect.write', 'allowed', 'refused'), [4, 0], when);
        assert.deepEqual(figures('purposes.help', 'allowed', 'used'), [4, 4], when);
        assert.deepEqual(figures('roles.desk.needs', 'allowed', 'refused'), [0, 4], when);
        assert.deepEqual(figures('purposes.news.basis', 'refused', 'consents-given', 'consents-withdrawn'), [4, 1, 1], when);
        assert.deepEqual(figures('purposes.news', 'allowed'), [1], when);
        assert.deepEqual(figures('never.sale', 'allowed', 'refused'), [0, 3], when);
        assert.deepEqual(figures('never.advertising', 'refused'), [0], when);
        assert.deepEqual(figures('default.closed-world', 'refused'), [1], when);
        assert.deepEqual(['no-sale', 'notes-end', 'news', 'staff', 'declared'].map((id) => clauseOf(proof, id)), Array(5).fill('shown'), when);
        assert.match(ruleOf(proof, 'never.sale').last, /^20\d\d-/);
    }
});

test('as text it is readable in 80 columns, as a page it is like the policy\'s, and neither names a person', () => {
    const text = prove(server), html = prove(server, '--html'), json = prove(server, '--json');
    for (const done of [text, html, json]) assert.equal(done.status, 0, String(done));
    assert.deepEqual(text.stdout.split('\n').filter((line) => [...line].length > 80), []);
    assert.match(text.stdout, /Everything that owes evidence has it\. 5 clauses: 5 shown\./);
    assert.match(text.stdout, /never\.sale: no purpose can have this name; refused 3 times/);
    assert.match(html.stdout, /^<!DOCTYPE html>/);
    assert.doesNotMatch(html.stdout, /<script|https?:\/\//);
    const ids = people.flatMap((who) => [who.id, who.email]);
    for (const done of [text, html, json]) for (const id of ids) assert.ok(!done.stdout.includes(id));
});

test('each promise of the policy is told with the tests that show it, and what no program can show as such', () => {
    const { json } = proveJson(server), text = prove(server).stdout;
    assert.deepEqual(json.promises.map((row) => row.promise), ['M09', 'M10', 'S54']);
    assert.deepEqual(json.promises[0].rules, ['never.advertising']);
    assert.equal(json.promises[0].says, 'There is no advertising.');
    assert.ok(json.promises[0].tests.some((one) => one.in === 'tests/story/b-people.test.mjs'), JSON.stringify(json.promises[0]));
    assert.match(text, /Promise by promise\n[\s\S]*M09\n\nThere is no advertising\.\n +- Kept by: never\.advertising\n +- Tests: /);
    assert.match(text, /no-sale|No sale/);
    assert.match(text, /- Tests: M09 \(\d+\), M10 \(\d+\), G32 \(\d+\)/);
    assert.deepEqual(json.unproven, [{ id: 'M04', says: 'We go on making it safer.', why: 'That work has no end that could be shown.' }]);
    assert.match(text, /What cannot be shown\n-+\n +- M04 We go on making it safer\. \(That work has no end that could be\s+shown\.\)/);
});

test('for the public no figure and no time is exact', () => {
    const text = prove(server, '--public'), json = prove(server, '--public', '--json');
    assert.match(text.stdout, /refused fewer than 10 times, last 20\d\d-\d\d$/m);
    assert.doesNotMatch(text.stdout, /\d\d:\d\d/);
    assert.deepEqual(Object.keys(json.json.rules[0]).sort(), ['covered-by', 'rule', 'says', 'state']);
    assert.equal(json.json.lines, undefined);
});

test('it is for the operator and for roles that handle rights', async () => {
    wantsProblem(await server.anyone().get('/v1/proof'), 401, 'unauthenticated');
    wantsProblem(await desk.get('/v1/proof'), 403, 'forbidden');
    wantsProblem(await server.person(people[0].id).get('/v1/proof'), 403, 'forbidden');
    const got = wants(await clerk.get('/v1/proof'), 200);
    assert.equal(got.json.whole, true);
    assert.equal(got.headers['troth-proof'], 'whole');
    assert.equal((await server.local('GET', '/v1/proof')).status, 200);
    wantsProblem(await clerk.get('/v1/proof?page=abc'), 400, 'bad-request');
    wantsProblem(await clerk.get('/v1/proof?public=maybe'), 400, 'bad-request');
});

test('[T02] a page published elsewhere: the right one, one of other rules, and something that is no page', async () => {
    const own = put(path.join(folder('page'), 'own.html'), (await server.anyone().get('/policy')).text);
    assert.equal(prove(server, '--page', own).status, 0);
    const other = server.cli('page', file(2));
    assert.equal(other.status, 0);
    const done = prove(server, '--json', '--page', put(path.join(folder('page'), 'other.html'), other.stdout));
    assert.equal(done.status, 1);
    assert.deepEqual(missing(done), ['page']);
    const none = server.cli('prove', '--data', server.data, '--page', put(path.join(folder('page'), 'none.html'), '<p>hello'));
    assert.notEqual(none.status, 0);
    assert.match(none.stderr, /carries no mark/);
});

/** What is not signed yet when the clock is moved would be late too. */
const signed = (server) => until('all lines are signed', () => {
    const { json } = proveJson(server);
    return json.signed === json.lines;
});

test('[G27] a sweep that is late, and records that are overdue: found, named, and good again after the sweep', async () => {
    await signed(server);
    server.clock.forward({ days: 31 });
    const late = proveJson(server);
    assert.equal(late.status, 1);
    assert.deepEqual(missing(late), ['sweep', 'keep.account', 'keep.contact', 'keep.note']);
    assert.equal(ruleOf(late, 'keep.note').overdue, 4);
    assert.equal(ruleOf(late, 'keep.account').overdue, 0);
    const text = prove(server);
    assert.equal(text.status, 1);
    assert.match(text.stdout, /What is not shown\n-+\n[\s\S]*keep\.note: 4 records should have ended and did not/);
    assert.equal(server.cli('sweep', '--data', server.data).status, 0);
    const good = proveJson(server);
    assert.equal(good.status, 0, String(missing(good)));
    assert.equal(ruleOf(good, 'keep.note').ended, 4);
});

test('a new version: the same rules under other numbers, counted as what they are', async () => {
    await server.stop();
    server.policy = file(3, { more: '  aaa: {says: to be first, basis: contract, uses: [account]}\n' });
    await server.launch();
    wantsProblem(await web.for('sale').get(account(people[1])), 403, 'refused');
    const proof = proveJson(server);
    assert.deepEqual([ruleOf(proof, 'never.sale').refused, ruleOf(proof, 'never.sale').before], [4, 3]);
    assert.deepEqual([ruleOf(proof, 'collect.join').allowed, ruleOf(proof, 'collect.join').before], [4, 4]);
    assert.equal(proof.status, 0, String(missing(proof)));
    await counted(server);
    assert.deepEqual(proveJson(server).json.rules.find((row) => row.rule === 'never.sale').before, 3);
});

test('[G27] one that cannot sweep any more: the rules of keeping have no evidence', async () => {
    const who = await join(web);
    await write(web, who);
    await server.stop();
    // On files a row that nobody can read stops each sweep; over lanes somebody else has the work and does not do it.
    const [[sn]] = sql(server.main, ['SELECT sn FROM subject WHERE id = ?', [`hex:${who.id}`]]);
    if (far) psql(server.base, "UPDATE lease SET holder = '\\x01010101010101010101010101010101', until_us = 9000000000000000 WHERE name = 'sweep'", 'postgres');
    else sql(server.main, ["UPDATE subject SET id = x'00' WHERE sn = ?", [sn]]);
    server.clock.forward({ days: 31 });
    await server.launch();
    await sleep(500);
    const stopped = proveJson(server);
    assert.equal(stopped.status, 1);
    assert.deepEqual(missing(stopped), ['sweep', 'keep.account', 'keep.contact', 'keep.note']);
    assert.equal(ruleOf(stopped, 'keep.note').overdue, 1);
    await server.stop();
    if (far) psql(server.base, "UPDATE lease SET until_us = 0 WHERE name = 'sweep'", 'postgres');
    else sql(server.main, ['UPDATE subject SET id = ? WHERE sn = ?', [`hex:${who.id}`, sn]]);
    await server.launch();
    await until('it sweeps again', () => proveJson(server).status === 0);
});

test('[G27] a record that does not open keeps another from ending, and that is said', async () => {
    const who = await join(web);
    await write(web, who);
    server.clock.forward({ days: 20 });
    await write(web, who, 'another');
    await server.stop();
    const [[sn]] = sql(server.main, ['SELECT sn FROM subject WHERE id = ?', [`hex:${who.id}`]]);
    const [[category]] = sql(server.main, "SELECT no FROM catalogue WHERE kind = 1 AND name = 'note'");
    // The newer note opens no more: the older one, which is due, cannot go, because the newer would have to be sealed anew.
    sql(server.main, ['UPDATE record SET sealed = zeroblob(length(sealed)) WHERE sn = ? AND category = ? AND rec = 2', [sn, category]]);
    await server.launch();
    await signed(server);
    server.clock.forward({ days: 11 });
    await server.local('POST', '/v1/sweep');
    const proof = proveJson(server);
    assert.equal(proof.status, 1, String(proof));
    assert.deepEqual(missing(proof), ['keep.note']);
    assert.equal(ruleOf(proof, 'keep.note').unended, 1);
    assert.match(ruleOf(proof, 'keep.note').says, /1 record could not be ended on /);
});

test('it ends well', async () => {
    assert.deepEqual([(await server.stop()).status, server.complaints()], [0, []]);
    server.verifyLedger();
});

test('a consent that was put in past the ledger: data were read, and nobody had consented', async () => {
    const other = await Server.start({ policy: file(1) });
    const by = callers(other), who = await join(by.web);
    await other.stop();
    const [[sn]] = sql(other.main, ['SELECT sn FROM subject WHERE id = ?', [`hex:${who.id}`]]);
    const [[purpose]] = sql(other.main, "SELECT no FROM catalogue WHERE kind = 3 AND name = 'news'");
    sql(other.main, [`INSERT INTO consent (sn, purpose, state, text_version, policy, at_us) VALUES (?, ?, 2, 1, 1, ${Date.now() * 1000})`, [sn, purpose]]);
    await other.launch();
    assert.equal(proveJson(other).json.rules.find((row) => row.rule === 'purposes.news.basis').state, 'unused');
    wants(await by.mailer.get(account(who)), 200, 'a row is a row');
    const proof = proveJson(other);
    assert.equal(proof.status, 1);
    assert.deepEqual(missing(proof), ['purposes.news.basis']);
    assert.equal(clauseOf(proof, 'news'), 'missing');
    assert.match(ruleOf(proof, 'purposes.news.basis').says, /no consent that was given/);
    await other.stop();
});

test('records that were put in past the ledger', async () => {
    const other = await Server.start({ policy: file(1) });
    await join(callers(other).web);
    assert.equal(proveJson(other).status, 0);
    await other.stop();
    const [[contact]] = sql(other.main, "SELECT no FROM catalogue WHERE kind = 1 AND name = 'contact'");
    sql(other.main, [{
        near: `INSERT INTO record (place, sn, category, rec, version, policy, created_us, changed_us, sealed)
               SELECT (sn << 35) + (${contact} << 24), sn, ${contact}, 0, 1, 1, created_us, changed_us, sealed FROM record LIMIT 1`,
        far: `INSERT INTO record (sn, category, rec, version, policy, created_us, changed_us, sealed)
              SELECT sn, ${contact}, 0, 1, 1, created_us, changed_us, sealed FROM record LIMIT 1`,
    }, []]);
    await other.launch();
    const proof = proveJson(other);
    assert.equal(proof.status, 1);
    assert.deepEqual(missing(proof), ['data.contact']);
    assert.equal(clauseOf(proof, 'declared'), 'missing');
    await other.stop();
});

const entries = (statement) => ({ near: statement, far: statement.replaceAll('seq', 'no') });

test('[G10] a ledger that was changed: the lines picked by chance find much, counting again finds each', async () => {
    const other = await Server.start({ policy: file(1) });
    const by = callers(other), who = await join(by.web);
    for (let i = 0; i < 300; i++) wants(await by.web.get(account(who)), 200);
    await counted(other);
    assert.equal(proveJson(other).status, 0);
    await other.stop();
    const copy = other.copy();
    // All of the first full tile's lines: that some were picked and are not found out is less likely than anything.
    sql(copy.main, [entries("UPDATE ledger_entry SET row = substr(row,1,110) || x'ff00' || substr(row,113) WHERE seq < 200"), []]);
    await copy.launch();
    const proof = proveJson(copy);
    assert.equal(proof.status, 1);
    assert.deepEqual(missing(proof), ['ledger']);
    assert.match(prove(copy).stdout, /the ledger does not hold, so nothing here can be relied on: line \d+/);
    await copy.stop();
    const once = other.copy();
    sql(once.main, [entries("UPDATE ledger_entry SET row = substr(row,1,110) || x'ff00' || substr(row,113) WHERE seq = 77"), []]);
    const done = prove(once, '--recount');
    assert.equal(done.status, 1, String(done));
    assert.match(done.stdout, /does NOT hold[\s\S]*\b77\b/);
    assert.equal(prove(once, '--recount', '--json').json['ledger-holds'], false);
    const tally = other.copy();
    sql(tally.main, 'UPDATE tally SET count = count + 1 WHERE count = (SELECT max(count) FROM tally)');
    const recount = prove(tally, '--recount');
    assert.equal(recount.status, 1);
    assert.match(recount.stdout, /running counts are NOT its: 1 of them differ/);
});

test('without a server it works on the data themselves, where the sweep is late by then', async () => {
    const other = await Server.start({ policy: file(1), movable: true });
    await join(callers(other).web);
    await until('the first sweep', () => proveJson(other).status === 0);
    await other.stop();
    const direct = (...args) => prove(other, '--policy', other.policy, '--root-key-file', other.rootKey, ...args);
    assert.equal(direct('--json').status, 0);
    other.clock.forward({ seconds: 700 });
    const late = direct('--json');
    assert.equal(late.status, 1);
    assert.ok(missing(late).includes('sweep'));
});
