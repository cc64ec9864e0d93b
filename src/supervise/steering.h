/*
 * Chooses which sockets of an address get new connections.  The kernel spreads
 * them over all listening sockets, whether or not a worker reads from them; a
 * BPF program (SO_ATTACH_REUSEPORT_CBPF, socket(7)) skips workers that are
 * hung, restarting or gone.
 * SPDX-License-Identifier: MIT
 */
#ifndef STEERING_H
#define STEERING_H

#include <stdbool.h>
#include <stddef.h>

struct generation;

/*
 * Attaches programs for the live workers of the generation that serves.  If
 * none is live nothing changes, since some queue is better than none.  A kernel
 * without such programs continues to spread over all.
 */
void steering_update(const struct generation *);

enum { STEERING_MOST = 1024 }; /* sockets; a program has 4096 instructions */

/* Attaches the program to the group of this socket: of its sockets, numbered
 * in the order of their listen(2), those in live get equal shares.  Returns
 * 0, or -1 with errno. */
int steering_attach(int fd, const unsigned *live, size_t nlive);

#endif
