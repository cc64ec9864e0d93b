/*
 * The text of a CHANNEL_CONN message: for each of its descriptors, in their
 * order, a record of what the worker that takes the connection over has to
 * know.  Workers write and read records; the master only passes them on.
 *
 *   head | state of the protocol, of a type and a version | next head | ...
 *
 * A record of another type or version is stepped over: its size is in the head.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_RECORD_H
#define CONN_RECORD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "common/channel.h"
#include "common/conf.h"
#include "common/span.h"

/* What is spoken on the connection; the numbers are on the wire. */
enum conn_record_type {
	CONN_RECORD_HTTP1 = 1,
	CONN_RECORD_HTTP2 = 2,
	CONN_RECORD_WEBSOCKET = 3,
	CONN_RECORD_TYPES, /* how many, from 1 */
};

/* RFC 9112, version 1: between two requests, or in the head of one. */
struct conn_record_http1 {
	uint32_t requests;  /* answered */
	unsigned protocols; /* that may be spoken: 1u << CONF_HTTP_x */
	struct span input;  /* read, of the next request */
};

enum {
	CONN_RECORD_RESETS = 128,      /* streams */
	CONN_RECORD_INPUT = 19 * 1024, /* bytes of input that fit a record */
};

/*
 * RFC 9113, version 1: no stream is open, nothing waits to be sent, all our
 * SETTINGS are acknowledged, and the last of them has told the client to empty
 * its table of the field compression.
 */
struct conn_record_http2 {
	uint32_t requests;  /* answered */
	uint32_t protocols; /* that may be spoken: 1u << CONF_HTTP_x */

	/* The client's SETTINGS (RFC 9113 6.5.2, RFC 9218 2.1). */
	uint32_t header_table_size;
	uint32_t enable_push;
	uint32_t max_concurrent_streams;
	uint32_t initial_window_size;
	uint32_t max_frame_size;
	uint32_t max_header_list_size;
	uint32_t no_rfc7540_priorities;

	/* Windows of the connection: bytes that may be sent. */
	uint32_t send_window;
	uint32_t receive_window;

	/* Identifiers of streams: the highest that was read, the last that a
	 * request was read of; 0: none. */
	uint32_t highest_id;
	uint32_t last_id;

	/* What is left in the buckets of http2_frames.h. */
	uint32_t control_tokens;
	uint32_t window_tokens;
	uint32_t reset_tokens;

	/* Streams that we have reset: frames for them may be on their way. */
	uint32_t nresets;
	uint32_t resets[CONN_RECORD_RESETS];

	struct span input; /* whole frames that were held back, and a part */
};

enum {
	CONN_RECORD_STATE = 4096,   /* bytes that a module may save */
	CONN_RECORD_PROTOCOL = 255, /* bytes of a subprotocol's name */
};

/*
 * RFC 6455: a WebSocket of a module between two messages; nothing waits to be
 * sent, and no close frame was sent or received.  Version 2, or 3 with
 * permessage-deflate, which an older program would not know of.
 */
struct conn_record_websocket {
	uint32_t requests;      /* answered on the connection before */
	uint32_t state_version; /* of the state, as the module counts them */
	int64_t began_ns;       /* the handshake; CLOCK_MONOTONIC */
	uint64_t bus_number;    /* of the last message that it was told */
	/* of permessage-deflate, neither side with context takeover: the
	 * server's, 9 to 15; 0: it was not negotiated */
	uint32_t window_bits;
	struct span head; /* of the handshake */
	struct span request_id;
	struct span protocol; /* the subprotocol, or empty */
	struct span state;    /* that the module has saved */
};

struct conn_record {
	enum conn_record_type type;
	union {
		struct sockaddr any;
		struct sockaddr_in ip4;
		struct sockaddr_in6 ip6;
	} peer;
	bool is_tls;           /* the client came by TLS, to a proxy */
	enum conf_proxy proxy; /* the header of a proxy that is still due */
	int64_t since;         /* it waits; milliseconds, CLOCK_MONOTONIC */
	union {
		struct conn_record_http1 http1;
		struct conn_record_http2 http2;
		struct conn_record_websocket websocket;
	};
};

/* Adds a record and the descriptor to the message.  False: there is no room
 * for one of them. */
bool conn_record_add(
	struct channel_message *, const struct conn_record *, int fd);

enum conn_record_result {
	CONN_RECORD_OK,
	CONN_RECORD_UNKNOWN,   /* a type or a version of a later program */
	CONN_RECORD_MALFORMED, /* maybe no later record can be found, either */
};

/*
 * Takes the next record from the start of the text.  The spans of the record
 * point into the text.
 */
enum conn_record_result conn_record_read(struct span *, struct conn_record *);

#endif
