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

#include "common/slot.h"
#include "common/span.h"
#include "conn/exchange.h"

/*
 * Begins a request whose head was accepted by request_check(); x->body is set
 * up for the content, or done.  The request is answered at once, or when its
 * content has arrived.  content_came: some of the content has arrived, so that
 * the client does not wait for a 100.
 */
void exchange_begin(struct exchange *, bool content_came);

/*
 * Logs the rule for which a well-formed request is answered with an error
 * status, and its path: see refusal.h.  rule is a string constant.
 */
void exchange_log_refusal(struct exchange *, int status, const char *rule);

/* Counts the reason for which a request is refused or cut short, and notes it
 * for the access log. */
void exchange_count_refusal(struct exchange *, enum slot_refusal);

/*
 * Takes a run of the content that x->body has counted; must not be called while
 * x->is_paused.  exchange_end_content() follows the last run.
 */
void exchange_take_content(struct exchange *, struct span);

/* Takes the next step if x->body is done and the handler is not paused; may be
 * called at any time. */
void exchange_end_content(struct exchange *);

/* Passes bytes of a tunnel to the handler; returns how many it took. */
size_t exchange_take_bytes(struct exchange *, struct span);

/* Ends a request whose content is too large or malformed. */
void exchange_spoil(struct exchange *, int status);

/* Refuses a request whose head is malformed, or too large. */
void exchange_refuse(struct exchange *, int status);

/* For exchange_end_input(). */
void exchange_end_content_input(struct exchange *);

/* Called when the input of this turn was processed: copies what the request
 * still needs of it. */
static inline void
exchange_end_input(struct exchange *x)
{
	if (x->phase == EXCHANGE_BODY)
		exchange_end_content_input(x);
}

/* Takes the next step after a handler has answered or resumed the content. */
void exchange_proceed(struct exchange *);

/* Called when the output was sent: frees its memory and calls the handler's
 * on_sent(). */
static inline void
exchange_end_output(struct exchange *x)
{
	exchange_sent(x);
	if (x->handler != NULL && x->handler->on_sent != NULL)
		x->handler->on_sent(x);
}

/* Returns what the exchange does, in words: "reading the request body". */
const char *exchange_doing(const struct exchange *);

/* ---- timeouts ---- */

enum exchange_due {
	EXCHANGE_DUE_WAIT,   /* wait for the handler again */
	EXCHANGE_DUE_ANSWER, /* an error response is queued */
	EXCHANGE_DUE_CUT,    /* the response has begun and cannot go on */
};

/* The head was not complete within timeouts.head of since_ms: queues a 408 (RFC
 * 9110 15.5.9). */
void exchange_end_head(struct exchange *, int64_t since_ms);

/* The handler did not answer within timeouts.handler. */
enum exchange_due exchange_end_handler(struct exchange *);

/* The content was not complete within timeouts.body; EXCHANGE_DUE_CUT if the
 * response has begun. */
enum exchange_due exchange_end_body(struct exchange *);

#endif
