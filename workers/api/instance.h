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
struct router;
struct worker;

struct prong_instance {
	struct worker *worker;
	const struct conf_route *conf;
	const struct prong_module *self;
	void *library;
	char *mount; /* "/api", "" for "/" */
	json_t *config;
	void *state;
	struct router *router;
	struct prong_event *events; /* of the instance */
	struct prong_context *live; /* contexts that are not ENDED */
	unsigned nlive;
	bool has_started;
	bool is_draining;
	char *why; /* of prong_config_error(), while it starts */
	size_t why_size;
};

#endif
