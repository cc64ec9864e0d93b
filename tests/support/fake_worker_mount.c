/*
 * The route of the site is made one of a module when the worker has started.
 * SPDX-License-Identifier: MIT
 */
#include "support/fake_worker_mount.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/module.h"
#include "common/channel.h"
#include "conn/conn_record.h"
#include "conn/migrate.h"

struct prong_instance *fake_worker_instance;

int
fake_worker_mount_keep(struct prong_instance *i)
{
	fake_worker_instance = i;
	return 0;
}

void
fake_worker_mount_open(struct fake_worker_mount *m)
{
	memset(m, 0, sizeof(*m));
	m->fd = -1;
	fake_worker_open(&m->fake);
	m->fake.conf.paths.temp = "/tmp";
}

void
fake_worker_mount_start(
	struct fake_worker_mount *m, const struct prong_module *self)
{
	struct worker *w = &m->fake.worker;
	struct conf_route *conf = fake_worker_add_route(&m->fake, "/");
	char why[256] = "";

	conf->module.name = "test";
	conf->module.config.text = "{}";
	fake_worker_start(&m->fake);
	sink_fini(&w->error_sink);
	sink_init(&w->error_sink, SINK_FD, memfd_create("errors", MFD_CLOEXEC),
		sizeof(m->errors), false);
	conf->kind = CONF_ROUTE_MODULE;
	w->serve->sites.sites[0].routes[0].module =
		module_make(w, conf, self, why, sizeof(why));
	ck_assert_msg(
		w->serve->sites.sites[0].routes[0].module != NULL, "%s", why);
	fake_worker_mount_connect(m);
}

void
fake_worker_mount_close(struct fake_worker_mount *m)
{
	close(m->fd);
	fake_worker_mount_turn(m);
	fake_worker_close(&m->fake);
}

void
fake_worker_mount_connect(struct fake_worker_mount *m)
{
	if (m->fd != -1)
		close(m->fd);
	m->fd = fake_worker_connect(&m->fake, 0);
	m->ngot = 0;
	m->got[0] = '\0';
	m->is_at_end = false;
}

void
fake_worker_mount_hand_over(
	struct fake_worker_mount *m, const struct conn_record_websocket *state)
{
	static const char head[] =
		"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
	struct channel_message message = { .kind = CHANNEL_CONN };
	struct conn_record r = { .type = CONN_RECORD_WEBSOCKET,
		.websocket = *state };
	int fds[2];

	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			0, fds),
		0);
	close(m->fd);
	m->fd = fds[1];
	r.websocket.head = span_of(head);
	r.peer.any.sa_family = AF_INET;
	ck_assert(conn_record_add(&message, &r, fds[0]));
	migrate_in(&m->fake.worker, &message);
}

void
fake_worker_mount_turn(struct fake_worker_mount *m)
{
	ssize_t n;

	fake_worker_turn(&m->fake);
	while ((n = recv(m->fd, m->got + m->ngot, FAKE_WORKER_GOT - 1 - m->ngot,
			0)) > 0)
		m->ngot += (size_t)n;
	m->is_at_end = n == 0;
	m->got[m->ngot] = '\0';
}

bool
fake_worker_mount_send(struct fake_worker_mount *m, const char *bytes,
	size_t len, size_t *sent)
{
	enum { IN_VAIN = 4 };
	int in_vain = 0;

	for (*sent = 0; *sent < len && in_vain < IN_VAIN;) {
		ssize_t n =
			send(m->fd, bytes + *sent, len - *sent, MSG_NOSIGNAL);

		in_vain = n > 0 ? 0 : in_vain + 1;
		*sent += n > 0 ? (size_t)n : 0;
		fake_worker_mount_turn(m);
	}
	for (int i = 0; i < IN_VAIN; i++)
		fake_worker_mount_turn(m);
	return *sent == len;
}

void
fake_worker_mount_say(struct fake_worker_mount *m, const char *text)
{
	size_t sent;

	ck_assert(fake_worker_mount_send(m, text, strlen(text), &sent));
}

const char *
fake_worker_mount_errors(struct fake_worker_mount *m)
{
	fake_worker_read_log(&m->fake, m->errors, sizeof(m->errors));
	return m->errors;
}
