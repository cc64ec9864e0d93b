/*
 * Files on a disk that takes its time: 200 ms for every lookup, open and read.
 * A request for one of them waits; no other request does.
 * Where no file system may be mounted here, there is nothing to see.
 * SPDX-License-Identifier: MIT
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { COLD = 32, DELAY = 200 /* ms */, SIZE = 100000, LARGE = 3000000 };
/* A busy machine adds less; to wait for the cold files takes longer. */
enum { MOST = 10 * DELAY };

#define CONF(disk)                                                             \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS  \
	", \"disk\": " disk ", \"sites\": [{\"error_pages\": {\"404\":"        \
	" \"/slow/404.html\"}, \"routes\": [{\"path\": \"/*\","                \
	" \"root\": \"$ROOT\"}, {\"path\": \"/slow/*\","                       \
	" \"root\": \"$DIR/slow\", \"precompressed\": false,"                  \
	" \"fallback\": \"/app.html\"}, {\"path\": \"/api/*\","                \
	" \"module\": \"" MODULES "/answers.so\","                             \
	" \"config\": {\"dir\": \"$DIR/slow\"}}]}]}"

static struct server s;
static char slow[80], *content;
static pid_t file_system;

/* ---- the slow disk ------------------------------------------------------ */

static void
write_files(void)
{
	char name[32];

	content = server_pattern(LARGE);
	for (int i = 0; i < COLD; i++) {
		snprintf(name, sizeof(name), "files/%d.bin", i);
		server_file(&s, name, content + i, SIZE);
	}
	server_file(&s, "files/large.bin", content, LARGE);
	server_text(&s, "files/hot.txt", "hot\n");
	server_text(&s, "files/404.html", "not there\n");
	server_text(&s, "files/app.html", "the application\n");
	server_text(&s, "www/hot.txt", "hot\n");
}

static void
mount_program(char program[256])
{
	ssize_t len = readlink("/proc/self/exe", program, 200);

	ck_assert_int_gt(len, 0);
	program[len] = '\0';
	/* .../tests/system/check_cold -> .../tests/support/slow_fs */
	for (int i = 0; i < 2; i++)
		*strrchr(program, '/') = '\0';
	strcat(program, "/support/slow_fs");
}

static bool
is_mounted(void)
{
	struct stat above, here;

	return stat(s.dir, &above) == 0 && stat(slow, &here) == 0 &&
	       above.st_dev != here.st_dev;
}

/* Seen by this test and its children alone, so that it never outlives them.
 * False: it is not possible here. */
static bool
mount_slow(void)
{
	char program[256], delay[16], from[96];
	const char *const argv[] = { program, from, slow, delay, NULL };
	const struct program plain = { 0 };
	int64_t deadline = deadline_in(DEADLINE);

	mount_program(program);
	if (access("/dev/fuse", R_OK | W_OK) == -1 || geteuid() != 0 ||
		access(program, X_OK) == -1 || unshare(CLONE_NEWNS) == -1 ||
		mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return false;
	snprintf(slow, sizeof(slow), "%s/slow", s.dir);
	snprintf(from, sizeof(from), "%s/files", s.dir);
	snprintf(delay, sizeof(delay), "%d", DELAY);
	ck_assert_int_eq(mkdir(slow, 0755), 0);
	file_system = program_start(&plain, argv, 1, 2);
	while (!is_mounted() && proc_is_alive(file_system) &&
		server_tick(&s, deadline))
		;
	return is_mounted();
}

static void
unmount_slow(void)
{
	if (file_system == 0)
		return;
	kill(file_system, SIGTERM);
	ck_assert_int_ne(program_wait(file_system, DEADLINE), -1);
	umount2(slow, MNT_DETACH);
	rmdir(slow);
}

static bool
start(const char *conf)
{
	server_init(&s);
	write_files();
	if (!mount_slow()) {
		printf("no slow disk here: not tested\n");
		unmount_slow();
		server_discard(&s);
		return false;
	}
	server_start(&s, conf);
	return true;
}

/* It was told to end. */
static void
finish(void)
{
	server_wait(&s, 0);
	unmount_slow();
	server_finish(&s, 0);
	free(content);
}

static void
stop(void)
{
	ck_assert(server_is_at_rest(&s, DEADLINE));
	server_signal(&s, SIGTERM);
	finish();
}

/* ---- the hot one -------------------------------------------------------- */

enum { SAMPLES = 5000, PACE = 2 /* ms between two */ };

struct figures {
	double all[SAMPLES]; /* ms */
	size_t count;
};

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* began: when it should have been asked for, at the latest. */
static void
ask_hot(struct client *c, const char *path, double began, struct figures *f)
{
	struct response r;

	client_get(c, path, &r);
	if (f->count < SAMPLES)
		f->all[f->count++] = now() - began;
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "hot\n");
	response_free(&r);
}

