#!/usr/bin/env python3
"""Reads the named statements and the migrations of the store and writes them as C.

usage: sql.py STORE_DIR OUT_IDS_H OUT_TABLE_C DEPFILE

STORE_DIR/sql/*.sql holds paragraphs divided by blank lines. A paragraph is comment lines,
among them `-- name: X` and perhaps `-- db: keys` (default main), then one statement with
parameters $1, $2, ... that ends with its only `;`.
A name has one paragraph for both engines, or two: one says `-- for: sqlite`, the other
`-- for: postgresql`, with the same parameters (and columns: a test prepares all on both).
`-- taken: expected` is for an insert whose refusal by a unique constraint is an answer and not
a fault; on PostgreSQL, where a fault would end the transaction, it says ON CONFLICT DO NOTHING,
and that nothing was inserted is the answer.
STORE_DIR/migrate/ENGINE/{main,keys}-NNNN.sql holds the migrations, numbered from 0001
without a gap. Which tables a statement reads and writes is found by their names, and the person by `sn = $N`.

Whatever is not clear is refused with file and line: a statement that the build lets through
is a statement the server runs.
"""

import pathlib
import re
import sys

DBS = ("main", "keys")
ENGINES = ("sqlite", "postgresql")
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}\Z")
TAG = re.compile(r"--\s*(name|db|for|taken)\s*:\s*(.*?)\s*\Z")
PARAM = re.compile(r"\$([0-9]+)")
MIGRATION = re.compile(r"(main|keys)-([0-9]{4})\.sql\Z")
PARAMS_MAX = 32
TABLES_MAX = 32
TABLE_MADE = re.compile(r"^CREATE TABLE (\w+)", re.M)
TABLE_READ = re.compile(r"\b(?:FROM|JOIN) (\w+)\b(?!\()")
PERSON = re.compile(r"\bsn = \$([0-9]+)")
INSERTED = re.compile(r"INSERT INTO \w+ \(([^)]*)\) VALUES \(([^)]*)\)")
TABLE_WRITTEN = re.compile(r"\b(?:INSERT INTO|(?<!DO )(?<!FOR )UPDATE|DELETE FROM) (\w+)")
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
    if tags.get("for", ENGINES[0]) not in ENGINES:
        raise Fault(path, start, f"`{tags['for']}` is not an engine")
    if tags.get("taken", "expected") != "expected":
        raise Fault(path, start, "`taken` is `expected` or not said")
    engines = (tags["for"],) if "for" in tags else ENGINES
    taken = "taken" in tags
    if taken and "postgresql" in engines and not text.endswith("ON CONFLICT DO NOTHING"):
        raise Fault(path, start, f"{tags['name']}: `taken` needs ON CONFLICT DO NOTHING on PostgreSQL")
    if taken and "sqlite" in engines and "ON CONFLICT" in text:
        raise Fault(path, start, f"{tags['name']}: `taken` is said by SQLite's constraint itself")
    return {"name": tags["name"], "db": tags.get("db", "main"), "params": count, "taken": taken,
            "text": {engine: text for engine in engines}, "path": path, "start": start}


def add_statement(seen, one):
    """A name's first paragraph, or the other engine's text of it."""
    have = seen.setdefault(one["name"], one)
    if have is one:
        return
    if have["text"].keys() & one["text"].keys():
        raise Fault(one["path"], one["start"], f"{one['name']} is at {have['path']}:{have['start']} already")
    for what in ("db", "params", "taken"):
        if have[what] != one[what]:
            raise Fault(one["path"], one["start"], f"{one['name']}: `{what}` is not the same for both engines")
    have["text"].update(one["text"])


def read_statements(folder):
    seen = {}
    for path in sorted(folder.glob("*.sql")):
        for start, lines in paragraphs(path.read_text(encoding="utf-8")):
            one = read_paragraph(path, start, lines)
            if one is not None:
                add_statement(seen, one)
    if not seen:
        raise Fault(folder, 0, "no statements")
    for one in seen.values():
        for engine in ENGINES:
            if engine not in one["text"]:
                raise Fault(one["path"], one["start"], f"{one['name']} has no text for {engine}")
    return list(seen.values())


def read_tables(migrations):
    """Each table a number, over both databases: names are never used twice."""
    names = [name for db in DBS for text in migrations[db] for name in TABLE_MADE.findall(text)]
    if len(names) != len(set(names)) or len(names) > TABLES_MAX:
        raise Fault("migrations", 0, f"a table's name is used twice, or there are more than {TABLES_MAX}")
    return {name: number for number, name in enumerate(names)}


