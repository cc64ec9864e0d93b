/*
 * A module as one route mounts it, in one worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <jansson.h>
#include <stdbool.h>

#include "api/prong.h"
#include "common/list.h"

struct conf_route;
struct ev_loop;
struct log;
struct module_root;
struct router;
struct worker;

struct prong_instance {
	struct worker *worker;
	const struct conf_route *conf;
	const struct prong_module *self;
	char *mount; /* "/api", or "" for "/" */
	json_t *config;
	void *state;
	struct router *router;
	struct list events;        /* timers and watches of the instance */
	struct module_root *roots; /* directories of prong_file() */
	struct list live;          /* contexts that have not ended */
	unsigned nlive;
	bool has_started;
	bool is_draining;
	char *why; /* buffer of prong_config_error() during start() */
	size_t why_size;
};

/*
 * Mounts the module at the route and starts it. Returns 0, or -1 with the
 * reason in why. instance_fini() must be called in either case.
 */
int instance_init(struct prong_instance *, struct worker *,
	const struct conf_route *, const struct prong_module *, char *why,
	size_t size);

/* Ends the contexts that are left and stops the module. */
void instance_fini(struct prong_instance *);

/* What its worker has. */
struct log *instance_log(const struct prong_instance *);
struct ev_loop *instance_loop(const struct prong_instance *);

/* Tells the module that the worker drains. */
void instance_drain(struct prong_instance *);

#endif
