#!/usr/bin/env python3
"""faults.py CHECK_FILE TREE [--write] - every fault the language has, made once at least, and exactly how it is told.

Each row is changes to the policy below and the code they must give, as the first error (or warning) and with no other
beside it, unless the row says which. What is printed stands in tests/policy/faults.expected; --write makes it anew.
Every code of docs/policy-language.md has a row here.
"""
import pathlib
import re
import sys

import golden

BASE = """troth: 1
policy:
  id: faults
  title: Privacy
  version: 1
  date: 2026-01-01
  in-force: 2026-02-01
  governs: [website]
  controller: {name: Small Ltd, address: "1 Short Lane, Cork, IE", email: privacy@small.example}
  officer: {name: A. Ide, email: officer@small.example}
  seat: IE
  hosted: [{place: Dublin, country: IE, for: live}]
  sells-to: [DE]
  offices: [{for: people abroad, address: "Box 1, Cork, IE"}]
  controls: {transport: 2, access: 1}
organisations:
  school: {says: your school}
  class: {of: school, says: your class}
people:
  user: {says: you}
  pupil: {is: user, in: class, says: "you, when you learn"}
  buyer: {is: user, says: "you, when you buy"}
events:
  left: you left
data:
  account:
    of: user
    fields:
      name: {type: name}
      email: {type: email, lookup: unique}
      password: {type: password}
      colour: {type: choice, choices: [red, blue]}
  health: {of: user, special: yes, fields: {allergy: {type: text}}}
  mark: {of: pupil, many: yes, disclose: [permission], fields: {value: {type: text}}}
  invoice:
    of: buyer
    many: yes
    fields:
      issued: {type: date}
      total: {type: money}
      card: {type: card-number, store: last4}
      pin: {type: secret, store: never, to: bank}
purposes:
  run: {says: to run it, basis: contract, uses: [account]}
  care: {says: to care for you, basis: vital-interests, uses: [health]}
  teach: {says: to teach, basis: public-interest, uses: [mark]}
  news: {says: to tell you news, basis: consent, uses: [account.email], channel: email, confirm: double-opt-in}
  support: {says: to answer you, basis: contract, uses: [account.email], needs: ticket}
  tax: {says: to keep books, basis: legal-obligation, uses: [invoice]}
collect:
  join:
    from: anyone
    makes: user
    fields: {account.name: required, account.email: required, account.password: optional, account.colour: optional}
    for: [run, news]
  tell: {from: [website], adds-to: existing, fields: {health.allergy: optional}, for: [care]}
  buy:
    from: [website]
    adds-to: existing
    fields: {invoice.issued: required, invoice.total: required, invoice.card: optional}
    for: [tax]
roles:
  website: {kind: application, may: [run, care, news, rights], writes: [account.name]}
  teacher: {may: [teach], over: own-class, writes: [mark]}
  desk: {may: [support, tax], needs: task}
keep:
  account: {until: closed, then: erase}
  health: {until: closed, then: erase}
  mark: {from: left, most: 1 year, then: erase}
  invoice: {from: issued, least: law.invoices, most: law.invoices, then: erase}
recipients:
  bank:
    {name: Example Bank Ltd, class: bank, country: FR, role: processor, task: takes your money, gets: [invoice.total, invoice.pin],
     for: [tax], controls: {transport: 3, access: 1}, assurances: [{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: bank.pdf}],
     signed: 2025-12-10, keeps: 30 days, erase-by: webhook, acknowledge: 7 days, terms: "https://bank.example/terms"}
  answers:
    {name: Night Answers Inc., class: help desk, country: US, role: processor, task: answers you, gets: [account.email],
     for: [support], controls: {transport: 2, access: 1}, assurances: [{kind: dpa, from: 2026-01-02, evidence: night.pdf},
     {kind: clauses, name: standard, from: 2026-03-01, to: 2028-02-29, evidence: clauses.pdf}], signed: 2025-12-11,
     keeps-law: as its law asks}
  counter:
    {name: Tally ApS, class: analytics, country: DK, role: joint, task: counts, gets: [account.email], for: [news],
     controls: {transport: 2, access: 2}, signed: 2025-12-12, keeps: 90 days, opt-out: "https://tally.example/out"}
disclosure:
  permission: {says: you told us to, evidence: [consent, scope], approve: 1, by: [desk], notice: before}
  court: {says: a court orders it, evidence: [document, law], approve: 2, by: [desk], notice: after-gag, binding: yes, review: 72 hours}
never: [sale]
consent: {text-version: 1, confirm-within: 7 days}
cookies:
  sid: {says: keeps you signed in, life: session, essential: yes}
  seen: {says: counts, life: 30 days, purpose: news}
  film: {says: films, kind: embed, life: session, purpose: "news", by: counter, scripts: ["https://films.example"], signal: off}
clauses:
  - {id: no-sale, says: We sell nothing., kept-by: [never.sale]}
"""


def with_(*pairs):
    """The policy with each first text replaced by the second."""
    text = BASE
    for old, new in pairs:
        if text.count(old) != 1:
            sys.exit(f"faults: {old!r} stands {text.count(old)} times in the policy")
        text = text.replace(old, new)
    return text.encode()


def without(section):
    return re.sub(rf"^{section}:.*\n(?:[ -].*\n)*", "", BASE, flags=re.M).encode()


def many(section, row, count):
    return BASE.replace(f"{section}:\n", f"{section}:\n" + "".join(row.format(i) for i in range(count))).encode()


def bytes_(old, new):
    return BASE.encode().replace(old, new, 1)


EMAIL = "email: {type: email, lookup: unique}"
NEWS = "news: {says: to tell you news, basis: consent, uses: [account.email], channel: email, confirm: double-opt-in}"
FILM = "  film: {says: films, kind: embed, life: session, purpose: \"news\", by: counter, scripts: [\"https://films.example\"], signal: off}\n"
DPA = "{kind: dpa, from: 2026-01-01, to: 2027-12-31, evidence: bank.pdf}"
CLAUSES = "{kind: clauses, name: standard, from: 2026-03-01, to: 2028-02-29, evidence: clauses.pdf}"
INVOICE = "{from: issued, least: law.invoices, most: law.invoices, then: erase}"
MARK = "mark: {from: left, most: 1 year, then: erase}"



def plus(*sections):
    """The policy with further sections."""
    return (BASE + "".join(text + "\n" for text in sections)).encode()


def beside(line, files=None):
    return golden.Files(f"{line}\n{BASE}".encode(), {name: text.encode() for name, text in (files or {}).items()})


def mail(template, senders="{post: {address: post@small.example}}"):
    return plus(f"mail: {{senders: {senders}, templates: {{letter: {template}}}}}")


