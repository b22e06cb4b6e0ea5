#!/usr/bin/env python3
"""questions.py TROTH POLICY QUESTIONS [--write] - what `troth ask` answers to a list of questions about a policy.

Each question is a line, its answer the indented line below: yes, part or no, and the rule that decided; or unknown and the
word of the question that the policy does not know. The policy itself has no fault and no warning but those of WARNINGS. Lines that begin with # and empty ones are for readers. --write puts in what is answered now; look at each of them before you keep it.
"""
import re
import subprocess
import sys

# What `troth check` may say of an example: what is not kept yet, and what the calendar does to a paper.
WARNINGS = {"not-kept", "assurance-ending", "assurance-over", "certificate-over"}
LEAST = 20  # questions, some of them answered with yes and some with no
WORDS = {"yes": "yes", "yes, in part": "part", "no": "no"}


def ask(troth, policy, question):
    done = subprocess.run([troth, "ask", policy, question], capture_output=True, text=True, timeout=60, check=False)
    lines = done.stdout.splitlines() or [""]
    rule = next((line.split()[1] for line in lines if line.startswith("  rule: ")), None)
    word = re.search(r'"([^"]*)" was not understood', done.stderr)
    if lines[0] in WORDS and rule:
        return f"{WORDS[lines[0]]} {rule}"
    return f"unknown {word[1]}" if word else (done.stdout + done.stderr).strip().replace("\n", " / ")


def check(troth, policy):
    """What is wrong with the policy itself."""
    done = subprocess.run([troth, "check", policy], capture_output=True, text=True, timeout=60, check=False)
    said = re.findall(r"^\S.*: (?:error|warning): .*\[([a-z-]+)\]$", done.stdout + done.stderr, re.M)
    return [f"{policy}: {code}" for code in said if code not in WARNINGS] + ([] if done.returncode == 0 else [f"{policy} has faults"])


def main():
    troth, policy, path, *rest = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    made, question, faults, answers = [], None, 0, []
    for number, line in enumerate(lines, 1):
        if question is None or line == "" or line.startswith("#"):
            made.append(line)
            question = (number, line) if line and not line.startswith("#") else None
            continue
        answer = ask(troth, policy, question[1])
        answers.append(answer.split()[0])
        made.append("    " + answer)
        if line != "    " + answer:
            faults += 1
            print(f"{path}:{question[0]}: {question[1]}\n  is answered: {answer}\n  expected:    {line.strip()}")
        question = None
    if "--write" in rest:
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(made) + "\n")
        return
    for fault in check(troth, policy):
        faults += 1
        print(fault)
    if len(answers) < LEAST or not {"yes", "no"} <= set(answers):
        faults += 1
        print(f"{path}: {len(answers)} questions; at least {LEAST} are needed, some of them to be answered with yes and some with no")
    print(f"{len(answers)} questions, {faults} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
