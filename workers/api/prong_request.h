/*
 * The module API of prong: what a request says, and its body.
 * Included by prong.h.
 * SPDX-License-Identifier: MIT
 */
#ifndef PRONG_REQUEST_H
#define PRONG_REQUEST_H

#include "prong.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- REQUEST ------------------------------------------------------------ */

/* Returns the method as sent, such as "GET". */
const char *prong_method(struct prong_context *);

/* Returns the whole path, decoded and normalised; it begins with '/'. */
const char *prong_path(struct prong_context *);

/* Returns the decoded text that ":name" or "*name" of the pattern matched, or
 * NULL when the pattern has no such parameter. */
const char *prong_param(struct prong_context *, const char *name);

/* Returns the query as sent, without the '?', or "". */
const char *prong_query(struct prong_context *);

/*
 * Returns the decoded value of the n-th query parameter of this name, counted
 * from 0, or NULL when there are fewer.  A malformed escape, and %00, are kept
 * as written.
 */
const char *prong_query_value(
	struct prong_context *, const char *name, unsigned n);

/*
 * prong_field() returns the value of the first header field line of this name,
 * and prong_field_at() that of the n-th, counted from 0; NULL when there are
 * fewer.  Names are case-insensitive.
 */
const char *prong_field(struct prong_context *, const char *name);
const char *prong_field_at(
	struct prong_context *, const char *name, unsigned n);

/*
 * Go through all header field lines, query parameters and cookies, decoded:
 * *pos is 0 at first.  They return false after the last one.
 */
bool prong_next_field(struct prong_context *, size_t *pos, const char **name,
	const char **value);
bool prong_next_query(struct prong_context *, size_t *pos, const char **name,
	const char **value);
bool prong_next_cookie(struct prong_context *, size_t *pos, const char **name,
	const char **value);

/*
 * Reads a query parameter as a whole number.  It returns 0, and leaves *out as
 * it is when there is no such parameter; -1 means that the context was answered
 * with 400.
 */
int prong_query_int(struct prong_context *, const char *name, int64_t *out,
	int64_t least, int64_t most);

/* Returns the value of a cookie (RFC 6265 5.4), or NULL when there is none. */
const char *prong_cookie(struct prong_context *, const char *name);

/* Returns the value of a cookie that prong_set_signed_cookie() has set; NULL
 * when there is none, or its signature is not that of prong_set_key(). */
const char *prong_signed_cookie(struct prong_context *, const char *name);

/* Returns the client's address as text: that of the peer, or the one that a
 * proxy listed in "trusted" forwards for. */
const char *prong_client(struct prong_context *);

/* Returns "http" or "https", which a trusted proxy may also determine. */
const char *prong_scheme(struct prong_context *);

/* Returns "HTTP/1.0", "HTTP/1.1" or "HTTP/2.0". */
const char *prong_protocol(struct prong_context *);

/* What is known of the TLS connection over which the request came. */
enum prong_tls_fact {
	PRONG_TLS_VERSION = 1,    /* "TLSv1.3" */
	PRONG_TLS_CIPHER,         /* "TLS_AES_128_GCM_SHA256" */
	PRONG_TLS_SERVER_NAME,    /* the name that the client asked for */
	PRONG_TLS_CLIENT_SUBJECT, /* RFC 4514: "CN=alice,O=Example" */
	PRONG_TLS_CLIENT_SHA256,  /* of the client's certificate, in hex */
};

/*
 * prong_tls() returns a fact, or NULL: the request came without TLS, the client
 * named no server, or has shown no certificate.  What is told of a client was
 * verified with "client" of "tls".  A proxy in front that speaks TLS itself is
 * the client here.
 *
 * prong_tls_client_name() returns the n-th name of the client's certificate
 * (subjectAltName), counted from 0, as "DNS:a.example",
 * "URI:spiffe://a.example/b", "email:a@b.example" or "IP:192.0.2.1"; NULL when
 * there are fewer.
 */
