/*
 * Errors for programs: application/problem+json (RFC 9457).
 * SPDX-License-Identifier: MIT
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <jansson.h>
#include <stdbool.h>

#include "common/span.h"

struct exchange;

/* True when the client's Accept field prefers JSON to HTML. */
bool problem_is_wanted(struct exchange *);

/*
 * Responds with application/problem+json. fields: further field lines, each
 * ended by CRLF. members: the module's own members, whose reference is taken,
 * or NULL. detail: a sentence, or NULL.
 */
void problem_send(struct exchange *, int status, struct span fields,
	json_t *members, const char *detail);

#endif
