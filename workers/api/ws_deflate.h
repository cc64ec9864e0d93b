/*
 * The compression of permessage-deflate (RFC 7692 7.2), without a context that
 * outlives a message.
 * SPDX-License-Identifier: MIT
 */
#ifndef WS_DEFLATE_H
#define WS_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

/* True if this build has zlib. */
bool ws_deflate_is_supported(void);

/* ---- sending: one for all WebSockets of a worker ---- */

struct ws_deflate;

/*
 * Compresses a message with a window of 1 << window_bits bytes.  Returns the
 * length of the result, which is valid until the next call; 0: send the message
 * as it is.  *d is NULL at first.
 */
size_t ws_deflate_message(struct ws_deflate **d, unsigned window_bits,
	const void *bytes, size_t len, const char **result);
void ws_deflate_free(struct ws_deflate *);

/* ---- receiving: one for a message that is not complete ---- */

struct ws_inflate;

enum { WS_INFLATE_MEMORY = 48 * 1024 }; /* bytes that one takes at most */

/* Returns NULL if there is no memory. */
struct ws_inflate *ws_inflate_new(void);
void ws_inflate_free(struct ws_inflate *);

struct ws_inflate_step {
	const char *in;
	size_t in_len;
	char *out;
	size_t room;
};

/*
 * Inflates until in or room is used up, and moves both.  Bytes may be left
 * though no input is: when room is used up, it is to be called again.  Returns
 * false if the data is not deflate.
 */
bool ws_inflate_run(struct ws_inflate *, struct ws_inflate_step *);

/* True if the message may end here: at the end of a block. */
bool ws_inflate_is_whole(const struct ws_inflate *);

#endif