def table_bits(one, pattern, tables):
    bits = 0
    for name in pattern.findall(one["text"]["postgresql"]):
        if name.startswith("pg_"):
            continue  # PostgreSQL's own; no statement of ours writes there
        if name not in tables:
            raise Fault(one["path"], one["start"], f"{one['name']}: there is no table `{name}`")
        bits |= 1 << tables[name]
    return bits


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


def person_param(one):
    """Which parameter is the number of the one person whose rows the statement touches; 0: none, or who knows."""
    text = one["text"]["postgresql"]
    inserted = INSERTED.search(text)
    if inserted:
        columns, values = ([word.strip() for word in part.split(",")] for part in inserted.groups())
        value = values[columns.index("sn")] if "sn" in columns else ""
        return int(value[1:]) if PARAM.fullmatch(value) else 0
    found = set(PERSON.findall(text))
    return int(found.pop()) if len(found) == 1 else 0


def write_ids(statements):
    out = ["/* Made by scripts/sql.py from store/sql; do not edit. */",
           "#ifndef TROTH_STORE_SQL_IDS_H", "#define TROTH_STORE_SQL_IDS_H", "", "enum sql_id {"]
    out += [f"    SQL_{s['name']}, /* {s['db']}, {s['params']} */" for s in statements]
    out += ["    SQL_COUNT", "};", "", "#endif", ""]
    return "\n".join(out)


def write_migrations(out, migrations):
    for engine in ENGINES:
        for db in DBS:
            out.append(f"static const char *const migrations_{engine}_{db}[] = {{")
            for text in migrations[engine][db]:
                lines = [c_string(line.rstrip())[:-1] + '\\n"' for line in text.split("\n")
                         if line.strip() and not line.lstrip().startswith("--")]
                out.append("    " + "\n    ".join(lines) + ",")
            out += ["};", ""]
    out.append("const struct sql_migrations sql_migrations[SQL_ENGINE_COUNT][STORE_DB_COUNT] = {")
    for engine in ENGINES:
        for db in DBS:
            name = f"migrations_{engine}_{db}"
            out.append(f"    [SQL_ENGINE_{engine.upper()}][STORE_{db.upper()}] = {{{name}, {len(migrations[engine][db])}}},")
    out += ["};", ""]


def write_table(statements, migrations):
    tables = read_tables(migrations["postgresql"])
    out = ["/* Made by scripts/sql.py from store/sql and store/migrate; do not edit. */",
           '#include "store/sql_table_priv.h"', "", "const struct sql_row sql_rows[SQL_COUNT] = {"]
    for s in statements:
        reads, writes = table_bits(s, TABLE_READ, tables), table_bits(s, TABLE_WRITTEN, tables)
        out.append(f"    [SQL_{s['name']}] = {{.name = {c_string(s['name'])}, .db = STORE_{s['db'].upper()}, "
                   f".params = {s['params']}, .person = {person_param(s)},")
        out.append(f"        .taken = {'true' if s['taken'] else 'false'}, .reads = {reads:#x}, .writes = {writes:#x},")
        for engine in ENGINES:
            out.append(f"        .text[SQL_ENGINE_{engine.upper()}] = {c_string(for_engine(s['text'][engine], engine))},")
        out.append("    },")
    out += ["};", ""]
    write_migrations(out, migrations)
    return "\n".join(out)


def main(argv):
    if len(argv) != 5:
        print(__doc__, file=sys.stderr)
        return 2
    sql = pathlib.Path(argv[1]) / "sql"
    folders = {engine: pathlib.Path(argv[1]) / "migrate" / engine for engine in ENGINES}
    try:
        statements = read_statements(sql)
        migrations = {engine: read_migrations(folder) for engine, folder in folders.items()}
        table = write_table(statements, migrations)
    except (Fault, UnicodeDecodeError) as fault:
        print(fault, file=sys.stderr)
        return 1
    pathlib.Path(argv[2]).write_text(write_ids(statements), encoding="utf-8")
    pathlib.Path(argv[3]).write_text(table, encoding="utf-8")
    # The folders stand in it as well, so that a file added or taken away is noticed.
    needs = [sql, *sorted(sql.glob("*.sql"))]
    for folder in folders.values():
        needs += [folder, *sorted(folder.glob("*.sql"))]
    pathlib.Path(argv[4]).write_text(
        f"{argv[2]} {argv[3]}: " + " ".join(str(p) for p in needs) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
