-- What `troth prove` counts. Nothing here is about a person: rules and purposes of policies, and how often each decided.

-- Addresses of the rules of every policy that was in force: an entry of the ledger holds a rule's number under its policy.
CREATE TABLE policy_rule (
  policy INTEGER NOT NULL,
  rule INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (policy, rule)
) WITHOUT ROWID;

-- The ledger's entries up to a place in the tree (meta tally-upto), counted; whoever has the ledger can count them again.
-- policy: 0 no policy, -1 one that was never in force here. purpose: as the entry has it, zeros for none.
CREATE TABLE tally (
  policy INTEGER NOT NULL,
  rule INTEGER NOT NULL,
  event INTEGER NOT NULL,
  decision INTEGER NOT NULL,
  purpose BLOB NOT NULL,
  count INTEGER NOT NULL,
  first_us INTEGER NOT NULL,
  last_us INTEGER NOT NULL,
  PRIMARY KEY (policy, rule, event, decision, purpose)
) WITHOUT ROWID;
