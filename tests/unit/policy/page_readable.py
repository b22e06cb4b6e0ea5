#!/usr/bin/env python3
"""page_readable.py TROTH TREE - the page in HTML can be read by everybody, and fetches nothing.

For each policy of the tree, in each language: the language is named, headings leave out no level, every table has a
caption and headed rows and columns, every place a link leads to is there once, nothing is fetched from anywhere, and
text has at least the contrast of WCAG 2.2 level AAA (7 : 1), on light ground and on dark.
"""
import html.parser
import pathlib
import re
import subprocess
import sys

VOID = {"meta", "br", "hr"}
PAIRS = [("ink", "ground"), ("ink", "card"), ("soft", "ground"), ("soft", "card"), ("link", "ground"), ("link", "card")]


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.wrong, self.level, self.ids, self.links, self.open, self.captions, self.tables = [], 0, [], [], [], 0, 0
        self.style, self.cell = "", None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.open += [] if tag in VOID else [tag]
        if tag == "html" and not attrs.get("lang"):
            self.wrong.append("no language")
        if tag in ("h1", "h2", "h3"):
            if int(tag[1]) > self.level + 1 or (tag == "h1" and self.level):
                self.wrong.append(f"{tag} behind h{self.level}")
            self.level = int(tag[1])
        if tag in ("script", "img", "iframe", "link", "object", "form") or any(name in ("src", "srcset", "style") or name.startswith("on") for name in attrs):
            self.wrong.append(f"<{tag}> {attrs}")
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a":
            self.links.append(attrs.get("href", ""))
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag == "th" and attrs.get("scope") not in ("row", "col"):
            self.wrong.append("a heading of no row or column")
        if tag == "td" and not attrs.get("data-label"):
            self.wrong.append("a cell without the name of its column")

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")

    def handle_data(self, data):
        if self.open[-1:] == ["style"]:
            self.style += data


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)] if len(colour) == 7 else [int(c * 2, 16) / 255 for c in colour[1:]]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def colours(style):
    """The colours of light, dark and paper; each begins with those of light."""
    base = {}
    for block in re.findall(r":root\{([^}]*)\}", style):
        base = {**base, **dict(re.findall(r"--(\w+):(#[0-9a-f]+)", block))}
        yield base


def faults(text):
    page = Page()
    page.feed(text)
    yield from page.wrong
    if page.open:
        yield f"not closed: {page.open}"
    if page.tables != page.captions:
        yield "a table without a caption"
    for link in page.links:
        if link.startswith("#") and page.ids.count(link[1:]) != 1:
            yield f"{page.ids.count(link[1:])} places for {link}"
        if not re.match(r"#|mailto:|https://", link):
            yield f"a link to {link}"
    if re.search(r"@import|url\(", page.style):
        yield "the style fetches something"
    looks = list(colours(page.style))
    if len(looks) != 3:
        yield "light, dark and paper are not told apart"
    for look in looks:
        for one, other in PAIRS:
            if contrast(look[one], look[other]) < 7:
                yield f"{one} on {other}: {contrast(look[one], look[other]):.1f} : 1"


def main(troth, tree):
    wrong, count = [], 0
    for file in sorted(pathlib.Path(tree).glob("examples/*/*.yaml")) + sorted(pathlib.Path(tree).glob("tests/policy/**/*.yaml")):
        for language in ("en", "de"):
            done = subprocess.run([troth, "page", str(file), "--language", language], capture_output=True, encoding="utf-8", check=False)
            if done.returncode:
                continue
            count += 1
            wrong += [f"{file} ({language}): {fault}" for fault in faults(done.stdout)]
            if f'<html lang="{language}"' not in done.stdout:
                wrong.append(f"{file}: not in {language}")
    print("\n".join(wrong) or f"{count} pages")
    return 1 if wrong or count < 4 else 0


sys.exit(main(*sys.argv[1:]))
