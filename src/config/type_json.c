/*
 * SPDX-License-Identifier: MIT
 */
#include "config/type_json.h"

#include <stdlib.h>
#include <string.h>

#include "config/json_memory.h"
#include "config/read.h"

enum { PLACES = 1000 }; /* values whose position is kept */

static void add_positions(
	struct reader *, struct conf_json *, const char *path, json_t *);

static void
add_member_positions(struct reader *r, struct conf_json *conf, const char *path,
	json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		reader_enter(r, key);
		add_positions(r, conf,
			arena_printf(r->arena, "%s%s%s", path,
				path[0] == '\0' ? "" : ".", key)
				.at,
			value);
		reader_leave(r);
	}
}

static void
add_element_positions(struct reader *r, struct conf_json *conf,
	const char *path, json_t *array)
{
	size_t i;
	json_t *value;

	json_array_foreach(array, i, value)
	{
		reader_enter_index(r, i);
		add_positions(r, conf,
			arena_printf(r->arena, "%s[%zu]", path, i).at, value);
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

/*
 * Records the position of a value and of all values in it, which jansson does
 * not keep.
 */
static void
add_positions(struct reader *r, struct conf_json *conf, const char *path,
	json_t *value)
{
	struct json_position at = reader_position(r);

	if (conf->nplaces == PLACES || !reader_has_depth(r))
		return;
	conf->places[conf->nplaces++] = (struct conf_place){ path, at.line,
		at.column, keep_file_name(r, conf, at.file) };
	if (json_is_object(value))
		add_member_positions(r, conf, path, value);
	else
		add_element_positions(r, conf, path, value);
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
	if (r->source == NULL)
		return;
	conf->places = reader_alloc(r, PLACES, sizeof(*conf->places));
	conf->nplaces = 0;
	add_positions(r, conf, "", value);
}

json_t *
type_show_json(const struct directive *d, const void *at)
{
	const struct conf_json *conf = at;

	(void)d;
	return json_loads(conf->text, 0, NULL);
}
