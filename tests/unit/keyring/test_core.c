#include "rig.h"

#include "base/buf.h"

/* The key process from the inside: what it answers, what it refuses, and that a server gone bad
 * gets nothing. */

static struct keyd_core *core;
static uint8_t in[MESSAGE_MAX], out[MESSAGE_MAX];

static struct message
asked(uint8_t type, uint16_t count)
{
    struct message message;
    message_begin(&message, in, sizeof in,
                  (struct message_head){.type = type, .count = count, .number = 9});
    return message;
}

/* One well-formed request of each kind. */
static struct message
good_request(int which)
{
    static const uint8_t zero[256];
    struct message m = asked(MESSAGE_COUNT, 1);
    switch (which) {
    case 0:
        m = asked(MESSAGE_BATCH, 3);
        message_u8(&m, OP_UNWRAP);
        message_bytes(&m, zero, DK_ROW);
        message_u8(&m, OP_WRAP);
        message_bytes(&m, zero, 2 + 16 + 16 + 8 + 32);
        message_u8(&m, OP_INDEX);
        message_u16(&m, 3);
        message_text8(&m, SPAN("email"));
        message_text16(&m, SPAN("ana@example.org"));
        break;
    case 1:
        m = asked(MESSAGE_ACTOR, 1);
        message_bytes(&m, zero, 16);
        break;
    case 2:
        m = asked(MESSAGE_MAC, 1);
        message_bytes(&m, "contexts", 8);
        message_text16(&m, SPAN("text"));
        break;
    case 3:
        m = asked(MESSAGE_SIGN, 1);
        message_text16(&m, SPAN("x\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"));
        message_u64(&m, 1);
        message_bytes(&m, zero, 32);
        message_u64(&m, 0);
        message_u8(&m, 0);
        break;
    case 4:
        m = asked(MESSAGE_RESUME, 1);
        message_text16(&m, SPAN("x\n1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"));
        message_bytes(&m, zero, 64);
        break;
    case 6:
        m = asked(MESSAGE_EPOCH, 1);
        message_u32(&m, 99);
        message_bytes(&m, zero, 8);
        break;
    default:
        break;
    }
    return m;
}
enum { REQUESTS = 7 };

static void
core_reset(void)
{
    core->stands = false;
}

static void
test_every_request(void **state)
{
    (void)state;
    static const size_t want[REQUESTS] = {
        8 + (1 + 1 + 32) + (1 + 128) + (1 + 16), 8 + 16, 8 + 32, 8 + 64, 0, 8 + 64, 8 + 1};
    for (int i = 0; i < REQUESTS; i++) {
        struct message answer, m = good_request(i);
        core_reset();
        assert_true(core_answer(core, in, m.n, out, &answer));
        assert_int_equal(out[0], MESSAGE_VERSION);
        assert_int_equal(get_be32(out + 4), 9);
        assert_int_equal(get_be16(out + 2), get_be16(in + 2));
        if (i == 4)
            assert_int_equal(out[1], MESSAGE_REFUSAL); /* a signature of zeros */
        else
            assert_int_equal(answer.n, want[i]);
    }
}

