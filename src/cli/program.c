/*
 * A separate file because <sys/auxv.h> and <ev.h> both define EV_NONE.
 * SPDX-License-Identifier: MIT
 */
#include "cli/program.h"

#include <stddef.h>

#ifdef __linux__
#include <sys/auxv.h>
#endif

const char *
program_path(char **argv)
{
#ifdef __linux__
	const char *path = (const char *)getauxval(AT_EXECFN);

	if (path != NULL)
		return path;
#endif
	return argv[0];
}
