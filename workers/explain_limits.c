/*
 * The limits that a request has to pass, for `prong explain`: no other request
 * is under way there, so what they would do is told.
 * SPDX-License-Identifier: MIT
 */
#include <unistd.h>

#include "common/conf.h"
#include "conn/exchange.h"
#include "conn/worker_state.h"
#include "explain_report.h"
#include "serve/site.h"

static void
tell_rate(struct explain_report *r, const char *what,
	const struct conf_rate *rate)
{
	if (rate->text != NULL)
		explain_tell(r, "rate",
			"each worker admits %s of a client to the %s, %lld at "
			"once; more are answered with 429",
			rate->text, what, (long long)rate->burst);
}

static void
tell_in_flight(
	struct explain_report *r, const char *what, int64_t most, int status)
{
	if (most > 0)
		explain_tell(r, "in flight",
			"each worker answers %lld %s at once; more are "
			"answered with %d",
			(long long)most, what, status);
}

static void
tell_route_limits(struct explain_report *r, const struct exchange *x)
{
	const struct conf *conf = x->worker->conf;

	tell_rate(r, "site", &x->site->conf->rate);
	tell_rate(r, "route", &x->route->conf->rate);
	tell_in_flight(
		r, "requests of the site", x->site->conf->in_flight, 503);
	tell_in_flight(
		r, "requests of the route", x->route->conf->in_flight, 503);
	tell_in_flight(
		r, "requests of a client", conf->limits.client_in_flight, 429);
	if (conf->timeouts.queue > 0)
		explain_tell(r, "queue",
			"a request that has waited for over %lld ms for its "
			"turn is answered with 503",
			(long long)conf->timeouts.queue);
}

static void
tell_unready(struct explain_report *r, const struct conf *conf)
{
	const char *file = conf->admin.unready_if;

	if (file != NULL && access(file, F_OK) == 0)
		explain_tell(r, "unready",
			"/readyz answers 503, so that balancers send no "
			"requests: admin.unready_if %s exists",
			file);
}

void
explain_tell_limits(struct explain_report *r, const struct exchange *x)
{
	tell_unready(r, x->worker->conf);
	if (x->site->conf->maintenance > 0)
		explain_tell(r, "maintenance",
			"the site is in maintenance: all its requests are "
			"answered with 503");
	else if (x->route != NULL)
		tell_route_limits(r, x);
}
