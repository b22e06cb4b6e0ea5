#!/usr/bin/env python3
"""Dated tables of law (data/*.tsv) as rows of C: law-tables.py OUT TABLE.tsv..."""
import csv
import datetime
import sys

EPOCH = datetime.date(1970, 1, 1)


def days(text, otherwise):
    return (datetime.date.fromisoformat(text) - EPOCH).days if text else otherwise


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def main():
    out, *tables = sys.argv[1:]
    with open(out, "w", encoding="utf-8") as file:
        for path in tables:
            name = path.rsplit("/", 1)[-1].removesuffix(".tsv").upper().replace("-", "_")
            for row in rows(path):
                value = row.get("years") or row.get("age")
                counted = row.get("counted_from_end_of") or ""
                first, last = days(row["from"], "INT32_MIN"), days(row["to"], "INT32_MAX")
                if len(row["country"]) != 2 or not value.isdigit():
                    sys.exit(f"{path}: bad row {row}")
                file.write(f'{{LAW_{name}, "{row["country"]}", {value}, {first}, {last}, '
                           f'{quoted(counted)}, {quoted(row["source"])}}},\n')


main()
