/* A hash table of marks, open addressing; 24 bytes for each entry, so that a million rows take 48 MiB. */
#include "cli/import_priv.h"

#include "crypt/crypt.h"

#include <stdlib.h>

enum { SEEN_FIRST = 1 << 12 };

struct entry {
    uint8_t key[16];
    uint32_t row;         /* 0: free */
    uint32_t subject;     /* a short hash; 0: a new person */
};

struct seen {
    struct entry *entries;
    size_t cap, count;    /* cap is a power of two, at most three quarters of it are taken */
};

bool
seen_open(struct seen **ret, struct err *err)
{
    struct seen *seen = calloc(1, sizeof *seen);
    if (seen != NULL) {
        seen->cap = SEEN_FIRST;
        seen->entries = calloc(seen->cap, sizeof *seen->entries);
    }
    if (seen == NULL || seen->entries == NULL) {
        seen_close(&seen);
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    }
    *ret = seen;
    return true;
}

void
seen_close(struct seen **seen)
{
    if (*seen != NULL)
        free((*seen)->entries);
    free(*seen);
    *seen = NULL;
}

/* Where the key is, or would be. Keys are hashes, so they are their own place. */
static struct entry *
place_of(struct entry *entries, size_t cap, const uint8_t key[16])
{
    size_t at = (size_t)get_be64(key) & (cap - 1);
    while (entries[at].row != 0 && memcmp(entries[at].key, key, 16) != 0)
        at = (at + 1) & (cap - 1);
    return &entries[at];
}

static bool
grow(struct seen *seen, struct err *err)
{
    size_t cap = 2 * seen->cap;
    struct entry *entries = calloc(cap, sizeof *entries);
    if (entries == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory to compare so many rows");
    for (size_t i = 0; i < seen->cap; i++)
        if (seen->entries[i].row != 0)
            *place_of(entries, cap, seen->entries[i].key) = seen->entries[i];
    free(seen->entries);
    seen->entries = entries;
    seen->cap = cap;
    return true;
}

/* Marks of two fields are not comparable: the field goes into the key. */
static void
key_make(struct span field, const uint8_t mark[16], uint8_t ret[16])
{
    uint8_t hash[CRYPT_HASH];
    const struct span parts[] = {span_of(mark, 16), field};
    crypt_sha256(parts, 2, hash);
    memcpy(ret, hash, 16);
}

static uint32_t
subject_short(const char *subject)
{
    return subject[0] == '\0' ? 0 : span_hash(span_str(subject)) | 1;
}

uint64_t
seen_find(const struct seen *seen, struct span field, const uint8_t mark[16], const char *subject)
{
    uint8_t key[16];
    key_make(field, mark, key);
    const struct entry *entry = place_of(seen->entries, seen->cap, key);
    bool same = subject[0] != '\0' && entry->subject == subject_short(subject);
    return same ? 0 : entry->row;
}

bool
seen_put(struct seen *seen, struct span field, const uint8_t mark[16], const char *subject,
         uint64_t row, struct err *err)
{
    uint8_t key[16];
    if (seen->count == LIMIT_IMPORT_UNIQUE)
        return err_set(err, ERR_TOO_LARGE, "the file has more than %d values that must be there once; split it",
                       LIMIT_IMPORT_UNIQUE);
    if (4 * (seen->count + 1) > 3 * seen->cap && !grow(seen, err))
        return false;
    key_make(field, mark, key);
    struct entry *entry = place_of(seen->entries, seen->cap, key);
    seen->count += entry->row == 0;
    memcpy(entry->key, key, 16);
    entry->row = (uint32_t)row;
    entry->subject = subject_short(subject);
    return true;
}
