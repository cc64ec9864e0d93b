/*
 * The opening of a WebSocket (RFC 6455 4.2): is the request one, and what
 * proves to the client that we understood.
 * SPDX-License-Identifier: MIT
 */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

struct request;

enum { HANDSHAKE_ACCEPT = 28 }; /* characters of the proof */

struct handshake {
	char accept[HANDSHAKE_ACCEPT + 1]; /* Sec-WebSocket-Accept */
	const char *protocol;              /* of those given, or NULL */
};

/*
 * 0 and the handshake; 426: it does not ask for a WebSocket, or for another
 * version than 13; 400: it does so wrongly.  protocols: what the module
 * speaks, best first, NULL at the end; or NULL.
 */
int handshake_check(const struct request *, const char *const *protocols,
	struct handshake *);

#endif
