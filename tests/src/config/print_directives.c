/*
 * Every key of the configuration, one a line: "KEY<tab>TYPE; default ...;
 * LEAST to MOST".  scripts/check-docs compares it with prong.json(5).
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <string.h>

#include "config/directive.h"
#include "config/type.h"

enum { PREFIX = 128 };

static const char *const type_names[] = {
	[DIRECTIVE_BOOLEAN] = "boolean",
	[DIRECTIVE_LISTING] = "boolean or word",
	[DIRECTIVE_INTEGER] = "integer",
	[DIRECTIVE_SIZE] = "size",
	[DIRECTIVE_DURATION] = "duration",
	[DIRECTIVE_ENUM] = "word",
	[DIRECTIVE_WORDS] = "list of words",
	[DIRECTIVE_STATUS] = "integer",
	[DIRECTIVE_STRING] = "string",
	[DIRECTIVE_PATH] = "path",
	[DIRECTIVE_ROOT] = "path",
	[DIRECTIVE_MODULE] = "string",
	[DIRECTIVE_ROUTE] = "string",
	[DIRECTIVE_STRINGS] = "list of strings",
	[DIRECTIVE_PATHS] = "list of paths",
	[DIRECTIVE_FIELDS] = "object",
	[DIRECTIVE_NETWORKS] = "list of networks",
	[DIRECTIVE_JSON] = "object",
	[DIRECTIVE_PAGES] = "object",
	[DIRECTIVE_LISTEN] = "list of addresses",
	[DIRECTIVE_TLS] = "object",
	[DIRECTIVE_TLS_CLIENT] = "object",
	[DIRECTIVE_SANDBOX] = "object",
	[DIRECTIVE_CHECKS] = "list of objects",
	[DIRECTIVE_CERTIFICATES] = "list of objects",
	[DIRECTIVE_ACCESS_LOGS] = "object or list of objects",
	[DIRECTIVE_SHARE] = "number",
	[DIRECTIVE_SITES] = "list of objects",
	[DIRECTIVE_ROUTES] = "list of objects",
	[DIRECTIVE_OBJECT] = "object",
};

static void
print_default(const struct directive *d)
{
	if (d->flags & DIRECTIVE_REQUIRED)
		printf("; required");
	else if (d->flags & DIRECTIVE_BUILT)
		printf("; default set at build time");
	else if (d->preset == NULL)
		printf("; no default");
	else
		printf("; default %s", d->preset);
}

static void
print_limits(const struct directive *d)
{
	char least[32], most[32];

	if (d->type != DIRECTIVE_INTEGER && d->type != DIRECTIVE_SIZE &&
		d->type != DIRECTIVE_DURATION)
		return;
	type_print(d->type, d->min, least, sizeof(least));
	type_print(d->type, d->max, most, sizeof(most));
	printf("; %s to %s", least, most);
}

static void
print_table(const struct directive_table *t, const char *prefix)
{
	char inner[PREFIX];

	for (size_t i = 0; i < t->nrows; i++) {
		const struct directive *d = &t->rows[i];

		printf("%s%s\t%s", prefix, d->name, type_names[d->type]);
		print_default(d);
		print_limits(d);
		putchar('\n');
		/* The logs of a site have the keys of the server's. */
		if (d->inner == NULL ||
			(d->type == DIRECTIVE_ACCESS_LOGS && d->preset == NULL))
			continue;
		snprintf(inner, sizeof(inner), "%s%s%s", prefix, d->name,
			d->type == DIRECTIVE_OBJECT ||
					d->type == DIRECTIVE_ACCESS_LOGS ||
					d->type == DIRECTIVE_TLS ||
					d->type == DIRECTIVE_TLS_CLIENT ||
					d->type == DIRECTIVE_SANDBOX
				? "."
				: "[].");
		print_table(d->inner, inner);
	}
}

int
main(void)
{
	print_table(&directive_file, "");
	return 0;
}
