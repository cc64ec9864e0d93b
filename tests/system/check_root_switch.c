/*
 * A document root whose name leads elsewhere: by a symbolic link, as deploys
 * do it, or because it was deleted and made anew.
 * SPDX-License-Identifier: MIT
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;

#define CONF                                                                   \
	"{\"workers\": 2, \"listen\": [\"127.0.0.1:$PORT\"], "                 \
	"\"control\": \"$DIR/control\", " SERVER_TIMEOUTS ","                  \
	"\"sites\": [{\"routes\": ["                                           \
	"{\"path\": \"/d/*\", \"root\": \"$DIR/current\"},"                    \
	"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}"

static void
run(const char *what)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && %s", s.dir, what);
	ck_assert_int_eq(system(command), 0);
}

static void
start(const char *make_current)
{
	server_init(&s);
	server_text(&s, "www/index.html", "home\n");
	server_text(&s, "r1/a.txt", "one\n");
	server_text(&s, "r2/a.txt", "two\n");
	run(make_current);
	server_start(&s, CONF);
}

static void
fetch(struct response *r)
{
	client_fetch(s.port, "/d/a.txt", "", r);
}

/* From now on each answer is this one, and each before it was the old one or
 * one of those that are due while there is no directory. */
static void
wait_for(const char *body, const char *before)
{
	int64_t deadline = deadline_in(DEADLINE);
	struct response r;
	bool is_new = false;

	while (!is_new) {
		fetch(&r);
		is_new = r.status == 200 && strcmp(r.body, body) == 0;
		ck_assert_msg(is_new || r.status == 503 || r.status == 404 ||
				      strcmp(r.body, before) == 0,
			"%d %s", r.status, r.body);
		response_free(&r);
		ck_assert(is_new || server_tick(&s, deadline));
	}
}

static const struct {
	const char *make, *change;
} switches[] = {
	{ "ln -s r1 current", "ln -s r2 new && mv -T new current" },
	{ "ln -s r1 current", "ln -sfn r2 current" },
	{ "cp -r r1 current", "mv current old && cp -r r2 current" },
	{ "cp -r r1 current", "rm -r current && cp -r r2 current" },
	{ "ln -s r1 current", "ln -s r2 new && mv -T new current && rm -r r1" },
};

START_TEST(workers_are_replaced_when_a_root_is_another_directory)
{
	start(switches[_i].make);
	wait_for("one\n", "");
	run(switches[_i].change);
	wait_for("two\n", "one\n");
	ck_assert(server_log_has(&s, "is another directory now", DEADLINE));
	ck_assert(server_log_has(&s, "generation 2 serves", DEADLINE));
	server_stop(&s);
}
END_TEST

static const struct {
	const char *change, *says, *state;
} losses[] = {
	{ "mv current elsewhere", "was moved: its files are served from",
		": moved" },
	{ "rm -r current", "was deleted: its files are 503", ": deleted" },
};

/* And it is served again as soon as a directory has the name. */
START_TEST(a_root_that_has_gone_is_logged_and_shown)
{
	static struct program_result result;
	const char *const ps[] = { "prong", "ps", "-c", s.file, NULL };
	const struct program plain = { 0 };

	start("cp -r r1 current");
	run(losses[_i].change);
	ck_assert(server_log_has(&s, losses[_i].says, DEADLINE));
	program_run(&plain, ps, &result);
	ck_assert_msg(strstr(result.out, "/current") != NULL &&
			      strstr(result.out, losses[_i].state) != NULL,
		"%s", result.out);
	run("cp -r r2 current");
	wait_for("two\n", "one\n");
	program_run(&plain, ps, &result);
	ck_assert_msg(strstr(result.out, "/current") == NULL, "%s", result.out);
	server_stop(&s);
}
END_TEST

START_TEST(a_root_that_comes_back_replaces_no_worker)
{
	struct response r;

	start("cp -r r1 current");
	run("mv current elsewhere");
	ck_assert(server_log_has(&s, "was moved", DEADLINE));
	run("mv elsewhere current");
	ck_assert(server_log_has(&s, "is there again", DEADLINE));
	fetch(&r);
	ck_assert_str_eq(r.body, "one\n");
	response_free(&r);
	ck_assert(!server_log_has(&s, "generation 2", 0));
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ workers_are_replaced_when_a_root_is_another_directory,
			ROWS(switches) },
		{ a_root_that_has_gone_is_logged_and_shown, ROWS(losses) },
		{ a_root_that_comes_back_replaces_no_worker, 0 },
	};

	return harness_run("root_switch", tests, ROWS(tests));
}
