/*
 * For requests that are kept, since later ones may have the same head.
 * SPDX-License-Identifier: MIT
 */
#ifndef REQUEST_COPY_H
#define REQUEST_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "http/request.h"

/*
 * May what was found in a head be kept for a later one that has its bytes?
 * Heads that announce content or another protocol are looked at each time.  So
 * is Authorization, which may be short enough to be guessed: the time of a
 * response must not tell that another client has sent the same.
 */
static inline bool
request_may_be_kept(const struct request *r)
{
	return r->fields == r->few && r->count[FIELD_CONTENT_LENGTH] == 0 &&
	       r->count[FIELD_TRANSFER_ENCODING] == 0 &&
	       r->count[FIELD_EXPECT] == 0 &&
	       r->count[FIELD_AUTHORIZATION] == 0 && !r->is_websocket &&
	       request_find(r, SPAN("Upgrade"), 0).at == NULL;
}

/* A path that had to be decoded is in the arena of its request. */
static inline bool
request_has_path_in_head(const struct request *r)
{
	return r->path.at >= r->head && r->path.at < r->head + r->head_len;
}

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
