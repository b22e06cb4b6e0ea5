-- Subjects, records, look-ups, wrapped keys.

-- name: catalogue_get
SELECT no FROM catalogue WHERE kind = $1 AND name = $2;

-- name: catalogue_all
SELECT kind, name, no FROM catalogue ORDER BY kind, no;

-- name: catalogue_put
INSERT INTO catalogue (kind, name, no) SELECT $1, $2, COALESCE(MAX(no), 0) + 1 FROM catalogue WHERE kind = $1;

-- name: subject_put
INSERT INTO subject (sn, id, kind, state, restricted, created_us, policy) VALUES ($1, $2, $3, 0, 0, $4, $5);

-- The highest number from $1 to below $2.
-- name: subject_last
SELECT COALESCE(MAX(sn), 0) FROM subject WHERE sn >= $1 AND sn < $2;

-- name: subject_by_id
SELECT sn, kind, state, restricted, created_us, policy FROM subject WHERE id = $1;

-- name: subject_by_sn
SELECT id, kind, state, restricted, created_us, policy FROM subject WHERE sn = $1;

-- name: subject_state_set
UPDATE subject SET state = $2 WHERE sn = $1;

-- name: subject_restricted_set
UPDATE subject SET restricted = $2 WHERE sn = $1;

-- name: subject_delete
DELETE FROM subject WHERE sn = $1;

-- name: subject_count
SELECT COUNT(*) FROM subject WHERE state = 0;

-- On SQLite a record lies at place = sn, category and rec in one number (migrate/sqlite/main-0001.sql). What is
-- asked beside the place guards against a number too large for its bits. PostgreSQL has the three as its key.

-- State, consent and record in one statement: what one deed sees is of one moment.
-- name: record_read
-- for: sqlite
SELECT s.sn, s.kind, s.state, s.restricted, c.state, c.at_us, c.text_version, r.version, r.policy, r.created_us, r.changed_us, r.least_us, r.due_us, r.sealed
FROM subject s
LEFT JOIN consent c ON c.sn = s.sn AND c.purpose = $2
LEFT JOIN record r ON r.place = (s.sn << 35) + ($3 << 24) + $4 AND r.category = $3 AND r.rec = $4
WHERE s.id = $1;

-- name: record_read
-- for: postgresql
SELECT s.sn, s.kind, s.state, s.restricted, c.state, c.at_us, c.text_version, r.version, r.policy, r.created_us, r.changed_us, r.least_us, r.due_us, r.sealed
FROM subject s
LEFT JOIN consent c ON c.sn = s.sn AND c.purpose = $2
LEFT JOIN record r ON r.sn = s.sn AND r.category = $3 AND r.rec = $4
WHERE s.id = $1;

-- The same where the purpose asks for no consent.
-- name: record_read_plain
-- for: sqlite
SELECT s.sn, s.kind, s.state, s.restricted, NULL, NULL, NULL, r.version, r.policy, r.created_us, r.changed_us, r.least_us, r.due_us, r.sealed
FROM subject s
LEFT JOIN record r ON r.place = (s.sn << 35) + ($2 << 24) + $3 AND r.category = $2 AND r.rec = $3
WHERE s.id = $1;

-- name: record_read_plain
-- for: postgresql
SELECT s.sn, s.kind, s.state, s.restricted, NULL::bigint, NULL::bigint, NULL::bigint, r.version, r.policy, r.created_us, r.changed_us, r.least_us, r.due_us, r.sealed
FROM subject s
LEFT JOIN record r ON r.sn = s.sn AND r.category = $2 AND r.rec = $3
WHERE s.id = $1;

-- name: record_put
-- for: sqlite
INSERT INTO record (place, sn, category, rec, version, policy, created_us, changed_us, least_us, due_us, sealed)
VALUES (($1 << 35) + ($2 << 24) + $3, $1, $2, $3, $4, $5, $6, $6, $7, $8, $9);

-- name: record_put
-- for: postgresql
INSERT INTO record (sn, category, rec, version, policy, created_us, changed_us, least_us, due_us, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9);

-- name: record_set
-- for: sqlite
UPDATE record SET version = $4, policy = $5, changed_us = $6, least_us = $7, due_us = $8, sealed = $9
WHERE place = ($1 << 35) + ($2 << 24) + $3 AND category = $2 AND rec = $3;

-- name: record_set
-- for: postgresql
UPDATE record SET version = $4, policy = $5, changed_us = $6, least_us = $7, due_us = $8, sealed = $9
WHERE sn = $1 AND category = $2 AND rec = $3;

