/*
 * What a worker inherits at the fork: the only thing that crosses it.
 * All of it stays valid, and unchanged, for the worker's whole life.
 * SPDX-License-Identifier: MIT
 */
#ifndef HERITAGE_H
#define HERITAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/directory.h"

struct conf;
struct conf_listen;
struct proctitle;
struct slot;
struct slot_inflight;
struct totals;

struct heritage_listener {
	int fd;
	bool is_shared; /* other workers watch it too: EPOLLEXCLUSIVE */
	const struct conf_listen *from;
};

/* What a route needs of the disk, opened for it. */
struct heritage_route {
	struct directory root; /* of CONF_ROUTE_ROOT; fd -1: it has gone */
};

struct heritage {
	const struct conf *conf;
	struct slot *slot;              /* this worker's own */
	struct slot_inflight *inflight; /* the same; NULL: nobody looks */
	const struct slot *slots;       /* everybody's, to be looked at */
	size_t nslots;
	const struct totals *totals;
	int channel;
	unsigned index;          /* worker number, from 0 */
	unsigned generation;     /* from 1 */
	bool is_canary;          /* answers a request of its own before READY */
	struct proctitle *title; /* NULL: leave it alone */

	/* The sockets that this worker accepts from. */
	const struct heritage_listener *listeners;
	size_t nlisteners;

	/* By the routes' numbers, counted over all sites; NULL: the worker
	 * opens what it needs itself. */
	const struct heritage_route *routes;
	size_t nroutes;
	size_t nopened; /* descriptors in them, each counted once */

	int access_log; /* -1: off */
	int error_log;  /* -1: off */
};

#endif
