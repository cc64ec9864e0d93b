/*
 * Reads parts of large files from disk before they are sent, so that only the
 * connection waits and not the loop.
 * SPDX-License-Identifier: MIT
 */
#ifndef READAHEAD_H
#define READAHEAD_H

#include <stdbool.h>

struct exchange;

/* Reads the first part of the exchange's output, for which output_send() has
 * returned OUTPUT_NOT_CACHED, in the disk pool, once for all exchanges that
 * wait for it; then resumes the exchange.  Until then exchange->readahead is
 * set. */
void readahead_fetch(struct exchange *);

/* Returns true if a part was read since the last call or readahead_fetch(). */
bool readahead_has_progressed(struct exchange *);

/* Cancels the wait of the exchange. */
void readahead_forget(struct exchange *);

#endif
