-- Wrapped data keys, and nothing else: rows of one size, so that an overwritten row leaves no
-- copy in a page's gap. place = 2^62 + sn * 2^17 + category * 2 + generation (always nine bytes as a row
-- id). Two generations stand beside each other only while a category is being sealed anew.
CREATE TABLE dk (
  place INTEGER PRIMARY KEY,
  row BLOB NOT NULL CHECK (length(row) = 128)
);

-- Places of keys destroyed, or made beside an older one, by a turn whose other half, in troth.db, may not have
-- become durable. Emptied by the next turn; what is found here at start is settled first (deeds/settle.c).
CREATE TABLE ended (
  place INTEGER PRIMARY KEY
);
