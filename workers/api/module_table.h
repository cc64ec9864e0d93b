/*
 * The struct prong_module of a shared object, whichever header it was built
 * with.
 * SPDX-License-Identifier: MIT
 */
#ifndef MODULE_TABLE_H
#define MODULE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct prong_module;

/*
 * Makes a struct of this server's size; to->route_size is the distance of two
 * rows of its tables.  Returns 0, or -1 with the reason in why: the interface
 * is another one, or the module uses members that this server does not know.
 */
int module_table_read(struct prong_module *to, const struct prong_module *from,
	const char *name, char *why, size_t size);

/*
 * Copies a struct of from_size bytes to one of to_size; what the module does
 * not know is zero.  False: it has set what the server does not know.
 */
bool module_table_copy(
	void *to, size_t to_size, const void *from, size_t from_size);

#endif
