#!/usr/bin/env python3
"""scripts/check-rooms.py [--self-test] [SRC] - do the includes in src/ keep to src/ROOMS?

Checked for every .c, .h, .def and .inc under src/:
  - an include points to a lower floor or stays in its own room
  - *_priv.h never leaves its room
  - "only ROOM,ROOM HEADER" lines
  - an outside header that ROOMS gives to some room is for those rooms alone;
    any other outside header must be plain C or POSIX (the list is below)
  - every header begins with "room/noun.h - what it is" and has its include guard
  - every directory under src/ is a room, every room of the table exists
--self-test makes a small tree with each kind of mistake and expects each found.
"""
import os
import re
import sys
import tempfile
from fnmatch import fnmatchcase

# Free for every room: C17 and plain POSIX. What is not here and not in ROOMS is refused.
FREE = set("""
assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h setjmp.h
signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h stdnoreturn.h
string.h strings.h tgmath.h threads.h time.h uchar.h wchar.h wctype.h
dirent.h endian.h fcntl.h getopt.h glob.h grp.h poll.h pthread.h pwd.h semaphore.h spawn.h
sys/mman.h sys/random.h sys/select.h sys/stat.h sys/time.h sys/types.h unistd.h
sanitizer/asan_interface.h sanitizer/lsan_interface.h
""".split())

# Strings and characters are matched too, so that the marks of a comment inside them mean nothing.
PIECE = re.compile(r'''"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/''', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*(include_next|include|import)\b[ \t]*(.*)$', re.M)
TARGET = re.compile(r'^(?:"([^"]+)"|<([^>]+)>)$')


class Table:
    def __init__(self, path):
        self.floor = {}    # room → floor
        self.outside = {}  # room → patterns
        self.only = []     # (rooms, pattern)
        self.faults = []
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            words = line.split("#", 1)[0].split()
            if not words:
                continue
            if words[0] == "only" and len(words) == 3:
                self.only.append((words[1].split(","), words[2]))
            elif words[0].isdigit() and len(words) >= 2 and words[1] not in self.floor:
                self.floor[words[1]] = int(words[0])
                self.outside[words[1]] = words[2:]
            else:
                self.faults.append((path, number, "table", "this line is not understood"))
        for rooms, pattern in self.only:
            for room in rooms + [pattern.split("/", 1)[0]]:
                if room not in self.floor:
                    self.faults.append((path, 0, "table", f"'{room}' in an 'only' line is no room"))


def blank_comments(text):
    """Comments become spaces; the lines keep their numbers."""
    return PIECE.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0))
                     if match.group(0)[0] == "/" else match.group(0), text)


def check_own(table, src, room, target, generated):
    other = target.split("/", 1)[0]
    base = os.path.basename(target)
    if "/" not in target or ".." in target.split("/"):
        return "path", f'"{target}" must be written from src/, as "room/noun.h"'
    if other not in table.floor:
        return "unknown-room", f'"{target}": {other} is no room of the table'
    if not os.path.exists(os.path.join(src, target)) and base not in generated.get(other, ""):
        return "missing", f'"{target}" does not exist (nor does {other}/meson.build make it)'
    if other == room:
        return None
    if re.search(r"_priv\.[a-z]+$", base):
        return "private", f'"{target}" is private to {other}'
    if table.floor[other] == table.floor[room]:
        return "same-floor", f'"{target}": {room} and {other} are on one floor and never see each other'
    if table.floor[other] > table.floor[room]:
        return "upward", f'"{target}": {other} is above {room}'
    for rooms, pattern in table.only:
        if fnmatchcase(target, pattern) and room not in rooms:
            return "only", f'"{target}" is only for {", ".join(rooms)}'
    return None


def check_outside(table, room, target):
    owners = [name for name, patterns in table.outside.items()
              if any(fnmatchcase(target, pattern) for pattern in patterns)]
    if room in owners:
        return None
    if owners:
        return "outside", f"<{target}> is only for {', '.join(owners)}"
    if target not in FREE:
        return "foreign", f"<{target}> is neither plain C or POSIX nor given to {room} in ROOMS"
    return None


def check_header(path, name, text):
    guard = "TROTH_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
    first = re.compile(r"/\*\n \* " + re.escape(name) + r" - \S.{9,}")
    if not first.match(text):
        yield path, 1, "prose", f'the header must begin with a comment "{name} - what it is, in one line"'
    if f"#ifndef {guard}\n#define {guard}\n" not in text:
        yield path, 1, "guard", f"the include guard must be {guard}"


def check_file(table, src, room, path, generated):
    text = open(path, encoding="utf-8", errors="replace").read()
    name = os.path.relpath(path, src)
    for match in INCLUDE.finditer(blank_comments(text)):
        line = text.count("\n", 0, match.start()) + 1
        target = TARGET.match(match.group(2).strip())
        if match.group(1) != "include" or not target:
            yield path, line, "computed", "only plain #include \"room/noun.h\" and <header.h> are taken"
            continue
        fault = (check_own(table, src, room, target.group(1), generated) if target.group(1)
                 else check_outside(table, room, target.group(2)))
        if fault:
            yield path, line, *fault
    if name.endswith(".h"):
        yield from check_header(path, name, text)


