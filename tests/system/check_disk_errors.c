/*
 * Files that cannot be read: the client gets a status or a closed connection,
 * and the error log names the file and the reason.
 * SPDX-License-Identifier: MIT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { SMALL = 1000, MAPPED = 100000, LARGE = 500000 };

#define CONF(more)                                                             \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," more             \
	" " SERVER_TIMEOUTS ", \"sites\": [{\"routes\": ["                     \
	"{\"path\": \"/try/*\", \"root\": \"$ROOT/try\", \"try\": "            \
	"[\"$path\", \"$path/\"]},"                                            \
	"{\"path\": \"/*\", \"root\": \"$ROOT\", \"precompressed\": true,"     \
	" \"listing\": true}]}]}"

static struct server s;

static void
make_file(const char *name, size_t size)
{
	char path[128], *bytes = server_pattern(size);

	snprintf(path, sizeof(path), "www/%s", name);
	server_file(&s, path, bytes, size);
	free(bytes);
}

static void
prepare(void)
{
	server_init(&s);
	server_text(&s, "www/hello.txt", "hello\n");
	server_text(&s, "www/try/a", "a\n");
}

static void
preload(void)
{
	setenv("LD_PRELOAD", MODULES "/fail_disk.so", 1);
}

static const struct {
	const char *name;
	size_t size;
	int status;
	const char *words; /* in the error log; NULL: none */
} rows[] = {
	{ "open.EIO", SMALL, 500, "open.EIO: Input/output error (1 time)" },
	{ "open.ESTALE", SMALL, 503,
		"open.ESTALE: Stale file handle (1 time)" },
	{ "open.ENOTCONN", SMALL, 503,
		"open.ENOTCONN: Transport endpoint is not connected (1 time)" },
	{ "read.EIO", SMALL, 500, "read.EIO: Input/output error (1 time)" },
	{ "read.ESTALE", SMALL, 503,
		"read.ESTALE: Stale file handle (1 time)" },
	/* one that was replaced on its server: its name leads to the new one */
	{ "once.ESTALE", SMALL, 200, NULL },
	/* file systems without sendfile(2) */
	{ "sendfile.EINVAL.bin", LARGE, 200, NULL },
	{ "sendfile.ENOSYS.bin", LARGE, 200, NULL },
	{ "sendfile.EPERM.bin", LARGE, 200, NULL },
};

static const char *const modes[] = { "", "\"disk\": {\"mode\": \"threads\"},",
	"\"disk\": {\"mode\": \"blocking\"}," };

START_TEST(an_error_of_the_disk_is_logged_with_path_and_reason)
{
	size_t row = (size_t)_i % ROWS(rows), mode = (size_t)_i / ROWS(rows);
	char path[64], conf[1024];
	struct response r;
	char *want = server_pattern(rows[row].size);

	prepare();
	make_file(rows[row].name, rows[row].size);
	preload();
	snprintf(conf, sizeof(conf), CONF("%s"), modes[mode]);
	s.tolerated = rows[row].words;
	server_start(&s, conf);
	unsetenv("LD_PRELOAD");
	snprintf(path, sizeof(path), "/%s", rows[row].name);
	client_fetch(s.port, path, "", &r);
	ck_assert_int_eq(r.status, rows[row].status);
	if (r.status == 200) {
		ck_assert_uint_eq(r.len, rows[row].size);
		ck_assert_mem_eq(r.body, want, rows[row].size);
	}
	response_free(&r);
	if (rows[row].words != NULL) {
		ck_assert(server_log_has(&s, rows[row].words, DEADLINE));
		ck_assert(server_log_has(&s, "error worker 0", DEADLINE));
	}
	free(want);
	server_stop(&s);
}
END_TEST

