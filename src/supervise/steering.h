/*
 * Which of the sockets of an address get new connections.  The kernel spreads
 * them over all that listen, whoever reads from them; a small program of ours
 * (SO_ATTACH_REUSEPORT_CBPF, socket(7)) leaves out those whose worker is hung,
 * between two lives, or no more.
 * SPDX-License-Identifier: MIT
 */
#ifndef STEERING_H
#define STEERING_H

#include <stdbool.h>
#include <stddef.h>

struct generation;

/*
 * Looks at the workers of the generation that serves and tells the kernel.
 * With none that is well nothing changes: some queue is better than none.  A
 * kernel that has no such programs goes on spreading over all.
 */
void steering_update(const struct generation *);

enum { STEERING_MOST = 1024 }; /* sockets; a program has 4096 instructions */

/* Attaches the program to the group of this socket: of its sockets, numbered
 * in the order of their listen(2), those in live get an equal share.  0, or -1
 * with errno. */
int steering_attach(int fd, const unsigned *live, size_t nlive);

#endif
