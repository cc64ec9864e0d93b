/*
 * The user of the workers where the configuration names none: that of
 * configure's --with-user where the master is root, else the master's.
 * SPDX-License-Identifier: MIT
 */
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/paths.h"
#include "support/server.h"
#include "support/test_deadline.h"

static struct server s;
static struct program_result result;

/* Returns the effective user ID of a process. */
static unsigned
user_of(pid_t pid)
{
	char path[64], line[128];
	unsigned real, effective = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "Uid: %u %u", &real, &effective) == 2)
			break;
	fclose(f);
	return effective;
}

static void
write_file(const char *name, const char *text, mode_t mode)
{
	char path[128];

	server_text(&s, name, text);
	snprintf(path, sizeof(path), "%s/%s", s.dir, name);
	ck_assert_int_eq(chmod(path, mode), 0);
}

START_TEST(directory_of_root_is_served_by_the_default_user)
{
	const struct passwd *user = getpwnam(PRONG_USER);
	char address[32];
	const char *words[] = { s.root, "-l", address, NULL };
	pid_t workers[PROC_CHILDREN];
	struct response r;

	if (geteuid() != 0 || user == NULL)
		return;
	server_init(&s);
	write_file("www/index.html", "home\n", 0644);
	write_file("www/secret.html", "secret\n", 0600);
	ck_assert_int_eq(chmod(s.dir, 0755), 0);
	ck_assert_int_eq(chmod(s.root, 0755), 0);
	snprintf(address, sizeof(address), "127.0.0.1:%d", s.port);
	s.words = words;
	server_start(&s, "");
	ck_assert_uint_eq(server_workers(&s, workers), s.workers);
	ck_assert_uint_eq(user_of(workers[0]), user->pw_uid);
	client_fetch(s.port, "/", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	client_fetch(s.port, "/secret.html", "", &r);
	ck_assert_int_eq(r.status, 403);
	response_free(&r);
	ck_assert(server_log_has(&s,
		"1 of 2 names cannot be read by " PRONG_USER
		" and are answered with 403: secret.html",
		DEADLINE));
	ck_assert(server_log_has(
		&s, "workers run as " PRONG_USER "; set \"user\"", 0));
	server_stop_with(&s, SIGINT);
}
END_TEST

static const char *const starts[][4] = {
	{ "-c", "$FILE", NULL },
	{ "check", "-c", "$FILE", NULL },
	{ "$ROOT", NULL },
};

/* In a mount namespace that has no other user than root. */
START_TEST(root_without_a_default_user_is_told_what_to_add)
{
	char script[512];
	const char *argv[] = { "unshare", "-m", "sh", "-c", script, NULL };
	const char *const *words = starts[_i];
	const struct program p = { .path = "/usr/bin/unshare" };
	size_t len;

	if (geteuid() != 0)
		return;
	server_init(&s);
	server_text(&s, "passwd", "root:x:0:0:root:/:/bin/sh\n");
	server_text(&s, "prong.json", "{" SERVER_SITES "}");
	len = (size_t)snprintf(script, sizeof(script),
		"mount --bind %s/passwd /etc/passwd || exit 77; exec %s", s.dir,
		program_prong());
	for (; *words != NULL; words++)
		len += (size_t)snprintf(script + len, sizeof(script) - len,
			" %s",
			strcmp(*words, "$FILE") == 0   ? s.file
			: strcmp(*words, "$ROOT") == 0 ? s.root
						       : *words);
	program_run(&p, argv, &result);
	server_discard(&s);
	if (result.status == 77)
		return;
	ck_assert_msg(result.status == 1, "%d: %s", result.status, result.err);
	ck_assert_msg(strstr(result.err, "there is no \"" PRONG_USER "\" here; "
					 "add \"user\": \"NAME\"") != NULL,
		"%s", result.err);
}
END_TEST

/* One configuration serves a host and a container with its own user ID. */
START_TEST(user_is_ignored_with_a_warning_where_the_master_is_not_root)
{
	struct response r;

	if (getpwnam(PRONG_USER) == NULL)
		return;
	server_init(&s);
	s.program.as_nobody = geteuid() == 0;
	if (s.program.as_nobody)
		ck_assert_int_eq(chmod(s.dir, 0755), 0);
	server_text(&s, "www/index.html", "home\n");
	server_start(&s, SERVER_CONF_WITH("\"user\": \"" PRONG_USER "\""));
	client_fetch(s.port, "/", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	ck_assert(server_log_has(
		&s, "user \"" PRONG_USER "\" is ignored: only root", 0));
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ directory_of_root_is_served_by_the_default_user, 1 },
		{ root_without_a_default_user_is_told_what_to_add,
			ROWS(starts) },
		{ user_is_ignored_with_a_warning_where_the_master_is_not_root,
			1 },
	};

	return harness_run("workers_user", tests, ROWS(tests));
}
