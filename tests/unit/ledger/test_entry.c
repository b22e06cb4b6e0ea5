/* One entry: its 160 bytes, and the hashes over them. */
#include "slow.h"

#include "base/limits.h"

/* Where each part lies (docs/trust-model.md); the table is the format. */
static const struct {
    const char *name;
    size_t at, n;
} layout[] = {
    {"version", 0, 1},    {"event", 1, 1},     {"decision", 2, 1}, {"flags", 3, 1},
    {"rule", 4, 4},       {"time", 8, 8},      {"seq", 16, 8},     {"sref", 24, 16},
    {"aref", 40, 16},     {"purpose", 56, 16}, {"policy", 72, 32}, {"detail", 104, 32},
    {"request", 136, 16}, {"lane", 152, 2},    {"no", 154, 6},
};
enum { PARTS = sizeof layout / sizeof layout[0] };

static void
test_every_byte_has_its_place(void **state)
{
    (void)state;
    struct ledger_entry entry = {.event = LEDGER_CONSENT_WITHDRAWN,
                                 .decision = LEDGER_DENY,
                                 .flags = LEDGER_FLAG_STAFF | LEDGER_FLAG_BREAK_GLASS,
                                 .rule = 0x01020304,
                                 .time_us = INT64_C(0x1112131415161718),
                                 .seq = UINT64_C(0x2122232425262728),
                                 .number = UINT64_C(0x3f) << LEDGER_NO_BITS | UINT64_C(0x4142434445)};
    memset(entry.sref, 0x31, 16);
    memset(entry.aref, 0x32, 16);
    memset(entry.purpose, 0x33, 16);
    memset(entry.policy, 0x34, 32);
    memset(entry.detail, 0x35, 32);
    memset(entry.request, 0x36, 16);
    static const char *const want[PARTS] = {
        "01",
        "05",
        "01",
        "05",
        "01020304",
        "1112131415161718",
        "2122232425262728",
        "31313131313131313131313131313131",
        "32323232323232323232323232323232",
        "33333333333333333333333333333333",
        "3434343434343434343434343434343434343434343434343434343434343434",
        "3535353535353535353535353535353535353535353535353535353535353535",
        "36363636363636363636363636363636",
        "003f",
        "004142434445"};
    uint8_t bytes[LEDGER_ENTRY];
    memset(bytes, 0xee, sizeof bytes);
    ledger_entry_put(&entry, bytes);
    size_t end = 0;
    for (size_t i = 0; i < PARTS; i++) {
        uint8_t part[32];
        assert_int_equal(layout[i].at, end); /* no byte is forgotten */
        end += layout[i].n;
        assert_true(hex_get(span_str(want[i]), part, layout[i].n));
        if (memcmp(bytes + layout[i].at, part, layout[i].n) != 0)
            fail_msg("%s does not lie at %zu", layout[i].name, layout[i].at);
    }
    assert_int_equal(end, LEDGER_ENTRY);
    struct ledger_entry back;
    struct err err;
    assert_true(ledger_entry_get(bytes, &back, &err));
    assert_int_equal(back.event, entry.event);
    assert_int_equal(back.decision, entry.decision);
    assert_int_equal(back.flags, entry.flags);
    assert_int_equal(back.rule, entry.rule);
    assert_int_equal(back.time_us, entry.time_us);
    assert_int_equal(back.seq, entry.seq);
    assert_int_equal(back.number, entry.number);
    assert_memory_equal(back.sref, entry.sref, 16);
    assert_memory_equal(back.aref, entry.aref, 16);
    assert_memory_equal(back.purpose, entry.purpose, 16);
    assert_memory_equal(back.policy, entry.policy, 32);
    assert_memory_equal(back.detail, entry.detail, 32);
    assert_memory_equal(back.request, entry.request, 16);
}

/* Every value of the bytes that are more than numbers: what is known is read, all else refused.
 * [G08] What is refused could be a place to hide something about a person. */