/* Wrapped under what the server names, if the mark fits; the others open as before. */
static void
test_epochs(void **state)
{
    (void)state;
    struct err err;
    static uint8_t rows[3][DK_ROW];
    struct keyring *ring = &core->keyring;
    size_t had = ring->key_count;
    assert_true(keyring_epoch_prepare(ring, 1, &err));
    const struct epoch_mark one = keyring_mark(keyring_key(ring, KEYRING_EPOCH, 1)),
                            two = keyring_mark(keyring_epoch_newest(ring));
    struct epoch_mark other = two, none = two;
    other.check[7] ^= 1;
    none.number = 3;
    const struct {
        const struct epoch_mark *mark;
        enum epoch_use use;
        uint32_t wraps;
    } steps[] = {{NULL, 0, 1}, {&other, EPOCH_OTHER, 1}, {&none, EPOCH_MISSING, 1}, {&two, EPOCH_USED, 2},
                 {&none, EPOCH_MISSING, 2}, {&one, EPOCH_USED, 1}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct message answer, m;
        if (steps[i].mark != NULL) {
            m = asked(MESSAGE_EPOCH, 1);
            message_u32(&m, steps[i].mark->number);
            message_bytes(&m, steps[i].mark->check, 8);
            assert_true(core_answer(core, in, m.n, out, &answer));
            assert_int_equal(out[8], steps[i].use);
        }
        m = asked(MESSAGE_BATCH, 1);
        message_u8(&m, OP_WRAP);
        message_bytes(&m, (uint8_t[96]){0}, 2 + 16 + 16 + 8 + 32);
        assert_true(core_answer(core, in, m.n, out, &answer));
        assert_int_equal(get_be32(out + 9 + 4), steps[i].wraps);
        memcpy(rows[steps[i].wraps], out + 9, DK_ROW);
        uint8_t key[32];
        for (uint32_t epoch = 1; epoch <= 2; epoch++)
            assert_true(rows[epoch][0] == 0 || dk_row_open(ring, rows[epoch], key));
    }
    /* One that has ended. */
    ring->keys[had].state = KEYRING_DESTROYED;
    struct message answer, m = asked(MESSAGE_EPOCH, 1);
    message_u32(&m, 2);
    message_bytes(&m, two.check, 8);
    assert_true(core_answer(core, in, m.n, out, &answer));
    assert_int_equal(out[8], EPOCH_ENDED);
    ring->key_count = had;
}

/* Cut anywhere, or with a byte more, or in an unknown form: no answer at all. */
static void
test_malformed(void **state)
{
    (void)state;
    struct message answer;
    for (int i = 0; i < REQUESTS; i++) {
        size_t n = good_request(i).n;
        for (size_t cut = 0; cut < n; cut++) {
            core_reset();
            (void)good_request(i);
            assert_false(core_answer(core, in, cut, out, &answer));
        }
        in[n] = 0;
        assert_false(core_answer(core, in, n + 1, out, &answer));
        static const struct {
            size_t at;
            uint8_t value;
        } heads[] = {{0, 0}, {0, 2}, {1, 0}, {1, MESSAGE_HELLO}, {1, 9}, {1, 0x82}, {1, 0xff},
                     {3, 0}, {3, 2}, {2, 1}};
        for (size_t h = 0; h < sizeof heads / sizeof heads[0]; h++) {
            (void)good_request(i);
            in[heads[h].at] = heads[h].value;
            assert_false(core_answer(core, in, n, out, &answer));
        }
    }
    struct message m = asked(MESSAGE_BATCH, LIMIT_KEYD_BATCH + 1);
    for (int i = 0; i <= LIMIT_KEYD_BATCH; i++) {
        message_u8(&m, OP_INDEX);
        message_bytes(&m, "\0\1\0\0\0", 5);
    }
    assert_false(core_answer(core, in, m.n, out, &answer));
    put_be16(in + 2, LIMIT_KEYD_BATCH);
    assert_true(core_answer(core, in, m.n - 6, out, &answer));
    in[8] = 4;
    assert_false(core_answer(core, in, m.n - 6, out, &answer));
}

static void
test_noise(void **state)
{
    (void)state;
    uint8_t dice[64];
    for (int round = 0; round < 20000; round++) {
        struct message answer, m = good_request(round % REQUESTS);
        crypt_random(dice, sizeof dice);
        for (int i = 0; i < 1 + dice[0] % 4; i++)
            in[get_be16(dice + 4 + 2 * i) % m.n] = dice[20 + i];
        size_t n = dice[1] % 4 == 0 ? get_be16(dice + 2) % (m.n + 8) : m.n;
        core_reset();
        if (core_answer(core, in, n, out, &answer))
            assert_true(!answer.bad && answer.n >= MESSAGE_HEAD && answer.n <= MESSAGE_MAX);
    }
}

static void
note_of(uint64_t size, const uint8_t root[32], const char *origin, struct buf *to)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint8_t padded[33] = {0};
    memcpy(padded, root, 32);
    buf_reset(to);
    buf_fmt(to, "%s\n%llu\n", origin, (unsigned long long)size);
    for (size_t bit = 0; bit < 43 * 6; bit += 6)
        buf_char(to, digits[(get_be16(padded + bit / 8) >> (10 - bit % 8)) & 63]);
    buf_str(to, "=\n");
    assert_true(buf_ok(to));
}

