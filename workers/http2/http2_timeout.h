/*
 * What happens when a connection of HTTP/2, or a stream of it, has waited long
 * enough: a table with a row for each kind of wait.
 * SPDX-License-Identifier: MIT
 */
#ifndef HTTP2_TIMEOUT_H
#define HTTP2_TIMEOUT_H

struct worker;

/* Initialises the deadline classes that conn_set_deadlines() leaves. */
void http2_set_deadlines(struct worker *);

#endif
