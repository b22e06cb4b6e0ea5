#!/usr/bin/env python3
"""drawn.py TROTH POLICY - the data map and the record of processing activities of a policy, read back.

The map: well-formed, the same bytes twice, no box over another, every text within its box, every edge from the right side
of a box to the left side of one further right, nothing fetched and no script. The record: as many rows as purposes in each
of its three forms, and what a spreadsheet would take for a formula is none.
"""
import csv
import html
import io
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as tree

SVG = "{http://www.w3.org/2000/svg}"
failed = []


def say(good, what):
    if not good:
        failed.append(what)


def troth(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, encoding="utf-8", check=False)
    say(done.returncode == 0, f"{words}: ended with {done.returncode}")
    return done.stdout


def inside(box, x, y):
    return box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]


def check_map(program, policy):
    text = troth(program, "map", policy)
    say(text == troth(program, "map", policy), "two maps differ")
    say(text != troth(program, "map", "--dark", policy), "the dark map is the light one")
    say(not re.search(r"<script|href=|url\(|@import", text), "the map runs or fetches something")
    root = tree.fromstring(text)
    boxes = []
    for group in root.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        box = tuple(int(rect.get(key)) for key in ("x", "y", "width", "height"))
        for line in group.iter(f"{SVG}text"):
            say(inside(box, int(line.get("x")), int(line.get("y"))), f"outside its box: {line.text}")
        boxes.append(box)
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            say(a[0] != b[0] or a[1] >= b[1] + b[3] or b[1] >= a[1] + a[3], f"boxes overlap: {a} {b}")
    for path in root.iter(f"{SVG}path"):
        x1, y1, x2, y2 = (int(n) for n in re.match(r"M(\d+) (\d+)C\d+ \d+ \d+ \d+ (\d+) (\d+)$", path.get("d")).groups())
        say(any(x1 == b[0] + b[2] and inside(b, x1, y1) for b in boxes), f"leaves nothing: {path.get('d')}")
        say(any(x2 == b[0] and inside(b, x2, y2) for b in boxes) and x1 < x2, f"arrives nowhere: {path.get('d')}")
    return len(boxes), len(list(root.iter(f"{SVG}path")))


def check_register(program, policy):
    rows = list(csv.reader(io.StringIO(troth(program, "register", policy))))
    page = troth(program, "register", "--html", policy)
    linked = json.loads(troth(program, "register", "--jsonld", policy))
    say(len({len(row) for row in rows}) == 1, "rows of several lengths")
    say(not any(cell[:1] in ("=", "+", "-", "@", "\t") for row in rows for cell in row), "a cell is a formula")
    say(page.count("<tr role=\"row\">") == len(rows), "the page has another number of rows")
    say(not re.search(r"<script|src=|url\(", page), "the page runs or fetches something")
    say(html.escape(rows[1][2], quote=False) in page.replace("&#39;", "'"), "the page lacks the first purpose")
    processes = linked["dpv:hasProcess"]
    say(len(processes) == len(rows) - 1, "another number of processes")
    for process in processes:
        say(re.fullmatch(r"eu-gdpr:A6-1-[a-f]", process["dpv:hasLegalBasis"]["@id"]), "a basis that is none")
        say(process["dpv:hasPersonalData"] and process["dpv:hasDataSubject"], f"{process['@id']}: of nothing, or of nobody")
    return len(rows) - 1


def main():
    program, policy = sys.argv[1:]
    boxes, edges = check_map(program, policy)
    rows = check_register(program, policy)
    for what in failed[:20]:
        print(what)
    print(f"drawn: {boxes} boxes, {edges} edges, {rows} purposes; {len(failed)} failed")
    return 1 if failed or boxes < 4 else 0


if __name__ == "__main__":
    sys.exit(main())
