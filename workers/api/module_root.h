/*
 * Directories from which a module sends files: opened at first use, closed with
 * the instance.
 * SPDX-License-Identifier: MIT
 */
#ifndef MODULE_ROOT_H
#define MODULE_ROOT_H

struct docroot;
struct module_root;
struct prong_instance;
struct route;

/*
 * Returns the document root for a directory, opening it at first use. Returns
 * NULL with errno; ENFILE when 64 are open already.
 */
const struct docroot *module_root_find(
	struct prong_instance *, const struct route *, const char *dir);

/* Closes all directories of the instance. */
void module_root_close_all(struct prong_instance *);

#endif
