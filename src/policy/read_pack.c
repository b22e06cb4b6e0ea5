/*
 * All files of a policy in one text, so that a store can keep what it was compiled from:
 *
 *      %policy 1204
 *      … 1204 bytes, a line end
 *      %file 310 parts/data.yaml
 *      … 310 bytes, a line end
 *
 * A line of a policy file never begins with % (read_guard.c).
 */
#include "policy/read.h"

void
policy_pack(const struct policy_file *files, int count, struct buf *out)
{
    if (count == 1) {
        buf_put(out, files[0].text);
        return;
    }
    for (int i = 0; i < count; i++) {
        buf_fmt(out, i == 0 ? "%%policy %zu" : "%%file %zu ", files[i].text.n);
        buf_str(out, i == 0 ? "" : files[i].name);
        buf_char(out, '\n');
        buf_put(out, files[i].text);
        buf_char(out, '\n');
    }
}

/* The next file of the pack; its name is not ended by a zero. */
static bool
pack_next(struct span *pack, const char *word, struct span *ret_name, struct span *ret_text)
{
    struct span line, count;
    uint64_t n;
    if (!span_split(pack, '\n', &line) || !span_starts(line, span_str(word)))
        return false;
    line = span_sub(line, strlen(word), line.n);
    if (!span_split(&line, ' ', &count) || !span_u64(count, pack->n, &n) || n >= pack->n || pack->p[n] != '\n')
        return false;
    *ret_name = line;
    *ret_text = span_sub(*pack, 0, n);
    *pack = span_sub(*pack, n + 1, pack->n);
    return true;
}

static bool
packed_text(void *self, const char *name, struct span *ret, struct err *err)
{
    struct span pack = *(const struct span *)self, found, text;
    while (pack.n > 0 && pack_next(&pack, "%file ", &found, &text))
        if (span_is(found, name)) {
            *ret = text;
            return true;
        }
    return err_set(err, ERR_NOT_FOUND, "%s is not among the files kept", name);
}

bool
policy_read_pack(struct span pack, const char *file, int64_t today_days, struct policy_faults *faults,
                 struct policy **ret, struct err *err)
{
    struct span rest = pack, none, text = pack;
    struct policy_beside beside = {packed_text, &rest};
    bool packed = span_starts(pack, SPAN("%policy "));
    if (packed && !pack_next(&rest, "%policy ", &none, &text))
        return err_set(err, ERR_CORRUPT, "the files of a policy are not kept as they were written");
    return policy_read_beside(text, file, packed ? &beside : NULL, today_days, faults, ret, err);
}
