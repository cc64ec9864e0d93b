/*
 * A module that makes trouble, for tests of what a server does about it:
 *   -DAT_LOAD    dies when it is loaded
 *   -DAT_REQUEST dies of any request
 *   -DHANGS      never answers
 *   -DREFUSES    answers 503
 *   otherwise    dies of a request with the field "X-Die", which is "exit" for
 *                exit(3) with status 0, else answers 200
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "prong.h"

#ifdef AT_LOAD
__attribute__((constructor)) static void
die_at_load(void)
{
	raise(SIGKILL);
}
#endif

static void
handle(struct prong_context *ctx)
{
	const char *die = prong_field(ctx, "X-Die");
	int status = 200;

#ifdef AT_REQUEST
	raise(SIGKILL);
#endif
#ifdef HANGS
	for (;;)
		raise(SIGSTOP);
#endif
#ifdef REFUSES
	status = 503;
#endif
	if (die != NULL && strcmp(die, "exit") == 0)
		exit(0);
	if (die != NULL)
		raise(SIGKILL);
	prong_answer(ctx, status, "text/plain", "fine\n", 5);
}

static const struct prong_route routes[] = {
	{ .method = "*", .pattern = "/", .handler = handle },
	{ .method = "*", .pattern = "/*rest", .handler = handle },
	{ 0 },
};

PRONG_MODULE(.name = "trouble", .routes = routes);
