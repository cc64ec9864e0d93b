/*
 * A scanner that knows strings, comments and braces.  A text that is not JSON
 * may lack a brace or a quotation mark: no string spans lines, and where the
 * braces do not match, a key of any depth is taken.
 * SPDX-License-Identifier: MIT
 */
#include "config/places.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "config/environment.h"
#include "config/json_memory.h"
#include "config/source.h"
#include "config/text.h"

enum { KEYS = 2 };

static const char *const keys[KEYS] = { "control", "pid_file" };

struct scan {
	const char *at, *end;
	int depth;
	bool is_unbalanced;
	struct {
		char *value; /* heap */
		int depth;
	} found[KEYS];
};

/* ---- the scanner --------------------------------------------------------- */

static void
skip_blanks(struct scan *s)
{
	const char *close;

	while (s->at < s->end) {
		if (strchr(" \t\r\n", *s->at) != NULL && *s->at != '\0') {
			s->at++;
		} else if (s->end - s->at >= 2 && memcmp(s->at, "//", 2) == 0) {
			close = memchr(s->at, '\n', (size_t)(s->end - s->at));
			s->at = close == NULL ? s->end : close;
		} else if (s->end - s->at >= 2 && memcmp(s->at, "/*", 2) == 0) {
			close = memmem(
				s->at, (size_t)(s->end - s->at), "*/", 2);
			s->at = close == NULL ? s->end : close + 2;
		} else {
			return;
		}
	}
}

/* Returns the text of the string at s->at, which the caller frees, or NULL. */
static char *
take_string(struct scan *s)
{
	const char *begin = s->at++;
	json_t *value;
	char *text = NULL;

	while (s->at < s->end && *s->at != '"' && *s->at != '\n')
		s->at += *s->at == '\\' && s->end - s->at > 1 ? 2 : 1;
	if (s->at >= s->end || *s->at != '"')
		return NULL;
	s->at++;
	value = json_loadb(
		begin, (size_t)(s->at - begin), JSON_DECODE_ANY, NULL);
	if (value != NULL)
		text = strdup(json_string_value(value));
	json_decref(value);
	return text;
}

static void
keep_value(struct scan *s, int key, char *value)
{
	if (s->found[key].value != NULL && s->found[key].depth <= s->depth) {
		free(value);
		return;
	}
	free(s->found[key].value);
	s->found[key].value = value;
	s->found[key].depth = s->depth;
}

/* After a string: is it one of the keys, with a string for its value? */
static void
take_value(struct scan *s, const char *key)
{
	char *value;

	skip_blanks(s);
	if (s->at >= s->end || *s->at != ':')
		return;
	s->at++;
	skip_blanks(s);
	if (s->at >= s->end || *s->at != '"')
		return;
	for (int i = 0; i < KEYS; i++) {
		if (strcmp(key, keys[i]) != 0)
			continue;
		value = take_string(s);
		if (value != NULL)
			keep_value(s, i, value);
		return;
	}
}

static void
take_token(struct scan *s)
{
	char *key;

	if (*s->at == '"') {
		key = take_string(s);
		if (key != NULL)
			take_value(s, key);
		free(key);
		return;
	}
	if (*s->at == '{' || *s->at == '[')
		s->depth++;
	if (*s->at == '}' || *s->at == ']')
		s->depth--;
	s->is_unbalanced |= s->depth < 0;
	s->at++;
}

/* ---- the file ------------------------------------------------------------ */

static const char *
resolve_path(struct arena *a, const char *dir, const char *path)
{
	char why[256];
	bool is_whole;

	if (path != NULL && environment_is_used(path))
		path = environment_expand(a, path, &is_whole, why, sizeof(why));
	if (path == NULL || *path == '\0')
		return NULL;
	if (*path == '/')
		return arena_strdup(a, path);
	return arena_printf(a, "%s/%s", dir, path).at;
}

