/*
 * A policy's files become one map of sections: the policy file, and those it includes, each with all it includes.
 *
 * One section stands in one file, so no rule is put together from two places. A file is read once. When one cannot be
 * read, nothing is compiled: each name it declares would be told as unknown.
 */
#include "policy/read_priv.h"

enum {
    PART_ARENA_LEAST = 256 * 1024,
    PART_ARENA_BY_BYTE = 64, /* a list of single letters has two bytes for each node */
    PART_NAME = 255,
};

static struct node *files_include(struct reader *reader, struct node *root, const struct node *map, int depth,
                                  struct err *err);

/* The part as a map; it stays the one that is read until the next. */
static struct node *
part_read(struct reader *reader, struct span name, int by, struct span text, struct err *err)
{
    struct part *part = &reader->parts[reader->part_count];
    if (!arena_open(&part->arena, PART_ARENA_LEAST + PART_ARENA_BY_BYTE * text.n, err))
        return NULL;
    reader->part = reader->part_count++;
    reader->bytes += text.n;
    if (span_starts(text, SPAN("\xef\xbb\xbf")))
        text = span_sub(text, 3, text.n); /* editors put a byte order mark there */
    part->by = by;
    part->text = text;
    part->name = name;
    return guard_text(reader) ? yaml_read(reader, err) : NULL;
}

/* As faults name it: the name behind the folder of the policy file. It outlives the reading, as they do. */
static const char *
name_shown(struct reader *reader, struct span name)
{
    struct span file = span_str(reader->faults->file == NULL ? "" : reader->faults->file);
    while (file.n > 0 && file.p[file.n - 1] != '/')
        file.n--;
    char *shown = arena_take(&reader->faults->arena, file.n + name.n + 1);
    if (shown == NULL)
        return NULL;
    if (file.n > 0)
        memcpy(shown, file.p, file.n);
    memcpy(shown + file.n, name.p, name.n);
    shown[file.n + name.n] = '\0';
    return shown;
}

/* Nothing leads out of the policy's folder, and one file has one name. */
static bool
name_good(struct span name)
{
    struct span rest = name, step;
    if (name.n > PART_NAME || span_find(name, '\\') < name.n || span_find(name, '\n') < name.n ||
        span_find(name, '\t') < name.n)
        return false;
    while (span_split(&rest, '/', &step))
        if (step.n == 0 || span_is(step, ".") || span_is(step, ".."))
            return false;
    return name.n > 0 && name.p[name.n - 1] != '/';
}

/* From the policy's folder: a name begins where the file that includes it lies. Empty after a fault. */
static struct span
name_read(struct reader *reader, const struct node *node)
{
    struct span text = value_text(reader, node, "the name of a file");
    if (text.n == 0)
        return SPAN_NONE;
    struct span folder = reader->parts[node->at.part].name;
    while (folder.n > 0 && folder.p[folder.n - 1] != '/')
        folder.n--;
    if (!name_good(text) || folder.n + text.n > PART_NAME) {
        fault(reader, node->at, "include-name", "`%.*s` is no file beside this one", SPAN_FMT(shown(text)));
        fault_mend(reader, "a file in this folder or below it, without `..`: data.yaml, parts/data.yaml");
        return SPAN_NONE;
    }
    char *name = arena_take(&reader->parts[0].arena, folder.n + text.n + 1);
    if (name == NULL)
        return SPAN_NONE;
    if (folder.n > 0)
        memcpy(name, folder.p, folder.n);
    memcpy(name + folder.n, text.p, text.n);
    name[folder.n + text.n] = '\0';
    return span_of(name, folder.n + text.n);
}

/* A fault when the file is one of those read already. */
static bool
twice_check(struct reader *reader, const struct node *node, struct span name)
{
    for (int i = 1; i < reader->part_count; i++) {
        if (!span_eq(reader->parts[i].name, name))
            continue;
        bool circle = false;
        for (int up = node->at.part; up > 0 && !circle; up = reader->parts[up].by)
            circle = up == i;
        if (circle)
            fault(reader, node->at, "include-circle", "`%.*s` would include itself", SPAN_FMT(name));
        else
            fault(reader, node->at, "include-twice", "`%.*s` is included already", SPAN_FMT(name));
        fault_mend(reader, "a file is included once, by one other");
        return false;
    }
    return true;
}

