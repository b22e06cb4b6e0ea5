#include "crypt/crypt_priv.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/random.h>

/* One page for each thread. The kernel zeroes it in a forked child (MADV_WIPEONFORK): then left is
 * 0 and the child fetches bytes of its own, so that two processes never get the same ones. */
enum { POOL_PAGE = 4096, POOL_BYTES = POOL_PAGE - 16 };
struct random_pool {
    size_t left;
    size_t unused;
    uint8_t bytes[POOL_BYTES];
};
_Static_assert(sizeof(struct random_pool) == POOL_PAGE, "the pool is one page");

static _Thread_local struct random_pool *pool;
static _Thread_local bool pool_refused;
static pthread_key_t pool_key;

static void
pool_close(void *p)
{
    crypt_wipe(p, POOL_PAGE);
    (void)munmap(p, POOL_PAGE);
}

bool
random_start(void)
{
    return pthread_key_create(&pool_key, pool_close) == 0;
}

static void
random_kernel(void *to, size_t n)
{
    uint8_t *at = to;
    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        TROTH_ASSERT(got > 0);
        at += got;
        n -= (size_t)got;
    }
}

static struct random_pool *
pool_open(void)
{
    void *p = mmap(NULL, POOL_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (madvise(p, POOL_PAGE, MADV_WIPEONFORK) != 0 || pthread_setspecific(pool_key, p) != 0) {
        (void)munmap(p, POOL_PAGE);
        return NULL;
    }
    (void)madvise(p, POOL_PAGE, MADV_DONTDUMP);
    (void)mlock(p, POOL_PAGE);
    return p;
}

void
crypt_random(void *to, size_t n)
{
    if (pool == NULL && !pool_refused) {
        pool = pool_open();
        pool_refused = pool == NULL;
    }
    if (pool == NULL || n > POOL_BYTES / 8) {
        random_kernel(to, n);
        return;
    }
    if (pool->left < n) {
        random_kernel(pool->bytes, POOL_BYTES);
        pool->left = POOL_BYTES;
    }
    uint8_t *from = pool->bytes + POOL_BYTES - pool->left;
    memcpy(to, from, n);
    crypt_wipe(from, n);
    pool->left -= n;
}
