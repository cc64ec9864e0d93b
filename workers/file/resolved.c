/*
 * Resolves the path of a request: the file itself, the index file of a
 * directory, and the sidecars.
 * SPDX-License-Identifier: MIT
 */
#include "file/resolved.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "common/conf.h"
#include "common/media_types.h"
#include "file/docroot.h"
#include "file/page_miss.h"
#include "file/resident_read.h"
#include "file/sidecar_list.h"

enum { SKEW_MS = 1000 }; /* tolerated clock difference to a file server */

bool
resolved_is_hidden(struct span path)
{
	static const char well_known[] = ".well-known";
	size_t len = sizeof(well_known) - 1;

	for (size_t i = 0; i < path.len; i++) {
		if (path.at[i] != '.' || (i > 0 && path.at[i - 1] != '/'))
			continue;
		if (i == 0 && path.len >= len &&
			memcmp(path.at, well_known, len) == 0 &&
			(path.len == len || path.at[len] == '/'))
			continue;
		return true;
	}
	return false;
}

bool
resolved_is_recent(const struct timespec *modified)
{
	struct timespec now;
	int64_t age_ms;

	/* The clock of a file server may be a little ahead of ours; a time that
	 * is far ahead says nothing about the last write.  File systems use the
	 * coarse clock; it costs a fifth of the precise one. */
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	age_ms = ((int64_t)now.tv_sec - modified->tv_sec) * 1000 +
		 (now.tv_nsec - modified->tv_nsec) / 1000000;
	return age_ms > -SKEW_MS && age_ms < RESOLVED_RECENT_MS;
}

/*
 * Opens the sidecars. Those of a file in memory must go into memory as well, so
 * that a cache entry has one cost.
 */
static void
find_sidecars(const struct docroot *d, const char *path, int64_t largest,
	const struct sidecar_list *list, struct resolved *found)
{
	struct sidecars *s = &found->sidecars;

	found->error = sidecars_open(
		s, &d->root, path, &found->st, sidecar_list_find(list, path));
	for (int i = 0; i < CODING_COUNT; i++) {
		bool is_unsettled =
			(s->have & 1u << i) && !sidecar_is_settled(&s->st[i]);

		found->may_vary |= is_unsettled;
		if (is_unsettled ||
			((s->have & 1u << i) && found->st.st_size <= largest &&
				s->st[i].st_size > largest))
			sidecars_drop(s, (enum coding)i);
	}
}

/*
 * Finds the entry for a file name: its whole name, or the longest extension. An
 * extension alone is no file name: ".foo" is not an entry for the file ".foo".
 */
static const struct conf_field *
find_entry(const struct conf_fields *fields, const char *name)
{
	const struct conf_field *best = NULL;
	size_t len = strlen(name);

	for (size_t i = 0; i < fields->count; i++) {
		const struct conf_field *f = &fields->all[i];
		struct span end = f->name;

		if (end.at[0] != '.' && span_is(end, span_of(name)))
			return f;
		if (end.at[0] == '.' && len > end.len &&
			strcasecmp(name + len - end.len, end.at) == 0 &&
			(best == NULL || end.len > best->name.len))
			best = f;
	}
	return best;
}

/* Returns the media type; the route's "types" come first. */
static const char *
find_type(const struct docroot *d, const char *name)
{
	const struct conf_fields *types = &d->route->files.types;
	const struct conf_field *f = find_entry(types, name);
	const char *type;

	if (f != NULL)
		return f->value.at;
	type = media_types_find(d->types, name);
	for (size_t i = 0; type == media_types_unknown && i < types->count; i++)
		if (types->all[i].name.at[0] == '*')
			return types->all[i].value.at;
	return type;
}

/*
 * Sets type and coding. A name such as "app.wasm.br", whose extension is the
 * coding, has the type of the name before it.
 */
static void
set_type(const struct docroot *d, const char *name, struct resolved *found)
{
	const struct conf_field *f =
		find_entry(&d->route->files.encodings, name);
	char inner[NAME_MAX + 1];

	found->coding = CODING_IDENTITY;
	if (f != NULL)
		found->coding = coding_find(f->value);
	if (found->coding != CODING_IDENTITY && sidecar_is_name(name) &&
		find_entry(&d->route->files.types, name) == NULL) {
		snprintf(inner, sizeof(inner), "%.*s",
			(int)(strrchr(name, '.') - name), name);
		name = inner;
	}
	found->type = find_type(d, name);
}

static int
resolve_file(const struct docroot *d, const char *path, struct resolved *found)
{
	const char *slash = strrchr(path, '/');

	found->fd = root_open_file(&d->root, path, &found->st);
	found->error = found->fd == -1 ? errno : 0;
	if (found->fd == -1)
		return root_status(found->error);
	if (S_ISDIR(found->st.st_mode)) {
		if (d->root.first != NULL)
			first_read_reset(d->root.first);
		close(found->fd);
		return 301;
	}
	set_type(d, slash == NULL ? path : slash + 1, found);
	return 0;
}

/*
 * Resolves a directory to an index file. path has space for PATH_MAX bytes; len
 * are used, and the last is a '/' unless len is 0.
 */
static int
resolve_directory(
	const struct docroot *d, char *path, size_t len, struct resolved *found)
{
	const char *const *index = d->route->files.index;
	int status;

	for (; index != NULL && *index != NULL; index++) {
		if (len + strlen(*index) >= PATH_MAX)
			continue;
		strcpy(path + len, *index);
		status = resolve_file(d, path, found);
		if (status != 404 && status != 301)
			return status;
	}
	path[len > 0 ? len - 1 : 0] = '\0';
	status = resolve_file(d, path, found);
	if (status == 0)
		close(found->fd);
	if (status == 0)
		/* a regular file was requested with a '/' at the end */
		return 404;
	if (status != 301)
		return status;
	found->error = EISDIR;
	return 403;
}

int
resolved_open(struct resolved *found, const struct docroot *d, struct span path,
	int64_t largest, const struct sidecar_list *list)
{
	char name[PATH_MAX];
	int status;

	found->sidecars.have = 0;
	found->may_vary = false;
	found->error = 0;
	if (path.len >= sizeof(name) || memchr(path.at, '\0', path.len) != NULL)
		return 404;
	memcpy(name, path.at, path.len);
	name[path.len] = '\0';
	if (path.len == 0 || name[path.len - 1] == '/')
		status = resolve_directory(d, name, path.len, found);
	else
		status = resolve_file(d, name, found);
	if (status == 0 && d->route->files.precompressed &&
		found->coding == CODING_IDENTITY)
		find_sidecars(d, name, largest, list, found);
	if (status == 0 && d->root.miss != NULL &&
		d->root.miss->kind != PAGE_MISS_NONE) {
		resolved_close(found);
		return ROOT_WAITS;
	}
	return status;
}

void
resolved_close(struct resolved *found)
{
	close(found->fd);
	sidecars_close(&found->sidecars);
}
