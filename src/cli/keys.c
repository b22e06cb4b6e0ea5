/* The keyring: made, carried from node to node. What changes it later is in keys_change.c. */
#include "cli/keys_priv.h"

#include "crypt/crypt.h"
#include "keyring/gift.h"
#include "os/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
keys_dir(const struct args *args)
{
    const char *dir = arg_value(args, "data");
    if (dir == NULL)
        dir = getenv("TROTH_DATA");
    return dir == NULL ? "troth-data" : dir;
}

bool
keys_source(const struct args *args, struct key_source *ret, struct err *err)
{
    struct settings settings = {.args = args};
    return settings_key_source(&settings, ret, err);
}

bool
desk_open(struct desk *desk, struct err *err)
{
    *desk = (struct desk){.lock = -1,
                          .ring = crypt_secret_take(sizeof *desk->ring),
                          .other = crypt_secret_take(sizeof *desk->other),
                          .unseal = crypt_secret_take(sizeof *desk->unseal),
                          .second = crypt_secret_take(sizeof *desk->second)};
    return (desk->ring != NULL && desk->other != NULL && desk->unseal != NULL && desk->second != NULL) ||
           err_set(err, ERR_UNAVAILABLE, "no memory for the keyring");
}

bool
desk_ring(struct desk *desk, const struct args *args, struct err *err)
{
    struct key_source source;
    return keys_source(args, &source, err) && unseal_source(desk->unseal, &source, err) &&
           keyring_open_locked(keys_dir(args), desk->unseal, desk->ring, &desk->lock, err);
}

void
desk_close(struct desk *desk)
{
    if (desk->lock >= 0)
        (void)close(desk->lock);
    crypt_secret_free(desk->ring);
    crypt_secret_free(desk->other);
    crypt_secret_free(desk->unseal);
    crypt_secret_free(desk->second);
}

/* The file of a secret that is named and missing. *ret_made: it can be taken away again. */
bool
secret_file(const char *path, bool *ret_made, struct err *err)
{
    *ret_made = path != NULL && access(path, F_OK) != 0;
    return !*ret_made || key_file_create(path, err);
}

static bool
data_dir_make(const char *dir, struct err *err)
{
    return mkdir(dir, 0700) == 0 || errno == EEXIST ||
           err_sys(err, ERR_IO, errno, "%s cannot be made", dir);
}

static bool
new(const struct args *args, struct err *err)
{
    struct key_source source;
    const char *dir = keys_dir(args);
    bool made;
    if (!keys_source(args, &source, err) || !data_dir_make(dir, err) ||
        !secret_file(source.file, &made, err))
        return false;
    if (!keyring_create(dir, &source, err)) {
        if (made)
            (void)unlink(source.file);
        return false;
    }
    (void)printf("%s/keyring.trk is made.\n", dir);
    if (made)
        (void)printf("%s opens it. Keep a copy apart from the data: without it nothing opens.\n",
                     source.file);
    return true;
}

static bool
ask(const struct args *args, struct err *err)
{
    struct key_source source;
    struct desk desk;
    uint8_t key[GIFT_KEY];
    char text[GIFT_KEY_TEXT];
    bool made;
    if (!keys_source(args, &source, err) || !secret_file(source.file, &made, err))
        return false;
    bool good = desk_open(&desk, err) && unseal_source(desk.unseal, &source, err) &&
                gift_key(desk.unseal, key, err);
    desk_close(&desk);
    if (!good)
        return false;
    gift_key_put(key, text);
    if (made)
        (void)fprintf(stderr, "%s is made: this node's own secret. It never leaves this node.\n", source.file);
    (void)printf("%s\n", text);
    return true;
}

static bool
give(const struct args *args, struct err *err)
{
    static uint8_t gift[GIFT_BYTES];
    const char *to = arg_value(args, "to");
    struct desk desk;
    uint8_t key[GIFT_KEY], own[GIFT_KEY];
    struct err ignored;
    if (!gift_key_get(span_str(arg_value(args, "for")), key, err))
        return err_prefix(err, "--for");
    bool good = desk_open(&desk, err) && desk_ring(&desk, args, err);
    if (good && gift_key(desk.unseal, own, &ignored) && memcmp(own, key, sizeof own) == 0)
        good = err_set(err, ERR_CONFLICT,
                       "that is the key of this node's own secret; each node has a secret of its own: run troth keys "
                       "ask on the other node, with a file of its own");
    good = good && gift_seal(desk.ring, key, gift, err) &&
           file_write_durable(to, span_of(gift, sizeof gift), 0600, FILE_NEW, err);
    if (good)
        (void)printf("%s is made, with epochs up to %u. It opens with that node's secret alone: bring it there, then "
                     "troth keys take.\n",
                     to, keyring_epoch_newest(desk.ring)->id);
    desk_close(&desk);
    return good;
}

