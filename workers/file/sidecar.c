/*
 * A sidecar that is clearly older than its file belongs to an earlier content
 * and is ignored.
 * SPDX-License-Identifier: MIT
 */
#include "file/sidecar.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "file/root.h"

static const char *const endings[CODING_COUNT] = {
	[CODING_GZIP] = ".gz",
	[CODING_BR] = ".br",
	[CODING_ZSTD] = ".zst",
};

enum {
	/* Compressors and copying tools set times in whole seconds, and in any
	 * order. */
	TOLERANCE = 2,
	/* A compressor may still be writing to a file that changed this many
	 * milliseconds ago. */
	SETTLED_MS = 2000,
	SKEW_MS = 1000, /* clock difference to a file server */
};

static int64_t
to_ms(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000 + t->tv_nsec / 1000000;
}

/* True when the sidecar belongs to an earlier content. */
static bool
is_outdated(const struct stat *sidecar, const struct stat *of)
{
	return to_ms(&sidecar->st_mtim) + TOLERANCE * 1000 <
	       to_ms(&of->st_mtim);
}

bool
sidecar_is_settled(const struct stat *st)
{
	struct timespec now;
	int64_t age_ms;

	clock_gettime(CLOCK_REALTIME, &now);
	age_ms = to_ms(&now) - to_ms(&st->st_mtim);
	/* A date far ahead says nothing about the last write. */
	return age_ms <= -SKEW_MS || age_ms >= SETTLED_MS;
}

bool
sidecar_is_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	for (int i = 0; dot != NULL && i < CODING_COUNT; i++)
		if (endings[i] != NULL && strcmp(dot, endings[i]) == 0)
			return true;
	return false;
}

size_t
sidecar_stem(const char *name, enum coding *coding)
{
	const char *dot = strrchr(name, '.');

	for (int i = 0; dot != NULL && i < CODING_COUNT; i++)
		if (endings[i] != NULL && strcasecmp(dot, endings[i]) == 0) {
			*coding = (enum coding)i;
			return (size_t)(dot - name);
		}
	return 0;
}

int
sidecars_open(struct sidecars *s, const struct root *root, const char *path,
	const struct stat *of, unsigned possible)
{
	char name[PATH_MAX];
	int error = 0;

	s->have = 0;
	/* A sidecar has no sidecars: "a.gz.gz" is not looked for. */
	if (possible == 0 || of->st_size == 0 || sidecar_is_name(path))
		return 0;
	for (int i = 0; i < CODING_COUNT; i++) {
		struct stat *st = &s->st[i];

		if (endings[i] == NULL || !(possible & 1u << i) ||
			snprintf(name, sizeof(name), "%s%s", path,
				endings[i]) >= (int)sizeof(name))
			continue;
		s->fd[i] = root_open_file(root, name, st);
		if (s->fd[i] == -1) {
			if (errno != EINPROGRESS && root_status(errno) != 404)
				error = errno;
			continue;
		}
		s->have |= 1u << i;
		if (!S_ISREG(st->st_mode) || st->st_size == 0 ||
			is_outdated(st, of))
			sidecars_drop(s, (enum coding)i);
	}
	return error;
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
