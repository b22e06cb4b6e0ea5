-- The ledger's rows. Nothing here changes or deletes.
--
-- seq is an entry's place in the tree. Its number is lane and no in one: lane << 40 | no. On SQLite entries lie by seq,
-- and number and seq are the same, but for what a store on PostgreSQL brought: ledger_run tells those numbers. On
-- PostgreSQL they lie by lane and no, and have no place before ledger_run gives them one.

-- $1: the number.
-- name: ledger_entry_put
-- for: sqlite
INSERT INTO ledger_entry (seq, row) VALUES ($1, $2);

-- name: ledger_entry_put
-- for: postgresql
INSERT INTO ledger_entry (lane, no, row) VALUES ($1::bigint >> 40, $1::bigint & 1099511627775, $2);

-- name: ledger_entry_put_16
-- for: sqlite
INSERT INTO ledger_entry (seq, row) VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16), ($17, $18), ($19, $20), ($21, $22), ($23, $24), ($25, $26), ($27, $28), ($29, $30), ($31, $32);

-- name: ledger_entry_put_16
-- for: postgresql
INSERT INTO ledger_entry (lane, no, row) VALUES
($1::bigint >> 40, $1::bigint & 1099511627775, $2), ($3::bigint >> 40, $3::bigint & 1099511627775, $4),
($5::bigint >> 40, $5::bigint & 1099511627775, $6), ($7::bigint >> 40, $7::bigint & 1099511627775, $8),
($9::bigint >> 40, $9::bigint & 1099511627775, $10), ($11::bigint >> 40, $11::bigint & 1099511627775, $12),
($13::bigint >> 40, $13::bigint & 1099511627775, $14), ($15::bigint >> 40, $15::bigint & 1099511627775, $16),
($17::bigint >> 40, $17::bigint & 1099511627775, $18), ($19::bigint >> 40, $19::bigint & 1099511627775, $20),
($21::bigint >> 40, $21::bigint & 1099511627775, $22), ($23::bigint >> 40, $23::bigint & 1099511627775, $24),
($25::bigint >> 40, $25::bigint & 1099511627775, $26), ($27::bigint >> 40, $27::bigint & 1099511627775, $28),
($29::bigint >> 40, $29::bigint & 1099511627775, $30), ($31::bigint >> 40, $31::bigint & 1099511627775, $32);

-- Where entry number $1 is in the tree, and whether there is such an entry at all. Of a lane's runs only the newest that
-- begins before it is looked at.
-- name: ledger_entry_place
-- for: sqlite
SELECT (SELECT e.seq FROM ledger_entry e WHERE e.seq = COALESCE((SELECT r.seq + ($1 & 1099511627775) - r.no
FROM (SELECT seq, no, count FROM ledger_run WHERE lane = $1 >> 40 AND no <= $1 & 1099511627775 ORDER BY no DESC LIMIT 1) r
WHERE r.no + r.count > $1 & 1099511627775), $1)),
EXISTS (SELECT 1 FROM ledger_entry e WHERE e.seq = $1);

-- name: ledger_entry_place
-- for: postgresql
SELECT (SELECT r.seq + ($1::bigint & 1099511627775) - r.no
FROM (SELECT seq, no, count FROM ledger_run WHERE lane = $1::bigint >> 40 AND no <= $1::bigint & 1099511627775 ORDER BY no DESC LIMIT 1) r
WHERE r.no + r.count > $1::bigint & 1099511627775),
EXISTS (SELECT 1 FROM ledger_entry e WHERE e.lane = $1::bigint >> 40 AND e.no = $1::bigint & 1099511627775);

-- By number, wherever it is in the tree.
-- name: ledger_entry_get
-- for: sqlite
SELECT row FROM ledger_entry WHERE seq = $1;

-- name: ledger_entry_get
-- for: postgresql
SELECT row FROM ledger_entry WHERE lane = $1::bigint >> 40 AND no = $1::bigint & 1099511627775;

-- Leaves $1 to $2 - 1 of the tree. The LIMIT keeps PostgreSQL at one short look into the lane for each run, whatever it
-- thinks of the tables' sizes.
-- name: ledger_entry_range
-- for: sqlite
SELECT seq, row FROM ledger_entry WHERE seq >= $1 AND seq < $2 ORDER BY seq;

-- name: ledger_entry_range
-- for: postgresql
SELECT r.seq + e.no - r.no, e.row FROM ledger_run r, LATERAL (SELECT no, row FROM ledger_entry
WHERE lane = r.lane AND no >= r.no + GREATEST($1::bigint - r.seq, 0) AND no < r.no + LEAST($2::bigint - r.seq, r.count)
ORDER BY no LIMIT GREATEST($2::bigint - $1::bigint, 0)) e
WHERE r.seq >= COALESCE((SELECT seq FROM ledger_run WHERE seq <= $1 ORDER BY seq DESC LIMIT 1), 0) AND r.seq < $2
ORDER BY r.seq, e.no;

