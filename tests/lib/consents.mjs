// Consent as one register for each person and purpose: given, withdrawn and read under tests/policy/consents.yaml,
// on whatever node, with all that was told in a history.
import path from 'node:path';
import { accountPath } from './classroom.mjs';
import { believe } from './nodes.mjs';
import { patience, root } from './troth.mjs';

export const consentPolicy = path.join(root, 'tests', 'policy', 'consents.yaml');
/** Its purposes that rest on consent, without a confirmation. */
export const consents = ['news', 'survey', 'tips', 'events'];
export const consentPath = (who, purpose) => `/v1/subjects/${who.id}/consents/${purpose}`;

export const some = (list) => list[Math.floor(Math.random() * list.length)];

export class Consents {
    /** rights, mailer: callers of all nodes; the answers nobody should ever see gather in .odd */
    constructor(history, { rights, mailer }) {
        Object.assign(this, { history, rights, mailer, odd: [] });
    }

    /** A read, or a consent given or withdrawn, by chance. → {op, told} */
    async ask(worker, i, who, purpose) {
        const roll = Math.random(), by = `${worker} on ${i}`, key = `${who.id} ${purpose}`, ms = patience(20000);
        const { history } = this, give = roll < 0.75;
        if (roll < 0.5) {
            const op = history.begin(by, key, 'read'), told = await believe(this.mailer.for(purpose).on(i).get(accountPath(who), { ms }));
            // Only a refusal for want of this consent says something about it.
            if (told.what === 'done') history.end(op, 'ok', 'given');
            else if (told.code === 'refused' && told.reply.json.rule.includes(purpose)) history.end(op, 'ok', 'not');
            else history.end(op, told.what === 'not-done' ? 'refused' : 'unknown');
            if (told.what === 'odd' || (told.what === 'no' && op.outcome !== 'ok')) this.odd.push(String(told.reply));
            return { op, told };
        }
        const op = history.begin(by, key, 'write', give ? 'given' : 'not');
        const told = await believe(give ? this.rights.on(i).put(consentPath(who, purpose), {}, { ms }) : this.rights.on(i).delete(consentPath(who, purpose), { ms }));
        history.end(op, told.what === 'done' ? 'ok' : told.what === 'not-done' ? 'refused' : 'unknown');
        if (told.what === 'odd' || told.what === 'no') this.odd.push(String(told.reply));
        return { op, told };
    }
}