def check(src):
    """Returns (faults, files looked at)."""
    table = Table(os.path.join(src, "ROOMS"))
    faults = list(table.faults)
    files = 0
    generated = {}
    for room in table.floor:
        if not os.path.isdir(os.path.join(src, room)):
            faults.append((os.path.join(src, "ROOMS"), 0, "table", f"the room {room} has no directory"))
            continue
        build = os.path.join(src, room, "meson.build")
        generated[room] = open(build, encoding="utf-8").read() if os.path.exists(build) else ""
    for entry in sorted(os.listdir(src)):
        top = os.path.join(src, entry)
        if not os.path.isdir(top):
            if entry not in ("ROOMS", "meson.build"):
                faults.append((top, 0, "stray", "every file belongs to a room"))
            continue
        if entry not in table.floor:
            faults.append((top, 0, "unknown-room", f"{entry} is no room of the table"))
            continue
        for folder, _, names in sorted(os.walk(top)):
            for name in sorted(names):
                if name.endswith((".c", ".h", ".def", ".inc")):
                    files += 1
                    faults += check_file(table, src, entry, os.path.join(folder, name), generated)
    return faults, files


# One line for each kind of mistake: file, text, the kind that must be found.
MISTAKES = [
    ("low/a.c", '#include "high/thing.h"\n', "upward"),
    ("left/a.c", '#include "right/thing.h"\n', "same-floor"),
    ("high/b.c", '#include "low/secret_priv.h"\n', "private"),
    ("high/c.c", '#include <special.h>\n', "outside"),
    ("high/d.c", '#include <family/deep/x.h>\n', "outside"),
    ("high/e.c", '#include <surprise.h>\n', "foreign"),
    ("high/f.c", '#include "left/guarded.h"\n', "only"),
    ("high/g.c", '#include "nowhere/x.h"\n', "unknown-room"),
    ("high/h.c", '#include "low/absent.h"\n', "missing"),
    ("high/i.c", '#include "thing.h"\n', "path"),
    ("high/j.c", '#include "high/../low/secret_priv.h"\n', "path"),
    ("high/k.c", '#include MACRO\n', "computed"),
    ("high/l.c", '  #  include_next <stdio.h>\n', "computed"),
    ("high/m.c", '/* why */ #include "high/thing.h"\n#\tinclude /* x */ "low/secret_priv.h"\n', "private"),
    ("high/s.c", 'char *s = "text/*";\n#include <special.h>\nchar *t = "*/";\n', "outside"),
    ("high/n.h", "#ifndef TROTH_HIGH_N_H\n#define TROTH_HIGH_N_H\n#endif\n", "prose"),
    ("high/o.h", "/*\n * high/o.h - a header whose guard is not its own.\n */\n#ifndef O_H\n#define O_H\n#endif\n",
     "guard"),
    ("attic/a.c", "int x;\n", "unknown-room"),
    ("loose.c", "int y;\n", "stray"),
]
GOOD = [
    ("ROOMS", "# test\n0 low\n1 left special.h family/*\n1 right\n2 high\nonly right,top left/guarded.h\n"
              "3 top\n"),
    ("low/secret_priv.h", None), ("low/open.h", None), ("left/guarded.h", None), ("right/thing.h", None),
    ("high/thing.h", None),
    ("low/meson.build", "custom_target('x', output: 'made.h')\n"),
    ("low/ok.c", '#include "low/secret_priv.h"\n#include "low/made.h"\n#include <stdio.h>\n'),
    ("left/ok.c", '#include <special.h>\n#include <family/y.h>\n#include "low/open.h"\n#include "left/guarded.h"\n'),
    ("high/ok.c", '#include "low/open.h" /* said */\n'
                  '/* #include <surprise.h>\n#include <surprise.h> */\n#include <time.h>\n'),
    ("top/ok.c", '#include "high/thing.h"\n'),
]


def header_text(name):
    guard = "TROTH_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()
    return f"/*\n * {name} - a header made for the test.\n */\n#ifndef {guard}\n#define {guard}\n#endif\n"


def self_test():
    bad = 0

    def plant(src, files):
        for name, text in files:
            path = os.path.join(src, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(header_text(name) if text is None else text)

    with tempfile.TemporaryDirectory() as src:
        plant(src, GOOD)
        faults, files = check(src)
        if faults or files != 9:
            print("self-test: a tree without mistakes must pass, but:", files, faults)
            bad += 1
    for name, text, kind in MISTAKES:
        with tempfile.TemporaryDirectory() as src:
            plant(src, GOOD)
            plant(src, [(name, text)])
            kinds = [fault[2] for fault in check(src)[0]]
            if kinds != [kind]:
                print(f"self-test: {name} must give exactly '{kind}', gave {kinds or 'nothing'}: {text!r}")
                bad += 1
    for line, what in (("2", "a floor without a room"), ("only nobody low/open.h", "an unknown room"),
                       ("5 gone", "a room without a directory"), ("0 low", "a room twice")):
        with tempfile.TemporaryDirectory() as src:
            plant(src, GOOD)
            with open(os.path.join(src, "ROOMS"), "a", encoding="utf-8") as out:
                out.write(line + "\n")
            if "table" not in [fault[2] for fault in check(src)[0]]:
                print(f"self-test: {what} in ROOMS was not found")
                bad += 1
    print(f"self-test: {len(MISTAKES) + 5} trees, {bad} wrong")
    return 1 if bad else 0


def main(words):
    if words == ["--self-test"]:
        return self_test()
    if len(words) > 1 or (words and words[0].startswith("-")):
        print(__doc__, file=sys.stderr)
        return 2
    src = words[0] if words else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src")
    src = os.path.normpath(src)
    faults, files = check(src)
    for path, line, kind, text in faults:
        print(f"{os.path.relpath(path)}:{line}: {kind}: {text}")
    print(f"rooms: {files} files, {len(faults)} faults")
    return 1 if faults or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
