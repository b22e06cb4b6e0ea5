#!/usr/bin/env python3
"""scripts/check-schema.py [--self-test] - does docs/policy.schema.json know the keys and words the reader knows.

The reader's tables are read from src/policy/*.c: the keys of each map (struct key_row, given to map_keys_check with the
words for that map), the words of each choice (value_choice), the limits, the countries. Each must be in the schema and
no other; each key needs a title and a description there, and a line in docs/policy-language.md.
"""
import glob
import json
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
# The words for a map in map_keys_check, and its place in the schema.
MAPS = {
    "a policy file": "", "the section `policy`": "policy", "a controller": "controller", "an officer": "officer",
    "a hosting place": "host", "an organisation": "organisation", "a kind of people": "kind", "a category": "category",
    "a field": "field", "a purpose": "purpose", "a collection point": "point", "a role": "role", "a keep rule": "keep",
    "a cookie": "cookie", "a clause": "clause", "the section `consent`": "consent",
    "the section `law`": "law", "a row of law": "law-row",
    "the section `rights`": "rights", "a right": "right", "the section `mail`": "mail", "a sender": "sender",
    "a kind of mail": "template", "the section `changes`": "changes", "the section `breach`": "breach",
    "who is told of a breach": "who-is-told", "what no software can show": "unproven",
    "a relation": "relation", "the section `children`": "children", "the route over a parent": "parent-route",
    "the route over a school": "school-route",
    "a recipient": "recipient", "an assurance": "assurance", "controls": "controls", "a ground": "ground",
    "an office": "office",
}
# The words for a choice in value_choice, and the property that has them.
CHOICES = {
    "language of a page": "policy/language", "language a page can be in": "policy/languages", "word for `disclose`": "category/disclose",
    "kind of assurance": "assurance/kind", "role of a recipient": "recipient/role",
    "way to tell it to erase": "recipient/erase-by", "kind of evidence": "ground/evidence",
    "time of notice": "ground/notice", "kind of cookie": "cookie/kind", "word for `signal`": "cookie/signal",
    "way to store a field": "field/store", "lawful basis": "purpose/basis", "channel": "purpose/channel",
    "way to confirm": "purpose/confirm", "kind of role": "role/kind", "word for `adds-to`": "point/adds-to",
    "way for a parent to say yes": "parent-route/by", "way for a school to say yes": "school-route/by",
    "way to show a relation": "proof", "reader that data are sealed to": "category/sealed-to",
    "key domain": "category/keys", "precision": "field/precision",
    "word for `cards`": "point/cards", "end of keeping": "keep/then", "type of field": "field/type",
    "way to show who somebody is": "right/shown-by", "place where a change is posted": "changes/posted",
    "way to tell people": "changes/told", "moment a law counts from": "law-row/counted",
}
# Sections and their limits.
LIMITS = {
    "people": "ROLES", "organisations": "ROLES", "data": "CATEGORIES", "purposes": "PURPOSES", "collect": "ROLES",
    "relations": "ROLES", "roles": "ROLES", "never": "ROLES", "clauses": "ROWS", "cookies": "ROWS",
    "glossary": "ROWS", "promises": "ROWS", "unproven": "ROWS",
    "recipients": "ROWS", "disclosure": "ROLES",
}


def tables(text):
    """(end, name, [(key, later)]) of each table of keys in a file."""
    for match in re.finditer(r"struct key_row (\w+)\[\] = \{(.*?)\{NULL, false\}\};", text, re.S):
        yield match.end(), match[1], re.findall(r'\{"([^"]+)", (true|false)\}', match[2])


