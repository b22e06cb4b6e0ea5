// The five minutes of README.md and the examples of docs/api.md, run as they stand there, against what `make demo` starts.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { filesOnly } from '../lib/troth.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const build = path.resolve(root, process.env.TROTH_BUILD ?? 'build');
const patience = /asan/.test(path.basename(build)) ? 4 : 1;

/** [{commands, wants}] from the fenced blocks marked "tour": each sh block, with the text block after it. */
export function steps(text) {
    const found = [];
    for (const [, kind, body] of text.matchAll(/^```(sh|text) tour\n(.*?)^```$/gms)) {
        if (kind === 'sh') found.push({ commands: body, wants: [] });
        else found.at(-1).wants.push(...body.trimEnd().split('\n'));
    }
    return found;
}

/** Whether the lines of the README stand in the output in this order; … is anything within a line. */
export function misses(wants, output) {
    const lines = output.split('\n');
    let at = 0;
    for (const want of wants) {
        const pattern = new RegExp(`^${want.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`);
        while (at < lines.length && !pattern.test(lines[at])) at++;
        if (at++ === lines.length) return want;
    }
    return null;
}

test('the tour\'s reader can say no', () => {
    assert.deepEqual(steps('```sh tour\na\n```\nx\n```text tour\nb\nc\n```\n'), [{ commands: 'a\n', wants: ['b', 'c'] }]);
    assert.equal(misses(['a…d', 'e'], 'abcd\nx\ne\n'), null);
    assert.equal(misses(['e', 'a…d'], 'abcd\nx\ne\n'), 'a…d');
    assert.equal(misses(['ab'], 'abcd\n'), 'ab');
});

/** The steps of a page, run in one shell beside a demo of their own. */
async function walk(page, least) {
    // A folder that looks like this one, so that nobody's demo-data is touched.
    const place = mkdtempSync(path.join(process.env.TROTH_TMP ?? os.tmpdir(), 'troth-tour-'));
    for (const name of ['scripts', 'examples']) symlinkSync(path.join(root, name), path.join(place, name));
    mkdirSync(path.join(place, 'build'));
    symlinkSync(path.join(build, 'troth'), path.join(place, 'build', 'troth'));
    const demo = spawn('bash', ['scripts/demo.sh'], {
        cwd: place, env: { ...process.env, DEMO_PORT: '0', DEMO_PEOPLE: '5' }, stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((resolve) => demo.on('close', resolve));
    try {
        const port = await new Promise((resolve, reject) => {
            let said = '';
            const listen = (part) => {
                said += part;
                const found = /http:\/\/127\.0\.0\.1:(\d+)\/policy/.exec(said);
                if (found) resolve(found[1]);
            };
            demo.stdout.on('data', listen);
            demo.stderr.on('data', listen);
            ended.then(() => reject(new Error(`the demo did not start:\n${said}`)));
        });
        const tour = steps(readFileSync(path.join(root, page), 'utf8'));
        assert.ok(tour.length >= least, `${tour.length} steps found`);
        const marked = tour.map((step, i) => `${step.commands}\necho "== ${i}"`).join('\n').replaceAll(':8080', `:${port}`);
        const done = spawnSync('bash', ['-eu', '-c', marked], { cwd: place, timeout: 60000 * patience });
        const output = done.stdout.toString();
        assert.equal(done.status, 0, `${output}\n${done.stderr}`);
        const parts = output.split(/^== \d+\n/m);
        tour.forEach((step, i) => assert.equal(misses(step.wants, parts[i]), null, `after:\n${step.commands}\nthis came:\n${parts[i]}`));
    } finally {
        demo.kill('SIGTERM');
        await ended;
        rmSync(place, { recursive: true, force: true });
    }
}

for (const [page, what, least] of [['README.md', 'of the five minutes', 8], ['docs/api.md', 'of the examples', 12]]) {
    test(`${page}: every command ${what} answers what it says`, { timeout: 120000 * patience, skip: filesOnly }, async (t) => {
        if (spawnSync('curl', ['--version']).error) return t.skip('curl is not installed');
        await walk(page, least);
    });
}
