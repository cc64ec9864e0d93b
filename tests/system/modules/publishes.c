/*
 * Messages between workers: POST /say/:text publishes, GET /heard answers with
 * what this worker has heard and lost, GET /once whether it has the role.
 * POST /range?from=N&n=N publishes numbers of 1 KiB each.  With "seen", a
 * directory, each worker writes what it hears to seen/INDEX.PID.
 * SPDX-License-Identifier: MIT
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prong.h"

static struct {
	unsigned count;
	char last[64];
	unsigned from;
} heard;

static int seen = -1;

static void
note(const char *text)
{
	if (seen != -1 && write(seen, text, strlen(text)) == -1)
		abort();
}

static void
on_message(
	struct prong_instance *i, unsigned from, const char *bytes, size_t len)
{
	char line[32];

	(void)i;
	heard.count++;
	heard.from = from;
	snprintf(heard.last, sizeof(heard.last), "%.*s", (int)len, bytes);
	snprintf(line, sizeof(line), "%.20s\n", heard.last);
	note(line);
}

static void
on_lost(struct prong_instance *i, uint64_t count)
{
	char line[32];

	(void)i;
	snprintf(line, sizeof(line), "lost %llu\n", (unsigned long long)count);
	note(line);
}

static void
publish_range(struct prong_context *ctx)
{
	int64_t from = 0, n = 1, sent = 0;
	char bytes[1024] = "";

	if (prong_query_int(ctx, "from", &from, 0, 1000000) == -1 ||
		prong_query_int(ctx, "n", &n, 1, 1000) == -1)
		return;
	for (; sent < n; sent++) {
		snprintf(bytes, sizeof(bytes), "%d", (int)(from + sent));
		if (prong_publish(prong_instance(ctx), bytes, sizeof(bytes)) ==
			-1)
			break;
	}
	prong_text(ctx, 202, "%d", (int)sent);
}

static int
start(struct prong_instance *i)
{
	const char *dir = NULL;
	char path[256];

	if (prong_config_string(i, "seen", &dir, false) == -1)
		return -1;
	if (dir == NULL)
		return 0;
	snprintf(path, sizeof(path), "%s/%u.%d", dir, prong_worker_index(i),
		(int)getpid());
	seen = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	return seen == -1 ? -1 : 0;
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
	{ "POST", "/range", .handler = publish_range },
	{ "GET", "/heard", .handler = hear },
	{ "GET", "/once", .handler = once },
	{ "GET", "/mistake", .handler = mistake },
	{ "GET", "/crash", .handler = crash },
	{ 0 },
};

PRONG_MODULE(.name = "bus", .routes = routes, .start = start,
	.on_message = on_message, .on_lost = on_lost);
