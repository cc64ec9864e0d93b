/*
 * A default is parsed by the same code as a value of the file.
 * SPDX-License-Identifier: MIT
 */
#include "config/read.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config/json_memory.h"
#include "config/type.h"

enum { SHOWN = 60 }; /* bytes of a wrong value in a message */

/* ---- current value ------------------------------------------------------- */

static void
push_step(struct reader *r, struct json_step step)
{
	assert(r->nsteps < READER_DEPTH);
	r->steps[r->nsteps++] = step;
}

void
reader_enter(struct reader *r, const char *key)
{
	push_step(r, (struct json_step){ .key = key });
}

void
reader_enter_index(struct reader *r, size_t index)
{
	push_step(r, (struct json_step){ .index = index });
}

void
reader_leave(struct reader *r)
{
	assert(r->nsteps > 0);
	r->nsteps--;
}

/* ---- errors -------------------------------------------------------------- */

/*
 * Returns the value as JSON on one line, cut to SHOWN characters.  The arena of
 * the errors owns it.
 */
static const char *
format_value(struct reader *r, const json_t *value)
{
	char *text = json_dumps(
		value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_ENSURE_ASCII);
	struct span shown;

	if (text == NULL)
		return "?";
	shown = strlen(text) <= SHOWN
			? arena_printf(&r->errors->arena, "%s", text)
			: arena_printf(
				  &r->errors->arena, "%.*s...", SHOWN, text);
	json_memory_free(text);
	return shown.at == NULL ? "?" : shown.at;
}