# (code, what was done, the policy, how often the code is told)
ROWS = [
    ("alias", "a word borrowed", with_(("title: Privacy", "title: *t"))),
    ("anchor", "a word to borrow", with_(("title: Privacy", "title: &t Privacy"))),
    ("assurance-ending", "a contract of next month", with_((DPA, DPA.replace("2027-12-31", "2026-12-31")))),
    ("assurance-missing", "clauses that are over", with_((CLAUSES, CLAUSES.replace("2028-02-29", "2026-06-30")))),
    ("assurance-missing", "a contract opens no way abroad", with_((CLAUSES, CLAUSES.replace("clauses, name: standard", "notice")))),
    ("assurance-missing", "another seat, and a neighbour is abroad", with_(("country: DK", "country: CH"))),
    ("assurance-over", "its word is over", with_((DPA, DPA + ", {kind: use-limit, from: 2025-01-01, to: 2026-01-31, evidence: word.pdf}"))),
    ("authority-basis", "an authority on a contract", with_(("country: US, role: processor", "country: US, role: authority"))),
    ("bad-character", "a mark of writing direction", with_(("title: Privacy", "title: Priv\u202eacy"))),
    ("bad-character", "the same as an escape", with_(("title: Privacy", 'title: "Priv\\u202eacy"'))),
    ("bad-name", "a capital", with_(("  left: you left", "  Left: you left"), (MARK, MARK.replace("left", "closed")))),
    ("bad-name", "two dashes", with_(("id: faults", "id: two--dashes"))),
    ("bad-name", "a cookie with a space", with_(("  sid: {", "  s id: {"))),
    ("binding-evidence", "an order without a paper", with_(("evidence: [document, law]", "evidence: [law]"))),
    ("card-store", "a whole card number", with_(("store: last4", "store: plain"))),
    ("card-store", "the same, said by nothing", with_((", store: last4", ""))),
    ("certificate-over", "last year's", with_(("country: IE, for: live", "country: IE, for: live, certificate: ISO 27001, from: 2024-01-01, to: 2025-12-31"))),
    ("choices-type", "choices of a text", with_(("type: choice", "type: text"))),
    ("circle", "people that are each other", with_(("user: {says: you}", "user: {says: you, is: pupil}"))),
    ("circle", "two processors of each other", with_(("role: processor, task: takes", "role: processor, part-of: answers, task: takes"), ("role: processor, task: answers", "role: processor, part-of: bank, task: answers")), 1, ["part-of-more"]),
    ("circle", "a school in its class", with_(("school: {says: your school}", "school: {of: class}"))),
    ("clause-unkept", "no rule", with_((", kept-by: [never.sale]", ""), ("never: [sale]\n", ""))),
    ("clause-unkept", "an empty list of rules", with_(("kept-by: [never.sale]", "kept-by: []"), ("never: [sale]\n", ""))),
    ("complex-key", "a list as a key", with_(("title: Privacy", "title: Privacy\n  [a, b]: c"))),
    ("confirm-basis", "a confirmed contract", with_(("basis: contract, uses: [account]}", "basis: contract, uses: [account], confirm: double-opt-in}"))),
    ("confirm-within-missing", "no time to confirm", with_((", confirm-within: 7 days", ""))),
    ("consent-idle", "nothing rests on consent", with_((NEWS, NEWS.replace("consent", "contract").replace(", confirm: double-opt-in", "")), ("purpose: news", "essential: yes"), (FILM, ""))),
    ("consent-idle", "nothing is confirmed", with_((", confirm: double-opt-in", ""))),
    ("consent-missing", "no section", without("consent")),
    ("controls-weaker", "less safe on the way", with_(("{transport: 2, access: 1}, assurances", "{transport: 1, access: 1}, assurances"))),
    ("controls-weaker", "nothing is said", with_((" controls: {transport: 3, access: 1},", ""))),
    ("cookie-basis", "counting on a contract", with_(("purpose: news", "purpose: run"))),
    ("cookie-essential", "needed, and waiting for consent", with_(("purpose: news", "purpose: news, essential: yes"))),
    ("cookie-for", "one that counts for nobody we know", with_(("by: counter", "by: bank"))),
    ("cookie-life", "session storage for a month", with_(("life: 30 days", "life: 30 days, kind: session-storage"))),
    ("cookie-life", "local storage for a session", with_(("life: session, essential", "life: session, kind: local-storage, essential"))),
    ("date-ahead", "dated next year", with_(("date: 2026-01-01", "date: 2027-01-01"), ("in-force: 2026-02-01", "in-force: 2027-02-01"))),
    ("directive", "a version of YAML", b"%YAML 1.2\n---\n" + BASE.encode()),
    ("disclose-never", "never among others", with_(("disclose: [permission]", "disclose: [permission, never]"))),
    ("documents", "a second policy", BASE.encode() + b"---\ntroth: 1\n"),
    ("dpa-missing", "a processor without a contract", with_((" assurances: [" + DPA + "],", ""))),
    ("dpa-missing", "one whose contract is over", with_((DPA, DPA.replace("2027-12-31", "2026-06-30")))),
    ("duplicate-key", "two titles", with_(("title: Privacy", "title: Privacy\n  title: Secrecy"))),
    ("duplicate-name", "a purpose twice", with_(("may: [teach]", "may: [teach, teach]"))),
    ("duplicate-name", "rights twice", with_(("news, rights]", "news, rights, rights]"))),
    ("duplicate-name", "a role twice", with_(("from: [website], adds-to: existing, fields: {health", "from: [website, website], adds-to: existing, fields: {health"))),
    ("duplicate-name", "a field within its category", with_(("uses: [account]", "uses: [account, account.name]"))),
    ("duplicate-name", "a choice twice", with_(("choices: [red, blue]", "choices: [red, red]"))),
    ("duplicate-name", "a promise twice", with_(("never: [sale]", "never: [sale, sale]"))),
    ("duplicate-name", "a field it gets twice", with_(("gets: [invoice.total, invoice.pin]", "gets: [invoice, invoice.pin]"))),
    ("duplicate-name", "a paper twice", with_(("[consent, scope]", "[consent, scope, scope]"))),
    ("duplicate-name", "a role twice in a ground", with_(("by: [desk], notice: before", "by: [desk, desk], notice: before"))),
    ("duplicate-name", "a ground twice", with_(("disclose: [permission]", "disclose: [permission, permission]"))),
    ("duplicate-name", "an origin twice", with_(('["https://films.example"]', '["https://films.example", "https://films.example"]'))),
    ("duplicate-name", "a country twice", with_(("sells-to: [DE]", "sells-to: [DE, DE]"))),
    ("duplicate-name", "a clause twice", with_(("clauses:\n", "clauses:\n  - {id: no-sale, says: Nothing is sold., kept-by: [never.sale]}\n"))),
    ("empty", "a title of nothing", with_(("title: Privacy", 'title: ""'))),
    ("empty", "a title of null", with_(("title: Privacy", "title: null"))),
    ("empty", "a category without fields", with_(("fields: {allergy: {type: text}}", "fields: {}"), ("fields: {health.allergy: optional}, for: [care]", "fields: {account.name: optional}, for: [run]"))),
    ("empty", "a point that takes nothing", with_(("fields: {health.allergy: optional}", "fields: {}"), ("may: [run, care, news, rights], writes: [account.name]", "may: [run, care, news, rights], writes: [account.name, health]"))),
    ("empty", "nobody may submit", with_(("from: [website], adds-to: existing, fields: {health.allergy", "from: [], adds-to: existing, fields: {health.allergy"))),
    ("embed-by", "a film of nobody", with_((" by: counter, scripts: [\"https://films.example\"],", ""))),
    ("empty", "a ground that nothing shows", with_(("evidence: [consent, scope]", "evidence: []"))),
    ("empty", "given for nothing", with_(("for: [tax], controls", "for: [], controls"))),
    ("empty", "nothing to choose", with_(("choices: [red, blue]", "choices: []"))),
    ("empty", "no people", re.sub(rb"people:\n(  .*\n)+", b"people: {}\n", BASE.encode())),
    ("empty-key", "a value alone", with_(("title: Privacy", "title: Privacy\n  : c"))),
    ("essential-other", "a film nobody can do without", with_(('purpose: "news", by', "essential: yes, by"), (", signal: off", ""))),
    ("event-idle", "an event nothing counts from", with_(("  left: you left", "  left: you left\n  moved: you moved"))),
    ("event-untold", "an event nobody tells", with_(("may: [run, care, news, rights]", "may: [run, care]"), (", writes: [mark]", ""), (NEWS, NEWS.replace("consent", "contract").replace(", confirm: double-opt-in", "")), ("purpose: news", "essential: yes"), ("  tell: {", "  marks: {from: [teacher], adds-to: existing, fields: {mark.value: required}, for: [teach]}\n  tell: {"), ("consent: {text-version: 1, confirm-within: 7 days}\n", ""), ("may: [support, tax]", "may: [support, tax, news]"), (FILM, ""))),
    ("field-expected", "a category at a point", with_(("fields: {health.allergy: optional}", "fields: {health: optional}"), ("writes: [account.name]", "writes: [account.name, health]"))),
    ("field-never-given", "nothing collects it", with_((", invoice.card: optional", ""))),
    ("field-unused", "nothing uses it", with_(("uses: [account]}", "uses: [account.name, account.email]}"), (", account.colour: optional", ""))),
    ("for-totals", "one person's data for totals", with_(("basis: contract, uses: [account.email], needs", "basis: contract, aggregate-only: yes, uses: [account.email], needs"))),
    ("from-after-to", "a contract that ends first", with_((DPA, DPA.replace("2027-12-31", "2025-12-31"))), 1, ["dpa-missing"]),
    ("from-after-to", "a certificate that ends first", with_(("country: IE, for: live", "country: IE, for: live, certificate: ISO 27001, from: 2027-01-02, to: 2027-01-01"))),
    ("from-and-until", "both", with_(("{until: closed, then: erase}\n  health", "{until: closed, from: collected, most: 1 year, then: erase}\n  health"))),
    ("gets-closed", "what is never opened, to one who is no processor", with_(("gets: [account.email], for: [news]", "gets: [account.email, mark], for: [news, teach]"), ("disclose: [permission]", "disclose: never"))),
    ("gets-hash", "a password", with_(("gets: [account.email], for: [news]", "gets: [account.email, account.password], for: [news]"))),
    ("gets-nothing", "no data at all", with_(("gets: [account.email], for: [news]", "gets: [], for: [news]"))),
    ("gets-unused", "more than it works for", with_(("gets: [account.email], for: [news]", "gets: [account], for: [news]"))),
    ("ground-idle", "nobody may", with_(("by: [desk], notice: before", "by: [], notice: before"))),
    ("ground-idle", "nothing opens to it", with_(("disclose: [permission]", "disclose: never"), ("  account:\n    of: user\n", "  account:\n    of: user\n    disclose: [court]\n"), ("health: {of: user", "health: {disclose: never, of: user"), ("    of: buyer\n", "    of: buyer\n    disclose: []\n"))),
    ("ground-sale", "sold", with_(("  permission: {says", "  sale: {says: it pays, evidence: [reasons], approve: 0, by: [desk], notice: after}\n  permission: {says"), ("never: [sale]", "never: [rent]"), ("kept-by: [never.sale]", "kept-by: [never.rent]"))),
    ("group-of-one", "one way only", with_(("account.email: required", "account.email: one-of way"))),
    ("hash-store", "a text as a hash", with_(("allergy: {type: text}", "allergy: {type: text, store: hash-only}"))),
    ("in-force-early", "in force before it was written", with_(("in-force: 2026-02-01", "in-force: 2025-02-01"))),
    ("keep-missing", "no rule for a category", with_(("  health: {until: closed, then: erase}\n", ""))),
    ("keeps-twice", "a time and a law", with_(("keeps: 90 days", "keeps: 90 days, keeps-law: as its law asks"))),
    ("keep-uncounted", "a date nobody gives", with_(("invoice.issued: required, ", "")), 1, ["field-never-given"]),
    ("law-row", "a country without a row", with_(("seat: IE", "seat: MT")), 2),
    ("law-seat", "no seat", with_(("  seat: IE\n", "")), 2),
    ("least-missing", "books without a time", with_((INVOICE, "{until: closed, then: erase}"))),
    ("least-over-most", "at least more than at most", with_((INVOICE, "{from: issued, least: 9 years, most: 8 years, then: erase}"))),
    ("least-over-most", "erased before the law allows", with_((INVOICE, "{from: issued, least: law.invoices, most: 1 year, then: erase}"))),
    ("line-too-long", "a line of nine thousand bytes", with_(("title: Privacy", "title: " + "x" * 9000))),
    ("lookup-many", "people by one of many", with_(("value: {type: text}", "value: {type: text, lookup: yes}"))),
    ("lookup-type", "people by their colour", with_(("choices: [red, blue]}", "choices: [red, blue], lookup: yes}"))),
    ("makes-and-adds", "a new one who is there", with_(("makes: user", "makes: user\n    adds-to: existing"))),
    ("may-nothing", "an idle role", with_(("  desk: {", "  idle: {kind: staff}\n  desk: {"))),
    ("merge-key", "a merge", with_(("title: Privacy", "title: Privacy\n  <<: {version: 2}"))),
    ("missing-key", "no title", with_(("  title: Privacy\n", ""))),
    ("missing-key", "no word on how long it keeps them", with_((" keeps: 90 days,", ""))),
    ("missing-key", "an answer to what is not asked", with_((" erase-by: webhook,", ""))),
    ("missing-key", "an assurance without a paper", with_((", evidence: night.pdf", ""))),
    ("missing-key", "a certificate without days", with_(("country: IE, for: live", "country: IE, for: live, certificate: ISO 27001"))),
    ("missing-key", "an office for nobody", with_(("{for: people abroad, ", "{"))),
    ("missing-key", "how many must agree", with_((", approve: 1", ""))),
    ("missing-section", "no keep", without("keep"), 1, ["keep-missing"] * 4 + ["event-idle"]),
    ("never-declared", "a role that is promised not to be", with_(("never: [sale]", "never: [sale, teacher]"), ("kept-by: [never.sale]", "kept-by: [never.sale, never.teacher]"))),
    ("never-declared", "a category that is promised not to be", with_(("never: [sale]", "never: [sale, health]"), ("kept-by: [never.sale]", "kept-by: [never.sale, never.health]"))),
    ("never-declared", "a ground that is promised not to be", with_(("never: [sale]", "never: [sale, court]"), ("kept-by: [never.sale]", "kept-by: [never.sale, never.court]"))),
    ("never-declared", "a recipient that is promised not to be", with_(("never: [sale]", "never: [sale, bank]"), ("kept-by: [never.sale]", "kept-by: [never.sale, never.bank]"))),
    ("never-stored", "passes through to somebody else", with_(("store: never, to: bank", "store: never, to: answers")), 1, ["to-not-got"]),
    ("never-stored", "a use of what passes through", with_(("store: last4", "store: never"), (", invoice.card: optional", ""), ("uses: [invoice]", "uses: [invoice, invoice.card]"))),
    ("never-stored", "a point that takes it", with_(("store: last4", "store: never"))),
    ("never-untold", "a promise told to nobody", with_(("never: [sale]", "never: [sale, profiling]"))),
    ("not-a-country", "a name", with_(("seat: IE", "seat: Ireland"))),
    ("not-a-country", "no code of ISO 3166-1", with_(("country: IE", "country: UK"))),
    ("not-a-date", "dots", with_(("date: 2026-01-01", "date: 01.01.2026"))),
    ("not-a-date", "29 February of a common year", with_(("in-force: 2026-02-01", "in-force: 2026-02-29"))),
    ("not-a-date-field", "counted from a sum", with_((INVOICE, INVOICE.replace("issued", "total")))),
    ("not-a-duration", "no number", with_((MARK, MARK.replace("1 year", "as long as needed")))),
    ("not-a-duration", "the calendar where it has no place", with_(("life: 30 days", "life: 1 year after year end"))),
    ("not-a-number", "a word", with_(("version: 1\n", "version: one\n"))),
    ("not-a-policy", "a list", b"- troth: 1\n"),
    ("not-a-link", "no https", with_(("https://bank.example/terms", "http://bank.example/terms"))),
    ("not-an-email", "no domain", with_(("email: privacy@small.example", "email: privacy"))),
    ("not-supported", "a channel of the controller to come", with_(("email: privacy@small.example}", "email: privacy@small.example, phone: '+353 1'}"))),
    ("not-supported", "a key to come", with_(("email: {type: email,", "email: {sealed-to: x, type: email,"))),
    ("not-an-origin", "a path behind it", with_(("https://films.example", "https://films.example/a.js"))),
    ("not-an-origin", "somebody's name in it", with_(("https://films.example", "https://me@films.example"))),
    ("not-kept", "counted in public", with_(("notice: before}", "notice: before, counted: yes}"))),
    ("notice-never", "nobody is ever told", with_(("notice: before}", "notice: never}"))),
    ("not-supported", "a type to come", with_(("allergy: {type: text}", "allergy: {type: file}"))),
    ("not-text", "a program", b"\x7fELF\x02\x01\x01\x00\x00\x00" + BASE.encode()),
    ("not-utf8", "Latin-1", bytes_(b"Privacy", b"Privatsph\xe4re")),
    ("not-utf8", "UTF-16", BASE.encode("utf-16-le")),
    ("not-yaml", "a quote left open", with_(("title: Privacy", 'title: "Privacy'))),
    ("not-yes-or-no", "perhaps", with_(("special: yes", "special: perhaps"))),
    ("nothing-left", "all that identifies, of a name", with_(("health: {until: closed, then: erase}", "health: {until: closed, then: depersonalise}"), ("allergy: {type: text}", "allergy: {type: note}"))),
    ("part-of-more", "more than whom it works for", with_(("role: processor, task: takes", "role: processor, part-of: answers, task: takes"))),
    ("part-of-role", "for one who decides for itself", with_(("role: processor, task: takes", "role: processor, part-of: counter, task: takes"))),
    ("password-store", "a readable password", with_(("{type: password}", "{type: password, store: plain}"))),
    ("point-idle", "anyone is nobody", with_(("kind: application, ", ""))),
    ("point-unused", "more than is needed", with_(("health.allergy: optional}", "health.allergy: optional, account.colour: optional}"))),
    ("purpose-idle", "nobody may", with_(("may: [support, tax]", "may: [support]")), 1, ["recipient-idle"]),
    ("purpose-never", "a promise and a use", with_(("never: [sale]", "never: [sale, news]"), ("kept-by: [never.sale]", "kept-by: [never.sale, never.news]"))),
    ("recipient-idle", "nobody works for what it gets", with_(("may: [support, tax]", "may: [tax]")), 1, ["purpose-idle"]),
    ("recipient-unsigned", "no terms", with_((" signed: 2025-12-12,", ""))),
    ("relation-idle", "a class without pupils", with_((", in: class", ""))),
    ("reserved-name", "a purpose that is built in", with_(("  teach: {says", "  retention: {says: x, basis: contract, uses: [account.name]}\n  teach: {says"), ("may: [teach]", "may: [teach, retention]"))),
    ("reserved-name", "a role that is built in", with_(("  desk: {", "  operator: {may: [run]}\n  desk: {"))),
    ("reserved-name", "an event that is built in", with_(("  left: you left", "  left: you left\n  closed: you left"))),
    ("reserved-name", "task is no kind of task", with_(("needs: ticket", "needs: task"))),
    ("script-by", "scripts of nobody", with_(("kind: embed, ", ""), (" by: counter, scripts", " scripts"))),
    ("signal-essential", "kept off, and needed", with_(("essential: yes}", "essential: yes, signal: off}"))),
    ("signed-ahead", "signed next year", with_(("signed: 2025-12-12", "signed: 2027-01-01"))),
    ("special-basis", "health for a contract", with_(("basis: vital-interests", "basis: contract"))),
    ("tab-indent", "a tab", with_(("  title: Privacy", "\ttitle: Privacy"))),
    ("tag", "a tag", with_(("title: Privacy", "title: !!str Privacy"))),
    ("task-clash", "two kinds of task", with_(("needs: task", "needs: order"))),
    ("to-not-got", "passes through to one who does not get it", with_((", invoice.pin]", "]"))),
    ("to-stored", "kept, and passed through", with_(("store: never, to: bank", "to: bank"), (", invoice.pin]", "]")), 1, ["field-never-given"]),
    ("too-deep", "seventeen levels", with_(("title: Privacy", "title: " + "[" * 17 + "]" * 17))),
    ("too-large", "a hundred thousand keys", BASE.encode() + b"".join(b"k%d: 1\n" % i for i in range(100000))),
    ("too-many", "257 organisations", with_(("people:\n", "".join(f"  org-{i}: {{}}\n" for i in range(255)) + "people:\n"))),
    ("too-many", "65 fields", with_(("fields: {allergy: {type: text}}", "fields: {allergy: {type: text}, " + ", ".join(f"f{i}: {{type: text}}" for i in range(64)) + "}"), ("writes: [account.name]", "writes: [account.name, health]"))),
    ("too-many", "1001 clauses", many("clauses", "  - {{id: c{}, says: x, kept-by: [never.sale]}}\n", 1000)),
    ("unknown-category", "a slip", with_(("uses: [mark]", "uses: [mrak]"))),
    ("unknown-category", "no such thing", with_(("uses: [account]", "uses: [account, weather]"))),
    ("unknown-event", "a slip", with_((MARK, MARK.replace("left", "lfet"))), 1, ["event-idle"]),
    ("unknown-field", "a slip", with_(("uses: [account.email], needs", "uses: [account.emial], needs"))),
    ("unknown-key", "a slip", with_(("title: Privacy", "titel: Privacy")), 1, ["missing-key"]),
    ("unknown-key", "no such thing", with_(("title: Privacy", "title: Privacy\n  weather: fair"))),
    ("unknown-ground", "a slip", with_(("disclose: [permission]", "disclose: [permision]"))),
    ("unknown-kind", "a slip", with_(("of: pupil", "of: puipl"))),
    ("unknown-kind", "no such thing", with_(("of: pupil", "of: weather"))),
    ("unknown-law", "a table of beards", with_((INVOICE, INVOICE.replace("least: law.invoices", "least: law.beards")))),
    ("unknown-organisation", "a slip", with_(("in: class", "in: klass"))),
    ("unknown-purpose", "a slip", with_(("may: [teach]", "may: [teahc]"))),
    ("unknown-recipient", "a slip", with_(("by: counter", "by: conter"))),
    ("unknown-recipient", "a slip in a part", with_(("role: processor, task: takes", "role: processor, part-of: answer, task: takes")), 1, ["part-of-more"]),
    ("unknown-relation", "a slip", with_(("over: own-class", "over: own-clas"))),
    ("unknown-role", "a slip", with_(("from: [website], adds-to: existing, fields: {health", "from: [websight], adds-to: existing, fields: {health"))),
    ("unknown-rule", "a slip", with_(("kept-by: [never.sale]", "kept-by: [never.sale, keep.acount]"))),
    ("unknown-word", "a slip", with_(("basis: vital-interests", "basis: vital-interest"))),
    ("unknown-word", "no such thing", with_(("channel: email", "channel: telepathy"))),
    ("unknown-word", "neither required nor optional", with_(("health.allergy: optional", "health.allergy: perhaps"), ("writes: [account.name]", "writes: [account.name, health]"))),
    ("until-and-time", "an end and a time", with_(("health: {until: closed, then: erase}", "health: {until: closed, most: 1 year, then: erase}"))),
    ("uses-nothing", "a purpose for nothing", with_(("uses: [account.email], needs", "uses: [], needs"))),
    ("withdraw-missing", "nobody passes on what people ask", with_((", rights]", "]"))),
    ("withdrawn-basis", "a contract taken back", with_(("health: {until: closed, then: erase}", "health: {until: withdrawn run, then: erase}"))),
    ("write-idle", "a write for no purpose", with_(("writes: [account.name]", "writes: [account.name, mark]"))),
    ("wrong-kind", "a mark of somebody who is no pupil", with_(("account.colour: optional}", "account.colour: optional, mark.value: optional}"), ("for: [run, news]", "for: [run, news, teach]"))),
    ("wrong-shape", "a word for a list", with_(("may: [teach]", "may: teach"))),
    ("wrong-shape", "a list for a word", with_(("title: Privacy", "title: [Privacy]"))),
    ("wrong-shape", "nothing for a map", with_(("user: {says: you}", "user:"))),
    ("agree-always", "nothing asked for anew", plus("changes: {posted: [page], before: 30 days, agree: no}")),
    ("bad-promise", "a word for a number", plus("promises: {ads: [never.sale]}")),
    ("bad-promise", "small letters", plus("promises: {m28: [never.sale]}")),
    ("breach-late", "four days", plus("breach: {authority: {name: DPC, within: 4 days}, people: {within: 4 days}}"), 1, ["not-kept"]),
    ("changes-untold", "told to nobody", plus("changes: {before: 30 days}")),
    ("deadline-over-law", "two months", plus("rights: {access: {within: 2 months}}"), 1, ["not-kept"]),
    ("deadline-over-law", "32 days, which no month has", plus("rights: {access: {within: 32 days}}"), 1, ["not-kept"]),
    ("duplicate-name", "a rule twice", plus("promises: {M1: [never.sale, never.sale]}")),
    ("duplicate-name", "a channel twice", plus("changes: {posted: [page, page], before: 30 days}")),
    ("fallback-idle", "back from nowhere", plus("rights: {erase: {fallback: 14 days}}")),
    ("fallback-late", "back too late", plus("rights: {erase: {refer: school, fallback: 40 days}}"), 1, ["not-kept"]),
    ("k-erased", "a group of nobody", with_(("health: {until: closed, then: erase}", "health: {until: closed, k: 5, then: erase}")), 1, ["not-kept"]),
    ("law-idle", "ages nobody asks for", plus("law: {child-consent: [{country: IE, age: 16, source: the Act}]}")),
    ("law-overlap", "two laws at once", plus("law: {invoices: [{country: IE, years: 6, source: an Act}, {country: IE, years: 7, from: 2020-01-01, source: another}]}")),
    ("law-row", "an own row that is over", plus("law: {invoices: [{country: IE, years: 6, to: 2020-01-01, source: an Act}]}"), 2),
    ("from-after-to", "a law that ends before it begins", plus("law: {invoices: [{country: FR, years: 6, from: 2021-01-01, to: 2020-01-01, source: an Act}]}")),
    ("unknown-key", "an age of invoices", plus("law: {invoices: [{country: FR, years: 6, age: 16, source: an Act}]}")),
    ("missing-key", "a law without a source", plus("law: {invoices: [{country: FR, years: 6}]}")),
    ("missing-key", "referred for ever", plus("rights: {erase: {refer: school}}"), 1, ["not-kept"]),
    ("not-a-link", "the authority without https", plus("breach: {authority: {name: DPC, url: 'http://dpc.example', within: 72 hours}, people: {within: 72 hours}}"), 1, ["not-kept"]),
    ("not-kept", "a breach", plus("breach: {authority: {name: DPC, within: 72 hours}, people: {within: 72 hours}}")),
    ("opens-basis", "opened mails on a contract", mail("{says: news, from: post, for: news, opens: run}")),
    ("promise-both", "kept and unproven", plus("promises: {M1: [never.sale]}", "unproven: {M1: {says: We try., why: Nobody sees it.}}")),
    ("promise-unkept", "no rule", plus("promises: {M1: []}")),
    ("sender-idle", "a sender without mail", plus("mail: {senders: {post: {address: post@small.example}}}")),
    ("template-channel", "a mail for what goes by post", with_(("channel: email", "channel: post"), ("clauses:\n", "mail: {senders: {post: {address: post@small.example}}, templates: {letter: {says: news, from: post, for: news}}}\nclauses:\n"))),
    ("template-totals", "a mail for totals", with_(("uses: [mark]}", "uses: [mark], aggregate-only: yes}"), ("clauses:\n", "mail: {senders: {post: {address: post@small.example}}, templates: {letter: {says: marks, from: post, for: teach}}}\nclauses:\n"))),
    ("unknown-rule", "a promise kept by nothing", plus("promises: {M1: [never.sail]}")),
    ("unknown-sender", "a slip", mail("{says: news, from: psot, for: news}"), 1, ["sender-idle"]),
    ("unknown-word", "told by drum", plus("changes: {posted: [drum], before: 30 days}"), 1, ["changes-untold"]),
    ("unsubscribe-missing", "news for ever", mail("{says: news, from: post, for: news, unsubscribe: no}")),
]
# The same policy with children in it; without a fault, and with two warnings of what is not kept yet.
KIDS = (
    ("people:\n", "people:\n  child: {is: user, in: school, says: \"you, when you are a child\"}\n  parent: {says: \"you, when you are a parent\"}\n"),
    ("data:\n", "data:\n  contact: {of: user, fields: {mail: {type: email}}}\n"),
    ("purposes:\n", "purposes:\n  ask: {says: to ask your parents, basis: contract, uses: [contact]}\n"),
    ("roles:\n", "roles:\n  sender: {kind: application, may: [ask], writes: [contact]}\n"),
    ("keep:\n", "keep:\n  contact: {until: closed, then: erase}\n"),
    ("    from: anyone\n", "    from: anyone\n    age-gate: yes\n"),
    ("never: [sale]\n", """relations:
  guardian: {says: a parent of, from: parent, to: child, shown-by: [sealed-link]}
children:
  kind: child
  guardian: guardian
  ages: law.child-consent
  else: 16
  ask: "When were you born?"
  may: [run, ask]
  parent: {by: sealed-link, keeps: [contact.mail], within: 14 days, for: [ask]}
  discovered: 14 days
  of-age: 30 days
never: [sale]
"""),
)
UNKEPT = ["not-kept", "not-kept"]
PARENT = "parent: {by: sealed-link, keeps: [contact.mail], within: 14 days, for: [ask]}"
GUARDIAN = "guardian: {says: a parent of, from: parent, to: child, shown-by: [sealed-link]}"
MARKS = "mark: {of: pupil, many: yes, disclose: [permission], fields"
HEALTH = "health: {of: user, special: yes, fields"


