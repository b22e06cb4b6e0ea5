#include "serve/tls_priv.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/stat.h>

struct tls {
    SSL_CTX *ctx;
};

/* What OpenSSL said first, without file names and line numbers of its own. */
static const char *
said(void)
{
    unsigned long code = ERR_peek_error();
    const char *why = code == 0 ? NULL : ERR_reason_error_string(code);
    return why == NULL ? "not readable as PEM" : why;
}

static bool
fault(struct err *err, const char *what, const char *file)
{
    err_set(err, ERR_CONFIG, "%s %s: %s", what, file, said());
    ERR_clear_error();
    return false;
}

/* A pass phrase cannot be asked for: without this OpenSSL would ask the terminal. */
static int
no_passphrase(char *to, int size, int write, void *ctx)
{
    (void)to, (void)size, (void)write, (void)ctx;
    return -1;
}

static int
choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_n, const unsigned char *in,
                unsigned n, void *ctx)
{
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl, (void)ctx;
    unsigned char *chosen;
    /* An offer that does not overlap is refused (RFC 7301 section 3.2), not answered with what nobody asked for. */
    if (SSL_select_next_proto(&chosen, ret_n, ours, sizeof ours - 1, in, n) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *ret = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static bool
key_file_private(const char *key_file, struct err *err)
{
    struct stat st;
    if (stat(key_file, &st) != 0)
        return err_sys(err, ERR_CONFIG, errno, "TLS key %s", key_file);
    if ((st.st_mode & S_IRWXO) != 0)
        return err_set(err, ERR_CONFIG, "TLS key %s: everybody may read or write it (mode %03o)",
                       key_file, (unsigned)st.st_mode & 0777u);
    return true;
}

static bool
ctx_set(SSL_CTX *ctx, struct err *err)
{
    uint64_t options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                       SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA;
    (void)SSL_CTX_set_options(ctx, options);
    (void)SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    if (SSL_CTX_set_num_tickets(ctx, 0) != 1 ||
        SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1 ||
        SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
                                      "TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") != 1)
        return fault(err, "TLS", "settings");
    return true;
}

static bool
ctx_load(SSL_CTX *ctx, const char *cert_file, const char *key_file, struct err *err)
{
    if (!key_file_private(key_file, err))
        return false;
    if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
        return fault(err, "TLS certificate", cert_file);
    /* OpenSSL checks the pair while it reads the key; the check below is for the reader of this code. */
    if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1) {
        unsigned long code = ERR_peek_error();
        if (ERR_GET_LIB(code) == ERR_LIB_X509) { /* key values or types differ */
            ERR_clear_error();
            return err_set(err, ERR_CONFIG, "TLS key %s does not belong to certificate %s",
                           key_file, cert_file);
        }
        return fault(err, "TLS key", key_file);
    }
    return true;
}

bool
tls_open(const char *cert_file, const char *key_file, struct tls **ret, struct err *err)
{
    ERR_clear_error();
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    struct tls *tls = OPENSSL_zalloc(sizeof *tls);
    if (ctx == NULL || tls == NULL) {
        SSL_CTX_free(ctx);
        OPENSSL_free(tls);
        return err_set(err, ERR_UNAVAILABLE, "no memory for TLS");
    }
    tls->ctx = ctx;
    if (!ctx_set(ctx, err) || !ctx_load(ctx, cert_file, key_file, err)) {
        tls_close(&tls);
        return false;
    }
    *ret = tls;
    return true;
}

void
tls_close(struct tls **tls)
{
    if (*tls == NULL)
        return;
    SSL_CTX_free((*tls)->ctx);
    OPENSSL_free(*tls);
    *tls = NULL;
}

/* struct tls_conn is OpenSSL's SSL under another name: nothing else is kept for a connection. */
static SSL *
ssl_of(struct tls_conn *conn)
{
    return (SSL *)(void *)conn;
}

struct tls_conn *
tls_conn_open(struct tls *tls, int fd)
{
    SSL *ssl = SSL_new(tls->ctx);
    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_accept_state(ssl);
    return (struct tls_conn *)(void *)ssl;
}

void
tls_conn_close(struct tls_conn **conn)
{
    if (*conn == NULL)
        return;
    SSL_free(ssl_of(*conn));
    *conn = NULL;
}

void
tls_bye(struct tls_conn *conn)
{
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_of(conn)))
        (void)SSL_shutdown(ssl_of(conn));
    ERR_clear_error();
}

static ssize_t
result(struct tls_conn *conn, int said_code)
{
    switch (SSL_get_error(ssl_of(conn), said_code)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return TLS_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        ERR_clear_error();
        return TLS_BROKEN;
    }
}

ssize_t
tls_shake(struct tls_conn *conn)
{
    ERR_clear_error();
    int got = SSL_accept(ssl_of(conn));
    return got == 1 ? 1 : result(conn, got) == TLS_AGAIN ? TLS_AGAIN : TLS_BROKEN;
}

ssize_t
tls_read(struct tls_conn *conn, void *to, size_t n)
{
    size_t got = 0;
    ERR_clear_error();
    int code = SSL_read_ex(ssl_of(conn), to, n, &got);
    return code == 1 ? (ssize_t)got : result(conn, code);
}

ssize_t
tls_write(struct tls_conn *conn, struct span from)
{
    size_t put = 0;
    ERR_clear_error();
    int code = SSL_write_ex(ssl_of(conn), from.p, from.n, &put);
    if (code == 1)
        return (ssize_t)put;
    ssize_t why = result(conn, code);
    return why == 0 ? TLS_BROKEN : why;
}
