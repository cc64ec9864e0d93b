/*
 * A root with what its route says about the files below it.
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "docroot.h"

#include "common/conf.h"

int
docroot_open(struct docroot *d, const struct conf_route *route,
	const struct media_types *types, unsigned number)
{
	d->route = route;
	d->types = types;
	d->number = number;
	return root_open(&d->root, route->root);
}

void
docroot_close(struct docroot *d)
{
	root_close(&d->root);
}
