// n: what was taken back must leave nothing, and what was kept must stay readable.
import assert from 'node:assert/strict';
import test from 'node:test';
import { deeds, purposes, register, somebody } from '../lib/classroom.mjs';
import { wants, wantsProblem } from '../lib/http.mjs';
import { Server } from '../lib/troth.mjs';

let server, website;

test('it starts', async () => {
    server = await Server.start();
    website = server.as('website', { purpose: 'tailor' });
});

test('a dry run leaves no key behind: what is collected after it opens after a restart', async () => {
    const ana = await register(server.as('website', { purpose: purposes.run }));
    const body = { subject: ana.id, fields: { 'profile.language': 'de' } };
    wants(await website.post('/v1/collect/profile', body, { headers: { 'troth-dry-run': '1' } }), 200, 'a dry run');
    wants(await website.post('/v1/collect/profile', body), 201, 'the real one');
    await server.restart();
    const read = wants(await website.get(`/v1/subjects/${ana.id}/profile`), 200, 'after the keys left the cache');
    assert.equal(read.json.fields.language, 'de');
});
