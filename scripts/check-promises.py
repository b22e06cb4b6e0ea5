#!/usr/bin/env python3
"""scripts/check-promises.py [--self-test] [--write] - does each promise of the table stand in one example, and where it says.

tests/data/promise-ids.txt has the ids of the table of promises. Each must stand in the `promises` or the `unproven` of
the one example its letter belongs to, once; in `unproven` only what no program can show (UNPROVEN), and with a reason.
The ids in the comments of an example must be those that its `promises` give to the rule of that line; --write makes the
comments so. That the addresses are rules of the policy, and that ids are said once, is for `troth check`.
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
EXAMPLES = {"T": "telephony", "S": "services", "M": "classroom", "B": "process", "P": "softphone"}
# What no program can show, and why not.
UNPROVEN = {
    "T01": "an intention", "M04": "an endeavour without an end", "M92": "\"every\" precaution", "M95": "\"everything\" in one's power",
    "M94": "what a browser shows", "P15": "what a client does", "P20": "what a client does", "B28": "what recipients do",
    "M71": "ages may be false", "S39": "paper; there is a register only", "M42": "entries that people must keep true",
    "B60": "entries that people must keep true",
}
ID = r"[BMPST]\d\d+"
COLUMN = 36  # of a comment, where the line leaves room


def comment_at(line):
    """Where the comment of a line begins, or its end."""
    quote = ""
    for i, c in enumerate(line):
        if quote:
            quote = "" if c == quote and not (quote == '"' and line[i - 1] == "\\") else quote
        elif c in "\"'" and re.search(r"[\s:\[{,]$", line[:i]):
            quote = c
        elif c == "#" and (i == 0 or line[i - 1].isspace()):
            return i
    return len(line)


def places(lines):
    """(number of the line, path of keys) of each line that begins a key or an entry of `never`, in block style."""
    stack = []
    for number, line in enumerate(lines):
        text = line[:comment_at(line)].rstrip()
        found = re.match(r"( *)(- )?\"?([A-Za-z][\w-]*)\"?(:|$)", text)
        if not found or not found[2] and found[4] != ":":
            continue
        indent = len(found[1])
        while stack and stack[-1][0] >= indent:
            stack.pop()
        path = [key for _, key in stack] + [found[3]]
        if found[2] is None:
            stack.append((indent, found[3]))
        elif path[0] != "never":
            continue
        yield number, ".".join(path)


def section(lines, name):
    """(number of the line, key, text of its value) of each entry of a section written in block style."""
    begin = next((i for i, line in enumerate(lines) if re.match(rf"{name}:", line)), None)
    rows = []
    for i in range(begin + 1 if begin is not None else len(lines), len(lines)):
        text = lines[i][:comment_at(lines[i])].rstrip()
        if text and not text.startswith(" "):
            break
        found = re.match(r"  ([\w-]+):(.*)", text)
        if found:
            rows.append([i, found[1], found[2]])
        elif rows:
            rows[-1][2] += "\n" + text
    return rows


def addresses(text):
    return re.findall(r"[a-z][\w.-]*", text)


def line_of(address, where):
    """The line an address stands at: its own, or the one that holds it in brackets; None for built-in rules."""
    words = address.split(".")
    if words[0] == "default" or address in ("rights.self", "rights.restrict") and address not in where:
        return None
    while words:
        for path in (words, words[:2] + ["fields"] + words[2:]):
            if ".".join(path) in where:
                return where[".".join(path)]
        words = words[:-1]
    return None


def wanted(lines):
    """number of a line -> the ids that belong into its comment."""
    where = {}
    for number, path in places(lines):
        where.setdefault(path, number)
    found = {}
    for _, key, text in section(lines, "promises"):
        for address in addresses(text):
            line = line_of(address, where)
            if line is not None:
                found.setdefault(line, set()).add(key)
    return found


def commented(lines):
    """number of a line -> the ids in the comment behind it. Comments on a line of their own explain, and are not looked at."""
    for number, line in enumerate(lines):
        at = comment_at(line)
        if line[:at].strip():
            ids = set(re.findall(rf"\b{ID}\b", line[at:]))
            if ids:
                yield number, ids


def check_comments(name, lines, say):
    right, have = wanted(lines), dict(commented(lines))
    for number in sorted(right.keys() | have.keys()):
        more, less = have.get(number, set()), right.get(number, set())
        if more - less:
            say(f"{name}:{number + 1}: {', '.join(sorted(more - less))} in the comment, and no promise names this rule for it")
        if less - more:
            say(f"{name}:{number + 1}: {', '.join(sorted(less - more))} kept by the rule of this line, and not in its comment")


def check(files, ids):
    """files: example -> text, None where there is none."""
    faults, seen = [], {}
    say = faults.append
    for letter, example in EXAMPLES.items():
        name = f"examples/{example}/policy.yaml"
        if files.get(example) is None:
            say(f"{name} is not there")
            continue
        lines = files[example].splitlines()
        for part in ("promises", "unproven"):
            for number, key, text in section(lines, part):
                place = f"{name}:{number + 1}: {key}"
                if key not in ids:
                    say(f"{place} is not in the table")
                elif not key.startswith(letter):
                    say(f"{place} belongs to another example")
                elif key in seen:
                    say(f"{place} stands in {seen[key]} already")
                seen[key] = f"`{part}` of {name}"
                if part == "promises" and not addresses(text):
                    say(f"{place} names no rule")
                if part == "unproven" and key not in UNPROVEN:
                    say(f"{place} can be shown, so it belongs to `promises`")
                if part == "unproven" and not re.search(r"why:\s*\S+(\s+\S+){3}", text):
                    say(f"{place} gives no reason (why: …); it is {UNPROVEN.get(key, 'unknown')}")
        check_comments(name, lines, say)
    for key in sorted(ids - seen.keys()):
        if files.get(EXAMPLES[key[0]]) is not None:
            say(f"{key} stands in no example; it belongs into {EXAMPLES[key[0]]}")
    return faults


def write(text):
    """The text with the comments that its `promises` ask for."""
    lines = text.splitlines()
    right, have = wanted(lines), dict(commented(lines))
    for number in right.keys() | have.keys():
        line = lines[number]
        at = comment_at(line)
        code, said = line[:at].rstrip(), line[at:].lstrip("# ").rstrip()
        said = re.sub(rf"^{ID}(\s+{ID})*", "", said) if re.match(ID, said) else said
        ids = " ".join(sorted(right.get(number, ())))
        if said and ids and said[0] not in ":,":
            said = ": " + said
        said = ids + said if ids else said.lstrip(":, ")
        column = at if at < len(line) else max(COLUMN, len(code) + 2)
        lines[number] = code.ljust(column) + "# " + said if said else code
    return "\n".join(lines) + "\n"


TRY = """policy: {id: x}
data:
  one:   # T02
    of: user
    fields:
      name: {type: name, says: "a # b"}
