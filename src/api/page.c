#include "api/api_priv.h"

#include "policy/page.h"
#include "wire/http.h"

#include <stdlib.h>

/* Only what is used of them is touched. */
enum { PAGES_MAX = 32 * 1024 * 1024, PAGE_MAX = 4 * 1024 * 1024, LANGUAGES_MOST = 8, MARK = 8 };
static const char address[] = "/policy";

static const struct {
    const char *name, *media, *content_type;
} forms[PAGE_FORMS] = {
    [PAGE_HTML] = {"html", "text/html", "text/html; charset=utf-8"},
    [PAGE_MARKDOWN] = {"markdown", "text/markdown", "text/markdown; charset=utf-8"},
    [PAGE_TEXT] = {"text", "text/plain", "text/plain; charset=utf-8"},
};

struct made {
    struct span body;
    char etag[2 * CRYPT_HASH + 2 * MARK + 8]; /* the policy's hash, and a mark of these very bytes */
};

struct pages {
    char *memory;
    char hash[2 * CRYPT_HASH + 1];
    const char *languages[LANGUAGES_MOST];
    int language_count;
    char links[LANGUAGES_MOST * 64]; /* the value of Link; empty when there is one language */
    struct made made[LANGUAGES_MOST][PAGE_FORMS];
    struct made json;
};

/* --- making them, at the start -------------------------------------------------- */

/* What was written since `from` is a page, and says which policy it is of: it must be the one that decides. */
static bool
keep_page(struct pages *pages, const struct policy *policy, struct buf *buf, size_t from, struct made *ret, struct err *err)
{
    uint8_t mark[CRYPT_HASH];
    if (!buf_ok(buf) || buf->n - from > PAGE_MAX)
        return err_set(err, ERR_TOO_LARGE, "the policy's page is larger than %d bytes", PAGE_MAX);
    ret->body = span_of(pages->memory + from, buf->n - from);
    if (!policy_page_fits(ret->body, policy->hash))
        return err_set(err, ERR_INTERNAL, "a page of the policy does not carry the hash of the policy in force");
    crypt_sha256(&ret->body, 1, mark);
    struct buf etag;
    buf_init(&etag, ret->etag, sizeof ret->etag);
    buf_fmt(&etag, "\"%s-", pages->hash);
    buf_hex(&etag, mark, MARK);
    buf_put(&etag, SPAN("\"\0"));
    return buf_ok(&etag) || err_set(err, ERR_INTERNAL, "the page's mark does not fit");
}

/* The hash is that of the rules the tables were made from; whatever was changed in between shows here. */
static bool
hash_stands(const struct policy *policy, struct err *err)
{
    uint8_t hash[CRYPT_HASH];
    crypt_sha256(&policy->canonical, 1, hash);
    return memcmp(hash, policy->hash, sizeof hash) == 0 ||
           err_set(err, ERR_INTERNAL, "the policy in force is not the one its hash is of");
}

static bool
make_all(struct pages *pages, const struct policy *policy, struct err *err)
{
    struct buf buf, links;
    const struct locale *locale = NULL;
    buf_init(&buf, pages->memory, PAGES_MAX);
    buf_init(&links, pages->links, sizeof pages->links);
    for (int i = 0; i < LANGUAGES_MOST && (locale = policy_page_locale(policy, i)) != NULL; i++) {
        pages->languages[pages->language_count++] = locale_code(locale);
        buf_fmt(&links, "%s<%s?language=%s>; rel=\"alternate\"; hreflang=\"%s\"", i == 0 ? "" : ", ", address,
                locale_code(locale), locale_code(locale));
        for (int form = 0; form < PAGE_FORMS; form++) {
            const struct page_look look = {.form = (enum page_form)form, .locale = locale, .address = address};
            size_t from = buf.n;
            policy_page(policy, &look, &buf);
            if (!keep_page(pages, policy, &buf, from, &pages->made[i][form], err))
                return false;
        }
    }
    buf_char(&links, '\0');
    if (pages->language_count < 2)
        pages->links[0] = '\0';
    size_t from = buf.n;
    policy_page_json(policy, &buf);
    return keep_page(pages, policy, &buf, from, &pages->json, err);
}

bool
pages_open(const struct policy *policy, struct pages **ret, struct err *err)
{
    struct pages *pages = calloc(1, sizeof *pages);
    struct buf hash;
    if (pages == NULL || (pages->memory = malloc(PAGES_MAX)) == NULL) {
        free(pages);
        return err_set(err, ERR_UNAVAILABLE, "no memory");
    }
    buf_init(&hash, pages->hash, sizeof pages->hash);
    buf_hex(&hash, policy->hash, sizeof policy->hash);
    if (!hash_stands(policy, err) || !make_all(pages, policy, err)) {
        pages_close(&pages);
        return false;
    }
    *ret = pages;
    return true;
}

