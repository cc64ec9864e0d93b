/*
 * A table sorted by extension and built once.  There are three sources, and the
 * first that has an extension wins: built-in types that systems are known to
 * get wrong, the system's file, which an operator may edit, and built-in types
 * that the system may lack.
 * SPDX-License-Identifier: MIT
 */
#include "common/media_types.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct row {
	const char *extension;
	const char *type;
	size_t rank; /* of rows with one extension the lowest wins */
};

struct media_types {
	size_t n;
	const struct row *rows;
};

/* The table while it is built: rows on the heap, texts in the arena. */
struct draft {
	struct arena *arena;
	struct row *rows;
	size_t n, size;
	int error; /* errno: the draft lacks rows */
};

const char media_types_unknown[] = "application/octet-stream";

static const char separators[] = " \t\r\n";

struct source {
	const char *type;
	const char *extensions;
};

// clang-format off
static const struct source builtin_first[] = {
	{ "application/json",          "json map" },
	{ "application/manifest+json", "webmanifest" },
	{ "application/wasm",          "wasm" },
	{ "font/woff2",                "woff2" },
	{ "image/avif",                "avif" },
	{ "text/javascript",           "js mjs cjs" }, /* RFC 9239 */
	{ "video/mp2t",                "ts" },
	{ NULL, NULL },
};

static const struct source builtin_last[] = {
	{ "application/atom+xml",          "atom" },
	{ "application/epub+zip",          "epub" },
	{ "application/gzip",              "gz tgz" },
	{ "application/java-archive",      "jar" },
	{ "application/ld+json",           "jsonld" },
	{ "application/pdf",               "pdf" },
	{ "application/rss+xml",           "rss" },
	{ "application/rtf",               "rtf" },
	{ "application/x-7z-compressed",   "7z" },
	{ "application/x-bzip2",           "bz2" },
	{ "application/x-tar",             "tar" },
	{ "application/x-xz",              "xz" },
	{ "application/xhtml+xml",         "xhtml" },
	{ "application/xml",               "xml xsl" },
	{ "application/zip",               "zip" },
	{ "application/zstd",              "zst" },
	{ "application/vnd.apple.mpegurl", "m3u8" },
	{ "audio/flac",                    "flac" },
	{ "audio/mp4",                     "m4a" },
	{ "audio/mpeg",                    "mp3" },
	{ "audio/ogg",                     "ogg oga opus" },
	{ "audio/wav",                     "wav" },
	{ "font/otf",                      "otf" },
	{ "font/ttf",                      "ttf" },
	{ "font/woff",                     "woff" },
	{ "image/bmp",                     "bmp" },
	{ "image/gif",                     "gif" },
	{ "image/jpeg",                    "jpg jpeg" },
	{ "image/jxl",                     "jxl" },
	{ "image/png",                     "png apng" },
	{ "image/svg+xml",                 "svg" },
	{ "image/tiff",                    "tif tiff" },
	{ "image/vnd.microsoft.icon",      "ico" },
	{ "image/webp",                    "webp" },
	{ "model/gltf+json",               "gltf" },
	{ "model/gltf-binary",             "glb" },
	{ "text/calendar",                 "ics" },
	{ "text/css",                      "css" },
	{ "text/csv",                      "csv" },
	{ "text/html",                     "html htm" },
	{ "text/markdown",                 "md markdown" },
	{ "text/plain",                    "txt text log conf" },
	{ "text/vtt",                      "vtt" },
	{ "text/yaml",                     "yaml yml" },
	{ "video/mp4",                     "mp4 m4v" },
	{ "video/ogg",                     "ogv" },
	{ "video/quicktime",               "mov" },
	{ "video/webm",                    "webm" },
	{ NULL, NULL },
};
// clang-format on

/* True if the type gets a charset parameter.  JSON has none (RFC 8259 11). */
static bool
has_charset(const char *type)
{
	return strncasecmp(type, "text/", 5) == 0 ||
	       strcasecmp(type, "application/xml") == 0 ||
	       strcasecmp(type, "image/svg+xml") == 0;
}

/* True if the type can be sent in a header field unchanged. */
static bool
is_type(const char *type)
{
	const char *slash = strchr(type, '/');

	if (slash == NULL || slash == type || slash[1] == '\0')
		return false;
	for (; *type != '\0'; type++)
		if (!isgraph((unsigned char)*type))
			return false;
	return true;
}

