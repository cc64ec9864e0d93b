/*
 * A path of the merged tree belongs to the file of the mount with the longest
 * path that leads there; without one, to the main file.
 * SPDX-License-Identifier: MIT
 */
#include "config/source.h"

#include <assert.h>
#include <string.h>
#include <sys/stat.h>

#include "config/directive.h"
#include "config/include.h"
#include "config/json_memory.h"

enum {
	ARENA_BLOCK = 4096,
	FILES_MAX = 10000,
	NESTED_MAX = 16, /* files that include each other */
};

/* ---- the main file ------------------------------------------------------- */

static void
init_source(struct config_source *s, const char *file)
{
	const char *slash = strrchr(file, '/');

	*s = (struct config_source){ .last = &s->main, .nfiles = 1 };
	arena_init(&s->arena, ARENA_BLOCK, 0);
	s->main_path = file;
	s->dir_len = slash == NULL ? 0 : (size_t)(slash - file) + 1;
	if (strcmp(file, "-") == 0)
		s->main.name = "<stdin>";
}

/* A file is known by them when another name leads to it. */
static void
identify_file(struct source_file *f, const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return;
	f->device = st.st_dev;
	f->inode = st.st_ino;
}

int
config_source_open(
	struct config_source *s, const char *file, struct config_errors *c)
{
	init_source(s, file);
	identify_file(&s->main, file);
	return config_text_open(&s->main.text, file, s->main.name, c);
}

int
config_source_init(struct config_source *s, const char *file, const char *bytes,
	size_t len, struct config_errors *c)
{
	init_source(s, file);
	return config_text_init(&s->main.text, bytes, len, NULL, c);
}

void
config_source_fini(struct config_source *s)
{
	for (struct source_file *f = &s->main; f != NULL; f = f->next)
		config_text_fini(&f->text);
	s->main.next = NULL;
	s->mounts = NULL;
	s->nexpanded = 0;
	s->arena.failure = NULL;
	arena_fini(&s->arena);
}

/* ---- the tree ------------------------------------------------------------ */

json_t *
source_parse_file(struct config_source *s, const struct source_file *f,
	struct config_errors *c)
{
	json_t *value = config_text_parse(&f->text, c);

	return value == NULL ? NULL : source_expand(s, f, value, c);
}

json_t *
config_source_parse(
	struct config_source *s, jmp_buf *failure, struct config_errors *c)
{
	json_t *tree;

	s->arena.failure = failure;
	s->size = s->main.text.len;
	tree = source_parse_file(s, &s->main, c);
	if (tree != NULL)
		include_resolve(s, &directive_file, tree, c);
	source_sort_expanded(s);
	s->arena.failure = NULL;
	return tree;
}

/* ---- included files ------------------------------------------------------ */

/* Describes the files from the one that is included down to where it is already
 * being read. */
static const char *
describe_cycle(struct config_source *s, const struct source_file *parent,
	const struct source_file *end, const char *name)
{
	const char *text = name;

	for (const struct source_file *f = parent;; f = f->parent) {
		text = arena_printf(&s->arena, "%s, which %s includes", text,
			f->name == NULL ? s->main_path : f->name)
			       .at;
		if (f == end)
			return text;
	}
}

/* Returns false after adding an error. */
static bool
check_parents(struct config_source *s, const struct source_file *f,
	struct json_position at, struct config_errors *c)
{
	unsigned depth = 0;

	for (const struct source_file *p = f->parent; p != NULL;
		p = p->parent) {
		if (p->inode == f->inode && p->device == f->device &&
			f->inode != 0) {
			config_errors_add(c, at,
				"include: a cycle: %s: leave out one of them",
				describe_cycle(s, f->parent, p, f->name));
			return false;
		}
		if (++depth > NESTED_MAX) {
			config_errors_add(c, at,
				"include: %s: more than %d files include each "
				"other",
				f->name, NESTED_MAX);
			return false;
		}
	}
	return true;
}

static bool
is_too_much(const struct config_source *s, const struct source_file *f,
	struct json_position at, struct config_errors *c)
{
	if (s->nfiles <= FILES_MAX && s->size <= SOURCE_BYTES_MAX)
		return false;
	config_errors_add(c, at,
		"include: %s: at most %d files with 64 MiB are read", f->name,
		FILES_MAX);
	return true;
}

struct source_file *
source_include(struct config_source *s, const struct source_file *parent,
	const char *name, struct json_position at, struct config_errors *c)
{
	struct source_file *f = arena_calloc(&s->arena, 1, sizeof(*f));

	f->name = arena_strdup(&s->arena, name);
	f->parent = parent;
	identify_file(f, f->name);
	s->nfiles++;
	if (is_too_much(s, f, at, c) || !check_parents(s, f, at, c))
		return NULL;
	s->last->next = f;
	s->last = f;
	if (config_text_include(&f->text, f->name, at, c) == -1)
		return NULL;
	s->size += f->text.len;
	return f;
}

/* ---- positions ----------------------------------------------------------- */

struct source_path
source_path_join(
	struct config_source *s, struct source_path path, struct json_step step)
{
	struct json_step *steps =
		arena_calloc(&s->arena, path.n + 1, sizeof(*steps));

	if (path.n > 0)
		memcpy(steps, path.steps, path.n * sizeof(*steps));
	if (step.key != NULL)
		step.key = arena_strdup(&s->arena, step.key);
	steps[path.n] = step;
	return (struct source_path){ steps, path.n + 1 };
}

