/*
 * Requests that the first worker of a new generation answers before it is
 * committed.
 * SPDX-License-Identifier: MIT
 */
#ifndef CONF_CHECK_H
#define CONF_CHECK_H

#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"

struct conf_check {
	const char *request;        /* "GET /path" */
	const char *host;           /* NULL: that of the default site */
	struct conf_fields headers; /* of the request */
	const char *body;           /* NULL: none */
	int64_t status;
	struct conf_fields fields; /* of the response: it contains the value */
	const char *text;          /* that its content contains; or NULL */
};

#endif
