/*
 * A process without descriptors sheds what is idle and serves on.
 * SPDX-License-Identifier: MIT
 */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { FILES = 40, CLIENTS = 40, SIZE = 2000 };

/* Every file is larger than those that are kept in memory: the cache holds a
 * descriptor for each. */
#define CONF                                                                   \
	SERVER_CONF_WITH("\"limits\": {\"cached_file\": \"1k\"},"              \
			 "\"control\": \"control\"")

static struct server s;
static struct client clients[CLIENTS];
static pid_t workers[PROC_CHILDREN];

/* The cache keeps no file that was written a moment ago. */
static void
write_old_file(const char *name, const char *bytes)
{
	struct timespec times[] = { { 1000000000, 0 }, { 1000000000, 0 } };
	char path[160];

	server_file(&s, name, bytes, SIZE);
	snprintf(path, sizeof(path), "%s/%s", s.dir, name);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
start(void)
{
	char name[32], *bytes = server_pattern(SIZE);

	server_init(&s);
	s.program.nofile = 1024;
	server_text(&s, "www/hello.txt", "hello\n");
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "www/%d", i);
		write_old_file(name, bytes);
	}
	free(bytes);
	server_start(&s, CONF);
	ck_assert_uint_eq(server_workers(&s, workers), 2);
}

static void
get(struct client *c, const char *path)
{
	struct response r;

	client_get(c, path, &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
}

static void
fill_cache(void)
{
	struct client c;
	char path[32];

	client_open(&c, s.port);
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "/%d", i);
		get(&c, path);
	}
	client_close(&c);
}

/* One more than the highest descriptor of a process. */
static rlim_t
highest_descriptor(pid_t pid)
{
	char path[64];
	struct dirent *e;
	rlim_t top = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)) != NULL)
		if (strtoul(e->d_name, NULL, 10) + 1 > top)
			top = strtoul(e->d_name, NULL, 10) + 1;
	closedir(d);
	return top;
}

static void
limit_descriptors(pid_t pid, rlim_t most)
{
	struct rlimit limit = { most, 1024 };

	ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

/* The second worker gets no client while it stands still; then the first one
 * is crowded, and shares. */
static void
crowd_first_worker(void)
{
	server_halt(&s, workers[1]);
	for (int i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], s.port);
		get(&clients[i], "/hello.txt");
	}
	kill(workers[1], SIGCONT);
}

static void
assert_same_workers(void)
{
	pid_t now[PROC_CHILDREN];

	ck_assert_uint_eq(server_workers(&s, now), 2);
	ck_assert_int_eq(now[0], workers[0]);
	ck_assert_int_eq(now[1], workers[1]);
	ck_assert(!server_log_has(&s, "the master is gone", 0));
}

/* Sockets of the second worker, or those that it gets within the deadline. */
static int
wait_for_sockets(int least)
{
	int64_t deadline = deadline_in(DEADLINE);
	int n;

	while ((n = proc_sockets(workers[1])) < least) {
		ck_assert_msg(deadline_now() < deadline, "only %d", n);
		poll(NULL, 0, 20);
	}
	return n;
}

START_TEST(idle_files_give_way_to_connections_that_are_handed_over)
{
	int before;

	start();
	server_halt(&s, workers[0]);
	fill_cache();
	kill(workers[0], SIGCONT);
	ck_assert_uint_ge(highest_descriptor(workers[1]), FILES);
	limit_descriptors(workers[1], highest_descriptor(workers[1]));
	before = proc_sockets(workers[1]);
	crowd_first_worker();
	wait_for_sockets(before + CLIENTS / 4);
	for (int i = 0; i < CLIENTS; i++) {
		get(&clients[i], "/hello.txt");
		client_close(&clients[i]);
	}
	assert_same_workers();
	server_stop(&s);
}
END_TEST

/* A worker in which nothing is idle loses what it was handed, and nothing
 * else. */
START_TEST(a_worker_that_stays_short_of_descriptors_keeps_serving)
{
	struct client c;

	start();
	limit_descriptors(workers[1], highest_descriptor(workers[1]));
	crowd_first_worker();
	ck_assert(server_log_has(
		&s, "dropped connections that were handed over", DEADLINE));
	limit_descriptors(workers[1], 1024);
	for (int i = 0; i < CLIENTS; i++)
		client_close(&clients[i]);
	server_halt(&s, workers[0]);
	client_open(&c, s.port);
	get(&c, "/hello.txt");
	client_close(&c);
	kill(workers[0], SIGCONT);
	assert_same_workers();
	server_stop(&s);
}
END_TEST

