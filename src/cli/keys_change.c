/* What changes a keyring: slots for further secrets, and the three steps of an epoch. */
#include "cli/keys_priv.h"

#include "base/clock.h"
#include "crypt/crypt.h"
#include "deeds/epoch.h"

#include <string.h>
#include <unistd.h>

static bool
second_source(const struct args *args, struct key_source *ret, struct err *err)
{
    const char *file = arg_value(args, "new-key-file"), *fd = arg_value(args, "new-passphrase-fd");
    const char *first = arg_value(args, "passphrase-fd");
    uint64_t number = 0;
    if ((file == NULL) == (fd == NULL))
        return err_set(err, ERR_CONFIG, "say which secret is added: --new-key-file or --new-passphrase-fd");
    if (fd != NULL && (!span_u64(span_str(fd), 1023, &number) || (first != NULL && strcmp(first, fd) == 0)))
        return err_set(err, ERR_CONFIG, "new-passphrase-fd must be the number of an open file of its own");
    *ret = (struct key_source){.file = file, .passphrase_fd = fd == NULL ? -1 : (int)number};
    return true;
}

static bool
slot_add(struct desk *desk, const struct args *args, struct err *err)
{
    int there = -1;
    if (!desk_ring(desk, args, err) || !keyring_slot_of(desk->ring, desk->second, &there, err))
        return false;
    if (there >= 0)
        return err_set(err, ERR_CONFLICT, "that secret opens slot %d already",
                       keyring_slot(desk->ring, (size_t)there).id);
    return keyring_slot_add(desk->ring, desk->second, KEYRING_STRETCH, err) &&
           keyring_save(keys_dir(args), desk->ring, err);
}

bool
keys_slot_add(const struct args *args, struct err *err)
{
    struct desk desk;
    struct key_source source;
    bool made;
    if (!second_source(args, &source, err) || !secret_file(source.file, &made, err))
        return false;
    /* Both secrets are at hand before the keyring is locked: somebody may be typing. */
    bool good = desk_open(&desk, err) && unseal_source(desk.second, &source, err) &&
                slot_add(&desk, args, err);
    if (good)
        (void)printf("slot %d is added%s%s.\n", keyring_slot(desk.ring, desk.ring->slot_count - 1).id,
                     source.file == NULL ? "" : "; it opens with ", source.file == NULL ? "" : source.file);
    else if (made)
        (void)unlink(source.file);
    desk_close(&desk);
    return good;
}

bool
keys_slot_remove(const struct args *args, struct err *err)
{
    struct desk desk;
    uint64_t id = 0;
    bool root = false;
    if (!span_u64(span_str(args->words[2]), UINT8_MAX, &id))
        return err_set(err, ERR_USAGE, "slot remove takes a number; see troth keys list");
    bool good = desk_open(&desk, err) && desk_ring(&desk, args, err) &&
                keyring_slot_remove(desk.ring, (uint8_t)id, desk.unseal, &root, err) &&
                keyring_save(keys_dir(args), desk.ring, err);
    if (good)
        (void)printf("slot %d is removed%s. Its secret still opens older copies of this keyring: delete them.\n",
                     (int)id, root ? ", and the root key is a new one"
                                   : "; the root key stays, because several slots do");
    desk_close(&desk);
    return good;
}

bool
keys_epoch_prepare(const struct args *args, struct err *err)
{
    struct desk desk;
    int64_t now_us = clock_now_us();
    if (now_us <= 0)
        return err_set(err, ERR_UNAVAILABLE, "the clock cannot be read or stands before 2024");
    bool good = desk_open(&desk, err) && desk_ring(&desk, args, err) &&
                keyring_epoch_prepare(desk.ring, (uint64_t)now_us, err) &&
                keyring_save(keys_dir(args), desk.ring, err);
    if (good)
        (void)printf("epoch %u is prepared. Bring this keyring to every other node (troth keys give, troth keys take), "
                     "restart each, then troth keys epoch activate.\n",
                     keyring_epoch_newest(desk.ring)->id);
    desk_close(&desk);
    return good;
}

static struct epoch_ask
store_of(const struct args *args, const struct desk *desk)
{
    return (struct epoch_ask){.dir = keys_dir(args),
                              .store = arg_or_env(args, "store", "TROTH_STORE"),
                              .store_keys = arg_or_env(args, "store-keys", "TROTH_STORE_KEYS"),
                              .vault = desk->ring->vault_id};
}

/* The store first: from its commit on every node holds the key, and a file that still says "prepared" does no harm. */
static bool
activate(struct desk *desk, const struct args *args, bool *ret_was, struct err *err)
{
    const struct epoch_ask ask = store_of(args, desk);
    const struct epoch_mark mark = keyring_mark(keyring_epoch_newest(desk->ring));
    if (!epoch_activate(&ask, &mark, ret_was, err))
        return false;
    if (keyring_epoch_prepared(desk->ring) == NULL)
        return true;
    return keyring_epoch_activate(desk->ring, mark.number, err) &&
           keyring_save(keys_dir(args), desk->ring, err);
}

