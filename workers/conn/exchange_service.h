/*
 * Who answers the requests: a table that the worker hands down at its start.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXCHANGE_SERVICE_H
#define EXCHANGE_SERVICE_H

#include "common/span.h"

struct exchange;

struct exchange_service {
	/* Finds site and route, and whether the request's content is wanted. */
	void (*route)(struct exchange *);
	/* Keeps a run of the content for the handler. */
	void (*take_content)(struct exchange *, struct span);
	/* Responds, once the content is here or is not wanted. */
	void (*respond)(struct exchange *);
	/* Responds with an error; it is the connection's last response. */
	void (*refuse)(struct exchange *, int status);
};

#endif
