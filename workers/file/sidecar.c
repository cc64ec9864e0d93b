/*
 * A sidecar that is older than its file belongs to an earlier content and is
 * ignored.
 * SPDX-License-Identifier: MIT
 */
#include "file/sidecar.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file/root.h"

static const char *const endings[CODING_COUNT] = {
	[CODING_GZIP] = ".gz",
	[CODING_BR] = ".br",
	[CODING_ZSTD] = ".zst",
};

static bool
is_older_than(const struct timespec *a, const struct timespec *b)
{
	if (a->tv_sec != b->tv_sec)
		return a->tv_sec < b->tv_sec;
	return a->tv_nsec < b->tv_nsec;
}

/* A sidecar has no sidecars: "a.gz.gz" is not looked for. */
static bool
is_sidecar_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (int i = 0; dot != NULL && i < CODING_COUNT; i++)
		if (endings[i] != NULL && strcmp(dot, endings[i]) == 0)
			return true;
	return false;
}

void
sidecars_open(struct sidecars *s, const struct root *root, const char *path,
	const struct stat *of)
{
	char name[PATH_MAX];

	s->have = 0;
	if (of->st_size == 0 || is_sidecar_name(path))
		return;
	for (int i = 0; i < CODING_COUNT; i++) {
		struct stat *st = &s->st[i];

		if (endings[i] == NULL ||
			snprintf(name, sizeof(name), "%s%s", path,
				endings[i]) >= (int)sizeof(name))
			continue;
		s->fd[i] = root_open_file(root, name, st);
		if (s->fd[i] == -1)
			continue;
		s->have |= 1u << i;
		if (!S_ISREG(st->st_mode) || st->st_size == 0 ||
			is_older_than(&st->st_mtim, &of->st_mtim))
			sidecars_drop(s, (enum coding)i);
	}
}

void
sidecars_drop(struct sidecars *s, enum coding coding)
{
	close(s->fd[coding]);
	s->have &= ~(1u << coding);
}

void
sidecars_close(struct sidecars *s)
{
	for (int i = 0; i < CODING_COUNT; i++)
		if (s->have & 1u << i)
			sidecars_drop(s, (enum coding)i);
}
