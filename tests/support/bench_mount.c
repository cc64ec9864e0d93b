/*
 * The route of the site is made one of a module when the worker has started.
 * SPDX-License-Identifier: MIT
 */
#include "support/bench_mount.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/module.h"

void
bench_mount_open(struct bench_mount *m)
{
	memset(m, 0, sizeof(*m));
	m->fd = -1;
	bench_open(&m->bench);
	m->bench.conf.paths.temp = "/tmp";
}

void
bench_mount_start(struct bench_mount *m, const struct prong_module *self)
{
	struct worker *w = &m->bench.worker;
	struct conf_route *conf = bench_add_route(&m->bench, "/");
	char why[256] = "";

	conf->module.name = "test";
	conf->module.config.text = "{}";
	bench_start(&m->bench);
	sink_fini(&w->error_sink);
	sink_init(&w->error_sink, SINK_FD, memfd_create("errors", MFD_CLOEXEC),
		sizeof(m->errors), false);
	conf->kind = CONF_ROUTE_MODULE;
	w->sites.sites[0].routes[0].module =
		module_make(w, conf, NULL, self, why, sizeof(why));
	ck_assert_msg(w->sites.sites[0].routes[0].module != NULL, "%s", why);
	bench_mount_connect(m);
}

void
bench_mount_close(struct bench_mount *m)
{
	close(m->fd);
	bench_mount_turn(m);
	bench_close(&m->bench);
}

void
bench_mount_connect(struct bench_mount *m)
{
	if (m->fd != -1)
		close(m->fd);
	m->fd = bench_connect(&m->bench, 0);
	m->ngot = 0;
	m->got[0] = '\0';
	m->is_at_end = false;
}

void
bench_mount_turn(struct bench_mount *m)
{
	ssize_t n;

	bench_turn(&m->bench);
	while ((n = recv(m->fd, m->got + m->ngot, BENCH_GOT - 1 - m->ngot, 0)) >
		0)
		m->ngot += (size_t)n;
	m->is_at_end = n == 0;
	m->got[m->ngot] = '\0';
}

bool
bench_mount_send(
	struct bench_mount *m, const char *bytes, size_t len, size_t *sent)
{
	enum { IN_VAIN = 4 };
	int in_vain = 0;

	for (*sent = 0; *sent < len && in_vain < IN_VAIN;) {
		ssize_t n =
			send(m->fd, bytes + *sent, len - *sent, MSG_NOSIGNAL);

		in_vain = n > 0 ? 0 : in_vain + 1;
		*sent += n > 0 ? (size_t)n : 0;
		bench_mount_turn(m);
	}
	for (int i = 0; i < IN_VAIN; i++)
		bench_mount_turn(m);
	return *sent == len;
}

void
bench_mount_say(struct bench_mount *m, const char *text)
{
	size_t sent;

	ck_assert(bench_mount_send(m, text, strlen(text), &sent));
}

const char *
bench_mount_errors(struct bench_mount *m)
{
	struct sink *sink = &m->bench.worker.error_sink;
	ssize_t len;

	sink_flush(sink);
	len = pread(sink->fd, m->errors, sizeof(m->errors) - 1, 0);
	ck_assert_int_ge(len, 0);
	m->errors[len] = '\0';
	ck_assert_int_eq(ftruncate(sink->fd, 0), 0);
	ck_assert_int_eq(lseek(sink->fd, 0, SEEK_SET), 0);
	return m->errors;
}
