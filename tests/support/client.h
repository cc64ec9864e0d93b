/*
 * A client on a raw socket, with a deadline on everything.  What a test does
 * not expect ends the test; the client_try_* forms return it instead.
 * SPDX-License-Identifier: MIT
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "support/http_response.h"

struct client {
	int fd;
	char *bytes; /* received, not yet part of a response */
	size_t len, size;
	bool at_eof;
};

enum client_result {
	CLIENT_OK,
	CLIENT_EOF,       /* closed before the first byte of a response */
	CLIENT_CUT,       /* closed or reset in the middle of one */
	CLIENT_RESET,     /* reset before the first byte */
	CLIENT_LATE,      /* nothing before the deadline */
	CLIENT_MALFORMED, /* what came is no response */
};

/* Connects to 127.0.0.1. */
void client_open(struct client *, int port);
enum client_result client_try_open(struct client *, int port);

/* Connects to another address of the machine: "127.0.0.2". */
void client_open_at(struct client *, const char *address, int port);
void client_close(struct client *);

/* A receive buffer of this many bytes, so that a sender soon has to wait. */
void client_open_narrow(struct client *, int port, int receive_buffer);

/* Sends all of it; a peer that closed meanwhile is no error. */
void client_send(struct client *, const char *bytes, size_t len);
void client_say(struct client *, const char *text);

/*
 * Sends byte by byte, ms between two of them, until all are sent or the peer
 * says something or leaves.  The number of bytes sent.
 */
size_t client_drip(struct client *, const char *text, int ms);

/* Waits until so many bytes are here, or this text is among them; they stay.
 * False: they did not come within ms. */
bool client_has(struct client *, size_t len, int ms);
bool client_hears(struct client *, const char *text, int ms);

/* The first len of the bytes that are here have been read. */
void client_skip(struct client *, size_t len);

/* Closes it with a reset. */
void client_reset(struct client *);

/* No more bytes will come from us. */
void client_finish_sending(struct client *);

/* One response to GET, or to HEAD.  Free it. */
void client_recv(struct client *, struct response *);
void client_recv_head(struct client *, struct response *);
enum client_result client_try_recv(
	struct client *, struct response *, bool is_head);

/* Reads what there is, up to max bytes in all, and keeps none of it: the bytes
 * read before ms of silence, EOF or an error. */
size_t client_discard(struct client *, size_t max, int ms);

/* What comes within ms: nothing at all, EOF, a reset? */
bool client_is_silent(struct client *, int ms);
bool client_is_eof(struct client *, int ms);
bool client_is_gone(struct client *, int ms); /* EOF or reset */

/* GET on a connection that is kept. */
void client_get(struct client *, const char *path, struct response *);

/* GET on a connection that is kept; the response has to be 200 with this body.
 */
void client_get_text(struct client *, const char *path, const char *body);

/* The text and its response, on a connection of their own. */
void client_ask(int port, const char *text, struct response *);

/* GET path with these field lines (each ends with CR LF; "" for none) on a
 * connection of its own. */
void client_fetch(
	int port, const char *path, const char *fields, struct response *);

/* The status of GET path, on a connection of its own. */
int client_status(int port, const char *path);

#endif
