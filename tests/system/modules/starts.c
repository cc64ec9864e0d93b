/*
 * A module whose start does what the file "file" of its configuration says:
 * "fails", "crashes", "exits", "hangs"; else, or without the file, it starts.
 * SPDX-License-Identifier: MIT
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "prong.h"

static int
start(struct prong_instance *i)
{
	const char *name =
		json_string_value(json_object_get(prong_config(i), "file"));
	char what = ' ';
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	if (fd != -1 && read(fd, &what, 1) != 1)
		what = ' ';
	if (fd != -1)
		close(fd);
	if (what == 'f')
		return prong_config_error(i, "file", "told to fail");
	if (what == 'c')
		raise(SIGKILL);
	if (what == 'e')
		exit(3);
	while (what == 'h')
		pause();
	return 0;
}

static void
answer(struct prong_context *ctx)
{
	prong_answer(ctx, 200, "text/plain", "started\n", 8);
}

static const struct prong_route routes[] = {
	{ .method = "*", .pattern = "/*rest", .handler = answer },
	{ 0 },
};

PRONG_MODULE(.name = "starts", .routes = routes, .start = start);
