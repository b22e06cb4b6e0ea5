/* How wide a text is. Nobody knows the reader's font, so the widths are those of a wide one. */
#include "policy/map_priv.h"

/* Thousandths of the size, of the letters from space to tilde in DejaVu Sans, which is wider than Arial and Helvetica. */
static const short widths[95] = {
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
    603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635,
    634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838};

static const struct {
    int size, height; /* tenths of a unit; units */
    int bold;         /* thousandths more */
} fonts[] = {[FONT_TITLE] = {140, 19, 110}, [FONT_TEXT] = {130, 18, 0}, [FONT_SMALL] = {115, 16, 0}};

int
map_line_height(enum map_font font)
{
    return fonts[font].height;
}

/* Bytes of the character at the front; *ret_width in thousandths. */
static size_t
letter(struct span text, int *ret_width)
{
    uint8_t c = (uint8_t)text.p[0];
    size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (c >= 0x20 && c < 0x7f)
        *ret_width = widths[c - 0x20];
    else
        *ret_width = n < 3 ? 800 : 1000; /* letters with accents, Greek, Cyrillic; signs as wide as they are high */
    return n < text.n ? n : text.n;
}

int
map_width(struct span text, enum map_font font)
{
    long sum = 0;
    while (text.n > 0) {
        int width;
        size_t n = letter(text, &width);
        sum += width + width * fonts[font].bold / 1000;
        text = span_sub(text, n, SIZE_MAX);
    }
    return (int)((sum * fonts[font].size + 999) / 1000);
}

/* As many bytes as fit, at a space when there is one; a word that is too long is cut. */
static size_t
line_take(struct span text, enum map_font font)
{
    size_t at = 0, space = 0;
    while (at < text.n) {
        int width;
        size_t n = letter(span_sub(text, at, SIZE_MAX), &width);
        if (text.p[at] == ' ')
            space = at;
        if (map_width(span_sub(text, 0, at + n), font) > (MAP_BOX_W - 2 * MAP_PAD) * 10)
            return space > 0 ? space : at > 0 ? at : n;
        at += n;
    }
    return text.n;
}

/* The last line of a full box says that there is more. */
static void
more(struct map *map, struct map_box *box)
{
    struct map_line *last = &box->lines[box->line_count - 1];
    struct span text = last->text;
    while (text.n > 0 && (((uint8_t)text.p[text.n - 1] & 0xc0) == 0x80 ||
                          map_width(text, last->font) > (MAP_BOX_W - 2 * MAP_PAD - 16) * 10))
        text.n--;
    if (text.n > 0 && (uint8_t)text.p[text.n - 1] >= 0xc0)
        text.n--;
    struct buf out = arena_buf(map->arena, text.n + 4);
    buf_put(&out, text);
    buf_str(&out, "…");
    last->text = buf_span(&out);
}

void
map_text(struct map *map, struct map_box *box, enum map_font font, struct span text)
{
    text = span_trim(text);
    while (text.n > 0) {
        if (box->line_count == MAP_LINES) {
            more(map, box);
            return;
        }
        size_t n = line_take(text, font);
        box->lines[box->line_count++] = (struct map_line){span_trim(span_sub(text, 0, n)), font};
        text = span_trim(span_sub(text, n, SIZE_MAX));
    }
}
