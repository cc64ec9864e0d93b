/*
 * Metrics of a module: each request is counted, and is said to take 1.5 ms.
 * SPDX-License-Identifier: MIT
 */
#include <stdlib.h>

#include "prong.h"

struct counts {
	struct prong_metric *requests, *took, *workers;
};

static const int64_t bounds[] = { 1000, 2000 };
static const struct prong_metric_options requests = { .name = "requests_total",
	.help = "Requests that were counted" };
static const struct prong_metric_options took = { .kind = PRONG_HISTOGRAM,
	.name = "took_seconds",
	.per_unit = 1000000,
	.bounds = bounds,
	.nbounds = 2 };
static const struct prong_metric_options workers = { .kind = PRONG_GAUGE,
	.name = "workers" };

static int
start(struct prong_instance *i)
{
	struct counts *c = malloc(sizeof(*c));

	c->requests = prong_metric(i, &requests);
	c->took = prong_metric(i, &took);
	c->workers = prong_metric(i, &workers);
	prong_metric_set(c->workers, 1);
	prong_set_state(i, c);
	return 0;
}

static void
stop(struct prong_instance *i)
{
	free(prong_state(i));
}

static void
count(struct prong_context *ctx)
{
	struct counts *c = prong_state(prong_instance(ctx));

	prong_metric_add(c->requests, 1);
	prong_metric_observe(c->took, 1500);
	prong_empty(ctx, 204);
}

static const struct prong_route routes[] = {
	PRONG_ROUTE("GET", "/count", count),
	PRONG_ROUTES_END,
};

PRONG_MODULE(.name = "counts", .routes = routes, .start = start, .stop = stop);
