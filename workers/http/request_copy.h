/*
 * SPDX-License-Identifier: MIT
 */
#ifndef REQUEST_COPY_H
#define REQUEST_COPY_H

#include <stddef.h>
#include <string.h>

#include "http/request.h"

/* Copies the request but for the unused part of its field table, which is the
 * array few; the spans are those of the original. */
static inline void
request_copy(struct request *to, const struct request *from)
{
	memcpy(to, from,
		offsetof(struct request, few) +
			from->nfields * sizeof(from->few[0]));
	to->fields = to->few;
}

#endif
