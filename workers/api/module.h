/*
 * A loadable module: found, opened, checked.  Only workers load modules.
 * SPDX-License-Identifier: MIT
 */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>
#include <stddef.h>

struct conf_route;
struct exchange;
struct heritage_file;
struct module;
struct module_service;
struct prong_instance;
struct prong_module;
struct worker;

/* The table for the worker. */
extern const struct module_service module_service;

/*
 * Opens the route's module: the inherited copy of its file; without one, the
 * file, a name in conf->paths.modules or a path with a '/'.  NULL with the
 * reason in why.
 */
struct module *module_load(struct worker *, const struct conf_route *,
	const struct heritage_file *, char *why, size_t size);

/* The same of one that is here already; library: to be closed with it, or
 * NULL. */
struct module *module_make(struct worker *, const struct conf_route *,
	void *library, const struct prong_module *, char *why, size_t size);

/* NULL is fine, in these three. */
void module_unload(struct module *);

/* Returns the instance of the module. */
struct prong_instance *module_instance(struct module *);

/* The worker leaves: what goes on for ever should come to an end. */
void module_drain(struct module *);

/* And now: it ends. */
void module_force_end(struct module *);

/* Content will come: finds out how its handler takes it, and how much. */
void module_expect_content(struct exchange *);

/* Hands the request to the module's handler. */
void module_answer(struct exchange *);

#endif
