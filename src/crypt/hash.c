#include "crypt/crypt_priv.h"

#include <openssl/evp.h>
#include <pthread.h>

/* SHA-256 fetched once and one context for each thread: one-shot calls cost five times as much. */
static EVP_MD *sha256;
static pthread_key_t context_key;
static _Thread_local EVP_MD_CTX *context;

static void
context_close(void *p)
{
    EVP_MD_CTX_free(p);
}

bool
hash_start(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    return sha256 != NULL && pthread_key_create(&context_key, context_close) == 0;
}

static EVP_MD_CTX *
hash_begin(void)
{
    TROTH_ASSERT(sha256 != NULL); /* crypt_start comes first */
    if (context == NULL) {
        context = EVP_MD_CTX_new();
        TROTH_ASSERT(context != NULL && pthread_setspecific(context_key, context) == 0);
    }
    int good = EVP_DigestInit_ex2(context, sha256, NULL);
    TROTH_ASSERT(good == 1);
    return context;
}

static void
hash_add(EVP_MD_CTX *ctx, const void *p, size_t n)
{
    if (n == 0)
        return;
    int good = EVP_DigestUpdate(ctx, p, n);
    TROTH_ASSERT(good == 1);
}

static void
hash_end(EVP_MD_CTX *ctx, uint8_t ret[CRYPT_HASH])
{
    int good = EVP_DigestFinal_ex(ctx, ret, NULL);
    TROTH_ASSERT(good == 1);
}

void
crypt_sha256(const struct span *parts, size_t count, uint8_t ret[CRYPT_HASH])
{
    EVP_MD_CTX *ctx = hash_begin();
    for (size_t i = 0; i < count; i++)
        hash_add(ctx, parts[i].p, parts[i].n);
    hash_end(ctx, ret);
}

void
crypt_sha256_prefixed(uint8_t prefix, const void *p, size_t n, uint8_t ret[CRYPT_HASH])
{
    EVP_MD_CTX *ctx = hash_begin();
    hash_add(ctx, &prefix, 1);
    hash_add(ctx, p, n);
    hash_end(ctx, ret);
}

/* RFC 2104, for keys of exactly 32 bytes. Built on the digest because EVP_MAC costs half again as
 * much for the short texts we have. */
void
crypt_hmac(const uint8_t key[CRYPT_KEY], const struct span *parts, size_t count,
           uint8_t ret[CRYPT_HASH])
{
    enum { BLOCK = 64, INNER = 0x36, OUTER = 0x5c };
    uint8_t pad[BLOCK], inner[CRYPT_HASH];
    memset(pad, INNER, sizeof pad);
    for (size_t i = 0; i < CRYPT_KEY; i++)
        pad[i] ^= key[i];
    EVP_MD_CTX *ctx = hash_begin();
    hash_add(ctx, pad, sizeof pad);
    for (size_t i = 0; i < count; i++)
        hash_add(ctx, parts[i].p, parts[i].n);
    hash_end(ctx, inner);
    for (size_t i = 0; i < BLOCK; i++)
        pad[i] ^= INNER ^ OUTER;
    ctx = hash_begin();
    hash_add(ctx, pad, sizeof pad);
    hash_add(ctx, inner, sizeof inner);
    hash_end(ctx, ret);
    crypt_wipe(pad, sizeof pad);
    crypt_wipe(inner, sizeof inner);
}