static bool
is_plain_key(const char *key)
{
	return *key != '\0' && strlen(key) <= SHOWN &&
	       key[strspn(key, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789_-")] == '\0';
}

static struct span
format_step(struct reader *r, const struct json_step *step, bool is_first)
{
	struct arena *a = &r->errors->arena;
	json_t *key;
	struct span s;

	if (step->key == NULL)
		return arena_printf(a, "[%zu]", step->index);
	if (is_plain_key(step->key))
		return arena_printf(a, "%s%s", is_first ? "" : ".", step->key);
	key = json_string(step->key);
	s = arena_printf(a, "[%s]", format_value(r, key));
	json_decref(key);
	return s;
}

/* Returns "sites[0].routes[1].path: ", or an empty text for the top. */
static struct span
format_path(struct reader *r)
{
	struct arena *a = &r->errors->arena;
	struct span all = SPAN(""), one;

	for (size_t i = 0; i < r->nsteps; i++) {
		one = format_step(r, &r->steps[i], i == 0);
		if (one.at != NULL)
			one = arena_printf(a, "%s%s", all.at, one.at);
		if (one.at == NULL)
			return SPAN("?: ");
		all = one;
	}
	if (r->nsteps > 0)
		all = arena_printf(a, "%s: ", all.at);
	return all.at == NULL ? SPAN("?: ") : all;
}

static struct json_position
find_position(struct reader *r, enum json_position_of what)
{
	if (r->source == NULL)
		return (struct json_position){ .file = NULL };
	return config_source_find(r->source, r->steps, r->nsteps, what);
}

struct json_position
reader_position(struct reader *r)
{
	return find_position(r, JSON_POSITION_VALUE);
}

bool
reader_has_depth(const struct reader *r)
{
	return r->nsteps < READER_DEPTH;
}

__attribute__((format(printf, 3, 0))) static void
report_error(struct reader *r, enum json_position_of what, const char *fmt,
	va_list ap)
{
	char text[512];

	if (r->errors->count >= CONFIG_ERRORS_MAX) {
		r->errors->count++;
		return;
	}
	vsnprintf(text, sizeof(text), fmt, ap);
	config_errors_add(r->errors, find_position(r, what), "%s%s",
		format_path(r).at, text);
}

void
reader_report(
	struct reader *r, enum json_position_of what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report_error(r, what, fmt, ap);
	va_end(ap);
}

void
reader_report_at(struct reader *r, const char *key, const char *fmt, ...)
{
	va_list ap;

	reader_enter(r, key);
	va_start(ap, fmt);
	report_error(r, JSON_POSITION_VALUE, fmt, ap);
	va_end(ap);
	reader_leave(r);
}

void
reader_warn(struct reader *r, const char *fmt, ...)
{
	struct json_position at = reader_position(r);
	struct conf *conf = r->conf;
	struct conf_warning *all;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	all = reader_alloc(r, conf->nwarnings + 1, sizeof(*all));
	if (conf->nwarnings > 0)
		memcpy(all, conf->warnings, conf->nwarnings * sizeof(*all));
	all[conf->nwarnings++] = (struct conf_warning){ at.line, at.column,
		arena_printf(r->arena, "%s%s", format_path(r).at, text).at,
		at.file == NULL ? NULL : reader_keep(r, at.file) };
	conf->warnings = all;
}

void
reader_reject(struct reader *r, const json_t *value, const char *what)
{
	reader_report(r, JSON_POSITION_VALUE, "must be %s; this is %s", what,
		format_value(r, value));
}

/* ---- memory and paths ---------------------------------------------------- */

void *
reader_alloc(struct reader *r, size_t count, size_t size)
{
	void *p = arena_calloc(r->arena, count, size);

	assert(p != NULL);
	return p;
}

const char *
reader_keep(struct reader *r, const char *text)
{
	return arena_strdup(r->arena, text);
}

const char *
reader_resolve(struct reader *r, const char *path)
{
	if (*path == '/')
		return reader_keep(r, path);
	return arena_printf(r->arena, "%s/%s", r->dir, path).at;
}

/* ---- objects ------------------------------------------------------------- */

bool
reader_has(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value != NULL && !json_is_null(value);
}

static void
report_unknown_key(
	struct reader *r, const struct directive_table *table, const char *key)
{
	const struct directive *inside, *guess;
	const char *answer = directive_answer(key);

	guess = directive_suggest(table, key, &inside);
	if (answer != NULL)
		reader_report(r, JSON_POSITION_KEY, "unknown key (%s)", answer);
	else if (guess == NULL && directive_find(table, "set") != NULL)
		reader_report(r, JSON_POSITION_KEY,
			"unknown key (response fields go into \"set\")");
	else if (guess == NULL)
		reader_report(r, JSON_POSITION_KEY, "unknown key");
	else if (inside != NULL)
		reader_report(r, JSON_POSITION_KEY,
			"unknown key (\"%s\" belongs in \"%s\")", guess->name,
			inside->name);
	else
		reader_report(r, JSON_POSITION_KEY,
			"unknown key (did you mean \"%s\"?)", guess->name);
}

static void
check_keys(
	struct reader *r, const struct directive_table *table, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (directive_find(table, key) != NULL)
			continue;
		reader_enter(r, key);
		report_unknown_key(r, table, key);
		reader_leave(r);
	}
}

static void
read_default(struct reader *r, const struct directive *d, void *at)
{
	json_t *value;

	if (d->preset == NULL)
		return;
	value = json_loads(d->preset, JSON_DECODE_ANY, NULL);
	assert(value != NULL);
	type_read(r, d, value, at);
	json_decref(value);
}

static void
read_row(
	struct reader *r, const struct directive *d, json_t *object, void *base)
{
	void *at = (char *)base + d->offset;
	json_t *value = json_object_get(object, d->name);
	bool has_default = d->with == NULL || reader_has(object, d->with);
	bool applies = has_default || (d->also_with != NULL &&
					      reader_has(object, d->also_with));

	reader_enter(r, d->name);
	if (value == NULL && has_default)
		read_default(r, d, at);
	else if (value != NULL && !applies)
		reader_report(r, JSON_POSITION_KEY,
			"is only valid with \"%s\"%s%s%s", d->with,
			d->also_with == NULL ? "" : " or \"",
			d->also_with == NULL ? "" : d->also_with,
			d->also_with == NULL ? "" : "\"");
	else if (value != NULL && !(json_is_null(value) && d->preset == NULL &&
					  !(d->flags & DIRECTIVE_REQUIRED)))
		type_read(r, d, value, at);
	reader_leave(r);
	if (value == NULL && (d->flags & DIRECTIVE_REQUIRED))
		reader_report(
			r, JSON_POSITION_VALUE, "\"%s\" is missing", d->name);
}

void
reader_read(struct reader *r, const struct directive_table *table,
	json_t *object, void *base)
{
	if (!json_is_object(object)) {
		reader_reject(r, object, "an object");
		return;
	}
	check_keys(r, table, object);
	for (size_t i = 0; i < table->nrows; i++)
		read_row(r, &table->rows[i], object, base);
	if (table->finish != NULL)
		table->finish(r, object, base);
}