-- name: record_created_set
-- for: sqlite
UPDATE record SET created_us = $4
WHERE place = ($1 << 35) + ($2 << 24) + $3 AND category = $2 AND rec = $3;

-- name: record_created_set
-- for: postgresql
UPDATE record SET created_us = $4
WHERE sn = $1 AND category = $2 AND rec = $3;

-- name: record_dates_set
-- for: sqlite
UPDATE record SET least_us = $4, due_us = $5
WHERE place = ($1 << 35) + ($2 << 24) + $3 AND category = $2 AND rec = $3;

-- name: record_dates_set
-- for: postgresql
UPDATE record SET least_us = $4, due_us = $5 WHERE sn = $1 AND category = $2 AND rec = $3;

-- name: record_delete
-- for: sqlite
DELETE FROM record WHERE place = ($1 << 35) + ($2 << 24) + $3 AND category = $2 AND rec = $3;

-- name: record_delete
-- for: postgresql
DELETE FROM record WHERE sn = $1 AND category = $2 AND rec = $3;

-- name: record_last
-- for: sqlite
SELECT COALESCE((SELECT rec FROM record
WHERE place >= ($1 << 35) + ($2 << 24) AND place < ($1 << 35) + (($2 + 1) << 24) AND sn = $1 ORDER BY place DESC LIMIT 1), 0);

-- name: record_last
-- for: postgresql
SELECT COALESCE((SELECT rec FROM record WHERE sn = $1 AND category = $2 ORDER BY rec DESC LIMIT 1), 0);

-- name: record_of_subject
-- for: sqlite
SELECT category, rec, version, policy, created_us, changed_us, least_us, due_us, sealed FROM record
WHERE place > ($1 << 35) + ($2 << 24) + $3 AND place < (($1 + 1) << 35) AND sn = $1 ORDER BY place LIMIT $4;

-- name: record_of_subject
-- for: postgresql
SELECT category, rec, version, policy, created_us, changed_us, least_us, due_us, sealed FROM record
WHERE sn = $1 AND (category, rec) > ($2, $3) ORDER BY category, rec LIMIT $4;

-- name: record_of_category
-- for: sqlite
SELECT rec, version, policy, created_us, changed_us, least_us, due_us, sealed FROM record
WHERE place > ($1 << 35) + ($2 << 24) + $3 AND place < ($1 << 35) + (($2 + 1) << 24) AND sn = $1 AND category = $2
ORDER BY place LIMIT $4;

-- name: record_of_category
-- for: postgresql
SELECT rec, version, policy, created_us, changed_us, least_us, due_us, sealed FROM record
WHERE sn = $1 AND category = $2 AND rec > $3 ORDER BY rec LIMIT $4;

-- name: record_heads
-- for: sqlite
SELECT category, rec, created_us, changed_us FROM record
WHERE place > ($1 << 35) + ($2 << 24) + $3 AND place < ($1 << 35) + (($2 + 1) << 24) AND sn = $1 ORDER BY place LIMIT $4;

-- name: record_heads
-- for: postgresql
SELECT category, rec, created_us, changed_us FROM record
WHERE sn = $1 AND category = $2 AND rec > $3 ORDER BY rec LIMIT $4;

-- name: record_dated
-- for: sqlite
SELECT r.sn, r.category, r.rec, r.created_us, r.changed_us, r.least_us, r.due_us, s.id
FROM record r JOIN subject s ON s.sn = r.sn
WHERE r.place > ($1 << 35) + ($2 << 24) + $3 AND s.state <> 2 ORDER BY r.place LIMIT $4;

-- name: record_dated
-- for: postgresql
SELECT r.sn, r.category, r.rec, r.created_us, r.changed_us, r.least_us, r.due_us, s.id
FROM record r JOIN subject s ON s.sn = r.sn
WHERE (r.sn, r.category, r.rec) > ($1, $2, $3) AND s.sn >= $1 AND s.state <> 2 ORDER BY r.sn, r.category, r.rec LIMIT $4;

-- name: record_held
-- for: sqlite
SELECT category, MAX(least_us) FROM record WHERE place >= ($1 << 35) AND place < (($1 + 1) << 35) AND least_us > $2
GROUP BY category ORDER BY category LIMIT $3;

-- name: record_held
-- for: postgresql
SELECT category, MAX(least_us) FROM record WHERE sn = $1 AND least_us > $2
GROUP BY category ORDER BY category LIMIT $3;

-- name: record_category_delete
-- for: sqlite
DELETE FROM record WHERE place >= ($1 << 35) + ($2 << 24) AND place < ($1 << 35) + (($2 + 1) << 24) AND sn = $1;

