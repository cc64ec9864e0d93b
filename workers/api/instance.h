/*
 * A module as one route mounts it in this worker.
 * SPDX-License-Identifier: MIT
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include <jansson.h>
#include <stdbool.h>

#include "prong.h"

struct conf_route;
struct folder;
struct router;
struct worker;

struct prong_instance {
	struct worker *worker;
	const struct conf_route *conf;
	const struct prong_module *self;
	char *mount; /* "/api", "" for "/" */
	json_t *config;
	void *state;
	struct router *router;
	struct prong_event *events; /* of the instance */
	struct folder *folders;     /* that it sends files from */
	struct prong_context *live; /* contexts that are not ENDED */
	unsigned nlive;
	bool has_started;
	bool is_draining;
	char *why; /* of prong_config_error(), while it starts */
	size_t why_size;
};

/*
 * Mounts the module at the route and starts it.  0, or -1 with the reason in
 * why; instance_fini() either way.
 */
int instance_init(struct prong_instance *, struct worker *,
	const struct conf_route *, const struct prong_module *, char *why,
	size_t size);

/* Ends what is in flight, stops the module. */
void instance_fini(struct prong_instance *);

/* The worker leaves. */
void instance_drain(struct prong_instance *);

#endif
