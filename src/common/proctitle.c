/*
 * /proc/PID/cmdline is the memory from argv[0] on.  The environment follows
 * it; a title that runs over the last argument's end is shown up to its
 * terminator (proc(5)).
 * SPDX-License-Identifier: MIT
 */
#include "config.h"

#include "common/proctitle.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <unistd.h>

/* Adds the strings that lie behind the area without a gap. */
static void
extend(struct proctitle *t, char **strings)
{
	for (; *strings != NULL; strings++)
		if (*strings == t->area + t->size)
			t->size += strlen(*strings) + 1;
}

static void
move_strings(char **strings)
{
	for (; *strings != NULL; strings++) {
		*strings = strdup(*strings);
		assert(*strings != NULL);
	}
}

/* setenv(3) may replace the list, so it is moved as well. */
static void
move_environ(struct proctitle *t)
{
	size_t n = 0;
	char **list;

	while (environ[n] != NULL)
		n++;
	list = malloc((n + 1) * sizeof(*list));
	assert(list != NULL);
	memcpy(list, environ, (n + 1) * sizeof(*list));
	move_strings(list);
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
	extend(t, argv);
	extend(t, environ);
	move_strings(argv);
	move_environ(t);
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
