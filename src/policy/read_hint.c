#include "policy/read_priv.h"

enum { HINT_WORD = 40, HINT_TRIES = 1000 };

static char
fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '_' ? '-' : c;
}

/*
 * Edits (insert, delete, replace, swap two neighbours) from a to b, `most` or more when it is not
 * less than that; both at most HINT_WORD long.
 */
static int
distance(struct span a, struct span b, int most)
{
    int rows[3][HINT_WORD + 1];
    int *two = rows[0], *one = rows[1], *now = rows[2];
    for (size_t j = 0; j <= b.n; j++)
        one[j] = (int)j;
    for (size_t i = 1; i <= a.n; i++) {
        now[0] = (int)i;
        int row_least = now[0];
        for (size_t j = 1; j <= b.n; j++) {
            bool same = fold(a.p[i - 1]) == fold(b.p[j - 1]);
            int least = one[j - 1] + !same;
            least = one[j] + 1 < least ? one[j] + 1 : least;
            least = now[j - 1] + 1 < least ? now[j - 1] + 1 : least;
            bool swapped = i > 1 && j > 1 && fold(a.p[i - 1]) == fold(b.p[j - 2]) &&
                           fold(a.p[i - 2]) == fold(b.p[j - 1]);
            if (swapped && two[j - 2] + 1 < least)
                least = two[j - 2] + 1;
            now[j] = least;
            row_least = least < row_least ? least : row_least;
        }
        if (row_least > most)
            return most; /* a swap may win one back, no more */
        int *free_row = two;
        two = one;
        one = now;
        now = free_row;
    }
    return one[b.n];
}

void
hint_start(struct reader *reader, struct hint *hint, struct span word)
{
    /* Nobody reads the mend of a fault that is not kept, and looking for it takes time. */
    if (reader->faults->count == LIMIT_POLICY_FAULTS)
        word = SPAN_NONE;
    /* A third of the letters may be wrong, and never the whole of a short word. */
    *hint = (struct hint){.word = word, .distance = (int)(word.n <= 2 ? 1 : (word.n + 2) / 3) + 1};
}

void
hint_try(struct hint *hint, struct span candidate)
{
    if (hint->word.n == 0 || hint->word.n > HINT_WORD || candidate.n == 0 ||
        candidate.n > HINT_WORD)
        return;
    size_t longer = candidate.n > hint->word.n ? candidate.n - hint->word.n
                                               : hint->word.n - candidate.n;
    if ((int)longer >= hint->distance || ++hint->tries > HINT_TRIES)
        return;
    /* What both begin or end with costs nothing. */
    struct span a = hint->word, b = candidate;
    while (a.n > 0 && b.n > 0 && fold(a.p[0]) == fold(b.p[0]))
        a = span_sub(a, 1, a.n), b = span_sub(b, 1, b.n);
    while (a.n > 0 && b.n > 0 && fold(a.p[a.n - 1]) == fold(b.p[b.n - 1]))
        a.n--, b.n--;
    int d = distance(a, b, hint->distance);
    if (d >= hint->distance)
        return;
    hint->distance = d;
    hint->best = candidate;
}

void
hint_mend(struct reader *reader, const struct hint *hint, const char *otherwise)
{
    if (hint->best.n > 0)
        fault_mend(reader, "did you mean `%.*s`?", SPAN_FMT(hint->best));
    else if (otherwise != NULL)
        fault_mend(reader, "%s", otherwise);
}
