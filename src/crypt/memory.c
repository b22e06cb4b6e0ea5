#include "crypt/crypt_priv.h"

#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

void
crypt_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

bool
crypt_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

void *
crypt_secret_take(size_t n)
{
    enum { ALIGN = 16 };
    if (n == 0 || n > SIZE_MAX / 2)
        return NULL;
    /* libsodium puts the end against the guard page, so the start is aligned only if the size
     * is. */
    size_t rounded = (n + ALIGN - 1) / ALIGN * ALIGN;
    char *p = sodium_malloc(rounded);
    if (p == NULL)
        return NULL;
    /* The pages that hold it (libsodium's canary lies just before): a fork must not carry keys
     * along. A kernel without MADV_WIPEONFORK (before 4.14) leaves only that out. */
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t before = ((uintptr_t)p) % page;
    (void)madvise(p - before, before + rounded, MADV_WIPEONFORK);
    sodium_memzero(p, rounded);
    return p;
}

void
crypt_secret_free(void *p)
{
    sodium_free(p);
}
