-- Moving all rows from one engine to the other (deeds/move.h). Pages are read in the order of a key that both engines
-- have, at most 512 rows (fewer where rows are long) behind the key that is given; the number stands in the statement
-- itself, so that PostgreSQL plans for so few. What is put replaces what lay under its key, but in the ledger, which is
-- only ever added to. What each engine keeps for itself is left out of meta: see move_meta_page.

-- trace-upto and sn are SQLite's alone, epoch-node:… of PostgreSQL's nodes, move-… of the move itself.
-- name: move_meta_page
-- for: sqlite
SELECT name, value FROM meta WHERE name > $1 AND name NOT IN ('trace-upto', 'sn') AND name NOT LIKE 'epoch-node:%' AND name NOT LIKE 'move-%' ORDER BY
name LIMIT 512;

-- name: move_meta_page
-- for: postgresql
SELECT name, value FROM meta WHERE name COLLATE "C" > $1 AND name NOT IN ('trace-upto', 'sn') AND name NOT LIKE 'epoch-node:%' AND name NOT LIKE
'move-%' ORDER BY name COLLATE "C" LIMIT 512;

-- name: move_meta_drop
DELETE FROM meta WHERE name = $1;

-- name: move_catalogue_page
SELECT kind, no, name FROM catalogue WHERE (kind, no) > ($1, $2) ORDER BY kind, no LIMIT 512;

-- name: move_catalogue_put
INSERT INTO catalogue (kind, no, name) VALUES ($1, $2, $3) ON CONFLICT (kind, no) DO UPDATE SET name = excluded.name;

-- name: move_catalogue_drop
DELETE FROM catalogue WHERE kind = $1 AND no = $2;

-- name: move_policy_version_page
SELECT no, hash, activated_us, source FROM policy_version WHERE no > $1 ORDER BY no LIMIT 8;

-- name: move_policy_version_put
INSERT INTO policy_version (no, hash, activated_us, source) VALUES ($1, $2, $3, $4) ON CONFLICT (no) DO UPDATE SET hash = excluded.hash, activated_us
= excluded.activated_us, source = excluded.source;

-- name: move_policy_version_drop
DELETE FROM policy_version WHERE no = $1;

-- name: move_policy_rule_page
SELECT policy, rule, name FROM policy_rule WHERE (policy, rule) > ($1, $2) ORDER BY policy, rule LIMIT 512;

-- name: move_policy_rule_put
INSERT INTO policy_rule (policy, rule, name) VALUES ($1, $2, $3) ON CONFLICT (policy, rule) DO UPDATE SET name = excluded.name;

-- name: move_policy_rule_drop
DELETE FROM policy_rule WHERE policy = $1 AND rule = $2;

-- name: move_tally_page
SELECT policy, rule, event, decision, purpose, count, first_us, last_us FROM tally
WHERE (policy, rule, event, decision, purpose) > ($1, $2, $3, $4, $5) ORDER BY policy, rule, event, decision, purpose LIMIT 512;

