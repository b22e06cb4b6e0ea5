#!/usr/bin/env python3
"""Every member of a compiled policy is looked at by the comparison of two, or says below why not."""
import pathlib
import re
import sys

# Made from other members, or no part of what the policy says.
MADE = {
    "policy_rule": {"name", "clause", "line", "file"},
    "policy_field": {"full_name", "category", "bit", "rule", "pass_rule"},
    "policy_keep": {"category", "drop", "rule"},  # drop: the fields that identify
    "policy_category": {"field_first", "field_count", "all", "readable", "lookups", "keep", "rule",
                        "sealed_rule", "blind_rule"},
    "policy_purpose": {"id", "rule", "needs_rule", "basis_rule"},
    "policy_role": {"rule", "needs_rule", "second_rule"},
    "policy_point": {"rule", "agreed_rule", "relation_rule"},
    "policy_point_field": {"category", "bit"},
    "policy_organisation": {"rule"}, "policy_kind": {"rule", "states_rule"}, "policy_relation": {"rule", "rights_rule"},
    "policy_children": {"rule"}, "policy_child_route": {"rule"}, "policy_cookie": {"rule"}, "policy_never": {"rule"},
    "policy_assurance": {"line"},
    "policy_recipient": {"rule", "abroad"},  # abroad: the country, and the seat
    "policy_ground": {"rule"},
    "policy": {"disclosure_rule", "unkept", "unkept_count", "rules", "rule_count", "hash", "canonical", "arena", "fields", "field_count",
               "sentences", "sentence_count"},  # sentences: held against each other in the canonical forms
    "policy_bits": {"w"}, "policy_span_of_time": {"law_row"},  # of `law`
    "policy_sentence": {"first", "others"},
}

tree = pathlib.Path(sys.argv[1])
header = re.sub(r"/\*.*?\*/", "", "\n".join(
    (tree / "src/policy" / name).read_text(encoding="utf-8")
    for name in ("policy.h", "policy_people.h", "policy_out.h", "policy_told.h")), flags=re.S)
compared = "".join(path.read_text(encoding="utf-8") for path in sorted((tree / "src/policy").glob("diff*.c"))
                   if path.name not in ("diff_net.c", "diff_shown.c", "diff_text.c"))
compared = re.sub(r"/\*.*?\*/", "", compared, flags=re.S)
missing, seen = [], 0
for struct, body in re.findall(r"^struct (policy\w*) \{(.*?)^\};", header, re.M | re.S):
    for declaration in body.split(";"):
        for part in declaration.split(","):
            name = re.search(r"(\w+)\s*(\[\d+\])?\s*$", part.strip())
            if not name:
                continue
            seen += 1
            if name[1] in MADE.get(struct, set()):
                continue
            # A table is named to MATCH as itself, a member after a dot or an arrow.
            if not re.search(r"(->|\.|, )" + name[1] + r"\b", compared):
                missing.append(f"{struct}.{name[1]}")
for name in missing:
    print(f"no comparison looks at {name}")
if seen < 120:
    print(f"only {seen} members were found in policy.h")
sys.exit(bool(missing) or seen < 120)