def kids(*pairs):
    text = with_(*KIDS).decode()
    for old, new in pairs:
        if text.count(old) != 1:
            sys.exit(f"faults: {old!r} stands {text.count(old)} times in the policy with children")
        text = text.replace(old, new)
    return text.encode()


ROWS += [
    ("ages-else", "one age, and another for elsewhere", kids(("ages: law.child-consent", "ages: 16")), 1, UNKEPT),
    ("agreed-basis", "agreed to a contract", with_(("fields: {health.allergy: optional}, for: [care]", "agreed: care, fields: {health.allergy: optional}, for: [care]"))),
    ("agreed-new", "agreed before being there", with_(("    from: anyone\n", "    from: anyone\n    agreed: news\n"))),
    ("blind-read", "staff read what we are blind to", with_((HEALTH, HEALTH.replace("special", "blind: school, special")), ("may: [support, tax]", "may: [support, tax, care]")), 1, ["not-kept"]),
    ("child-advertising", "advertising for children", kids(("  ask: {says", "  child-marketing: {says: x, basis: contract, uses: [contact]}\n  ask: {says"), ("may: [ask]", "may: [ask, child-marketing]"), ("may: [run, ask]", "may: [run, ask, child-marketing]")), 1, UNKEPT),
    ("child-consent", "consent, and no parent to give it", kids(("may: [run, ask]", "may: [run, ask, news]"), ("  " + PARENT + "\n", "  school: {by: organisation, organisation: school, for: [run]}\n")), 1, UNKEPT),
    ("child-unrouted", "children without a question", kids(("    age-gate: yes\n", ""), ("makes: user", "makes: child")), 1, ["not-kept", "gate-idle"]),
    ("duplicate-name", "a state twice", with_(("user: {says: you}", "user: {says: you, states: [new, new], acts-in: [new]}")), 1, ["not-kept"]),
    ("duplicate-name", "a kind of server twice", with_(("  governs:", "  instances: [here, here]\n  governs:"))),
    ("empty", "leaders who see nobody", with_(("class: {of: school,", "class: {of: school, sees: [],"))),
    ("empty", "nothing kept to reach a parent by", kids(("keeps: [contact.mail]", "keeps: []")), 1, UNKEPT),
    ("empty", "nothing shows the relation", kids(("shown-by: [sealed-link]", "shown-by: []")), 1, UNKEPT),
    ("gate-existing", "asked again", with_(("adds-to: existing, fields: {health", "adds-to: existing, age-gate: yes, fields: {health")), 1, ["not-kept"]),
    ("gate-idle", "nobody is asked", kids(("    age-gate: yes\n", "")), 1, ["not-kept", "gate-missing"]),
    ("gate-missing", "one door without a question", kids(("  tell: {from: [website]", "  drop: {from: anyone, makes: user, fields: {account.name: required}, for: [run]}\n  tell: {from: [website]")), 1, UNKEPT),
    ("gate-without-children", "a question that leads nowhere", with_(("    from: anyone\n", "    from: anyone\n    age-gate: yes\n")), 1, ["not-kept"]),
    ("guardian-of", "a parent of parents", kids(("to: child", "to: parent")), 1, UNKEPT),
    ("keeps-address", "a link to a street", kids(("{mail: {type: email}}", "{mail: {type: address}}")), 1, UNKEPT),
    ("keeps-more", "a name too", kids(("{mail: {type: email}}", "{mail: {type: email}, first: {type: name}}")), 1, UNKEPT),
    ("keeps-more", "two categories", kids(("keeps: [contact.mail]", "keeps: [contact.mail, account.email]")), 1, UNKEPT),
    ("keys-day", "a key for a day, kept for a year", with_((MARKS, MARKS.replace("many", "keys: day, many"))), 1, ["not-kept"]),
    ("keys-year", "no country", with_(("    of: buyer\n    many: yes\n", "    of: buyer\n    many: yes\n    keys: year\n")), 1, ["not-kept"]),
    ("latest-one", "the latest of one", with_((HEALTH, HEALTH.replace("special", "latest: yes, special")))),
    ("memory-backup", "a backup of memory", with_((HEALTH, HEALTH.replace("special", "memory: yes, backup: yes, special"))), 1, ["not-kept"]),
    ("memory-least", "books in memory", with_(("    of: buyer\n    many: yes\n", "    of: buyer\n    many: yes\n    memory: yes\n")), 1, ["not-kept", "gets-closed"]),
    ("memory-long", "a year in memory", with_((MARKS, MARKS.replace("many", "memory: yes, many"))), 1, ["not-kept"]),
    ("missing-key", "a relation to nobody", kids(("from: parent, to: child", "from: parent")), 1, UNKEPT),
    ("missing-key", "no age for the rest of the world", kids(("  else: 16\n", "")), 1, UNKEPT),
    ("missing-key", "nobody is a guardian", kids(("  guardian: guardian\n", "")), 1, UNKEPT + ["relation-unused"]),
    ("missing-key", "a parent is waited for for ever", kids((" within: 14 days,", "")), 1, UNKEPT),
    ("missing-key", "a child stays for ever", kids(("  discovered: 14 days\n", "")), 1, UNKEPT),
    ("not-a-duration", "soon", kids(("of-age: 30 days", "of-age: soon")), 1, UNKEPT),
    ("not-a-number", "an age in words", kids(("ages: law.child-consent\n  else: 16", "ages: sixteen")), 1, UNKEPT),
    ("not-kept", "marks sealed to who wrote them", with_((MARKS, MARKS.replace("many", "sealed-to: [author, subject], many")))),
    ("not-kept", "a second person", with_(("  desk: {", "  desk: {second-person: yes, "))),
    ("not-kept", "told at once", with_(("  desk: {", "  desk: {seen: yes, "))),
    ("not-kept", "no backup", with_((HEALTH, HEALTH.replace("special", "backup: no, special")))),
    ("not-kept", "from elsewhere", with_((HEALTH, HEALTH.replace("special", "sourced: yes, special")))),
    ("not-kept", "who may ask for another", kids(("shown-by: [sealed-link]", "shown-by: [sealed-link], rights: yes")), 3),
    ("not-kept", "only from parents", kids(("adds-to: existing, fields: {health", "adds-to: existing, relation: guardian, fields: {health")), 3),
    ("only-apart", "a door on two servers", with_(("  governs:", "  instances: [here, there]\n  governs:"), (HEALTH, HEALTH.replace("special", "only: here, special")), ("  account:\n    of: user\n", "  account:\n    of: user\n    only: there\n"), ("fields: {health.allergy: optional}, for: [care]", "fields: {health.allergy: optional, account.name: optional}, for: [care, run]"))),
    ("outcome-choices", "nothing can come of it", with_(("allergy: {type: text}", "allergy: {type: text, store: outcome-only}"))),
    ("precision-type", "the net of a date", with_(("issued: {type: date}", "issued: {type: date, precision: net}"))),
    ("precision-type", "a part of what is not kept", with_(("allergy: {type: text}", "allergy: {type: date, store: outcome-only, choices: [a, b], precision: year}"))),
    ("relation-new", "related to nobody yet", kids(("    age-gate: yes\n", "    age-gate: yes\n    relation: guardian\n")), 1, UNKEPT + ["not-kept"]),
    ("relation-unused", "a relation for nothing", with_(("data:\n", "relations:\n  friend: {says: a friend of, from: user, to: user, shown-by: [login]}\ndata:\n"))),
    ("reserved-name", "a relation that is built in", with_(("data:\n", "relations:\n  own-friend: {says: a friend of, from: user, to: user, shown-by: [login]}\ndata:\n")), 1, ["relation-unused"]),
    ("route-beyond", "a parent is asked for what children may not have", kids(("for: [ask]}", "for: [ask, teach]}")), 1, UNKEPT),
    ("route-missing", "nobody may say yes", kids(("  " + PARENT + "\n", "")), 1, UNKEPT),
    ("sealed-and-blind", "sealed twice", with_((MARKS, MARKS.replace("many", "sealed-to: [author, subject], blind: class, many"))), 1, ["not-kept", "not-kept"]),
    ("sealed-both", "sealed to one", with_((MARKS, MARKS.replace("many", "sealed-to: [author], many"))), 1, ["not-kept"]),
    ("sealed-read", "a reader who wrote nothing", with_((MARKS, MARKS.replace("many", "sealed-to: [author, subject], many")), ("may: [support, tax]", "may: [support, tax, teach]")), 1, ["not-kept"]),
    ("second-application", "a program agrees", with_(("website: {kind: application,", "website: {kind: application, second-person: yes,")), 1, ["not-kept"]),
    ("sees-idle", "buyers in a class", with_(("class: {of: school,", "class: {of: school, sees: [pupil, buyer],"))),
    ("states-idle", "states for nothing", with_(("user: {says: you}", "user: {says: you, states: [new, old]}")), 1, ["not-kept"]),
    ("unknown-instance", "a slip", with_(("  governs:", "  instances: [vendor]\n  governs:"), (HEALTH, HEALTH.replace("special", "only: vender, special")))),
    ("unknown-law", "another table of ages", kids(("ages: law.child-consent", "ages: law.beards")), 1, UNKEPT),
    ("unknown-relation", "a slip in a relation", kids(("  guardian: guardian\n", "  guardian: gaurdian\n")), 1, UNKEPT),
    ("unknown-state", "a slip", with_(("user: {says: you}", "user: {says: you, states: [new, old], acts-in: [odl]}")), 1, ["not-kept"]),
    ("unknown-word", "another key", with_((MARKS, MARKS.replace("many", "keys: yaer, many"))), 1, ["not-kept", "keys-year"]),
    ("warning-idle", "words beside nothing", with_(("    from: anyone\n", "    from: anyone\n    warning: Say nothing of others.\n"))),
]
# Several files, several languages.
ROWS += [
    ("include-circle", "itself", beside("include: [b.yaml]", {"b.yaml": "include: [b.yaml]\n"})),
    ("include-circle", "through another", beside("include: [b.yaml]", {"b.yaml": "include: [c.yaml]\n", "c.yaml": "include: [b.yaml]\n"})),
    ("include-deep", "five deep", beside("include: [b]", {"b": "include: [c]\n", "c": "include: [d]\n", "d": "include: [e]\n", "e": "include: [f]\n"})),
    ("include-name", "from above", beside("include: [../data.yaml]")),
    ("include-name", "from the root", beside("include: [/etc/data.yaml]")),
    ("include-twice", "by two files", beside("include: [b.yaml, c.yaml]", {"b.yaml": "include: [c.yaml]\n", "c.yaml": "glossary: {us: Small Ltd.}\n"})),
    ("include-unread", "a slip", beside("include: [dta.yaml]")),
    ("not-a-policy", "an included text", beside("include: [parts/b.yaml]", {"parts/b.yaml": "Dear reader\n"})),
    ("section-twice", "split over two files", beside("include: [b.yaml]", {"b.yaml": "\nevents: {gone: You went.}\n"})),
    ("too-many", "files", beside(f"include: [{', '.join(f'f{i}' for i in range(64))}]", {f"f{i}": "include: []\n" for i in range(64)})),
    ("wrong-shape", "one file without a list", beside("include: b.yaml", {"b.yaml": "glossary: {us: Small Ltd.}\n"})),
    ("wrong-shape", "a map for a file", beside("include: [{a: b}]")),
]
# The same policy in two languages; what it says in German does not matter here.
def languages(*pairs):
    text = re.sub(r'\b(says|title|task|class|keeps-law): ("[^"]*"|[^{",}\n]+)', r"\1: {en: \2, de: Wort}", BASE)
    text = re.sub(r"for: (live|people abroad)\b", r"for: {en: \1, de: Wort}", text)
    text = text.replace("left: you left", "left: {en: you left, de: Wort}")
    text = text.replace("  version: 1\n", "  version: 1\n  languages: [en, de]\n")
    for old, new in pairs:
        if text.count(old) != 1:
            sys.exit(f"faults: {old!r} stands {text.count(old)} times in the policy in two languages")
        text = text.replace(old, new)
    return text.encode()


