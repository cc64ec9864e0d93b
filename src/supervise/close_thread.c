/*
 * The thread runs as long as its close(2) calls, and uses only its own array of
 * descriptors.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/close_thread.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STACK = 128 * 1024 };

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

/* Signals are handled by the master's loop, not by the thread. */
static int
start_thread(struct batch *b)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, old;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&thread, &attributes, close_batch, b);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attributes);
	return error == 0 ? 0 : -1;
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
	if (start_thread(b) == -1)
		free(b);
}
