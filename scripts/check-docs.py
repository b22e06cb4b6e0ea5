#!/usr/bin/env python3
"""scripts/check-docs.py [--self-test] [ROOT] - is everything there that the documents point at?

Checked in every .md file of the tree (not in build folders):
  link    a relative link leads to a file, and its #anchor to a heading of it
  path    a path in backticks or a code block (src/…, tests/…, docs/…, scripts/… and the like, or
          ROOM/file.c as in src/ROOMS) exists; * and words in capitals stand for anything
  name    a name with an underscore in backticks in HOUSE.md occurs in src, tests or scripts
and in src, tests, scripts, dist, Makefile, meson.build:
  source  a page docs/… that a source file names exists; so does a ROOM/file.h named in src
--self-test makes a small tree with each kind of mistake and expects each found.
"""
import glob
import os
import re
import sys
import tempfile

TOPS = "bench|data|dist|docs|examples|scripts|src|tests"
SOURCES = ("src", "tests", "scripts", "dist", "Makefile", "meson.build")
SKIP = re.compile(r"^(\..*|build.*|demo-data|node_modules|corpus|__pycache__)$")
FENCE = re.compile(r"^(```+)[^\n]*\n(.*?)^\1[ \t]*$", re.M | re.S)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
NAME = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)+(\(\))?$")


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def walk(root, top):
    if os.path.isfile(os.path.join(root, top)):
        yield top
    for folder, folders, names in os.walk(os.path.join(root, top)):
        folders[:] = sorted(name for name in folders if not SKIP.match(name))
        for name in sorted(names):
            yield os.path.normpath(os.path.relpath(os.path.join(folder, name), root))


def blanked(pattern, text):
    """The text without what matches; the lines keep their numbers."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def slug(heading):
    """The anchor a heading gets: small letters, digits, _ and -, a dash for each space."""
    text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", lambda match: match.group(1) or "", heading)
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def anchors(text):
    return {slug(line.group(1)) for line in re.finditer(r"^#+[ \t]+(.*)$", blanked(FENCE, text), re.M)}


class Tree:
    def __init__(self, root):
        self.root = root
        table = os.path.join(root, "src", "ROOMS")
        lines = read(table).splitlines() if os.path.exists(table) else []
        self.rooms = [line.split()[1] for line in lines if re.match(r"\d+ \w", line)]
        rooms = "|".join(self.rooms) or "-"
        self.path = re.compile(rf"^(?:{TOPS})/|^(?:{rooms})/[\w/*-]+\.(?:c|h|def|sql|inc)$")
        self.in_room = re.compile(rf"(?<![\w/])((?:{rooms})/[a-z][\w/-]*\.(?:c|h|def|sql|inc))\b")

    def there(self, path):
        """A path of the tree or of src; * and CAPITALS stand for anything."""
        pattern = re.sub(r"[A-Z]{2,}|\*+|…", "*", glob.escape(path).replace("[*]", "*"))
        tops = [pattern, os.path.join("src", pattern)]
        exact = [path, os.path.join("src", path)]
        return (any(os.path.exists(os.path.join(self.root, one)) for one in exact) or
                ("*" in pattern and any(glob.glob(os.path.join(self.root, one)) for one in tops)))

    def made(self, path):
        """Whether the room's meson.build makes the file."""
        build = os.path.join(self.root, "src", path.split("/")[0], "meson.build")
        return os.path.exists(build) and os.path.basename(path) in read(build)


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def check_links(tree, name, text):
    bare = blanked(SPAN, blanked(FENCE, text))
    for match in LINK.finditer(bare):
        target, _, anchor = match.group(1).partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = os.path.normpath(os.path.join(os.path.dirname(name), target)) if target else name
        where = (name, line_of(bare, match.start()))
        if not os.path.exists(os.path.join(tree.root, path)):
            yield *where, "link", f"there is no {path}"
        elif anchor and path.endswith(".md") and anchor not in anchors(read(os.path.join(tree.root, path))):
            yield *where, "link", f"{path} has no heading for #{anchor}"


def check_paths(tree, name, text):
    for pattern in (FENCE, SPAN):
        body = blanked(FENCE, text) if pattern is SPAN else text
        for match in pattern.finditer(body):
            code = match.group(2 if pattern is FENCE else 1)
            for word in re.split(r"[\s()\"'<>=,;|&]+", code):
                word = re.sub(r"(:\d+)?[.:]*$", "", word)
                if tree.path.match(word) and not tree.there(word):
                    yield name, line_of(body, match.start()), "path", f"there is no {word}"


def check_names(tree, name, text, words):
    body = blanked(FENCE, text)
    for match in SPAN.finditer(body):
        if NAME.match(match.group(1)) and match.group(1).removesuffix("()") not in words:
            yield name, line_of(body, match.start()), "name", f"nothing is called {match.group(1)}"


