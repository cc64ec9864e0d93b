/*
 * From the bytes of a connection to requests, and their answers queued.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP1_CONN_H
#define HTTP1_CONN_H

#include <stddef.h>

struct conn;

/*
 * Takes input for the connection's exchange: a head, or some of a body, and
 * answers a request that is complete.  The bytes used; 0 when more input is
 * needed, or what is queued must be sent first, or nothing more is read.
 */
size_t http1_input(struct conn *, const char *bytes, size_t len);

/* A handler was waited for and has answered: the request may be over. */
void http1_resume(struct conn *);

/* The input of this turn is used up: what is in flight must not need it. */
void http1_input_end(struct conn *);

#endif
