// A reporter for node's test runner: a line on the screen for each test, and one JSON line in the file
// $TROTH_REPORT, which scripts/results.py counts. Suites are not tests and are not counted.
import { appendFileSync } from 'node:fs';

const report = process.env.TROTH_REPORT;
const suite = process.env.TROTH_REPORT_SUITE ?? 'story';
const file = process.env.TROTH_REPORT_FILE ?? '';

function reason(error) {
    if (!error) return '';
    const cause = error.cause ?? error;
    return String(cause?.stack ?? cause?.message ?? cause);
}

export default async function* reporter(source) {
    for await (const { type, data } of source) {
        if (type === 'test:diagnostic' || type === 'test:stderr' || type === 'test:stdout') {
            // What the runner counts itself is counted by scripts/results.py.
            if (type !== 'test:diagnostic') yield data.message;
            else if (!/^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(data.message)) yield `        ${data.message}\n`;
            continue;
        }
        if (type !== 'test:pass' && type !== 'test:fail') continue;
        if (data.details?.type === 'suite') continue;
        const skipped = data.skip !== undefined && data.skip !== false;
        const todo = data.todo !== undefined && data.todo !== false;
        const verdict = skipped || todo ? 'skip' : type === 'test:pass' ? 'pass' : 'fail';
        const ms = Math.round(data.details?.duration_ms ?? 0);
        const why = verdict === 'fail' ? reason(data.details?.error)
            : verdict === 'skip' ? String(typeof data.skip === 'string' ? data.skip : data.todo ?? '') : '';
        if (report) {
            appendFileSync(report, JSON.stringify({ suite, file, name: data.name, verdict, ms, why: why.slice(0, 4000) }) + '\n');
        }
        const word = { pass: 'ok      ', fail: 'FAILED  ', skip: 'skipped ' }[verdict];
        yield `${word}${data.name}  (${ms} ms)${verdict === 'skip' && why ? ' — ' + why : ''}\n`;
        if (verdict === 'fail') yield why.split('\n').map((line) => '        ' + line).join('\n') + '\n';
    }
}
