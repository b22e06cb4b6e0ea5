/*
 * Where everything lies. Columns are fixed; within one the order is found by going over them again and again, each box
 * moving to the mean place of its neighbours (Sugiyama's barycentre), and the order with the fewest crossings is kept.
 */
#include "policy/map_priv.h"

#include <stdlib.h>

enum { SWEEPS = 12, GAP = 14 };

struct place {
    int box, before; /* before: its place until now, so that equals stay as they were */
    long weight;     /* mean place of the neighbours, in thousandths */
};

static int
place_compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->weight != y->weight ? (x->weight > y->weight) - (x->weight < y->weight) : x->before - y->before;
}

static void
column_order(struct map *map, int column, bool left, struct place *places)
{
    int first = map->first[column], n = map->first[column + 1] - first;
    for (int i = 0; i < n; i++) {
        long sum = 0, count = 0;
        for (int e = 0; e < map->edge_count; e++) {
            const struct map_edge *edge = &map->edges[e];
            int mine = left ? edge->to : edge->from, other = left ? edge->from : edge->to;
            if (mine != first + i)
                continue;
            sum += map->boxes[other].order;
            count++;
        }
        int before = map->boxes[first + i].order;
        places[i] = (struct place){first + i, before, count > 0 ? sum * 1000 / count : before * 1000L};
    }
    qsort(places, (size_t)n, sizeof *places, place_compare);
    for (int i = 0; i < n; i++)
        map->boxes[places[i].box].order = i;
}

static long
crossings(const struct map *map)
{
    long count = 0;
    for (int a = 0; a < map->edge_count; a++)
        for (int b = a + 1; b < map->edge_count; b++) {
            const struct map_box *a1 = &map->boxes[map->edges[a].from], *a2 = &map->boxes[map->edges[a].to];
            const struct map_box *b1 = &map->boxes[map->edges[b].from], *b2 = &map->boxes[map->edges[b].to];
            if (a1->column == b1->column)
                count += (a1->order - b1->order) * (a2->order - b2->order) < 0;
        }
    return count;
}

static bool
order_find(struct map *map)
{
    struct place *places = ARENA_ARRAY(map->arena, struct place, (size_t)map->box_count + 1);
    int *best = ARENA_ARRAY(map->arena, int, (size_t)map->box_count + 1);
    if (places == NULL || best == NULL)
        return false;
    for (int i = 0; i < map->box_count; i++)
        best[i] = map->boxes[i].order = i - map->first[map->boxes[i].column];
    /* Very large maps stay in the file's order: to count their crossings would take seconds. */
    long fewest = map->edge_count > 4000 ? 0 : crossings(map);
    for (int sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
        for (int i = 1; i < MAP_COLUMNS; i++)
            column_order(map, sweep % 2 == 0 ? i : MAP_COLUMNS - 1 - i, sweep % 2 == 0, places);
        long now = crossings(map);
        if (now >= fewest)
            continue;
        fewest = now;
        for (int i = 0; i < map->box_count; i++)
            best[i] = map->boxes[i].order;
    }
    for (int i = 0; i < map->box_count; i++)
        map->boxes[i].order = best[i];
    return true;
}

static int
box_height(const struct map_box *box)
{
    int h = 2 * MAP_PAD;
    for (int i = 0; i < box->line_count; i++)
        h += box->lines[i].text.n == 0 ? 7 : map_line_height(box->lines[i].font);
    return h;
}

static int
column_height(const struct map *map, int column)
{
    int h = 0, n = map->first[column + 1] - map->first[column];
    for (int i = map->first[column]; i < map->first[column + 1]; i++)
        h += map->boxes[i].h;
    return h + (n > 0 ? (n - 1) * GAP : 0);
}

/* Shorter columns are spread over the height of the longest. */
static void
column_place(struct map *map, int column, int height)
{
    int n = map->first[column + 1] - map->first[column], y = MAP_TOP;
    int spare = height - column_height(map, column), gap = n > 0 ? spare / (n + 1) : 0;
    gap = gap > 60 ? 60 : gap;
    y += (spare - gap * (n > 0 ? n - 1 : 0)) / 2;
    for (int k = 0; k < n; k++)
        for (int i = map->first[column]; i < map->first[column + 1]; i++) {
            struct map_box *box = &map->boxes[i];
            if (box->order != k)
                continue;
            box->x = MAP_MARGIN + column * (MAP_BOX_W + MAP_GUTTER);
            box->y = y;
            y += box->h + GAP + gap;
        }
}

/* Edges leave and arrive in the order of what is at their other end, so that none crosses at the box itself. */
static int
rank(const struct map *map, int e, bool at_from)
{
    const struct map_edge *edge = &map->edges[e];
    int here = at_from ? edge->from : edge->to, there = at_from ? edge->to : edge->from, n = 0;
    for (int i = 0; i < map->edge_count; i++) {
        const struct map_edge *other = &map->edges[i];
        if ((at_from ? other->from : other->to) != here || i == e)
            continue;
        int far = at_from ? other->to : other->from;
        n += map->boxes[far].y < map->boxes[there].y || (map->boxes[far].y == map->boxes[there].y && i < e);
    }
    return n;
}

static void
edges_place(struct map *map)
{
    for (int e = 0; e < map->edge_count; e++) {
        map->boxes[map->edges[e].from].out++;
        map->boxes[map->edges[e].to].in++;
    }
    for (int e = 0; e < map->edge_count; e++) {
        struct map_edge *edge = &map->edges[e];
        const struct map_box *from = &map->boxes[edge->from], *to = &map->boxes[edge->to];
        edge->y1 = from->y + from->h * (rank(map, e, true) + 1) / (from->out + 1);
        edge->y2 = to->y + to->h * (rank(map, e, false) + 1) / (to->in + 1);
    }
}

bool
map_layout(struct map *map)
{
    if (!order_find(map))
        return false;
    int height = 0;
    for (int i = 0; i < map->box_count; i++) {
        map->boxes[i].w = MAP_BOX_W;
        map->boxes[i].h = box_height(&map->boxes[i]);
    }
    for (int c = 0; c < MAP_COLUMNS; c++)
        height = column_height(map, c) > height ? column_height(map, c) : height;
    for (int c = 0; c < MAP_COLUMNS; c++)
        column_place(map, c, height);
    edges_place(map);
    map->width = 2 * MAP_MARGIN + MAP_COLUMNS * MAP_BOX_W + (MAP_COLUMNS - 1) * MAP_GUTTER;
    map->height = MAP_TOP + height + 64;
    return true;
}
