#!/usr/bin/env python3
"""init.py TROTH TREE [--write] - what `troth init` writes for every combination of answers, and what it refuses.

The policies stand in tests/policy/init/, one for each combination of what is run, and one for a country without a table of
law; --write makes them anew. Each has no fault and no warning, and a page that names who answers for the data.
"""
import itertools
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile

PARTS = ["contact", "newsletter", "accounts", "shop"]
WHO = {"name": "Mapleaf GmbH", "address": "Lindenweg 4, 10115 Berlin, Germany", "email": "privacy@mapleaf.example",
       "country": "DE"}
LAW = {"MT": "a country without a row of law.invoices"}

program, tree, *rest = sys.argv[1:]
program, tree = os.path.abspath(program), pathlib.Path(tree)
failed = 0


def say(what):
    global failed
    failed += 1
    print(what)


def run(*words, folder=None, stdin=subprocess.DEVNULL):
    return subprocess.run([program, *words], capture_output=True, text=True, stdin=stdin, cwd=folder, timeout=60, check=False)


def options(**more):
    return [word for key, value in {**WHO, **more}.items() for word in (f"--{key}", value)]


def usable(path, name):
    done = run("check", str(path))
    if done.returncode != 0 or "warning" in done.stdout + done.stderr:
        say(f"{name}: {done.stdout}{done.stderr}")
    html, text = run("page", str(path)), run("page", "--text", str(path))
    if html.returncode != 0 or "<html" not in html.stdout or text.returncode != 0:
        say(f"{name}: no page")
    return text.stdout


def golden(name, text):
    path = tree / f"tests/policy/init/{name}.yaml"
    text = re.sub(r"(date|in-force): \d{4}-\d\d-\d\d", r"\1: 2026-01-01", text)
    if "--write" in rest:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        say(f"{path.name} is not what is written now; look at it, then run this with --write")


def combinations(folder):
    for n in range(1, len(PARTS) + 1):
        for parts in itertools.combinations(PARTS, n):
            name, path = "-".join(parts), folder / "policy.yaml"
            done = run("init", *options(run=",".join(parts)), folder=folder)
            if done.returncode != 0:
                say(f"{name}: {done.stderr}")
                continue
            page = usable(path, name)
            for answer in (WHO["name"], WHO["email"], "10115 Berlin"):
                if answer not in page:
                    say(f"{name}: the page does not say {answer}")
            golden(name, path.read_text(encoding="utf-8"))
            path.unlink()
    for country in LAW:
        path = folder / "law.yaml"
        run("init", str(path), *options(run="shop", country=country))
        usable(path, country)
        golden(f"shop-{country.lower()}", path.read_text(encoding="utf-8"))


def countries(folder):
    """Every country, with all parts: with a table of law or without."""
    text = (tree / "src/wire/address.c").read_text(encoding="utf-8")
    codes = [first + second for seconds, first in re.findall(r'"([A-Z]+)",\s*/\* ([A-Z]) \*/', text) for second in seconds]
    path = folder / "country.yaml"
    for country in codes:
        done = run("init", "-", *options(run="contact newsletter accounts shop", country=country))
        path.write_text(done.stdout, encoding="utf-8")
        if done.returncode != 0 or run("check", str(path)).returncode != 0:
            say(f"{country}: {done.stderr}")
    if len(codes) != 250:
        say(f"there are {len(codes)} countries")


def odd_answers(folder):
    """Answers that YAML or HTML could take for more than words."""
    path = folder / "odd.yaml"
    for name in ('Quote " Ltd', "Back\\slash", "# no comment", "a: b", "{x}", "[x]", "*x", "&x", "!x", "%x", "@email@", "'", "<b>",
                 "日本", "null", "~", "yes", "-", "x" * 200, "${HOME}", "`id`", "\\n", '"', "\\"):
        done = run("init", "-", *options(run="contact", name=name))
        path.write_text(done.stdout, encoding="utf-8")
        if done.returncode != 0:
            say(f"{name}: {done.stderr}")
        elif name.replace(" ", "") not in re.sub(r"\s", "", usable(path, name)):
            say(f"{name}: the page says something else")