def code_maps(files):
    """words for a map -> its keys that work."""
    found = {}
    for name, text in files.items():
        rows = list(tables(text))
        for call in re.finditer(r'map_keys_check\([\w>-]+, [\w>-]+, (\w+), "([^"]+)"\)', text):
            fitting = [keys for end, table, keys in rows if table == call[1] and end < call.start()]
            if not fitting:
                raise SystemExit(f"check-schema: {name}: no table {call[1]} in front of its use")
            found[call[2]] = {key for key, later in fitting[-1] if later == "false"}
    calls = sum(len(re.findall(r"\bmap_keys_check\((?!struct)", text)) for text in files.values())
    if calls != sum(len(re.findall(r'map_keys_check\([^;]*?"[^"]+"\)', text)) for text in files.values()):
        raise SystemExit("check-schema: a call of map_keys_check is written in a way this script cannot read")
    return found


def code_choices(files):
    """words for a choice -> its words, from the table of words nearest in front."""
    found = {}
    for text in files.values():
        lists = [(match.end(), match[1], re.findall(r'"([^"]+)"', match[2]))
                 for match in re.finditer(r"static const char \*const (\w+)\[\] = \{([^}]*?), NULL\};", text)]
        for call in re.finditer(r'value_choice\(\s*[^,]+,\s*[^,]+,\s*"([^"]+)",\s*(\w+),', text):
            fitting = [words for end, name, words in lists if name == call[2] and end < call.start()]
            if fitting:
                found[call[1]] = fitting[-1]
        for call in re.finditer(r'value_choices\([^;]*?"([^"]+)",\s*(\w+)\);', text):
            fitting = [words for end, name, words in lists if name == call[2] and end < call.start()]
            if fitting:
                found[call[1]] = fitting[-1]
    types = re.search(r"names\[TYPE_COUNT\] = \{(.*?)\};", files["policy.c"], re.S)
    if types is None:
        raise SystemExit("check-schema: the names of the types are not found in policy.c")
    found["type of field"] = [word for word in re.findall(r'"([^"]+)"', types[1]) if word != "file"]
    return found


def code_countries(text):
    rows = re.findall(r'"([A-Z]+)",\s*/\* ([A-Z]) \*/', text)
    return {first + second for seconds, first in rows for second in seconds}


def properties(schema, place):
    return schema["properties"] if place == "" else schema["definitions"][place]["properties"]


def check_maps(files, schema, page, say):
    code = code_maps(files)
    for what in sorted(code.keys() ^ MAPS.keys()):
        say(f"{what}: is a map in one only of src/policy and MAPS of this script")
    for what in sorted(code.keys() & MAPS.keys()):
        have = properties(schema, MAPS[what])
        for key in sorted(code[what] ^ have.keys()):
            say(f"{what}: the key {key} is in one only of the reader and the schema")
        for key, part in have.items():
            if not part.get("title") or not part.get("description"):
                say(f"{what}: the key {key} has no title or no description in the schema")
            if not re.search(rf"`[^`\n]*\b{re.escape(key)}\b[^`\n]*`", page):
                say(f"{what}: the key {key} is not in docs/policy-language.md")
        closed = schema if MAPS[what] == "" else schema["definitions"][MAPS[what]]
        if closed.get("additionalProperties") is not False:
            say(f"{what}: the schema lets unknown keys pass")


def check_choices(files, schema, say):
    code = code_choices(files)
    for what in sorted(code.keys() ^ CHOICES.keys()):
        say(f"{what}: is a choice in one only of src/policy and CHOICES of this script")
    for what in sorted(code.keys() & CHOICES.keys()):
        place, _, key = CHOICES[what].partition("/")
        part = properties(schema, place)[key] if key else schema["definitions"][place]
        # A list of words, or words beside a list.
        have = part.get("enum") or part.get("items", {}).get("enum") or \
            next((one["enum"] for one in part.get("anyOf", []) if "enum" in one), [])
        if set(have) != set(code[what]):
            say(f"{what}: the reader knows {sorted(code[what])}, the schema {sorted(have)}")


