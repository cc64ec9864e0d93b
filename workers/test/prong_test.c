/*
 * The worker, and the client that asks once: the other end of a socketpair, on
 * the same loop.
 * SPDX-License-Identifier: MIT
 */
#include "api/prong_test.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/context.h"
#include "api/export_symbols.h"
#include "api/instance.h"
#include "api/module.h"
#include "common/clock.h"
#include "common/conf.h"
#include "common/heritage.h"
#include "common/mem.h"
#include "common/slot.h"
#include "conn/conn.h"
#include "conn/worker_state.h"
#include "file/work_pool.h"
#include "serve/serve_state.h"
#include "serve/worker_parts.h"
#include "test/test_response.h"
#include "test/test_state.h"

/* ---- the loop ----------------------------------------------------------- */

void
test_take_time(struct prong_test *t)
{
	struct worker *w = &t->worker;

	w->now_ms = clock_now_ms() + t->advanced_ms;
	w->now_ns = w->now_ms * 1000000;
	w->second = (uint32_t)(time(NULL) + t->advanced_ms / 1000);
	date_format((time_t)w->second, w->date);
}

static void
on_turn(struct ev_loop *loop, ev_check *check, int revents)
{
	(void)loop;
	(void)revents;
	test_take_time(check->data);
}

/* What a worker does before its loop waits. */
static void
on_sweep(struct ev_loop *loop, ev_prepare *sweep, int revents)
{
	struct prong_test *t = sweep->data;

	(void)loop;
	(void)revents;
	while (run_queue_run(&t->worker.run_queue))
		;
	conn_table_sweep(&t->worker.conns);
	sink_flush(&t->worker.error_sink);
}

static void
on_guard(struct ev_loop *loop, ev_timer *guard, int revents)
{
	struct prong_test *t = guard->data;

	(void)loop;
	(void)revents;
	t->is_over = true;
}

static void
on_readable(struct ev_loop *loop, ev_io *io, int revents)
{
	struct prong_test *t = io->data;

	(void)revents;
	if (test_response_read(&t->response, io->fd)) {
		ev_io_stop(loop, io);
		t->is_over = true;
	}
}

void
test_run_loop(struct prong_test *t, int64_t milliseconds)
{
	struct ev_loop *loop = t->worker.loop;

	t->is_over = false;
	ev_now_update(loop);
	ev_timer_set(&t->guard, (double)milliseconds / 1e3, 0.);
	ev_timer_start(loop, &t->guard);
	while (!t->is_over)
		ev_run(loop, EVRUN_ONCE);
	ev_timer_stop(loop, &t->guard);
}

/* ---- the worker --------------------------------------------------------- */

static void
init_conf(struct prong_test *t, const char *config)
{
	struct conf *c = &t->conf;

	arena_init(&c->arena, 4096, 0);
	c->file = "config";
	c->media_types = media_types_new(&c->arena, NULL);
	c->limits = (struct conf_limits){ .connections = TEST_CLIENTS,
		.request_line = 8 * 1024,
		.field = 8 * 1024,
		.head = 32 * 1024,
		.fields = 100,
		.path_depth = 64,
		.body = 64 * 1024 * 1024,
		.discard = 64 * 1024,
		.body_rate = 1,
		.write_rate = 1,
		.pipelined = 16,
		.cached_file = 256 * 1024,
		.cache = 8 * 1024 * 1024 };
	c->timeouts = (struct conf_timeouts){ .head = TEST_TIMEOUT_MS,
		.body = TEST_TIMEOUT_MS,
		.write = TEST_TIMEOUT_MS,
		.idle = TEST_TIMEOUT_MS,
		.linger = 1000,
		.handler = TEST_TIMEOUT_MS };
	c->paths.temp = "/tmp";
	c->sites = &t->site;
	c->nsites = 1;
	t->site.routes = &t->route;
	t->site.nroutes = 1;
	t->route = (struct conf_route){ .path = SPAN("/"),
		.is_prefix = true,
		.kind = CONF_ROUTE_ROOT,
		.files.root = "/" };
	t->route.module.name = "test";
	t->route.module.config.text = config == NULL ? "{}" : config;
	t->listen.protocols = 1u << CONF_HTTP_1;
	t->heritage = (struct heritage){ .conf = c,
		.slot = &t->slot,
		.inflight = &t->inflight,
		.channel = -1 };
}

static void
start_watchers(struct prong_test *t)
{
	struct ev_loop *loop = t->worker.loop;

	ev_prepare_init(&t->sweep, on_sweep);
	ev_check_init(&t->turn, on_turn);
	ev_set_priority(&t->turn, EV_MAXPRI);
	ev_timer_init(&t->guard, on_guard, 0., 0.);
	ev_init(&t->readable, on_readable);
	t->sweep.data = t->turn.data = t;
	t->guard.data = t->readable.data = t;
	ev_prepare_start(loop, &t->sweep);
	ev_check_start(loop, &t->turn);
}

static void
init_worker(struct prong_test *t)
{
	enum { BUFFER = 64 * 1024 };
	struct worker *w = &t->worker;
	char why[256] = "";
	int status;

	w->state = WORKER_SERVING;
	t->serve.modules = &module_service;
	worker_parts_link(w, &t->heritage, &t->serve);
	worker_parts_open(w, ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV), SIZE_MAX);
	test_take_time(t);
	sink_init(&w->error_sink, SINK_FD,
		fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), BUFFER, false);
	w->log =
		(struct log){ .to = &w->error_sink, .level = LOG_LEVEL_NOTICE };
	access_logs_open(&w->serve->access, &t->heritage, &w->second, &w->loop);
	status = conn_table_init(
		&w->conns, (size_t)t->conf.limits.connections, 0);
	assert(status == 0);
	w->work = work_pool_open(w->loop);
	status = site_table_init(&w->serve->sites, w, why, sizeof(why));
	assert(status == 0);
	start_watchers(t);
}