void
pages_close(struct pages **pages)
{
    if (*pages != NULL)
        free((*pages)->memory);
    free(*pages);
    *pages = NULL;
}

bool
pages_fit(const struct pages *pages, const uint8_t hash[CRYPT_HASH])
{
    bool fits = policy_page_fits(pages->json.body, hash);
    for (int i = 0; i < pages->language_count; i++)
        for (int form = 0; form < PAGE_FORMS; form++)
            fits = fits && policy_page_fits(pages->made[i][form].body, hash);
    return fits;
}

/* --- giving them ------------------------------------------------------------------ */

/* The operator's tools run the routes without a policy, too. false: it is answered. */
static bool
has_pages(const struct pages *pages, struct request *req)
{
    struct err err;
    if (pages != NULL)
        return true;
    err_set(&err, ERR_UNAVAILABLE, "no policy is in force");
    reply_problem(req, &err);
    return false;
}

/* What the query says, else the header, else the first. false: it is answered. */
static bool
choose(struct request *req, const char *key, const char *header, enum http_accept what, const char *const *names,
       const char *const *offered, int count, int *ret)
{
    struct err err;
    struct span value;
    bool found = false;
    *ret = 0;
    if (!http_query_get(req->arena, req->head->query, key, &value, &found, &err)) {
        reply_problem(req, &err);
        return false;
    }
    for (int i = 0; found && i < count; i++) {
        *ret = i;
        if (span_is(value, names[i]))
            return true;
    }
    if (found) {
        err_set(&err, ERR_NOT_FOUND, "the page is not there in this %s", key);
        err_place(&err, "%s", key);
        reply_problem(req, &err);
        return false;
    }
    /* Whoever wants none of them still gets one: RFC 9110 section 12.5.1 allows it, and it is better than nothing. */
    int wanted = http_head_field(req->head, header, &value) ? http_accept(value, what, offered, count) : 0;
    *ret = wanted < 0 ? 0 : wanted;
    return true;
}

/* RFC 9110 section 13.1.2: the reader has these very bytes already. */
static bool
is_known(struct request *req, const struct made *made)
{
    struct span header, one;
    if (!http_head_field(req->head, "If-None-Match", &header))
        return false;
    while (span_split(&header, ',', &one)) {
        one = span_trim(one);
        if (span_starts(one, SPAN("W/")))
            one = span_sub(one, 2, SIZE_MAX);
        if (span_is(one, made->etag) || span_is(one, "*"))
            return true;
    }
    return false;
}

static void
give(struct request *req, const struct pages *pages, const struct made *made, const char *content_type)
{
    bool known = is_known(req, made);
    req->reply.status = known ? 304 : 200;
    req->reply.content_type = known ? NULL : content_type;
    req->reply.body = known ? SPAN_NONE : made->body;
    reply_field(req, "Cache-Control", SPAN("public, no-cache"));
    reply_field(req, "ETag", span_str(made->etag));
    reply_field(req, "Troth-Policy", span_str(pages->hash));
}

void
policy_page_run(void *app, struct request *req)
{
    const struct pages *pages = ((struct api *)app)->pages;
    const char *names[PAGE_FORMS], *media[PAGE_FORMS];
    int form = 0, language = 0;
    for (int i = 0; i < PAGE_FORMS; i++) {
        names[i] = forms[i].name;
        media[i] = forms[i].media;
    }
    if (!has_pages(pages, req) ||
        !choose(req, "form", "Accept", HTTP_ACCEPT_MEDIA, names, media, PAGE_FORMS, &form) ||
        !choose(req, "language", "Accept-Language", HTTP_ACCEPT_LANGUAGE, pages->languages, pages->languages,
                pages->language_count, &language))
        return;
    give(req, pages, &pages->made[language][form], forms[form].content_type);
    reply_field(req, "Content-Language", span_str(pages->languages[language]));
    reply_field(req, "Vary", SPAN("Accept, Accept-Language"));
    if (pages->links[0] != '\0')
        reply_field(req, "Link", span_str(pages->links));
    reply_page_fields(req);
}

void
policy_json_run(void *app, struct request *req)
{
    const struct pages *pages = ((struct api *)app)->pages;
    if (!has_pages(pages, req))
        return;
    reply_json(req, 200, pages->json.body);
    struct buf hash = arena_buf(req->arena, 2 * CRYPT_HASH + 2);
    buf_fmt(&hash, "\"%s\"", pages->hash);
    if (buf_ok(&hash))
        reply_field(req, "ETag", buf_span(&hash));
}
