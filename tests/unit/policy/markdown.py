#!/usr/bin/env python3
"""markdown.py TROTH TREE - the page in Markdown says what the page in HTML says, read by somebody else's CommonMark.

Both are reduced to their blocks (headings, paragraphs, items, cells) with their text, links, code and what stands out;
those must be equal, for the policies of the tree in each language and for one whose every sentence is made of Markdown's
own signs. The reader is cmark-gfm with its tables; without it the test is skipped.
"""
import html.parser
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

BLOCKS = {"h1", "h2", "h3", "p", "li", "th", "td"}
SIGNS = ["*", "_", "`", "~", "[", "]", "(", ")", "<", ">", "#", "+", "-", "=", ".", "!", "|", "\\", "&", "{", "}", ":", "$", "^", "\"", "'", "/", "@"]
TRICKS = [
    "1. one", "12) two", "- item", "+ item", "* item", "# heading", "## heading ##", "> quote", "---", "***", "___", "===", "```", "~~~",
    "*a* _b_ **c** __d__", "`code` ``co`de``", "[link](http://x.example)", "[x]: /y", "![i](x)", "<b>bold</b>", "<!-- x -->", "<?x?>",
    "&amp; &lt; &#42; &", "a | b | c", "| --- |", "\\*", "\\\\", "trailing\\", "a  b", "~~gone~~", "http://auto.example www.auto.example a@b.example",
    "<http://auto.example>", "{#id .class}", ":smile: @name #1", "2026. A year", "[ ] task", "- [x] task", "a\n- b", "a\n===", "a  \nb",
    "* * *", "Term\n: definition", "^1 [^1]", "$x$ $$y$$", "==mark==", "\"quoted\" 'text' -- ...", "e*m*p", "snake_case_name", "5 < 6 > 4",
]


class Page(html.parser.HTMLParser):
    """The blocks of a page: [name, text]; links are ⟨text⟩(where), code `…`, what stands out is in ‹›."""

    def __init__(self, skip):
        super().__init__(convert_charrefs=True)
        self.skip, self.blocks, self.depth, self.link, self.text = skip, [], 0, [], None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if self.depth or tag in self.skip or (tag == "a" and attrs.get("class") == "skip"):
            self.depth += tag not in ("meta", "br", "hr")
        elif tag in BLOCKS:
            self.blocks.append(["td" if tag == "th" else tag, ""]) # a row of Markdown has no heading
            self.text = self.blocks[-1]
        elif tag == "a":
            self.link.append(attrs.get("href"))
            self.add("⟨" if attrs.get("href") else "")
        elif tag in ("b", "strong"):
            self.add("‹")
        elif tag == "code":
            self.add("`")
        elif tag in ("em", "del", "img", "pre", "blockquote"):
            self.blocks.append([tag, "was never meant"])

    def handle_endtag(self, tag):
        if self.depth:
            self.depth -= 1
        elif tag == "a":
            where = self.link.pop()
            self.add(f"⟩({where})" if where else "")
        elif tag in ("b", "strong"):
            self.add("›")
        elif tag == "code":
            self.add("`")
        elif tag in BLOCKS:
            self.text = None

    def add(self, text):
        if self.text is not None:
            self.text[1] += text
        elif text.strip():
            self.blocks.append(["stray", text])

    def handle_data(self, data):
        if not self.depth:
            self.add(data)


def blocks(text, skip):
    page = Page(skip)
    page.feed(text)
    # A paragraph in an item is the item.
    return [(tag, " ".join(words.split())) for tag, words in page.blocks if words.strip()]


def without_contents(rows):
    """Only the Markdown has its list of contents as items, between the introduction and the first section."""
    first = next(i for i, (tag, _) in enumerate(rows) if tag == "h2")
    return [row for i, row in enumerate(rows) if i >= first or row[0] != "li"]


def run(command, text=None):
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"{command}: {done.stdout}{done.stderr}")
    return done.stdout


