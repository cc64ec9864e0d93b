/*
 * Directories that a module sends files from: opened at the first one, kept
 * open with the instance.
 * SPDX-License-Identifier: MIT
 */
#ifndef FOLDER_H
#define FOLDER_H

struct docroot;
struct folder;
struct prong_instance;
struct route;

/* NULL with errno; ENFILE: there are 64 of them already. */
const struct docroot *folder_find(
	struct prong_instance *, const struct route *, const char *dir);

/* Closes all of them. */
void folder_close_all(struct prong_instance *);

#endif
