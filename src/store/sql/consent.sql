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

-- $1: number of the ledger's entry, $2: the person, $4: its time. On SQLite numbers are in the order of time.
-- name: trace_put
-- for: sqlite
INSERT INTO trace (seq, sn, sealed) VALUES ($1, $2, iif($4 IS NULL, NULL, $3));

-- name: trace_put
-- for: postgresql
INSERT INTO trace (entry, sn, sealed, at_us) VALUES ($1, $2, $3, $4);

-- Eight at once: a third of the cost of one is the statement's beginning and end.
-- name: trace_put_8
-- for: sqlite
INSERT INTO trace (seq, sn, sealed) VALUES ($1, $2, iif($4 IS NULL, NULL, $3)), ($5, $6, iif($8 IS NULL, NULL, $7)),
($9, $10, iif($12 IS NULL, NULL, $11)), ($13, $14, iif($16 IS NULL, NULL, $15)), ($17, $18, iif($20 IS NULL, NULL, $19)),
($21, $22, iif($24 IS NULL, NULL, $23)), ($25, $26, iif($28 IS NULL, NULL, $27)), ($29, $30, iif($32 IS NULL, NULL, $31));

-- name: trace_put_8
-- for: postgresql
INSERT INTO trace (entry, sn, sealed, at_us) VALUES ($1, $2, $3, $4), ($5, $6, $7, $8), ($9, $10, $11, $12), ($13, $14, $15, $16), ($17, $18, $19, $20), ($21, $22, $23, $24), ($25, $26, $27, $28), ($29, $30, $31, $32);

-- On SQLite the trace lies in the order it was written, and trace_by, filled behind it in batches, is its index by
-- person. On PostgreSQL it lies by person and time at once: nothing is indexed behind it, and there is no tail.

-- Lines behind time $2 and number $3: number, what is sealed, the entry, its place in the tree when it has one, time.
-- name: trace_of_subject
-- for: sqlite
SELECT t.seq, t.sealed, e.row, e.seq, $2 FROM trace_by b JOIN trace t ON t.seq = b.seq JOIN ledger_entry e ON e.seq = b.seq
WHERE b.sn = $1 AND b.seq > $3 ORDER BY b.seq LIMIT $4;

-- name: trace_of_subject
-- for: postgresql
SELECT t.entry, t.sealed, e.row, (SELECT r.seq + (t.entry & 1099511627775) - r.no
FROM (SELECT seq, no, count FROM ledger_run WHERE lane = t.entry >> 40 AND no <= t.entry & 1099511627775 ORDER BY no DESC LIMIT 1) r
WHERE r.no + r.count > t.entry & 1099511627775), t.at_us
FROM (SELECT entry, sealed, at_us FROM trace WHERE sn = $1 AND (at_us, entry) > ($2, $3) ORDER BY at_us, entry LIMIT $4) t
JOIN ledger_entry e ON e.lane = t.entry >> 40 AND e.no = t.entry & 1099511627775 ORDER BY t.at_us, t.entry;

-- The part that is not in trace_by yet.
-- name: trace_tail
-- for: sqlite
SELECT t.seq, t.sealed, e.row, e.seq, $2 FROM trace t JOIN ledger_entry e ON e.seq = t.seq
WHERE t.seq > $3 AND t.sn = $1 ORDER BY t.seq LIMIT $4;

-- name: trace_tail
-- for: postgresql
SELECT t.entry, t.sealed, t.sealed, t.entry, t.at_us FROM trace t WHERE t.sn = $1 AND t.at_us > $2 AND t.entry > $3 AND t.sn < 0 LIMIT $4;

-- name: trace_by_fill
-- for: sqlite
INSERT INTO trace_by (sn, seq) SELECT sn, seq FROM trace WHERE seq >= $1 AND seq < $2 ORDER BY sn, seq;

-- name: trace_by_fill
-- for: postgresql
DELETE FROM trace WHERE sn < 0 AND entry >= $1 AND entry < $2;

-- name: trace_erase
-- for: sqlite
DELETE FROM trace WHERE seq IN (SELECT seq FROM trace_by WHERE sn = $1 LIMIT $2);

-- name: trace_erase
-- for: postgresql
DELETE FROM trace WHERE sn = $1 AND (at_us, entry) IN (SELECT at_us, entry FROM trace WHERE sn = $1 LIMIT $2);

-- name: trace_erase_tail
-- for: sqlite
DELETE FROM trace WHERE seq >= $2 AND sn = $1;

-- name: trace_erase_tail
-- for: postgresql
DELETE FROM trace WHERE sn = $1 AND sn < 0 AND entry >= $2;

-- name: trace_by_erase
-- for: sqlite
DELETE FROM trace_by WHERE sn = $1 AND seq IN (SELECT seq FROM trace_by WHERE sn = $1 LIMIT $2);

-- name: trace_by_erase
-- for: postgresql
DELETE FROM trace WHERE sn = $1 AND (at_us, entry) IN (SELECT at_us, entry FROM trace WHERE sn = $1 LIMIT $2);
