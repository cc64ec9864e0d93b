/*
 * Does what worker.c does at its start, as far as it shows.
 * SPDX-License-Identifier: MIT
 */
#include "support/fake_worker.h"

#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/context.h"
#include "api/module.h"
#include "conn/conn.h"
#include "conn/exchange.h"
#include "conn/http1_conn.h"
#include "file/file.h"
#include "serve/serve.h"
#include "serve/worker_parts.h"
#include "support/fake_worker_head.h"

static const struct sockaddr_in6 peer = { .sin6_family = AF_INET6,
	.sin6_addr = IN6ADDR_LOOPBACK_INIT };

static const char *const no_statuses[] = { NULL };
static const char *const index_names[] = { "index.html", NULL };

void
fake_worker_open(struct fake_worker *b)
{
	memset(b, 0, sizeof(*b));
	snprintf(b->root, sizeof(b->root), "/tmp/fake.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(b->root));
	arena_init(&b->conf.arena, 4096, 0);
	b->conf.media_types = media_types_new(&b->conf.arena, NULL);
	b->conf.limits = fake_worker_limits;
	b->conf.timeouts = (struct conf_timeouts){ .head = 10000,
		.body = 30000,
		.write = 30000,
		.idle = 75000,
		.linger = 2000,
		.handler = 30000 };
	b->conf.paths.modules = "/nowhere";
	b->access_log = (struct conf_access_log){ .file.path = "access",
		.name = "log.access",
		.when.statuses = no_statuses };
	b->numbered[0] = &b->access_log;
	b->conf.log.access = (struct conf_access_logs){ &b->access_log, 1 };
	b->conf.log.numbered = b->numbered;
	b->conf.log.nnumbered = 1;
	b->conf.sites = &b->site;
	b->conf.nsites = 1;
	b->site.routes = b->routes;
	b->heritage = (struct heritage){ .conf = &b->conf,
		.slot = &b->slot,
		.inflight = &b->inflight,
		.channel = -1 };
}

struct conf_route *
fake_worker_add_route(struct fake_worker *b, const char *path)
{
	struct conf_route *r = &b->routes[b->site.nroutes++];

	ck_assert_uint_le(b->site.nroutes, FAKE_WORKER_ROUTES);
	*r = (struct conf_route){ .path = span_of(path),
		.is_prefix = true,
		.kind = CONF_ROUTE_ROOT,
		.files.root = b->root,
		.files.index = index_names };
	return r;
}

static void
set_time(struct worker *w)
{
	w->now_ms = 1000000;
	w->now_ns = w->now_ms * 1000000;
	w->second = FAKE_WORKER_SECOND;
	date_format(FAKE_WORKER_SECOND, w->date);
}

static void
start_logs(struct worker *w, struct heritage *h)
{
	enum { BUFFER = 64 * 1024 };
	static int fd;

	fd = memfd_create("access", MFD_CLOEXEC);
	ck_assert_int_ne(fd, -1);
	h->logs.access = &fd;
	h->logs.naccess = 1;
	access_logs_open(&w->serve->access, h, &w->second, &w->loop);
	sink_init(&w->error_sink, SINK_OFF, -1, BUFFER, true);
	w->log = (struct log){ .to = &w->error_sink, .level = LOG_LEVEL_ERROR };
}

void
fake_worker_start(struct fake_worker *b)
{
	struct worker *w = &b->worker;
	char why[256] = "";

	w->state = WORKER_SERVING;
	b->serve.modules = &module_service;
	worker_parts_link(w, &b->heritage, &b->serve);
	set_time(w);
	start_logs(w, &b->heritage);
	ck_assert_int_eq(conn_table_init(&w->conns,
				 (size_t)b->conf.limits.connections, 0),
		0);
	worker_parts_open(w, ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV), SIZE_MAX);
	b->output = output_get(&w->exchanges.outputs, NULL);
	ck_assert_msg(
		site_table_init(&w->serve->sites, w, why, sizeof(why)) == 0,
		"%s", why);
}

static void
close_connections(struct worker *w)
{
	for (size_t i = 0; i < w->conns.used; i++)
		if (w->conns.all[i].state != CONN_CLOSED)
			conn_close(&w->conns.all[i], "the test is over");
	conn_table_sweep(&w->conns);
}

void
fake_worker_close(struct fake_worker *b)
{
	struct worker *w = &b->worker;
	char command[128];

	close_connections(w);
	output_put(&w->exchanges.outputs, b->output);
	access_logs_close(&w->serve->access, &w->log);
	sink_fini(&w->error_sink);
	worker_parts_close(w);
	if (w->contexts != NULL)
		context_pool_fini(w->contexts);
	free(w->contexts);
	conn_table_fini(&w->conns);
	ev_loop_destroy(w->loop);
	free(b->answer);
	arena_fini(&b->conf.arena);
	snprintf(command, sizeof(command), "rm -rf %s", b->root);
	ck_assert_int_eq(system(command), 0);
}

