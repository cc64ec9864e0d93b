/*
 * The functions that load modules and answer with them: a table that the worker
 * hands down at its start, so that this folder does not depend on api/.
 * SPDX-License-Identifier: MIT
 */
#ifndef MODULE_SERVICE_H
#define MODULE_SERVICE_H

#include <stddef.h>

#include "common/span.h"

struct conf_route;
struct exchange;
struct form;
struct heritage_file;
struct module;
struct worker;

struct module_service {
	/* Loads and starts the module of a route: the inherited copy of its
	 * file; without one, the file, a name in conf->paths.modules or a path
	 * with a '/'.  Returns NULL with the reason in why. */
	struct module *(*load)(struct worker *, const struct conf_route *,
		const struct heritage_file *, char *why, size_t size);

	/* Ends and unloads a module, which may be NULL. */
	void (*unload)(struct module *);

	/* Content follows the head: decides how the module's handler takes it,
	 * and how much of it. */
	void (*expect_content)(struct exchange *);

	/* Stores a run of the content for the handler.  Returns 0, or the
	 * status with which the request is refused: there is no memory. */
	int (*take_content)(struct exchange *, struct span);

	void (*free_form)(struct form *);

	/* Calls the module's handler. */
	void (*answer)(struct exchange *);
};

#endif
