/* The canonical form of what is said about people: organisations, states, relations, children; and how data are kept. */
#include "policy/canonical_priv.h"

static struct span
kind_name(const struct policy *p, int i)
{
    return i == POLICY_NONE ? SPAN_NONE : p->kinds[i].name;
}

/* Names in the order of the file, which means something: " key=a,b". */
static void
names_put(struct buf *line, const char *key, const struct span *names, int count)
{
    for (int i = 0; i < count; i++)
        buf_fmt(line, i == 0 ? " %s=%.*s" : "%s%.*s", i == 0 ? key : ",", SPAN_FMT(names[i]));
}

void
canonical_instances(struct lines *lines)
{
    const struct policy *p = lines->policy;
    for (int i = 0; i < p->instance_count; i++) {
        buf_fmt(&lines->line, "instance %.*s", SPAN_FMT(p->instances[i]));
        line_end(lines);
    }
    section_end(lines, true);
}

void
canonical_organisation(struct lines *lines, const struct policy_organisation *row)
{
    const struct policy *p = lines->policy;
    struct span names[LIMIT_POLICY_ROLES];
    size_t n = 0;
    for (int i = 0; i < p->kind_count; i++)
        if (policy_bit(&row->sees, i))
            names[n++] = p->kinds[i].name;
    set_put(lines, "sees", names, n);
    key_flag(&lines->line, "open", !row->isolated);
}

/* People begin in the first of their states, so that order counts. */
void
canonical_states(struct lines *lines, const struct policy_kind *row)
{
    struct span names[POLICY_BITS_WORDS * 64];
    size_t n = 0;
    names_put(&lines->line, "states", row->states, row->state_count);
    for (int i = 0; i < row->state_count; i++)
        if (policy_bit(&row->acts_in, i))
            names[n++] = row->states[i];
    set_put(lines, "acts-in", names, n);
}

void
canonical_kept(struct lines *lines, const struct policy_category *row)
{
    static const char *const keys[KEYS_COUNT] = {"", "own", "record", "year", "day"};
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    key_flag(line, "latest", row->latest);
    key_flag(line, "memory", row->memory);
    key_flag(line, "no-backup", row->no_backup);
    key_flag(line, "sealed", row->sealed);
    key_name(line, "blind", row->blind == POLICY_NONE ? SPAN_NONE : p->organisations[row->blind].name);
    key_name(line, "only", row->only == POLICY_NONE ? SPAN_NONE : p->instances[row->only]);
    key_name(line, "keys", span_str(keys[row->keys]));
    key_flag(line, "sourced", row->sourced);
}

void
canonical_precision(struct lines *lines, const struct policy_field *row)
{
    static const char *const words[PRECISION_COUNT] = {"", "net", "place", "month", "year"};
    key_name(&lines->line, "precision", span_str(words[row->precision]));
}

void
canonical_point(struct lines *lines, const struct policy_point *row)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    key_flag(line, "age-gate", row->age_gate);
    key_name(line, "agreed", row->agreed == POLICY_NONE ? SPAN_NONE : p->purposes[row->agreed].name);
    key_name(line, "relation", row->relation == POLICY_NONE ? SPAN_NONE : p->relations[row->relation].name);
    key_says(lines, line, "warning", row->warning);
    if (row->form > 0)
        buf_fmt(line, " form=%d", row->form);
}

static void
proofs_put(struct lines *lines, unsigned shown_by)
{
    struct span names[PROOF_COUNT];
    size_t n = 0;
    for (int i = 0; i < PROOF_COUNT; i++)
        if ((shown_by >> i & 1) != 0)
            names[n++] = span_str(policy_proof_name((enum policy_proof)i));
    set_put(lines, "shown-by", names, n);
}

void
canonical_relations(struct lines *lines)
{
    const struct policy *p = lines->policy;
    struct buf *line = &lines->line;
    for (int i = 0; i < p->relation_count; i++) {
        const struct policy_relation *row = &p->relations[i];
        buf_fmt(line, "relation %.*s", SPAN_FMT(row->name));
        key_name(line, "from", kind_name(p, row->from));
        key_name(line, "to", kind_name(p, row->to));
        proofs_put(lines, row->shown_by);
        key_flag(line, "rights", row->rights);
        key_says(lines, line, "says", row->says);
        line_end(lines);
    }
    section_end(lines, true);
}

/* --- children ------------------------------------------------------------------------------- */

static void
route_put(struct lines *lines, const struct policy_child_route *route, const char *name)
{
    const struct policy *p = lines->policy;
    struct span names[LIMIT_POLICY_FIELDS];
    size_t n = 0;
    buf_fmt(&lines->line, "children %s by=%s", name, policy_proof_name(route->by));
    key_name(&lines->line, "organisation",
             route->organisation == POLICY_NONE ? SPAN_NONE : p->organisations[route->organisation].name);
    for (int i = 0; route->keeps_category != POLICY_NONE && i < p->categories[route->keeps_category].field_count; i++) {
        const struct policy_field *field = &p->fields[p->categories[route->keeps_category].field_first + i];
        if ((route->keeps >> field->bit & 1) != 0)
            names[n++] = field->full_name;
    }
    set_put(lines, "keeps", names, n);
    key_time(&lines->line, "within", &route->within);
    purposes_put(lines, "for", &route->purposes);
    line_end(lines);
}

void
canonical_children(struct lines *lines)
{
    static const char *const routes[CHILD_ROUTE_COUNT] = {"parent", "school"};
    const struct policy *p = lines->policy;
    const struct policy_children *row = &p->children;
    struct buf *line = &lines->line;
    if (!row->set)
        return;
    buf_str(line, "children");
    key_name(line, "kind", kind_name(p, row->kind));
    key_name(line, "guardian", row->guardian == POLICY_NONE ? SPAN_NONE : p->relations[row->guardian].name);
    if (row->ages_law)
        buf_fmt(line, " ages=law else=%d", row->age_else);
    else
        buf_fmt(line, " ages=%d", row->age_fixed);
    key_says(lines, line, "ask", row->ask);
    purposes_put(lines, "may", &row->may);
    key_time(line, "discovered", &row->discovered);
    key_time(line, "of-age", &row->of_age);
    line_end(lines);
    for (int i = 0; i < CHILD_ROUTE_COUNT; i++)
        if (row->routes[i].set)
            route_put(lines, &row->routes[i], routes[i]);
    /* The law that was used, so that another table is another policy. */
    for (int i = 0; i < row->age_count; i++) {
        const struct policy_age *age = &row->ages[i];
        buf_fmt(line, "child-age %.*s.%d age=%d", SPAN_FMT(age->country), (int)age->from_days, age->years);
        if (age->to_days != INT32_MAX)
            buf_fmt(line, " to=%d", (int)age->to_days);
        key_text(line, "source", age->source);
        line_end(lines);
    }
    section_end(lines, true);
}
