/*
 * The protocol of an exchange: HTTP/1, or a stream of HTTP/2.  The code that
 * answers a request calls the protocol through this table; it queues content in
 * exchange->output itself.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXCHANGE_PROTOCOL_H
#define EXCHANGE_PROTOCOL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"

struct exchange;
struct file;

enum { LENGTH_NONE = -1, LENGTH_UNKNOWN = -2 };

/* The head of a response, without Date and without the fields in
 * exchange->extra_fields. */
struct response_head {
	int status;
	bool has_server; /* the Server field was not removed */
	int64_t length;  /* bytes of the content, even if it is not sent (HEAD);
			    LENGTH_NONE, LENGTH_UNKNOWN */
	struct span type;   /* of the content, or empty */
	struct span fields; /* more field lines, each ended by CRLF */
};

struct exchange_protocol {
	/* The status that answers a request for another protocol: 101 (RFC 9110
	 * 15.2.2), or 200 (RFC 8441 5). */
	int switch_status;
	/* The exchange carries one request only, and ends in EXCHANGE_LAST. */
	bool is_single;
	/* The request is the handshake of a WebSocket that another worker has
	 * handed over: exchange->restored is set. */
	bool is_restored;

	/* ---- heads; x->status and x->closes are known ---- */

	/* Queues a head.  With LENGTH_UNKNOWN it chooses how the end of the
	 * content is marked, and sets x->is_chunked and x->closes. */
	void (*send_head)(struct exchange *, const struct response_head *);
	/* Queues the head of a 200 with a file's whole content.  Returns true
	 * if the content may be appended to the last run of the output, since
	 * the head is file->reply itself. */
	bool (*send_file_head)(struct exchange *, struct file *);
	/* Queues a 1xx response with these field lines (RFC 9110 15.2). */
	void (*send_interim)(struct exchange *, int status, struct span fields);
	/* Queues the head that accepts a WebSocket, with these field lines. */
	void (*send_switch)(struct exchange *, struct span fields);

	/* ---- the life of the exchange ---- */

	/* Returns true if the response must be the last of its connection. */
	bool (*is_last)(const struct exchange *);
	/* The request was answered and its content was read or dropped; the
	 * phase is EXCHANGE_HEAD or EXCHANGE_LAST.  The callback must not free
	 * the exchange. */
	void (*on_end)(struct exchange *);
	/* Schedules exchange_proceed() and sending, before the loop waits. */
	void (*resume)(struct exchange *);
	/* Returns true while a resume() is pending. */
	bool (*will_resume)(const struct exchange *);
	/* Ends the exchange now, and frees it; why is for the log. */
	void (*close)(struct exchange *, const char *why);
	/* Returns the time since which the exchange waits for its handler, in
	 * milliseconds of worker->now_ms; -1 if it does not. */
	int64_t (*handler_since)(const struct exchange *);
	/* Returns what it does, in words: "reading the request body". */
	const char *(*doing)(const struct exchange *);
};

#endif
