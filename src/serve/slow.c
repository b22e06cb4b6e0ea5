#include "serve/slow_priv.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct queue {
    struct job *first;
    struct job *last;
};

struct slow {
    pthread_t threads[LIMIT_SLOW_THREADS];
    size_t thread_count;
    pthread_mutex_t lock; /* of what stands below */
    pthread_cond_t there;
    struct queue waiting;
    struct queue ready;
    bool stop;
    int wake_fd;
    size_t count; /* the loop's: put and not yet got */
};

static void
queue_put(struct queue *queue, struct job *job)
{
    job->queue_next = NULL;
    if (queue->last == NULL)
        queue->first = job;
    else
        queue->last->queue_next = job;
    queue->last = job;
}

static struct job *
queue_take(struct queue *queue)
{
    struct job *job = queue->first;
    queue->first = job->queue_next;
    if (queue->first == NULL)
        queue->last = NULL;
    return job;
}

static void *
slow_thread(void *ctx)
{
    struct slow *slow = ctx;
    (void)pthread_mutex_lock(&slow->lock);
    for (;;) {
        while (slow->waiting.first == NULL && !slow->stop)
            (void)pthread_cond_wait(&slow->there, &slow->lock);
        if (slow->stop)
            break;
        struct job *job = queue_take(&slow->waiting);
        (void)pthread_mutex_unlock(&slow->lock);
        job->req.slow(&job->req);
        (void)pthread_mutex_lock(&slow->lock);
        queue_put(&slow->ready, job);
        uint64_t one = 1;
        ssize_t put = write(slow->wake_fd, &one, sizeof one);
        (void)put; /* a full eventfd wakes the loop as well */
    }
    (void)pthread_mutex_unlock(&slow->lock);
    return NULL;
}

bool
slow_open(int wake_fd, struct slow **ret, struct err *err)
{
    struct slow *slow = calloc(1, sizeof *slow);
    if (slow == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the slow pool");
    slow->wake_fd = wake_fd;
    (void)pthread_mutex_init(&slow->lock, NULL);
    (void)pthread_cond_init(&slow->there, NULL);
    /* Signals are the main thread's. */
    sigset_t all, old;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    int failed = 0;
    while (failed == 0 && slow->thread_count < LIMIT_SLOW_THREADS) {
        failed = pthread_create(&slow->threads[slow->thread_count], NULL, slow_thread, slow);
        slow->thread_count += failed == 0;
    }
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (failed != 0) {
        slow_close(&slow);
        return err_sys(err, ERR_UNAVAILABLE, failed, "no thread for the slow pool");
    }
    *ret = slow;
    return true;
}

void
slow_close(struct slow **slow_at)
{
    struct slow *slow = *slow_at;
    if (slow == NULL)
        return;
    (void)pthread_mutex_lock(&slow->lock);
    slow->stop = true;
    (void)pthread_cond_broadcast(&slow->there);
    (void)pthread_mutex_unlock(&slow->lock);
    for (size_t i = 0; i < slow->thread_count; i++)
        (void)pthread_join(slow->threads[i], NULL);
    (void)pthread_cond_destroy(&slow->there);
    (void)pthread_mutex_destroy(&slow->lock);
    free(slow);
    *slow_at = NULL;
}

bool
slow_has_room(const struct slow *slow, size_t more)
{
    return slow->count + more <= LIMIT_SLOW_JOBS;
}

void
slow_put(struct slow *slow, struct job *job)
{
    slow->count++;
    (void)pthread_mutex_lock(&slow->lock);
    queue_put(&slow->waiting, job);
    (void)pthread_cond_signal(&slow->there);
    (void)pthread_mutex_unlock(&slow->lock);
}

struct job *
slow_get(struct slow *slow)
{
    (void)pthread_mutex_lock(&slow->lock);
    struct job *first = slow->ready.first;
    slow->ready = (struct queue){0};
    (void)pthread_mutex_unlock(&slow->lock);
    for (struct job *job = first; job != NULL; job = job->queue_next)
        slow->count--;
    return first;
}

size_t
slow_count(const struct slow *slow)
{
    return slow->count;
}
