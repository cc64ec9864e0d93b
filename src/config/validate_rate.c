/*
 * SPDX-License-Identifier: MIT
 */
#include "config/validate_rate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf_rate.h"

enum { COUNT_MAX = 1000000, NANOSECONDS = 1000000000 };

/* Returns the number before the unit, and the seconds of the unit; 0: it is no
 * rate. */
static long
parse_rate(const char *text, int64_t *seconds)
{
	long count;
	char *end;

	if (!isdigit((unsigned char)*text) || strlen(text) > 16)
		return 0;
	count = strtol(text, &end, 10);
	if (strcmp(end, "/s") == 0)
		*seconds = 1;
	else if (strcmp(end, "/m") == 0)
		*seconds = 60;
	else if (strcmp(end, "/h") == 0)
		*seconds = 3600;
	else
		return 0;
	return count;
}

const char *
validate_rate(const char *text)
{
	int64_t seconds;
	long count = parse_rate(text, &seconds);

	if (count < 1 || count > COUNT_MAX)
		return "must be a rate like \"10/s\", \"100/m\" or \"1000/h\", "
		       "of 1 to 1000000 requests";
	return NULL;
}

void
validate_rate_finish(struct conf_rate *rate)
{
	int64_t seconds = 1;
	long count;

	if (rate->text == NULL)
		return;
	count = parse_rate(rate->text, &seconds);
	if (rate->burst == 0)
		rate->burst = count;
	rate->interval_ns = seconds * NANOSECONDS / count;
}
