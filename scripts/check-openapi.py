#!/usr/bin/env python3
"""scripts/check-openapi.py [--self-test] - does docs/openapi.yaml tell the truth about the code's tables.

It holds the file against the route table of src/api/api.c (address, method, summary,
right, parameters in the path), against src/base/err_codes.def (every code with its
status) and against itself (every $ref has its target, every component its use).
The file is read line by line, without a YAML library: see the comment at its top.
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
ROUTE = re.compile(r'\{HTTP_(\w+),\s*"([^"]+)",\s*RIGHT_(\w+),((?:[^"}]|"(?!\s*\}))*?)((?:\s*"(?:[^"\\]|\\.)*")+)(?:,\s*\w+)?\}')
ERROR = re.compile(r'^ERR\((\w+), (\d+), (\d+), "([^"]+)"')
# Where a problem may come from on any address, so that only the "default" reply stands there.
ANYWHERE = {405, 406, 408, 410, 411, 414, 417, 421, 429, 431, 500, 501, 505}


def code_routes(text):
    """(METHOD, path) -> (summary, right) from api_table."""
    start = text.index("api_table[] = {")
    table = text[start:text.index("\n};", start)]
    found = {}
    for match in ROUTE.finditer(table):
        method, path, right, _, says = match.groups()
        summary = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', says))
        found[(method, path)] = (summary, right)
    if len(found) != len(re.findall(r"\{HTTP_", table)):
        raise SystemExit("check-openapi: a row of api_table is written in a way this script cannot read")
    return found


def code_errors(text):
    """machine code -> status, for everything that is an error over HTTP."""
    rows = (ERROR.match(line) for line in text.splitlines())
    return {row[4]: int(row[2]) for row in rows if row and int(row[2]) >= 400}


def file_routes(text):
    """(METHOD, path) -> (summary, lines of the operation) from the section `paths`."""
    found, path, here = {}, None, None
    inside = False
    for line in text.splitlines():
        if re.match(r"\S", line):
            inside = line == "paths:"
        elif not inside:
            continue
        elif match := re.match(r"  (/\S*):$", line):
            path, here = match[1], None
        elif match := re.match(r"    (get|put|post|patch|delete|head|options|trace):$", line):
            here = (match[1].upper(), path)
            if here in found:
                raise SystemExit(f"check-openapi: {' '.join(here)} stands twice in the file")
            found[here] = ["", []]
        elif here is not None:
            found[here][1].append(line)
            if match := re.match(r'      summary: "(.*)"$', line):
                found[here][0] = match[1].replace('\\"', '"')
    return {where: tuple(what) for where, what in found.items()}


def path_parameters(text):
    """component name -> the name it has in a path."""
    return dict(re.findall(r"^    (\w+): \{name: (\w+), in: path,", text, re.M))


def check_routes(code, openapi, say):
    want, have, names = code_routes(code), file_routes(openapi), path_parameters(openapi)
    for where in sorted(want.keys() - have.keys()):
        say(f"{' '.join(where)} is in src/api/api.c and not in the file")
    for where in sorted(have.keys() - want.keys()):
        say(f"{' '.join(where)} is in the file and not in src/api/api.c")
    for where in sorted(want.keys() & have.keys()):
        what, (summary, right), lines = " ".join(where), want[where], have[where][1]
        if have[where][0] != summary:
            say(f'{what}: the summary is "{have[where][0]}", the code says "{summary}"')
        local = "      x-local-socket-only: true" in lines
        if local != (right == "OPERATOR"):
            say(f"{what}: x-local-socket-only does not fit RIGHT_{right}")
        free = "      security: []" in lines
        if free != (right in ("PUBLIC", "OPERATOR")):
            say(f"{what}: security does not fit RIGHT_{right}")
        used = [names[ref] for ref in re.findall(r"/parameters/(\w+)", "\n".join(lines)) if ref in names]
        if sorted(used) != sorted(re.findall(r"\{(\w+)\}", where[1])):
            say(f"{what}: the path's parameters are described as {used}")
        if not any('"#/components/responses/Any"' in line for line in lines):
            say(f"{what}: no default reply")
        if right in ("TOKEN", "AUDIT") and not all(f'responses/E{n}"' in "\n".join(lines) for n in (401, 403)):
            say(f"{what}: 401 or 403 is missing")


def check_errors(table, openapi, say):
    want = code_errors(table)
    listed = re.search(r"^        code:\n +type: string\n +enum: \[([^\]]*)\]", openapi, re.M)
    have = set(listed[1].split(", ")) if listed else set()
    for code in sorted(want.keys() ^ have):
        say(f"the code {code} is in one only of err_codes.def and the schema Problem")
    rows = re.findall(r"status: \{const: (\d+)\}, code: \{enum: \[([^\]]*)\]", openapi)
    told = {code: int(status) for status, codes in rows for code in codes.split(", ")}
    for code in sorted(want.keys() | told.keys()):
        if want.get(code) != told.get(code):
            say(f"the code {code} goes with {want.get(code)} in err_codes.def, with {told.get(code)} in the file")


def check_refs(openapi, say):
    made, section = set(), None
    for line in openapi[openapi.index("\ncomponents:"):].splitlines():
        if match := re.match(r"  (\w+):$", line):
            section = match[1]
        elif match := re.match(r"    ([\w-]+):", line):
            made.add(f"{section}/{match[1]}")
    used = set(re.findall(r'"#/components/([\w/-]+)"', openapi))
    for ref in sorted(used - made):
        say(f"#/components/{ref} is not there")
    rare = {f"responses/E{status}" for status in ANYWHERE} | {"securitySchemes/token"}
    for name in sorted(made - used - rare):
        say(f"#/components/{name} is never used")


def check(code, table, openapi):
    faults = []
    check_routes(code, openapi, faults.append)
    check_errors(table, openapi, faults.append)
    check_refs(openapi, faults.append)
    return faults


def self_test(code, table, openapi):
    """Each kind of drift, made by hand, must be found."""
    drifts = [
        ("a route less in the file", code, table, openapi.replace("  /readyz:\n", "  /readyzz:\n")),
        ("a method more in the file", code, table, openapi.replace("  /healthz:\n", "  /healthz:\n    put:\n")),
        ("another summary", code, table, openapi.replace('summary: "Make a token"', 'summary: "A token"')),
        ("a route more in the code", code.replace("api_table[] = {",
            'api_table[] = {\n{HTTP_GET, "/v1/new", RIGHT_TOKEN, 0, false, NULL, NULL, f, "New"},'), table, openapi),
        ("a route less in the code", re.sub(r'\{HTTP_GET, "/readyz".*\},\n', "", code), table, openapi),
        ("another right", code.replace('"/readyz", RIGHT_PUBLIC', '"/readyz", RIGHT_TOKEN'), table, openapi),
        ("an operator's route not marked", code, table, openapi.replace("      x-local-socket-only: true\n", "", 1)),
        ("a path parameter left out", code, table, openapi.replace(
            '        - {$ref: "#/components/parameters/Point"}\n', "", 1)),
        ("an error more in the code", code, table + 'ERR(X, 499, 3, "brand-new", "New.")\n', openapi),
        ("another status", code, table.replace('ERR(TAKEN, 409', 'ERR(TAKEN, 410'), openapi),
        ("a reference into nothing", code, table, openapi.replace('responses/E401"', 'responses/E499"', 1)),
        ("a schema nobody uses", code, table, openapi.replace("  schemas:\n", "  schemas:\n    Lonely: {}\n", 1)),
    ]
    missed = 0
    for name, *three in drifts:
        changed = tuple(three) != (code, table, openapi)
        faults = check(*three)
        if not changed or not faults:
            print(f"check-openapi: self-test: {name}: {'not found' if changed else 'the drift could not be made'}")
            missed += 1
    print(f"check-openapi: {len(drifts) - missed} of {len(drifts)} kinds of drift are found")
    return 1 if missed else 0


def main():
    texts = []
    for name in ("src/api/api.c", "src/base/err_codes.def", "docs/openapi.yaml"):
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            texts.append(file.read())
    faults = check(*texts)
    for fault in faults:
        print(f"check-openapi: {fault}")
    if faults:
        return 1
    if sys.argv[1:] == ["--self-test"]:
        return self_test(*texts)
    print(f"check-openapi: {len(code_routes(texts[0]))} routes and {len(code_errors(texts[1]))} errors agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
