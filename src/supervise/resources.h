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
struct config_source;

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
	struct resource *all; /* each once, by kind and name */
	size_t count;
	size_t nopened;                /* descriptors */
	struct heritage_route *routes; /* by number, over all sites */
	size_t nroutes;
	struct resource_indices *resource_of; /* of a route */
	/* Hash table of the open roots by their directory: index + 1. */
	struct {
		unsigned *all;
		size_t size;
	} by_id;
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

/* Returns a copy with duplicated descriptors.  Where found[i] has a
 * descriptor, the copy has that directory instead of root i.  Returns NULL if
 * memory or descriptors ran out. */
struct resources *resources_copy(
	const struct resources *, const struct resource *found);

/* Marks the roots that current, which may be NULL, has as well, and takes over
 * its descriptors of those whose disk hangs: only a new root that hangs is a
 * reason to refuse a configuration.  The caller calls it before and after the
 * roots are opened. */
void resources_keep_hung(struct resources *, const struct resources *current);

/* Returns true if the disk of any root hangs. */
bool resources_has_hung(const struct resources *);

/* Opens the directory and sets its error: 0, or errno.  May wait for a disk. */
void resource_open_root(struct resource *);

/* Fills in the routes; called when every resource was tried. */
void resources_settle(struct resources *);

/* Adds an error for each resource that is not open.  The source is that of
 * the configuration; without one (NULL) the errors have no positions. */
void resources_complain(const struct resources *, const struct config_source *,
	struct config_errors *);

/* Reads the configuration file again, for the positions, and writes a line for
 * each resource that is not open.  Returns their number. */
unsigned resources_print_complaints(const struct resources *, FILE *);

/* Like resources_print_complaints(), into a text that the caller frees.  If
 * memory ran out, *text is NULL and the result is not 0. */
unsigned resources_describe_complaints(const struct resources *, char **text);

#endif
