/*
 * How the descriptors of a worker are divided.
 * SPDX-License-Identifier: MIT
 */
#ifndef CAPACITY_H
#define CAPACITY_H

#include <stddef.h>

#include "common/conf.h"
#include "common/log.h"

struct worker;

struct capacity {
	size_t connections; /* 0: too few to be worth it */
	size_t files;       /* that the file cache may hold open */
	size_t limit;       /* of open files, RLIMIT_NOFILE */
	size_t lacking;     /* by so much it is too low for any connection */
};

/*
 * Divides what the limit of open files leaves: `used` are open for good
 * (listening sockets, document roots), the cache would hold `files`.  As many
 * connections as the configuration asks for, or as there is room for, with a
 * warning when the second is less.
 */
struct capacity capacity_divide(
	const struct conf *, size_t used, size_t files, struct log *);

/* Divides them, bounds the worker's file cache and makes its table of
 * connections, when all else is open.  0, or -1 with the reason in why. */
int capacity_open_table(struct worker *, char *why, size_t size);

#endif