/* A route takes some 60 bytes of the configuration. */
START_TEST(many_routes_of_one_directory_take_one_descriptor)
{
	enum { ROUTES = 300, ROOM = ROUTES * 64 + 256 };
	char *conf = malloc(ROOM);
	struct response r;
	int used;

	used = snprintf(conf, ROOM,
		"{\"workers\": 1, \"listen\": "
		"[\"127.0.0.1:$PORT\"]," SERVER_TIMEOUTS
		", \"sites\": [{\"routes\": [");
	for (int i = 0; i < ROUTES; i++)
		used += snprintf(conf + used, ROOM - (size_t)used,
			"{\"path\": \"/%d/*\", \"root\": \"$ROOT\"},", i);
	snprintf(conf + used, ROOM - (size_t)used,
		"{\"path\": \"/*\", \"root\": \"$ROOT\"}]}]}");
	server_init(&s);
	s.program.nofile = 128;
	server_text(&s, "www/hello.txt", "hello\n");
	server_start(&s, conf);
	free(conf);
	client_fetch(s.port, "/299/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	ck_assert_uint_eq(server_workers(&s, workers), 1);
	ck_assert_int_lt(proc_descriptors(workers[0]), 40);
	server_stop(&s);
}
END_TEST

/* In hundredths of a second, of the user's and the kernel's time. */
static long
cpu_time(pid_t pid)
{
	char path[64], text[1024];
	unsigned long user, kernel;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);
	ck_assert_int_eq(
		sscanf(strrchr(text, ')') + 1,
			" %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			&user, &kernel),
		2);
	return (long)(user + kernel);
}

/* A client waits for longer than a spinning master would take to burn half a
 * second; then it is answered. */
START_TEST(a_master_without_descriptors_does_not_spin)
{
	const char *argv[] = { "prong", "ps", "-c", s.file, NULL };
	const struct program plain = { 0 };
	struct response r;
	long before;
	pid_t pid;

	server_init(&s);
	s.program.nofile = 1024;
	server_text(&s, "www/index.html", "x");
	server_text(&s, "www/hello.txt", "hello\n");
	server_start(&s, CONF);
	limit_descriptors(s.pid, 3);
	before = cpu_time(s.pid);
	pid = program_start(&plain, argv, STDERR_FILENO, STDERR_FILENO);
	ck_assert_int_eq(program_wait(pid, 1500), -1);
	ck_assert_int_lt(cpu_time(s.pid) - before, 50);
	client_fetch(s.port, "/hello.txt", "", &r);
	ck_assert_int_eq(r.status, 200);
	response_free(&r);
	limit_descriptors(s.pid, 1024);
	ck_assert_int_eq(program_wait(pid, DEADLINE), 0);
	server_stop(&s);
}
END_TEST

/* Nothing was opened, so nothing is said to be. */
START_TEST(a_reopen_without_descriptors_is_refused)
{
	const char *argv[] = { "prong", "reopen", "-c", s.file, NULL };
	const struct program plain = { 0 };
	struct program_result result;

	server_init(&s);
	s.program.nofile = 1024;
	s.tolerated = "logs were not reopened: /dev/null: Too many open files";
	server_text(&s, "www/index.html", "x");
	server_start(&s, CONF);
	limit_descriptors(s.pid, 3);
	server_signal(&s, SIGUSR1);
	ck_assert(server_log_has(&s, s.tolerated, DEADLINE));
	ck_assert(!server_log_has(&s, "SIGUSR1: logs reopened", 0));
	limit_descriptors(s.pid, 1024);
	program_run(&plain, argv, &result);
	ck_assert_int_eq(result.status, 0);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ idle_files_give_way_to_connections_that_are_handed_over, 1 },
		{ many_routes_of_one_directory_take_one_descriptor, 1 },
		{ a_worker_that_stays_short_of_descriptors_keeps_serving, 1 },
		{ a_master_without_descriptors_does_not_spin, 1 },
		{ a_reopen_without_descriptors_is_refused, 1 },
	};

	return harness_run("shortage", tests, ROWS(tests));
}
