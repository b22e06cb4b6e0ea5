#include "policy/page_priv.h"

static void
cell_close(struct pen *pen)
{
    if (pen->cell_open)
        pen->ops->cell(pen, false);
    pen->cell_open = false;
    pen->capital = false;
}

static void
row_close(struct pen *pen)
{
    cell_close(pen);
    if (pen->row_open)
        pen->ops->row(pen, false);
    pen->row_open = false;
}

void
pen_table(struct pen *pen, const char *caption, const char *const *columns, int count)
{
    TROTH_ASSERT(!pen->row_open && !pen->cell_open);
    pen->ops->table(pen, caption, columns, count);
}

void
pen_row(struct pen *pen)
{
    row_close(pen);
    pen->ops->row(pen, true);
    pen->row_open = true;
}

void
pen_cell(struct pen *pen)
{
    TROTH_ASSERT(pen->row_open);
    cell_close(pen);
    pen->ops->cell(pen, true);
    pen->cell_open = true;
}

void
pen_table_end(struct pen *pen)
{
    row_close(pen);
    pen->ops->table_end(pen);
}
