/*
 * Only stat(2) is used; nothing is opened.
 * SPDX-License-Identifier: MIT
 */
#include "config/preflight.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/conf.h"
#include "common/library.h"
#include "common/span.h"

enum { PATH_LEN = 4096 };

static int
print_warning(FILE *to, const char *key, const char *path)
{
	fprintf(to, "prong: warning: %s: %s: %s\n", key, path, strerror(errno));
	return 1;
}

/* Checks the directory of a file that the server will create. */
static int
check_directory(
	const char *key, const char *path, FILE *to, char now[PREFLIGHT_NOW])
{
	const char *slash = path == NULL ? NULL : strrchr(path, '/');
	char dir[PATH_LEN];
	struct stat st;

	/* Otherwise it is a word such as "stderr", or in the current
	 * directory. */
	if (slash == NULL)
		return 0;
	snprintf(dir, sizeof(dir), "%.*s/", (int)(slash - path), path);
	snprintf(now, PREFLIGHT_NOW, "%s: %s", key, dir);
	return stat(dir, &st) == 0 ? 0 : print_warning(to, key, dir);
}

static int
check_module(
	const char *dir, const char *module, FILE *to, char now[PREFLIGHT_NOW])
{
	char path[PATH_LEN];
	struct stat st;

	if (module == NULL)
		return 0;
	snprintf(now, PREFLIGHT_NOW, "module: %s", module);
	library_path(dir, module, path, sizeof(path));
	return stat(path, &st) == 0 ? 0 : print_warning(to, "module", path);
}

/* True for a value that keeps a response in caches. */
static bool
is_cacheable(const char *value)
{
	const char *age = strcasestr(value, "max-age=");

	return strcasestr(value, "immutable") != NULL ||
	       (age != NULL && strtol(age + strlen("max-age="), NULL, 10) > 0);
}

static int
check_fields(const struct conf_fields *fields, const char *place,
	const char *key, FILE *to)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct conf_field *f = &fields->all[i];

		if (!span_is_nocase(f->name, SPAN("Cache-Control")) ||
			!is_cacheable(f->value.at))
			continue;
		fprintf(to,
			"prong: warning: %sheaders.%s.Cache-Control: is sent "
			"with errors, too, which caches then keep; "
			"\"cache_control\" of a route with \"root\" is not\n",
			place, key);
		return 1;
	}
	return 0;
}

/* A missing file must not stay missing for a year (RFC 9111 4.2.1). */
static int
check_caching(const struct conf_site *s, size_t number, FILE *to)
{
	char place[64];
	int n = 0;

	snprintf(place, sizeof(place), "sites[%zu].", number);
	n += check_fields(&s->headers.set, place, "set", to);
	n += check_fields(&s->headers.add, place, "add", to);
	for (size_t k = 0; k < s->nroutes; k++) {
		const struct conf_route *r = &s->routes[k];

		if (r->kind != CONF_ROUTE_ROOT && r->kind != CONF_ROUTE_MODULE)
			continue;
		snprintf(place, sizeof(place), "sites[%zu].routes[%u].", number,
			r->number);
		n += check_fields(&r->headers.set, place, "set", to);
		n += check_fields(&r->headers.add, place, "add", to);
	}
	return n;
}

int
preflight_warn(const struct conf *c, FILE *to, char now[PREFLIGHT_NOW])
{
	int n = 0;

	for (; c->warnings != NULL && c->warnings[n] != NULL; n++)
		fprintf(to, "prong: warning: %s\n", c->warnings[n]);
	n += check_directory("log.access.path", c->log.access_path, to, now);
	n += check_directory("log.error.path", c->log.error_path, to, now);
	n += check_directory("pid_file", c->paths.pid_file, to, now);
	n += check_directory("control", c->paths.control, to, now);
	for (size_t i = 0; i < c->nsites; i++)
		n += check_caching(&c->sites[i], i, to);
	for (size_t i = 0; i < c->nsites; i++)
		for (size_t k = 0; k < c->sites[i].nroutes; k++)
			n += check_module(c->paths.modules,
				c->sites[i].routes[k].module.name, to, now);
	return n;
}
