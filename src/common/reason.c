/*
 * The text of an error.
 * SPDX-License-Identifier: MIT
 */
#include "common/reason.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int
reason_set(struct reason *why, const char *fmt, ...)
{
	int error = errno;
	va_list args;

	va_start(args, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, args);
	va_end(args);
	why->error = 0;
	errno = error;
	return -1;
}

int
reason_no_memory(struct reason *why, const char *what)
{
	reason_set(why, "no memory for %s", what);
	why->error = ENOMEM;
	return -1;
}
