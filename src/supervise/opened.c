/*
 * The fixed part of the text, then a path.
 * SPDX-License-Identifier: MIT
 */
#include "supervise/opened.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/sealed_copy.h"

/* The descriptor comes with it.  Without padding, whose bytes would be sent as
 * they are. */
struct opened {
	size_t index;
	struct directory_id id;
	int error;
	int has_openat2, has_cached;
	int unused;
};

/* ---- the process that opens ---------------------------------------------- */

/* EAGAIN: the master has not read yet, or too many descriptors are on their
 * way. */
static void
send_message(int channel, const struct channel_message *m)
{
	while (channel_send(channel, m) == -1) {
		if (errno != EAGAIN)
			_exit(1);
		channel_await_room(channel);
	}
}

void
opened_send(int channel, size_t index, struct resource *r, const char *path)
{
	struct channel_message m = { .kind = CHANNEL_OPENED };
	struct opened o = { .index = index,
		.error = r->error,
		.has_openat2 = r->root.has_openat2,
		.has_cached = r->root.has_cached,
		.id = r->id };

	memcpy(m.text, &o, sizeof(o));
	m.len = sizeof(o) + strlen(path);
	memcpy(m.text + sizeof(o), path, strlen(path) + 1);
	if (r->error == 0)
		m.fds[m.nfds++] = r->root.fd;
	send_message(channel, &m);
	if (r->error == 0)
		close(r->root.fd);
	r->root.fd = -1;
}

/* ---- the master ---------------------------------------------------------- */

static bool
has_right_kind(int fd, enum resource_kind kind)
{
	if (kind == RESOURCE_ROOT)
		return (fcntl(fd, F_GETFL) & O_PATH) != 0;
	return sealed_copy_is_valid(fd);
}

static bool
is_valid(const struct channel_message *m, const struct resources *all,
	const struct opened *said)
{
	if (m->kind != CHANNEL_OPENED || said->index >= all->count ||
		m->nfds != (said->error == 0))
		return false;
	return m->nfds == 0 ||
	       has_right_kind(m->fds[0], all->all[said->index].kind);
}

bool
opened_take(struct channel_message *m, const struct resources *all,
	size_t *index, struct resource *r)
{
	struct opened said = { .index = SIZE_MAX };

	if (m->len >= sizeof(said))
		memcpy(&said, m->text, sizeof(said));
	if (!is_valid(m, all, &said)) {
		while (m->nfds > 0)
			close(m->fds[--m->nfds]);
		return false;
	}
	*index = said.index;
	*r = (struct resource){ .error = said.error,
		.root = { m->nfds > 0 ? m->fds[0] : -1, said.has_openat2 != 0,
			said.has_cached != 0 },
		.id = said.id,
		.path = strdup(m->text + sizeof(said)) };
	return true;
}