-- name: move_tally_put
INSERT INTO tally (policy, rule, event, decision, purpose, count, first_us, last_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (policy, rule, event, decision, purpose) DO UPDATE SET count = excluded.count, first_us = excluded.first_us, last_us = excluded.last_us;

-- name: move_tally_drop
DELETE FROM tally WHERE policy = $1 AND rule = $2 AND event = $3 AND decision = $4 AND purpose = $5;

-- name: move_subject_page
SELECT sn, id, kind, state, restricted, created_us, policy FROM subject WHERE sn > $1 ORDER BY sn LIMIT 512;

-- name: move_subject_put
INSERT INTO subject (sn, id, kind, state, restricted, created_us, policy) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (sn) DO UPDATE SET id =
excluded.id, kind = excluded.kind, state = excluded.state, restricted = excluded.restricted, created_us = excluded.created_us, policy =
excluded.policy;

-- name: move_subject_put_4
INSERT INTO subject (sn, id, kind, state, restricted, created_us, policy) VALUES ($1, $2, $3, $4, $5, $6, $7), ($8, $9, $10, $11, $12, $13, $14),
($15, $16, $17, $18, $19, $20, $21), ($22, $23, $24, $25, $26, $27, $28) ON CONFLICT (sn) DO UPDATE SET id = excluded.id, kind = excluded.kind, state
= excluded.state, restricted = excluded.restricted, created_us = excluded.created_us, policy = excluded.policy;

-- name: move_subject_drop
DELETE FROM subject WHERE sn = $1;

-- name: move_record_page
-- for: sqlite
SELECT sn, category, rec, version, policy, created_us, changed_us, least_us, due_us, sealed FROM record WHERE place > ($1 << 35) + ($2 << 24) + $3
ORDER BY place LIMIT 512;

-- name: move_record_page
-- for: postgresql
SELECT sn, category, rec, version, policy, created_us, changed_us, least_us, due_us, sealed FROM record WHERE (sn, category, rec) > ($1, $2, $3) ORDER
BY sn, category, rec LIMIT 512;

-- name: move_record_put
-- for: sqlite
INSERT INTO record (place, sn, category, rec, version, policy, created_us, changed_us, least_us, due_us, sealed) VALUES (($1 << 35) + ($2 << 24) + $3,
$1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (place) DO UPDATE SET version = excluded.version, policy = excluded.policy, created_us =
excluded.created_us, changed_us = excluded.changed_us, least_us = excluded.least_us, due_us = excluded.due_us, sealed = excluded.sealed;

-- name: move_record_put
-- for: postgresql
INSERT INTO record (sn, category, rec, version, policy, created_us, changed_us, least_us, due_us, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
$10) ON CONFLICT (sn, category, rec) DO UPDATE SET version = excluded.version, policy = excluded.policy, created_us = excluded.created_us, changed_us
= excluded.changed_us, least_us = excluded.least_us, due_us = excluded.due_us, sealed = excluded.sealed;

-- name: move_record_put_3
-- for: sqlite
INSERT INTO record (place, sn, category, rec, version, policy, created_us, changed_us, least_us, due_us, sealed) VALUES (($1 << 35) + ($2 << 24) + $3,
$1, $2, $3, $4, $5, $6, $7, $8, $9, $10), (($11 << 35) + ($12 << 24) + $13, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20), (($21 << 35) + ($22 <<
24) + $23, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30) ON CONFLICT (place) DO UPDATE SET version = excluded.version, policy = excluded.policy,
created_us = excluded.created_us, changed_us = excluded.changed_us, least_us = excluded.least_us, due_us = excluded.due_us, sealed = excluded.sealed;

-- name: move_record_put_3
-- for: postgresql
INSERT INTO record (sn, category, rec, version, policy, created_us, changed_us, least_us, due_us, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
$10), ($11, $12, $13, $14, $15, $16, $17, $18, $19, $20), ($21, $22, $23, $24, $25, $26, $27, $28, $29, $30) ON CONFLICT (sn, category, rec) DO UPDATE
SET version = excluded.version, policy = excluded.policy, created_us = excluded.created_us, changed_us = excluded.changed_us, least_us =
excluded.least_us, due_us = excluded.due_us, sealed = excluded.sealed;

-- name: move_lookup_unique_page
SELECT field, value, sn FROM lookup_unique WHERE (field, value) > ($1, $2) ORDER BY field, value LIMIT 512;

-- name: move_lookup_unique_put
INSERT INTO lookup_unique (field, value, sn) VALUES ($1, $2, $3) ON CONFLICT (field, value) DO UPDATE SET sn = excluded.sn;

-- name: move_lookup_unique_put_10
INSERT INTO lookup_unique (field, value, sn) VALUES ($1, $2, $3), ($4, $5, $6), ($7, $8, $9), ($10, $11, $12), ($13, $14, $15), ($16, $17, $18), ($19,
$20, $21), ($22, $23, $24), ($25, $26, $27), ($28, $29, $30) ON CONFLICT (field, value) DO UPDATE SET sn = excluded.sn;

-- name: move_lookup_unique_drop
DELETE FROM lookup_unique WHERE field = $1 AND value = $2;

-- name: move_lookup_plain_page
SELECT field, value, sn FROM lookup_plain WHERE (field, value, sn) > ($1, $2, $3) ORDER BY field, value, sn LIMIT 512;

-- name: move_lookup_plain_put
INSERT INTO lookup_plain (field, value, sn) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: move_lookup_plain_put_10
INSERT INTO lookup_plain (field, value, sn) VALUES ($1, $2, $3), ($4, $5, $6), ($7, $8, $9), ($10, $11, $12), ($13, $14, $15), ($16, $17, $18), ($19,
$20, $21), ($22, $23, $24), ($25, $26, $27), ($28, $29, $30) ON CONFLICT DO NOTHING;

-- name: move_lookup_plain_drop
DELETE FROM lookup_plain WHERE field = $1 AND value = $2 AND sn = $3;

-- name: move_consent_page
SELECT sn, purpose, state, text_version, policy, at_us, code FROM consent WHERE (sn, purpose) > ($1, $2) ORDER BY sn, purpose LIMIT 512;

-- name: move_consent_put
INSERT INTO consent (sn, purpose, state, text_version, policy, at_us, code) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (sn, purpose) DO UPDATE
SET state = excluded.state, text_version = excluded.text_version, policy = excluded.policy, at_us = excluded.at_us, code = excluded.code;

-- name: move_consent_put_4
INSERT INTO consent (sn, purpose, state, text_version, policy, at_us, code) VALUES ($1, $2, $3, $4, $5, $6, $7), ($8, $9, $10, $11, $12, $13, $14),
($15, $16, $17, $18, $19, $20, $21), ($22, $23, $24, $25, $26, $27, $28) ON CONFLICT (sn, purpose) DO UPDATE SET state = excluded.state, text_version
= excluded.text_version, policy = excluded.policy, at_us = excluded.at_us, code = excluded.code;

-- name: move_consent_drop
DELETE FROM consent WHERE sn = $1 AND purpose = $2;

-- name: move_event_page
SELECT sn, event, at_us FROM event WHERE (sn, event) > ($1, $2) ORDER BY sn, event LIMIT 512;

-- name: move_event_put
INSERT INTO event (sn, event, at_us) VALUES ($1, $2, $3) ON CONFLICT (sn, event) DO UPDATE SET at_us = excluded.at_us;

-- name: move_event_put_10
INSERT INTO event (sn, event, at_us) VALUES ($1, $2, $3), ($4, $5, $6), ($7, $8, $9), ($10, $11, $12), ($13, $14, $15), ($16, $17, $18), ($19, $20,
$21), ($22, $23, $24), ($25, $26, $27), ($28, $29, $30) ON CONFLICT (sn, event) DO UPDATE SET at_us = excluded.at_us;

-- name: move_event_drop
DELETE FROM event WHERE sn = $1 AND event = $2;

-- name: move_purge_page
SELECT sn, category FROM purge WHERE (sn, category) > ($1, $2) ORDER BY sn, category LIMIT 512;

-- name: move_purge_put
INSERT INTO purge (sn, category) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: move_purge_put_16
INSERT INTO purge (sn, category) VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16), ($17, $18), ($19, $20),
($21, $22), ($23, $24), ($25, $26), ($27, $28), ($29, $30), ($31, $32) ON CONFLICT DO NOTHING;

-- name: move_purge_drop
DELETE FROM purge WHERE sn = $1 AND category = $2;

-- name: move_token_page
SELECT hash, id, role, name, sn, created_us, expires_us, revoked_us FROM token WHERE hash > $1 ORDER BY hash LIMIT 512;

-- name: move_token_put
INSERT INTO token (hash, id, role, name, sn, created_us, expires_us, revoked_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (hash) DO UPDATE
SET id = excluded.id, role = excluded.role, name = excluded.name, sn = excluded.sn, created_us = excluded.created_us, expires_us =
excluded.expires_us, revoked_us = excluded.revoked_us;

-- name: move_token_put_4
INSERT INTO token (hash, id, role, name, sn, created_us, expires_us, revoked_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8), ($9, $10, $11, $12, $13,
$14, $15, $16), ($17, $18, $19, $20, $21, $22, $23, $24), ($25, $26, $27, $28, $29, $30, $31, $32) ON CONFLICT (hash) DO UPDATE SET id = excluded.id,
role = excluded.role, name = excluded.name, sn = excluded.sn, created_us = excluded.created_us, expires_us = excluded.expires_us, revoked_us =
excluded.revoked_us;

-- name: move_token_drop
DELETE FROM token WHERE hash = $1;

-- name: move_idempotency_page
SELECT key, request, status, reply, sn, created_us FROM idempotency WHERE key > $1 ORDER BY key LIMIT 128;

-- name: move_idempotency_put
INSERT INTO idempotency (key, request, status, reply, sn, created_us) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (key) DO UPDATE SET request =
excluded.request, status = excluded.status, reply = excluded.reply, sn = excluded.sn, created_us = excluded.created_us;

-- name: move_idempotency_put_5
INSERT INTO idempotency (key, request, status, reply, sn, created_us) VALUES ($1, $2, $3, $4, $5, $6), ($7, $8, $9, $10, $11, $12), ($13, $14, $15,
$16, $17, $18), ($19, $20, $21, $22, $23, $24), ($25, $26, $27, $28, $29, $30) ON CONFLICT (key) DO UPDATE SET request = excluded.request, status =
excluded.status, reply = excluded.reply, sn = excluded.sn, created_us = excluded.created_us;

-- name: move_idempotency_drop
DELETE FROM idempotency WHERE key = $1;

-- name: move_dk_page
-- db: keys
-- for: sqlite
SELECT (place - (1 << 62)) >> 17, (place >> 1) & 65535, place & 1, row FROM dk
WHERE place > (1 << 62) + ($1 << 17) + ($2 << 1) + $3 ORDER BY place LIMIT 512;

-- name: move_dk_page
-- db: keys
-- for: postgresql
SELECT sn, category, generation, row FROM dk WHERE (sn, category, generation) > ($1, $2, $3) ORDER BY sn, category, generation LIMIT 512;

-- name: move_dk_put
-- db: keys
-- for: sqlite
INSERT INTO dk (place, row) VALUES ((1 << 62) + ($1 << 17) + ($2 << 1) + $3, $4) ON CONFLICT (place) DO UPDATE SET row = excluded.row;

-- name: move_dk_put
-- db: keys
-- for: postgresql
INSERT INTO dk (sn, category, generation, row) VALUES ($1, $2, $3, $4) ON CONFLICT (sn, category, generation) DO UPDATE SET row = excluded.row;

-- name: move_dk_put_8
-- db: keys
-- for: sqlite
INSERT INTO dk (place, row) VALUES ((1 << 62) + ($1 << 17) + ($2 << 1) + $3, $4), ((1 << 62) + ($5 << 17) + ($6 << 1) + $7, $8), ((1 << 62) + ($9 <<
17) + ($10 << 1) + $11, $12), ((1 << 62) + ($13 << 17) + ($14 << 1) + $15, $16), ((1 << 62) + ($17 << 17) + ($18 << 1) + $19, $20), ((1 << 62) + ($21
<< 17) + ($22 << 1) + $23, $24), ((1 << 62) + ($25 << 17) + ($26 << 1) + $27, $28), ((1 << 62) + ($29 << 17) + ($30 << 1) + $31, $32) ON CONFLICT
(place) DO UPDATE SET row = excluded.row;

-- name: move_dk_put_8
-- db: keys
-- for: postgresql
INSERT INTO dk (sn, category, generation, row) VALUES ($1, $2, $3, $4), ($5, $6, $7, $8), ($9, $10, $11, $12), ($13, $14, $15, $16), ($17, $18, $19,
$20), ($21, $22, $23, $24), ($25, $26, $27, $28), ($29, $30, $31, $32) ON CONFLICT (sn, category, generation) DO UPDATE SET row = excluded.row;

-- Any key that is not known to be ended in the data too.
-- name: move_ended_any
-- db: keys
SELECT 1 FROM ended LIMIT 1;

-- The traces by person and by their entries' places in the tree, of people from $1 to below $3. The entry itself, or its number
-- and time, are what the other engine stores besides. On PostgreSQL an entry that has no place yet is left out.
-- name: move_trace_page
-- for: sqlite
SELECT b.sn, b.seq, t.sealed, e.row, 0 FROM trace_by b JOIN trace t ON t.seq = b.seq LEFT JOIN ledger_entry e ON e.seq = b.seq
WHERE (b.sn, b.seq) > ($1, $2) AND b.sn < $3 ORDER BY b.sn, b.seq LIMIT 512;

-- name: move_trace_page
-- for: postgresql
SELECT t.sn, t.place, t.sealed, t.entry, t.at_us FROM (SELECT w.sn, w.entry, w.at_us, w.sealed, CASE WHEN w.entry >> 40 = 0 THEN w.entry ELSE
(SELECT r.seq + (w.entry & 1099511627775) - r.no FROM (SELECT seq, no, count FROM ledger_run
WHERE lane = w.entry >> 40 AND no <= w.entry & 1099511627775 ORDER BY no DESC LIMIT 1) r
WHERE r.no + r.count > w.entry & 1099511627775) END AS place
FROM trace w WHERE w.sn >= $1 AND w.sn < $3) t
WHERE t.place IS NOT NULL AND (t.sn > $1 OR t.place > $2) ORDER BY t.sn, t.place LIMIT 512;

-- name: move_trace_last
-- for: sqlite
SELECT COALESCE(MAX(sn), -1) FROM trace_by;

-- name: move_trace_last
-- for: postgresql
SELECT COALESCE(MAX(sn), -1) FROM trace;

-- $1: the person, $2: the place, $3: sealed, $4: the number, $5: the time.
-- name: move_trace_put
-- for: sqlite
INSERT INTO trace (seq, sn, sealed) VALUES ($2, $1, iif($4 IS NULL OR $5 IS NULL, NULL, $3))
ON CONFLICT (seq) DO UPDATE SET sn = excluded.sn, sealed = excluded.sealed;

-- name: move_trace_put
-- for: postgresql
INSERT INTO trace (sn, at_us, entry, sealed) SELECT $1, $5, $4, $3::bytea WHERE $2::bigint IS NOT NULL
ON CONFLICT (sn, at_us, entry) DO UPDATE SET sealed = excluded.sealed;

-- On PostgreSQL nothing is indexed behind.
-- name: move_trace_by_put
-- for: sqlite
INSERT INTO trace_by (sn, seq) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: move_trace_by_put
-- for: postgresql
DELETE FROM trace WHERE sn = $1 AND sn < 0 AND entry = $2;

-- name: move_trace_drop
-- for: sqlite
DELETE FROM trace WHERE sn = $1 AND seq = $2 AND ($3 IS NULL OR $4 IS NULL OR seq = $2);

-- name: move_trace_drop
-- for: postgresql
DELETE FROM trace WHERE sn = $1 AND entry = $3 AND at_us = $4 AND $2::bigint IS NOT NULL;

-- name: move_trace_by_drop
-- for: sqlite
DELETE FROM trace_by WHERE sn = $1 AND seq = $2;

-- name: move_trace_by_drop
-- for: postgresql
DELETE FROM trace WHERE sn = $1 AND sn < 0 AND entry = $2;

-- What is not indexed by person yet, from place $1 on.
-- name: move_trace_by_fill
-- for: sqlite
INSERT INTO trace_by (sn, seq) SELECT sn, seq FROM trace WHERE seq >= $1 ON CONFLICT DO NOTHING;

-- name: move_trace_by_fill
-- for: postgresql
DELETE FROM trace WHERE sn < 0 AND entry >= $1;

-- name: move_tile_page
SELECT level, no, hashes FROM ledger_tile WHERE (level, no) > ($1, $2) ORDER BY level, no LIMIT 512;

-- name: move_checkpoint_page
SELECT size, at_us, note FROM ledger_checkpoint WHERE size > $1 ORDER BY size LIMIT 512;

-- The first number of a block that no number up to $1 lies in or above; nothing where there is one already.
-- name: move_block_put
INSERT INTO sn_block (first, lane, state) SELECT $1, 0, 2 FROM (SELECT COALESCE(MAX(first), 0) AS top FROM sn_block) AS b WHERE b.top < $1 ON CONFLICT
DO NOTHING;

-- name: move_block_last
SELECT COALESCE(MAX(first), 0) FROM sn_block;