-- name: record_category_delete
-- for: postgresql
DELETE FROM record WHERE sn = $1 AND category = $2;

-- name: record_purge
-- for: sqlite
DELETE FROM record WHERE place IN (SELECT place FROM record
WHERE place >= ($1 << 35) + ($2 << 24) AND place < ($1 << 35) + (($2 + 1) << 24) AND sn = $1 LIMIT $3);

-- name: record_purge
-- for: postgresql
DELETE FROM record WHERE sn = $1 AND category = $2 AND rec IN
(SELECT rec FROM record WHERE sn = $1 AND category = $2 LIMIT $3);

-- What PostgreSQL thinks a LIMIT with a parameter is, is a tenth of everything: of a large table it would then read and
-- sort the whole. So the first rows of an order are taken with a number it can see, larger than any that is asked for.

-- name: record_due
-- for: sqlite
SELECT r.sn, r.category, r.rec, r.due_us, r.least_us, s.id, s.state, s.kind, s.restricted FROM record r JOIN subject s ON s.sn = r.sn
WHERE r.due_us <= $1 ORDER BY r.due_us LIMIT $2;

-- name: record_due
-- for: postgresql
SELECT r.sn, r.category, r.rec, r.due_us, r.least_us, s.id, s.state, s.kind, s.restricted
FROM (SELECT sn, category, rec, due_us, least_us FROM record WHERE due_us <= $1 ORDER BY due_us LIMIT 256) r
JOIN subject s ON s.sn = r.sn ORDER BY r.due_us LIMIT $2;

-- name: record_any
-- for: sqlite
SELECT 1 FROM record WHERE place >= ($1 << 35) AND place < (($1 + 1) << 35) LIMIT 1;

-- name: record_any
-- for: postgresql
SELECT 1 FROM record WHERE sn = $1 LIMIT 1;

-- One page of the list of a category, in the order of the people's numbers: from person to person,
-- so that records of other categories are never walked over.
-- name: record_list
-- for: sqlite
SELECT s.sn, s.id, s.kind, s.state, s.restricted, c.state, c.at_us, c.text_version, r.rec, r.version, r.policy, r.changed_us, r.sealed
FROM subject s
CROSS JOIN record r
LEFT JOIN consent c ON c.sn = s.sn AND c.purpose = $2
WHERE s.sn >= $3 AND s.state <> 2
AND r.place >= (s.sn << 35) + ($1 << 24) AND r.place < (s.sn << 35) + (($1 + 1) << 24) AND r.category = $1
AND (s.sn > $3 OR r.rec > $4)
ORDER BY s.sn, r.place LIMIT $5;

-- Both sides begin at $3: a join that merges them would else walk over everybody before.
-- name: record_list
-- for: postgresql
SELECT l.sn, l.id, l.kind, l.state, l.restricted, c.state, c.at_us, c.text_version, l.rec, l.version, l.policy, l.changed_us, l.sealed
FROM (SELECT s.sn, s.id, s.kind, s.state, s.restricted, r.rec, r.version, r.policy, r.changed_us, r.sealed
FROM subject s JOIN record r ON r.sn = s.sn AND r.category = $1
WHERE s.sn >= $3 AND r.sn >= $3 AND s.state <> 2 AND (s.sn > $3 OR r.rec > $4) ORDER BY s.sn, r.rec LIMIT 256) l
LEFT JOIN consent c ON c.sn = l.sn AND c.purpose = $2
ORDER BY l.sn, l.rec LIMIT $5;

-- name: lookup_unique_put
-- taken: expected
-- for: sqlite
INSERT INTO lookup_unique (field, value, sn) VALUES ($1, $2, $3);

-- name: lookup_unique_put
-- taken: expected
-- for: postgresql
INSERT INTO lookup_unique (field, value, sn) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- The same where it is known that nobody has it.
-- name: lookup_unique_put_sure
INSERT INTO lookup_unique (field, value, sn) VALUES ($1, $2, $3);

-- name: lookup_unique_owner
SELECT sn FROM lookup_unique WHERE field = $1 AND value = $2;

-- The people of a look-up value, with what a decision about each needs.
-- name: lookup_unique_get
SELECT s.id, s.sn, s.kind, s.state, s.restricted, c.state, c.at_us, c.text_version
FROM lookup_unique l JOIN subject s ON s.sn = l.sn LEFT JOIN consent c ON c.sn = s.sn AND c.purpose = $3
WHERE l.field = $1 AND l.value = $2;

-- name: lookup_unique_delete
DELETE FROM lookup_unique WHERE field = $1 AND value = $2 AND sn = $3;

