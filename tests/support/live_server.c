/*
 * SPDX-License-Identifier: MIT
 */
#include "support/live_server.h"

#include <check.h>
#include <string.h>

#include "support/client.h"
#include "support/test_deadline.h"
#include "support/test_program.h"

void
live_serve(struct server *s, const char *conf, const char *tolerated)
{
	server_init(s);
	server_text(s, "www/index.html", "<h1>hello</h1>\n");
	server_text(s, "www/hello.txt", "hello\n");
	s->tolerated = tolerated;
	server_start(s, conf);
}

bool
live_is_counted(struct server *s, const char *text)
{
	struct response r;
	bool found;

	client_fetch(s->port, "/live/counters", "", &r);
	found = strstr(r.body, text) != NULL;
	response_free(&r);
	return found;
}

void
live_assert_counted(struct server *s, const char *text)
{
	int64_t deadline = deadline_in(DEADLINE);

	while (!live_is_counted(s, text))
		ck_assert_msg(deadline_left(deadline) > 0, "never %s", text);
}

void
live_reload(struct server *s)
{
	const char *argv[] = { "prong", "reload", "-c", s->file, NULL };
	const struct program plain = { 0 };
	struct program_result result;

	program_run(&plain, argv, &result);
	ck_assert_msg(result.status == 0, "%s", result.err);
}
