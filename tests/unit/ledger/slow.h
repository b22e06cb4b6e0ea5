/*
 * tests/unit/ledger/slow.h - the Merkle tree as RFC 6962 section 2.1 defines it, slow and plain.
 *
 * Every leaf is hashed anew for every answer; nothing here shares code with the ledger but
 * SHA-256. The five entries of the published vectors are made here too.
 */
#ifndef TROTH_TESTS_LEDGER_SLOW_H
#define TROTH_TESTS_LEDGER_SLOW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crypt/crypt.h"
#include "ledger/ledger.h"

typedef uint8_t slow_hash[32];

void slow_leaf(const uint8_t entry[160], slow_hash ret);
/* MTH(D[n]) over leaf hashes; n may be 0. */
void slow_root(const slow_hash *leaves, size_t n, slow_hash ret);
/* PATH(m, D[n]) and PROOF(m, D[n]); both give how many hashes there are. */
size_t slow_path(size_t m, const slow_hash *leaves, size_t n, slow_hash *ret);
size_t slow_proof(size_t m, const slow_hash *leaves, size_t n, slow_hash *ret);

/* Entry i of the published vectors, as the ledger's struct. */
struct ledger_entry vector_entry(unsigned i);

/* The 32 bytes of 64 hex digits. */
void hash_of(const char *hex, slow_hash ret);

#define VECTOR_ORIGIN "troth.example/ledger/t1"
#define VECTOR_ROOT3 "40c986e75a4703b6e4bdd2a80570058868d59334d6e47db6dce91df23e9c7ae0"
#define VECTOR_ROOT5 "ee6f14f650a30b1b33152134c966494adc169122c8f16503afa8be34135f3c23"

#endif
