/*
 * Replaces the variables in the strings of a file.
 * SPDX-License-Identifier: MIT
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/environment.h"
#include "config/source.h"

/* A file whose variables are being replaced. */
struct expansion {
	struct config_source *source;
	const struct source_file *file;
	struct config_errors *errors;
	struct json_step steps[SOURCE_DEPTH];
	size_t n;
};

static void
report_variable(const struct expansion *e, const char *why)
{
	struct source_origin at = { e->file, { e->steps, e->n } };
	const char *key = NULL;

	for (size_t i = 0; i < e->n; i++)
		if (e->steps[i].key != NULL)
			key = e->steps[i].key;
	config_errors_add(e->errors, source_position(at, JSON_POSITION_VALUE),
		"%s%s%s", key == NULL ? "" : key, key == NULL ? "" : ": ", why);
}

/* Remembers a string that may stand for a number. */
static void
mark_expanded(struct config_source *s, json_t *value)
{
	bool is_full = (s->nexpanded & (s->nexpanded - 1)) == 0;
	json_t **all;

	if (is_full) {
		all = arena_calloc(&s->arena,
			s->nexpanded == 0 ? 1 : 2 * s->nexpanded, sizeof(*all));
		if (s->nexpanded > 0)
			memcpy(all, s->expanded, s->nexpanded * sizeof(*all));
		s->expanded = all;
	}
	s->expanded[s->nexpanded++] = value;
}

/* Returns the value in place of the string, or NULL where that stays. */
static json_t *
expand_string(struct expansion *e, const char *text)
{
	struct config_source *s = e->source;
	const char *expanded;
	char why[512];
	bool is_whole;
	json_t *value;

	if (!environment_is_used(text))
		return NULL;
	expanded = environment_expand(
		&s->arena, text, &is_whole, why, sizeof(why));
	if (expanded == NULL) {
		report_variable(e, why);
		return NULL;
	}
	s->size += strlen(expanded);
	if (s->size > SOURCE_BYTES_MAX) {
		report_variable(e, "the variables make more than 64 MiB");
		return NULL;
	}
	value = json_string(expanded);
	if (is_whole)
		mark_expanded(s, value);
	return value;
}

static json_t *expand_value(struct expansion *, json_t *);

/* Replaces the variables in a member or an element; deeper ones than any key
 * of prong is are left alone. */
static json_t *
expand_step(struct expansion *e, struct json_step step, json_t *value)
{
	json_t *other;

	if (e->n == SOURCE_DEPTH)
		return NULL;
	e->steps[e->n++] = step;
	other = expand_value(e, value);
	e->n--;
	return other;
}

static json_t *
expand_value(struct expansion *e, json_t *value)
{
	const char *key;
	json_t *inner, *other;
	size_t i;

	if (json_is_string(value))
		return expand_string(e, json_string_value(value));
	json_object_foreach(value, key, inner)
	{
		other = expand_step(e, (struct json_step){ .key = key }, inner);
		if (other != NULL)
			json_object_set_new(value, key, other);
	}
	json_array_foreach(value, i, inner)
	{
		other = expand_step(e, (struct json_step){ .index = i }, inner);
		if (other != NULL)
			json_array_set_new(value, i, other);
	}
	return NULL;
}

json_t *
source_expand(struct config_source *s, const struct source_file *f,
	json_t *value, struct config_errors *c)
{
	struct expansion e = { .source = s, .file = f, .errors = c };
	json_t *other = expand_value(&e, value);

	if (other == NULL)
		return value;
	json_decref(value);
	return other;
}

/* ---- which were variables ------------------------------------------------ */

static int
compare_pointers(const void *left, const void *right)
{
	uintptr_t a = (uintptr_t) * (json_t *const *)left;
	uintptr_t b = (uintptr_t) * (json_t *const *)right;

	return (a > b) - (a < b);
}

bool
config_source_is_expanded(const struct config_source *s, const json_t *value)
{
	return s != NULL && s->nexpanded > 0 &&
	       bsearch(&value, s->expanded, s->nexpanded, sizeof(value),
		       compare_pointers) != NULL;
}

void
source_sort_expanded(struct config_source *s)
{
	if (s->nexpanded > 0)
		qsort(s->expanded, s->nexpanded, sizeof(*s->expanded),
			compare_pointers);
}
