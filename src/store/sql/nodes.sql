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

-- name: lease_give
UPDATE lease SET until_us = 0 WHERE name = $1 AND holder = $2;
