/*
 * Messages between workers: POST /say/:text publishes, GET /heard answers with
 * what this worker has heard and lost, GET /once whether it has the role.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prong.h"

static struct {
	unsigned count;
	char last[64];
	unsigned from;
} heard;

static void
on_message(
	struct prong_instance *i, unsigned from, const char *bytes, size_t len)
{
	(void)i;
	heard.count++;
	heard.from = from;
	snprintf(heard.last, sizeof(heard.last), "%.*s", (int)len, bytes);
}

static void
say(struct prong_context *ctx)
{
	const char *text = prong_param(ctx, "text");

	if (prong_publish(prong_instance(ctx), text, strlen(text)) == -1)
		prong_problem(ctx, 503, "%s", strerror(errno));
	else
		prong_text(ctx, 202, "%u",
			prong_worker_index(prong_instance(ctx)));
}

static void
say_often(struct prong_context *ctx)
{
	char bytes[1024] = "";
	int64_t n = 1;
	int sent = 0;

	if (prong_query_int(ctx, "n", &n, 1, 100000) == -1)
		return;
	while (n-- > 0)
		sent += prong_publish(
				prong_instance(ctx), bytes, sizeof(bytes)) == 0;
	prong_text(ctx, 202, "%d", sent);
}

static void
hear(struct prong_context *ctx)
{
	struct prong_instance *i = prong_instance(ctx);

	prong_text(ctx, 200, "worker %u: %u, %s of %u, lost %llu",
		prong_worker_index(i), heard.count, heard.last, heard.from,
		(unsigned long long)prong_lost(i));
}

static void
once(struct prong_context *ctx)
{
	struct prong_instance *i = prong_instance(ctx);

	prong_text(ctx, 200, "worker %u: %s", prong_worker_index(i),
		prong_once(i, "cron") ? "yes" : "no");
}

static void
mistake(struct prong_context *ctx)
{
	static char large[16385];
	int result = prong_publish(prong_instance(ctx), large, sizeof(large));

	prong_text(ctx, 200, "%d", result == -1 && errno == EINVAL);
}

static void
crash(struct prong_context *ctx)
{
	(void)ctx;
	abort();
}

static const struct prong_route routes[] = {
	{ "POST", "/say/:text", .handler = say },
	{ "POST", "/often", .handler = say_often },
	{ "GET", "/heard", .handler = hear },
	{ "GET", "/once", .handler = once },
	{ "GET", "/mistake", .handler = mistake },
	{ "GET", "/crash", .handler = crash },
	{ 0 },
};

PRONG_MODULE(.name = "bus", .routes = routes, .on_message = on_message);
