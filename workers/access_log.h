/*
 * One line for each answer, written when the answer has left, or when the
 * connection ended before.  Formats: combined, JSON.
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCESS_LOG_H
#define ACCESS_LOG_H

struct exchange;

/* A request begins: its head is here. */
void access_log_request(struct exchange *);

/* Around the queueing of an answer's content: behind its head, and at its end.
 * The second counts the answer on the scoreboard, too. */
void access_log_content(struct exchange *);
void access_log_end(struct exchange *);

/* In place of the end: the content was cut. */
void access_log_cut(struct exchange *);

/* All that is queued was sent, and the content goes on: the count of bytes
 * begins anew. */
void access_log_sent(struct exchange *);

/* Writes the lines of the answers that have left by now; all of them when
 * nothing is queued any more. */
void access_log_flush(struct exchange *);

#endif
