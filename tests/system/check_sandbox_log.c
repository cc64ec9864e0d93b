/*
 * What the sandbox denies, or with "log" would deny, is in the log with what to
 * declare.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sanitized.h"
#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

#define CONF(mode, own)                                                        \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	"\"control\": \"control\", \"sandbox\": \"" mode "\"," SERVER_TIMEOUTS \
	",\"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\"},"  \
	"{\"path\": \"/m/*\", \"module\": \"" MODULES                          \
	"/escapes.so\", \"sandbox\": " own "}]}]}"

static struct server s;

static bool
has_layers(void)
{
#ifdef HAVE_SECCOMP
	return !IS_SANITIZED &&
	       syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 6;
#else
	return false;
#endif
}

static void
start(const char *conf)
{
	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	server_text(&s, "extra/one", "");
	server_text(&s, "state/one", "");
	server_start(&s, conf);
}

/* Replaces "$DIR" at the end of head. */
static void
expand(const char *text, char *to, size_t size)
{
	const char *word = strstr(text, "$DIR");

	if (word == NULL)
		snprintf(to, size, "%s", text);
	else
		snprintf(to, size, "%.*s%s%s", (int)(word - text), text, s.dir,
			word + 4);
}

/* What the module got. */
static void
attempt(const char *what, char *got, size_t size)
{
	char path[260], text[256];
	struct response r;
	struct client c;

	expand(what, text, sizeof(text));
	snprintf(path, sizeof(path), "/m/%s", text);
	client_open(&c, s.port);
	client_get(&c, path, &r);
	ck_assert_int_eq(r.status, 200);
	snprintf(got, size, "%s", r.body);
	response_free(&r);
	client_close(&c);
}

static const struct {
	const char *what;
	const char *got;
	const char *denied; /* NULL: nothing */
} rows[] = {
	{ "read?/etc/passwd", "EACCES",
		"open of /etc/passwd; declare \"sandbox\": {\"read\": "
		"[\"/etc/passwd\"]}, or a directory above, on the route" },
	{ "write?$DIR/www/new", "EACCES",
		"/www/new\"]}, or a directory above, on the route" },
	{ "mkdir?$DIR/folder", "EACCES", "mkdir of /tmp/" },
	{ "unlink?$DIR/www/hello.txt", "EACCES", "unlink of /tmp/" },
	{ "tcp?1", "EPERM",
		"socket(2); declare \"sandbox\": {\"connect\": true} on" },
	{ "resolve?prong.example", "ENOENT",
		"open of /etc/resolv.conf; declare" },
	{ "fork", "EPERM",
		"fork(2); declare \"sandbox\": {\"exec\": true} on" },
	{ "spawn", "EPERM", "posix_spawn(3) of /bin/true; declare" },
	{ "exec", "EPERM", "execve(2) of /nowhere/program; declare" },
	{ "read?$DIR/extra/none", "ENOENT", NULL },
	{ "read?$DIR/extra/one", "done", NULL },
	{ "write?$DIR/state/one", "done", NULL },
};

START_TEST(a_denied_call_is_logged_with_what_to_declare)
{
	char got[32], text[256];

	if (!has_layers())
		return;
	start(CONF("on", "{\"read\": [\"$DIR/extra\"], \"write\": "
			 "[\"$DIR/state\"]}"));
	for (size_t i = 0; i < ROWS(rows); i++) {
		attempt(rows[i].what, got, sizeof(got));
		ck_assert_msg(strcmp(got, rows[i].got) == 0, "%s: %s",
			rows[i].what, got);
		/* Again: it is logged once. */
		attempt(rows[i].what, got, sizeof(got));
	}
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (rows[i].denied == NULL)
			continue;
		snprintf(text, sizeof(text), "%s", rows[i].denied);
		ck_assert_msg(server_log_has(&s, text, DEADLINE), "%s", text);
	}
	ck_assert(server_log_has(&s, "sandbox denied open of /etc/passwd", 0));
	ck_assert(!server_log_has(&s, "/extra/", 0));
	ck_assert(!server_log_has(&s, "/state/", 0));
	server_stop(&s);
}
END_TEST

static const struct {
	const char *what;
	const char *got; /* NULL: it depends on the user */
	const char *text;
} learned[] = {
	{ "read?/etc/passwd", "done",
		"sandbox would deny openat /etc/passwd; declare \"sandbox\": "
		"{\"read\": [\"/etc/passwd\"]}" },
	{ "write?$DIR/new", "done", "/new\"]}, or a directory above" },
	{ "tcp?1", "ECONNREFUSED",
		"sandbox would deny socket; declare \"sandbox\": {\"connect\": "
		"true}" },
	{ "resolve?localhost", "done", "would deny openat /etc/" },
	{ "spawn", "done", "would deny clone; declare \"sandbox\": {\"exec\"" },
	{ "namespace", NULL, "would deny unshare; no module should need it" },
	{ "thread", "done", NULL },
	{ "read?$DIR/extra/one", "done", NULL },
};

START_TEST(with_log_nothing_is_denied_and_all_is_told)
{
	char got[32];

	if (!has_layers())
		return;
	start(CONF("log", "{\"read\": [\"$DIR/extra\"]}"));
	ck_assert(server_log_has(
		&s, "sandbox: capabilities, no_new_privs, log", DEADLINE));
	for (size_t i = 0; i < ROWS(learned); i++) {
		attempt(learned[i].what, got, sizeof(got));
		ck_assert_msg(learned[i].got == NULL ||
				      strcmp(got, learned[i].got) == 0,
			"%s: %s", learned[i].what, got);
	}
	for (size_t i = 0; i < ROWS(learned); i++)
		ck_assert_msg(
			learned[i].text == NULL ||
				server_log_has(&s, learned[i].text, DEADLINE),
			"%s", learned[i].text);
	ck_assert(!server_log_has(&s, "/extra/", 0));
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_denied_call_is_logged_with_what_to_declare, 1 },
		{ with_log_nothing_is_denied_and_all_is_told, 1 },
	};

	return harness_run("sandbox_log", tests, ROWS(tests));
}
