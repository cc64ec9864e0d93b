/*
 * SPDX-License-Identifier: MIT
 */
#include "config/type_json.h"

#include <stdlib.h>
#include <string.h>

#include "config/json_memory.h"
#include "config/read.h"

enum { PLACES = 1000 }; /* values whose position is kept */

/* A walk through all values of the object. */
struct walk {
	struct reader *reader;
	struct conf_json *conf;
	struct source_spot spot; /* of the object */
	bool has_spot;
	size_t depth; /* of the object */
};

static void add_positions(struct walk *, const char *path, json_t *);

static void
add_member_positions(struct walk *w, const char *path, json_t *object)
{
	struct reader *r = w->reader;
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		reader_enter(r, key);
		add_positions(w,
			arena_printf(r->arena, "%s%s%s", path,
				path[0] == '\0' ? "" : ".", key)
				.at,
			value);
		reader_leave(r);
	}
}

static void
add_element_positions(struct walk *w, const char *path, json_t *array)
{
	struct reader *r = w->reader;
	size_t i;
	json_t *value;

	json_array_foreach(array, i, value)
	{
		reader_enter_index(r, i);
		add_positions(w, arena_printf(r->arena, "%s[%zu]", path, i).at,
			value);
		reader_leave(r);
	}
}

/* Neighbours are mostly of one file, whose name is kept once. */
static const char *
keep_file_name(struct reader *r, const struct conf_json *conf, const char *name)
{
	const char *last = conf->nplaces == 0
				   ? NULL
				   : conf->places[conf->nplaces - 1].file;

	if (name == NULL || (last != NULL && strcmp(name, last) == 0))
		return name == NULL ? NULL : last;
	return reader_keep(r, name);
}

static struct json_position
find_position(const struct walk *w)
{
	const struct reader *r = w->reader;

	if (!w->has_spot)
		return reader_position(w->reader);
	return source_spot_find(
		&w->spot, r->steps + w->depth, r->nsteps - w->depth);
}

/*
 * Records the position of a value and of all values in it, which jansson does
 * not keep.
 */
static void
add_positions(struct walk *w, const char *path, json_t *value)
{
	struct json_position at = find_position(w);
	struct conf_json *conf = w->conf;

	if (conf->nplaces == PLACES || !reader_has_depth(w->reader))
		return;
	conf->places[conf->nplaces++] = (struct conf_place){ path, at.line,
		at.column, keep_file_name(w->reader, conf, at.file) };
	if (json_is_object(value))
		add_member_positions(w, path, value);
	else
		add_element_positions(w, path, value);
}

/* Returns the number of values in it and itself, or PLACES if that is less. */
static size_t
count_values(json_t *value)
{
	const char *key;
	json_t *inner;
	size_t i, n = 1;

	json_object_foreach(value, key, inner) n +=
		n < PLACES ? count_values(inner) : 0;
	json_array_foreach(value, i, inner) n +=
		n < PLACES ? count_values(inner) : 0;
	return n < PLACES ? n : PLACES;
}

/* The rest of the text is read once for each value of the object, that before
 * it once in all. */
static void
record_positions(struct reader *r, struct conf_json *conf, json_t *value)
{
	struct walk w = { .reader = r, .conf = conf, .depth = r->nsteps };

	w.has_spot = config_source_find_spot(
		r->source, r->steps, r->nsteps, &w.spot);
	conf->places =
		reader_alloc(r, count_values(value), sizeof(*conf->places));
	conf->nplaces = 0;
	add_positions(&w, "", value);
}

void
type_read_json(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_json *conf = at;
	char *text;

	(void)d;
	if (!json_is_object(value)) {
		reader_reject(r, value, "an object");
		return;
	}
	text = json_dumps(value, JSON_COMPACT);
	if (text == NULL) {
		reader_report(r, JSON_POSITION_VALUE,
			"brackets are nested too deeply");
		return;
	}
	conf->text = reader_keep(r, text);
	json_memory_free(text);
	if (r->source != NULL)
		record_positions(r, conf, value);
}

json_t *
type_show_json(const struct directive *d, const void *at)
{
	const struct conf_json *conf = at;

	(void)d;
	return json_loads(conf->text, 0, NULL);
}
