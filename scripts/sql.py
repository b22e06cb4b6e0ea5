#!/usr/bin/env python3
"""Reads the named statements and the migrations of the store and writes them as C.

usage: sql.py STORE_DIR ENGINE OUT_IDS_H OUT_TABLE_C DEPFILE

STORE_DIR/sql/*.sql holds paragraphs divided by blank lines. A paragraph is comment lines,
among them `-- name: X` and perhaps `-- db: keys` (default main), then one statement with
parameters $1, $2, ... that ends with its only `;`.
STORE_DIR/migrate/ENGINE/{main,keys}-NNNN.sql holds the migrations, numbered from 0001
without a gap.

Whatever is not clear is refused with file and line: a statement that the build lets through
is a statement the server runs.
"""

import pathlib
import re
import sys

DBS = ("main", "keys")
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}\Z")
TAG = re.compile(r"--\s*(name|db)\s*:\s*(.*?)\s*\Z")
PARAM = re.compile(r"\$([0-9]+)")
MIGRATION = re.compile(r"(main|keys)-([0-9]{4})\.sql\Z")
PARAMS_MAX = 32
OWN_TURN = re.compile(r"^\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|PRAGMA|ATTACH|VACUUM)\b", re.I | re.M)


class Fault(Exception):
    def __init__(self, path, line, text):
        super().__init__(f"{path}:{line}: {text}")


def paragraphs(text):
    """Pairs of (first line number, lines)."""
    lines, start = [], 1
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() == "":
            if lines:
                yield start, lines
            lines = []
            continue
        if not lines:
            start = number
        lines.append(line.rstrip())
    if lines:
        yield start, lines


def read_paragraph(path, start, lines):
    """A statement as a dict, or None when there are only comments."""
    tags, sql = {}, []
    for offset, line in enumerate(lines):
        here = start + offset
        if line.lstrip().startswith("--"):
            if sql:
                raise Fault(path, here, "a comment in the middle of a statement")
            tag = TAG.match(line.strip())
            if tag is None:
                continue
            if tag[1] in tags:
                raise Fault(path, here, f"a second `{tag[1]}`")
            tags[tag[1]] = tag[2]
        else:
            if "--" in line or "/*" in line:
                raise Fault(path, here, "a comment behind a statement")
            sql.append(line.strip())
    if not sql:
        if tags:
            raise Fault(path, start, "a name without a statement")
        return None
    if "name" not in tags:
        raise Fault(path, start, "a statement without a name")
    if NAME.match(tags["name"]) is None:
        raise Fault(path, start, f"`{tags['name']}` is not a name")
    if tags.get("db", "main") not in DBS:
        raise Fault(path, start, f"`{tags['db']}` is not a database")
    text = " ".join(sql)
    if not text.endswith(";"):
        raise Fault(path, start, f"{tags['name']} does not end with `;`")
    text = text[:-1].rstrip()
    if ";" in text:
        raise Fault(path, start, f"{tags['name']} has a `;` in the middle")
    if "?" in text:
        raise Fault(path, start, f"{tags['name']}: parameters are written $1, $2, ...")
    numbers = {int(n) for n in PARAM.findall(text)}
    if text.count("$") != len(PARAM.findall(text)):
        raise Fault(path, start, f"{tags['name']}: a `$` without a number")
    count = max(numbers, default=0)
    if numbers != set(range(1, count + 1)):
        raise Fault(path, start, f"{tags['name']}: parameters are not $1 to ${count} without a gap")
    if count > PARAMS_MAX:
        raise Fault(path, start, f"{tags['name']} has more than {PARAMS_MAX} parameters")
    return {"name": tags["name"], "db": tags.get("db", "main"), "text": text, "params": count,
            "where": f"{path}:{start}"}


