/*
 * The end of a configuration; src/ holds its beginning.
 * SPDX-License-Identifier: MIT
 */
#include "common/conf.h"

struct conf *
conf_hold(struct conf *conf)
{
	conf->holds++;
	return conf;
}

void
conf_free(struct conf *conf)
{
	struct arena arena;

	if (conf == NULL)
		return;
	if (conf->holds > 0) {
		conf->holds--;
		return;
	}
	/* The conf lies in the arena it holds: free by a copy. */
	arena = conf->arena;
	arena_fini(&arena);
}