def refusals(folder):
    (folder / "there.yaml").write_text("mine\n", encoding="utf-8")
    os.symlink("nowhere", folder / "link.yaml")
    rows = [
        (["init"], "init needs --name, --address, --email, --country, --run; there is no terminal to ask on"),
        (["init", *options()], "init needs --run; there is no terminal to ask on"),
        (["init", *options(run="contact", country="Germany")], "country: two capital letters of ISO 3166-1, such as DE"),
        (["init", *options(run="contact", country="de")], "country: two capital letters of ISO 3166-1, such as DE"),
        (["init", *options(run="contact", email="privacy")], "email: no e-mail address; such as privacy@example.org"),
        (["init", *options(run="bakery")], "run: one or several of contact, newsletter, accounts, shop"),
        (["init", *options(run=" , ")], "run: name at least one of contact, newsletter, accounts, shop"),
        (["init", *options(run="contact", name="  ")], "name: between 1 and 200 bytes"),
        (["init", *options(run="contact", name="x" * 201)], "name: between 1 and 200 bytes"),
        (["init", *options(run="contact", name="two\nlines")], "name: one line of UTF-8 without control characters"),
        (["init", *options(run="contact", name="a\u200bb")], "the answers hold a character that cannot be seen"),
        (["init", "there.yaml", *options(run="contact")], "there.yaml is there already; name another file, or take it away first"),
        (["init", "link.yaml", *options(run="contact")], "link.yaml is there already; name another file, or take it away first"),
        (["init", "a.yaml", "b.yaml"], "init takes one file to write"),
        (["init", "--from", "bakery"], 'there is no example "bakery"; there is classroom'),
        (["init", "--from", "classroom", "--name", "x"], "--from takes the example as it is; leave --name out"),
    ]
    for words, wanted in rows:
        done = run(*words, folder=folder)
        if done.returncode != 2 or wanted not in done.stderr or done.stderr.count("\n") != 1:
            say(f"{words}: exit {done.returncode}: {done.stderr}")
    if (folder / "there.yaml").read_text(encoding="utf-8") != "mine\n" or (folder / "policy.yaml").exists():
        say("a refusal wrote something")


def example(folder):
    done = run("init", "example.yaml", "--from", "classroom", folder=folder)
    if done.returncode != 0:
        say(done.stderr)
    usable(folder / "example.yaml", "classroom")
    made = (folder / "example.yaml").read_text(encoding="utf-8").split("\n", 1)
    if made[0] != "# yaml-language-server: $schema=./policy.schema.json" or \
            made[1] != (tree / "examples/classroom/served.yaml").read_text(encoding="utf-8").split("\n", 1)[1]:
        say("the example is not the example")
    if run("schema").stdout != (tree / "docs/policy.schema.json").read_text(encoding="utf-8"):
        say("the schema is not the schema")


def terminal(folder, keys, *words):
    """The program on a terminal of its own, with what somebody types. → (exit status, what was shown)"""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execv(program, [program, "init", *words])
    shown, lines = b"", [line.encode() for line in re.findall(r"[^\n]*\n|\x04", keys)]
    while select.select([fd], [], [], 30)[0]:
        try:
            part = os.read(fd, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
        # What is typed before the question may be lost with the terminal's opening.
        if shown.endswith(b"): ") and lines:
            os.write(fd, lines.pop(0))
    else:
        os.kill(pid, signal.SIGKILL)
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def questions(folder):
    typed = "Mapleaf GmbH\nLindenweg 4, 10115 Berlin, Germany\nprivacy\nprivacy@mapleaf.example\nGermany\nDE\nshop contact\n"
    status, shown = terminal(folder, typed, "asked.yaml")
    told = run("init", "-", *options(run="contact,shop")).stdout
    if status != 0 or (folder / "asked.yaml").read_text(encoding="utf-8") != told:
        say(f"asked: exit {status}: {shown}")
    for wanted in ("email: no e-mail address", "country: two capital letters"):
        if wanted not in shown:
            say(f"asked: {wanted!r} was not said")
    status, shown = terminal(folder, "DE\n", "part.yaml", *options(run="contact")[:6], "--run", "contact")
    if status != 0 or "full name" in shown:
        say(f"asked for what was known: exit {status}: {shown}")
    status, shown = terminal(folder, "x\n" * 5, "never.yaml", *options(run="contact")[:6], "--run", "contact")
    if status != 2 or (folder / "never.yaml").exists() or "no answer to: country" not in shown:
        say(f"five wrong answers: exit {status}: {shown}")
    status, shown = terminal(folder, "\x04", "never.yaml")
    if status != 2 or (folder / "never.yaml").exists():
        say(f"no answer at all: exit {status}: {shown}")


with tempfile.TemporaryDirectory() as place:
    for part in (combinations, countries, odd_answers, refusals, example, questions):
        at = pathlib.Path(place) / part.__name__
        at.mkdir()
        part(at)
print(f"init: {failed} failed")
sys.exit(failed != 0)
