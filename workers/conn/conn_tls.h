/*
 * What a connection has to do for its TLS, which must not be NULL; for conn.c.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONN_TLS_H
#define CONN_TLS_H

#include <stdbool.h>

struct conn;

/* True if the connection waits for no response, and its key has to change,
 * which is not possible. */
bool conn_tls_must_end(const struct conn *);

/* The events to wait for, where the state waits for these: TLS may have to
 * write before it can read on, and it may hold input for which the socket has
 * no event; such a connection is put into the run queue. */
int conn_tls_events(struct conn *, int events);

/* True if TLS holds input, for which there is no event, in a state that reads.
 */
bool conn_tls_has_unread(const struct conn *);

/* Answers a client that speaks HTTP without TLS with a plain 400. */
void conn_tls_refuse_plain(struct conn *);

/* Ends TLS; the socket stays open. */
void conn_tls_close(struct conn *);

#endif
