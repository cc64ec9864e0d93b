/*
 * What is counted for a request is memory that its exchange adopts, so that a
 * request which no limit is for costs nothing.
 * SPDX-License-Identifier: MIT
 */
#include "serve/request_limits.h"

#include <stdlib.h>

#include "common/conf.h"
#include "common/mem.h"
#include "common/slot.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/exchange_life.h"
#include "serve/error_page.h"
#include "serve/serve_state.h"
#include "serve/site.h"

/* A request that is counted. */
struct counted {
	struct request_limits *limits;
	unsigned *site, *route;
	uint64_t client;
};

void
request_limits_init(struct request_limits *l, const struct conf *conf)
{
	size_t nroutes = 0;

	rate_table_open(&l->rates, conf);
	for (size_t i = 0; i < conf->nsites; i++)
		nroutes += conf->sites[i].nroutes;
	l->by_site = mem_calloc(conf->nsites + 1, sizeof(*l->by_site));
	l->by_route = mem_calloc(nroutes + 1, sizeof(*l->by_route));
	client_counts_init(&l->clients, conf->limits.client_in_flight);
}

void
request_limits_fini(struct request_limits *l)
{
	rate_table_close(&l->rates);
	client_counts_fini(&l->clients);
	free(l->by_site);
	free(l->by_route);
	*l = (struct request_limits){ .by_site = NULL };
}

/* Returns false, for its caller. */
static bool
refuse_request(struct exchange *x, enum slot_refusal reason, int status,
	const char *rule)
{
	exchange_log_refusal(x, status, rule);
	exchange_count_refusal(x, reason);
	error_page_send(x, status, SPAN("Retry-After: 1\r\n"));
	return false;
}

bool
request_limits_admit_wait(struct exchange *x)
{
	int64_t most = x->worker->conf->timeouts.queue;

	if (most == 0 || !x->is_counted || x->conn == NULL ||
		x->protocol->is_restored || x->npipelined > 1 ||
		conn_input_age(x->conn) <= most)
		return true;
	return refuse_request(x, SLOT_REFUSED_QUEUE, 503,
		"a request that has waited longer than timeouts.queue");
}

/* The end of a request. */
static void
forget_request(void *memory)
{
	struct counted *c = memory;

	--*c->site;
	--*c->route;
	if (c->limits->clients.most > 0)
		client_counts_remove(&c->limits->clients, c->client);
	free(c);
}

static void
count_request(struct exchange *x, const struct counted *now)
{
	struct counted *c = mem_alloc(sizeof(*c));

	*c = *now;
	++*c->site;
	++*c->route;
	if (c->limits->clients.most > 0)
		client_counts_add(&c->limits->clients, c->client);
	exchange_adopt_until_end(x, c, forget_request);
}

/* What another worker has admitted is counted and never refused. */
static bool
is_reached(const struct exchange *x, int64_t most, unsigned count)
{
	return most > 0 && !x->protocol->is_restored && count >= (uint64_t)most;
}

bool
request_limits_admit(struct exchange *x)
{
	struct request_limits *l = &x->worker->serve->limits;
	struct counted c = { .limits = l,
		.site = &l->by_site[x->site->conf - x->worker->conf->sites],
		.route = &l->by_route[x->route->number] };

	if (!x->is_counted ||
		(x->site->conf->in_flight == 0 &&
			x->route->conf->in_flight == 0 && l->clients.most == 0))
		return true;
	if (is_reached(x, x->site->conf->in_flight, *c.site))
		return refuse_request(x, SLOT_REFUSED_IN_FLIGHT, 503,
			"a request beyond \"in_flight\" of the site");
	if (is_reached(x, x->route->conf->in_flight, *c.route))
		return refuse_request(x, SLOT_REFUSED_IN_FLIGHT, 503,
			"a request beyond \"in_flight\" of the route");
	if (l->clients.most > 0) {
		c.client = client_counts_key(&l->clients, x->client);
		if (is_reached(x, l->clients.most,
			    client_counts_find(&l->clients, c.client)))
			return refuse_request(x, SLOT_REFUSED_CLIENT_IN_FLIGHT,
				429,
				"a request beyond limits.client_in_flight");
	}
	count_request(x, &c);
	return true;
}
