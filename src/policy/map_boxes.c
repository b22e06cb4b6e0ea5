/* What stands on the data map: collection points, categories with their life, purposes, recipients; and what flows. */
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

/* "billing-clerk" as words. */
static void
name_put(struct buf *out, struct span name)
{
    for (size_t i = 0; i < name.n; i++)
        buf_char(out, name.p[i] == '-' || name.p[i] == '_' ? ' ' : name.p[i]);
}

static struct span
said(struct map *map, struct span says, struct span name)
{
    struct buf out = arena_buf(map->arena, says.n + name.n + 1);
    if (says.n > 0)
        buf_put(&out, says);
    else
        name_put(&out, name);
    /* A box begins with a capital; only letters that have one in ASCII. */
    if (out.n > 0 && out.p[0] >= 'a' && out.p[0] <= 'z')
        out.p[0] = (char)(out.p[0] - 'a' + 'A');
    arena_buf_trim(map->arena, &out);
    return buf_span(&out);
}

/* --- how long ---------------------------------------------------------------------- */

static void
time_put(struct buf *out, const struct policy_span_of_time *time)
{
    const struct {
        int n;
        const char *word;
    } parts[] = {{time->years, "year"}, {time->months, "month"}, {time->days, "day"}, {time->hours, "hour"}};
    bool any = false;
    for (int i = 0; i < 4; i++) {
        if (parts[i].n == 0)
            continue;
        buf_fmt(out, "%s%d %s%s", any ? " " : "", parts[i].n, parts[i].word, parts[i].n == 1 ? "" : "s");
        any = true;
    }
}

static void
event_put(struct buf *out, const struct policy *policy, const struct policy_keep *keep)
{
    const struct policy_category *category = &policy->categories[keep->category];
    switch (keep->event) {
    case EVENT_COLLECTED: buf_str(out, "it came"); break;
    case EVENT_CHANGED: buf_str(out, "its last change"); break;
    case EVENT_FIELD: {
        const struct policy_field *field = &policy->fields[category->field_first + keep->field];
        if (field->says.n > 0)
            buf_put(out, field->says);
        else
            name_put(out, field->name);
        break;
    }
    case EVENT_NAMED:
        if (policy->event_says != NULL && policy->event_says[keep->named].n > 0)
            buf_put(out, policy->event_says[keep->named]);
        else
            buf_str(out, span_is(policy->events[keep->named], "closed") ? "the account is closed" : "it happened");
        break;
    case EVENT_WITHDRAWN: buf_str(out, "the yes is taken back"); break;
    }
}

static bool
time_none(const struct policy_span_of_time *time)
{
    return (time->years | time->months | time->days | time->hours) == 0;
}

/* Whether nothing of it is ever stored here. */
static bool
passes(const struct policy *policy, const struct policy_category *category)
{
    bool all = category->field_count > 0;
    for (int i = 0; i < category->field_count; i++)
        all = all && policy->fields[category->field_first + i].storage == STORE_NEVER;
    return all;
}

static void
passed_put(struct buf *out, const struct policy *policy, const struct policy_category *category)
{
    int to = policy->fields[category->field_first].pass_to;
    if (to >= 0 && to < policy->recipient_count)
        buf_fmt(out, " to %.*s", SPAN_FMT(policy->recipients[to].legal_name));
}

static struct span
life(struct map *map, const struct policy_category *category)
{
    const struct policy *policy = map->policy;
    struct buf out = arena_buf(map->arena, 4096);
    if (passes(policy, category)) {
        buf_str(&out, "never stored; passes through");
        passed_put(&out, policy, category);
    } else if (category->keep != POLICY_NONE && category->keep < policy->keep_count) {
        const struct policy_keep *keep = &policy->keeps[category->keep];
        bool until = !keep->most.set || time_none(&keep->most);
        buf_str(&out, until ? "until " : "");
        if (!until) {
            time_put(&out, &keep->most);
            buf_str(&out, keep->most.from_year_end ? " from the end of the year: " : " after ");
        }
        event_put(&out, policy, keep);
        buf_str(&out, keep->depersonalise ? "; then nobody's" : "; then erased");
    }
    arena_buf_trim(map->arena, &out);
    return buf_span(&out);
}

/* --- the four columns ------------------------------------------------------------------ */

static void
points_add(struct map *map)
{
    const struct policy *p = map->policy;
    for (int i = 0; i < p->point_count; i++) {
        const struct policy_point *point = &p->points[i];
        struct map_box *box = box_add(map, MAP_POINTS, -1);
        map_text(map, box, FONT_TITLE, said(map, point->says, point->name));
        struct buf by = arena_buf(map->arena, 4096);
        if (point->kind >= 0 && point->kind < p->kind_count && !point->existing) {
            buf_str(&by, "by ");
            name_put(&by, p->kinds[point->kind].name);
        }
        buf_str(&by, by.n > 0 ? " " : "");
        if (!point->from_anyone) {
            bool any = false;
            buf_str(&by, "through ");
            for (int r = 0; r < p->role_count; r++)
                if (policy_bit(&point->from, r)) {
                    buf_str(&by, any ? ", " : "");
                    name_put(&by, p->roles[r].name);
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
        map_text(map, box, FONT_TITLE, said(map, category->says, category->name));
        for (int f = 0; f < category->field_count; f++) {
            const struct policy_field *field = &p->fields[category->field_first + f];
            buf_str(&what, f > 0 ? ", " : "");
            if (field->says.n > 0)
                buf_put(&what, field->says);
            else
                name_put(&what, field->name);
        }
        arena_buf_trim(map->arena, &what);
        /* Room for the life is kept: it matters more than the last of the fields. */
        struct map_box fields = *box;
        map_text(map, &fields, FONT_SMALL, buf_span(&what));
        struct map_box end = {0};
        map_text(map, &end, FONT_SMALL, life(map, category));
        while (fields.line_count + end.line_count > MAP_LINES)
            fields.line_count--;
        *box = fields;
        box->quiet = passes(p, category);
        if (end.line_count > 0)
            box->lines[box->line_count++] = (struct map_line){SPAN(""), FONT_SMALL};
        for (int n = 0; n < end.line_count && box->line_count < MAP_LINES; n++)
            box->lines[box->line_count++] = end.lines[n];
    }
}

static const char *
basis_words(enum policy_basis basis)
{
    static const char *const words[] = {"only if they agree", "for the contract", "because the law demands it",
                                        "to save a life", "in the public's interest", "in our legitimate interest"};
    return words[basis];
}

static void
purposes_add(struct map *map)
{
    const struct policy *p = map->policy;
    for (int i = 0; i < p->purpose_count; i++) {
        const struct policy_purpose *purpose = &p->purposes[i];
        struct map_box *box = box_add(map, MAP_PURPOSES, -1);
        struct buf how = arena_buf(map->arena, 256);
        map_text(map, box, FONT_TITLE, said(map, purpose->says, purpose->name));
        buf_str(&how, basis_words(purpose->basis));
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
        map_text(map, box, FONT_TITLE, said(map, recipient->legal_name, recipient->name));
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
            if (p->purposes[i].uses[c] != 0)
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
