/*
 * Parts of large files that must be read before they can be sent: the
 * connection waits, not the loop.
 * SPDX-License-Identifier: MIT
 */
#ifndef READAHEAD_H
#define READAHEAD_H

#include <stdbool.h>

struct exchange;

/* The part at the front of the exchange's output, which output_send() has
 * found to be OUTPUT_NOT_CACHED: has it read, once for all who wait for it, and
 * then resumes the exchange.  Meanwhile exchange->readahead is not NULL. */
void readahead_fetch(struct exchange *);

/* True when a part of what it waits for was read since the last call, or since
 * readahead_fetch(). */
bool readahead_has_progressed(struct exchange *);

/* It waits no more for the one that it waits for. */
void readahead_forget(struct exchange *);

#endif
