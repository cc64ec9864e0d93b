/*
 * Only stat(2) is used; no file is opened but those of the configuration, for
 * the positions of its values.
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
#include "config/errors.h"
#include "config/json_position.h"
#include "config/source.h"

enum { PATH_LEN = 4096, STEPS = 5 };

struct preflight {
	const struct conf *conf;
	struct config_source source;
	struct config_errors warnings;
	char *now; /* what is being looked at: PREFLIGHT_NOW bytes */
};

static struct json_position
find_position(
	const struct preflight *p, const struct json_step *steps, size_t n)
{
	return config_source_find(&p->source, steps, n, JSON_POSITION_VALUE);
}

/* ---- directories --------------------------------------------------------- */

/* The keys of a value, outermost first; the rest are NULL. */
struct place {
	const char *keys[3];
	const char *name; /* NULL: made of the keys */
};

/* Writes the name of the value and its steps.  Returns their number. */
static size_t
name_place(struct place at, struct json_step steps[3], char *name, size_t size)
{
	size_t n = 0, len = 0;

	for (; n < 3 && at.keys[n] != NULL; n++) {
		steps[n] = (struct json_step){ at.keys[n], 0 };
		len += (size_t)snprintf(name + len, size - len, "%s%s",
			n > 0 ? "." : "", at.keys[n]);
	}
	if (at.name != NULL)
		snprintf(name, size, "%s.path", at.name);
	return n;
}

/* Warns if there is no such directory: at is what names it. */
static void
check_directory(struct preflight *p, struct place at, const char *dir)
{
	struct json_step steps[3];
	char name[64];
	struct stat st;
	size_t n = name_place(at, steps, name, sizeof(name));
	int error;

	snprintf(p->now, PREFLIGHT_NOW, "%s: %s", name, dir);
	if (stat(dir, &st) == -1)
		error = errno;
	else if (!S_ISDIR(st.st_mode))
		error = ENOTDIR;
	else
		return;
	config_errors_add(&p->warnings, find_position(p, steps, n),
		"%s: %s: %s", name, dir, strerror(error));
}

/* Checks the directory of a file that the server will create. */
static void
check_file(struct preflight *p, struct place at, const char *path)
{
	const char *slash = path == NULL ? NULL : strrchr(path, '/');
	char dir[PATH_LEN];

	/* Otherwise it is a word such as "stderr". */
	if (slash == NULL || *path != '/')
		return;
	snprintf(dir, sizeof(dir), "%.*s/", (int)(slash - path), path);
	check_directory(p, at, dir);
}

/* A log of a list or of a site has the position of what holds it. */
static void
check_access_log(struct preflight *p, const struct conf_access_log *l)
{
	bool is_alone = strcmp(l->name, "log.access") == 0;
	struct place at = { { "log", "access", is_alone ? "path" : NULL },
		l->name };

	if (strncmp(l->name, "sites", strlen("sites")) == 0)
		at = (struct place){ { "sites" }, l->name };
	check_file(p, at, l->file.path);
}

static void
check_directories(struct preflight *p)
{
	const struct conf *c = p->conf;

	for (size_t i = 0; i < c->log.nnumbered; i++)
		check_access_log(p, c->log.numbered[i]);
	check_file(p, (struct place){ .keys = { "log", "error", "path" } },
		c->log.error.path);
	check_file(
		p, (struct place){ .keys = { "pid_file" } }, c->paths.pid_file);
	check_file(
		p, (struct place){ .keys = { "control" } }, c->paths.control);
	check_directory(
		p, (struct place){ .keys = { "temp_path" } }, c->paths.temp);
}

/* ---- modules ------------------------------------------------------------- */

/* Writes what else the name may mean, or what there is. */
static void
suggest_module(const struct conf *c, const char *name, char *text, size_t size)
{
	char all[512];

	text[0] = '\0';
	if (strchr(name, '/') != NULL)
		return;
	library_list(c->paths.modules, all, sizeof(all));
	if (all[0] == '\0')
		snprintf(text, size, "; no module is in %s", c->paths.modules);
	else
		snprintf(text, size, "; there are %s", all);
}

static void
check_module(struct preflight *p, const struct conf_route *route)
{
	const struct json_step steps[STEPS] = {
		{ .key = "sites" },
		{ .index = route->site },
		{ .key = "routes" },
		{ .index = route->number },
		{ .key = "module" },
	};
	char path[PATH_LEN], others[640];
	struct stat st;
	int error;

	snprintf(p->now, PREFLIGHT_NOW, "module: %s", route->module.name);
	library_path(
		p->conf->paths.modules, route->module.name, path, sizeof(path));
	if (stat(path, &st) == 0)
		return;
	error = errno;
	suggest_module(p->conf, route->module.name, others, sizeof(others));
	config_errors_add(&p->warnings, find_position(p, steps, STEPS),
		"sites[%u].routes[%u].module: %s: %s%s", route->site,
		route->number, path, strerror(error), others);
}

/* ---- fields -------------------------------------------------------------- */

/* True for a value that keeps a response in caches. */
static bool
is_cacheable(const char *value)
{
	const char *age = strcasestr(value, "max-age=");

	return strcasestr(value, "immutable") != NULL ||
	       (age != NULL && strtol(age + strlen("max-age="), NULL, 10) > 0);
}

static unsigned
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
static unsigned
check_caching(const struct conf_site *s, size_t number, FILE *to)
{
	char place[64];
	unsigned n = 0;

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

static void
check_modules(struct preflight *p)
{
	const struct conf *c = p->conf;

	for (size_t i = 0; i < c->nsites; i++)
		for (size_t k = 0; k < c->sites[i].nroutes; k++)
			if (c->sites[i].routes[k].module.name != NULL)
				check_module(p, &c->sites[i].routes[k]);
}

/* Adds what was found while the file was read. */
static void
add_warnings(struct preflight *p)
{
	for (size_t i = 0; i < p->conf->nwarnings; i++) {
		const struct conf_warning *w = &p->conf->warnings[i];

		config_errors_add(&p->warnings,
			(struct json_position){ w->line, w->column, w->file },
			"%s", w->text);
	}
}

/* Begins with what needs no file but the configuration.  Returns the number of
 * lines so far. */
static unsigned
start_preflight(struct preflight *p, FILE *to)
{
	const struct conf *c = p->conf;
	unsigned count = 0;

	for (size_t i = 0; i < c->nsites; i++)
		count += check_caching(&c->sites[i], i, to);
	config_errors_init(&p->warnings);
	p->warnings.severity = "warning";
	add_warnings(p);
	return count;
}

/* Returns the number of lines. */
static unsigned
print_warnings(struct preflight *p, FILE *to)
{
	const char *file = p->conf->file;
	unsigned count;

	config_errors_print(&p->warnings, file == NULL ? "prong" : file, to);
	count = p->warnings.count;
	config_errors_fini(&p->warnings);
	return count;
}

unsigned
preflight_warn_alone(const struct conf *c, FILE *to)
{
	struct preflight p = { .conf = c };
	unsigned count = start_preflight(&p, to);

	return count + print_warnings(&p, to);
}

unsigned
preflight_warn(const struct conf *c, FILE *to, char now[PREFLIGHT_NOW])
{
	struct preflight p = { .conf = c, .now = now };
	unsigned count = start_preflight(&p, to);

	config_source_reopen(&p.source, c->file);
	check_directories(&p);
	check_modules(&p);
	count += print_warnings(&p, to);
	config_source_fini(&p.source);
	return count;
}
