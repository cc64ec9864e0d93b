/*
 * The directive types that hold several values.  type.c calls these functions.
 * SPDX-License-Identifier: MIT
 */
#ifndef TYPE_LIST_H
#define TYPE_LIST_H

#include <jansson.h>

#include "config/directive.h"

struct reader;

#define TYPE_LIST(name)                                                        \
	void type_read_##name(                                                 \
		struct reader *, const struct directive *, json_t *, void *);  \
	json_t *type_show_##name(const struct directive *, const void *)

TYPE_LIST(strings);
void type_read_paths(
	struct reader *, const struct directive *, json_t *, void *);
TYPE_LIST(words);
TYPE_LIST(pages);
TYPE_LIST(listen);
TYPE_LIST(sites);
TYPE_LIST(routes);

/* Returns the number of elements of the list; 0 if it is empty and may be, or
 * after an error was reported.  what: "a list of strings". */
size_t type_count_elements(struct reader *, const struct directive *,
	const json_t *value, const char *what);

/* Returns an array of n structs of so many bytes, each filled by the inner
 * table from its element of the list, and a cleared one behind them. */
void *type_read_objects(struct reader *, const struct directive *,
	const json_t *list, size_t n, size_t size);

/* Returns a list of the n structs. */
json_t *type_show_objects(
	const struct directive *, const void *all, size_t n, size_t size);

/*
 * Returns the value's string if it obeys the rule of the row, or NULL after
 * reporting an error.  The value owns the string.
 */
const char *type_text(
	struct reader *, const struct directive *, const json_t *value);

/* Returns which of the row's words the value is, or -1 after reporting an
 * error. */
int type_word(struct reader *, const struct directive *, const json_t *value);

#endif
