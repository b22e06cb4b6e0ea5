#!/usr/bin/env python3
"""languages.py CHECK_FILE TREE TROTH - a policy in two languages is the same policy, with each sentence twice.

Every sentence of the tree's policies, and of the one in faults.py, is written as {en: …, de: …} with a German text of its
own. The reader must take it as it took the first, and the canonical form, which the hash is of, must be the first one's
with each German text in it exactly once. The page in German has no sentence in English. A sentence whose German is lost,
or that the reader takes in one language only, is found here.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml

import faults
import golden

KEYS = {"says", "title", "why", "ask", "warning", "task", "class", "keeps-law"}


class Turned:
    def __init__(self, marked=False):
        self.count, self.marked = 0, marked

    def sentence(self, text):
        self.count += 1
        return {"en": f"Word{self.count}x" if self.marked else text, "de": f"Wort {self.count}."}

    def walk(self, value, path=()):
        if isinstance(value, list):
            return [self.walk(one, path) for one in value]
        if not isinstance(value, dict):
            return value
        found = {}
        for key, part in value.items():
            # A relation may be called "says" or a term "why": only values are sentences, never maps of them.
            told = key in KEYS or path == ("never",) or (path and path[-1] in ("events", "glossary") and len(path) == 1)
            told = told or (key == "for" and path[-1:] in (("hosted",), ("offices",)))
            if told and not isinstance(part, (dict, list)) and part is not None:
                found[key] = self.sentence(part)
            else:
                found[key] = self.walk(part, path + (key,))
        return found


def turn(data, marked=False):
    """The policy in two languages; marked: also in English each sentence is one no page has otherwise."""
    turned = Turned(marked)
    policy = turned.walk(yaml.load(data, Loader=yaml.BaseLoader))
    policy["policy"].pop("language", None)
    policy["policy"]["languages"] = ["en", "de"]
    return turned.count, yaml.safe_dump(policy, allow_unicode=True, width=4000, sort_keys=False).encode()


def english_left(troth, data):
    """Sentences in English on the German page."""
    with tempfile.NamedTemporaryFile(suffix=".yaml") as file:
        file.write(turn(data, True)[1])
        file.flush()
        done = subprocess.run([troth, "page", "--language", "de", file.name], capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        return [done.stderr.decode()[-400:]]
    return sorted(set(re.findall(r"Word\d+x", done.stdout.decode())))


def canonical(program, data):
    usable, printed = golden.told(program, data)
    return usable, golden.codes(printed), golden.raw(program, data) if usable else ""


def policies(tree):
    paths = [*(tree / "tests/policy").glob("*.yaml"), *(tree / "examples").glob("*/*.yaml"), tree / "src/cli/starter.yaml"]
    for path in sorted(paths):
        yield path.relative_to(tree), path.read_bytes()
    yield "faults.py", faults.BASE.encode()


def main():
    program, tree, troth = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    failed = count = 0
    for name, data in policies(tree):
        usable, codes, plain = canonical(program, data)
        if not usable:
            continue
        sentences, text = turn(data)
        usable, codes_now, both = canonical(program, text)
        if not usable or sorted(codes_now) != sorted(codes):
            print(f"{name}: in two languages it is told:\n{golden.told(program, text)[1][:2000]}")
            failed += 1
            continue
        for i in range(1, sentences + 1):
            if both.count(f'.de="Wort {i}."') != 1:
                print(f"{name}: German sentence {i} stands {both.count(f'Wort {i}.')} times in the canonical form")
                failed += 1
        one = re.sub(r' [a-z-]+\.de="Wort \d+\."', "", both).replace(" languages=en,de", "")
        if one != plain:
            print(f"{name}: without its German the canonical form is another")
            failed += 1
        left = english_left(troth, data)
        if left:
            print(f"{name}: the page in German says in English: {left[:6]}")
            failed += 1
        count += 1
    print(f"languages: {count} policies, {failed} failed")
    return failed != 0 or count < 4


if __name__ == "__main__":
    sys.exit(main())