def check_source(tree, name, text):
    for match in re.finditer(r"(?<![\w/])docs/[\w-]+\.(?:md|yaml)\b", text):
        if not os.path.exists(os.path.join(tree.root, match.group(0))):
            yield name, line_of(text, match.start()), "source", f"there is no {match.group(0)}"
    if not name.startswith("src" + os.sep):
        return
    for match in tree.in_room.finditer(text):
        path = match.group(1)
        if not tree.there(path) and not tree.made(path):
            yield name, line_of(text, match.start()), "source", f"there is no src/{path}"


def check(root):
    """Returns (faults, pages looked at)."""
    tree = Tree(root)
    faults, pages, words = [], 0, set()
    sources = [name for top in SOURCES for name in walk(root, top)]
    for name in sources:
        text = read(os.path.join(root, name))
        words.update(re.findall(r"\w+", text))
        # This file's own examples of mistakes are none.
        if os.path.basename(name) != "check-docs.py":
            faults += check_source(tree, name, text)
    for name in walk(root, "."):
        if not name.endswith(".md"):
            continue
        pages += 1
        text = read(os.path.join(root, name))
        faults += check_links(tree, name, text)
        faults += check_paths(tree, name, text)
        if os.path.basename(name) == "HOUSE.md":
            faults += check_names(tree, name, text, words)
    return faults, pages


GOOD = {
    "src/ROOMS": "0 low\n1 high sys/x.h\nonly high low/a.h\n",
    "src/low/a.h": "/* see docs/page.md, low/made.h and low/NAME.h */\nint low_thing(void);\n",
    "src/low/meson.build": "custom_target('x', output: 'made.h')\n",
    "src/high/b.c": "#include \"low/a.h\"\n/* as low/a.h says */\n",
    "scripts/run.sh": "echo\n",
    "README.md": "# Top\n\n## Some `code` here\n\n[page](docs/page.md#a-heading), [here](#some-code-here), "
                 "[out](https://example.org/x).\n`scripts/run.sh now`, `src/low/a.h:3`, `low/a.h`, `src/*/meson.build`, "
                 "`low/NAME.h`, `make test`.\n\n```sh\nscripts/run.sh | cat\n[no](link)\n```\n",
    "docs/page.md": "# Page\n\n## A heading\n\n[back](../README.md) and [none](`code`).\n",
    "HOUSE.md": "`low_thing()` and `low_thing`, `not a name`.\n",
    "build-x/lost.md": "[nowhere](nowhere.md)\n",
}
MISTAKES = [
    ("docs/page.md", "[gone](gone.md)\n", "link"),
    ("docs/page.md", "[top](../README.md#no-such-heading)\n", "link"),
    ("docs/page.md", "[up](README.md)\n", "link"),
    ("docs/page.md", "`scripts/gone.sh`\n", "path"),
    ("docs/page.md", "see `src/low/gone.c:12`.\n", "path"),
    ("docs/page.md", "`low/gone.c` does it\n", "path"),
    ("docs/page.md", "`tests/*/x.c`\n", "path"),
    ("docs/page.md", "```sh\nscripts/gone.sh all\n```\n", "path"),
    ("HOUSE.md", "`low_gone()`\n", "name"),
    ("src/high/b.c", "/* docs/gone.md tells */\n", "source"),
    ("src/high/b.c", "/* low/gone.h tells */\n", "source"),
    ("scripts/run.sh", "# docs/gone.yaml\n", "source"),
]


def self_test():
    def plant(root, files):
        for name, text in files.items():
            path = os.path.join(root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)

    bad = 0
    with tempfile.TemporaryDirectory() as root:
        plant(root, GOOD)
        faults, pages = check(root)
        if faults or pages != 3:
            print("self-test: a tree without mistakes must pass, but:", pages, faults)
            bad += 1
    for name, text, kind in MISTAKES:
        with tempfile.TemporaryDirectory() as root:
            plant(root, GOOD | {name: GOOD[name] + text})
            kinds = [fault[2] for fault in check(root)[0]]
            if kinds != [kind]:
                print(f"self-test: {name} must give exactly '{kind}', gave {kinds or 'nothing'}: {text!r}")
                bad += 1
    print(f"self-test: {len(MISTAKES) + 1} trees, {bad} wrong")
    return 1 if bad else 0


def main(words):
    if words == ["--self-test"]:
        return self_test()
    if len(words) > 1 or (words and words[0].startswith("-")):
        print(__doc__, file=sys.stderr)
        return 2
    root = words[0] if words else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    faults, pages = check(os.path.normpath(root))
    for name, line, kind, text in faults:
        print(f"{name}:{line}: {kind}: {text}")
    print(f"docs: {pages} pages, {len(faults)} faults")
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
