/* Where the databases are, and that nothing but a verified TLS connection leads there over a network. */
#include "store/pg_priv.h"


/* What we say to every connection; the URL cannot say otherwise. */
static const char *const ours[][2] = {
    {"fallback_application_name", "troth"},
    {"client_encoding", "UTF8"},
    {"target_session_attrs", "read-write"},
    {"gssencmode", "disable"}, /* it would stand in the place of TLS and check no certificate */
    {"keepalives", "1"},
    {"keepalives_idle", "10"},
    {"keepalives_interval", "3"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "6000"},
};
_Static_assert(LIMIT_PG_ANSWER_MS == 6000, "tcp_user_timeout is the same");
enum { OURS = sizeof ours / sizeof ours[0] };

static const char *
option_get(const struct pg_place *place, const char *word)
{
    for (const PQconninfoOption *o = place->options; o->keyword != NULL; o++)
        if (strcmp(o->keyword, word) == 0)
            return o->val == NULL || o->val[0] == '\0' ? NULL : o->val;
    return NULL;
}

static bool
host_is_near(struct span host)
{
    return host.n == 0 || host.p[0] == '/' || host.p[0] == '@' || span_is(host, "localhost") ||
           span_is(host, "::1") || span_is(host, "127.0.0.1");
}

/* Every one of the hosts the URL names is this machine. */
static bool
hosts_are_near(const char *list)
{
    struct span rest = span_str(list);
    for (;;) {
        size_t comma = span_find(rest, ',');
        if (!host_is_near(span_sub(rest, 0, comma)))
            return false;
        if (comma >= rest.n)
            return true;
        rest = span_sub(rest, comma + 1, SIZE_MAX);
    }
}

/* Not told where (a service file, PGHOST) counts as far: on a socket libpq leaves TLS out by itself. */
static bool
tls_fits(const struct pg_place *place, bool *ret_verify, struct err *err)
{
    const char *host = option_get(place, "host"), *address = option_get(place, "hostaddr");
    const char *mode = option_get(place, "sslmode");
    bool told = host != NULL || address != NULL;
    bool near = told && hosts_are_near(host == NULL ? "" : host) &&
                hosts_are_near(address == NULL ? "" : address);
    *ret_verify = !near;
    if (near || mode == NULL || strcmp(mode, "verify-full") == 0)
        return true;
    return err_set(err, ERR_CONFIG,
                   "the store's sslmode must be verify-full: over a network nothing less says who answers");
}

static bool
word_put(struct pg_place *place, size_t *n, const char *word, const char *value, struct err *err)
{
    if (*n == PG_WORDS_MAX)
        return err_set(err, ERR_CONFIG, "the store's URL says too much");
    place->words[*n] = word;
    place->values[(*n)++] = value;
    return true;
}

static bool
is_ours(const char *word)
{
    for (size_t i = 0; i < OURS; i++)
        if (strcmp(ours[i][0], word) == 0)
            return true;
    return strcmp(word, "dbname") == 0 || strcmp(word, "sslmode") == 0;
}

bool
pg_place_open(const char *url, struct pg_place *ret, struct err *err)
{
    struct pg_place place = {0};
    if (strncmp(url, "postgresql://", 13) != 0 && strncmp(url, "postgres://", 11) != 0)
        return err_set(err, ERR_CONFIG, "the store is a URL that begins with postgresql://");
    if (!pg_lib_load(err))
        return false;
    char *why = NULL; /* may hold a part of the URL: said to nobody */
    place.options = PQconninfoParse(url, &why);
    PQfreemem(why);
    if (place.options == NULL)
        return err_set(err, ERR_CONFIG, "the store's URL cannot be read (what is special in it is written %%XX)");
    size_t n = 0;
    bool verify = true, ok = tls_fits(&place, &verify, err);
    const char *name = option_get(&place, "dbname"), *mode = option_get(&place, "sslmode");
    for (const PQconninfoOption *o = place.options; ok && o->keyword != NULL; o++)
        if (o->val != NULL && o->val[0] != '\0' && !is_ours(o->keyword))
            ok = word_put(&place, &n, o->keyword, o->val, err);
    for (size_t i = 0; ok && i < OURS; i++)
        ok = word_put(&place, &n, ours[i][0], ours[i][1], err);
    if (ok && verify)
        ok = word_put(&place, &n, "sslmode", "verify-full", err);
    else if (ok && mode != NULL)
        ok = word_put(&place, &n, "sslmode", mode, err);
    if (ok && name != NULL && !span_copy(span_str(name), place.dbname, sizeof place.dbname))
        ok = err_set(err, ERR_CONFIG, "the name of the store's database is too long");
    if (!ok) {
        PQconninfoFree(place.options);
        return false;
    }
    place.words[n] = place.values[n] = NULL;
    *ret = place;
    return true;
}

void
pg_place_close(struct pg_place *place)
{
    if (place->options == NULL)
        return; /* never opened, perhaps because libpq is not there */
    for (PQconninfoOption *o = place->options; o->keyword != NULL; o++)
        if (o->val != NULL && strcmp(o->keyword, "password") == 0)
            explicit_bzero(o->val, strlen(o->val));
    PQconninfoFree(place->options);
    *place = (struct pg_place){0};
}
