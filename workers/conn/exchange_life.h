/*
 * The life of one request and its response, for the protocol that carries it.
 * exchange_life.c has the picture.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXCHANGE_LIFE_H
#define EXCHANGE_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/span.h"
#include "conn/exchange.h"

/*
 * Begins a request: its head was read and request_check() accepted it, and
 * x->body expects the content, or is done.  The request is answered at once, or
 * when its content is there.  content_came: some of the content has arrived, so
 * the client does not wait for a 100.
 */
void exchange_begin(struct exchange *, bool content_came);

/*
 * Takes a run of the content, which is counted in x->body.  Not while
 * x->is_paused.  exchange_end_content() follows when it was the last.
 */
void exchange_take_content(struct exchange *, struct span);

/* Goes on when x->body is done and the handler is not paused; may be called at
 * any time. */
void exchange_end_content(struct exchange *);

/* Hands over bytes of a tunnel; returns how many were taken. */
size_t exchange_take_bytes(struct exchange *, struct span);

/* The content is too large, or malformed: no more of it can be read. */
void exchange_spoil(struct exchange *, int status);

/* Refuses a request whose head is malformed, or too large. */
void exchange_refuse(struct exchange *, int status);

/* For exchange_end_input(). */
void exchange_end_content_input(struct exchange *);

/* The input of this turn is used up: the request must not need it any more. */
static inline void
exchange_end_input(struct exchange *x)
{
	if (x->phase == EXCHANGE_BODY)
		exchange_end_content_input(x);
}

/* A handler may have answered, or resumed the content: takes the next step. */
void exchange_proceed(struct exchange *);

/* All that was queued has been sent: frees what it needed, and tells the
 * handler. */
static inline void
exchange_end_output(struct exchange *x)
{
	exchange_sent(x);
	if (x->handler != NULL && x->handler->on_sent != NULL)
		x->handler->on_sent(x);
}

/* What the phase is, in words: "reading the request body". */
const char *exchange_doing(const struct exchange *);

/* ---- timeouts ---- */

enum exchange_due {
	EXCHANGE_DUE_WAIT,   /* the handler is waited for again */
	EXCHANGE_DUE_ANSWER, /* an error response is queued */
	EXCHANGE_DUE_CUT,    /* the response has begun and cannot go on */
};

/* The head took timeouts.head since then: queues an error response (RFC 9110
 * 15.5.9). */
void exchange_end_head(struct exchange *, int64_t since_ms);

/* The handler took timeouts.handler. */
enum exchange_due exchange_end_handler(struct exchange *);

/* The content took timeouts.body; EXCHANGE_DUE_CUT: it has its response. */
enum exchange_due exchange_end_body(struct exchange *);

#endif
