/*
 * Server-sent events (HTML Living Standard 9.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef SSE_H
#define SSE_H

struct deadline;

/* A stream has said nothing for a while. */
void sse_on_comment_due(struct deadline *);

#endif
