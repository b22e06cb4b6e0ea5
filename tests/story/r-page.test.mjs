// r: the page. It is the program's own, in the form that is asked for; it names the hash the server decides by, and there
// is no server when anything of that differs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { register } from '../lib/classroom.mjs';
import { wants, wantsProblem } from '../lib/http.mjs';
import { sql } from '../lib/sql.mjs';
import { Server, classroomPolicy, folder, put, root, run } from '../lib/troth.mjs';

const text = readFileSync(classroomPolicy, 'utf8');
const file = put(path.join(folder('page'), 'policy.yaml'), text);
const page = (...words) => { const done = run(['page', file, ...words]); assert.equal(done.status, 0, String(done)); return done.stdout; };
const hash = /^hash ([0-9a-f]{64})$/m.exec(run(['check', file]).stdout)[1];

let server;
const get = (query = '', headers = {}) => server.anyone().get(`/policy${query}`, { headers });

test('the server gives the page in each form, as the command line writes it', async () => {
    server = await Server.start({ policy: file });
    const forms = [['html', 'text/html'], ['markdown', 'text/markdown'], ['text', 'text/plain']];
    for (const [form, type] of forms) {
        const written = form === 'html' ? page() : page(`--${form}`);
        for (const reply of [wants(await get(`?form=${form}`), 200), wants(await get('', { accept: `${type}, */*;q=0.1` }), 200)]) {
            assert.equal(reply.headers['content-type'], `${type}; charset=utf-8`);
            assert.equal(reply.text, written, form);
            assert.equal(reply.headers['content-language'], 'en');
        }
    }
});

test('a browser gets HTML, and so does who wants none of them; the query is stronger than the header', async () => {
    const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
    for (const accept of [browser, '*/*', 'application/json', 'text/*']) {
        assert.match(wants(await get('', { accept }), 200).headers['content-type'], /^text\/html/, accept);
    }
    assert.match(wants(await get('?form=text', { accept: browser }), 200).headers['content-type'], /^text\/plain/);
    assert.equal(wants(await get(), 200).headers.vary, 'Accept, Accept-Language');
});

test('a form or language that is not there is 404, one asked for twice 400', async () => {
    wantsProblem(await get('?form=pdf'), 404, 'not-found');
    wantsProblem(await get('?language=xx'), 404, 'not-found');
    wantsProblem(await get('?form=text&form=html'), 400, 'bad-request');
});

test('[M01] page, tables, header and ETag name one hash', async () => {
    assert.equal(wants(await server.anyone().get('/v1/policy'), 200).json.hash, hash);
    for (const form of ['html', 'markdown', 'text']) {
        const reply = wants(await get(`?form=${form}`), 200);
        assert.equal(reply.headers['troth-policy'], hash);
        assert.ok(reply.headers.etag.startsWith(`"${hash}-`), reply.headers.etag);
        assert.ok(reply.text.includes(hash), form);
    }
});

test('who has the page already is told so; who has another one gets this one', async () => {
    const { etag } = wants(await get(), 200).headers;
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
        const reply = wants(await get('', { 'if-none-match': known }), 304);
        assert.equal(reply.text, '');
        assert.equal(reply.headers.etag, etag);
    }
    assert.equal(wants(await get(), 200).headers['cache-control'], 'public, no-cache');
    const older = etag.replace(hash, '0'.repeat(64));
    for (const other of [older, wants(await get('?form=text'), 200).headers.etag, etag.slice(0, -2), '"', '']) {
        assert.equal(wants(await get('', { 'if-none-match': other }), 200).headers.etag, etag, other);
    }
});

// What lies in the store as the words of the hash, changed behind the server's back.
const kept = () => sql(server.main, "SELECT source FROM policy_version WHERE no = 1")[0][0];
const refused = async (says) => {
    await assert.rejects(server.launch(), (error) => {
        assert.match(error.log, says);
        assert.equal(error.exit.status, 7, error.log);
        return true;
    });
};

test('other words under the same hash: no server', async () => {
    await register(server.as('website', { purpose: 'run-account' }));
    await server.stop();
    const before = kept();
    assert.equal(Buffer.from(before, 'hex').toString(), text);
    const softer = text.replace('is neither sold nor rented to anybody', 'may be sold and rented to anybody');
    assert.notEqual(softer, text);
    for (const words of [softer, text.slice(0, -80), '', 'not a policy']) {
        sql(server.main, ['UPDATE policy_version SET source = ? WHERE no = 1', [`hex:${Buffer.from(words).toString('hex')}`]]);
        await refused(/not what was published/);
    }
    sql(server.main, ['UPDATE policy_version SET source = ? WHERE no = 1', [`hex:${before}`]]);
    await server.launch();
});