static void
test_what_is_none_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
        unsigned least, most;
    } rows[] = {
        {"version", 0, 1, 1}, {"event", 1, 1, 20}, {"decision", 2, 0, 2}, {"flags", 3, 0, 7},
        {"zero", 152, 0, 0},  {"lane", 153, 0, LIMIT_PG_LANES}, {"zero", 154, 0, 0},   {"zero", 155, 0, 0},
        {"zero", 156, 0, 0},  {"zero", 157, 0, 0}, {"zero", 158, 0, 0},   {"zero", 159, 0, 0},
    };
    const struct ledger_entry entry = vector_entry(0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t bytes[LEDGER_ENTRY], again[LEDGER_ENTRY];
        ledger_entry_put(&entry, bytes);
        for (unsigned value = 0; value < 256; value++) {
            struct ledger_entry back = {.rule = 77};
            struct err err = {0};
            bytes[rows[i].at] = (uint8_t)value;
            bool good = ledger_entry_get(bytes, &back, &err);
            if (good != (value >= rows[i].least && value <= rows[i].most))
                fail_msg("%s %u: %s", rows[i].what, value, good ? "read" : "refused");
            if (!good) {
                assert_int_equal(err.code, ERR_LEDGER);
                assert_int_equal(back.rule, 77); /* untouched */
                continue;
            }
            ledger_entry_put(&back, again);
            assert_memory_equal(again, bytes, LEDGER_ENTRY); /* one writing for one entry */
        }
    }
}

/* On lane 0 the number is the place; on the others it stands in the entry, and the place is filled in. */
static void
test_numbers(void **state)
{
    (void)state;
    static const struct {
        uint64_t lane, no;
        bool good;
    } rows[] = {{0, 0, true}, {0, 1, false}, {1, 0, true}, {1, 1, true}, {LIMIT_PG_LANES, LEDGER_NO_MAX, true},
                {LIMIT_PG_LANES + 1, 0, false}, {1, LEDGER_NO_MAX + 1, false}, {256, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ledger_entry entry = vector_entry(0), back;
        struct err err = {0};
        uint8_t bytes[LEDGER_ENTRY];
        entry.seq = rows[i].lane == 0 ? 77 : 0;
        ledger_entry_put(&entry, bytes);
        put_be64(bytes + 152, rows[i].lane << 48 | rows[i].no);
        ledger_entry_place_put(bytes, 99);
        assert_int_equal(ledger_entry_get(bytes, &back, &err), rows[i].good);
        if (!rows[i].good)
            continue;
        assert_int_equal(back.seq, rows[i].lane == 0 ? 77 : 99);
        assert_int_equal(back.number, rows[i].lane == 0 ? 77 : rows[i].lane << LEDGER_NO_BITS | rows[i].no);
    }
}

static void
test_vectors(void **state)
{
    (void)state;
    static const struct {
        unsigned i;
        const char *hash;
    } rows[] = {
        {0, "ab489cda8fb56708e2f861e740fd2a1ed60897e6bc66ab930b0c4cfe39a81f61"},
        {2, "a5ea01fe19aac183693f0ecf93d3f591d6b658fa058e7ef3837a59ae21879fe6"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ledger_entry entry = vector_entry(rows[i].i);
        uint8_t bytes[LEDGER_ENTRY], want[32], leaf[LEDGER_HASH];
        ledger_entry_put(&entry, bytes);
        ledger_leaf_hash(bytes, leaf);
        hash_of(rows[i].hash, want);
        assert_memory_equal(leaf, want, 32);
    }
}

static void
test_leaf_and_node_are_told_apart(void **state)
{
    (void)state;
    uint8_t bytes[LEDGER_ENTRY] = {1}, leaf[32], node[32], want[32], two[65] = {1};
    slow_leaf(bytes, want);
    ledger_leaf_hash(bytes, leaf);
    assert_memory_equal(leaf, want, 32);
    for (uint8_t i = 0; i < 64; i++)
        two[1 + i] = i;
    struct span all = span_of(two, 65);
    crypt_sha256(&all, 1, want);
    ledger_node_hash(two + 1, two + 33, node);
    assert_memory_equal(node, want, 32);
    ledger_node_hash(two + 1, two + 33, two + 1); /* in place: the proofs do that */
    assert_memory_equal(two + 1, want, 32);
}

static int
start(void **state)
{
    (void)state;
    struct err err;
    return crypt_start_debuggable(&err) ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_has_its_place),
        cmocka_unit_test(test_what_is_none_is_refused),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_leaf_and_node_are_told_apart),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
