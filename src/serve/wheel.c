#include "serve/wheel_priv.h"

#include <stdbool.h>

static void
slot_mark(struct wheel *wheel, int64_t tick, bool used)
{
    size_t i = (size_t)tick % WHEEL_SLOTS;
    uint64_t bit = UINT64_C(1) << (i % 64);
    wheel->used[i / 64] = used ? wheel->used[i / 64] | bit : wheel->used[i / 64] & ~bit;
}

static void
item_unlink(struct wheel_item *item)
{
    if (item->next == NULL)
        return;
    item->next->prev = item->prev;
    item->prev->next = item->next;
    item->next = NULL;
    item->prev = NULL;
}

static void
item_link(struct wheel *wheel, struct wheel_item *item)
{
    /* Rounded up, so that the item is due when its list is looked at. */
    int64_t tick = (item->due_ms >> WHEEL_TICK_BITS) + 1;
    if (tick < wheel->tick)
        tick = wheel->tick;
    if (tick > wheel->tick + WHEEL_SLOTS - 1)
        tick = wheel->tick + WHEEL_SLOTS - 1; /* beyond the horizon: looked at again there */
    struct wheel_item *head = &wheel->slots[(size_t)tick % WHEEL_SLOTS];
    item->tick = tick;
    item->next = head;
    item->prev = head->prev;
    head->prev->next = item;
    head->prev = item;
    slot_mark(wheel, tick, true);
}

void
wheel_init(struct wheel *wheel, int64_t now_ms)
{
    *wheel = (struct wheel){.tick = now_ms >> WHEEL_TICK_BITS};
    for (size_t i = 0; i < WHEEL_SLOTS; i++)
        wheel->slots[i] = (struct wheel_item){.next = &wheel->slots[i], .prev = &wheel->slots[i]};
}

void
wheel_set(struct wheel *wheel, struct wheel_item *item, int64_t due_ms)
{
    item->due_ms = due_ms;
    if (item->next != NULL && (due_ms >> WHEEL_TICK_BITS) + 1 >= item->tick)
        return;
    item_unlink(item);
    if (due_ms != INT64_MAX)
        item_link(wheel, item);
}

void
wheel_clear(struct wheel_item *item)
{
    item_unlink(item);
    item->due_ms = INT64_MAX;
}

void
wheel_turn(struct wheel *wheel, int64_t now_ms, void (*due)(void *ctx, struct wheel_item *item),
           void *ctx)
{
    int64_t last = now_ms >> WHEEL_TICK_BITS;
    if (last - wheel->tick >= WHEEL_SLOTS) /* the process slept: every list once is enough */
        wheel->tick = last - WHEEL_SLOTS + 1;
    while (wheel->tick <= last) {
        int64_t tick = wheel->tick++;
        struct wheel_item *head = &wheel->slots[(size_t)tick % WHEEL_SLOTS];
        slot_mark(wheel, tick, false);
        /* What is linked again from here goes to a later tick, so this ends. */
        while (head->next != head) {
            struct wheel_item *item = head->next;
            item_unlink(item);
            if (item->due_ms <= now_ms)
                due(ctx, item);
            else if (item->due_ms != INT64_MAX)
                item_link(wheel, item);
        }
    }
}

int64_t
wheel_next_ms(const struct wheel *wheel, int64_t now_ms)
{
    for (int64_t step = 0; step < WHEEL_SLOTS;) {
        size_t i = (size_t)(wheel->tick + step) % WHEEL_SLOTS;
        uint64_t word = wheel->used[i / 64] >> (i % 64);
        if (word == 0) {
            step += 64 - (int64_t)(i % 64);
            continue;
        }
        int64_t tick = wheel->tick + step + __builtin_ctzll(word);
        int64_t at_ms = tick << WHEEL_TICK_BITS;
        return at_ms > now_ms ? at_ms - now_ms : 0;
    }
    return -1;
}