never:
  - sale   # T03
collect:
  form:  # T02, as it is
    fields: {one.name: required}
promises:
  T02: [data.one, collect.form,
        default.silence]
  T03: [never.sale]
unproven:
  T01: {says: "We try.", why: "A program cannot see what people think."}
"""


def self_test():
    """Each kind of slip, made by hand, must be found."""
    ids = {"T01", "T02", "T03"}
    others = {name: "promises:\n" for name in EXAMPLES.values() if name != "telephony"}
    slips = [
        ("an id in no example", "  T03: [never.sale]\n", "", "stands in no example"),
        ("an id twice", "  T03: [never.sale]\n", "  T03: [never.sale]\n  T03: [never.sale]\n", "stands in `promises`"),
        ("an id in both", "  T03: [never.sale]\n", "  T03: [never.sale]\n  T01: [never.sale]\n", "stands in `promises`"),
        ("an unknown id", "  T03: [never", "  T04: [never", "is not in the table"),
        ("another example's id", "  T03: [never", "  M03: [never", "belongs to another example"),
        ("a promise without a rule", "[never.sale]", "[]", "names no rule"),
        ("unproven what can be shown", "  T01: {says", "  T02: {says", "can be shown"),
        ("no reason", 'why: "A program cannot see what people think."', 'why: "so"', "gives no reason"),
        ("a comment more", "of: user", "of: user   # T03", "no promise names this rule"),
        ("a comment less", "  - sale   # T03", "  - sale", "not in its comment"),
        ("a comment at another rule", "  one:   # T02", "  one:   # T03", "not in its comment"),
        ("an example gone", None, None, "is not there"),
    ]
    missed = 0

    def tell(what):
        nonlocal missed
        missed += 1
        print(f"check-promises: self-test: {what}")
    ids_of = ids | {"M03"}
    for what, old, new, said in slips:
        text = TRY if old is None else TRY.replace(old, new, 1)
        files = {**others, "telephony": text}
        if old is None:
            files["services"] = None
        elif text == TRY:
            tell(f"{what}: the slip could not be made")
        if not any(said in fault for fault in check(files, ids_of if "M03" in text else ids)):
            tell(f"{what}: not found")
    if check({**others, "telephony": TRY}, ids):
        tell(f"what is right is found wrong: {check({**others, 'telephony': TRY}, ids)}")
    bare = re.sub(r" +# T0\d(, as it is)?", "", TRY)
    if bare == TRY or check({**others, "telephony": write(bare)}, ids) or write(write(bare)) != write(bare):
        tell("--write does not write what the check asks for")
    if ", as it is" not in write(TRY):
        tell("--write loses words of comments")
    count = len(slips) + 3
    print(f"check-promises: {count - missed} of {count} slips are found")
    return missed == 0


def main():
    if "--self-test" in sys.argv[1:]:
        sys.exit(0 if self_test() else 1)
    files = {}
    for example in EXAMPLES.values():
        path = os.path.join(ROOT, "examples", example, "policy.yaml")
        files[example] = open(path, encoding="utf-8").read() if os.path.exists(path) else None
        if "--write" in sys.argv[1:] and files[example] is not None:
            files[example] = write(files[example])
            with open(path, "w", encoding="utf-8") as out:
                out.write(files[example])
    with open(os.path.join(ROOT, "tests/data/promise-ids.txt"), encoding="utf-8") as table:
        ids = set(table.read().split())
    faults = check(files, ids)
    for fault in faults:
        print(f"check-promises: {fault}")
    if faults:
        sys.exit(1)
    print(f"check-promises: {len(ids)} promises stand in {len(EXAMPLES)} examples")


if __name__ == "__main__":
    main()
