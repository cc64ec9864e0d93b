/*
 * WebSocket frames (RFC 6455) as a server reads and writes them. It knows
 * nothing of sockets: bytes in, messages out.
 * SPDX-License-Identifier: MIT
 */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"
#include "common/utf8.h"

/* RFC 6455 5.2 */
enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

/* RFC 6455 7.4.1 */
enum websocket_code {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_GOING_AWAY = 1001,
	WEBSOCKET_PROTOCOL_ERROR = 1002,
	/* a close frame without a code; never sent */
	WEBSOCKET_NO_CODE = 1005,
	/* the connection ended without a close frame; never sent */
	WEBSOCKET_ABNORMAL = 1006,
	WEBSOCKET_NOT_UTF8 = 1007,
	WEBSOCKET_TOO_BIG = 1009,
	WEBSOCKET_TRY_AGAIN_LATER = 1013,
};

enum {
	WEBSOCKET_HEAD = 10, /* longest head of a server's frame */
	WEBSOCKET_CLIENT_HEAD = 14,
	/* maximum payload of a control frame, in bytes */
	WEBSOCKET_CONTROL = 125,
	WEBSOCKET_REASON = WEBSOCKET_CONTROL - 2,
	WEBSOCKET_INFLATED = 256 * 1024,
	/* RSV1 in the first byte of a message: it is compressed (RFC 7692 6) */
	WEBSOCKET_COMPRESSED = 0x40,
};

enum websocket_what {
	WEBSOCKET_GOT_NOTHING, /* more input is needed */
	/* a complete message; opcode is text or binary */
	WEBSOCKET_GOT_MESSAGE,
	/* a control frame; opcode is close, ping or pong */
	WEBSOCKET_GOT_CONTROL,
	/* the peer violated the protocol: close with code */
	WEBSOCKET_GOT_ERROR,
};

struct body_memory;
struct ws_inflate;

struct websocket_event {
	enum websocket_what what;
	enum websocket_opcode opcode;
	/* code of a close frame (1005 when it has none) or of an error */
	int code;
	/* for a close frame its reason; followed by a NUL */
	struct span content;
};

struct websocket_reader {
	uint8_t head[WEBSOCKET_CLIENT_HEAD]; /* head of the current frame */
	/* bytes of it received, and needed */
	uint8_t have, need;
	uint8_t phase; /* offset in the mask */
	bool in_content;
	bool is_done; /* a close frame or an error was read */
	/* the message was returned and is discarded by the next call */
	bool has_told;
	/* opcode of the message being assembled, or 0 */
	enum websocket_opcode message;
	uint64_t left; /* payload bytes of the frame still to come */
	size_t most;   /* maximum bytes of a message */
	size_t len, size;
	char *bytes; /* the message so far, or NULL */
	/* Where the message is accounted for; NULL: nowhere. */
	struct body_memory *memory;
	bool takes_deflate;         /* permessage-deflate was negotiated */
	bool is_deflated;           /* the message is */
	struct ws_inflate *inflate; /* NULL: none of its bytes were read */
	size_t inflated;            /* bytes that the last call has made */
	struct utf8 text;
	uint8_t control_len;
	char control[WEBSOCKET_CONTROL + 1];
};

/*
 * Initialises a reader. most is the maximum size of a message in bytes; a
 * longer one is an error, 1009.
 */
void websocket_reader_init(struct websocket_reader *, size_t most);
void websocket_reader_fini(struct websocket_reader *);

/*
 * Reads input up to the end of the next event, or all of it, and returns the
 * number of bytes consumed; fewer without an event once WEBSOCKET_INFLATED
 * bytes were inflated, so that a turn of the loop can be bounded. The content
 * of the event is valid until the next call. After a close frame or an error
 * all input is consumed without events.
 */
size_t websocket_read(
	struct websocket_reader *, struct span input, struct websocket_event *);

/* True between two messages: no part of one, nor of a frame, was read. */
bool websocket_reader_is_idle(const struct websocket_reader *);

/*
 * Writes the head of an unmasked frame that is a complete message; returns its
 * length.
 */
size_t websocket_head(
	uint8_t to[WEBSOCKET_HEAD], enum websocket_opcode, size_t len);

/* True when the code is allowed in a close frame (RFC 6455 7.4). */
bool websocket_is_code(int code);

#endif
