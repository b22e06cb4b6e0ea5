/* A comparison for people, as a good compiler prints it, and the same for programs. */
#include "policy/diff_priv.h"
#include "wire/json.h"
#include "wire/text.h"

static const char *const side_words[DIFF_SIDES] = {"wider", "narrower", "other"};

static void
tell_put(struct buf *out, const struct diff *diff, bool all, const struct policy_bits *bits)
{
    if (all) {
        buf_str(out, "everybody");
        return;
    }
    bool any = false;
    for (int i = 0; i < diff->kind_count; i++) {
        if (!policy_bit(bits, i))
            continue;
        buf_fmt(out, "%s%.*s", any ? ", " : "", SPAN_FMT(diff->kinds[i]));
        any = true;
    }
    if (!any)
        buf_str(out, "nobody");
}

static bool
tells_somebody(const struct diff *diff, bool all, const struct policy_bits *bits)
{
    bool any = all;
    for (int i = 0; i < diff->kind_count; i++)
        any = any || policy_bit(bits, i);
    return any;
}

static void
change_put(const struct diff *diff, const struct diff_change *change, const char *file, struct buf *out)
{
    struct span folder = span_str(file);
    while (change->file.n > 0 && folder.n > 0 && folder.p[folder.n - 1] != '/')
        folder.n--;
    buf_put(out, folder);
    buf_put(out, change->file);
    if (change->at > 0)
        buf_fmt(out, ":%d", change->at);
    buf_fmt(out, ": %s: %.*s: %.*s\n", side_words[change->side], SPAN_FMT(change->rule),
            SPAN_FMT(change->says));
    if (change->shown.n > 0)
        buf_fmt(out, "    = new: %.*s\n", SPAN_FMT(change->shown));
    if (tells_somebody(diff, change->tell_all, &change->tell)) {
        buf_str(out, "    = tell: ");
        tell_put(out, diff, change->tell_all, &change->tell);
        buf_char(out, '\n');
    }
    if (change->agree != POLICY_NONE)
        buf_fmt(out, "    = ask anew: consent to %.*s\n",
                SPAN_FMT(diff->now->purposes[change->agree].name));
}

static void
agree_put(struct buf *out, const struct diff *diff)
{
    bool any = false;
    for (int i = 0; i < diff->now->purpose_count; i++) {
        if (!policy_bit(&diff->agree, i))
            continue;
        buf_fmt(out, "%s%.*s", any ? ", " : "", SPAN_FMT(diff->now->purposes[i].name));
        any = true;
    }
    if (!any)
        buf_str(out, "nobody");
}

static int64_t
lead_given(const struct diff *diff)
{
    return diff->now->in_force_days - diff->now->date_days;
}

static void
how_put(struct buf *out, const struct diff *diff)
{
    static const char *const words[CHANNEL_COUNT] = {"page", "banner", "app", "e-mail", "post", "feed"};
    unsigned ways = diff->was->changes.posted | diff->was->changes.told;
    if (!diff->was->changes.set || diff->count[DIFF_WIDER] == 0)
        return;
    buf_str(out, "\nas was promised by: ");
    for (int i = 0, any = 0; i < CHANNEL_COUNT; i++)
        if ((ways >> i & 1) != 0)
            buf_fmt(out, "%s%s", any++ > 0 ? ", " : "", words[i]);
    int64_t needed = diff_lead_days(diff->was, diff->now), given = lead_given(diff);
    buf_fmt(out, "; %lld days before it holds, and it leaves %lld%s", (long long)needed, (long long)given,
            given < needed ? ": too soon, no server starts with it" : "");
}