-- name: lookup_unique_erase
DELETE FROM lookup_unique WHERE sn = $1;

-- name: lookup_unique_erase_field
DELETE FROM lookup_unique WHERE sn = $1 AND field = $2;

-- name: lookup_plain_put
INSERT INTO lookup_plain (field, value, sn) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING;

-- name: lookup_plain_get
SELECT s.id, s.sn, s.kind, s.state, s.restricted, c.state, c.at_us, c.text_version
FROM lookup_plain l JOIN subject s ON s.sn = l.sn LEFT JOIN consent c ON c.sn = s.sn AND c.purpose = $3
WHERE l.field = $1 AND l.value = $2 ORDER BY l.sn LIMIT $4;

-- name: lookup_plain_delete
DELETE FROM lookup_plain WHERE field = $1 AND value = $2 AND sn = $3;

-- name: lookup_plain_erase
DELETE FROM lookup_plain WHERE sn = $1;

-- name: lookup_plain_erase_field
DELETE FROM lookup_plain WHERE sn = $1 AND field = $2;

-- name: purge_put
INSERT INTO purge (sn, category) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: purge_next
SELECT sn, category FROM purge LIMIT 1;

-- People of whom something from $1 on is to be purged.
-- name: purge_people
SELECT s.id FROM purge p JOIN subject s ON s.sn = p.sn WHERE p.category >= $1 LIMIT $2;

-- name: purge_get
SELECT 1 FROM purge WHERE sn = $1 AND category = $2;

-- name: purge_delete
DELETE FROM purge WHERE sn = $1 AND category = $2;

-- A wrapped key lies at (sn, category, generation). SQLite has them in one number, place = 2^62 + sn * 2^17 +
-- category * 2 + generation (migrate/sqlite/keys-0001.sql).

-- name: dk_put
-- db: keys
-- for: sqlite
INSERT INTO dk (place, row) VALUES ((1 << 62) + ($1 << 17) + ($2 << 1) + $3, $4);

-- name: dk_put
-- db: keys
-- for: postgresql
INSERT INTO dk (sn, category, generation, row) VALUES ($1, $2, $3, $4);

-- Both generations of one key.
-- name: dk_get
-- db: keys
-- for: sqlite
SELECT place & 1, row FROM dk WHERE place >= (1 << 62) + ($1 << 17) + ($2 << 1) AND place < (1 << 62) + ($1 << 17) + ($2 << 1) + 2;

-- name: dk_get
-- db: keys
-- for: postgresql
SELECT generation, row FROM dk WHERE sn = $1 AND category = $2;

-- Both generations of a person's neighbouring categories.
-- name: dk_range
-- db: keys
-- for: sqlite
SELECT (place >> 1) & 65535, place & 1, row FROM dk
WHERE place >= (1 << 62) + ($1 << 17) + ($2 << 1) AND place < (1 << 62) + ($1 << 17) + ($3 << 1) + 2 ORDER BY place;

-- name: dk_range
-- db: keys
-- for: postgresql
SELECT category, generation, row FROM dk WHERE sn = $1 AND category >= $2 AND category <= $3 ORDER BY category, generation;

-- name: dk_zero
-- db: keys
-- for: sqlite
UPDATE dk SET row = zeroblob(128) WHERE place = (1 << 62) + ($1 << 17) + ($2 << 1) + $3;

-- name: dk_zero
-- db: keys
-- for: postgresql
UPDATE dk SET row = decode(repeat('00', 128), 'hex') WHERE sn = $1 AND category = $2 AND generation = $3;

-- name: dk_delete
-- db: keys
-- for: sqlite
DELETE FROM dk WHERE place = (1 << 62) + ($1 << 17) + ($2 << 1) + $3;

-- name: dk_delete
-- db: keys
-- for: postgresql
DELETE FROM dk WHERE sn = $1 AND category = $2 AND generation = $3;

-- Both generations: noted as ended in lane $1, overwritten, taken away.
-- name: dk_end_note
-- db: keys
-- for: sqlite
INSERT INTO ended (place) SELECT place FROM dk WHERE $1 = 0 AND place >= (1 << 62) + ($2 << 17) + ($3 << 1)
AND place < (1 << 62) + ($2 << 17) + ($3 << 1) + 2 ON CONFLICT DO NOTHING;

-- name: dk_end_note
-- db: keys
-- for: postgresql
INSERT INTO ended (lane, sn, category, generation) SELECT $1, sn, category, generation FROM dk
WHERE sn = $2 AND category = $3 ON CONFLICT DO NOTHING;

