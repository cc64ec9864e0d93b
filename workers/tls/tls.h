/*
 * TLS below a connection: handshake, records, close.  tls.c alone knows
 * OpenSSL's SSL; the names here are those of recv(2) and of the output.
 * SPDX-License-Identifier: MIT
 */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/conf.h"
#include "file/output.h"

struct ktls_counters;
struct ticket_secret;
struct tls;
struct tls_address;
struct tls_counters;
struct tls_server;

/* ---- of a worker -------------------------------------------------------- */

/*
 * Makes the contexts of all addresses with TLS, and wipes the secret.  Returns
 * 0 and *server, which is NULL where the configuration has no TLS; or -1 with
 * the reason in why.
 */
int tls_server_open(struct tls_server **server, const struct conf *,
	struct ticket_secret *, char *why, size_t size);
void tls_server_close(struct tls_server *); /* NULL is fine */

/*
 * Loads the kernel's TLS where the configuration wants it, which takes
 * CAP_NET_ADMIN; so it is called before the worker changes its user.  True: it
 * is there.
 */
bool tls_load_kernel(const struct conf *);

/* Whether the kernel encrypts, in words; NULL: the configuration does not want
 * that.  The server may be NULL. */
const char *tls_server_explain(const struct tls_server *);

/* Where handshakes are counted from now on, and what the kernel does.  The
 * server may be NULL. */
void tls_server_set_counters(
	struct tls_server *, struct tls_counters *, struct ktls_counters *);

/* What is spoken at conf->listen[number]; NULL: no TLS.  server may be NULL. */
struct tls_address *tls_address_find(struct tls_server *, size_t number);

/*
 * A turn of the loop begins: at most so many steps of handshakes in it, and two
 * milliseconds.  tls_turn_take(): may one more be done?
 */
void tls_turn_begin(struct tls_server *, int64_t most);
bool tls_turn_take(struct tls *);

/* ---- of a connection ---------------------------------------------------- */

enum tls_result {
	TLS_DONE,        /* the handshake is over */
	TLS_WAITS_READ,  /* for bytes of the peer */
	TLS_WAITS_WRITE, /* until the peer takes bytes */
	TLS_IS_PLAIN, /* the peer speaks HTTP without TLS; nothing was read */
	TLS_FAILED,   /* tls_reason() says why */
};

/* Returns NULL when there is no memory.  The descriptor stays the caller's. */
struct tls *tls_new(struct tls_address *, int fd);

/* Says close_notify where the state allows it, and frees it. */
void tls_close(struct tls *);

/*
 * Looks at the first byte that comes, once: TLS_DONE when tls_handshake() has
 * something to compute, else TLS_WAITS_READ, TLS_IS_PLAIN or TLS_FAILED.
 */
enum tls_result tls_begin(struct tls *);

/* The next step of the handshake. */
enum tls_result tls_handshake(struct tls *);

/* The handshake took timeouts.handshake: it is counted as failed. */
void tls_end_late(struct tls *);

/* The protocol that the client has chosen by ALPN; HTTP/1.1 where it offered
 * none. */
enum conf_protocol tls_protocol(const struct tls *);

/*
 * As recv(2) on a non-blocking socket: 0 is the peer's close_notify; EOF
 * without one is ECONNRESET, as is any other fault, and tls_reason() says
 * which.
 */
ssize_t tls_recv(struct tls *, char *, size_t);

/* As recv(2) of one byte with MSG_PEEK. */
ssize_t tls_peek(struct tls *);

/* Input was read from the socket that tls_recv() has not returned yet: no event
 * will tell of it. */
bool tls_has_input(const struct tls *);

/* The last tls_recv() waits until the peer takes bytes. */
bool tls_wants_write(const struct tls *);

/*
 * As output_send().  From the first long file on, the kernel makes the records
 * where it can: then sendfile(2) sends it.
 */
enum output_result tls_send(struct tls *, struct output *);

/*
 * The connection must end with the response in progress: its client has asked
 * for a new key (RFC 8446 4.6.3), which the kernel cannot change to.
 */
bool tls_must_close(const struct tls *);

/* False: tls_close() would lose what was sent; the socket has to take bytes
 * first. */
bool tls_can_close(const struct tls *);

/* What went wrong, in words. */
const char *tls_reason(const struct tls *);

/* ---- for logs and checks ------------------------------------------------ */

const char *tls_version(const struct tls *); /* "TLSv1.3" */

/* The server name that the client asked for; NULL: none. */
const char *tls_server_name(const struct tls *);

/* The subject of the client's certificate, which was verified, in the form of
 * RFC 4514; NULL: it has shown none. */
const char *tls_client_subject(const struct tls *);

const char *tls_cipher(const struct tls *); /* "TLS_AES_128_GCM_SHA256" */

enum { TLS_SHA256 = 65 /* hexadecimal digits, and a NUL */ };

/* The SHA-256 of the client's certificate; false: it has shown none. */
bool tls_client_sha256(const struct tls *, char to[TLS_SHA256]);

/* The n-th name of the client's certificate, counted from 0, "DNS:a.example";
 * for free(3).  NULL: there are fewer. */
char *tls_client_name(const struct tls *, unsigned n);

/*
 * May a request for this host come over the connection?  Where clients are
 * asked for certificates, only for names that the address has certificates for.
 */
bool tls_covers(const struct tls *, struct span host);

#endif
