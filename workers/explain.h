/*
 * Explains the response to a request without a server, for `prong explain`.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct conf;

struct explain_request {
	const char *method;
	const char *url;           /* "http://HOST/PATH" or "/PATH" */
	const char *const *fields; /* "Name: value" */
	size_t nfields;
	const char *client; /* address; NULL: 127.0.0.1 */
};

/*
 * Forks a process that becomes the workers' user, opens the document roots and
 * answers the request as a worker does; modules are not called.  Writes each
 * decision and the head of the response to out, as text or as a JSON object.
 * Returns 0, or -1 with the reason in why.
 */
int explain_run(const struct conf *, const struct explain_request *,
	bool is_json, FILE *out, char *why, size_t size);

#endif
