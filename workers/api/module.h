/*
 * A loadable module: found, opened, checked.  Only workers load modules.
 * SPDX-License-Identifier: MIT
 */
#ifndef MODULE_H
#define MODULE_H

#include <stddef.h>

struct conf_route;
struct module;
struct module_service;
struct prong_instance;
struct prong_module;
struct worker;

/* The table for the worker. */
extern const struct module_service module_service;

/* Makes and starts a module, whose struct is copied.  Returns NULL with the
 * reason in why. */
struct module *module_make(struct worker *, const struct conf_route *,
	const struct prong_module *, char *why, size_t size);

/* Returns the instance of the module. */
struct prong_instance *module_instance(struct module *);

/* The worker shuts down: asks streams and WebSockets to end.  NULL is
 * permitted. */
void module_drain(struct module *);

/* Ends them now.  NULL is permitted. */
void module_force_end(struct module *);

#endif
