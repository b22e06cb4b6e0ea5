#!/usr/bin/env python3
"""The page's own sentences in the languages it can be written in.

  sentences.py check [--self-test]  every sentence of the code is in each data/locale/*.po, with the same parts, and no other
  sentences.py update [CODE...]     writes the .po files anew: what is missing is added without text, what the code no
                                    longer says is dropped; CODE makes a new file
  sentences.py rows FILE.po OUT     the sentences as rows of C, for the build
  sentences.py countries TSV OUT    the names of countries, likewise

A sentence is the text of pen_say(pen, "…") or SAY("…") in src/policy/page*.c; src/policy/page_say_priv.h says how they
are written. The files are in gettext's form, so that any tool for translators opens them.
"""
import glob
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
SAID = re.compile(r"(?:\bpen_say\(\s*\w+\s*,|\bSAY\()\s*((?:%s\s*)+)(?=[,)])" % LITERAL)
MARKED = re.compile(r"\bSAY\(\s*(?:%s\s*)+\)" % LITERAL)
UNMARKED = re.compile(r"\b(?:pen_say\(\s*\w+\s*,|SAY\()\s*(?![\s\"])[^;,]*?\"")
# What writes text that is in no language: only signs may be in it.
BARE = re.compile(r"\bpen_(?:str|put)\((?:[^;]*?)(%s)" % LITERAL)
WORD = re.compile(r"[A-Za-z]{2}")
PART = re.compile(r"\{([a-z0-9-]+)(?::([a-z]+))?\}")
CHOICE = re.compile(r"\[([a-z0-9-]+): ?([^\]]*)\]")


def literal(text):
    """The value of C's "…" "…"."""
    value = "".join(part[1:-1] for part in re.findall(LITERAL, text))
    if re.search(r'\\[^"\\xn]', value):
        raise ValueError(f"an escape that is not read here: {value}")
    raw = re.sub(r'\\x([0-9a-fA-F]{2})|\\(["\\])|\\(n)', lambda m: chr(int(m[1], 16)) if m[1] else m[2] or "\n", value)
    return raw.encode("latin-1").decode("utf-8") if re.search(r"\\x", value) else raw


def without_comments(text):
    blank = lambda m: m[0] if m[0].startswith('"') else re.sub(r"[^\n]", " ", m[0])
    return re.sub(LITERAL + r"|/\*.*?\*/|//[^\n]*", blank, text, flags=re.S)


def sources():
    return sorted(glob.glob(os.path.join(ROOT, "src", "policy", "page*.c")))


def said(paths):
    """{sentence: [file, …]} in the order of the code, and what is wrong there."""
    found, wrong = {}, []
    for path in paths:
        name = os.path.relpath(path, ROOT)
        text = without_comments(open(path, encoding="utf-8").read())
        for match in SAID.finditer(text):
            places = found.setdefault(literal(match[1]), [])
            if name not in places:
                places.append(name)
        for match in UNMARKED.finditer(MARKED.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)):
            wrong.append(f"{name}:{text[:match.start()].count(chr(10)) + 1}: a sentence that cannot be found: {match[0]}")
        for match in BARE.finditer(text):
            if WORD.search(literal(match[1])):
                wrong.append(f"{name}:{text[:match.start()].count(chr(10)) + 1}: words that no language has: {match[1]}")
    return found, wrong


class Entry:
    """A paragraph of a file: the sentence, its text, and the form it is for (msgctxt), "" for the plain one."""

    def __init__(self, key="", text="", form="", comments=()):
        self.key, self.text, self.form, self.comments = key, text, form, list(comments)


def po_read(path):
    """The entries of a file; the first is its header."""
    entries, comments, part = [], [], None
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        line = line.strip()
        match = re.fullmatch(r"(?:(msgctxt|msgid|msgstr) )?(%s)" % LITERAL, line)
        if not line or line.startswith("#"):
            comments += [line] if line.startswith("# ") else []
            continue
        if match and (match[1] == "msgctxt" or (match[1] == "msgid" and part != "form")):
            entries.append(Entry(comments=comments))
            comments = []
        if match and match[1]:
            part = {"msgctxt": "form", "msgid": "key", "msgstr": "text"}[match[1]]
        if not match or not entries:
            raise ValueError(f"{path}:{number}: {line}")
        setattr(entries[-1], part, getattr(entries[-1], part) + po_value(match[2]))
    return entries


def po_value(quoted):
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], quoted[1:-1])


