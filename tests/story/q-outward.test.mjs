// q: what leaves the house. Who gets what is asked of the policy; what ran out stops the sending, not the server.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { wants } from '../lib/http.mjs';
import { Server, folder, put, root, run } from '../lib/troth.mjs';

const outward = path.join(root, 'tests', 'policy', 'outward.yaml');
const ask = (sentence, policy = outward) => run(['ask', policy, sentence]);

// sentence, exit status, rule
const asked = [
    ['may website send card.number to payments on 2026-06-01 for purchase of a buyer with an order', 0, 'recipients.payments'],
    ['may website send card.number to payments on 2026-06-01 for purchase', 1, 'purposes.purchase.needs'],
    ['may website send account.email to payments on 2026-06-01 for purchase with an order', 1, 'recipients.payments'],
    ['may website send note.text to desk-abroad on 2026-06-01 for answer', 0, 'recipients.desk-abroad'],
    ['may website send note.text to desk-abroad on 2028-06-01 for answer', 1, 'recipients.desk-abroad.assurances'],
    ['may legal-desk disclose invoice on order with document, law, scope, 2 approvals, told, a case', 0, 'disclosure.order'],
    ['may legal-desk disclose invoice on order with document, law, scope, 1 approval, told, a case', 1, 'disclosure.order.approve'],
    ['may legal-desk disclose invoice on permission with scope, consent, 1 approval, told, a case', 1, 'data.invoice'],
    ['may website set Tally_1 with consent', 0, 'cookies.Tally_1'],
    ['may website set Tally_1 with consent and signal', 1, 'cookies.Tally_1'],
    ['may website set Tally_1', 1, 'purposes.count.basis'],
];
for (const [sentence, status, rule] of asked)
    test(`asked: ${sentence}`, () => {
        const done = ask(sentence);
        assert.equal(done.status, status, String(done));
        assert.match(done.stdout, new RegExp(`^  rule: ${rule.replaceAll('.', '\\.')}$`, 'm'));
    });

test('a paper that runs out stops the sending and not the server, and troth check tells it', async () => {
    const day = (ahead) => new Date(Date.now() + ahead * 86400000).toISOString().slice(0, 10);
    const text = readFileSync(outward, 'utf8')
        .replaceAll(/, to: \d{4}-\d\d-\d\d/g, `, to: ${day(2000)}`)
        .replace(/kind: clauses, from: [-0-9]*, to: [-0-9]*/, `kind: clauses, from: 2026-01-01, to: ${day(100)}`);
    const policy = put(path.join(folder('outward'), 'policy.yaml'), text);
    const server = await Server.start({ policy, movable: true });
    assert.match(String(wants(await server.anyone().get('/policy'), 200).bytes), /Who else gets it/);
    const sentence = 'may website send note.text to desk-abroad for answer';
    assert.equal(server.cli('check', policy).status, 0);
    assert.equal(server.cli('ask', policy, sentence).status, 0, 'today is meant where no day is named');
    server.clock.forward({ days: 120 });
    assert.equal(server.cli('ask', policy, sentence).status, 1);
    const checked = server.cli('check', policy);
    assert.equal(checked.status, 1, String(checked));
    assert.match(String(checked), /assurance-missing/);
    await server.stop();
    await server.launch();
    wants(await server.anyone().get('/readyz'), 200);
    assert.equal((await server.stop()).status, 0);
});
