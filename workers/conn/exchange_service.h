/*
 * The functions that answer requests: a table that the worker hands down at its
 * start, so that this folder does not depend on serve/.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXCHANGE_SERVICE_H
#define EXCHANGE_SERVICE_H

#include "common/span.h"

struct exchange;

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
};

#endif
