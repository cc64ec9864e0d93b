/*
 * The load of a connection of HTTP/2: the streams that were open at once in the
 * last second, and 1 where there were none.  A connection of HTTP/1 is a load
 * of 1.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_BALANCE_H
#define HTTP2_BALANCE_H

#include <stddef.h>

struct http2;
struct worker;

void http2_load_begin(struct http2 *);
void http2_load_end(struct http2 *);

/* A stream was opened. */
void http2_load_add(struct http2 *);

/* Once a second. */
void http2_load_update(struct worker *);

/* Begins to pass connections in clear to another worker, of this load or a
 * little more; returns how much of it is left. */
size_t http2_move_some(struct worker *, size_t most);

#endif
