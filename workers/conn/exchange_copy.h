/*
 * Memory of an exchange that is not in its arena: large copies, and what it has
 * taken over from others.
 * SPDX-License-Identifier: MIT
 */
#ifndef EXCHANGE_COPY_H
#define EXCHANGE_COPY_H

#include <stddef.h>

struct exchange;

/* Copies up to this size are in the arena. */
enum { EXCHANGE_BLOCK = 8 * 1024 };

/* Returns a copy of bytes, of any length, that lives until it is sent. */
char *exchange_copy(struct exchange *, const void *bytes, size_t len);

/* Takes over memory that lives as long; release frees it. */
void exchange_adopt(
	struct exchange *, void *memory, void (*release)(void *memory));

/* Like exchange_adopt(), but the memory also lives as long as a handler holds
 * the exchange: release marks the end of the request. */
void exchange_adopt_until_end(
	struct exchange *, void *memory, void (*release)(void *memory));

/* The next request begins: what the one before it held is freed when its
 * response is sent, whatever holds the exchange then. */
void exchange_end_holds(struct exchange *);

/* Frees all of it whose time is over. */
void exchange_free_copies(struct exchange *);

#endif
