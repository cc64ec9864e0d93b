/*
 * A root with what its route says about the files below it.
 * SPDX-License-Identifier: MIT
 */
#include "file/docroot.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/conf.h"
#include "file/compress.h"

unsigned
docroot_codings(const struct conf_route *route)
{
	static const enum coding of[] = {
		[CONF_CODING_ZSTD] = CODING_ZSTD,
		[CONF_CODING_BR] = CODING_BR,
		[CONF_CODING_GZIP] = CODING_GZIP,
	};
	unsigned mask = 0;

	for (unsigned i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		if (route->files.compress & 1u << i)
			mask |= 1u << of[i];
	return mask & compress_codings();
}

/* Asks only the kernel: a disk that hangs has a number, too. */
static uint64_t
find_device(int fd)
{
	struct statx st;

	if (fd == -1 ||
		statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, 0, &st) == -1)
		return 0;
	return makedev(st.stx_dev_major, st.stx_dev_minor);
}

static void
set_route(struct docroot *d, const struct conf_route *route,
	const struct media_types *types, unsigned number)
{
	d->route = route;
	d->types = types;
	d->headers = NULL;
	d->number = number;
	d->root_key = 0;
	d->device = find_device(d->root.fd);
	d->codings = docroot_codings(route);
	d->root.refuses_links = route->files.symlinks == CONF_SYMLINKS_NEVER;
}

int
docroot_open(struct docroot *d, const struct conf_route *route,
	const struct media_types *types, unsigned number, struct roots *roots)
{
	d->is_shared = roots != NULL;
	d->root.fd = -1;
	if ((d->is_shared ? roots_open(roots, &d->root, route->files.root)
			  : root_open(&d->root, route->files.root)) == -1)
		return -1;
	set_route(d, route, types, number);
	return 0;
}

void
docroot_inherit(struct docroot *d, const struct directory *from,
	const struct conf_route *route, const struct media_types *types,
	unsigned number)
{
	d->is_shared = true;
	root_inherit(&d->root, from);
	set_route(d, route, types, number);
}

/* "text/html" without its parameters; "image/" and a star for a range. */
static bool
is_of_range(struct span type, struct span range)
{
	const char *end = memchr(type.at, ';', type.len);

	if (end != NULL)
		type.len = (size_t)(end - type.at);
	if (range.at[range.len - 1] != '*')
		return span_is_nocase(type, range);
	range.len--;
	return type.len >= range.len &&
	       strncasecmp(type.at, range.at, range.len) == 0;
}

const char *
docroot_cache_control(const struct docroot *d, const char *type)
{
	const struct conf_fields *types = &d->route->files.cache_control_types;
	const struct conf_field *best = NULL;

	/* The longest is the most specific: "text/html", "text/", "". */
	for (size_t i = 0; i < types->count; i++) {
		const struct conf_field *f = &types->all[i];

		if (is_of_range(span_of(type), f->name) &&
			(best == NULL || best->name.len < f->name.len))
			best = f;
	}
	return best == NULL ? d->route->files.cache_control : best->value.at;
}

void
docroot_close(struct docroot *d)
{
	if (!d->is_shared)
		root_close(&d->root);
	d->root.fd = -1;
}

const change_word *
docroot_find_change(const struct docroot *d, const struct change_counts *c,
	struct span path, bool *is_exact)
{
	const change_word *word = NULL;
	const char *slash;

	*is_exact = true;
	if (c == NULL || d->root_key == 0)
		return change_counts_find(NULL, 0);
	for (;; *is_exact = false) {
		slash = memrchr(path.at, '/', path.len);
		path.len = slash == NULL ? 0 : (size_t)(slash - path.at);
		word = change_counts_find(
			c, change_counts_key(d->root_key, path));
		if (path.len == 0 ||
			(change_counts_read(word) & CHANGE_WATCHED) != 0)
			return word;
	}
}
