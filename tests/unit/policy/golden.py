"""What the reader says about many small policies, held against a file of tests/policy: used by traps.py and faults.py."""
import difflib
import pathlib
import re
import subprocess
import sys
import tempfile

SHOWN_LINES, SHOWN_BYTES = 16, 220


def cut(printed):
    """As much as a person would read; an explosion has hundreds of faults."""
    lines = printed.splitlines()
    tail = lines[-1:] if len(lines) > SHOWN_LINES else []
    kept = lines[:SHOWN_LINES] + (["…"] + tail if tail else [])
    return [line if len(line) <= SHOWN_BYTES else line[:SHOWN_BYTES] + "…" for line in kept]


class Files(bytes):
    """A policy file with others beside it: Files(data, {name: data})."""
    def __new__(cls, data, beside):
        made = super().__new__(cls, data)
        made.beside = beside
        return made


def run(program, data, name="policy.yaml"):
    with tempfile.TemporaryDirectory() as folder:
        files = {"policy.yaml": data, **getattr(data, "beside", {})}
        for path, text in files.items():
            path = pathlib.Path(folder, path)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text)
        done = subprocess.run([program, f"{folder}/policy.yaml", name], capture_output=True, timeout=120, check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"the reader ended with {done.returncode}: {done.stderr.decode()}")
    return done.returncode == 0, done.stdout.decode("utf-8", "strict")


def raw(program, data):
    """The canonical form of a policy that may be used."""
    printed = run(program, data)[1]
    return printed[printed.index("troth 1\n"):]


def told(program, data, name="policy.yaml"):
    """(whether it may be used, what was printed of faults and warnings)."""
    good, printed = run(program, data, name)
    kept = []
    for line in printed.splitlines():
        if line.startswith("policy-faults: ") or (good and line == "troth 1"):
            break
        kept.append(line)
    return good, "\n".join(kept)


def codes(printed):
    """The codes of what was told, errors and warnings, in their order."""
    return re.findall(r"^[^ ]+:\d+:\d+: (error|warning): .* \[([a-z0-9-]+)\]$", printed, re.M)


def compare(path, text, write):
    if write:
        path.write_text(text, encoding="utf-8")
    elif path.read_text(encoding="utf-8") != text:
        old = path.read_text(encoding="utf-8").splitlines()
        print("\n".join(difflib.unified_diff(old, text.splitlines(), path.name, "told", lineterm="")))
        return 1
    return 0


def main(noun, good, bad, program, tree, *options):
    failed, out = 0, []
    for name, data in good.items():
        usable, printed = told(program, data)
        if not usable or printed:
            print(f"{name}: is no fault, but was told:\n{printed[:2000]}")
            failed += 1
    for name, data in bad.items():
        usable, printed = told(program, data)
        if usable:
            print(f"{name}: was accepted")
            failed += 1
        out += [f"== {name}", *cut(printed), ""]
    failed += compare(pathlib.Path(tree) / f"tests/policy/{noun}.expected", "\n".join(out), "--write" in options)
    print(f"{noun}: {len(good)} that are none, {len(bad)} that are; {failed} failed")
    return failed != 0