void
fake_worker_write(struct fake_worker *b, const char *name, const void *content,
	size_t len)
{
	const struct timespec times[2] = { { FAKE_WORKER_SECOND - 1000, 0 },
		{ FAKE_WORKER_SECOND - 1000, 0 } };
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", b->root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(write(fd, content, len), (ssize_t)len);
	ck_assert_int_eq(futimens(fd, times), 0);
	close(fd);
}

/* Moves what is queued to b->answer. */
static void
take_answer(struct fake_worker *b, struct output *o)
{
	size_t len = 0;

	b->answer = realloc(b->answer, o->queued + 1);
	ck_assert_ptr_nonnull(b->answer);
	for (unsigned i = o->first; i < o->count; i++) {
		size_t n = o->runs[i].iov_len;

		if (o->runs[i].iov_base != NULL)
			memcpy(b->answer + len, o->runs[i].iov_base, n);
		else
			ck_assert_int_eq(
				pread(o->from[i].file->fd, b->answer + len, n,
					o->from[i].offset),
				(ssize_t)n);
		len += n;
	}
	ck_assert_uint_eq(len, o->queued);
	b->answer[len] = '\0';
	b->answer_len = len;
	o->sent = o->queued;
	output_drop(o);
}

/* ---- HTTP/1 without a connection ---- */

static bool
is_last_response(const struct exchange *x)
{
	return x->request.wants_close;
}

static void
ignore(struct exchange *x)
{
	(void)x;
}

static int64_t
handler_since(const struct exchange *x)
{
	(void)x;
	return -1;
}

const struct exchange_protocol *
fake_protocol(void)
{
	static struct exchange_protocol protocol;

	protocol = http1_protocol;
	protocol.is_last = is_last_response;
	protocol.on_end = ignore;
	protocol.resume = ignore;
	protocol.handler_since = handler_since;
	return &protocol;
}

struct exchange *
fake_worker_begin(struct fake_worker *b, const char *head, int *status)
{
	struct exchange *x = exchange_new(&b->worker, fake_protocol(),
		b->output, (const struct sockaddr *)(const void *)&peer);

	request_stats_begin(x);
	*status =
		fake_worker_verdict(&x->request, head, strlen(head), &x->arena);
	ck_assert_int_ne(*status, HTTP1_PARTIAL);
	return x;
}

const char *
fake_worker_end(struct fake_worker *b, struct exchange *x)
{
	take_answer(b, x->output);
	exchange_free(x);
	return b->answer;
}

const char *
fake_worker_ask(struct fake_worker *b, const char *head)
{
	int status;
	struct exchange *x = fake_worker_begin(b, head, &status);

	if (status != 0) {
		serve_refuse(x, status);
	} else {
		serve_route(x);
		serve_answer(x);
	}
	return fake_worker_end(b, x);
}

char *
fake_worker_log(struct fake_worker *b)
{
	struct sink *sink = &b->serve.access.all[0].sink;
	off_t size;
	char *text;

	sink_flush(sink);
	size = lseek(sink->fd, 0, SEEK_END);
	ck_assert_int_ge(size, 0);
	text = malloc((size_t)size + 1);
	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(pread(sink->fd, text, (size_t)size, 0), size);
	text[size] = '\0';
	return text;
}

int
fake_worker_connect(struct fake_worker *b, int size)
{
	static const struct conf_listen from = {
		.protocols = 1u << CONF_HTTP_1 | 1u << CONF_HTTP_2
	};
	int fds[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0, fds),
		0);
	for (int i = 0; size > 0 && i < 2; i++) {
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
		setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	conn_open(&b->worker, fds[0],
		(const struct sockaddr *)(const void *)&peer, &from);
	return fds[1];
}

void
fake_worker_turn(struct fake_worker *b)
{
	run_queue_run(&b->worker.run_queue);
	conn_table_sweep(&b->worker.conns);
	ev_run(b->worker.loop, EVRUN_NOWAIT);
}

uint64_t
fake_worker_responses(const struct fake_worker *b, unsigned class)
{
	unsigned method, status;
	uint64_t n, sum = 0;
	size_t i = 0;

	while (site_counters_next(&b->slot.no_site, &i, &method, &status, &n))
		sum += status / 100 == class ? n : 0;
	return sum;
}

void
fake_worker_read_log(struct fake_worker *b, char *to, size_t size)
{
	struct sink *sink = &b->worker.error_sink;
	ssize_t len;

	sink_flush(sink);
	len = pread(sink->fd, to, size - 1, 0);
	ck_assert_int_ge(len, 0);
	to[len] = '\0';
	ck_assert_int_eq(ftruncate(sink->fd, 0), 0);
	ck_assert_int_eq(lseek(sink->fd, 0, SEEK_SET), 0);
}