/* Compares from the end, where paths differ. */
static bool
leads_through(const struct source_path *mount, const struct json_step *steps,
	size_t n)
{
	if (mount->n > n)
		return false;
	for (size_t i = mount->n; i-- > 0;) {
		const struct json_step *a = &mount->steps[i], *b = &steps[i];

		if ((a->key == NULL) != (b->key == NULL) ||
			a->index != b->index ||
			(a->key != NULL && strcmp(a->key, b->key) != 0))
			return false;
	}
	return true;
}

/* Returns the mount that the value belongs to, or NULL. */
static const struct source_mount *
find_mount(
	const struct config_source *s, const struct json_step *steps, size_t n)
{
	const struct source_mount *best = NULL;

	for (const struct source_mount *m = s->mounts; m != NULL; m = m->next)
		if ((best == NULL || m->at.n > best->at.n) &&
			leads_through(&m->at, steps, n))
			best = m;
	return best;
}

/* Writes the path in the file of the mount.  Returns its length. */
static size_t
translate_path(const struct source_mount *m, const struct json_step *steps,
	size_t n, struct json_step to[SOURCE_DEPTH])
{
	size_t start = m == NULL ? 0 : m->origin.path.n, len = start;

	if (start > 0)
		memcpy(to, m->origin.path.steps, start * sizeof(*to));
	for (size_t i = m == NULL ? 0 : m->at.n; i < n && len < SOURCE_DEPTH;
		i++)
		to[len++] = steps[i];
	return len;
}

struct source_origin
source_find_origin(struct config_source *s, struct source_path path)
{
	const struct source_mount *m = find_mount(s, path.steps, path.n);
	struct json_step *to =
		arena_calloc(&s->arena, SOURCE_DEPTH, sizeof(*to));
	size_t n = translate_path(m, path.steps, path.n, to);

	return (struct source_origin){ m == NULL ? &s->main : m->origin.file,
		{ to, n } };
}

void
source_mount(struct config_source *s, struct source_path at,
	struct source_origin origin)
{
	struct source_mount *m = arena_calloc(&s->arena, 1, sizeof(*m));

	*m = (struct source_mount){ at, origin, s->mounts };
	s->mounts = m;
}

struct json_position
source_position(struct source_origin at, enum json_position_of what)
{
	const struct config_text *t = &at.file->text;
	struct json_position p;
	size_t offset;

	if (t->len == 0)
		return (struct json_position){ .file = at.file->name };
	offset = json_position_offset(
		t->plain, t->len, at.path.steps, at.path.n, what);
	p = json_position_find(t->bytes, t->len, offset);
	p.file = at.file->name;
	return p;
}

struct json_position
config_source_find(const struct config_source *s, const struct json_step *steps,
	size_t n, enum json_position_of what)
{
	struct json_step to[SOURCE_DEPTH];
	const struct source_mount *m = find_mount(s, steps, n);
	struct source_origin origin = {
		m == NULL ? &s->main : m->origin.file,
		{ to, translate_path(m, steps, n, to) },
	};

	return source_position(origin, what);
}

/* True if a value below the one that the steps lead to was moved there. */
static bool
has_mount_below(
	const struct config_source *s, const struct json_step *steps, size_t n)
{
	struct source_path path = { steps, n };

	for (const struct source_mount *m = s->mounts; m != NULL; m = m->next)
		if (m->at.n > n && leads_through(&path, m->at.steps, m->at.n))
			return true;
	return false;
}

bool
config_source_find_spot(const struct config_source *s,
	const struct json_step *steps, size_t n, struct source_spot *spot)
{
	struct json_step to[SOURCE_DEPTH];
	const struct source_mount *m = find_mount(s, steps, n);
	const struct config_text *t;

	if (has_mount_below(s, steps, n))
		return false;
	spot->file = m == NULL ? &s->main : m->origin.file;
	t = &spot->file->text;
	spot->offset = json_position_offset(t->plain, t->len, to,
		translate_path(m, steps, n, to), JSON_POSITION_VALUE);
	spot->at = json_position_find(t->bytes, t->len, spot->offset);
	return true;
}

struct json_position
source_spot_find(
	const struct source_spot *spot, const struct json_step *steps, size_t n)
{
	const struct config_text *t = &spot->file->text;
	size_t len = t->len - spot->offset, offset;
	struct json_position p;

	offset = json_position_offset(
		t->plain + spot->offset, len, steps, n, JSON_POSITION_VALUE);
	p = json_position_find(t->bytes + spot->offset, len, offset);
	if (p.line == 1)
		p.column += spot->at.column - 1;
	p.line += spot->at.line - 1;
	p.file = spot->file->name;
	return p;
}

void
config_source_reopen(struct config_source *s, const char *file)
{
	struct config_errors unused;
	struct json_memory memory;

	*s = (struct config_source){ .last = &s->main };
	if (file == NULL)
		return;
	config_errors_init(&unused);
	json_memory_enter(&memory);
	if (config_source_open(s, file, &unused) == 0 &&
		setjmp(memory.failure) == 0)
		config_source_parse(s, &memory.failure, &unused);
	json_memory_leave(&memory);
	if (unused.count > 0) {
		config_source_fini(s);
		*s = (struct config_source){ .last = &s->main };
	}
	config_errors_fini(&unused);
}
