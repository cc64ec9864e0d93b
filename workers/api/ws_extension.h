/*
 * The negotiation of permessage-deflate (RFC 7692 7.1).
 * SPDX-License-Identifier: MIT
 */
#ifndef WS_EXTENSION_H
#define WS_EXTENSION_H

struct request;

/*
 * Returns 0 when the client offers nothing that the server takes, or the
 * server's window as log2 of its bytes, 9 to 15.  Either side forgets its
 * window after each message: an idle WebSocket needs no memory for it, and can
 * be handed over.
 */
unsigned ws_extension_choose(const struct request *);

enum { WS_EXTENSION_FIELD = 160 };

/* Writes the field line of the response, "" for 0. */
void ws_extension_format(char to[WS_EXTENSION_FIELD], unsigned window_bits);

#endif
