/*
 * An empty object declares that nothing is needed; none declares nothing.
 * SPDX-License-Identifier: MIT
 */
#include "config/type_sandbox.h"

#include "common/conf.h"
#include "config/read.h"
#include "config/type.h"

void
type_read_sandbox(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_sandbox *sandbox;

	if (json_is_null(value))
		return;
	sandbox = reader_alloc(r, 1, sizeof(*sandbox));
	reader_read(r, d->inner, value, sandbox);
	*(const struct conf_sandbox **)at = sandbox;
}

json_t *
type_show_sandbox(const struct directive *d, const void *at)
{
	const struct conf_sandbox *sandbox =
		*(const struct conf_sandbox *const *)at;

	return sandbox == NULL ? json_null()
			       : type_show_table(d->inner, sandbox);
}
