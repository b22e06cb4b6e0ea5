-- What several nodes over one store have to agree on.

-- Taken when nobody holds it, it has run out, or it is ours; renewed then. Nothing changed: somebody else's.
-- name: lease_take
-- for: sqlite
INSERT INTO lease (name, holder, until_us) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us;

-- name: lease_take
-- for: postgresql
UPDATE lease SET holder = $2, until_us = (date_part('epoch', clock_timestamp()) * 1000000)::bigint + $3
WHERE name IN (SELECT name FROM lease WHERE name = $1
AND (holder = $2 OR until_us < (date_part('epoch', clock_timestamp()) * 1000000)::bigint) FOR UPDATE SKIP LOCKED);

-- The row there is to take.
-- name: lease_make
INSERT INTO lease (name, holder, until_us) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING;

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