bool
keys_epoch_activate(const struct args *args, struct err *err)
{
    struct desk desk;
    bool was = false;
    bool good = desk_open(&desk, err) && desk_ring(&desk, args, err) && activate(&desk, args, &was, err);
    if (good)
        (void)printf(was ? "epoch %u was in use already.\n"
                         : "epoch %u is in use: new keys are wrapped under it, what is there opens as before.\n",
                     keyring_epoch_newest(desk.ring)->id);
    desk_close(&desk);
    return good;
}

/* Never one that something may be wrapped under. */
static bool
cancel(struct desk *desk, const struct args *args, uint32_t *ret_number, struct err *err)
{
    const struct epoch_ask ask = store_of(args, desk);
    const struct keyring_key *prepared = keyring_epoch_prepared(desk->ring);
    struct epoch_view view;
    if (prepared == NULL)
        return err_set(err, ERR_CONFLICT, "no epoch is prepared here");
    *ret_number = prepared->id;
    const struct epoch_mark mark = keyring_mark(prepared);
    if (!epoch_look(&ask, &view, err))
        return false;
    if (view.known && memcmp(&view.used.check, mark.check, sizeof mark.check) == 0)
        return err_set(err, ERR_CONFLICT, "epoch %u is in use and cannot be cancelled", mark.number);
    return keyring_epoch_cancel(desk->ring, err) && keyring_save(keys_dir(args), desk->ring, err);
}

bool
keys_epoch_cancel(const struct args *args, struct err *err)
{
    struct desk desk;
    uint32_t number = 0;
    bool good = desk_open(&desk, err) && desk_ring(&desk, args, err) && cancel(&desk, args, &number, err);
    if (good)
        (void)printf("epoch %u is cancelled here. Where it was taken it must be cancelled too.\n", number);
    desk_close(&desk);
    return good;
}

static void
list_slots(const struct keyring *ring, int opened)
{
    for (size_t i = 0; i < ring->slot_count; i++) {
        const struct keyring_slot slot = keyring_slot(ring, i);
        char id[17];
        hex_put(id, slot.key_id, 8);
        (void)printf("slot %-3d %-19s %s%s\n", slot.id,
                     slot.provider == KEYRING_PASSPHRASE   ? "pass phrase"
                     : slot.provider <= KEYRING_PASSPHRASE ? "file or credential"
                                                           : "of a newer version",
                     id, (int)i == opened ? "  opens with the given secret" : "");
    }
}

static void
list_epochs(const struct keyring *ring)
{
    static const char *const states[] = {[KEYRING_ACTIVE] = "active", [KEYRING_RETIRING] = "retiring",
                                         [KEYRING_DESTROYED] = "destroyed", [KEYRING_PREPARED] = "prepared"};
    for (size_t i = 0; i < ring->key_count; i++) {
        const struct keyring_key *key = &ring->keys[i];
        char check[17];
        hex_put(check, key->check, 8);
        if (key->kind == KEYRING_EPOCH)
            (void)printf("epoch %-2u %-19s %s\n", key->id, states[key->state], check);
    }
}

static void
list_nodes(const struct epoch_view *view)
{
    char check[17];
    if (!view->known) {
        (void)printf("the store: no server has started on it yet\n");
        return;
    }
    hex_put(check, view->used.check, 8);
    (void)printf("the store uses epoch %u        %s\n", view->used.number, check);
    for (size_t i = 0; i < view->count; i++) {
        const struct epoch_node *node = &view->nodes[i];
        hex_put(check, node->newest.check, 8);
        if (node->noted)
            (void)printf("node %-3d epochs up to %-6u %s  %s\n", node->lane, node->newest.number, check, node->host);
        else
            (void)printf("node %-3d has not said which epochs it has\n", node->lane);
    }
}

bool
keys_list(const struct args *args, struct err *err)
{
    struct desk desk;
    struct epoch_view view;
    int opened = -1;
    bool good = desk_open(&desk, err) && desk_ring(&desk, args, err) &&
                keyring_slot_of(desk.ring, desk.unseal, &opened, err);
    if (good) {
        char vault[33];
        hex_put(vault, desk.ring->vault_id, 16);
        (void)printf("vault %s, generation %llu\n", vault, (unsigned long long)desk.ring->generation);
        list_slots(desk.ring, opened);
        list_epochs(desk.ring);
        const struct epoch_ask ask = store_of(args, &desk);
        /* Files belong to the server that runs on them; there are no other nodes to list. */
        if (ask.store != NULL && (good = epoch_look(&ask, &view, err)))
            list_nodes(&view);
    }
    desk_close(&desk);
    return good;
}
