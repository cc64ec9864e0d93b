/*
 * The compressed messages of a WebSocket's client, for websocket.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef WEBSOCKET_INFLATE_H
#define WEBSOCKET_INFLATE_H

#include <stddef.h>

struct websocket_reader;

/* Changes the size of the message's buffer; -1: there is no memory. */
int websocket_resize(struct websocket_reader *, size_t size);

/* Appends to the message what the bytes inflate to.  Returns 0, or the close
 * code of the error. */
int websocket_inflate_take(
	struct websocket_reader *, const char *bytes, size_t len);

/* The message is complete.  Returns 0, or the close code of the error. */
int websocket_inflate_end(struct websocket_reader *);

void websocket_inflate_fini(struct websocket_reader *);

#endif