def compare(troth, file, language):
    page = run([troth, "page", file, "--language", language])
    markdown = run([troth, "page", file, "--language", language, "--markdown"])
    if any(line != line.rstrip() for line in markdown.split("\n")):
        return f"{file}: spaces at a line's end"
    ours = blocks(page, {"head", "nav", "caption"})
    theirs = without_contents(blocks(run(["cmark-gfm", "--unsafe", "-e", "table", "-e", "strikethrough"], markdown), set()))
    for mine, other in zip(ours, theirs):
        if mine != other:
            return f"{file} ({language}):\n  HTML:     {mine}\n  Markdown: {other}"
    if len(ours) != len(theirs):
        return f"{file} ({language}): {len(ours)} blocks in HTML, {len(theirs)} in Markdown"
    # Readers that also make links of bare addresses still say the same words.
    everything = run(["cmark-gfm", "--unsafe", "-e", "table", "-e", "strikethrough", "-e", "autolink", "-e", "tasklist"], markdown)
    plain = lambda rows: "".join(words for _, words in rows).replace("⟨", "").replace(" ", "")
    if len(blocks(everything, set())) != len(blocks(run(["cmark-gfm", "--unsafe", "-e", "table"], markdown), set())):
        return f"{file} ({language}): bare addresses or boxes change the blocks"
    return None if plain(ours) else f"{file}: an empty page"


def hostile(dice):
    """A policy every sentence of which is signs."""
    def says(i):
        if i < len(TRICKS):
            return TRICKS[i]
        words = ["".join(dice.choice(SIGNS) if dice.random() < 0.6 else dice.choice("ab1 ") for _ in range(dice.randint(1, 14))) for _ in range(3)]
        return (" ".join(words).strip() or "x").replace("  ", " ")

    count = iter(range(10**6))
    more = lambda: says(next(count))
    kinds = {f"kind{i}": {"says": more()} for i in range(len(TRICKS))}
    data = {f"data{i}": {"of": "kind0", "says": more(), "fields": {"email": {"type": "email", "says": more()}}} for i in range(30)}
    return {
        "troth": 1,
        "policy": {"id": "signs", "title": "# *Signs* [x](y) `z` | 1.", "version": 1, "date": "2026-01-01", "seat": "DE",
                   "controller": {"name": "*Signs* & <Sons> 1.", "address": "- 1. # Lane | \\", "email": "a+b_c*d`e{f|g}@signs.example"},
                   "hosted": [{"place": more(), "country": "IE", "for": "live"} for _ in range(4)]},
        "people": kinds,
        "data": data,
        "purposes": {f"use{i}": {"says": more(), "basis": "contract", "uses": [f"data{i}.email"]} for i in range(30)},
        "collect": {f"point{i}": {"says": more(), "from": "anyone", "makes": "kind0", "fields": {f"data{i}.email": "required"}, "for": [f"use{i}"]}
                    for i in range(30)},
        "roles": {"desk": {"says": more(), "may": [f"use{i}" for i in range(30)] + ["rights"]},
                  "app": {"kind": "application", "says": more(), "may": ["use0"]}},
        "keep": {f"data{i}": {"from": "collected", "most": "1 year", "then": "erase"} for i in range(30)},
        "clauses": [{"id": f"c{i}", "says": TRICKS[i] if i < len(TRICKS) else more(), "kept-by": ["default.silence"]}
                    for i in range(400)],
    }


def main(troth, tree):
    if not shutil.which("cmark-gfm"):
        print("markdown: cmark-gfm is missing; scripts/setup.sh test installs it")
        return 77
    wrong = []
    policies = sorted(pathlib.Path(tree).glob("examples/*/*.yaml")) + sorted(pathlib.Path(tree).glob("tests/policy/**/*.yaml"))
    policies = [file for file in policies if subprocess.run([troth, "check", str(file)], capture_output=True, check=False).returncode == 0]
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(3):
            policies.append(pathlib.Path(folder, f"signs-{seed}.yaml"))
            policies[-1].write_text(json.dumps(hostile(random.Random(seed)), indent=1, ensure_ascii=False), encoding="utf-8")
        wrong = [told for file in policies for language in ("en", "de") if (told := compare(troth, str(file), language))]
    print("\n".join(wrong) or f"{len(policies)} policies, each in two languages: the same blocks")
    return 1 if wrong else 0


sys.exit(main(*sys.argv[1:]))
