#!/usr/bin/env python3
"""scripts/promises.py [DIR] - which promises the last run showed kept, from the ids in its tests' names.

A test that shows a promise carries its id in brackets: "[M96 G30] the helpdesk needs
a ticket". The table is written to DIR/promises.md (kept, broken, or not shown
because every test of it was skipped); --all prints it, else one line is printed.
"""
import json
import os
import re
import sys

BRACKETS = re.compile(r"\[([A-Z]{1,2}\d{1,3}(?:[ ,]+[A-Z]{1,2}\d{1,3})*)\]")


def order(promise):
    letters = promise.rstrip("0123456789")
    return letters, int(promise[len(letters):])


def sentences():
    """tests/promises.txt: id, a tab, the promise in a few words."""
    path = os.path.join(os.path.dirname(__file__), "..", "tests", "promises.txt")
    found = {}
    if os.path.exists(path):
        for line in open(path, encoding="utf-8"):
            if "\t" in line and not line.startswith("#"):
                promise, text = line.rstrip("\n").split("\t", 1)
                found[promise] = text
    return found


def main(words):
    show = "--all" in words
    words = [word for word in words if word != "--all"]
    directory = words[0] if words else "build/results"
    shown = {}
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        if not name.endswith(".jsonl"):
            continue
        for line in open(os.path.join(directory, name), encoding="utf-8"):
            row = json.loads(line)
            for group in BRACKETS.findall(row["name"]):
                for promise in re.split(r"[ ,]+", group):
                    shown.setdefault(promise, []).append(row)
    says = sentences()
    lines = ["| promise | says | tests | verdict |", "|---|---|---|---|"]
    tally = {"kept": 0, "broken": 0, "not shown": 0}
    for promise in sorted(shown, key=order):
        rows = shown[promise]
        verdicts = {row["verdict"] for row in rows}
        verdict = "broken" if "fail" in verdicts else "kept" if "pass" in verdicts else "not shown"
        tally[verdict] += 1
        tests = "; ".join(f"{BRACKETS.sub('', row['name']).strip()} ({row['verdict']})" for row in rows)
        lines.append(f"| {promise} | {says.get(promise, '')} | {tests.replace('|', '/')} | **{verdict}** |")
    if not shown:
        if show:
            print("no test of the last run names a promise")
        return 0
    path = os.path.join(directory, "promises.md")
    with open(path, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    if show:
        print("\n".join(lines))
    print(f"\npromises: {tally['kept']} shown kept, {tally['broken']} broken, {tally['not shown']} not shown"
          f" ({path})")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
