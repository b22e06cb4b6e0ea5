/* The life of an epoch: prepared, active, retiring, destroyed. */
#include "crypt/crypt.h"
#include "keyring/keyring_priv.h"

/* How far a key has got. */
static int
rank(enum keyring_state state)
{
    static const int ranks[] = {[KEYRING_PREPARED] = 1, [KEYRING_ACTIVE] = 2,
                                [KEYRING_RETIRING] = 3, [KEYRING_DESTROYED] = 4};
    return ranks[state];
}

const struct keyring_key *
keyring_epoch_prepared(const struct keyring *keyring)
{
    for (size_t i = 0; i < keyring->key_count; i++)
        if (keyring->keys[i].kind == KEYRING_EPOCH && keyring->keys[i].state == KEYRING_PREPARED)
            return &keyring->keys[i];
    return NULL;
}

const struct keyring_key *
keyring_epoch_newest(const struct keyring *keyring)
{
    const struct keyring_key *prepared = keyring_epoch_prepared(keyring);
    return prepared != NULL ? prepared : keyring_key(keyring, KEYRING_EPOCH, 0);
}

struct epoch_mark
keyring_mark(const struct keyring_key *epoch)
{
    struct epoch_mark mark = {.number = epoch->id};
    memcpy(mark.check, epoch->check, sizeof mark.check);
    return mark;
}

enum epoch_use
keyring_epoch_find(const struct keyring *keyring, const struct epoch_mark *mark)
{
    for (size_t i = 0; i < keyring->key_count; i++) {
        const struct keyring_key *key = &keyring->keys[i];
        if (key->kind != KEYRING_EPOCH || key->id != mark->number)
            continue;
        if (memcmp(key->check, mark->check, sizeof key->check) != 0)
            return EPOCH_OTHER;
        return key->state == KEYRING_DESTROYED ? EPOCH_ENDED : EPOCH_USED;
    }
    return EPOCH_MISSING;
}

bool
keyring_epoch_prepare(struct keyring *keyring, uint64_t now_us, struct err *err)
{
    const struct keyring_key *prepared = keyring_epoch_prepared(keyring);
    if (prepared != NULL)
        return err_set(err, ERR_CONFLICT,
                       "epoch %u is prepared already; activate it (also when another node did), or cancel it, before the "
                       "next one",
                       prepared->id);
    if (!keyring_key_add(keyring, KEYRING_EPOCH, now_us, err))
        return false;
    keyring->keys[keyring->key_count - 1].state = KEYRING_PREPARED;
    return true;
}

bool
keyring_epoch_activate(struct keyring *keyring, uint32_t number, struct err *err)
{
    const struct keyring_key *prepared = keyring_epoch_prepared(keyring);
    if (prepared == NULL || prepared->id != number)
        return err_set(err, ERR_CONFLICT, "epoch %u is not prepared here", number);
    for (size_t i = 0; i < keyring->key_count; i++) {
        struct keyring_key *key = &keyring->keys[i];
        if (key->kind == KEYRING_EPOCH && key->state == KEYRING_ACTIVE)
            key->state = KEYRING_RETIRING;
        else if (key == prepared)
            key->state = KEYRING_ACTIVE;
    }
    return true;
}

bool
keyring_epoch_cancel(struct keyring *keyring, struct err *err)
{
    const struct keyring_key *prepared = keyring_epoch_prepared(keyring);
    if (prepared == NULL)
        return err_set(err, ERR_CONFLICT, "no epoch is prepared here");
    size_t at = (size_t)(prepared - keyring->keys);
    keyring->key_count--;
    memmove(&keyring->keys[at], &keyring->keys[at + 1],
            (keyring->key_count - at) * sizeof keyring->keys[0]);
    crypt_wipe(&keyring->keys[keyring->key_count], sizeof keyring->keys[0]);
    return true;
}

static struct keyring_key *
key_like(struct keyring *keyring, const struct keyring_key *key)
{
    for (size_t i = 0; i < keyring->key_count; i++)
        if (keyring->keys[i].kind == key->kind && keyring->keys[i].id == key->id)
            return &keyring->keys[i];
    return NULL;
}

/* Before anything is changed. */
static bool
merge_fits(struct keyring *keyring, const struct keyring *other, struct err *err)
{
    size_t more = 0;
    if (memcmp(keyring->vault_id, other->vault_id, 16) != 0)
        return err_set(err, ERR_CONFLICT, "the two keyrings belong to different vaults");
    for (size_t i = 0; i < other->key_count; i++) {
        const struct keyring_key *theirs = &other->keys[i], *ours = key_like(keyring, theirs);
        if (ours == NULL) {
            more++;
            continue;
        }
        if (memcmp(ours->check, theirs->check, sizeof ours->check) == 0)
            continue;
        if (theirs->kind == KEYRING_EPOCH)
            return err_set(err, ERR_CONFLICT,
                           "epoch %u here and epoch %u there are two different keys: it was prepared on two nodes; "
                           "cancel one that no node has activated (troth keys epoch cancel)",
                           ours->id, theirs->id);
        return err_set(err, ERR_CONFLICT, "the two keyrings have different keys under one number");
    }
    return keyring->key_count + more <= KEYRING_KEYS ||
           err_set(err, ERR_FULL, "the keyring holds %d keys and is full", KEYRING_KEYS);
}

bool
keyring_merge(struct keyring *keyring, const struct keyring *other, size_t *ret_news,
              struct err *err)
{
    size_t news = 0;
    if (!merge_fits(keyring, other, err))
        return false;
    for (size_t i = 0; i < other->key_count; i++) {
        const struct keyring_key *theirs = &other->keys[i];
        struct keyring_key *ours = key_like(keyring, theirs);
        if (ours != NULL && rank(ours->state) >= rank(theirs->state))
            continue;
        if (ours == NULL)
            ours = &keyring->keys[keyring->key_count++];
        *ours = *theirs; /* a destroyed one comes without its key */
        news++;
    }
    const char *fault = keyring_fault(keyring);
    *ret_news = news;
    return fault == NULL || err_set(err, ERR_CONFLICT, "the two keyrings do not fit: %s", fault);
}
