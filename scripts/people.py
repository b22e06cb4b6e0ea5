#!/usr/bin/env python3
"""scripts/people.py --port N --count N [--out FILE] [--print] - people who do not exist, for the demonstration.

Registers them at the classroom's point `register` over HTTP (token in TROTH_TOKEN) and writes
"id email" lines to FILE. --print shows the submissions as NDJSON instead of sending them. The same
count gives the same people.
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import random
import sys
import threading

FIRST = """Ada Amir Anouk Beatrix Bela Carla Chidi Dagny Dario Edda Emeka Farah Fritz Greta Hana Henrik Ilse Ines Ivo Jana
Jonas Kaya Kofi Lale Lars Lena Malik Mara Milo Nadia Nils Noor Olga Otto Paula Petra Quirin Rosa Ruben Samira Selma Theo
Tilda Ugo Ute Vera Viktor Wanda Xenia Yara Yusuf Zora Łucja Åsa Émile Óscar Žana""".split()
LAST = """Ahorn Birke Buche Eibe Eiche Erle Esche Espe Fichte Föhre Ginkgo Hainbuch Hasel Holunder Kastanie Kiefer Kirsch
Lärche Linde Mandel Maulbeer Mispel Nuss Olive Palm Pappel Quitte Robinie Rotdorn Schlehe Tanne Ulme Wacholder Weide
Weißdorn Zeder Zypress""".split()


def people(count):
    roll = random.Random(4711)
    for number in range(count):
        first, last = roll.choice(FIRST), roll.choice(LAST)
        yield {"account.first-name": first, "account.last-name": last,
               "account.email": f"person{number + 1}@mapleaf.example",
               "account.password": f"not-a-secret-{roll.randrange(10**9):09d}"}


class Sender:
    """One connection for each thread."""

    def __init__(self, port, token):
        self.port, self.token, self.own = port, token, threading.local()

    def send(self, fields):
        if not hasattr(self.own, "connection"):
            self.own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = json.dumps({"fields": fields}).encode()
        self.own.connection.request("POST", "/v1/collect/register", body, {
            "Content-Type": "application/json", "Authorization": f"Bearer {self.token}",
            "Troth-Purpose": "run-account"})
        reply = self.own.connection.getresponse()
        text = reply.read().decode()
        if reply.status != 201:
            sys.exit(f"people: {reply.status} {text}")
        return f"{json.loads(text)['subject']} {fields['account.email']}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--out")
    parser.add_argument("--print", action="store_true")
    asked = parser.parse_args()
    if asked.print:
        for fields in people(asked.count):
            print(json.dumps({"fields": fields}, ensure_ascii=False))
        return
    sender = Sender(asked.port, os.environ["TROTH_TOKEN"])
    lines = []
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for line in pool.map(sender.send, people(asked.count)):
            lines.append(line)
            if sys.stderr.isatty():
                print(f"\rregistering people (passwords are hashed slowly, on purpose): {len(lines)} of {asked.count}",
                      end="", file=sys.stderr)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if asked.out:
        with open(asked.out + ".part", "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
        os.replace(asked.out + ".part", asked.out)


main()
