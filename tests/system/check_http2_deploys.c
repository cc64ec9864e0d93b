/*
 * Deploys under HTTP/2 in clear: connections go from worker to worker, and
 * their clients are not told to leave.
 * SPDX-License-Identifier: MIT
 */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "support/client.h"
#include "support/harness.h"
#include "support/http2_deploy.h"
#include "support/scrape.h"
#include "support/test_deadline.h"

enum { CLIENTS = 6 };

static struct deploy d;

/* ---- connections that move ----------------------------------------------- */

static void
wait_for_moves(const char *result, long count)
{
	int64_t deadline = deadline_in(DEADLINE);
	char label[32];

	snprintf(label, sizeof(label), "result=\"%s\"", result);
	while (scrape_sum(d.admin, "prong_http2_moves_total", label) < count)
		ck_assert_msg(deadline_now() < deadline, "%s", result);
}

START_TEST(an_idle_connection_is_handed_over)
{
	deploy_begin(&d, DRAIN("20s"));
	for (uint32_t id = 1; id < 9; id += 2) {
		deploy_get(&d, id);
		deploy_reload(&d);
		deploy_follow(&d);
	}
	deploy_get(&d, 9);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	wait_for_moves("moved", 4);
	ck_assert_int_eq(
		scrape_sum(d.admin, "prong_http2_connections_total", ""), 1);
	deploy_end(&d);
}
END_TEST

