#!/usr/bin/env python3
"""schema.py CHECK_FILE TREE - docs/policy.schema.json and the reader accept and refuse the same policies.

The policies are those of the tree, the rows of faults.py and traps.py, and a policy with every section, changed at every
place: each key taken out, misspelt, and given a value of each other kind; each list emptied, doubled, turned into
something else. They are read as editors read them: YAML 1.2 with its core types.

What the schema refuses, the reader refuses. What the reader refuses, the schema refuses, but for faults that no one
place shows: BEYOND names them.
"""
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import yaml
except ImportError:
    sys.exit("schema: PyYAML is missing for this Python; scripts/setup.sh test installs it for Debian's")

import faults
import traps

# About the writing, which is gone once YAML is read; and about names and places that must fit each other.
BEYOND = set("""breach-late deadline-over-law fallback-late k-erased law-overlap opens-basis promise-both template-channel
template-totals unknown-sender unsubscribe-missing from-after-to alias anchor bad-character complex-key directive documents duplicate-key empty-key line-too-long merge-key
not-text not-utf8 not-yaml tab-indent tag too-deep too-large too-many-lines
circle confirm-within-missing consent-missing cookie-basis cookie-essential duplicate-name event-untold field-unused
group-of-one in-force-early keep-missing law-row law-seat least-over-most lookup-many never-declared never-stored
never-untold not-a-date-field nothing-left point-unused purpose-never special-basis unknown-category unknown-event
language-first language-missing language-one unknown-language
include-circle include-closed include-deep include-twice include-unread section-twice
unknown-field unknown-kind unknown-law unknown-organisation unknown-purpose unknown-relation unknown-role unknown-rule
withdrawn-basis wrong-kind
agreed-basis agreed-new blind-read child-advertising child-consent child-unrouted gate-existing gate-without-children
guardian-of keeps-address keeps-more keys-day keys-year latest-one memory-backup memory-least only-apart precision-type
relation-new route-beyond sealed-and-blind sealed-read second-application unknown-instance unknown-state
assurance-missing authority-basis binding-evidence controls-weaker cookie-for dpa-missing from-after-to gets-closed gets-hash
gets-unused part-of-more part-of-role signed-ahead to-not-got unknown-ground unknown-recipient""".split())
# Numbers that YAML counts in another way, but are the number the schema asks for; days no pattern knows.
BEYOND_ROWS = {"an octal number", "a hexadecimal number", "a number with a point", "a number with an exponent",
               "a number with a plus", "a day that does not exist", "not-a-date: 29 February of a common year",
               "missing-key: nobody is a guardian"}

# Allowed by YAML 1.2 and not by the library that reads for the schema here.
OTHERS_CANNOT = {"a tab behind a value"}
# What people.yaml has and the policy of faults.py has not.
PEOPLE_PLACES = ("relations", "children", "organisations", "people/partner", "policy/instances", "data/grade/", "data/position/",
                 "data/lead/", "data/account/fields/band", "roles/desk", "collect/enter/", "collect/switch-on/", "collect/register/form")
# So many files in one run of the reader; each so many-th is also given to the package jsonschema, which is slow.
CHUNK, EVERY = 500, 10


class Core(yaml.SafeLoader):
    """The core schema of YAML 1.2: no `yes`, no sixty-based numbers, no dates."""
    yaml_implicit_resolvers = {}


