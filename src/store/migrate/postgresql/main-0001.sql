-- The first shape of the data. Every row that belongs to a person carries the
-- subject's number sn as first key column, so that a sharded engine can spread it.
-- Exceptions: lookup_unique and lookup_plain (keyed by what is looked up), token and
-- idempotency (by a hash), and what belongs to nobody: meta, catalogue, policy_version,
-- lease, lane, sn_block, troth_schema and the ledger. A unit test compares this list with the system catalogue.
-- Nothing here is readable: values lie in `sealed`, look-up values are keyed hashes, and
-- who an entry of the ledger is about stands only in `trace`, sealed.

CREATE TABLE troth_schema (
  name text PRIMARY KEY,
  version bigint NOT NULL
);

CREATE TABLE meta (
  name text PRIMARY KEY,
  value bytea NOT NULL
);

-- Numbers for the policy's names that outlive a version of the policy.
-- kind: 1 category, 2 field, 3 purpose, 4 event, 5 person kind
CREATE TABLE catalogue (
  kind bigint NOT NULL,
  name text NOT NULL,
  no bigint NOT NULL,
  PRIMARY KEY (kind, name),
  UNIQUE (kind, no)
);

CREATE TABLE policy_version (
  no bigint PRIMARY KEY,
  hash bytea NOT NULL UNIQUE,
  activated_us bigint NOT NULL,
  source bytea NOT NULL
);

-- state: 0 active, 1 held (kept for the law alone), 2 erased
-- An id is 128 random bits: a unique index over all of a sharded table would cost much and find nothing.
CREATE TABLE subject (
  sn bigint PRIMARY KEY,
  id bytea NOT NULL CHECK (length(id) = 16),
  kind bigint NOT NULL,
  state bigint NOT NULL,
  restricted bigint NOT NULL,
  created_us bigint NOT NULL,
  policy bigint NOT NULL
);
CREATE INDEX subject_id ON subject (id);

-- rec: 0 in a category that is one for each person, 1, 2, … else.
-- due_us: when the sweep must erase it at the latest; NULL: no date yet.
CREATE TABLE record (
  sn bigint NOT NULL CHECK (sn >= 0),
  category bigint NOT NULL CHECK (category BETWEEN 0 AND 2047),
  rec bigint NOT NULL CHECK (rec BETWEEN 0 AND 16777215),
  version bigint NOT NULL,
  policy bigint NOT NULL,
  created_us bigint NOT NULL,
  changed_us bigint NOT NULL,
  least_us bigint,
  due_us bigint,
  sealed bytea NOT NULL,
  PRIMARY KEY (sn, category, rec)
);
CREATE INDEX record_due ON record (due_us) WHERE due_us IS NOT NULL;

-- Keyed by what is looked up (value: HMAC of the normal form, 16 bytes).
CREATE TABLE lookup_unique (
  field bigint NOT NULL,
  value bytea NOT NULL,
  sn bigint NOT NULL,
  PRIMARY KEY (field, value)
);
CREATE INDEX lookup_unique_sn ON lookup_unique (sn);
CREATE TABLE lookup_plain (
  field bigint NOT NULL,
  value bytea NOT NULL,
  sn bigint NOT NULL,
  PRIMARY KEY (field, value, sn)
);
CREATE INDEX lookup_plain_sn ON lookup_plain (sn);

-- state: 1 pending, 2 given, 3 withdrawn (none: no row)
CREATE TABLE consent (
  sn bigint NOT NULL,
  purpose bigint NOT NULL,
  state bigint NOT NULL,
  text_version bigint NOT NULL,
  policy bigint NOT NULL,
  at_us bigint NOT NULL,
  code bytea,
  PRIMARY KEY (sn, purpose)
);

CREATE TABLE event (
  sn bigint NOT NULL,
  event bigint NOT NULL,
  at_us bigint NOT NULL,
  PRIMARY KEY (sn, event)
);

-- What was done with a person's data: the opening of a ledger entry, sealed under
-- the person's own key. Numbers of several lanes say nothing about which came first; the time does.
CREATE TABLE trace (
  sn bigint NOT NULL,
  at_us bigint NOT NULL,
  entry bigint NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (sn, at_us, entry)
);