/* A first keyring; nothing is there to be overwritten. */
static bool
take_first(struct desk *desk, const char *dir, struct err *err)
{
    return data_dir_make(dir, err) &&
           keyring_root_new(desk->other, desk->unseal, KEYRING_STRETCH, err) &&
           keyring_save_new(dir, desk->other, err);
}

static bool
take_more(struct desk *desk, const char *dir, size_t *ret_news, struct err *err)
{
    return keyring_open_locked(dir, desk->unseal, desk->ring, &desk->lock, err) &&
           keyring_merge(desk->ring, desk->other, ret_news, err) &&
           (*ret_news == 0 || keyring_save(dir, desk->ring, err));
}

static bool
gift_read(struct desk *desk, const char *from, struct err *err)
{
    static uint8_t gift[GIFT_BYTES];
    size_t n = 0;
    if (!file_read_all(from, gift, sizeof gift, &n, err))
        return false;
    if (n != sizeof gift)
        return err_set(err, ERR_KEYS, "%s: it is not a keyring that was given with troth keys give, or not all of it", from);
    return gift_open(gift, desk->unseal, desk->other, err) || err_prefix(err, "%s", from);
}

static bool
take(const struct args *args, struct err *err)
{
    const char *from = arg_value(args, "from"), *dir = keys_dir(args);
    char path[4200];
    struct key_source source;
    struct desk desk;
    size_t news = 0;
    (void)snprintf(path, sizeof path, "%s/keyring.trk", dir);
    bool first = access(path, F_OK) != 0;
    if (!keys_source(args, &source, err))
        return false;
    bool good = desk_open(&desk, err) && unseal_source(desk.unseal, &source, err) &&
                gift_read(&desk, from, err) &&
                (first ? take_first(&desk, dir, err) : take_more(&desk, dir, &news, err));
    if (good && first)
        (void)printf("%s is made, with epochs up to %u. Remove %s.\n", path,
                     keyring_epoch_newest(desk.other)->id, from);
    else if (good && news == 0)
        (void)printf("nothing new: %s had all of it. Remove %s.\n", path, from);
    else if (good)
        (void)printf("%s has now epochs up to %u. Restart this node's server, then remove %s.\n", path,
                     keyring_epoch_newest(desk.ring)->id, from);
    desk_close(&desk);
    return good;
}

/* Two words are one name; what must be given besides. */
static const struct {
    const char *first, *second;
    bool (*run)(const struct args *args, struct err *err);
    const char *needs[2];
    int more; /* words behind the name */
} rows[] = {
    {"new", NULL, new, {NULL}, 0},
    {"ask", NULL, ask, {NULL}, 0},
    {"give", NULL, give, {"for", "to"}, 0},
    {"take", NULL, take, {"from"}, 0},
    {"list", NULL, keys_list, {NULL}, 0},
    {"slot", "add", keys_slot_add, {NULL}, 0},
    {"slot", "remove", keys_slot_remove, {NULL}, 1},
    {"epoch", "prepare", keys_epoch_prepare, {NULL}, 0},
    {"epoch", "activate", keys_epoch_activate, {NULL}, 0},
    {"epoch", "cancel", keys_epoch_cancel, {NULL}, 0},
};

int
run_keys(const struct args *args)
{
    struct err err;
    err_clear(&err);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int words = rows[i].second == NULL ? 1 : 2;
        if (args->word_count != words + rows[i].more || strcmp(args->words[0], rows[i].first) != 0 ||
            (words == 2 && strcmp(args->words[1], rows[i].second) != 0))
            continue;
        for (int k = 0; k < 2 && rows[i].needs[k] != NULL; k++)
            if (arg_value(args, rows[i].needs[k]) == NULL)
                return fail_usage("keys %s needs --%s; see troth keys --help", rows[i].first, rows[i].needs[k]);
        return rows[i].run(args, &err) ? 0 : fail(&err);
    }
    return fail_usage("keys knows new, ask, give, take, list, slot add, slot remove NUMBER, epoch prepare, "
                      "epoch activate and epoch cancel");
}
