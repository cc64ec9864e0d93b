/*
 * A list of objects, each a struct conf_check.
 * SPDX-License-Identifier: MIT
 */
#include "config/type_check.h"

#include "common/conf_check.h"
#include "config/read.h"
#include "config/type.h"
#include "config/type_list.h"

void
type_read_checks(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_checks *checks = at;
	size_t n = type_count_elements(r, d, value,
		"a list of objects like {\"request\": \"GET /health\"}");

	checks->all = type_read_objects(r, d, value, n, sizeof(*checks->all));
	checks->count = n;
}

json_t *
type_show_checks(const struct directive *d, const void *at)
{
	const struct conf_checks *checks = at;

	return type_show_objects(
		d, checks->all, checks->count, sizeof(*checks->all));
}