-- name: dk_end_zero
-- db: keys
-- for: sqlite
UPDATE dk SET row = zeroblob(128) WHERE place >= (1 << 62) + ($1 << 17) + ($2 << 1) AND place < (1 << 62) + ($1 << 17) + ($2 << 1) + 2;

-- name: dk_end_zero
-- db: keys
-- for: postgresql
UPDATE dk SET row = decode(repeat('00', 128), 'hex') WHERE sn = $1 AND category = $2;

-- name: dk_end
-- db: keys
-- for: sqlite
DELETE FROM dk WHERE place >= (1 << 62) + ($1 << 17) + ($2 << 1) AND place < (1 << 62) + ($1 << 17) + ($2 << 1) + 2;

-- name: dk_end
-- db: keys
-- for: postgresql
DELETE FROM dk WHERE sn = $1 AND category = $2;

-- name: dk_categories
-- db: keys
-- for: sqlite
SELECT (place >> 1) & 65535, MIN(place & 1) FROM dk
WHERE place >= (1 << 62) + ($1 << 17) AND place < (1 << 62) + (($1 + 1) << 17) GROUP BY 1 ORDER BY 1 LIMIT $2;

-- name: dk_categories
-- db: keys
-- for: postgresql
SELECT category, MIN(generation) FROM dk WHERE sn = $1 GROUP BY category ORDER BY category LIMIT $2;

-- Keys of people numbered $1 to below $2.
-- name: dk_between
-- db: keys
-- for: sqlite
SELECT (place - (1 << 62)) >> 17, (place >> 1) & 65535, place & 1, row FROM dk
WHERE place >= (1 << 62) + ($1 << 17) AND place < (1 << 62) + ($2 << 17) ORDER BY place LIMIT $3;

-- name: dk_between
-- db: keys
-- for: postgresql
SELECT sn, category, generation, row FROM dk WHERE sn >= $1 AND sn < $2 ORDER BY sn, category, generation LIMIT $3;

-- name: dk_last
-- db: keys
-- for: sqlite
SELECT (MAX(place) - (1 << 62)) >> 17 FROM dk WHERE place >= (1 << 62) + ($1 << 17) AND place < (1 << 62) + ($2 << 17);

-- name: dk_last
-- db: keys
-- for: postgresql
SELECT MAX(sn) FROM dk WHERE sn >= $1 AND sn < $2;

-- name: dk_count
-- db: keys
SELECT COUNT(*) FROM dk;

-- What lane $1 has ended. Over one's own files there is lane 0 and no other.
-- name: ended_put
-- db: keys
-- for: sqlite
INSERT INTO ended (place) SELECT (1 << 62) + ($2 << 17) + ($3 << 1) + $4 WHERE $1 = 0 ON CONFLICT DO NOTHING;

-- name: ended_put
-- db: keys
-- for: postgresql
INSERT INTO ended (lane, sn, category, generation) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: ended_next
-- db: keys
-- for: sqlite
SELECT (place - (1 << 62)) >> 17, (place >> 1) & 65535, place & 1 FROM ended WHERE $1 = 0 ORDER BY place LIMIT $2;

-- name: ended_next
-- db: keys
-- for: postgresql
SELECT sn, category, generation FROM ended WHERE lane = $1 ORDER BY sn, category, generation LIMIT $2;

-- Whether an erasure there is not known to be finished, in any lane.
-- name: ended_any
-- db: keys
-- for: sqlite
SELECT 1 FROM ended WHERE place >= (1 << 62) + ($1 << 17) + ($2 << 1) AND place < (1 << 62) + ($1 << 17) + ($2 << 1) + 2 LIMIT 1;

-- name: ended_any
-- db: keys
-- for: postgresql
SELECT 1 FROM ended WHERE sn = $1 AND category = $2 LIMIT 1;

-- name: ended_delete
-- db: keys
-- for: sqlite
DELETE FROM ended WHERE $1 = 0 AND place = (1 << 62) + ($2 << 17) + ($3 << 1) + $4;

-- name: ended_delete
-- db: keys
-- for: postgresql
DELETE FROM ended WHERE lane = $1 AND sn = $2 AND category = $3 AND generation = $4;

-- name: ended_clear
-- db: keys
-- for: sqlite
DELETE FROM ended WHERE $1 = 0;

-- name: ended_clear
-- db: keys
-- for: postgresql
DELETE FROM ended WHERE lane = $1;

-- name: record_due_first
SELECT MIN(due_us) FROM record WHERE due_us IS NOT NULL;

-- name: purge_count
SELECT COUNT(*) FROM purge;
