/*
 * SPDX-License-Identifier: MIT
 */
#include "api/router_miss.h"

#include "api/router.h"
#include "conn/exchange.h"
#include "conn/response.h"
#include "serve/error_page.h"
#include "serve/redirect.h"

/*
 * Redirects to the path with, or without, a '/' at its end. 308 keeps the
 * method and the body (RFC 9110 15.4.9).
 */
static void
redirect_slash(struct exchange *x)
{
	struct span path = x->request.path;

	if (path.at[path.len - 1] == '/')
		path.len--;
	else
		path = arena_printf(&x->arena, "%.*s/", (int)path.len, path.at);
	redirect_to_path(x, 308, path);
}

int
router_miss_status(const struct exchange *x, const struct router_match *match)
{
	if (match->wants_slash)
		return 308;
	if (!match->is_known)
		return 404;
	return x->request.method == METHOD_OPTIONS ? 204 : 405;
}

void
router_miss_respond(struct exchange *x, const struct router *router,
	struct span path, const struct router_match *match)
{
	struct span allow;

	if (match->wants_slash) {
		redirect_slash(x);
		return;
	}
	if (!match->is_known) {
		error_page_send(x, 404, SPAN(""));
		return;
	}
	allow = arena_printf(
		&x->arena, "Allow: %s\r\n", router_allow(router, path).at);
	if (x->request.method == METHOD_OPTIONS)
		response_send(x,
			&(struct response){ .status = 204, .fields = allow });
	else
		error_page_send(x, 405, allow);
}