-- The tree's last leaf.
-- name: ledger_entry_last
-- for: sqlite
SELECT seq, row FROM ledger_entry ORDER BY seq DESC LIMIT 1;

-- name: ledger_entry_last
-- for: postgresql
SELECT r.seq + r.count - 1, e.row FROM (SELECT seq, lane, no, count FROM ledger_run ORDER BY seq DESC LIMIT 1) r
LEFT JOIN ledger_entry e ON e.lane = r.lane AND e.no = r.no + r.count - 1;

-- The last entry of lane $1, in the tree or not.
-- name: ledger_lane_last
-- for: sqlite
SELECT seq, row FROM ledger_entry WHERE $1 = 0 ORDER BY seq DESC LIMIT 1;

-- name: ledger_lane_last
-- for: postgresql
SELECT no, row FROM ledger_entry WHERE lane = $1 ORDER BY no DESC LIMIT 1;

-- Entries of lane $1 from no $2 on.
-- name: ledger_lane_from
-- for: sqlite
SELECT seq, row FROM ledger_entry WHERE $1 = 0 AND seq >= $2 ORDER BY seq LIMIT $3;

-- name: ledger_lane_from
-- for: postgresql
SELECT no, row FROM ledger_entry WHERE lane = $1 AND no >= $2 ORDER BY no LIMIT $3;

-- The next lane behind $1 that has entries. On SQLite each has its place in the tree, and nothing is left in lanes.
-- name: ledger_lane_next
-- for: sqlite
SELECT seq FROM ledger_entry WHERE seq < 0 AND seq > $1 LIMIT 1;

-- name: ledger_lane_next
-- for: postgresql
SELECT lane FROM ledger_entry WHERE lane > $1 ORDER BY lane LIMIT 1;

-- Lanes with entries that have no place yet: which, the first of them, and how many. On SQLite each has its place.
-- name: ledger_lane_waiting
-- for: sqlite
SELECT seq, seq, seq FROM ledger_entry WHERE seq < 0;

-- name: ledger_lane_waiting
-- for: postgresql
SELECT w.lane, w.placed, w.upto - w.placed FROM (SELECT l.lane,
(SELECT e.no + 1 FROM ledger_entry e WHERE e.lane = l.lane ORDER BY e.no DESC LIMIT 1) AS upto,
COALESCE((SELECT r.no + r.count FROM ledger_run r WHERE r.lane = l.lane ORDER BY r.no DESC LIMIT 1), 0) AS placed
FROM (SELECT generate_series(1::bigint, 64)) AS l (lane)) AS w WHERE w.upto > w.placed ORDER BY w.lane;

-- What a node wants to know between turns: the tree's size, that of the newest checkpoint, and how many entries wait.
-- name: ledger_look
-- for: sqlite
SELECT COALESCE((SELECT MAX(seq) + 1 FROM ledger_entry), 0), COALESCE((SELECT MAX(size) FROM ledger_checkpoint), 0), 0;

-- name: ledger_look
-- for: postgresql
SELECT COALESCE((SELECT r.seq + r.count FROM ledger_run r ORDER BY r.seq DESC LIMIT 1), 0),
COALESCE((SELECT c.size FROM ledger_checkpoint c ORDER BY c.size DESC LIMIT 1), 0),
(SELECT COALESCE(SUM(w.upto - w.placed), 0)::bigint FROM (SELECT
(SELECT e.no + 1 FROM ledger_entry e WHERE e.lane = l.lane ORDER BY e.no DESC LIMIT 1) AS upto,
COALESCE((SELECT r.no + r.count FROM ledger_run r WHERE r.lane = l.lane ORDER BY r.no DESC LIMIT 1), 0) AS placed
FROM (SELECT generate_series(1::bigint, 64)) AS l (lane)) AS w WHERE w.upto > w.placed);

-- name: ledger_run_put
INSERT INTO ledger_run (seq, lane, no, count) VALUES ($1, $2, $3, $4);

-- name: ledger_run_last
SELECT seq, lane, no, count FROM ledger_run ORDER BY seq DESC LIMIT 1;

-- name: ledger_run_from
SELECT seq, lane, no, count FROM ledger_run WHERE seq >= $1 ORDER BY seq LIMIT $2;

-- name: ledger_tile_put
INSERT INTO ledger_tile (level, no, hashes) VALUES ($1, $2, $3);

-- name: ledger_tile_get
SELECT hashes FROM ledger_tile WHERE level = $1 AND no = $2;

-- name: ledger_tile_count
SELECT COUNT(*) FROM ledger_tile;

-- name: ledger_checkpoint_put
INSERT INTO ledger_checkpoint (size, at_us, note) VALUES ($1, $2, $3);

-- name: ledger_checkpoint_last
SELECT size, at_us, note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1;

-- name: ledger_checkpoint_from
SELECT size, at_us, note FROM ledger_checkpoint WHERE size > $1 ORDER BY size LIMIT $2;
