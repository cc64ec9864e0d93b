/*
 * A client of HTTP/2 that speaks in frames: it sends what it is told, also what
 * no client should send.  Fields are sent as literals without Huffman coding
 * (RFC 7541 6.2.2); those that come are decoded by the library.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_CLIENT_H
#define HTTP2_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http2/http2_frames.h"
#include "support/client.h"

enum { HTTP2_END_STREAM = 0x1, HTTP2_ACK = 0x1, HTTP2_END_HEADERS = 0x4 };

struct nghttp2_hd_inflater;

struct http2_client {
	struct client tcp;
	struct nghttp2_hd_inflater *inflater;
	unsigned ngoaways; /* that were read */
	int64_t window;    /* that the server gives the connection */
};

struct http2_frame {
	enum http2_type type;
	unsigned flags;
	uint32_t id;
	size_t len;
	unsigned char payload[HTTP2_FRAME_MAX + 1]; /* with a NUL */
};

struct http2_response {
	int status;
	char fields[4096]; /* "name: value\n", but for pseudo fields */
	char *body;        /* with a NUL */
	size_t len;
	uint32_t error; /* of RST_STREAM */
	bool is_reset;
	unsigned ninterim; /* 1xx responses before it */
};

/* Connects, and sends the preface and empty SETTINGS. */
void http2_client_open(struct http2_client *, int port);
/* The same behind a text: a PROXY header. */
void http2_client_open_after(struct http2_client *, int port, const char *);
void http2_client_close(struct http2_client *);

void http2_client_send(struct http2_client *, enum http2_type, unsigned flags,
	uint32_t id, const void *payload, size_t len);

/* HEADERS of a request; fields: "name: value\n" lines, in lower case, behind
 * the four pseudo fields. */
void http2_client_request(struct http2_client *, uint32_t id,
	const char *method, const char *path, const char *fields,
	unsigned flags);

/* HEADERS of nothing but these lines, which begin with ':' for pseudo fields.
 */
void http2_client_headers(
	struct http2_client *, uint32_t id, const char *fields, unsigned flags);

/* The next frame; false at the end of the connection. */
bool http2_client_read(struct http2_client *, struct http2_frame *);

/* Reads the fields of a frame that is not wanted, where it has any. */
void http2_client_skip(struct http2_client *, const struct http2_frame *);

/* Reads up to a GOAWAY, and returns its error; -1: the end came without. */
int64_t http2_client_goaway(struct http2_client *);

/* Reads up to the end of a stream.  PING and SETTINGS are answered, windows
 * opened again; frames of other streams are dropped. */
void http2_client_response(
	struct http2_client *, uint32_t id, struct http2_response *);

/* GET on this stream. */
void http2_client_get(struct http2_client *, uint32_t id, const char *path,
	struct http2_response *);
void http2_response_free(struct http2_response *);

#endif
