/*
 * A row an errno and directory, so that one that comes all the time does not
 * hide another.
 * SPDX-License-Identifier: MIT
 */
#include "file/file_errors.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/conf.h"
#include "file/docroot.h"
#include "file/file.h"
#include "file/root.h"
#include "http/hash.h"

/* Errors that are no fault of the disk. */
static const struct error_row {
	int error;
	enum log_level level;
	const char *words; /* NULL: those of strerror(3); "": not logged */
} rows[] = {
	{ ENOENT, LOG_LEVEL_DEBUG, "" },
	{ ENOTDIR, LOG_LEVEL_DEBUG, "" },
	{ ENAMETOOLONG, LOG_LEVEL_DEBUG, "" },
	{ EISDIR, LOG_LEVEL_DEBUG, "" },
	/* The master tells of the whole root. */
	{ ROOT_GONE, LOG_LEVEL_DEBUG, "" },
	{ EXDEV, LOG_LEVEL_INFO,
		"a link in it leads out of the root, or to nothing" },
	{ ELOOP, LOG_LEVEL_INFO, "it has a link that is not followed" },
	{ EACCES, LOG_LEVEL_WARN, NULL },
	{ EPERM, LOG_LEVEL_WARN, NULL },
	{ ROOT_NOT_REGULAR, LOG_LEVEL_WARN, "it is not a regular file" },
	{ EAGAIN, LOG_LEVEL_WARN, "it changed whenever it was read" },
	{ EMFILE, LOG_LEVEL_WARN, NULL },
	{ ENFILE, LOG_LEVEL_WARN, NULL },
	{ ENOMEM, LOG_LEVEL_WARN, NULL },
};

static const struct error_row *
find_row(int error)
{
	static const struct error_row disk = { 0, LOG_LEVEL_ERROR, NULL };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].error == error)
			return &rows[i];
	return &disk;
}

bool
file_errors_is_permission(int error)
{
	return error == EACCES || error == EPERM;
}

/* Where all rows are used, the last one is shared. */
static struct log_limit *
find_limit(struct file_errors *e, int error, const char *path)
{
	const char *name = strrchr(path, '/');
	size_t len = name == NULL ? 0 : (size_t)(name - path);
	uint64_t directory = hash_bytes(path, len, 0);
	struct file_errors_kind *kind = e->kinds;
	const struct file_errors_kind *last = &e->kinds[FILE_ERRORS_KINDS - 1];

	while (kind < last && kind->error != 0 &&
		(kind->error != error || kind->directory != directory))
		kind++;
	kind->error = error;
	kind->directory = directory;
	return &kind->limit;
}

static void
log_error(struct file_errors *e, const char *path, int error, int64_t now_ms)
{
	const struct error_row *row = find_row(error);
	const char *words = row->words == NULL ? strerror(error) : row->words;
	bool is_permission =
		file_errors_is_permission(error) && e->user != NULL;
	enum log_level level = row->level;
	unsigned times;

	if (*words == '\0')
		return;
	times = log_limit_take_minutely(find_limit(e, error, path), now_ms);
	if (times == 0)
		level = LOG_LEVEL_INFO;
	log_at(e->log, level, false, "cannot read %s: %s%s%s (%u time%s)", path,
		words, is_permission ? " for " : "",
		is_permission ? e->user : "", times == 0 ? 1 : times,
		log_plural(times == 0 ? 1 : times));
}

void
file_errors_log(struct file_errors *e, const struct docroot *d,
	struct span path, int error, int64_t now_ms)
{
	const char *root = d->route->files.root;
	char text[PATH_MAX];
	int error_before = errno;

	if (e == NULL || find_row(error)->level > e->log->level)
		return;
	snprintf(text, sizeof(text), "%s%s%.*s", root == NULL ? "" : root,
		path.len == 0 ? "" : "/", (int)path.len, path.at);
	log_error(e, text, error, now_ms);
	errno = error_before;
}

void
file_errors_log_open(
	struct file_errors *e, const struct file *f, int error, int64_t now_ms)
{
	char link[32], text[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", f->fd);
	len = readlink(link, text, sizeof(text) - 1);
	if (len == -1)
		len = snprintf(text, sizeof(text), "a file of %s", f->type);
	text[len] = '\0';
	log_error(e, text, error, now_ms);
}
