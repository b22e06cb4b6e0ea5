/*
 * serve/tls_priv.h - TLS 1.2 and 1.3 by OpenSSL, for servers only.
 *
 * Forward-secret suites with AEAD only; no renegotiation, compression, tickets,
 * resumption or early data. ALPN: http/1.1, or no connection.
 *
 * Threads: the loop's.
 * Memory:  OpenSSL's own, for each connection; freed with it.
 */
#ifndef TROTH_SERVE_TLS_PRIV_H
#define TROTH_SERVE_TLS_PRIV_H

#include "base/err.h"
#include "base/span.h"

#include <sys/types.h>

struct tls;      /* certificate and key */
struct tls_conn; /* one connection */

/*
 * Reads and checks both PEM files: ERR_CONFIG when one cannot be read, is no certificate or key, the key
 * wants a pass phrase, belongs to another certificate, or may be read by everybody.
 */
MUST_USE bool tls_open(const char *cert_file, const char *key_file, struct tls **ret,
                       struct err *err);
/* Connections that were opened with it live on. */
void tls_close(struct tls **tls);

/* NULL when there is no memory. fd stays the caller's. */
struct tls_conn *tls_conn_open(struct tls *tls, int fd);
void tls_conn_close(struct tls_conn **conn);

/* Bytes, 0 for the end of the stream, or one of these. */
enum { TLS_AGAIN = -1, TLS_BROKEN = -2 };
ssize_t tls_shake(struct tls_conn *conn); /* 1: done */
ssize_t tls_read(struct tls_conn *conn, void *to, size_t n);
ssize_t tls_write(struct tls_conn *conn, struct span from);
/* Close notify, before the sending side is shut. */
void tls_bye(struct tls_conn *conn);

#endif
