/*
 * Server-sent events (HTML Living Standard 9.2).
 * SPDX-License-Identifier: MIT
 */
#ifndef SSE_H
#define SSE_H

struct deadline;

/* Called when a stream was silent for a while: sends a comment. */
void sse_on_comment_due(struct deadline *);

#endif
