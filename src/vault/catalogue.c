#include "vault/catalogue.h"

#include <stdlib.h>

/* Eleven bits of a record's place are its category (store/migrate/sqlite/main-0001.sql). */
enum { CATEGORY_MAX = 2047 };

static bool
number_of(struct txn *txn, struct arena *scratch, enum catalogue_kind kind, struct span name,
          uint16_t *ret, struct err *err)
{
    const struct val in[] = {val_int(kind), val_text(name)};
    struct val out[1];
    bool found = false;
    if (!rows_one(txn, scratch, SQL_catalogue_get, in, 2, out, 1, &found, err))
        return false;
    if (!found) {
        if (!rows_run(txn, SQL_catalogue_put, in, 2, NULL, err) ||
            !rows_one(txn, scratch, SQL_catalogue_get, in, 2, out, 1, &found, err))
            return false;
        TROTH_ASSERT(found);
    }
    /* 0 is the category of the ledger's own keys and never a name's. */
    if (out[0].i < 1 || out[0].i > (kind == CATALOGUE_CATEGORY ? CATEGORY_MAX : UINT16_MAX))
        return err_set(err, ERR_FULL, "the catalogue of names is full");
    *ret = (uint16_t)out[0].i;
    return true;
}

struct names {
    enum catalogue_kind kind;
    int count;
    const void *rows;
    size_t row_size;      /* the name is the span at name_at of each row */
    size_t name_at;
    uint16_t **numbers;
    int **index_of;       /* may be NULL */
    int *top;
};

static bool
take_names(struct txn *txn, struct arena *scratch, const struct names *names, struct err *err)
{
    uint16_t *numbers = calloc((size_t)names->count + 1, sizeof *numbers);
    if (numbers == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the catalogue");
    *names->numbers = numbers;
    int top = 0;
    for (int i = 0; i < names->count; i++) {
        struct span name;
        memcpy(&name, (const char *)names->rows + (size_t)i * names->row_size + names->name_at,
               sizeof name);
        if (!number_of(txn, scratch, names->kind, name, &numbers[i], err))
            return false;
        if (numbers[i] > top)
            top = numbers[i];
    }
    if (names->index_of == NULL)
        return true;
    int *index_of = malloc(((size_t)top + 1) * sizeof *index_of);
    if (index_of == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the catalogue");
    for (int number = 0; number <= top; number++)
        index_of[number] = POLICY_NONE;
    for (int i = 0; i < names->count; i++)
        index_of[numbers[i]] = i;
    *names->index_of = index_of;
    *names->top = top;
    return true;
}

bool
catalogue_open(struct txn *txn, struct arena *scratch, const struct policy *policy,
               struct catalogue **ret, struct err *err)
{
    struct catalogue *c = calloc(1, sizeof *c);
    if (c == NULL)
        return err_set(err, ERR_UNAVAILABLE, "no memory for the catalogue");
    const struct names all[] = {
        {CATALOGUE_CATEGORY, policy->category_count, policy->categories,
         sizeof(struct policy_category), offsetof(struct policy_category, name), &c->category,
         &c->category_of, &c->category_top},
        {CATALOGUE_FIELD, policy->field_count, policy->fields, sizeof(struct policy_field),
         offsetof(struct policy_field, full_name), &c->field, NULL, NULL},
        {CATALOGUE_PURPOSE, policy->purpose_count, policy->purposes, sizeof(struct policy_purpose),
         offsetof(struct policy_purpose, name), &c->purpose, &c->purpose_of, &c->purpose_top},
        {CATALOGUE_EVENT, policy->event_count, policy->events, sizeof(struct span), 0, &c->event,
         &c->event_of, &c->event_top},
        {CATALOGUE_PERSON, policy->kind_count, policy->kinds, sizeof(struct policy_kind),
         offsetof(struct policy_kind, name), &c->kind, &c->kind_of, &c->kind_top},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!take_names(txn, scratch, &all[i], err)) {
            catalogue_close(&c);
            return false;
        }
    }
    *ret = c;
    return true;
}

void
catalogue_close(struct catalogue **catalogue)
{
    struct catalogue *c = *catalogue;
    if (c == NULL)
        return;
    free(c->category);
    free(c->field);
    free(c->purpose);
    free(c->event);
    free(c->kind);
    free(c->category_of);
    free(c->purpose_of);
    free(c->event_of);
    free(c->kind_of);
    free(c);
    *catalogue = NULL;
}

static int
index_of(const int *table, int top, int64_t number)
{
    return number < 1 || number > top ? POLICY_NONE : table[number];
}

int
catalogue_category(const struct catalogue *catalogue, int64_t number)
{
    return index_of(catalogue->category_of, catalogue->category_top, number);
}

int
catalogue_purpose(const struct catalogue *catalogue, int64_t number)
{
    return index_of(catalogue->purpose_of, catalogue->purpose_top, number);
}

int
catalogue_event(const struct catalogue *catalogue, int64_t number)
{
    return index_of(catalogue->event_of, catalogue->event_top, number);
}

int
catalogue_kind(const struct catalogue *catalogue, int64_t number)
{
    return index_of(catalogue->kind_of, catalogue->kind_top, number);
}