static void
close_connections(struct worker *w)
{
	for (size_t i = 0; i < w->conns.used; i++)
		if (w->conns.all[i].state != CONN_CLOSED)
			conn_close(&w->conns.all[i], "the test is over");
	conn_table_sweep(&w->conns);
}

static void
close_client(struct prong_test *t)
{
	if (t->client == -1)
		return;
	ev_io_stop(t->worker.loop, &t->readable);
	close(t->client);
	t->client = -1;
}

void
prong_test_free(struct prong_test *t)
{
	struct worker *w;

	if (t == NULL)
		return;
	w = &t->worker;
	close_client(t);
	test_close_clients(t);
	work_pool_close(w->work);
	close_connections(w);
	worker_parts_close(w);
	access_logs_close(&w->serve->access, &w->log);
	if (w->contexts != NULL)
		context_pool_fini(w->contexts);
	free(w->contexts);
	conn_table_fini(&w->conns);
	sink_fini(&w->error_sink);
	ev_loop_destroy(w->loop);
	test_response_fini(&t->response);
	arena_fini(&t->conf.arena);
	free(t);
}

/* ---- prong_test.h ------------------------------------------------------- */

struct prong_test *
prong_test_new(const struct prong_module *module, const char *config)
{
	struct prong_test *t = mem_calloc(1, sizeof(*t));
	char why[4096] = "";
	json_error_t error;
	json_t *json = json_loads(config == NULL ? "{}" : config, 0, &error);

	t->client = -1;
	init_conf(t, json_is_object(json) ? config : NULL);
	init_worker(t);
	t->route.kind = CONF_ROUTE_MODULE;
	if (!json_is_object(json))
		snprintf(why, sizeof(why), "the configuration is no object: %s",
			error.text);
	else if (export_symbols[0] != NULL)
		t->serve.sites.sites[0].routes[0].module = module_make(
			&t->worker, &t->route, module, why, sizeof(why));
	json_decref(json);
	if (t->serve.sites.sites[0].routes[0].module != NULL)
		return t;
	fprintf(stderr, "prong_test_new: %s\n", why);
	prong_test_free(t);
	errno = EINVAL;
	return NULL;
}

void
test_send(struct prong_test *t, int fd, const char *bytes, size_t len)
{
	int64_t deadline = clock_now_ms() + TEST_TIMEOUT_MS;
	ssize_t n;

	while (len > 0 && clock_now_ms() < deadline) {
		n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR) {
			return;
		} else {
			test_run_loop(t, 1);
		}
	}
}

int
test_connect(struct prong_test *t)
{
	static const struct sockaddr_in6 peer = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fds[2];

	if (!conn_table_has_room(&t->worker.conns, false)) {
		/* Those that were closed give their room back in the loop. */
		test_run_loop(t, 1);
		if (!conn_table_has_room(&t->worker.conns, false)) {
			fprintf(stderr,
				"prong_test: %d clients are open, the most "
				"there can be: call prong_test_close()\n",
				TEST_CLIENTS);
			errno = EMFILE;
			return -1;
		}
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		    fds) == -1) {
		fprintf(stderr,
			"prong_test: no socket for a client: %s; a client "
			"takes two descriptors, see ulimit -n\n",
			strerror(errno));
		return -1;
	}
	conn_open(&t->worker, fds[0],
		(const struct sockaddr *)(const void *)&peer, &t->listen);
	return fds[1];
}

static void
open_client(struct prong_test *t)
{
	close_client(t);
	t->client = test_connect(t);
	if (t->client == -1)
		return;
	ev_io_set(&t->readable, t->client, EV_READ);
	ev_io_start(t->worker.loop, &t->readable);
}

const struct prong_test_answer *
prong_test_ask(struct prong_test *t, const char *method, const char *target,
	const char *fields, const void *body, size_t len)
{
	char *head;
	int size = asprintf(&head,
		"%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
		"Content-Length: %zu\r\n%s\r\n",
		method, target, len, fields == NULL ? "" : fields);

	assert(size != -1);
	test_response_start(&t->response, strcmp(method, "HEAD") == 0);
	open_client(t);
	test_send(t, t->client, head, (size_t)size);
	test_send(t, t->client, body, len);
	free(head);
	if (t->client != -1 && !t->response.is_done)
		test_run_loop(t, TEST_TIMEOUT_MS);
	test_response_finish(&t->response);
	t->answer = (struct prong_test_answer){ .status = t->response.status,
		.head = t->response.head,
		.body = t->response.body,
		.len = t->response.len,
		.is_complete = t->response.is_complete };
	return &t->answer;
}

const char *
prong_test_field(struct prong_test *t, const char *name)
{
	return test_response_field(&t->response, name);
}

void
prong_test_run(struct prong_test *t, int64_t milliseconds)
{
	int64_t end = clock_now_ms() + milliseconds, left;

	while ((left = end - clock_now_ms()) > 0)
		test_run_loop(t, left);
}

struct prong_instance *
prong_test_instance(struct prong_test *t)
{
	return module_instance(t->serve.sites.sites[0].routes[0].module);
}