const char *prong_tls(struct prong_context *, enum prong_tls_fact);
const char *prong_tls_client_name(struct prong_context *, unsigned n);

/* Returns the host of the request in lower case, without the port. */
const char *prong_host(struct prong_context *);

/* Returns scheme, host and port, such as "https://example.org:8443". */
const char *prong_origin(struct prong_context *);

/*
 * Returns the request ID: X-Request-Id as sent when it consists of at most 128
 * letters, digits and "-_.:/+=@~", else a new one.  The response carries it in
 * X-Request-Id.
 */
const char *prong_request_id(struct prong_context *);

/* Returns the milliseconds left until timeouts.handler, or the request's own
 * time, expires; INT64_MAX for any time. */
int64_t prong_time_left(struct prong_context *);

/* Sets how many milliseconds from now on the response may take, in place of
 * timeouts.handler; -1 for any time.  For a whole route there is .time_most. */
int prong_set_time(struct prong_context *, int64_t milliseconds);

/* Returns zeroed memory that is freed with the context, or NULL with ENOMEM
 * when the request has reached its memory limit. */
void *prong_alloc(struct prong_context *, size_t size);

/*
 * prong_set() stores a value for later handlers of the request, and prong_get()
 * returns it, or NULL.  key is any address that belongs to the module, such as
 * that of a static variable.
 */
int prong_set(struct prong_context *, const void *key, void *value);
void *prong_get(struct prong_context *, const void *key);

/* ---- REQUEST BODY ------------------------------------------------------- */

/*
 * Returns the whole body and stores its size in *len.  It is never NULL and is
 * followed by a NUL.  A multipart/form-data body over 256 KiB is not available
 * here, since it is stored in parts: use prong_body_form().
 */
const char *prong_body(struct prong_context *, size_t *len);

/*
 * Returns the body parsed as JSON; the reference is borrowed.  NULL means that
 * the context was answered: with 415 for another Content-Type, or with 400,
 * line and column for malformed JSON.  Strings may hold U+0000.
 */
const json_t *prong_body_json(struct prong_context *);

/* A part of a form. */
struct prong_part {
	const char *name;
	const char *value;    /* NUL-terminated; NULL when it is in a file */
	size_t len;           /* bytes of the value, or of the file */
	const char *filename; /* without directories; NULL when not sent */
	const char *type;     /* Content-Type of the part, or "" */
	/* A file with a part too large for memory, positioned at its start and
	 * closed with the context; otherwise -1. */
	int fd;
};

/*
 * Returns the body parsed as a form, application/x-www-form-urlencoded or
 * multipart/form-data, and stores the number of parts in *count.  NULL means
 * that the context was answered: with 415, with 400, or with 413 for more than
 * 1000 parts, more than 100 parts in files, or fields over 1 MiB.
 */
const struct prong_part *prong_body_form(
	struct prong_context *, unsigned *count);

/*
 * Saves a part as the file dir/name, which must not exist (EEXIST).  name has
 * no slash and does not begin with a dot.  The file appears complete; that of a
 * large part is moved when dir is on the file system of temp_path, else copied,
 * which blocks.
 */
int prong_part_save(struct prong_context *, const struct prong_part *,
	const char *dir, const char *name);

/*
 * Receives the body of a route with PRONG_STREAM_BODY: f is called with each
 * run of bytes as it arrives, and with len 0 at the end, but never before the
 * handler has returned.  The context counts as deferred.  May be called once
 * per request.
 */
int prong_on_body(struct prong_context *,
	void (*f)(struct prong_context *, const char *bytes, size_t len,
		void *data),
	void *data);

/* Back-pressure: after prong_pause_body() the server reads nothing more from
 * the client until prong_resume_body(). */
int prong_pause_body(struct prong_context *);
int prong_resume_body(struct prong_context *);

#ifdef __cplusplus
}
#endif

#endif