def po_quoted(word, text, width=100):
    if len(text) <= width and "\n" not in text:
        return f"{word} {quoted(text)}\n"
    lines, line = [], ""
    for piece in re.findall(r"[^ \n]*(?: |\n|$)", text):
        if len(line) + len(piece) > width or line.endswith("\n"):
            lines.append(line)
            line = ""
        line += piece
    return f'{word} ""\n' + "".join(quoted(each) + "\n" for each in lines + [line] if each)


def po_write(path, entries, places):
    with open(path, "w", encoding="utf-8") as file:
        for number, entry in enumerate(entries):
            file.write("\n" if number else "")
            file.write("".join(comment + "\n" for comment in entry.comments))
            file.write(f"#: {' '.join(places[entry.key])}\n" if entry.key in places else "")
            file.write(po_quoted("msgctxt", entry.form) if entry.form else "")
            file.write(po_quoted("msgid", entry.key) + po_quoted("msgstr", entry.text))


def header(code):
    return (f"Language: {code}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
            "X-Troth: forms ; plurals 2\n")


def rules(entries):
    """The forms and the number of plurals a file's header names: "X-Troth: forms dative; plurals 2"."""
    match = re.search(r"^X-Troth: forms ([a-z ]*); plurals (\d)$", entries[0].text if entries and entries[0].key == "" else "", re.M)
    if not match:
        raise ValueError("no X-Troth line in the header")
    return set(match[1].split()), int(match[2])


def parts(text):
    names = {match[1] for match in PART.finditer(text)}
    return names | {match[1] for match in CHOICE.finditer(text)}


def faults(text, forms, plurals):
    """What is wrong with one sentence by itself."""
    for match in PART.finditer(text):
        if match[2] and match[2] not in forms:
            yield f"no such form: {match[0]}"
    for match in CHOICE.finditer(text):
        if match[2].count("|") + 1 != plurals:
            yield f"{match[0]} has not {plurals} forms"
    rest = PART.sub("", CHOICE.sub(lambda m: m[2].replace("|", ""), text))
    if re.search(r"[{}\[\]]", rest):
        yield "a brace too many, or a part with a name that is none"
    if text != text.strip():
        yield "a space at its beginning or end"
    if "  " in text or "\n" in text:
        yield "two spaces or a line's end in it"


def compare(code, path):
    """What is wrong with a language's file against the sentences of the code."""
    entries = po_read(path)
    forms, plurals = rules(entries)
    have = {}
    for entry in entries[1:]:
        if (entry.key, entry.form) in have:
            yield f'twice: "{entry.key}"'
        have[entry.key, entry.form] = entry
        if entry.key not in code:
            yield f'no sentence of the code: "{entry.key}"'
        elif entry.form and entry.form not in forms:
            yield f'no such form, {entry.form}: "{entry.key}"'
        elif entry.text:
            for fault in faults(entry.text, forms, plurals):
                yield f'{fault}: "{entry.text}"'
            if parts(entry.key) != parts(entry.text):
                yield f'other parts than the English sentence: "{entry.text}"'
    for key in code:
        if (key, "") not in have or not have[key, ""].text:
            yield f'missing: "{key}"'


def locales():
    return sorted(glob.glob(os.path.join(ROOT, "data", "locale", "*.po")))


def spoken():
    """The languages a policy may name, a page can be written in, and countries have names in: the same, in one order."""
    read = lambda *path: open(os.path.join(ROOT, *path), encoding="utf-8").read()
    rows = re.search(r"locales\[LOCALE_COUNT\] = \{([^}]*)\}", read("src", "policy", "locale.c"))[1]
    page = re.findall(r"&locale_(\w+)", rows)
    policy = re.findall(r'"(\w+)"', re.search(r"words\[\] = \{([^}]*)NULL\}", read("src", "policy", "compile_language.c"))[1])
    names = read("data", "locale", "countries.tsv").split("\n")[0].split("\t")[1:]
    files = ["en"] + [os.path.basename(path)[:-3] for path in locales()]
    if not page == policy == names or sorted(page) != sorted(files):
        yield f"languages differ: pages {page}, policies {policy}, countries {names}, files {files}"


def check():
    code, wrong = said(sources())
    wrong += spoken()
    for key in code:
        wrong += [f'English: {fault}: "{key}"' for fault in faults(key, {"a"}, 2)]
    for path in locales():
        wrong += [f"{os.path.relpath(path, ROOT)}: {fault}" for fault in compare(code, path)]
    print("\n".join(wrong) if wrong else f"{len(code)} sentences in {len(locales()) + 1} languages")
    return 1 if wrong else 0


