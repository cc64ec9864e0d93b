/*
 * Parts of large files that must be read before they can be sent: the
 * connection waits, not the loop.
 * SPDX-License-Identifier: MIT
 */
#ifndef SLICE_H
#define SLICE_H

struct exchange;

/* The part at the front of the exchange's output, which output_send() has
 * found to be OUTPUT_NOT_CACHED: has it read, once for all who wait for it, and
 * then resumes the exchange.  Meanwhile exchange->slice is not NULL. */
void slice_fetch(struct exchange *);

/* It waits no more for the one that it waits for. */
void slice_forget(struct exchange *);

#endif
