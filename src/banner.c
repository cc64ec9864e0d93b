/*
 * The start-up messages.
 * SPDX-License-Identifier: MIT
 */
#include "banner.h"

#include "supervise/generation.h"

static const char *
worker_noun(const struct generation *g)
{
	return g->nprocs == 1 ? "worker" : "workers";
}

static const char *
workers_reason(const struct generation *g)
{
	const char *why = g->conf->workers_why;

	if (g->nprocs != (unsigned)g->conf->workers)
		return "as requested";
	return why != NULL ? why : "configured";
}

/* Logs if the kernel limits the listen backlog, which it does silently. */
static void
log_backlog(const struct conf *conf, struct log *log)
{
	FILE *f = fopen("/proc/sys/net/core/somaxconn", "re");
	int wanted = 0, most = 0;

	for (size_t i = 0; i < conf->nlisten; i++) {
		int one = (int)conf->listen[i].backlog;

		one = one > 0 ? one : LISTENER_BACKLOG;
		wanted = one > wanted ? one : wanted;
	}
	if (f == NULL)
		return;
	if (fscanf(f, "%d", &most) == 1 && most < wanted)
		log_notice(log,
			"the kernel limits the listen backlog to %d "
			"connections instead of %d; raise "
			"net.core.somaxconn",
			most, wanted);
	fclose(f);
}

/* Logs what was found while the configuration was read. */
static void
log_warnings(const struct conf *conf, struct log *log)
{
	for (size_t i = 0; i < conf->nwarnings; i++)
		log_warnx(log, "%s:%u:%u: %s",
			conf->warnings[i].file != NULL ? conf->warnings[i].file
						       : conf->file,
			conf->warnings[i].line, conf->warnings[i].column,
			conf->warnings[i].text);
}

static bool
has_listener(const struct generation *g, const struct listener *l)
{
	for (size_t i = 0; g != NULL && i < g->conf->nlisten; i++)
		if (g->listeners[i] == l)
			return true;
	return false;
}

static void
log_new_addresses(const struct generation *g, const struct generation *old,
	struct log *log)
{
	char name[160];

	for (size_t i = 0; i < g->conf->nlisten; i++)
		if (!has_listener(old, g->listeners[i]))
			log_notice(log, "listening on %s",
				listener_name(
					g->listeners[i], name, sizeof(name)));
}

static void
log_old_addresses(const struct generation *g, const struct generation *old,
	struct log *log)
{
	char name[160];

	for (size_t i = 0; old != NULL && i < old->conf->nlisten; i++)
		if (!has_listener(g, old->listeners[i]))
			log_notice(log, "no longer listening on %s",
				listener_name(
					old->listeners[i], name, sizeof(name)));
}

void
banner_log(const struct generation *g, const struct generation *old,
	struct log *log)
{
	log_new_addresses(g, old, log);
	log_old_addresses(g, old, log);
	if (old == NULL)
		log_backlog(g->conf, log);
	log_warnings(g->conf, log);
	if (g->conf->limits.memory_why != NULL)
		log_notice(log, "%s", g->conf->limits.memory_why);
	log_notice(log, "generation %u serves: %u %s (%s)", g->number,
		g->nprocs, worker_noun(g), workers_reason(g));
}

static const char *
find_root(const struct conf *conf)
{
	for (size_t i = 0; i < conf->nsites; i++)
		for (size_t j = 0; j < conf->sites[i].nroutes; j++)
			if (conf->sites[i].routes[j].kind == CONF_ROUTE_ROOT)
				return conf->sites[i].routes[j].files.root;
	return "nothing";
}

static void
print_address(const struct listener *l, FILE *out)
{
	char name[160];

	listener_name(l, name, sizeof(name));
	if (l->bound.ss_family == AF_UNIX)
		fprintf(out, "  %s\n", name);
	else
		fprintf(out, "  http://%s/\n", name);
}

void
banner_print(const struct generation *g, FILE *out)
{
	fprintf(out, "Serving %s\n", find_root(g->conf));
	for (size_t i = 0; i < g->conf->nlisten; i++)
		print_address(g->listeners[i], out);
	fprintf(out, "  %u %s (%s)\n", g->nprocs, worker_noun(g),
		workers_reason(g));
	fprintf(out, "  Ctrl-C stops it\n");
	fflush(out);
}
