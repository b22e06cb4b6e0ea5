-- Wrapped data keys, and nothing else: a database of their own, so that its backups can live shorter than those of
-- the data. Two generations stand beside each other only while a category is being sealed anew.
CREATE TABLE troth_keys_schema (
  name text PRIMARY KEY,
  version bigint NOT NULL
);
CREATE TABLE dk (
  sn bigint NOT NULL CHECK (sn >= 0),
  category bigint NOT NULL CHECK (category BETWEEN 0 AND 65535),
  generation bigint NOT NULL CHECK (generation BETWEEN 0 AND 1),
  row bytea NOT NULL CHECK (length(row) = 128),
  PRIMARY KEY (sn, category, generation)
);
-- Stored as it is: compressed, or moved out of the row, an overwritten key would leave more behind.
ALTER TABLE dk ALTER COLUMN row SET STORAGE PLAIN;

-- Places of keys destroyed, or made beside an older one, by a turn whose other half, in the data, may not have
-- become durable. Emptied by the next turn; what is found here at start is settled first (deeds/settle.c).
-- lane: of the writer whose turn it was.
CREATE TABLE ended (
  lane bigint NOT NULL,
  sn bigint NOT NULL,
  category bigint NOT NULL,
  generation bigint NOT NULL,
  PRIMARY KEY (sn, category, generation, lane)
);

-- The role the server works as: it may not change or take away what the ledger holds, nor make or drop tables.
DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_service') THEN
  GRANT SELECT ON troth_keys_schema TO troth_service;
  GRANT SELECT, INSERT, UPDATE, DELETE ON dk, ended TO troth_service; END IF; END $$;
