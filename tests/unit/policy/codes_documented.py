#!/usr/bin/env python3
"""Every fault the reader can tell stands in docs/policy-language.md, and no other does."""
import pathlib
import re
import sys


def arguments(text, at):
    """The arguments of a call whose bracket opens just before `at`."""
    parts, depth, start, quoted = [], 0, at, False
    while True:
        c = text[at]
        if quoted:
            at += c == "\\"
            quoted = c != '"'
        elif c == '"':
            quoted = True
        elif c in "([{":
            depth += 1
        elif c in ")]}" and depth > 0:
            depth -= 1
        elif c == ")" or (c == "," and depth == 0):
            parts.append(text[start:at].strip())
            start = at + 1
            if c == ")":
                return parts
        at += 1


def codes(text):
    for call in re.finditer(r"\b(fault|fault_warn|yaml_stop)\(", text):
        args = arguments(text, call.end())
        if len(args) > 2 and args[2].startswith('"'):
            yield args[2].strip('"')
    yield from re.findall(r'\{"[a-z ]+", "(unknown-[a-z]+)"[,}]', text)


tree = pathlib.Path(sys.argv[1])
told = {code for path in (tree / "src/policy").glob("*.c") for code in codes(path.read_text(encoding="utf-8"))}
table = (tree / "docs/policy-language.md").read_text(encoding="utf-8").split("## Faults", 1)[1]
documented = set(re.findall(r"^\| `([a-z0-9-]+)` \|", table, re.M))
for name in sorted(told - documented):
    print(f"not in the page: {name}")
for name in sorted(documented - told):
    print(f"told by nothing: {name}")
sys.exit(told != documented or len(told) < 50)