static int
grow_rows(struct draft *d)
{
	size_t size = d->size == 0 ? 256 : 2 * d->size;
	struct row *rows;

	if (d->n < d->size)
		return 0;
	rows = realloc(d->rows, size * sizeof(*rows));
	if (rows == NULL)
		return -1;
	d->rows = rows;
	d->size = size;
	return 0;
}

/* errno of malloc(3) stays in the draft. */
static void
add_row(struct draft *d, const char *extension, const char *type)
{
	extension = arena_strdup(d->arena, extension);
	if (extension == NULL || type == NULL || grow_rows(d) == -1) {
		d->error = ENOMEM;
		return;
	}
	d->rows[d->n] = (struct row){ extension, type, d->n };
	d->n++;
}

/* Adds the rows of a line "TYPE EXTENSION...".  Modifies the line. */
static void
add_line(struct draft *d, char *line)
{
	char *rest, *type = strtok_r(line, separators, &rest);
	const char *value = NULL, *extension;

	if (type == NULL || !is_type(type))
		return;
	while ((extension = strtok_r(NULL, separators, &rest)) != NULL) {
		if (value == NULL)
			value = arena_printf(d->arena, "%s%s", type,
				has_charset(type) ? "; charset=utf-8" : "")
					.at;
		add_row(d, extension, value);
	}
}

static void
add_builtin(struct draft *d, const struct source *s)
{
	char line[128];

	for (; s->type != NULL; s++) {
		snprintf(line, sizeof(line), "%s %s", s->type, s->extensions);
		add_line(d, line);
	}
}

static bool
is_shortage(int error)
{
	return error == ENOMEM || error == EMFILE || error == ENFILE;
}

static void
add_file(struct draft *d, const char *path)
{
	FILE *file = path == NULL ? NULL : fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (file == NULL) {
		if (path != NULL && is_shortage(errno))
			d->error = errno;
		return;
	}
	errno = 0;
	while (getline(&line, &size, file) != -1) {
		line[strcspn(line, "#")] = '\0';
		add_line(d, line);
	}
	if (is_shortage(errno))
		d->error = errno;
	free(line);
	fclose(file);
}

static int
compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = strcasecmp(a->extension, b->extension);

	if (order != 0)
		return order;
	return (a->rank > b->rank) - (a->rank < b->rank);
}

/* Sorts the rows and removes all but the first of each extension. */
static void
sort_rows(struct draft *d)
{
	size_t kept = 0;

	qsort(d->rows, d->n, sizeof(*d->rows), compare_rows);
	for (size_t i = 0; i < d->n; i++)
		if (kept == 0 || strcasecmp(d->rows[kept - 1].extension,
					 d->rows[i].extension) != 0)
			d->rows[kept++] = d->rows[i];
	d->n = kept;
}

/* The draft's rows in the arena; NULL: no memory. */
static struct media_types *
keep_rows(const struct draft *d)
{
	struct media_types *types = arena_alloc(d->arena, sizeof(*types));
	struct row *rows = arena_alloc(d->arena, d->n * sizeof(*rows));

	if (types == NULL || rows == NULL)
		return NULL;
	memcpy(rows, d->rows, d->n * sizeof(*rows));
	*types = (struct media_types){ d->n, rows };
	return types;
}

struct media_types *
media_types_new(struct arena *arena, const char *path)
{
	struct draft d = { .arena = arena };
	struct media_types *types = NULL;
	bool may_fail = arena->may_fail;

	/* A file is open meanwhile: nothing may jump from here. */
	arena->may_fail = true;
	add_builtin(&d, builtin_first);
	add_file(&d, path);
	add_builtin(&d, builtin_last);
	if (d.error == 0) {
		sort_rows(&d);
		types = keep_rows(&d);
	}
	arena->may_fail = may_fail;
	free(d.rows);
	errno = d.error != 0 ? d.error : ENOMEM;
	return types;
}

const char *
media_types_find(const struct media_types *types, const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash == NULL ? name : slash + 1;
	const char *dot = strrchr(last, '.');
	size_t low = 0, high = types->n, middle;
	int order;

	/* A dot at the start, as in ".profile", begins a name and not an
	 * extension. */
	if (dot == NULL || dot == last)
		return media_types_unknown;
	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcasecmp(dot + 1, types->rows[middle].extension);
		if (order == 0)
			return types->rows[middle].type;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return media_types_unknown;
}
