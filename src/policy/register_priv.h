/*
 * policy/register_priv.h - the rows of the record, as texts (register_rows.c), for those who write them down.
 */
#ifndef TROTH_POLICY_REGISTER_PRIV_H
#define TROTH_POLICY_REGISTER_PRIV_H

#include "policy/brief_priv.h"
#include "policy/register.h"

enum register_column {
    REGISTER_CONTROLLER, REGISTER_OFFICER, REGISTER_PURPOSE, REGISTER_BASIS, REGISTER_PEOPLE, REGISTER_DATA, REGISTER_STAFF,
    REGISTER_RECIPIENTS, REGISTER_ABROAD, REGISTER_LIMITS, REGISTER_MEASURES, REGISTER_COLUMNS
};
const char *register_title(enum register_column column);
/* The cell of a purpose's row; things in it are divided by "; ". */
struct span register_cell(struct arena *arena, const struct policy *policy, int purpose, enum register_column column);
/* Whether the recipient gets data for the purpose. */
bool register_gets(const struct policy *policy, int recipient, int purpose);
const char *register_assurance(enum policy_assurance_kind kind);

#endif