TWO = "languages: [en, de]"
ROWS += [
    ("duplicate-name", "a language twice", languages((TWO, "languages: [en, de, en]"))),
    ("empty", "no language", with_(("  version: 1\n", "  version: 1\n  languages: []\n"))),
    ("empty", "a sentence of nothing in German", languages(("{en: to run it, de: Wort}", "{en: to run it, de: ''}"))),
    ("language-first", "another language than the first", languages((TWO, f"{TWO}\n  language: de"))),
    ("language-missing", "an event in one language", languages(("left: {en: you left, de: Wort}", "left: you left"))),
    ("language-missing", "a sentence without English", languages(("{en: to run it, de: Wort}", "{de: Wort}"))),
    ("language-missing", "a sentence without German", languages(("{en: to run it, de: Wort}", "{en: to run it}"))),
    ("language-missing", "a title in one language", languages(("{en: Privacy, de: Wort}", "Privacy"))),
    ("language-one", "two languages, and the policy names none", with_(("says: to run it", "says: {en: to run it, de: Wort}"))),
    ("unknown-language", "a slip", languages(("{en: to run it, de: Wort}", "{en: to run it, de: Wort, dd: Wort}"))),
    ("unknown-language", "a language the policy has not", languages(("{en: to run it, de: Wort}", "{en: to run it, de: Wort, fr: mot}"))),
    ("unknown-word", "a language no page is in", with_(("  version: 1\n", "  version: 1\n  languages: [en, xx]\n"))),
    ("wrong-shape", "one language without a list", with_(("  version: 1\n", "  version: 1\n  languages: en\n"))),
    ("wrong-shape", "a list for a sentence", languages(("{en: to run it, de: Wort}", "{en: to run it, de: [Wort]}"))),
]
# Told only where memory ends, which a file of the allowed size does not reach; where no other file can be read.
BEYOND = {"too-many-lines", "include-closed"}


