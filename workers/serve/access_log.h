/*
 * The access log: one line per response and log, written once the response was
 * sent or its connection ended.
 * SPDX-License-Identifier: MIT
 */
#ifndef ACCESS_LOG_H
#define ACCESS_LOG_H

struct exchange;

/* Called when the head of a response is in the output, before its content. */
void access_log_content(struct exchange *);

/* Called when the last byte of a response with records is in the output. */
void access_log_end(struct exchange *);

/* Called before response_end() when the content was truncated. */
void access_log_cut(struct exchange *);

/* Called when some of the output was sent, and more of it is waiting. */
void access_log_progress(struct exchange *);

/*
 * Called when the output was sent and is reset while the content continues:
 * bytes are counted from 0 again.
 */
void access_log_sent(struct exchange *);

/*
 * Writes the lines of the responses that were sent; of all responses when the
 * output is empty.
 */
void access_log_flush(struct exchange *);

#endif
