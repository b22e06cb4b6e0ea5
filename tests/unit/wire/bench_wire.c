/*
 * What reading costs beside the least that could be done with the same bytes: one
 * memchr pass that finds nothing. Medians of alternating rounds, spread shown.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/clock.h"
#include "wire/csv.h"
#include "wire/http.h"
#include "wire/json.h"
#include "wire/text.h"

enum { ROUNDS = 7, TIMES = 20000 };

static struct arena arena;

#define RECORD                                                                                     \
    "{\"id\":\"7f3c9a52\",\"name\":\"Ann Lee\",\"email\":\"ann.lee@example.com\",\"active\":true," \
    "\"age\":34,\"address\":{\"street\":\"Lindenweg 4\",\"zip\":\"10115\",\"city\":\"Berlin\","    \
    "\"country\":\"DE\"},\"tags\":[\"new\",\"paper\",\"summer\"],\"score\":12.75,\"note\":null}"

static const char json_text_958[] =
    "{\"records\":[" RECORD "," RECORD "," RECORD "," RECORD "],\"next\":\"page-2\",\"total\":4}";

static const char head_text[] =
    "GET /v1/subjects/7f3c9a52d1e84b6f/account?fields=name,email HTTP/1.1\r\n"
    "Host: privacy.example.com\r\n"
    "User-Agent: client/2.4 (linux)\r\n"
    "Accept: application/json\r\n"
    "Authorization: Bearer k3Jx9QmW2pZr7TnV5bYc8LdF1hGs4KaE6uNwR0oXiPtMjCqBv\r\n"
    "Troth-Purpose: support\r\n"
    "Troth-Task: ticket-48213\r\n"
    "Connection: keep-alive\r\n\r\n";

static const char note_text[] = "Customer called on 2026-11-01 about invoice 20261101-4471 over "
                                "129.90 EUR; she asks for a copy by mail to "
                                "Lindenweg 4, 10115 Berlin, phone +49 30 1234567, and wants to "
                                "know why it was sent twice in October.";

static bool
run_json(void)
{
    const struct json *root;
    return json_read(&arena, span_str(json_text_958), &root, NULL);
}

static bool
run_head(void)
{
    static struct http_head head;
    size_t used;
    return http_head_read(&arena, span_str(head_text), &head, &used, NULL) == HTTP_DONE;
}

static bool
run_card(void)
{
    return !card_number_in(span_str(note_text));
}

static bool
run_write(void)
{
    struct buf buf = arena_buf(&arena, 2048);
    struct json_out out;
    json_out_init(&out, &buf);
    json_begin(&out, '[');
    for (int i = 0; i < 4; i++) {
        json_begin(&out, '{');
        json_kv_str(&out, "id", "7f3c9a52");
        json_kv_str(&out, "name", "Ann Lee");
        json_kv_str(&out, "email", "ann.lee@example.com");
        json_kv_bool(&out, "active", true);
        json_kv_u64(&out, "age", 34);
        json_kv_str(&out, "street", "Lindenweg 4");
        json_kv_str(&out, "note", note_text);
        json_end(&out, '}');
    }
    json_end(&out, ']');
    return buf_ok(&buf);
}

static bool
pass(const char *text)
{
    const char *volatile at = text; /* so that each pass is made */
    return memchr(at, '\x01', strlen(at)) == NULL;
}

static bool
pass_json(void)
{
    return pass(json_text_958);
}

static bool
pass_head(void)
{
    return pass(head_text);
}

static bool
pass_card(void)
{
    return pass(note_text);
}

static double
time_one(bool (*run)(void))
{
    int64_t start = clock_mono_us();
    for (int i = 0; i < TIMES; i++) {
        size_t mark = arena_mark(&arena);
        if (!run())
            abort();
        arena_back(&arena, mark);
    }
    return (double)(clock_mono_us() - start) * 1000.0 / TIMES;
}

static int
order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int
main(void)
{
    static const struct {
        const char *name;
        size_t bytes;
        bool (*run)(void);
        bool (*pass)(void);
    } rows[] = {
        {"JSON read", sizeof json_text_958 - 1, run_json, pass_json},
        {"JSON written", 1150, run_write, pass_json},
        {"HTTP head", sizeof head_text - 1, run_head, pass_head},
        {"card number sought", sizeof note_text - 1, run_card, pass_card},
    };
    struct err err;
    if (!arena_open(&arena, 1024 * 1024, &err))
        return 1;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double ours[ROUNDS], least[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            ours[round] = time_one(rows[i].run);
            least[round] = time_one(rows[i].pass);
        }
        qsort(ours, ROUNDS, sizeof ours[0], order);
        qsort(least, ROUNDS, sizeof least[0], order);
        printf("%-20s %5zu bytes: %7.0f ns (%.0f to %.0f), %.1f times the plain pass\n",
               rows[i].name, rows[i].bytes, ours[ROUNDS / 2], ours[0], ours[ROUNDS - 1],
               ours[ROUNDS / 2] / least[ROUNDS / 2]);
    }
    arena_close(&arena);
    return 0;
}
