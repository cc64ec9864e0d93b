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
#include "common/slot.h"

struct conf_route;
struct ev_loop;
struct log;
struct module_root;
struct module_series;
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
	unsigned codings;         /* of responses: a mask of 1u << CODING_x */
	uint32_t number;          /* of the route, from 1, over all sites */
	struct list events;       /* timers and watches of the instance */
	struct list_node listens; /* in the pool's listeners */
	bool is_listening;
	struct list works;         /* its jobs on the work pool */
	struct module_root *roots; /* directories of prong_file() */
	struct list live;          /* contexts that have not ended */
	unsigned nlive;
	/* whose function called this one's; or NULL */
	struct prong_instance *outer_caller;
	bool has_started;
	bool is_draining;
	unsigned char key[64]; /* of prong_set_key() */
	size_t key_len;        /* 0: none */
	char **texts;          /* of prong_config_path() */
	size_t ntexts;
	struct prong_metric *metrics;
	struct module_series *duration; /* of its route; NULL: not counted */
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

/*
 * True when a module may call a function for the instance. Otherwise it sets
 * errno: EINVAL for NULL, EPERM in another thread; the call is logged.
 */
bool instance_check_call(struct prong_instance *, const char *function);

/* Logs what is wrong with a call; sets errno to EINVAL and returns -1. */
int instance_misuse(
	struct prong_instance *, const char *function, const char *what);

/* Tell the master what a module's function is called for, should it crash;
 * around the call. */
void instance_note_call(const struct prong_instance *, enum slot_call);
void instance_end_call(const struct prong_instance *);

/* Enclose every call of a module's function for the instance. */
void instance_enter(struct prong_instance *, enum slot_call);
void instance_leave(struct prong_instance *);

/* Tells the module that the worker drains. */
void instance_drain(struct prong_instance *);

#endif
