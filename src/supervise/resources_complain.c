/*
 * Complaints of what a configuration needs and cannot have.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <string.h>

#include "common/conf.h"
#include "common/error_text.h"
#include "config/errors.h"
#include "config/json_position.h"
#include "config/source.h"
#include "supervise/opener.h"
#include "supervise/resources.h"

static const struct {
	const char *key, *inner; /* the second below the first, or NULL */
} keys[RESOURCE_KINDS] = {
	[RESOURCE_ROOT] = { "root", NULL },
	[RESOURCE_MODULE] = { "module", NULL },
	[RESOURCE_USERS] = { "auth", "file" },
};

/* What else is wrong with a file a worker will say when it opens it. */
static bool
is_fatal(const struct resource *r)
{
	if (r->error == 0 || r->error == EINPROGRESS)
		return false;
	return r->kind == RESOURCE_ROOT || r->error == ETIMEDOUT ||
	       r->error == EBUSY || r->error == EMFILE || r->error == ENFILE;
}

static void
describe_error(
	const struct resource *r, const char *user, char *text, size_t size)
{
	if (r->error == ETIMEDOUT)
		snprintf(text, size,
			"no answer in %d s; does the disk or the file server "
			"behind it hang?",
			OPENER_LIMIT);
	else if (r->error == EBUSY)
		snprintf(text, size,
			"it is being written; replace it by rename(2), with "
			"mv or install");
	else if (r->error == EMFILE || r->error == ENFILE)
		error_text_errno(r->error, text, size);
	else if (r->error == ENOENT)
		snprintf(text, size,
			"no such directory; create it or correct the path");
	else if (r->error == ENOTDIR)
		snprintf(text, size, "not a directory");
	else if (r->error == EACCES)
		snprintf(text, size, "%s; %s must be able to enter it",
			strerror(r->error), user == NULL ? "this user" : user);
	else
		snprintf(text, size, "%s", strerror(r->error));
}

static void
add_complaint(struct config_errors *c, const struct resource *r,
	const char *user, struct json_position at)
{
	const char *inner = keys[r->kind].inner;
	char text[256];

	describe_error(r, user, text, sizeof(text));
	/* prong DIR has no keys. */
	if (at.line == 0)
		config_errors_add(c, at, "%s: %s", r->name,
			r->error == ENOENT ? strerror(r->error) : text);
	else
		config_errors_add(c, at, "sites[%u].routes[%u].%s%s%s: %s: %s",
			r->route->site, r->route->number, keys[r->kind].key,
			inner == NULL ? "" : ".", inner == NULL ? "" : inner,
			r->name, text);
}

/* Line 0 when there is no source. */
static struct json_position
find_position(const struct config_source *source, const struct resource *r)
{
	const struct json_step steps[] = {
		{ .key = "sites" },
		{ .index = r->route->site },
		{ .key = "routes" },
		{ .index = r->route->number },
		{ .key = keys[r->kind].key },
		{ .key = keys[r->kind].inner },
	};
	size_t n = sizeof(steps) / sizeof(steps[0]);

	if (source == NULL)
		return (struct json_position){ .file = NULL };
	n -= keys[r->kind].inner == NULL;
	return config_source_find(source, steps, n, JSON_POSITION_VALUE);
}

void
resources_complain(const struct resources *r,
	const struct config_source *source, struct config_errors *c)
{
	for (size_t i = 0; i < r->count; i++)
		if (is_fatal(&r->all[i]))
			add_complaint(c, &r->all[i], r->conf->user.name,
				find_position(source, &r->all[i]));
}

unsigned
resources_print_complaints(const struct resources *r, FILE *to)
{
	const char *file = r->conf->file;
	struct config_source source;
	struct config_errors c;

	config_errors_init(&c);
	resources_complain(r, NULL, &c);
	if (c.count > 0) {
		config_errors_fini(&c);
		config_errors_init(&c);
		config_source_reopen(&source, file);
		resources_complain(r, &source, &c);
		config_source_fini(&source);
	}
	config_errors_print(&c, file == NULL ? "prong" : file, to);
	config_errors_fini(&c);
	return c.count;
}

unsigned
resources_describe_complaints(const struct resources *r, char **errors)
{
	size_t size = 0;
	FILE *file;
	unsigned n;

	*errors = NULL;
	file = open_memstream(errors, &size);
	if (file == NULL)
		return 1;
	n = resources_print_complaints(r, file);
	fclose(file);
	return n;
}
