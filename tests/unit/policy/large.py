#!/usr/bin/env python3
"""large.py TROTH SECONDS [--print] - a policy of 500 categories, 200 purposes, 100 recipients and as many roles as fit is checked in under a second.

The policy is made here: --print shows it. What counts is the processor's time of `troth check`, the median of some runs,
so that a busy machine does not decide; a policy of one category is measured beside it.
"""
import os
import statistics
import subprocess
import sys
import tempfile

CATEGORIES, PURPOSES, ROLES, POINTS, CLAUSES, RECIPIENTS, FIELDS, RUNS = 500, 200, 250, 250, 900, 100, 8, 5
HEAD = """troth: 1
policy:
  id: large
  title: A large policy
  version: 1
  date: 2026-01-01
  seat: DE
  controls: {transport: 2, at-rest: 2, access: 2, logging: 1, erasure: 1, incidents: 1, staff: 1, audit: 1}
  controller: {name: Mapleaf GmbH, address: "Lindenweg 4, 10115 Berlin, DE", email: privacy@mapleaf.example}
people:
  user: {says: you}
"""


def policy(categories=CATEGORIES, purposes=PURPOSES, roles=ROLES, points=POINTS, clauses=CLAUSES, recipients=RECIPIENTS):
    """Every category is used by one purpose, every purpose by one role at least; the names are long, as people's are."""
    out = [HEAD, "data:\n"]
    mine = [[c for c in range(categories) if c % purposes == p] for p in range(purposes)]
    for c in range(categories):
        fields = ", ".join(f"field-number-{f}: {{type: text, length: 200, says: field {f} of {c}}}" for f in range(FIELDS))
        out.append(f"  category-number-{c}:\n    of: user\n    many: yes\n    says: what we know of the kind {c}\n")
        out.append(f"    fields: {{{fields}}}\n")
    out.append("purposes:\n")
    for p in range(purposes):
        uses = ", ".join(f"category-number-{c}" for c in mine[p])
        out.append(f"  purpose-number-{p}: {{says: to do the thing {p}, basis: contract, uses: [{uses}], needs: task-{p % 20}}}\n")
    out.append("roles:\n  website: {kind: application, may: [rights]}\n")
    for r in range(roles):
        may = ", ".join(f"purpose-number-{p}" for p in range(purposes) if p % roles == r % purposes)
        writes = ", ".join(f"category-number-{c}" for p in range(purposes) if p % roles == r % purposes for c in mine[p])
        out.append(f"  role-number-{r}: {{says: the people of desk {r}, may: [{may}], writes: [{writes}], needs: task}}\n")
    out.append("collect:\n")
    for n in range(points):
        c = n % categories
        fields = ", ".join(f"category-number-{c}.field-number-{f}: optional" for f in range(FIELDS))
        out.append(f"  point-number-{n}: {{from: [website], adds-to: existing, fields: {{{fields}}}, for: [purpose-number-{c % purposes}]}}\n")
    out.append("recipients:\n")
    for n in range(recipients):
        served = sorted({n * 7 % purposes, (n * 7 + 1) % purposes})
        gets = ", ".join(f"category-number-{c}" for p in served for c in mine[p])
        out.append(f"""  recipient-number-{n}:
    name: Company {n} Ltd
    class: company of the kind {n % 9}
    country: {("IE", "FR", "US", "CH")[n % 4]}
    role: {"processor" if n % 3 else "joint"}
    task: does what it does with them
    gets: [{gets}]
    for: [{", ".join(f"purpose-number-{p}" for p in served)}]
    controls: {{transport: 3, at-rest: 2, access: 2, logging: 2, erasure: 1, incidents: 1, staff: 1, audit: 1}}
    assurances:
      - {{kind: dpa, from: 2026-01-01, evidence: contracts/dpa-{n}.pdf}}
      - {{kind: clauses, from: 2026-01-01, evidence: contracts/clauses-{n}.pdf}}
    signed: 2025-12-01
    keeps: 30 days
    erase-by: webhook
    acknowledge: 7 days
""")
    out.append("disclosure:\n  order: {says: a court orders it, evidence: [document, law], approve: 2, by: [website], notice: after-gag, binding: yes}\n")
    out.append("keep:\n")
    out += [f"  category-number-{c}: {{from: collected, most: {1 + c % 9} years, then: erase}}\n" for c in range(categories)]
    out.append("clauses:\n")
    for n in range(clauses):
        out.append(f"  - {{id: clause-number-{n}, says: \"We keep promise {n}.\", kept-by: "
                   f"[keep.category-number-{n % categories}, purposes.purpose-number-{n % purposes}, default.silence]}}\n")
    return "".join(out)


def seconds(program, path):
    """The processor's time of one check, and how it ended."""
    process = subprocess.Popen([program, "check", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    told = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0 or "warning" in told:
        sys.exit(f"large: check ended with {process.returncode}: {told[:2000]}")
    return usage.ru_utime + usage.ru_stime


def main():
    program, most = sys.argv[1], float(sys.argv[2])
    if "--print" in sys.argv:
        print(policy(), end="")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        medians, sizes = [], []
        for name, text in (("small", policy(1, 1, 1, 1, 1, 1)), ("large", policy())):
            path = f"{folder}/{name}.yaml"
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            medians.append(statistics.median(seconds(program, path) for _ in range(RUNS)))
            sizes.append(len(text))
    print(f"large: {CATEGORIES} categories, {PURPOSES} purposes, {ROLES + 1} roles, {POINTS} points, {CLAUSES} clauses, {RECIPIENTS} recipients, "
          f"{sizes[1]} bytes: {medians[1] * 1000:.0f} ms of the processor; a policy of one category: {medians[0] * 1000:.0f} ms")
    return medians[1] >= most


if __name__ == "__main__":
    sys.exit(main())
