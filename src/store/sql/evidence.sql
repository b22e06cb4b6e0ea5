-- What `troth prove` reads (deeds/tally.c, deeds/evidence.c).

-- name: policy_rule_put
INSERT INTO policy_rule (policy, rule, name) VALUES ($1, $2, $3) ON CONFLICT (policy, rule) DO NOTHING;

-- name: policy_rule_put_8
INSERT INTO policy_rule (policy, rule, name) VALUES ($1, $2, $3), ($4, $5, $6), ($7, $8, $9), ($10, $11, $12), ($13, $14, $15), ($16, $17, $18),
($19, $20, $21), ($22, $23, $24) ON CONFLICT (policy, rule) DO NOTHING;

-- name: policy_rule_count
SELECT COUNT(*) FROM policy_rule WHERE policy = $1;

-- name: policy_version_all
SELECT no, hash, activated_us FROM policy_version ORDER BY no;

-- name: tally_add
-- for: sqlite
INSERT INTO tally (policy, rule, event, decision, purpose, count, first_us, last_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (policy, rule, event, decision, purpose) DO UPDATE SET count = tally.count + excluded.count,
first_us = MIN(tally.first_us, excluded.first_us), last_us = MAX(tally.last_us, excluded.last_us);

-- name: tally_add
-- for: postgresql
INSERT INTO tally (policy, rule, event, decision, purpose, count, first_us, last_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (policy, rule, event, decision, purpose) DO UPDATE SET count = tally.count + excluded.count,
first_us = LEAST(tally.first_us, excluded.first_us), last_us = GREATEST(tally.last_us, excluded.last_us);

-- name: tally_all
SELECT policy, rule, event, decision, purpose, count, first_us, last_us FROM tally ORDER BY policy, rule, event, decision, purpose LIMIT $1;

-- Which rules of earlier policies have the names they have; of the one in force the policy itself knows them.
-- name: tally_names
SELECT DISTINCT t.policy, t.rule, r.name FROM tally t JOIN policy_rule r ON r.policy = t.policy AND r.rule = t.rule WHERE t.policy <> $1 LIMIT $2;

-- name: policy_rule_get
SELECT name FROM policy_rule WHERE policy = $1 AND rule = $2;

-- What should have ended by $1, by category: the first $2 of it, the oldest first.
-- name: record_overdue
SELECT d.category, COUNT(*), MIN(d.due_us) FROM (SELECT category, due_us FROM record WHERE due_us <= $1 ORDER BY due_us LIMIT $2) AS d
GROUP BY d.category ORDER BY d.category;

-- Categories among the $1 oldest and the $1 newest people's records.
-- name: record_categories
-- for: sqlite
SELECT DISTINCT c.category FROM (SELECT * FROM (SELECT category FROM record ORDER BY place LIMIT $1)
UNION ALL SELECT * FROM (SELECT category FROM record ORDER BY place DESC LIMIT $1)) AS c;

-- name: record_categories
-- for: postgresql
SELECT DISTINCT c.category FROM ((SELECT category FROM record ORDER BY sn, category, rec LIMIT $1)
UNION ALL (SELECT category FROM record ORDER BY sn DESC, category DESC, rec DESC LIMIT $1)) AS c;

-- name: ledger_entry_end
-- for: sqlite
SELECT COALESCE(MAX(seq) + 1, 0) FROM ledger_entry;

-- name: ledger_entry_end
-- for: postgresql
SELECT COALESCE((SELECT r.seq + r.count FROM ledger_run r ORDER BY r.seq DESC LIMIT 1), 0);
