/*
 * A name is kept as 32 bits of its hash: where two collide, a file is looked
 * for in vain.
 * SPDX-License-Identifier: MIT
 */
#include "file/sidecar_list.h"

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/directory.h"
#include "common/mem.h"
#include "file/file.h"
#include "file/resolved.h"
#include "file/root.h"
#include "file/sidecar.h"
#include "http/hash.h"

enum {
	NAMES_MAX = 16384,   /* in a list */
	READ_MS_MAX = 10000, /* that a directory is read: a million entries take
				a second, and several on a busy machine */
	CLOCK_EVERY = 4096,  /* entries, a look at the clock */
	NAMES_MIN = 16,      /* memory for so many at first */
};

struct sidecar_list {
	unsigned refs;
	struct file_identity directory;
	uint32_t *names; /* hashes, sorted */
	size_t nnames, room;
	size_t path_len;
	char path[];
};

/* Case-folding directories find NAME.gz as name.GZ, too. */
static uint32_t
hash_name(const char *name, size_t len, enum coding coding)
{
	char folded[256];

	if (len > sizeof(folded))
		len = sizeof(folded);
	for (size_t i = 0; i < len; i++)
		folded[i] = (char)(name[i] >= 'A' && name[i] <= 'Z'
					   ? name[i] + ('a' - 'A')
					   : name[i]);
	return (uint32_t)hash_bytes(folded, len, (uint64_t)coding);
}

/* ---- reading ------------------------------------------------------------- */

static void
add_name(struct sidecar_list *l, uint32_t hash)
{
	if (l->nnames == l->room) {
		l->room = l->room == 0 ? NAMES_MIN : l->room * 2;
		l->names = mem_realloc(l->names, l->room * sizeof(*l->names));
	}
	l->names[l->nnames++] = hash;
}

/* False: too many, or it takes too long. */
static bool
read_names(struct sidecar_list *l, DIR *d, size_t max_entries)
{
	int64_t until = clock_now_ms() + READ_MS_MAX;
	struct dirent *entry;
	enum coding coding;
	size_t stem;

	for (size_t n = 0; (entry = readdir(d)) != NULL; n++) {
		if (n == max_entries || l->nnames == NAMES_MAX ||
			(n % CLOCK_EVERY == 0 && clock_now_ms() > until))
			return false;
		stem = sidecar_stem(entry->d_name, &coding);
		if (stem > 0)
			add_name(l, hash_name(entry->d_name, stem, coding));
	}
	return true;
}

static int
compare_hashes(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool
is_unchanged(const struct sidecar_list *l, const struct stat *st)
{
	const struct file_identity now = file_identity_of(st);

	return file_identity_is_same(&l->directory, &now);
}

/* A change within the same tick of the clock would not be seen. */
static bool
read_directory(struct sidecar_list *l, int fd, size_t max_entries)
{
	DIR *d = fdopendir(fd);
	struct stat st;
	bool is_read;

	if (d == NULL) {
		close(fd);
		return false;
	}
	is_read = directory_is_local(fd) &&
		  !resolved_is_recent(&l->directory.modified) &&
		  !resolved_is_recent(&l->directory.changed) &&
		  read_names(l, d, max_entries) && fstat(fd, &st) == 0 &&
		  is_unchanged(l, &st);
	closedir(d);
	return is_read;
}

struct sidecar_list *
sidecar_list_read(const struct root *root, struct span path, size_t max_entries)
{
	struct sidecar_list *l = mem_calloc(1, sizeof(*l) + path.len + 1);
	struct stat st;
	int fd;

	l->refs = 1;
	l->path_len = path.len;
	memcpy(l->path, path.at, path.len);
	fd = root_open_file(root, l->path, &st);
	if (fd == -1) {
		sidecar_list_unref(l);
		return NULL;
	}
	l->directory = file_identity_of(&st);
	if (!read_directory(l, fd, max_entries)) {
		sidecar_list_unref(l);
		return NULL;
	}
	if (l->nnames > 0)
		qsort(l->names, l->nnames, sizeof(*l->names), compare_hashes);
	return l;
}

bool
sidecar_list_is_current(const struct sidecar_list *l, const struct root *root)
{
	struct stat st;
	int fd = root_open_file(root, l->path, &st);

	if (fd == -1)
		return false;
	close(fd);
	return is_unchanged(l, &st);
}

/* ---- looking up ---------------------------------------------------------- */

unsigned
sidecar_list_find(const struct sidecar_list *l, const char *path)
{
	const unsigned all = (1u << CODING_COUNT) - 1;
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);
	const char *name = slash == NULL ? path : slash + 1;
	unsigned found = 0;

	if (l == NULL || len != l->path_len || memcmp(path, l->path, len) != 0)
		return all;
	for (int i = 0; l->nnames > 0 && i < CODING_COUNT; i++) {
		uint32_t hash = hash_name(name, strlen(name), (enum coding)i);

		if (bsearch(&hash, l->names, l->nnames, sizeof(*l->names),
			    compare_hashes) != NULL)
			found |= 1u << i;
	}
	return found;
}

struct sidecar_list *
sidecar_list_ref(struct sidecar_list *l)
{
	if (l != NULL)
		l->refs++;
	return l;
}

void
sidecar_list_unref(struct sidecar_list *l)
{
	if (l == NULL || --l->refs > 0)
		return;
	free(l->names);
	free(l);
}
