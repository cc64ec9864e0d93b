/*
 * A file below a root has the URL that the route would map to it, and where the
 * site serves the same directory at "/", the one there.
 * SPDX-License-Identifier: MIT
 */
#include "serve/route_guard.h"

#include <string.h>

#include "conn/exchange.h"
#include "http/cidr.h"
#include "serve/site.h"

bool
route_guard_is(const struct conf_route *r)
{
	return (r->kind == CONF_ROUTE_RETURN && r->fixed.status >= 400) ||
	       r->auth.file != NULL || r->allow.count > 0 ||
	       r->allow.has_unix || r->deny.count > 0 || r->deny.has_unix;
}

/* The password of the exchange's own route was right already. */
static bool
needs_password(const struct exchange *x, const struct conf_route *r)
{
	const char *own = x->route->conf->auth.file;

	return r->auth.file != NULL &&
	       (own == NULL || strcmp(own, r->auth.file) != 0);
}

static bool
is_refused(const struct exchange *x, struct span url)
{
	const struct route *r = route_find(x->site, url);

	if (r == NULL || r == x->route)
		return false;
	return (r->conf->kind == CONF_ROUTE_RETURN &&
		       r->conf->fixed.status >= 400) ||
	       needs_password(x, r->conf) || !cidr_admits(r->conf, x->client);
}

/* True when the site serves the root of the exchange's route at "/", too. */
static bool
is_root_at_top(const struct exchange *x)
{
	const struct conf_route *own = x->route->conf;

	for (size_t i = 0; i < x->site->nroutes; i++) {
		const struct conf_route *r = x->site->routes[i].conf;

		if (r->kind == CONF_ROUTE_ROOT && r->is_prefix &&
			r->path.len == 1 &&
			strcmp(r->files.root, own->files.root) == 0)
			return true;
	}
	return false;
}

bool
route_guard_forbids(struct exchange *x, struct span path)
{
	struct span own = x->request.path, url;
	size_t prefix = own.len - route_rest(x->route, own).len;

	if (!x->site->has_guards)
		return false;
	url = arena_printf(&x->arena, "%.*s%.*s", (int)prefix, own.at,
		(int)path.len, path.at);
	if (is_refused(x, url))
		return true;
	if (prefix == 1 || !is_root_at_top(x))
		return false;
	url = arena_printf(&x->arena, "/%.*s", (int)path.len, path.at);
	return is_refused(x, url);
}
