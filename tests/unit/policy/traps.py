#!/usr/bin/env python3
"""traps.py CHECK_FILE TREE [--write] - every trap of YAML, and exactly what is said about it.

Each trap is one change to a small policy, or a whole file. What check_file prints about all of them stands in
tests/policy/traps.expected; --write makes it anew. A trap falls at its own line: the policy is put together so that
nothing else in it is wrong.
"""
import sys

import golden

BASE = """troth: 1
policy:
  id: traps
  title: Privacy
  version: 1
  date: 2026-01-01
  seat: NO
  controller: {name: Small Ltd, address: "1 Short Lane, Cork, IE", email: privacy@small.example}
people:
  user: {says: you}
data:
  account: {of: user, fields: {email: {type: email, lookup: unique}, note: {type: text}}}
purposes:
  answer: {says: to answer you, basis: contract, uses: [account]}
collect:
  ask: {from: anyone, makes: user, fields: {account.email: required, account.note: optional}, for: [answer]}
roles:
  desk: {kind: application, may: [answer, rights]}
keep:
  account: {from: collected, most: 1 year, then: erase}
"""


def change(old, new, count=1):
    assert old in BASE, old
    text = BASE.encode()
    return text.replace(old.encode(), new if isinstance(new, bytes) else new.encode(), count)


def title(text):
    return change("title: Privacy", b"title: " + text if isinstance(text, bytes) else "title: " + text)


def version(text):
    return change("version: 1", "version: " + text)


def bomb():
    """Nine times nine times nine …: a few hundred bytes that would be billions of words."""
    lines = ['a0: &a0 ["lol"]']
    lines += [f"a{i}: &a{i} [" + ", ".join([f"*a{i - 1}"] * 9) + "]" for i in range(1, 9)]
    return ("\n".join(lines) + "\n").encode() + BASE.encode()


# What is wanted of a trap that is none: YAML's guesses are not made.
GOOD = {
    "NO is Norway": BASE.encode(),
    "a title that YAML 1.1 reads as no": title("NO"),
    "a title that YAML 1.1 reads as sixty-based": title("1:30"),
    "a title that looks like a date": title("2026-01-01"),
    "a title that looks like octal": title("0o17"),
    "a title of not a number": title(".nan"),
    "the word null in quotes": title('"null"'),
    "a title with a fold": title(">-\n    Privacy\n    folded"),
    "a title as a literal block": title("|\n    Privacy"),
    "a key in quotes": change("title: Privacy", '"title": Privacy'),
    "a key with a question mark": change("title: Privacy", "? title\n  : Privacy"),
    "yes in capitals": change("lookup: unique", "lookup: YES"),
    "a byte order mark at the start": b"\xef\xbb\xbf" + BASE.encode(),
    "line ends of Windows": BASE.replace("\n", "\r\n").encode(),
    "a marked beginning and end": b"---\n" + BASE.encode() + b"...\n",
    "a text with accents and other scripts": title("Confidentialité 日本 Ελλάδα"),
    "no line end at the end": BASE.encode().rstrip(b"\n"),
    "trailing spaces": change("troth: 1", "troth: 1   "),
    "a comma behind the last entry": change("may: [answer, rights]", "may: [answer, rights,]"),
    "a number in quotes": version('"1"'),
    "a tab behind a value": change("troth: 1", "troth: 1\t# the language"),
}

