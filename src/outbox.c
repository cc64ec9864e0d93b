/*
 * A list, oldest first.
 * SPDX-License-Identifier: MIT
 */
#include "outbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct outbox_message {
	struct outbox_message *next;
	struct channel_message m;
};

static void
free_message(struct outbox_message *o)
{
	while (o->m.nfds > 0)
		close(o->m.fds[--o->m.nfds]);
	free(o);
}

/* Out of descriptors: errno is kept, and nothing is left open. */
static struct outbox_message *
copy(const struct channel_message *m)
{
	struct outbox_message *o = malloc(sizeof(*o));
	int fd, error;

	assert(o != NULL);
	o->next = NULL;
	o->m = *m;
	for (o->m.nfds = 0; o->m.nfds < m->nfds; o->m.nfds++) {
		fd = fcntl(m->fds[o->m.nfds], F_DUPFD_CLOEXEC, 0);
		if (fd == -1) {
			error = errno;
			free_message(o);
			errno = error;
			return NULL;
		}
		o->m.fds[o->m.nfds] = fd;
	}
	return o;
}

int
outbox_put(struct outbox *box, const struct channel_message *m)
{
	struct outbox_message **at = &box->first, *o = copy(m);

	if (o == NULL)
		return -1;
	while (*at != NULL)
		at = &(*at)->next;
	*at = o;
	box->count++;
	return 0;
}

static void
drop(struct outbox *box, struct outbox_message **at)
{
	struct outbox_message *o = *at;

	*at = o->next;
	box->count--;
	free_message(o);
}

int
outbox_flush(struct outbox *box, int channel)
{
	while (box->first != NULL) {
		if (channel_send(channel, &box->first->m) == -1)
			return -1;
		drop(box, &box->first);
	}
	return 0;
}

bool
outbox_take(struct outbox *box, struct channel_message *m)
{
	if (box->first == NULL)
		return false;
	*m = box->first->m;
	box->first->m.nfds = 0;
	drop(box, &box->first);
	return true;
}

void
outbox_forget_orders(struct outbox *box)
{
	struct outbox_message **at = &box->first;

	while (*at != NULL) {
		if ((*at)->m.verb != CHANNEL_CONN)
			drop(box, at);
		else
			at = &(*at)->next;
	}
}

void
outbox_fini(struct outbox *box)
{
	while (box->first != NULL)
		drop(box, &box->first);
}