static bool
is_json(const char *bytes, size_t len)
{
	struct config_text text;
	struct config_errors unused;
	json_t *value = NULL;
	bool is_object;

	config_errors_init(&unused);
	if (config_text_init(&text, bytes, len, NULL, &unused) == 0) {
		value = config_text_parse(&text, &unused);
		config_text_fini(&text);
	}
	config_errors_fini(&unused);
	is_object = json_is_object(value);
	json_decref(value);
	return is_object;
}

void
config_places_parse(
	struct config_places *p, const char *dir, const char *text, size_t len)
{
	struct scan s = { .at = text, .end = text + len };
	const char **const places[KEYS] = { &p->control, &p->pid_file };

	arena_init(&p->arena, 1024, 0);
	p->control = p->pid_file = NULL;
	p->is_json = is_json(text, len);
	for (skip_blanks(&s); s.at < s.end; skip_blanks(&s))
		take_token(&s);
	s.is_unbalanced |= s.depth != 0;
	for (int i = 0; i < KEYS; i++) {
		if (s.is_unbalanced || s.found[i].depth == 1)
			*places[i] =
				resolve_path(&p->arena, dir, s.found[i].value);
		free(s.found[i].value);
	}
}

/* ---- included files ------------------------------------------------------ */

static const char *
find_string(struct arena *a, const char *dir, json_t *tree, const char *key)
{
	return resolve_path(
		a, dir, json_string_value(json_object_get(tree, key)));
}

/* Takes what the main file does not say from the files that it includes, if
 * these have no errors. */
static void
read_included(struct config_places *p, const char *dir, const char *file)
{
	struct config_source source;
	struct config_errors unused;
	struct json_memory memory;
	json_t *tree;

	config_errors_init(&unused);
	json_memory_enter(&memory);
	if (config_source_open(&source, file, &unused) == 0 &&
		setjmp(memory.failure) == 0) {
		tree = config_source_parse(&source, &memory.failure, &unused);
		if (p->control == NULL)
			p->control =
				find_string(&p->arena, dir, tree, "control");
		if (p->pid_file == NULL)
			p->pid_file =
				find_string(&p->arena, dir, tree, "pid_file");
	}
	json_memory_leave(&memory);
	config_source_fini(&source);
	config_errors_fini(&unused);
}

static ssize_t
read_file(const char *file, char *bytes, size_t size)
{
	int fd = strcmp(file, "-") == 0
			 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
			 : open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int error;
	size_t used = 0;
	ssize_t n = fd == -1 ? -1 : 1;

	while (n > 0 && used < size) {
		n = pread(fd, bytes + used, size - used, (off_t)used);
		used += n > 0 ? (size_t)n : 0;
	}
	error = errno;
	if (fd != -1)
		close(fd);
	errno = error;
	return n == -1 ? -1 : (ssize_t)used;
}

/* The directory may have gone as well: then relative paths lead nowhere. */
static char *
find_dir(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *dir, *real;

	dir = slash == NULL   ? strdup(".")
	      : slash == file ? strdup("/")
			      : strndup(file, (size_t)(slash - file));
	assert(dir != NULL);
	real = realpath(dir, NULL);
	if (real == NULL)
		return dir;
	free(dir);
	return real;
}

int
config_places_read(struct config_places *p, const char *file)
{
	char *bytes = mem_alloc(CONFIG_TEXT_MAX), *dir;
	ssize_t len;
	int error;

	len = read_file(file, bytes, CONFIG_TEXT_MAX);
	error = errno;
	dir = find_dir(file);
	config_places_parse(p, dir, bytes, len > 0 ? (size_t)len : 0);
	/* It may hang where the included files are: only where it must. */
	if (len > 0 && p->control == NULL &&
		memmem(bytes, (size_t)len, "\"include\"", 9) != NULL)
		read_included(p, dir, file);
	free(dir);
	free(bytes);
	errno = error;
	return len == -1 ? -1 : 0;
}

void
config_places_fini(struct config_places *p)
{
	arena_fini(&p->arena);
}
