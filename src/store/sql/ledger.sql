-- The ledger's rows. Nothing here changes or deletes.

-- name: ledger_entry_put
INSERT INTO ledger_entry (seq, row) VALUES ($1, $2);

-- name: ledger_entry_put_16
INSERT INTO ledger_entry (seq, row) VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8), ($9, $10), ($11, $12), ($13, $14), ($15, $16), ($17, $18), ($19, $20), ($21, $22), ($23, $24), ($25, $26), ($27, $28), ($29, $30), ($31, $32);

-- name: ledger_entry_get
SELECT row FROM ledger_entry WHERE seq = $1;

-- name: ledger_entry_range
SELECT seq, row FROM ledger_entry WHERE seq >= $1 AND seq < $2 ORDER BY seq;

-- name: ledger_entry_last
SELECT seq, row FROM ledger_entry ORDER BY seq DESC LIMIT 1;

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