START_TEST(a_disk_that_fails_in_the_middle_is_logged)
{
	struct client c;

	prepare();
	make_file("sendfile.EIO.bin", LARGE);
	preload();
	s.tolerated = "sendfile.EIO.bin: Input/output error (1 time)";
	server_start(&s, CONF("\"log\": {\"error\": {\"level\": \"info\"}},"));
	unsetenv("LD_PRELOAD");
	client_open(&c, s.port);
	client_say(&c, "GET /sendfile.EIO.bin HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_hears(&c, "HTTP/1.1 200 OK", DEADLINE));
	client_discard(&c, LARGE * 2, DEADLINE);
	ck_assert(client_is_gone(&c, DEADLINE));
	client_close(&c);
	ck_assert(server_log_has(&s, s.tolerated, DEADLINE));
	ck_assert(
		server_log_has(&s, "the file cannot be read, while", DEADLINE));
	server_stop(&s);
}
END_TEST

/* A sandbox may refuse it for all files, also for those in memory. */
START_TEST(without_sendfile_all_sizes_are_served)
{
	static const size_t sizes[] = { SMALL, MAPPED, LARGE };
	struct client c;

	prepare();
	for (size_t i = 0; i < ROWS(sizes); i++) {
		char name[16];

		snprintf(name, sizeof(name), "%zu", sizes[i]);
		make_file(name, sizes[i]);
	}
	preload();
	setenv("FAIL_SENDFILE", _i == 0 ? "sendfile.EPERM" : "sendfile.EINVAL",
		1);
	server_start(&s, CONF(""));
	unsetenv("LD_PRELOAD");
	unsetenv("FAIL_SENDFILE");
	client_open(&c, s.port);
	for (size_t i = 0; i < 2 * ROWS(sizes); i++) {
		size_t size = sizes[i % ROWS(sizes)];
		char *want = server_pattern(size), path[16];
		struct response r;

		snprintf(path, sizeof(path), "/%zu", size);
		client_get(&c, path, &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_uint_eq(r.len, size);
		ck_assert_mem_eq(r.body, want, size);
		response_free(&r);
		free(want);
	}
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* ---- permissions --------------------------------------------------------- */

/* As root, every file can be read: the server runs as another user then. */
static const struct {
	const char *forbidden; /* below the root */
	const char *path;      /* of the request */
	int status;
	const char *words;
} forbidden[] = {
	{ "secret.txt", "/secret.txt", 403,
		"/www/secret.txt: Permission denied" },
	{ "folder", "/folder/a.txt", 403,
		"/www/folder/a.txt: Permission denied" },
	{ "folder", "/folder/", 403, "/www/folder/" },
	/* "try" goes on to its next template */
	{ "try", "/try/", 404, "/www/try: Permission denied" },
	{ "try", "/try/a", 403, "/www/try/a: Permission denied" },
	{ "try/folder/index.html", "/try/folder/", 404,
		"/www/try/folder/: Permission denied" },
	/* the file is sent as it is */
	{ "big.txt.gz", "/big.txt", 200, "/www/big.txt: Permission denied" },
};

START_TEST(a_missing_permission_is_logged_with_path_and_user)
{
	char path[160];
	struct response r;

	prepare();
	server_text(&s, "www/secret.txt", "secret\n");
	server_text(&s, "www/folder/a.txt", "a\n");
	server_text(&s, "www/try/folder/index.html", "a\n");
	server_text(&s, "www/big.txt", "a\n");
	server_text(&s, "www/big.txt.gz", "a\n");
	s.program.as_nobody = getuid() == 0;
	snprintf(path, sizeof(path), "%s/%s", s.root, forbidden[_i].forbidden);
	server_start(&s, CONF(""));
	ck_assert_int_eq(chmod(path, 0), 0);
	client_fetch(
		s.port, forbidden[_i].path, "Accept-Encoding: gzip\r\n", &r);
	ck_assert_int_eq(r.status, forbidden[_i].status);
	response_free(&r);
	ck_assert(server_log_has(&s, forbidden[_i].words, DEADLINE));
	ck_assert(server_log_has(&s, "warn worker 0", DEADLINE));
	ck_assert_int_eq(chmod(path, 0700), 0);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	const struct harness_test tests[] = {
		{ an_error_of_the_disk_is_logged_with_path_and_reason,
			ROWS(rows) * ROWS(modes) },
		{ a_disk_that_fails_in_the_middle_is_logged, 0 },
		{ without_sendfile_all_sizes_are_served, 2 },
		{ a_missing_permission_is_logged_with_path_and_user,
			ROWS(forbidden) },
	};

	return harness_run("disk_errors", tests, ROWS(tests));
}
