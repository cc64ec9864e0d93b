/*
 * What `prong DIR` tells the person who typed it.
 * SPDX-License-Identifier: MIT
 */
#include "greeting.h"

#include "generation.h"

static const char *
root_of(const struct conf *conf)
{
	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t j = 0; j < conf->sites[i].nroutes; j++)
			if (conf->sites[i].routes[j].kind == CONF_ROUTE_ROOT)
				return conf->sites[i].routes[j].root;
	return "nothing";
}

static void
print_address(const struct listener *l, FILE *out)
{
	char name[160];

	listener_name(l, name, sizeof(name));
	if (l->is_shared)
		fprintf(out, "  %s\n", name);
	else
		fprintf(out, "  http://%s/\n", name);
}

void
greeting_print(const struct generation *g, FILE *out)
{
	const char *why = g->conf->workers_why;

	fprintf(out, "Serving %s\n", root_of(g->conf));
	for (size_t i = 0; i < g->conf->nlisten; i++)
		print_address(g->listeners[i], out);
	fprintf(out, "  %u %s (%s)\n", g->nprocs,
		g->nprocs == 1 ? "worker" : "workers",
		why != NULL ? why : "configured");
	fprintf(out, "  Ctrl-C stops it\n");
	fflush(out);
}
