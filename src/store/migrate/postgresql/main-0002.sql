-- What `troth prove` counts. Nothing here is about a person: rules and purposes of policies, and how often each decided. So
-- no key begins with sn, as in meta, catalogue and policy_version.

-- Addresses of the rules of every policy that was in force: an entry of the ledger holds a rule's number under its policy.
CREATE TABLE policy_rule (
  policy bigint NOT NULL,
  rule bigint NOT NULL,
  name text NOT NULL,
  PRIMARY KEY (policy, rule)
);

-- The ledger's entries up to a place in the tree (meta tally-upto), counted; whoever has the ledger can count them again.
-- policy: 0 no policy, -1 one that was never in force here. purpose: as the entry has it, zeros for none.
CREATE TABLE tally (
  policy bigint NOT NULL,
  rule bigint NOT NULL,
  event bigint NOT NULL,
  decision bigint NOT NULL,
  purpose bytea NOT NULL,
  count bigint NOT NULL,
  first_us bigint NOT NULL,
  last_us bigint NOT NULL,
  PRIMARY KEY (policy, rule, event, decision, purpose)
);

DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'troth_service') THEN
  GRANT SELECT, INSERT, UPDATE, DELETE ON policy_rule, tally TO troth_service; END IF; END $$;