void
policy_diff_text(const struct diff *diff, const char *was_name, const char *now_name, struct buf *out)
{
    if (diff->first == NULL) {
        buf_fmt(out, "%s and %s say the same\n", was_name, now_name);
        return;
    }
    for (const struct diff_change *change = diff->first; change != NULL; change = change->next)
        change_put(diff, change, change->in_was ? was_name : now_name, out);
    buf_fmt(out, "\n%d wider, %d narrower, %d other\nmust be told: ", diff->count[DIFF_WIDER],
            diff->count[DIFF_NARROWER], diff->count[DIFF_OTHER]);
    tell_put(out, diff, diff->tell_all, &diff->tell);
    how_put(out, diff);
    buf_str(out, "\nmust agree anew: ");
    agree_put(out, diff);
    buf_char(out, '\n');
}

/* --- JSON ---------------------------------------------------------------------------------- */

static void
kinds_json(struct json_out *out, const struct diff *diff, const struct policy_bits *bits)
{
    json_begin(out, '[');
    for (int i = 0; i < diff->kind_count; i++)
        if (policy_bit(bits, i))
            json_text(out, diff->kinds[i]);
    json_end(out, ']');
}

static void
change_json(struct json_out *out, const struct diff *diff, const struct diff_change *change)
{
    json_begin(out, '{');
    json_kv_str(out, "side", side_words[change->side]);
    json_kv_text(out, "rule", change->rule);
    json_kv_text(out, "key", change->key);
    json_kv_str(out, "file", change->in_was ? "old" : "new");
    if (change->file.n > 0)
        json_kv_text(out, "included", change->file);
    if (change->at > 0)
        json_kv_u64(out, "line", (uint64_t)change->at);
    json_kv_text(out, "says", change->says);
    json_kv_bool(out, "tell_everybody", change->tell_all);
    json_key(out, "tell");
    kinds_json(out, diff, &change->tell);
    if (change->agree != POLICY_NONE)
        json_kv_text(out, "agree", diff->now->purposes[change->agree].name);
    if (change->shown.n > 0)
        json_kv_text(out, "shown", change->shown);
    json_end(out, '}');
}

static void
policy_json(struct json_out *out, const char *key, const struct policy *policy)
{
    char text[32];
    struct buf day;
    buf_init(&day, text, sizeof text);
    date_put(&day, policy->in_force_days);
    json_key(out, key);
    json_begin(out, '{');
    json_kv_text(out, "id", policy->id);
    json_kv_u64(out, "version", (uint64_t)policy->version);
    json_kv_text(out, "in_force", buf_span(&day));
    json_kv_hex(out, "hash", policy->hash, sizeof policy->hash);
    json_end(out, '}');
}

void
policy_diff_json(const struct diff *diff, struct buf *buf)
{
    struct json_out out;
    json_out_init(&out, buf);
    json_begin(&out, '{');
    policy_json(&out, "old", diff->was);
    policy_json(&out, "new", diff->now);
    for (int i = 0; i < DIFF_SIDES; i++)
        json_kv_u64(&out, side_words[i], (uint64_t)diff->count[i]);
    json_kv_bool(&out, "tell_everybody", diff->tell_all);
    json_key(&out, "tell");
    kinds_json(&out, diff, &diff->tell);
    if (diff->was->changes.set && diff->count[DIFF_WIDER] > 0) {
        json_kv_u64(&out, "lead_days_needed", (uint64_t)diff_lead_days(diff->was, diff->now));
        json_kv_u64(&out, "lead_days", (uint64_t)(lead_given(diff) > 0 ? lead_given(diff) : 0));
    }
    json_key(&out, "agree");
    json_begin(&out, '[');
    for (int i = 0; i < diff->now->purpose_count; i++)
        if (policy_bit(&diff->agree, i))
            json_text(&out, diff->now->purposes[i].name);
    json_end(&out, ']');
    json_key(&out, "changes");
    json_begin(&out, '[');
    for (const struct diff_change *change = diff->first; change != NULL; change = change->next)
        change_json(&out, diff, change);
    json_end(&out, ']');
    json_end(&out, '}');
    buf_char(buf, '\n');
}
