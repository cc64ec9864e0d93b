/*
 * "set" is a "remove" followed by an "add".
 * SPDX-License-Identifier: MIT
 */
#include "http/header_rules.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/arena.h"
#include "common/conf.h"
#include "common/mem.h"

static void
remove_name(struct header_rules *h, struct span name)
{
	h->removed = mem_reallocarray(
		h->removed, h->nremoved + 1, sizeof(*h->removed));
	h->removed[h->nremoved++] = name;
}

static void
remove_names(struct header_rules *h, const struct conf_headers *conf)
{
	for (const char *const *name = conf->remove;
		name != NULL && *name != NULL; name++)
		remove_name(h, span_of(*name));
	for (size_t i = 0; i < conf->set.count; i++)
		remove_name(h, conf->set.all[i].name);
}

bool
header_rules_removes(const struct header_rules *h, struct span name)
{
	for (size_t i = 0; i < h->nremoved; i++)
		if (span_is_nocase(h->removed[i], name))
			return true;
	return false;
}

/*
 * Prints the lines of fields, except names that but removes; but may be NULL.
 */
static void
print_lines(FILE *to, const struct conf_fields *fields,
	const struct header_rules *but)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct conf_field *f = &fields->all[i];

		if (but == NULL || !header_rules_removes(but, f->name))
			fprintf(to, "%s: %s\r\n", f->name.at, f->value.at);
	}
}

void
header_rules_init(struct header_rules *h, const struct conf_headers *site,
	const struct conf_headers *route)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	assert(to != NULL);
	*h = (struct header_rules){ 0 };
	/* The route's names come first: they remove lines that the site
	 * adds. */
	if (route != NULL)
		remove_names(h, route);
	print_lines(to, &site->set, h);
	print_lines(to, &site->add, h);
	if (route != NULL) {
		print_lines(to, &route->set, NULL);
		print_lines(to, &route->add, NULL);
	}
	remove_names(h, site);
	fclose(to);
	h->lines = (struct span){ text, len };
}

void
header_rules_fini(struct header_rules *h)
{
	free((char *)h->lines.at);
	free(h->removed);
	*h = (struct header_rules){ 0 };
}

struct span
header_rules_apply(
	const struct header_rules *h, struct span fields, struct arena *arena)
{
	const char *from, *end;
	char *text, *to;

	if (h->lines.len == 0 && h->nremoved == 0)
		return fields;
	to = text = arena_alloc(arena, fields.len + h->lines.len + 1);
	assert(text != NULL);
	from = fields.len == 0 ? "" : fields.at;
	end = from + fields.len;
	while (from < end) {
		const char *lf = memchr(from, '\n', (size_t)(end - from));
		const char *colon = memchr(from, ':', (size_t)(end - from));
		size_t len = (size_t)((lf == NULL ? end : lf + 1) - from);
		struct span name = { from, 0 };

		if (colon != NULL)
			name.len = (size_t)(colon - from);
		if (!header_rules_removes(h, name))
			to = mempcpy(to, from, len);
		from += len;
	}
	to = mempcpy(to, h->lines.at, h->lines.len);
	return (struct span){ text, (size_t)(to - text) };
}