BAD = {
    "an anchor": title("&t Privacy"),
    "an alias": change("address: \"1 Short Lane, Cork, IE\"", "address: *t"),
    "an anchor and its alias": change("troth: 1", "troth: &one 1").replace(b"version: 1", b"version: *one"),
    "an alias of itself": change("may: [answer, rights]", "may: &m [answer, *m]"),
    "anchors that explode": bomb(),
    "a duplicate key": title("Privacy\n  title: Secrecy"),
    "a duplicate key in other quotes": title("Privacy\n  'title': Secrecy"),
    "a duplicate key by an escape": title('Privacy\n  "t\\u0069tle": Secrecy'),
    "a duplicate section": BASE.encode() + b"roles:\n  desk: {may: [answer]}\n",
    "a duplicate key in a flow map": change("{says: you}", "{says: you, says: me}"),
    "a tab as indentation": change("  title", "\ttitle"),
    "a tab within indentation": change("  title", "  \ttitle"),
    "a merge key": title("Privacy\n  <<: {version: 2}"),
    "a merge key with an alias": title("Privacy\n  <<: *x"),
    "a merge key in quotes is a key nobody knows": title('Privacy\n  "<<": {version: 2}'),
    "no as a country in small letters": change("seat: NO", "seat: no"),
    "false as a country": change("seat: NO", "seat: false"),
    "a country by its name": change("seat: NO", "seat: Norway"),
    "a country of three letters": change("seat: NO", "seat: NOR"),
    "1:30 as a length of time": change("1 year", "1:30"),
    "a length of time as a number": change("1 year", "365"),
    "a length of time of ISO 8601": change("1 year", "P1Y"),
    "a negative length of time": change("1 year", "-1 year"),
    "half a year": change("1 year", "0.5 years"),
    "a date with dots": change("2026-01-01", "01.01.2026"),
    "a date as Americans write it": change("2026-01-01", "01/02/2026"),
    "a date without zeros": change("2026-01-01", "2026-1-1"),
    "a date with a time": change("2026-01-01", "2026-01-01T00:00:00Z"),
    "a day that does not exist": change("2026-01-01", "2026-02-29"),
    "on as yes": change("lookup: unique", "identifies: on"),
    "y as yes": change("lookup: unique", "identifies: y"),
    "1 as yes": change("lookup: unique", "identifies: 1"),
    "an octal number": version("0o17"),
    "a hexadecimal number": version("0x10"),
    "a number with underscores": version("1_000"),
    "a number with a comma": version("1,000"),
    "a number with a point": version("1.0"),
    "a number with an exponent": version("1e3"),
    "a negative number": version("-1"),
    "a number with a plus": version("+1"),
    "infinity": version(".inf"),
    "a number of thirty digits": version("1" * 30),
    "a base of sixty": version("190:20:30"),
    "a tilde as a text": title("~"),
    "null as a text": title("null"),
    "nothing as a text": title(""),
    "an empty text": title('""'),
    "a text of spaces": title('"   "'),
    "a tilde as a map": change("  user: {says: you}", "  user: ~"),
    "a tilde as a list": change("uses: [account]", "uses: ~"),
    "nothing as a map": change("  user: {says: you}", "  user:"),
    "an empty map where one is needed": change("\n  user: {says: you}", " {}"),
    "an empty list where a map is needed": change("\n  user: {says: you}", " []"),
    "an empty list where one is needed": change("uses: [account]", "uses: []"),
    "an empty map where a list is needed": change("uses: [account]", "uses: {}"),
    "a text where a list is needed": change("uses: [account]", "uses: account"),
    "a text where a map is needed": change("{says: you}", "you"),
    "a list where a text is needed": title("[Privacy]"),
    "a map where a text is needed": title("{en: Privacy}"),
    "a literal block where a word is needed": change("basis: contract", 'basis: "contract\\n"'),
    "a literal block where a name is needed": change("id: traps", "id: |\n    traps"),
    "true as a name": change("id: traps", "id: true"),
    "null as a name": change("id: traps", "id: null"),
    "null as the name of people": change("  user: {says: you}", "  user: {says: you}\n  null: {says: nobody}"),
    "an empty file": b"",
    "a byte order mark and no more": b"\xef\xbb\xbf",
    "a file of spaces": b"   \n  \n",
    "a file of comments": b"# nothing\n# at all\n",
    "an empty document": b"---\n...\n",
    "a file that is a word": b"policy\n",
    "a file that is a list": b"- troth: 1\n- policy: {}\n",
    "a file that is JSON's null": b"null\n",
    "two documents": BASE.encode() + b"---\n" + BASE.encode(),
    "a second document that is empty": BASE.encode() + b"---\n",
    "a byte order mark in the middle": change("people:", b"\xef\xbb\xbfpeople:"),
    "UTF-16, little end first": BASE.encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + BASE.encode("utf-16-be"),
    "UTF-16 without a mark": BASE.encode("utf-16-le"),
    "UTF-32": BASE.encode("utf-32"),
    "Latin-1": title(b"Privatsph\xe4re"),
    "UTF-8 cut off": title(b"Privac\xc3"),
    "UTF-8 longer than needed": title(b"\xc0\xafPrivacy"),
    "half a pair of UTF-16 in UTF-8": title(b"\xed\xa0\x80"),
    "beyond the last character": title(b"\xf4\x90\x80\x80"),
    "a NUL": title(b"Priv\x00acy"),
    "an escape of a terminal": title(b"\x1b[31mPrivacy"),
    "a bell by an escape": title('"Priv\\aacy"'),
    "a NUL by an escape": title('"Priv\\0acy"'),
    "half a pair by an escape": title('"\\ud800"'),
    "a mark of writing direction": title("Priv\u202eacy"),
    "a space that has no width": title("Priv\u200bacy"),
    "line ends of the old Macintosh": BASE.replace("\n", "\r").encode(),
    "a program": b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)),
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "a packed file": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    "the tag binary": title("!!binary UHJpdmFjeQ=="),
    "a tag of Python": title("!!python/object/apply:os.system [ls]"),
    "a tag of our own": title("!secret Privacy"),
    "a tag of a number": version("!!int 1"),
    "a tag nobody declared": title("!e!x Privacy"),
    "a directive of YAML 1.1": b"%YAML 1.1\n---\n" + BASE.encode(),
    "a list as a key": title("Privacy\n  [a, b]: c"),
    "a map as a key": title("Privacy\n  {a: b}: c"),
    "a list as a key with a question mark": title("Privacy\n  ? [a, b]\n  : c"),
    "a key that is nothing": title("Privacy\n  : c"),
    "a key that is empty": title('Privacy\n  "": c'),
    "a key that is a tilde": title("Privacy\n  ~: c"),
    "a key with a capital": title("Privacy\n  Version: 2"),
    "a key with an underscore": change("in_force", "") if "in_force" in BASE else title("Privacy\n  in_force: 2026-02-01"),
    "a key with a space behind it": title('Privacy\n  "seat ": NO'),
    "a missing space behind the colon": change("title: Privacy", "title:Privacy"),
    "a colon in a text": title("Privacy: all of it"),
    "a number sign in a text": change("says: to answer you,", "says: to #answer you,"),
    "a quote left open": title('"Privacy'),
    "a bracket left open": change("may: [answer, rights]", "may: [answer, rights"),
    "a bracket too many": change("may: [answer, rights]", "may: [answer, rights]]"),
    "a comma left out": change("{kind: application, may:", "{kind: application may:"),
    "one space too many": change("  title", "   title"),
    "one space too few": change("  title", " title"),
    "a text that begins with a percent sign": title("%Privacy"),
    "a text that begins with an at sign": title("@Privacy"),
    "a text that begins with a back quote": title("`Privacy`"),
    "an escape nobody knows": title('"Priv\\qacy"'),
    "a list with dashes and no space": change("uses: [account]", "uses: -account"),
    "curly quotes": change("id: traps", "id: \u201ctraps\u201d"),
    "a dash of another kind": change("id: traps", "id: tr\u2013aps"),
    "a letter of another script": change("  user: {says: you}", "  us\u0435r: {says: you}"),
    "a space that does not break": change("id: traps", "id: tr\u00a0aps"),
    "a very long key": title("Privacy\n  " + "k" * 1000 + ": c"),
    "a key longer than YAML allows": title("Privacy\n  " + "k" * 2000 + ": c"),
    "a very long name": change("  user: {says: you}", "  " + "u" * 65 + ": {says: you}"),
    "seventeen levels": title("Privacy\n  x: " + "[" * 17 + "]" * 17),
    "eight thousand levels": title("Privacy\n  x: " + "[" * 8000),
    "levels by indentation": title("Privacy\n" + "".join("  " + " " * i + "a:\n" for i in range(40))),
    "a megabyte of one line": title("x" * 1048576),
    "a megabyte of one line in a comment": change("troth: 1", "troth: 1 # " + "x" * 1048576),
    "a line of 8193 bytes": title("x" * (8193 - len("  title: "))),
    "a hundred thousand keys": BASE.encode() + b"cookies:\n" + b"".join(b"  c%d: {}\n" % i for i in range(100000)),
    "a hundred thousand keys at the top": BASE.encode() + b"".join(b"k%d: 1\n" % i for i in range(100000)),
    "a million empty lines and a fault behind them": BASE.encode() + b"\n" * 1000000 + b"rules: {}\n",
    "more than four megabytes": BASE.encode() + b"# x\n" * 1048577,
}

if __name__ == "__main__":
    sys.exit(golden.main("traps", GOOD, BAD, *sys.argv[1:]))