-- Erased people whose unreadable rows are still to be taken away in steps.
CREATE TABLE purge (
  sn bigint NOT NULL,
  category bigint NOT NULL,
  PRIMARY KEY (sn, category)
);

-- hash: SHA-256 of the token. sn: of the person whose own token it is, else NULL.
CREATE TABLE token (
  hash bytea PRIMARY KEY,
  id bytea NOT NULL UNIQUE,
  role text NOT NULL,
  name text COLLATE "C" NOT NULL UNIQUE,
  sn bigint,
  created_us bigint NOT NULL,
  expires_us bigint NOT NULL,
  revoked_us bigint
);
CREATE INDEX token_sn ON token (sn) WHERE sn IS NOT NULL;

-- key: SHA-256 of actor and Idempotency-Key; request: SHA-256 of what was asked.
CREATE TABLE idempotency (
  key bytea PRIMARY KEY,
  request bytea NOT NULL,
  status bigint NOT NULL,
  reply bytea NOT NULL,
  sn bigint,
  created_us bigint NOT NULL
);
CREATE INDEX idempotency_created ON idempotency (created_us);
CREATE INDEX idempotency_sn ON idempotency (sn) WHERE sn IS NOT NULL;

-- Work that one node does for all of them: who holds it, and until when by this server's clock. The transaction
-- that does the work renews it first and so holds the row: whoever was paused in between finds another's name.
CREATE TABLE lease (
  name text PRIMARY KEY,
  holder bytea NOT NULL CHECK (length(holder) = 16),
  until_us bigint NOT NULL
);
-- Nobody's yet; taking one never makes a row. `commit` is for trying whether a commit is answered (pg_link.c).
INSERT INTO lease (name, holder, until_us) SELECT name, decode(repeat('00', 16), 'hex'), 0
FROM (VALUES ('tree'), ('sweep'), ('settle'), ('commit')) AS work (name);

-- The lanes writers write in (store/store.h). state 1: taken into use, what a crash left is still to be looked for
-- (deeds/settle.c); 2: settled.
CREATE TABLE lane (
  lane bigint PRIMARY KEY,
  state bigint NOT NULL
);
-- Numbers of people given out to a lane, from first on (deeds/numbers.c). state as above.
CREATE TABLE sn_block (
  first bigint PRIMARY KEY,
  lane bigint NOT NULL,
  state bigint NOT NULL
);
CREATE INDEX sn_block_open ON sn_block (lane) WHERE state = 1;

-- The ledger: only ever appended to. An entry lies where its writer counted it, in its lane; a run gives leaves
-- seq to seq + count - 1 of the tree to entries no to no + count - 1 of a lane.
CREATE TABLE ledger_entry (
  lane bigint NOT NULL CHECK (lane BETWEEN 0 AND 65535),
  no bigint NOT NULL CHECK (no BETWEEN 0 AND 1099511627775),
  row bytea NOT NULL,
  PRIMARY KEY (lane, no)
);
CREATE TABLE ledger_run (
  seq bigint PRIMARY KEY CHECK (seq >= 0),
  lane bigint NOT NULL,
  no bigint NOT NULL,
  count bigint NOT NULL CHECK (count > 0),
  UNIQUE (lane, no)
);
-- Full tiles of 256 hashes (8192 bytes).
CREATE TABLE ledger_tile (
  level bigint NOT NULL,
  no bigint NOT NULL,
  hashes bytea NOT NULL,
  PRIMARY KEY (level, no)
);
CREATE TABLE ledger_checkpoint (
  size bigint PRIMARY KEY,
  at_us bigint NOT NULL,
  note bytea NOT NULL
);

-- The role the server works as: it may not change or take away what the ledger holds, nor make or drop tables.
DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_service') THEN
  GRANT SELECT ON troth_schema TO troth_service;
  GRANT SELECT, INSERT, UPDATE, DELETE ON meta, catalogue, policy_version, subject, record, lookup_unique,
    lookup_plain, consent, event, trace, purge, token, idempotency, lease, lane, sn_block TO troth_service;
  GRANT SELECT, INSERT ON ledger_entry, ledger_run, ledger_tile, ledger_checkpoint TO troth_service; END IF; END $$;