static bool
text_take(struct reader *reader, const struct node *node, struct span name, struct span *ret)
{
    struct err err;
    if (reader->beside == NULL) {
        fault(reader, node->at, "include-closed", "no other file can be read with this one");
        fault_mend(reader, "give the policy as a file, or write all of it into one");
        return false;
    }
    if (reader->part_count == LIMIT_POLICY_PARTS) {
        fault(reader, node->at, "too-many", "there are more than %d files", LIMIT_POLICY_PARTS);
        return false;
    }
    err_clear(&err);
    if (!reader->beside->text(reader->beside->self, name.p, ret, &err)) {
        fault(reader, node->at, "include-unread", "%s", err.text);
        fault_mend(reader, "the name begins at the folder of the file it stands in");
        return false;
    }
    if (ret->n <= LIMIT_POLICY_FILE - reader->bytes)
        return true;
    fault(reader, node->at, "too-large", "with `%.*s` the policy is larger than %d bytes", SPAN_FMT(name),
          LIMIT_POLICY_FILE);
    return false;
}

/* All sections of the map go behind those that are there. */
static void
sections_add(struct reader *reader, struct node *root, struct node *map)
{
    struct node **end = &root->first, *next;
    while (*end != NULL)
        end = &(*end)->next;
    for (struct node *section = map->first; section != NULL; section = next) {
        next = section->next;
        if (span_is(section->key->text, "include"))
            continue;
        const struct node *first = root->first;
        while (first != NULL && !span_eq(first->key->text, section->key->text))
            first = first->next;
        if (first != NULL) {
            const char *file = reader->parts[first->key->at.part].shown;
            fault(reader, section->key->at, "section-twice", "the section `%.*s` stands in two files",
                  SPAN_FMT(shown(section->key->text)));
            fault_mend(reader, "the first is in %s, line %d; a section stands in one file",
                       file != NULL ? file : reader->faults->file, first->key->at.line);
            continue;
        }
        section->next = NULL;
        *end = section;
        end = &section->next;
        root->count++;
    }
}

/* NULL after a fault that cost sections. */
static struct node *
file_include(struct reader *reader, struct node *root, const struct node *node, int depth, struct err *err)
{
    struct span text, name = name_read(reader, node);
    if (name.n == 0 || !twice_check(reader, node, name))
        return NULL;
    if (depth == LIMIT_POLICY_INCLUDES) {
        fault(reader, node->at, "include-deep", "files include each other more than %d deep", LIMIT_POLICY_INCLUDES);
        fault_mend(reader, "include it from the policy file itself");
        return NULL;
    }
    if (!text_take(reader, node, name, &text))
        return NULL;
    reader->parts[reader->part_count].shown = name_shown(reader, name);
    struct node *map = part_read(reader, name, node->at.part, text, err);
    if (map == NULL)
        return NULL;
    /* While its sections are still in it. */
    struct node *all = files_include(reader, root, map, depth + 1, err);
    sections_add(reader, root, map);
    return all;
}

static struct node *
files_include(struct reader *reader, struct node *root, const struct node *map, int depth, struct err *err)
{
    const struct node *list = map_get(map, "include");
    struct node *all = root;
    for (const struct node *node = list_first(reader, list, "include"); node != NULL; node = list_next(list, node))
        if (file_include(reader, root, node, depth, err) == NULL)
            all = NULL;
    return all;
}

struct node *
parts_read(struct reader *reader, struct span text, struct err *err)
{
    struct node *root = part_read(reader, SPAN_NONE, -1, text, err);
    root = root == NULL ? NULL : files_include(reader, root, root, 0, err);
    reader->part = 0;
    return root;
}

void
parts_close(struct reader *reader)
{
    for (int i = 0; i < reader->part_count; i++)
        arena_close(&reader->parts[i].arena);
}
