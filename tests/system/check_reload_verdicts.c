/*
 * prong reload: yes or no, why, and nothing lost either way.
 * SPDX-License-Identifier: MIT
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/server.h"
#include "support/test_deadline.h"

enum { HUPS = 100, TURNS = 20 };

#define TOP TOP_WITH("\"ready\": \"20s\"")
#define TOP_WITH(timeout)                                                      \
	"{\"workers\": 2, \"control\": \"control\",\n"                         \
	"\"timeouts\": {\"drain_delay\": \"0s\", " timeout "},\n"
#define HASTY TOP_WITH("\"ready\": \"3s\"")
#define HERE  "\"listen\": [\"127.0.0.1:$PORT\"],\n"
#define SITE(route)                                                            \
	"\"sites\": [{\"routes\": [{\"path\": \"/*\", " route "}]}]}"
#define ROOT         SITE("\"root\": \"$ROOT\"")
#define MODULE(name) SITE("\"module\": \"" MODULES "/" name ".so\"")
#define GOOD         TOP HERE ROOT

static struct server s;

/* ---- a client that asks all the time ------------------------------------ */

static void
ask_once(struct client *c)
{
	struct response r;

	client_get(c, "/hello.txt", &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert_str_eq(r.body, "hello\n");
	response_free(&r);
}

/* Runs `prong WORDS -c file` while requests are answered on one connection. */
static void
run(struct client *c, struct program_result *result, const char *word,
	const char *more)
{
	const char *argv[] = { "prong", word, "-c", s.file, more, NULL };
	const struct program plain = { 0 };

	for (int i = 0; i < TURNS; i++)
		ask_once(c);
	program_run(&plain, argv, result);
	for (int i = 0; i < TURNS; i++)
		ask_once(c);
}

static void
start_with(struct client *c, const char *conf)
{
	server_serve(&s, conf);
	client_open(c, s.port);
}

static void
start(struct client *c)
{
	start_with(c, GOOD);
}

static void
reload_well(struct client *c)
{
	struct program_result result;

	server_configure(&s, GOOD);
	run(c, &result, "reload", NULL);
	ck_assert_msg(result.status == 0, "%s", result.err);
	ck_assert_str_eq(result.err, "");
	ck_assert(strncmp(result.out, "reloaded: generation ", 21) == 0);
}

/* ---- no ----------------------------------------------------------------- */

static const struct {
	const char *conf, *says, *also;
} broken[] = {
	{ TOP HERE "\"sites\": [", "prong.json:", "error" },
	{ TOP HERE "\"worker\": 3,\n" ROOT, "prong.json:4:1: error: worker: ",
		"reload refused: the configuration has errors; generation 1 "
		"continues to serve" },
	{ TOP HERE "\"wrokers\": 3,\n\"limit\": 1,\n" ROOT,
		"prong.json:4:1: error: wrokers: ",
		"prong.json:5:1: error: limit: " },
	{ TOP HERE SITE("\"root\": \"$DIR/nothing\""),
		"prong.json:4:", "$DIR/nothing" },
	{ TOP HERE MODULE("nothing"),
		"reload refused: worker 0: ", "nothing.so" },
	{ TOP HERE MODULE("dies_at_load"),
		"reload refused: worker 0: ", "signal 9" },
	{ TOP HERE MODULE("dies_at_request"), "reload refused: worker 0: ",
		"signal 9 while serving GET / HTTP/1.1" },
	{ TOP HERE MODULE("refuses"), "reload refused: worker 0: ",
		"its own GET / was answered 503" },
	{ TOP "\"listen\": [\"127.0.0.1:$PORT\", \"192.0.2.1:80\"],\n" ROOT,
		"reload refused: 192.0.2.1:80: ", "no interface" },
	{ TOP "\"pid_file\": \"nothing/here\",\n" HERE ROOT,
		"reload refused: ", "nothing/here" },
	{ TOP "\"log\": {\"error\": {\"path\": \"nothing/log\"}},\n" HERE ROOT,
		"reload refused: ", "nothing/log" },
};

/* The text with $DIR replaced. */
static const char *
expand(const char *text)
{
	static char out[256];

	if (strncmp(text, "$DIR", 4) != 0)
		return text;
	snprintf(out, sizeof(out), "%s%s", s.dir, text + 4);
	return out;
}

START_TEST(a_broken_configuration_is_refused_with_the_reason)
{
	pid_t before[PROC_CHILDREN], after[PROC_CHILDREN];
	struct program_result result;
	struct client c;
	size_t n;

	start(&c);
	s.tolerated = "";
	n = server_workers(&s, before);
	server_configure(&s, broken[_i].conf);
	run(&c, &result, "reload", NULL);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(
		strstr(result.err, broken[_i].says) != NULL &&
			strstr(result.err, expand(broken[_i].also)) != NULL,
		"it says: %s", result.err);
	ck_assert_str_eq(result.out, "");
	/* What was started for the reload may still be ending. */
	ck_assert(server_has_new_workers(&s, n, NULL, 0, DEADLINE));
	ck_assert_uint_eq(server_workers(&s, after), n);
	ck_assert_int_eq(memcmp(before, after, n * sizeof(before[0])), 0);

	reload_well(&c);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_port_of_another_process_is_refused)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct program_result result;
	socklen_t len = sizeof(at);
	struct client c;
	char conf[512];
	int fd;

	start(&c);
	s.tolerated = "";
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	snprintf(conf, sizeof(conf),
		TOP "\"listen\": [\"127.0.0.1:$PORT\", "
		    "\"127.0.0.1:%d\"],\n" ROOT,
		ntohs(at.sin_port));
	server_configure(&s, conf);
	run(&c, &result, "reload", NULL);
	close(fd);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(
		strstr(result.err, "address in use") != NULL, "%s", result.err);
	reload_well(&c);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* No process writes into it: a master that read it would wait for ever. */
START_TEST(a_configuration_that_cannot_be_read_to_its_end_is_refused)
{
	int64_t started;
	struct client c;

	start_with(&c, HASTY HERE ROOT);
	s.tolerated = "";
	ck_assert_int_eq(unlink(s.file), 0);
	ck_assert_int_eq(mkfifo(s.file, 0600), 0);
	server_signal(&s, SIGHUP);
	started = deadline_now();
	do
		ask_once(&c);
	while (!server_log_has(&s, "reload refused", 1) &&
		deadline_now() - started < DEADLINE);
	ck_assert(server_log_has(&s, "reload refused", 0));
	ck_assert_int_eq(unlink(s.file), 0);
	reload_well(&c);
	client_close(&c);
	server_stop(&s);
}
END_TEST

START_TEST(a_module_that_hangs_is_refused_when_time_is_up)
{
	struct program_result result;
	struct client c;

	start(&c);
	s.tolerated = "";
	server_configure(&s, HASTY HERE MODULE("hangs"));
	run(&c, &result, "reload", NULL);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, "no further one in 3000 ms") != NULL,
		"%s", result.err);
	reload_well(&c);
	client_close(&c);
	server_stop(&s);
}
END_TEST