def read_statements(folder):
    statements, seen = [], {}
    for path in sorted(folder.glob("*.sql")):
        for start, lines in paragraphs(path.read_text(encoding="utf-8")):
            one = read_paragraph(path, start, lines)
            if one is None:
                continue
            if one["name"] in seen:
                raise Fault(path, start, f"{one['name']} is at {seen[one['name']]} already")
            seen[one["name"]] = one["where"]
            statements.append(one)
    if not statements:
        raise Fault(folder, 0, "no statements")
    return statements


def read_migrations(folder):
    found = {db: [] for db in DBS}
    for path in sorted(folder.glob("*")):
        name = MIGRATION.match(path.name)
        if name is None:
            raise Fault(path, 0, "is not called main-NNNN.sql or keys-NNNN.sql")
        text = path.read_text(encoding="utf-8")
        own = OWN_TURN.search(text)
        if own:
            line = text.count("\n", 0, own.start(1)) + 1
            raise Fault(path, line, f"{own[1]}: a migration runs inside a transaction it is given")
        have = found[name[1]]
        if int(name[2]) != len(have) + 1:
            raise Fault(path, 0, f"{name[1]}-{len(have) + 1:04d}.sql is missing before it")
        have.append(text)
    for db in DBS:
        if not found[db]:
            raise Fault(folder, 0, f"no migration for {db}")
    return found


def for_engine(text, engine):
    return PARAM.sub(r"?\1", text) if engine == "sqlite" else text


def c_string(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_ids(statements):
    out = ["/* Made by scripts/sql.py from store/sql; do not edit. */",
           "#ifndef TROTH_STORE_SQL_IDS_H", "#define TROTH_STORE_SQL_IDS_H", "", "enum sql_id {"]
    out += [f"    SQL_{s['name']}, /* {s['db']}, {s['params']} */" for s in statements]
    out += ["    SQL_COUNT", "};", "", "#endif", ""]
    return "\n".join(out)


def write_table(statements, migrations, engine):
    out = ["/* Made by scripts/sql.py from store/sql and store/migrate; do not edit. */",
           '#include "store/sql_table_priv.h"', "", "const struct sql_row sql_rows[SQL_COUNT] = {"]
    for s in statements:
        db = "STORE_" + s["db"].upper()
        out.append(f"    [SQL_{s['name']}] = {{{c_string(s['name'])}, {db}, {s['params']},")
        out.append(f"        {c_string(for_engine(s['text'], engine))}}},")
    out += ["};", ""]
    for db in DBS:
        out.append(f"static const char *const migrations_{db}[] = {{")
        for text in migrations[db]:
            lines = [c_string(line.rstrip())[:-1] + '\\n"' for line in text.split("\n")
                     if line.strip() and not line.lstrip().startswith("--")]
            out.append("    " + "\n    ".join(lines) + ",")
        out += ["};", ""]
    out.append("const struct sql_migrations sql_migrations[STORE_DB_COUNT] = {")
    for db in DBS:
        out.append(f"    [STORE_{db.upper()}] = {{migrations_{db}, {len(migrations[db])}}},")
    out += ["};", ""]
    return "\n".join(out)


def main(argv):
    if len(argv) != 6:
        print(__doc__, file=sys.stderr)
        return 2
    store, engine = pathlib.Path(argv[1]), argv[2]
    sql, migrate = store / "sql", store / "migrate" / engine
    try:
        statements = read_statements(sql)
        migrations = read_migrations(migrate)
    except (Fault, UnicodeDecodeError) as fault:
        print(fault, file=sys.stderr)
        return 1
    pathlib.Path(argv[3]).write_text(write_ids(statements), encoding="utf-8")
    pathlib.Path(argv[4]).write_text(write_table(statements, migrations, engine), encoding="utf-8")
    # The folders stand in it as well, so that a file added or taken away is noticed.
    needs = [sql, migrate, *sorted(sql.glob("*.sql")), *sorted(migrate.glob("*.sql"))]
    pathlib.Path(argv[5]).write_text(
        f"{argv[3]} {argv[4]}: " + " ".join(str(p) for p in needs) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
