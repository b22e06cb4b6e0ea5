-- Consents, events of a person's life, traces.

-- name: consent_get
SELECT state, text_version, policy, at_us, code FROM consent WHERE sn = $1 AND purpose = $2;

-- name: consent_of_subject
SELECT purpose, state, text_version, policy, at_us FROM consent WHERE sn = $1 ORDER BY purpose LIMIT $2;

-- name: consent_set
INSERT INTO consent (sn, purpose, state, text_version, policy, at_us, code) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (sn, purpose) DO UPDATE SET state = excluded.state, text_version = excluded.text_version, policy = excluded.policy, at_us = excluded.at_us, code = excluded.code;

-- name: consent_erase
DELETE FROM consent WHERE sn = $1;

-- name: event_set
INSERT INTO event (sn, event, at_us) VALUES ($1, $2, $3) ON CONFLICT (sn, event) DO UPDATE SET at_us = excluded.at_us;

-- name: event_get
SELECT at_us FROM event WHERE sn = $1 AND event = $2;

-- name: event_of_subject
SELECT event, at_us FROM event WHERE sn = $1 ORDER BY event LIMIT $2;

-- name: event_erase
DELETE FROM event WHERE sn = $1;

-- name: trace_put
INSERT INTO trace (seq, sn, sealed) VALUES ($1, $2, $3);

-- Eight at once: a third of the cost of one is the statement's beginning and end.
-- name: trace_put_8
INSERT INTO trace (seq, sn, sealed) VALUES ($1, $2, $3), ($4, $5, $6), ($7, $8, $9), ($10, $11, $12), ($13, $14, $15), ($16, $17, $18), ($19, $20, $21), ($22, $23, $24);

-- On SQLite the trace lies in the order it was written, and trace_by, filled behind it in batches, is its index by
-- person. On PostgreSQL it lies by person at once: there what is indexed and the rest are the same rows, and
-- filling is a statement that finds nothing.

-- name: trace_of_subject
-- for: sqlite
SELECT t.seq, t.sealed, e.row FROM trace_by b JOIN trace t ON t.seq = b.seq JOIN ledger_entry e ON e.seq = b.seq
WHERE b.sn = $1 AND b.seq >= $2 ORDER BY b.seq LIMIT $3;

-- name: trace_of_subject
-- for: postgresql
SELECT t.seq, t.sealed, e.row FROM trace t JOIN ledger_entry e ON e.seq = t.seq
WHERE t.sn = $1 AND t.seq >= $2 ORDER BY t.seq LIMIT $3;

-- The part that is not in trace_by yet.
-- name: trace_tail
SELECT t.seq, t.sealed, e.row FROM trace t JOIN ledger_entry e ON e.seq = t.seq
WHERE t.seq >= $2 AND t.sn = $1 ORDER BY t.seq LIMIT $3;

-- name: trace_by_fill
-- for: sqlite
INSERT INTO trace_by (sn, seq) SELECT sn, seq FROM trace WHERE seq >= $1 AND seq < $2 ORDER BY sn, seq;

-- name: trace_by_fill
-- for: postgresql
DELETE FROM trace WHERE sn < 0 AND seq >= $1 AND seq < $2;

-- name: trace_erase
-- for: sqlite
DELETE FROM trace WHERE seq IN (SELECT seq FROM trace_by WHERE sn = $1 LIMIT $2);

-- name: trace_erase
-- for: postgresql
DELETE FROM trace WHERE sn = $1 AND seq IN (SELECT seq FROM trace WHERE sn = $1 LIMIT $2);

-- name: trace_erase_tail
DELETE FROM trace WHERE seq >= $2 AND sn = $1;

-- name: trace_by_erase
-- for: sqlite
DELETE FROM trace_by WHERE sn = $1 AND seq IN (SELECT seq FROM trace_by WHERE sn = $1 LIMIT $2);

-- name: trace_by_erase
-- for: postgresql
DELETE FROM trace WHERE sn = $1 AND seq IN (SELECT seq FROM trace WHERE sn = $1 LIMIT $2);