/* Two leaves a and b in every order: enough trees for every way to cheat. */
static uint8_t leaf_a[32] = {1}, leaf_b[32] = {2}, root_ab[32], root_ba[32];

static bool
sign(const char *origin, uint64_t size, const uint8_t *root, uint64_t old_size,
     const uint8_t *proof, struct err *err)
{
    char text[NOTE_MAX];
    uint8_t sig[64], public_key[32];
    struct buf note;
    buf_init(&note, text, sizeof text);
    note_of(size, root, origin, &note);
    struct core_sign_ask ask = {.note = buf_span(&note), .size = size, .root = root,
                                .old_size = old_size, .proof = (const uint8_t(*)[32])proof,
                                .proof_count = proof != NULL};
    if (!core_sign(core, &ask, sig, err))
        return false;
    crypt_sign_key(keyring_key(&core->keyring, KEYRING_LEDGER, 0)->key, public_key);
    assert_true(crypt_verify(public_key, buf_span(&note), sig));
    return true;
}

static void
test_sign_only_what_extends(void **state)
{
    (void)state;
    struct err err;
    core_reset();
    assert_false(sign("o", 1, leaf_a, 1, NULL, &err)); /* where it stood must be resumed */
    assert_non_null(strstr(err.text, "resume"));
    assert_true(sign("o", 1, leaf_a, 0, NULL, &err));
    assert_true(sign("o", 1, leaf_a, 1, NULL, &err));        /* the same again */
    assert_false(sign("o", 1, leaf_b, 1, NULL, &err));       /* another of that size */
    assert_false(sign("o", 1, leaf_b, 0, NULL, &err));       /* a second history */
    assert_false(sign("o", 2, root_ab, 0, NULL, &err));
    assert_false(sign("p", 2, root_ab, 1, leaf_b, &err));    /* another origin */
    assert_non_null(strstr(err.text, "origin"));
    assert_false(sign("o", 2, root_ab, 1, leaf_a, &err));    /* a wrong proof */
    assert_false(sign("o", 2, root_ba, 1, leaf_b, &err));
    assert_false(sign("o", 2, root_ba, 1, leaf_a, &err));    /* sound for [b, a], which is a fork */
    assert_true(sign("o", 2, root_ab, 1, leaf_b, &err));
    assert_false(sign("o", 1, leaf_a, 1, NULL, &err));       /* back again */
    assert_false(sign("o", 1, leaf_a, 2, NULL, &err));
    assert_int_equal(err.code, ERR_LEDGER);
    assert_int_equal(core->size, 2);
}

static void
test_note_must_say_the_same(void **state)
{
    (void)state;
    struct err err;
    char text[NOTE_MAX];
    uint8_t sig[64];
    struct buf note;
    buf_init(&note, text, sizeof text);
    core_reset();
    note_of(5, leaf_b, "o", &note);
    struct core_sign_ask ask = {.note = buf_span(&note), .size = 5, .root = leaf_a};
    assert_false(core_sign(core, &ask, sig, &err));
    ask.root = leaf_b;
    ask.size = 6;
    assert_false(core_sign(core, &ask, sig, &err));
    ask.size = 5;
    ask.note = SPAN("o\n5\nany other text to be signed\n");
    assert_false(core_sign(core, &ask, sig, &err));
    assert_false(core->stands);
    note_of(0, leaf_a, "o", &note); /* the empty tree has one root only */
    ask = (struct core_sign_ask){.note = buf_span(&note), .size = 0, .root = leaf_a};
    assert_false(core_sign(core, &ask, sig, &err));
    uint8_t empty[32];
    crypt_sha256(NULL, 0, empty);
    assert_true(sign("o", 0, empty, 0, NULL, &err));
    assert_true(sign("o", 2, root_ab, 0, NULL, &err));
}

