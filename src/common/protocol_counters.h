/*
 * What a worker counts of HTTP/2 and of TLS, in its slot of the scoreboard, and
 * the words for it in the metrics and the log.
 * SPDX-License-Identifier: MIT
 */
#ifndef PROTOCOL_COUNTERS_H
#define PROTOCOL_COUNTERS_H

#include <stdint.h>

/* ---- HTTP/2 -------------------------------------------------------------- */

/* What a client did beyond the errors of the protocol (RFC 9113 10.5). */
enum http2_abuse {
	HTTP2_NO_ABUSE,
	HTTP2_PING_FLOOD,
	HTTP2_SETTINGS_FLOOD,
	HTTP2_PRIORITY_FLOOD, /* PRIORITY and PRIORITY_UPDATE */
	HTTP2_UNKNOWN_FLOOD,  /* unknown types; PUSH_PROMISE, GOAWAY */
	HTTP2_WINDOW_FLOOD,   /* WINDOW_UPDATE */
	HTTP2_EMPTY_FRAMES,   /* DATA of 0 bytes */
	HTTP2_CONTINUATION_FLOOD,
	HTTP2_HPACK_BOMB,      /* fields far beyond limits.head */
	HTTP2_RAPID_RESET,     /* streams that the client resets */
	HTTP2_MADE_YOU_RESET,  /* streams that we reset for its faults */
	HTTP2_STALLED_WINDOW,  /* it grants no window for a response */
	HTTP2_SLOW_HEAD,       /* a field block that does not end */
	HTTP2_SILENT_SETTINGS, /* it does not acknowledge ours */
	HTTP2_ABUSES,          /* how many */
};

/* "ping_flood" */
const char *http2_abuse_name(enum http2_abuse);

enum {
	HTTP2_GOAWAY_CODES = 15, /* those of RFC 9113 7, and all others */
};

/* "enhance_your_calm"; "other" for what RFC 9113 does not name. */
const char *http2_code_name(uint32_t code);

enum http2_reset { HTTP2_RESET_CLIENT, HTTP2_RESET_SERVER, HTTP2_RESET_SIDES };

/* "client" */
const char *http2_reset_name(enum http2_reset);

/* What became of a connection that another worker was to take over. */
enum http2_move_result {
	HTTP2_MOVED,
	HTTP2_NOT_MOVED, /* its streams did not end in time */
	HTTP2_MOVE_RESULTS,
};

/* "moved" */
const char *http2_move_name(enum http2_move_result);

struct http2_counters {
	uint64_t connections; /* that were begun by a client */
	uint64_t streams;     /* the same */
	uint64_t abuses[HTTP2_ABUSES];
	uint64_t goaways[HTTP2_GOAWAY_CODES]; /* sent */
	uint64_t resets[HTTP2_RESET_SIDES];
	uint64_t moves[HTTP2_MOVE_RESULTS];
};

void http2_counters_add_goaway(struct http2_counters *, uint32_t code);

/* ---- TLS ----------------------------------------------------------------- */

enum tls_handshake {
	TLS_HANDSHAKE_FULL,
	TLS_HANDSHAKE_RESUMED,
	TLS_HANDSHAKES
};

/* "full" */
const char *tls_handshake_name(enum tls_handshake);

/* Why a handshake failed. */
enum tls_failure {
	TLS_FAILURE_TIMEOUT,         /* timeouts.handshake */
	TLS_FAILURE_CLIENT_GONE,     /* the client closed the connection */
	TLS_FAILURE_PLAIN_HTTP,      /* HTTP without TLS */
	TLS_FAILURE_VERSION,         /* none that both sides speak */
	TLS_FAILURE_CIPHER,          /* no suite or group in common */
	TLS_FAILURE_ALPN,            /* no protocol in common */
	TLS_FAILURE_NAME,            /* no certificate for the name */
	TLS_FAILURE_NO_CERTIFICATE,  /* the client showed none */
	TLS_FAILURE_BAD_CERTIFICATE, /* the client's was not accepted */
	TLS_FAILURE_ALERT,           /* the client refused, with an alert */
	TLS_FAILURE_MALFORMED,       /* anything else that the client sent */
	TLS_FAILURES,
};

/* "timeout" */
const char *tls_failure_name(enum tls_failure);

/* What a client sends without end after the handshake. */
enum tls_abuse { TLS_EMPTY_RECORDS, TLS_KEY_UPDATES, TLS_ABUSES };

/* "empty_records" */
const char *tls_abuse_name(enum tls_abuse);

struct tls_counters {
	uint64_t handshakes[TLS_HANDSHAKES];
	uint64_t failures[TLS_FAILURES];
	uint64_t abuses[TLS_ABUSES];
};

/* Of the kernel's TLS (kTLS). */
struct ktls_counters {
	uint64_t connections; /* that the kernel encrypts for */
	uint64_t key_updates; /* those that ended for a new key */
};

/* ---- both ---------------------------------------------------------------- */

struct protocol_counters {
	struct http2_counters http2;
	struct tls_counters tls;
};

/* Reads each word of from once: another process may be writing it. */
void protocol_counters_add(
	struct protocol_counters *, const struct protocol_counters *from);

#endif
