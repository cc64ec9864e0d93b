/*
 * The thread runs as long as its close(2) calls, and uses only its own array of
 * descriptors.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/close_thread.h"
#include "supervise/detached_thread.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STACK = 128 * 1024 /* bytes */ };

struct batch {
	int n;
	int fds[];
};

static void *
close_batch(void *arg)
{
	struct batch *b = arg;

	while (b->n > 0)
		close(b->fds[--b->n]);
	free(b);
	return NULL;
}

/* Without memory or a thread the descriptors stay open: the master may lack
 * them later, but does not block now. */
void
close_in_thread(const int *fds, int n)
{
	struct batch *b;

	if (n <= 0)
		return;
	b = malloc(sizeof(*b) + (size_t)n * sizeof(*fds));
	if (b == NULL)
		return;
	b->n = n;
	memcpy(b->fds, fds, (size_t)n * sizeof(*fds));
	if (detached_thread_start(STACK, close_batch, b) == -1)
		free(b);
}
