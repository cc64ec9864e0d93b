/*
 * Without dlopen(3): the instance is made of the test's own table.
 * SPDX-License-Identifier: MIT
 */
#include "support/bench_module.h"

#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/context.h"
#include "conn/exchange.h"

void
bench_module_open(struct bench_module *m, const struct prong_module *self)
{
	struct bench *b = &m->bench;
	char why[256] = "";

	memset(m, 0, sizeof(*m));
	bench_open(b);
	bench_add_route(b, "/");
	bench_start(b);
	sink_fini(&b->worker.error_sink);
	sink_init(&b->worker.error_sink, SINK_FD,
		memfd_create("errors", MFD_CLOEXEC), sizeof(m->log), false);
	m->conf = (struct conf_route){ .path = SPAN("/api/"),
		.is_prefix = true,
		.kind = CONF_ROUTE_MODULE,
		.module.name = "test",
		.module.config.text = "{}" };
	m->route = (struct route){ .conf = &m->conf, .parent = -1 };
	ck_assert_msg(instance_init(&m->instance, &b->worker, &m->conf, self,
			      why, sizeof(why)) == 0,
		"%s", why);
}

void
bench_module_close(struct bench_module *m)
{
	instance_fini(&m->instance);
	bench_close(&m->bench);
}

struct exchange *
bench_module_begin(struct bench_module *m, const char *head)
{
	int status;
	struct exchange *x = bench_begin(&m->bench, head, &status);

	ck_assert_int_eq(status, 0);
	x->site = &m->bench.worker.sites.sites[0];
	x->route = &m->route;
	context_run(x, &m->instance);
	return x;
}

const char *
bench_module_ask(struct bench_module *m, const char *head)
{
	return bench_end(&m->bench, bench_module_begin(m, head));
}

const char *
bench_module_plain(struct bench_module *m, const char *answer)
{
	char *line = strstr(answer, "X-Request-Id: "), *end;

	if (line == NULL)
		return answer;
	end = strchr(line, '\n') + 1;
	memmove(line, end,
		(size_t)(m->bench.answer + m->bench.answer_len + 1 - end));
	m->bench.answer_len -= (size_t)(end - line);
	return answer;
}

const char *
bench_module_log(struct bench_module *m)
{
	struct sink *sink = &m->bench.worker.error_sink;
	ssize_t len;

	sink_flush(sink);
	len = pread(sink->fd, m->log, sizeof(m->log) - 1, 0);
	ck_assert_int_ge(len, 0);
	m->log[len] = '\0';
	ck_assert_int_eq(ftruncate(sink->fd, 0), 0);
	ck_assert_int_eq(lseek(sink->fd, 0, SEEK_SET), 0);
	return m->log;
}