static void
test_resume(void **state)
{
    (void)state;
    struct err err;
    char text[NOTE_MAX];
    uint8_t sig[64];
    struct buf note;
    const uint8_t *seed = keyring_key(&core->keyring, KEYRING_LEDGER, 0)->key;
    buf_init(&note, text, sizeof text);
    core_reset();
    note_of(1, leaf_a, "o", &note);
    crypt_sign(seed, buf_span(&note), sig);
    sig[5] ^= 1;
    assert_false(core_resume(core, buf_span(&note), sig, &err));
    assert_false(core->stands);
    sig[5] ^= 1;
    assert_true(core_resume(core, buf_span(&note), sig, &err));
    assert_true(core_resume(core, buf_span(&note), sig, &err)); /* again changes nothing */
    assert_false(sign("o", 2, root_ba, 1, leaf_b, &err));
    assert_true(sign("o", 2, root_ab, 1, leaf_b, &err));
    /* Resuming an older one, though genuine, would be the way to a fork. */
    assert_false(core_resume(core, buf_span(&note), sig, &err));
    assert_int_equal(core->size, 2);
    core_reset();
    crypt_sign(seed, SPAN("o\n1\nnot a note\n"), sig);
    assert_false(core_resume(core, SPAN("o\n1\nnot a note\n"), sig, &err));
}

/* A hundred second histories of random length, with the proofs that would suit them. */
static void
test_hundred_forks(void **state)
{
    (void)state;
    struct err err;
    core_reset();
    assert_true(sign("o", 2, root_ab, 0, NULL, &err));
    for (int round = 0; round < 100; round++) {
        uint8_t dice[68], forked[64], root[32];
        crypt_random(dice, sizeof dice);
        /* [x, y] as the first two leaves instead of [a, b], then z: size 3, proof {z}. */
        memcpy(forked, dice, 64);
        uint8_t old_root[32];
        crypt_sha256_prefixed(1, forked, 64, old_root);
        memcpy(forked, old_root, 32);
        memcpy(forked + 32, leaf_b, 32);
        crypt_sha256_prefixed(1, forked, 64, root);
        assert_true(extend_check(2, old_root, 3, root, (const uint8_t(*)[32])leaf_b, 1));
        assert_false(sign("o", 3, root, 2, leaf_b, &err));
        assert_false(sign("o", 3, root, 0, NULL, &err));
        assert_false(sign("o", 2, old_root, 2, NULL, &err));
        assert_int_equal(err.code, ERR_LEDGER);
    }
    assert_int_equal(core->size, 2);
}

static void
test_vectors(void **state)
{
    (void)state;
    struct message answer;
    char hex[33];
    for (size_t i = 0; i < core->keyring.key_count; i++)
        for (size_t at = 0; at < 32; at++)
            core->keyring.keys[i].key[at] = (uint8_t)(0xc0 + at);
    (void)good_request(0);
    assert_true(core_answer(core, in, good_request(0).n, out, &answer));
    hex_put(hex, out + answer.n - 16, 16);
    assert_string_equal(hex, "d10899a7cbf6eced56b0aabbd8cddbe2");
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    uint8_t both[64];
    if (!crypt_start_debuggable(&err) || (core = crypt_secret_take(sizeof *core)) == NULL)
        return -1;
    for (enum keyring_kind kind = KEYRING_EPOCH; kind <= KEYRING_ACTOR; kind++)
        if (!keyring_key_add(&core->keyring, kind, 1, &err))
            return -1;
    memcpy(both, leaf_a, 32);
    memcpy(both + 32, leaf_b, 32);
    crypt_sha256_prefixed(1, both, 64, root_ab);
    memcpy(both, leaf_b, 32);
    memcpy(both + 32, leaf_a, 32);
    crypt_sha256_prefixed(1, both, 64, root_ba);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    crypt_secret_free(core);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_request), cmocka_unit_test(test_epochs), cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_noise),         cmocka_unit_test(test_sign_only_what_extends),
        cmocka_unit_test(test_note_must_say_the_same),
        cmocka_unit_test(test_resume),        cmocka_unit_test(test_hundred_forks),
        cmocka_unit_test(test_vectors),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
