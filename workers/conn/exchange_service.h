/*
 * The functions that answer requests: a table that the worker hands down at its
 * start, so that this folder does not depend on serve/.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXCHANGE_SERVICE_H
#define EXCHANGE_SERVICE_H

#include "common/span.h"

struct exchange;

/* The access log; x->record is NULL until content() has made records of the
 * response, x->first_record until end() has. */
struct exchange_log {
	/* The head of a response is in the output, and its content is not. */
	void (*content)(struct exchange *);

	/* The last byte of a response with records is in the output. */
	void (*end)(struct exchange *);

	/* Some of the output was sent, and more of it is waiting. */
	void (*progress)(struct exchange *);

	/* The output was sent and is reset while the content continues. */
	void (*sent)(struct exchange *);

	/* Writes the lines of the responses that were sent; of all responses
	 * when the output is empty. */
	void (*flush)(struct exchange *);
};

struct exchange_service {
	/* Finds the site and the route, and decides whether the request's
	 * content is read. */
	void (*route)(struct exchange *);

	/* Stores a run of the content for the handler.  Returns 0, or the
	 * status with which the request is refused: there is no memory. */
	int (*take_content)(struct exchange *, struct span);

	/* Responds; called when the content has arrived or is not needed. */
	void (*respond)(struct exchange *);

	/* Frees exchange->form, which is not NULL. */
	void (*free_form)(struct exchange *);

	/* Responds with an error; it is the connection's last response. */
	void (*refuse)(struct exchange *, int status);

	struct exchange_log log;
};

#endif
