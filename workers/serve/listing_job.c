/*
 *   open -> read -> sort -> print -> done
 *
 * Each stage handles a few entries per call. Sorting is a bottom-up merge sort:
 * runs of width entries, then of twice as many.
 * SPDX-License-Identifier: MIT
 */
#include "serve/listing_job.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/arena.h"
#include "common/clock.h"
#include "common/mem.h"
#include "file/file_errors.h"
#include "file/root.h"
#include "serve/site.h"

enum {
	AT_ONCE = 32, /* entries between two clock reads */
	ARENA_BLOCK = 64 * 1024,
	NAMES_MAX = 1000000, /* that are read of a directory */
};

struct listing_job {
	/* Handles a few entries; returns LISTING_JOB_MORE, a status, or 0 when
	 * all is done. */
	int (*stage)(struct listing_job *);
	struct listing_spec spec;
	struct arena arena;
	DIR *dir;
	/* merged has space for count entries */
	struct listing_entry *entries, *merged;
	size_t count, size;
	size_t seen; /* names in the directory */
	bool is_cut;
	int error; /* errno of the directory; 0: none */

	size_t width;         /* entries per run */
	size_t left, right;   /* the next entry of each of two runs */
	size_t middle, end;   /* ends of these runs */
	size_t at;            /* position in merged, later in the output */
	struct listing shown; /* what the printing functions receive */
	FILE *to;
	char *text;
	size_t len;
};

static int open_directory(struct listing_job *);

struct listing_job *
listing_job_new(const struct listing_spec *spec)
{
	struct listing_job *job = mem_calloc(1, sizeof(*job));

	arena_init(&job->arena, ARENA_BLOCK, 0);
	job->spec = *spec;
	job->spec.below.at =
		arena_strndup(&job->arena, spec->below.at, spec->below.len);
	job->spec.path.at =
		arena_strndup(&job->arena, spec->path.at, spec->path.len);
	job->stage = open_directory;
	return job;
}

void
listing_job_free(struct listing_job *job)
{
	if (job == NULL)
		return;
	if (job->dir != NULL)
		closedir(job->dir);
	if (job->to != NULL)
		fclose(job->to);
	arena_fini(&job->arena);
	free(job->entries);
	free(job->merged);
	free(job->text);
	free(job);
}

void
listing_job_log(const struct listing_job *job, const struct docroot *d,
	struct file_errors *errors, int64_t now_ms)
{
	if (job->error != 0)
		file_errors_log(errors, d, job->spec.below, job->error, now_ms);
}

struct span
listing_job_text(const struct listing_job *job)
{
	return (struct span){ job->text, job->len };
}

/* ---- printing ----------------------------------------------------------- */

static const struct listing_form *
form_of(const struct listing_job *job)
{
	return job->spec.is_json ? &listing_json : &listing_html;
}

static int
print_entries(struct listing_job *job)
{
	for (int i = 0; i < AT_ONCE && job->at < job->count; i++)
		form_of(job)->entry(job->to, &job->shown, job->at++);
	if (job->at < job->count)
		return LISTING_JOB_MORE;
	form_of(job)->end(job->to, &job->shown);
	fclose(job->to);
	job->to = NULL;
	return 0;
}

static int
start_printing(struct listing_job *job)
{
	job->shown = (struct listing){
		.path = job->spec.path,
		.entries = job->entries,
		.count = job->count,
		.is_cut = job->is_cut,
		.sort = job->spec.sort,
		.is_descending = job->spec.is_descending,
	};
	job->at = 0;
	job->to = open_memstream(&job->text, &job->len);
	assert(job->to != NULL);
	form_of(job)->start(job->to, &job->shown);
	job->stage = print_entries;
	return LISTING_JOB_MORE;
}

/* ---- sorting ------------------------------------------------------------ */

/*
 * Names that differ only in case are ordered by their bytes, so that the order
 * is total.
 */
