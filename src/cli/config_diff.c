/*
 * Walks both values and the table of their keys at once.
 * SPDX-License-Identifier: MIT
 */
#include "cli/config_diff.h"

#include <stdbool.h>
#include <string.h>

#include "config/directive.h"

enum { PATH_SIZE = 1024, NAME_SIZE = 256 };

struct diff {
	FILE *to;
	const char *name_a, *name_b;
	unsigned count;
	size_t len;
	char path[PATH_SIZE]; /* of the current value; cut if it is longer */
};

/* What is known of a value: its row, if it is a key of prong. */
typedef const struct directive row;

static void compare_values(
	struct diff *, row *, const json_t *a, const json_t *b);

/* ---- the path ------------------------------------------------------------ */

/* Returns the length before, for leave(). */
static size_t
enter_value(
	struct diff *d, const char *before, const char *name, const char *after)
{
	size_t old = d->len;
	int n = snprintf(d->path + old, sizeof(d->path) - old, "%s%s%s", before,
		name, after);

	if (n > 0)
		d->len += (size_t)n;
	if (d->len >= sizeof(d->path))
		d->len = sizeof(d->path) - 1;
	return old;
}

static void
leave_value(struct diff *d, size_t old)
{
	d->path[old] = '\0';
	d->len = old;
}

/* ---- one value ----------------------------------------------------------- */

static void
write_line(struct diff *d, char sign, const json_t *value)
{
	if (d->count++ == 0)
		fprintf(d->to, "--- %s\n+++ %s\n", d->name_a, d->name_b);
	fprintf(d->to, "%c%s: ", sign, d->path);
	json_dumpf(value, d->to, JSON_COMPACT | JSON_ENCODE_ANY);
	fputc('\n', d->to);
}

static bool
is_default(row *r, const json_t *value)
{
	json_t *preset;
	bool same;

	if (json_is_null(value) || r == NULL || r->preset == NULL)
		return json_is_null(value);
	preset = json_loads(r->preset, JSON_DECODE_ANY, NULL);
	same = json_equal(preset, value) != 0;
	json_decref(preset);
	return same;
}

/* Of something that only one has, defaults are left out. */
static void
compare_plain(struct diff *d, row *r, const json_t *a, const json_t *b)
{
	bool is_alone = a == NULL || b == NULL;

	if (json_equal(a, b))
		return;
	if (a != NULL && !(is_alone && is_default(r, a)))
		write_line(d, '-', a);
	if (b != NULL && !(is_alone && is_default(r, b)))
		write_line(d, '+', b);
}

/* ---- objects ------------------------------------------------------------- */

static void
compare_member(struct diff *d, row *outer, const char *key, const json_t *a,
	const json_t *b)
{
	row *r = outer == NULL || outer->inner == NULL
			 ? NULL
			 : directive_find(outer->inner, key);
	size_t old = enter_value(d, d->len == 0 ? "" : ".", key, "");

	compare_values(d, r, a, b);
	leave_value(d, old);
}

static void
compare_objects(struct diff *d, row *r, const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)a, key, value)
	{
		compare_member(d, r, key, value, json_object_get(b, key));
	}
	json_object_foreach((json_t *)b, key, value)
	{
		if (json_object_get(a, key) == NULL)
			compare_member(d, r, key, NULL, value);
	}
}

/* ---- lists --------------------------------------------------------------- */

/* Writes what tells the element from the others of its list. */
static void
name_element(const json_t *element, char name[NAME_SIZE])
{
	static const char *const keys[] = { "path", "address", "chain" };
	const char *text = json_string_value(element);

	for (size_t i = 0; text == NULL && i < sizeof(keys) / sizeof(*keys);
		i++)
		text = json_string_value(json_object_get(element, keys[i]));
	/* A site is known by its first host. */
	if (text == NULL)
		text = json_string_value(
			json_array_get(json_object_get(element, "hosts"), 0));
	snprintf(name, NAME_SIZE, "%s", text == NULL ? "" : text);
}

/* Returns the element of that name, or NULL. */
static const json_t *
find_element(const json_t *list, const char *name)
{
	char other[NAME_SIZE];

	for (size_t i = 0; i < json_array_size(list); i++) {
		name_element(json_array_get(list, i), other);
		if (strcmp(name, other) == 0)
			return json_array_get(list, i);
	}
	return NULL;
}

static void
compare_element(struct diff *d, row *r, const char *name, const json_t *a,
	const json_t *b)
{
	size_t old = enter_value(d, "[", name, "]");

	compare_values(d, r, a, b);
	leave_value(d, old);
}

static void
compare_lists(struct diff *d, row *r, const json_t *a, const json_t *b)
{
	char name[NAME_SIZE];

	for (size_t i = 0; i < json_array_size(a); i++) {
		name_element(json_array_get(a, i), name);
		compare_element(d, r, name, json_array_get(a, i),
			find_element(b, name));
	}
	for (size_t i = 0; i < json_array_size(b); i++) {
		name_element(json_array_get(b, i), name);
		if (find_element(a, name) == NULL)
			compare_element(d, r, name, NULL, json_array_get(b, i));
	}
}

/* ---- any value ----------------------------------------------------------- */

/* True for a list whose elements have names of their own. */
static bool
is_list_of_objects(row *r, const json_t *list)
{
	return r != NULL && r->inner != NULL && json_is_array(list);
}

static void
compare_values(struct diff *d, row *r, const json_t *a, const json_t *b)
{
	const json_t *one = a == NULL ? b : a, *other = b == NULL ? a : b;

	if (json_is_object(one) && json_is_object(other) &&
		json_object_size(one) + json_object_size(other) > 0)
		compare_objects(d, r, a, b);
	else if (is_list_of_objects(r, one) && is_list_of_objects(r, other))
		compare_lists(d, r, a, b);
	else
		compare_plain(d, r, a, b);
}

unsigned
config_diff(const json_t *a, const char *name_a, const json_t *b,
	const char *name_b, FILE *to)
{
	const struct directive file = { .name = "", .inner = &directive_file };
	struct diff d = { .to = to, .name_a = name_a, .name_b = name_b };

	compare_values(&d, &file, a, b);
	return d.count;
}
