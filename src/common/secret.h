/*
 * Memory for private keys: it is in no core dump, and wiped when it is freed.
 * SPDX-License-Identifier: MIT
 */
#ifndef SECRET_H
#define SECRET_H

#include <stddef.h>

struct secret {
	struct secret *next; /* in the list of its owner */
	size_t mapped;       /* bytes in all, this struct included */
	size_t len;
	char bytes[] __attribute__((aligned(16)));
};

/*
 * Returns room for len bytes, cleared, and puts it in front of the list; NULL
 * with errno.
 */
struct secret *secret_new(struct secret **list, size_t len);

/* Wipes and frees all of a list, and empties it. */
void secret_free_all(struct secret **list);

#endif
