/*
 * A list of objects, each a struct conf_check.
 * SPDX-License-Identifier: MIT
 */
#include "config/type_check.h"

#include "common/conf_check.h"
#include "config/read.h"
#include "config/type.h"

void
type_read_checks(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	size_t n = json_array_size(value);
	struct conf_check *all;

	if (!json_is_array(value) || n > (size_t)d->max) {
		reader_reject(r, value,
			"a list of at most 256 objects like {\"request\": "
			"\"GET "
			"/health\"}");
		return;
	}
	all = reader_alloc(r, n + 1, sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		reader_enter_index(r, i);
		reader_read(r, d->inner, json_array_get(value, i), &all[i]);
		reader_leave(r);
	}
	*(struct conf_checks *)at = (struct conf_checks){ all, n };
}

json_t *
type_show_checks(const struct directive *d, const void *at)
{
	const struct conf_checks *checks = at;
	json_t *list = json_array();

	for (size_t i = 0; i < checks->count; i++)
		json_array_append_new(
			list, type_show_table(d->inner, &checks->all[i]));
	return list;
}