static int
compare_names(const struct listing_entry *a, const struct listing_entry *b)
{
	int order = strcasecmp(a->name, b->name);

	return order != 0 ? order : strcmp(a->name, b->name);
}

/* Directories come first in any order. */
static int
compare_entries(const struct listing_spec *spec, const struct listing_entry *a,
	const struct listing_entry *b)
{
	int order = 0;

	if (a->is_directory != b->is_directory)
		return a->is_directory ? -1 : 1;
	if (spec->sort == LISTING_SIZE && !a->is_directory)
		order = (a->size > b->size) - (a->size < b->size);
	else if (spec->sort == LISTING_TIME)
		order = (a->modified > b->modified) -
			(a->modified < b->modified);
	if (order == 0)
		order = compare_names(a, b);
	return spec->is_descending ? -order : order;
}

static size_t
min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
start_runs(struct listing_job *job, size_t from)
{
	job->left = from;
	job->middle = job->right = min_size(from + job->width, job->count);
	job->end = min_size(from + 2 * job->width, job->count);
}

/*
 * Advances to the next two runs, or to the first two of twice the width; false
 * when everything is merged.
 */
static bool
advance_runs(struct listing_job *job)
{
	struct listing_entry *merged = job->merged;

	if (job->end < job->count) {
		start_runs(job, job->end);
		return true;
	}
	job->merged = job->entries;
	job->entries = merged;
	job->at = 0;
	job->width *= 2;
	start_runs(job, 0);
	return job->width < job->count;
}

static int
merge_runs(struct listing_job *job)
{
	for (int i = 0; i < AT_ONCE; i++) {
		struct listing_entry *e = job->entries;
		bool is_left = job->left < job->middle;

		if (is_left && job->right < job->end)
			is_left = compare_entries(&job->spec, &e[job->left],
					  &e[job->right]) <= 0;
		if (is_left || job->right < job->end)
			job->merged[job->at++] =
				e[is_left ? job->left++ : job->right++];
		if (job->left == job->middle && job->right == job->end &&
			!advance_runs(job)) {
			job->stage = start_printing;
			break;
		}
	}
	return LISTING_JOB_MORE;
}

static int
start_sorting(struct listing_job *job)
{
	job->stage = start_printing;
	if (job->count < 2)
		return LISTING_JOB_MORE;
	job->merged = mem_reallocarray(NULL, job->count, sizeof(*job->merged));
	job->width = 1;
	job->at = 0;
	start_runs(job, 0);
	job->stage = merge_runs;
	return LISTING_JOB_MORE;
}

/* ---- reading ------------------------------------------------------------ */

/*
 * Gets the attributes of a name; false for names that are not served. A
 * symbolic link is listed only where it would be served.
 */
