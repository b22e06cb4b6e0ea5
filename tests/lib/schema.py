"""A small validator of JSON Schema draft-07: of the keywords docs/policy.schema.json uses and no others.

An unknown keyword is an error, so the schema cannot come to rest on something that is not tried here. Editors have their
own validators; where the package jsonschema is installed, the tests hold this one against it.
"""
import json
import re

WORDS = {"$schema", "$id", "title", "description", "definitions", "$ref", "type", "enum", "const", "pattern", "maxLength",
         "minimum", "maximum", "properties", "additionalProperties", "propertyNames", "required", "minProperties",
         "maxProperties", "items", "minItems", "maxItems", "uniqueItems", "allOf", "anyOf", "oneOf", "not", "if", "then",
         "else"}


def same(a, b):
    """Equal as JSON has it: true is not 1."""
    if isinstance(a, (dict, list)) or isinstance(b, (dict, list)):
        return written(a) == written(b)
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def written(value):
    return json.dumps(value, sort_keys=True, default=repr)


def is_type(value, name):
    if name in ("integer", "number"):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and (name == "number" or float(value).is_integer())
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
    return isinstance(value, kinds[name])


class Schema:
    def __init__(self, root):
        self.root = root
        self.walk(root)

    def walk(self, node):
        """Unknown keywords and references into nothing, before anything is tried."""
        if isinstance(node, bool):
            return
        unknown = set(node) - WORDS
        if unknown:
            raise ValueError(f"the schema uses {sorted(unknown)}, which tests/lib/schema.py does not know")
        if "$ref" in node:
            self.target(node["$ref"])
        for word in ("definitions", "properties"):
            for part in node.get(word, {}).values():
                self.walk(part)
        for word in ("allOf", "anyOf", "oneOf"):
            for part in node.get(word, []):
                self.walk(part)
        for word in ("items", "additionalProperties", "propertyNames", "not", "if", "then", "else"):
            if word in node:
                self.walk(node[word])

    def target(self, ref):
        return self.root["definitions"][ref.removeprefix("#/definitions/")]

    def faults(self, value, node=None, path=""):
        """What is wrong, as texts; an empty list when it fits."""
        node = self.root if node is None else node
        if node is True:
            return []
        if node is False:
            return [f"{path}: nothing may stand here"]
        if "$ref" in node:
            return self.faults(value, self.target(node["$ref"]), path)
        found = list(self.plain(value, node, path))
        if isinstance(value, dict):
            found += self.map(value, node, path)
        if isinstance(value, list):
            found += self.list(value, node, path)
        return found + self.combined(value, node, path)

    def plain(self, value, node, path):
        types = node.get("type", [])
        types = [types] if isinstance(types, str) else types
        if types and not any(is_type(value, name) for name in types):
            yield f"{path}: must be {' or '.join(types)}"
        if "enum" in node and not any(same(value, one) for one in node["enum"]):
            yield f"{path}: {value!r} is not among {node['enum'][:8]}"
        if "const" in node and not same(value, node["const"]):
            yield f"{path}: must be {node['const']!r}"
        if isinstance(value, str):
            if "pattern" in node and not re.search(node["pattern"].replace("$", r"\Z"), value):
                yield f"{path}: {value!r} does not match {node['pattern']}"
            if len(value) > node.get("maxLength", len(value)):
                yield f"{path}: is too long"
        if is_type(value, "number") and not node.get("minimum", value) <= value <= node.get("maximum", value):
            yield f"{path}: {value} is out of range"

    def map(self, value, node, path):
        found = [f"{path}: lacks {key}" for key in node.get("required", []) if key not in value]
        if not node.get("minProperties", 0) <= len(value) <= node.get("maxProperties", len(value)):
            found.append(f"{path}: has {len(value)} entries")
        for key, part in value.items():
            if "propertyNames" in node:
                found += self.faults(key, node["propertyNames"], f"{path}/{key} (its name)")
            inner = node.get("properties", {}).get(key, node.get("additionalProperties", True))
            found += self.faults(part, inner, f"{path}/{key}")
        return found

    def list(self, value, node, path):
        found = []
        if not node.get("minItems", 0) <= len(value) <= node.get("maxItems", len(value)):
            found.append(f"{path}: has {len(value)} items")
        if node.get("uniqueItems") and len({written(one) for one in value}) < len(value):
            found.append(f"{path}: has an item twice")
        for i, part in enumerate(value):
            found += self.faults(part, node.get("items", True), f"{path}/{i}")
        return found

    def combined(self, value, node, path):
        found = [fault for part in node.get("allOf", []) for fault in self.faults(value, part, path)]
        if "anyOf" in node and not any(not self.faults(value, part, path) for part in node["anyOf"]):
            found.append(f"{path}: fits none of what may stand here")
        if "oneOf" in node and sum(not self.faults(value, part, path) for part in node["oneOf"]) != 1:
            found.append(f"{path}: fits none or several of what may stand here")
        if "not" in node and not self.faults(value, node["not"], path):
            found.append(f"{path}: must not be so")
        if "if" in node:
            branch = "else" if self.faults(value, node["if"], path) else "then"
            found += self.faults(value, node.get(branch, True), path)
        return found
