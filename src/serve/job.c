#include "serve/job_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>

/* What a job keeps of its memory between two requests; the rest goes back to the system. */
enum { ARENA_KEEP = 32768, OUT_KEEP = 8192 };

static bool
arena_map(struct arena *arena, size_t cap, struct err *err)
{
    if (!arena_open(arena, cap, err))
        return false;
    (void)madvise(arena->p, arena->cap, MADV_NOHUGEPAGE); /* one byte must not cost 2 MiB */
    return true;
}

bool
jobs_open(struct jobs *jobs, struct err *err)
{
    *jobs = (struct jobs){0};
    jobs->all = calloc(LIMIT_HTTP_JOBS, sizeof *jobs->all);
    void *outs = mmap(NULL, (size_t)LIMIT_HTTP_JOBS * JOB_OUT, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (jobs->all == NULL || outs == MAP_FAILED) {
        jobs_close(jobs);
        return err_set(err, ERR_UNAVAILABLE, "no memory for %d requests", LIMIT_HTTP_JOBS);
    }
    jobs->outs = outs;
    (void)madvise(outs, (size_t)LIMIT_HTTP_JOBS * JOB_OUT, MADV_NOHUGEPAGE);
    (void)madvise(outs, (size_t)LIMIT_HTTP_JOBS * JOB_OUT, MADV_DONTDUMP);
    for (size_t i = 0; i < LIMIT_HTTP_LARGE; i++)
        if (!arena_map(&jobs->large[i], LIMIT_HTTP_ARENA_LARGE, err)) {
            jobs_close(jobs);
            return false;
        }
    for (size_t i = 0; i < LIMIT_HTTP_JOBS; i++) {
        struct job *job = &jobs->all[i];
        if (!arena_map(&job->small, LIMIT_HTTP_ARENA, err)) {
            jobs_close(jobs);
            return false;
        }
        job->out = jobs->outs + i * JOB_OUT;
        job->large = -1;
        job->next = jobs->free;
        jobs->free = job;
        jobs->free_count++;
    }
    return true;
}

void
jobs_close(struct jobs *jobs)
{
    for (size_t i = 0; jobs->all != NULL && i < LIMIT_HTTP_JOBS; i++)
        arena_close(&jobs->all[i].small);
    for (size_t i = 0; i < LIMIT_HTTP_LARGE; i++)
        arena_close(&jobs->large[i]);
    if (jobs->outs != NULL)
        (void)munmap(jobs->outs, (size_t)LIMIT_HTTP_JOBS * JOB_OUT);
    free(jobs->all);
    *jobs = (struct jobs){0};
}

struct job *
job_take(struct jobs *jobs)
{
    struct job *job = jobs->free;
    if (job == NULL)
        return NULL;
    jobs->free = job->next;
    jobs->free_count--;
    job->next = NULL;
    job->stage = JOB_FRESH;
    job->req.head = &job->head;
    job->req.arena = &job->small;
    buf_init(&job->req.spare, job->out + LIMIT_HTTP_STREAM, JOB_SPARE);
    return job;
}

static void
arena_clean(struct arena *arena)
{
    size_t used = arena->used;
    arena_reset(arena);
    if (used > ARENA_KEEP)
        (void)madvise(arena->p + ARENA_KEEP, arena->cap - ARENA_KEEP, MADV_DONTNEED);
}

void
job_give(struct jobs *jobs, struct job *job)
{
    arena_clean(&job->small);
    if (job->large >= 0) {
        arena_clean(&jobs->large[job->large]);
        jobs->large_taken[job->large] = false;
    }
    if (job->out_high > OUT_KEEP)
        (void)madvise(job->out, JOB_OUT, MADV_DONTNEED);
    else
        memset(job->out, 0, job->out_high);
    memset(job->req.spare.p, 0, job->req.spare.n);
    __asm__ volatile("" : : "r"(job->out) : "memory"); /* the wipe is not for the optimiser to drop */
    /* The head is large and holds no bytes of its own, only where they were: it stays. */
    struct arena small = job->small;
    char *out = job->out;
    memset(&job->req, 0, sizeof job->req);
    memset(&job->small, 0, sizeof *job - offsetof(struct job, small));
    job->small = small;
    job->out = out;
    job->large = -1;
    job->next = jobs->free;
    jobs->free = job;
    jobs->free_count++;
}

bool
job_widen(struct jobs *jobs, struct job *job)
{
    if (job->large >= 0)
        return true;
    for (int i = 0; i < LIMIT_HTTP_LARGE; i++)
        if (!jobs->large_taken[i]) {
            jobs->large_taken[i] = true;
            job->large = i;
            job->req.arena = &jobs->large[i];
            return true;
        }
    return false;
}

void
request_id_make(uint8_t id[16])
{
    /* The kernel is asked once for 256 ids. */
    static _Thread_local uint8_t pool[4096];
    static _Thread_local size_t left;
    if (left == 0) {
        for (size_t got = 0; got < sizeof pool;) {
            ssize_t n = getrandom(pool + got, sizeof pool - got, 0);
            TROTH_ASSERT(n > 0 || errno == EINTR);
            got += n > 0 ? (size_t)n : 0;
        }
        left = sizeof pool;
    }
    left -= 16;
    memcpy(id, pool + left, 16);
}
