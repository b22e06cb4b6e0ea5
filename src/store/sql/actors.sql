-- Tokens, idempotency keys, the store's own notes.

-- name: meta_get
SELECT value FROM meta WHERE name = $1;

-- name: meta_set
INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: policy_version_by_hash
SELECT no, activated_us FROM policy_version WHERE hash = $1;

-- name: policy_version_by_no
SELECT hash, activated_us, source FROM policy_version WHERE no = $1;

-- name: policy_version_put
INSERT INTO policy_version (no, hash, activated_us, source) SELECT COALESCE(MAX(no), 0) + 1, $1, $2, $3 FROM policy_version;

-- name: token_by_hash
SELECT t.id, t.role, t.sn, t.expires_us, t.revoked_us, s.id FROM token t LEFT JOIN subject s ON s.sn = t.sn WHERE t.hash = $1;

-- name: token_put
-- taken: expected
-- for: sqlite
INSERT INTO token (hash, id, role, name, sn, created_us, expires_us) VALUES ($1, $2, $3, $4, $5, $6, $7);

-- name: token_put
-- taken: expected
-- for: postgresql
INSERT INTO token (hash, id, role, name, sn, created_us, expires_us) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING;

-- name: token_revoke
UPDATE token SET revoked_us = $2 WHERE name = $1 AND revoked_us IS NULL;

-- name: token_by_name
SELECT id, role, sn, created_us, expires_us, revoked_us FROM token WHERE name = $1;

-- name: token_list
SELECT name, role, sn IS NOT NULL, created_us, expires_us, revoked_us FROM token WHERE name > $1 ORDER BY name LIMIT $2;

-- name: token_erase
DELETE FROM token WHERE sn = $1;

-- name: idempotency_get
SELECT request, status, reply FROM idempotency WHERE key = $1;

-- name: idempotency_put
INSERT INTO idempotency (key, request, status, reply, sn, created_us) VALUES ($1, $2, $3, $4, $5, $6);

-- name: idempotency_erase
DELETE FROM idempotency WHERE sn = $1;

-- name: idempotency_old
-- for: sqlite
DELETE FROM idempotency WHERE key IN (SELECT key FROM idempotency WHERE created_us < $1 LIMIT $2);

-- The inner LIMIT: see record_due.
-- name: idempotency_old
-- for: postgresql
DELETE FROM idempotency WHERE key IN
(SELECT key FROM (SELECT key FROM idempotency WHERE created_us < $1 ORDER BY created_us LIMIT 256) o LIMIT $2);
