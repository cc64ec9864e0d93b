/*
 * serve_route() finds the site and the route, serve_answer() admits the request
 * and answers it, with one function a kind of route.
 * SPDX-License-Identifier: MIT
 */
#include "serve/serve.h"

#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "conn/exchange_service.h"
#include "conn/inflight.h"
#include "conn/request_id.h"
#include "conn/response.h"
#include "http/cidr.h"
#include "serve/access_log.h"
#include "serve/admin.h"
#include "serve/cors.h"
#include "serve/error_page.h"
#include "serve/forwarded.h"
#include "serve/module_service.h"
#include "serve/password_check.h"
#include "serve/rate_limit.h"
#include "serve/redirect.h"
#include "serve/request_limits.h"
#include "serve/serve_state.h"
#include "serve/site.h"
#include "serve/site_host.h"
#include "serve/static_file.h"
#include "tls/tls.h"

/*
 * Returns why the request does not belong here: an https target that did not
 * come over TLS, where neither the connection nor a trusted proxy vouches for
 * the scheme; or a host that the certificates of the address do not cover,
 * where clients must show one of their own (RFC 9110 7.4, 15.5.20).  NULL: it
 * does.
 */
static const char *
find_misdirection(const struct exchange *x)
{
	const struct tls *tls = x->conn == NULL ? NULL : x->conn->tls;

	if (tls != NULL && !tls_covers(tls, x->request.host))
		return "a host that the certificates of the address do not "
		       "cover";
	if (x->request.is_https_target && !x->is_https)
		return "an https target that came over neither TLS nor a "
		       "trusted proxy";
	return NULL;
}

/* No file name contains a slash, encoded or not. */
static bool
takes_encoded_slash(const struct route *r)
{
	return r != NULL && r->conf->encoded_slashes &&
	       r->conf->kind != CONF_ROUTE_ROOT;
}

static void
name_request(struct exchange *x)
{
	request_id_name(x, &x->worker->serve->access.ids);
	inflight_set_id(x);
}

void
serve_route(struct exchange *x)
{
	if (!x->is_counted)
		request_stats_set_no_site(x);
	if (!x->is_counted && x->is_admin) {
		x->site = admin_site();
		x->header_rules = &x->site->headers;
		x->drops_body = true;
		return;
	}
	if (x->worker->conf->trusted.networks.count > 0 ||
		x->worker->conf->trusted.networks.has_unix)
		forwarded_find(x);
	x->site = site_find(&x->worker->serve->sites, x->request.host);
	if (x->stats.counters != x->site->counters && x->is_counted)
		request_stats_set_site(x, x->site->counters);
	if (x->worker->conf->log.has_request_ids)
		name_request(x);
	x->route = x->request.path.at[0] == '*' || find_misdirection(x) != NULL
			   ? NULL
			   : route_find(x->site, x->request.path);
	if (x->request.has_encoded_slash && !takes_encoded_slash(x->route))
		x->route = NULL;
	x->header_rules =
		x->route == NULL ? &x->site->headers : &x->route->headers;
	if (x->route != NULL)
		inflight_set_route(x,
			(uint32_t)(x->site->conf - x->worker->conf->sites),
			(uint32_t)(x->route->conf - x->site->conf->routes));
	x->drops_body = x->route == NULL ||
			x->route->conf->kind != CONF_ROUTE_MODULE ||
			x->route->is_unavailable;
	if (!x->drops_body && !body_is_done(&x->body))
		x->worker->serve->modules->expect_content(x);
}

/* RFC 9110 9.3.7: OPTIONS * asks about the server as such. */
static void
answer_asterisk(struct exchange *x)
{
	struct response r = { .status = 204,
		.fields = SPAN("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, "
			       "OPTIONS\r\n") };

	response_send(x, &r);
}

/* RFC 9110 15.5.2, RFC 7617 2.1. */
static void
ask_password(struct exchange *x)
{
	error_page_send(x, 401,
		arena_printf(&x->arena,
			"WWW-Authenticate: Basic realm=\"%s\", "
			"charset=\"UTF-8\"\r\n",
			x->route->conf->auth.realm));
}

/* The same for every method: that is what a site under repair says. */
static void
answer_return(struct exchange *x)
{
	const struct conf_route *conf = x->route->conf;
	int status = (int)conf->fixed.status;

	if (conf->fixed.text == NULL && status >= 400)
		serve_error(x, status);
	else
		response_send(x,
			&(struct response){ .status = status,
				.type = span_of(
					conf->fixed.text == NULL
						? ""
						: conf->fixed.content_type),
				.content =
					span_of(conf->fixed.text == NULL
							? ""
							: conf->fixed.text) });
}