START_TEST(a_connection_without_a_request_is_handed_over)
{
	deploy_begin(&d, DRAIN("20s"));
	deploy_reload(&d);
	deploy_follow(&d);
	deploy_reload(&d);
	deploy_follow(&d);
	deploy_get(&d, 1);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

/* They are held back, and the new worker serves them. */
START_TEST(requests_wait_for_the_streams_that_are_open)
{
	deploy_begin(&d, DRAIN("20s"));
	deploy_reload(&d);
	deploy_wait_for_table(&d, 0);
	deploy_ask(&d, 1,
		"/live/later?ms=200"); /* it may still refer to the table */
	deploy_acknowledge(&d);
	deploy_ask(&d, 3, "/hello.txt");
	deploy_assert_response(&d, 1, "later\n", 1);
	deploy_read_until_table(&d, DEPLOY_TABLE);
	deploy_assert_response(&d, 3, "hello\n", 2);
	deploy_get(&d, 5);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

static void
set_cork(int is_on)
{
	ck_assert_int_eq(setsockopt(d.c.tcp.fd, IPPROTO_TCP, TCP_CORK, &is_on,
				 sizeof(is_on)),
		0);
}

static void
send_goaway(void)
{
	http2_client_send(&d.c, HTTP2_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
}

/* RFC 9113 6.8: the client does not end before its responses have come.  Its
 * frames come at once. */
static const bool has_ended_before[] = { false, true };

START_TEST(requests_that_wait_are_served_when_the_client_ends)
{
	unsigned nended = 0;
	struct http2_frame f;

	deploy_begin(&d, DRAIN("20s"));
	deploy_reload(&d);
	deploy_wait_for_table(&d, 0);
	set_cork(1);
	deploy_ask(&d, 1, "/live/later?ms=200");
	deploy_acknowledge(&d);
	if (has_ended_before[_i])
		send_goaway();
	deploy_ask(&d, 3, "/hello.txt");
	if (!has_ended_before[_i])
		send_goaway();
	set_cork(0);
	while (nended < 2) {
		ck_assert(deploy_read_frame(&d, &f));
		ck_assert_int_ne(f.type, HTTP2_RST_STREAM);
		nended += f.id > 0 && f.flags & HTTP2_END_STREAM;
	}
	deploy_end(&d);
}
END_TEST

/* Half a second is the longest; later the connection moves all the same. */
START_TEST(requests_do_not_wait_for_a_stream_that_goes_on)
{
	deploy_begin(&d, DRAIN("20s"));
	deploy_ask(&d, 1, "/live/later?ms=1500");
	deploy_reload(&d);
	deploy_read_until_table(&d, 0);
	deploy_ask(&d, 3, "/hello.txt");
	deploy_assert_response(&d, 3, "hello\n", 1);
	deploy_assert_response(&d, 1, "later\n", 1);
	deploy_read_until_table(&d, DEPLOY_TABLE);
	deploy_get(&d, 5);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

/* RFC 9113 6.8: in two steps. */
START_TEST(a_stream_that_does_not_end_is_announced_the_end)
{
	struct http2_frame f;

	deploy_begin(&d, DRAIN("2s"));
	deploy_ask(&d, 1, "/live/endless");
	do
		ck_assert(deploy_read_frame(&d, &f));
	while (f.type != HTTP2_DATA);
	deploy_reload(&d);
	deploy_read_until_table(&d, 0);
	do /* the PING is not answered yet */
		ck_assert(http2_client_read(&d.c, &f));
	while (f.type != HTTP2_GOAWAY);
	ck_assert_int_eq(memcmp(f.payload, "\x7f\xff\xff\xff", 4), 0);
	deploy_ask(&d, 3, "/hello.txt");
	deploy_assert_response(&d, 3, "hello\n", 1);
	http2_client_send(&d.c, HTTP2_PING, HTTP2_ACK, 0, "\0\0\0\0\0\0\0", 8);
	while (d.c.ngoaways < 2)
		ck_assert(deploy_read_frame(&d, &f));
	wait_for_moves("stayed", 1);
	deploy_end(&d);
}
END_TEST

/* Bytes of a HEADERS frame that come before the reload. */
static const size_t halves[] = { 1, 5, HTTP2_FRAME_HEAD, 12, 16 };

START_TEST(half_a_frame_is_handed_over)
{
	static const char frame[] =
		"\0\0\x11\1\5\0\0\0\3\x82\x86\1\1a\4\x0a/hello.txt";
	static const char ack[HTTP2_FRAME_HEAD] = "\0\0\0\4\1";
	size_t len = sizeof(frame) - 1;
	char both[64];

	deploy_begin(&d, DRAIN("20s"));
	deploy_get(&d, 1);
	deploy_reload(&d);
	deploy_wait_for_table(&d, 0);
	memcpy(both, ack, sizeof(ack));
	memcpy(both + sizeof(ack), frame, halves[_i]);
	client_send(&d.c.tcp, both, sizeof(ack) + halves[_i]);
	deploy_wait_for_table(&d, DEPLOY_TABLE);
	client_send(&d.c.tcp, frame + halves[_i], len - halves[_i]);
	deploy_assert_response(&d, 3, "hello\n", 2);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

/* ---- whatever is in flight ----------------------------------------------- */

static const struct {
	const char *method, *path, *fields, *first, *rest;
	int status;
	unsigned ninterim;
	const char *body; /* its beginning */
} flights[] = {
	{ "GET", "/live/later?ms=100", "", NULL, NULL, 200, 0, "later\n" },
	{ "GET", "/answers/hint", "", NULL, NULL, 200, 2, "hinted\n" },
	{ "OPTIONS", "*", "", NULL, NULL, 204, 0, "" },
	{ "POST", "/echo", "", "some ", "content", 200, 0, "" },
	{ "POST", "/echo", "expect: 100-continue\n", "some ", "content", 200, 1,
		"" },
	{ "PUT", "/takes/slow", "", "some ", "content", 200, 0, "12 " },
	{ "POST", "/live/pour", "", "some ", "content", 200, 0,
		"some content" },
};

START_TEST(a_stream_in_flight_is_finished_by_the_old_worker)
{
	const char *first = flights[_i].first;
	struct http2_response r;

	deploy_begin(&d, DRAIN("20s"));
	http2_client_request(&d.c, 1, flights[_i].method, flights[_i].path,
		flights[_i].fields, first == NULL ? HTTP2_END_STREAM : 0);
	if (first != NULL)
		http2_client_send(&d.c, HTTP2_DATA, 0, 1, first, strlen(first));
	deploy_reload(&d);
	if (first != NULL)
		http2_client_send(&d.c, HTTP2_DATA, HTTP2_END_STREAM, 1,
			flights[_i].rest, strlen(flights[_i].rest));
	http2_client_response(&d.c, 1, &r);
	ck_assert_msg(!r.is_reset, "error %u", r.error);
	ck_assert_int_eq(r.status, flights[_i].status);
	ck_assert_int_eq(
		strncmp(r.body, flights[_i].body, strlen(flights[_i].body)), 0);
	http2_response_free(&r);
	deploy_read_until_table(&d, DEPLOY_TABLE);
	deploy_get(&d, 3);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

/* Server-Sent Events have no end of their own: the old worker ends them a
 * moment before it leaves. */
START_TEST(events_end_cleanly_with_the_drain)
{
	struct http2_response r;

	deploy_begin(&d, DRAIN("2s"));
	deploy_ask(&d, 1, "/live/events");
	deploy_reload(&d);
	http2_client_response(&d.c, 1, &r);
	ck_assert_int_eq(r.status, 200);
	ck_assert(!r.is_reset);
	ck_assert_ptr_nonnull(strstr(r.body, "event: hello"));
	http2_response_free(&r);
	ck_assert(client_is_eof(&d.c.tcp, DEADLINE));
	deploy_end(&d);
}
END_TEST

/* ---- other deploys ------------------------------------------------------ */

static void
run(const char *command, const char *argument)
{
	struct program_result r;

	program_run(&(struct program){ .cwd = d.s.dir },
		argument == NULL ? (const char *const[]){ "prong", command,
					   "-c", d.s.file, NULL }
				 : (const char *const[]){ "prong", command,
					   argument, "-c", d.s.file, NULL },
		&r);
	ck_assert_msg(r.status == 0, "%s%s", r.out, r.err);
}

static void
get_all(struct http2_client *all, uint32_t id)
{
	for (int i = 0; i < CLIENTS; i++) {
		d.c = all[i];
		deploy_get(&d, id);
		ck_assert_uint_eq(d.c.ngoaways, 0);
		all[i] = d.c;
	}
}

START_TEST(fewer_workers_close_no_connection)
{
	struct http2_client all[CLIENTS], first;

	d.nworkers = 4;
	deploy_begin(&d, DRAIN("20s"));
	first = d.c;
	for (int i = 0; i < CLIENTS; i++)
		http2_client_open(&all[i], d.s.port);
	for (uint32_t id = 1; id < 9; id += 2) {
		run("scale", id % 4 == 1 ? "1" : "4");
		get_all(all, id);
	}
	for (int i = 0; i < CLIENTS; i++)
		http2_client_close(&all[i]);
	d.c = first;
	deploy_get(&d, 1);
	deploy_end(&d);
}
END_TEST

/* All connect while one worker alone accepts; then they are shared. */
START_TEST(a_worker_with_too_many_connections_passes_some_on)
{
	struct http2_client all[CLIENTS], first;
	int64_t deadline = deadline_in(DEADLINE);
	pid_t workers[PROC_CHILDREN];
	int before, id = 1;

	d.nworkers = 2;
	deploy_begin(&d, DRAIN("20s"));
	first = d.c;
	ck_assert_uint_eq(server_workers(&d.s, workers), 2);
	server_halt(&d.s, workers[1]);
	for (int i = 0; i < CLIENTS; i++)
		http2_client_open(&all[i], d.s.port);
	get_all(all, 1);
	before = proc_sockets(workers[0]);
	kill(workers[1], SIGCONT);
	while (proc_sockets(workers[0]) > before - 2) {
		ck_assert_int_lt(deadline_now(), deadline);
		get_all(all, (uint32_t)(id += 2));
		server_tick(&d.s, deadline);
	}
	get_all(all, (uint32_t)(id + 2));
	for (int i = 0; i < CLIENTS; i++)
		http2_client_close(&all[i]);
	d.c = first;
	deploy_get(&d, 1);
	deploy_end(&d);
}
END_TEST

static pid_t
read_pid(void)
{
	char *text = server_read(&d.s, "prong.pid");
	pid_t pid = (pid_t)strtol(text, NULL, 10);

	free(text);
	return pid;
}

/* The new master is the server from then on. */
static void
upgrade(void)
{
	int64_t deadline = deadline_in(DEADLINE);

	run("upgrade", NULL);
	deploy_follow(&d);
	while (read_pid() == d.s.pid && server_tick(&d.s, deadline))
		;
	server_wait(&d.s, 0);
	d.s.pid = read_pid();
}

START_TEST(an_upgrade_closes_no_connection)
{
	deploy_begin(&d, DRAIN("20s"));
	deploy_get(&d, 1);
	upgrade();
	deploy_get(&d, 3);
	ck_assert_uint_eq(d.c.ngoaways, 0);
	deploy_end(&d);
}
END_TEST

int
main(void)
{
	struct harness_test tests[] = {
		{ an_idle_connection_is_handed_over, 1 },
		{ a_connection_without_a_request_is_handed_over, 1 },
		{ requests_wait_for_the_streams_that_are_open, 1 },
		{ requests_that_wait_are_served_when_the_client_ends,
			ROWS(has_ended_before) },
		{ requests_do_not_wait_for_a_stream_that_goes_on, 1 },
		{ a_stream_that_does_not_end_is_announced_the_end, 1 },
		{ half_a_frame_is_handed_over, ROWS(halves) },
		{ a_stream_in_flight_is_finished_by_the_old_worker,
			ROWS(flights) },
		{ events_end_cleanly_with_the_drain, 1 },
		{ fewer_workers_close_no_connection, 1 },
		{ a_worker_with_too_many_connections_passes_some_on, 1 },
		{ an_upgrade_closes_no_connection, 1 },
	};

	return harness_run("http2_deploys", tests, ROWS(tests));
}
