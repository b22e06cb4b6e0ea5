#!/usr/bin/env python3
"""scripts/promise-table.py OUT_C DEPFILE | --check - the promises and their tests as a C table, for `troth prove`.

The sentences are those of tests/promises.txt. The tests are found by their names: a test that shows a promise carries its
id in brackets, "[M96 G30] the helpdesk needs a ticket"; in C the comment above it begins so. --check says what
does not fit instead: an id in a test, or of the table of promises (tests/data/promise-ids.txt), without a sentence, one sentence twice.
"""
import os
import re
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
IDS = r"\[([A-Z]{1,2}\d{1,3}(?:[ ,]+[A-Z]{1,2}\d{1,3})*)\]"
SCRIPT = re.compile(r"(['\"`])" + IDS + r"\s*((?:\\.|(?!\1).)+)\1")
COMMENT = re.compile(r"/\*[\s*]*" + IDS + r"\s*(.*?)\*/", re.S)
SENTENCE_MAX, NAME_MAX = 110, 150


def sentences():
    rows, faults = {}, []
    for number, line in enumerate(open(os.path.join(ROOT, "tests", "promises.txt"), encoding="utf-8"), 1):
        if line.startswith("#") or not line.strip():
            continue
        promise, tab, says = line.rstrip("\n").partition("\t")
        if not tab or not re.fullmatch(r"[A-Z]{1,2}\d{1,3}", promise) or not 0 < len(says) <= SENTENCE_MAX:
            faults.append(f"tests/promises.txt:{number}: not an id, a tab and a short sentence")
        elif promise in rows:
            faults.append(f"tests/promises.txt:{number}: {promise} stands there already")
        else:
            rows[promise] = says
    return rows, faults


def files():
    for folder, folders, names in os.walk(os.path.join(ROOT, "tests")):
        folders.sort()
        yield folder, None
        for name in sorted(names):
            if name.endswith((".mjs", ".c")):
                yield folder, os.path.join(folder, name)


def cut(text):
    """The first sentence, on one line."""
    text = re.sub(r"\s*\n\s*\*?\s*", " ", text).strip()
    text = re.split(r"[.:;](?:\s|$)", text, maxsplit=1)[0]
    return text if len(text) <= NAME_MAX else text[:NAME_MAX - 1].rsplit(" ", 1)[0] + "…"


def tests_of(path):
    text = open(path, encoding="utf-8").read()
    if path.endswith(".c"):
        for found in COMMENT.finditer(text):
            yield found[1], cut(found[2])
        return
    for found in SCRIPT.finditer(text):
        name = re.sub(r"\$\{[^}]*\}", "…", found[3]) if found[1] == "`" else found[3]
        yield found[2], re.sub(r"\\(.)", r"\1", name).strip()


def gather():
    shown, deps = {}, []
    for folder, path in files():
        deps.append(path or folder)
        for ids, name in tests_of(path) if path else ():
            for promise in re.split(r"[ ,]+", ids):
                shown.setdefault(promise, []).append((name, os.path.relpath(path, ROOT)))
    return shown, deps


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def order(promise):
    letters = promise.rstrip("0123456789")
    return letters, int(promise[len(letters):])


def table(rows, shown):
    yield "/* Made from tests/promises.txt and the names of the tests; do not edit. */\n#include \"policy/promise.h\"\n\n"
    for promise in sorted(rows, key=order):
        tests = shown.get(promise, [])
        if tests:
            yield f"static const struct promise_test tests_{promise}[] = {{\n"
            for name, path in tests:
                yield f"    {{{quoted(name)}, {quoted(path)}}},\n"
            yield "};\n"
    yield "\nstatic const struct promise_row rows[] = {\n"
    for promise in sorted(rows, key=order):
        tests = shown.get(promise, [])
        yield f"    {{{quoted(promise)}, {quoted(rows[promise])}, {'tests_' + promise if tests else 'NULL'}, {len(tests)}}},\n"
    yield "};\n\nconst struct promise_row *\npromise_all(size_t *ret_count)\n{\n"
    yield "    *ret_count = sizeof rows / sizeof rows[0];\n    return rows;\n}\n"


def main(words):
    rows, faults = sentences()
    shown, deps = gather()
    for promise in sorted(shown.keys() - rows.keys(), key=order):
        faults.append(f"{shown[promise][0][1]}: {promise} has no sentence in tests/promises.txt")
    table_ids = re.findall(r"^[A-Z]+\d+", open(os.path.join(ROOT, "tests", "data", "promise-ids.txt"), encoding="utf-8").read(), re.M)
    for promise in sorted(set(table_ids) - rows.keys(), key=order):
        faults.append(f"tests/data/promise-ids.txt: {promise} has no sentence in tests/promises.txt")
    if faults:
        print("\n".join(faults), file=sys.stderr)
        return 1
    if words == ["--check"]:
        print(f"promise-table: {len(rows)} promises, {len(shown)} of them with tests")
        return 0
    out, depfile = words
    with open(out, "w", encoding="utf-8") as to:
        to.writelines(table(rows, shown))
    with open(depfile, "w", encoding="utf-8") as to:
        to.write(f"{out}: " + " ".join(path.replace(" ", "\\ ") for path in deps) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
