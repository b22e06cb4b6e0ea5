/*
 * policy/map_priv.h - boxes and edges of the data map: map_boxes.c says what there is, map_layout.c where it lies,
 * map_svg.c draws it. Lengths are in user units of the SVG, a sixteenth of an inch or so; whole numbers, so that
 * every machine gives the same bytes.
 */
#ifndef TROTH_POLICY_MAP_PRIV_H
#define TROTH_POLICY_MAP_PRIV_H

#include "policy/map.h"

enum { MAP_POINTS, MAP_DATA, MAP_PURPOSES, MAP_RECIPIENTS, MAP_COLUMNS };
enum { MAP_LINES = 12, MAP_HUES = 10, MAP_BOX_W = 232, MAP_PAD = 10, MAP_GUTTER = 120, MAP_TOP = 118, MAP_MARGIN = 28 };

enum map_font { FONT_TITLE, FONT_TEXT, FONT_SMALL };
struct map_line {
    struct span text;
    enum map_font font;
};
struct map_box {
    int column, hue;      /* hue: of a category, else -1 */
    bool quiet;           /* drawn with a dashed edge: nothing is kept, nobody is there */
    struct map_line lines[MAP_LINES];
    int line_count;
    int x, y, w, h;
    int order;            /* its place in the column */
    int in, out;          /* edges at its left and right side */
};
struct map_edge {
    int from, to;         /* boxes */
    int hue;              /* -1: grey */
    int y1, y2;           /* where it leaves and arrives */
};
struct map {
    const struct policy *policy;
    struct arena *arena;
    struct map_box *boxes;
    int box_count;
    struct map_edge *edges;
    int edge_count;
    int first[MAP_COLUMNS + 1]; /* boxes of column i: first[i] to below first[i + 1] */
    int width, height;
};

/* map_width.c: the width of a text in tenths of a unit. */
int map_width(struct span text, enum map_font font);
int map_line_height(enum map_font font);
/* Breaks a text into lines no wider than the box; the last is cut with "…" when the box has no room for more. */
void map_text(struct map *map, struct map_box *box, enum map_font font, struct span text);

/* map_boxes.c; map_layout.c */
MUST_USE bool map_boxes(struct map *map);
MUST_USE bool map_layout(struct map *map);

#endif
