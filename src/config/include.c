/*
 * Objects are resolved from the outside to the inside, so that the path of a
 * value in the merged tree is final when it is visited.
 * SPDX-License-Identifier: MIT
 */
#include "config/include.h"

#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdbool.h>
#include <string.h>

#include "config/environment.h"
#include "config/validate.h"

#define KEY "include"

struct resolver {
	struct config_source *source;
	struct config_errors *errors;
};

/* What an "include" stands for: each file is given to take(). */
struct target {
	struct resolver *r;
	void (*take)(const struct target *, json_t *value,
		const struct source_file *);
	json_t *value; /* an object, or the elements of a list */
	struct source_path path;
};

static struct source_path
join_key(struct resolver *r, struct source_path path, const char *key)
{
	return source_path_join(r->source, path, (struct json_step){ key, 0 });
}

static struct source_path
join_index(struct resolver *r, struct source_path path, size_t i)
{
	return source_path_join(r->source, path, (struct json_step){ NULL, i });
}

static void
report_at(struct resolver *r, struct source_origin at, enum json_position_of of,
	const char *text)
{
	config_errors_add(r->errors, source_position(at, of), "%s", text);
}

/* ---- reading the files --------------------------------------------------- */

static void
take_file(const struct target *to, const char *name,
	const struct source_file *parent, struct json_position at)
{
	struct resolver *r = to->r;
	const struct source_file *f;
	json_t *value;

	f = source_include(r->source, parent, name, at, r->errors);
	if (f == NULL)
		return;
	value = source_parse_file(r->source, f, r->errors);
	if (value != NULL)
		to->take(to, value, f);
	json_decref(value);
}

