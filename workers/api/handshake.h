/*
 * The opening handshake of a WebSocket (RFC 6455 4.2, RFC 8441 5).
 * SPDX-License-Identifier: MIT
 */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

struct request;

enum { HANDSHAKE_ACCEPT = 28 }; /* characters of Sec-WebSocket-Accept */

struct handshake {
	/* value of Sec-WebSocket-Accept; "" with HTTP/2 */
	char accept[HANDSHAKE_ACCEPT + 1];
	const char *protocol; /* one of those given, or NULL */
};

/*
 * Checks a request for a WebSocket handshake. protocols are the subprotocols of
 * the module, in order of preference, ended by NULL; or NULL. Returns 0 and
 * fills in *handshake; 426 when the request does not ask for a WebSocket of
 * version 13; 400 when the handshake is malformed, or wrong with HTTP/2.
 */
int handshake_check(const struct request *, const char *const *protocols,
	struct handshake *);

#endif
