/*
 * Reference counting of a configuration; src/ builds it.
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
	/* The arena contains the conf that holds it, so it is freed through
	 * a copy. */
	arena = conf->arena;
	arena_fini(&arena);
}