static bool
stat_entry(struct listing_job *job, const char *name, struct stat *st)
{
	char path[PATH_MAX];
	int fd;

	if (fstatat(dirfd(job->dir), name, st, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	if (S_ISLNK(st->st_mode)) {
		if (snprintf(path, sizeof(path), "%s%s", job->spec.below.at,
			    name) >= (int)sizeof(path))
			return false;
		fd = root_open_file(job->spec.root, path, st);
		if (fd == -1)
			return false;
		close(fd);
	}
	return S_ISREG(st->st_mode) || S_ISDIR(st->st_mode);
}

/* True when a route answers this name with a 4xx status: it is hidden. */
static bool
is_hidden(const struct listing_job *job, const char *name, bool is_directory)
{
	char path[PATH_MAX + NAME_MAX + 2];
	const struct route *r;
	int len;

	if (job->spec.site == NULL)
		return false;
	len = snprintf(path, sizeof(path), "%.*s%s%s", (int)job->spec.path.len,
		job->spec.path.at, name, is_directory ? "/" : "");
	if (len >= (int)sizeof(path))
		return true;
	r = route_find(job->spec.site, (struct span){ path, (size_t)len });
	return r != NULL && r->conf->kind == CONF_ROUTE_RETURN &&
	       r->conf->fixed.status >= 400;
}

/* Moves an entry of a heap down to where it belongs; the last in the order of
 * the listing is on top. */
static void
sift_down(struct listing_job *job, size_t at)
{
	struct listing_entry *e = job->entries, moved = e[at];
	size_t child;

	while ((child = 2 * at + 1) < job->count) {
		if (child + 1 < job->count &&
			compare_entries(&job->spec, &e[child], &e[child + 1]) <
				0)
			child++;
		if (compare_entries(&job->spec, &moved, &e[child]) >= 0)
			break;
		e[at] = e[child];
		at = child;
	}
	e[at] = moved;
}

/* There are more names than are listed: the first ones in the order of the
 * listing stay. */
static void
replace_last_entry(struct listing_job *job, struct listing_entry *new)
{
	if (!job->is_cut)
		for (size_t i = job->count / 2; i-- > 0;)
			sift_down(job, i);
	job->is_cut = true;
	if (compare_entries(&job->spec, new, &job->entries[0]) >= 0)
		return;
	new->name = arena_strdup(&job->arena, new->name);
	job->entries[0] = *new;
	sift_down(job, 0);
}

static void
add_entry(struct listing_job *job, const char *name, const struct stat *st)
{
	struct listing_entry new = {
		.name = name,
		.size = st->st_size,
		.modified = st->st_mtime,
		.is_directory = S_ISDIR(st->st_mode),
	};

	if (job->count == job->spec.most) {
		replace_last_entry(job, &new);
		return;
	}
	if (job->count == job->size) {
		job->size = job->size == 0 ? 256 : job->size * 2;
		job->entries = mem_reallocarray(
			job->entries, job->size, sizeof(*job->entries));
	}
	new.name = arena_strdup(&job->arena, name);
	job->entries[job->count++] = new;
}

static bool
is_skipped_name(const struct listing_job *job, const char *name)
{
	return name[0] == '.' && (!job->spec.dotfiles || name[1] == '\0' ||
					 strcmp(name, "..") == 0);
}

static int
fail_to_read(struct listing_job *job)
{
	job->error = errno;
	return root_status(job->error);
}

static int
read_entries(struct listing_job *job)
{
	const struct dirent *found = NULL;
	struct stat st;

	for (int i = 0; i < AT_ONCE; i++) {
		errno = 0;
		found = readdir(job->dir);
		if (found == NULL && errno != 0)
			return fail_to_read(job);
		if (found == NULL)
			break;
		if (is_skipped_name(job, found->d_name))
			continue;
		if (++job->seen > NAMES_MAX) {
			job->is_cut = true;
			break;
		}
		if (stat_entry(job, found->d_name, &st) &&
			!is_hidden(job, found->d_name, S_ISDIR(st.st_mode)))
			add_entry(job, found->d_name, &st);
	}
	if (found == NULL || job->seen > NAMES_MAX) {
		closedir(job->dir);
		job->dir = NULL;
		job->stage = start_sorting;
	}
	return LISTING_JOB_MORE;
}

static int
open_directory(struct listing_job *job)
{
	struct stat st;
	int fd;

	if (job->spec.below.len >= PATH_MAX)
		return 404;
	fd = root_open_file(job->spec.root, job->spec.below.at, &st);
	job->error = fd == -1 ? errno : 0;
	if (fd == -1)
		return root_status(job->error);
	job->dir = S_ISDIR(st.st_mode) ? fdopendir(fd) : NULL;
	if (job->dir == NULL) {
		job->error = S_ISDIR(st.st_mode) ? errno : ENOTDIR;
		close(fd);
		return S_ISDIR(st.st_mode) ? 500 : 404;
	}
	job->stage = read_entries;
	return LISTING_JOB_MORE;
}

/* ---- one step ----------------------------------------------------------- */

int
listing_job_run(struct listing_job *job, int64_t us)
{
	int64_t until = clock_now_us() + us;
	int status;

	do
		status = job->stage(job);
	while (status == LISTING_JOB_MORE && clock_now_us() < until);
	return status;
}
