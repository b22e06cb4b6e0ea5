/* The 66 raw requests, each on a fresh connection to a real server. */
#include "serve_test.h"

#include "http_vectors.h"

static bool
status_wanted(const struct http_vector *vector, int status)
{
    for (size_t i = 0; i < COUNT(vector->status); i++)
        if (vector->status[i] == status)
            return true;
    return false;
}

static bool
vector_holds(const struct server *server, const struct http_vector *vector)
{
    struct client *client = client_open(server);
    client_send(client, vector->in);
    int responses = 0;
    bool good = true;
    struct answer answer;
    while (responses < vector->responses && client_try(client, &answer, false, 2000)) {
        responses++;
        good = good && status_wanted(vector, answer.status);
        if (answer.status >= 400)
            good = good && answer_has(&answer, "application/problem+json");
    }
    good = good && responses == vector->responses;
    bool ended = client_ends(client, vector->closes ? 2000 : 30);
    good = good && ended == vector->closes && answer.close == vector->closes;
    /* Where it stays open it must still work. */
    if (good && !vector->closes)
        good = client_ask(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200;
    if (!good)
        print_message("%s: %d responses, last status %d, %s\n", vector->name, responses,
                      answer.status, ended ? "closed" : "open");
    client_close(client);
    return good;
}

static void
test_vectors(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, (struct serve_options){0});
    size_t held = 0;
    for (size_t i = 0; i < COUNT(http_vectors); i++)
        held += vector_holds(&server, &http_vectors[i]);
    print_message("HTTP vectors: %zu/%zu\n", held, COUNT(http_vectors));
    server_stop(&server);
    assert_int_equal(held, COUNT(http_vectors));
    assert_int_equal(held, 66);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
