#include "policy/map_priv.h"
#include "wire/text.h"

/* Ten hues that people who see colours differently tell apart by lightness too; the second five are dashed besides. */
static const char *const light[MAP_HUES] = {"#0b5cad", "#b3450a", "#2b7a2b", "#8a1f6b", "#7a5a00",
                                            "#006d77", "#a11d2a", "#4b3fa7", "#55600e", "#5b4636"};
static const char *const dark[MAP_HUES] = {"#7ab8ff", "#ffa76b", "#7fd67f", "#f08fd0", "#e6c34a",
                                           "#5fd3dd", "#ff8f98", "#b3a8ff", "#c3d15a", "#d2b59c"};

static const char day[] = "--ground:#fdfcfa;--ink:#1d2328;--soft:#4a545c;--line:#a9a49a;--card:#fff;--grey:#6b747b";
static const char night[] = "--ground:#15181b;--ink:#e6e4df;--soft:#b3b8bc;--line:#565d63;--card:#1e2226;--grey:#9aa2a8";

static void
colours(struct buf *out, const char *base, const char *const *hues)
{
    buf_fmt(out, "%s", base);
    for (int i = 0; i < MAP_HUES; i++)
        buf_fmt(out, ";--h%d:%s", i, hues[i]);
}

static void
style(struct buf *out, enum map_look look)
{
    buf_str(out, "<style>\nsvg{");
    colours(out, look == MAP_DARK ? night : day, look == MAP_DARK ? dark : light);
    buf_str(out, "}\n");
    if (look == MAP_AUTO) {
        buf_str(out, "@media(prefers-color-scheme:dark){svg{");
        colours(out, night, dark);
        buf_str(out, "}}\n@media print{svg{");
        colours(out, day, light);
        buf_str(out, "}}\n");
    }
    buf_str(out, "text{font-family:Helvetica,Arial,'Liberation Sans',sans-serif;fill:var(--ink)}"
                 ".t{font-size:14px;font-weight:600}.n{font-size:13px}.s{font-size:11.5px;fill:var(--soft)}"
                 ".h{font-size:15px;font-weight:600}.b{fill:var(--card);stroke:var(--line)}.q{stroke-dasharray:5 4}"
                 "path{fill:none;stroke-width:1.6;opacity:.62}path.g{stroke:var(--grey);opacity:.5}"
                 "path.d{stroke-dasharray:7 3}\n");
    for (int i = 0; i < MAP_HUES; i++)
        buf_fmt(out, ".e%d{stroke:var(--h%d)}.k%d{fill:var(--h%d)}", i, i, i, i);
    buf_str(out, "\n</style>\n");
}

static void
text_put(struct buf *out, int x, int y, const char *class, struct span text)
{
    buf_fmt(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
    html_put(out, text);
    buf_str(out, "</text>\n");
}

static void
edge_put(struct buf *out, const struct map *map, const struct map_edge *edge)
{
    const struct map_box *from = &map->boxes[edge->from], *to = &map->boxes[edge->to];
    int x1 = from->x + from->w, x2 = to->x, half = (x2 - x1) / 2;
    if (edge->hue < 0)
        buf_str(out, "<path class=\"g\"");
    else
        buf_fmt(out, "<path class=\"e%d%s\"", edge->hue, edge->hue >= MAP_HUES / 2 ? " d" : "");
    buf_fmt(out, " d=\"M%d %dC%d %d %d %d %d %d\"/>\n", x1, edge->y1, x1 + half, edge->y1, x2 - half, edge->y2, x2, edge->y2);
}

static void
box_put(struct buf *out, const struct map_box *box)
{
    static const char *const classes[] = {[FONT_TITLE] = "t", [FONT_TEXT] = "n", [FONT_SMALL] = "s"};
    int y = box->y + MAP_PAD;
    buf_fmt(out, "<g role=\"listitem\"><rect class=\"b%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"7\"/>\n",
            box->quiet ? " q" : "", box->x, box->y, box->w, box->h);
    if (box->hue >= 0)
        buf_fmt(out, "<rect class=\"k%d\" x=\"%d\" y=\"%d\" width=\"5\" height=\"%d\" rx=\"2\"/>\n", box->hue, box->x, box->y,
                box->h);
    for (int i = 0; i < box->line_count; i++) {
        const struct map_line *line = &box->lines[i];
        int height = line->text.n == 0 ? 7 : map_line_height(line->font);
        y += height;
        if (line->text.n > 0)
            text_put(out, box->x + MAP_PAD, y - 4, classes[line->font], line->text);
    }
    buf_str(out, "</g>\n");
}

static void
head_put(struct buf *out, const struct map *map)
{
    static const char *const titles[MAP_COLUMNS] = {"Where it comes from", "What is kept, and how long", "What for",
                                                    "Who else gets it"};
    const struct policy *p = map->policy;
    struct buf line = arena_buf(map->arena, 128);
    buf_str(&line, "Version ");
    buf_u64(&line, (uint64_t)p->version);
    buf_str(&line, ", in force from ");
    date_put(&line, p->in_force_days);
    text_put(out, MAP_MARGIN, 40, "h", p->title);
    text_put(out, MAP_MARGIN, 62, "s", buf_span(&line));
    for (int i = 0; i < MAP_COLUMNS; i++)
        text_put(out, MAP_MARGIN + i * (MAP_BOX_W + MAP_GUTTER), MAP_TOP - 16, "h", span_str(titles[i]));
}

static void
foot_put(struct buf *out, const struct map *map)
{
    struct buf line = arena_buf(map->arena, 128);
    buf_str(&line, "Drawn from the rules that are enforced; their mark (SHA-256) is ");
    buf_hex(&line, map->policy->hash, sizeof map->policy->hash);
    text_put(out, MAP_MARGIN, map->height - 24, "s", buf_span(&line));
}

bool
policy_map_svg(const struct policy *policy, enum map_look look, struct arena *scratch, struct buf *out)
{
    struct map map = {.policy = policy, .arena = scratch};
    if (!map_boxes(&map) || !map_layout(&map))
        return false;
    buf_fmt(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title desc\" width=\"%d\" "
                 "height=\"%d\" viewBox=\"0 0 %d %d\">\n<title id=\"title\">",
            map.width, map.height, map.width, map.height);
    html_put(out, policy->title);
    buf_fmt(out, ": data map</title>\n<desc id=\"desc\">%d places where data come in, %d kinds of data, %d purposes, %d "
                 "recipients, and what flows between them, from left to right.</desc>\n",
            policy->point_count, policy->category_count, policy->purpose_count, policy->recipient_count);
    style(out, look);
    buf_fmt(out, "<rect width=\"%d\" height=\"%d\" style=\"fill:var(--ground)\"/>\n", map.width, map.height);
    head_put(out, &map);
    for (int i = 0; i < map.edge_count; i++)
        edge_put(out, &map, &map.edges[i]);
    for (int i = 0; i < map.box_count; i++)
        box_put(out, &map.boxes[i]);
    foot_put(out, &map);
    buf_str(out, "</svg>\n");
    return buf_ok(out) && !scratch->overflow;
}