test('the hash changed, or the row gone: no server', async () => {
    await server.stop();
    sql(server.main, ['UPDATE policy_version SET hash = ? WHERE no = 1', [`hex:${'00'.repeat(32)}`]]);
    await refused(/has lost what was published/);
    sql(server.main, ['UPDATE policy_version SET hash = ? WHERE no = 1', [`hex:${hash}`]]);
    await server.launch();
});

test('a comment, another order of keys: the same hash, and the server starts', async () => {
    await server.stop();
    put(file, `# a comment\n${text}`);
    assert.match(run(['check', file]).stdout, new RegExp(hash));
    await server.launch();
    assert.equal(wants(await get(), 200).headers['troth-policy'], hash);
    assert.equal(Buffer.from((await server.stop(), kept()), 'hex').toString(), text, 'what was published first stays');
});

test('a word changed in the file and not in the version: no server, and the page that was published stays the only one', async () => {
    put(file, text.replace('is neither sold nor rented to anybody', 'may be sold and rented to anybody'));
    await assert.rejects(server.launch(), (error) => /other words/.test(error.log));
    put(file, text);
    await server.launch();
    assert.equal(wants(await get(), 200).headers['troth-policy'], hash);
    await server.stop();
    server.verifyLedger();
});

test('a policy of several files: the store keeps all their words, and looks at all of them', async () => {
    const at = text.search(/^clauses:$/m);
    const parts = folder('parts');
    const main = put(path.join(parts, 'policy.yaml'), `${text.slice(0, at)}include: [clauses.yaml]\n`);
    put(path.join(parts, 'clauses.yaml'), text.slice(at));
    server = await Server.start({ policy: main });
    assert.equal(wants(await get(), 200).headers['troth-policy'], hash, 'the same policy, in however many files');
    await server.stop();
    const before = Buffer.from(kept(), 'hex').toString();
    assert.ok(before.includes('include: [clauses.yaml]') && before.includes('is neither sold nor rented to anybody'));
    const softer = before.replace('is neither sold nor rented to anybody', 'is never sold or rented to anybody !!');
    assert.equal(softer.length, before.length, 'as a pack of that length');
    sql(server.main, ['UPDATE policy_version SET source = ? WHERE no = 1', [`hex:${Buffer.from(softer).toString('hex')}`]]);
    await refused(/not what was published/);
    sql(server.main, ['UPDATE policy_version SET source = ? WHERE no = 1', [`hex:${Buffer.from(before).toString('hex')}`]]);
    put(main, text); // in one file: the same words
    await server.launch();
    await server.stop();
});

// A policy in two languages.
test('the page comes in the language that is asked for, in every form, and links to the others', async () => {
    const two = path.join(root, 'tests', 'policy', 'pages', 'two-languages.yaml');
    server = await Server.start({ policy: two });
    const written = (...words) => run(['page', two, ...words]).stdout;
    const ask = (headers, query = '') => get(query, headers);
    for (const [accept, language] of [['de', 'de'], ['de-AT, en;q=0.5', 'de'], ['en-GB, de;q=0.4', 'en'], ['fr', 'en'], ['fr, *;q=0.1', 'en'], ['*, en;q=0', 'de']]) {
        const reply = wants(await ask({ 'accept-language': accept }), 200);
        assert.equal(reply.headers['content-language'], language, accept);
        assert.match(reply.text, new RegExp(`<html lang="${language}">`));
    }
    for (const language of ['en', 'de']) {
        for (const form of ['text', 'markdown']) {
            assert.equal(wants(await get(`?form=${form}&language=${language}`), 200).text, written(`--${form}`, '--language', language));
        }
        const reply = wants(await get(`?language=${language}`, { 'accept-language': 'fr' }), 200);
        assert.equal(reply.headers.link, '</policy?language=en>; rel="alternate"; hreflang="en", </policy?language=de>; rel="alternate"; hreflang="de"');
        for (const other of ['en', 'de']) assert.ok(reply.text.includes(`href="/policy?language=${other}"`), other);
        assert.match(reply.text, new RegExp(`hreflang="${language}" aria-current="page"`));
    }
    const [english, german] = [wants(await get('?language=en'), 200), wants(await get('?language=de'), 200)];
    assert.ok(german.text.includes('Datenschutz in der Kleinen Bäckerei') && english.text.includes('Privacy at Small Bakery'));
    // Neither has a word of the other: not the policy's own, not the page's.
    for (const word of ['you ', 'your ', 'the ', 'Ordering']) assert.ok(!german.text.replace(/<style>.*<\/style>/s, '').includes(word), word);
    for (const word of [' und ', ' der ', 'Bestellen']) assert.ok(!english.text.includes(word), word);
    assert.equal(english.headers['troth-policy'], german.headers['troth-policy'], 'one policy, one hash');
    assert.notEqual(english.headers.etag, german.headers.etag);
    await server.stop();
});