def check_rows(program):
    failed = 0
    for name, data in {"the policy": BASE.encode(), "the policy in two languages": languages()}.items():
        usable, printed = golden.told(program, data)
        if not usable or printed:
            print(f"{name} itself has faults:\n{printed}")
            failed += 1
    for code, name, data, *rest in ROWS:
        wanted = sorted([code] * (rest[0] if rest else 1) + (rest[1] if len(rest) > 1 else []))
        found = golden.codes(golden.told(program, data)[1])
        if sorted(row[1] for row in found) != wanted:
            print(f"{code}, {name}: gave {[row[1] for row in found][:12]}, wanted {wanted}")
            failed += 1
    return failed


def check_documented(tree):
    page = (pathlib.Path(tree) / "docs/policy-language.md").read_text(encoding="utf-8").split("## Faults", 1)[1]
    codes = set(re.findall(r"^\| `([a-z0-9-]+)` \|", page, re.M))
    missing = codes - {row[0] for row in ROWS} - BEYOND
    for code in sorted(missing):
        print(f"no golden row makes {code}")
    print(f"faults: {len(codes)} codes")
    return len(missing)


def table():
    return {f"{code}: {name}": data for code, name, data, *_ in ROWS}


def main():
    """A row that only warns may be used, so the golden text is made here and not by golden.main."""
    program, tree, *options = sys.argv[1:]
    out = []
    for name, data in table().items():
        out += [f"== {name}", *golden.cut(golden.told(program, data)[1]), ""]
    path = pathlib.Path(tree) / "tests/policy/faults.expected"
    failed = golden.compare(path, "\n".join(out), "--write" in options)
    failed += check_rows(program) + check_documented(tree)
    print(f"faults: {len(ROWS)} rows, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
