/*
 * Queues responses: a head and content.
 * SPDX-License-Identifier: MIT
 */
#ifndef RESPONSE_H
#define RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/span.h"
#include "http/range.h"

struct exchange;
struct file;

struct response {
	int status;
	struct span type;    /* of the content */
	struct span fields;  /* more field lines, each ended by CRLF */
	struct span content; /* must stay until it is sent */
};

/* Returns the reason phrase: "Not Found"; "Unknown" for other statuses. */
const char *response_reason(int status);

/*
 * Queues the head and, if the method and the status permit it (RFC 9110 9.3.2,
 * 15.3.5, 15.4.5), the content.  To be called once for an exchange.
 */
void response_send(struct exchange *, const struct response *);

/*
 * Queues the head of a response whose content is queued in parts: chunked or,
 * for HTTP/1.0, until the connection is closed.  Returns false if this method
 * or status has no content.  The caller calls response_end().
 */
bool response_begin(struct exchange *, const struct response *);

/* Queues the head of a 101 to WebSocket with these field lines; the caller
 * calls response_end(). */
void response_switch(struct exchange *, struct span fields);

/* The last byte of the content is in the output, or the content is cut. */
void response_end(struct exchange *);

/* Queues a 200 with the whole file and its prepared head. */
void response_send_file(struct exchange *, struct file *);

/* Queues an error page: the content of the file with another status. */
void response_send_page(
	struct exchange *, int status, struct file *, struct span fields);

/* Queues a 206 with one part, or with multipart/byteranges (RFC 9110 15.3.7).
 */
void response_send_ranges(
	struct exchange *, struct file *, const struct range_set *);

/* Sends len bytes of a file from first on, as the whole content. */
void response_send_range(struct exchange *, const struct response *,
	struct file *, int64_t first, int64_t len);

#endif
