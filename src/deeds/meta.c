#include "deeds/deed_priv.h"

bool
meta_read(struct txn *txn, struct arena *arena, const char *name, struct span *ret, struct err *err)
{
    const struct val in[] = {val_text(span_str(name))};
    struct val out[1];
    bool found = false;
    if (!rows_one(txn, arena, SQL_meta_get, in, 1, out, 1, &found, err))
        return false;
    *ret = found ? out[0].s : SPAN_NONE;
    return true;
}

bool
meta_write(struct txn *txn, const char *name, struct span value, struct err *err)
{
    const struct val in[] = {val_text(span_str(name)), val_blob(value.p, value.n)};
    return rows_run(txn, SQL_meta_set, in, 2, NULL, err);
}

bool
meta_get(struct instance *it, const char *name, struct span *ret, struct err *err)
{
    return meta_read(it->txn, &it->scratch, name, ret, err);
}

bool
meta_set(struct instance *it, const char *name, struct span value, struct err *err)
{
    return meta_write(it->txn, name, value, err);
}