static void
limit_descriptors(rlim_t most)
{
	struct rlimit limit;

	ck_assert_int_eq(prlimit(s.pid, RLIMIT_NOFILE, NULL, &limit), 0);
	limit.rlim_cur = most;
	ck_assert_int_eq(prlimit(s.pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

/* Room for the command's connection and no more. */
START_TEST(a_master_without_descriptors_refuses)
{
	struct program_result result;
	struct client c;

	start(&c);
	s.tolerated = "";
	limit_descriptors((rlim_t)proc_descriptors(s.pid) + 1);
	run(&c, &result, "reload", NULL);
	ck_assert_int_eq(result.status, 1);
	ck_assert_msg(strstr(result.err, "Too many open files") != NULL, "%s",
		result.err);
	limit_descriptors(1000);
	reload_well(&c);
	client_close(&c);
	server_stop(&s);
}
END_TEST

/* ---- yes, but ----------------------------------------------------------- */

static const char *const deaths[] = { "signal", "exit" }; /* of a worker */

static void
kill_worker_by_request(const char *death)
{
	struct client c;
	struct response r;

	client_open(&c, s.port);
	client_say(&c, "GET / HTTP/1.1\r\nHost: a\r\nX-Die: ");
	client_say(&c, death);
	client_say(&c, "\r\n\r\n");
	client_try_recv(&c, &r, false);
	response_free(&r);
	client_close(&c);
}

START_TEST(crashes_on_probation_roll_a_reload_back)
{
	int64_t deadline = deadline_in(2 * DEADLINE);
	struct program_result result;
	struct response r;
	struct client c;
	bool is_back;

	start(&c);
	s.tolerated = "";
	server_configure(&s, TOP HERE MODULE("dies_if_asked"));
	client_close(&c);
	program_run(&(struct program){ 0 },
		(const char *[]){ "prong", "reload", "-c", s.file, NULL },
		&result);
	ck_assert_msg(result.status == 0, "%s", result.err);
	while (!server_log_has(&s, "generation 3 serves", 1)) {
		ck_assert(deadline_left(deadline) > 0);
		kill_worker_by_request(deaths[_i]);
	}
	ck_assert(server_log_has(&s, "rolling back generation 2", 0));
	/* What came before the old ones were told is still theirs. */
	do {
		ck_assert(deadline_left(deadline) > 0);
		client_fetch(s.port, "/hello.txt", "", &r);
		ck_assert_int_eq(r.status, 200);
		is_back = strcmp(r.body, "hello\n") == 0;
		response_free(&r);
	} while (!is_back);
	server_stop(&s);
}
END_TEST

START_TEST(a_storm_of_hups_becomes_a_few_reloads_and_loses_nothing)
{
	struct client c;
	char *log;
	int reloads = 0;

	start(&c);
	for (int i = 0; i < HUPS; i++) {
		server_signal(&s, SIGHUP);
		ask_once(&c);
	}
	reload_well(&c);
	log = server_read(&s, "stderr");
	for (char *at = log; (at = strstr(at, " serves: ")) != NULL; at++)
		reloads++;
	ck_assert_int_gt(reloads, 1);
	ck_assert_int_le(reloads, HUPS + 2);
	free(log);
	client_close(&c);
	server_stop(&s);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ a_broken_configuration_is_refused_with_the_reason,
			ROWS(broken) },
		{ a_port_of_another_process_is_refused, 1 },
		{ a_configuration_that_cannot_be_read_to_its_end_is_refused,
			1 },
		{ a_module_that_hangs_is_refused_when_time_is_up, 1 },
		{ a_master_without_descriptors_refuses, 1 },
		{ crashes_on_probation_roll_a_reload_back, ROWS(deaths) },
		{ a_storm_of_hups_becomes_a_few_reloads_and_loses_nothing, 1 },
	};

	return harness_run("reload_verdicts", tests, ROWS(tests));
}
