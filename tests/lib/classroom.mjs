// The names of the classroom example, and people who do not exist. If examples/classroom/served.yaml changes a
// name, this file is the only place to follow.
import assert from 'node:assert/strict';
import { canary } from './canary.mjs';
import { wants } from './http.mjs';

export const point = 'register';
export const account = 'account';
export const fields = { first: 'account.first-name', last: 'account.last-name', email: 'account.email', password: 'account.password' };
export const short = { first: 'first-name', last: 'last-name', email: 'email', password: 'password' };
export const purposes = { run: 'run-account', support: 'support', news: 'news', tax: 'tax', teach: 'teach' };
export const roles = { website: 'website', helpdesk: 'helpdesk', billing: 'billing-clerk', mailer: 'mailer', desk: 'privacy-desk', teacher: 'teacher' };
export const ticket = 'ticket/4711';

/** Somebody new: four values, each a canary of its own. */
export function somebody() {
    const first = canary(), last = canary(), local = canary(), password = canary();
    return {
        canaries: [first, last, local, password],
        first, last, email: `${local}@example.org`, password,
        fields: {
            [fields.first]: first, [fields.last]: last, [fields.email]: `${local}@example.org`, [fields.password]: password,
        },
    };
}

/** Somebody new under bench/policy.yaml, where nobody has a password: hashing one is slow on purpose. */
export function visitor() {
    const who = somebody();
    delete who.fields[fields.password];
    who.canaries.pop();
    return who;
}

/** Registers somebody through the collection point; gives their id and the reply. */
export async function register(website, who = somebody(), options = {}) {
    const reply = wants(await website.post(`/v1/collect/${point}`, { fields: who.fields }, options), 201, 'registering');
    const { subject } = reply.json;
    assert.match(subject, /^[0-9a-f]{32}$/);
    return { ...who, id: subject, reply };
}

export const accountPath = (who) => `/v1/subjects/${who.id}/${account}`;

/** Consent given with the code that came back (double opt-in). */
export async function agree(client, who, purpose = purposes.news) {
    const path = `/v1/subjects/${who.id}/consents/${purpose}`;
    const first = wants(await client.put(path, {}), 202, 'asking for consent');
    assert.equal(first.json.state, 'pending');
    const second = wants(await client.put(path, { confirm: first.json.confirm }), 200, 'confirming consent');
    assert.equal(second.json.state, 'given');
    return second;
}

/** The person's own view of what was done: oldest first, each {entry, seq, time, act, by, purpose, task, rule, answer, …}. */
export async function deeds(client, who) {
    const reply = wants(await client.get(`/v1/subjects/${who.id}/deeds`), 200, 'the list of deeds');
    const rows = reply.json.deeds;
    assert.ok(Array.isArray(rows), String(reply));
    return rows.map((row) => ({ ...row, ...row.deed }));
}