static bool
has_wildcard(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

/* Returns the end of a set, "[a-z]" or "[!]x]", or NULL if it has none: it
 * stands within one name of a path then, and is text (glob(7)). */
static const char *
find_set_end(const char *set)
{
	const char *p = set + 1;

	p += *p == '!' || *p == '^';
	p += *p == ']';
	p += strcspn(p, "]/");
	return *p == ']' ? p : NULL;
}

static bool
has_open_set(const char *pattern)
{
	const char *p = pattern;

	while (p != NULL && *p != '\0')
		if (*p == '[')
			p = find_set_end(p);
		else
			p += p[0] == '\\' && p[1] != '\0' ? 2 : 1;
	return p == NULL;
}

/* An error of glob(3). */
static void
report_pattern(struct resolver *r, struct json_position at, const char *pattern,
	int result)
{
	if (result == GLOB_NOSPACE)
		config_errors_add(r->errors, at,
			"include: no memory for the files of %s", pattern);
	else if (result == GLOB_ABORTED)
		config_errors_add(r->errors, at,
			"include: %s: its directory cannot be read: %s",
			pattern, strerror(errno));
	else if (has_open_set(pattern))
		config_errors_add(r->errors, at,
			"include: %s: no file matches, and a \"[\" has no "
			"\"]\": close it",
			pattern);
	else
		config_errors_add(r->errors, at,
			"include: %s: No such file or directory; create it or "
			"correct the path",
			pattern);
}

/* Returns NULL if there is no memory. */
static const char **
copy_names(struct arena *a, const glob_t *found)
{
	const char **names;

	a->may_fail = true;
	names = arena_calloc(a, found->gl_pathc + 1, sizeof(*names));
	for (size_t i = 0; names != NULL && i < found->gl_pathc; i++) {
		names[i] = arena_strdup(a, found->gl_pathv[i]);
		if (names[i] == NULL)
			names = NULL;
	}
	a->may_fail = false;
	return names;
}

/* Returns the files of a pattern in the order of their names, NULL at the
 * end. */
static const char **
list_files(struct resolver *r, const char *pattern, struct json_position at)
{
	struct arena *a = &r->source->arena;
	glob_t found = { 0 };
	const char **names;
	int result;

	result = glob(pattern, GLOB_ERR, NULL, &found);
	if (result != 0 && !(result == GLOB_NOMATCH && has_wildcard(pattern) &&
				   !has_open_set(pattern)))
		report_pattern(r, at, pattern, result);
	if (result != 0)
		found.gl_pathc = 0;
	names = copy_names(a, &found);
	globfree(&found);
	if (names == NULL)
		longjmp(*a->failure, 1);
	return names;
}

static void
take_pattern(const struct target *to, const char *pattern,
	struct source_origin origin)
{
	struct config_source *s = to->r->source;
	struct json_position at = source_position(origin, JSON_POSITION_VALUE);
	const char **names;

	/* A variable is missing, which is an error already. */
	if (to->r->errors->count > 0 && environment_is_used(pattern))
		return;
	if (*pattern != '/')
		pattern = arena_printf(&s->arena, "%.*s%s", (int)s->dir_len,
			s->main_path, pattern)
				  .at;
	names = list_files(to->r, pattern, at);
	for (; *names != NULL; names++)
		take_file(to, *names, origin.file, at);
}

/* True for a text, without control characters, which errors would show. */
static bool
is_pattern(const char *text)
{
	return text != NULL && validate_text(text) == NULL;
}

/* The value of an "include", which was written at the origin. */
static void
take_patterns(
	const struct target *to, const json_t *value, struct source_origin at)
{
	const char wrong[] = "include: must be the name of a file, a pattern "
			     "like \"sites/*.json\" or a list of them";
	const char *text = json_string_value(value);

	if (is_pattern(text)) {
		take_pattern(to, text, at);
		return;
	}
	if (!json_is_array(value))
		report_at(to->r, at, JSON_POSITION_VALUE, wrong);
	for (size_t i = 0; i < json_array_size(value); i++) {
		struct source_origin one = { at.file,
			join_index(to->r, at.path, i) };

		text = json_string_value(json_array_get(value, i));
		if (is_pattern(text))
			take_pattern(to, text, one);
		else
			report_at(to->r, one, JSON_POSITION_VALUE, wrong);
	}
}

/* ---- objects ------------------------------------------------------------- */

/* Where an object of a file is merged into one of the tree. */
struct merge {
	json_t *into;
	struct source_path at;
	struct source_origin from;
};

static void merge_objects(
	struct resolver *, const struct merge *, json_t *from);

/* The elements follow those that are there. */
static void
join_lists(struct resolver *r, const struct merge *m, json_t *from)
{
	size_t i;
	json_t *element;

	json_array_foreach(from, i, element)
	{
		struct source_origin origin = { m->from.file,
			join_index(r, m->from.path, i) };

		source_mount(r->source,
			join_index(r, m->at, json_array_size(m->into)), origin);
		json_array_append(m->into, element);
	}
}

/* Returns "limits.body" or "sites[0].headers". */
static const char *
format_path(struct resolver *r, struct source_path path)
{
	struct arena *a = &r->source->arena;
	const char *text = "";

	for (size_t i = 0; i < path.n; i++)
		text = path.steps[i].key == NULL
			       ? arena_printf(a, "%s[%zu]", text,
					 path.steps[i].index)
					 .at
			       : arena_printf(a, "%s%s%s", text,
					 i == 0 ? "" : ".", path.steps[i].key)
					 .at;
	return text;
}

static void
report_conflict(struct resolver *r, const struct merge *m)
{
	struct json_position first = source_position(
		source_find_origin(r->source, m->at), JSON_POSITION_KEY);
	struct json_position at = source_position(m->from, JSON_POSITION_KEY);

	config_errors_add(r->errors, at, "%s: is set already, in %s:%u:%u",
		format_path(r, m->at),
		first.file == NULL ? r->source->main_path : first.file,
		first.line, first.column);
}

static void
merge_member(struct resolver *r, const struct merge *outer, const char *key,
	json_t *value)
{
	json_t *old = json_object_get(outer->into, key);
	struct merge m = { old, join_key(r, outer->at, key),
		{ outer->from.file, join_key(r, outer->from.path, key) } };

	if (old == NULL) {
		json_object_set(outer->into, key, value);
		source_mount(r->source, m.at, m.from);
	} else if (json_is_object(old) && json_is_object(value)) {
		merge_objects(r, &m, value);
	} else if (json_is_array(old) && json_is_array(value)) {
		join_lists(r, &m, value);
	} else {
		report_conflict(r, &m);
	}
}

static void
merge_objects(struct resolver *r, const struct merge *m, json_t *from)
{
	const char *key;
	json_t *value;

	/* A mount cannot tell more. */
	if (m->at.n == SOURCE_DEPTH)
		return;
	json_object_foreach(from, key, value)
	{
		merge_member(r, m, key, value);
	}
}

/* Merges a file into an object, and then what that file includes. */
static void
take_object(const struct target *to, json_t *value, const struct source_file *f)
{
	struct source_origin whole = { f, { NULL, 0 } };
	struct source_origin nested = { f, join_key(to->r, whole.path, KEY) };
	struct merge m = { to->value, to->path, whole };
	json_t *include = json_incref(json_object_get(value, KEY));

	if (!json_is_object(value)) {
		report_at(to->r, whole, JSON_POSITION_VALUE,
			"this file is included in an object and must contain "
			"an object");
		return;
	}
	json_object_del(value, KEY);
	merge_objects(to->r, &m, value);
	if (include != NULL)
		take_patterns(to, include, nested);
	json_decref(include);
}

static void resolve_member(struct resolver *, const struct directive *,
	json_t *, struct source_path);

static void
resolve_object(struct resolver *r, const struct directive_table *t,
	json_t *object, struct source_path path)
{
	struct target to = { r, take_object, object, path };
	json_t *include = json_incref(json_object_get(object, KEY));

	if (include != NULL) {
		json_object_del(object, KEY);
		take_patterns(&to, include,
			source_find_origin(r->source, join_key(r, path, KEY)));
	}
	json_decref(include);
	for (size_t i = 0; i < t->nrows; i++)
		if (t->rows[i].inner != NULL)
			resolve_member(r, &t->rows[i],
				json_object_get(object, t->rows[i].name), path);
}

/* ---- lists --------------------------------------------------------------- */

/* The value of an element that stands for other files, or NULL. */
static json_t *
find_stand_in(const json_t *element)
{
	if (json_object_size(element) != 1)
		return NULL;
	return json_object_get(element, KEY);
}

static void take_elements(
	const struct target *, json_t *, const struct source_file *);

static void
add_element(
	const struct target *to, json_t *element, struct source_origin origin)
{
	struct resolver *r = to->r;
	json_t *include = find_stand_in(element);

	if (include != NULL) {
		origin.path = join_key(r, origin.path, KEY);
		take_patterns(to, include, origin);
		return;
	}
	source_mount(r->source,
		join_index(r, to->path, json_array_size(to->value)), origin);
	json_array_append(to->value, element);
}

/* A file of a list is an element, or a list of elements. */
static void
take_elements(
	const struct target *to, json_t *value, const struct source_file *f)
{
	struct source_path path = { NULL, 0 };
	json_t *element;
	size_t i;

	if (!json_is_array(value))
		add_element(to, value, (struct source_origin){ f, path });
	json_array_foreach(value, i, element)
	{
		add_element(to, element,
			(struct source_origin){
				f, join_index(to->r, path, i) });
	}
}

static bool
has_stand_in(const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (find_stand_in(json_array_get(list, i)) != NULL)
			return true;
	return false;
}

/* The origins are found before the first of them changes. */
static void
replace_elements(struct resolver *r, json_t *list, struct source_path path)
{
	size_t n = json_array_size(list);
	struct source_origin *origins =
		arena_calloc(&r->source->arena, n, sizeof(*origins));
	struct target to = { r, take_elements, json_array(), path };

	for (size_t i = 0; i < n; i++)
		origins[i] =
			source_find_origin(r->source, join_index(r, path, i));
	for (size_t i = 0; i < n; i++)
		add_element(&to, json_array_get(list, i), origins[i]);
	json_array_clear(list);
	json_array_extend(list, to.value);
	json_decref(to.value);
}

static void
resolve_member(struct resolver *r, const struct directive *d, json_t *value,
	struct source_path path)
{
	size_t i;
	json_t *element;

	path = value == NULL ? path : join_key(r, path, d->name);
	if (json_is_object(value))
		resolve_object(r, d->inner, value, path);
	if (json_is_array(value) && has_stand_in(value))
		replace_elements(r, value, path);
	json_array_foreach(value, i, element) if (json_is_object(element))
		resolve_object(r, d->inner, element, join_index(r, path, i));
}

void
include_resolve(struct config_source *s, const struct directive_table *t,
	json_t *tree, struct config_errors *c)
{
	struct resolver r = { s, c };

	if (json_is_object(tree))
		resolve_object(&r, t, tree, (struct source_path){ NULL, 0 });
}
