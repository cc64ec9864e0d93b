/*
 * The functions of HTTP/2 that a connection calls: a table that the worker
 * hands down at its start, so that this folder does not depend on http2/.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_SERVICE_H
#define HTTP2_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;
struct conn_record;
struct conn_record_http2;
struct http2;
struct worker;

struct http2_service {
	/* Returns true if the first bytes of a connection are the client's
	 * preface (RFC 9113 3.4); if they may become it. */
	bool (*is_preface)(const char *bytes, size_t len);
	bool (*is_partial_preface)(const char *bytes, size_t len);

	/* A turn: takes input, serves, sends.  Sets conn->http2 in the first
	 * one. */
	void (*work)(struct conn *, const char *bytes, size_t len);

	/* Frees conn->http2. */
	void (*close)(struct conn *);

	/* Ends a connection without streams in this turn; it may be closed when
	 * this returns. */
	void (*finish_now)(struct http2 *);

	/* ---- connections that change the worker ---- */

	/* Writes what the other worker has to know; it points into the
	 * connection. */
	void (*write_record)(struct http2 *, struct conn_record *);

	/* Counts a connection that was handed over. */
	void (*count_moved)(const struct http2 *);

	/* Continues a connection of another worker, in CONN_ACCEPTED; false:
	 * the state of the record is not possible. */
	bool (*adopt)(struct conn *, const struct conn_record_http2 *,
		int64_t since_ms);

	/* Begins to hand over connections of this load or a little more;
	 * returns how much of it is left. */
	size_t (*move_some)(struct worker *, size_t most);
};

#endif
