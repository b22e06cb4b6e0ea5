#include "base/arena.h"

#include <errno.h>
#include <sys/mman.h>

#if defined(__SANITIZE_ADDRESS__)
#define TROTH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TROTH_ASAN 1
#endif
#endif

#ifdef TROTH_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
enum { ARENA_GAP = 16 }; /* a poisoned strip behind each piece */
#else
#define POISON(p, n) ((void)0)
#define UNPOISON(p, n) ((void)0)
enum { ARENA_GAP = 0 };
#endif

enum { ARENA_ALIGN = 16, ARENA_KEEP = 256 * 1024, ARENA_LARGE = 1024 * 1024, ARENA_PAGE = 4096 };

bool
arena_open(struct arena *arena, size_t cap, struct err *err)
{
    cap = (cap + 4095) & ~(size_t)4095;
    void *p = mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return err_sys(err, ERR_UNAVAILABLE, errno, "no memory for an arena of %zu bytes", cap);
    (void)madvise(p, cap, MADV_DONTDUMP);
    *arena = (struct arena){.p = p, .cap = cap};
    POISON(p, cap);
    return true;
}

void
arena_close(struct arena *arena)
{
    if (arena->p == NULL)
        return;
    arena_reset(arena);
    UNPOISON(arena->p, arena->cap);
    (void)munmap(arena->p, arena->cap);
    *arena = (struct arena){0};
}

void *
arena_take(struct arena *arena, size_t n)
{
    size_t need = (n + ARENA_GAP + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (need < n || need > arena->cap - arena->used) {
        arena->overflow = true;
        return NULL;
    }
    char *piece = arena->p + arena->used;
    arena->used += need;
    UNPOISON(piece, n);
    return piece; /* zero already: fresh pages are, and back and reset wipe */
}

struct span
arena_copy(struct arena *arena, struct span s)
{
    char *to = arena_take(arena, s.n + 1);
    if (to == NULL)
        return SPAN_NONE;
    if (s.n > 0)
        memcpy(to, s.p, s.n);
    return (struct span){to, s.n};
}

struct buf
arena_buf(struct arena *arena, size_t cap)
{
    struct buf buf;
    void *mem = arena_take(arena, cap);
    buf_init(&buf, mem, mem == NULL ? 0 : cap);
    buf.overflow = mem == NULL;
    return buf;
}

void
arena_buf_trim(struct arena *arena, struct buf *buf)
{
    if (buf->p == NULL)
        return;
    size_t start = (size_t)(buf->p - arena->p);
    size_t full = (start + buf->cap + ARENA_GAP + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (full != arena->used)
        return;
    size_t keep = (start + buf->n + ARENA_GAP + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (keep < arena->used) {
        arena_back(arena, keep);
        POISON(arena->p + start + buf->n, keep - start - buf->n);
    }
    buf->cap = buf->n;
}

/* Zeroes [from, from + n). Most of a large piece was never touched: writing zeros would make it real memory, giving
 * the pages back makes them zero too. */
static void
wipe(char *from, size_t n)
{
    char *page = (char *)(((uintptr_t)from + ARENA_PAGE - 1) & ~(uintptr_t)(ARENA_PAGE - 1));
    size_t head = (size_t)(page - from);
    if (n < ARENA_LARGE || madvise(page, (n - head) & ~(size_t)(ARENA_PAGE - 1), MADV_DONTNEED) != 0) {
        memset(from, 0, n);
        return;
    }
    size_t tail = (n - head) & (ARENA_PAGE - 1);
    memset(from, 0, head);
    memset(from + n - tail, 0, tail);
}

void
arena_back(struct arena *arena, size_t mark)
{
    TROTH_ASSERT(mark <= arena->used);
    UNPOISON(arena->p + mark, arena->used - mark);
    wipe(arena->p + mark, arena->used - mark);
    __asm__ volatile("" : : "r"(arena->p) : "memory"); /* the wipe is not for the optimiser to drop */
    POISON(arena->p + mark, arena->used - mark);
    arena->used = mark;
}

void
arena_reset(struct arena *arena)
{
    size_t used = arena->used;
    arena_back(arena, 0);
    arena->overflow = false;
    /* A large request must not hold its pages for ever. */
    if (used > ARENA_KEEP)
        (void)madvise(arena->p + ARENA_KEEP, arena->cap - ARENA_KEEP, MADV_DONTNEED);
}
