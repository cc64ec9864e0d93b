/*
 * The files and directories of a configuration's routes: opened once, when the
 * configuration is loaded, and inherited by every worker that is started for
 * it.  So a directory that was moved or deleted since, or whose disk hangs,
 * stops no worker.  opener.c opens them.
 * SPDX-License-Identifier: MIT
 */
#ifndef RESOURCES_H
#define RESOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/directory.h"
#include "common/heritage.h"

struct config_errors;
struct conf;
struct conf_route;
struct config_text;

enum resource_kind {
	RESOURCE_ROOT,   /* the directory of a route */
	RESOURCE_MODULE, /* a copy of a module's file */
	RESOURCE_USERS,  /* a copy of auth.file */
	RESOURCE_KINDS,
};

/* The state of a root's name since it was opened; root_watch.c. */
enum resource_state {
	RESOURCE_SAME,
	RESOURCE_MOVED,   /* no file has the name */
	RESOURCE_DELETED, /* no file has the name, and the directory was deleted
			   */
	RESOURCE_REPLACED, /* another directory has the name */
	RESOURCE_UNUSABLE, /* what has the name cannot be opened */
	RESOURCE_HUNG,     /* its disk does not answer */
	RESOURCE_STATES,   /* number of states */
};

struct resource {
	enum resource_kind kind;
	const char *name;               /* as the configuration has it */
	const struct conf_route *route; /* the first that names it */
	struct directory root;          /* of a copy, the descriptor alone */
	struct directory_id id;         /* of a directory */
	char *path;                     /* of what was copied; heap */
	enum resource_state state;      /* of a root */
	bool is_known;  /* the generation that serves has this root, too */
	bool is_shared; /* the descriptor is another's of the table */
	int error; /* errno: why it is not open; EINPROGRESS: not yet tried */
};

/* Indices into the table; UINT_MAX: none. */
struct resource_indices {
	unsigned by_kind[RESOURCE_KINDS];
};

struct resources {
	unsigned refs;
	struct conf *conf;
	struct resource *all; /* each once */
	size_t count;
	size_t nopened;                /* descriptors */
	struct heritage_route *routes; /* by number, over all sites */
	size_t nroutes;
	struct resource_indices *resource_of; /* of a route */
};

/* Returns the table of a configuration, with nothing opened and another
 * reference to conf.  NULL: there is no memory. */
struct resources *resources_new(struct conf *);

struct resources *resources_ref(struct resources *);
void resources_unref(struct resources *); /* may be NULL */

/* Adds the table to a worker's heritage.  Does nothing for NULL. */
void resources_fill(const struct resources *, struct heritage *);

/* Takes over what was opened: descriptor, path and error. */
void resources_set(struct resources *, size_t i, const struct resource *);

/* A copy with descriptors of its own.  Where found[i], by index, has a
 * descriptor, that directory takes the place of the root.  NULL: no memory or
 * no descriptor was left. */
struct resources *resources_copy(
	const struct resources *, const struct resource *found);

/* Marks the roots that current has, too, and takes its directories for those
 * that hang: a root that hangs refuses no configuration unless it is new.
 * Before they are opened, and again afterwards; current may be NULL. */
void resources_keep_hung(struct resources *, const struct resources *current);

bool resources_has_hung(const struct resources *);

/* Opens a directory; r->error says how it went.  May wait for its disk. */
void resource_open_root(struct resource *);

/* All were tried: completes the routes. */
void resources_settle(struct resources *);

/* Why the configuration cannot be used as it is: a complaint for each that is
 * not open.  text: of its file, or len is 0. */
void resources_complain(const struct resources *, const struct config_text *,
	struct config_errors *);

/* Writes the same, a line each, after reading the file once more for the
 * positions.  How many there are. */
unsigned resources_print_complaints(const struct resources *, FILE *);

/* Makes a text of them, which the caller frees; NULL if there was no memory,
 * and then not 0. */
unsigned resources_describe_complaints(const struct resources *, char **text);

#endif
