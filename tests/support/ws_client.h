/*
 * The client's side of a WebSocket (RFC 6455), on a struct client.
 * SPDX-License-Identifier: MIT
 */
#ifndef WS_CLIENT_H
#define WS_CLIENT_H

#include "support/client.h"

enum {
	WS_TEXT = 0x81,
	WS_BINARY = 0x82,
	WS_CLOSE = 0x88,
	WS_PING = 0x89,
	WS_PONG = 0x8a
};

struct ws_frame {
	int first; /* its first byte: FIN and opcode; -1: the end came */
	size_t len;
	char *bytes; /* with a terminator; for free(3) */
};

/* The request of a handshake with more field lines; path: "/live/ws". */
void ws_ask(struct client *, const char *path, const char *fields);

/* Connects, and reads a 101. */
void ws_open(struct client *, int port, const char *path);

/* A masked frame. */
void ws_send(struct client *, int first, const void *bytes, size_t len);
void ws_say(struct client *, const char *text);

/* The next frame of the server, unmasked. */
void ws_recv(struct client *, struct ws_frame *);

/* It is this one; with this text. */
void ws_expect(struct client *, int first, const char *text);

/* It is a close with this code, and then the end. */
void ws_expect_close(struct client *, int code);

#endif
