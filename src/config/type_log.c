/*
 * SPDX-License-Identifier: MIT
 */
#include "config/type_log.h"

#include "config/read.h"
#include "config/type.h"
#include "config/type_list.h"

/* ---- access logs --------------------------------------------------------- */

static void
read_list(struct reader *r, const struct directive *d, json_t *list,
	struct conf_access_logs *logs)
{
	size_t n = json_array_size(list);

	if (n < (size_t)d->min || n > (size_t)d->max) {
		reader_report(r, JSON_POSITION_VALUE,
			"must have %d to %d elements; this has %zu",
			(int)d->min, (int)d->max, n);
		n = 0;
	}
	logs->all = type_read_objects(r, d, list, n, sizeof(*logs->all));
	logs->count = n;
}

void
type_read_access_logs(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	struct conf_access_logs *logs = at;

	if (json_is_array(value)) {
		read_list(r, d, value, logs);
	} else if (json_is_object(value)) {
		logs->all = reader_alloc(r, 1, sizeof(*logs->all));
		logs->count = 1;
		reader_read(r, d->inner, value, logs->all);
	} else {
		reader_reject(r, value, "an object, or a list of objects");
	}
}

json_t *
type_show_access_logs(const struct directive *d, const void *at)
{
	const struct conf_access_logs *logs = at;

	if (logs->all == NULL)
		return json_null();
	if (logs->count == 1)
		return type_show_table(d->inner, logs->all);
	return type_show_objects(d, logs->all, logs->count, sizeof(*logs->all));
}

/* ---- shares -------------------------------------------------------------- */

void
type_read_share(
	struct reader *r, const struct directive *d, json_t *value, void *at)
{
	double share = json_number_value(value);

	(void)d;
	if (json_is_number(value) && share >= 0 && share <= 1)
		*(double *)at = share;
	else
		reader_reject(r, value, "a number from 0 to 1");
}

json_t *
type_show_share(const struct directive *d, const void *at)
{
	double share = *(const double *)at;

	(void)d;
	return share == 0 ? json_integer(0) : json_real(share);
}
