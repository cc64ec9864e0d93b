/*
 * The frames of RFC 6455, as a server reads and writes them.  Knows nothing of
 * sockets: bytes in, messages out.
 * SPDX-License-Identifier: MIT
 */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"
#include "common/utf8.h"

/* RFC 6455 5.2. */
enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0,
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10,
};

/* RFC 6455 7.4.1. */
enum websocket_code {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_GOING_AWAY = 1001,
	WEBSOCKET_PROTOCOL_ERROR = 1002,
	WEBSOCKET_NO_CODE = 1005,  /* the close had none; never sent */
	WEBSOCKET_ABNORMAL = 1006, /* there was no close; never sent */
	WEBSOCKET_NOT_UTF8 = 1007,
	WEBSOCKET_TOO_BIG = 1009,
};

enum {
	WEBSOCKET_HEAD = 10, /* the longest head of a server's frame */
	WEBSOCKET_CLIENT_HEAD = 14,
	WEBSOCKET_CONTROL = 125, /* bytes of a control frame, at most */
	WEBSOCKET_REASON = WEBSOCKET_CONTROL - 2,
};

enum websocket_what {
	WEBSOCKET_GOT_NOTHING, /* more input is needed */
	WEBSOCKET_GOT_MESSAGE, /* whole, of kind opcode: text or binary */
	WEBSOCKET_GOT_CONTROL, /* of kind opcode: close, ping or pong */
	WEBSOCKET_GOT_ERROR,   /* the peer erred: close with code */
};

struct websocket_event {
	enum websocket_what what;
	enum websocket_opcode opcode;
	int code;            /* of a close, 1005 for none; of an error */
	struct span content; /* of a close: its reason; a NUL follows */
};

struct websocket_reader {
	uint8_t head[WEBSOCKET_CLIENT_HEAD]; /* of the frame that comes */
	uint8_t have, need;                  /* bytes of it */
	uint8_t phase;                       /* of the mask */
	bool in_content;
	bool is_done;  /* after a close or an error */
	bool has_told; /* the message is the caller's, until now */
	enum websocket_opcode message; /* that is being assembled, or 0 */
	uint64_t left; /* bytes of the frame's content to come */
	size_t most;   /* bytes of a message */
	size_t len, size;
	char *bytes; /* of the message; NULL: none */
	struct utf8 text;
	uint8_t control_len;
	char control[WEBSOCKET_CONTROL + 1];
};

/* most: bytes of a message; a longer one is an error, 1009. */
void websocket_reader_init(struct websocket_reader *, size_t most);
void websocket_reader_fini(struct websocket_reader *);

/*
 * Takes input up to the end of what it makes, or all of it.  The bytes taken.
 * The event's content stays until the next call.  After a close or an error
 * everything is taken and makes nothing.
 */
size_t websocket_read(
	struct websocket_reader *, struct span input, struct websocket_event *);

/* The head of an unmasked frame that is a whole message; its length. */
size_t websocket_head(
	uint8_t to[WEBSOCKET_HEAD], enum websocket_opcode, size_t len);

/* May it stand in a close frame (RFC 6455 7.4)? */
bool websocket_is_code(int code);

#endif
