/*
 * Answers on the wire: a head made in the exchange's memory, and content.
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

/* "Not Found"; "Unknown" for a status that has no name. */
const char *response_reason(int status);

/*
 * Queues the head and, where the method and the status allow it (RFC 9110
 * 9.3.2, 15.3.5, 15.4.5), the content.  Once an exchange.
 */
void response_send(struct exchange *, const struct response *);

/*
 * Queues the head of an answer whose content comes in parts: chunked, or, for
 * HTTP/1.0, up to the connection's end.  False: there is no content for this
 * method or status.  access_log_end() is the caller's.
 */
bool response_begin(struct exchange *, const struct response *);

/* 101, to WebSocket, with these field lines; the same. */
void response_switch(struct exchange *, struct span fields);

/* The whole file, with its ready-made head: 200. */
void response_send_file(struct exchange *, struct file *);

/* The same content under another status: an error page. */
void response_send_page(
	struct exchange *, int status, struct file *, struct span fields);

/* RFC 9110 15.3.7: one part, or multipart/byteranges. */
void response_send_ranges(
	struct exchange *, struct file *, const struct range_set *);

#endif