def update(codes):
    code, _ = said(sources())
    for path in [os.path.join(ROOT, "data", "locale", each + ".po") for each in codes] or locales():
        entries = po_read(path) if os.path.exists(path) else [Entry(text=header(os.path.basename(path)[:-3]))]
        have = {}
        for entry in entries[1:]:
            have.setdefault(entry.key, []).append(entry)
        for key in code:
            if not any(entry.form == "" for entry in have.setdefault(key, [])):
                have[key].insert(0, Entry(key))
        po_write(path, entries[:1] + [entry for key in code for entry in have[key]], code)
        print(f"{os.path.relpath(path, ROOT)}: {sum(1 for key in code if not have[key][0].text)} without text")
    return 0


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def rows_of_c(path, out):
    # A file that is older than a sentence builds: the sentence stays English, and the test says so.
    entries = sorted((each for each in po_read(path)[1:] if each.text), key=lambda each: (each.key.encode(), each.form.encode()))
    with open(out, "w", encoding="utf-8") as file:
        file.write(f"/* Made from {os.path.basename(path)}; do not edit. */\n")
        file.writelines(f"{{{quoted(each.form)}, {quoted(each.key)}, {quoted(each.text)}}},\n" for each in entries)
    return 0


def countries_of_c(path, out):
    lines = [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8")]
    if any(len(line) != len(lines[0]) or not all(line) or len(line[0]) != 2 for line in lines[1:]):
        raise ValueError(f"{path}: a country without a name in one of the languages")
    with open(out, "w", encoding="utf-8") as file:
        file.write(f"/* Made from {os.path.basename(path)}: {' '.join(lines[0])}; do not edit. */\n")
        file.writelines(f"{{{quoted(line[0])}, {{{', '.join(map(quoted, line[1:]))}}}}},\n" for line in lines[1:])
    return 0


def self_test():
    cases = [
        ("A {x} of [n: one|{n} many].", {"a"}, 2, 0), ("A {x:a}.", {"a"}, 2, 0), ("A {x:b}.", {"a"}, 2, 1),
        ("[n: one|two|three]", set(), 2, 1), ("A {x.", set(), 2, 1), (" A.", set(), 2, 1), ("A  b.", set(), 2, 1), ("{X}", set(), 2, 1),
    ]
    bad = [text for text, forms, plurals, count in cases if len(list(faults(text, forms, plurals))) != count]
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "page_x.c")
        open(source, "w").write('pen_say(pen, "One {a}."\n  " Two.", x); item(pen, SAY("Three:")); /* SAY("no") */\n'
                                'pen_str(pen, "four words"); pen_str(pen, ", "); pen_say(pen, b ? "five" : "six");')
        code, wrong = said([source])
        if list(code) != ["One {a}. Two.", "Three:"] or len(wrong) != 2:
            bad.append(f"{list(code)} {wrong}")
        po = os.path.join(folder, "xx.po")
        po_write(po, [Entry(text=header("xx")), Entry("One {a}. Two.", "Uno {b}.", comments=["# why"]), Entry("Gone", "Fort"),
                      Entry("Three:"), Entry("Three:", "Drei:", "dative")], {"One {a}. Two.": ["page_x.c"]})
        told = list(compare(code, po))
        read = po_read(po)
        if len(told) != 4 or (read[1].text, read[1].comments, read[4].form) != ("Uno {b}.", ["# why"], "dative"):
            bad.append(f"{told} {[vars(each) for each in read]}")
        long = 'A "long" sentence with \\ in it. ' * 9
        po_write(po, [Entry(text=header("xx")), Entry(long.strip(), long)], {})
        if (po_read(po)[1].key, po_read(po)[1].text) != (long.strip(), long):
            bad.append("a long sentence is not read as it was written")
    print("\n".join(f"self-test: {each}" for each in bad) or "self-test: fine")
    return 1 if bad else 0


def main(words):
    if words[:1] == ["check"]:
        return self_test() if words[1:] == ["--self-test"] else check()
    if words[:1] == ["update"]:
        return update(words[1:])
    if words[:1] == ["countries"] and len(words) == 3:
        return countries_of_c(words[1], words[2])
    if words[:1] == ["rows"] and len(words) == 3:
        return rows_of_c(words[1], words[2])
    print(__doc__, file=sys.stderr)
    return 2


sys.exit(main(sys.argv[1:]))