static void
answer_route(struct exchange *x)
{
	switch (x->route->conf->kind) {
	case CONF_ROUTE_ROOT:
		if (x->request.is_websocket || x->protocol->is_restored)
			serve_error(x, 501);
		else
			static_file_answer(x);
		break;
	case CONF_ROUTE_REDIRECT:
		redirect_answer(x);
		break;
	case CONF_ROUTE_RETURN:
		answer_return(x);
		break;
	case CONF_ROUTE_MODULE:
		x->worker->serve->modules->answer(x);
		break;
	}
}

static void
answer_verified(struct exchange *x, enum password_verdict verdict)
{
	switch (verdict) {
	case PASSWORD_RIGHT:
		answer_route(x);
		break;
	case PASSWORD_WRONG:
		ask_password(x);
		break;
	case PASSWORD_BUSY:
		error_page_send(x, 503, SPAN("Retry-After: 2\r\n"));
		break;
	case PASSWORD_WAITS:
		break;
	}
}

static void
refuse_route(struct exchange *x, int status, const char *rule)
{
	exchange_log_refusal(x, status, rule);
	serve_error(x, status);
}

/* The client of a module may be a program, which gets its error as JSON. */
static void
refuse_encoded_slash(struct exchange *x)
{
	const struct route *r = route_find(x->site, x->request.path);

	if (r != NULL && r->conf->kind == CONF_ROUTE_MODULE)
		x->route = r;
	refuse_route(x, 400,
		"%2F in a path whose route does not have encoded_slashes");
}

static bool
is_in_maintenance(struct exchange *x)
{
	int64_t time = x->site->conf->maintenance;
	struct span field;

	if (time == 0 || !x->is_counted)
		return false;
	field = arena_printf(&x->arena, "Retry-After: %lld\r\n",
		(long long)(time + 999) / 1000);
	exchange_count_refusal(x, SLOT_REFUSED_MAINTENANCE);
	error_page_send(x, 503, field);
	return true;
}

/* False: it was answered with 503 or 429.  A WebSocket that moves was counted
 * when it was opened. */
static bool
pass_limits(struct exchange *x)
{
	return !is_in_maintenance(x) && request_limits_admit_wait(x) &&
	       (x->protocol->is_restored || rate_limit_admit(x)) &&
	       request_limits_admit(x);
}

static void
answer_no_route(struct exchange *x)
{
	if (!is_in_maintenance(x))
		serve_error(x, 404);
}

/* Answers the request if the rules of its route admit it. */
static void
answer_admitted(struct exchange *x)
{
	if (!cidr_admits(x->route->conf, x->client)) {
		refuse_route(x, 403,
			"a client that \"allow\" and \"deny\" of the route do "
			"not "
			"admit");
		return;
	}
	if (x->route->is_unavailable) {
		serve_error(x, 503);
		return;
	}
	if (x->route->is_limited && !pass_limits(x))
		return;
	if (cors_answer(x))
		return;
	if (x->route->auth != NULL)
		answer_verified(x, password_check(x, answer_verified));
	else
		answer_route(x);
}

void
serve_answer(struct exchange *x)
{
	const char *rule;

	if (x->is_admin) {
		admin_answer(x);
		return;
	}
	rule = find_misdirection(x);
	if (rule != NULL) {
		refuse_route(x, 421, rule);
		return;
	}
	if (x->request.has_encoded_slash && x->route == NULL) {
		refuse_encoded_slash(x);
		return;
	}
	if (x->request.path.at[0] == '*') {
		answer_asterisk(x);
		return;
	}
	if (x->route == NULL) {
		answer_no_route(x);
		return;
	}
	if (x->route->is_plain && !x->route->is_unavailable)
		answer_route(x);
	else
		answer_admitted(x);
}

void
serve_error(struct exchange *x, int status)
{
	error_page_send(x, status, SPAN(""));
}

void
serve_refuse(struct exchange *x, int status)
{
	x->closes = true;
	if (x->worker->conf->log.has_request_ids && x->request_id.at == NULL)
		name_request(x);
	error_page_send_now(x, status,
		status == 503 ? SPAN("Retry-After: 1\r\n") : SPAN(""));
	exchange_enter(x, EXCHANGE_ON_LAST);
}

static int
take_content(struct exchange *x, struct span content)
{
	return x->worker->serve->modules->take_content(x, content);
}

static void
free_form(struct exchange *x)
{
	x->worker->serve->modules->free_form(x->form);
}

const struct exchange_service serve_service = {
	.route = serve_route,
	.take_content = take_content,
	.free_form = free_form,
	.respond = serve_answer,
	.refuse = serve_refuse,
	.log = {
		.content = access_log_content,
		.end = access_log_end,
		.progress = access_log_progress,
		.sent = access_log_sent,
		.flush = access_log_flush,
	},
};
