/*
 * A root with what its route says about the files below it.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "docroot.h"

#include "common/conf.h"
#include "compress.h"

static unsigned
codings_of(const struct conf_route *route)
{
	static const enum coding of[] = {
		[CONF_CODING_ZSTD] = CODING_ZSTD,
		[CONF_CODING_BR] = CODING_BR,
		[CONF_CODING_GZIP] = CODING_GZIP,
	};
	unsigned mask = 0;

	for (unsigned i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (route->compress & 1u << i)
			mask |= 1u << of[i];
	return mask & compress_codings();
}

int
docroot_open(struct docroot *d, const struct conf_route *route,
	const struct media_types *types, unsigned number)
{
	d->route = route;
	d->types = types;
	d->headers = NULL;
	d->number = number;
	d->codings = codings_of(route);
	return root_open(&d->root, route->root);
}

void
docroot_close(struct docroot *d)
{
	root_close(&d->root);
}
