/*
 * The first byte says which field the rest is.  A strong match is a weak one
 * too, and a date that is read is one that can be written.
 * SPDX-License-Identifier: MIT
 */
#include "http/conditional.h"

#include <assert.h>
#include <stdint.h>

#include "http/date.h"

enum { NOW = 1795406460 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_date(struct span text)
{
	time_t when = date_parse(text, NOW);
	char again[DATE_LEN];

	if (when == -1)
		return;
	date_format(when, again);
	/* A leap second at the very end of year 9999 is clipped by one. */
	assert(when - date_parse((struct span){ again, DATE_LEN }, NOW) <= 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct validators v = { SPAN("\"a\""), 784111777 };
	struct preconditions p = { .if_match = { NULL, 0 } };
	struct span *fields[] = { &p.if_match, &p.if_none_match,
		&p.if_modified_since, &p.if_unmodified_since, &p.if_range };
	struct span text;
	int status;

	if (size == 0)
		return 0;
	text = (struct span){ (const char *)data + 1, size - 1 };
	*fields[data[0] % 5] = text;
	status = conditional_check(&p, &v, NOW);
	assert(status == 0 || status == 304 || status == 412);
	conditional_range_holds(&p, &v, NOW);
	if (conditional_etag_in(text, v.etag, true))
		assert(conditional_etag_in(text, v.etag, false));
	check_date(text);
	return 0;
}
