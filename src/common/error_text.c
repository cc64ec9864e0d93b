/*
 * The text of an error.
 * SPDX-License-Identifier: MIT
 */
#include "common/error_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

int
error_text_set(struct error_text *why, const char *fmt, ...)
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
error_text_no_memory(struct error_text *why, const char *what)
{
	error_text_set(why, "no memory for %s", what);
	why->error = ENOMEM;
	return -1;
}

const char *
error_text_errno(int error, char *text, size_t size)
{
	struct rlimit limit;

	if (error == EMFILE && getrlimit(RLIMIT_NOFILE, &limit) == 0)
		snprintf(text, size,
			"%s: the limit is %llu; raise it (ulimit -n, "
			"LimitNOFILE)",
			strerror(error), (unsigned long long)limit.rlim_cur);
	else if (error == ENFILE)
		snprintf(text, size, "%s; raise fs.file-max (sysctl(8))",
			strerror(error));
	else
		snprintf(text, size, "%s", strerror(error));
	return text;
}
