/*
 * The directive types that hold several values.  value.c calls these functions.
 * SPDX-License-Identifier: MIT
 */
#ifndef VALUE_LIST_H
#define VALUE_LIST_H

#include <jansson.h>

#include "config/directive.h"

struct reader;

#define VALUE_LIST(name)                                                       \
	void value_read_##name(                                                \
		struct reader *, const struct directive *, json_t *, void *);  \
	json_t *value_show_##name(const struct directive *, const void *)

VALUE_LIST(strings);
VALUE_LIST(words);
VALUE_LIST(pages);
VALUE_LIST(listen);
VALUE_LIST(sites);
VALUE_LIST(routes);

/*
 * Returns the value's string if it obeys the rule of the row, or NULL after
 * reporting an error.  The value owns the string.
 */
const char *value_text(
	struct reader *, const struct directive *, const json_t *value);

#endif