for tag, pattern, first in (("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
                            ("bool", r"^(true|True|TRUE|false|False|FALSE)$", list("tTfF")),
                            ("int", r"^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
                            ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", list("-+.0123456789"))):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


def integer(loader, node):
    text = loader.construct_scalar(node)
    return int(text[2:], 8) if text.startswith("0o") else int(text, 16 if text.startswith("0x") else 10)


def mapping(loader, node, deep=False):
    """Keys are texts, as in JSON."""
    return {str(getattr(key, "value", key)): loader.construct_object(value, deep=True) for key, value in node.value}


Core.add_constructor("tag:yaml.org,2002:int", integer)
Core.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))
Core.add_constructor("tag:yaml.org,2002:map", mapping)


def places(tree, path=()):
    yield path
    for key, part in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield from places(part, (*path, key))


def changed(tree, path, change):
    made = copy.deepcopy(tree)
    at = made
    for key in path[:-1]:
        at = at[key]
    change(at, path[-1])
    return made


def rename(name):
    def change(at, key):
        entries = [(name if one == key else one, part) for one, part in at.items()]
        at.clear()
        at.update(entries)
    return change


def changes(tree):
    """(what was done, the tree with one thing changed)."""
    values = [None, True, 7, "word", "Two Words", "", [], {}, ["word"], {"word": "word"}, [["word"]], "yes", "2026-01-01", "1 year"]
    for path in places(tree):
        if not path:
            continue
        where, old = "/".join(map(str, path)), tree
        for key in path:
            old = old[key]
        holder = tree
        for key in path[:-1]:
            holder = holder[key]

        def delete(at, key):
            del at[key]
        yield f"{where} taken out", changed(tree, path, delete)
        if isinstance(holder, dict):
            yield f"{where} misspelt", changed(tree, path, rename(f"{path[-1]}x"))
            yield f"{where} in capitals", changed(tree, path, rename(str(path[-1]).upper()))
        if isinstance(holder, list):
            yield f"{where} twice", changed(tree, path, lambda at, key: at.append(copy.deepcopy(at[key])))
        if isinstance(old, dict):
            yield f"{where} with a key more", changed(tree, path, lambda at, key: at[key].update({"surprise": "x"}))
        for value in values:
            yield f"{where} = {value!r}", changed(tree, path, lambda at, key, v=value: at.__setitem__(key, copy.deepcopy(v)))


class Test:
    def __init__(self, program, tree):
        sys.path.insert(0, str(tree / "tests/lib"))
        import schema
        root = json.loads((tree / "docs/policy.schema.json").read_text(encoding="utf-8"))
        self.schema, self.program = schema.Schema(root), program
        self.failed = self.beyond = self.fitted = 0
        self.rows = []
        try:
            import jsonschema
            self.other = jsonschema.Draft7Validator(root)
        except ImportError:
            self.other = None

    def fits(self, value, name):
        found = self.schema.faults(value)
        # Python's `$` also matches before a last line end, that of JSON Schema does not.
        self.fitted += 1
        if self.other is not None and self.fitted % EVERY == 0 and '\\n"' not in json.dumps(value, default=repr) and self.other.is_valid(value) != (not found):
            self.say(name, f"tests/lib/schema.py and jsonschema differ: {found[:3]}")
        return found

    def say(self, name, what):
        self.failed += 1
        if self.failed <= 40:
            print(f"{name}: {what}")

    def add(self, name, data, value=Ellipsis):
        self.rows.append((name, data, value))

    def run(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for i, (_, data, _) in enumerate(self.rows):
                paths.append(f"{folder}/{i}")
                pathlib.Path(paths[-1]).write_bytes(data)
            for at in range(0, len(paths), CHUNK):
                done = subprocess.run([self.program, "--codes", *paths[at:at + CHUNK]], capture_output=True, text=True,
                                      timeout=300, check=True)
                for row, line in zip(self.rows[at:at + CHUNK], done.stdout.splitlines(), strict=True):
                    _, verdict, *codes = line.split()
                    self.one(*row, verdict == "yes", set(codes))

    def one(self, name, data, value, usable, codes):
        if value is Ellipsis:
            try:
                value = yaml.load(data.decode("utf-8"), Core)
            except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
                if usable and name not in OTHERS_CANNOT:
                    self.say(name, "the reader takes what no other YAML reader does")
                return
        found = self.fits(value, name)
        if usable and found:
            self.say(name, f"the reader takes it, the schema does not: {found[:4]}")
        elif not usable and not found:
            self.beyond += 1
            if not codes <= BEYOND and name not in BEYOND_ROWS:
                self.say(name, f"the schema takes it, the reader does not: {sorted(codes - BEYOND)}")


def main():
    program, tree = sys.argv[1], pathlib.Path(sys.argv[2])
    test = Test(program, tree)
    for path in sorted([*tree.glob("tests/policy/**/*.yaml"), *tree.glob("examples/**/*.yaml"), tree / "bench/policy.yaml",
                        *tree.glob("tests/fuzz/corpus/policy/*")]):
        test.add(str(path.relative_to(tree)), path.read_bytes())
    small = lambda table: {name: data for name, data in table.items() if len(data) < 500000}
    for table in (small(traps.GOOD), small(traps.BAD), small(faults.table())):
        for name, data in table.items():
            test.add(name, data)
    base = yaml.load(faults.BASE, Core)
    people = yaml.load((tree / "tests/policy/people.yaml").read_bytes(), Core)
    of_people = [row for row in changes(people) if row[0].startswith(PEOPLE_PLACES)]
    for name, value in [*changes(base), *of_people]:
        test.add(name, json.dumps(value, indent=1, ensure_ascii=False).encode(), value)
    test.run()
    print(f"schema: {len(test.rows)} policies, {test.beyond} refused for what is beyond a schema, {test.failed} failed"
          f"{'' if test.other else ' (without jsonschema)'}")
    return test.failed != 0


sys.exit(main())
