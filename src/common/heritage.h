/*
 * What a worker inherits at the fork: all that it gets from the master's
 * memory.  It stays valid and unchanged for the worker's life.
 * SPDX-License-Identifier: MIT
 */
#ifndef HERITAGE_H
#define HERITAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/directory.h"
#include "common/recent_ring.h"
#include "common/scoreboard_view.h"

struct change_counts;
struct conf;
struct conf_listen;
struct proctitle;
struct ticket_secret;

struct heritage_listener {
	int fd;
	bool is_shared; /* other workers watch it too: EPOLLEXCLUSIVE */
	const struct conf_listen *from;
};

/* A copy of a file, as it was when the configuration was loaded. */
struct heritage_file {
	int fd;           /* read it with pread(2); -1: none */
	const char *path; /* of the file */
};

/* The files of a route, opened by the opener. */
struct heritage_route {
	struct directory root; /* of CONF_ROUTE_ROOT; fd -1: it has gone */
	uint64_t root_key;     /* change_counts_root() */
	struct heritage_file module; /* of CONF_ROUTE_MODULE */
	struct heritage_file users;  /* of auth.file */
};

/* How a worker starts that replaces one that has exited while no other worker
 * of its index serves.  It serves what it can: a route that cannot be opened or
 * started is answered with 503.  Any other worker fails to start. */
struct heritage_leniency {
	bool is_on;
	const unsigned *skipped; /* numbers of routes: the start of the module
				    of each ended a worker */
	size_t nskipped;
};

struct heritage {
	const struct conf *conf;
	struct slot *slot;              /* this worker's own */
	struct slot_inflight *inflight; /* its requests; NULL: not recorded */
	/* What the worker counts for each site of the configuration; NULL:
	 * there is no room, and it counts in the slot. */
	struct site_counters *site_counters;
	struct module_metrics *metrics;    /* NULL: they are not shown */
	struct module_metrics *durations;  /* of their routes; or NULL */
	struct scoreboard_view scoreboard; /* all slots, to be read */
	struct recent recent; /* for the worker's requests, by log.recent */
	int channel;
	unsigned index;      /* worker number, from 0 */
	unsigned generation; /* from 1 */
	struct heritage_leniency leniency;
	bool is_canary;  /* answers a request of its own before READY */
	bool has_checks; /* it also answers those of the configuration */
	bool is_trial;   /* of `prong check`: it serves no address */
	bool is_again; /* a generation that serves gets another worker, and its
			  first ones have told what is the same for all */
	/* Of a trial: the number + 1 of the route whose module alone is loaded;
	 * 0: all modules. */
	unsigned only_module;
	bool is_daemon;          /* serves without its starter's terminal */
	struct proctitle *title; /* NULL: the title is not changed */
	struct change_counts *changes; /* NULL: none are counted */

	/* The sockets that this worker accepts from. */
	const struct heritage_listener *listeners;
	size_t nlisteners;

	/* By the routes' numbers, counted over all sites; NULL: the worker
	 * opens what it needs itself. */
	const struct heritage_route *routes;
	size_t nroutes;
	size_t nopened; /* descriptors in them, each counted once */

	/* For TLS; the worker wipes it.  NULL: none was made. */
	struct ticket_secret *tickets;

	struct {
		int error;         /* a descriptor; -1: off */
		const int *access; /* the same, by the logs' numbers */
		unsigned naccess;
	} logs;
};

/* True for the worker that logs what is the same for all. */
static inline bool
heritage_tells_for_all(const struct heritage *h)
{
	return h->index == 0 && !h->is_trial && !h->is_again;
}

#endif
