-- What several nodes over one store have to agree on.

-- The database's clock, when the statement is come to.
-- name: clock_now
-- for: sqlite
SELECT 0;

-- name: clock_now
-- for: postgresql
SELECT (date_part('epoch', clock_timestamp()) * 1000000)::bigint;

-- Two arrays as text: keys, and whether they are wanted alone (store/txn.h). Waits for each, in their order.
-- name: guards_take
-- for: sqlite
SELECT 0 WHERE $1 = $2;

-- name: guards_take
-- for: postgresql
SELECT count(*) FROM unnest($1::text::bigint[], $2::text::boolean[]) AS g (k, own)
WHERE CASE WHEN own THEN pg_advisory_xact_lock(k) IS NULL ELSE pg_advisory_xact_lock_shared(k) IS NULL END;

-- Those that could be had at once.
-- name: guards_try
-- for: sqlite
SELECT 0 WHERE $1 = $2;

-- name: guards_try
-- for: postgresql
SELECT k FROM unnest($1::text::bigint[], $2::text::boolean[]) AS g (k, own)
WHERE CASE WHEN own THEN pg_try_advisory_xact_lock(k) ELSE pg_try_advisory_xact_lock_shared(k) END;

-- Taken when nobody holds it, it has run out, or it is ours; renewed then. Nothing changed: somebody else's.
-- name: lease_take
-- for: sqlite
INSERT INTO lease (name, holder, until_us) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us;

-- name: lease_take
-- for: postgresql
UPDATE lease SET holder = $2, until_us = (date_part('epoch', clock_timestamp()) * 1000000)::bigint + $3
WHERE name IN (SELECT name FROM lease WHERE name = $1
AND (holder = $2 OR until_us < (date_part('epoch', clock_timestamp()) * 1000000)::bigint) FOR UPDATE SKIP LOCKED);

-- What one holder has is free for others.
-- name: leases_give
UPDATE lease SET until_us = 0 WHERE holder = $1;

-- name: lane_open
INSERT INTO lane (lane, state) VALUES ($1, 1) ON CONFLICT (lane) DO UPDATE SET state = 1;

-- name: lane_settled
UPDATE lane SET state = 2 WHERE lane = $1;

-- Other lanes that are in use, or were when their node fell.
-- name: lane_others
SELECT lane FROM lane WHERE state = 1 AND lane <> $1 ORDER BY lane LIMIT $2;

-- Somebody else's lane, for as long as the session lives or until it is given back; in both databases.
-- name: lane_lock
-- for: sqlite
SELECT $1 = 0;

-- name: lane_lock
-- for: postgresql
SELECT pg_try_advisory_lock(1953656692, $1::bigint::int);

-- name: lane_unlock
-- for: sqlite
SELECT $1 = 0;

-- name: lane_unlock
-- for: postgresql
SELECT pg_advisory_unlock(1953656692, $1::bigint::int);

-- name: lane_lock_keys
-- db: keys
-- for: sqlite
SELECT $1 = 0;

-- name: lane_lock_keys
-- db: keys
-- for: postgresql
SELECT pg_try_advisory_lock(1953656692, $1::bigint::int);

-- name: lane_unlock_keys
-- db: keys
-- for: sqlite
SELECT $1 = 0;

-- name: lane_unlock_keys
-- db: keys
-- for: postgresql
SELECT pg_advisory_unlock(1953656692, $1::bigint::int);

-- The next $2 numbers for lane $1; nothing inserted: another node was quicker.
-- name: block_take
INSERT INTO sn_block (first, lane, state) SELECT COALESCE(MAX(first) + $2, 1), $1, 1 FROM sn_block WHERE first > 0 ON CONFLICT DO NOTHING;

-- name: block_newest
SELECT COALESCE(MAX(first), 0) FROM sn_block WHERE lane = $1;

-- name: block_open
SELECT first FROM sn_block WHERE lane = $1 AND state = 1 AND first > $2 ORDER BY first LIMIT $3;

-- name: block_settled
UPDATE sn_block SET state = 2 WHERE first = $1;

-- Whoever writes this setting next waits for the end of our transaction.
-- name: meta_lock
UPDATE meta SET value = value WHERE name = $1;

-- The lanes somebody's session holds the lock of now (store/pg_link.c): nodes that can read what is written here.
-- name: lane_held
-- for: sqlite
SELECT 0 WHERE FALSE;

-- name: lane_held
-- for: postgresql
SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = 1953656692 AND objsubid = 2 AND granted
AND database IN (SELECT oid FROM pg_database WHERE datname = current_database()) ORDER BY 1;