/* The wait of a request that is late counts from when it was due. */
static void
ask_hot_at(struct client *c, const char *path, double when, struct figures *f)
{
	double left = when - now();

	if (left > 1)
		client_is_silent(c, (int)left);
	ask_hot(c, path, left > 0 ? now() : when, f);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
at(const struct figures *f, double part)
{
	return f->all[(size_t)((double)(f->count - 1) * part)];
}

static void
report(const char *what, struct figures *f)
{
	qsort(f->all, f->count, sizeof(f->all[0]), compare);
	printf("%s: %zu requests of the hot file, p50 %.2f ms, p99 %.2f ms, "
	       "max %.2f ms\n",
		what, f->count, at(f, 0.5), at(f, 0.99), at(f, 1));
	fflush(stdout);
}

/* ---- many cold ones and a hot one --------------------------------------- */

static void
ask_cold(struct client *c, int i)
{
	char text[128];

	client_open(c, s.port);
	snprintf(text, sizeof(text),
		"GET /slow/%d.bin HTTP/1.1\r\nHost: a\r\n\r\n", i);
	client_say(c, text);
}

static void
take_cold(struct client *c, int i)
{
	struct response r;

	client_recv(c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_uint_eq(r.len, SIZE);
	ck_assert_int_eq(memcmp(r.body, content + i, SIZE), 0);
	response_free(&r);
	client_close(c);
}

static const struct row {
	const char *name, *conf, *hot;
	int cold;
	double least, most; /* p99, ms */
} rows[] = {
	{ "nothing cold", CONF("{}"), "/hot.txt", 0, 0, MOST },
	{ "threads, both on the slow disk",
		CONF("{\"mode\": \"threads\", \"threads\": 8}"),
		"/slow/hot.txt", COLD, 0, MOST },
	{ "threads", CONF("{\"mode\": \"threads\", \"threads\": 8}"),
		"/hot.txt", COLD, 0, MOST },
	{ "auto", CONF("{}"), "/slow/hot.txt", COLD, 0, MOST },
	{ "one thread", CONF("{\"mode\": \"threads\", \"threads\": 1}"),
		"/slow/hot.txt", 8, 0, MOST },
	{ "blocking", CONF("{\"mode\": \"blocking\"}"), "/hot.txt", 2, 300,
		1e9 },
};

START_TEST(cold_files_keep_nobody_else_waiting)
{
	static struct figures figures;
	struct client hot, cold[COLD];
	const struct row *row = &rows[_i];
	double began;

	if (!start(row->conf))
		return;
	client_open(&hot, s.port);
	ask_hot(&hot, row->hot, now(), &figures); /* it is cold, too */
	figures.count = 0;
	for (int i = 0; i < row->cold; i++)
		ask_cold(&cold[i], i);
	began = now();
	for (int i = 0; i < 3500 / PACE; i++)
		ask_hot_at(&hot, row->hot, began + i * PACE, &figures);
	for (int i = 0; i < row->cold; i++)
		take_cold(&cold[i], i);
	report(row->name, &figures);
	ck_assert(at(&figures, 0.99) <= row->most);
	ck_assert(at(&figures, 0.99) >= row->least);
	client_close(&hot);
	stop();
}
END_TEST

START_TEST(a_large_file_keeps_nobody_else_waiting)
{
	static struct figures figures;
	struct client hot, cold[4];
	struct response r;
	double began;

	if (!start(rows[_i].conf))
		return;
	client_open(&hot, s.port);
	for (size_t i = 0; i < ROWS(cold); i++) {
		client_open(&cold[i], s.port);
		client_say(&cold[i], "GET /slow/large.bin HTTP/1.1\r\n"
				     "Host: a\r\n\r\n");
	}
	began = now();
	for (int i = 0; i < 2000 / PACE; i++)
		ask_hot_at(&hot, "/hot.txt", began + i * PACE, &figures);
	for (size_t i = 0; i < ROWS(cold); i++) {
		client_recv(&cold[i], &r);
		ck_assert_int_eq(r.status, 200);
		ck_assert_uint_eq(r.len, LARGE);
		ck_assert_int_eq(memcmp(r.body, content, LARGE), 0);
		response_free(&r);
		client_close(&cold[i]);
	}
	report(rows[_i].name, &figures);
	ck_assert(at(&figures, 0.99) <= rows[_i].most);
	client_close(&hot);
	stop();
}
END_TEST

START_TEST(one_look_answers_all_who_ask_for_a_file)
{
	struct client c[COLD];
	double began;

	if (!start(CONF("{\"mode\": \"threads\", \"threads\": 1}")))
		return;
	began = now();
	for (int i = 0; i < COLD; i++)
		ask_cold(&c[i], 7);
	for (int i = 0; i < COLD; i++)
		take_cold(&c[i], 7);
	ck_assert(now() - began < 50 * DELAY);
	stop();
}
END_TEST

static const struct {
	const char *path, *fields;
	int status;
	const char *body;
} answers[] = {
	{ "/slow/hot.txt", "", 200, "hot\n" },
	{ "/slow/no", "", 404, "not there\n" },
	{ "/no", "", 404, "not there\n" },
	{ "/slow/no", "Accept: text/html\r\n", 200, "the application\n" },
	{ "/slow/hot.txt", "Range: bytes=1-2\r\n", 206, "ot" },
};

START_TEST(what_is_cold_is_answered_like_what_is_hot)
{
	struct response r;

	if (!start(CONF("{}")))
		return;
	for (int i = 0; i < 2; i++) {
		client_fetch(s.port, answers[_i].path, answers[_i].fields, &r);
		ck_assert_int_eq(r.status, answers[_i].status);
		ck_assert_str_eq(r.body, answers[_i].body);
		response_free(&r);
	}
	stop();
}
END_TEST

START_TEST(requests_behind_a_cold_one_are_answered_in_order)
{
	struct client c;
	struct response r;

	if (!start(CONF("{}")))
		return;
	client_open(&c, s.port);
	client_say(&c, "GET /hot.txt HTTP/1.1\r\nHost: a\r\n\r\n"
		       "GET /slow/1.bin HTTP/1.1\r\nHost: a\r\n\r\n"
		       "HEAD /slow/2.bin HTTP/1.1\r\nHost: a\r\n\r\n"
		       "GET /hot.txt HTTP/1.1\r\nHost: a\r\n\r\n");
	client_recv(&c, &r);
	ck_assert_str_eq(r.body, "hot\n");
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_uint_eq(r.len, SIZE);
	ck_assert_int_eq(memcmp(r.body, content + 1, SIZE), 0);
	response_free(&r);
	client_recv_head(&c, &r);
	ck_assert_str_eq(response_field(&r, "Content-Length"), "100000");
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_str_eq(r.body, "hot\n");
	response_free(&r);
	client_close(&c);
	stop();
}
END_TEST

START_TEST(a_drain_answers_who_waits_for_the_disk)
{
	struct client c;
	struct response r;

	if (!start(CONF("{}")))
		return;
	ask_cold(&c, 3);
	ck_assert(client_is_silent(&c, DELAY / 2));
	server_signal(&s, SIGTERM);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_uint_eq(r.len, SIZE);
	response_free(&r);
	client_close(&c);
	finish();
}
END_TEST

START_TEST(who_waits_may_go_and_the_worker_too)
{
	struct client c[COLD];

	if (!start(CONF("{\"threads\": 2}")))
		return;
	for (int i = 0; i < COLD; i++)
		ask_cold(&c[i], i);
	ck_assert(client_is_silent(&c[0], DELAY / 2));
	for (int i = 0; i < COLD / 2; i++)
		client_close(&c[i]);
	server_signal(&s, SIGQUIT);
	for (int i = COLD / 2; i < COLD; i++)
		client_close(&c[i]);
	finish();
}
END_TEST

#define IMPATIENT                                                              \
	"{\"workers\": 1, \"listen\": [\"127.0.0.1:$PORT\"],"                  \
	" \"timeouts\": {\"drain_delay\": \"0s\", \"handler\": \"300ms\"},"    \
	" \"sites\": [{\"routes\": [{\"path\": \"/*\", \"root\": \"$ROOT\"},"  \
	" {\"path\": \"/slow/*\", \"root\": \"$DIR/slow\"}]}]}"

START_TEST(a_disk_that_takes_too_long_is_a_504)
{
	struct client c;
	struct response r;

	if (!start(IMPATIENT))
		return;
	ask_cold(&c, 1);
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 504);
	response_free(&r);
	client_close(&c);
	stop();
}
END_TEST

/* The module is done with it long before. */
START_TEST(a_module_answers_with_a_cold_file)
{
	struct client c;
	struct response r;

	if (!start(CONF("{\"mode\": \"threads\"}")))
		return;
	client_open(&c, s.port);
	/* The folder itself is opened at the first file. */
	client_get(&c, "/api/files/none", &r);
	ck_assert_int_eq(r.status, 404);
	response_free(&r);
	client_say(&c, "GET /api/files/3.bin HTTP/1.1\r\nHost: a\r\n\r\n"
		       "GET /api/seen/you HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(client_is_silent(&c, DELAY / 2));
	client_recv(&c, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_uint_eq(r.len, SIZE);
	ck_assert_int_eq(memcmp(r.body, content + 3, SIZE), 0);
	response_free(&r);
	client_recv(&c, &r);
	ck_assert_str_eq(r.body, "module you");
	response_free(&r);
	client_close(&c);
	stop();
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_module_answers_with_a_cold_file, 1 },
		{ cold_files_keep_nobody_else_waiting, ROWS(rows) },
		{ a_large_file_keeps_nobody_else_waiting, 4 },
		{ one_look_answers_all_who_ask_for_a_file, 1 },
		{ what_is_cold_is_answered_like_what_is_hot, ROWS(answers) },
		{ requests_behind_a_cold_one_are_answered_in_order, 1 },
		{ a_drain_answers_who_waits_for_the_disk, 1 },
		{ who_waits_may_go_and_the_worker_too, 1 },
		{ a_disk_that_takes_too_long_is_a_504, 1 },
	};

	return harness_run("slow_disk", tests, ROWS(tests));
}
