/*
 * policy/read_priv.h - the YAML text as a tree of nodes with places, and how faults are told.
 *
 * Everything is text until the code that expects something asks for it
 * (read_value.c): `NO` is a country, `1:30` is text. Nodes live in the arena of
 * their file for one reading and borrow nothing from the YAML library.
 */
#ifndef TROTH_POLICY_READ_PRIV_H
#define TROTH_POLICY_READ_PRIV_H

#include "policy/read.h"

enum node_shape { NODE_TEXT, NODE_LIST, NODE_MAP };

struct place {
    int line, column, width; /* from 1; columns are characters */
    int part;                /* file it is in; 0: the policy file itself */
};

struct node {
    enum node_shape shape;
    bool quoted;            /* NODE_TEXT in quotes or as a block */
    bool empty;             /* a key of no letters; told with its value */
    bool faulty;            /* a fault about it was told; say no more */
    struct span text;
    struct place at;
    const struct node *key; /* of a map's entry: its key, else NULL */
    struct node *first, *next;
    int count;
};

/* One of the files a policy is made of. */
struct part {
    struct span name;       /* from the policy's folder, with a zero behind it; empty: the policy file itself */
    const char *shown;      /* as faults name it; NULL: as the policy file itself */
    int by;                 /* the file that includes it; -1: none */
    struct span text;
    const uint32_t *lines;  /* byte at which line i + 1 starts; lines[line_count] is the end */
    int line_count;
    struct arena arena;     /* nodes and lines */
};

/* One reading. */
struct reader {
    struct policy_faults *faults;
    struct arena scratch;
    const struct policy_beside *beside; /* NULL: no other file can be read */
    struct part parts[LIMIT_POLICY_PARTS];
    int part_count, part;   /* the one being read */
    size_t bytes;           /* of all parts */
    int nodes;              /* as well */
    int64_t today_days;
    bool own_day;           /* no day was given: today_days is the policy's own, and what ended since is no fault */
    struct policy_fault *last;
};

/* read_fault.c */
void fault(struct reader *reader, struct place at, const char *code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void fault_warn(struct reader *reader, struct place at, const char *code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* What would be right, for the fault told last. */
void fault_mend(struct reader *reader, const char *fmt, ...) PRINTF_LIKE(2, 3);
void faults_sort(struct policy_faults *faults);
/* As much of a name or value as a fault should repeat: one line, whole characters. */
struct span shown(struct span text);
/* The place of a run of `bytes` bytes that begins at byte `at`; width ends with the line. */
struct place place_of(const struct reader *reader, size_t at, size_t bytes);

/* Where a file begins. */
struct place place_start(const struct reader *reader);

/* read_guard.c: size, lines, UTF-8, characters. False when the text must not reach the parser. */
bool guard_text(struct reader *reader);
/* Whether valid UTF-8 has a character that cannot be seen, and where. */
bool text_hidden(struct span text, size_t *ret_at);

/* read_yaml.c: the root of a part, or NULL after faults (err is set when memory is short). */
struct node *yaml_read(struct reader *reader, struct err *err);

/* read_include.c: the policy file and what it includes, as one map of sections; NULL as above. */
struct node *parts_read(struct reader *reader, struct span text, struct err *err);
void parts_close(struct reader *reader);

/* read_hint.c: the nearest of several words, if it is near enough to be what was meant. */
struct hint {
    struct span word, best;
    int distance;
    int tries;
};
void hint_start(struct reader *reader, struct hint *hint, struct span word);
void hint_try(struct hint *hint, struct span candidate);
/* Adds "did you mean …?" as the mend of the last fault, or `otherwise` (may be NULL). */
void hint_mend(struct reader *reader, const struct hint *hint, const char *otherwise);

/* read_value.c: what a field expects of a node; each tells a fault and gives its fallback. */
struct key_row {
    const char *name;
    bool later;   /* known to the language, not working yet */
};
const struct node *map_get(const struct node *map, const char *key);
/* Faults for keys that are not in the list (ended by a NULL name); `what` as in "a purpose". */
void map_keys_check(struct reader *reader, const struct node *map, const struct key_row *keys,
                    const char *what);
bool node_expect(struct reader *reader, const struct node *node, enum node_shape shape,
                 const char *what);
/* The place to point at when something is missing in a map: its key, or itself. */
struct place node_place(const struct node *node);
/* Nothing was written: an empty value, or a word that YAML takes for nothing (`~`, `null`). */
bool node_is_nothing(const struct node *node);

/* The items of a list. A single word where a list is expected is a fault and read as a list of it. */
const struct node *list_first(struct reader *reader, const struct node *list, const char *what);
const struct node *list_next(const struct node *list, const struct node *item);

struct span value_text(struct reader *reader, const struct node *node, const char *what);
bool value_flag(struct reader *reader, const struct node *node, const char *what, bool otherwise);
uint64_t value_number(struct reader *reader, const struct node *node, const char *what,
                      uint64_t least, uint64_t most, uint64_t otherwise);
int64_t value_date(struct reader *reader, const struct node *node, const char *what);
struct span value_country(struct reader *reader, const struct node *node, const char *what);
/* Index into a NULL-ended list of words; after a fault the nearest, or `otherwise`. */
int value_choice(struct reader *reader, const struct node *node, const char *what,
                 const char *const *words, int otherwise);
/* A list of such words (no list: none) as bits by their places in `words`; one that stands there twice is told. */
unsigned value_choices(struct reader *reader, const struct node *list, const char *what, const char *choice,
                       const char *const *words);
/* A name of the language: a-z, 0-9 and single dashes, a letter first, at most LIMIT_POLICY_NAME. */
bool value_is_name(struct span text);
bool name_check(struct reader *reader, const struct node *node, const char *what);
/* "2 years", "1 year 6 months", "3 days after year end". */
bool value_duration(struct reader *reader, const struct node *node, const char *what,
                    struct policy_span_of_time *ret);
/* The same without the calendar: "after year end" is a fault. */
bool value_length(struct reader *reader, const struct node *node, const char *what,
                  struct policy_span_of_time *ret);

#endif
