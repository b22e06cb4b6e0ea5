#include "crypt/crypt.h"
#include "keyring/keyd_priv.h"

static void
core_stand(struct keyd_core *core, const struct note *note)
{
    core->stands = true;
    core->size = note->size;
    memcpy(core->root, note->root, 32);
    core->origin_n = note->origin.n;
    memcpy(core->origin, note->origin.p, note->origin.n);
}

static bool
empty_tree(const uint8_t root[32])
{
    uint8_t empty[CRYPT_HASH];
    crypt_sha256(NULL, 0, empty);
    return memcmp(empty, root, 32) == 0;
}

bool
core_sign(struct keyd_core *core, const struct core_sign_ask *ask, uint8_t ret[64], struct err *err)
{
    struct note note;
    if (!note_read(ask->note, &note, err))
        return false;
    if (note.size != ask->size || memcmp(note.root, ask->root, 32) != 0)
        return err_set(err, ERR_LEDGER, "the note is not about that size and root");
    if (note.size == 0 && !empty_tree(note.root))
        return err_set(err, ERR_LEDGER, "an empty ledger has another root");
    if (!core->stands) {
        if (ask->old_size != 0 || ask->proof_count != 0)
            return err_set(err, ERR_LEDGER, "nothing was signed since the start: resume first");
    } else {
        if (!span_eq(note.origin, span_of(core->origin, core->origin_n)))
            return err_set(err, ERR_LEDGER, "the origin of the ledger has changed");
        if (ask->old_size != core->size)
            return err_set(err, ERR_LEDGER, "the checkpoint signed last has size %llu",
                           (unsigned long long)core->size);
        if (!extend_check(core->size, core->root, note.size, note.root, ask->proof,
                          ask->proof_count))
            return err_set(err, ERR_LEDGER, "the checkpoint does not extend the one of size %llu",
                           (unsigned long long)core->size);
    }
    const struct keyring_key *seed = keyring_key(&core->keyring, KEYRING_LEDGER, 0);
    TROTH_ASSERT(seed != NULL); /* keyring_decode wants one */
    crypt_sign(seed->key, ask->note, ret);
    core_stand(core, &note);
    return true;
}

bool
core_resume(struct keyd_core *core, struct span text, const uint8_t sig[64], struct err *err)
{
    struct note note;
    uint8_t public_key[CRYPT_PUBLIC];
    if (!note_read(text, &note, err))
        return false;
    const struct keyring_key *seed = keyring_key(&core->keyring, KEYRING_LEDGER, 0);
    TROTH_ASSERT(seed != NULL);
    crypt_sign_key(seed->key, public_key);
    if (!crypt_verify(public_key, text, sig))
        return err_set(err, ERR_LEDGER, "the checkpoint does not bear this keyring's signature");
    if (core->stands && (note.size != core->size || memcmp(note.root, core->root, 32) != 0 ||
                         !span_eq(note.origin, span_of(core->origin, core->origin_n))))
        return err_set(err, ERR_LEDGER, "the ledger stands elsewhere already: resume comes first");
    core_stand(core, &note);
    return true;
}
