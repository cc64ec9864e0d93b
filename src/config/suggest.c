/*
 * Guesses which key an unknown one means.
 * SPDX-License-Identifier: MIT
 */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/edit_distance.h"
#include "config/directive.h"

enum { PREFIX_MIN_LEN = 4 }; /* bytes of a key that may be cut short */

/* Names of other servers. */
// clang-format off
static const struct {
	const char *theirs, *ours;
} synonyms[] = {
	{ "autoindex", "listing" },
	{ "bind", "listen" },
	{ "docroot", "root" },
	{ "document_root", "root" },
	{ "domain", "hosts" },
	{ "location", "path" },
	{ "locations", "routes" },
	{ "pid", "pid_file" },
	{ "port", "listen" },
	{ "rewrite", "redirect" },
	{ "server", "sites" },
	{ "server_name", "hosts" },
	{ "servers", "sites" },
	{ "socket", "control" },
	{ "trusted_proxies", "trusted" },
	{ "try_files", "try" },
	{ "worker_processes", "workers" },
};
// clang-format on

static const struct directive *
find_synonym(const struct directive_table *t, const char *name)
{
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		if (strcasecmp(synonyms[i].theirs, name) == 0)
			return directive_find(t, synonyms[i].ours);
	return NULL;
}

/* Returns the shortest key that begins with the name. */
static const struct directive *
find_completion(const struct directive_table *t, const char *name)
{
	const struct directive *best = NULL;
	size_t len = strlen(name);

	for (size_t i = 0; len >= PREFIX_MIN_LEN && i < t->nrows; i++)
		if (strncasecmp(t->rows[i].name, name, len) == 0 &&
			(best == NULL ||
				strlen(t->rows[i].name) < strlen(best->name)))
			best = &t->rows[i];
	return best;
}

/*
 * Returns the nearest key within two edits, or one for a short name; NULL if
 * there is none.
 */
static const struct directive *
find_nearest(const struct directive_table *t, const char *name)
{
	const struct directive *best = NULL;
	unsigned least = strlen(name) <= 3 ? 2 : 3, d;

	for (size_t i = 0; i < t->nrows; i++) {
		d = edit_distance(name, t->rows[i].name);
		if (d < least && d < strlen(t->rows[i].name)) {
			least = d;
			best = &t->rows[i];
		}
	}
	return best;
}

static const struct directive *
find_similar(const struct directive_table *t, const char *name)
{
	const struct directive *d = find_synonym(t, name);

	if (d == NULL)
		d = find_completion(t, name);
	return d != NULL ? d : find_nearest(t, name);
}

const struct directive *
directive_suggest(const struct directive_table *t, const char *name,
	const struct directive **inside)
{
	const struct directive *best;

	*inside = NULL;
	best = find_similar(t, name);
	for (size_t i = 0; best == NULL && i < t->nrows; i++) {
		if (t->rows[i].inner == NULL)
			continue;
		*inside = &t->rows[i];
		best = find_similar(t->rows[i].inner, name);
	}
	return best;
}
