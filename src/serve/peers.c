#include "serve/peers_priv.h"

#include "base/span.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/random.h>

bool
peers_open(struct peers *peers, size_t most, struct err *err)
{
    *peers = (struct peers){0};
    peers->all = calloc(most, sizeof *peers->all);
    if (peers->all == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the table of addresses");
    if (getrandom(&peers->seed, sizeof peers->seed, 0) != (ssize_t)sizeof peers->seed) {
        peers_close(peers);
        return err_sys(err, ERR_UNAVAILABLE, errno, "no random bytes");
    }
    for (size_t i = 0; i < most; i++) {
        peers->all[i].next = peers->free;
        peers->free = &peers->all[i];
    }
    return true;
}

void
peers_close(struct peers *peers)
{
    free(peers->all);
    *peers = (struct peers){0};
}

static void
peer_key(const struct sockaddr_storage *addr, uint64_t key[2])
{
    key[0] = 0;
    key[1] = addr->ss_family;
    if (addr->ss_family == AF_INET6) {
        const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(in6)) {
            key[0] = get_be32(in6->s6_addr + 12);
            key[1] = AF_INET;
        } else
            key[0] = get_be64(in6->s6_addr);
    } else if (addr->ss_family == AF_INET)
        key[0] = ntohl(((const struct sockaddr_in *)(const void *)addr)->sin_addr.s_addr);
}

static struct peer **
peer_head(struct peers *peers, const uint64_t key[2])
{
    uint64_t h = (key[0] ^ peers->seed) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ (h >> 29) ^ key[1] ^ (peers->seed >> 17)) * UINT64_C(0xbf58476d1ce4e5b9);
    return &peers->heads[(h >> 32) % PEERS_HEADS];
}

struct peer *
peers_take(struct peers *peers, const struct sockaddr_storage *addr, unsigned most)
{
    uint64_t key[2];
    peer_key(addr, key);
    struct peer **head = peer_head(peers, key);
    for (struct peer *peer = *head; peer != NULL; peer = peer->next) {
        if (peer->key[0] != key[0] || peer->key[1] != key[1])
            continue;
        if (peer->count >= most)
            return NULL;
        peer->count++;
        return peer;
    }
    struct peer *peer = peers->free;
    if (peer == NULL || most == 0)
        return NULL;
    peers->free = peer->next;
    *peer = (struct peer){.next = *head, .key = {key[0], key[1]}, .count = 1};
    *head = peer;
    return peer;
}

void
peers_give(struct peers *peers, struct peer *peer)
{
    if (--peer->count > 0)
        return;
    struct peer **at = peer_head(peers, peer->key);
    while (*at != peer)
        at = &(*at)->next;
    *at = peer->next;
    peer->next = peers->free;
    peers->free = peer;
}

bool
peers_loopback(const struct sockaddr_storage *addr)
{
    if (addr->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)addr;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    if (addr->ss_family != AF_INET6)
        return false;
    const struct in6_addr *in6 = &((const struct sockaddr_in6 *)(const void *)addr)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(in6) || (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
}
