/*
 * Directories from which a module sends files: opened at first use, closed with
 * the instance.
 * SPDX-License-Identifier: MIT
 */
#ifndef FOLDER_H
#define FOLDER_H

struct docroot;
struct folder;
struct prong_instance;
struct route;

/*
 * Returns the document root for a directory, opening it at first use. Returns
 * NULL with errno; ENFILE when 64 are open already.
 */
const struct docroot *folder_find(
	struct prong_instance *, const struct route *, const char *dir);

/* Closes all directories of the instance. */
void folder_close_all(struct prong_instance *);

#endif
