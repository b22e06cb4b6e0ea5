#include "crypt/crypt_priv.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif

static pthread_once_t start_once = PTHREAD_ONCE_INIT;
static bool start_good;

static void
start_libraries(void)
{
    start_good = sodium_init() >= 0 && hash_start() && random_start();
}

bool
crypt_start_debuggable(struct err *err)
{
    if (pthread_once(&start_once, start_libraries) != 0 || !start_good)
        return err_set(err, ERR_INTERNAL, "the crypto libraries do not start");
    return true;
}

bool
crypt_start(struct err *err)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0)
        return err_sys(err, ERR_INTERNAL, errno, "core dumps cannot be switched off");
    if (!UNDER_ASAN && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return err_sys(err, ERR_INTERNAL, errno, "the process cannot be made undumpable");
    return crypt_start_debuggable(err);
}
