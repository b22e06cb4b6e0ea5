/* What stands on the data map: collection points, categories with their life, purposes, recipients; and what flows. */
#include "policy/brief_priv.h"
#include "policy/map_priv.h"

static struct map_box *
box_add(struct map *map, int column, int hue)
{
    struct map_box *box = &map->boxes[map->box_count++];
    *box = (struct map_box){.column = column, .hue = hue};
    return box;
}

static void
edge_add(struct map *map, int from, int to, int hue)
{
    map->edges[map->edge_count++] = (struct map_edge){.from = from, .to = to, .hue = hue};
}

/* --- the four columns ------------------------------------------------------------------ */

static void
points_add(struct map *map)
{
    const struct policy *p = map->policy;
    for (int i = 0; i < p->point_count; i++) {
        const struct policy_point *point = &p->points[i];
        struct map_box *box = box_add(map, MAP_POINTS, -1);
        map_text(map, box, FONT_TITLE, brief_said(map->arena, point->says, point->name));
        struct buf by = arena_buf(map->arena, 4096);
        if (point->kind >= 0 && point->kind < p->kind_count && !point->existing) {
            buf_str(&by, "by ");
            brief_name(&by, p->kinds[point->kind].name);
        }
        buf_str(&by, by.n > 0 ? " " : "");
        if (!point->from_anyone) {
            bool any = false;
            buf_str(&by, "through ");
            for (int r = 0; r < p->role_count; r++)
                if (policy_bit(&point->from, r)) {
                    buf_str(&by, any ? ", " : "");
                    brief_name(&by, p->roles[r].name);
                    any = true;
                }
        } else {
            buf_str(&by, "through any application");
        }
        arena_buf_trim(map->arena, &by);
        map_text(map, box, FONT_SMALL, buf_span(&by));
    }
}

static void
data_add(struct map *map)
{
    const struct policy *p = map->policy;
    for (int i = 0; i < p->category_count; i++) {
        const struct policy_category *category = &p->categories[i];
        struct map_box *box = box_add(map, MAP_DATA, i % MAP_HUES);
        struct buf what = arena_buf(map->arena, 8192);
        map_text(map, box, FONT_TITLE, brief_said(map->arena, category->says, category->name));
        for (int f = 0; f < category->field_count; f++) {
            const struct policy_field *field = &p->fields[category->field_first + f];
            buf_str(&what, f > 0 ? ", " : "");
            if (field->says.n > 0)
                buf_put(&what, field->says);
            else
                brief_name(&what, field->name);
        }
        arena_buf_trim(map->arena, &what);
        /* Room for the life is kept: it matters more than the last of the fields. */
        struct map_box fields = *box;
        map_text(map, &fields, FONT_SMALL, buf_span(&what));
        struct map_box end = {0};
        map_text(map, &end, FONT_SMALL, brief_life(map->arena, p, category));
        while (fields.line_count + end.line_count > MAP_LINES)
            fields.line_count--;
        *box = fields;
        box->quiet = brief_passes(p, category);
        if (end.line_count > 0)
            box->lines[box->line_count++] = (struct map_line){SPAN(""), FONT_SMALL};
        for (int n = 0; n < end.line_count && box->line_count < MAP_LINES; n++)
            box->lines[box->line_count++] = end.lines[n];
    }
}

static void
purposes_add(struct map *map)
{
    const struct policy *p = map->policy;
    for (int i = 0; i < p->purpose_count; i++) {
        const struct policy_purpose *purpose = &p->purposes[i];
        struct map_box *box = box_add(map, MAP_PURPOSES, -1);
        struct buf how = arena_buf(map->arena, 256);
        map_text(map, box, FONT_TITLE, brief_said(map->arena, purpose->says, purpose->name));
        buf_str(&how, brief_basis(purpose->basis));
        buf_str(&how, purpose->aggregate_only ? "; totals only" : "");
        arena_buf_trim(map->arena, &how);
        map_text(map, box, FONT_SMALL, buf_span(&how));
    }
}

static void
recipients_add(struct map *map)
{
    const struct policy *p = map->policy;
    for (int i = 0; i < p->recipient_count; i++) {
        const struct policy_recipient *recipient = &p->recipients[i];
        struct map_box *box = box_add(map, MAP_RECIPIENTS, -1);
        struct buf who = arena_buf(map->arena, recipient->class.n + recipient->country.n + 64);
        map_text(map, box, FONT_TITLE, brief_said(map->arena, recipient->legal_name, recipient->name));
        buf_put(&who, recipient->class);
        buf_fmt(&who, "%s%.*s", who.n > 0 && recipient->country.n > 0 ? ", " : "", SPAN_FMT(recipient->country));
        arena_buf_trim(map->arena, &who);
        map_text(map, box, FONT_SMALL, buf_span(&who));
        map_text(map, box, FONT_SMALL, recipient->task);
    }
    if (p->recipient_count > 0)
        return;
    struct map_box *box = box_add(map, MAP_RECIPIENTS, -1);
    box->quiet = true;
    map_text(map, box, FONT_TITLE, SPAN("Nobody else"));
    map_text(map, box, FONT_SMALL, SPAN("this policy names no one who is given data"));
}

/* --- what flows ---------------------------------------------------------------------------- */

static void
point_edges(struct map *map, int i)
{
    const struct policy_point *point = &map->policy->points[i];
    for (int c = 0; c < map->policy->category_count; c++) {
        bool takes = false;
        for (int f = 0; f < point->field_count && !takes; f++)
            takes = point->fields[f].category == c;
        if (takes)
            edge_add(map, map->first[MAP_POINTS] + i, map->first[MAP_DATA] + c, c % MAP_HUES);
    }
}

static void
edges_add(struct map *map)
{
    const struct policy *p = map->policy;
    for (int i = 0; i < p->point_count; i++)
        point_edges(map, i);
    for (int c = 0; c < p->category_count; c++)
        for (int i = 0; i < p->purpose_count; i++)
            if (brief_uses(p, i, c) != 0)
                edge_add(map, map->first[MAP_DATA] + c, map->first[MAP_PURPOSES] + i, c % MAP_HUES);
    for (int i = 0; i < p->purpose_count; i++)
        for (int r = 0; r < p->recipient_count; r++)
            if (policy_bit(&p->recipients[r].purposes, i))
                edge_add(map, map->first[MAP_PURPOSES] + i, map->first[MAP_RECIPIENTS] + r, -1);
}

bool
map_boxes(struct map *map)
{
    const struct policy *p = map->policy;
    size_t boxes = (size_t)(p->point_count + p->category_count + p->purpose_count + p->recipient_count) + 1;
    size_t edges = 1;
    for (int i = 0; i < p->point_count; i++)
        edges += (size_t)p->points[i].field_count;
    edges += (size_t)p->purpose_count * (size_t)(p->category_count + p->recipient_count);
    map->boxes = ARENA_ARRAY(map->arena, struct map_box, boxes);
    map->edges = ARENA_ARRAY(map->arena, struct map_edge, edges);
    if (map->boxes == NULL || map->edges == NULL)
        return false;
    static void (*const columns[MAP_COLUMNS])(struct map *map) = {points_add, data_add, purposes_add, recipients_add};
    for (int i = 0; i < MAP_COLUMNS; i++) {
        map->first[i] = map->box_count;
        columns[i](map);
    }
    map->first[MAP_COLUMNS] = map->box_count;
    edges_add(map);
    return !map->arena->overflow;
}
