#!/usr/bin/env python3
"""scripts/results.py - what each test said, one JSON line each, and the sum of them.

    record SUITE NAME -- COMMAND…   run a command that is one test
    note SUITE NAME pass|fail       a test the caller ran
    meson SUITE TESTLOG             the compiled tests: each cmocka case counts
    node SUITE FILE                 one file of node's test runner: each test counts
    sum DIR                         the failures, the skipped, and "N passed, N failed"

Lines go to $TROTH_RESULTS/SUITE.jsonl: suite, file, name, verdict (pass, fail,
skip), ms, why.
"""
import json
import os
import re
import signal
import subprocess
import sys
import time

FILE_SECONDS = int(os.environ.get("TROTH_FILE_SECONDS", "300"))


def results_dir():
    path = os.environ.get("TROTH_RESULTS", "build/results")
    os.makedirs(path, exist_ok=True)
    return path


def put(suite, name, verdict, ms=0, why="", file=""):
    line = {"suite": suite, "file": file, "name": name, "verdict": verdict, "ms": int(ms), "why": why[:4000]}
    with open(os.path.join(results_dir(), suite + ".jsonl"), "a", encoding="utf-8") as out:
        out.write(json.dumps(line, ensure_ascii=False) + "\n")


def record(suite, name, command):
    begun = time.monotonic()
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace")
    ms = (time.monotonic() - begun) * 1000
    ok = done.returncode == 0
    if done.stdout:
        sys.stdout.write(done.stdout)
    print(("ok      " if ok else "FAILED  ") + name)
    put(suite, name, "pass" if ok else "fail", ms, "" if ok else done.stdout[-3000:])
    return done.returncode


CMOCKA = re.compile(r"^\[ +(OK|FAILED|SKIPPED|ERROR) +\] (?:- )?([A-Za-z_][\w.]*)", re.M)


def meson(suite, log):
    """meson's testlog.json: one object a line. A program without cmocka's lines is one test."""
    bad = 0
    try:
        lines = open(log, encoding="utf-8", errors="replace").read().splitlines()
    except OSError:
        print(f"        no compiled {suite} tests")
        return 0
    for text in lines:
        row = json.loads(text)
        program = row["name"].split(" / ")[-1]
        said = (row.get("stdout") or "") + "\n" + (row.get("stderr") or "")
        ms = float(row.get("duration") or 0) * 1000
        ok = row["result"] in ("OK", "EXPECTEDFAIL")
        verdicts = {}  # cmocka may name a failed case twice (in its list at the end too)
        for word, name in CMOCKA.findall(said):
            if word == "OK":
                verdicts.setdefault(name, "pass")
            elif word == "SKIPPED":
                verdicts.setdefault(name, "skip")
            else:
                verdicts[name] = "fail"
        if row["result"] == "SKIP" and not verdicts:
            put(suite, program, "skip", ms, "skipped by the program itself", program)
            continue
        for name, verdict in verdicts.items():
            put(suite, f"{program}: {name}", verdict, ms / len(verdicts),
                said[-3000:] if verdict == "fail" else "", program)
        if not verdicts:
            put(suite, program, "pass" if ok else "fail", ms, "" if ok else said[-3000:], program)
        elif not ok and "fail" not in verdicts.values():
            # It crashed, hung or leaked after its last case: nobody else would count that.
            put(suite, f"{program}: {row['result'].lower()}, exit {row.get('returncode')}", "fail", ms,
                said[-3000:], program)
        bad += not ok
    return 1 if bad else 0


def node(suite, file):
    report = os.path.join(results_dir(), suite + ".jsonl")
    before = count(report)
    env = dict(os.environ, TROTH_REPORT=report, TROTH_REPORT_SUITE=suite, TROTH_REPORT_FILE=file)
    begun = time.monotonic()
    child = subprocess.Popen(["node", "--test-reporter=./tests/lib/reporter.mjs",
                              "--test-reporter-destination=stdout", file],
                             stdin=subprocess.DEVNULL, env=env, start_new_session=True)
    late = False
    try:
        status = child.wait(timeout=FILE_SECONDS)
    except subprocess.TimeoutExpired:
        late, status = True, 1
    # Whatever the file left running in its own group goes with it.
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.wait()
    new = rows(report)[before:]
    ms = (time.monotonic() - begun) * 1000
    if late:
        put(suite, f"{file} ends within {FILE_SECONDS} s", "fail", ms, "it was still running", file)
        print(f"FAILED  {file} was still running after {FILE_SECONDS} s")
    elif not new:
        put(suite, f"{file} runs at least one test", "fail", ms, f"exit status {status}", file)
        print(f"FAILED  {file} ran no test (exit status {status})")
    elif status != 0 and not any(row["verdict"] == "fail" for row in new):
        put(suite, f"{file} ends well", "fail", ms, f"exit status {status} though every test passed", file)
        print(f"FAILED  {file} ended with exit status {status}")
    return status


def count(path):
    return len(rows(path))


def rows(path):
    try:
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.strip()]
    except OSError:
        return []


def sum_up(path):
    all_rows = []
    for name in sorted(os.listdir(path)) if os.path.isdir(path) else []:
        if name.endswith(".jsonl"):
            all_rows += rows(os.path.join(path, name))
    skipped = [row for row in all_rows if row["verdict"] == "skip"]
    failed = [row for row in all_rows if row["verdict"] == "fail"]
    passed = len(all_rows) - len(skipped) - len(failed)
    for row in skipped:
        print(f"skipped: {row['suite']}: {row['name']}  ({row['why'] or 'no reason given'})")
    for row in failed:
        print(f"failed:  {row['suite']}: {row['name']}  {row['file']}")
    if not passed and not failed:
        print("nothing ran")
        print("0 passed, 1 failed")
        return 1
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


def main(words):
    if len(words) >= 5 and words[0] == "record" and words[3] == "--":
        return record(words[1], words[2], words[4:])
    if len(words) == 4 and words[0] == "note" and words[3] in ("pass", "fail"):
        print(("ok      " if words[3] == "pass" else "FAILED  ") + words[2])
        put(words[1], words[2], words[3])
        return 0
    if len(words) == 3 and words[0] == "meson":
        return meson(words[1], words[2])
    if len(words) == 3 and words[0] == "node":
        return node(words[1], words[2])
    if len(words) == 2 and words[0] == "sum":
        return sum_up(words[1])
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
