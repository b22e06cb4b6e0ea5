-- The first shape of troth.db. Every row that belongs to a person carries the
-- subject's number sn as first key column, so that a sharded engine can spread
-- it; exceptions are the look-up tables (keyed by what is looked up) and say so.
-- Nothing here is readable: values lie in `sealed`, look-up values are keyed
-- hashes, and who an entry of the ledger is about stands only in `trace`, sealed.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- Numbers for the policy's names that outlive a version of the policy.
-- kind: 1 category, 2 field, 3 purpose, 4 event, 5 person kind
CREATE TABLE catalogue (
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  no INTEGER NOT NULL,
  PRIMARY KEY (kind, name),
  UNIQUE (kind, no)
) WITHOUT ROWID;

CREATE TABLE policy_version (
  no INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  activated_us INTEGER NOT NULL,
  source BLOB NOT NULL
);

-- state: 0 active, 1 held (kept for the law alone), 2 erased
-- Found by id in every request, so the rows lie in the order of the ids: one way down the tree, not two.
CREATE TABLE subject (
  id BLOB PRIMARY KEY,
  sn INTEGER NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  restricted INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  policy INTEGER NOT NULL
) WITHOUT ROWID;

-- rec: 0 in a category that is one for each person, 1, 2, … else.
-- due_us: when the sweep must erase it at the latest; NULL: no date yet.
-- place is sn, category and rec in one ordered number (28, 11 and 24 bits): a row of 400 bytes
-- under a key of three columns would fill the inner pages of the tree with whole rows and cost
-- twice the page reads. The check keeps one person's place from ever being another's.
CREATE TABLE record (
  place INTEGER PRIMARY KEY,
  sn INTEGER NOT NULL,
  category INTEGER NOT NULL,
  rec INTEGER NOT NULL,
  version INTEGER NOT NULL,
  policy INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  changed_us INTEGER NOT NULL,
  least_us INTEGER,
  due_us INTEGER,
  sealed BLOB NOT NULL,
  CHECK (place = (sn << 35) + (category << 24) + rec AND sn BETWEEN 0 AND 268435455
    AND category BETWEEN 0 AND 2047 AND rec BETWEEN 0 AND 16777215)
);
CREATE INDEX record_due ON record (due_us) WHERE due_us IS NOT NULL;

-- Keyed by what is looked up (value: HMAC of the normal form, 16 bytes).
CREATE TABLE lookup_unique (
  field INTEGER NOT NULL,
  value BLOB NOT NULL,
  sn INTEGER NOT NULL,
  PRIMARY KEY (field, value)
) WITHOUT ROWID;
CREATE INDEX lookup_unique_sn ON lookup_unique (sn);
CREATE TABLE lookup_plain (
  field INTEGER NOT NULL,
  value BLOB NOT NULL,
  sn INTEGER NOT NULL,
  PRIMARY KEY (field, value, sn)
) WITHOUT ROWID;
CREATE INDEX lookup_plain_sn ON lookup_plain (sn);

-- state: 1 pending, 2 given, 3 withdrawn (none: no row)
CREATE TABLE consent (
  sn INTEGER NOT NULL,
  purpose INTEGER NOT NULL,
  state INTEGER NOT NULL,
  text_version INTEGER NOT NULL,
  policy INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  code BLOB,
  PRIMARY KEY (sn, purpose)
) WITHOUT ROWID;

CREATE TABLE event (
  sn INTEGER NOT NULL,
  event INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  PRIMARY KEY (sn, event)
) WITHOUT ROWID;

-- What was done with a person's data: the opening of a ledger entry, sealed under
-- the person's own key. trace_by is filled in batches behind trace (meta trace-upto).
CREATE TABLE trace (
  seq INTEGER PRIMARY KEY,
  sn INTEGER NOT NULL,
  sealed BLOB NOT NULL
);
CREATE TABLE trace_by (
  sn INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (sn, seq)
) WITHOUT ROWID;

-- Erased people whose unreadable rows are still to be taken away in steps.
CREATE TABLE purge (
  sn INTEGER NOT NULL,
  category INTEGER NOT NULL,
  PRIMARY KEY (sn, category)
) WITHOUT ROWID;

-- hash: SHA-256 of the token. sn: of the person whose own token it is, else NULL.
CREATE TABLE token (
  hash BLOB PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  role TEXT NOT NULL,
  name TEXT NOT NULL UNIQUE,
  sn INTEGER,
  created_us INTEGER NOT NULL,
  expires_us INTEGER NOT NULL,
  revoked_us INTEGER
) WITHOUT ROWID;

-- key: SHA-256 of actor and Idempotency-Key; request: SHA-256 of what was asked. Replies are
-- too long to lie in a tree of keys: a table of its own rows, with an index.
CREATE TABLE idempotency (
  key BLOB PRIMARY KEY,
  request BLOB NOT NULL,
  status INTEGER NOT NULL,
  reply BLOB NOT NULL,
  sn INTEGER,
  created_us INTEGER NOT NULL
);
CREATE INDEX idempotency_created ON idempotency (created_us);
CREATE INDEX token_sn ON token (sn) WHERE sn IS NOT NULL;
CREATE INDEX idempotency_sn ON idempotency (sn) WHERE sn IS NOT NULL;

-- What several nodes over one PostgreSQL agree on (migrate/postgresql/main-0001.sql). Here one process writes, holds
-- whatever it asks for, and needs no row of these; they are here so that a statement means one thing everywhere.
CREATE TABLE lane (
  lane INTEGER PRIMARY KEY,
  state INTEGER NOT NULL
);
CREATE TABLE sn_block (
  first INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  state INTEGER NOT NULL
);
CREATE TABLE lease (
  name TEXT PRIMARY KEY,
  holder BLOB NOT NULL,
  until_us INTEGER NOT NULL
) WITHOUT ROWID;

-- The ledger: only ever appended to.
CREATE TABLE ledger_entry (
  seq INTEGER PRIMARY KEY,
  row BLOB NOT NULL
);
-- Empty but in a store that came from PostgreSQL: leaves seq to seq + count - 1 of the tree are entries no to
-- no + count - 1 of that lane there.
CREATE TABLE ledger_run (
  seq INTEGER PRIMARY KEY,
  lane INTEGER NOT NULL,
  no INTEGER NOT NULL,
  count INTEGER NOT NULL CHECK (count > 0),
  UNIQUE (lane, no)
);
-- Full tiles of 256 hashes (8192 bytes).
CREATE TABLE ledger_tile (
  level INTEGER NOT NULL,
  no INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, no)
) WITHOUT ROWID;
CREATE TABLE ledger_checkpoint (
  size INTEGER PRIMARY KEY,
  at_us INTEGER NOT NULL,
  note BLOB NOT NULL
);