def check_rest(limits, countries, schema, say):
    values = {name: int(value) for name, value in re.findall(r"^LIMIT\((\w+), (\d+),", limits, re.M)}
    for section, name in LIMITS.items():
        part = schema["properties"][section]
        if part.get("maxProperties", part.get("maxItems")) != values[f"POLICY_{name}"]:
            say(f"{section}: the schema does not have the limit POLICY_{name}")
    if schema["definitions"]["name"]["maxLength"] != values["POLICY_NAME"]:
        say("a name has another length in the schema")
    if properties(schema, "category")["fields"]["maxProperties"] != values["POLICY_FIELDS"]:
        say("a category has another number of fields in the schema")
    if properties(schema, "field")["length"]["anyOf"][0]["maximum"] != values["RECORD"]:
        say("a field has another length in the schema")
    if set(schema["definitions"]["country"]["enum"]) != code_countries(countries):
        say("the countries are not those of src/wire/address.c")


def check(files, limits, countries, schema_text, page):
    faults = []
    schema = json.loads(schema_text)
    check_maps(files, schema, page, faults.append)
    check_choices(files, schema, faults.append)
    check_rest(limits, countries, schema, faults.append)
    return faults


def self_test(files, limits, countries, schema, page):
    """Each kind of drift, made by hand, must be found."""
    def code(name, old, new):
        return {**files, name: files[name].replace(old, new, 1)}
    drifts = [
        ("a key more in the reader", (code("compile_use.c", '{"channel", false}', '{"channel", false}, {"tone", false}'), limits, countries, schema, page)),
        ("a key that begins to work", (code("compile_use.c", '{"serves", true}', '{"serves", false}'), limits, countries, schema, page)),
        ("a key less in the reader", (code("compile_collect.c", '{"cards", false}, ', ""), limits, countries, schema, page)),
        ("a section more in the reader", (code("compile.c", '{"law", false}', '{"law", false}, {"weather", false}'), limits, countries, schema, page)),
        ("a map more in the reader", (code("compile_use.c", '"a role");', '"a part");'), limits, countries, schema, page)),
        ("a word more in the reader", (code("compile_use.c", '"sms", "app"', '"sms", "fax", "app"'), limits, countries, schema, page)),
        ("a type more in the reader", (code("policy.c", '"boolean"', '"boolean", "colour"'), limits, countries, schema, page)),
        ("another limit", (files, limits.replace("POLICY_PURPOSES, 500", "POLICY_PURPOSES, 400"), countries, schema, page)),
        ("a country less", (files, limits, countries.replace('"AMW", ', '"AM", '), schema, page)),
        ("a key more in the schema", (files, limits, countries, schema.replace('"keep": {', '"hold": {"title": "x", "description": "x"}, "keep": {', 1), page)),
        ("no description", (files, limits, countries, schema.replace('"description": "The town."', '"description": ""'), page)),
        ("unknown keys pass", (files, limits, countries, schema.replace('"additionalProperties": false', '"additionalProperties": true', 1), page)),
        ("a key that the reference forgot", (files, limits, countries, schema, page.replace("renew-after", "renew"))),
    ]
    missed = 0
    for name, changed in drifts:
        made = changed != (files, limits, countries, schema, page)
        if not made or not check(*changed):
            print(f"check-schema: self-test: {name}: {'not found' if made else 'the drift could not be made'}")
            missed += 1
    print(f"check-schema: {len(drifts) - missed} of {len(drifts)} kinds of drift are found")
    return 1 if missed else 0


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def main():
    files = {os.path.basename(path): read(os.path.relpath(path, ROOT))
             for path in sorted(glob.glob(os.path.join(ROOT, "src/policy/*.c")))}
    texts = (files, read("src/base/limits.def"), read("src/wire/address.c"), read("docs/policy.schema.json"),
             read("docs/policy-language.md"))
    faults = check(*texts)
    for fault in faults:
        print(f"check-schema: {fault}")
    if faults:
        return 1
    if sys.argv[1:] == ["--self-test"]:
        return self_test(*texts)
    maps = code_maps(files)
    print(f"check-schema: {sum(map(len, maps.values()))} keys of {len(maps)} maps agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
