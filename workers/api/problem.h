/*
 * Errors for programs (RFC 9457).
 * SPDX-License-Identifier: MIT
 */
#ifndef PROBLEM_H
#define PROBLEM_H

#include <stdbool.h>

#include "common/span.h"
#include "prong.h"

struct exchange;

/* By who asked; else a page. */
bool problem_is_wanted(struct exchange *);

/*
 * Answers with application/problem+json.  fields: more field lines, each ended
 * by CRLF; members: of the module's own, a reference that is taken, or NULL;
 * detail: a sentence, or NULL.
 */
void problem_send(struct exchange *, int status, struct span fields,
	json_t *members, const char *detail);

#endif
