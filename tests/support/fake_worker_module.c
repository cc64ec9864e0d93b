/*
 * Without dlopen(3): the instance is made of the test's own table.
 * SPDX-License-Identifier: MIT
 */
#include "support/fake_worker_module.h"

#include <check.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/context.h"
#include "conn/exchange.h"

void
fake_worker_module_open(
	struct fake_worker_module *m, const struct prong_module *self)
{
	struct fake_worker *b = &m->fake;
	char why[256] = "";

	memset(m, 0, sizeof(*m));
	fake_worker_open(b);
	fake_worker_add_route(b, "/");
	fake_worker_start(b);
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
fake_worker_module_close(struct fake_worker_module *m)
{
	instance_fini(&m->instance);
	fake_worker_close(&m->fake);
}

struct exchange *
fake_worker_module_begin(struct fake_worker_module *m, const char *head)
{
	int status;
	struct exchange *x = fake_worker_begin(&m->fake, head, &status);

	ck_assert_int_eq(status, 0);
	x->site = &m->fake.worker.serve->sites.sites[0];
	x->route = &m->route;
	x->header_rules = &m->route.headers;
	context_run(x, &m->instance);
	return x;
}

const char *
fake_worker_module_ask(struct fake_worker_module *m, const char *head)
{
	return fake_worker_end(&m->fake, fake_worker_module_begin(m, head));
}

const char *
fake_worker_module_plain(struct fake_worker_module *m, const char *answer)
{
	char *line = strstr(answer, "X-Request-Id: "), *end;

	if (line == NULL)
		return answer;
	end = strchr(line, '\n') + 1;
	memmove(line, end,
		(size_t)(m->fake.answer + m->fake.answer_len + 1 - end));
	m->fake.answer_len -= (size_t)(end - line);
	return answer;
}

const char *
fake_worker_module_log(struct fake_worker_module *m)
{
	fake_worker_read_log(&m->fake, m->log, sizeof(m->log));
	return m->log;
}
