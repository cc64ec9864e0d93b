/*
 * /proc/PID/cmdline shows the memory from argv[0] on.  The environment follows
 * it; a title that runs over the end of the last argument is shown up to its
 * terminator (proc(5)).
 * SPDX-License-Identifier: MIT
 */
#include "common/proctitle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <unistd.h>

#include "common/mem.h"

/* Extends the area by the strings that directly follow it in memory. */
static void
extend_area(struct proctitle *t, char **strings)
{
	for (; *strings != NULL; strings++)
		if (*strings == t->area + t->size)
			t->size += strlen(*strings) + 1;
}

static void
copy_strings(char **strings)
{
	for (; *strings != NULL; strings++)
		*strings = mem_strdup(*strings);
}

/*
 * Copies the list as well as the strings, since setenv(3) may replace it; all
 * into one block, so that what unsetenv(3) drops is not leaked.
 */
static void
copy_environ(struct proctitle *t)
{
	size_t n, size = 0;
	char **list, *at;

	for (n = 0; environ[n] != NULL; n++)
		size += strlen(environ[n]) + 1;
	list = mem_alloc((n + 1) * sizeof(*list) + size);
	at = (char *)(list + n + 1);
	for (size_t i = 0; i < n; i++) {
		list[i] = at;
		at = stpcpy(at, environ[i]) + 1;
	}
	list[n] = NULL;
	environ = t->environment = list;
}

void
proctitle_init(struct proctitle *t, int argc, char **argv)
{
	*t = (struct proctitle){ .size = 0 };
#ifdef __linux__
	prctl(PR_SET_NAME, "prong");
#endif
	if (argc == 0)
		return;
	t->area = argv[0];
	extend_area(t, argv);
	extend_area(t, environ);
	copy_strings(argv);
	copy_environ(t);
}

void
proctitle_set(struct proctitle *t, const char *fmt, ...)
{
	va_list ap;
	size_t used;

	if (t->size == 0)
		return;
	va_start(ap, fmt);
	vsnprintf(t->area, t->size, fmt, ap);
	va_end(ap);
	used = strlen(t->area);
	memset(t->area + used, '\0', t->size - used);
}
